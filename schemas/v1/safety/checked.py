"""What a publication rule is given: a resource, its texts, the cases that it belongs to, and the resources around it."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from schemas.pointers import Json, values_at
from schemas.registry import resource_of
from schemas.v1.actor import ActorKind
from schemas.v1.case import CaseStatus
from schemas.v1.marks import Kind
from schemas.v1.rules import Others
from schemas.v1.safety.people import SMALL_GROUP
from schemas.v1.safety.texts import Text, texts
from schemas.v1.shared import Record
from schemas.v1.vocabulary import Outcome


@dataclass(frozen=True, slots=True)
class Cases:
    """What the cases that a resource belongs to require of its texts.

    `groups` is true if one of them has a protected group. `smallest` is the size of the smallest of these groups; None if the size of
    one of them is not known. `exposed` is true if people could still be found: one of the cases is open, or part of its outcome is
    unknown. `undecided` is true if one of the cases has no known outcome at all.
    """

    groups: bool = False
    smallest: int | None = None
    exposed: bool = False
    undecided: bool = False

    @property
    def has_small_group(self) -> bool:
        """True if one of the groups has fewer than 20 members, or an unknown number."""
        return self.groups and (self.smallest is None or self.smallest < SMALL_GROUP)


@dataclass(frozen=True)
class Checked:
    """The input of a rule: the resource as a model and as JSON, the other resources, and today's date."""

    path: str
    resource: Record
    content: Json
    others: Others
    today: datetime.date

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """The texts of the resource, its slug first: that is public and permanent, and can say as much as a text."""
        collection, _, slug = self.path.partition("/")
        return (Text("/id", slug, Kind.SLUG), *texts(resource_of(collection).model, self.content))

    @cached_property
    def cases(self) -> Cases:
        """What the cases of the resource require of its texts."""
        return cases_around(self.path, self.content, self.others)


def cases_of(path: str, content: Json, others: Others) -> set[str]:
    """Return the cases that a resource belongs to.

    These are the case itself, the case of an event, the cases that a statement is about, also through an event, the cases of a
    protected group, and those of every case, event, statement and group that cites a source.
    """
    match path.partition("/")[0]:
        case "cases":
            return {path}
        case "events":
            return set(_strings(content, "/case"))
        case "statements":
            through = {case for event in _strings(content, "/about/events/*") for case in _strings(others.resource(event), "/case")}
            return through | set(_strings(content, "/about/cases/*"))
        case "sources":
            return {case for other in others.referrers(path) if _bears_texts(other, others) for case in _of_other(other, others)}
        case "actors" if _is_group(content):
            return {case for other in others.referrers(path) if not other.startswith("actors/") for case in _of_other(other, others)}
    return set()


def cases_around(path: str, content: Json, others: Others) -> Cases:
    """Return what the cases of a resource require of its texts."""
    own = [content] if _is_group(content) else []
    found = [content if case == path else others.resource(case) for case in cases_of(path, content, others)]
    groups = [*own, *(others.resource(group) for case in found for group in _strings(case, "/protected_group"))]
    groups += [other for actor in _strings(content, "/affected/*/actor") if _is_group(other := others.resource(actor))]
    sizes = [_size(group) for group in groups]
    return Cases(
        groups=bool(groups),
        smallest=None if None in sizes or not sizes else min(size for size in sizes if size is not None),
        exposed=any(is_exposed(case) for case in found),
        undecided=any(_outcome(case) == Outcome.UNKNOWN for case in found),
    )


def is_exposed(case: Json) -> bool:
    """Return whether people could still be found: the case is open, or part of its outcome is unknown, or it left the record."""
    if not isinstance(case, dict) or case.get("status") != CaseStatus.CLOSED:
        return True
    parts = list(values_at(case, "/outcomes/*/outcome"))
    unknown = Outcome.UNKNOWN in (case.get("outcome"), *parts)
    return unknown or (case.get("outcome") == Outcome.MIXED and not parts)


def publisher_kind(others: Others, source: str) -> Json:
    """Return the kind of the actor that published a source; None if it is not in the record."""
    found = others.resource(source)
    publisher = others.resource(str(found.get("publisher"))) if isinstance(found, dict) else None
    return publisher.get("kind") if isinstance(publisher, dict) else None


def citations(content: Json, at: str = "") -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield (pointer, citation) for every citation in a resource, those of claims and parts included."""
    if isinstance(content, dict):
        if isinstance(content.get("source"), str):
            yield at, content
        for key, item in content.items():
            yield from citations(item, f"{at}/{key}")
    elif isinstance(content, list):
        for index, item in enumerate(content):
            yield from citations(item, f"{at}/{index}")


def _of_other(path: str, others: Others) -> set[str]:
    return cases_of(path, others.resource(path), others) if path.partition("/")[0] != "sources" else set()


def _bears_texts(path: str, others: Others) -> bool:
    """Return whether a resource that cites a source brings the source into a case."""
    return path.startswith(("cases/", "events/", "statements/")) or (path.startswith("actors/") and _is_group(others.resource(path)))


def _is_group(content: Json) -> bool:
    return isinstance(content, dict) and content.get("kind") == ActorKind.PROTECTED_GROUP


def _size(group: Json) -> int | None:
    size = group.get("size") if isinstance(group, dict) else None
    return size if isinstance(size, int) else None


def _outcome(case: Json) -> Json:
    return case.get("outcome") if isinstance(case, dict) else Outcome.UNKNOWN


def _strings(content: Json, pattern: str) -> Iterator[str]:
    return (value for value in values_at(content, pattern) if isinstance(value, str))
