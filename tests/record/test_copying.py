"""Copying the record: what comes back is what was there, and whatever is damaged, in the way or broken off is told, or mended."""

import gc
import hashlib
import json
import resource
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from record import items
from record.copying import backups, copies
from record.copying.backups import MANIFEST, Backup, DamagedBackup, DirectoryNotEmpty, Manifest, NotCopyable, item_of
from record.copying.copies import ChangedMeanwhile, NoRelease, TableNotEmpty, export, key_of, restore
from record.errors import LeaseHeld, RecordProblem, RecordUnavailable, WriteRefused
from record.model import Release
from record.reading import Reader
from record.store import Store
from record.verifying.verification import verify
from tests.conftest import World
from tests.record.documents import document, in_order, read_list
from workbench.tables import table_declaration

FIRST = in_order(
    [
        document("a", day="2015-10-22", act="arrest", case="cases/x"),
        document("b", day="2015-10-24", text='tenthousand 만 🜲 \u2028 \\ " \x01'),
        document("c"),
        document("x", collection="cases"),
    ]
)
SECOND = in_order([*FIRST[:1], *FIRST[2:], document("a", day="2015-10-23", act="release", case="cases/x"), document("d", act="arrest")])
THIRD = in_order([*SECOND[:1], *SECOND[2:], document("b", day="2015-11-02", act="arrest")])
WRITES = ("PutItem", "UpdateItem", "BatchWriteItem", "DeleteItem", "TransactWriteItems")


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def published(world: World) -> World:
    """A record of three releases, in which documents came and changed."""
    return publish_three(world)


def publish_three(world: World) -> World:
    """Publish three releases, two hours apart."""
    for message, some in (("the first", FIRST), ("the second", _newest(SECOND)), ("the third", _newest(THIRD))):
        world.publisher().publish(some, message)
        world.clock.advance(7200)
    return world


def _newest(documents: list[Any]) -> list[Any]:
    """Return FIRST with these on top: a record never loses a document."""
    return in_order({one.path: one for one in (*FIRST, *SECOND, *documents)}.values())


def another(world: World, table: str = "restored", declared: Mapping[str, Any] | None = None) -> World:
    """Return an empty table beside the world's, of its shape unless another is declared, as a world of its own."""
    table = f"{world.store.table}-{table}"
    world.store.client.create_table(TableName=table, **(declared or table_declaration()))
    world.store.client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return World(world.clock, Store(world.store.client, table), Store(world.reading.client, table), world.calls)


def everything_in(store: Store) -> dict[tuple[str, str], Any]:
    """Return every item of a table by its key, sets in order."""
    pages = store.client.get_paginator("scan").paginate(TableName=store.table)
    found = [cast("dict[str, Any]", item) for page in pages for item in page["Items"]]
    return {key_of(item): comparable(item) for item in found}


def comparable(value: Any) -> Any:
    """Return a part of an item so that two can be compared, whatever order their sets come in."""
    if isinstance(value, dict):
        return {name: sorted(inner) if name in ("SS", "NS") else comparable(inner) for name, inner in value.items()}
    return [comparable(inner) for inner in value] if isinstance(value, list) else value


def everything_read(world: World) -> dict[str, Any]:
    """Return all that a reader answers, at every release."""
    keys = list(everything_in(world.store))
    paths = sorted({pk.removeprefix("DOC#") for pk, _ in keys if pk.startswith("DOC#")})
    lists = sorted({pk.removeprefix("LIST#") for pk, _ in keys if pk.startswith("LIST#") and "|" in pk})
    reader = world.reader()
    releases = range(1, reader.head().release + 1)
    return {
        "head": reader.head(),
        "releases": reader.releases(len(releases) + 1, 100),
        "lists": {(one, at): read_list(reader, one.partition("|")[0], one.partition("|")[2], at) for one in lists for at in releases},
        "documents": {(path, at): reader.document(path, at) for path in paths for at in releases},
        "revisions": {(path, at): reader.revisions(path, at, 1000, 100) for path in paths for at in releases},
        "changes": {at: reader.changes("", at, 1000) for at in releases},
    }


def exported(world: World, directory: Path, **options: Any) -> Manifest:
    """Export the world's record."""
    return export(world.store, directory, clock=world.clock, **options)


@contextmanager
def watching(store: Store, event: str, act: Callable[..., Any]) -> Iterator[None]:
    """Do something at every event of botocore's."""
    store.client.meta.events.register(event, act)
    try:
        yield
    finally:
        store.client.meta.events.unregister(event, act)


@contextmanager
def writes(store: Store, most: int = 1_000_000, *, after: bool = False) -> Iterator[list[str]]:
    """Note every write, and kill the process at the n-th, before or after it takes effect."""
    seen: list[str] = []

    def note(model: Any, **_: Any) -> None:
        if model.name in WRITES:
            seen.append(model.name)
            if len(seen) > most or (len(seen) == most and not after):
                raise Killed

    def stop(**_: Any) -> None:
        if after and len(seen) >= most:
            raise Killed

    with watching(store, "before-call.dynamodb", note), watching(store, "after-call.dynamodb", stop):
        yield seen


@contextmanager
def small_pages(store: Store, size: int) -> Iterator[None]:
    """Let every Scan come in pages of so many items."""

    def limit(params: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**params, "Limit": size}

    with watching(store, "provide-client-params.dynamodb.Scan", limit):
        yield


def test_restored_record_is_the_same_item_for_item(published: World, tmp_path: Path) -> None:
    """What an export holds and a restore puts back is every item as it was, and reads the same at every release."""
    manifest = exported(published, tmp_path / "backup")
    copy = another(published)
    assert restore(copy.store, tmp_path / "backup") == manifest
    assert everything_in(copy.store) == everything_in(published.store)
    assert everything_read(copy) == everything_read(published)
    assert len(everything_read(copy)["lists"]) > 20


def test_restored_chain_verifies_to_the_manifests_digest(published: World, tmp_path: Path) -> None:
    """Verifying the restored record finds nothing, and its chain is the one that was exported."""
    manifest = exported(published, tmp_path / "backup")
    copy = another(published)
    restore(copy.store, tmp_path / "backup")
    chain = list(verify(copy.store))
    assert chain == list(verify(published.store))
    last = chain[-1]
    assert isinstance(last, Release)
    assert (last.number, last.digest) == (manifest.release, manifest.digest) == (3, manifest.digest)


def test_restored_record_goes_on_as_the_original_would(published: World, tmp_path: Path) -> None:
    """The next publish into either makes the same release."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    restore(copy.store, tmp_path / "backup")
    more = in_order([*_newest(THIRD), document("new")])
    assert copy.publisher().publish(more, "on") == published.publisher().publish(more, "on")
    assert everything_in(copy.store) == everything_in(published.store)


def test_export_says_what_it_holds(published: World, tmp_path: Path) -> None:
    """Each line is an item in DynamoDB JSON; the manifest has sizes and checksums that any tool can compute."""
    manifest = exported(published, tmp_path / "backup")
    stated = json.loads((tmp_path / "backup" / MANIFEST).read_bytes())
    assert stated["format"] == "article33-export 1"
    assert (stated["exported_at"], stated["release"], stated["epoch"]) == ("2026-11-23T18:00:00.000Z", 3, 0)
    assert stated["digest"] == published.reader().releases(4, 1)[0].digest
    assert [file["name"] for file in stated["files"]] == ["items-0001.ndjson"]
    content = (tmp_path / "backup" / "items-0001.ndjson").read_bytes()
    assert stated["files"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert stated["files"][0]["bytes"] == manifest.bytes == len(content)
    rows = [json.loads(line) for line in content.splitlines()]
    assert stated["items"] == len(rows) == len(everything_in(published.store))
    assert {key_of(row["Item"]): comparable(row["Item"]) for row in rows} == everything_in(published.store)


def test_unchanged_record_is_exported_byte_for_byte_the_same(published: World, tmp_path: Path) -> None:
    """Two exports of one state differ in their time alone."""
    one = exported(published, tmp_path / "one")
    published.clock.advance(5)
    two = exported(published, tmp_path / "two")
    assert (one.files, one.digest) == (two.files, two.digest)
    assert one.exported_at < two.exported_at


@pytest.mark.parametrize("page", [1, 7, 10_000])
@pytest.mark.parametrize("file_bytes", [1, 4_000])
def test_export_is_cut_into_files(published: World, tmp_path: Path, page: int, file_bytes: int) -> None:
    """Files end before they grow too large, whatever the pages of the Scan; a line that is too large has one of its own."""
    with small_pages(published.store, page):
        manifest = exported(published, tmp_path / "backup", file_bytes=file_bytes)
    assert len(manifest.files) >= 4
    assert all(file.bytes <= file_bytes or file.items == 1 for file in manifest.files)
    assert sum(file.items for file in manifest.files) == manifest.items == len(everything_in(published.store))
    copy = another(published)
    restore(copy.store, tmp_path / "backup")
    assert everything_in(copy.store) == everything_in(published.store)


def test_export_writes_nothing_to_the_table(published: World, tmp_path: Path) -> None:
    """An export needs no permission to write, and every read of it is strongly consistent."""
    asked: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append(params)

    with writes(published.store) as seen, watching(published.store, "provide-client-params.dynamodb", note):
        exported(published, tmp_path / "backup")
    assert seen == []
    assert len(asked) >= 3
    assert all(params["ConsistentRead"] for params in asked if "RequestItems" not in params)


def test_export_goes_into_an_empty_directory_too(published: World, tmp_path: Path) -> None:
    """A directory that is there and empty will do; one that holds anything is refused and left alone."""
    exported(published, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(DirectoryNotEmpty, match="is not empty; an export goes into a new or an empty directory"):
        exported(published, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_new_directory_is_its_owners_alone(published: World, tmp_path: Path) -> None:
    """A backup holds what the API no longer answers, so nobody else may look into a directory that was made for it."""
    exported(published, tmp_path / "backup")
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0


def test_record_without_a_release_is_not_exported(world: World, tmp_path: Path) -> None:
    """An empty table, and one in which the first publish failed, have nothing to export; no directory is made."""
    with pytest.raises(NoRelease, match="has no release"):
        exported(world, tmp_path / "backup")
    with pytest.raises(RecordProblem):
        world.publisher().publish([document("z", text="x" * 410_000)], "")
    with pytest.raises(NoRelease, match="has no release"):
        exported(world, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_publish_under_way_refuses_an_export_by_its_owners_name(published: World, tmp_path: Path) -> None:
    """While a lease runs there is no export; once it ran out there is, the lease as it stands."""

    class Busy:
        def __iter__(self) -> Iterator[Any]:
            with pytest.raises(LeaseHeld, match="another publish is under way, by first; its lease runs out in 60 seconds"):
                exported(published, tmp_path / "backup")
            assert not (tmp_path / "backup").exists()
            raise Killed

    with pytest.raises(Killed), writes(published.store, 2):
        published.publisher("first").publish(cast("Any", Busy()), "")
    published.clock.advance(61)
    exported(published, tmp_path / "backup")
    copy = another(published)
    restore(copy.store, tmp_path / "backup")
    current = everything_in(copy.store)[items.RELEASES, items.CURRENT]
    assert current["owner"] == {"S": "first"}
    assert everything_in(copy.store) == everything_in(published.store)


@pytest.mark.parametrize("at", [2, 4, 6])
def test_publish_that_died_is_copied_and_cleared_in_the_copy(published: World, tmp_path: Path, at: int) -> None:
    """What a killed publish left comes along, unseen, and the next publish into the copy clears it away."""
    seen = everything_read(published)
    more = in_order([*_newest(THIRD), document("new", act="arrest")])
    with pytest.raises(Killed), writes(published.store, at):
        published.publisher("killed").publish(more, "")
    published.clock.advance(61)
    exported(published, tmp_path / "backup")
    copy = another(published)
    restore(copy.store, tmp_path / "backup")
    assert everything_in(copy.store) == everything_in(published.store)
    read = everything_read(copy)
    assert all(read[part] == seen[part] for part in ("head", "releases", "lists", "changes"))
    assert seen["documents"].items() <= read["documents"].items()
    assert read["documents"].get(("events/new", 3)) is None
    assert copy.publisher().publish(more, "") == published.publisher().publish(more, "")
    assert everything_in(copy.store) == everything_in(published.store)


@pytest.mark.parametrize("at", [1, 2, 5])
@pytest.mark.parametrize("changing", [True, False], ids=["a release", "a lease alone"])
def test_publish_during_an_export_is_a_clear_error(published: World, tmp_path: Path, at: int, changing: bool) -> None:
    """Whoever publishes between the first page and the last look ends the export, without a file left; the publish goes through."""
    pages: list[str] = []

    def publish(**_: Any) -> None:
        pages.append("")
        if len(pages) == at:
            published.publisher().publish(in_order([*_newest(THIRD), *([document("new")] if changing else [])]), "")

    with (
        small_pages(published.store, 8),
        watching(published.store, "before-call.dynamodb.Scan", publish),
        pytest.raises(ChangedMeanwhile, match="export again"),
    ):
        exported(published, tmp_path / "backup", file_bytes=2_000)
    assert not (tmp_path / "backup").exists()
    assert published.reader().head().release == 3 + changing
    exported(published, tmp_path / "backup")


def test_failed_export_leaves_an_empty_directory_empty(published: World, tmp_path: Path) -> None:
    """An export that fails or is killed removes what it wrote, and no more than that."""
    with small_pages(published.store, 8), watching(published.store, "before-call.dynamodb.Scan", _kill_at(3)), pytest.raises(Killed):
        exported(published, tmp_path, file_bytes=500)
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_an_error_that_leaves_nothing(published: World, tmp_path: Path) -> None:
    """Where the system takes no more bytes, the export ends in its error, and nothing stays."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            exported(published, tmp_path / "backup")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "backup").exists()


def test_table_that_can_not_be_read_is_an_error_that_leaves_nothing(published: World, tmp_path: Path) -> None:
    """A Scan that is refused midway is RecordUnavailable, with the reason, and nothing of the export stays."""
    pages: list[str] = []

    def lose(params: dict[str, Any], **_: Any) -> dict[str, Any]:
        pages.append("")
        return {**params, "Limit": 5, **({"TableName": "away"} if len(pages) == 3 else {})}

    with (
        watching(published.store, "provide-client-params.dynamodb.Scan", lose),
        pytest.raises(RecordUnavailable, match=r"Scan: ResourceNotFoundException"),
    ):
        exported(published, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_binary_value_is_refused_by_name(published: World, tmp_path: Path) -> None:
    """What the record never writes and the format can't hold is refused, not bent."""
    published.store.put_all([{**items.key("DOC#events/odd", "1"), "body": {"B": b"\x00"}}])
    with pytest.raises(NotCopyable, match="the item DOC#events/odd 1 can't be written as JSON"):
        exported(published, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_export_holds_one_page_and_a_restore_one_batch(published: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However large the record, the items in memory are those of a page, or those of a batch, and one more."""
    living = _Living()
    scan = published.store.client.scan

    def tracked_scan(**arguments: Any) -> Any:
        answer: Any = scan(**{**arguments, "Limit": 10})
        return {**answer, "Items": [living.tracked(item) for item in answer["Items"]]}

    with monkeypatch.context() as patching:
        patching.setattr(published.store.client, "scan", tracked_scan)
        manifest = exported(published, tmp_path / "backup")
    assert manifest.items > 40
    assert 10 <= living.most <= 11
    living.most = 0
    copy = another(published)
    monkeypatch.setattr(backups, "item_of", lambda line: living.tracked(item_of(line)))
    restore(copy.store, tmp_path / "backup", batch=10)
    # Besides the batch: the item in hand, the current release's item and the current release.
    assert 10 <= living.most <= 13
    assert everything_in(copy.store) == everything_in(published.store)


class _Tracked(dict[str, Any]):
    """An item that can be watched."""


class _Living:
    """Counts the items that are alive."""

    def __init__(self) -> None:
        self.now = self.most = 0
        gc.collect()

    def tracked(self, item: Any) -> Any:
        """Return an item that counts as long as anything holds it."""
        one = _Tracked(item)
        weakref.finalize(one, self._gone)
        self.now += 1
        self.most = max(self.most, self.now)
        return one

    def _gone(self) -> None:
        self.now -= 1


def test_table_that_is_not_empty_is_refused_by_name(published: World, tmp_path: Path) -> None:
    """A restore never mixes with what is there, be it a record or anything else; nothing is written."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    copy.store.put_all([items.key("odd", "one")])
    for store in (published.store, copy.store):
        before = everything_in(store)
        with writes(store) as seen, pytest.raises(TableNotEmpty, match=f"the table {store.table} is not empty: it holds "):
            restore(store, tmp_path / "backup")
        assert seen == []
        assert everything_in(store) == before


def test_table_of_another_shape_is_refused_before_anything_is_written(published: World, tmp_path: Path) -> None:
    """A table with other keys refuses the first write, and that is the marker's."""
    exported(published, tmp_path / "backup")
    keyed_by_id = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    store = another(published, "other", keyed_by_id).store
    with pytest.raises((WriteRefused, RecordUnavailable), match="ValidationException"):
        restore(store, tmp_path / "backup")
    assert store.client.scan(TableName=store.table)["Items"] == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_restore_killed_at_any_write_goes_on_when_run_again(published: World, tmp_path: Path, after: bool) -> None:
    """Killed before or after each of its writes, a restore shows no release until it is whole, and a second run completes it."""
    exported(published, tmp_path / "backup")
    whole = everything_in(published.store)
    copy = another(published)
    with writes(copy.store) as seen:
        restore(copy.store, tmp_path / "backup", batch=9)
    assert everything_in(copy.store) == whole
    assert len(seen) > 6
    for at in range(1, len(seen) + 1):
        copy.store.delete_all([items.key(*key) for key in everything_in(copy.store)])
        with pytest.raises(Killed), writes(copy.store, at, after=after):
            restore(copy.store, tmp_path / "backup", batch=9)
        there = everything_in(copy.store)
        assert (copy.reader().head().release == 3) == (whole.items() <= there.items()), at
        if there == whole:  # the last write took effect, and only the process does not know
            assert (at, after) == (len(seen), True)
            with pytest.raises(TableNotEmpty):
                restore(copy.store, tmp_path / "backup", batch=9)
        else:
            restore(copy.store, tmp_path / "backup", batch=9)
        assert everything_in(copy.store) == whole, at


def test_half_restored_table_takes_no_other_backup(published: World, tmp_path: Path) -> None:
    """A restore that was broken off can only be gone on with from the same backup; the other's digest is named."""
    exported(published, tmp_path / "one")
    published.clock.advance(1)
    exported(published, tmp_path / "two")
    copy = another(published)
    with pytest.raises(Killed), writes(copy.store, 4):
        restore(copy.store, tmp_path / "one", batch=10)
    before = everything_in(copy.store)
    digests = [Backup.opened(tmp_path / name).digest for name in ("one", "two")]
    with pytest.raises(TableNotEmpty, match=f"manifest is {digests[0]}, of this one's {digests[1]}"):
        restore(copy.store, tmp_path / "two")
    assert everything_in(copy.store) == before
    with pytest.raises(NoRelease):
        exported(copy, tmp_path / "three")


def test_table_written_to_after_its_restore_is_not_restored_again(published: World, tmp_path: Path) -> None:
    """Where a restore died at its very last write and somebody published since, running it again takes nothing back."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    with writes(copy.store) as seen:
        restore(copy.store, tmp_path / "backup")
    copy.store.delete_all([items.key(*key) for key in everything_in(copy.store)])
    with pytest.raises(Killed), writes(copy.store, len(seen)):
        restore(copy.store, tmp_path / "backup")
    assert (copies.RESTORE, copies.RESTORE) in everything_in(copy.store)
    copy.publisher().publish(in_order([*_newest(THIRD), document("new")]), "")
    before = everything_in(copy.store)
    with pytest.raises(TableNotEmpty, match="it was restored from this backup, and written to since"):
        restore(copy.store, tmp_path / "backup")
    assert everything_in(copy.store) == before
    manifest = exported(copy, tmp_path / "again")
    assert manifest.items == len(before) - 1, "the marker is no part of the record"


def test_publish_into_a_table_that_is_being_restored_is_a_clear_error(published: World, tmp_path: Path) -> None:
    """Somebody who publishes into a half-restored table makes the restore fail, and it does not pass for a record."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    with pytest.raises(Killed), writes(copy.store, 4):
        restore(copy.store, tmp_path / "backup", batch=10)
    copy.publisher().publish([document("intruder")], "")
    with pytest.raises(TableNotEmpty, match="written to since"):
        restore(copy.store, tmp_path / "backup")


def test_items_that_somebody_else_wrote_are_counted(published: World, tmp_path: Path) -> None:
    """A table that holds more than the backup at the end is not declared restored."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    with pytest.raises(Killed), writes(copy.store, 4):
        restore(copy.store, tmp_path / "backup", batch=10)
    copy.store.put_all([items.key("odd", "one")])
    count = len(everything_in(published.store)) - 1
    with pytest.raises(ChangedMeanwhile, match=f"holds {count + 1:,} items and the backup {count:,}"):
        restore(copy.store, tmp_path / "backup")
    assert copy.reader().head().release == 0


def test_publish_at_the_last_moment_of_a_restore_is_a_clear_error(published: World, tmp_path: Path) -> None:
    """The current release's item is put only where none is, so the last write of a restore overwrites no publish."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    done: list[str] = []

    def publish(params: dict[str, Any], **_: Any) -> None:
        if params.get("ProjectionExpression") == "pk" and not done:
            done.append("")

    def lease(**_: Any) -> None:
        if done == [""]:
            done.append("")
            copy.publisher().publish([document("intruder")], "")

    with (
        watching(copy.store, "provide-client-params.dynamodb.Scan", publish),
        watching(copy.store, "after-call.dynamodb.Scan", lease),
        pytest.raises(ChangedMeanwhile, match=r"somebody published into the table .* while it was restored"),
    ):
        restore(copy.store, tmp_path / "backup")
    assert copy.reader().head().release == 1


def test_file_that_changes_during_a_restore_does_not_become_a_record(published: World, tmp_path: Path) -> None:
    """The files are checked again as they are put, so a change behind the check leaves the table without a release."""
    exported(published, tmp_path / "backup")
    copy = another(published)

    def damage(**_: Any) -> None:
        path = tmp_path / "backup" / "items-0001.ndjson"
        path.write_bytes(path.read_bytes().replace(b"2015-10-22", b"2015-10-21"))

    with watching(copy.store, "before-call.dynamodb.UpdateItem", damage), pytest.raises(DamagedBackup, match="has the sha256"):
        restore(copy.store, tmp_path / "backup")
    assert copy.reader().head().release == 0


def test_reader_of_a_restored_table_needs_no_more_calls(published: World, tmp_path: Path) -> None:
    """A document of the restored record costs one Query, as in the original."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    restore(copy.store, tmp_path / "backup")
    reader = Reader(copy.reading, clock=copy.clock)
    reader.head()
    copy.calls.clear()
    assert reader.document("events/b", 3) is not None
    assert copy.calls == ["Query"]


def _kill_at(number: int) -> Callable[..., None]:
    seen: list[str] = []

    def kill(**_: Any) -> None:
        seen.append("")
        if len(seen) == number:
            raise Killed

    return kill
