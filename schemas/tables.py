"""The columns of a resource type as a table. They follow from the model alone, so every page of a list has the same header.

A single value is one cell. Nested members are flattened, with their names joined by dots (`date.edtf`, `place.name.en`), as far as the
model fixes the members. A value with a variable number of parts is one cell. `docs/tables.md` explains this to readers.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from enum import EnumMeta, StrEnum
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from schemas import modelwalk
from schemas.resource import Resource
from schemas.v1.text import CountryCode, LanguageTag, Url

SET_BY_PUBLISH = ("id", "type", "revision", "release", "published_at")
# The only language that can be required in a map by language, so it has columns of its own.
COMMON_LANGUAGE = "en"

_ONE_VALUE = (str, int, float, bool, datetime.date)
# String types that can't contain a blank, so that a blank can separate several values.
_UNBROKEN = tuple(get_args(alias)[1:] for alias in (CountryCode, LanguageTag, Url))


class Form(StrEnum):
    """How a cell shows its value."""

    TEXT = "text"  # one text, number, true or false
    JOINED = "joined"  # a list of texts without blanks, separated by blanks
    JSON = "json"  # compact JSON
    OTHERS = "others"  # compact JSON of an object, without the members that have columns of their own


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the header, the path of members to its value, its form, and the members that `others` leaves out."""

    name: str
    at: tuple[str, ...]
    form: Form
    besides: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """Return the column as it is in tables.json."""
        return {"name": self.name, "at": list(self.at), "form": str(self.form), "besides": list(self.besides)}


def columns(resource: Resource) -> tuple[Column, ...]:
    """Return the columns of a type: the fields that a publish sets, the model's fields in order, and last the redactions."""
    return (
        *(Column(name, (name,), Form.TEXT) for name in SET_BY_PUBLISH),
        *(column for name in resource.model.model_fields for column in _columns(resource.model, f"/{name}", (name,))),
        Column("redactions", ("redactions",), Form.JSON),
    )


def _columns(model: type[BaseModel], pattern: str, at: tuple[str, ...]) -> Iterator[Column]:
    """Yield the columns of the part of a model that a pattern matches."""
    (place,) = modelwalk.places(model, pattern)
    kind, name = place.annotation, ".".join(at)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for inner in kind.model_fields:
            yield from _columns(model, f"{pattern}/{inner}", (*at, inner))
    elif get_origin(kind) is dict and get_args(kind)[0] == LanguageTag:
        yield from _columns(model, f"{pattern}/{COMMON_LANGUAGE}", (*at, COMMON_LANGUAGE))
        yield Column(f"{name}.other", at, Form.OTHERS, (COMMON_LANGUAGE,))
    elif get_origin(kind) is list and _unbroken(model, f"{pattern}/*"):
        yield Column(name, at, Form.JOINED)
    elif isinstance(kind, EnumMeta) or kind in _ONE_VALUE:
        yield Column(name, at, Form.TEXT)
    else:
        yield Column(name, at, Form.JSON)


def _unbroken(model: type[BaseModel], pattern: str) -> bool:
    """Return whether the pattern matches a text that can't contain a blank."""
    (place,) = modelwalk.places(model, pattern)
    if place.terms is not None:
        return not any(" " in term for term in place.terms)
    return place.refers_to is not None or place.marks in _UNBROKEN
