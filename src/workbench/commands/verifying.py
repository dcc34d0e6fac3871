"""verify: comparing the whole record with what was published."""

from typing import TYPE_CHECKING

from rich.markup import escape

from record.verifying.findings import Discrepancy, Redaction
from record.verifying.verification import verify as verified
from workbench.commands.targets import Endpoint, Local, OfStage, RecordPort, Table, store_of
from workbench.terminal import DEFAULT_PORT, Refused, counted, err, out

if TYPE_CHECKING:
    from record.model import Release


def verify(
    of_stage: OfStage = "", table: Table = "", endpoint: Endpoint = None, local: Local = False, record_port: RecordPort = DEFAULT_PORT + 1
) -> None:
    """Compute every digest of the record again, from the first release on, and report each difference.

    Also lists the redactions: when and why, but not what was removed. Exits 1 if anything differs.
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
            which = "its message" if found.number is None else f"revision {found.number}"
            what = f"{found.path}, {which}: {found.reason} ({found.published_at})"
            out().print(f"release {found.release} redacted {escape(what)}", highlight=False)
        else:
            release = found
    if wrong:
        raise Refused(f"{counted(wrong, 'difference')} between the record and what was published")
    if release is None:
        out().print("The record has no release yet.", highlight=False)
    else:
        out().print(f"{counted(release.number, 'release')} verified; the digest chain ends in {release.digest}.", highlight=False)
