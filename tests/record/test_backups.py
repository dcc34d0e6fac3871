"""The files of a backup: every damage is an error that names the file, and every item can be read back from its line."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from record import items
from record.copying.backups import LONGEST_LINE, MANIFEST, Backup, DamagedBackup, item_of, line_of
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from tests.conftest import World
from tests.record.copied import another, everything_in, exported, publish_three, restored, writes

if TYPE_CHECKING:
    from record.items import Item


@pytest.fixture(scope="module")
def stored(shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of three releases, in several files."""
    publish_three(shared_world)
    directory = tmp_path_factory.mktemp("stored") / "backup"
    exported(shared_world, directory, file_bytes=6_000)
    return directory


@pytest.fixture(scope="module")
def empty(shared_world: World) -> World:
    """An empty table. The tests leave it empty."""
    return another(shared_world)


@pytest.fixture
def backup(stored: Path, tmp_path: Path) -> Path:
    """A copy of the backup that a test may damage."""
    return shutil.copytree(stored, tmp_path / "backup")


def _flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def _append(path: Path, content: bytes) -> None:
    path.write_bytes(path.read_bytes() + content)


def _without_a_line(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))


def _changed_manifest(directory: Path, **changes: Any) -> None:
    path = directory / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **changes}))


def signed_again(directory: Path, edit: Callable[[bytes], bytes], number: int = 0) -> None:
    """Edit a file, and correct its checksums in the manifest."""
    manifest = json.loads((directory / MANIFEST).read_bytes())
    path = directory / manifest["files"][number]["name"]
    path.write_bytes(edit(path.read_bytes()))
    content = path.read_bytes()
    described = manifest["files"][number]
    described |= {"items": content.count(b"\n"), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest["items"] = sum(file["items"] for file in manifest["files"])
    (directory / MANIFEST).write_text(json.dumps(manifest))


def _without_current(content: bytes) -> bytes:
    return b"".join(line for line in content.splitlines(keepends=True) if b'"CURRENT"' not in line)


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "flipped-byte": (lambda at: _flip(at / "items-0002.ndjson", 300), r"items-0002\.ndjson has the SHA-256 .*, but the manifest says"),
    "flipped-brace": (lambda at: _flip(at / "items-0002.ndjson", 0), r"items-0002\.ndjson has the SHA-256"),
    "flipped-newline": (lambda at: _flip(at / "items-0001.ndjson", -1), r"items-0001\.ndjson: [\d,]+ lines|has the SHA-256"),
    "missing-line": (lambda at: _without_a_line(at / "items-0001.ndjson"), r"items-0001\.ndjson: \d+ lines and [\d,]+ bytes, but the"),
    "truncated-file": (lambda at: (at / "items-0002.ndjson").write_bytes(b""), r"items-0002\.ndjson: 0 lines and 0 bytes"),
    "additional-line": (
        lambda at: _append(at / "items-0001.ndjson", b"x" * (LONGEST_LINE + 10)),
        r"items-0001\.ndjson: \d+ lines",
    ),
    "missing-file": (lambda at: (at / "items-0002.ndjson").unlink(), r"items-0002\.ndjson is missing, but the manifest names it"),
    "additional-file": (lambda at: (at / "notes.txt").touch(), r"notes\.txt is not a file that the manifest names"),
    "missing-manifest": (lambda at: (at / MANIFEST).unlink(), r"has no manifest\.json"),
    "truncated-manifest": (
        lambda at: (at / MANIFEST).write_bytes((at / MANIFEST).read_bytes()[:-40]),
        r"manifest\.json is not the manifest of an export",
    ),
    "no-object": (lambda at: (at / MANIFEST).write_text("[]"), "its format is not 'article33-export 1'"),
    "another-format": (lambda at: _changed_manifest(at, format="article33-export 2"), "its format is not 'article33-export 1'"),
    "unknown-member": (lambda at: _changed_manifest(at, colour="red"), "it has other members than a manifest"),
    "unknown-files": (lambda at: _changed_manifest(at, files=[{"name": "x"}]), "one of its files has other members than a manifest's"),
    "no-number": (lambda at: _changed_manifest(at, release="3"), "one of its numbers is not a whole number"),
    "no-time": (lambda at: _changed_manifest(at, exported_at=3), "one of its texts or digests is invalid"),
    "no-digest": (lambda at: _changed_manifest(at, digest="x"), "one of its texts or digests is invalid"),
    "outside-file": (
        lambda at: _changed_manifest(at, files=[{"name": "../x", "items": 1, "bytes": 1, "sha256": "0" * 64}]),
        r"its files are not named items-0001\.ndjson",
    ),
    "wrong-sum": (lambda at: _changed_manifest(at, items=3), "its number of items is not the sum"),
    "another-digest": (lambda at: _changed_manifest(at, digest="0" * 64), "names another release, epoch or digest than the files contain"),
    "another-epoch": (lambda at: _changed_manifest(at, epoch=7), "names another release, epoch or digest than the files contain"),
    "no-items": (lambda at: _changed_manifest(at, items=0, files=[]), r"items-0001\.ndjson is not a file that"),
    "no-json": (lambda at: signed_again(at, lambda content: b"{\n" + content), r"items-0001\.ndjson:1: "),
    "no-unicode": (lambda at: signed_again(at, lambda content: content + b"\xff\n"), r"items-0001\.ndjson:\d+: "),
    "no-item": (lambda at: signed_again(at, lambda content: content + b'{"Item":{"pk":"x"}}\n'), "it is not an item in DynamoDB JSON"),
    "no-key": (lambda at: signed_again(at, lambda content: content + b'{"Item":{"pk":{"S":"x"}}}\n'), "its key is not one of the record"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_backup_is_refused_by_name_before_anything_is_written(empty: World, backup: Path, damage: str) -> None:
    """Whatever is wrong with the files, the error names the file and the problem, and the table stays empty."""
    damaging, message = DAMAGES[damage]
    damaging(backup)
    with writes(empty.store) as seen, pytest.raises(DamagedBackup, match=message):
        restored(empty, backup)
    assert seen == []
    assert everything_in(empty.store) == {}


def test_backup_without_its_current_release_is_refused(empty: World, backup: Path) -> None:
    """Files that agree with their manifest, but do not say which release is current, are refused."""
    for number in range(len(Backup.opened(backup).manifest.files)):
        signed_again(backup, _without_current, number)
    with pytest.raises(DamagedBackup, match="names another release, epoch or digest than the files contain"):
        restored(empty, backup)


def test_forged_backup_does_not_verify(shared_world: World, backup: Path) -> None:
    """If a body and the checksums of its file are forged, verifying the restored record finds it: the chain covers the body."""
    for number in range(len(Backup.opened(backup).manifest.files)):
        signed_again(backup, lambda content: content.replace(b"tenthousand", b"tenthousanD"), number)
    copy = another(shared_world, "forged")
    restored(copy, backup)
    assert "events/b" in {found.path for found in verify(copy.store) if isinstance(found, Discrepancy)}


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NUMBERS = st.one_of(st.integers(-(10**37), 10**37).map(str), st.decimals(-1000, 1000, places=7).map(str))
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.builds(lambda text: {"S": text}, _TEXTS),
        st.builds(lambda number: {"N": number}, _NUMBERS),
        st.builds(lambda true: {"BOOL": true}, st.booleans()),
        st.just({"NULL": True}),
        st.builds(lambda texts: {"SS": texts}, st.lists(_TEXTS, min_size=1, unique=True, max_size=4)),
        st.builds(lambda numbers: {"NS": numbers}, st.lists(_NUMBERS, min_size=1, unique=True, max_size=4)),
    ),
    lambda inner: st.one_of(
        st.builds(lambda values: {"L": values}, st.lists(inner, max_size=4)),
        st.builds(lambda values: {"M": values}, st.dictionaries(_TEXTS, inner, max_size=4)),
    ),
    max_leaves=12,
)
_ITEMS = st.builds(
    lambda attributes, pk, sk: {**attributes, **items.key(pk, sk)}, st.dictionaries(_TEXTS, _VALUES, max_size=6), _TEXTS, _TEXTS
)


@given(_ITEMS)
@settings(max_examples=300)
def test_any_item_comes_back_from_its_line(item: "Item") -> None:
    """Any item without binary values becomes one line of UTF-8, and can be read back exactly."""
    line = line_of(item)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert item_of(line) == item
    assert line_of(dict(reversed(list(item.items())))) == line


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: json.dumps({"Item": text}).encode())))
@settings(max_examples=300)
def test_any_other_line_is_refused(line: bytes) -> None:
    """A line without an item raises ValueError and nothing else."""
    with pytest.raises(ValueError):  # noqa: PT011 - JSON, Unicode and our own, each with its words
        item_of(line)
