"""Records of several sizes on the engine, each published once and then kept."""

import datetime
import time

from botocore.exceptions import ClientError
from botocore.session import Session

from bench.documents import stream
from record import items
from record.client import publishing_client
from record.decoding import head_of
from record.store import Store
from record.writing.publishing import Publisher
from workbench.staging import Staging
from workbench.templates import table_declaration

TODAY = datetime.date(2026, 11, 25)
STAMP = "0000000001.0000000001"  # of all that the first attempt at the first release wrote


def store_of(endpoint: str, table: str) -> Store:
    """Return a table on the engine, for a publisher."""
    session = Session()
    session.set_credentials("bench", "bench")
    return Store(publishing_client(session, endpoint_url=endpoint, region_name="eu-central-1"), table)


def make_table(store: Store) -> bool:
    """Make a table as the template declares it; return False where it is there already."""
    try:
        store.client.create_table(TableName=store.table, **table_declaration())
    except ClientError as failure:
        if failure.response["Error"]["Code"] != "ResourceInUseException":
            raise
        return False
    store.client.get_waiter("table_exists").wait(TableName=store.table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return True


def staged(resources: int, edition: int = 0, changed: int = 0) -> Staging:
    """Return a record of about this many resources, checked and ready to be published."""
    staging = Staging()
    problems = [*staging.add([stream(resources, edition, changed)]), *staging.check(TODAY)]
    refused = [problem for problem in problems if not problem.warning]
    assert not refused, f"what is measured with must be publishable: {refused[:3]}"
    return staging


def loaded(endpoint: str, resources: int) -> str:
    """Return the name of a table that holds a record of about this many resources; where there is none, publish it."""
    table = f"bench-{resources}"
    store = store_of(endpoint, table)
    if make_table(store) or head_of(store.get(items.key(items.RELEASES, items.CURRENT))).release == 0:
        with staged(resources) as staging:
            Publisher(store, owner="bench", clock=time.time).publish(staging, "measured with")
    return table
