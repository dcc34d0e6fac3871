"""The number of the index rules stands for what the rules do. If they change, the number must change."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from schemas import indexing
from schemas.indexing import INDEX_RULES, INDEX_RULES_DIGEST, brought, place, text_key
from schemas.registry import BY_COLLECTION, RESOURCES
from schemas.resource import Resource, Via

DATES: tuple[Any, ...] = (
    {"earliest": "2015-10-01", "latest": "2015-10-22"},
    {"earliest": None, "latest": "2015-10-22"},
    {"earliest": "2015"},
    {},
    None,
)
TEXTS = ("Straße", "Việt Nam: a_b", "북한", "x" * 300, "")


class _Others:
    """Other resources that refer to every resource in every possible way."""

    def through(self, via: Via, path: str) -> Iterator[str]:
        """Yield a value that names the way."""
        yield f"{path} via {via.collection}:{via.pointer}:{via.value}"


def rules_digest() -> str:
    """Return the digest of the declarations that decide where resources stand, and of where samples stand by them."""
    told = [_declared(resource) for resource in RESOURCES] + [text_key(text) for text in TEXTS]
    for resource in RESOURCES:
        for number in range(max(len(DATES), len(TEXTS))):
            path, content = f"{resource.collection}/sample", sample(resource, number)
            told += [asdict(place(path, content, _Others())), sorted(brought(path, content))]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _declared(resource: Resource) -> Any:
    """Return those parts of a declaration that decide where a resource stands."""
    filters = [[one.name, one.pointers, [asdict(via) for via in one.via]] for one in resource.filters]
    return [resource.collection, filters, [[one.name, one.dates, one.text] for one in resource.sorts], resource.span]


def sample(resource: Resource, number: int) -> dict[str, Any]:
    """Return content with something at every pointer that a declaration names. It is made from the declarations alone.

    So a new example in the documentation does not change it.
    """
    content: dict[str, Any] = {}
    vias = [via for other in RESOURCES for declared in other.filters for via in declared.via if via.collection == resource.collection]
    for pointer in [*(pointer for one in resource.filters for pointer in one.pointers), *(via.pointer for via in vias)]:
        _put(content, pointer.split("/")[1:], f"{pointer} {number}")
    for pointer in (via.value for via in vias if via.value):
        _put(content, pointer.split("/")[1:], f"{pointer} {number}")
    for pointer in [*(pointer for one in resource.sorts for pointer in one.dates), *resource.span]:
        _put(content, pointer.split("/")[1:], DATES[number % len(DATES)])
    for pointer in (one.text for one in resource.sorts if one.text):
        _put(content, pointer.split("/")[1:], TEXTS[number % len(TEXTS)])
    return content


def _put(content: dict[str, Any], parts: list[str], value: Any) -> None:
    """Put a value at a pointer pattern, into a list of one item wherever the pattern has a `*`."""
    name, *rest = parts
    if not rest:
        content[name] = value
    elif rest[0] != "*":
        _put(content.setdefault(name, {}), rest, value)
    elif len(rest) == 1:
        content[name] = [value]
    else:
        _put(content.setdefault(name, [{}])[0], rest[1:], value)


def test_number_of_the_rules_stands_for_what_they_do() -> None:
    """If this fails, a publish places resources differently than before: old releases can't be derived by the new rules."""
    assert rules_digest() == INDEX_RULES_DIGEST, (
        f"The rules of the index changed, but INDEX_RULES is still {INDEX_RULES}. If that was intended, set in schemas/indexing.py "
        f"INDEX_RULES = {INDEX_RULES + 1} and INDEX_RULES_DIGEST = {rules_digest()!r}. From then on, the index of releases that were made "
        f"by the rules {INDEX_RULES} can only be verified by an older version; see docs/decisions/0029-deriving-the-index.md."
    )


def test_changed_declaration_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new filter changes the digest, and another description does not."""
    first = RESOURCES[0]
    for changed, same in (
        (replace(first, title="Another title", description="Another description."), True),
        (replace(first, filters=first.filters[1:]), False),
        (replace(first, sorts=first.sorts[1:]), False),
    ):
        monkeypatch.setitem(BY_COLLECTION, first.collection, changed)
        monkeypatch.setattr("tests.unit.test_index_rules.RESOURCES", (changed, *RESOURCES[1:]))
        assert (rules_digest() == INDEX_RULES_DIGEST) is same
        monkeypatch.undo()


def test_changed_code_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the code makes another sort key or another list, the digest changes."""
    for name, other in (("UNDATED", "zz"), ("text_key", str.casefold), ("list_name", lambda *parts: ":".join(parts))):
        monkeypatch.setattr(indexing, name, other)
        assert rules_digest() != INDEX_RULES_DIGEST
        monkeypatch.undo()
