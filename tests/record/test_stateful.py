"""Any sequence of publishes, crashes, takeovers and reads, compared with a model: no release ever changes for any reader."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from record import items
from record.errors import LeaseHeld, LeaseLost, RecordProblem
from record.model import Document, PageRequest, State
from record.reading import Reader
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from record.writing.leasing import current_holder
from record.writing.publishing import GRACE_SECONDS, Publisher
from tests.conftest import World, _world
from tests.record.documents import in_order
from tests.record.expected import GONE, LISTS, SORTS, Expected, assert_documents, assert_lists, assert_rest, gone, shaped
from tests.record.killing import NEVER, Killed, failing, killed, seen, stalled, table
from tests.record.memory import memory_world

SLUGS = ("a", "b", "b-1", "c", "d")
LIVE = st.builds(
    shaped,
    st.sampled_from(SLUGS),
    st.sampled_from(["", "text", "ü"]),
    day=st.sampled_from([None, "2015-10-01", "2015-10-22", "2015-11"]),
    until=st.sampled_from([None, "2015-10-25", "2016"]),
    act=st.sampled_from([None, "arrest", "release"]),
    case=st.sampled_from([None, "cases/x", "cases/y"]),
)
WITHDRAWN = st.builds(gone, st.sampled_from(SLUGS), st.just(State.WITHDRAWN), st.sampled_from(["court-order", "error"]))
ELSEWHERE = st.builds(
    gone,
    st.sampled_from(SLUGS),
    st.sampled_from([State.RENAMED, State.MERGED]),
    st.just("wrong-id"),
    st.sampled_from([f"events/{slug}" for slug in SLUGS]),
)
EDITS = st.lists(st.one_of(LIVE, LIVE, WITHDRAWN, ELSEWHERE), min_size=1, max_size=3, unique_by=lambda one: one.path)
WRITES = st.integers(1, 45)
DAYS = ("", "2015-10-01", "2015-10-23", "2015-11", "2016")
SPANS = st.one_of(st.none(), st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).filter(any))
CARRIED = st.sampled_from([(), (), (("act=arrest",),), (("act=arrest", "act=release"),)])
MEMBERS = st.sampled_from([(), (), ("events?case=cases/x",), ("events?case=cases/y", "events?act=arrest")])
# A new reader, one that lives all the time, and one that reads the head only rarely.
READERS = st.sampled_from(["cold", "warm", "stale"])
STALE_SECONDS = 900.0
SKEW = 25.0  # two clocks differ by less than a minute, or the publishers would refuse
AHEAD = st.sampled_from([0.0, 0.0, -SKEW, SKEW])  # the error of a publisher's clock


class Record(RuleBasedStateMachine):
    """A record with publishers, some of which die, and readers."""

    worlds: Iterator[World]

    def __init__(self) -> None:
        """Start with an empty table."""
        super().__init__()
        self.patches = pytest.MonkeyPatch()
        self.world = self.enter_world()
        self.expected = Expected()
        self.readers = {"warm": self.world.reader(), "stale": self.world.reader(head_seconds=STALE_SECONDS)}
        self.cursors: list[tuple[PageRequest, list[str]]] = []

    @initialize(step=st.sampled_from([1, 2, 300]), queries=st.sampled_from([1, 2, 8]), batch=st.sampled_from([1, 25]))
    def narrow(self, step: int, queries: int, batch: int) -> None:
        """Choose small limits, so that small tables need as many Queries and batches as large ones."""
        self.patches.setattr("record.paging.FILTERED_STEP", step)
        self.patches.setattr("record.paging.MOST_QUERIES", queries)
        self.patches.setattr("record.store.BATCH_WRITE", batch)
        self.patches.setattr("record.writing.intents.MOST_DOCUMENTS", 2)

    @rule(edits=EDITS, ahead=AHEAD)
    def publish(self, edits: list[Document], ahead: float) -> None:
        """Publish with a clock that can be wrong. It fails while a dead publisher still holds the lease."""
        documents = self.edited(edits)
        if self.is_held(ahead):
            with pytest.raises(LeaseHeld):
                self.publisher("other", ahead).publish(documents, "")
            return
        release = self.publisher("other", ahead).publish(documents, "")
        assert (release is not None) == self.expected.differs(documents)
        self.look(documents)

    @rule(edits=EDITS, at=WRITES, after=st.booleans())
    def die(self, edits: list[Document], at: int, after: bool) -> None:
        """Die during a publish, or while cleaning up after another."""
        documents = self.edited(edits)
        with contextlib.suppress(Killed, LeaseHeld), killed(self.world.store, at, after=after):
            self.publisher("dead").publish(documents, "")
        self.look(documents)

    @rule(edits=EDITS, at=WRITES, after=st.booleans())
    def fail(self, edits: list[Document], at: int, after: bool) -> None:
        """Fail during a publish, and undo it."""
        documents = self.edited(edits)
        with contextlib.suppress(RecordProblem), failing(self.world.store, at, after=after):
            self.publisher("failing").publish(documents, "")
        self.look(documents)

    @rule(edits=EDITS, others=EDITS, at=WRITES, ahead=AHEAD, fails=st.one_of(st.none(), WRITES))
    def stall(self, edits: list[Document], others: list[Document], at: int, ahead: float, fails: int | None) -> None:
        """Pause during a publish until another publisher took over and published something else, then continue."""
        documents, quicker = self.edited(edits), self.edited(others)

        def take_over() -> None:
            self.look(documents)
            self.world.clock.advance(61 - min(ahead, 0))
            with contextlib.suppress(RecordProblem if fails else LeaseHeld):
                self.publisher("quick", ahead).publish(quicker, "")
            self.look(quicker)

        with (
            stalled(self.world.store, at, take_over),
            failing(self.world.store, fails or NEVER, after=False),
            contextlib.suppress(RecordProblem if fails else LeaseLost, LeaseHeld),
        ):
            self.publisher("slow").publish(documents, "")
        self.look(documents)

    @rule(seconds=st.sampled_from([1.0, 3.0, 61.0, 1000.0, GRACE_SECONDS + 1, 2 * GRACE_SECONDS]))
    def wait(self, seconds: float) -> None:
        """Advance the clock."""
        self.world.clock.advance(seconds)

    @rule(seconds=st.sampled_from([SKEW + 61, GRACE_SECONDS + 61]))
    def clear_up(self, seconds: float) -> None:
        """Publish the same documents again, later."""
        self.world.clock.advance(seconds)
        assert self.publisher().publish(in_order(self.expected.documents.values()), "") is None

    @precondition(lambda self: self.expected.releases)
    @rule(
        data=st.data(),
        who=READERS,
        name=st.sampled_from(LISTS),
        sort=st.sampled_from(SORTS),
        descending=st.booleans(),
        limit=st.integers(1, 4),
        carried=CARRIED,
        members=MEMBERS,
        span=SPANS,
    )
    def page(self, data: st.DataObject, who: str, **conditions: Any) -> None:
        """Page through a list at some release, and remember the cursors."""
        reader = self.reader(who)
        if (newest := reader.head().release) == 0:
            return
        conditions["release"] = data.draw(st.integers(1, newest), label="release")
        if conditions["name"] == GONE:
            conditions["sort"] = "id"
        conditions["members_of"] = tuple(name for name in conditions.pop("members") if name != conditions["name"])
        request = PageRequest(conditions.pop("name"), **conditions)
        if request.span is not None and request.span[1] and request.sort == "day":
            request = request._replace(upper=request.span[1])
        self.cursors += assert_rest(reader, self.expected, request, self.expected.listed(request))

    @precondition(lambda self: self.cursors)
    @rule(data=st.data(), who=READERS)
    def go_on(self, data: st.DataObject, who: str) -> None:
        """Continue at a cursor from earlier."""
        request, rest = data.draw(st.sampled_from(self.cursors))
        reader = self.reader(who)
        if request.release <= reader.head().release:
            assert_rest(reader, self.expected, request, rest)

    @precondition(lambda self: self.expected.releases)
    @rule(data=st.data(), who=READERS)
    def read(self, data: st.DataObject, who: str) -> None:
        """Read every document, its revisions and the feed at some release."""
        reader = self.reader(who)
        if newest := reader.head().release:
            assert_documents(reader, self.expected, data.draw(st.integers(1, newest), label="release"), SLUGS)

    def teardown(self) -> None:
        """At the end, every release is as published, nothing of failed attempts is left, and everything that ended is archived."""
        try:
            self.clear_up(SKEW + 61)
            self.assert_whole([False])
            self.clear_up(GRACE_SECONDS + SKEW)
            self.assert_whole([True])
            self.assert_tidy()
        finally:
            self.leave_world()
            self.patches.undo()

    def assert_whole(self, directions: list[bool]) -> None:
        """Every release is as expected, and the record verifies."""
        reader = self.world.reader()
        assert reader.head().release == len(self.expected.releases)
        for release in range(1, len(self.expected.releases) + 1):
            assert_documents(reader, self.expected, release, SLUGS)
            assert_lists(reader, self.expected, release, directions=directions)
        assert [found for found in verify(self.world.store) if isinstance(found, Discrepancy)] == []

    def assert_tidy(self) -> None:
        """No ended entry is in a current list, and nothing is left to clean up."""
        for (pk, sk), item in seen(table(self.world.store)).items():
            assert not pk.startswith("INTENT#"), (pk, sk)
            assert not (pk.startswith("LIST#") and "to" in item), (pk, sk)
            assert not (pk.startswith("LIST#") and sk == items.TOTAL and len(item) > 3), item
            assert "unclean" not in item, item

    def enter_world(self) -> World:
        """Return an empty record."""
        return memory_world()

    def leave_world(self) -> None:
        """Close the record."""

    def publisher(self, owner: str = "tests", ahead: float = 0.0) -> Publisher:
        """Return a publisher whose clock is ahead by `seconds`."""
        return Publisher(self.world.store, owner=owner, clock=lambda: self.world.clock() + ahead, salt=lambda: b"\x00" * 16)

    def reader(self, who: str) -> Reader:
        """Return a reader."""
        return self.readers.get(who) or self.world.reader()

    def edited(self, edits: Iterable[Document]) -> list[Document]:
        """Return the documents of the current release with some edited."""
        return in_order((self.expected.documents | {one.path: one for one in edits}).values())

    def head(self) -> int:
        """Return the number of the current release."""
        return self.world.reader().head().release

    def is_held(self, ahead: float) -> bool:
        """Return whether the lease is held, according to a clock that is ahead."""
        return current_holder(self.world.store, lambda: self.world.clock() + ahead) is not None

    def look(self, documents: list[Document]) -> None:
        """If these documents have become a release, add it to the model."""
        reader = self.world.reader()
        number = reader.head().release
        if number == len(self.expected.releases):
            return
        assert number == len(self.expected.releases) + 1
        release = reader.release(number)
        assert release is not None
        self.expected.publish(documents, release.published_at)


class RecordOnEngine(Record):
    """The same on an engine."""

    def enter_world(self) -> World:
        """Return an empty record."""
        self.worlds = _world(self.patches)
        return next(self.worlds)

    def leave_world(self) -> None:
        """Close the record."""
        next(self.worlds, None)


PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck))
TestRecord = Record.TestCase
TestRecord.settings = settings(PATIENT, max_examples=100, stateful_step_count=20)
TestRecordOnEngine = RecordOnEngine.TestCase
TestRecordOnEngine.settings = settings(PATIENT, max_examples=3, stateful_step_count=8)
