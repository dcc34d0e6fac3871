"""Restore: only into an empty table, completely or not at all, and it can continue after it died."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from record import items
from record.copying.backups import Backup, DamagedBackup
from record.copying.claims import ChangedMeanwhile, TableNotEmpty
from record.errors import HalfRestored, LeaseHeld, LeaseLost, MissingDocuments, RecordUnavailable, WriteRefused
from record.reading import Reader
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from record.writing.notes import Redaction
from tests.conftest import World
from tests.record.copied import Killed, another, everything_in, exported, publish_three, restored, watching, writes
from tests.record.documents import document
from tests.record.killing import stalled


@pytest.fixture
def published(world: World) -> World:
    """A record of three releases with new and changed documents."""
    return publish_three(world)


def test_table_that_is_not_empty_is_refused_by_name(published: World, tmp_path: Path) -> None:
    """A restore into a table that is not empty is refused, whatever the table contains, and writes nothing."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    copy.store.put_all([items.key("odd", "one")])
    for world in (published, copy):
        before = everything_in(world.store)
        refused = pytest.raises(TableNotEmpty, match=f"the table {world.store.table} is not empty: it has the item ")
        with writes(world.store) as seen, refused:
            restored(world, tmp_path / "backup")
        assert seen == []
        assert everything_in(world.store) == before


def test_table_of_another_shape_is_refused_before_anything_is_written(published: World, tmp_path: Path) -> None:
    """A table with other keys rejects the first request."""
    exported(published, tmp_path / "backup")
    keyed_by_id = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    other = another(published, "other", keyed_by_id)
    with pytest.raises((WriteRefused, RecordUnavailable), match="ValidationException"):
        restored(other, tmp_path / "backup")
    store = other.store
    assert store.client.scan(TableName=store.table)["Items"] == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_restore_killed_at_any_write_goes_on_when_run_again(published: World, tmp_path: Path, after: bool) -> None:
    """If a restore is killed before or after any write, readers find no release until it is complete; a second run completes it."""
    exported(published, tmp_path / "backup")
    whole = everything_in(published.store)
    copy = another(published)
    with writes(copy.store) as seen:
        restored(copy, tmp_path / "backup", batch=9)
    assert everything_in(copy.store) == whole
    assert len(seen) > 6
    for at in range(1, len(seen) + 1):
        copy.store.delete_all([items.key(*key) for key in everything_in(copy.store)])
        with pytest.raises(Killed), writes(copy.store, at, after=after):
            restored(copy, tmp_path / "backup", batch=9)
        there = everything_in(copy.store)
        assert (copy.reader().head().release == 3) == (whole.items() <= there.items()), at
        if there == whole:  # the last write took effect, but the process died before it knew
            assert (at, after) == (len(seen), True)
            with pytest.raises(TableNotEmpty):
                restored(copy, tmp_path / "backup", batch=9)
        else:
            restored(copy, tmp_path / "backup", batch=9)
        assert everything_in(copy.store) == whole, at


def test_half_restored_table_takes_no_other_backup(published: World, tmp_path: Path) -> None:
    """An interrupted restore can only be continued with the same backup; the error names both digests."""
    exported(published, tmp_path / "one")
    published.clock.advance(1)
    exported(published, tmp_path / "two")
    copy = another(published)
    with pytest.raises(Killed), writes(copy.store, 4):
        restored(copy, tmp_path / "one", batch=10)
    before = everything_in(copy.store)
    digests = [Backup.opened(tmp_path / name).digest for name in ("one", "two")]
    with pytest.raises(TableNotEmpty, match=f"manifest is {digests[0]}, of this one's {digests[1]}"):
        restored(copy, tmp_path / "two")
    assert everything_in(copy.store) == before


def test_half_restored_table_takes_no_publish_and_no_export(published: World, tmp_path: Path) -> None:
    """Publish, redact and export refuse a half-restored table and name the backup. They leave it as it is, so the restore can go on."""
    manifest = exported(published, tmp_path / "backup")
    copy = another(published)
    with pytest.raises(Killed), writes(copy.store, 4):
        restored(copy, tmp_path / "backup", batch=10)
    before = everything_in(copy.store)
    refused = f"is half restored: the restore of the backup exported at {manifest.exported_at} is in progress or was interrupted"
    redaction = Redaction(0, "risk", (), {})
    for act in (
        lambda: copy.publisher().publish([document("intruder")], ""),
        lambda: copy.publisher().redact(redaction),
        lambda: exported(copy, tmp_path / "another"),
    ):
        with pytest.raises(HalfRestored, match=refused):
            act()
    assert everything_in(copy.store) == before
    restored(copy, tmp_path / "backup")
    assert everything_in(copy.store) == everything_in(published.store)


def test_publish_and_restore_that_start_together_never_both_go_on(published: World, tmp_path: Path) -> None:
    """A publish that starts at any request of a restore is refused, or the restore is; and the other way round."""
    exported(published, tmp_path / "backup")
    for act, other, together in (
        (_restore, _publish, {("TableNotEmpty", "done"), ("done", "HalfRestored")}),
        (_publish, _restore, {("MissingDocuments", "done"), ("LeaseHeld", "done"), ("done", "TableNotEmpty")}),
    ):
        at, inner, outcomes = 0, ["the first"], set[tuple[str, ...]]()
        while inner:
            at += 1
            copy = another(published, f"{act.__name__}-{at}")
            inner = []
            with stalled(copy.store, at, partial(_note, inner, partial(other, copy, tmp_path)), writes_only=False):
                outcomes.add((act(copy, tmp_path), *inner))
            assert [found for found in verify(copy.store) if isinstance(found, Discrepancy)] == [], at
        assert outcomes == together | {("done",)}


def _note(outcomes: list[str], act: Callable[[], str]) -> None:
    outcomes.append(act())


def _publish(world: World, _directory: Path) -> str:
    return _outcome(lambda: world.publisher().publish([document("first")], ""))


def _restore(world: World, directory: Path) -> str:
    return _outcome(lambda: restored(world, directory / "backup"))


def _outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except (TableNotEmpty, HalfRestored, LeaseHeld, MissingDocuments) as refused:
        return type(refused).__name__
    return "done"


def test_one_backup_is_not_restored_twice_at_once(published: World, tmp_path: Path) -> None:
    """A second process is refused while the first restores. If the first pauses for too long, the second continues, and the first stops."""
    exported(published, tmp_path / "backup")
    copy = another(published)

    def second() -> None:
        with pytest.raises(LeaseHeld, match="another restore by tests, process 1 is in progress; its lease expires in 60 s"):
            restored(copy, tmp_path / "backup", "second")
        copy.clock.advance(61)
        restored(copy, tmp_path / "backup", "second")

    with stalled(copy.store, 2, second), pytest.raises(LeaseLost, match="another process has taken over this restore"):
        restored(copy, tmp_path / "backup", batch=10)  # it writes one more batch, with the same items, before it notices
    assert everything_in(copy.store) == everything_in(published.store)
    assert [found for found in verify(copy.store) if isinstance(found, Discrepancy)] == []


def test_items_that_somebody_else_wrote_are_counted(published: World, tmp_path: Path) -> None:
    """If the table has more items than the backup at the end, the restore fails."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    with pytest.raises(Killed), writes(copy.store, 4):
        restored(copy, tmp_path / "backup", batch=10)
    copy.store.put_all([items.key("odd", "one")])
    count = len(everything_in(published.store))
    with pytest.raises(ChangedMeanwhile, match=f"{count + 1:,} items are in the table .*, {count:,} in the backup"):
        restored(copy, tmp_path / "backup")
    assert copy.reader().head().release == 0


def test_file_that_changes_during_a_restore_does_not_become_a_record(published: World, tmp_path: Path) -> None:
    """The files are checked again while they are written, so a file that changed since leaves the table without a release."""
    exported(published, tmp_path / "backup")
    copy = another(published)

    def damage(**_: Any) -> None:
        path = tmp_path / "backup" / "items-0001.ndjson"
        path.write_bytes(path.read_bytes().replace(b"2015-10-22", b"2015-10-21"))

    with watching(copy.store, "before-call.dynamodb.UpdateItem", damage), pytest.raises(DamagedBackup, match="has the SHA-256"):
        restored(copy, tmp_path / "backup")
    assert copy.reader().head().release == 0


def test_reader_of_a_restored_table_needs_no_more_calls(published: World, tmp_path: Path) -> None:
    """A document of the restored record costs one Query, like the original."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    restored(copy, tmp_path / "backup")
    reader = Reader(copy.reading, clock=copy.clock)
    reader.head()
    copy.calls.clear()
    assert reader.document("events/b", 3) is not None
    assert copy.calls == ["Query"]
