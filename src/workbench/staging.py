"""The next release, staged in a temporary SQLite file: the content and references of every resource, to check and to publish.

So neither a check nor a publish has more than one resource in memory, however large the record is.
"""

import datetime
import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import rfc8785

from record.errors import ItemTooLarge, KeyTooLong
from record.items import LARGEST_REVISION
from record.model import Document, State
from record.writing.sizes import check_size
from schemas.indexing import place
from schemas.pointers import Json, values_at
from schemas.registry import resource_of
from schemas.resource import Via
from schemas.v1 import departures, validation
from schemas.v1.actor import ActorKind
from schemas.v1.incomplete import Unknown, nothing_of
from schemas.v1.rules import Breach, Departed, Rule
from schemas.v1.safety import reviewed
from schemas.v1.safety.checked import cases_of
from schemas.v1.safety.people import SMALL_GROUP
from schemas.v1.safety.reviewed import Reviewed
from schemas.v1.safety.sources import bare
from schemas.v1.source import LinkPolicy
from workbench.seedfiles import Problem, Written, read_file, read_sources

_TABLES = """
CREATE TABLE resource (path TEXT PRIMARY KEY, content BLOB NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE broken (path TEXT PRIMARY KEY, fields TEXT, file TEXT NOT NULL, line INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE departure (path TEXT PRIMARY KEY, declared TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE reviewed (path TEXT PRIMARY KEY, entries TEXT NOT NULL, file TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE replaced (path TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE edge (collection TEXT NOT NULL, source TEXT NOT NULL, pattern TEXT NOT NULL, target TEXT NOT NULL);
"""
_INDEXES = """
CREATE INDEX IF NOT EXISTS edge_by_target ON edge (target, collection, pattern, source);
CREATE INDEX IF NOT EXISTS edge_by_source ON edge (source, pattern, target);
"""
PUBLISHED = "<published>"


class Staging:
    """The staged resources of the next release. A context manager, which deletes its file at the end."""

    def __init__(self) -> None:
        """Create an empty database."""
        self._directory = tempfile.TemporaryDirectory(prefix="article33-")
        self._database = sqlite3.connect(Path(self._directory.name) / "staging.db", isolation_level=None)
        # The file is temporary: nothing needs to survive a crash.
        self._database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;" + _TABLES)
        self._withheld: frozenset[str] = frozenset()
        self.resource = lru_cache(maxsize=512)(self._resource)
        self.departed = lru_cache(maxsize=512)(self._departed)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Delete the file."""
        self._database.close()
        self._directory.cleanup()

    def add_published(self, contents: Iterable[tuple[str, bytes]]) -> None:
        """Stage the published resources, so that a stream can be added. They are trusted, because they were checked when published."""
        self._database.execute("BEGIN")
        for path, content in contents:
            members = json.loads(content)
            if "state" in members:  # a tombstone: no resource has this field
                departed = Departed(path, members["state"], members["target"], members["reason"])
                self._insert_departure(departed, PUBLISHED, 0)
            else:
                self._insert(path, content, PUBLISHED, 0)
        self._database.execute("COMMIT")

    def add(self, sources: Sequence[Path | TextIO]) -> list[Problem]:
        """Stage every resource of these sources; return the problems in reading them, and in the shape of each one."""
        problems: list[Problem] = []
        self._database.execute("BEGIN")
        for read in read_sources(sources):
            if isinstance(read, Written):
                problems += self._add(read)
                continue
            problems.append(read)
            if read.rest:
                problems += self._add(read.rest, is_misplaced=True)
            elif read.path:
                self._insert_broken(read.path, None, read.file, read.line)
        self._database.execute("COMMIT")
        return problems

    def check(self, today: datetime.date) -> list[Problem]:
        """Return the problems between resources, and every breach of the publication rules.

        A resource that has a problem is checked as far as it is known, and makes no other resource wrong.
        """
        self._database.executescript(_INDEXES)
        problems: list[Problem] = []
        problems += self._check_departures(today)
        for path, content, file, line in self._database.execute("SELECT path, content, file, line FROM resource ORDER BY path"):
            if file != PUBLISHED:
                problems += _located(self._breaches(validation.trusted(path, json.loads(content)), today), file, line)
                problems += _located(self._sizes(path, content), file, line)
        for path, fields, file, line in self._database.execute("SELECT path, fields, file, line FROM broken ORDER BY path"):
            if fields is not None:
                shaped, _ = validation.examine(path, json.loads(fields))
                problems += _located(self._breaches(shaped, today), file, line)
                if (size := len(fields.encode())) > LARGEST_REVISION:
                    message = f"{path} is too large: it has about {size:,} bytes; the limit is {LARGEST_REVISION:,}"
                    problems += _located([Breach(Rule.TOO_LARGE, "", message)], file, line)
        problems += self._check_published(today)
        problems += self._not_checked()
        return problems

    def referrers(self, path: str) -> list[str]:
        """Return the path of every staged resource that refers to this one, ordered."""
        return [
            str(source) for (source,) in self._database.execute("SELECT DISTINCT source FROM edge WHERE target = ? ORDER BY 1", (path,))
        ]

    def suppressed(self) -> list[str]:
        """Return the paths of the staged sources that are suppressed."""
        query = "SELECT path FROM resource WHERE path LIKE 'sources/%' AND json_extract(CAST(content AS TEXT), '$.link_policy') = ?"
        return [str(path) for (path,) in self._database.execute(query, (str(LinkPolicy.SUPPRESSED),))]

    def withhold(self, addresses: Iterable[str]) -> None:
        """Refuse these addresses of suppressed sources, wherever they stand."""
        self._withheld |= {found for address in addresses if (found := bare(address))}

    def withheld(self) -> frozenset[str]:
        """Return the known addresses of suppressed sources."""
        return self._withheld

    def reviewed(self) -> Iterator[tuple[str, str, Reviewed]]:
        """Yield (file, path, entry) for every finding that a reviewer judged harmless, ordered by path."""
        for path, file in self._database.execute("SELECT path, file FROM reviewed ORDER BY path"):
            for entry in self._reviewed(path):
                yield file, path, entry

    def referring_files(self, path: str) -> list[tuple[str, str]]:
        """Return the (path, file) of every staged resource that refers to this one, ordered by path."""
        self._database.executescript(_INDEXES)
        query = "SELECT DISTINCT resource.path, file FROM edge JOIN resource ON resource.path = edge.source WHERE target = ? ORDER BY 1"
        return [(str(source), str(file)) for source, file in self._database.execute(query, (path,))]

    def where(self, path: str, field: str) -> tuple[str, int]:
        """Return the file and the line of a field of a staged resource or declaration."""
        places = "SELECT file, line FROM resource WHERE path = :path UNION ALL SELECT file, line FROM departure WHERE path = :path"
        file, line = self._database.execute(places, {"path": path}).fetchone()
        written = read_file(Path(file)) if not line and file != PUBLISHED else None
        return str(file), written.line_of(field) if isinstance(written, Written) else int(line)

    def moves(self) -> dict[str, str]:
        """Return the new id of each staged declaration of a resource that was renamed or merged."""
        rows = self._database.execute("SELECT path, json_extract(declared, '$.to') FROM departure")
        return {str(path): str(target) for path, target in rows if target}

    def through(self, via: Via, path: str) -> Iterator[str]:
        """Yield the values of a filter that a resource gets through other resources."""
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

    def due(self) -> dict[str, int]:
        """Return the number of resources due for review, by day (ISO date)."""
        rows = "SELECT json_extract(CAST(content AS TEXT), '$.review.due') AS due, COUNT(*) FROM resource WHERE due IS NOT NULL GROUP BY 1"
        return {str(day): int(count) for day, count in self._database.execute(rows)}

    def __iter__(self) -> Iterator[Document]:
        """Yield the documents to publish, ordered by path."""
        self._database.executescript(_INDEXES)
        rows = "SELECT path, content FROM resource UNION ALL SELECT path, NULL FROM departure ORDER BY path"
        for path, content in self._database.execute(rows):
            yield self._tombstone(path) if content is None else self._document(path, content)

    def __len__(self) -> int:
        """Return the number of staged resources, without tombstones."""
        (count,) = self._database.execute("SELECT count(*) FROM resource").fetchone()
        return int(count)

    def small_groups(self) -> set[int | None]:
        """Return the sizes of the staged protected groups that have fewer than 20 members; None for a group of unknown size."""
        rows = (
            "SELECT json_extract(CAST(content AS TEXT), '$.size') AS size FROM resource WHERE path LIKE 'actors/%' "
            "AND json_extract(CAST(content AS TEXT), '$.kind') = ? AND coalesce(size, 0) < ?"
        )
        return {None if size is None else int(size) for (size,) in self._database.execute(rows, (ActorKind.PROTECTED_GROUP, SMALL_GROUP))}

    def paths(self) -> Iterator[tuple[str, bool]]:
        """Yield every staged path, ordered, and whether it is a tombstone's."""
        rows = "SELECT path, FALSE FROM resource UNION ALL SELECT path, TRUE FROM departure ORDER BY path"
        for path, departed in self._database.execute(rows):
            yield str(path), bool(departed)

    def problem(self, path: str, breach: Breach) -> Problem:
        """Return a breach of a staged resource or tombstone as a problem of its file."""
        where = "SELECT file, line FROM resource WHERE path = :path UNION ALL SELECT file, line FROM departure WHERE path = :path"
        file, line = self._database.execute(where, {"path": path}).fetchone()
        (found,) = _located([breach], file, line)
        return found

    def count_departed(self) -> int:
        """Return the number of tombstones: resources declared withdrawn, renamed or merged."""
        (count,) = self._database.execute("SELECT count(*) FROM departure").fetchone()
        return int(count)

    def _breaches(self, shaped: validation.Shaped, today: datetime.date) -> Iterator[Breach]:
        """Yield the breaches of a resource that no reviewer judged harmless."""
        cut: list[object] = []
        breaches = list(validation.check(shaped, self, today, cut.append))
        for breach in reviewed.unreviewed(shaped.content, breaches, self._reviewed(shaped.path), today):
            # While something is not known, an entry that silences nothing may be right.
            if not (breach.rule is Rule.REVIEWED and breach.warning and (cut or shaped.wrong)):
                yield breach

    def _not_checked(self) -> Iterator[Problem]:
        """Yield a warning for each resource with a problem to which others refer: how many references are not fully checked."""
        query = (
            "SELECT broken.path, broken.file, broken.line, COUNT(*) FROM broken JOIN edge ON edge.target = broken.path "
            "WHERE edge.source != broken.path GROUP BY 1 ORDER BY 1"
        )
        for path, file, line, count in self._database.execute(query):
            references = f"{count:,} reference{'' if count == 1 else 's'}"
            message = f"{references} to {path} could not be fully checked, because its file has a problem"
            yield Problem(file, line or 1, "", Rule.NOT_CHECKED, message, warning=True)

    def _document(self, path: str, content: bytes) -> Document:
        where = place(path, json.loads(content), self)
        return Document(path, content, where.sort_keys, where.lists, where.values, where.span)

    def _sizes(self, path: str, content: bytes) -> Iterator[Breach]:
        """Yield a breach if the table has no room for a resource, as a publish would find out."""
        try:
            check_size(self._document(path, content))
        except (ItemTooLarge, KeyTooLong) as refused:
            yield Breach(Rule.TOO_LARGE, "", str(refused))

    def _tombstone(self, path: str) -> Document:
        departed = self.departed(path)
        assert departed is not None, "it was read from among the departures"
        target = self._end_of_moves(departed)
        content = departures.tombstone(departed, resource_of(path.partition("/")[0]).singular, target)
        state = State(departed.how)
        return Document(path, rfc8785.dumps(content), state=state, reason=departed.reason, target=target)

    def _end_of_moves(self, departed: Departed) -> str | None:
        """Return the last target of a chain of redirects, so that a resource renamed twice needs one redirect. None for a circle."""
        seen = {departed.path}
        target = departed.to
        while target is not None and target not in seen:
            seen.add(target)
            following = self.departed(target)
            if following is None or following.to is None:
                return target
            target = following.to
        return None

    def _check_departures(self, today: datetime.date) -> list[Problem]:
        problems: list[Problem] = []
        for path, file, line in self._database.execute(
            "SELECT path, file, line FROM departure WHERE file != ? ORDER BY path", (PUBLISHED,)
        ):
            departed = self.departed(path)
            assert departed is not None, "it was read from among the departures"
            breaches = [*departures.personal_data(departed), *self._misled(departed)]
            problems += _located(reviewed.unreviewed({"id": path}, breaches, self._reviewed(path), today), file, line)
        return problems

    def _misled(self, departed: Departed) -> Iterator[Breach]:
        """Yield the problems of a tombstone's redirect target, and of its `still_named_by`."""
        end = self._end_of_moves(departed)
        at = f"/{departures.DECLARATION}"
        if departed.to is not None and end is None:
            yield Breach(Rule.INVALID_VALUE, f"{at}/to", "redirects in a circle")
        elif end is not None and self.resource(end) is None and self.departed(end) is None:
            yield Breach(Rule.UNRESOLVED_REFERENCE, f"{at}/to", f"redirects to {end}, which is not in the record")
        named = dict(self.referring_files(departed.path))
        for source, file in named.items():
            if file == PUBLISHED and source not in departed.still_named_by:
                message = f"{source} is published and refers to {departed.path}: change it too, or list it in still_named_by"
                yield Breach(Rule.REFERENCE_TO_DEPARTED, at, message)
        for index, source in enumerate(departed.still_named_by):
            if source not in named and not self._is_broken(source):
                message = f"{source} does not refer to {departed.path}"
                yield Breach(Rule.UNRESOLVED_REFERENCE, f"{at}/still_named_by/{index}", message)

    def _add(self, written: Written, *, is_misplaced: bool = False) -> list[Problem]:
        shaped: validation.Shaped | None = None
        departed: Departed | None = None
        if departures.DECLARATION in written.fields:
            departed, breaches = departures.declared(written.path, written.fields)
        else:
            shaped, breaches = validation.examine(written.path, written.fields)
        is_broken = is_misplaced or bool(breaches)
        entries, wrong = reviewed.read(written.reviewed) if written.reviewed is not None else ((), [])
        breaches += wrong
        known = self._place(written.path)
        problems = [
            Problem(written.file, written.line_of(breach.field), breach.field, breach.rule, breach.message, breach.warning)
            for breach in breaches
        ]
        if known and known[0] != PUBLISHED:
            where = f"{known[0]}:{known[1]}" if known[1] else known[0]
            problems.append(Problem(written.file, written.line_of(""), "", Rule.DUPLICATE, f"{written.path} is also in {where}"))
        else:
            if known and not is_broken:
                replace = "INSERT OR REPLACE INTO replaced SELECT path, content FROM resource WHERE path = ?"
                self._database.execute(replace, (written.path,))
                for statement in ("DELETE FROM resource WHERE path = ?", "DELETE FROM departure WHERE path = ?"):
                    self._database.execute(statement, (written.path,))
                self._database.execute("DELETE FROM edge WHERE source = ?", (written.path,))
            # To find a line later, a YAML file is read again. That is impossible for a stream, so its line is stored.
            line = 0 if len(written.lines) > 1 else written.line_of("")
            if is_broken:
                fields = None if shaped is None else json.dumps(written.fields)
                # The references of a published resource are staged already.
                self._insert_broken(written.path, None if known else shaped, written.file, line, fields)
            elif shaped is not None:
                self._insert(written.path, shaped.canonical(), written.file, line)
            elif departed is not None:
                self._insert_departure(departed, written.file, line)
            if entries:
                rows = json.dumps([entry.model_dump(mode="json") for entry in entries])
                self._database.execute("INSERT OR REPLACE INTO reviewed VALUES (?, ?, ?)", (written.path, rows, written.file))
        return problems

    def _check_published(self, today: datetime.date) -> Iterator[Problem]:
        """Yield what the change of a case or a group makes of published resources that this publish does not change.

        A stream can open a case again, or make its group smaller. Then the published texts of the case have to keep more rules.
        """
        stricter = {path for path, content in self._replaced() if _stands(content) != _stands(self.resource(path))}
        if not stricter:
            return
        for path, content in self._database.execute("SELECT path, content FROM resource WHERE file = ? ORDER BY path", (PUBLISHED,)):
            members = json.loads(content)
            try:
                around = cases_of(path, members, self)
                groups = {group for case in around for group in values_at(self.resource(case), "/protected_group")}
            except Unknown:  # of a resource with a problem, which is reported
                continue
            for changed in sorted(stricter & (around | groups | {path})):
                for breach in validation.check_around(validation.trusted(path, members), self, today):
                    file, line = self._place(changed) or (PUBLISHED, 0)
                    message = f"with this change, the published {path} at {breach.field} {breach.message}; publish the whole record instead"
                    yield Problem(file, line or 1, "", breach.rule, message)

    def _replaced(self) -> list[tuple[str, Json]]:
        """Return the published cases and protected groups that this publish changes, as they are now."""
        rows = self._database.execute("SELECT path, content FROM replaced WHERE path LIKE 'cases/%' OR path LIKE 'actors/%'")
        return [(str(path), json.loads(content)) for path, content in rows]

    def _reviewed(self, path: str) -> tuple[Reviewed, ...]:
        row = self._database.execute("SELECT entries FROM reviewed WHERE path = ?", (path,)).fetchone()
        return reviewed.read(json.loads(row[0]))[0] if row else ()

    def _place(self, path: str) -> tuple[str, int] | None:
        """Return the file and line of a staged resource or declaration; None if it is not staged. Line 0 stands for a whole file."""
        query = (
            "SELECT file, line FROM resource WHERE path = :path UNION ALL SELECT file, line FROM departure WHERE path = :path "
            "UNION ALL SELECT file, line FROM broken WHERE path = :path"
        )
        found: tuple[str, int] | None = self._database.execute(query, {"path": path}).fetchone()
        return found

    def _is_broken(self, path: str) -> bool:
        """Return whether a resource has a file with a problem."""
        return self._database.execute("SELECT 1 FROM broken WHERE path = ?", (path,)).fetchone() is not None

    def _insert(self, path: str, content: bytes, file: str, line: int) -> None:
        self._database.execute("INSERT INTO resource VALUES (?, ?, ?, ?)", (path, content, file, line))
        self._insert_edges(path, json.loads(content))

    def _insert_broken(self, path: str, shaped: validation.Shaped | None, file: str, line: int, fields: str | None = None) -> None:
        """Stage a resource whose file has a problem: `fields` as they were written, None if nothing is known."""
        self._database.execute("INSERT OR IGNORE INTO broken VALUES (?, ?, ?, ?)", (path, fields, file, line))
        if shaped is not None:
            self._insert_edges(path, shaped.content)

    def _insert_edges(self, path: str, members: Json) -> None:
        found = [*validation.edges(path, members), *validation.claimed_edges(path, members)]
        edges = {(path.partition("/")[0], edge.source, edge.pattern, edge.target) for edge in found}
        self._database.executemany("INSERT INTO edge VALUES (?, ?, ?, ?)", sorted(edges))

    def _insert_departure(self, departed: Departed, file: str, line: int) -> None:
        self._database.execute("INSERT INTO departure VALUES (?, ?, ?, ?)", (departed.path, json.dumps(asdict(departed)), file, line))

    def _departed(self, path: str) -> Departed | None:
        row = self._database.execute("SELECT declared FROM departure WHERE path = ?", (path,)).fetchone()
        if row is None:
            return None
        members = json.loads(row[0])
        return Departed(**{**members, "still_named_by": tuple(members["still_named_by"])})

    def _resource(self, path: str) -> Json:
        row = self._database.execute("SELECT content FROM resource WHERE path = ?", (path,)).fetchone()
        if row is not None:
            found: Json = json.loads(row[0])
            return found
        broken = self._database.execute("SELECT fields FROM broken WHERE path = ?", (path,)).fetchone()
        if broken is None:
            return None
        if broken[0] is None:
            return nothing_of(resource_of(path.partition("/")[0]).model)
        return validation.examine(path, json.loads(broken[0]))[0].content


def _stands(content: Json) -> list[Json]:
    """Return the members of a case or a group that decide which rules the texts of the case must keep."""
    names = ("status", "outcome", "outcomes", "protected_group", "kind", "size")
    return [content.get(name) for name in names] if isinstance(content, Mapping) else []


def _located(breaches: Iterable[Breach], file: str, line: int) -> list[Problem]:
    """Return breaches as problems of a file. If `line` is 0, look up each breach's line in the file."""
    found = list(breaches)
    written = read_file(Path(file)) if found and not line else None
    return [
        Problem(
            file,
            written.line_of(breach.field) if isinstance(written, Written) else line,
            breach.field,
            breach.rule,
            breach.message,
            breach.warning,
        )
        for breach in found
    ]
