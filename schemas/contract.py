"""The published contract: the registry rendered into the documents of `published/v1/`, which are committed and served.

One JSON Schema (2020-12) per type, and `handlers.json`, the table by which the handlers route and check requests. So requests
are checked by exactly what was published, and the read path needs no model.
"""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from schemas import modelwalk
from schemas.registry import RESOURCES, filter_form
from schemas.resource import Resource
from schemas.v1.parameters import CACHE_CONTROL, DEFAULT_LIMIT, HIGHEST_LIMIT, MOST_INCLUDED, PARAMETERS
from schemas.v1.problems import PROBLEM_TYPES
from schemas.v1.shared import Redacted

VERSION = "v1"
LICENSE = "https://creativecommons.org/licenses/by/4.0/"


def documents() -> dict[str, str]:
    """Return every document of the contract by its file name, as text that ends in a newline."""
    rendered: dict[str, Any] = {f"{resource.singular}.json": json_schema(resource) for resource in RESOURCES}
    rendered["handlers.json"] = handlers_table()
    return {name: json.dumps(document, indent=1, ensure_ascii=False) + "\n" for name, document in rendered.items()}


def json_schema(resource: Resource) -> dict[str, Any]:
    """Return the JSON Schema of a resource as it is served, what the publish sets included."""
    schema = resource.model.model_json_schema(mode="serialization", schema_generator=_Generator)
    set_by_publish: dict[str, Any] = {
        "id": {
            "type": "string",
            "pattern": f"^{resource.collection}/[a-z0-9]+(-[a-z0-9]+)*$",
            "description": "Its id, which never changes and is never used again.",
            "examples": [f"{resource.collection}/a-slug"],
        },
        "type": {"const": resource.singular, "type": "string", "description": "Its type.", "examples": [resource.singular]},
        "revision": {"type": "integer", "minimum": 1, "description": "Which revision of the resource this is.", "examples": [1]},
        "release": {"type": "integer", "minimum": 1, "description": "The release that published this revision.", "examples": [1]},
        "published_at": {
            "type": "string",
            "format": "date-time",
            "description": "When that release was published (RFC 3339, UTC).",
            "examples": ["2026-11-23T12:00:00.000Z"],
        },
    }
    redacted = Redacted.model_json_schema(mode="serialization", schema_generator=_Generator)
    redactions: dict[str, Any] = {
        "type": "array",
        "items": {"$ref": "#/$defs/Redacted"},
        "description": "Only where something was taken out of this revision after it was published. Such a field is null or says "
        "`[redacted]`; null may then stand where the schema allows none.",
        "examples": [[{"fields": ["/summary/en"], "reason": "court-order", "release": 12}]],
    }
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"/{VERSION}/schemas/{resource.singular}.json",
        **schema,
        "properties": {**set_by_publish, **schema["properties"], "redactions": redactions},
        "required": [*set_by_publish, *schema["required"]],
        "$defs": {**schema["$defs"], **redacted.pop("$defs"), "Redacted": redacted},
    }


def handlers_table() -> dict[str, Any]:
    """Return what the handlers need of the registry."""
    return {
        "version": VERSION,
        "license": LICENSE,
        "limits": {"default": DEFAULT_LIMIT, "highest": HIGHEST_LIMIT, "included": MOST_INCLUDED},
        "cache_control": CACHE_CONTROL,
        "parameters": {
            parameter.name: {"scopes": sorted(parameter.scopes), "description": parameter.description, "example": parameter.example}
            for parameter in PARAMETERS
        },
        "problems": {
            problem.slug: {
                "status": problem.status,
                "title": problem.title,
                "meaning": problem.meaning,
                "remedy": problem.remedy,
                "cache": problem.cache,
                "retry_after": problem.retry_after,
                "from_edge": problem.from_edge,
            }
            for problem in PROBLEM_TYPES
        },
        "collections": {resource.collection: _collection(resource) for resource in RESOURCES},
    }


def _collection(resource: Resource) -> dict[str, Any]:
    references: dict[str, list[str]] = {}
    for pattern in modelwalk.references(resource.model):
        references.setdefault(pattern.split("/")[1], []).append(pattern)
    return {
        "singular": resource.singular,
        "title": resource.title,
        "description": resource.description,
        "cache": resource.cache,
        "filters": {
            declared.name: {
                "description": declared.description,
                "form": filter_form(resource, declared),
                "repeatable": declared.repeatable,
                "carried": not declared.via,
            }
            for declared in resource.filters
        },
        "sorts": {
            "id": {"description": "By id.", "by_span": False},
            **{
                sort.name: {"description": sort.description, "by_span": bool(sort.dates) and sort.dates == resource.span}
                for sort in resource.sorts
            },
        },
        "default_sort": resource.default_sort,
        "dated": bool(resource.span),
        "fields": ["id", "type", "revision", "release", "published_at", *resource.model.model_fields, "redactions"],
        "references": references,
        "sublists": {sublist.collection: sublist.filter for sublist in resource.sublists},
    }


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, without the titles it makes up from names."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        """Set no title: names and descriptions say it."""
        return False
