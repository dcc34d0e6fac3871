"""What every command shares: its options, how it refuses, and where it prints."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from record.store import Store
from workbench.tables import LOCAL_TABLE, Target

REFUSED, MISUSED = 1, 2
DEFAULT_PORT = 8033

Table = Annotated[str, typer.Option("--table", envvar="ARTICLE33_TABLE", help="The table that holds the record.", show_default=False)]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", envvar="DYNAMODB_ENDPOINT", help="Another DynamoDB than Amazon's, as a URL.", show_default=False)
]
Local = Annotated[bool, typer.Option("--local", help="The record of the `article33 serve` that runs on this machine.")]
RecordPort = Annotated[int, typer.Option("--record-port", help="Where that serve's DynamoDB listens, with --local.", min=1, max=65535)]


class Refused(Exception):
    """The command can't be done; the message says why in one line, the code is the exit code."""

    def __init__(self, message: str, code: int = REFUSED) -> None:
        """Say why."""
        super().__init__(message)
        self.code = code


def store_of(table: str, endpoint: str | None, local: bool, record_port: int) -> Store:  # noqa: FBT001 - typer's option
    """Return the table that a command names; raise Refused where it names none, NoTable where it can't be reached."""
    if local:
        return Target(LOCAL_TABLE, f"http://127.0.0.1:{record_port}").store()
    if not table:
        raise Refused("name the table with --table or ARTICLE33_TABLE, or say --local", MISUSED)
    return Target(table, endpoint).store()


def out() -> Console:
    """Return standard output."""
    return Console(file=sys.stdout, soft_wrap=True)


def err() -> Console:
    """Return standard error."""
    return Console(file=sys.stderr, soft_wrap=True)
