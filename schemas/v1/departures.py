"""How a resource leaves the record. Its file stays and declares it, so the change is reviewed and the id is never reused."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError, model_validator

from schemas.pointers import Json, join
from schemas.v1.rules import Breach, Departed, Rule
from schemas.v1.safety.privacy import personal_data_in_id
from schemas.v1.shape import Shape, misfit
from schemas.v1.terms import Term
from schemas.v1.vocabulary import Reason

DECLARATION = "gone"  # the only field of a file that declares a departure

_Path = Annotated[str, StringConstraints(pattern="^[a-z]+/[a-z0-9]+(-[a-z0-9]+)*$", max_length=120)]


class How(Term):
    """How a resource left the record."""

    WITHDRAWN = "withdrawn", "removed from the record; its id returns 410"
    RENAMED = "renamed", "continues under another id, to which its own id redirects (308)"
    MERGED = "merged", "is the same as another resource, to which its id redirects (308)"


class Departure(Shape):
    """The content of a file whose resource left the record."""

    how: How = Field(description="How it left the record.", examples=["merged"])
    to: _Path | None = Field(
        None, description="The id that it was renamed to or merged into; none if it was withdrawn.", examples=["actors/viet-nam"]
    )
    reason: Reason = Field(description="Why. The code is published.", examples=["duplicate"])
    still_named_by: list[_Path] = Field(
        [],
        description="The resources that may still refer to it. Any other reference to it is an error.",
        examples=[["statements/a-statement"]],
    )

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "Departure":
        if (self.to is None) != (self.how is How.WITHDRAWN):
            raise misfit(("to", "'to' is required if 'how' is renamed or merged, and not allowed if it is withdrawn"))
        return self


def declared(path: str, fields: Any) -> tuple[Departed | None, list[Breach]]:
    """Return the departure that a file declares for a path, and all breaches. `fields` is the content that its author wrote."""
    breaches = [
        Breach(
            Rule.UNKNOWN_FIELD,
            f"/{name}",
            f"there can be no field {name!r} beside {DECLARATION!r}: a resource that left the record has no content",
        )
        for name in fields
        if name != DECLARATION
    ]
    try:
        departure = Departure.model_validate_json(json.dumps(fields[DECLARATION]), strict=True)
    except ValidationError as invalid:
        return None, [*breaches, *(breach for error in invalid.errors(include_url=False) for breach in _breaches_of(error))]
    if departure.to is not None and (departure.to == path or departure.to.partition("/")[0] != path.partition("/")[0]):
        breaches.append(
            Breach(Rule.INVALID_VALUE, f"/{DECLARATION}/to", f"must be another resource of the same type; it is {departure.to!r}")
        )
    if breaches:
        return None, breaches
    return Departed(path, str(departure.how), departure.to, str(departure.reason), tuple(departure.still_named_by)), []


def personal_data(departed: Departed) -> Iterator[Breach]:
    """Yield a breach for personal data in the ids of a declaration: its own, its target, and those that may still name it."""
    yield from personal_data_in_id(departed.path)
    if departed.to:
        yield from personal_data_in_id(departed.to, f"/{DECLARATION}/to")
    for index, path in enumerate(departed.still_named_by):
        yield from personal_data_in_id(path, f"/{DECLARATION}/still_named_by/{index}")


def _breaches_of(error: Any) -> list[Breach]:
    if error["type"] != "misfit":
        return [_breach_of(error)]
    return [Breach(Rule.INVALID_VALUE, f"/{DECLARATION}{join(error['loc'])}/{field}", message) for field, message in error["ctx"]["found"]]


def _breach_of(error: Any) -> Breach:
    at, kind = f"/{DECLARATION}{join(error['loc'])}", error["type"]
    if kind == "extra_forbidden":
        return Breach(Rule.UNKNOWN_FIELD, at, f"there is no field {str(error['loc'][-1])!r} here")
    if kind == "missing":
        return Breach(Rule.MISSING_FIELD, at, f"the field {str(error['loc'][-1])!r} is missing")
    given = error.get("input")
    shown = f"; it is {given!r}" if isinstance(given, str | int | float | bool) and len(repr(given)) < 60 else ""
    return Breach(Rule.INVALID_VALUE, at, f"{error['msg']}{shown}")


def tombstone(departed: Departed, singular: str, target: str | None) -> dict[str, Json]:
    """Return the tombstone that is published in place of the resource. `target` is the last id of its chain of moves."""
    return {"id": departed.path, "type": singular, "state": departed.how, "reason": departed.reason, "target": target}
