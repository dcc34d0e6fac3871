"""DynamoDB in memory, as far as the record uses it: fast enough to try every crash and every order of events.

It replaces boto3's client, so the whole package runs over it unchanged. `test_memory.py` compares it with an engine. Where moto
differs from DynamoDB (a Query that reads exactly the whole partition returns a LastEvaluatedKey), it does what DynamoDB does.
"""

import bisect
import re
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

from botocore.exceptions import ClientError

from record.store import UNHURRIED, Store
from tests.conftest import Clock, World

Attributes = dict[str, Any]
MOST_BYTES = 4096  # of an expression; a DynamoDB limit
MOST_BYTES_OF_KEY = {"pk": 2048, "sk": 1024}  # likewise
_TOKEN = re.compile(r"attribute_(?:not_)?exists|contains|if_not_exists|[<>]=?|[=(),+]|[#:]?\w+")


class Missing:
    """A missing attribute: no comparison with it is true."""

    def __eq__(self, other: object) -> bool:
        """Return False."""
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = None  # type: ignore[assignment]


class Events:
    """boto3's events, as far as tests register for them."""

    def __init__(self) -> None:
        """Start without listeners."""
        self.listening: dict[str, list[Callable[..., object]]] = {}

    def register(self, event: str, listener: Callable[..., object]) -> None:
        """Add a listener."""
        self.listening.setdefault(event, []).append(listener)

    def unregister(self, event: str, listener: Callable[..., object]) -> None:
        """Remove a listener."""
        self.listening[event].remove(listener)

    def emit(self, event: str, **details: Any) -> None:
        """Call all listeners."""
        for listener in list(self.listening.get(event, ())):
            listener(**details)


class Memory:
    """A client of a table in memory. Several clients can share the table."""

    def __init__(self, shared: "Memory | None" = None) -> None:
        """Share the table of another client, or make a new table."""
        self.partitions: dict[str, dict[str, Attributes]] = shared.partitions if shared else {}
        self.order: dict[str, list[str]] = shared.order if shared else {}
        self.meta = SimpleNamespace(events=Events(), endpoint_url="http://127.0.0.1")

    def everything(self) -> list[Attributes]:
        """Return all items, without a call that a test could notice."""
        return [item for partition in self.partitions.values() for item in partition.values()]

    def load(self, wanted: Mapping[tuple[str, str], Attributes]) -> None:
        """Replace all items, without calls that a test could notice. Items are shared, because no operation changes one in place."""
        self.partitions.clear()
        self.order.clear()
        for (pk, sk), item in sorted(wanted.items()):
            self.partitions.setdefault(pk, {})[sk] = item
            self.order.setdefault(pk, []).append(sk)

    def get_item(self, **request: Any) -> Any:
        """Answer GetItem."""
        return self._answer("GetItem", lambda: {"Item": item} if (item := self._at(request["Key"])) is not None else {})

    def batch_get_item(self, **request: Any) -> Any:
        """Answer BatchGetItem."""

        def answer() -> Any:
            ((name, asked),) = request["RequestItems"].items()
            keys = [(key["pk"]["S"], key["sk"]["S"]) for key in asked["Keys"]]
            assert 0 < len(keys) == len(set(keys)) <= 100, "DynamoDB takes up to 100 keys, each once"
            found = [item for key in asked["Keys"] if (item := self._at(key)) is not None]
            return {"Responses": {name: [_projected(item, asked) for item in found]}}

        return self._answer("BatchGetItem", answer)

    def query(self, **request: Any) -> Any:
        """Answer Query."""
        return self._answer("Query", lambda: self._query(request))

    def scan(self, **request: Any) -> Any:
        """Answer Scan, in one page."""

        def answer() -> Any:
            found = [self.partitions[pk][sk] for pk in sorted(self.order) for sk in self.order[pk]]
            return {"Items": [item for item in found if _holds(request.get("FilterExpression"), item, request)]}

        return self._answer("Scan", answer)

    def batch_write_item(self, **request: Any) -> Any:
        """Answer BatchWriteItem."""

        def answer() -> Any:
            (asked,) = request["RequestItems"].values()
            keys = [_key(one["PutRequest"]["Item"] if "PutRequest" in one else one["DeleteRequest"]["Key"]) for one in asked]
            assert 0 < len(keys) == len(set(keys)) <= 25, "DynamoDB takes up to 25 items, each once"
            for key, one in zip(keys, asked, strict=True):
                self._set(key, dict(one["PutRequest"]["Item"]) if "PutRequest" in one else None)
            return {}

        return self._answer("BatchWriteItem", answer)

    def put_item(self, **request: Any) -> Any:
        """Answer PutItem."""
        return self._answer("PutItem", lambda: self._change("PutItem", request, request["Item"], lambda _: dict(request["Item"])))

    def delete_item(self, **request: Any) -> Any:
        """Answer DeleteItem."""
        return self._answer("DeleteItem", lambda: self._change("DeleteItem", request, request["Key"], lambda _: None))

    def update_item(self, **request: Any) -> Any:
        """Answer UpdateItem."""
        return self._answer("UpdateItem", lambda: self._change("UpdateItem", request, request["Key"], lambda old: _updated(old, request)))

    def _answer(self, operation: str, act: Callable[[], Any]) -> Any:
        self.meta.events.emit("before-call.dynamodb", model=SimpleNamespace(name=operation))
        answer = act()
        self.meta.events.emit("after-call.dynamodb", model=SimpleNamespace(name=operation), parsed=answer)
        return answer

    def _at(self, key: Mapping[str, Any]) -> Attributes | None:
        pk, sk = _key(key)
        return self.partitions.get(pk, {}).get(sk)

    def _set(self, key: tuple[str, str], item: Attributes | None) -> None:
        pk, sk = key
        partition, order = self.partitions.setdefault(pk, {}), self.order.setdefault(pk, [])
        if item is None:
            if partition.pop(sk, None) is not None:
                order.remove(sk)
            return
        if sk not in partition:
            bisect.insort(order, sk)
        partition[sk] = item

    def _change(
        self, operation: str, request: Attributes, key: Mapping[str, Any], change: Callable[[Attributes], Attributes | None]
    ) -> Any:
        old = self._at(key)
        if not _holds(request.get("ConditionExpression"), old or {}, request):
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, operation)
        self._set(_key(key), change(old or {name: key[name] for name in ("pk", "sk")}))
        return {}

    def _query(self, request: Attributes) -> Any:
        assert request["KeyConditionExpression"] == "pk = :pk AND sk BETWEEN :low AND :high"
        pk, low, high = (request["ExpressionAttributeValues"][name]["S"] for name in (":pk", ":low", ":high"))
        assert low <= high, "DynamoDB refuses such a range"
        _check_sizes(pk, low, high)
        order = self.order.get(pk, [])
        keys = order[bisect.bisect_left(order, low) : bisect.bisect_right(order, high)]
        forward = request.get("ScanIndexForward", True)
        if not forward:
            keys.reverse()
        if (start := request.get("ExclusiveStartKey")) is not None:
            keys = [sk for sk in keys if (sk > start["sk"]["S"] if forward else sk < start["sk"]["S"])]
        limit = request.get("Limit", len(keys) + 1)
        assert limit > 0, "DynamoDB refuses to read nothing"
        read = [self.partitions[pk][sk] for sk in keys[:limit]]
        found = [item for item in read if _holds(request.get("FilterExpression"), item, request)]
        answer: Attributes = {"Count": len(found)}
        if request.get("Select") != "COUNT":
            answer["Items"] = [_projected(item, request) for item in found]
        if len(read) == limit:
            answer["LastEvaluatedKey"] = {name: read[-1][name] for name in ("pk", "sk")}
        return answer


def memory_world() -> World:
    """Return an empty record in memory."""
    writing, calls = Memory(), cast("list[str]", [])
    reading = Memory(writing)
    reading.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    clock = Clock()  # stands still, so a busy machine does not use up the time budget of an answer
    return World(
        clock,
        Store(cast("Any", writing), "record", sleep=lambda _: None),
        Store(cast("Any", reading), "record", clock=clock, budget=UNHURRIED),
        calls,
    )


def _key(item: Mapping[str, Any]) -> tuple[str, str]:
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    _check_sizes(pk, sk)
    return pk, sk


def _check_sizes(pk: str, *sks: str) -> None:
    assert 0 < len(pk.encode()) <= MOST_BYTES_OF_KEY["pk"], "DynamoDB refuses such a key"
    assert all(0 < len(sk.encode()) <= MOST_BYTES_OF_KEY["sk"] for sk in sks), "DynamoDB refuses such a key"


def _projected(item: Attributes, request: Mapping[str, Any]) -> Attributes:
    wanted = request.get("ProjectionExpression")
    if wanted is None:
        return item
    names = {_name(token.strip(), request) for token in wanted.split(",")}
    return {name: value for name, value in item.items() if name in names}


def _name(token: str, request: Mapping[str, Any]) -> str:
    return str(request["ExpressionAttributeNames"][token]) if token.startswith("#") else token


def _plain(attribute: Mapping[str, Any] | None) -> Any:
    if attribute is None:
        return Missing()
    ((kind, value),) = attribute.items()
    return float(value) if kind == "N" else value


_COMPILED: dict[str, Any] = {}


def _holds(expression: str | None, item: Attributes, request: Mapping[str, Any]) -> bool:
    """Return whether a condition holds. It is translated to Python, which has the same precedence of NOT, AND and OR."""
    if expression is None:
        return True
    assert len(expression.encode()) <= MOST_BYTES, "DynamoDB refuses an expression of more than 4 KB"
    if expression not in _COMPILED:
        _COMPILED[expression] = compile(" ".join(_python(expression)), "condition", "eval")
    scope = {
        "name": lambda token: _name(token, request),
        "item": item,
        "read": lambda token: _plain(
            request["ExpressionAttributeValues"][token] if token.startswith(":") else item.get(_name(token, request))
        ),
        "contains": lambda whole, part: not isinstance(whole, Missing) and part in whole,
    }
    return bool(eval(_COMPILED[expression], {"__builtins__": {}, **scope}))  # noqa: S307 - it is the record's own expression


def _python(expression: str) -> Iterator[str]:
    words = {"AND": "and", "OR": "or", "NOT": "not", "IN": "in", "=": "=="}
    tokens = _TOKEN.findall(expression)
    inside = 0  # in the parentheses of IN, whose contents must be a tuple even if there is one value
    for index, token in enumerate(tokens):
        if token.startswith("attribute_"):
            tokens[index + 2] = f"name({tokens[index + 2]!r})"
            yield f"(lambda one: one {'not ' if 'not' in token else ''}in item)"
        elif token == ")" and inside:
            inside = 0
            yield ",)"
        elif token in words:
            inside = inside or token == "IN"
            yield words[token]
        elif re.fullmatch(r"[#:]?\w+", token) and token != "contains":
            yield f"read({token!r})"
        else:
            yield token


def _updated(old: Attributes, request: Mapping[str, Any]) -> Attributes:
    new = dict(old)
    values = request.get("ExpressionAttributeValues", {})
    parts = re.split(r"(?:^|\s)(SET|REMOVE|ADD|DELETE)\s", request["UpdateExpression"])[1:]
    for clause, actions in zip(parts[::2], parts[1::2], strict=True):
        for action in re.split(r",\s*(?![^(]*\))", actions.strip()):
            name = _name(action.split()[0], request)
            if clause == "REMOVE":
                new.pop(name, None)
            elif clause == "SET":
                new[name] = _operand(action.partition("=")[2].strip(), old, request)
            else:
                ((kind, some),) = values[action.split()[1]].items()
                there = set(new.pop(name, {kind: []})[kind])
                left = there | set(some) if clause == "ADD" else there - set(some)
                if left:
                    new[name] = {kind: sorted(left)}
    return new


def _operand(operand: str, old: Attributes, request: Mapping[str, Any]) -> Any:
    values = request.get("ExpressionAttributeValues", {})
    if operand.startswith("if_not_exists("):
        name, default = operand[len("if_not_exists(") : -1].split(",")
        return old.get(_name(name.strip(), request), values[default.strip()])
    if "+" in operand:
        name, more = operand.split("+")
        return {"N": str(int(old[_name(name.strip(), request)]["N"]) + int(values[more.strip()]["N"]))}
    return values[operand]
