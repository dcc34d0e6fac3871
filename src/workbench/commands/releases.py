"""check and publish: from source files to a release."""

import datetime
import io
import itertools
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from record.errors import MissingDocuments, RecordMoved
from record.model import Origin, Release
from record.store import Store
from record.writing.removals import HoldsRemoved
from record.writing.reviewing import note_due
from schemas.indexing import INDEX_RULES
from workbench.commands.guarding import Over, guard_of, refused
from workbench.commands.leases import First, TakeOver, Wait, check_first, patience_of
from workbench.commands.starting import FromRelease, directories_of, found_start
from workbench.commands.targets import Endpoint, Local, OfStage, RecordPort, Table, publisher_of, store_of
from workbench.hiding import Hiding
from workbench.messages import check_message, message_of
from workbench.planning import current, lookalikes, missing_files, new_ids, published_contents, put_back, unfiled
from workbench.reviewing.lines import NEW_IDS, renaming
from workbench.reviewing.review import Review
from workbench.reviewing.text import show_undone
from workbench.seedfiles import Problem
from workbench.staging import Staging
from workbench.starting import Start
from workbench.terminal import DEFAULT_PORT, MISUSED, Refused, counted, err, out, visible
from workbench.withheld import addresses_of

MOST_REPORTED = 100  # problems of a file; a file with more was probably made to flood the terminal

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        help="Directories of YAML files that together are the whole record (default: seed). Or .ndjson files, or - for standard input: "
        "their resources are added to the published record.",
        show_default=False,
    ),
]
Directories = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE", help="Directories of YAML files that together are the whole record (default: seed).", show_default=False
    ),
]


def check(
    sources: Directories = None,
    reviewed: Annotated[bool, typer.Option("--reviewed", help="Also list the findings that reviewers judged harmless.")] = False,
) -> None:
    """Check the source files and report all problems: file, line, field and rule.

    Exits 1 if the files can't be published. Warnings, such as an overdue review, don't prevent a publish.
    """
    with Staging() as staging:
        if any(source == "-" or Path(source).is_file() for source in sources or []):
            raise Refused("check takes directories only; `article33 publish` checks a stream, against the published record", MISUSED)
        opened = _opened(sources)
        try:
            stage_sources(staging, opened)
        finally:
            if reviewed:
                _list_reviewed(staging)
        departed = f" and {counted(staging.count_departed(), 'tombstone')}" if staging.count_departed() else ""
        out().print(f"{counted(len(staging), 'resource')}{departed}, ready to publish.", highlight=False)


def publish(
    sources: Sources = None,
    message: Annotated[
        str | None,
        typer.Option(
            "--message",
            "-m",
            help="What this release changes, in one line of at most 500 characters. Required. It is public, like the record itself.",
            show_default=False,
        ),
    ] = None,
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether the new ids may become public.")] = False,
    over_redaction: Over = None,
    from_release: FromRelease = None,
    first: First = False,
    wait: Wait = 0,
    take_over: TakeOver = False,
) -> None:
    """Publish the source files as the next release, atomically. If nothing changed, it creates no release and exits 0.

    First it lists the ids that become public, and on a terminal asks for confirmation. An id is permanent: it can be redacted later, but
    that rewrites every release that has it, and nobody's links to it work any more.

    What a redaction removed is refused, in any field, id or message, unless --over-redaction names the field. A git checkout that does
    not contain the commit of the current release is refused, unless --from-release says from which release it started.
    """
    said = message_of(message, today())  # before anything is read, and before the lease is taken
    store = store_of(of_stage, table, endpoint, local, record_port)
    check_first(store, first=first)
    patience = patience_of(store, wait, take_over)
    with Staging() as staging:
        onto = _number(store)  # before anything is staged: a stream is added to this release
        try:
            stage_all(staging, sources, store)
        except InvalidSource as invalid:
            if missing := unfiled(store, staging, directories_of(sources)):
                raise Refused(f"{invalid}. {_missing(store, staging, missing)}") from invalid
            raise
        check_message(said, staging)
        start = _checked_start(store, sources, staging, over_redaction, from_release, is_checked=not local)
        if _show_new_ids(store, staging) and not yes and sys.stdin.isatty() and "-" not in (sources or []):
            _ask()
        publisher = publisher_of(store, patience)
        guard = guard_of(store, over_redaction, staging)
        try:
            for last in (False, False, True):
                origin = Origin(start.source, INDEX_RULES)
                try:
                    release = _with_progress(partial(publisher.publish, staging, said, guard=guard, origin=origin, onto=onto))
                    break
                except RecordMoved:
                    # The other release can be one that the checkout contains, for example if this command waited for it.
                    onto = _number(store)
                    start = _checked_start(store, sources, staging, over_redaction, from_release, is_checked=not local)
                    if last or not start.is_proved:
                        raise
        except HoldsRemoved as held:
            raise refused(staging, held.found) from held
        except MissingDocuments as missing:
            raise Refused(_missing(store, staging, missing.paths)) from missing
        if release is None:
            out().print("Nothing changed, so no release was created.", highlight=False)
        else:
            out().print(f"Release {release.number}: {_changes(release)}. Digest {release.digest[:16]}.", highlight=False)
            if start.checkout:
                out().print(f"Published from commit {start.checkout.commit}.", highlight=False)
            for warning in start.warnings:
                err().print(f"[yellow]warning:[/] {escape(warning)}", highlight=False)
        note_due(store, staging.due())


def today() -> datetime.date:
    """Return the day in UTC. Reviews are overdue, and events too young to publish, as of this day."""
    return datetime.datetime.now(datetime.UTC).date()


def stage_sources(staging: Staging, sources: Sequence[Path | TextIO], store: Store | None = None) -> None:
    """Stage and check sources and print the problems of each file; raise Refused if there are errors, not only warnings.

    With the store of the record, the addresses that suppressed sources had in earlier revisions are refused everywhere.
    """
    problems = staging.add(sources)
    if store is not None:
        staging.withhold(addresses_of(store, staging.suppressed()))
    refuse([*problems, *staging.check(today())])
    if not len(staging) and not staging.count_departed():
        raise Refused("the source has no resources", MISUSED)


class InvalidSource(Refused):
    """The source has errors. `problems` has all of them, and the warnings."""

    def __init__(self, message: str, problems: Sequence[Problem]) -> None:
        """Keep them."""
        super().__init__(message)
        self.problems = tuple(problems)


def refuse(problems: Sequence[Problem]) -> None:
    """Print the problems of each file; raise InvalidSource if there are errors, not only warnings."""
    in_order = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.field))
    for file, in_file in itertools.groupby(in_order, key=lambda problem: problem.file):
        found = list(in_file)
        for problem in found[:MOST_REPORTED]:
            _report(problem)
        if len(found) > MOST_REPORTED:
            more = counted(len(found) - MOST_REPORTED, "more problem")
            err().print(f"[bold]{escape(visible(file))}[/] has {more}", highlight=False)
    errors = [problem for problem in problems if not problem.warning]
    if errors:
        files = len({problem.file for problem in errors})
        raise InvalidSource(f"{counted(len(errors), 'problem')} in {counted(files, 'file')}; nothing was published", in_order)


def _show_new_ids(store: Store, staging: Staging) -> int:
    """Print the ids that a publish would make public, at most MOST_REPORTED; return how many there are.

    Raises Refused if an id that was never published is declared withdrawn, renamed or merged.
    """
    new, problems = new_ids(store, staging)
    if new:
        err().print(NEW_IDS, highlight=False)
    for path in new[:MOST_REPORTED]:
        err().print(f"[green]+[/] {escape(path)}", highlight=False)
    if len(new) > MOST_REPORTED:
        err().print(f"and {counted(len(new) - MOST_REPORTED, 'more id')}; `article33 plan` lists all of them", highlight=False)
    refuse(problems)
    return len(new)


def _number(store: Store) -> int:
    """Return the number of the current release."""
    _, release = current(store)
    return release.number if release else 0


def _checked_start(
    store: Store,
    sources: list[str] | None,
    staging: Staging,
    over_redaction: list[str] | None,
    from_release: int | None,
    *,
    is_checked: bool,
) -> Start:
    """Return where the staged sources started from; raise Refused, and print what they would undo, if they are out of date."""
    _, release = current(store)
    start = found_start(store, release, sources, staging, from_release, is_checked=is_checked)
    if start.refusal:
        back = list(put_back(store, staging, guard_of(store, over_redaction, staging)))
        start = found_start(store, release, sources, staging, from_release, is_checked=is_checked, hiding=Hiding(back))
        show_undone(Review(base=start.base, undone=start.undone), err())
        raise Refused(f"{start.refusal}{f'; {refused(staging, back)}' if back else '. Nothing was published'}")
    return start


def _missing(store: Store, staging: Staging, paths: Sequence[str]) -> str:
    """Print the published resources that have no source file; return why that prevents a publish."""
    renamed = lookalikes(store, staging, paths)
    for path in paths:
        err().print(f"[red]-[/] {escape(path)}: published, but has no source file", highlight=False)
        if path in renamed:
            err().print(f"    {renaming(path, renamed[path])}", highlight=False, markup=False)
    return missing_files(len(paths))


def _ask() -> None:
    if not typer.confirm("May these ids become public?", err=True):
        raise Refused("nothing was published")


def stage_all(staging: Staging, sources: list[str] | None, store: Store) -> None:
    """Stage sources for a publish: directories are the whole record, streams are added to the published record."""
    opened = _opened(sources)
    directories = [source for source in opened if isinstance(source, Path) and not source.is_file()]
    if directories and len(directories) < len(opened):
        raise Refused("a directory is the whole record and a stream only adds to it: publish one after the other", MISUSED)
    if not directories:
        staging.add_published(published_contents(store))
    stage_sources(staging, opened, store)


def _opened(sources: list[str] | None) -> list[Path | TextIO]:
    return [_standard_input() if source == "-" else Path(source) for source in sources or ["seed"]]


def _standard_input() -> TextIO:
    """Return standard input as a stream of UTF-8. Invalid bytes are kept, so that they can be reported with their line."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    return sys.stdin


def _report(problem: Problem) -> None:
    colour, word = ("yellow", "warning: ") if problem.warning else ("red", "")
    file, field, message = (escape(visible(text)) for text in (problem.file, f" {problem.field}" if problem.field else "", problem.message))
    err().print(f"[bold]{file}:{problem.line}[/]:{field} [{colour}]{escape(f'[{problem.rule}]')}[/] {word}{message}", highlight=False)


def _changes(release: Release) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in release.changes.items()) or "only positions in lists changed"


def _list_reviewed(staging: Staging) -> None:
    found = list(staging.reviewed())
    for file, _, entry in found:
        what = f"{entry.rule} {entry.field}: {entry.text!r}. {entry.reason} ({entry.role}, {entry.on})"
        out().print(f"[bold]{escape(visible(file))}[/] {escape(visible(what))}", highlight=False)
    out().print(f"{counted(len(found), 'finding')} judged harmless.", highlight=False)


def _with_progress(publish: Callable[..., Release | None]) -> Release | None:
    columns = (TextColumn("Publishing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err(), transient=True, disable=not err().is_terminal) as progress:
        task = progress.add_task("publish", total=None)
        return publish(on_progress=lambda done, total: progress.update(task, completed=done, total=total))
