"""Keeps plan and publish from putting back what redactions removed."""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated

import typer
from rich.markup import escape

from record.store import Store
from record.writing.removals import Guard, PutBack
from workbench.removed import screening
from workbench.staging import Staging
from workbench.terminal import MISUSED, Refused, counted, err, visible

Over = Annotated[
    list[str] | None,
    typer.Option(
        "--over-redaction",
        metavar="PATH:POINTER",
        help="Publish what a redaction removed from this field all the same. Can be repeated.",
        show_default=False,
    ),
]
_PLACE = re.compile("[a-z]+/[a-z0-9-]+:(/.*)?")


def guard_of(store: Store, over: Sequence[str] | None, staging: Staging) -> Guard:
    """Return the guard of a publish of what is staged; raise Refused if a place is not `PATH:POINTER`."""
    for place in over or ():
        if not _PLACE.fullmatch(place):
            raise Refused(f"--over-redaction {place} does not name a field, such as events/a-slug:/summary/en", MISUSED)
    return Guard(store, partial(screening, moves=staging.moves()), frozenset(over or ()))


def refused(staging: Staging, found: Iterable[PutBack]) -> Refused:
    """Print each field that would be put back, without what it holds. Return the refusal, which says how to go on."""
    every = list(dict.fromkeys(found))
    for back in every:
        what = f"release {back.release} redacted this ({back.reason})"
        if not back.path:
            err().print(f"[red]the message[/]: {what}", highlight=False)
            continue
        file, line = staging.where(back.path, back.pointer)
        err().print(f"[bold]{escape(visible(file))}:{line}[/]: {escape(visible(back.place))}: {what}", highlight=False, soft_wrap=True)
    return Refused(_how(every))


def _how(every: Sequence[PutBack]) -> str:
    fields = sorted({back.place for back in every if back.path})
    ways: list[str] = []
    if fields:
        named = " ".join(f"--over-redaction {visible(place)}" for place in fields[:3])
        more = ", and so on" if len(fields) > 3 else ""
        ways.append(
            f"{counted(len(fields), 'field')} would put back what was redacted: remove it from the source, for example by updating an old "
            f"checkout; to publish it all the same, add {named}{more}"
        )
    if any(not back.path for back in every):
        ways.append("the message has what was redacted: write another one")
    return f"{'; '.join(ways)}. Nothing was published"
