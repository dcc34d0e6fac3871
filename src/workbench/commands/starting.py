"""The option that says from which release a source started, and the check of the checkout."""

from pathlib import Path
from typing import Annotated

import typer

from record.model import Release
from record.store import Store
from workbench.checkout import GitFailed, checkout_of
from workbench.hiding import NOTHING, Hiding
from workbench.staging import Staging
from workbench.starting import Start, start_of
from workbench.terminal import MISUSED, Refused, counted
from workbench.undoing import undone

FromRelease = Annotated[
    int | None,
    typer.Option(
        "--from-release",
        metavar="N",
        help="The release that this source started from. It is refused if it would undo anything that was published after it.",
        show_default=False,
    ),
]


def found_start(
    store: Store,
    current: Release | None,
    sources: list[str] | None,
    staging: Staging,
    from_release: int | None,
    *,
    is_checked: bool,
    hiding: Hiding = NOTHING,
) -> Start:
    """Return where the staged sources started from. Raises Refused if there is no such release, or git can't be asked."""
    newest = current.number if current else 0
    if from_release is not None and not 1 <= from_release <= newest:
        raise Refused(f"--from-release {from_release}: there is no such release; the record has {counted(newest, 'release')}", MISUSED)
    directories = directories_of(sources)
    try:
        checkout = checkout_of(directories) if directories else None
        return start_of(
            store,
            current,
            checkout,
            lambda base: undone(store, base, newest, staging, hiding),
            from_release,
            is_checked=is_checked,
        )
    except GitFailed as failed:
        raise Refused(str(failed)) from failed


def directories_of(sources: list[str] | None) -> list[Path]:
    """Return the directories among the sources of a command."""
    return [Path(source) for source in sources or ["seed"] if source != "-" and Path(source).is_dir()]
