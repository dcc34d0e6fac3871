"""The faster moto answers as moto does."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models.table import Table

from tests.conftest import World
from workbench.serving import quick_moto

KINDS: Mapping[str, Any] = {
    "s": {"S": "text"},
    "empty": {"S": ""},
    "n": {"N": "-1.5"},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
    "b": {"B": b"\x00\xff"},
    "bool": {"BOOL": False},
    "null": {"NULL": True},
    "l": {"L": [{"S": "a"}, {"M": {"x": {"N": "1"}}}]},
    "m": {"M": {"l": {"L": []}, "ss": {"SS": ["c"]}}},
}


PARTITIONS = ("a", "ab", "b")
IN_EACH = 9


def key(pk: str, number: int) -> Any:
    """Return the key of an item."""
    return {"pk": {"S": pk}, "sk": {"S": f"{number}#é"}}


def answers(world: World) -> Iterator[Any]:
    """Yield the answers to reads of every kind."""
    client, table = world.store.client, world.store.table
    for pk in (*PARTITIONS, "nothing"):
        values = {":pk": {"S": pk}, ":low": {"S": "1"}, ":high": {"S": "7~"}}
        asked: dict[str, Any] = {"KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high", "ExpressionAttributeValues": values}
        for options in ({}, {"ScanIndexForward": False}, {"Limit": 2}, {"Limit": 3, "ScanIndexForward": False}):
            page = client.query(TableName=table, **asked, **options)
            while "LastEvaluatedKey" in page:
                yield page["Items"], page["Count"], page["LastEvaluatedKey"]
                page = client.query(TableName=table, **asked, **options, ExclusiveStartKey=page["LastEvaluatedKey"])
            yield page["Items"], page["Count"]
    yield client.get_item(TableName=table, Key=key("a", 1))["Item"]
    yield client.batch_get_item(RequestItems={table: {"Keys": [key("a", 1), key("b", 2)]}})["Responses"]
    yield client.scan(TableName=table)["Items"]


def test_it_answers_as_moto_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Partitions forwards and backwards, in pages and whole; and values of each kind."""
    for pk in PARTITIONS:
        for number in range(IN_EACH, 0, -1):
            world.store.client.put_item(TableName=world.store.table, Item={**key(pk, number), **KINDS})
    quick = list(answers(world))
    assert Table.query is not quick_moto.query
    monkeypatch.setattr(Table, "query", quick_moto.query)
    monkeypatch.setattr(BaseJSONSerializer, "_serialize_type_structure", quick_moto.serialize_structure)
    assert list(answers(world)) == quick
