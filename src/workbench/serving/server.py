"""`article33 serve`: check what is to be served, then let granian serve it.

granian was the fastest of the servers measured under this front (docs/decisions); one worker with one thread, because an
instance of a function answers one request at a time.
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

ANNOUNCEMENT = """Article 33 serves {{resources}} resources at {url}

Try:
  curl -s {url}/v1
  curl -s '{url}/v1/cases?include=events'
  curl -s '{url}/v1/events?sort=date&from=2015-10&to=2015-11'

To publish a change of the seed while this runs: {command} publish --local{port_hint}
Ctrl-C ends it.
"""


class PortInUse(Exception):
    """Another program listens on the port; the message names it."""


def serve(sources: Sequence[Path], port: int, record_port: int) -> None:
    """Serve sources that were checked before, until interrupted; raise PortInUse where a port is taken."""
    for wanted in (port, record_port):
        _check_free(wanted)
    hint = "" if record_port == default_record_port(8033) else f" --record-port {record_port}"
    os.environ[instance.SETTINGS] = json.dumps(
        {
            "sources": [str(source) for source in sources],
            "port": port,
            "record_port": record_port,
            "announcement": ANNOUNCEMENT.format(url=f"http://127.0.0.1:{port}", command=_command(), port_hint=hint),
        }
    )
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


def default_record_port(port: int) -> int:
    """Return the port on which the embedded DynamoDB listens beside this one."""
    return port + 1


def _load(_target: str) -> Any:
    return instance.load()


def _command() -> str:
    """Return how this command was called, as it would be called again from here."""
    called = Path(sys.argv[0])
    return str(called.relative_to(Path.cwd())) if called.is_relative_to(Path.cwd()) else called.name


def _check_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as taken:
            raise PortInUse(f"port {port} on 127.0.0.1 can't be used: {getattr(taken, 'strerror', None) or taken}") from taken
