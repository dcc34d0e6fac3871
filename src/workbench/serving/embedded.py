"""The embedded DynamoDB of `article33 serve`: moto in a process of its own, so that its memory and its load are not the server's.

`python -m workbench.serving.embedded PORT SOURCE...` creates the table, publishes the sources into it and listens on 127.0.0.1. Then it
prints the number of resources on one line. It ends when its standard input is closed.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from record.client import publishing_client
from record.store import Store
from record.writing.publishing import Publisher
from record.writing.reviewing import note_due
from workbench.staging import Staging
from workbench.tables import LOCAL_TABLE, Target, local, local_session, sign_in_locally
from workbench.templates import table_declaration

MESSAGE = "The seed of this checkout."  # of release 1


class NotStarted(Exception):
    """The embedded DynamoDB did not start. Its own messages are on standard error."""


@contextlib.contextmanager
def embedded(sources: Sequence[Path], port: int) -> Iterator[tuple[Target, int]]:
    """Run it with sources that were checked before; yield the table and the number of resources. Raises NotStarted."""
    command = [sys.executable, "-m", "workbench.serving.embedded", str(port), *map(str, sources)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - this module
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            said = process.stdout.readline().strip()
            if not said:
                raise NotStarted
            yield local(port), int(said)
        finally:
            process.stdin.close()


def main(port: int, sources: Sequence[Path]) -> None:
    """Publish the sources, then answer as DynamoDB until standard input is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles Ctrl-C and then closes standard input
    sign_in_locally(os.environ)  # moto refuses to start without credentials
    from moto import mock_aws  # noqa: PLC0415 - the parent process needs no moto

    from workbench.serving.quick_moto import quicken_moto  # noqa: PLC0415 - likewise

    quicken_moto()
    with mock_aws():
        client = publishing_client(local_session())
        client.create_table(TableName=LOCAL_TABLE, **table_declaration())
        with Staging() as staging:
            staging.add(list(sources))
            store = Store(client, LOCAL_TABLE)
            Publisher(store, owner="serve", clock=time.time).publish(staging, MESSAGE)
            note_due(store, staging.due())
            resources = len(staging)
        server = _server(port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        local(port).store()  # the first call takes a second, which is longer than the handler waits for a response
        sys.stdout.write(f"{resources}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()


def _server(port: int) -> BaseWSGIServer:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415 - as above

    backend: Any = DomainDispatcherApplication(create_backend_app)
    one_at_a_time = threading.Lock()  # moto is not thread-safe

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with one_at_a_time:
            answered: Iterable[bytes] = backend(environ, start_response)
            return answered

    return make_server("127.0.0.1", port, answer, threaded=True, request_handler=_Handler)


class _Handler(WSGIRequestHandler):
    """werkzeug's request handler, with keep-alive, without Nagle's algorithm and without a log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Log nothing."""


if __name__ == "__main__":
    main(int(sys.argv[1]), [Path(source) for source in sys.argv[2:]])
