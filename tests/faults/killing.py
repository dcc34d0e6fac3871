"""A process that works on the record, and a proxy in front of DynamoDB that kills it (SIGKILL) at one of its requests."""

import http.client
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from boto3.session import Session

from record.client import publishing_client
from record.copying.claims import Restorer
from record.copying.copies import export, restore
from record.store import Store
from record.writing.owners import this_process
from record.writing.publishing import Publisher
from tests.conftest import ENDPOINT, REGION
from tests.record.copied import small_pages

NEVER = 1_000_000
# A server that has imported everything once, and forks a process for each piece of work.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


def work(endpoint: str, table: str, act: str, argument: Any) -> None:
    """Publish documents, redact, export into a directory or restore it: in a process of its own, with the real clock."""
    client = publishing_client(Session("testing", "testing"), endpoint_url=endpoint, region_name=REGION)
    store = Store(client, table, sleep=lambda _: None)
    publisher = Publisher(store, owner=this_process(), clock=time.time)
    if act == "publish":
        publisher.publish(argument, "a release")
    elif act == "redact":
        publisher.redact(argument)
    elif act == "restore":
        restore(store, Path(argument), Restorer(this_process(), time.time), batch=5)
    else:
        with small_pages(store, 10):
            export(store, Path(argument), clock=time.time)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a process that was killed resets its connections."""


class Killer:
    """A proxy that counts requests, and kills a process at one of them: before DynamoDB gets it, or after it has answered."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.seen = 0
        self._at, self._after = NEVER, False
        self._victim: BaseProcess | None = None

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def run(self, table: str, act: str, argument: Any, at: int = NEVER, *, after: bool = False, meanwhile: Callable[[], object]) -> bool:
        """Do a piece of work, and kill it at its n-th request. Call `meanwhile` while it runs. Return whether it was killed."""
        self.seen, self._at, self._after = 0, at, after
        process = PROCESSES.Process(target=work, args=(self.url, table, act, argument))
        self._victim = process
        process.start()
        try:
            while process.is_alive():
                meanwhile()
        finally:
            if process.is_alive():  # `meanwhile` failed
                process.kill()
            process.join()
        assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
        return process.exitcode != 0

    def forward(self, ask: Callable[[], None], answer: Callable[[], None]) -> None:
        """Count a request, ask DynamoDB and answer, unless the process is killed before or after DynamoDB got the request."""
        self.seen += 1
        if self.seen < self._at:
            ask()
            answer()
            return
        if self.seen == self._at and self._after:
            ask()
        assert self._victim is not None
        assert self._victim.pid is not None
        os.kill(self._victim.pid, signal.SIGKILL)


def _handler(killer: Killer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Forwards requests to DynamoDB on a connection that is kept."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            """Connect to DynamoDB."""
            super().setup()
            assert ENDPOINT is not None
            self._upstream = http.client.HTTPConnection(urlsplit(ENDPOINT).netloc)

        def finish(self) -> None:
            """Disconnect."""
            self._upstream.close()
            super().finish()

        def do_POST(self) -> None:
            """Answer a request, unless the process that sent it is killed."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.close_connection = True  # unless it is answered
            killer.forward(lambda: self._ask(body), self._answer)

        def _ask(self, body: bytes) -> None:
            self._upstream.request("POST", self.path, body, dict(self.headers.items()))
            self._response = self._upstream.getresponse()
            self._content = self._response.read()

        def _answer(self) -> None:
            answer, content = self._response, self._content
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "keep-alive", "transfer-encoding", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = False

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    return Handler


@contextmanager
def a_killer() -> Iterator[Killer]:
    """Yield a proxy, and close it."""
    killer = Killer()
    try:
        yield killer
    finally:
        killer.close()
