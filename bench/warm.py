"""Warm responses, in process: microseconds of CPU time from event to response, and the DynamoDB calls of each."""

import contextlib
import itertools
import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.packages import FLOOR, OURS, Side
from bench.questions import Event, event, resource

Found = dict[str, Any]
INSIDE = Path(__file__).with_name("inside.py")
_PAGE = "/v1/events?limit=20"
_FRESH, _AGAIN = 40, 8  # resources per round that are read for the first time; rounds of repeated requests
_PAGES = 60  # pages that are read for the first time, one after the other


Take = Callable[[Found], Found]
"""Runs a step in the process of a side and returns its result."""


@contextlib.contextmanager
def inside(interpreter: str, side: Side, environment: dict[str, str], prefix: tuple[str, ...] = ()) -> Iterator[Take]:
    """Start a process of a side that runs steps until this context ends."""
    reading, writing = os.pipe()
    own = {**environment, "PYTHONPATH": str(side.folder)}
    command = [*prefix, interpreter, "-B", str(INSIDE), side.handler, str(writing)]
    with (
        os.fdopen(reading) as found,
        subprocess.Popen(
            command, env=own, cwd=side.folder, pass_fds=(writing,), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as process,
    ):
        os.close(writing)

        def take(step: Found) -> Found:
            assert process.stdin is not None, "stdin is a pipe"
            process.stdin.write(json.dumps(step) + "\n")
            process.stdin.flush()
            line = found.readline()
            if not line:
                raise RuntimeError(f"{side.title} failed; its output is above")
            result: Found = json.loads(line)
            return result

        yield take


def run(interpreter: str, side: Side, environment: dict[str, str], plan: Iterable[Found], prefix: tuple[str, ...] = ()) -> Found:
    """Run the steps of a plan in a new process of a side; return the result of each step by name."""
    with inside(interpreter, side, environment, prefix) as take:
        return {step["name"]: take(step) for step in plan}


def measure(interpreter: str, sides: Sequence[Side], environment: dict[str, str], rounds: int) -> dict[str, Found]:
    """Return the results of each side by request. Only this project caches what it has read; the others read it again.

    The processes of the sides take turns, some milliseconds each, so that other load on the machine affects all of them.
    """
    plans = {side.name: _plan(interpreter, side, environment, rounds) for side in sides}
    found: dict[str, Found] = {side.name: {} for side in sides}
    with contextlib.ExitStack() as stack:
        takes = {side.name: stack.enter_context(inside(interpreter, side, environment)) for side in sides}
        for steps in itertools.zip_longest(*plans.values()):
            for name, step in zip(plans, steps, strict=True):
                if step is not None:
                    row = takes[name](step)
                    known = found[name].setdefault(step["name"], {**row, "cpu": [], "wall": []})
                    known["cpu"] += row["cpu"]
                    known["wall"] += row["wall"]
    if OURS in sides:
        plan = [_step("known", event(resource(1))), {"name": "pages", "kind": "follow", "events": [event(_PAGE)], "rounds": _PAGES}]
        found[OURS.name]["a page of 20, first read"] = run(interpreter, OURS, environment, plan)["pages"]
    return found


def _plan(interpreter: str, side: Side, environment: dict[str, str], rounds: int) -> list[Found]:
    """Return the steps of a side: first reads, then repeated requests."""
    first, page = event(resource(150)), event(_PAGE)
    learnt = run(interpreter, side, environment, [_step("resource", first), *([] if side is FLOOR else [_step("page", page)])])
    again = [("a resource, repeated", first), ("a resource, 304", _known(first, learnt["resource"]))]
    if side is not FLOOR:
        again += [("a page of 20, repeated", page), ("a page of 20, 304", _known(page, learnt["page"]))]
    times = 1_000 if side is OURS else 20
    plan = [_step("warming up", *(asked for _, asked in again if asked), times=times)]
    fresh = ([event(resource(1_000 + at * _FRESH + one)) for one in range(_FRESH)] for at in range(rounds))
    plan += [_step("a resource, first read", *events) for events in fresh]
    for _ in range(_AGAIN):
        plan += [_step(name, asked, times=times) for name, asked in again if asked]
    return plan


def count(interpreter: str, side: Side, environment: dict[str, str]) -> Found:
    """Return DynamoDB calls, read units and bytes of a side by request, for an instance that knows the current release."""
    questions = {"a resource": event(resource(150))} | ({} if side is FLOOR else {"a page of 20": event(_PAGE)})
    plan: list[Found] = [{"name": "the first response", "kind": "count", "events": [event(resource(1))]}]
    for name, asked in questions.items():
        plan += [{"name": name, "kind": "count", "events": [asked]}, {"name": f"{name}, repeated", "kind": "count", "events": [asked]}]
    found = run(interpreter, side, environment, plan)
    known = [(name, again) for name, question in questions.items() if (again := _known(question, found[name]))]
    plan = [_step("known", event(resource(1))), *(_step(name, asked) for name, asked in questions.items())]
    plan += [{"name": f"{name}, 304", "kind": "count", "events": [again]} for name, again in known]
    found |= {name: row for name, row in run(interpreter, side, environment, plan).items() if name.endswith("304")}
    return found


def _step(name: str, *events: Event, times: int = 1, rounds: int = 1) -> Found:
    return {"name": name, "events": list(events), "times": times, "rounds": rounds}


def _known(asked: Event, answer: Found) -> Event | None:
    """Return the same request with If-None-Match; None if the response had no ETag."""
    return {**asked, "headers": {**asked["headers"], "if-none-match": answer["etag"]}} if answer["etag"] else None
