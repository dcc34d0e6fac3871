"""Which record a command is about: that of a deployed stage, a table by its name, or the one that `serve` has on this machine."""

from typing import Annotated

import typer

from record.store import Store
from workbench.deploying.stages import deployed
from workbench.tables import Target
from workbench.tables import local as record_of
from workbench.terminal import MISUSED, Refused

OfStage = Annotated[str, typer.Option("--stage", envvar="ARTICLE33_STAGE", help="The record of this deployment.", show_default=False)]
Table = Annotated[str, typer.Option("--table", envvar="ARTICLE33_TABLE", help="The table that holds the record.", show_default=False)]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", envvar="DYNAMODB_ENDPOINT", help="Another DynamoDB than Amazon's, as a URL.", show_default=False)
]
Local = Annotated[bool, typer.Option("--local", help="The record of the `article33 serve` that runs on this machine.")]
RecordPort = Annotated[int, typer.Option("--record-port", help="Where that serve's DynamoDB listens, with --local.", min=1, max=65535)]


def store_of(of_stage: str, table: str, endpoint: str | None, local: bool, record_port: int) -> Store:
    """Return the table that a command names; raise Refused where it names none or two, NoTable where it can't be reached."""
    if local:
        return record_of(record_port).store()
    return target_of(of_stage, table, endpoint, "or say --local").store()


def target_of(of_stage: str, table: str, endpoint: str | None, otherwise: str) -> Target:
    """Return where the record of a deployment or in a table is; raise Refused where neither is named (`otherwise`: what else may be)."""
    if of_stage and table:
        raise Refused(f"name the stage {of_stage} or the table {table}, not both (ARTICLE33_STAGE and ARTICLE33_TABLE count)", MISUSED)
    if of_stage:
        stage, described = deployed(of_stage)
        return Target(described.outputs["RecordTableName"], endpoint, stage.account.region)
    if not table:
        raise Refused(f"name the deployment with --stage or ARTICLE33_STAGE, or the table with --table, {otherwise}", MISUSED)
    return Target(table, endpoint)
