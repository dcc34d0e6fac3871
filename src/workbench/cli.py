"""The command `article33`: what a maintainer does with the record, and with the contract that the API publishes."""

import datetime
import getpass
import io
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from record.comparing import Difference
from record.errors import MissingDocuments, RecordProblem
from record.model import Release
from record.publishing import PUBLISHED, Publisher
from record.store import Store
from record.verifying import Discrepancy, verify
from workbench import contractfiles
from workbench.planning import ABSENT, Planned, plan, published_contents
from workbench.seedfiles import Problem
from workbench.staging import Staging
from workbench.tables import LOCAL_TABLE, NoTable, Target

app = typer.Typer(
    name="article33",
    help="Edit, check and publish the record of refoulement cases, and serve it on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
contract_app = typer.Typer(help="The published contract in schemas/published/, generated from the registry.", no_args_is_help=True)
app.add_typer(contract_app, name="contract")

REFUSED, MISUSED = 1, 2
DEFAULT_PORT = 8033

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE]...",
        help="Directories of YAML files, which together are the whole record (default: seed); or .ndjson files, or - for a stream on "
        "standard input, which are added to what is published.",
        show_default=False,
    ),
]
Table = Annotated[str, typer.Option("--table", envvar="ARTICLE33_TABLE", help="The table that holds the record.", show_default=False)]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", envvar="DYNAMODB_ENDPOINT", help="Another DynamoDB than Amazon's, as a URL.", show_default=False)
]
Local = Annotated[bool, typer.Option("--local", help="The record of the `article33 serve` that runs on this machine.")]
RecordPort = Annotated[int, typer.Option("--record-port", help="Where that serve's DynamoDB listens, with --local.", min=1, max=65535)]


class Refused(Exception):
    """The command can't be done; the message says why in one line, the code is the exit code."""

    def __init__(self, message: str, code: int = REFUSED) -> None:
        """Say why."""
        super().__init__(message)
        self.code = code


@app.command()
def check(sources: Sources = None) -> None:
    """Report every problem in the record's source at once: file, line, field and rule.

    Exits 1 where something can't be published. Warnings, such as an overdue review, refuse nothing.
    """
    with Staging() as staging:
        if any(source == "-" or Path(source).is_file() for source in sources or []):
            raise Refused("a stream is checked by `article33 publish`, against what is published; check takes directories", MISUSED)
        _stage(staging, _opened(sources))
        _out().print(f"{len(staging)} resources, ready to publish.", highlight=False)


@app.command(name="plan")
def plan_command(
    sources: Sources = None,
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
) -> None:
    """Show what a publish would change, field by field. Writes nothing.

    Exits 1 where a publish would be refused.
    """
    store = _store(table, endpoint, local, record_port)
    with Staging() as staging:
        _stage_all(staging, sources, store)
        seen: Counter[Difference] = Counter()
        for planned in plan(store, staging):
            seen[planned.difference] += 1
            _show(planned)
        _out().print(_summary(seen), highlight=False)
        if seen[Difference.MISSING]:
            raise Refused(f"{seen[Difference.MISSING]} published resources have no file any more; nothing is ever dropped in silence")


@app.command()
def publish(
    sources: Sources = None,
    message: Annotated[str, typer.Option("--message", "-m", help="What the release is about; it is published with it.")] = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
) -> None:
    """Publish the record's source as the next release, atomically. Where nothing changed there is no release, and that is no error."""
    store = _store(table, endpoint, local, record_port)
    with Staging() as staging:
        _stage_all(staging, sources, store)
        publisher = Publisher(store, owner=f"{getpass.getuser()}@{socket.gethostname()}", clock=time.time)
        try:
            release = _with_progress(lambda progress: publisher.publish(staging, message, progress))
        except MissingDocuments as missing:
            for path in missing.paths:
                _err().print(f"[red]-[/] {escape(path)}: published, and has no file any more", highlight=False)
            raise Refused(
                f"{len(missing.paths)} published resources have no file any more; nothing is ever dropped in silence"
            ) from missing
        if release is None:
            _out().print("Nothing changed; no release was made.", highlight=False)
        else:
            _out().print(f"Release {release.number}: {_changes(release)}. Digest {release.digest[:16]}.", highlight=False)


@app.command(name="verify")
def verify_command(table: Table = "", endpoint: Endpoint = None, local: Local = False, record_port: RecordPort = DEFAULT_PORT + 1) -> None:
    """Compute every digest of the record again, from the first release on, and say where a byte differs.

    Exits 1 where one does.
    """
    store = _store(table, endpoint, local, record_port)
    wrong = 0
    release: Release | None = None
    for found in verify(store):
        if isinstance(found, Discrepancy):
            wrong += 1
            where = f" {found.path}" if found.path else ""
            _err().print(f"[red]release {found.release}[/]{escape(where)}: {escape(found.message)}", highlight=False)
        else:
            release = found
    if wrong:
        raise Refused(f"{wrong} parts of the record are not as they were published")
    if release is None:
        _out().print("The record has no release yet.", highlight=False)
    else:
        _out().print(f"{release.number} releases verified; the chain ends in {release.digest}.", highlight=False)


@app.command()
def serve(
    sources: Annotated[
        list[Path] | None, typer.Argument(metavar="[SOURCE]...", help="Directories to serve (default: seed).", show_default=False)
    ] = None,
    port: Annotated[int, typer.Option("--port", envvar="PORT", help="The port on 127.0.0.1.", min=1, max=65534)] = DEFAULT_PORT,
    record_port: Annotated[
        int | None, typer.Option("--record-port", help="Where the embedded DynamoDB listens (default: the next port).", min=1, max=65535)
    ] = None,
) -> None:
    """Serve a record on this machine: DynamoDB in process, the source published into it, and the real Lambda handler."""
    from workbench.serving import server  # noqa: PLC0415 - brings granian along, which no other command needs

    paths = sources or [Path("seed")]
    with Staging() as staging:
        _stage(staging, paths)
    try:
        server.serve(paths, port, record_port or server.default_record_port(port))
    except server.PortInUse as taken:
        raise Refused(f"{taken}; choose another with PORT=... or --port", MISUSED) from taken


@contract_app.command(name="render")
def contract_render() -> None:
    """Write the published contract anew from the registry."""
    for name in contractfiles.render():
        _out().print(name, highlight=False)


@contract_app.command(name="check")
def contract_check() -> None:
    """Say which documents of the published contract are stale. Exits 1 where one is."""
    stale = contractfiles.stale()
    if stale:
        raise Refused(f"stale: {', '.join(stale)}; run `article33 contract render` and commit the result")
    _out().print("The published contract is as the registry says.", highlight=False)


def main() -> None:
    """Run the command; a refusal is one line on standard error and an exit code, never a traceback."""
    try:
        app()
    except (Refused, NoTable, RecordProblem) as refused:
        _err().print(f"[bold red]article33:[/] {escape(str(refused))}", highlight=False)
        sys.exit(refused.code if isinstance(refused, Refused) else REFUSED)
    except KeyboardInterrupt:
        _err().print("[bold red]article33:[/] interrupted", highlight=False)
        sys.exit(130)


def _stage(staging: Staging, sources: Sequence[Path | TextIO]) -> None:
    """Stage and check sources; print every problem, and raise Refused where one is more than a warning."""
    problems = staging.add(sources)
    problems += staging.check(datetime.datetime.now(datetime.UTC).date())
    for problem in sorted(problems, key=lambda problem: (problem.file, problem.line, problem.field)):
        _report(problem)
    errors = [problem for problem in problems if not problem.warning]
    if errors:
        files = len({problem.file for problem in errors})
        raise Refused(f"{len(errors)} problems in {files} files; nothing was published")
    if not len(staging):
        raise Refused("there are no resources in this source", MISUSED)


def _stage_all(staging: Staging, sources: list[str] | None, store: Store) -> None:
    """Stage sources for a publish: directories alone are the whole record, streams are added to what is published."""
    opened = _opened(sources)
    directories = [source for source in opened if isinstance(source, Path) and not source.is_file()]
    if directories and len(directories) < len(opened):
        raise Refused("a directory is the whole record and a stream is an addition to it; publish one, then the other", MISUSED)
    if not directories:
        staging.add_published(published_contents(store))
    _stage(staging, opened)


def _opened(sources: list[str] | None) -> list[Path | TextIO]:
    return [_standard_input() if source == "-" else Path(source) for source in sources or ["seed"]]


def _standard_input() -> TextIO:
    """Return standard input as a stream of UTF-8, whose bytes that are none are reported with their line."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    return sys.stdin


def _store(table: str, endpoint: str | None, local: bool, record_port: int) -> Store:
    if local:
        return Target(LOCAL_TABLE, f"http://127.0.0.1:{record_port}").store()
    if not table:
        raise Refused("name the table with --table or ARTICLE33_TABLE, or say --local", MISUSED)
    return Target(table, endpoint).store()


def _report(problem: Problem) -> None:
    colour, word = ("yellow", "warning: ") if problem.warning else ("red", "")
    where = f"[bold]{escape(problem.file)}:{problem.line}[/]:{escape(f' {problem.field}') if problem.field else ''}"
    _err().print(f"{where} [{colour}]{escape(f'[{problem.rule}]')}[/] {word}{escape(problem.message)}", highlight=False)


def _show(planned: Planned) -> None:
    mark, colour, note = {
        Difference.CREATED: ("+", "green", ""),
        Difference.UPDATED: ("~", "yellow", ""),
        Difference.MOVED: ("~", "cyan", " (its place in lists only)"),
        Difference.MISSING: ("-", "red", " (published, and has no file any more)"),
    }[planned.difference]
    _out().print(f"[{colour}]{mark}[/] {escape(planned.path)}{note}", highlight=False)
    for change in planned.fields:
        _out().print(
            f"    {escape(change.field)}: [red]{escape(_value(change.old))}[/] -> [green]{escape(_value(change.new))}[/]",
            highlight=False,
        )


def _value(value: object) -> str:
    text = "(nothing)" if value is ABSENT else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."


def _summary(seen: Counter[Difference]) -> str:
    parts = [f"{seen[difference]} {difference}" for difference in PUBLISHED if seen[difference]]
    return (
        f"A publish would make a release with {', '.join(sorted(parts))}." if parts else "Nothing would change; no release would be made."
    )


def _changes(release: Release) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in release.changes.items()) or "lists changed, no resource did"


def _with_progress(publish: Callable[[Callable[[int, int], None]], Release | None]) -> Release | None:
    columns = (TextColumn("Publishing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err(), transient=True, disable=not _err().is_terminal) as progress:
        task = progress.add_task("publish", total=None)
        return publish(lambda done, total: progress.update(task, completed=done, total=total))


def _out() -> Console:
    return Console(file=sys.stdout, soft_wrap=True)


def _err() -> Console:
    return Console(file=sys.stderr, soft_wrap=True)
