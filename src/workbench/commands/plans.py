"""plan: a review of what a publish would change."""

import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from record.store import Store
from record.writing.comparing import Difference
from record.writing.removals import PutBack, read_removals
from workbench.commands.guarding import Over, guard_of, refused
from workbench.commands.releases import InvalidSource, Sources, refuse, stage_all
from workbench.commands.starting import FromRelease, directories_of, found_start
from workbench.commands.targets import Endpoint, Local, OfStage, RecordPort, Table, store_of
from workbench.hiding import HIDDEN, Hiding
from workbench.planning import Planned, current, lookalikes, missing_files, new_ids, planned_changes, put_back, unfiled
from workbench.removed import screening
from workbench.reviewing.document import document_of
from workbench.reviewing.markdown import markdown_of
from workbench.reviewing.review import Back, Review
from workbench.reviewing.text import show
from workbench.seedfiles import Problem
from workbench.staging import Staging
from workbench.terminal import DEFAULT_PORT, Refused, counted


def plan(
    sources: Sources = None,
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
    over_redaction: Over = None,
    from_release: FromRelease = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the review as one JSON document (docs/plan.md) on standard output.")
    ] = False,
    markdown: Annotated[
        Path | None,
        typer.Option("--markdown", metavar="FILE", help="Also write the review as Markdown into this file.", show_default=False),
    ] = None,
) -> None:
    """Show what a publish would change. Writes nothing into the record.

    First what would be put back after a redaction, then what would be undone or deleted, then the new ids, then every other change, by list
    item and by word. Exits 1 if a publish would fail.
    """
    store = store_of(of_stage, table, endpoint, local, record_port)
    with Staging() as staging:
        try:
            review, refusals = _reviewed(store, staging, sources, over_redaction, from_release, is_checked=not local)
        except InvalidSource as invalid:
            review = _invalid(store, staging, sources, invalid)
            refusals = list(review.prevents)
        if markdown:
            _write(markdown, markdown_of(review))
        if as_json:
            sys.stdout.write(f"{json.dumps(document_of(review), ensure_ascii=False, indent=2)}\n")
        elif not review.problems or review.changes:
            show(review)
    if refusals:
        raise Refused("; ".join(refusals))


def _reviewed(
    store: Store,
    staging: Staging,
    sources: list[str] | None,
    over_redaction: list[str] | None,
    from_release: int | None,
    *,
    is_checked: bool,
) -> tuple[Review, list[str]]:
    """Return the review, and the same reasons for a refusal in more detail, for the person at the terminal."""
    _, release = current(store)
    stage_all(staging, sources, store)
    found = list(put_back(store, staging, guard_of(store, over_redaction, staging)))
    hiding = Hiding(found)
    prevents: list[str] = []
    refusals: list[str] = []
    if found:
        refusals.append(str(refused(staging, found)))
        prevents.append(f"{counted(len(set(found)), 'field')} would put back what was redacted")
    start = found_start(store, release, sources, staging, from_release, is_checked=is_checked, hiding=hiding)
    new, problems = new_ids(store, staging)
    changes = tuple(planned_changes(store, staging, hiding))
    missing = [one for one in changes if one.difference is Difference.MISSING]
    renamed = lookalikes(store, staging, [one.path for one in missing]) if missing else {}
    for reason in (start.refusal, _refused(problems), missing_files(len(missing)) if missing else ""):
        if reason:
            refusals.append(reason)
            prevents.append(reason)
    shown = [replace(one, path=hiding.path(one.path), target=one.target and hiding.path(one.target)) for one in changes]
    review = Review(
        release=release.number if release else 0,
        source=release.origin.source if release else None,
        checkout=start.checkout,
        base=start.base,
        why=start.why,
        warnings=start.warnings,
        prevents=tuple(prevents),
        problems=tuple(problems),
        put_back=tuple(_back(one, staging, hiding) for one in dict.fromkeys(found)),
        undone=tuple(replace(one, path=hiding.path(one.path)) for one in start.undone),
        new=tuple(map(hiding.path, new)),
        changes=tuple(shown),
        lookalikes={path: hiding.path(to) for path, to in renamed.items()},
    )
    return review, refusals


def _invalid(store: Store, staging: Staging, sources: list[str] | None, invalid: InvalidSource) -> Review:
    """Return the review of a source with errors. A missing or moved file is often the reason for them, so these are named too."""
    directories = directories_of(sources)
    missing = unfiled(store, staging, directories) if directories else []
    return Review(
        prevents=(str(invalid), missing_files(len(missing))) if missing else (str(invalid),),
        problems=_screened(store, invalid.problems),
        changes=tuple(Planned(Difference.MISSING, path) for path in missing),
        lookalikes=lookalikes(store, staging, missing) if missing else {},
    )


def _screened(store: Store, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems without what a redaction removed, such as an id that a reference names."""
    screen = screening(read_removals(store))

    def shown(text: str) -> str:
        return HIDDEN if any(screen("", json.dumps({"message": text}).encode())) else text

    return tuple(replace(one, file=shown(one.file), message=shown(one.message)) for one in problems)


def _refused(problems: Iterable[Problem]) -> str:
    """Print problems; return why they prevent a publish, or nothing if they don't."""
    try:
        refuse(list(problems))
    except InvalidSource as invalid:
        return str(invalid)
    return ""


def _back(one: PutBack, staging: Staging, hiding: Hiding) -> Back:
    file, line = staging.where(one.path, one.pointer)
    shown = file if hiding.path(one.path) == one.path else hiding.path(one.path)
    return Back(hiding.place(one.path, one.pointer), shown, line, one.release, one.reason)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as failed:
        raise Refused(f"{file} can't be written: {failed.strerror}") from failed
