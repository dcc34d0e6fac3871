"""Redacting: the removed value is nowhere in the table, everything else is unchanged, and the chain is still valid."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from record import items
from record.current import HEAD_SECONDS
from record.decoding import salts_of, seals_of
from record.errors import ItemTooLarge, LeaseHeld, RecordMoved
from record.model import ChangeKind, Document, PageRequest, State
from record.store import Store
from record.verifying.findings import Redaction as Redacted
from record.verifying.verification import verify
from record.writing import redacting
from record.writing.notes import Redaction
from record.writing.publishing import Publisher
from record.writing.rendering import content_digest_of, digest_of
from tests.conftest import World
from tests.record.documents import document, in_order
from tests.record.expected import gone, shaped
from tests.record.killing import WRITES, hooked, one_by_one, table
from tests.record.memory import memory_world
from tests.record.redacted import CANARY, FIELDS, History, discrepancies, filled, holding, untold, without_place_at, without_text


@pytest.fixture
def stored(world: World) -> History:
    """That record, in a table of the engine."""
    return filled(world)


@pytest.fixture
def history() -> History:
    """The same in memory, which is faster."""
    return filled(memory_world())


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


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(EDITS, st.booleans()), min_size=1, max_size=5),
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.frozensets(st.integers(1, 6))), min_size=1, max_size=2),
    EDITS,
)
def test_lists_are_those_of_the_redacted_documents(
    releases: list[tuple[list[Document], bool]], redacted: list[tuple[str, frozenset[int]]], later: list[Document]
) -> None:
    """Whatever was published, and from whichever releases' lists a document is removed, every list is as if it had never been there."""
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
    """Bodies, lists, their history, intents and the feed do not contain the value any more; all other documents are unchanged."""
    before = {key: item for key, item in table(stored.world.store).items() if key[0] in ("DOC#events/b", "DOC#events/c", "DOC#events/d")}
    stored.redact("events/a", untold, FIELDS)
    after = table(stored.world.store)
    assert holding(stored.world) == set()
    assert {key: item for key, item in after.items() if key in before} == before
    assert not [pk for pk, _ in after if pk.startswith(("INTENT#", "REDACTION#"))]
    stored.assert_holds()


def test_rewritten_revision_says_what_release_and_reason_took_it(stored: History) -> None:
    """Each revision keeps its number, release and place, names the removed fields and the reason, and has the digests of its new body."""
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
        sealed = reader.revisions("events/a", 5, number + 1, 1)[0]
        assert [(one.release, sorted(one.hashes)) for one in sealed.seals] == [(release, sorted(FIELDS)), (5, [])]
        assert set(FIELDS) < set(sealed.salts)


def test_release_of_its_own_tells_the_feed(history: History) -> None:
    """The redaction is a release with a change for each revision, whose seals are of the new bodies; older changes keep their seals."""
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
    assert [change.seal for change in news] == [revisions[change.revision or 0].seals[-1].seal for change in news]
    assert {change.digest for change in after if change.path == "events/a"} == {revision.digest for revision in revisions.values()}
    release = reader.release(5)
    assert release is not None
    assert (release.message, dict(release.changes)) == ("", {"redacted": 3})
    assert release.counts == {"events": 4}


def test_no_digest_of_what_was_taken_out_stays_without_salt(history: History) -> None:
    """No digest of an old body or content stays, with which a guess could be checked. Only its salted seal stays."""
    store = history.world.store
    old = [(revision, item) for revision, item in table(store).items() if revision[0] == "DOC#events/a"]
    history.redact("events/a", untold, FIELDS)
    left = json.dumps(list(table(store).values()))
    for _, item in old:
        body = item["body"]["S"]
        assert digest_of(body) not in left
        assert content_digest_of(body) not in left
        assert seals_of(item)[0].seal in left
        assert "" not in salts_of(table(store)[item["pk"]["S"], item["sk"]["S"]])


def test_verifying_tells_the_redaction_and_not_what_it_took(history: History) -> None:
    """`verify` passes, and says which revisions were redacted, in which release, when and why."""
    history.redact("events/a", untold, FIELDS)
    found = [one for one in verify(history.world.store) if isinstance(one, Redacted)]
    assert [(one.number, one.release, one.reason) for one in found] == [(1, 5, "court-order"), (2, 5, "court-order"), (3, 5, "court-order")]
    assert CANARY not in str(found)
    assert discrepancies(history.world.store) == []


def test_warm_reader_forgets_what_it_has_kept(stored: History) -> None:
    """A reader that has everything in its cache returns nothing of the value as soon as it reads the head again."""
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
    """A value that one thread read before another thread cleared the cache is not cached."""
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
    """A revision that is redacted twice names both redactions, and the chain is valid after both."""
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
    """A tombstone loses the value in all its older revisions, and stays a tombstone."""
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
    """If the seed has the content of the redacted revision, the next publish makes no release."""
    stored.redact("events/a", untold, FIELDS)
    assert stored.publish() is None
    assert stored.publish(document("a", text="Something new.")) == 6
    stored.assert_holds()


def test_somebody_published_in_between(history: History) -> None:
    """A redaction that was planned at an older release is refused, ends its lease, and writes nothing else."""
    redaction = history.planned("events/a", untold, FIELDS)
    history.publish(document("e"))
    before = table(history.world.store)
    with pytest.raises(RecordMoved, match="release 5 was published in the meantime"):
        history.world.publisher().redact(redaction)
    changed = {key for key, item in table(history.world.store).items() if before.get(key) != item}
    assert {pk.partition("#")[0] for pk, _ in changed} <= {items.RELEASES, "LIST", "HISTORY"}, "what has ended moved, and that is all"
    assert holding(history.world)
    history.publish(document("f"))
    history.redact("events/a", untold, FIELDS)
    history.assert_holds()


def test_live_lease_of_another_is_respected(history: History) -> None:
    """During a publish a redaction is refused, and the error names the lease holder."""
    redaction = history.planned("events/a", untold, FIELDS)

    class Busy:
        def __iter__(self) -> Iterator[Document]:
            with pytest.raises(LeaseHeld, match="by busy"):
                history.world.publisher().redact(redaction)
            return iter(in_order(history.releases[-1].values()))

    history.world.publisher("busy").publish(Busy(), "")
    assert holding(history.world)


def test_revision_without_room_for_the_note_is_refused_at_once(stored: History) -> None:
    """If a revision is too large for what its redaction adds, nothing is written, and later publishes work as before."""
    fields = [f"/field-{number:04d}" for number in range(2000)]
    large = document("z", **{name[1:]: "x" for name in fields}, text="x" * 200_000)
    stored.publish(large)
    redaction = stored.planned("events/z", lambda one, _: one, fields)
    filling = Redaction(
        redaction.release,
        redaction.reason,
        tuple(replace(one, replaced=dict.fromkeys(one.replaced, "[redacted]")) for one in redaction.rewrites),
        redaction.generations,
    )
    with pytest.raises(ItemTooLarge, match=r"events/z has no room for what this redaction adds: .* redact a field that contains"):
        stored.publisher().redact(filling)
    assert not redacting.is_begun(stored.world.store)
    assert not [pk for pk, _ in table(stored.world.store) if pk.startswith("REDACTION#")]
    stored.publish(document("f"))
    stored.assert_holds()


def test_redaction_waits_until_every_reader_knows_the_current_release(history: History) -> None:
    """Before it moves what ended, it waits for twice `head_seconds`, until every reader has read the head again. By then it is noted.

    A second redaction does not wait, because nothing is left to move.
    """
    naps: list[tuple[float, bool]] = []

    def sleep(seconds: float) -> None:
        naps.append((seconds, redacting.is_begun(store)))

    store = Store(history.world.store.client, history.world.store.table, sleep=sleep)
    publisher = Publisher(store, owner="tests", clock=history.world.clock)
    publisher.redact(history.planned("events/a", untold, FIELDS))
    assert naps == [(2 * HEAD_SECONDS, True)]
    history.releases.append(history.releases[-1])
    publisher.redact(history.planned("events/b", without_text, ["/day"]))
    assert len(naps) == 1


def test_newest_revision_and_current_lists_change_first(history: History) -> None:
    """When an older revision or a history first changes, the newest revision and the current lists do not hold the value any more."""
    world = history.world
    history.publish(document("a", act=CANARY, day=CANARY, text=CANARY))
    newest = f"{len(history.releases):010d}"
    order: list[bool] = []
    before = holding(world)

    def look() -> None:
        if redacting.is_begun(world.store):
            left = holding(world)
            now = {
                (pk, sk)
                for pk, sk in left
                if (pk.startswith("LIST#") and sk != items.TOTAL) or (pk.startswith("DOC#") and sk.startswith(newest))
            }
            past = {(pk, sk) for pk, sk in before if pk.startswith("DOC#") and not sk.startswith(newest)}
            order.append(bool(past - left))
            assert not (now and past - left), "an older revision changed before the newest one and the current lists"

    redaction = history.planned("events/a", untold, FIELDS)
    with pytest.MonkeyPatch.context() as patches:
        one_by_one(patches)
        with hooked(world.store, lambda name: look() if name in WRITES else None):
            history.publisher().redact(redaction)
    assert set(order) == {False, True}
