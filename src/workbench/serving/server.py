"""`article33 serve`: serves a published record with granian, from an embedded DynamoDB or any other table.

granian was the fastest of the measured servers (docs/decisions/0007). It has one worker with one thread, because an instance of a
Lambda function answers one request at a time.
"""

import json
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from workbench.serving import instance
from workbench.serving.embedded import embedded as run_embedded
from workbench.tables import Target
from workbench.terminal import DEFAULT_PORT, counted

ANNOUNCEMENT = """Article 33 serves {what} at {url}

Try:
  curl -s {url}/v1
  curl -s '{url}/v1/cases?include=events'
  curl -s '{url}/v1/events?sort=date&from=2015-10&to=2015-11'

{hint}Ctrl-C stops the server.
"""


class PortInUse(Exception):
    """The port can't be used; the message says which and why."""


def serve_sources(sources: Sequence[Path], port: int, record_port: int | None) -> None:
    """Serve sources that were checked before, until interrupted; raise PortInUse, or NotStarted if DynamoDB does not start."""
    of_record = record_port or port + 1
    for wanted in (port, of_record):
        _check_free(wanted)
    named = "" if of_record == DEFAULT_PORT + 1 else f" --record-port {of_record}"
    hint = f"To publish changes of the seed while this runs: {_command()} publish --local{named} -m MESSAGE\n"
    with run_embedded(sources, of_record) as (target, resources):
        _serve(target, port, counted(resources, "resource"), hint, embedded=True)


def serve_table(target: Target, port: int) -> None:
    """Serve the record in a table, until interrupted; raise PortInUse if the port can't be used."""
    _check_free(port)
    _serve(target, port, f"the table {target.table}", "", embedded=False)


def _serve(target: Target, port: int, what: str, hint: str, *, embedded: bool) -> None:
    announcement = ANNOUNCEMENT.format(what=what, url=f"http://127.0.0.1:{port}", hint=hint)
    target.name_in(os.environ)
    local = target.endpoint if target.is_local else None
    os.environ[instance.SETTINGS] = json.dumps({"port": port, "announcement": announcement, "local": local, "embedded": embedded})
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "WARNING")
    server = Granian(
        "workbench.serving.instance",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=1,
        loop=Loops.asyncio,
        websockets=False,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=_load)


def _load(_target: str) -> Any:
    return instance.load()


def _command() -> str:
    """Return the path or name to call this command again from the working directory."""
    called = Path(sys.argv[0])
    return str(called.relative_to(Path.cwd())) if called.is_relative_to(Path.cwd()) else called.name


def _check_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as taken:
            raise PortInUse(f"port {port} on 127.0.0.1 can't be used: {getattr(taken, 'strerror', None) or taken}") from taken
