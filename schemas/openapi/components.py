"""The schemas of the specification: the types as they are served, complete and in part, and their envelopes."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.jsonschemas import json_schema, schema_of
from schemas.resource import Resource
from schemas.v1.envelopes import ENVELOPES
from schemas.v1.problems import PROBLEM_TYPES


def components(resources: Sequence[Resource], version: str) -> dict[str, Any]:
    """Return all schemas by name. A model has one schema, because the API only sends and never receives it."""
    found: dict[str, Any] = {}
    for resource in resources:
        _add(
            found,
            resource.singular.capitalize(),
            {name: part for name, part in json_schema(resource, version).items() if name[0] != "$" or name == "$defs"},
        )
    for envelope in ENVELOPES:
        _add(found, envelope.__name__, schema_of(envelope))
    every = [{"$ref": f"#/components/schemas/{resource.singular.capitalize()}"} for resource in resources]
    found["Included"] = {
        "description": "A resource of any type that another resource refers to.",
        "anyOf": [*every, {"$ref": "#/components/schemas/RedactedResource"}],
    }
    found["RedactedResource"] = _redacted(found)
    for resource in resources:
        _of_type(found, resource)
    for name, row, info, text in (
        ("ReleasePage", "Release", "PageInfo", "A page of releases."),
        ("RevisionPage", "RevisionRow", "PageInfo", "A page of revisions."),
        ("ChangePage", "Change", "FeedInfo", "A page of changes."),
    ):
        found[name] = _page({"$ref": f"#/components/schemas/{row}"}, info, text)
    found["Problem"] = _problem(version)
    found["Linkset"] = _linkset()
    return dict(sorted(found.items()))


def _of_type(found: dict[str, Any], resource: Resource) -> None:
    """Add the schemas of a type's responses: complete, in part (if `fields` is given), and after a redaction."""
    name = resource.singular.capitalize()
    whole = found[name]
    for deprecation in resource.deprecations:
        if deprecation.field is not None:
            whole["properties"][deprecation.field] = {**whole["properties"][deprecation.field], "deprecated": True}
    whole["properties"]["included"] = _included()
    found[f"{name}Part"] = {
        "description": f"{_an(resource.singular).capitalize()} with only the fields that `fields` names.",
        "type": "object",
        "properties": {**whole["properties"]},
        "required": ["id", "type"],
    }
    redacted = {"$ref": "#/components/schemas/RedactedResource"}
    found[f"{name}Revision"] = {
        "description": f"{_an(resource.singular).capitalize()}, as it was in one revision.",
        "anyOf": [{"$ref": f"#/components/schemas/{name}"}, redacted],
    }
    found[f"{name}View"] = {
        "description": f"{_an(resource.singular).capitalize()}: complete, with the requested fields only, or redacted.",
        "anyOf": [{"$ref": f"#/components/schemas/{name}"}, {"$ref": f"#/components/schemas/{name}Part"}, redacted],
    }
    found[f"{name}Page"] = _page(
        {"$ref": f"#/components/schemas/{name}View"}, "PageInfo", f"A page of {resource.collection}.", includes=True
    )


def _page(row: Mapping[str, Any], info: str, description: str, *, includes: bool = False) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "data": {"type": "array", "items": dict(row), "maxItems": 100, "description": "The items, in order."},
        "page": {"$ref": f"#/components/schemas/{info}"},
        "links": {"$ref": "#/components/schemas/PageLinks"},
    }
    if includes:
        properties["included"] = _included()
    return {"description": description, "type": "object", "properties": properties, "required": ["data", "page", "links"]}


def _included() -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Included"},
        "maxItems": 100,
        "description": "Only if `include` is given: the resources that the named fields refer to, each once, at the same release.",
    }


def _redacted(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a redacted resource: any field, and any part of a field, may be null."""
    properties = found["Case"]["properties"] if "Case" in found else next(iter(found.values()))["properties"]
    kept = {name: properties[name] for name in ("revision", "release", "published_at", "redactions")}
    return {
        "description": "A resource from which something was removed after its publication. `redactions` says what and why. "
        "Any field can be null or `[redacted]`, even if its own schema does not allow that.",
        "type": "object",
        "properties": {"id": {"type": "string"}, "type": {"type": "string"}, **kept},
        "required": ["id", "type", "redactions"],
    }


def _linkset() -> dict[str, Any]:
    link = {
        "type": "object",
        "properties": {"href": {"type": "string", "format": "uri-reference"}, "type": {"type": "string"}},
        "required": ["href"],
    }
    context = {
        "type": "object",
        "properties": {"anchor": {"type": "string", "format": "uri-reference", "description": "The resource that the links start from."}},
        "additionalProperties": {"type": "array", "items": link, "description": "The links of one relation type."},
        "required": ["anchor"],
    }
    return {
        "description": "Links, grouped by their anchor and relation type (RFC 9264).",
        "type": "object",
        "properties": {"linkset": {"type": "array", "items": context, "description": "The links."}},
        "required": ["linkset"],
    }


def _problem(version: str) -> dict[str, Any]:
    return {
        "description": "An error (RFC 9457).",
        "type": "object",
        "properties": {
            "type": {
                "type": "string",
                "enum": [f"/{version}/problems/{problem.slug}" for problem in PROBLEM_TYPES],
                "description": "The problem type: a path that explains it.",
            },
            "title": {"type": "string", "description": "The name of the problem type."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
            "detail": {"type": "string", "minLength": 1, "description": "What is wrong with this request, or what failed."},
            "instance": {"type": "string", "description": "The id of the request, the same as in `X-Request-Id`."},
            "errors": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Fault"},
                "description": "All errors in the request; empty if the request is not the cause.",
            },
        },
        "required": ["type", "title", "status", "detail", "instance", "errors"],
    }


def _add(found: dict[str, Any], name: str, schema: Mapping[str, Any]) -> None:
    """Add a schema and the schemas that it uses, each under its own name. Schemas with the same name must be equal."""
    parts = {**schema.get("$defs", {}), name: {key: value for key, value in schema.items() if key != "$defs"}}
    for part, inner in parts.items():
        moved = _moved(inner)
        assert found.setdefault(part, moved) == moved, f"two schemas are called {part}"


def _moved(value: Any) -> Any:
    """Return the schema with its references changed from `$defs` to the components."""
    if isinstance(value, Mapping):
        return {
            name: inner.replace("#/$defs/", "#/components/schemas/") if name == "$ref" and isinstance(inner, str) else _moved(inner)
            for name, inner in value.items()
        }
    return [_moved(inner) for inner in value] if isinstance(value, list) else value


def _an(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
