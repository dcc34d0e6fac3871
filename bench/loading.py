"""Records of several sizes in the engine, each made once and kept: small ones are published, large ones repeat published items."""

import datetime
import json
import time
from collections.abc import Sequence
from typing import TextIO

from boto3.session import Session
from botocore.exceptions import ClientError

from bench.documents import stream
from bench.engine import ELSEWHERE, engine, fill
from bench.repeating import repeated
from record import items
from record.client import publishing_client
from record.decoding import head_of
from record.store import Store
from record.writing.publishing import Publisher
from tests.e2e.generated import cases
from workbench.seedfiles import Problem
from workbench.staging import Staging
from workbench.templates import table_declaration

TODAY = datetime.date(2026, 11, 25)
LARGEST_PUBLISHED = 3_000  # resources; larger records repeat the items of a record of this size
STAMP = "0000000001.0000000001"  # of everything that the first attempt at the first release wrote


def store_of(endpoint: str, table: str) -> Store:
    """Return a table on the engine, for a publisher."""
    session = Session("bench", "bench")
    return Store(publishing_client(session, endpoint_url=endpoint, region_name="eu-central-1"), table)


def make_table(store: Store) -> bool:
    """Create a table as the template declares it; return False if it exists already."""
    try:
        store.client.create_table(TableName=store.table, **table_declaration())
    except ClientError as failure:
        if failure.response["Error"]["Code"] != "ResourceInUseException":
            raise
        return False
    store.client.get_waiter("table_exists").wait(TableName=store.table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return True


def staged(resources: int) -> Staging:
    """Return a record of about this many resources, checked and ready to be published."""
    return _checked(Staging(), stream(resources))


def shaped(resources: int) -> Staging:
    """Return a record of about this many resources, each checked alone: `staged` has checked the relations in a smaller record."""
    staging = Staging()
    _assert_publishable(staging.add([stream(resources)]))
    next(iter(staging))  # creates its indexes, as a check does; otherwise the measured publish would, with megabytes of memory for sorting
    return staging


def changed(published: Staging, changes: TextIO) -> Staging:
    """Return a published record with a stream of changes to it, checked and ready to be published."""
    staging = Staging()
    staging.add_published((document.path, document.content) for document in published)
    return _checked(staging, changes)


def _checked(staging: Staging, added: TextIO) -> Staging:
    _assert_publishable([*staging.add([added]), *staging.check(TODAY)])
    return staging


def _assert_publishable(problems: Sequence[Problem]) -> None:
    refused = [problem for problem in problems if not problem.warning]
    assert not refused, f"the generated record must be publishable: {refused[:3]}"


def name_of(resources: int) -> str:
    """Return the name of the table that holds a record of about this many resources."""
    return f"bench-{resources}"


def load(resources: int) -> None:
    """Create a table with a record of about this many resources, if it doesn't exist. Dynalite must not be running.

    The current release is written last, so an interrupted load starts again.
    """
    if resources > LARGEST_PUBLISHED:
        load(LARGEST_PUBLISHED)
    with engine() as endpoint:
        store = store_of(endpoint, name_of(resources))
        if not make_table(store) and head_of(store.get(items.key(items.RELEASES, items.CURRENT))).release:
            return
        if resources <= LARGEST_PUBLISHED:
            with staged(resources) as staging:
                Publisher(store, owner="bench", clock=time.time).publish(staging, "benchmark")
            return
        published = [item for page in store_of(endpoint, name_of(LARGEST_PUBLISHED)).scan() for item in page]
    batches = repeated(published, cases(resources))
    if ELSEWHERE:
        for batch in batches:
            store.put_all(json.loads(batch))
    else:
        fill(store.table, batches)
