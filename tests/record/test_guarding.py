"""The guard of a publish: what it reads, which documents it looks at, and what it refuses."""

from collections.abc import Iterator
from typing import Any

import pytest

from record import items
from record.store import Store
from record.writing.publishing import Publisher
from record.writing.removals import Guard, Held, HoldsRemoved, Removals, Screen
from tests.record.documents import document, in_order
from tests.record.memory import memory_world
from tests.record.redacted import DIGEST, KEY, History, without_text


class Asking(Store):
    """A store that notes the partitions of all queries."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Start without any."""
        super().__init__(*arguments, **options)
        self.asked: list[str] = []

    def query(self, pk: str, *arguments: Any, **options: Any) -> Iterator[Any]:
        """Note the partition."""
        self.asked.append(pk)
        return super().query(pk, *arguments, **options)


def test_guard_reads_once_and_looks_only_at_what_differs() -> None:
    """However many documents there are: one query for all digests, and only new and changed documents are looked at."""
    history = History(memory_world())
    history.publish(*(document(f"e-{number:03d}", text=f"Text {number}.") for number in range(60)))
    history.redact("events/e-000", without_text)
    changed = [document("e-001", text="Another one."), document("e-002", text="Text 2.", day="2015-10-22"), document("e-999", text="New.")]
    looked: list[str] = []
    keys: list[str | None] = []

    def screening(removals: Removals) -> Screen:
        keys.append(removals.key)
        assert [one.digested.digest for one in removals.all] == [DIGEST]
        removal = removals.all[0]

        def screen(path: str, content: bytes) -> Iterator[Held]:
            looked.append(path)
            if b"Another" in content:
                yield Held("/text", "/text", removal)

        return screen

    store = Asking(history.world.store.client, history.world.store.table)
    publisher = Publisher(store, owner="tests", clock=history.world.clock)
    documents = in_order({**history.releases[-1], **{one.path: one for one in changed}}.values())
    with pytest.raises(HoldsRemoved, match=r"at events/e-001:/text$") as refused:
        publisher.publish(documents, "A message", guard=Guard(store, screening))
    assert [tuple(one) for one in refused.value.found] == [("events/e-001", "/text", 2, "court-order")]
    assert (store.asked.count(items.REMOVED), keys) == (1, [KEY])
    # The empty path is the message. The current revision is looked at only if the new one holds something.
    assert looked == ["", "events/e-001", "events/e-001", "events/e-002", "events/e-999"]
    assert publisher.publish(documents, "A message", guard=Guard(store, screening, frozenset({"events/e-001:/text"}))) is not None
