"""Thirty-two connections ask `article33 serve` for everything, while releases land: one every five seconds, or as soon as one can.

`make load` does it for ten minutes. What it says at the end: answers a second, the slowest of a hundred, and how the process grew.
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
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import SEED
from tests.serving import COMMAND, environment, serving

SECONDS = float(os.environ.get("ARTICLE33_LOAD_SECONDS", "12"))
CONNECTIONS = 32
CONDITIONAL = 0.3  # of the requests
EVERY = 5.0  # seconds between releases
MARK = "release-mark"  # stands in the events, with the number of the release that publishes it
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
    """What the connections saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    releases: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def marked(seed: Path, number: int) -> None:
    """Write the number of the release to come into the events."""
    for file in seed.glob("events/*.yaml"):
        text = file.read_text(encoding="utf-8")
        if "field: /name/en" in text:  # a claim says the same
            continue
        clean = re.sub(rf" {MARK}-\d+", "", text)
        file.write_text(re.sub(r"(?m)^(name:\n  en: [^\n]*[^\n'\"])(['\"]?)$", rf"\1 {MARK}-{number}\2", clean, count=1), encoding="utf-8")


def resident(pid: int) -> int:
    """Return the bytes of memory that a process and those it started hold."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text(encoding="utf-8")
        except OSError:  # it ended meanwhile
            continue
        numbers = dict(re.findall(r"(?m)^(Pid|PPid|VmRSS):\s+(\d+)", text))
        if str(pid) in (numbers.get("Pid"), numbers.get("PPid")):
            found += int(numbers.get("VmRSS", 0)) * 1024
    return found


def mixed(body: str, release: int) -> bool:
    """Tell whether an answer says something of another release than its own."""
    return any(int(number) != release for number in re.findall(rf"{MARK}-(\d+)", body))


def connection(url: str, number: int, until: float, seen: Seen) -> None:
    """Ask on one connection until a time, some of it conditionally, and note what is wrong."""
    chosen = random.Random(number)
    client = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=30)
    tags: dict[str, str] = {}
    while time.monotonic() < until:
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
    """Return what is wrong with an answer; nothing where it is right."""
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


@contextmanager
def publishing(publish: Callable[[], None], until: float) -> Iterator[list[float]]:
    """Publish every five seconds, or at once where one took longer, in a thread of its own; yield how long each took."""
    took: list[float] = []
    ended = threading.Event()

    def go_on() -> None:
        wait = EVERY / 2
        while not ended.wait(wait) and time.monotonic() < until:
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


def test_it_stands_the_load(tmp_path: Path) -> None:
    """No error, and no answer of two releases. How quick it is, and how it grows, is told and not judged.

    DynamoDB is in the same process and keeps every release, so the growth is not the instance's alone.
    """
    seed = shutil.copytree(SEED, tmp_path / "seed")
    marked(seed, 1)
    seen, memory = Seen(), []
    with serving(seed) as (url, record_port, _):
        pid = _listener(int(urlsplit(url).port or 0))
        until = time.monotonic() + SECONDS
        published = [1]

        def publish() -> None:
            published.append(published[-1] + 1)
            marked(seed, published[-1])
            ran = subprocess.run(  # noqa: S603 - our own command
                [*COMMAND, "publish", str(seed), "--local", "--record-port", record_port],
                env=environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            if not ran.stdout.startswith(f"Release {published[-1]}: "):
                seen.wrong.append(ran.stdout + ran.stderr)

        threads = [threading.Thread(target=connection, args=(url, number, until, seen)) for number in range(CONNECTIONS)]
        with publishing(publish, until) as took:
            for thread in threads:
                thread.start()
            while time.monotonic() < until:
                memory.append((time.monotonic(), resident(pid)))
                threads[0].join(timeout=1)
            for thread in threads:
                thread.join()
    slope = _slope(memory[len(memory) // 3 :]) * 60
    ordered = sorted(seen.took)
    print(  # noqa: T201 - the figures are what it is for
        f"{len(ordered):,} answers in {SECONDS:.0f} s on {CONNECTIONS} connections, {len(took)} releases meanwhile (median "
        f"{statistics.median(took or [0]):.1f} s each); p50 {ordered[len(ordered) // 2] * 1000:.0f} ms, p99 "
        f"{ordered[len(ordered) * 99 // 100] * 1000:.0f} ms, most {ordered[-1] * 1000:.0f} ms; memory {memory[0][1] / 1e6:.0f} to "
        f"{memory[-1][1] / 1e6:.0f} MB, {slope / 1e6:+.1f} MB a minute in the last two thirds; {dict(sorted(seen.statuses.items()))}"
    )
    assert seen.wrong == [], seen.wrong[:5]
    assert len(seen.releases) >= len(took), "the answers are of every release"
    assert len(took) >= 1
    assert seen.statuses[304] > 0
    assert seen.statuses[500] == seen.statuses[503] == 0


def _listener(port: int) -> int:
    """Return the id of the process that serves, whose command names the port."""
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"serve" in words and str(port).encode() in words:
            return int(command.parent.name)
    raise AssertionError("it serves, so it is there")


def _slope(points: list[tuple[float, int]]) -> float:
    """Return by how much the second value grows with the first: the line of least squares."""
    return statistics.linear_regression(*zip(*points, strict=True)).slope if len(points) > 2 else 0.0
