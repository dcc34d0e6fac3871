"""Throughput over HTTP on one machine: `article33 serve` and Datasette serve the same records; wrk requests them on the loopback interface.

Datasette serves an immutable file with precomputed counts, as its documentation recommends. Its rows have the same JSON as text, so it
need not parse it, and are requested in its shortest form, without counting or suggesting facets.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.documents import stream
from bench.engine import KEPT, ROOT
from bench.loading import staged

DATASETTE = ROOT / ".venv-bench-datasette" / "bin" / "datasette"
SECONDS = 3
RESOURCES = 1_000
CONNECTIONS = (1, 32)
ONE, PAGE = "one resource", "a page of 20"


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests per second, and the bytes of one response body."""

    a_second: float
    bytes: int


def has_tools() -> bool:
    """Return True if wrk and Datasette are installed."""
    return shutil.which("wrk") is not None and DATASETTE.exists()


def measure() -> dict[str, dict[tuple[str, int], Rate]]:
    """Return the rates of both servers, by kind of request and number of connections."""
    folder = KEPT / "throughput"
    folder.mkdir(parents=True, exist_ok=True)
    with _ours(folder) as url:
        ours = _rates({ONE: f"{url}/v1/events/event-00003-07", PAGE: f"{url}/v1/events?limit=20"})
    with _datasette(folder) as url:
        short = "_shape=array&_nocount=1&_nofacet=1&_nosuggest=1"
        theirs = _rates(
            {ONE: f"{url}/records/events/event-00003-07.json?_shape=array", PAGE: f"{url}/records/events.json?_size=20&_sort=date&{short}"}
        )
    return {"Article 33": ours, "Datasette": theirs}


def _rates(targets: Mapping[str, str]) -> dict[tuple[str, int], Rate]:
    found = {}
    for name, url in targets.items():
        with urllib.request.urlopen(url) as answer:
            size = len(answer.read())
        for connections in CONNECTIONS:
            command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{SECONDS}s", url]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            assert "Non-2xx" not in said, said
            rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
            assert rate is not None, said
            found[name, connections] = Rate(float(rate[1]), size)
    return found


@contextlib.contextmanager
def _ours(folder: Path) -> Iterator[str]:
    records = folder / "records.ndjson"
    records.write_text(stream(RESOURCES).getvalue(), encoding="utf-8")
    port, record_port = _free_port(), _free_port()
    command = [
        str(Path(sys.executable).with_name("article33")),
        "serve",
        str(records),
        "--port",
        str(port),
        "--record-port",
        str(record_port),
    ]
    with _running(command, f"http://127.0.0.1:{port}", "/v1/health") as url:
        yield url


@contextlib.contextmanager
def _datasette(folder: Path) -> Iterator[str]:
    file = folder / "records.db"
    file.unlink(missing_ok=True)
    with staged(RESOURCES) as staging, contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE events (id TEXT PRIMARY KEY, date TEXT, body TEXT NOT NULL)")
        for document in staging:
            if document.collection == "events":
                day = json.loads(document.content)["date"]["earliest"]
                database.execute("INSERT INTO events VALUES (?, ?, ?)", (document.path.partition("/")[2], day, document.content.decode()))
        database.execute("CREATE INDEX events_by_date ON events (date)")
        database.commit()
    counts = folder / "counts.json"
    counts.write_bytes(subprocess.run([str(DATASETTE), "inspect", str(file)], check=True, capture_output=True).stdout)
    port = _free_port()
    command = [
        str(DATASETTE),
        "serve",
        "-i",
        str(file),
        "--inspect-file",
        str(counts),
        "--port",
        str(port),
        "--setting",
        "suggest_facets",
        "0",
    ]
    with _running(command, f"http://127.0.0.1:{port}", "/-/versions.json") as url:
        yield url


@contextlib.contextmanager
def _running(command: list[str], url: str, ready: str) -> Iterator[str]:
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "NO_PROXY": "127.0.0.1"}
    ) as process:
        try:
            for _ in range(600):
                if process.poll() is not None:
                    raise RuntimeError(f"{command[0]} ended with {process.returncode}")
                with contextlib.suppress(urllib.error.URLError, ConnectionError):
                    urllib.request.urlopen(f"{url}{ready}").close()
                    break
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
