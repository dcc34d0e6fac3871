"""The `article33` command: maintains the record, the published contract and the deployments."""

import contextlib
import errno
import os
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.markup import escape

from record.errors import RecordProblem
from workbench.commands import contract, copies, departures, deployment, finding, package, plans, redaction, releases, serve, verifying
from workbench.failures import in_one_line, of_system, one_line
from workbench.tables import NoTable
from workbench.terminal import (
    CLOSED,
    FAILED,
    MISUSED,
    REFUSED,
    OutputFailed,
    Refused,
    drop_output,
    err,
    flush_output,
    prepare_streams,
    visible,
)

DEBUG = "ARTICLE33_DEBUG"  # if it is set, an unexpected error is printed with its traceback


def _add(to: typer.Typer, *commands: Callable[..., None]) -> None:
    for command in commands:
        to.command()(command)


app = typer.Typer(
    name="article33",
    help="Check and publish the record of refoulement cases, serve it on this machine, and deploy the API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
_add(app, releases.check, plans.plan, releases.publish, verifying.verify)
_add(app, departures.withdraw, departures.rename, departures.merge, redaction.redact)
app.command("find")(finding.find_text)
_add(app, copies.export, copies.restore)
_add(app, serve.serve)
_add(app, package.package, deployment.deploy, deployment.destroy, deployment.budget)

contract_app = typer.Typer(help="Generate and check the published contract in schemas/published/.", no_args_is_help=True)
_add(contract_app, contract.render, contract.check, contract.release)
app.add_typer(contract_app, name="contract")


def main() -> None:
    """Run the command. Whatever goes wrong is one line on standard error and an exit code, never a traceback.

    The exit codes: 1 refused, 2 called wrongly, 70 a bug of this program, 130 interrupted, 141 nobody reads the output any more.
    """
    prepare_streams()
    try:
        code = _run()
        flush_output()
    except OutputFailed as failure:
        drop_output()
        if not failure.is_closed:  # else it was piped into a command such as `head`, which has what it wants
            _say(f"standard output can't be written: {failure}")
        code = CLOSED if failure.is_closed else REFUSED
    sys.exit(code)


def _run() -> int:
    """Run the command; return its exit code. Raises OutputFailed."""
    try:
        _check_arguments(sys.argv[1:])
        app(prog_name="article33")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except (Refused, NoTable, RecordProblem) as refused:
        _say(str(refused))
        return refused.code if isinstance(refused, Refused) else REFUSED
    except KeyboardInterrupt:
        _say("interrupted")
        return 130
    except OutputFailed:
        raise
    except Exception as failed:  # noqa: BLE001 - the last resort: no error may end as a traceback
        return _failed(failed)
    return 0


def _failed(failed: Exception) -> int:
    """Say what failed; return the exit code."""
    if os.environ.get(DEBUG):
        traceback.print_exception(failed)
    if isinstance(failed, OSError | sqlite3.OperationalError) and _is_full(failed):
        _say(f"no space left on a disk (temporary files go into {_temporary()}; set TMPDIR to change that)")
    elif isinstance(failed, ClientError | BotoCoreError):
        _say(f"AWS or DynamoDB can't be used: {in_one_line(failed)}")
    elif isinstance(failed, OSError):
        _say(of_system(failed))
    else:
        what = f"{type(failed).__name__}: {one_line(str(failed))}".removesuffix(": ")
        _say(f"this is a bug: {what}. Please report it (see CONTRIBUTING.md). To see where it happened, set {DEBUG}=1 and run it again")
        return FAILED
    return REFUSED


def _check_arguments(arguments: Sequence[str]) -> None:
    """Raise Refused if an argument has bytes that are no text in the encoding of this environment."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as bad:
            encoding = sys.getfilesystemencoding().upper()
            shown = argument if len(argument) < 100 else f"{argument[:100]}..."
            raise Refused(f"the argument {visible(shown)} can't be used: it is not valid {encoding}", MISUSED) from bad


def _say(message: str) -> None:
    with contextlib.suppress(OSError):  # if standard error can't be written, there is nobody to tell
        err().print(f"[bold red]article33:[/] {escape(message)}", highlight=False)


def _temporary() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        return "no directory that can be written"


def _is_full(failed: OSError | sqlite3.OperationalError) -> bool:
    """Return whether a disk or a disk quota is full."""
    if isinstance(failed, OSError):
        return failed.errno in (errno.ENOSPC, errno.EDQUOT)
    return failed.sqlite_errorcode == sqlite3.SQLITE_FULL
