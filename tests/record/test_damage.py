"""Damage in the table is noticed when it is read. It is an error that names the item, it is not cached, and it ends with the damage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from record import items
from record.current import HEAD_SECONDS, STALE_SECONDS
from record.errors import RecordDamaged, RecordUnavailable
from record.model import PageRequest, State
from record.reading import Reader
from record.writing.publishing import GRACE_SECONDS
from record.writing.rendering import digest_of
from tests.conftest import World
from tests.record import test_replacing_ids as replacing
from tests.record.documents import document, in_order, read_list
from tests.record.expected import gone
from tests.record.killing import NEVER, Killed, killed, restore, stalled, table
from tests.record.memory import memory_world
from tests.record.redacted import CANARY, History, filled, told, untold

A, B = "events/a", "events/b"
FIRST, SECOND = items.stamp(1, 1), items.stamp(2, 2)
Key = tuple[str, str]
Edit = Callable[[dict[Key, Any]], None]


@pytest.fixture
def world() -> World:
    """A record in memory with three releases. `a` changed in the second and `z` was withdrawn in it; what ended is archived."""
    world = memory_world()
    others = [document(name, act="arrest", day="2015-10-22") for name in "bcd"]
    first = [document("a", act="arrest"), *others]
    world.publisher().publish([*first, document("z", act="arrest")], "")
    world.publisher().publish(in_order([document("a", act="arrest", text="new"), *others, gone("z", State.WITHDRAWN, "error")]), "")
    world.clock.advance(GRACE_SECONDS + 1)
    world.publisher().publish(
        in_order([document("a", act="arrest", text="newer"), *others, gone("z", State.WITHDRAWN, "error")]),
        "",
    )
    return world


@contextmanager
def edited(world: World, edit: Edit) -> Iterator[None]:
    """Edit the table, and put back what was there."""
    before = table(world.store)
    after = {key: dict(item) for key, item in before.items()}
    edit(after)
    assert after != before, "nothing was edited"
    restore(world.store, after)
    yield
    restore(world.store, before)


def revision(**attributes: Any) -> Edit:
    """Return the edit that sets attributes of the revision of `b`."""
    return lambda everything: everything[items.document_pk(B), FIRST].update(attributes)


def body(old: str, new: str, *, with_digest: bool = False) -> Edit:
    """Return the edit that replaces a text in the body of a revision, and its digest too if so told."""

    def edit(everything: dict[Key, Any]) -> None:
        item = everything[items.document_pk(B), FIRST]
        text = item["body"]["S"].replace(old, new)
        item |= {"body": items.text(text), **({"digest": items.text(digest_of(text))} if with_digest else {})}

    return edit


def swapped(everything: dict[Key, Any]) -> None:
    """Put another document's revision where a revision is."""
    key = items.document_pk(B), FIRST
    everything[key] = {**everything[items.document_pk("events/c"), FIRST], **items.key(*key)}


def total(name: str, value: int | None, mark: str = FIRST) -> Edit:
    """Return the edit that changes or removes a total of a list."""

    def edit(everything: dict[Key, Any]) -> None:
        key = items.total_pk(name), items.TOTAL
        if mark not in everything[key]:
            key = items.history_pk(key[0]), items.old_total_sk(mark)
        attribute = mark if mark in everything[key] else "total"
        if value is None:
            del everything[key][attribute]
        else:
            everything[key][attribute] = items.number(value)

    return edit


def without_entries(name: str, *slugs: str) -> Edit:
    """Return the edit that deletes the entries of these documents from a list's order by id, and from its history."""

    def edit(everything: dict[Key, Any]) -> None:
        pk = items.list_pk(name, "id")
        for key in list(everything):
            if key[0] in (pk, items.history_pk(pk)) and key[1].split("#")[1] in slugs:
                del everything[key]

    return edit


def both(*edits: Edit) -> Edit:
    """Return one edit made of several."""

    def edit(everything: dict[Key, Any]) -> None:
        for one in edits:
            one(everything)

    return edit


def entry(**attributes: Any) -> Edit:
    """Return the edit that sets attributes of the entry of `b` in the collection."""
    return lambda everything: everything[items.list_pk("events", "id"), items.entry_sk("", B, FIRST)].update(attributes)


READS: dict[str, Callable[[Reader], object]] = {
    "a document": lambda reader: reader.document(B, 3),
    "documents": lambda reader: reader.documents([A, B, "events/c"], 3),
    "a revision": lambda reader: reader.revision(B, 3, 1),
    "a page": lambda reader: reader.page(PageRequest("events", "id", 3, 10)),
    "a page that does not fit into the cache": lambda reader: Reader(reader._store, cache_bytes=1).page(PageRequest("events", "id", 3, 10)),  # noqa: SLF001
}
REVISIONS: dict[str, tuple[Edit, str]] = {
    "another text": (body("2015-10-22", "2015-10-23"), "the SHA-256 of its body is [0-9a-f]{64}, and its digest is [0-9a-f]{64}"),
    "another digest": (revision(digest=items.text("0" * 64)), "its digest is 0{64}"),
    "another path": (revision(path=items.text("events/c")), "says that it is of events/c"),
    "another release": (revision(release=items.number(2)), "release 2"),
    "another number in the body, with the digest": (body('"revision":1', '"revision":7', with_digest=True), '"revision":1'),
    "another document's revision": (swapped, "says that it is of events/c"),
    "another id, with the digest": (body('"id":"events/b"', '"id":"events/x"', with_digest=True), '"id":"events/b"'),
    "another release in the body, with the digest": (body('"release":1', '"release":7', with_digest=True), '"release":1'),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize(("edit", "message"), REVISIONS.values(), ids=REVISIONS)
def test_body_that_does_not_match_its_digest_is_a_fault(world: World, edit: Edit, message: str, read: Callable[[Reader], object]) -> None:
    """Whatever reads it: the error names the revision, and the next read after a repair returns it."""
    reader = world.reader()
    with edited(world, edit):
        for _ in range(2):
            with pytest.raises(RecordDamaged, match=f"{FIRST} of events/b.*{message}"):
                read(reader)
    assert read(reader)


TOTALS: dict[str, tuple[Edit, str, int]] = {
    "of 0": (total("events", 0, SECOND), "events", 3),
    "missing": (total("events", None, SECOND), "events", 3),
    "too low": (total("events", 3, SECOND), "events", 3),
    "too high": (total("events", 5, SECOND), "events", 3),
    "of a filtered list, of 0": (total("events?act=arrest", 0, SECOND), "events?act=arrest", 3),
    "of a filtered list, too high": (total("events?act=arrest", 6, SECOND), "events?act=arrest", 3),
    "archived, too low": (total("events", 1), "events", 1),
    "archived, too high": (total("events", 9), "events", 1),
    "rows are missing": (without_entries("events", "c"), "events", 3),
    "all rows are missing": (without_entries("events", *"abcdz"), "events", 3),
    "all rows are missing, at an old release": (without_entries("events", *"abcdz"), "events", 1),
    "rows and total are missing": (both(without_entries("events", *"abcdz"), total("events", None, SECOND)), "events", 3),
    "an entry of a later release's revision": (entry(revision=items.text(items.stamp(9, 9))), "events", 3),
    "an entry of a tombstone": (revision(state=items.text("withdrawn")), "events", 3),
}


@pytest.mark.parametrize("limit", [1, 2, 4, 10])
@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize(("edit", "name", "release"), TOTALS.values(), ids=TOTALS)
def test_total_that_contradicts_the_rows_is_a_fault(
    world: World, edit: Edit, name: str, release: int, *, descending: bool, limit: int
) -> None:
    """On the page that shows it, at the last page at the latest, and in either direction. After a repair, the same instance reads it."""
    reader = world.reader()
    with edited(world, edit):
        for _ in range(2):
            with pytest.raises(RecordDamaged, match="events"):
                read_list(reader, name, "id", release, limit=limit, descending=descending)
    assert len(read_list(reader, name, "id", release, limit=limit, descending=descending)) == (5 if release == 1 else 4)


def test_total_that_the_choice_of_a_list_has_read_is_compared_too(world: World) -> None:
    """A filtered page has more rows than the total that made its list the smallest one."""
    with edited(world, total("events?act=arrest", 0, SECOND)):
        reader = world.reader()
        assert reader.smallest(["events", "events?act=arrest"], 3) == "events?act=arrest"
        with pytest.raises(RecordDamaged, match="a total of 0"):
            reader.page(PageRequest("events?act=arrest", "id", 3, 10, span=("2015-10-01", "")))


def test_collection_that_is_empty_costs_one_call_more_once(world: World) -> None:
    """Only its release tells that it is not damaged."""
    reader = world.reader()
    reader.head()
    for expected in (["Query", "BatchGetItem", "GetItem"], []):
        world.calls.clear()
        assert reader.page(PageRequest("actors", "id", 3, 10)).total == 0
        assert world.calls == expected


BACK: dict[str, tuple[Edit, str]] = {
    "an older release": (
        lambda everything: everything[items.RELEASES, items.CURRENT].update(release=items.number(2)),
        "has release 2 and epoch 0",
    ),
    "an older epoch": (lambda everything: everything[items.RELEASES, items.CURRENT].update(epoch=items.number(-1)), "epoch -1"),
    "no release": (lambda everything: everything.pop((items.RELEASES, items.CURRENT)), "is missing"),
}


@pytest.mark.parametrize(("edit", "message"), BACK.values(), ids=BACK)
def test_current_release_that_goes_back_is_a_fault(world: World, edit: Edit, message: str) -> None:
    """Not a new truth, and not served from the cache as while the table is unreachable. A new instance starts from what is there."""
    reader = world.reader()
    assert reader.head().release == 3
    reader.document(B, 3)
    with edited(world, edit):
        for seconds in (HEAD_SECONDS, STALE_SECONDS, 0.0):
            world.clock.advance(seconds)
            with pytest.raises(RecordDamaged, match=message):
                reader.head()
        assert reader.stale is None
        assert world.reader().head().release in (0, 2, 3)
    assert reader.head().release == 3


@pytest.mark.parametrize("dies", [False, True], ids=["in progress", "interrupted"])
def test_reads_during_a_redaction_are_no_fault(*, dies: bool) -> None:
    """Before each of its writes, or after it died there, every list at every release is answered, on cold and on warm instances."""
    history = filled(memory_world())
    world = history.world
    redaction = history.planned(A, untold, ("/day", "/act", "/text"))
    before, now = table(world.store), world.clock.now
    with stalled(world.store, NEVER, lambda: None) as writes:
        history.publisher().redact(redaction)
    names = {"events", f"events?act={CANARY}", "events?act=arrest", "events?act=release", "events?case=cases/x", "events?gone"}
    releases = range(1, len(history.releases) + 1)

    def read_all(*readers: Reader) -> None:
        for reader in readers:
            for name in sorted(names):
                for sort in ("id",) if name == "events?gone" else ("id", "day"):
                    for release in releases:
                        for limit in (1, 20):
                            read_list(reader, name, sort, release, limit=limit)

    def read_later(warm: Reader) -> None:
        world.clock.advance(HEAD_SECONDS)
        read_all(warm, world.reader())

    for at in range(1, len(writes) + 1):
        restore(world.store, before)
        world.clock.now = now
        warm = world.reader()
        read_all(warm)
        if dies:
            with pytest.raises(Killed), killed(world.store, at, after=False):
                history.publisher().redact(redaction)
            read_later(warm)
        else:
            with stalled(world.store, at, partial(read_later, warm)):
                history.publisher().redact(redaction)


@pytest.mark.parametrize("path", [replacing.CASE, replacing.EVENT])
def test_reads_while_an_id_is_replaced_are_no_fault(path: str) -> None:
    """Before each of its writes, on cold and on warm instances: revisions move, and the old ones are deleted before the release."""
    history = replacing.small()
    world = history.world
    redaction = replacing.planned(world, path)
    with stalled(world.store, NEVER, lambda: None) as writes:
        before, now = table(world.store), world.clock.now
        history.publisher().redact(redaction)
    unavailable: list[str] = []

    def read_all(*readers: Reader) -> None:
        for reader in readers:
            for name in ("events", "cases", "events?gone", f"events?case={path}", "events?act=arrest"):
                for release in (1, 2):
                    for limit in (1, 20):
                        try:
                            read_list(reader, name, "id", release, limit=limit)
                        except RecordDamaged:
                            raise
                        except RecordUnavailable as failure:
                            unavailable.append(f"{at} {failure}")

    for at in range(1, len(writes) + 1):
        restore(world.store, before)
        world.clock.now = now
        knowing, small = world.reader(), world.reader(cache_bytes=3_000)
        read_all(knowing, small)
        with stalled(world.store, at, partial(read_all, knowing, small, world.reader())):
            history.publisher().redact(redaction)
    assert unavailable == []


def test_redaction_between_two_calls_of_a_reader_is_no_fault() -> None:
    """A whole redaction between any two calls of an instance that does not know of it: it looks again, and answers."""
    history = filled(memory_world())
    world = history.world
    redaction = history.planned(A, untold, ("/day", "/act", "/text"))
    before = table(world.store)
    looked_again = 0
    for name in ("events", f"events?act={CANARY}", "events?act=arrest"):
        at, calls = 0, [""]
        while at < len(calls) or not at:
            at += 1
            restore(world.store, before)
            reader = world.reader()
            reader.head()
            with stalled(world.reading, at, lambda: history.publisher().redact(redaction), writes_only=False) as calls:
                read_list(reader, name, "day", len(history.releases), limit=1)
            looked_again += calls[at:].count("GetItem") > 0
    assert looked_again > 0


def test_reads_during_a_publish_are_no_fault() -> None:
    """Before each write of a publish that also archives: cold instances, one that knows the release, and one that does not know it yet."""
    history = History(memory_world())
    world = history.world
    history.publish(told(), document("b", act="arrest"), document("c"))
    history.publish(document("a", act="release"), document("b", act="release"))
    world.clock.advance(GRACE_SECONDS + 1)
    before, now = table(world.store), world.clock.now
    wanted = in_order(
        [document("a", act="arrest"), gone("b", State.WITHDRAWN, "error"), document("c", text="new"), document("d", act="arrest")]
    )
    with stalled(world.store, NEVER, lambda: None) as writes:
        world.publisher().publish(wanted, "")

    def read_all(*readers: Reader) -> None:
        for reader in readers:
            for name in ("events", "events?act=arrest", "events?act=release", f"events?act={CANARY}"):
                for release in (1, 2):
                    for limit in (1, 20):
                        read_list(reader, name, "day", release, limit=limit)

    for at in range(1, len(writes) + 1):
        restore(world.store, before)
        world.clock.now = now
        warm = world.reader()
        warm.head()
        with stalled(world.store, at, partial(read_all, warm, world.reader())):
            world.publisher().publish(wanted, "")
        read_all(warm, world.reader())
