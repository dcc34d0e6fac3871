"""Growth: the cost of the same requests with a thousand resources, and with a hundred or a thousand times as many.

Each request goes to an instance that knows the current release and has nothing else cached. Wall time includes the engine's work. The
sizes take turns, so that other load on the machine affects all of them.
"""

import datetime
import time
from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools import Logger
from boto3.session import Session

from bench.loading import STAMP
from bench.questions import event, resource
from handlers.app import make_app
from handlers.contract import contract
from handlers.cursors import Cursor, list_mark
from handlers.telemetry import Telemetry
from record import items
from record.client import reading_client
from record.reading import Reader
from record.store import Store
from tests.e2e.generated import EVENTS_PER_CASE, cases

ROUNDS = 120
ONE, FILTERED = "one resource", "a page with two filters"
BARE = "a plain GetItem of a resource"  # the lower bound: how the engine itself grows
Found = dict[str, Any]


class Instances:
    """Instances of the function with one table; counts their calls and read units."""

    def __init__(self, endpoint: str, table: str) -> None:
        """Reach a table on the engine."""
        session = Session("bench", "bench")
        client: Any = reading_client(session, endpoint_url=endpoint, region_name="eu-central-1")
        client.meta.events.register("provide-client-params.dynamodb", lambda params, **_: {**params, "ReturnConsumedCapacity": "TOTAL"})
        client.meta.events.register("after-call.dynamodb", self._note)
        self._store = Store(client, table)
        self.calls: list[str] = []
        self.units = 0.0

    def ask(self, target: str) -> float:
        """Put a question to a fresh instance; return the milliseconds that its answer took."""
        api = make_app(contract(), Reader(self._store), lambda: datetime.datetime.now(datetime.UTC), Telemetry(Logger("bench", "ERROR")))
        api.resolve(event("/v1/events/not-there"), None)
        self.calls.clear()
        self.units = 0.0
        asked = event(target)
        began = time.perf_counter()
        answer = api.resolve(asked, None)
        took = (time.perf_counter() - began) * 1000
        assert answer["statusCode"] == 200, answer
        return took

    def fetch(self, path: str) -> float:
        """Fetch a document by its key, which only its publisher knows; return the milliseconds that the engine took."""
        began = time.perf_counter()
        found = self._store.get(items.key(items.document_pk(path), STAMP))
        took = (time.perf_counter() - began) * 1000
        assert found is not None, path
        return took

    def _note(self, parsed: Found, model: Any, **_: Any) -> None:
        self.calls.append(model.name)
        consumed = parsed["ConsumedCapacity"]
        self.units += sum(one["CapacityUnits"] for one in (consumed if isinstance(consumed, list) else [consumed]))


def measure(endpoint: str, tables: dict[int, str]) -> dict[str, dict[int, Found]]:
    """Return milliseconds, calls and read units, by request and by size."""
    instances = {size: Instances(endpoint, table) for size, table in tables.items()}
    found: dict[str, dict[int, Found]] = {}
    for at in range(ROUNDS):
        for size, its in instances.items():
            for name, target in _questions(size, at).items():
                took = its.ask(target)
                row = found.setdefault(name, {}).setdefault(size, {"ms": [], "calls": list(its.calls), "units": its.units})
                if at:  # the first round warms up
                    row["ms"].append(took)
            took = its.fetch(resource(_number(size, at, 0.5)).removeprefix("/v1/"))
            found.setdefault(BARE, {}).setdefault(size, {"ms": [], "calls": ["GetItem"], "units": 1.0})["ms"].append(took)
    return found


def _number(size: int, at: int, ahead: float) -> int:
    """Return the number of the event for a round; none repeats in a large record. `ahead` is an offset, as a share of all events."""
    events = cases(size) * EVENTS_PER_CASE
    return int(at * 997 + ahead * events) % events


def _questions(size: int, at: int) -> dict[str, str]:
    return {
        ONE: resource(_number(size, at, 0.0)),
        "the first page": "/v1/events?limit=20",
        "a page in the middle": f"/v1/events?limit=20&cursor={_cursor('2005-06')}",
        "a page with one filter": "/v1/events?limit=20&country=VN",
        FILTERED: "/v1/events?limit=20&country=VN&act=arrest",
    }


def _cursor(place: str) -> str:
    """Return the cursor of a page of events after a day; the generated events cover thirty years."""
    nothing: Sequence[object] = []
    return Cursor(1, 0, list_mark("events", nothing, None, "date"), place).encode()
