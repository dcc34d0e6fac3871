"""The published contract: the registry rendered into the documents of `published/v1/`, which are committed and served.

These are the specification (OpenAPI 3.1), one JSON Schema (2020-12) per type, and the JSON-LD context; and for the handlers,
`handlers.json` (routes and request checks) and `tables.json` (columns). So the handlers check requests by exactly the published
contract, and the read path doesn't need the models.
"""

import datetime
import json
from collections.abc import Sequence
from email.utils import format_datetime
from typing import Any

from schemas import linked, modelwalk, openapi, tables
from schemas.jsonschemas import json_schema
from schemas.registry import RESOURCES, filter_form
from schemas.resource import Deprecation, Resource
from schemas.v1.parameters import CACHE_CONTROL, DEFAULT_LIMIT, EDGE_CACHE_CONTROL, HIGHEST_LIMIT, MOST_INCLUDED, PARAMETERS
from schemas.v1.problems import PROBLEM_TYPES
from schemas.v1.routes import FORMATS, VERSION, Route, routes

# The deprecation of the whole version; None as long as it stays.
DEPRECATION: Deprecation | None = None
LICENSE = "https://creativecommons.org/licenses/by/4.0/"


def documents(
    resources: Sequence[Resource] = RESOURCES, deprecation: Deprecation | None = DEPRECATION, version: str = VERSION
) -> dict[str, str]:
    """Return all documents of a version's contract by file name, as text that ends in a newline."""
    rendered: dict[str, Any] = {f"{resource.singular}.json": json_schema(resource, version) for resource in resources}
    rendered["openapi.json"] = openapi.document(resources, deprecation, version)
    rendered["context.jsonld"] = linked.context(resources)
    rendered["terms.jsonld"] = linked.vocabulary(resources)
    rendered["tables.json"] = {resource.collection: [column.row() for column in tables.columns(resource)] for resource in resources}
    rendered["handlers.json"] = handlers_table(resources, deprecation, version)
    return {name: json.dumps(document, indent=1, ensure_ascii=False) + "\n" for name, document in rendered.items()}


def handlers_table(
    resources: Sequence[Resource] = RESOURCES, deprecation: Deprecation | None = DEPRECATION, version: str = VERSION
) -> dict[str, Any]:
    """Return what the handlers need to know about a version."""
    return {
        "version": version,
        "deprecation": _deprecation(deprecation) if deprecation else None,
        "formats": {name: media_type for media_type, name in FORMATS.items()},
        "routes": [_route(route) for route in routes(resources, version)],
        "license": LICENSE,
        "limits": {"default": DEFAULT_LIMIT, "highest": HIGHEST_LIMIT, "included": MOST_INCLUDED},
        "cache_control": CACHE_CONTROL,
        "edge_cache_control": EDGE_CACHE_CONTROL,
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
        "collections": {resource.collection: _collection(resource, resources) for resource in resources},
    }


def _route(route: Route) -> dict[str, Any]:
    members = {"path": route.path, "endpoint": route.endpoint, "media_types": list(route.media_types), "scopes": list(route.scopes)}
    return members | {name: value for name in ("collection", "owner", "filter") if (value := getattr(route, name))}


def _deprecation(declared: Deprecation) -> dict[str, Any]:
    """Return the values of the headers Deprecation (RFC 9745) and Sunset (RFC 8594), and the guide."""
    since, sunset = (
        datetime.datetime.combine(day, datetime.time(), datetime.UTC) if day else None for day in (declared.since, declared.sunset)
    )
    assert since is not None, "a deprecation has a date"
    return {
        "deprecation": f"@{int(since.timestamp())}",
        "sunset": format_datetime(sunset, usegmt=True) if sunset else None,
        "guide": declared.guide,
    }


def _collection(resource: Resource, resources: Sequence[Resource]) -> dict[str, Any]:
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
                "form": filter_form(resource, declared, resources),
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
        "deprecations": {declared.field or "": _deprecation(declared) for declared in resource.deprecations},
    }
