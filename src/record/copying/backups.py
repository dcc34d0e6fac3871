"""The files of a backup: what an export writes into a directory, and whether it is still that when it is read again.

Each item of the table stands on one line, as DynamoDB's own export to S3 writes it. The manifest is written last of all, so a
directory that has one is complete. Nothing here knows the table, or what an item means.
"""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from record.errors import RecordProblem
from record.model import Digest

if TYPE_CHECKING:
    from record.items import Item, NewItem

FORMAT = "article33-export 1"
MANIFEST = "manifest.json"
FILE_BYTES = 64 * 1024 * 1024
# An item has at most 400 KB, and JSON writes a byte of it in six at worst.
LONGEST_LINE = 4 * 1024 * 1024
_PART = f"{MANIFEST}.part"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class DirectoryNotEmpty(RecordProblem):
    """An export goes into a new or an empty directory, and this one is neither."""


class DamagedBackup(RecordProblem):
    """The files are not as their manifest says, or it is none. The message names the file and what is wrong with it."""


class NotCopyable(RecordProblem):
    """An item holds what the record never writes and JSON has no place for, such as binary values."""


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file of a backup: its name, how many items (lines) and bytes it has, and its SHA-256 in hexadecimal."""

    name: str
    items: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    `exported_at` is in UTC, ISO 8601 with milliseconds; `release`, `epoch` and `digest` are those of the current release, so the
    digest is the end of the chain; `items` is the sum of what the files hold.
    """

    exported_at: str
    release: int
    epoch: int
    digest: Digest
    items: int
    files: tuple[CopiedFile, ...]

    @property
    def bytes(self) -> int:
        """The size of all files but the manifest."""
        return sum(file.bytes for file in self.files)


class BackupInTheMaking:
    """Writes a backup; a context manager. Left without `finish`, everything that was written is removed again."""

    def __init__(self, directory: Path, most_bytes: int = FILE_BYTES) -> None:
        """Write into this directory, in files of at most `most_bytes`, or of one line that is longer."""
        self._directory = directory
        self._most_bytes = most_bytes
        self._stream: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self._items = self._bytes = 0
        self._ended: list[CopiedFile] = []
        self._made: list[Path] = []
        self._made_directory = self._finished = False

    def __enter__(self) -> Self:
        """Make the directory; raise DirectoryNotEmpty or OSError."""
        try:
            self._directory.mkdir(mode=0o700)
            self._made_directory = True
        except FileExistsError:
            if any(self._directory.iterdir()):
                raise DirectoryNotEmpty(f"{self._directory} is not empty; an export goes into a new or an empty directory") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None) -> None:
        """Remove what was written, unless it is finished; what can't be removed stays, without a manifest."""
        if self._finished:
            return
        with contextlib.suppress(OSError):
            if self._stream is not None:
                self._stream.close()
        for path in self._made:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        if self._made_directory:
            with contextlib.suppress(OSError):
                self._directory.rmdir()

    def write(self, item: "Item") -> None:
        """Write an item; raise NotCopyable or OSError."""
        line = line_of(item)
        if self._stream is not None and self._bytes + len(line) > self._most_bytes:
            self._end_file()
        if self._stream is None:
            self._stream = self._open(_file_name(len(self._ended) + 1))
            self._hash = hashlib.sha256()
            self._items = self._bytes = 0
        self._stream.write(line)
        self._hash.update(line)
        self._items += 1
        self._bytes += len(line)

    def finish(self, *, exported_at: str, release: int, epoch: int, digest: Digest) -> Manifest:
        """Write the manifest, by which the backup is complete, and return it."""
        self._end_file()
        manifest = Manifest(exported_at, release, epoch, digest, sum(file.items for file in self._ended), tuple(self._ended))
        with self._open(_PART) as stream:
            stream.write(f"{json.dumps({'format': FORMAT, **asdict(manifest)}, indent=2)}\n".encode())
            _sync(stream)
        (self._directory / _PART).rename(self._directory / MANIFEST)
        self._finished = True
        return manifest

    def _open(self, name: str) -> BinaryIO:
        path = self._directory / name
        stream = path.open("xb")
        self._made.append(path)
        return stream

    def _end_file(self) -> None:
        if self._stream is not None:
            _sync(self._stream)
            self._stream.close()
            self._stream = None
            self._ended.append(CopiedFile(_file_name(len(self._ended) + 1), self._items, self._bytes, self._hash.hexdigest()))


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was opened: its manifest, and the SHA-256 of the manifest's own bytes."""

    directory: Path
    manifest: Manifest
    digest: Digest

    @classmethod
    def opened(cls, directory: Path) -> "Backup":
        """Open a directory; raise DamagedBackup where its manifest is none or names other files than there are, or OSError."""
        path = directory / MANIFEST
        if not path.is_file():
            raise DamagedBackup(f"{directory} has no {MANIFEST}: it is no backup, or its export was not finished")
        content = path.read_bytes()
        try:
            manifest = _manifest_of(json.loads(content))
        except ValueError as failure:
            raise DamagedBackup(f"{path} is not the manifest of an export: {failure}") from failure
        expected = {MANIFEST, *(file.name for file in manifest.files)}
        there = {inside.name for inside in directory.iterdir()}
        for name in sorted(expected - there):
            raise DamagedBackup(f"{directory / name} is missing, and the manifest names it")
        for name in sorted(there - expected):
            raise DamagedBackup(f"{directory / name} is none of the files that the manifest names")
        return cls(directory, manifest, Digest(hashlib.sha256(content).hexdigest()))

    def items(self) -> "Iterator[NewItem]":
        """Yield every item, a line in hand at a time; raise DamagedBackup at the end of a file that is not as the manifest says."""
        for file in self.manifest.files:
            yield from _items_of(self.directory / file.name, file)


def line_of(item: "Item") -> bytes:
    """Return the line that holds an item: `{"Item":{"pk":{"S":...},...}}`, DynamoDB JSON in UTF-8, ended by a newline.

    Raises NotCopyable where it holds binary values, or a text that is not Unicode.
    """
    try:
        return f"{json.dumps({'Item': item}, ensure_ascii=False, sort_keys=True, separators=(',', ':'))}\n".encode()
    except (TypeError, ValueError) as failure:
        raise NotCopyable(f"the item {item['pk'].get('S')} {item['sk'].get('S')} can't be written as JSON: {failure}") from failure


def item_of(line: bytes) -> "NewItem":
    """Return the item that a line holds; raise ValueError where it holds none, or one with another key than the record's."""
    row: Any = json.loads(line.decode("utf-8"))
    item: Any = row.get("Item") if isinstance(row, dict) and len(row) == 1 else None
    if not isinstance(item, dict) or not all(isinstance(value, dict) and len(value) == 1 for value in item.values()):
        raise ValueError("it is no item in DynamoDB JSON")
    if not all(isinstance(item.get(name, {}).get("S"), str) for name in ("pk", "sk")):
        raise ValueError("its key is not that of an item of the record")
    found: NewItem = item
    return found


def _items_of(path: Path, file: CopiedFile) -> "Iterator[NewItem]":
    wrong: str | None = None
    lines = size = 0
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while line := stream.readline(LONGEST_LINE):
            lines += 1
            size += len(line)
            digest.update(line)
            try:
                item = item_of(line)
            except ValueError as failure:
                wrong = wrong or f"{path}:{lines}: {failure}"  # a checksum that is wrong explains it better
            else:
                yield item
    if (lines, size) != (file.items, file.bytes):
        raise DamagedBackup(f"{path} has {lines:,} lines and {size:,} bytes, and the manifest says {file.items:,} and {file.bytes:,}")
    if digest.hexdigest() != file.sha256:
        raise DamagedBackup(f"{path} has the sha256 {digest.hexdigest()}, and the manifest says {file.sha256}")
    if wrong:
        raise DamagedBackup(wrong)


def _manifest_of(row: Any) -> Manifest:
    """Return the manifest that JSON says; raise ValueError where a part of it is missing, unknown or of another kind."""
    if not isinstance(row, dict) or row.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT!r}")
    listed = row.get("files")
    if set(row) != {"format", *_names(Manifest)} or not isinstance(listed, list):
        raise ValueError("its members are not those of a manifest")
    if not all(isinstance(file, dict) and set(file) == _names(CopiedFile) for file in listed):
        raise ValueError("its files are not described as a manifest does")
    files = tuple(CopiedFile(**file) for file in listed)
    manifest = Manifest(row["exported_at"], row["release"], row["epoch"], row["digest"], row["items"], files)
    numbers = [manifest.release, manifest.epoch, manifest.items, *(number for file in files for number in (file.items, file.bytes))]
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("one of its numbers is none")
    texts = [manifest.exported_at, *(file.name for file in files)]
    digests = [manifest.digest, *(file.sha256 for file in files)]
    if not all(isinstance(text, str) for text in (*texts, *digests)) or not all(_SHA256.fullmatch(digest) for digest in digests):
        raise ValueError("one of its texts or digests is none")
    if [file.name for file in files] != [_file_name(number) for number in range(1, len(files) + 1)]:
        raise ValueError(f"its files are not {_file_name(1)} and those that follow")
    if manifest.items != sum(file.items for file in files):
        raise ValueError("its number of items is not the sum of its files'")
    return manifest


def _names(kind: type[Manifest | CopiedFile]) -> set[str]:
    return {field.name for field in fields(kind)}


def _file_name(number: int) -> str:
    return f"items-{number:04d}.ndjson"


def _sync(stream: BinaryIO) -> None:
    """See to it that the disk has what was written."""
    stream.flush()
    os.fsync(stream.fileno())
