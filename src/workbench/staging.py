"""The record to be, staged in a temporary SQLite file: every resource's content and references, to be checked and published.

So neither a check nor a publish holds more than one resource in memory, however large the record is.
"""

import datetime
import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from record.model import Document
from schemas.indexing import place
from schemas.pointers import Json
from schemas.resource import Via
from schemas.v1 import validation
from schemas.v1.rules import Rule
from workbench.seedfiles import Problem, Written, read_file, read_sources

_TABLES = """
CREATE TABLE resource (path TEXT PRIMARY KEY, content BLOB NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE edge (collection TEXT NOT NULL, source TEXT NOT NULL, pattern TEXT NOT NULL, target TEXT NOT NULL);
"""
_INDEXES = """
CREATE INDEX IF NOT EXISTS edge_by_target ON edge (target, collection, pattern, source);
CREATE INDEX IF NOT EXISTS edge_by_source ON edge (source, pattern, target);
"""
PUBLISHED = "<published>"


class Staging:
    """The record to be. A context manager: its file goes when it ends."""

    def __init__(self) -> None:
        """Begin an empty one."""
        self._directory = tempfile.TemporaryDirectory(prefix="article33-")
        self._database = sqlite3.connect(Path(self._directory.name) / "staging.db", isolation_level=None)
        # The file is scratch: nothing needs to survive a crash.
        self._database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;" + _TABLES)
        self.resource = lru_cache(maxsize=512)(self._resource)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Remove the file."""
        self._database.close()
        self._directory.cleanup()

    def add_published(self, contents: Iterable[tuple[str, bytes]]) -> None:
        """Stage what is already published, so that a stream can be added to it. Trusted: it was checked when it was published."""
        self._database.execute("BEGIN")
        for path, content in contents:
            self._insert(path, content, PUBLISHED, 0)
        self._database.execute("COMMIT")

    def add(self, sources: Sequence[Path | TextIO]) -> list[Problem]:
        """Stage every resource of these sources; return the problems of reading them, and of each one's own shape."""
        problems: list[Problem] = []
        self._database.execute("BEGIN")
        for read in read_sources(sources):
            problems += [read] if isinstance(read, Problem) else self._add(read)
        self._database.execute("COMMIT")
        return problems

    def check(self, today: datetime.date) -> list[Problem]:
        """Return the problems that only show when the resources are seen together, and every breach of the publication rules."""
        self._database.executescript(_INDEXES)
        problems: list[Problem] = []
        for path, content, file, line in self._database.execute("SELECT path, content, file, line FROM resource ORDER BY path"):
            if file == PUBLISHED:
                continue
            breaches = list(validation.check(validation.trusted(path, json.loads(content)), self, today))
            written = read_file(Path(file)) if breaches and not line else None
            problems += [
                Problem(
                    file,
                    written.line_of(breach.field) if isinstance(written, Written) else line,
                    breach.field,
                    breach.rule,
                    breach.message,
                    breach.warning,
                )
                for breach in breaches
            ]
        return problems

    def through(self, via: Via, path: str) -> Iterator[str]:
        """Yield the values of a filter that come to a resource by way of others."""
        if via.value:
            query = (
                "SELECT DISTINCT value.target FROM edge JOIN edge AS value ON value.source = edge.source AND value.pattern = ? "
                "WHERE edge.target = ? AND edge.collection = ? AND edge.pattern = ?"
            )
            rows = self._database.execute(query, (via.value, path, via.collection, via.pointer))
        else:
            query = "SELECT DISTINCT source FROM edge WHERE target = ? AND collection = ? AND pattern = ?"
            rows = self._database.execute(query, (path, via.collection, via.pointer))
        for (value,) in rows:
            yield str(value)

    def __iter__(self) -> Iterator[Document]:
        """Yield the documents to publish, in order of their paths."""
        self._database.executescript(_INDEXES)
        for path, content in self._database.execute("SELECT path, content FROM resource ORDER BY path"):
            where = place(path, json.loads(content), self)
            yield Document(path, content, where.sort_keys, where.lists, where.values, where.span)

    def __len__(self) -> int:
        """Return how many resources are staged."""
        (count,) = self._database.execute("SELECT count(*) FROM resource").fetchone()
        return int(count)

    def _add(self, written: Written) -> list[Problem]:
        shaped, breaches = validation.shape(written.path, written.fields)
        known = self._database.execute("SELECT file, line FROM resource WHERE path = ?", (written.path,)).fetchone()
        problems = [
            Problem(written.file, written.line_of(breach.field), breach.field, breach.rule, breach.message, breach.warning)
            for breach in breaches
        ]
        if known and known[0] != PUBLISHED:
            where = f"{known[0]}:{known[1]}" if known[1] else known[0]
            problems.append(Problem(written.file, written.line_of(""), "", Rule.DUPLICATE, f"{written.path} stands in {where} too"))
        elif shaped is not None:
            if known:
                self._database.execute("DELETE FROM resource WHERE path = ?", (written.path,))
                self._database.execute("DELETE FROM edge WHERE source = ?", (written.path,))
            # A YAML file is read again where a line in it is wanted; a stream can't be.
            self._insert(written.path, shaped.canonical(), written.file, 0 if "/name" in written.lines else written.line_of(""))
        return problems

    def _insert(self, path: str, content: bytes, file: str, line: int) -> None:
        self._database.execute("INSERT INTO resource VALUES (?, ?, ?, ?)", (path, content, file, line))
        edges = {(path.partition("/")[0], edge.source, edge.pattern, edge.target) for edge in validation.edges(path, json.loads(content))}
        self._database.executemany("INSERT INTO edge VALUES (?, ?, ?, ?)", sorted(edges))

    def _resource(self, path: str) -> Json:
        row = self._database.execute("SELECT content FROM resource WHERE path = ?", (path,)).fetchone()
        found: Json = json.loads(row[0]) if row else None
        return found
