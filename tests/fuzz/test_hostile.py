"""Thousands of hostile requests: none causes a failure, none takes long, and each gets an answer of the contract.

`make fuzz` makes a million of them. If one fails, its event, seed and number are printed; the same seed makes it again.
"""

import gc
import json
import os
import re
import shutil
import time
from collections import Counter
from typing import Any
from urllib.parse import unquote

import pytest

from handlers.contract import contract
from schemas.v1.vocabulary import Reason
from tests.conftest import ROOT, SEED, Client, Reply
from tests.contract import asking
from tests.contract.editing import DAY
from tests.contract.test_departures import keep_named
from tests.fuzz.hostile import Corpus, Event, Hostile
from tests.record.memory import memory_world
from workbench import departing

# The number of requests, and the seed that they are made from.
MANY = int(os.environ.get("ARTICLE33_FUZZ_REQUESTS", "8000"))
SEED_NUMBER = int(os.environ.get("ARTICLE33_FUZZ_SEED", "33"))
SHARES = 4  # so that several processes can share them
SAMPLE = 10  # one of so many is checked against the whole contract, which takes ten times as long as the answer
MOST_CPU = 0.050  # seconds
MOST_BYTES = 32_768  # of an error: it is at most a few times larger than its request
TRIES = 6  # a slow request is repeated, because the garbage collector may have run
# What no answer may have: paths of this machine, and how something failed.
_INSIDE = re.compile(r"Traceback|/site-packages/|\.py\b|" + re.escape(str(ROOT)))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """An instance over the seed and a later release with a withdrawal, a rename and a merge."""
    world = memory_world()
    seed = shutil.copytree(SEED, tmp_path_factory.mktemp("hostile") / "seed")
    assert world.publish_files(seed) == 1
    world.clock.advance(DAY)
    departing.rename(seed, "actors/kbs", "actors/kbs-2", Reason.BETTER_ID)
    departing.merge(seed, "statements/robertson-appeal-for-the-nine", "statements/joint-ngo-statement", Reason.DUPLICATE)
    keep_named(seed, "instruments/coi-report-detailed-findings", Reason.SOURCE_WITHDRAWN)
    assert world.publish_files(seed) == 2
    world.clock.advance(DAY)
    return world.api()


@pytest.fixture(scope="module")
def hostile(client: Client) -> Hostile:
    """Requests made from what that instance serves."""
    return Hostile(Corpus.of(client, contract()), SEED_NUMBER)


@pytest.mark.parametrize("share", range(SHARES))
def test_no_request_breaks_anything_or_takes_long(share: int, client: Client, hostile: Hostile) -> None:
    """Never a 5xx, never more than 50 ms of CPU, and always an answer of the contract that can be sent."""
    statuses: Counter[int] = Counter()
    slowest, slowest_number = 0.0, 0
    began = time.perf_counter()
    numbers = range(share, MANY, SHARES)
    for number in numbers:
        event, possible = hostile.event(number)
        answer, took = _asked(client, event)
        if took > slowest:
            slowest, slowest_number = took, number
        try:
            assert took <= MOST_CPU, f"it takes {took * 1000:.0f} ms of a processor"
            statuses[_checked(answer, event, possible, whole=number // SHARES % SAMPLE == 0)] += 1
        except AssertionError as wrong:
            shown = json.dumps(event)
            pytest.fail(f"ARTICLE33_FUZZ_SEED={SEED_NUMBER}, request {number}: {wrong}\n{shown[:3000]}\n{str(answer)[:3000]}")
    seconds = time.perf_counter() - began
    counted = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    print(f"{len(numbers):,} requests in {seconds:.0f} s, the slowest {slowest * 1000:.1f} ms (number {slowest_number}); {counted}")  # noqa: T201
    # Some must get past the first checks, or nothing behind these is tested.
    assert {200, 304, 308, 400, 404, 405, 406, 410, 414, 431} <= set(statuses), counted


def _asked(client: Client, event: Event) -> tuple[dict[str, Any], float]:
    """Return the answer to an event and its CPU time in seconds; if it took long, the least of several tries."""
    least = float("inf")
    for tried in range(TRIES):
        if tried:
            gc.collect()
        began = time.process_time()
        answer = client.instance.resolve(event, None)
        least = min(least, time.process_time() - began)
        if least <= MOST_CPU:
            break
    return answer, least


def _checked(answer: dict[str, Any], event: Event, possible: bool, *, whole: bool) -> int:
    """Check an answer; return its status. `whole` checks it against the whole contract, if a gateway could send the request."""
    status, headers, body = answer["statusCode"], answer["headers"], answer["body"]
    assert isinstance(status, int)
    assert 200 <= status < 500, f"it is a {status}"
    json.dumps(answer, ensure_ascii=False).encode()  # what Lambda sends
    for name, value in headers.items():
        assert isinstance(value, str), f"{name} is no text"
        assert value.isascii(), f"{name} is not ASCII"
        assert value.isprintable(), f"{name} holds what no header may hold"
    if status >= 400:
        assert len(body) <= MOST_BYTES, f"it is refused in {len(body):,} characters"
        assert not (told := _told(event, body)), f"it tells of the inside: {told}"
    if possible and _is_unicode(event):
        assert headers["X-Request-Id"] == event["requestContext"]["requestId"]
        assert not headers.get("Location", "/").startswith(("//", "/\\")), "it leads to another host"
        assert headers.get("Location", "/").startswith("/")
        if whole and not {"%", "?"}.intersection(event["rawPath"]):  # it is looked up decoded
            reply = Reply(status, {name.lower(): value for name, value in headers.items()}, body)
            query = event["rawQueryString"]
            asking.checked(reply, f"{event['rawPath']}?{unquote(query)}", event["requestContext"]["http"]["method"].upper())
    return status


def _is_unicode(event: Event) -> bool:
    """Return whether an event has no half of a surrogate pair, which no gateway sends."""
    try:
        json.dumps(event, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _told(event: Event, body: str) -> list[str]:
    """Return what an answer tells about its implementation, unless it repeats the request."""
    found = _INSIDE.findall(body)
    asked = unquote(json.dumps(event)) if found else ""
    return [one for one in found if one not in asked]
