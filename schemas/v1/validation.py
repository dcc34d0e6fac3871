"""Validation of a resource: its schema and its claims, then the publication rules and its references.

`shape` needs only the resource and returns its canonical content. `check` also needs the other resources. Both return all
breaches and raise no exception for them.
"""

import datetime
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import rfc8785
from pydantic import ValidationError

from schemas import modelwalk
from schemas.edtf import is_set
from schemas.pointers import Json, NoSuchPlace, get, join, leaves, replace, split, values_at
from schemas.registry import BY_COLLECTION, resource_of
from schemas.v1.claims import Claim
from schemas.v1.dates import HistoricalDate
from schemas.v1.rules import Breach, Others, Rule
from schemas.v1.safety.checked import Checked
from schemas.v1.safety.publication import OF_CASES, OF_VALUES, RULES
from schemas.v1.shared import Record

# The fields that a claim can't be about: the record's own bookkeeping.
_NOT_CLAIMABLE = frozenset({"id", "type", "citations", "claims", "last_verified", "review"})
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
    """A resource that matches its schema: its model, and its content as JSON, including `id` and `type`."""

    path: str
    resource: Record
    content: dict[str, Json]

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
    """Check a resource against its schema, and its claims. `fields` is the content that its author wrote, without `id` and `type`."""
    collection = path.partition("/")[0]
    model = resource_of(collection).model
    try:
        resource = cast("Record", model.model_validate_json(json.dumps(fields), strict=True))
    except ValidationError as invalid:
        return None, [breach for error in invalid.errors(include_url=False) for breach in _breaches_of(error)]
    content: dict[str, Json] = resource.model_dump(mode="json")
    breaches: list[Breach] = []
    claims: list[Json] = []
    for index, claim in enumerate(resource.claims):
        value, wrong = _claimed_value(model, content, index, claim)
        breaches += wrong
        claims.append({**cast("dict[str, Json]", claim.model_dump(mode="json")), "value": value})
    content["claims"] = claims
    if not breaches:
        breaches = [*_preferences(content), *_pointers(content)]
    if breaches:
        return None, breaches
    content |= {"id": path, "type": resource_of(collection).singular}
    return Shaped(path, resource, content), []


def trusted(path: str, content: dict[str, Json]) -> Shaped:
    """Return a resource from content that `shape` returned before. It is trusted, so its claims are not checked again."""
    fields = {name: value for name, value in content.items() if name not in ("id", "type")}
    return Shaped(path, cast("Record", resource_of(path.partition("/")[0]).model.model_validate_json(json.dumps(fields))), content)


def check(shaped: Shaped, others: Others, today: datetime.date) -> Iterator[Breach]:
    """Check a resource against the ten rules, and its references against the other resources."""
    yield from _unresolved(shaped.path, shaped.content, others)
    yield from _mutual(shaped, others)
    yield from _twice(shaped.path, shaped.content)
    given = Checked(shaped.path, shaped.resource, shaped.content, others, today)
    breaches = [breach for rule in RULES for breach in rule(given)]
    yield from breaches
    for index, claim in enumerate(shaped.resource.claims):
        yield from _check_claim(shaped, index, claim, others, today, breaches)


def check_around(shaped: Shaped, others: Others, today: datetime.date) -> Iterator[Breach]:
    """Check a resource against the rules that depend on its cases: who is protected in them, and how they ended."""
    given = Checked(shaped.path, shaped.resource, shaped.content, others, today)
    for rule in OF_CASES:
        yield from rule(given)


def references(path: str) -> Mapping[str, str]:
    """Return the pointer patterns of all references in resources of this path's type, each with the collection it refers to."""
    return _references(resource_of(path.partition("/")[0]).model)


def edges(path: str, content: Json) -> Iterator[Edge]:
    """Yield all references of a resource."""
    for pattern in references(path):
        for target in values_at(content, pattern):
            yield Edge(path, pattern, str(target))


def claimed_edges(path: str, content: Json) -> Iterator[Edge]:
    """Yield all references in the values of claims, because they are published just like the values of fields."""
    for value in values_at(content, pattern := "/claims/*/value"):
        for _, target in leaves(value):
            if isinstance(target, str) and (found := _PATH.fullmatch(target)) and found[1] in BY_COLLECTION:
                yield Edge(path, pattern, target)


def _check_claim(
    shaped: Shaped, index: int, claim: Claim, others: Others, today: datetime.date, known: Sequence[Breach]
) -> Iterator[Breach]:
    """Check a claim's value as if it were the field's value, because it is published just like that. Its texts were checked before."""
    at = f"/claims/{index}/value"
    value = get(shaped.content, at)
    content = cast("dict[str, Json]", replace({**shaped.content, "claims": []}, claim.field, value))
    variant = trusted(shaped.path, content)
    given = Checked(shaped.path, variant.resource, content, others, today)
    found = [*_unresolved(shaped.path, content, others), *(breach for rule in OF_VALUES for breach in rule(given))]
    already = {(breach.rule, breach.field, breach.message) for breach in (*known, *_unresolved(shaped.path, shaped.content, others))}
    for breach in found:
        if (breach.rule, breach.field, breach.message) not in already:
            inside = breach.field == claim.field or breach.field.startswith(f"{claim.field}/")
            yield Breach(breach.rule, at + (breach.field.removeprefix(claim.field) if inside else ""), breach.message, breach.warning)


def _unresolved(path: str, content: Json, others: Others) -> Iterator[Breach]:
    for pattern in references(path):
        for field, target in _concrete(content, pattern):
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
            seen: set[str] = set()
            for index, item in enumerate(cast("list[Json]", items)):
                if (key := json.dumps(item, sort_keys=True)) in seen:
                    yield Breach(Rule.DUPLICATE, f"{at}/{index}", "is in this list twice")
                seen.add(key)


def _breaches_of(error: Any) -> list[Breach]:
    """Return the breaches of a Pydantic error. An error of a whole model can be about several fields."""
    if error["type"] != "misfit":
        return [_breach_of(error)]
    at, context = join(error["loc"]), error["ctx"]
    return [
        Breach(
            Rule.PROTECTED_GROUP_DETAIL if "protected-group" in context["message"] else Rule.INVALID_VALUE,
            f"{at}/{field}",
            context["message"],
        )
        for field in context["fields"].split(",")
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


def _claimed_value(model: type[Any], content: dict[str, Json], index: int, claim: Claim) -> tuple[Json, list[Breach]]:
    """Return a claim's value as the field would have it: set the field to it and validate the whole resource again."""
    at = f"/claims/{index}"
    parts = split(claim.field)
    if parts[0] in _NOT_CLAIMABLE:
        return None, [Breach(Rule.CLAIM_MISMATCH, f"{at}/field", f"a claim can't be about /{parts[0]}")]
    if len(parts) > 1 and parts[-1] in HistoricalDate.model_fields and "edtf" in _mapping_at(content, join(parts[:-1])):
        return None, [Breach(Rule.CLAIM_MISMATCH, f"{at}/field", f"a claim about a date must be about the whole date: {join(parts[:-1])}")]
    bare = {name: value for name, value in content.items() if name != "claims"}
    try:
        variant = replace(bare, claim.field, claim.value)
    except NoSuchPlace:
        return None, [Breach(Rule.CLAIM_MISMATCH, f"{at}/field", f"{claim.field} does not exist in this resource")]
    try:
        checked = model.model_validate_json(json.dumps(variant), strict=True)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
        inside = [error for error in errors if [str(part) for part in error["loc"][: len(parts)]] == parts]
        shown = inside or errors
        return None, [
            Breach(
                Rule.INVALID_VALUE,
                f"{at}/value{join([str(part) for part in error['loc'][len(parts) :]]) if inside else ''}",
                str(error["msg"]),
            )
            for error in shown
        ]
    return get(checked.model_dump(mode="json"), claim.field), []


def _mapping_at(content: Json, pointer: str) -> Mapping[str, Json]:
    try:
        found = get(content, pointer)
    except NoSuchPlace:
        return {}
    return found if isinstance(found, Mapping) else {}


def _preferences(content: dict[str, Json]) -> Iterator[Breach]:
    claims = cast("list[dict[str, Json]]", content["claims"])
    by_field: dict[str, list[tuple[int, dict[str, Json]]]] = {}
    for index, claim in enumerate(claims):
        by_field.setdefault(str(claim["field"]), []).append((index, claim))
    for field, rivals in by_field.items():
        preferred = [(index, claim) for index, claim in rivals if claim["preferred"]]
        actual = get(content, field)
        for index, claim in preferred:
            if not claim["note"]:
                yield Breach(Rule.CLAIM_MISMATCH, f"/claims/{index}/note", "a preferred claim needs a note that says why it is preferred")
            if len(preferred) == 1 and not _same(claim["value"], actual):
                yield Breach(
                    Rule.CLAIM_MISMATCH, f"/claims/{index}/value", f"this claim is preferred, so {field} itself must have the same value"
                )
        if len(preferred) > 1:
            yield Breach(Rule.CLAIM_MISMATCH, f"/claims/{preferred[1][0]}/preferred", f"only one claim about {field} can be preferred")
        if not preferred and not _undecided(actual):
            yield Breach(
                Rule.CLAIM_MISMATCH,
                field,
                "no claim about it is preferred, so it must be null, unknown, empty or an EDTF set; or make one of its claims preferred",
            )


def _same(claimed: Json, actual: Json) -> bool:
    # Only the date itself must be the same. How it was stated and resolved depends on the source.
    if isinstance(claimed, dict) and isinstance(actual, dict) and "edtf" in claimed:
        return bool(claimed["edtf"] == actual.get("edtf"))
    return claimed == actual


def _undecided(value: Json) -> bool:
    if isinstance(value, dict) and isinstance(edtf := value.get("edtf"), str):
        return is_set(edtf)
    return value in (None, "unknown", [])


def _pointers(content: dict[str, Json]) -> Iterator[Breach]:
    for at, pointer in leaves(content):
        if _CITED_FIELD.search(at):
            try:
                get(content, str(pointer))
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
        elif isinstance(value, dict) and parts[0] in value:
            waiting.append((f"{at}/{parts[0]}", value[parts[0]], parts[1:]))


def _mutual(shaped: Shaped, others: Others) -> Iterator[Breach]:
    for left, left_field, right, right_field in _MUTUAL:
        for collection, field, other_field in ((left, left_field, right_field), (right, right_field, left_field)):
            if not shaped.path.startswith(f"{collection}/"):
                continue
            for at, target in _concrete(shaped.content, field):
                other = others.resource(str(target))
                if other is not None and shaped.path not in values_at(other, other_field):
                    yield Breach(
                        Rule.REFERENCE_NOT_MUTUAL,
                        at,
                        f"{target} does not name {shaped.path} in {other_field.removesuffix('/*')}: both must name each other, or neither",
                    )
