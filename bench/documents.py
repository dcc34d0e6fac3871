"""Made-up records of any size for measuring, with the shape and size of the first case.

A case has 44 events and one statement. An event has the same fields as in the first case: a summary, a place, involvements, claims
and citations. So one resource has two kilobytes, like there.
"""

import io
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from tests.e2e.generated import COUNTRIES, EVENTS_PER_CASE, record, report

_SUMMARY = (
    "A group of people was stopped on the road by the police of the state, held for some days without being told why, and "
    "asked where they had come from. Nobody was let in to see them. Two sources tell of it, and they differ in the day."
)


def stream(resources: int, events_per_case: int = EVENTS_PER_CASE) -> io.StringIO:
    """Return a record of at most this many resources as NDJSON."""
    return io.StringIO("".join(f"{json.dumps(resource)}\n" for resource in _resources(record(resources, events_per_case))))


def reworded(resources: int, changed: int) -> io.StringIO:
    """Return the first `changed` events of that record as NDJSON, with other names."""
    events = (resource for resource in _resources(record(resources)) if resource["id"].startswith("events/"))
    anew = ({**event, "name": {"en": f"{event['name']['en']}, told anew"}} for event in itertools.islice(events, changed))
    return io.StringIO("".join(f"{json.dumps(event)}\n" for event in anew))


def _resources(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        resource: dict[str, Any] = json.loads(line)
        yield resource | _details(resource) if resource["id"].startswith("events/") else resource


def _details(event: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that an event of the first case has and a generated one lacks."""
    number, part = map(int, event["id"].split("-")[-2:])
    country, day = COUNTRIES[(number + part) % len(COUNTRIES)], event["date"]["edtf"]
    state, source = f"actors/state-{COUNTRIES[number % len(COUNTRIES)].lower()}", report(number)
    return {
        "summary": {"en": f"{_SUMMARY} {_SUMMARY}"},
        "date": {"edtf": day, "basis": "Its year is that of the reports."},
        "place": {"name": {"en": f"A town in {country}"}, "country": country, "precision": "country"},
        "involvements": [{"actor": state, "role": "detaining", "degree": "carried-out"}],
        "citations": [{"source": source, "locator": f"page {part + 1}", "fields": ["/date", "/place", "/involvements"]}],
        "claims": [_claim(source, day, preferred=True), _claim(source, day[:7], preferred=False)],
    }


def _claim(source: str, day: str, *, preferred: bool) -> dict[str, Any]:
    return {
        "field": "/date",
        "value": {"edtf": day, "basis": "Its year is that of the reports."} if preferred else {"edtf": day},
        "as_stated": "in that month",
        "citations": [{"source": source, "locator": "page 12"}],
        "verification": "reported",
        "preferred": preferred,
        "note": "The one source that names the day." if preferred else "Another source, which names the month alone.",
    }
