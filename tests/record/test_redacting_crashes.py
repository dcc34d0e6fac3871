"""Redactions and publishes that die or pause during a redaction: it is finished, exactly once, and nothing comes back."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from record.errors import LeaseLost
from record.model import Document, PageRequest
from record.store import Store
from record.writing import redacting
from record.writing.notes import Redaction
from record.writing.publishing import Publisher
from record.writing.removals import read_removals
from tests.record.documents import document, in_order, read_list
from tests.record.expected import SORTS
from tests.record.killing import NEVER, Killed, killed, one_by_one, restore, seen, settled, stalled, table
from tests.record.memory import memory_world
from tests.record.redacted import (
    CANARY,
    FIELDS,
    History,
    discrepancies,
    filled,
    filled_twice,
    holding,
    untold,
    without_text,
)


@pytest.fixture
def history() -> History:
    """The same in memory, which is faster."""
    return filled(memory_world())


@pytest.fixture
def small() -> History:
    """A smaller record."""
    return filled_twice()


def outcome(history: History, documents: Sequence[Document] | None) -> Mapping[tuple[str, str], Any]:
    """Publish, if there are documents, and return the whole table with renumbered attempts."""
    if documents is not None:
        history.publisher().publish(in_order(documents), "")
    return settled(table(history.world.store))


def assert_redacted(history: History) -> None:
    """The canary is nowhere, and the record verifies."""
    assert holding(history.world) == set()
    assert discrepancies(history.world.store) == []


def die(history: History, redaction: Redaction | None, at: int) -> None:
    """Redact, or without a redaction finish an interrupted one, item by item, and die after the n-th write."""
    with item_by_item(), pytest.raises(Killed), killed(history.world.store, at, after=True):
        begin(history, redaction)


@contextlib.contextmanager
def item_by_item() -> Iterator[None]:
    """Write every item with its own call."""
    with pytest.MonkeyPatch.context() as patches:
        one_by_one(patches)
        yield


def begin(history: History, redaction: Redaction | None) -> None:
    """Redact, or without a redaction finish an interrupted one."""
    if redaction is None:
        history.publisher().resume()
    else:
        history.publisher().redact(redaction)


def writes_of(history: History, redaction: Redaction | None) -> int:
    """Do the same, item by item, and return the number of writes."""
    with item_by_item(), killed(history.world.store, NEVER, after=False) as writes:
        begin(history, redaction)
    return len(writes)


@pytest.mark.parametrize("publishes", [False, True], ids=["redact-again", "publish"])
def test_redaction_killed_at_any_write_is_finished_by_whoever_comes_next(small: History, publishes: bool) -> None:
    """If a redaction is killed at any write, the next publish or a second try finishes it, with the same result."""
    world = small.world
    redaction = small.planned("events/a", untold, FIELDS)
    documents = [*small.changed("events/a", untold)[-1].values(), document("e")] if publishes else None
    start = table(world.store)
    texts = {key for key in holding(world) if key[0].startswith("DOC#")}
    writes = writes_of(small, redaction)
    undisturbed = outcome(small, documents)
    assert_redacted(small)
    for at in range(1, writes + 1):
        restore(world.store, start)
        die(small, redaction, at)
        is_changed = {key for key in holding(world) if key[0].startswith("DOC#")} != texts
        assert not is_changed or read_removals(world.store).all, "something was removed before its digest was stored"
        reader = world.reader()
        for number, published in enumerate(small.releases, 1):
            assert set(read_list(reader, "events", "day", number)) == set(published), "a reader misses a document while it is under way"
            assert all(reader.document(path, number) for path in published)
        begun = redacting.is_begun(world.store) or reader.head().release > redaction.release
        if not publishes:
            small.publisher().resume()
            if not begun:
                small.publisher().redact(redaction)
        if begun or not publishes:
            assert outcome(small, documents) == undisturbed, f"killed at write {at} of {writes}"


def test_finishing_killed_at_any_write_is_finished_too(small: History) -> None:
    """If finishing a redaction is killed at any write too, a third try finishes it, exactly once."""
    world = small.world
    redaction = small.planned("events/a", untold, FIELDS)
    start = table(world.store)
    writes = writes_of(small, redaction)
    undisturbed = outcome(small, None)
    assert_redacted(small)
    restore(world.store, start)
    die(small, redaction, writes // 2)
    assert redacting.is_begun(world.store)
    half = table(world.store)
    writes = writes_of(small, None)
    assert not redacting.is_begun(world.store)
    for at in range(1, writes + 1):
        restore(world.store, half)
        die(small, None, at)
        small.publisher().resume()
        assert outcome(small, None) == undisturbed, f"killed at write {at} of {writes}"


def test_redactor_that_was_taken_over_does_no_harm(small: History) -> None:
    """A redaction that pauses before any write, and continues after another publisher finished it, changes nothing."""
    world = small.world
    world.clock.advance(4000)
    small.publisher().resume()  # archives
    redaction = small.planned("events/a", untold, FIELDS)
    start = table(world.store)
    writes = writes_of(small, redaction)
    undisturbed = outcome(small, None)

    def take_over() -> None:
        small.publisher().resume()
        if world.reader().head().release == redaction.release:
            small.publisher().redact(redaction)

    for at in range(2, writes + 1):
        restore(world.store, start)
        with item_by_item(), stalled(world.store, at, take_over), contextlib.suppress(LeaseLost):
            small.publisher().redact(redaction)
        left = {key: item for key, item in seen(table(world.store)).items() if not key[0].startswith("REDACTION#")}
        assert settled(left) == undisturbed, f"stalled at write {at} of {writes}"


def test_what_a_late_publisher_left_unseen_goes_with_the_next_redaction(history: History) -> None:
    """Readers ignore what a publisher wrote after it lost its lease in the middle of a batch, and the next redaction deletes it."""
    world = history.world

    class Stalling(Store):
        stalled = False

        def put_all(self, items: Any) -> None:
            if not self.stalled:
                self.stalled = True
                world.clock.advance(61)
                history.redact("events/a", untold, FIELDS)
            super().put_all(items)

    late = Stalling(world.store.client, world.store.table)
    again = in_order([*history.releases[-1].values(), document("e", text=CANARY, day=CANARY)])
    with pytest.raises(LeaseLost):
        Publisher(late, owner="late", clock=world.clock).publish(again, "")
    assert holding(world), "it wrote after the redaction"
    reader = world.reader()
    assert reader.document("events/e", 5) is None
    assert CANARY not in str([reader.page(PageRequest("events", sort, 5, 10)) for sort in SORTS])
    history.publish(document("b", text="to go"))
    history.redact("events/b", without_text)
    assert holding(world) == set()
    history.assert_holds()


def test_publisher_that_slept_before_it_moves_what_ended_brings_nothing_back(history: History) -> None:
    """A publisher that pauses while it archives, until the entries are redacted, has lost its lease and writes nothing."""
    world = history.world
    world.clock.advance(4000)

    class Sleeping(Store):
        slept = False

        def batch_get(self, *asked: Any) -> Any:
            found = super().batch_get(*asked)
            if CANARY in str(found) and not self.slept:
                self.slept = True
                world.clock.advance(61)
                history.redact("events/a", untold, FIELDS)
            return found

    late = Sleeping(world.store.client, world.store.table)
    with pytest.raises(LeaseLost):
        Publisher(late, owner="late", clock=world.clock).publish(in_order(history.releases[-1].values()), "")
    assert late.slept
    assert_redacted(history)
    history.assert_holds()
