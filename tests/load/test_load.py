"""32 connections send all kinds of requests to `article33 serve` while releases are published: every five seconds, or as fast as possible.

`make load` runs it for ten minutes, on dynalite if Node is installed, because moto gets slower with each release. At the end it prints
requests per second, the 99th percentile, and the growth of the server's memory. DynamoDB is another process in either case.
"""

import hashlib
import http.client
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from boto3.session import Session

from record.client import publishing_client
from record.reading import CACHE_BYTES
from tests.conftest import SEED
from tests.serving import COMMAND, environment, reserve_port, started
from workbench.tables import LOCAL_REGION
from workbench.templates import table_declaration

SECONDS = float(os.environ.get("ARTICLE33_LOAD_SECONDS", "12"))
CONNECTIONS = 32
CONDITIONAL = 0.3  # of the requests
EVERY = 5.0  # seconds between releases
GROWTH = 1.5 * CACHE_BYTES  # the cache of an instance, and Python's overhead for it
LAST_SEEN = 60.0  # seconds within which the last release must be in a response: an instance checks for it every two
EMBEDDED = b"workbench.serving.embedded"
MARK = "release-mark"  # is in the events, with the number of the release that publishes it
TARGETS = (
    *("/", "/v1", "/v1/health", "/v1/events", "/v1/events?limit=3&sort=-date", "/v1/events?country=VN&from=2015-10&fields=name"),
    *("/v1/cases?include=events,actors", "/v1/cases/nine-north-koreans-viet-nam-2015/events?limit=100", "/v1/events/stopped-in-viet-nam"),
    *("/v1/actors?limit=100", "/v1/actors?limit=100&fields=name", "/v1/actors/viet-nam?release=1", "/v1/actors/viet-nam/revisions"),
    *(
        "/v1/statements?format=csv",
        "/v1/releases",
        "/v1/changes?since=0&limit=100",
        "/v1/problems/withdrawn",
        "/v1/events?limit=100&release=1",
    ),
)
REFUSED = {"/v1/events?bogus=1": 400, "/v1/nothing": 404, "/v1/actors/nobody": 404, "/V1/Events/": 308}


@dataclass
class Seen:
    """What the connections observed."""

    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    releases: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def marked(seed: Path, number: int) -> None:
    """Write the number of the next release into the events."""
    for file in seed.glob("events/*.yaml"):
        text = file.read_text(encoding="utf-8")
        if "field: /name/en" in text:  # a claim says the same
            continue
        clean = re.sub(rf" {MARK}-\d+", "", text)
        file.write_text(re.sub(r"(?m)^(name:\n  en: [^\n]*[^\n'\"])(['\"]?)$", rf"\1 {MARK}-{number}\2", clean, count=1), encoding="utf-8")


def resident(pid: int) -> int:
    """Return the resident memory, in bytes, of a server and its worker, without the DynamoDB process that it started."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "status").read_text(encoding="utf-8")
            command = (process / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        numbers = dict(re.findall(r"(?m)^(Pid|PPid|VmRSS):\s+(\d+)", text))
        if str(pid) in (numbers.get("Pid"), numbers.get("PPid")) and EMBEDDED not in command:
            found += int(numbers.get("VmRSS", 0)) * 1024
    return found


def mixed(body: str, release: int) -> bool:
    """Return whether a response contains something of another release than its own."""
    return any(int(number) != release for number in re.findall(rf"{MARK}-(\d+)", body))


def connection(url: str, number: int, ended: threading.Event, seen: Seen) -> None:
    """Send requests on one connection until the end, some of them conditional, and record every fault."""
    chosen = random.Random(number)
    client = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=30)
    tags: dict[str, str] = {}
    while not ended.is_set():
        target = chosen.choice((*TARGETS * 4, *REFUSED))
        tag = tags.get(target) if chosen.random() < CONDITIONAL else None
        began = time.monotonic()
        try:
            client.request("GET", target, headers={"If-None-Match": tag} if tag else {})
            answer = client.getresponse()
            body = answer.read().decode()
        except (OSError, http.client.HTTPException) as failed:
            with seen.lock:
                seen.wrong.append(f"{target}: {failed!r}")
            return
        took = time.monotonic() - began
        problem = judged(target, answer.status, dict(answer.getheaders()), body, tag, seen)
        if answer.status == 200:
            tags[target] = answer.getheader("ETag") or ""
        with seen.lock:
            seen.statuses[answer.status] += 1
            seen.took.append(took)
            if problem:
                seen.wrong.append(f"{target}: {problem}")
    client.close()


def judged(target: str, status: int, headers: dict[str, str], body: str, tag: str | None, seen: Seen) -> str:
    """Return what is wrong with a response; empty if it is right."""
    expected = REFUSED.get(target, 200)
    if status == 304:
        return "" if tag and not body and {name.lower() for name in headers} >= {"etag", "vary"} else "a 304 that nobody asked for"
    if status != expected:
        return f"{status} {body[:300]}"
    if status == 200:
        tags = {name.lower(): value for name, value in headers.items()}
        if tags["etag"] != f'"{hashlib.sha256(body.encode()).hexdigest()}"':
            return "the tag is not of these bytes"
        if "json" in tags["content-type"]:
            return _of_one_release(target, json.loads(body), body, seen)
    return ""


def _of_one_release(target: str, content: Any, body: str, seen: Seen) -> str:
    page = content.get("page") if isinstance(content, dict) else None
    if page is None or not target.startswith(("/v1/events", "/v1/actors", "/v1/cases")):
        return ""
    release = int(page["release"])
    with seen.lock:
        seen.releases.add(release)
    if "release=1" in target and release != 1:
        return f"release 1 was asked for, and {release} answered"
    return f"release {release} is mixed with another" if mixed(body, release) else ""


@dataclass(frozen=True)
class Served:
    """A server with a record that can be published to: its URL, its process, and the options that name the record."""

    url: str
    pid: int
    named: tuple[str, ...]

    def publish(self, seed: Path) -> str:
        """Publish a seed into it; return the command's output."""
        ran = subprocess.run(  # noqa: S603 - our own command
            [*COMMAND, "publish", str(seed), "-m", "A release of a test", *self.named],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.stdout + ran.stderr


@contextmanager
def a_table(endpoint: str) -> Iterator[str]:
    """Create a table as in the template, on an emulator; yield its name."""
    session = Session("local", "local")
    client = publishing_client(session, endpoint_url=endpoint, region_name=LOCAL_REGION)
    table = f"load-{uuid.uuid4()}"
    client.create_table(TableName=table, **table_declaration())
    try:
        client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        yield table
    finally:
        client.delete_table(TableName=table)


@contextmanager
def served(seed: Path) -> Iterator[Served]:
    """Serve a seed from the DynamoDB of ARTICLE33_TEST_ENDPOINT, or from the embedded one."""
    endpoint = os.environ.get("ARTICLE33_TEST_ENDPOINT")
    port, record_port = reserve_port(), reserve_port()
    if endpoint is None:
        arguments = ["serve", str(seed), "--port", str(port), "--record-port", str(record_port)]
        with started(arguments) as (pid, _):
            yield Served(f"http://127.0.0.1:{port}", pid, ("--local", "--record-port", str(record_port)))
        return
    with a_table(endpoint) as table:
        named = ("--table", table, "--endpoint", endpoint)
        first = Served("", 0, (*named, "--first")).publish(seed)
        assert first.startswith("Release 1: "), first
        with started(["serve", *named, "--port", str(port)]) as (pid, _):
            yield Served(f"http://127.0.0.1:{port}", pid, named)


@contextmanager
def publishing(publish: Callable[[], None]) -> Iterator[list[float]]:
    """Publish every five seconds, or at once if one took longer, in a thread; yield how long each took.

    No publish is running when this ends.
    """
    took: list[float] = []
    ended = threading.Event()

    def go_on() -> None:
        wait = EVERY / 2
        while not ended.wait(wait):
            began = time.monotonic()
            publish()
            took.append(time.monotonic() - began)
            wait = max(0.0, EVERY - took[-1])

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield took
    finally:
        ended.set()
        thread.join()


@contextmanager
def asking(url: str, seen: Seen) -> Iterator[None]:
    """Send requests on all connections meanwhile."""
    ended = threading.Event()
    threads = [threading.Thread(target=connection, args=(url, number, ended, seen)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def test_it_stands_the_load(tmp_path: Path) -> None:
    """No error, no response that mixes two releases, the last release in responses, and no more memory than the cache may use.

    Speed, and memory growth at the end, are printed but not tested: the cache is full after about eighty releases.
    """
    seed = shutil.copytree(SEED, tmp_path / "seed")
    marked(seed, 1)
    seen, memory, number = Seen(), [], 1
    with served(seed) as server:

        def publish() -> None:
            nonlocal number
            number += 1
            marked(seed, number)
            said = server.publish(seed)
            if not said.startswith(f"Release {number}: "):
                seen.wrong.append(said)

        with asking(server.url, seen):
            with publishing(publish) as took:
                until = time.monotonic() + SECONDS
                while time.monotonic() < until:
                    memory.append((time.monotonic(), resident(server.pid)))
                    pause(1.0)
            late = time.monotonic() + LAST_SEEN
            while number not in seen.releases and time.monotonic() < late:
                pause(0.1)
    held = [held for _, held in memory]
    report(seen, took, held, _slope(memory[len(memory) * 3 // 4 :]) * 60)
    assert seen.wrong == [], seen.wrong[:5]
    assert took, "a release landed meanwhile"
    assert number in seen.releases, "the last release is in an answer"
    assert seen.statuses[304] > 0
    assert seen.statuses[500] == seen.statuses[503] == 0
    assert max(held) - held[0] < GROWTH, "it holds no more than what it may keep"


def report(seen: Seen, took: list[float], held: list[int], slope: float) -> None:
    """Print the figures, which are the purpose of this test."""
    ordered = sorted(seen.took)
    p50, p99, most = (ordered[min(len(ordered) * share // 100, len(ordered) - 1)] * 1000 for share in (50, 99, 100))
    first, half, last = (held[at] / 1e6 for at in (0, len(held) // 2, -1))
    print(  # noqa: T201 - its purpose
        f"{len(ordered):,} answers in {SECONDS:.0f} s on {CONNECTIONS} connections: {dict(sorted(seen.statuses.items()))}\n"
        f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, most {most:.0f} ms\n"
        f"{len(took)} releases meanwhile, median {statistics.median(took or [0]):.1f} s each, most {max(took or [0]):.1f} s\n"
        f"memory {first:.0f} MB at first, {half:.0f} after half, {last:.0f} at last: {slope / 1e6:+.2f} MB a minute in the last quarter"
    )


def pause(seconds: float) -> None:
    """Let time pass."""
    threading.Event().wait(seconds)


def _slope(points: list[tuple[float, int]]) -> float:
    """Return the slope of the second value over the first, by least squares."""
    return statistics.linear_regression(*zip(*points, strict=True)).slope if len(points) > 2 else 0.0
