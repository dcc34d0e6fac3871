"""Restore: only into an empty table, completely or not at all, and it can continue after it died."""

from pathlib import Path
from typing import Any

import pytest

from record import items
from record.copying import copies
from record.copying.backups import Backup, DamagedBackup
from record.copying.copies import ChangedMeanwhile, NoRelease, TableNotEmpty, restore
from record.errors import RecordUnavailable, WriteRefused
from record.reading import Reader
from tests.conftest import World
from tests.record.copied import THIRD, Killed, _newest, another, everything_in, exported, publish_three, watching, writes
from tests.record.documents import document, in_order


@pytest.fixture
def published(world: World) -> World:
    """A record of three releases with new and changed documents."""
    return publish_three(world)


def test_table_that_is_not_empty_is_refused_by_name(published: World, tmp_path: Path) -> None:
    """A restore into a table that is not empty is refused, whatever the table contains, and writes nothing."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    copy.store.put_all([items.key("odd", "one")])
    for store in (published.store, copy.store):
        before = everything_in(store)
        with writes(store) as seen, pytest.raises(TableNotEmpty, match=f"the table {store.table} is not empty: it has the item "):
            restore(store, tmp_path / "backup")
        assert seen == []
        assert everything_in(store) == before


def test_table_of_another_shape_is_refused_before_anything_is_written(published: World, tmp_path: Path) -> None:
    """A table with other keys rejects the first write, which is the marker."""
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
    """If a restore is killed before or after any write, readers find no release until it is complete; a second run completes it."""
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
        if there == whole:  # the last write took effect, but the process died before it knew
            assert (at, after) == (len(seen), True)
            with pytest.raises(TableNotEmpty):
                restore(copy.store, tmp_path / "backup", batch=9)
        else:
            restore(copy.store, tmp_path / "backup", batch=9)
        assert everything_in(copy.store) == whole, at


def test_half_restored_table_takes_no_other_backup(published: World, tmp_path: Path) -> None:
    """An interrupted restore can only be continued with the same backup; the error names both digests."""
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
    """If a restore died at its very last write and there was a publish since, running it again undoes nothing."""
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
    with pytest.raises(TableNotEmpty, match="it was restored from this backup, and changed since"):
        restore(copy.store, tmp_path / "backup")
    assert everything_in(copy.store) == before
    manifest = exported(copy, tmp_path / "again")
    assert manifest.items == len(before) - 1, "the marker is no part of the record"


def test_publish_into_a_table_that_is_being_restored_is_a_clear_error(published: World, tmp_path: Path) -> None:
    """A publish into a half-restored table makes the restore fail, and the table does not pass as a record."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    with pytest.raises(Killed), writes(copy.store, 4):
        restore(copy.store, tmp_path / "backup", batch=10)
    copy.publisher().publish([document("intruder")], "")
    with pytest.raises(TableNotEmpty, match="changed since"):
        restore(copy.store, tmp_path / "backup")


def test_items_that_somebody_else_wrote_are_counted(published: World, tmp_path: Path) -> None:
    """If the table has more items than the backup at the end, the restore fails."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    with pytest.raises(Killed), writes(copy.store, 4):
        restore(copy.store, tmp_path / "backup", batch=10)
    copy.store.put_all([items.key("odd", "one")])
    count = len(everything_in(published.store)) - 1
    with pytest.raises(ChangedMeanwhile, match=f"{count + 1:,} in the table .*, {count:,} in the backup"):
        restore(copy.store, tmp_path / "backup")
    assert copy.reader().head().release == 0


def test_publish_at_the_last_moment_of_a_restore_is_a_clear_error(published: World, tmp_path: Path) -> None:
    """The last write of a restore, the item of the current release, never overwrites a publish."""
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
        pytest.raises(ChangedMeanwhile, match=r"there was a publish into the table .* during the restore"),
    ):
        restore(copy.store, tmp_path / "backup")
    assert copy.reader().head().release == 1


def test_file_that_changes_during_a_restore_does_not_become_a_record(published: World, tmp_path: Path) -> None:
    """The files are checked again while they are written, so a file that changed since leaves the table without a release."""
    exported(published, tmp_path / "backup")
    copy = another(published)

    def damage(**_: Any) -> None:
        path = tmp_path / "backup" / "items-0001.ndjson"
        path.write_bytes(path.read_bytes().replace(b"2015-10-22", b"2015-10-21"))

    with watching(copy.store, "before-call.dynamodb.UpdateItem", damage), pytest.raises(DamagedBackup, match="has the SHA-256"):
        restore(copy.store, tmp_path / "backup")
    assert copy.reader().head().release == 0


def test_reader_of_a_restored_table_needs_no_more_calls(published: World, tmp_path: Path) -> None:
    """A document of the restored record costs one Query, like the original."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    restore(copy.store, tmp_path / "backup")
    reader = Reader(copy.reading, clock=copy.clock)
    reader.head()
    copy.calls.clear()
    assert reader.document("events/b", 3) is not None
    assert copy.calls == ["Query"]
