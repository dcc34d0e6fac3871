"""redact events/a-slug --field /id: replace an id by an opaque one, in the record and in the source files."""

from itertools import groupby
from pathlib import Path

from rich.markup import escape

from record.store import Store
from workbench.commands.prepared import Prepared
from workbench.departing import CannotDepart, Declared, replace_id
from workbench.id_redactions import ID, IdPlan, plan_id
from workbench.redactions import Asked, CannotRedact
from workbench.terminal import counted, err, out

__all__ = ["ID", "change_source", "prepare_id"]


def prepare_id(store: Store, path: str, asked: Asked, reason: str, seed: Path) -> Prepared:
    """Plan and show the redaction of an id. Raises CannotRedact, also if the source files can't be changed; or AlreadyRedacted."""
    if asked.words or asked.revisions:
        raise CannotRedact(f"{path} can only be replaced everywhere, without --words and --revision")
    if others := [field for field in asked.fields if field != ID]:
        raise CannotRedact(f"redact the id alone: first {ID}, then {' '.join(others)} of the resource's new id")
    planned = plan_id(store, path, reason)
    _show(planned)
    summary = f"{planned.path} is {planned.to} now, {counted(len(planned.replaced), 'revision')} rewritten"
    if not seed.is_dir():
        _say_to_change(f"there is no {seed}", path, planned.to)
        return Prepared(planned.redaction, summary)
    try:
        write = replace_id(seed, path, planned.to)
    except CannotDepart as refused:
        raise CannotRedact(str(refused)) from refused
    return Prepared(planned.redaction, summary, lambda: _say_changed(write()))


def change_source(seed: Path, path: str, to: str) -> None:
    """Replace an id in the source files, after an interrupted redaction of it was completed. Warn if that is not possible."""
    if not seed.is_dir():
        _say_to_change(f"there is no {seed}", path, to)
        return
    try:
        _say_changed(replace_id(seed, path, to)())
    except CannotDepart as refused:
        _say_to_change(str(refused), path, to)


def _say_to_change(why: str, path: str, to: str) -> None:
    err().print(
        f"[yellow]The source files were not changed:[/] {escape(why)}. Change {escape(path)} to {escape(to)} there before you publish.",
        highlight=False,
        soft_wrap=True,
    )


def _say_changed(declared: Declared) -> None:
    for file in declared.changed:
        what = "Changed" if file.exists() else "Removed"
        out().print(f"{what} {escape(str(file))}.", highlight=False)


def _show(planned: IdPlan) -> None:
    out().print(f"[red]{escape(planned.path)}[/] will be {planned.to}. The old id will answer 404.", highlight=False)
    for path, revisions in groupby(planned.replaced, key=lambda one: one.path):
        for one in revisions:
            what = f"[red]{escape(path)}[/], revision {one.number} of release {one.release}, will be rewritten:"
            out().print(f"{what} {escape(' '.join(one.fields))}", highlight=False)
    for name in planned.lists:
        out().print(f"The list {escape(name)} will have the new id in its name.", highlight=False)
    for path, number, field in planned.alike:
        where = f"{escape(path)}, revision {number}," if number else escape(path)
        err().print(
            f"[yellow]also in[/] {where} {escape(field)}, which stays as it is. To redact it too, before the id: "
            f"article33 redact {escape(path)} --field {escape(field)}",
            highlight=False,
        )
