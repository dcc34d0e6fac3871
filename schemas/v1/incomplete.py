"""What is known of a resource that does not match its schema: its valid fields, and which of the others have a problem.

So one wrong field does not hide what is wrong elsewhere, and does not make other resources wrong.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from schemas import modelwalk
from schemas.pointers import Json, NoSuchPlace
from schemas.v1.shape import Shape


class Unknown(NoSuchPlace):
    """A field was needed that has a problem. So nothing can be said about what depends on it."""


class Incomplete(dict[str, Json]):
    """An object with fields that have a problem. To read such a field raises Unknown; to iterate gives what its author wrote."""

    def __init__(self, members: Mapping[str, Json], unknown: frozenset[str]) -> None:
        """Keep the members, and the names of the fields that have a problem."""
        super().__init__(members)
        self.unknown = unknown

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a field, valid or not."""
        return name in self.unknown or super().__contains__(name)

    def __getitem__(self, name: str) -> Json:
        """Return a valid field."""
        if name in self.unknown:
            raise Unknown(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a valid field, or the default if there is none."""
        return self[name] if name in self else default  # noqa: SIM401 - this is `get`


def nothing_of(model: type[BaseModel]) -> Incomplete:
    """Return a resource of which nothing is known: its file can't be read."""
    return Incomplete({}, frozenset(model.model_fields))


def assemble(model: type[BaseModel], written: Mapping[str, Json]) -> tuple[BaseModel, Incomplete]:
    """Return what is valid in these fields: as a model without the others, and as JSON. Each field is checked by itself."""
    values: dict[str, Any] = {}
    members: dict[str, Json] = {}
    unknown: set[str] = set()
    for name, field in model.model_fields.items():
        adapter = _adapter(model, name)
        if name not in written:
            if field.is_required():
                unknown.add(name)
                continue
            values[name] = field.get_default(call_default_factory=True)
        else:
            try:
                values[name] = adapter.validate_json(json.dumps(written[name]), strict=True)
            except ValidationError:
                inside = _inside(model, name, written[name])
                if inside is None:
                    unknown.add(name)
                    members[name] = written[name]
                else:
                    values[name], members[name] = inside
                continue
        members[name] = adapter.dump_python(values[name], mode="json")
    assembled = model.model_construct(**values)
    for name in unknown:
        assembled.__dict__.pop(name, None)  # `model_construct` sets the default of a field that is not given
    return assembled, Incomplete(members, frozenset(unknown))


def misfits(resource: BaseModel) -> Iterator[PydanticCustomError]:
    """Yield what the validators of the whole model say about an assembled one. Those that need an unknown field say nothing."""
    for name, validator in _validators(type(resource)).items():
        if validator.info.mode == "after":
            try:
                getattr(resource, name)()
            except PydanticCustomError as misfit:
                yield misfit
            except AttributeError as missing:
                if not is_unknown(missing):
                    raise


def is_unknown(missing: AttributeError) -> bool:
    """Return whether an assembled model was asked for a field that has a problem."""
    return isinstance(missing.obj, Shape) and missing.name in type(missing.obj).model_fields


def written(content: Json) -> Any:
    """Return content as its author wrote it, with its faults and without Unknown."""
    return json.loads(json.dumps(content))


def _inside(model: type[BaseModel], name: str, value: Json) -> tuple[Any, Json] | None:
    """Return the valid parts of a field that is a model, a list of models or a map; None for a field of another type."""
    (place,) = modelwalk.places(model, f"/{name}")
    if get_origin(place.annotation) is dict and isinstance(value, Mapping):
        return _inside_map(_map_adapter(model, name), value)
    if _is_separable(place.annotation):
        return assemble(place.annotation, value) if isinstance(value, Mapping) else None
    if get_origin(place.annotation) is list and _is_separable(item := get_args(place.annotation)[0]) and isinstance(value, list):
        if not all(isinstance(one, Mapping) for one in value):
            return None
        found = [assemble(item, one) for one in value]
        return [one for one, _ in found], [one for _, one in found]
    return None


def _inside_map(adapter: "TypeAdapter[dict[str, Any]]", value: Mapping[str, Json]) -> tuple[dict[str, Any], Incomplete] | None:
    """Return the valid members of a map; None if all are valid, so that the map as a whole is not."""
    valid: dict[str, Any] = {}
    members = dict(value)
    for key, item in value.items():
        try:
            valid |= (one := adapter.validate_json(json.dumps({key: item}), strict=True))
            members |= adapter.dump_python(one, mode="json")
        except ValidationError:
            continue
    unknown = frozenset(value) - frozenset(valid)
    return (valid, Incomplete(members, unknown)) if unknown else None


def _is_separable(annotation: Any) -> bool:
    """Return whether a type is a model whose fields don't depend on each other."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel) and not _validators(annotation)


def _validators(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.__pydantic_decorators__.model_validators


@cache
def _map_adapter(model: type[BaseModel], name: str) -> "TypeAdapter[dict[str, Any]]":
    """Return the adapter of a map's type, without what must hold for the whole map."""
    (place,) = modelwalk.places(model, f"/{name}")
    return TypeAdapter(place.annotation)


@cache
def _adapter(model: type[BaseModel], name: str) -> "TypeAdapter[Any]":
    field = model.model_fields[name]
    marked: Any = Annotated[cast("Any", (field.annotation, *field.metadata))] if field.metadata else field.annotation
    return TypeAdapter(marked)
