"""The published specification: OpenAPI 3.1, from the declarations that the handlers route and check requests by.

Every example of a path, a filter or a field is one that the declarations give, and stands in the first case.
"""

import re
from collections.abc import Sequence
from typing import Any

from schemas.openapi import responses
from schemas.openapi.components import components
from schemas.openapi.parameters import Parameters
from schemas.resource import Deprecation, Resource
from schemas.v1.parameters import Scope
from schemas.v1.routes import EVERYWHERE, VERSION, Media, Route, routes

TITLE = "Article 33"
SUMMARY = "The record of refoulement cases: people returned by states to where they are persecuted."
DESCRIPTION = """\
Public and read-only. Every read happens at a release: the current one, unless `release`, `as_of` or `Accept-Datetime` names another.
HEAD answers like GET, without the body; OPTIONS answers for every path. Every parameter that is not described is refused. A path that
differs from one of these only by case or a trailing slash answers 308 to it. Within this version objects may
get more fields, vocabularies more terms and `included` more types, so ignore what you do not know; nothing goes away, and nothing
changes its meaning.
"""
_TAGS = {
    "service": "What the service says of itself, and the contract as files.",
    "history": "The releases, and what changed in each.",
}


def document(resources: Sequence[Resource], deprecation: Deprecation | None = None, version: str = VERSION) -> dict[str, Any]:
    """Return the specification of a version over these types; `deprecation` says that the whole version will go."""
    declared = routes(resources, version)
    parameters = Parameters(resources)
    paths: dict[str, Any] = {}
    for route in declared:
        paths[route.path] = {"get": _operation(route, resources, parameters, deprecation)}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": TITLE,
            "version": version.removeprefix("v"),
            "summary": SUMMARY,
            "description": DESCRIPTION,
            "license": {"name": "Creative Commons Attribution 4.0 International, for the data", "identifier": "CC-BY-4.0"},
            "contact": {"name": "The maintainers of Article 33"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "/", "description": "Where this was read"}],
        "security": [],
        "tags": [
            *({"name": name, "description": text} for name, text in _TAGS.items()),
            *({"name": resource.collection, "description": resource.description} for resource in resources),
        ],
        "paths": paths,
        "components": {
            "schemas": components(resources, version),
            "parameters": parameters.components(),
            "headers": {header.name: header.component() for header in responses.HEADERS},
            "responses": responses.problem_responses(),
        },
    }


def _operation(route: Route, resources: Sequence[Resource], parameters: Parameters, version: Deprecation | None) -> dict[str, Any]:
    deprecations = [
        one for resource in resources if resource.collection == route.collection for one in resource.deprecations if one.field is None
    ]
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "description": _described(route),
        "tags": [route.tag],
        "parameters": parameters.of(route),
        "responses": _responses(route),
    }
    if version or deprecations:
        operation["deprecated"] = True
    return operation


def _described(route: Route) -> str:
    texts = [f"{route.summary}."]
    if len(route.media_types) > 1:
        texts.append(f"`Accept` chooses between {', '.join(f'`{media}`' for media in route.media_types)}; the first is the default.")
    if Scope.LISTS in route.scopes:
        texts.append("Filters are combined with AND; the values of a repeated one with OR.")
    return " ".join(texts)


def _responses(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "200": {
            "description": route.summary + ".",
            "headers": responses.headers_of_success(route),
            "content": {str(media): {"schema": _schema(route, media)} for media in route.media_types},
        },
        "304": {"description": "What the client has is what there is.", "headers": responses.headers_of_not_modified(route)},
    }
    if links := _links(route):
        found["200"]["links"] = links
    if route.moves:
        found["308"] = {
            "description": "It is at another path: by another case of letters, or because it was renamed or merged.",
            "headers": responses.headers_of_redirect(),
        }
    for status in responses.statuses((*route.problems, *EVERYWHERE)):
        found[str(status)] = {"$ref": f"#/components/responses/{responses.response_name(status)}"}
    return dict(sorted(found.items()))


def _schema(route: Route, media: Media) -> dict[str, Any]:
    if media in (Media.OPENAPI, Media.SCHEMA, Media.JSON_LD) or (media is Media.JSON and not route.answers):
        return {"type": "object"}
    if media in (Media.JSON, Media.LINKSET):
        return {"$ref": f"#/components/schemas/{route.answers}"}
    return {"type": "string"}


def _links(route: Route) -> dict[str, Any]:
    """Return where an answer leads: the operations whose parameters it, or its own request, tells."""
    slug = {"slug": "$request.path.slug"}
    one = re.sub(r"^list(.*)Revisions$", r"\1", route.operation)
    match route.endpoint:
        case "releases":
            return {"release": _link("getRelease", "The newest of these releases.", number="$response.body#/data/0/number")}
        case "release":
            return {"changes": _link("listChanges", "What changed since it.", since="$response.body#/number")}
        case "revisions":
            number = "$response.body#/data/0/number"
            return {"revision": _link(f"get{one}Revision", "The newest of these revisions.", **slug, number=number)}
        case "one":
            name = route.operation.removeprefix("get")
            return {
                "revisions": _link(f"list{name}Revisions", "Its revisions.", **slug),
                "timemap": _link(f"get{name}Timemap", "Its mementos.", **slug),
                "past": _link(
                    route.operation, "It at the release that published this revision.", **slug, release="$response.body#/release"
                ),
            }
        case _:
            return {}


def _link(operation: str, description: str, **parameters: str) -> dict[str, Any]:
    return {"operationId": operation, "description": description, "parameters": parameters}
