"""How both peers read the record's table: with boto3's resource interface, as in the examples of Amazon and Powertools.

Each response reads again, because the documentation of neither framework caches reads. They read the newest revision, so they need none of
the record's work for releases. The total of a page comes from the list's own item.
"""

import os
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

_dynamodb: Any = boto3.resource("dynamodb")
_TABLE = os.environ["ARTICLE33_TABLE"]
_table: Any = _dynamodb.Table(_TABLE)
ORDERS = {"events": "date", "cases": "period", "statements": "date", "sources": "published", "instruments": "adopted", "actors": "name"}


class NotThere(Exception):
    """The resource does not exist."""


def body(path: str) -> str:
    """Return the JSON of a resource; raise NotThere if it does not exist."""
    condition = Key("pk").eq(f"DOC#{path}")
    found = _table.query(KeyConditionExpression=condition, ScanIndexForward=False, Limit=1, ConsistentRead=True)["Items"]
    if not found:
        raise NotThere(path)
    return str(found[0]["body"])


def page(collection: str, limit: int, after: str | None) -> tuple[list[str], int, str | None]:
    """Return the resources of a page as JSON, the total of the list, and the sort key of the last one if there are more."""
    partition = f"LIST#{collection}|{ORDERS[collection]}"
    start = {"ExclusiveStartKey": {"pk": partition, "sk": after}} if after else {}
    found = _table.query(KeyConditionExpression=Key("pk").eq(partition), Limit=limit, ConsistentRead=True, **start)
    entries = found["Items"]
    keys = [{"pk": f"DOC#{collection}/{entry['sk'].rsplit('#', 2)[1]}", "sk": entry["revision"]} for entry in entries]
    total = {"pk": f"LIST#{collection}", "sk": "!"}
    read = _dynamodb.batch_get_item(RequestItems={_TABLE: {"Keys": [*keys, total], "ConsistentRead": True}})["Responses"][_TABLE]
    items = {(item["pk"], item["sk"]): item for item in read}
    totals = items[total["pk"], total["sk"]]
    newest = max(name for name in totals if name not in ("pk", "sk"))
    last = found.get("LastEvaluatedKey")
    return [str(items[key["pk"], key["sk"]]["body"]) for key in keys], int(totals[newest]), last["sk"] if last else None
