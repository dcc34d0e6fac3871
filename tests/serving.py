"""`article33 serve` as a process, for the tests that need a real server."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT

COMMAND = [sys.executable, "-c", "from workbench.cli import main; main()"]
READY_SECONDS = 60  # a bound for a test that hangs; readiness itself is reported, not asserted


def environment() -> dict[str, str]:
    """Return an environment without credentials, in which the project can be imported."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ARTICLE33_", "DYNAMODB_"))}
    return kept | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}", "NO_COLOR": "1"}


def reserve_port() -> int:
    """Return a port of the loopback that nobody else gets for a minute, and a server that sets SO_REUSEADDR can listen on.

    A connection whose server closes first stays in TIME_WAIT at the server's port. Until that ends, the system gives the port neither to
    a socket that binds to port 0 nor to a client. All servers that the tests start set SO_REUSEADDR.
    """
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        accepted, _ = server.accept()
        accepted.close()
        port: int = server.getsockname()[1]
        return port


@contextmanager
def serving(seed: Path, log: list[str] | None = None, **variables: str) -> Iterator[tuple[str, str, str]]:
    """Serve a seed; yield the URL, the port of its DynamoDB, and its announcement. It is ended by its process id.

    Its later output is added to `log`, and is complete when it has ended; `variables` are added to its environment.
    """
    port, record_port = reserve_port(), reserve_port()
    with started(["serve", str(seed), "--port", str(port), "--record-port", str(record_port)], log, **variables) as (_, announced):
        yield f"http://127.0.0.1:{port}", str(record_port), announced


@contextmanager
def started(arguments: list[str], log: list[str] | None = None, **variables: str) -> Iterator[tuple[int, str]]:
    """Run the command until it has announced itself; yield its process id and the announcement. Otherwise as `serving`."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, *arguments], env=environment() | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said: list[str] = [] if log is None else log
    listening: threading.Thread | None = None
    watchdog = threading.Timer(READY_SECONDS, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        announced = ""
        for line in process.stdout:
            announced += line
            if line.startswith("Ctrl-C"):
                break
        watchdog.cancel()
        assert "Try:" in announced, announced
        listening = threading.Thread(target=lambda: said.extend(process.stdout or ()))  # else a full pipe would block it
        listening.start()
        yield process.pid, announced
    finally:
        watchdog.cancel()
        process.terminate()
        process.wait(timeout=20)
        if listening is not None:
            listening.join()
        if process.stdout is not None:
            process.stdout.close()
