"""The record's table as both peers read it: by boto3's resource interface, as Amazon's and Powertools' examples do.

Each answer asks anew: neither framework's documentation keeps what was read. They ask for the newest revision, which spares them
what the record does about releases, and a page's total comes from the list's own item.
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
    """There is no such resource."""


def body(path: str) -> str:
    """Return a resource's JSON; raise NotThere where there is none."""
    condition = Key("pk").eq(f"DOC#{path}")
    found = _table.query(KeyConditionExpression=condition, ScanIndexForward=False, Limit=1, ConsistentRead=True)["Items"]
    if not found:
        raise NotThere(path)
    return str(found[0]["body"])


def page(collection: str, limit: int, after: str | None) -> tuple[list[str], int, str | None]:
    """Return a page's resources as JSON, the list's total, and the place to go on behind."""
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
