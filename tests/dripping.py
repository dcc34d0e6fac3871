"""A DynamoDB whose responses arrive byte by byte, so that no time-out of a socket ends them."""

import gzip
import http.client
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import NamedTuple

CODINGS = ("", "chunked", "gzip")
_LONG = b'{"Item":{' + b" " * 4_000 + b"}}"  # minutes, at any of the tests' rates


class Manner(NamedTuple):
    """How a response arrives: everything before a part of it at once, and the rest one byte every so many seconds."""

    part: str  # status, headers, body, or nothing, not even a status
    seconds: float = 0.3
    coding: str = ""


@dataclass
class Dripper:
    """Responds in a manner, or as the DynamoDB behind it (host:port) does."""

    url: str
    upstream: str | None
    manner: Manner | None = None
    passing: int = 0  # how many requests are answered at once before the others are not
    ended: threading.Event = field(default_factory=threading.Event)

    def drip(self, manner: Manner, after: int = 0) -> None:
        """Respond in this manner to all requests but the next few."""
        self.manner, self.passing = manner, after
        self.ended.clear()

    def stop(self) -> None:
        """Respond at once again. The responses that have not ended are cut off."""
        self.manner = None
        self.ended.set()

    def respond(self, request: bytes, written: BufferedIOBase) -> bool:
        """Respond to a request; return whether the connection stays open."""
        manner = self.manner
        if manner is not None and self.passing:
            self.passing -= 1
            manner = None
        body, coding = self._body(request), manner.coding if manner else ""
        if coding == "gzip":
            body = gzip.compress(body, 0)
        fields = ["HTTP/1.1 200 OK", "Content-Type: application/x-amz-json-1.0"]
        if coding == "chunked":
            fields.append("Transfer-Encoding: chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        else:
            fields += [f"Content-Length: {len(body)}", *(["Content-Encoding: gzip"] if coding else [])]
        parts = {"status": fields[0].encode() + b"\r\n", "headers": "\r\n".join([*fields[1:], "", ""]).encode(), "body": body}
        slow = manner is not None and manner.part == "nothing"
        for name, content in parts.items():
            slow = slow or (manner is not None and manner.part == name)
            if not slow or manner is None:
                written.write(content)
                continue
            for at in range(len(content)):
                if self.ended.wait(600.0 if manner.part == "nothing" else manner.seconds):
                    return False
                written.write(content[at : at + 1])
        return True

    def _body(self, request: bytes) -> bytes:
        if self.upstream is None:
            return _LONG
        head, _, content = request.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        connection = http.client.HTTPConnection(self.upstream, timeout=30)
        try:
            connection.request("POST", "/", content, headers)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def dripping(upstream: str | None = None) -> Iterator[Dripper]:
    """Run a dripper in threads, on a free port of the loopback."""

    class Handler(socketserver.StreamRequestHandler):
        wbufsize = 0
        disable_nagle_algorithm = True

        def handle(self) -> None:
            try:
                while request := _request(self.rfile):
                    if not dripper.respond(request, self.wfile):
                        return
            except (OSError, http.client.HTTPException):
                return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        dripper = Dripper(f"http://127.0.0.1:{server.server_address[1]}", upstream)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield dripper
        finally:
            dripper.stop()
            server.shutdown()


def _request(read: BufferedIOBase) -> bytes:
    """Return a request, or nothing at the end of the connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = read.readline(65_536)
        if not line:
            return b""
        head += line
        if line.startswith(b"\x16"):  # TLS: what follows is no HTTP request
            return head
    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + read.read(length)
