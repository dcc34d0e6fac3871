"""serve: serve a record on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.commands.releases import stage_sources
from workbench.commands.targets import Endpoint, OfEnvironment, target_of
from workbench.staging import Staging
from workbench.terminal import DEFAULT_PORT, MISUSED, Refused, visible


# --stage and --table have no environment variables here: those are meant for other commands.
def serve(
    sources: Annotated[
        list[Path] | None, typer.Argument(metavar="SOURCE", help="Directories of YAML files to serve (default: seed).", show_default=False)
    ] = None,
    port: Annotated[int, typer.Option("--port", envvar="PORT", help="The port on 127.0.0.1.", min=1, max=65534)] = DEFAULT_PORT,
    record_port: Annotated[
        int | None, typer.Option("--record-port", help="The port of the embedded DynamoDB (default: the next port).", min=1, max=65535)
    ] = None,
    of_stage: Annotated[str, typer.Option("--stage", help="Serve the record of this deployed stage.", show_default=False)] = "",
    table: Annotated[str, typer.Option("--table", help="Serve the record in this DynamoDB table.", show_default=False)] = "",
    endpoint: Endpoint = None,
) -> None:
    """Serve a record on this machine with the real Lambda handler.

    Serves directories from an embedded DynamoDB, or with --stage or --table an existing table.
    """
    from workbench.serving import embedded, server  # noqa: PLC0415 - imports granian, which no other command needs

    try:
        if of_stage or table:
            if sources or record_port:
                raise Refused("--stage and --table serve a table as it is: leave out the sources and --record-port", MISUSED)
            target = target_of(of_stage, table, endpoint, "or a source directory")
            target.store()
            server.serve_table(target, port)
        else:
            if endpoint and not isinstance(endpoint, OfEnvironment):
                raise Refused(f"--endpoint {visible(endpoint)} needs the --table to serve: leave it out to serve source files", MISUSED)
            paths = sources or [Path("seed")]
            with Staging() as staging:
                stage_sources(staging, paths)
            server.serve_sources(paths, port, record_port)
    except server.PortInUse as taken:
        raise Refused(f"{taken}; choose another with PORT=... or --port", MISUSED) from taken
    except embedded.NotStarted as failed:
        raise Refused("the embedded DynamoDB did not start; its error messages are above") from failed
