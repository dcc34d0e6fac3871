"""Reads and writes the DynamoDB table, retries, and turns boto3's errors into the record's.

Readers use `get`, `query`, `count` and `batch_get`. All are strongly consistent. An incomplete response is an error, never an
empty result.

botocore's time-outs limit each step of a call, and not the whole call: a response that arrives byte by byte never ends. So the calls for
a response are made in threads (`workers`), and no longer waited for when their time is over.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from record.client import CONNECT_SECONDS, READ_SECONDS, DamagedAnswer
from record.errors import ItemMissing, RecordProblem, RecordUnavailable, WriteRefused
from record.workers import MOST_THREADS, NoThread, Overdue, Workers

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

    from record.items import Item, NewItem

BATCH_GET = 100  # keys; a DynamoDB limit
BATCH_WRITE = 25  # items; a DynamoDB limit
# A reader gives up on a batch after this many attempts, a writer after this many seconds without progress.
READ_TRIES = 4
WRITE_PATIENCE = 60.0
CALL_TRIES = 2
PASSING = frozenset(
    {
        *("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "LimitExceededException"),
        *("InternalServerError", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException"),
    }
)
"""The codes of DynamoDB errors that may be temporary."""


class Budget(NamedTuple):
    """How many seconds the reads for one response may take.

    No call starts later than `calls` after the response began. A call takes at most `call`, and is tried again if there is time. All calls
    end by `response`, which leaves half a second of the contract's three for everything else.
    """

    calls: float = 1.5
    call: float = CONNECT_SECONDS + READ_SECONDS
    response: float = 2.5


UNHURRIED = Budget(60.0, 60.0, 60.0)
"""For an emulator of DynamoDB, which is slower than DynamoDB ever is."""


class Spent(NamedTuple):
    """What a response cost: the number of calls to DynamoDB, retries included, and the read units that they consumed."""

    calls: int
    units: float


class Store:
    """The table. Every boto3 error becomes RecordUnavailable in a read and WriteRefused in a write."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        budget: Budget = Budget(),  # noqa: B008 - it is immutable
        carry: Callable[[Callable[[], Any]], Callable[[], Any]] = lambda call: call,
    ) -> None:
        """Use this client and table. `clock` returns seconds. Tests pass their own `sleep` and `clock`, so that they do not wait.

        `budget` is for the reads since `begin`. They are made in other threads, and `carry` gives a call what it needs there of the
        caller's thread, such as the trace.
        """
        self.client = client
        self.table = table
        self._sleep = sleep
        self._clock = clock
        self._budget = budget
        self._carry = carry
        self._workers = Workers()
        self._began: float | None = None
        self._calls, self._units = 0, 0.0
        self._counting = threading.Lock()  # Reader.documents reads in several threads

    def begin(self) -> None:
        """Start the time budget and the count of one response. Failed reads are retried once.

        Without `begin` there is no time budget, no retry (the client may retry) and no count.
        """
        self._began = self._clock()
        with self._counting:
            self._calls, self._units = 0, 0.0

    @property
    def spent(self) -> Spent:
        """What the reads since `begin` cost. A failed call counts as a call without read units, because DynamoDB reports none."""
        with self._counting:
            return Spent(self._calls, self._units)

    def get(self, key: "Item") -> "Item | None":
        """Return an item, or None if it does not exist."""
        return self._ask(self.client.get_item, TableName=self.table, Key=key, ConsistentRead=True).get("Item")

    def query(self, pk: str, low: str, high: str, **options: Any) -> Iterator[tuple[list["Item"], str | None]]:
        """Yield (items, last sk read or None at the end) for each page of a partition between two sort keys, both inclusive.

        `options` are Query's. Their attribute values are added to those of the key condition.
        """
        if low > high:  # an empty range, which DynamoDB rejects
            return
        values = {":pk": {"S": pk}, ":low": {"S": low}, ":high": {"S": high}, **options.pop("ExpressionAttributeValues", {})}
        arguments: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
            **options,
        }
        while True:
            answer = self._ask(self.client.query, **arguments)
            try:
                items: list[Item] = list(answer["Items"])
                last = answer.get("LastEvaluatedKey")
            except KeyError as missing:
                raise RecordUnavailable("DynamoDB's response to a Query has no Items") from missing
            yield items, last["sk"]["S"] if last else None
            if not last:
                return
            arguments["ExclusiveStartKey"] = last

    def count(self, pk: str, low: str, high: str, **options: Any) -> int | None:
        """Return how many items between two sort keys match, or None if they do not fit into one page of a Query."""
        if low > high:
            return 0
        values = {":pk": {"S": pk}, ":low": {"S": low}, ":high": {"S": high}, **options.pop("ExpressionAttributeValues", {})}
        answer = self._ask(
            self.client.query,
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            Select="COUNT",
            **options,
        )
        if "Count" not in answer:
            raise RecordUnavailable("DynamoDB's response to a Query has no Count")
        return None if answer.get("LastEvaluatedKey") else answer["Count"]

    def scan(self, **options: Any) -> Iterator[list["Item"]]:
        """Yield all items of the table, page by page, in no particular order. `options` are Scan's."""
        arguments: dict[str, Any] = {"TableName": self.table, "ConsistentRead": True, **options}
        while True:
            try:
                answer: dict[str, Any] = {**self.client.scan(**arguments)}
            except (ClientError, BotoCoreError) as failure:
                raise RecordUnavailable(_reason(failure)) from failure
            if "Items" not in answer:
                raise RecordUnavailable("DynamoDB's response to a Scan has no Items")
            last = answer.get("LastEvaluatedKey")
            yield answer.pop("Items")  # pop, so that the page can be freed before the next one is read
            if not last:
                return
            arguments["ExclusiveStartKey"] = last

    def batch_get(self, keys: Sequence["Item"], attributes: Sequence[str] = ()) -> dict[tuple[str, str], "Item"]:
        """Return the existing items among these keys, by (pk, sk). With `attributes`, return only these and the key."""
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(keys), BATCH_GET):
            self._batch_get(keys[start : start + BATCH_GET], attributes, found)
        return found

    def _batch_get(self, keys: Sequence["Item"], attributes: Sequence[str], found: dict[tuple[str, str], "Item"]) -> None:
        request: dict[str, Any] = {"Keys": keys, "ConsistentRead": True}
        if attributes:
            request["ExpressionAttributeNames"] = {f"#{index}": name for index, name in enumerate(("pk", "sk", *attributes))}
            request["ProjectionExpression"] = ", ".join(request["ExpressionAttributeNames"])
        waiting: Mapping[str, Any] = {self.table: request}
        for tried in range(READ_TRIES):
            if tried:
                self._sleep(0.02 * 2**tried)
            answer = self._ask(self.client.batch_get_item, RequestItems=waiting)
            waiting = answer.get("UnprocessedKeys") or {}
            items = answer.get("Responses", {}).get(self.table)
            if items is None and not waiting:
                raise RecordUnavailable("DynamoDB's response to a BatchGetItem has no Responses")
            for item in items or ():
                found[item["pk"]["S"], item["sk"]["S"]] = item
            if not waiting:
                return
        raise RecordUnavailable(f"DynamoDB left keys of a BatchGetItem unprocessed {READ_TRIES} times")

    def _ask(self, operation: Callable[..., Any], **request: Any) -> dict[str, Any]:
        """Return the response to a read. Retry once if the error may be temporary and there is time. Raises RecordUnavailable."""
        began = self._began
        if began is None:
            try:
                whole: dict[str, Any] = operation(**request)
            except (ClientError, BotoCoreError) as failure:
                raise RecordUnavailable(_reason(failure)) from failure
            return whole
        calls, call, end = self._budget
        make = self._carry(partial(operation, ReturnConsumedCapacity="TOTAL", **request))
        for tries_left in reversed(range(CALL_TRIES)):
            spent = self._clock() - began
            if spent > calls:
                raise RecordUnavailable(f"DynamoDB did not respond within {calls} seconds")
            seconds = min(call, end - spent)
            response: dict[str, Any] = {}
            try:
                response = self._workers.run(make, seconds)
            except NoThread as failure:
                raise RecordUnavailable(f"{MOST_THREADS} calls to DynamoDB have not ended yet") from failure
            except Overdue as failure:
                if not tries_left or self._clock() - began > calls:
                    raise RecordUnavailable(f"a call to DynamoDB did not end within {seconds:.1f} seconds") from failure
            except (ClientError, BotoCoreError) as failure:
                if not tries_left or self._clock() - began > calls or not _may_pass(failure):
                    raise RecordUnavailable(_reason(failure)) from failure
            else:
                return response
            finally:
                self._count(response.get("ConsumedCapacity") or ())
            self._sleep(random.uniform(0.02, 0.1))  # noqa: S311 - jitter, not a secret
        raise AssertionError("the last try returns or raises")

    def _count(self, consumed: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        """Count a call and its read units. BatchGetItem reports a list of tables, the other operations one table."""
        tables = [consumed] if isinstance(consumed, Mapping) else consumed
        with self._counting:
            self._calls += 1
            for table in tables:
                self._units += table.get("CapacityUnits", 0.0)

    def wait(self, seconds: float) -> None:
        """Sleep."""
        self._sleep(seconds)

    def put_all(self, items: Sequence["NewItem"]) -> None:
        """Put items, 25 per call. Repeat what DynamoDB leaves unprocessed."""
        self._write_all([{"PutRequest": {"Item": item}} for item in items])

    def delete_all(self, keys: Sequence["NewItem"]) -> None:
        """Delete items, 25 per call. Repeat what DynamoDB leaves unprocessed. A key without an item is not an error."""
        self._write_all([{"DeleteRequest": {"Key": item}} for item in keys])

    def delete(self, key: "Item", **options: Any) -> bool:
        """Delete an item. Return False if the condition in `options` did not hold."""
        return _held(lambda: self.client.delete_item(TableName=self.table, Key=key, **options))

    def update(self, key: "Item", expression: str, **options: Any) -> bool:
        """Update an item. Return False if the condition in `options` did not hold."""
        return _held(lambda: self.client.update_item(TableName=self.table, Key=key, UpdateExpression=expression, **options))

    def _write_all(self, requests: list[dict[str, Any]]) -> None:
        for start in range(0, len(requests), BATCH_WRITE):
            self._write(requests[start : start + BATCH_WRITE])

    def _write(self, waiting: list[Any]) -> None:
        waited = 0.0
        pause = 0.05
        while waiting:
            try:
                answer = self.client.batch_write_item(RequestItems={self.table: waiting})
            except (ClientError, BotoCoreError) as failure:
                raise WriteRefused(_reason(failure)) from failure
            left: list[Any] = (answer.get("UnprocessedItems") or {}).get(self.table, [])
            if len(left) < len(waiting):
                waited, pause = 0.0, 0.05
            elif waited > WRITE_PATIENCE:
                raise WriteRefused(f"DynamoDB accepted none of the remaining items ({len(left)}) for {WRITE_PATIENCE:.0f} seconds")
            waiting = left
            if waiting:
                nap = pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
                self._sleep(nap)
                waited += nap
                pause = min(pause * 2, 5.0)


def there(found: Mapping[tuple[str, str], "Item"], pk: str, sk: str) -> "Item":
    """Return the item with this key. It must exist, so raise ItemMissing if it was not found."""
    item = found.get((pk, sk))
    if item is None:
        raise ItemMissing(f"the item {pk} {sk} is missing")
    return item


def existing(store: Store, key: "Item") -> "Item":
    """Return the item with this key. It must exist, so raise RecordProblem if it does not."""
    item = store.get(key)
    if item is None:
        raise RecordProblem(f"the item {key['pk']['S']} {key['sk']['S']} is missing from the table")
    return item


def _held(write: Callable[[], object]) -> bool:
    """Make a conditional write. Return whether its condition held; raise WriteRefused if it failed for another reason."""
    try:
        write()
    except ClientError as failure:
        if failure.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
            return False
        raise WriteRefused(_reason(failure)) from failure
    except BotoCoreError as failure:
        raise WriteRefused(_reason(failure)) from failure
    return True


def _may_pass(failure: Exception) -> bool:
    """Return whether the error may be temporary."""
    if isinstance(failure, ClientError):
        status = failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or failure.response.get("Error", {}).get("Code") in PASSING
    return isinstance(failure, (HTTPClientError, DamagedAnswer))


def _reason(failure: Exception) -> str:
    if isinstance(failure, ClientError):
        error = failure.response.get("Error", {})
        return f"{failure.operation_name}: {error.get('Code', 'unknown')}: {error.get('Message', '')}"
    return f"{type(failure).__name__}: {failure}"
