"""export and restore: the whole record with its history, to files and back into an empty table."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from record.copying import copies
from record.copying.claims import Restorer
from record.reading import Reader
from record.writing.owners import this_process
from workbench.commands.leases import TakeOver, Wait, patience_of
from workbench.commands.targets import Endpoint, Local, OfStage, RecordPort, Table, store_of
from workbench.commands.verifying import verify
from workbench.terminal import DEFAULT_PORT, Refused, counted, out


def export(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The directory to write: new or empty.", show_default=False)],
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
) -> None:
    """Export the whole record with its history, as NDJSON files with checksums. Does not block a publish.

    If somebody publishes during the export, it exits 1 and removes its files.
    """
    store = store_of(of_stage, table, endpoint, local, record_port)
    with _files(to):
        manifest = copies.export(store, to, clock=time.time)
    out().print(
        f"Exported {counted(manifest.release, 'release')}: {counted(manifest.items, 'item')} in {counted(len(manifest.files), 'file')}, "
        f"{counted(manifest.bytes, 'byte')}. "
        f"The digest chain ends in {manifest.digest}.",
        highlight=False,
    )


def restore(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A directory that `export` wrote.", show_default=False)],
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
    wait: Wait = 0,
    take_over: TakeOver = False,
) -> None:
    """Fill an empty table from an export, then verify it. If interrupted, run it again to continue.

    It checks every checksum before it writes anything. Exits 1 if the table does not verify or its digest differs from the export's.
    """
    store = store_of(of_stage, table, endpoint, local, record_port, half_restored=True)
    restorer = Restorer(this_process(), time.time, patience_of(store, wait, take_over))
    with _files(directory):
        manifest = copies.restore(store, directory, restorer)
    out().print(
        f"Restored {counted(manifest.release, 'release')}: {counted(manifest.items, 'item')} from {counted(len(manifest.files), 'file')}, "
        f"exported {manifest.exported_at}.",
        highlight=False,
    )
    verify(of_stage=of_stage, table=table, endpoint=endpoint, local=local, record_port=record_port)
    reader = Reader(store)
    last = reader.release(reader.head().release)
    if last is None or last.digest != manifest.digest:
        raise Refused(f"the digest chain ends in {last.digest if last else 'nothing'}, but the export's ends in {manifest.digest}")
    out().print("The digest matches the export's.", highlight=False)


@contextmanager
def _files(directory: Path) -> Iterator[None]:
    """Turn an OSError into Refused. Some errors, such as that of a full disk, name no file."""
    try:
        yield
    except OSError as failure:
        raise Refused(f"{failure.filename or directory}: {failure.strerror or failure}") from failure
