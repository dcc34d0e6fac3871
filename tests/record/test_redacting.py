"""Redacting: what was taken out is nowhere any more, the rest is as if it had never been there, and the chain still holds."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from record import items
from record.errors import ItemTooLarge, LeaseHeld, LeaseLost, RecordMoved
from record.model import ChangeKind, Document, PageRequest, State
from record.reading import HEAD_SECONDS, Reader
from record.store import Store
from record.verifying.findings import Discrepancy
from record.verifying.findings import Redaction as Redacted
from record.verifying.verification import verify
from record.writing import redacting
from record.writing.publishing import Publisher
from record.writing.redacting import Generation, Redaction, Rewrite, generations_of
from record.writing.rendering import content_digest_of, digest_of
from tests.conftest import World
from tests.record.documents import document, ids, in_order, read_list
from tests.record.expected import LISTS, SORTS, Expected, gone, shaped
from tests.record.killing import NEVER, Killed, hooked, killed, one_by_one, restore, seen, settled, stalled, table
from tests.record.memory import memory_world

CANARY = "canary-5e1f"
SALT = "c0" * 16
Change = Callable[[Document, int], Document]


@dataclass
class History:
    """A record and, for each of its releases, the documents that were published in it."""

    world: World
    releases: list[dict[str, Document]] = field(default_factory=list)

    def publisher(self) -> Publisher:
        """Return a publisher whose lease runs out at once, so that a dead one is in nobody's way."""
        return self.world.publisher(lease_seconds=1e-9)

    def publish(self, *documents: Document) -> int | None:
        """Publish these documents and whatever else there is; return the release's number."""
        wanted = {**(self.releases[-1] if self.releases else {}), **{one.path: one for one in documents}}
        release = self.publisher().publish(in_order(wanted.values()), "")
        if release is not None:
            self.releases.append(wanted)
        return release.number if release else None

    def redact(self, path: str, change: Change, fields: Sequence[str] = ("/text",)) -> Redaction:
        """Redact a document and return what was asked for; the documents of every release are then the changed ones."""
        redaction = self.planned(path, change, fields)
        self.publisher().redact(redaction, 0)
        self.releases = self.changed(path, change)
        self.releases.append(self.releases[-1])
        return redaction

    def changed(self, path: str, change: Change) -> list[dict[str, Document]]:
        """Return the documents of every release with one of them changed."""
        return [
            {**documents, path: change(documents[path], number)} if path in documents else dict(documents)
            for number, documents in enumerate(self.releases, 1)
        ]

    def planned(self, path: str, change: Change, fields: Sequence[str] = ("/text",)) -> Redaction:
        """Return the redaction of a document's fields, worked out from the documents that were published."""
        lost = self.world.reader().head().lost
        rewrites = [
            Rewrite(path, mark, number, {at: None for at in fields if members.get(at[1:]) is not None}, SALT)
            for mark, number, members in self.bodies(path)
            if any(members.get(at[1:]) is not None for at in fields)
        ]
        old = generations_of(self.world.store, path, lost)
        return Redaction(len(self.releases), "court-order", tuple(rewrites), {path: tuple(self._standing(path, old, change))})

    def bodies(self, path: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Yield the stamp, the number and the members of every revision of a document that holds content."""
        lost = self.world.reader().head().lost
        for page, _ in self.world.store.query(items.document_pk(path), "0", "~"):
            for item in page:
                if item["sk"]["S"] not in lost and item["state"]["S"] == State.LIVE:
                    yield item["sk"]["S"], int(item["number"]["N"]), json.loads(item["body"]["S"])

    def _standing(self, path: str, old: Sequence[Generation], change: Change) -> Iterator[Generation]:
        """Yield where the changed document stands: one generation for as long as neither its revision nor its place changes."""
        marks = [self._mark(number) for number in range(1, len(self.releases) + 1)]
        pieces: list[Generation] = []
        for one in old:
            first, end = int(one.start[:10]), int(one.end[:10]) if one.end else len(self.releases) + 1
            for number in range(first, end):
                documents = self.releases[min(number, len(self.releases)) - 1]
                here = change(documents[path], number)
                start = one.start if number == first else marks[number - 1]
                piece = Generation(
                    start, None, one.revision, one.number, here.standing, tuple(sorted(here.sort_keys.items())), here.values, here.span
                )
                if pieces and replace(pieces[-1], start=start) == piece:
                    continue
                pieces.append(piece)
        ends = [*(piece.start for piece in pieces[1:]), None]
        return (replace(piece, end=end) for piece, end in zip(pieces, ends, strict=True))

    def _mark(self, number: int) -> str:
        item = self.world.store.get(items.key(items.RELEASES, items.padded(number)))
        assert item is not None
        return items.stamp(number, int(item["attempt"]["N"]))

    def assert_holds(self) -> None:
        """Every list at every release is that of its documents, in every order and direction, page by page; and all verifies."""
        expected = Expected()
        for documents in self.releases:
            expected.publish(documents.values(), "")
        reader = self.world.reader()
        assert reader.head().release == len(self.releases)
        names = {*LISTS, *(name for documents in self.releases for one in documents.values() for name in one.standing)}
        for number in range(1, len(self.releases) + 1):
            for name in sorted(names):
                for sort in ("id",) if name.endswith("?gone") else SORTS:
                    assert_same(reader, expected, PageRequest(name, sort, number, 2 if name == "events" else 20, descending=sort == "day"))
            assert_same(reader, expected, PageRequest("events", "day", number, 2))
            for more in ({"carried": (("act=arrest", "act=release"),)}, {"span": ("2015-10-02", "2015-10-30")}):
                assert_same(reader, expected, PageRequest("events", "day", number, 2, **more))
            assert_same(reader, expected, PageRequest("events", "day", number, 2, members_of=("events?act=arrest",)))
            for path, one in self.releases[number - 1].items():
                found = reader.document(path, number)
                assert found is not None
                assert found.state is one.state
        assert discrepancies(self.world.store) == []


def assert_same(reader: Reader, expected: Expected, request: PageRequest) -> None:
    """A list is as expected, page by page, and so is its total where it has one."""
    wanted, found = expected.listed(request), list[str]()
    following: PageRequest | None = request
    while following is not None:
        page = reader.page(following)
        found += ids(page)
        assert page.total is None or page.total == len(wanted), following
        following = replace(following, after=page.after) if page.after is not None else None
        assert len(found) <= len(wanted), request
    assert found == wanted, request


def discrepancies(store: Store) -> list[Discrepancy]:
    """Return what is wrong with a record."""
    return [found for found in verify(store) if isinstance(found, Discrepancy)]


def without_text(one: Document, _number: int = 0) -> Document:
    """Return a document without its text, standing where it did."""
    if one.state is not State.LIVE:
        return one
    return replace(one, content=json.dumps({**json.loads(one.content), "text": None}, separators=(",", ":")).encode())


def without_place(one: Document, _number: int = 0) -> Document:
    """Return a document without its text, that stands in its collection only, and on no day."""
    return replace(without_text(one), lists=(), values=(), span=None, sort_keys={"day": "~"}) if one.state is State.LIVE else one


def without_place_at(releases: frozenset[int]) -> Change:
    """Return the change that takes a document out of its lists at these releases, and its text everywhere."""
    return lambda one, number: without_place(one) if number in releases else without_text(one)


def told(**fields: Any) -> Document:
    """Return a document that says all it can in a canary: its text, its day and the list it stands in."""
    return document("a", **{"day": CANARY, "act": CANARY, "text": f"Said by {CANARY}.", **fields})


def untold(one: Document, _number: int = 0) -> Document:
    """Return the same without a word of it."""
    if one.state is not State.LIVE:
        return one
    members = json.loads(one.content)
    fields: dict[str, Any] = {name: None if name in ("day", "act", "text") else value for name, value in members.items() if name != "id"}
    return document("a", **fields)


FIELDS = ("/day", "/act", "/text")


def filled(world: World) -> History:
    """Return a document with a canary in two revisions and their lists, one that ended long ago and one just now; others beside it."""
    history = History(world)
    history.publish(told(), document("b", day="2015-10-22", act="arrest"), document("c"))
    history.publish(told(case="cases/x", note="new"))
    world.clock.advance(4000)
    history.publish(document("b", day="2015-10-24", act="release"))
    history.publish(document("a", day="2015-10-23", act="arrest", text=f"Now {CANARY} too."), document("d", act="arrest"))
    assert {"HISTORY", "INTENT", "LIST", "DOC"} <= {pk.partition("#")[0] for pk, _ in holding(world)}
    return history


@pytest.fixture
def stored(world: World) -> History:
    """That record, in a table of a real engine."""
    return filled(world)


@pytest.fixture
def history() -> History:
    """The same in memory, which is quicker."""
    return filled(memory_world())


@pytest.fixture
def small() -> History:
    """A document with a canary in its two revisions, the second published just now, and one beside it; in memory, to die in often."""
    history = History(memory_world())
    history.publish(told(), document("b", act="arrest"))
    history.world.clock.advance(4000)
    history.publish(document("a", act="arrest", text=f"Now {CANARY} too."))
    return history


def holding(world: World, text: str = CANARY) -> set[tuple[str, str]]:
    """Return the keys of the items that hold a text."""
    return {key for key, item in table(world.store).items() if text in json.dumps(item)}


EDITS = st.lists(
    st.builds(
        shaped,
        st.sampled_from(["a", "b"]),
        st.sampled_from(["one", "two"]),
        day=st.sampled_from([None, "2015-10-01", "2015-10-22"]),
        act=st.sampled_from([None, "arrest", "release"]),
        case=st.sampled_from([None, "cases/x"]),
    )
    | st.builds(gone, st.sampled_from(["a", "b"]), st.just(State.WITHDRAWN), st.just("error")),
    min_size=1,
    max_size=2,
    unique_by=lambda one: one.path,
)


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(EDITS, st.booleans()), min_size=1, max_size=5),
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.frozensets(st.integers(1, 6))), min_size=1, max_size=2),
    EDITS,
)
def test_lists_are_those_of_the_redacted_documents(
    releases: list[tuple[list[Document], bool]], redacted: list[tuple[str, frozenset[int]]], later: list[Document]
) -> None:
    """Whatever was published, and at whichever releases a document no longer stands where it did: lists at each are as if it never had."""
    history = History(memory_world())
    for edits, archives in releases:
        history.world.clock.advance(4000 * archives)
        history.publish(*edits)
    for slug, displaced in redacted:
        if any(f"events/{slug}" in documents for documents in history.releases):
            history.redact(f"events/{slug}", without_place_at(displaced))
    history.assert_holds()
    history.publish(*later)
    history.assert_holds()


def test_value_is_nowhere_and_the_rest_is_as_it_was(stored: History) -> None:
    """Bodies, lists, their history, intents and the feed hold the value no more; every other document is untouched."""
    before = {key: item for key, item in table(stored.world.store).items() if key[0] in ("DOC#events/b", "DOC#events/c", "DOC#events/d")}
    stored.redact("events/a", untold, FIELDS)
    after = table(stored.world.store)
    assert holding(stored.world) == set()
    assert {key: item for key, item in after.items() if key in before} == before
    assert not [pk for pk, _ in after if pk.startswith(("INTENT#", "REDACTION#"))]
    stored.assert_holds()


def test_rewritten_revision_says_what_release_and_reason_took_it(stored: History) -> None:
    """Each revision keeps its number, release and place, names the fields that went and why, and has the digests of its new bytes."""
    stored.redact("events/a", untold, FIELDS)
    reader = stored.world.reader()
    for number, release in ((1, 1), (2, 2), (3, 4)):
        revision = reader.revision("events/a", 5, number)
        assert revision is not None
        members = json.loads(revision.body)
        assert (members["revision"], members["release"], revision.release) == (number, release, release)
        assert members["redactions"] == [{"fields": sorted(FIELDS), "reason": "court-order", "release": 5}]
        assert [members[name[1:]] for name in FIELDS] == [None, None, None]
        assert revision.digest == digest_of(revision.body)
        assert revision.salt == SALT


def test_release_of_its_own_tells_the_feed(history: History) -> None:
    """The redaction is a release with a change for each revision, whose seals are the new ones; older changes keep their seals."""
    before = history.world.reader().changes("", 4, 100)
    history.redact("events/a", untold, FIELDS)
    reader = history.world.reader()
    after = reader.changes("", 5, 100)
    assert [(change.path, change.kind, change.seal, change.fields) for change in before] == [
        (change.path, change.kind, change.seal, change.fields) for change in after[: len(before)]
    ]
    news = after[len(before) :]
    assert [(change.path, change.kind, change.revision, change.reason, change.fields) for change in news] == [
        ("events/a", ChangeKind.REDACTED, number, "court-order", tuple(sorted(FIELDS))) for number in (1, 2, 3)
    ]
    revisions = {revision.number: revision for revision in reader.revisions("events/a", 5, 100, 10)}
    assert [change.seal for change in news] == [revisions[change.revision].seal for change in news]
    assert {change.digest for change in after if change.path == "events/a"} == {revision.digest for revision in revisions.values()}
    release = reader.release(5)
    assert release is not None
    assert (release.message, dict(release.changes)) == ("", {"redacted": 3})
    assert release.counts == {"events": 4}


def test_no_digest_of_what_was_taken_out_stays_without_salt(history: History) -> None:
    """Neither a digest of an old body nor of its content stays, by which a guess could be tried; only its salted seal does."""
    store = history.world.store
    old = [(revision, item) for revision, item in table(store).items() if revision[0] == "DOC#events/a"]
    history.redact("events/a", untold, FIELDS)
    left = json.dumps(list(table(store).values()))
    for _, item in old:
        body = item["body"]["S"]
        assert digest_of(body) not in left
        assert content_digest_of(body) not in left
        assert item["seal"]["S"] in left


def test_verifying_tells_the_redaction_and_not_what_it_took(history: History) -> None:
    """`verify` passes, and says which revisions were redacted, in which release, when and why."""
    history.redact("events/a", untold, FIELDS)
    found = [one for one in verify(history.world.store) if isinstance(one, Redacted)]
    assert [(one.number, one.release, one.reason) for one in found] == [(1, 5, "court-order"), (2, 5, "court-order"), (3, 5, "court-order")]
    assert CANARY not in str(found)
    assert discrepancies(history.world.store) == []


def test_warm_reader_forgets_what_it_has_kept(stored: History) -> None:
    """A reader that has read everything before answers without the value as soon as it asks for the current release again."""
    reader = stored.world.reader()

    def said() -> str:
        assert reader.head().release  # as every request does first
        pages = [reader.page(PageRequest(name, "day", 2, 10)).bodies for name in ("events", f"events?act={CANARY}")]
        return str([pages, reader.document("events/a", 2), reader.revision("events/a", 4, 1), reader.changes("", 4, 100)])

    assert CANARY in said()
    stored.redact("events/a", untold, FIELDS)
    stored.world.clock.advance(HEAD_SECONDS)
    assert CANARY not in said()


@pytest.mark.parametrize("operation", ["Query", "BatchGetItem"])
def test_answer_that_was_under_way_is_not_kept(history: History, operation: str) -> None:
    """What one thread read before the redaction, and gets hold of when another has forgotten everything, is not kept."""
    reader = history.world.reader()
    request = PageRequest("events", "day", 2, 10)
    asked: list[str] = []

    def forget() -> None:
        if asked.count(operation) == 1 and asked[-1] == operation:
            asked.append("answered")
            history.redact("events/a", untold, FIELDS)
            history.world.clock.advance(HEAD_SECONDS)
            reader.head()

    with hooked(history.world.reading, asked.append, forget):
        reader.page(request)
    assert reader.head().epoch == 1
    assert CANARY not in str(reader.page(request))


def test_second_redaction_of_a_revision_adds_to_the_first(stored: History) -> None:
    """A revision that is redacted twice tells both, and the chain holds over both."""
    stored.redact("events/a", without_text, ("/text",))
    assert holding(stored.world)
    stored.redact("events/a", untold, ("/day", "/act"))
    assert holding(stored.world) == set()
    revision = stored.world.reader().revision("events/a", 6, 1)
    assert revision is not None
    assert json.loads(revision.body)["redactions"] == [
        {"fields": ["/text"], "reason": "court-order", "release": 5},
        {"fields": ["/act", "/day"], "reason": "court-order", "release": 6},
    ]
    stored.assert_holds()


def test_earlier_revisions_of_what_was_withdrawn_are_redacted(history: History) -> None:
    """A document that went away loses the value in all the revisions that it had before, and stays gone."""
    history.publish(gone("a", State.WITHDRAWN, "court-order"))
    history.redact("events/a", untold, FIELDS)
    assert holding(history.world) == set()
    newest = history.world.reader().document("events/a", 6)
    assert newest is not None
    assert (newest.state, newest.number, "redactions" in newest.body) == (State.WITHDRAWN, 4, False)
    history.assert_holds()
    history.publish(document("a", text="back"))
    history.assert_holds()


def test_publish_of_the_redacted_document_changes_nothing(stored: History) -> None:
    """Where the source says what the redacted revision says, the next publish makes no release."""
    stored.redact("events/a", untold, FIELDS)
    assert stored.publish() is None
    assert stored.publish(document("a", text="Something new.")) == 6
    stored.assert_holds()


def test_somebody_published_in_between(history: History) -> None:
    """A redaction that was worked out at an older release is refused, leaves no lease behind, and writes nothing else."""
    redaction = history.planned("events/a", untold, FIELDS)
    history.publish(document("e"))
    before = table(history.world.store)
    with pytest.raises(RecordMoved, match="release 5 was published since"):
        history.world.publisher().redact(redaction, 0)
    changed = {key for key, item in table(history.world.store).items() if before.get(key) != item}
    assert {pk.partition("#")[0] for pk, _ in changed} <= {items.RELEASES, "LIST", "HISTORY"}, "what has ended moved, and that is all"
    assert holding(history.world)
    history.publish(document("f"))
    history.redact("events/a", untold, FIELDS)
    history.assert_holds()


def test_live_lease_of_another_is_respected(history: History) -> None:
    """While somebody publishes, nothing is redacted, and the error names them."""
    redaction = history.planned("events/a", untold, FIELDS)

    class Busy:
        def __iter__(self) -> Iterator[Document]:
            with pytest.raises(LeaseHeld, match="by busy"):
                history.world.publisher().redact(redaction, 0)
            return iter(in_order(history.releases[-1].values()))

    history.world.publisher("busy").publish(Busy(), "")
    assert holding(history.world)


def test_revision_without_room_for_the_note_is_refused_at_once(stored: History) -> None:
    """Where a revision is so large that it can't say that it was redacted, nothing is begun, and what comes next goes on as ever."""
    fields = [f"/field-{number:04d}" for number in range(800)]
    large = document("z", **{name[1:]: "x" for name in fields}, text="x" * 380_000)
    stored.publish(large)
    redaction = stored.planned("events/z", lambda one, _: one, fields)
    filling = Redaction(
        redaction.release,
        redaction.reason,
        tuple(replace(one, replaced=dict.fromkeys(one.replaced, "[redacted]")) for one in redaction.rewrites),
        redaction.generations,
    )
    with pytest.raises(ItemTooLarge, match="events/z is too large"):
        stored.publisher().redact(filling, 0)
    assert not redacting.is_begun(stored.world.store)
    assert not [pk for pk, _ in table(stored.world.store) if pk.startswith("REDACTION#")]
    stored.publish(document("f"))
    stored.assert_holds()


def test_redaction_waits_until_every_reader_knows_the_current_release(history: History) -> None:
    """Before it moves what has ended, it lets two head times pass, in which every reader asks for the current release again."""
    naps: list[float] = []
    store = Store(history.world.store.client, history.world.store.table, sleep=naps.append)
    Publisher(store, owner="tests", clock=history.world.clock).redact(history.planned("events/a", untold, FIELDS))
    assert naps == [2 * HEAD_SECONDS]


# --- dying anywhere


def outcome(history: History, documents: Sequence[Document] | None) -> Mapping[tuple[str, str], Any]:
    """Return the whole table after a publish, where there is one, but for how its attempts were numbered."""
    if documents is not None:
        history.publisher().publish(in_order(documents), "")
    return settled(table(history.world.store))


def assert_redacted(history: History) -> None:
    """The canary is nowhere, and all verifies."""
    assert holding(history.world) == set()
    assert discrepancies(history.world.store) == []


def die(history: History, redaction: Redaction | None, at: int) -> None:
    """Redact, or finish what was begun where no redaction is given, item by item, and die behind the n-th write, before the next."""
    with item_by_item(), pytest.raises(Killed), killed(history.world.store, at, after=True):
        begin(history, redaction)


@contextlib.contextmanager
def item_by_item() -> Iterator[None]:
    """Let every item be written by a call of its own."""
    with pytest.MonkeyPatch.context() as patches:
        one_by_one(patches)
        yield


def begin(history: History, redaction: Redaction | None) -> None:
    """Redact, or finish what was begun where no redaction is given."""
    if redaction is None:
        history.publisher().resume()
    else:
        history.publisher().redact(redaction, 0)


def writes_of(history: History, redaction: Redaction | None) -> int:
    """Return how many writes that takes, item by item; it is done then."""
    with item_by_item(), killed(history.world.store, NEVER, after=False) as writes:
        begin(history, redaction)
    return len(writes)


@pytest.mark.parametrize("publishes", [False, True], ids=["redact-again", "publish"])
def test_redaction_killed_at_any_write_is_finished_by_whoever_comes_next(small: History, publishes: bool) -> None:
    """Killed at each write in turn, a redaction ends as if nothing had happened: by the next publish, or by itself."""
    world = small.world
    redaction = small.planned("events/a", untold, FIELDS)
    documents = [*small.changed("events/a", untold)[-1].values(), document("e")] if publishes else None
    start = table(world.store)
    writes = writes_of(small, redaction)
    undisturbed = outcome(small, documents)
    assert_redacted(small)
    for at in range(1, writes + 1):
        restore(world.store, start)
        die(small, redaction, at)
        reader = world.reader()
        for number, published in enumerate(small.releases, 1):
            assert set(read_list(reader, "events", "day", number)) == set(published), "a reader misses a document while it is under way"
            assert all(reader.document(path, number) for path in published)
        begun = redacting.is_begun(world.store) or reader.head().release > redaction.release
        if not publishes:
            small.publisher().resume()
            if not begun:
                small.publisher().redact(redaction, 0)
        if begun or not publishes:
            assert outcome(small, documents) == undisturbed, f"killed at write {at} of {writes}"


def test_finishing_killed_at_any_write_is_finished_too(small: History) -> None:
    """A redaction whose finishing is killed, at each write in turn, is finished by the third, once and not twice."""
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
    """Stalled before each write in turn while another finishes its work, a redactor that goes on, blindly, changes nothing of it."""
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
            small.publisher().redact(redaction, 0)

    for at in range(2, writes + 1):
        restore(world.store, start)
        with item_by_item(), stalled(world.store, at, take_over), contextlib.suppress(LeaseLost):
            small.publisher().redact(redaction, 0)
        left = {key: item for key, item in seen(table(world.store)).items() if not key[0].startswith("REDACTION#")}
        assert settled(left) == undisturbed, f"stalled at write {at} of {writes}"


def test_what_a_late_publisher_left_unseen_goes_with_the_next_redaction(history: History) -> None:
    """What a publisher wrote in the middle of a batch, after it was taken over, nobody sees, and the next redaction removes."""
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
