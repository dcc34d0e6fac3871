"""Traces: a call to DynamoDB belongs to the trace of its request, although another thread makes it."""

import threading
from types import SimpleNamespace
from typing import Any, cast

from handlers.telemetry import carrying_trace
from record.workers import Workers


class Traces(threading.local):
    """Keeps the current segment by thread, as X-Ray's recorder does."""

    segment: object = None

    def get_trace_entity(self) -> object:
        """Return the segment of this thread."""
        return self.segment

    def set_trace_entity(self, segment: object) -> None:
        """Set the segment of this thread."""
        self.segment = segment


def test_call_in_another_thread_belongs_to_the_trace_of_its_request() -> None:
    """The request's segment is known there, also in a thread that has made a call of another request."""
    traces, workers = Traces(), Workers(most=1)
    carry = carrying_trace(cast("Any", SimpleNamespace(disabled=False, provider=traces)))
    for segment in ("first", "second"):
        traces.set_trace_entity(segment)
        assert workers.run(carry(traces.get_trace_entity), 60.0) == segment


def test_without_tracing_a_call_is_made_as_it_is() -> None:
    """Tracing costs nothing if it is off."""
    assert carrying_trace(None)(dict) is dict
    assert carrying_trace(cast("Any", SimpleNamespace(disabled=True)))(dict) is dict
