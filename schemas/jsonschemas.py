"""The published JSON Schemas (2020-12) of the types and their envelopes.

Objects are open: fields can be added within a version, and clients that validate responses must not break then.
"""

import json
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from schemas import modelwalk
from schemas.resource import Resource
from schemas.v1.routes import VERSION
from schemas.v1.shared import Redacted


def json_schema(resource: Resource, version: str = VERSION) -> dict[str, Any]:
    """Return the JSON Schema of a resource as it is served, including the fields that a publish sets."""
    schema = schema_of(resource.model)
    set_by_publish: dict[str, Any] = {
        "id": {
            "type": "string",
            "pattern": f"^{resource.collection}/[a-z0-9]+(-[a-z0-9]+)*$",
            "description": "Its id. It never changes and is never given to another resource.",
            "examples": [f"{resource.collection}/a-slug"],
        },
        "type": {"const": resource.singular, "type": "string", "description": "Its type.", "examples": [resource.singular]},
        "revision": {"type": "integer", "minimum": 1, "description": "The number of this revision of the resource.", "examples": [1]},
        "release": {"type": "integer", "minimum": 1, "description": "The release that published this revision.", "examples": [1]},
        "published_at": {
            "type": "string",
            "format": "date-time",
            "description": "When that release was published (RFC 3339, UTC).",
            "examples": ["2026-11-23T12:00:00.000Z"],
        },
    }
    redacted = schema_of(Redacted)
    redactions: dict[str, Any] = {
        "type": "array",
        "items": {"$ref": "#/$defs/Redacted"},
        "description": "Only if something was removed from this revision after its publication. A removed field is null or "
        "`[redacted]`, even if its schema does not allow null.",
        "examples": [[{"fields": ["/summary/en"], "reason": "court-order", "release": 12}]],
    }
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"/{version}/schemas/{resource.singular}.json",
        **schema,
        "properties": {**set_by_publish, **schema["properties"], "redactions": redactions},
        "required": [*set_by_publish, *schema["required"]],
        "$defs": {**schema["$defs"], **redacted.pop("$defs"), "Redacted": redacted},
    }


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a model as it is served."""
    schema: dict[str, Any] = _opened(model.model_json_schema(mode="serialization", by_alias=True, schema_generator=_Generator))
    shapes = {model.__name__: schema, **schema.get("$defs", {})}
    for owner, name, field in modelwalk.fields(model):
        shapes[owner.__name__]["properties"][field.alias or name]["examples"] = _served(field)
    return schema


def _served(field: FieldInfo) -> list[Any]:
    """Return a field's examples as they are served, with the derived and empty fields that authors leave out."""
    adapter: TypeAdapter[Any] = TypeAdapter(cast("Any", field.annotation))
    read = (adapter.validate_json(json.dumps(example)) for example in field.examples or ())
    return [adapter.dump_python(value, mode="json") for value in read]


def _opened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _opened(inner) for name, inner in value.items() if not (name == "additionalProperties" and inner is False)}
    return [_opened(inner) for inner in value] if isinstance(value, list) else value


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, without the titles that it derives from names."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        """Return False: names and descriptions say enough."""
        return False
