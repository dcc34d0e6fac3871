"""Runs inside the interpreter and package of a side, with the standard library only: sends it events and measures them in its process.

Reads steps from standard input, one JSON object per line. Writes the result of each step as a line of JSON to the file descriptor in
its second argument, because standard output has the log of the side. A step is {"name", "events", "rounds", "times"}: in each round, all
events are sent `times` times. A step of kind "follow" sends one event, and then in each round the event for the next page of the list. A
step of kind "count" is not timed: it counts calls to DynamoDB and their read units.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Handler = Callable[[dict[str, Any], object], dict[str, Any]]
CONTEXT = SimpleNamespace(
    aws_request_id="11111111-2222-3333-4444-555555555555",
    function_name="bench",
    function_version="$LATEST",
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:bench",
    memory_limit_in_mb=512,
    get_remaining_time_in_millis=lambda: 10_000,
)


def main(handler_name: str, output: int) -> None:
    """Run the steps from standard input."""
    module, _, name = handler_name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    kinds: dict[str, Callable[[Handler, dict[str, Any]], dict[str, Any]]] = {"count": counted, "follow": followed, "time": timed}
    with os.fdopen(output, "w") as stream:
        for line in sys.stdin:
            step = json.loads(line)
            stream.write(json.dumps(kinds[step.get("kind", "time")](handler, step)) + "\n")
            stream.flush()


def timed(handler: Handler, step: dict[str, Any]) -> dict[str, Any]:
    """Return the microseconds of CPU time and wall time per event, for each round."""
    events, times, rounds = step["events"], step.get("times", 1), step.get("rounds", 1)
    each, slow = [], []
    for _ in range(rounds):
        wall, began = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(times):
            for event in events:
                answer = handler(event, CONTEXT)
        each.append((time.process_time_ns() - began) / 1000 / times / len(events))
        slow.append((time.perf_counter_ns() - wall) / 1000 / times / len(events))
    return {"cpu": each, "wall": slow, **described(answer)}


def followed(handler: Handler, step: dict[str, Any]) -> dict[str, Any]:
    """Return the same for one page of a list after the other, each read for the first time."""
    (event,) = step["events"]
    each, slow = [], []
    for _ in range(step["rounds"]):
        found = timed(handler, {"events": [event]})
        each += found["cpu"]
        slow += found["wall"]
        path, _, query = found["next"].partition("?")
        event = {**event, "rawPath": path, "rawQueryString": query}
    return {**found, "cpu": each, "wall": slow}


def counted(handler: Handler, step: dict[str, Any]) -> dict[str, Any]:
    """Return the calls to DynamoDB that the events cause, and their read units."""
    base: Any = importlib.import_module("botocore.client").BaseClient  # the side's own botocore

    calls: list[str] = []
    units: list[float] = []
    call = base._make_api_call  # noqa: SLF001 - every call goes through this method, also from boto3

    def counting(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.append(operation)
        answer = call(client, operation, {**parameters, "ReturnConsumedCapacity": "TOTAL"})
        consumed = answer["ConsumedCapacity"]
        units.append(sum(one["CapacityUnits"] for one in (consumed if isinstance(consumed, list) else [consumed])))
        return answer

    base._make_api_call = counting  # noqa: SLF001
    try:
        answers = [handler(event, CONTEXT) for event in step["events"]]
    finally:
        base._make_api_call = call  # noqa: SLF001
    return {"calls": calls, "units": sum(units), "each": units, **described(answers[-1])}


def described(answer: dict[str, Any]) -> dict[str, Any]:
    """Return status, bytes of body and headers, ETag and next page of a response."""
    headers = answer.get("headers", {})
    names = {name.lower(): value for name, value in headers.items()}
    size = sum(len(name) + len(str(value)) + 4 for name, value in headers.items())
    body = answer.get("body") or ""
    page = json.loads(body).get("page") if body.startswith('{"data"') else None
    following = page["next"] if page else None
    return {"status": answer["statusCode"], "bytes": len(body.encode()), "headers": size, "etag": names.get("etag"), "next": following}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
