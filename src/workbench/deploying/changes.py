"""What a change set would do, in words. Changes that delete or replace something come first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Each deployment replaces the last version of a function, so that needs no consent.
_ROUTINE = frozenset({"AWS::Lambda::Version"})
# These hold the record. A deployment never replaces or deletes them.
_RECORD = frozenset({"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"})


class Effect(StrEnum):
    """What happens to a resource."""

    ADDED = "add"
    CHANGED = "change"
    REPLACED = "replace"
    MAYBE_REPLACED = "perhaps replace"
    DELETED = "delete"
    KEPT = "detach"


@dataclass(frozen=True, slots=True)
class Change:
    """What a change set would do to one resource. `parts` are the properties that change."""

    effect: Effect
    name: str
    kind: str
    parts: tuple[str, ...] = ()

    @property
    def needs_consent(self) -> bool:
        """Whether the change deletes or replaces something, or may do so."""
        return self.effect in (Effect.REPLACED, Effect.MAYBE_REPLACED, Effect.DELETED) and self.kind not in _ROUTINE

    @property
    def touches_record(self) -> bool:
        """Whether the API would lose the table that holds the record."""
        return self.effect not in (Effect.ADDED, Effect.CHANGED) and self.kind in _RECORD

    def __str__(self) -> str:
        """Return the change in one line, such as `change ReadFunction (Lambda Function): Code`."""
        kind = " ".join(self.kind.split("::")[1:])
        parts = f": {', '.join(self.parts)}" if self.parts else ""
        return f"{self.effect} {self.name} ({kind}){parts}"


def changes_of(rows: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Return the changes of a described change set; those that need consent come first."""
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
    """Return whether it would be replaced only if a resource it refers to is. That one then has a change of its own."""
    details = row.get("Details", ())
    return bool(details) and all(
        detail.get("Evaluation") == "Dynamic" for detail in details if detail["Target"].get("RequiresRecreation", "Never") != "Never"
    )
