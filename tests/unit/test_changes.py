"""Change sets in words: losses stand out."""

from collections.abc import Mapping
from typing import Any

import pytest

from workbench.deploying.changes import Change, Effect, changes_of


def row(action: str, name: str = "Thing", kind: str = "AWS::SNS::Topic", **more: Any) -> Mapping[str, Any]:
    """Return a row of a described change set."""
    return {"Type": "Resource", "ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": kind, **more}}


def detail(evaluation: str, recreation: str, name: str = "Name") -> Mapping[str, Any]:
    """Return one reason why a resource changes."""
    return {"Target": {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation}, "Evaluation": evaluation}


@pytest.mark.parametrize(
    ("described", "effect", "needs_consent"),
    [
        (row("Add"), Effect.ADDED, False),
        (row("Modify", Replacement="False", Details=[detail("Static", "Never")]), Effect.CHANGED, False),
        (row("Modify", Replacement="True", Details=[detail("Static", "Always")]), Effect.REPLACED, True),
        (row("Modify", Replacement="True", PolicyAction="ReplaceAndRetain"), Effect.REPLACED, True),
        (row("Modify", Replacement="Conditional", Details=[detail("Static", "Conditionally")]), Effect.MAYBE_REPLACED, True),
        (row("Modify", Replacement="Conditional"), Effect.MAYBE_REPLACED, True),
        (row("Modify", Replacement="Conditional", Details=[detail("Dynamic", "Always")]), Effect.CHANGED, False),
        (
            row("Modify", Replacement="Conditional", Details=[detail("Dynamic", "Always"), detail("Static", "Conditionally")]),
            Effect.MAYBE_REPLACED,
            True,
        ),
        (row("Remove"), Effect.DELETED, True),
        (row("Remove", PolicyAction="Retain"), Effect.KEPT, False),
        (row("Remove", kind="AWS::Lambda::Version"), Effect.DELETED, False),
        (row("Import"), Effect.CHANGED, False),
    ],
)
def test_an_effect_and_whether_something_is_lost(described: Mapping[str, Any], effect: Effect, *, needs_consent: bool) -> None:
    """Replacements, possible replacements and deletions need confirmation. A version that the next one replaces does not."""
    (change,) = changes_of([described])
    assert (change.effect, change.needs_consent) == (effect, needs_consent)


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"])
@pytest.mark.parametrize(
    ("described", "touched"),
    [
        ({"action": "Add"}, False),
        ({"action": "Modify", "Replacement": "False"}, False),
        ({"action": "Modify", "Replacement": "Conditional"}, True),
        ({"action": "Modify", "Replacement": "True"}, True),
        ({"action": "Remove"}, True),
        ({"action": "Remove", "PolicyAction": "Retain"}, True),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_the_record_is_never_lost(described: Mapping[str, str], kind: str, *, touched: bool) -> None:
    """A table that would be replaced, deleted or released from the stack is distinguished from every other change."""
    more = dict(described)
    (change,) = changes_of([row(more.pop("action"), kind=kind, **more)])
    assert change.touches_record is touched


def test_losses_come_first() -> None:
    """The first lines hold what matters most."""
    rows = [row("Add", "A"), row("Modify", "B", Replacement="False"), row("Remove", "C"), row("Modify", "D", Replacement="True")]
    assert [change.name for change in changes_of(rows)] == ["C", "D", "B", "A"]


def test_a_change_is_one_line() -> None:
    """The line has the effect, the name, the kind, and each changed property once."""
    details = [detail("Static", "Never", "Code"), detail("Dynamic", "Never", "Code"), detail("Static", "Never", "Memory")]
    (change,) = changes_of([row("Modify", "Read", "AWS::Lambda::Function", Replacement="False", Details=details)])
    assert str(change) == "change Read (Lambda Function): Code, Memory"
    assert str(Change(Effect.ADDED, "New", "AWS::SNS::Topic")) == "add New (SNS Topic)"
