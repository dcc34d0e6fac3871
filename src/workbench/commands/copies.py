"""export and restore: the whole record, history included, as files, and back into an empty table."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from record.copying import copies
from record.reading import Reader
from workbench.commands.releases import verify
from workbench.commands.targets import Endpoint, Local, OfStage, RecordPort, Table, store_of
from workbench.terminal import DEFAULT_PORT, Refused, out


def export(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where to: a directory that is new or empty.", show_default=False)],
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
) -> None:
    """Write the whole record, history included, as NDJSON with checksums. Reads only, and stands in no publisher's way.

    Exits 1 where somebody publishes meanwhile; nothing is left of the export then.
    """
    store = store_of(of_stage, table, endpoint, local, record_port)
    with _files(to):
        manifest = copies.export(store, to, clock=time.time)
    out().print(
        f"Exported {manifest.release} releases: {manifest.items:,} items in {len(manifest.files)} files, {manifest.bytes:,} bytes. "
        f"The chain ends in {manifest.digest}.",
        highlight=False,
    )


def restore(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A directory that `export` wrote.", show_default=False)],
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
) -> None:
    """Fill an empty table from an export, and verify what came of it. Broken off, it goes on where it is run again.

    Every checksum is looked at before anything is written. Exits 1 where the table does not verify, or ends in another digest.
    """
    store = store_of(of_stage, table, endpoint, local, record_port)
    with _files(directory):
        manifest = copies.restore(store, directory)
    out().print(
        f"Restored {manifest.release} releases: {manifest.items:,} items of {len(manifest.files)} files, exported {manifest.exported_at}.",
        highlight=False,
    )
    verify(of_stage=of_stage, table=table, endpoint=endpoint, local=local, record_port=record_port)
    reader = Reader(store)
    last = reader.release(reader.head().release)
    if last is None or last.digest != manifest.digest:
        raise Refused(f"the chain ends in {last.digest if last else 'nothing'}, and the backup's in {manifest.digest}")
    out().print("That is where the backup's chain ends.", highlight=False)


@contextmanager
def _files(directory: Path) -> Iterator[None]:
    """Refuse in one line what the file system refuses; some of its errors, as that of a full disk, name no file."""
    try:
        yield
    except OSError as failure:
        raise Refused(f"{failure.filename or directory}: {failure.strerror or failure}") from failure
