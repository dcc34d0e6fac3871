"""Warm answers, in process: from an event to its answer, in microseconds of CPU, and what each takes of DynamoDB."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from bench.packages import FLOOR, OURS, Side
from bench.questions import Event, event, resource

Found = dict[str, Any]
INSIDE = Path(__file__).with_name("inside.py")
_PAGE = "/v1/events?limit=20"
_PAGES = 60  # pages that are read for the first time, each behind the one before it


def run(interpreter: str, side: Side, environment: dict[str, str], plan: list[Found], prefix: tuple[str, ...] = ()) -> Found:
    """Let a side take the steps of a plan in a process of its own; return what each step found."""
    reading, writing = os.pipe()
    own = {**environment, "PYTHONPATH": str(side.folder)}
    command = [*prefix, interpreter, "-B", str(INSIDE), side.handler, str(writing)]
    with subprocess.Popen(
        command, env=own, cwd=side.folder, pass_fds=(writing,), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        os.close(writing)
        assert process.stdin is not None, "it was asked for"
        process.stdin.write(json.dumps(plan))
        process.stdin.close()
        with os.fdopen(reading) as stream:
            found = stream.read()
    if process.returncode:
        raise RuntimeError(f"{side.title} failed; its own words stand above")
    result: Found = json.loads(found)
    return result


def measure(interpreter: str, side: Side, environment: dict[str, str], rounds: int) -> Found:
    """Return what a side's warm answers take, by what is asked. Only this project keeps what it has read; the others read it again."""
    first, page, keeps = event(resource(150)), event(_PAGE), side is OURS
    learnt = run(interpreter, side, environment, [_step("resource", first), *([] if side is FLOOR else [_step("page", page)])])
    times = 400 if keeps else 20
    again = [("a resource, read before", first), ("a resource, 304", _known(first, learnt["resource"]))]
    if side is not FLOOR:
        again += [("a page of 20, read before", page), ("a page of 20, 304", _known(page, learnt["page"]))]
    plan = [_step("warming up", *(asked for _, asked in again if asked), times=times)]
    plan += [_step(name, asked, times=times, rounds=rounds) for name, asked in again if asked]
    plan += [_step(f"fresh {at}", *(event(resource(1_000 + at * 40 + one)) for one in range(40))) for at in range(rounds)]
    found = run(interpreter, side, environment, plan)
    found["a resource, not read before"] = _joined([found.pop(f"fresh {at}") for at in range(rounds)])
    if keeps:
        plan = [_step("known", event(resource(1))), {"name": "pages", "kind": "follow", "events": [page], "rounds": _PAGES}]
        found["a page of 20, not read before"] = run(interpreter, side, environment, plan)["pages"]
    return found


def count(interpreter: str, side: Side, environment: dict[str, str]) -> Found:
    """Return what a side's answers take of DynamoDB, and their bytes, by what is asked; each by an instance that knows the release."""
    questions = {"a resource": event(resource(150))} | ({} if side is FLOOR else {"a page of 20": event(_PAGE)})
    plan: list[Found] = [{"name": "the first answer", "kind": "count", "events": [event(resource(1))]}]
    for name, asked in questions.items():
        plan += [{"name": name, "kind": "count", "events": [asked]}, {"name": f"{name}, again", "kind": "count", "events": [asked]}]
    found = run(interpreter, side, environment, plan)
    known = [(name, again) for name, question in questions.items() if (again := _known(question, found[name]))]
    plan = [_step("known", event(resource(1))), *(_step(name, asked) for name, asked in questions.items())]
    plan += [{"name": f"{name}, 304", "kind": "count", "events": [again]} for name, again in known]
    found |= {name: row for name, row in run(interpreter, side, environment, plan).items() if name.endswith("304")}
    return found


def _step(name: str, *events: Event, times: int = 1, rounds: int = 1) -> Found:
    return {"name": name, "events": list(events), "times": times, "rounds": rounds}


def _known(asked: Event, answer: Found) -> Event | None:
    """Return the same question of somebody who has the answer; None where it bore no tag to ask by."""
    return {**asked, "headers": {**asked["headers"], "if-none-match": answer["etag"]}} if answer["etag"] else None


def _joined(rows: list[Found]) -> Found:
    return {**rows[-1], "cpu": [row["cpu"][0] for row in rows], "wall": [row["wall"][0] for row in rows]}
