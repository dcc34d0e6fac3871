"""A resource made of the documented examples, with every field filled in; and the same without a single value."""

import json
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.modelwalk import Place, fields, places


def documented(model: type[BaseModel]) -> dict[str, Any]:
    """Return a resource of the documented examples: the first example of each field, including the fields of nested models."""
    return {name: _of(place, model.model_fields[name]) for name in model.model_fields for place in places(model, f"/{name}")}


def every_field(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """Return every field of a model and of its nested models, each with a name for test ids."""
    return [(f"{owner.__name__}.{name}", field) for owner, name, field in fields(model)]


def everywhere(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*at, key)
        yield from everywhere(item, (*at, key))


def without(content: Any, at: tuple[str | int, ...]) -> Any:
    """Return the content with null at a path."""
    spoilt = holder = json.loads(json.dumps(content))
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = None
    return spoilt


def _of(place: Place, field: FieldInfo) -> Any:
    example = (field.examples or [None])[0]
    kind = place.annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return documented(kind)
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        found = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
        return [documented(found)] if found else example
    return example.value if isinstance(example, Enum) else example
