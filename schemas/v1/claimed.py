"""The claims of a resource: their values in the form of the fields that they are about, and which of them a field follows."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from pydantic import ValidationError

from schemas.edtf import is_set
from schemas.pointers import Json, NoSuchPlace, get, join, replace, split
from schemas.v1 import incomplete
from schemas.v1.claims import Claim
from schemas.v1.dates import HistoricalDate
from schemas.v1.incomplete import Incomplete, Unknown
from schemas.v1.rules import Breach, Rule
from schemas.v1.shared import Record

# The fields that a claim can't be about: the record's own bookkeeping.
_NOT_CLAIMABLE = frozenset({"id", "type", "citations", "claims", "last_verified", "review"})


def claims_of(
    model: type[Any], resource: Record, content: dict[str, Json], known: Collection[str]
) -> tuple[list[Json] | None, list[Breach]]:
    """Return the claims with their values as the fields would have them, and the breaches; None if the claims are no list of claims.

    `known` are the fields whose problem is known.
    """
    written = cast("dict[str, Json]", incomplete.written(content) if known else content)
    if "claims" not in resource.__dict__:
        return None, []
    breaches: list[Breach] = []
    claims: list[Json] = []
    for index, (claim, given) in enumerate(zip(resource.claims, cast("list[Mapping[str, Json]]", dict(content)["claims"]), strict=True)):
        if {"field", "value"} - claim.__dict__.keys():
            claims.append(given)
            continue
        value, wrong = _claimed_value(model, written, index, claim, is_whole=not known)
        if not any(f"{claim.field}/".startswith(f"{at}/") for at in known) or wrong[:1] != [_nowhere(index, claim)]:
            breaches += wrong
        unknown = given.unknown if isinstance(given, Incomplete) else frozenset()
        if wrong or unknown:
            claims.append(Incomplete({**given, "value": claim.value if wrong else value}, unknown | ({"value"} if wrong else set())))
        else:
            claims.append({**given, "value": value})
    return claims, breaches


def preferences(content: dict[str, Json], wrong: Collection[str]) -> Iterator[Breach]:
    """Yield the breaches of claims that are about one field. A field is left out if it, or a claim about it, is wrong already."""
    claims = _known(content, "/claims")
    if any(re.fullmatch(r"/claims(/\d+(/field)?)?", at) for at in wrong) or not isinstance(claims, list):
        return  # it is not known what these claims are about
    by_field: dict[str, list[tuple[int, dict[str, Json]]]] = {}
    for index, claim in enumerate(claims):
        by_field.setdefault(str(claim["field"]), []).append((index, claim))
    for field, rivals in by_field.items():
        places = (field, *(f"/claims/{index}" for index, _ in rivals))
        if any(f"{at}/".startswith(f"{place}/") or place.startswith(f"{at}/") for at in wrong for place in places):
            continue
        if (actual := _known(content, field)) is Unknown:
            continue
        preferred = [(index, claim) for index, claim in rivals if claim["preferred"]]
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


def _claimed_value(model: type[Any], content: dict[str, Json], index: int, claim: Claim, *, is_whole: bool) -> tuple[Json, list[Breach]]:
    """Return a claim's value as the field would have it: set the field to it and validate the whole resource again.

    If the resource is not whole, other fields have problems already, and count for nothing.
    """
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
        return None, [_nowhere(index, claim)]
    try:
        checked = model.model_validate_json(json.dumps(variant), strict=True)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
        inside = [error for error in errors if [str(part) for part in error["loc"][: len(parts)]] == parts]
        shown = inside or (errors if is_whole else [])
        breaches = [
            Breach(
                Rule.INVALID_VALUE,
                f"{at}/value{join([str(part) for part in error['loc'][len(parts) :]]) if inside else ''}",
                str(error["msg"]),
            )
            for error in shown
        ]
        if breaches:
            return None, breaches
        assembled = incomplete.written(incomplete.assemble(model, cast("dict[str, Json]", variant))[1])
        return get(assembled, claim.field), []
    return get(checked.model_dump(mode="json"), claim.field), []


def _nowhere(index: int, claim: Claim) -> Breach:
    return Breach(Rule.CLAIM_MISMATCH, f"/claims/{index}/field", f"{claim.field} does not exist in this resource")


def _mapping_at(content: Json, pointer: str) -> Mapping[str, Json]:
    try:
        found = get(content, pointer)
    except NoSuchPlace:
        return {}
    return found if isinstance(found, Mapping) else {}


def _known(content: Json, field: str) -> Any:
    """Return the value of a field; the class Unknown if it has a problem or is not there."""
    try:
        return get(content, field)
    except NoSuchPlace:
        return Unknown


def _same(claimed: Json, actual: Json) -> bool:
    # Only the date itself must be the same. How it was stated and resolved depends on the source.
    if isinstance(claimed, dict) and isinstance(actual, dict) and "edtf" in claimed:
        return bool(claimed["edtf"] == actual.get("edtf"))
    return claimed == actual


def _undecided(value: Json) -> bool:
    if isinstance(value, dict) and isinstance(edtf := value.get("edtf"), str):
        return is_set(edtf)
    return value in (None, "unknown", [])
