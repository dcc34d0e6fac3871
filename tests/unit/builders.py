"""Small resources to test with: one of each type that keeps every rule. A test changes the one thing that it is about."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from schemas.pointers import Json
from schemas.registry import resource_of
from schemas.v1 import validation
from schemas.v1.rules import Breach, Departed, Rule

TODAY = datetime.date(2026, 11, 23)
CASE, EVENT, INSTRUMENT = "cases/a-case", "events/an-event", "instruments/an-instrument"
STATEMENT, SOURCE, OTHER_SOURCE = "statements/a-statement", "sources/a-source", "sources/another-source"
GROUP, PERSON, STATE, PAPER, BODY = "actors/a-group", "actors/a-person", "actors/a-state", "actors/a-paper", "actors/a-body"

Fields = dict[str, Json]

SHARED: Fields = {
    "name": {"en": "A name"},
    "citations": [{"source": SOURCE}],
    "last_verified": "2026-11-20",
    "review": {"role": "editor", "due": "2027-05-01"},
}
_OWN: dict[str, Fields] = {
    CASE: {
        "status": "open",
        "period": {"edtf": "2015-10/.."},
        "states": [{"actor": STATE, "role": "detaining"}],
        "protected_group": GROUP,
        "events": [EVENT],
        "statements": [STATEMENT],
        "custody": "unknown",
        "outcome": "unknown",
    },
    EVENT: {
        "case": CASE,
        "acts": [{"act": "arrest"}],
        "date": {"edtf": "2015-10-22"},
        "place": {"name": {"en": "Dongxing"}, "country": "CN", "precision": "city"},
        "affected": [{"actor": GROUP}],
    },
    INSTRUMENT: {"kind": "treaty", "adopted": {"edtf": "1951-07-28"}},
    STATEMENT: {
        "speaker": BODY,
        "said": {"edtf": "2015-11-20"},
        "kind": "appeal",
        "form": "quoted",
        "text": {"en": {"text": "Return nobody.", "original": True}},
        "about": {"cases": [CASE]},
    },
    SOURCE: {
        "kind": "news-article",
        "publisher": PAPER,
        "independence_group": "a-paper",
        "reliability": "reliable",
        "identifies_people_at_risk": False,
        "link_policy": "open",
    },
    OTHER_SOURCE: {
        "kind": "press-release",
        "publisher": BODY,
        "independence_group": "a-body",
        "reliability": "reliable",
        "identifies_people_at_risk": False,
        "link_policy": "open",
    },
    GROUP: {"kind": "protected-group", "size": 9, "includes_children": "unknown", "nationality": "KP"},
    PERSON: {"kind": "person", "public_role_basis": "spokesperson"},
    STATE: {"kind": "state", "iso3166": "VN"},
    PAPER: {"kind": "organisation"},
    BODY: {"kind": "intergovernmental-body"},
}

EVERYTHING = tuple(_OWN)


def fields(path: str, changes: Mapping[str, Json] | None = None) -> Fields:
    """Return a resource's fields as an author writes them, with changes at the top level."""
    return {**SHARED, **_OWN[path], **(changes or {})}


def write_record(root: Path, files: Mapping[str, Fields | None]) -> Path:
    """Write one resource of each kind into a directory. `files` replaces some: with other fields, a declaration, or None for no file."""
    for path, written in {**{path: fields(path) for path in EVERYTHING}, **files}.items():
        if written is not None:
            file = root / f"{path}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(yaml.safe_dump(written, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return root


def claim(at: str, value: Json, **more: Json) -> Fields:
    """Return a claim that is not preferred."""
    return {"field": at, "value": value, "citations": [{"source": SOURCE}], "verification": "reported", **more}


def preferred(at: str, value: Json, **more: Json) -> Fields:
    """Return a preferred claim, with the note that it needs."""
    return claim(at, value, preferred=True, note="It is the nearest to the event.", **more)


@dataclass
class Known:
    """The rest of the record, from a mapping. By default it has one resource of each kind."""

    contents: dict[str, Json] = field(default_factory=lambda: {path: content(path) for path in _OWN})
    gone: dict[str, Departed] = field(default_factory=dict)
    addresses: frozenset[str] = frozenset()

    def resource(self, path: str) -> Json:
        """Return a resource's content; None if the record does not have it."""
        return self.contents.get(path)

    def departed(self, path: str) -> Departed | None:
        """Return how a resource departed; None if it did not."""
        return self.gone.get(path)

    def referrers(self, path: str) -> list[str]:
        """Return the paths of the resources that refer to this one."""
        return [other for other, content in self.contents.items() if any(edge.target == path for edge in validation.edges(other, content))]

    def withheld(self) -> frozenset[str]:
        """Return the known addresses of suppressed sources."""
        return self.addresses

    def but(self, path: str, changes: Mapping[str, Json]) -> "Known":
        """Return the same record with one resource changed."""
        return replace(self, contents={**self.contents, path: content(path, changes)})

    def without(self, path: str) -> "Known":
        """Return the same record without one resource."""
        return replace(self, contents={other: value for other, value in self.contents.items() if other != path})


def shaped(path: str, changes: Mapping[str, Json] | None = None) -> validation.Shaped:
    """Return a resource, which must have a valid shape."""
    found, breaches = validation.shape(path, fields(path, changes))
    assert found is not None, breaches
    return found


def content(path: str, changes: Mapping[str, Json] | None = None) -> Fields:
    """Return a resource's content as it is published."""
    return shaped(path, changes).content


def breaches(
    path: str, changes: Mapping[str, Json] | None = None, others: Known | None = None, today: datetime.date = TODAY
) -> list[Breach]:
    """Return all breaches of a resource: those of its shape or, if that is valid, those against the rules and the other resources."""
    found, wrong = validation.shape(path, fields(path, changes))
    if found is None:
        return wrong
    known = others or Known()
    return list(validation.check(found, replace(known, contents={**known.contents, path: found.content}), today))


def broken(
    path: str, changes: Mapping[str, Json] | None = None, others: Known | None = None, today: datetime.date = TODAY
) -> set[tuple[Rule, str]]:
    """Return the broken rules and the fields that break them."""
    return {(breach.rule, breach.field) for breach in breaches(path, changes, others, today)}


def singular(path: str) -> str:
    """Return the type of the resource at a path."""
    return resource_of(path.partition("/")[0]).singular
