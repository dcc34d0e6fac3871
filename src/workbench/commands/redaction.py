"""redact: taking something out of the record everywhere, its past included."""

import getpass
import socket
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from record.current import HEAD_SECONDS
from record.store import Store
from record.writing.publishing import Publisher
from record.writing.redacting import is_begun
from schemas.v1 import validation
from schemas.v1.departures import DECLARATION
from workbench.commands.departures import SEED, Path_, Seed, Why, reason_of
from workbench.commands.targets import Endpoint, Local, OfStage, RecordPort, Table, store_of
from workbench.deploying.stages import deployed
from workbench.edge import EdgeNotPurged, purge
from workbench.redactions import AlreadyRedacted, CannotRedact, Plan, plan, still_held
from workbench.seedfiles import Written, read_file
from workbench.terminal import DEFAULT_PORT, MISUSED, Refused, err, out

# How long an instance may still answer from what it has kept, and such an answer be on its way to the edge.
SETTLE_SECONDS = HEAD_SECONDS + 8

Fields = Annotated[
    list[str], typer.Option("--field", help="What to take out, as a JSON Pointer; may stand several times.", show_default=False)
]

Distribution = Annotated[
    str,
    typer.Option(
        "--distribution",
        envvar="ARTICLE33_DISTRIBUTION",
        help="The CloudFront distribution to purge (default: that of the stage).",
        show_default=False,
    ),
]


def redact(
    path: Path_,
    field: Fields,
    reason: Why,
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
    seed: Seed = SEED,
    distribution: Distribution = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be rewritten, and write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
) -> None:
    """Take fields of a resource out of the record everywhere: every stored revision, its lists, its history. It can't be undone.

    Take them out of the resource's own file first. That it happened, when and why is published; what was there is not. Safe to
    repeat: a redaction that was broken off is finished by the next one, or by the next publish.
    """
    code = reason_of(reason)
    store = store_of(of_stage, table, endpoint, local, record_port)
    if of_stage and not (distribution or local):
        distribution = deployed(of_stage)[1].outputs["DistributionId"]
    publisher = Publisher(store, owner=f"{getpass.getuser()}@{socket.gethostname()}", clock=time.time)
    _finish(store, publisher, dry_run=dry_run)
    try:
        planned = plan(store, path, field, str(code))
    except AlreadyRedacted as done:
        out().print(f"{escape(str(done))}.", highlight=False)
        if not dry_run:  # what was taken out before may not have been purged
            _purge(store, distribution)
        return
    except CannotRedact as refused:
        raise Refused(str(refused)) from refused
    _show(path, planned)
    _check_source(seed, path, planned)
    if dry_run:
        out().print("A dry run: nothing was written.", highlight=False)
        return
    if not yes:
        _ask(path)
    release = publisher.redact(planned.redaction)
    out().print(
        f"Release {release.number} says so: {len(planned.rewritten)} revisions redacted. Digest {release.digest[:16]}.", highlight=False
    )
    _purge(store, distribution)
    out().print("Back-ups made before now still hold it: exports, and the table's point-in-time recovery.", highlight=False)


def _finish(store: Store, publisher: Publisher, *, dry_run: bool) -> None:
    """Finish what was begun before: until then, some of its revisions are rewritten and readers still keep what they held."""
    if not is_begun(store):
        return
    if dry_run:
        err().print("[yellow]A redaction was begun and has not ended[/]; the next one or the next publish ends it.", highlight=False)
    else:
        publisher.resume()
        out().print("A redaction that was broken off is finished.", highlight=False)


def _show(path: str, planned: Plan) -> None:
    for one in planned.rewritten:
        out().print(f"[red]{escape(path)}[/], revision {one.number} of release {one.release}:", highlight=False)
        for pointer, instead in sorted(one.replaced.items()):
            out().print(f"    {escape(pointer)} -> {'nothing' if instead is None else escape(str(instead))}", highlight=False)
    for other, generations in sorted(planned.redaction.generations.items()):
        out().print(f"[red]{escape(other)}[/]: {len(generations)} places in lists, and in their history, written anew", highlight=False)
        for name in planned.left.get(other, ()):
            out().print(f"    no longer in {escape(name)}", highlight=False)
    for held in planned.elsewhere:
        fields = " ".join(f"--field {pointer}" for pointer in held.fields)
        err().print(
            f"[yellow]also said by[/] {escape(held.path)}, revision {held.number}, and not redacted there by this: "
            f"article33 redact {escape(held.path)} {escape(fields)}",
            highlight=False,
        )


def _check_source(seed: Path, path: str, planned: Plan) -> None:
    file = seed / f"{path}.yaml"
    if not file.is_file():
        err().print(f"[yellow]There is no {escape(str(file))}[/]: see that no source of the record still holds it.", highlight=False)
        return
    read = read_file(file)
    if not isinstance(read, Written):
        raise Refused(f"{read.file}:{read.line}: {read.message}")
    if DECLARATION in read.fields:
        return
    shaped, breaches = validation.shape(path, read.fields)
    if shaped is None:
        places = "; ".join(f"{file}:{read.line_of(breach.field)}: {breach.field} {breach.message}" for breach in breaches)
        raise Refused(f"it can't be told whether the source still holds it: {places}")
    if held := still_held(shaped.content, planned):
        places = ", ".join(f"{at} (line {read.line_of(at)})" for at in held)
        raise Refused(f"{file} still holds it, and the next publish would bring it back: take out {places} first")


def _ask(path: str) -> None:
    if not sys.stdin.isatty():
        raise Refused("say --yes to redact without being asked, or --dry-run to see what it would do", MISUSED)
    if typer.prompt(f"This can't be undone. Type {path} to go on") != path:
        raise Refused("nothing was redacted")


def _purge(store: Store, distribution: str) -> None:
    if not distribution:
        err().print("[yellow]No edge was named[/] (--distribution): where there is one, purge it.", highlight=False)
        return
    store.wait(SETTLE_SECONDS)
    try:
        invalidation = purge(distribution, f"article33-{time.time_ns()}")
    except EdgeNotPurged as failure:
        raise Refused(f"{failure}; the record itself is redacted, so purge it by hand, at once") from failure
    out().print(f"The edge forgets what it kept: invalidation {invalidation}.", highlight=False)
