"""serve: the record on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.commands.releases import stage_sources
from workbench.staging import Staging
from workbench.terminal import DEFAULT_PORT, MISUSED, Refused


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
        stage_sources(staging, paths)
    try:
        server.serve(paths, port, record_port or server.default_record_port(port))
    except server.PortInUse as taken:
        raise Refused(f"{taken}; choose another with PORT=... or --port", MISUSED) from taken
