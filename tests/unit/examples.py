"""A resource made of the examples that its model documents, every field of it filled in."""

from enum import Enum
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.modelwalk import Place, fields, places


def documented(model: type[BaseModel]) -> dict[str, Any]:
    """Return a resource of the documented examples: each field's first, and below it each field's of the models in it."""
    return {name: _of(place, model.model_fields[name]) for name in model.model_fields for place in places(model, f"/{name}")}


def every_field(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """Return every field of a model and of the models in it, each with a name to call it by."""
    return [(f"{owner.__name__}.{name}", field) for owner, name, field in fields(model)]


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
