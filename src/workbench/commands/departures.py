"""withdraw, rename and merge: declarations in the record's source, done by the next publish."""

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
To = Annotated[str, typer.Argument(metavar="TO", help="The id that it leads to from then on.", show_default=False)]
Why = Annotated[
    str, typer.Option("--reason", help=f"Why; it is published. One of {', '.join(Reason)}.", show_default=False, metavar="REASON")
]
Seed = Annotated[Path, typer.Option("--seed", help="The record's source, whose files are written.")]
SEED = Path("seed")


def withdraw(
    path: Path_,
    reason: Why,
    still_named_by: Annotated[
        list[str] | None,
        typer.Option("--still-named-by", help="A resource that may go on referring to it; may stand several times.", show_default=False),
    ] = None,
    seed: Seed = SEED,
) -> None:
    """Declare a resource withdrawn: from the next publish on its id answers 410 with the reason, and nothing of its content.

    Put its file back, and the publish after that restores it. To take content out of the record's past too: article33 redact.
    """
    _tell(_done(lambda: departing.withdraw(seed, path, reason_of(reason), still_named_by or [])), f"{path} is declared withdrawn")


def rename(path: Path_, to: To, reason: Why = str(Reason.BETTER_ID), seed: Seed = SEED) -> None:
    """Give a resource another id, and point every reference to it: from the next publish on the old id leads there (308)."""
    _tell(_done(lambda: departing.rename(seed, path, to, reason_of(reason))), f"{path} is declared renamed to {to}")


def merge(path: Path_, to: To, reason: Why = str(Reason.DUPLICATE), seed: Seed = SEED) -> None:
    """Declare a resource to be the same as another, and point every reference there: its id leads there (308) from the next publish on.

    Put its file back, and the publish after that undoes the merge.
    """
    _tell(_done(lambda: departing.merge(seed, path, to, reason_of(reason))), f"{path} is declared merged into {to}")


def reason_of(code: str) -> Reason:
    """Return the reason that a code stands for; raise Refused where it stands for none."""
    for reason in Reason:
        if reason == code:
            return reason
    raise Refused(f"{code!r} is no reason; these are:\n{_explained(Reason)}")


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
    out().print(f"{what}, by the next publish.", highlight=False, markup=False)
    for referrer in declared.referrers:
        err().print(f"[yellow]still referred to[/] by {escape(referrer.path)}: {escape(', '.join(referrer.fields))}", highlight=False)
    if declared.referrers:
        err().print(
            "These references would refuse the publish: take them out, or say in the declaration that they stay: still_named_by.",
            highlight=False,
        )
