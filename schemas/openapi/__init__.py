"""The published specification (OpenAPI 3.1), generated from the declarations by which the handlers route and check requests.

All examples of paths, filters and fields come from the declarations and exist in the first case.
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
SUMMARY = "The record of refoulement cases: people returned by states to places where they face persecution."
DESCRIPTION = """\
This API is public and read-only. Every request reads the record at one release: the current release, unless `release`, `as_of` or
`Accept-Datetime` selects another. HEAD responds like GET, without the body. OPTIONS works for every path. An unknown query parameter is
an error. A path that differs from a documented path only in upper and lower case or in a trailing slash redirects to it (308).
Within this version, objects can get new fields, vocabularies new terms and `included` new types: ignore what your client doesn't know.
Nothing is removed, and nothing changes its meaning.
"""
_TAGS = {
    "service": "Information about the service, and the contract as files.",
    "history": "The releases, and the changes in each.",
}


def document(resources: Sequence[Resource], deprecation: Deprecation | None = None, version: str = VERSION) -> dict[str, Any]:
    """Return the specification of a version with these types. `deprecation` deprecates the whole version."""
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
        "servers": [{"url": "/", "description": "The server that this specification was read from"}],
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
    if len(route.media_types) > 1 and Media.SCRIPT not in route.media_types:  # the name of a script or stylesheet decides, not Accept
        default, *others = (f"`{media}`" for media in route.media_types)
        first = ", ".join([f"{default} (the default)", *others[:-1]])
        texts.append(f"The `Accept` header selects the format: {first} or {others[-1]}.")
    if Scope.LISTS in route.scopes:
        texts.append("Different filters are combined with AND, the values of a repeated filter with OR.")
    return " ".join(texts)


def _responses(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "200": {
            "description": route.summary + ".",
            "headers": responses.headers_of_success(route),
            "content": {str(media): {"schema": _schema(route, media)} for media in route.media_types},
        },
        "304": {"description": "Not modified: the client's copy is current.", "headers": responses.headers_of_not_modified(route)},
    }
    if links := _links(route):
        found["200"]["links"] = links
    if route.moves:
        found["308"] = {
            "description": "Redirect to the path in lower case, or to the new path of a resource that was renamed or merged.",
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
    """Return the OpenAPI links of a response: operations whose parameters come from the response or its request."""
    slug = {"slug": "$request.path.slug"}
    one = re.sub(r"^list(.*)Revisions$", r"\1", route.operation)
    match route.endpoint:
        case "releases":
            return {"release": _link("getRelease", "The newest release on this page.", number="$response.body#/data/0/number")}
        case "release":
            return {"changes": _link("listChanges", "The changes after this release.", since="$response.body#/number")}
        case "revisions":
            number = "$response.body#/data/0/number"
            return {"revision": _link(f"get{one}Revision", "The newest revision on this page.", **slug, number=number)}
        case "one":
            name = route.operation.removeprefix("get")
            return {
                "revisions": _link(f"list{name}Revisions", "Its revisions.", **slug),
                "timemap": _link(f"get{name}Timemap", "Its mementos.", **slug),
                "past": _link(
                    route.operation,
                    "This resource as it was in the release that published this revision.",
                    **slug,
                    release="$response.body#/release",
                ),
            }
        case _:
            return {}


def _link(operation: str, description: str, **parameters: str) -> dict[str, Any]:
    return {"operationId": operation, "description": description, "parameters": parameters}
