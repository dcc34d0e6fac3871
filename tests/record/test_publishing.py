"""Publishing: what a release contains, what is refused, and that a refused publish changes nothing."""

import errno
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from record import items
from record.errors import ItemTooLarge, LeaseHeld, MissingDocuments, NotInOrder, WriteRefused
from record.model import Document
from record.store import Store
from tests.conftest import World
from tests.record.documents import document, in_order, read_list

FIRST = in_order([document("a", day="2015-10-22", act="arrest"), document("b", day="2015-10-24"), document("c")])


def scan(store: Store) -> list[dict[str, Any]]:
    """Return every item of the table, sorted by key, without the number of the last attempt."""
    pages = store.client.get_paginator("scan").paginate(TableName=store.table)
    # An undone publish can leave a total item without totals.
    found: list[dict[str, Any]] = [dict(item) for page in pages for item in page["Items"] if len(item) > 2]
    for item in found:
        if item["sk"] == {"S": items.CURRENT}:
            item.pop("attempt")
            item.pop("lost", None)
    return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def test_first_publish_makes_release_one(world: World) -> None:
    """The first publish makes release 1, with its time, its counts and a digest."""
    release = world.publisher().publish(FIRST, "the first")
    assert release is not None
    assert (release.number, release.message, release.published_at) == (1, "the first", "2026-11-23T12:00:00.000Z")
    assert (dict(release.counts), dict(release.changes), release.parent) == ({"events": 3}, {"created": 3}, None)
    assert world.reader().release(1) == release


def test_nothing_changed_makes_no_release(world: World) -> None:
    """Publishing the same documents again makes no release and writes nothing that stays."""
    world.publisher().publish(FIRST, "")
    before = scan(world.store)
    assert world.publisher().publish(FIRST, "again") is None
    assert scan(world.store) == before


def test_second_release_names_its_parent_and_its_changes(world: World) -> None:
    """A release's parent is the one before, and it counts what it created and updated."""
    first = world.publisher().publish(FIRST, "")
    second = world.publisher().publish(in_order([*FIRST[1:], document("a", day="2015-10-23"), document("d")]), "")
    assert first is not None
    assert second is not None
    assert second.parent == first.digest
    assert dict(second.changes) == {"created": 1, "updated": 1}
    assert second.published_at > first.published_at


def test_documents_and_record_are_gone_through_once(world: World) -> None:
    """A publish iterates the documents once, and reads each list of the manifest once."""
    world.publisher().publish(FIRST, "")
    read: list[str] = []
    world.store.client.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: read.append(params["ExpressionAttributeValues"][":pk"]["S"])
    )
    many = [document(f"n{number:03d}") for number in range(60)]
    release = world.publisher().publish(iter(in_order([*FIRST[:2], document("c", text="new"), *many])), "")
    assert release is not None
    assert dict(release.changes) == {"created": 60, "updated": 1}
    assert sorted(pk for pk in read if pk.startswith("LIST#")) == ["LIST#events?gone|id", "LIST#events|id"]


def test_body_is_the_content_and_what_the_publish_sets(world: World) -> None:
    """A stored body is the canonical content with revision, release and time, and its digest is that of its bytes."""
    world.publisher().publish([document("a", text="tenthousand 만 🜲")], "")
    revision = world.reader().document("events/a", 1)
    assert revision is not None
    assert revision.body == (
        '{"id":"events/a","published_at":"2026-11-23T12:00:00.000Z","release":1,"revision":1,"text":"tenthousand 만 🜲"}'
    )


def test_document_that_only_moves_keeps_its_revision(world: World) -> None:
    """If only the lists of a document change, its lists change, but there is no new revision and no change in the feed."""
    same = document("a", day="2015-10-22")
    moved = Document(same.path, same.content, same.sort_keys, ("events?case=cases/x",), same.values, same.span)
    world.publisher().publish([same], "")
    release = world.publisher().publish([moved], "")
    reader = world.reader()
    assert release is not None
    assert dict(release.changes) == {}
    assert [revision.number for revision in reader.revisions("events/a", 2, 100, 10)] == [1]
    assert read_list(reader, "events?case=cases/x", "day", 1) == []
    assert read_list(reader, "events?case=cases/x", "day", 2) == ["events/a"]
    assert read_list(reader, "events", "day", 1) == read_list(reader, "events", "day", 2) == ["events/a"]


def test_missing_document_is_refused(world: World) -> None:
    """A publish without a published document is refused and names the document. Nothing is written."""
    world.publisher().publish(FIRST, "")
    before = scan(world.store)
    with pytest.raises(MissingDocuments, match="events/b"):
        world.publisher().publish(in_order([FIRST[0], FIRST[2], document("d")]), "")
    assert scan(world.store) == before


def test_item_beyond_dynamodbs_limit_is_refused_by_name(world: World) -> None:
    """A document over 400 KB is refused with its path and size, and what was written before is undone."""
    world.publisher().publish(FIRST, "")
    before = scan(world.store)
    many = [document(f"n{number:03d}") for number in range(60)]
    with pytest.raises(ItemTooLarge, match=r"events/z is too large: its item has \d{3},\d{3} bytes"):
        world.publisher().publish(in_order([*FIRST, *many, document("z", text="x" * 410_000)]), "")
    assert scan(world.store) == before


@pytest.mark.parametrize("operation", ["dump", "load"])
def test_disk_that_fails_leaves_the_record_as_it_was(world: World, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    """If the spool can't be written or read, nothing is published, and the next publish succeeds."""
    world.publisher().publish(FIRST, "")
    before = scan(world.store)
    whole, calls = getattr(pickle, operation), []
    documents = in_order([*FIRST, *(document(f"n{number:03d}") for number in range(60))])

    def failing(*arguments: Any) -> Any:
        calls.append(operation)
        if len(calls) > 40:  # later than the first chunk
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(*arguments)

    with monkeypatch.context() as broken:
        broken.setattr(f"record.writing.spooling.pickle.{operation}", failing)
        with pytest.raises(OSError, match="No space left"):
            world.publisher().publish(documents, "")
    assert scan(world.store) == before
    release = world.publisher().publish(documents, "")
    assert release is not None
    assert dict(release.changes) == {"created": 60}


def test_document_just_below_the_limit_is_taken(world: World) -> None:
    """A document that still fits is stored and read back byte for byte."""
    world.publisher().publish([document("z", text="x" * 250_000)], "")
    revision = world.reader().document("events/z", 1)
    assert revision is not None
    assert json.loads(revision.body)["text"] == "x" * 250_000


@pytest.mark.parametrize("wrong", [FIRST[::-1], [FIRST[0], FIRST[0]]], ids=["unsorted", "double"])
def test_documents_out_of_order_are_refused(world: World, wrong: list[Document]) -> None:
    """Documents must be sorted, each once."""
    with pytest.raises(NotInOrder):
        world.publisher().publish(wrong, "")
    assert world.reader().head().release == 0


def test_times_of_releases_never_go_back(world: World) -> None:
    """Even if the clock stands still or goes back, the next release has a later time."""
    first = world.publisher().publish(FIRST, "")
    world.clock.advance(-60)
    second = world.publisher().publish(in_order([*FIRST, document("d")]), "")
    assert first is not None
    assert second is not None
    assert second.published_at == "2026-11-23T12:00:00.001Z"


def test_live_lease_of_another_is_an_error_that_names_it(world: World) -> None:
    """During a publish a second one is refused; the error names the lease holder and when the lease expires."""

    def busy() -> Iterator[Document]:
        yield FIRST[0]
        with pytest.raises(LeaseHeld, match=r"another publish by first is in progress; its lease expires in 60 s"):
            world.publisher("second").publish(FIRST, "")

    class Busy:
        def __iter__(self) -> Iterator[Document]:
            return busy()

    release = world.publisher("first").publish(Busy(), "")
    assert release is not None
    assert world.reader().head().release == 1


def test_unprocessed_items_are_written_in_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unprocessed items of a batch are repeated, with growing pauses, until they are written."""
    pauses: list[float] = []
    store = Store(world.store.client, world.store.table, sleep=pauses.append)
    whole = world.store.client.batch_write_item

    def stingy(**request: Any) -> Any:
        waiting = request["RequestItems"][store.table]
        taken, left = waiting[:3], waiting[3:]
        whole(RequestItems={store.table: taken})
        return {"UnprocessedItems": {store.table: left} if left else {}}

    monkeypatch.setattr(store.client, "batch_write_item", stingy)
    world.store = store
    documents = in_order([document(f"n{number:02d}") for number in range(20)])
    world.publisher().publish(documents, "")
    assert read_list(world.reader(), "events", "id", 1) == [one.path for one in documents]
    assert pauses


def test_store_that_takes_nothing_ends_in_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """If DynamoDB accepts no item at all, the write finally fails, with the number of remaining items."""
    store = Store(world.store.client, world.store.table, sleep=lambda _: None)
    monkeypatch.setattr(store.client, "batch_write_item", lambda RequestItems: {"UnprocessedItems": RequestItems})  # noqa: N803
    with pytest.raises(WriteRefused, match=r"DynamoDB accepted none of the remaining items \(1\)"):
        store.put_all([{**items.key("a", "b")}])


def test_progress_counts_what_is_written(world: World) -> None:
    """Progress is reported in documents, from none to all."""
    told: list[tuple[int, int]] = []
    documents = in_order([document(f"n{number:02d}") for number in range(30)])
    world.publisher().publish(documents, "", lambda done, total: told.append((done, total)))
    assert told == [(0, 30), (25, 30), (30, 30)]
