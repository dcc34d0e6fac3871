"""Writes the files of a backup into a directory, and checks them when they are read again.

Each item of the table is one line, in the format of DynamoDB's export to S3. The backup's manifest is written last, so a directory with
a manifest is complete. This module knows neither the table nor the meaning of an item.
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
# An item has at most 400 KB, and JSON needs up to six bytes for one of them.
LONGEST_LINE = 4 * 1024 * 1024
_PART = f"{MANIFEST}.part"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class DirectoryNotEmpty(RecordProblem):
    """The directory of an export must be new or empty, and it is not."""


class DamagedBackup(RecordProblem):
    """The files differ from the manifest, or the manifest is invalid. The message names the file and the problem."""


class NotCopyable(RecordProblem):
    """An item has a value that JSON can't hold, such as binary data. The record never writes one."""


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file of a backup: its name, its number of items (lines) and bytes, and its SHA-256 in hexadecimal."""

    name: str
    items: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a backup.

    `exported_at` is in UTC, ISO 8601 with milliseconds. `release`, `epoch` and `digest` are those of the current release, so the digest
    is the end of the chain. `items` is the number of items in all files.
    """

    exported_at: str
    release: int
    epoch: int
    digest: Digest
    items: int
    files: tuple[CopiedFile, ...]

    @property
    def bytes(self) -> int:
        """The size of all files, without the manifest."""
        return sum(file.bytes for file in self.files)


class BackupInTheMaking:
    """Writes a backup. A context manager: without `finish`, it deletes everything that was written."""

    def __init__(self, directory: Path, most_bytes: int = FILE_BYTES) -> None:
        """Write into this directory, in files of at most `most_bytes`. A line that is longer gets a file of its own."""
        self._directory = directory
        self._most_bytes = most_bytes
        self._stream: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self._items = self._bytes = 0
        self._ended: list[CopiedFile] = []
        self._made: list[Path] = []
        self._made_directory = self._finished = False

    def __enter__(self) -> Self:
        """Create the directory. Raises DirectoryNotEmpty or OSError."""
        try:
            self._directory.mkdir(mode=0o700)
            self._made_directory = True
        except FileExistsError:
            if any(self._directory.iterdir()):
                raise DirectoryNotEmpty(f"{self._directory} is not empty; export into a new or empty directory") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None) -> None:
        """Unless the backup is finished, delete what was written. Files that can't be deleted stay, without a manifest."""
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
        """Write an item. Raises NotCopyable or OSError."""
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
        """Write and return the manifest. Then the backup is complete."""
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
    """An opened backup: its manifest, and the SHA-256 of the manifest file."""

    directory: Path
    manifest: Manifest
    digest: Digest

    @classmethod
    def opened(cls, directory: Path) -> "Backup":
        """Open a directory. Raises OSError, or DamagedBackup if the manifest is invalid or names other files than exist."""
        path = directory / MANIFEST
        if not path.is_file():
            raise DamagedBackup(f"{directory} has no {MANIFEST}: it is not a backup, or its export did not finish")
        content = path.read_bytes()
        try:
            manifest = _manifest_of(json.loads(content))
        except ValueError as failure:
            raise DamagedBackup(f"{path} is not the manifest of an export: {failure}") from failure
        expected = {MANIFEST, *(file.name for file in manifest.files)}
        there = {inside.name for inside in directory.iterdir()}
        for name in sorted(expected - there):
            raise DamagedBackup(f"{directory / name} is missing, but the manifest names it")
        for name in sorted(there - expected):
            raise DamagedBackup(f"{directory / name} is not a file that the manifest names")
        return cls(directory, manifest, Digest(hashlib.sha256(content).hexdigest()))

    def items(self) -> "Iterator[NewItem]":
        """Yield every item, with one line in memory. Raises DamagedBackup at the end of a file that differs from the manifest."""
        for file in self.manifest.files:
            yield from _items_of(self.directory / file.name, file)


def line_of(item: "Item") -> bytes:
    """Return an item as a line: `{"Item":{"pk":{"S":...},...}}`, DynamoDB JSON in UTF-8, with a newline.

    Raises NotCopyable if the item has binary values, or text that is not valid Unicode.
    """
    try:
        return f"{json.dumps({'Item': item}, ensure_ascii=False, sort_keys=True, separators=(',', ':'))}\n".encode()
    except (TypeError, ValueError) as failure:
        raise NotCopyable(f"the item {item['pk'].get('S')} {item['sk'].get('S')} can't be written as JSON: {failure}") from failure


def item_of(line: bytes) -> "NewItem":
    """Return the item in a line. Raises ValueError if there is none, or its key does not fit the record's table."""
    row: Any = json.loads(line.decode("utf-8"))
    item: Any = row.get("Item") if isinstance(row, dict) and len(row) == 1 else None
    if not isinstance(item, dict) or not all(isinstance(value, dict) and len(value) == 1 for value in item.values()):
        raise ValueError("it is not an item in DynamoDB JSON")
    if not all(isinstance(item.get(name, {}).get("S"), str) for name in ("pk", "sk")):
        raise ValueError("its key is not one of the record")
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
                wrong = wrong or f"{path}:{lines}: {failure}"  # raised last: a wrong checksum explains more
            else:
                yield item
    if (lines, size) != (file.items, file.bytes):
        raise DamagedBackup(f"{path}: {lines:,} lines and {size:,} bytes, but the manifest says {file.items:,} and {file.bytes:,}")
    if digest.hexdigest() != file.sha256:
        raise DamagedBackup(f"{path} has the SHA-256 {digest.hexdigest()}, but the manifest says {file.sha256}")
    if wrong:
        raise DamagedBackup(wrong)


def _manifest_of(row: Any) -> Manifest:
    """Return the manifest in a JSON object. Raises ValueError if a member is missing, unknown or of another type."""
    if not isinstance(row, dict) or row.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT!r}")
    listed = row.get("files")
    if set(row) != {"format", *_names(Manifest)} or not isinstance(listed, list):
        raise ValueError("it has other members than a manifest")
    if not all(isinstance(file, dict) and set(file) == _names(CopiedFile) for file in listed):
        raise ValueError("one of its files has other members than a manifest's")
    files = tuple(CopiedFile(**file) for file in listed)
    manifest = Manifest(row["exported_at"], row["release"], row["epoch"], row["digest"], row["items"], files)
    numbers = [manifest.release, manifest.epoch, manifest.items, *(number for file in files for number in (file.items, file.bytes))]
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("one of its numbers is not a whole number from 0 on")
    texts = [manifest.exported_at, *(file.name for file in files)]
    digests = [manifest.digest, *(file.sha256 for file in files)]
    if not all(isinstance(text, str) for text in (*texts, *digests)) or not all(_SHA256.fullmatch(digest) for digest in digests):
        raise ValueError("one of its texts or digests is invalid")
    if [file.name for file in files] != [_file_name(number) for number in range(1, len(files) + 1)]:
        raise ValueError(f"its files are not named {_file_name(1)}, {_file_name(2)} and so on")
    if manifest.items != sum(file.items for file in files):
        raise ValueError("its number of items is not the sum of the items in its files")
    return manifest


def _names(kind: type[Manifest | CopiedFile]) -> set[str]:
    return {field.name for field in fields(kind)}


def _file_name(number: int) -> str:
    return f"items-{number:04d}.ndjson"


def _sync(stream: BinaryIO) -> None:
    """Make sure that the data is on the disk."""
    stream.flush()
    os.fsync(stream.fileno())
