"""check, plan, publish and verify: from the record's source to a release, and back."""

import datetime
import getpass
import io
import itertools
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from record.errors import MissingDocuments
from record.model import ChangeKind, Release
from record.store import Store
from record.verifying.findings import Discrepancy, Redaction
from record.verifying.verification import verify as verified
from record.writing.comparing import Difference
from record.writing.publishing import Publisher
from record.writing.reviewing import note_due
from workbench.commands.targets import Endpoint, Local, OfStage, RecordPort, Table, store_of
from workbench.planning import ABSENT, Planned, planned_changes, published_contents
from workbench.seedfiles import Problem
from workbench.staging import Staging
from workbench.terminal import DEFAULT_PORT, MISUSED, Refused, err, out, visible

MOST_REPORTED = 100  # problems of a file; who sends one with more made it to flood whoever checks it

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE]...",
        help="Directories of YAML files, which together are the whole record (default: seed); or .ndjson files, or - for a stream on "
        "standard input, which are added to what is published.",
        show_default=False,
    ),
]


def check(sources: Sources = None) -> None:
    """Report every problem in the record's source at once: file, line, field and rule.

    Exits 1 where something can't be published. Warnings, such as an overdue review, refuse nothing.
    """
    with Staging() as staging:
        if any(source == "-" or Path(source).is_file() for source in sources or []):
            raise Refused("a stream is checked by `article33 publish`, against what is published; check takes directories", MISUSED)
        stage_sources(staging, _opened(sources))
        departed = f", and {staging.count_departed()} that went away" if staging.count_departed() else ""
        out().print(f"{len(staging)} resources{departed}, ready to publish.", highlight=False)


def plan(
    sources: Sources = None,
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
) -> None:
    """Show what a publish would change, field by field. Writes nothing.

    Exits 1 where a publish would be refused.
    """
    store = store_of(of_stage, table, endpoint, local, record_port)
    with Staging() as staging:
        _stage_all(staging, sources, store)
        seen: Counter[str] = Counter()
        for planned in planned_changes(store, staging):
            seen[str(planned.kind or planned.difference)] += 1
            _show(planned)
        out().print(_summary(seen), highlight=False)
        if seen[Difference.MISSING]:
            raise Refused(f"{seen[Difference.MISSING]} published resources have no file any more; nothing is ever dropped in silence")


def publish(
    sources: Sources = None,
    message: Annotated[str, typer.Option("--message", "-m", help="What the release is about; it is published with it.")] = "",
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
) -> None:
    """Publish the record's source as the next release, atomically. Where nothing changed there is no release, and that is no error."""
    store = store_of(of_stage, table, endpoint, local, record_port)
    with Staging() as staging:
        _stage_all(staging, sources, store)
        publisher = Publisher(store, owner=f"{getpass.getuser()}@{socket.gethostname()}", clock=time.time)
        try:
            release = _with_progress(lambda progress: publisher.publish(staging, message, progress))
        except MissingDocuments as missing:
            for path in missing.paths:
                err().print(f"[red]-[/] {escape(path)}: published, and has no file any more", highlight=False)
            raise Refused(
                f"{len(missing.paths)} published resources have no file any more; nothing is ever dropped in silence"
            ) from missing
        if release is None:
            out().print("Nothing changed; no release was made.", highlight=False)
        else:
            out().print(f"Release {release.number}: {_changes(release)}. Digest {release.digest[:16]}.", highlight=False)
        note_due(store, staging.due())


def verify(
    of_stage: OfStage = "", table: Table = "", endpoint: Endpoint = None, local: Local = False, record_port: RecordPort = DEFAULT_PORT + 1
) -> None:
    """Compute every digest of the record again, from the first release on, and say where a byte differs.

    Redactions are told as well: that there was one, when and why, and not of what. Exits 1 where a byte differs.
    """
    store = store_of(of_stage, table, endpoint, local, record_port)
    wrong = 0
    release: Release | None = None
    for found in verified(store):
        if isinstance(found, Discrepancy):
            wrong += 1
            where = f" {found.path}" if found.path else ""
            err().print(f"[red]release {found.release}[/]{escape(where)}: {escape(found.message)}", highlight=False)
        elif isinstance(found, Redaction):
            what = f"{found.path}, revision {found.number}: {found.reason} ({found.published_at})"
            out().print(f"release {found.release} redacted {escape(what)}", highlight=False)
        else:
            release = found
    if wrong:
        raise Refused(f"{wrong} parts of the record are not as they were published")
    if release is None:
        out().print("The record has no release yet.", highlight=False)
    else:
        out().print(f"{release.number} releases verified; the chain ends in {release.digest}.", highlight=False)


def today() -> datetime.date:
    """Return the day in UTC. Reviews are overdue, and events too young to publish, as of this day."""
    return datetime.datetime.now(datetime.UTC).date()


def stage_sources(staging: Staging, sources: Sequence[Path | TextIO]) -> None:
    """Stage and check sources; print the problems of each file, and raise Refused where one is more than a warning."""
    problems = staging.add(sources)
    problems += staging.check(today())
    in_order = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.field))
    for file, in_file in itertools.groupby(in_order, key=lambda problem: problem.file):
        found = list(in_file)
        for problem in found[:MOST_REPORTED]:
            _report(problem)
        if len(found) > MOST_REPORTED:
            err().print(f"[bold]{escape(visible(file))}[/] has {len(found) - MOST_REPORTED:,} problems more", highlight=False)
    errors = [problem for problem in problems if not problem.warning]
    if errors:
        files = len({problem.file for problem in errors})
        raise Refused(f"{len(errors)} problems in {files} files; nothing was published")
    if not len(staging) and not staging.count_departed():
        raise Refused("there are no resources in this source", MISUSED)


def _stage_all(staging: Staging, sources: list[str] | None, store: Store) -> None:
    """Stage sources for a publish: directories alone are the whole record, streams are added to what is published."""
    opened = _opened(sources)
    directories = [source for source in opened if isinstance(source, Path) and not source.is_file()]
    if directories and len(directories) < len(opened):
        raise Refused("a directory is the whole record and a stream is an addition to it; publish one, then the other", MISUSED)
    if not directories:
        staging.add_published(published_contents(store))
    stage_sources(staging, opened)


def _opened(sources: list[str] | None) -> list[Path | TextIO]:
    return [_standard_input() if source == "-" else Path(source) for source in sources or ["seed"]]


def _standard_input() -> TextIO:
    """Return standard input as a stream of UTF-8, whose bytes that are none are reported with their line."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    return sys.stdin


def _report(problem: Problem) -> None:
    colour, word = ("yellow", "warning: ") if problem.warning else ("red", "")
    file, field, message = (escape(visible(text)) for text in (problem.file, f" {problem.field}" if problem.field else "", problem.message))
    err().print(f"[bold]{file}:{problem.line}[/]:{field} [{colour}]{escape(f'[{problem.rule}]')}[/] {word}{message}", highlight=False)


_MARKS = {
    ChangeKind.CREATED: ("+", "green"),
    ChangeKind.RESTORED: ("+", "green"),
    ChangeKind.UPDATED: ("~", "yellow"),
    ChangeKind.WITHDRAWN: ("-", "red"),
    ChangeKind.RENAMED: (">", "cyan"),
    ChangeKind.MERGED: (">", "cyan"),
}


def _show(planned: Planned) -> None:
    mark, colour, note = "-", "red", " (published, and has no file any more)"
    if planned.kind is not None:
        mark, colour = _MARKS[planned.kind]
        where = f" to {planned.target}" if planned.target else ""
        note = f" {planned.kind}{where}: {planned.reason}" if planned.reason else ""
        note = f" {planned.kind}" if planned.kind is ChangeKind.RESTORED else note
    elif planned.difference is Difference.MOVED:
        mark, colour, note = "~", "cyan", " (its place in lists only)"
    out().print(f"[{colour}]{mark}[/] {escape(planned.path)}{escape(note)}", highlight=False)
    for change in planned.fields:
        out().print(
            f"    {escape(change.field)}: [red]{escape(_value(change.old))}[/] -> [green]{escape(_value(change.new))}[/]",
            highlight=False,
        )


def _value(value: object) -> str:
    text = "(nothing)" if value is ABSENT else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."


def _summary(seen: Counter[str]) -> str:
    parts = [f"{count} {what}" for what, count in sorted(seen.items()) if what != Difference.MISSING]
    return f"A publish would make a release with {', '.join(parts)}." if parts else "Nothing would change; no release would be made."


def _changes(release: Release) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in release.changes.items()) or "lists changed, no resource did"


def _with_progress(publish: Callable[[Callable[[int, int], None]], Release | None]) -> Release | None:
    columns = (TextColumn("Publishing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err(), transient=True, disable=not err().is_terminal) as progress:
        task = progress.add_task("publish", total=None)
        return publish(lambda done, total: progress.update(task, completed=done, total=total))
