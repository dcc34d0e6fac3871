"""redact: remove content from the whole record, past releases included."""

import itertools
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from record.current import HEAD_SECONDS
from record.store import Store
from record.writing.leasing import IMPATIENT
from record.writing.publishing import Publisher
from record.writing.redacting import is_begun, replaced_ids
from schemas.v1 import validation
from schemas.v1.departures import DECLARATION
from workbench.commands.departures import SEED, Why, reason_of
from workbench.commands.id_redaction import ID, change_source, prepare_id
from workbench.commands.leases import TakeOver, Wait, patience_of
from workbench.commands.message_redaction import message_path, names_release, prepare_message
from workbench.commands.prepared import Prepared
from workbench.commands.targets import (
    Endpoint,
    Local,
    OfStage,
    RecordPort,
    Table,
    distribution_of,
    publisher_of,
    stage_in_use,
    store_of,
    with_origin,
)
from workbench.deploying.stages import deployed
from workbench.edge import EdgeNotPurged, purge
from workbench.redactions import AlreadyRedacted, Asked, CannotRedact, Plan, plan, still_held
from workbench.seedfiles import Written, read_file
from workbench.terminal import DEFAULT_PORT, MISUSED, Refused, counted, err, out

# How long an instance may still answer from its cache, plus the time for such a response to reach CloudFront.
SETTLE_SECONDS = HEAD_SECONDS + 8

Fields = Annotated[
    list[str] | None,
    typer.Option("--field", help="A field to remove, as a JSON Pointer; /id replaces the id. Can be repeated.", show_default=False),
]
Words = Annotated[
    list[str] | None,
    typer.Option(
        "--words",
        help="Words to remove from every text of the resource; the rest of the text stays. Case, blanks and punctuation make no "
        "difference. Can be repeated.",
        show_default=False,
    ),
]
Revisions = Annotated[
    list[int] | None,
    typer.Option("--revision", help="Rewrite only the revision with this number. Can be repeated.", min=1, show_default=False),
]
Message = Annotated[
    int | None, typer.Option("--message", help="Remove the message of the release with this number.", min=1, show_default=False)
]
What = Annotated[str, typer.Argument(metavar="PATH", help="The resource, such as events/a-slug, or releases/3.", show_default=False)]

Distribution = Annotated[
    str,
    typer.Option(
        "--distribution",
        envvar="ARTICLE33_DISTRIBUTION",
        help="The CloudFront distribution to invalidate (default: the stage's).",
        show_default=False,
        callback=with_origin,
    ),
]


def redact(
    reason: Why,
    path: What = "",
    field: Fields = None,
    words: Words = None,
    revision: Revisions = None,
    message: Message = None,
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
    seed: Annotated[Path, typer.Option("--seed", help="The directory of source files to check.")] = SEED,
    distribution: Distribution = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be rewritten. Writes nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask for confirmation.")] = False,
    wait: Wait = 0,
    take_over: TakeOver = False,
) -> None:
    """Remove fields of a resource, or words, from the whole record: every stored revision, list and history. Can't be undone.

    The record will say when and why something was redacted, but not what. Remove it from the source files too.

    Safe to repeat: the next redaction or publish completes an interrupted redaction.
    """
    code = reason_of(reason)
    path = message_path(path, message)
    distribution = distribution_of(distribution, of_stage, local=local)
    store = store_of(of_stage, table, endpoint, local, record_port)
    stage = stage_in_use(of_stage, table, local=local)
    if stage and not distribution:
        distribution = deployed(stage)[1].outputs["DistributionId"]
    publisher = publisher_of(store, IMPATIENT if dry_run else patience_of(store, wait, take_over, yes=yes))
    _finish(store, publisher, seed, dry_run=dry_run)
    try:
        prepared = _prepare(store, path, Asked(field or (), words or (), revision or ()), str(code), seed)
    except AlreadyRedacted as done:
        out().print(f"{escape(str(done))}.", highlight=False)
        if not dry_run:  # CloudFront may still cache what an interrupted redaction removed
            _purge(store, distribution)
        return
    except CannotRedact as refused:
        raise Refused(str(refused)) from refused
    if dry_run:
        out().print("Dry run: nothing was written.", highlight=False)
        return
    if not yes:
        _ask(path)

    def noted() -> None:
        say_noted()
        prepared.on_noted()

    release = publisher.redact(prepared.redaction, noted)
    out().print(f"Release {release.number}: {escape(prepared.summary)}. Digest {release.digest[:16]}.", highlight=False)
    _purge(store, distribution)
    out().print("Older backups still contain it: exports, and the table's point-in-time recovery.", highlight=False)


def _prepare(store: Store, path: str, asked: Asked, reason: str, seed: Path) -> Prepared:
    """Plan a redaction and show it. Raises CannotRedact or AlreadyRedacted."""
    if names_release(path):
        return prepare_message(store, path, asked, reason)
    if ID in asked.fields:
        return prepare_id(store, path, asked, reason, seed)
    planned = plan(store, path, asked, reason)
    _show(path, planned)
    _show_elsewhere(planned, () if asked.fields else asked.words)
    _check_source(seed, path, planned)
    return Prepared(planned.redaction, f"{counted(len(planned.rewritten), 'revision')} rewritten")


def _finish(store: Store, publisher: Publisher, seed: Path, *, dry_run: bool) -> None:
    """Complete an interrupted redaction: some of its revisions are rewritten, but readers may still cache the old ones."""
    if not is_begun(store):
        return
    if dry_run:
        err().print(
            "[yellow]A redaction is in progress, or was interrupted[/]. If so, the next redaction or publish completes it.", highlight=False
        )
    else:
        replaced = replaced_ids(store)
        publisher.resume()
        out().print("Completed an interrupted redaction.", highlight=False)
        for old, new in replaced:
            change_source(seed, old, new)


def _show(path: str, planned: Plan) -> None:
    for one in planned.rewritten:
        out().print(f"[red]{escape(path)}[/], revision {one.number} of release {one.release}, will be rewritten:", highlight=False)
        for pointer, instead in sorted(one.replaced.items()):
            out().print(f"    {escape(pointer)} -> {'nothing' if instead is None else escape(str(instead))}", highlight=False)
    for other, generations in sorted(planned.redaction.generations.items()):
        periods = counted(len(generations), "period")
        out().print(f"[red]{escape(other)}[/]: list entries will be rewritten, for {periods} of their history", highlight=False)
        for name in planned.left.get(other, ()):
            out().print(f"    will no longer be in {escape(name)}", highlight=False)


def _show_elsewhere(planned: Plan, words: Sequence[str]) -> None:
    """Name what else says the same, each with the command that redacts it: these words, or if there are none, the fields."""
    reason = f"--reason {planned.redaction.reason}"
    by_words = " ".join(f"--words {shlex.quote(one)}" for one in words)
    for path, found in itertools.groupby(planned.elsewhere, key=lambda held: held.path):
        revisions = list(found)
        pointers = sorted({pointer for one in revisions for pointer in one.fields})
        fields = by_words or " ".join(f"--field {shlex.quote(pointer)}" for pointer in pointers)
        numbers = ", ".join(str(one.number) for one in revisions)
        which = f"revision {numbers}" if len(revisions) == 1 else f"revisions {numbers}"
        only = "".join(f" --revision {one.number}" for one in revisions)
        _say_also(f"{path}, {which}", f"{path} {fields}{only} {reason}")
    for number in planned.messages:
        _say_also(f"the message of release {number}", f"--message {number} {reason}")
    for path in planned.ids:
        _say_also(f"the id {path}", f"{path} --field /id {reason}")


def _say_also(what: str, arguments: str) -> None:
    err().print(
        f"[yellow]also in[/] {escape(what)}, which stays as it is. To redact it too: article33 redact {escape(arguments)}",
        highlight=False,
        soft_wrap=True,
    )


def _check_source(seed: Path, path: str, planned: Plan) -> None:
    """Name the lines of the resource's file that still contain it. They don't prevent the redaction: a publish would refuse them."""
    file = seed / f"{path}.yaml"
    if not file.is_file():
        err().print(f"[yellow]There is no {escape(str(file))}[/]: make sure that no other source file still contains it.", highlight=False)
        return
    read = read_file(file)
    if not isinstance(read, Written):
        _warn_of_source(f"{read.file}:{read.line}: {read.message}. It could not be checked whether the file still contains it")
        return
    if DECLARATION in read.fields:
        return
    shaped, breaches = validation.shape(path, read.fields)
    for breach in breaches if shaped is None else ():
        where = f"{file}:{read.line_of(breach.field)}: {breach.field} {breach.message}"
        _warn_of_source(f"{where}. It could not be checked whether the file still contains it")
    for at in still_held(shaped.content, planned) if shaped else ():
        _warn_of_source(f"{file}:{read.line_of(at)}: {at} still contains it. Edit it after the redaction: until then, publish refuses it")


def _warn_of_source(message: str) -> None:
    err().print(f"[yellow]warning:[/] {escape(message)}.", highlight=False, soft_wrap=True)


def say_noted() -> None:
    """Say that the redaction is stored, so that it will be finished even if it is interrupted."""
    out().print("Noted. Nothing is rewritten yet; if this is interrupted from now on, run it again or publish.", highlight=False)


def _ask(path: str) -> None:
    if not sys.stdin.isatty():
        raise Refused(
            "there is no terminal to ask for confirmation: pass --yes to go on without it, or --dry-run to show what would change", MISUSED
        )
    if typer.prompt(f"This can't be undone. Type {path} to continue") != path:
        raise Refused("nothing was redacted")


def _purge(store: Store, distribution: str) -> None:
    if not distribution:
        err().print(
            "[yellow]No CloudFront distribution was given[/] (--distribution). If there is one, invalidate its cache.", highlight=False
        )
        return
    store.wait(SETTLE_SECONDS)
    try:
        invalidation = purge(distribution, f"article33-{time.time_ns()}")
    except EdgeNotPurged as failure:
        raise Refused(
            f"{failure}. The record is redacted, but CloudFront may still serve the old content: invalidate its cache by hand now"
        ) from failure
    out().print(f"CloudFront's cache is being cleared: invalidation {invalidation}.", highlight=False)
