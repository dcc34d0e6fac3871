"""withdraw, rename and merge: change the source files, so that the next publish does it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from schemas.v1.terms import Term
from schemas.v1.vocabulary import Reason
from workbench import departing
from workbench.departing import Declared, Declaring
from workbench.terminal import Refused, err, out

Path_ = Annotated[str, typer.Argument(metavar="PATH", help="The resource, such as events/a-slug.", show_default=False)]
To = Annotated[str, typer.Argument(metavar="TO", help="The id that PATH will redirect to.", show_default=False)]
Why = Annotated[
    str, typer.Option("--reason", help=f"The reason, which is published. One of {', '.join(Reason)}.", show_default=False, metavar="REASON")
]
Seed = Annotated[Path, typer.Option("--seed", help="The directory of source files to change.")]
SEED = Path("seed")


def withdraw(
    path: Path_,
    reason: Why,
    still_named_by: Annotated[
        list[str] | None,
        typer.Option("--still-named-by", help="A resource that may keep its reference to PATH. Can be repeated.", show_default=False),
    ] = None,
    seed: Seed = SEED,
) -> None:
    """Withdraw a resource: after the next publish its URL answers 410 with the reason, without its content.

    To undo it, put the resource's file back and publish. To remove content from past releases too, use `article33 redact`.
    """
    _tell(_done(lambda: departing.withdraw(seed, path, reason_of(reason), still_named_by or [])), f"{path} will be withdrawn")


def rename(path: Path_, to: To, reason: Why = str(Reason.BETTER_ID), seed: Seed = SEED) -> None:
    """Give a resource a new id and update all references. After the next publish the old URL redirects to the new one (308)."""
    _tell(_done(lambda: departing.rename(seed, path, to, reason_of(reason))), f"{path} will be renamed to {to}")


def merge(path: Path_, to: To, reason: Why = str(Reason.DUPLICATE), seed: Seed = SEED) -> None:
    """Merge a resource into another and update all references. After the next publish its URL redirects to the other (308).

    To undo it, put the resource's file back and publish.
    """
    _tell(_done(lambda: departing.merge(seed, path, to, reason_of(reason))), f"{path} will be merged into {to}")


def reason_of(code: str) -> Reason:
    """Return the reason with this code; raise Refused for an unknown code."""
    for reason in Reason:
        if reason == code:
            return reason
    raise Refused(f"{code!r} is not a reason. The reasons are:\n{_explained(Reason)}")


def _explained(terms: type[Term]) -> str:
    return "\n".join(f"  {term}: {term.description}" for term in terms)


def _done(declare: Declaring) -> Declared:
    try:
        return declare()
    except departing.CannotDepart as refused:
        raise Refused(str(refused)) from refused
    except OSError as failure:
        raise Refused(f"{failure.filename}: {failure.strerror}") from failure


def _tell(declared: Declared, what: str) -> None:
    for file in declared.changed:
        out().print(str(file), highlight=False, markup=False)
    out().print(f"{what} by the next publish.", highlight=False, markup=False)
    for referrer in declared.referrers:
        err().print(f"[yellow]still referenced by[/] {escape(referrer.path)}: {escape(', '.join(referrer.fields))}", highlight=False)
    if declared.referrers:
        err().print(
            "With these references the publish will fail. Remove them, or list the resources in `still_named_by`.",
            highlight=False,
        )
