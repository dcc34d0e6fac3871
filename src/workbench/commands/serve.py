"""serve: the record on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.commands.releases import stage_sources
from workbench.commands.targets import Endpoint, target_of
from workbench.staging import Staging
from workbench.terminal import DEFAULT_PORT, MISUSED, Refused


# What this serves is always said: a stage or a table that the environment names for other commands is not taken for it.
def serve(
    sources: Annotated[
        list[Path] | None, typer.Argument(metavar="[SOURCE]...", help="Directories to serve (default: seed).", show_default=False)
    ] = None,
    port: Annotated[int, typer.Option("--port", envvar="PORT", help="The port on 127.0.0.1.", min=1, max=65534)] = DEFAULT_PORT,
    record_port: Annotated[
        int | None, typer.Option("--record-port", help="Where the embedded DynamoDB listens (default: the next port).", min=1, max=65535)
    ] = None,
    of_stage: Annotated[str, typer.Option("--stage", help="Serve the record of this deployment.", show_default=False)] = "",
    table: Annotated[str, typer.Option("--table", help="Serve the record that this table holds.", show_default=False)] = "",
    endpoint: Endpoint = None,
) -> None:
    """Serve a record on this machine by the real Lambda handler: sources, published into a DynamoDB beside it, or a table as it is."""
    from workbench.serving import embedded, server  # noqa: PLC0415 - brings granian along, which no other command needs

    try:
        if of_stage or table:
            if sources or record_port:
                raise Refused("a table is served as it is: name no source and no --record-port beside it", MISUSED)
            target = target_of(of_stage, table, endpoint, "or a source")
            target.store()
            server.serve_table(target, port)
        else:
            paths = sources or [Path("seed")]
            with Staging() as staging:
                stage_sources(staging, paths)
            server.serve_sources(paths, port, record_port)
    except server.PortInUse as taken:
        raise Refused(f"{taken}; choose another with PORT=... or --port", MISUSED) from taken
    except embedded.NotStarted as failed:
        raise Refused("the DynamoDB to serve from did not start; its own words stand above") from failed
