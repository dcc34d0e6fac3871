"""Export: the whole record, with checksums and in bounded memory; its restored copy is the same; and what is refused."""

import gc
import hashlib
import json
import resource
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from record import items
from record.copying import backups
from record.copying.backups import MANIFEST, DirectoryNotEmpty, NotCopyable, item_of
from record.copying.claims import ChangedMeanwhile, key_of
from record.copying.copies import NoRelease
from record.errors import LeaseHeld, RecordProblem, RecordUnavailable
from record.model import Release
from record.verifying.verification import verify
from tests.conftest import World
from tests.record.copied import (
    THIRD,
    Killed,
    _newest,
    another,
    comparable,
    everything_in,
    everything_read,
    exported,
    publish_three,
    restored,
    small_pages,
    watching,
    writes,
)
from tests.record.documents import document, in_order


@pytest.fixture
def published(world: World) -> World:
    """A record of three releases with new and changed documents."""
    return publish_three(world)


def test_restored_record_is_the_same_item_for_item(published: World, tmp_path: Path) -> None:
    """A restored record has every item unchanged, and reads the same at every release."""
    manifest = exported(published, tmp_path / "backup")
    copy = another(published)
    assert restored(copy, tmp_path / "backup") == manifest
    assert everything_in(copy.store) == everything_in(published.store)
    assert everything_read(copy) == everything_read(published)
    assert len(everything_read(copy)["lists"]) > 20


def test_restored_chain_verifies_to_the_manifests_digest(published: World, tmp_path: Path) -> None:
    """The restored record verifies, and has the same chain."""
    manifest = exported(published, tmp_path / "backup")
    copy = another(published)
    restored(copy, tmp_path / "backup")
    chain = list(verify(copy.store))
    assert chain == list(verify(published.store))
    last = chain[-1]
    assert isinstance(last, Release)
    assert (last.number, last.digest) == (manifest.release, manifest.digest) == (3, manifest.digest)


def test_restored_record_goes_on_as_the_original_would(published: World, tmp_path: Path) -> None:
    """The next publish makes the same release in the original and in the copy."""
    exported(published, tmp_path / "backup")
    copy = another(published)
    restored(copy, tmp_path / "backup")
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
    """Two exports of one state differ only in their time."""
    one = exported(published, tmp_path / "one")
    published.clock.advance(5)
    two = exported(published, tmp_path / "two")
    assert (one.files, one.digest) == (two.files, two.digest)
    assert one.exported_at < two.exported_at


@pytest.mark.parametrize("page", [1, 7, 10_000])
@pytest.mark.parametrize("file_bytes", [1, 4_000])
def test_export_is_cut_into_files(published: World, tmp_path: Path, page: int, file_bytes: int) -> None:
    """Files stay below their limit, whatever the pages of the Scan are; a line above it has a file of its own."""
    with small_pages(published.store, page):
        manifest = exported(published, tmp_path / "backup", file_bytes=file_bytes)
    assert len(manifest.files) >= 4
    assert all(file.bytes <= file_bytes or file.items == 1 for file in manifest.files)
    assert sum(file.items for file in manifest.files) == manifest.items == len(everything_in(published.store))
    copy = another(published)
    restored(copy, tmp_path / "backup")
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
    """An existing empty directory is accepted. A directory with a file in it is refused and left unchanged."""
    exported(published, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(DirectoryNotEmpty, match="is not empty; export into a new or empty directory"):
        exported(published, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_new_directory_is_its_owners_alone(published: World, tmp_path: Path) -> None:
    """Only the owner can read a directory that an export made, because a backup can contain what was redacted later."""
    exported(published, tmp_path / "backup")
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0


def test_record_without_a_release_is_not_exported(world: World, tmp_path: Path) -> None:
    """An empty table, or one whose first publish failed, has nothing to export. No directory is made."""
    with pytest.raises(NoRelease, match="has no release"):
        exported(world, tmp_path / "backup")
    with pytest.raises(RecordProblem):
        world.publisher().publish([document("z", text="x" * 410_000)], "")
    with pytest.raises(NoRelease, match="has no release"):
        exported(world, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_publish_under_way_refuses_an_export_by_its_owners_name(published: World, tmp_path: Path) -> None:
    """While a lease is held there is no export. After it expired there is, and the lease is copied unchanged."""

    class Busy:
        def __iter__(self) -> Iterator[Any]:
            with pytest.raises(LeaseHeld, match="another publish by first is in progress; its lease expires in 60 s"):
                exported(published, tmp_path / "backup")
            assert not (tmp_path / "backup").exists()
            raise Killed

    with pytest.raises(Killed), writes(published.store, 2):
        published.publisher("first").publish(cast("Any", Busy()), "")
    published.clock.advance(61)
    exported(published, tmp_path / "backup")
    copy = another(published)
    restored(copy, tmp_path / "backup")
    current = everything_in(copy.store)[items.RELEASES, items.CURRENT]
    assert current["owner"] == {"S": "first"}
    assert everything_in(copy.store) == everything_in(published.store)


@pytest.mark.parametrize("at", [2, 4, 6])
def test_publish_that_died_is_copied_and_cleared_in_the_copy(published: World, tmp_path: Path, at: int) -> None:
    """What a killed publish left is copied, invisible to readers, and the next publish into the copy cleans it up."""
    seen = everything_read(published)
    more = in_order([*_newest(THIRD), document("new", act="arrest")])
    with pytest.raises(Killed), writes(published.store, at):
        published.publisher("killed").publish(more, "")
    published.clock.advance(61)
    exported(published, tmp_path / "backup")
    copy = another(published)
    restored(copy, tmp_path / "backup")
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
    """A publish during an export makes the export fail, without leaving a file. The publish succeeds."""
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
    """An export that fails or is interrupted deletes what it wrote, and nothing else."""
    with small_pages(published.store, 8), watching(published.store, "before-call.dynamodb.Scan", _kill_at(3)), pytest.raises(Killed):
        exported(published, tmp_path, file_bytes=500)
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_an_error_that_leaves_nothing(published: World, tmp_path: Path) -> None:
    """If the disk is full, the export fails with the system's error, and leaves nothing."""
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
    """If a Scan fails midway, the export raises RecordUnavailable with the reason, and leaves nothing."""
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
    """An item that the format can't hold, and the record never writes, is refused and not converted."""
    published.store.put_all([{**items.key("DOC#events/odd", "1"), "body": {"B": b"\x00"}}])
    with pytest.raises(NotCopyable, match="the item DOC#events/odd 1 can't be written as JSON"):
        exported(published, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_export_holds_one_page_and_a_restore_one_batch(published: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However large the record is, the items in memory are those of one page or one batch, and a few more."""
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
    restored(copy, tmp_path / "backup", batch=10)
    # Besides the batch: the item being read, the item of the current release and the current release.
    assert 10 <= living.most <= 13
    assert everything_in(copy.store) == everything_in(published.store)


class _Tracked(dict[str, Any]):
    """An item that allows weak references."""


class _Living:
    """Counts the items that are alive."""

    def __init__(self) -> None:
        self.now = self.most = 0
        gc.collect()

    def tracked(self, item: Any) -> Any:
        """Return an item that is counted as long as it is referenced."""
        one = _Tracked(item)
        weakref.finalize(one, self._gone)
        self.now += 1
        self.most = max(self.most, self.now)
        return one

    def _gone(self) -> None:
        self.now -= 1


def _kill_at(number: int) -> Callable[..., None]:
    seen: list[str] = []

    def kill(**_: Any) -> None:
        seen.append("")
        if len(seen) == number:
            raise Killed

    return kill
