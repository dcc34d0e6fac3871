"""What the tests in a browser share: the API served on the loopback, and a headless Chromium that can reach nothing else."""

import os
import threading
from collections.abc import Iterable, Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import World
from workbench.serving.events import StartResponse, application

# Nothing of this machine's network: no name but the loopback's resolves, and no proxy is asked.
ALONE = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--no-proxy-server"]


class Server(ThreadingMixIn, WSGIServer):
    """Gives every connection a thread: a browser opens some ahead of need, and one that says nothing must not hold up the others."""


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, *_: object) -> None:
        """Drop the line."""


@pytest.fixture(scope="module")
def url(seeded: World) -> Iterator[str]:
    """Where an instance over the seed is served: a free port of this machine."""
    answer = application(seeded.api().instance.resolve)
    lock = threading.Lock()

    def locked(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        with lock:  # an instance answers one request at a time, in Lambda too
            return answer(environ, start_response)

    with make_server("127.0.0.1", 0, locked, server_class=Server, handler_class=Quiet) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def browser(url: str) -> Iterator[Browser]:
    """The headless Chromium that CHROMIUM names. It asks for `url` because it ends, and its connections with it, before the server."""
    assert url
    executable = os.environ.get("CHROMIUM")
    if not executable:
        pytest.fail("CHROMIUM names no browser; tests/browser/run finds the machine's", pytrace=False)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=executable, args=ALONE) as browser:
        yield browser
