"""What a change set would do, in words: what is lost by it stands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# A new version of a function takes the place of the last one; that is what a deployment is, and no loss.
_ROUTINE = frozenset({"AWS::Lambda::Version"})
# What holds the record. No deployment replaces or deletes it.
_RECORD = frozenset({"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"})


class Effect(StrEnum):
    """What becomes of a resource."""

    ADDED = "add"
    CHANGED = "change"
    REPLACED = "replace"
    MAYBE_REPLACED = "perhaps replace"
    DELETED = "delete"
    KEPT = "let go of"


@dataclass(frozen=True, slots=True)
class Change:
    """What a change set would do to one resource; `parts` are the properties that differ."""

    effect: Effect
    name: str
    kind: str
    parts: tuple[str, ...] = ()

    @property
    def needs_consent(self) -> bool:
        """Whether something is lost by it."""
        return self.effect in (Effect.REPLACED, Effect.MAYBE_REPLACED, Effect.DELETED) and self.kind not in _ROUTINE

    @property
    def touches_record(self) -> bool:
        """Whether it would take the table that holds the record from the API."""
        return self.effect not in (Effect.ADDED, Effect.CHANGED) and self.kind in _RECORD

    def __str__(self) -> str:
        """Say it in one line, such as `change ReadFunction (Lambda Function): Code`."""
        kind = " ".join(self.kind.split("::")[1:])
        parts = f": {', '.join(self.parts)}" if self.parts else ""
        return f"{self.effect} {self.name} ({kind}){parts}"


def changes_of(rows: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Return what the rows of a described change set would do, the losses first."""
    changes = [_change(row["ResourceChange"]) for row in rows if row.get("Type", "Resource") == "Resource"]
    order = {effect: place for place, effect in enumerate(reversed(Effect))}
    return sorted(changes, key=lambda change: (not change.needs_consent, order[change.effect], change.name))


def _change(row: Mapping[str, Any]) -> Change:
    parts = {
        detail["Target"].get("Name") or detail["Target"].get("Attribute", "") for detail in row.get("Details", ()) if "Target" in detail
    }
    return Change(_effect(row), row["LogicalResourceId"], row["ResourceType"], tuple(sorted(part for part in parts if part)))


def _effect(row: Mapping[str, Any]) -> Effect:
    action = row["Action"]
    if action == "Add":
        return Effect.ADDED
    if action == "Remove":
        return Effect.KEPT if row.get("PolicyAction") == "Retain" else Effect.DELETED
    replacement = row.get("Replacement", "False")
    if row.get("PolicyAction", "").startswith("Replace") or replacement == "True":
        return Effect.REPLACED
    return Effect.MAYBE_REPLACED if replacement == "Conditional" and not _only_follows(row) else Effect.CHANGED


def _only_follows(row: Mapping[str, Any]) -> bool:
    """Tell whether it would be replaced only if something else were that it refers to, which then is named itself."""
    details = row.get("Details", ())
    return bool(details) and all(
        detail.get("Evaluation") == "Dynamic" for detail in details if detail["Target"].get("RequiresRecreation", "Never") != "Never"
    )
