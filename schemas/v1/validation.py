"""Validation of a resource: its schema and its claims, then the publication rules and its references.

`shape` and `examine` need only the resource. `check` also needs the other resources. All return all breaches and raise no exception for
them. What is wrong in one field does not hide what is wrong in another: `examine` returns what is valid, and `check` runs every rule that
needs nothing else.
"""

import datetime
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import rfc8785
from pydantic import ValidationError

from schemas import modelwalk
from schemas.pointers import Json, NoSuchPlace, get, join, leaves, replace, split, values_at
from schemas.registry import BY_COLLECTION, resource_of
from schemas.v1 import incomplete
from schemas.v1.claimed import claims_of, preferences
from schemas.v1.claims import Claim
from schemas.v1.incomplete import Unknown
from schemas.v1.rules import Breach, Others, Rule
from schemas.v1.safety.checked import Checked
from schemas.v1.safety.protected_groups import unscanned_languages
from schemas.v1.safety.publication import OF_CASES, OF_VALUES, RULES, PublicationRule
from schemas.v1.shared import Record

# Required fields whose absence breaks one of the ten rules, not only the schema.
_RULE_OF_MISSING = {("citations",): Rule.INSUFFICIENT_SOURCES, ("review",): Rule.REVIEW_DUE, ("review", "due"): Rule.REVIEW_DUE}
# References that both sides have, and that must agree: (collection, its field, the other collection, its field).
_MUTUAL = (
    ("cases", "/events/*", "events", "/case"),
    ("cases", "/statements/*", "statements", "/about/cases/*"),
)

_PATH = re.compile("([a-z][a-z0-9_]*)/[a-z0-9-]+")
_CITED_FIELD = re.compile(r"/citations/\d+/fields/\d+$")

_references = cache(modelwalk.references)


@dataclass(frozen=True, slots=True)
class Shaped:
    """A resource: its model, and its content as JSON, including `id` and `type`.

    `wrong` are the fields that don't match the schema. If there are any, model and content have only the valid fields (see
    `schemas.v1.incomplete`).
    """

    path: str
    resource: Record
    content: dict[str, Json]
    wrong: frozenset[str] = frozenset()

    def canonical(self) -> bytes:
        """Return the content as canonical JSON (RFC 8785)."""
        return rfc8785.dumps(cast("dict[str, Any]", self.content))


@dataclass(frozen=True, slots=True)
class Edge:
    """A reference: the resource that has it, the pattern of its field, and the resource that it refers to."""

    source: str
    pattern: str
    target: str


def shape(path: str, fields: Mapping[str, Json]) -> tuple[Shaped | None, list[Breach]]:
    """Check a resource against its schema, and its claims; return None for one that does not match, and all breaches.

    `fields` is the content that its author wrote, without `id` and `type`.
    """
    shaped, breaches = examine(path, fields)
    return None if breaches else shaped, breaches


def examine(path: str, fields: Mapping[str, Json]) -> tuple[Shaped, list[Breach]]:
    """Check a resource against its schema, and its claims; return what is valid, and all breaches. `fields` is as for `shape`."""
    collection = path.partition("/")[0]
    model = resource_of(collection).model
    breaches: list[Breach] = []
    content: dict[str, Json]
    try:
        resource = cast("Record", model.model_validate_json(json.dumps(fields), strict=True))
        content = resource.model_dump(mode="json")
    except ValidationError as invalid:
        assembled, content = incomplete.assemble(model, fields)
        resource = cast("Record", assembled)
        errors = invalid.errors(include_url=False)
        breaches = [breach for error in errors for breach in _breaches_of(error)]
        if not any(error["type"] == "misfit" and not error["loc"] for error in errors):
            for misfit in incomplete.misfits(resource):
                breaches += _breaches_of({"type": misfit.type, "loc": (), "ctx": misfit.context})
    claims, in_claims = claims_of(model, resource, content, {breach.field for breach in breaches})
    if claims is not None:
        dict.update(content, claims=claims)
    wrong = [*breaches, *in_claims]
    found = [*wrong, *preferences(content, {breach.field for breach in wrong}), *_pointers(content)]
    dict.update(content, id=path, type=resource_of(collection).singular)
    return Shaped(path, resource, content, frozenset(breach.field for breach in found)), found


def trusted(path: str, content: dict[str, Json]) -> Shaped:
    """Return a resource from content that `shape` returned before. It is trusted, so its claims are not checked again."""
    fields = {name: value for name, value in content.items() if name not in ("id", "type")}
    return Shaped(path, cast("Record", resource_of(path.partition("/")[0]).model.model_validate_json(json.dumps(fields))), content)


def check(shaped: Shaped, others: Others, today: datetime.date, cut: Callable[[PublicationRule], None] | None = None) -> Iterator[Breach]:
    """Check a resource against the ten rules, and its references against the other resources.

    A rule that needs a field with a problem, here or in another resource, is cut short: it says nothing more, and `cut` is called with it.
    """
    yield from _unresolved(shaped.path, shaped.content, others)
    yield from _mutual(shaped, others)
    yield from _twice(shaped.path, shaped.content)
    given = Checked(shaped.path, shaped.resource, shaped.content, others, today)
    breaches = [breach for rule in RULES for breach in _as_far_as_known(rule, given, cut) if not _is_said(rule, breach, shaped.wrong)]
    yield from breaches
    for index, claim in enumerate(shaped.resource.__dict__.get("claims", ())):
        if not ({"field", "value"} - claim.__dict__.keys() or any(at.startswith(f"/claims/{index}/") for at in shaped.wrong)):
            try:
                yield from _check_claim(shaped, index, claim, others, today, breaches)
            except NoSuchPlace:  # the field that it is about has a problem
                continue


def check_around(shaped: Shaped, others: Others, today: datetime.date) -> Iterator[Breach]:
    """Check a resource against the rules that depend on its cases: who is protected in them, and how they ended."""
    given = Checked(shaped.path, shaped.resource, shaped.content, others, today)
    for rule in OF_CASES:
        yield from _as_far_as_known(rule, given)


def _as_far_as_known(rule: PublicationRule, given: Checked, cut: Callable[[PublicationRule], None] | None = None) -> Iterator[Breach]:
    """Yield the breaches of a rule, until it needs a field with a problem."""
    try:
        yield from rule(given)
    except Unknown:
        pass
    except AttributeError as missing:
        if not incomplete.is_unknown(missing):
            raise
    else:
        return
    if cut:
        cut(rule)


def _is_said(rule: PublicationRule, breach: Breach, wrong: frozenset[str]) -> bool:
    """Return whether a breach is about a field whose problem is known. Words in a text are a problem of their own."""
    if not wrong or (breach.passage and rule is not unscanned_languages):
        return False
    return any(f"{breach.field}/".startswith(f"{at}/") or at.startswith(f"{breach.field}/") for at in wrong)


def references(path: str) -> Mapping[str, str]:
    """Return the pointer patterns of all references in resources of this path's type, each with the collection it refers to."""
    return _references(resource_of(path.partition("/")[0]).model)


def edges(path: str, content: Json) -> Iterator[Edge]:
    """Yield all references of a resource."""
    for pattern, collection in references(path).items():
        for _, target in _concrete(content, pattern):
            if _refers(target, collection):
                yield Edge(path, pattern, str(target))


def claimed_edges(path: str, content: Json) -> Iterator[Edge]:
    """Yield all references in the values of claims, because they are published just like the values of fields."""
    for _, value in _concrete(content, pattern := "/claims/*/value"):
        for _, target in leaves(value):
            if isinstance(target, str) and (found := _PATH.fullmatch(target)) and found[1] in BY_COLLECTION:
                yield Edge(path, pattern, target)


def _check_claim(
    shaped: Shaped, index: int, claim: Claim, others: Others, today: datetime.date, known: Sequence[Breach]
) -> Iterator[Breach]:
    """Check a claim's value as if it were the field's value, because it is published just like that. Its texts were checked before."""
    at = f"/claims/{index}/value"
    value = get(shaped.content, at)
    bare = incomplete.written(shaped.content) if shaped.wrong else shaped.content
    content = cast("dict[str, Json]", replace({**bare, "claims": []}, claim.field, value))
    if shaped.wrong:
        resource, content = incomplete.assemble(resource_of(shaped.path.partition("/")[0]).model, content)
    else:
        resource = trusted(shaped.path, content).resource
    given = Checked(shaped.path, cast("Record", resource), content, others, today)
    found = [*_unresolved(shaped.path, content, others), *(breach for rule in OF_VALUES for breach in _as_far_as_known(rule, given))]
    found = [breach for breach in found if breach.field == claim.field or breach.field not in shaped.wrong]
    already = {(breach.rule, breach.field, breach.message) for breach in (*known, *_unresolved(shaped.path, shaped.content, others))}
    for breach in found:
        if (breach.rule, breach.field, breach.message) not in already:
            inside = breach.field == claim.field or breach.field.startswith(f"{claim.field}/")
            yield Breach(breach.rule, at + (breach.field.removeprefix(claim.field) if inside else ""), breach.message, breach.warning)


def _unresolved(path: str, content: Json, others: Others) -> Iterator[Breach]:
    for pattern, collection in references(path).items():
        for field, target in _concrete(content, pattern):
            if not _refers(target, collection):  # the schema's problem
                continue
            if others.resource(str(target)) is not None:
                continue
            departed = others.departed(str(target))
            if departed is None:
                yield Breach(Rule.UNRESOLVED_REFERENCE, field, f"refers to {target}, which is not in the record")
            elif path not in departed.still_named_by:
                instead = f"refer to {departed.to}" if departed.to else "remove the reference"
                yield Breach(
                    Rule.REFERENCE_TO_DEPARTED,
                    field,
                    f"refers to {target}, which was {departed.how}: {instead}, or name {path} in its still_named_by",
                )


def _twice(path: str, content: Json) -> Iterator[Breach]:
    """Yield a breach for each duplicate in a list of references. A merge of two resources can cause one."""
    for pattern in sorted({pattern.rpartition("/*")[0] for pattern in references(path) if "/*" in pattern}):
        for at, items in _concrete(content, pattern):
            if not isinstance(items, list):
                continue
            seen: set[str] = set()
            for index, item in enumerate(items):
                if (key := json.dumps(item, sort_keys=True)) in seen:
                    yield Breach(Rule.DUPLICATE, f"{at}/{index}", "is in this list twice")
                seen.add(key)


def _breaches_of(error: Any) -> list[Breach]:
    """Return the breaches of a Pydantic error. An error of a whole model can be about several fields."""
    if error["type"] != "misfit":
        return [_breach_of(error)]
    return [
        Breach(
            Rule.PROTECTED_GROUP_DETAIL if "protected-group" in message else Rule.INVALID_VALUE,
            f"{join(error['loc'])}/{field}",
            message,
        )
        for field, message in error["ctx"]["found"]
    ]


def _breach_of(error: Any) -> Breach:
    location = tuple(part for part in error["loc"] if part != "[key]")
    field, kind, message = join(location), error["type"], str(error["msg"])
    if kind == "extra_forbidden":
        return Breach(Rule.UNKNOWN_FIELD, field, f"there is no field {str(location[-1])!r} here")
    rule = _RULE_OF_MISSING.get(location)
    if kind == "missing":
        return Breach(rule or Rule.MISSING_FIELD, field, f"the field {str(location[-1])!r} is missing")
    if kind == "too_short" and rule is Rule.INSUFFICIENT_SOURCES:
        return Breach(rule, field, "every resource needs a citation of a public source")
    given = error.get("input")
    is_short = isinstance(given, str | int | float | bool) and len(repr(given)) < 60
    shown = f"; it is {given!r}" if is_short and repr(given) not in message else ""
    return Breach(Rule.INVALID_VALUE, field, f"{message}{shown}")


def _pointers(content: dict[str, Json]) -> Iterator[Breach]:
    for at, pointer in leaves(content):
        if _CITED_FIELD.search(at):
            try:
                get(content, str(pointer))
            except Unknown:  # it points to what has a problem
                continue
            except (NoSuchPlace, ValueError):
                yield Breach(Rule.INVALID_VALUE, at, f"{pointer!r} does not point to a field of this resource")


def _concrete(content: Json, pattern: str) -> Iterator[tuple[str, Json]]:
    """Yield (pointer, value) for each value that a pattern matches."""
    waiting: list[tuple[str, Json, list[str]]] = [("", content, split(pattern))]
    while waiting:
        at, value, parts = waiting.pop(0)
        if value is None:
            continue
        if not parts:
            yield at, value
        elif parts[0] == "*" and isinstance(value, list):
            waiting += [(f"{at}/{index}", item, parts[1:]) for index, item in enumerate(value)]
        elif isinstance(value, dict) and parts[0] != "*":
            waiting.append((f"{at}/{parts[0]}", dict.get(value, parts[0]), parts[1:]))  # `dict`: also what has a problem


def _refers(target: Json, collection: str) -> bool:
    """Return whether a value is the id of a resource in a collection."""
    found = _PATH.fullmatch(target) if isinstance(target, str) else None
    return found is not None and found[1] == collection


def _mutual(shaped: Shaped, others: Others) -> Iterator[Breach]:
    for left, left_field, right, right_field in _MUTUAL:
        for collection, field, other_field in ((left, left_field, right_field), (right, right_field, left_field)):
            if not shaped.path.startswith(f"{collection}/"):
                continue
            for at, target in _concrete(shaped.content, field):
                other = others.resource(str(target))
                try:
                    is_mutual = other is None or shaped.path in values_at(other, other_field)
                except Unknown:
                    continue
                if not is_mutual:
                    yield Breach(
                        Rule.REFERENCE_NOT_MUTUAL,
                        at,
                        f"{target} does not name {shaped.path} in {other_field.removesuffix('/*')}: both must name each other, or neither",
                    )
