"""The options about others who write: wait for a lease, take over a dead one, and start a new history in an empty table."""

import sys
import time
from typing import Annotated

import typer
from rich.markup import escape

from record.errors import LeaseHeld
from record.store import Store
from record.writing.leasing import Patience, current_head, current_holder, patiently
from record.writing.owners import this_process
from workbench.terminal import MISUSED, Refused, err

Wait = Annotated[
    int,
    typer.Option(
        "--wait", metavar="SECONDS", help="If somebody else is writing, wait for at most this time.", min=0, max=86400, show_default=False
    ),
]
TakeOver = Annotated[
    bool,
    typer.Option(
        "--take-over",
        help="Don't wait for the lease of a process on another machine that has died. If it still runs, it loses its work.",
    ),
]
First = Annotated[bool, typer.Option("--first", help="Publish release 1 into a table that has no release yet.")]


def patience_of(store: Store, wait: int, take_over: bool, *, yes: bool = False) -> Patience:
    """Return what to do if somebody holds the lease. To take it over, say whose it is, and ask on a terminal unless `yes`.

    With `wait`, wait at once, so that the command works on what the others have published.
    """
    if wait and take_over:
        raise Refused("choose --wait or --take-over, not both", MISUSED)
    if not take_over:
        patience = Patience(float(wait), lambda held: _say_waiting(held, wait))
        if wait:
            patiently(store, patience, lambda: _check_free(store))
        return patience
    holder = current_holder(store, time.time)
    if holder is None:
        err().print("Nobody holds the lease, so there is nothing to take over.", highlight=False)
        return Patience()
    err().print(
        f"[yellow]Taking over the lease of[/] {escape(holder.owner)}, which would expire in {holder.seconds:.0f} s. "
        "If that process still runs, it loses its work.",
        highlight=False,
        soft_wrap=True,
    )
    if not yes and sys.stdin.isatty() and not typer.confirm("Has it died?", err=True):
        raise Refused("nothing was taken over")
    return Patience(over=holder)


def check_first(store: Store, *, first: bool) -> None:
    """Raise Refused if a publish would start a new history, and neither --first nor an answer on a terminal allows it."""
    release = current_head(store).release
    if release:
        if first:
            err().print(
                f"The table has {release:,} releases already. Leave out --first: without it, a wrong or empty table is noticed.",
                highlight=False,
            )
        return
    if first:
        return
    why = (
        f"the table {store.table} has no release, so this publish would start a new history with release 1. Usually that is the wrong "
        "table, or one that was created again and needs `article33 restore` first"
    )
    if not sys.stdin.isatty():
        raise Refused(f"{why}. If this is a new record, add --first")
    err().print(f"[yellow]{escape(why[0].upper() + why[1:])}.[/]", highlight=False, soft_wrap=True)
    if not typer.confirm("Start a new history?", err=True):
        raise Refused("nothing was published")


def _check_free(store: Store) -> None:
    """Raise LeaseHeld if somebody holds the lease, unless it is a process of our own that has ended."""
    holder = current_holder(store, time.time)
    if holder and not this_process().may_replace(holder.owner):
        raise LeaseHeld(holder.owner, holder.seconds)


def _say_waiting(held: LeaseHeld, seconds: int) -> None:
    err().print(f"Waiting for at most {seconds:,} s: {escape(str(held))}.", highlight=False, soft_wrap=True)
