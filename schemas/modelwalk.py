"""Inspects models: the types at a pointer pattern, and the patterns of all references.

Reads Pydantic's own field definitions, so that declarations are checked against the real model.
"""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from enum import EnumMeta
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.v1.references import RefersTo


@dataclass(frozen=True, slots=True)
class Place:
    """A type in a model and the marks on it."""

    annotation: Any
    marks: tuple[Any, ...]

    @property
    def refers_to(self) -> str | None:
        """The collection that this reference refers to; None if it is not a reference."""
        return next((mark.collection for mark in self.marks if isinstance(mark, RefersTo)), None)

    @property
    def terms(self) -> tuple[str, ...] | None:
        """The values of this vocabulary; None if it is not a vocabulary."""
        return (
            tuple(self.annotation.__members__[name].value for name in self.annotation.__members__)
            if isinstance(self.annotation, EnumMeta)
            else None
        )


def places(model: type[BaseModel], pattern: str) -> list[Place]:
    """Return the types that a pattern matches in a model; empty if it matches nothing."""
    found = [Place(model, ())]
    for part in pattern.split("/")[1:]:
        found = [inner for place in found for inner in inside(place, part)]
    return found


def references(model: type[BaseModel]) -> dict[str, str]:
    """Return the patterns of all references in the model, each with the collection that it refers to."""
    return {pattern: place.refers_to for pattern, place in _walk(Place(model, ()), "") if place.refers_to}


def fields(model: type[BaseModel]) -> Iterator[tuple[type[BaseModel], str, FieldInfo]]:
    """Yield every field of the model and of the models in it: (model, name, field)."""
    seen: set[type[BaseModel]] = set()
    waiting = [model]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for name, field in current.model_fields.items():
            yield current, name, field
            waiting += [place.annotation for _, place in _walk(_of_field(field), "") if _is_model(place.annotation)]


def vocabularies(model: type[BaseModel]) -> set[EnumMeta]:
    """Return every vocabulary that the model uses."""
    return {place.annotation for _, place in _walk(Place(model, ()), "") if isinstance(place.annotation, EnumMeta)}


def _of_field(field: FieldInfo) -> Place:
    return _peel(field.annotation, tuple(field.metadata))


def _peel(annotation: Any, marks: tuple[Any, ...]) -> Place:
    """Remove Annotated, Optional and type aliases, but keep the marks."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            marks += tuple(more)
        elif origin in (Union, types.UnionType):
            rest = [argument for argument in get_args(annotation) if argument is not type(None)]
            if len(rest) != 1:
                return Place(annotation, marks)
            annotation = rest[0]
        else:
            return Place(annotation, marks)


def inside(place: Place, part: str) -> list[Place]:
    """Return the types of a member of a model or map, or with `*`, of the items of a list; empty if there is no such part."""
    if _is_model(place.annotation):
        field = place.annotation.model_fields.get(part)
        return [_of_field(field)] if field else []
    origin = get_origin(place.annotation)
    if origin is list and part == "*":
        return [_peel(get_args(place.annotation)[0], ())]
    if origin is dict:
        return [_peel(get_args(place.annotation)[1], ())]
    return []


def _walk(place: Place, at: str) -> Iterator[tuple[str, Place]]:
    yield at, place
    if _is_model(place.annotation):
        for name, field in place.annotation.model_fields.items():
            yield from _walk(_of_field(field), f"{at}/{name}")
    elif get_origin(place.annotation) is list:
        yield from _walk(_peel(get_args(place.annotation)[0], ()), f"{at}/*")
    elif get_origin(place.annotation) is dict:
        # The keys of a map are data. Its values hold no references, but they can use a vocabulary.
        yield from _walk(_peel(get_args(place.annotation)[1], ()), f"{at}/*")


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
