"""The `article33` command: maintains the record, the published contract and the deployments."""

import errno
import io
import sqlite3
import sys
import tempfile
from collections.abc import Callable

import typer
from rich.markup import escape

from record.errors import RecordProblem
from workbench.commands import contract, copies, departures, deployment, finding, package, redaction, releases, serve, verifying
from workbench.tables import NoTable
from workbench.terminal import REFUSED, Refused, err


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
_add(app, releases.check, releases.plan, releases.publish, verifying.verify)
_add(app, departures.withdraw, departures.rename, departures.merge, redaction.redact)
app.command("find")(finding.find_text)
_add(app, copies.export, copies.restore)
_add(app, serve.serve)
_add(app, package.package, deployment.deploy, deployment.destroy, deployment.budget)

contract_app = typer.Typer(help="Generate and check the published contract in schemas/published/.", no_args_is_help=True)
_add(contract_app, contract.render, contract.check, contract.release)
app.add_typer(contract_app, name="contract")


def main() -> None:
    """Run the command. A refusal is one line on standard error and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # the record has characters that not every terminal has
    try:
        app(prog_name="article33")
    except (Refused, NoTable, RecordProblem) as refused:
        err().print(f"[bold red]article33:[/] {escape(str(refused))}", highlight=False)
        sys.exit(refused.code if isinstance(refused, Refused) else REFUSED)
    except (OSError, sqlite3.OperationalError) as failed:
        if not _is_full(failed):
            raise
        where = f"temporary files go into {tempfile.gettempdir()}; set TMPDIR to change that"
        err().print(f"[bold red]article33:[/] no space left on a disk ({escape(where)})", highlight=False)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        err().print("[bold red]article33:[/] interrupted", highlight=False)
        sys.exit(130)


def _is_full(failed: OSError | sqlite3.OperationalError) -> bool:
    """Return whether a disk or a disk quota is full."""
    if isinstance(failed, OSError):
        return failed.errno in (errno.ENOSPC, errno.EDQUOT)
    return failed.sqlite_errorcode == sqlite3.SQLITE_FULL
