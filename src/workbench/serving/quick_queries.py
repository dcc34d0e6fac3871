"""Faster queries for moto, the DynamoDB of `article33 serve` and of the tests.

moto 5 sorts all items of the table for each Query. A Query reads one partition, so it is enough to look at that partition.
"""

import copy
from collections import defaultdict
from typing import Any

from moto.dynamodb.models.table import Table

_query = Table.query


def quicken_queries() -> None:
    """Let moto look at one partition for a Query, from now on in this process. Answers stay the same."""
    Table.query = _query_of_partition  # type: ignore[method-assign, assignment]


def _query_of_partition(table: Table, hash_key: Any, *arguments: Any, **options: Any) -> Any:
    if table.all_indexes() or not table.has_range_key:  # a Query of an index can match items of any partition
        return _query(table, hash_key, *arguments, **options)
    items = table.items.get(hash_key, {})
    partition = copy.copy(table)
    # moto sorts by comparing objects, which is slow, except where nothing has to move: sort by the strings first.
    partition.items = defaultdict(dict, {hash_key: dict(sorted(items.items(), key=lambda item: item[0].value))})
    return _query(partition, hash_key, *arguments, **options)
