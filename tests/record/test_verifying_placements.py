"""Verifying the index by rules: what other rules made is named and left out, and memory does not grow with the record."""

import gc
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from record import items
from record.model import Origin, State
from record.verifying.findings import Discrepancy, OtherRules
from record.verifying.verification import verify
from record.writing.reviewing import note_due
from tests.conftest import World
from tests.record.documents import document, in_order
from tests.record.memory import memory_world
from tests.record.tampering import RULES, Copy, copy_of, discrepancies, gone

if TYPE_CHECKING:
    from record.items import Item

PAGE = 25  # items
OLDER, OURS = Origin(None, 7), Origin(None, RULES.number)
ELSEWHERE = [replace(document(slug, day="2015-10-22"), lists=("events?old=way",), sort_keys={"old": "key"}) for slug in "ab"]


class Paged(Copy):
    """A store in memory that answers in small pages, keeps nothing of what it answers, and notes how much memory is used meanwhile."""

    def __init__(self, found: "list[Item]") -> None:
        """Contain these items."""
        super().__init__(found)
        self.sorted = {pk: sorted(held) for pk, held in self.partitions.items()}
        self.most = 0  # bytes of Python objects in use at any page

    def query(self, pk: str, low: str, high: str, **_: Any) -> Iterator[tuple[list["Item"], str | None]]:
        """Yield pages."""
        page: list[Item] = []
        for sk in self.sorted.get(pk, ()):
            if low <= sk <= high:
                page.append(self.partitions[pk][sk])
            if len(page) == PAGE:
                gc.collect()
                self.most = max(self.most, tracemalloc.get_traced_memory()[0])
                yield page, sk
                page = []
        yield page, None

    def scan(self, **_: Any) -> Iterator[list["Item"]]:
        """Yield pages."""
        for pk in self.partitions:
            for page, _last in self.query(pk, "", "~"):
                gc.collect()
                self.most = max(self.most, tracemalloc.get_traced_memory()[0])
                yield page


@pytest.fixture
def by_two_rules() -> World:
    """A record whose first two releases were made by other rules, and the third by ours, with the same contents."""
    world = memory_world()
    world.publisher().publish(ELSEWHERE[:1], "", origin=OLDER)
    world.publisher().publish(ELSEWHERE, "", origin=OLDER)
    world.publisher().publish([document(slug, day="2015-10-22") for slug in "ab"], "", origin=OURS)
    return world


def test_releases_of_other_rules_are_named_and_left_out(by_two_rules: World) -> None:
    """One finding names the releases that were made by other rules. Their index is not derived, and all other checks pass."""
    found = [one for one in verify(by_two_rules.store, RULES) if isinstance(one, OtherRules | Discrepancy)]
    assert found == [OtherRules(1, 2, 7, 1)]


def test_releases_of_our_rules_are_compared_after_other_rules(by_two_rules: World) -> None:
    """What other rules left in a later release is a difference from that release on."""
    by_two_rules.publisher().publish([ELSEWHERE[0], document("b", day="2015-10-22")], "", origin=OURS)
    told = {(one.path, one.release) for one in discrepancies(by_two_rules.store)}
    assert told == {("events/a", 4)}


@pytest.mark.parametrize("release", [1, 2])
def test_nobody_can_switch_the_comparison_off(release: int) -> None:
    """The digest covers the number of the rules, so a release that claims other rules is named."""
    world = memory_world()
    world.publisher().publish([document("a", day="2015-10-22")], "")
    world.publisher().publish([document("a", day="2015-10-23")], "")
    record = copy_of(world.store)
    item: Any = record.get(items.key(items.RELEASES, items.padded(release)))
    record.put({**item, "index_rules": items.number(7)})
    assert release in {found.release for found in discrepancies(record) if found.path.startswith("RELEASE")}


def test_documents_bring_others_into_lists_only_while_they_say_so() -> None:
    """A document is in a list because others refer to it: while at least one does, is not a tombstone, and in no other release."""
    world = memory_world()
    c, listed = document("c"), replace(document("c"), lists=("events?case=cases/x", "events?case=cases/y"))
    only_y = replace(c, lists=("events?case=cases/y",))
    x, y = (document(slug, collection="cases", events=["events/c"]) for slug in "xy")
    without = document("x", collection="cases")
    withdrawn = gone("y", State.WITHDRAWN, "error", collection="cases")
    for documents in ((c, without), (listed, x, y), (only_y, without, y), (listed, x, y), (c, without, withdrawn)):
        assert world.publisher().publish(in_order(documents), "") is not None
    assert discrepancies(world.store) == []


def test_missing_review_counter_is_named() -> None:
    """A record with reviews has the number of them. Its absence is named, and a wrong day too."""
    world = memory_world()
    world.publisher().publish([document("a", due="2027-01-01"), document("b", due="2027-01-01"), document("c")], "")
    (found,) = discrepancies(world.store)
    assert found.path == "REVIEW DUE"
    assert "due on 2027-01-01 is 0, but should be 2" in found.message
    note_due(world.store, {"2027-01-01": 2, "2027-01-02": 1})
    (found,) = discrepancies(world.store)
    assert "due on 2027-01-02 is 1, but should be 0" in found.message
    note_due(world.store, {"2027-01-01": 2})
    assert discrepancies(world.store) == []


def test_memory_does_not_grow_with_the_record() -> None:
    """Five times as many documents need the same memory: no collection has an entry for each document."""
    peaks = [peak_of(number) for number in (100, 500)]
    assert peaks[1] - peaks[0] < 50 * 400, peaks  # bytes; a single text for each of the 400 more would need more


def peak_of(number: int) -> int:
    """Return how many bytes of Python objects a verification needs at most, for this many documents in two releases."""
    world = memory_world()
    cases = [document("x", collection="cases", events=[f"events/n{at:04d}" for at in range(20)])]
    for text in ("old", "new"):
        documents = [document(f"n{at:04d}", day="2015-10-22", act="arrest", text=text) for at in range(number)]
        documents = [replace(one, lists=(*one.lists, "events?case=cases/x")) for one in documents[:20]] + documents[20:]
        world.publisher().publish(in_order([*documents, *cases]), "")
    store = Paged(copy_of(world.store).all())
    gc.collect()
    gc.freeze()  # so that collecting is quick
    tracemalloc.start()
    try:
        assert not [one for one in verify(store, RULES) if isinstance(one, Discrepancy)]
    finally:
        tracemalloc.stop()
        gc.unfreeze()
    return store.most
