"""Runs inside a side's own interpreter and package, standard library only: hands it events and measures, in its process, what they take.

Reads steps from standard input, a line of JSON each, and writes what each found as a line of JSON to the descriptor that its second
argument names (standard output belongs to the side's log). A step is {"name", "events", "rounds", "times"}: in each of so many rounds, all
events are handed over so many times. A step of kind "follow" hands over one event, and then that of the next page of the list, round by
round. A step of kind "count" is not timed: its calls to DynamoDB and the read units they took are counted.
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
    """Take the steps as they come."""
    module, _, name = handler_name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    kinds: dict[str, Callable[[Handler, dict[str, Any]], dict[str, Any]]] = {"count": counted, "follow": followed, "time": timed}
    with os.fdopen(output, "w") as stream:
        for line in sys.stdin:
            step = json.loads(line)
            stream.write(json.dumps(kinds[step.get("kind", "time")](handler, step)) + "\n")
            stream.flush()


def timed(handler: Handler, step: dict[str, Any]) -> dict[str, Any]:
    """Return the microseconds of CPU and of wall time an event, for each round."""
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
    """Return the same for page after page of a list, each read for the first time."""
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
    """Return what one event takes of DynamoDB: its calls, and the read units that they took."""
    base: Any = importlib.import_module("botocore.client").BaseClient  # it is the side's own

    calls: list[str] = []
    units: list[float] = []
    call = base._make_api_call  # noqa: SLF001 - the one place that every call goes through, boto3's too

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
    """Return the status of an answer, the bytes of its body and headers, its tag and where its list goes on."""
    headers = answer.get("headers", {})
    names = {name.lower(): value for name, value in headers.items()}
    size = sum(len(name) + len(str(value)) + 4 for name, value in headers.items())
    body = answer.get("body") or ""
    page = json.loads(body).get("page") if body.startswith('{"data"') else None
    following = page["next"] if page else None
    return {"status": answer["statusCode"], "bytes": len(body.encode()), "headers": size, "etag": names.get("etag"), "next": following}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
