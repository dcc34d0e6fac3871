"""The options that choose a record: a deployed stage, a table by its name, or the record of a running `article33 serve`.

A choice on the command line replaces a choice in the environment: an option names its record completely, so the command can't go to
another one. Two choices in the same place are refused, and so is an endpoint for a record that is elsewhere.
"""

import time
from typing import Annotated
from urllib.parse import urlsplit

import typer

from record.store import Store
from record.writing.leasing import Patience, refuse_half_restored
from record.writing.owners import this_process
from record.writing.publishing import Publisher
from workbench.deploying.stages import deployed
from workbench.tables import Target
from workbench.tables import local as record_of
from workbench.terminal import MISUSED, Refused, visible


class OfEnvironment(str):
    """The value of an option that came from an environment variable."""

    __slots__ = ()


class ChosenPort(int):
    """A port that was given on the command line."""

    __slots__ = ()


def with_origin(context: typer.Context, parameter: typer.CallbackParam, value: str | None) -> str | None:
    """Return the value of an option. The type says whether it came from the environment."""
    is_of_environment = _source(context, parameter) == "ENVIRONMENT"
    return OfEnvironment(value) if value is not None and is_of_environment else value


def _if_chosen(context: typer.Context, parameter: typer.CallbackParam, value: int) -> int:
    """Return a port. The type says whether it was given."""
    return ChosenPort(value) if _source(context, parameter) == "COMMANDLINE" else value


def _source(context: typer.Context, parameter: typer.CallbackParam) -> str:
    source = context.get_parameter_source(parameter.name or "")
    return source.name if source else ""


OfStage = Annotated[
    str,
    typer.Option("--stage", envvar="ARTICLE33_STAGE", help="The record of this deployed stage.", show_default=False, callback=with_origin),
]
Table = Annotated[
    str,
    typer.Option(
        "--table", envvar="ARTICLE33_TABLE", help="The DynamoDB table that holds the record.", show_default=False, callback=with_origin
    ),
]
Endpoint = Annotated[
    str | None,
    typer.Option(
        "--endpoint",
        envvar="DYNAMODB_ENDPOINT",
        help="The URL of another DynamoDB, such as an emulator. Only with a table.",
        show_default=False,
        callback=with_origin,
    ),
]
Local = Annotated[bool, typer.Option("--local", help="The record of the `article33 serve` running on this machine.")]
RecordPort = Annotated[
    int, typer.Option("--record-port", help="With --local: the port of that DynamoDB.", min=1, max=65535, callback=_if_chosen)
]


def store_of(of_stage: str, table: str, endpoint: str | None, local: bool, record_port: int, *, half_restored: bool = False) -> Store:
    """Return the chosen table; raise Refused if none or two are chosen, NoTable if it can't be reached.

    Raises HalfRestored if a restore into it has not finished, unless `half_restored` tables are wanted.
    """
    store = _target(of_stage, table, endpoint, local, record_port).store()
    if not half_restored:
        refuse_half_restored(store)
    return store


def _target(of_stage: str, table: str, endpoint: str | None, local: bool, record_port: int) -> Target:
    if not local:
        if isinstance(record_port, ChosenPort):
            raise Refused(f"--record-port {record_port} is the port of a local record: add --local, or leave it out", MISUSED)
        return target_of(of_stage, table, endpoint, "or --local")
    others = (("--stage", of_stage), ("--table", table), ("--endpoint", endpoint))
    for option, value in others:
        if value and not isinstance(value, OfEnvironment):
            raise Refused(f"choose --local or {option} {visible(value)}, not both", MISUSED)
    return record_of(record_port)


def publisher_of(store: Store, patience: Patience) -> Publisher:
    """Return a publisher of this process."""
    return Publisher(store, owner=this_process(), clock=time.time, patience=patience)


def stage_in_use(of_stage: str, table: str, *, local: bool) -> str:
    """Return the stage that a command works on; empty if it works on another record, which an option names."""
    is_replaced = local or (table and not isinstance(table, OfEnvironment))
    return "" if is_replaced and isinstance(of_stage, OfEnvironment) else of_stage


def distribution_of(distribution: str, of_stage: str, *, local: bool) -> str:
    """Return the CloudFront distribution that an option names; empty if it must be the stage's, or if there is none.

    A distribution of the environment can belong to another record than the one that an option names.
    """
    is_of_environment = isinstance(distribution, OfEnvironment)
    if local and distribution and not is_of_environment:
        raise Refused(f"choose --local or --distribution {visible(distribution)}, not both: a local record has no CloudFront", MISUSED)
    is_elsewhere = local or (of_stage and not isinstance(of_stage, OfEnvironment))
    return "" if is_of_environment and is_elsewhere else distribution


def target_of(of_stage: str, table: str, endpoint: str | None, otherwise: str) -> Target:
    """Return the table for --stage or --table; raise Refused if neither is given (`otherwise` completes the error message)."""
    if of_stage and table and isinstance(of_stage, OfEnvironment) == isinstance(table, OfEnvironment):
        stage_option, table_option = _named("--stage", "ARTICLE33_STAGE", of_stage), _named("--table", "ARTICLE33_TABLE", table)
        raise Refused(f"choose the stage {of_stage} or the table {table}, not both: {stage_option} and {table_option} are given", MISUSED)
    if of_stage and not (table and isinstance(of_stage, OfEnvironment)):
        if endpoint:
            stage_option = _named("--stage", "ARTICLE33_STAGE", of_stage)
            endpoint_option = _named("--endpoint", "DYNAMODB_ENDPOINT", endpoint)
            raise Refused(f"{stage_option} is a record in AWS, and {endpoint_option} is another DynamoDB: leave one of them out", MISUSED)
        stage, described = deployed(of_stage)
        return Target(described.outputs["RecordTableName"], None, stage.account.region)
    if not table:
        raise Refused(f"choose a record with --stage or ARTICLE33_STAGE, --table or ARTICLE33_TABLE, {otherwise}", MISUSED)
    if endpoint:
        _check_url(_named("--endpoint", "DYNAMODB_ENDPOINT", endpoint), endpoint)
    return Target(table, endpoint or None)


def _named(option: str, variable: str, value: str) -> str:
    """Return how a value was given: by an option or by an environment variable."""
    return f"{variable}={visible(value)}" if isinstance(value, OfEnvironment) else f"{option} {visible(value)}"


def _check_url(given: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_url = False
    if not is_url:
        raise Refused(f"{given} is not a URL: write one like http://127.0.0.1:8000", MISUSED)
