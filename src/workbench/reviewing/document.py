"""A review as a JSON document for programs. docs/plan.md describes it."""

from typing import Any

from record.model import ChangeKind, Source
from workbench.differences import Absent, FieldChange, Value
from workbench.planning import Planned
from workbench.reviewing.review import Review
from workbench.seedfiles import Problem
from workbench.undoing import Undone


def document_of(review: Review) -> dict[str, Any]:
    """Return a review as JSON values."""
    return {
        "summary": review.summary,
        "would_publish": not review.prevents and bool(review.changes),
        "prevents": list(review.prevents),
        "warnings": list(review.warnings),
        "release": review.release or None,
        "source": _source(review.source),
        "checkout": _source(review.checkout),
        "base": review.base,
        "problems": [_problem(one) for one in review.problems],
        "put_back": [one._asdict() for one in review.put_back],
        "undone": [_undone(one) for one in review.undone],
        "new_ids": list(review.new),
        "counts": review.counts,
        "changes": [_planned(one, review) for one in (*review.deletions, *review.others)],
    }


def _source(source: Source | None) -> dict[str, Any] | None:
    return source._asdict() if source else None


def _problem(one: Problem) -> dict[str, Any]:
    return {
        "file": one.file,
        "line": one.line,
        "field": one.field,
        "rule": str(one.rule),
        "message": one.message,
        "warning": one.warning,
    }


def _undone(one: Undone) -> dict[str, Any]:
    values = {"base": one.base, "published": one.published, "planned": one.planned}
    return {"path": one.path, "field": one.field, "how": str(one.how), "release": one.release, **_present(values)}


def _planned(one: Planned, review: Review) -> dict[str, Any]:
    return {
        "path": one.path,
        "change": str(one.kind or one.difference),
        "reason": one.reason,
        "target": one.target,
        "looks_like": review.lookalikes.get(one.path),
        "fields": [_field(change) for change in one.fields] if one.kind is ChangeKind.UPDATED else [],
    }


def _field(change: FieldChange) -> dict[str, Any]:
    return {"field": change.field, "how": str(change.how), **_present({"old": change.old, "new": change.new})}


def _present(values: dict[str, Value]) -> dict[str, Any]:
    """Return the values that are not absent. So null is a value, and a missing member is none."""
    return {name: value for name, value in values.items() if not isinstance(value, Absent)}
