"""Finds every text in a resource. The types of the schema decide what is text, never the names of fields.

A string is prose unless its type is marked otherwise (see `schemas.v1.marks`). The value of a claim has the type of the field that the
claim is about.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args, get_origin

from pydantic import BaseModel

from schemas import modelwalk
from schemas.modelwalk import Place
from schemas.pointers import Json, join, split
from schemas.v1.claims import Claim
from schemas.v1.marks import Holds, Kind
from schemas.v1.text import LanguageTag

_TAGS = get_args(LanguageTag)[1:]


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a resource.

    `at` is its JSON Pointer, `kind` what the string holds, and `language` the BCP 47 tag under which it stands; None if it has no tag.
    `quoted` is true for the words of a source or a speaker. `attributed` is true for these, and for what somebody whom the resource
    names says in the project's words.
    """

    at: str
    text: str
    kind: Kind
    language: str | None = None
    quoted: bool = False
    attributed: bool = False


def texts(model: type[BaseModel], content: Json) -> Iterator[Text]:
    """Yield every text of a resource in document order. `content` matches the model; members that the model does not have are skipped."""
    yield from _Walk(model).texts(Place(model, ()), content, "", _Around())


@dataclass(frozen=True, slots=True)
class _Around:
    """What the types around a value say about it."""

    language: str | None = None
    quoted: bool = False
    attributed: bool = False

    def within(self, place: Place) -> "_Around":
        """Return the same for what is inside a place."""
        marks = [mark for mark in place.marks if isinstance(mark, Holds)]
        quoted = self.quoted or any(mark.quoted for mark in marks)
        return replace(self, quoted=quoted, attributed=quoted or self.attributed or any(mark.attributed for mark in marks))

    def under(self, place: Place, name: str) -> "_Around":
        """Return the same for the member of a place with this name."""
        return replace(self, language=name) if _is_tagged(place) else self


class _Walk:
    """Walks a value and its type side by side."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    def texts(self, place: Place, value: Json, at: str, around: _Around) -> Iterator[Text]:
        around = around.within(place)
        if isinstance(value, str):
            kind = next((mark.kind for mark in place.marks if isinstance(mark, Holds)), Kind.PROSE)
            if kind is not Kind.CODE and not place.refers_to and not _is_other(place.annotation):
                yield Text(at, value, kind, around.language, around.quoted, around.attributed)
        elif isinstance(value, Mapping):
            for name, item in value.items():
                yield from self._member(place, value, name, item, at + join([name]), around)
        elif isinstance(value, list):
            inner = next(iter(modelwalk.inside(place, "*")), _ANY)
            for index, item in enumerate(value):
                yield from self.texts(inner, item, f"{at}/{index}", around)

    def _member(self, place: Place, value: Mapping[str, Json], name: str, item: Json, at: str, around: _Around) -> Iterator[Text]:
        if place.annotation is Claim and name == "value":
            field = dict(value).get("field")  # `dict`, so that a field with a problem can be read
            yield from self._claimed(field if isinstance(field, str) and field.startswith("/") else "", item, at)
        elif inner := modelwalk.inside(place, name):
            yield from self.texts(inner[0], item, at, around.under(place, name))
        elif not _is_model(place):
            yield from self.texts(_ANY, item, at, around)

    def _claimed(self, field: str, value: Json, at: str) -> Iterator[Text]:
        """Yield the texts in a claim's value, which has the type of the field at this pointer."""
        place, around = Place(self._model, ()) if field else _ANY, _Around()
        for part in split(field):
            around = around.within(place).under(place, part)
            place = next(iter(modelwalk.inside(place, "*" if get_origin(place.annotation) is list else part)), _ANY)
        yield from self.texts(place, value, at, around)


# A value without a known type: all of it is text.
_ANY = Place(None, ())


def _is_model(place: Place) -> bool:
    return isinstance(place.annotation, type) and issubclass(place.annotation, BaseModel)


def _is_other(annotation: object) -> bool:
    """Return whether a type is known, and not plain text: a term of a vocabulary, or a day."""
    return isinstance(annotation, type) and annotation is not str


def _is_tagged(place: Place) -> bool:
    """Return whether a type is a map by language."""
    if get_origin(place.annotation) is not dict:
        return False
    return any(mark in _TAGS for mark in get_args(get_args(place.annotation)[0])[1:])
