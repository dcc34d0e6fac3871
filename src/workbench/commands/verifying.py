"""verify: comparing the whole record with what was published, and with digests that somebody kept."""

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from record.verifying.findings import Discrepancy, OtherRules, Redaction
from record.verifying.verification import verify as verified
from workbench.commands.targets import Endpoint, Local, OfStage, RecordPort, Table, store_of
from workbench.kept import Comparison, Kept, WrongLine, line_of, read_kept
from workbench.placing import IndexRules
from workbench.terminal import DEFAULT_PORT, MISUSED, Refused, counted, err, out, visible

if TYPE_CHECKING:
    from record.model import Release


def verify(
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
    kept: Annotated[
        str,
        typer.Option(
            "--kept",
            metavar="FILE",
            help="Digests that somebody kept, one line for each release: `release 12 DIGEST`. The record must still have all of them. "
            "- is standard input.",
            show_default=False,
        ),
    ] = "",
    empty: Annotated[
        bool, typer.Option("--empty", help="Expect a record without a release. Without this option, that is an error.")
    ] = False,
) -> None:
    """Compute every digest and the whole index of the record again, from the first release on, and report each difference.

    Also lists the redactions: when and why, but not what was removed. Exits 1 if anything differs.

    The last line names the last release and its digest. If you keep it in another place, --kept finds out later whether somebody removed
    the newest releases or rewrote the whole history. Without a kept digest, nobody can see that.
    """
    if kept and empty:
        raise Refused("--kept and --empty contradict each other: a record without a release has no kept digest", MISUSED)
    expected = _read(kept) if kept else []
    comparison = Comparison(expected)
    store = store_of(of_stage, table, endpoint, local, record_port)
    wrong = 0
    release: Release | None = None
    for found in verified(store, IndexRules()):
        if isinstance(found, Discrepancy):
            wrong += 1
            where = f" {found.path}" if found.path else ""
            err().print(f"[red]release {found.release}[/]{escape(where)}: {escape(found.message)}", highlight=False)
        elif isinstance(found, Redaction):
            which = "its message" if found.number is None else f"revision {found.number}"
            what = f"{found.path}, {which}: {found.reason} ({found.published_at})"
            out().print(f"release {found.release} redacted {escape(what)}", highlight=False)
        elif isinstance(found, OtherRules) and found.rules > found.ours:
            wrong += 1  # no later version may exist: then somebody has made up the number, so that nothing is derived
            err().print(f"[red]release {found.first}[/]: {escape(_unknown_rules(found))}", highlight=False)
        elif isinstance(found, OtherRules):
            out().print(escape(_other_rules(found)), highlight=False)
        else:
            release = found
            comparison.note(found)
    contradictions = comparison.contradictions()
    for contradiction in contradictions:
        err().print(f"[red]kept digest[/]: {contradiction}", highlight=False)
    _refuse(wrong, len(contradictions))
    if release is None:
        if not empty:
            raise Refused("the record has no release, so there is nothing to verify; if that is what you expect, add --empty")
        out().print("The record has no release.", highlight=False)
        return
    if empty:
        raise Refused(f"--empty expects a record without a release, but it has {counted(release.number, 'release')}")
    if expected:
        out().print(f"The record extends what was kept: {counted(len(expected), 'digest')} found in it.", highlight=False)
    out().print(
        f"{counted(release.number, 'release')} verified. Keep the next line in another place, for `article33 verify --kept FILE`:",
        highlight=False,
    )
    out().print(line_of(release), highlight=False)


def _refuse(wrong: int, contradictions: int) -> None:
    """Raise Refused if there are differences or contradicted digests."""
    found = [f"{counted(wrong, 'difference')} between the record and what was published"] if wrong else []
    if contradictions:
        found.append(f"{counted(contradictions, 'kept digest')} not found in the record")
    if found:
        raise Refused("; ".join(found))


def _read(kept: str) -> Sequence[Kept]:
    """Return the kept digests of a file; print each wrong line and raise Refused if there are any, or no digest."""
    try:
        if kept == "-":
            if isinstance(sys.stdin, io.TextIOWrapper):
                sys.stdin.reconfigure(encoding="utf-8", errors="replace")
            said = list(read_kept(sys.stdin))
        else:
            with Path(kept).open(encoding="utf-8", errors="replace") as file:
                said = list(read_kept(file))
    except OSError as failure:
        raise Refused(f"{kept}: {failure.strerror or failure}", MISUSED) from failure
    name = "standard input" if kept == "-" else kept
    wrong = [line for line in said if isinstance(line, WrongLine)]
    for line in wrong:
        message = f"{line.text!r} is not a release and its digest, such as: release 12 {'0' * 64}"
        err().print(f"[bold]{escape(visible(name))}:{line.number}[/]: {escape(message)}", highlight=False)
    if wrong:
        raise Refused(f"{counted(len(wrong), 'line')} of {visible(name)} can't be read; nothing was verified", MISUSED)
    digests = [line for line in said if isinstance(line, Kept)]
    if not digests:
        raise Refused(f"{visible(name)} has no digest to compare with; nothing was verified", MISUSED)
    return digests


def _unknown_rules(found: OtherRules) -> str:
    """Return that this version does not know the rules of some releases, and what to do."""
    return (
        f"the index was made by the rules {found.rules}, but this version has only the rules up to {found.ours}. So it was not compared "
        "with the documents. Run verify from the newest version"
    )


def _other_rules(found: OtherRules) -> str:
    """Return which releases could not be compared with their documents, why, and what to do."""
    which = f"release {found.first}" if found.first == found.last else f"releases {found.first} to {found.last}"
    return (
        f"{which}: the index was made by the rules {found.rules}, and this version has the rules {found.ours}. So it was not compared with "
        f"the documents. To compare it, run verify from a version with the rules {found.rules}, such as the release's own source commit."
    )
