"""The options that choose a record: a deployed stage, a table by its name, or the record of a running `article33 serve`."""

import time
from typing import Annotated

import typer

from record.store import Store
from record.writing.owners import this_process
from record.writing.publishing import Publisher
from workbench.deploying.stages import deployed
from workbench.tables import Target
from workbench.tables import local as record_of
from workbench.terminal import MISUSED, Refused

OfStage = Annotated[str, typer.Option("--stage", envvar="ARTICLE33_STAGE", help="The record of this deployed stage.", show_default=False)]
Table = Annotated[
    str, typer.Option("--table", envvar="ARTICLE33_TABLE", help="The DynamoDB table that holds the record.", show_default=False)
]
Endpoint = Annotated[
    str | None,
    typer.Option("--endpoint", envvar="DYNAMODB_ENDPOINT", help="The URL of another DynamoDB, such as an emulator.", show_default=False),
]
Local = Annotated[bool, typer.Option("--local", help="The record of the `article33 serve` running on this machine.")]
RecordPort = Annotated[int, typer.Option("--record-port", help="With --local: the port of that DynamoDB.", min=1, max=65535)]


def store_of(of_stage: str, table: str, endpoint: str | None, local: bool, record_port: int) -> Store:
    """Return the chosen table; raise Refused if none or two are chosen, NoTable if it can't be reached."""
    if local:
        return record_of(record_port).store()
    return target_of(of_stage, table, endpoint, "or --local").store()


def publisher_of(store: Store) -> Publisher:
    """Return a publisher of this process."""
    return Publisher(store, owner=this_process(), clock=time.time)


def target_of(of_stage: str, table: str, endpoint: str | None, otherwise: str) -> Target:
    """Return the table for --stage or --table; raise Refused if neither is given (`otherwise` completes the error message)."""
    if of_stage and table:
        raise Refused(
            f"choose the stage {of_stage} or the table {table}, not both (ARTICLE33_STAGE and ARTICLE33_TABLE count too)", MISUSED
        )
    if of_stage:
        stage, described = deployed(of_stage)
        return Target(described.outputs["RecordTableName"], endpoint, stage.account.region)
    if not table:
        raise Refused(f"choose a record with --stage or ARTICLE33_STAGE, --table or ARTICLE33_TABLE, {otherwise}", MISUSED)
    return Target(table, endpoint)
