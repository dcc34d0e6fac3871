"""The routes, each declared once. The handlers dispatch by this table, and the published specification describes it.

Paths contain the parameters `{slug}`, `{number}` and `{name}`. The handlers implement the endpoints.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.resource import Resource
from schemas.v1.parameters import Scope

VERSION = "v1"
BASE = f"/{VERSION}"


class Media(StrEnum):
    """The media types of responses."""

    JSON = "application/json"
    JSON_LD = "application/ld+json"
    CSV = "text/csv"
    NDJSON = "application/x-ndjson"
    HTML = "text/html"
    TEXT = "text/plain"
    SCRIPT = "text/javascript"
    STYLE = "text/css"
    SCHEMA = "application/schema+json"
    OPENAPI = "application/vnd.oai.openapi+json"
    LINKS = "application/link-format"
    LINKSET = "application/linkset+json"


# The values of `format=`, by media type. They let a person choose a format in a browser.
FORMATS: dict[Media, str] = {
    Media.JSON: "json",
    Media.JSON_LD: "jsonld",
    Media.CSV: "csv",
    Media.NDJSON: "ndjson",
}

# The problems of every route. 405 is for methods other than GET, HEAD and OPTIONS; 429 comes from CloudFront.
EVERYWHERE = (
    "unknown-parameter",
    "method-not-allowed",
    "not-acceptable",
    "uri-too-long",
    "too-many-requests",
    "forbidden",
    "headers-too-large",
    "internal",
)
# The problems of routes that read the record, and of those that return pages.
_READING = ("invalid-parameter", "conflicting-parameters", "record-unavailable")
_PAGING = ("invalid-cursor", "cursor-expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of the API.

    `operation` is its operationId, `endpoint` the handler that responds, `answers` the schema component of its JSON response.
    `media_types` are in order of preference. `problems` and the `headers` of its 200 are those that not every route has.
    `moves` says that it can respond with 308.
    """

    path: str
    operation: str
    endpoint: str
    summary: str
    tag: str
    answers: str
    media_types: tuple[Media, ...] = (Media.JSON,)
    scopes: tuple[Scope, ...] = ()
    problems: tuple[str, ...] = ()
    moves: bool = False
    headers: tuple[str, ...] = ()
    collection: str = ""
    owner: str = ""
    filter: str = ""


def routes(resources: Sequence[Resource], version: str = VERSION) -> tuple[Route, ...]:
    """Return all routes of a version of the API: those of the service, then those of each type."""
    base, others = f"/{version}", {resource.collection: resource for resource in resources}
    return (*_service(base), *(route for resource in resources for route in _of(base, resource, others)))


def _service(base: str) -> Iterator[Route]:
    def static(path: str, operation: str, endpoint: str, summary: str, answers: str, *media: Media, missing: bool = False) -> Route:
        return Route(
            path=path,
            operation=operation,
            endpoint=endpoint,
            summary=summary,
            tag="service",
            answers=answers,
            media_types=media or (Media.JSON,),
            problems=("not-found",) if missing else (),
            moves=missing,
        )

    yield static("/", "getRoot", "root", "About this API", "ServiceInfo")
    yield static("/docs", "getDocs", "reference", "The API reference, for browsers", "", Media.HTML)
    yield static(
        "/docs/{name}", "getDocsFile", "reference_file", "A file of the API reference", "", Media.SCRIPT, Media.STYLE, missing=True
    )
    yield static("/robots.txt", "getRobots", "robots", "Rules for crawlers: everything is allowed", "", Media.TEXT)
    yield static("/.well-known/api-catalog", "getApiCatalog", "catalog", "The API catalog (RFC 9727)", "Linkset", Media.LINKSET)
    yield static(
        "/.well-known/security.txt",
        "getSecurityContact",
        "security",
        "Security contact (RFC 9116)",
        "",
        Media.TEXT,
        missing=True,
    )
    yield Route(
        path=base,
        operation="getStart",
        endpoint="start",
        summary="The collections, and the current release",
        tag="service",
        answers="Start",
        scopes=(Scope.START,),
        problems=(*_READING, "not-found"),
        headers=("Memento-Datetime",),
    )
    yield Route(
        path=f"{base}/health",
        operation="getHealth",
        endpoint="health",
        summary="Whether the record can be read, and how old it is",
        tag="service",
        answers="Health",
        problems=("record-unavailable",),
    )
    yield static(f"{base}/openapi.json", "getOpenapi", "openapi", "This specification", "", Media.OPENAPI, Media.JSON)
    yield static(f"{base}/context.jsonld", "getContext", "context", "The JSON-LD context of all types", "", Media.JSON_LD, Media.JSON)
    yield static(f"{base}/terms", "getTerms", "terms", "The meaning of our own terms in linked data", "", Media.JSON_LD, Media.JSON)
    yield static(f"{base}/schemas/{{name}}", "getSchema", "schema", "The JSON Schema of a type", "", Media.SCHEMA, Media.JSON, missing=True)
    yield static(f"{base}/problems", "listProblems", "problems", "All problem types", "ProblemExplanations", Media.JSON, Media.HTML)
    yield static(
        f"{base}/problems/{{slug}}", "getProblem", "problem", "What a problem type means and what to do about it", "ProblemExplanation",
        Media.JSON, Media.HTML, missing=True,
    )  # fmt: skip
    paging: dict[str, Any] = {"tag": "history", "problems": (*_READING, *_PAGING, "not-found")}
    yield Route(
        path=f"{base}/releases",
        operation="listReleases",
        endpoint="releases",
        summary="The releases, newest first",
        answers="ReleasePage",
        scopes=(Scope.HISTORY,),
        headers=("Memento-Datetime",),
        **paging,
    )
    yield Route(
        path=f"{base}/releases/{{number}}",
        operation="getRelease",
        endpoint="release",
        summary="One release",
        tag="history",
        answers="Release",
        problems=("not-found", "record-unavailable"),
        moves=True,
        headers=("Last-Modified",),
    )
    yield Route(
        path=f"{base}/changes",
        operation="listChanges",
        endpoint="changes",
        summary="The changes after a release, oldest first",
        answers="ChangePage",
        scopes=(Scope.CHANGES,),
        headers=("Memento-Datetime",),
        **paging,
    )


def _of(base: str, resource: Resource, others: dict[str, Resource]) -> Iterator[Route]:
    name, one, many = resource.collection, resource.singular.capitalize(), resource.collection.capitalize()
    at = f"{base}/{name}"
    gone = ("not-found", "withdrawn")
    yield _list(
        resource,
        path=at,
        operation=f"list{many}",
        endpoint="page",
        summary=f"A page of {name}",
        problems=(*_READING, *_PAGING, "not-found"),
    )
    yield Route(
        path=f"{at}/{{slug}}",
        operation=f"get{one}",
        endpoint="one",
        summary=f"One {resource.singular}",
        tag=name,
        answers=f"{one}View",
        media_types=(Media.JSON, Media.JSON_LD),
        scopes=(Scope.RESOURCES,),
        problems=(*_READING, *gone),
        moves=True,
        headers=("Last-Modified", "Memento-Datetime"),
        collection=name,
    )
    yield Route(
        path=f"{at}/{{slug}}/revisions",
        operation=f"list{one}Revisions",
        endpoint="revisions",
        summary=f"The revisions of one {resource.singular}, newest first",
        tag=name,
        answers="RevisionPage",
        scopes=(Scope.HISTORY,),
        problems=(*_READING, *_PAGING, "not-found"),
        moves=True,
        headers=("Memento-Datetime",),
        collection=name,
    )
    yield Route(
        path=f"{at}/{{slug}}/revisions/{{number}}",
        operation=f"get{one}Revision",
        endpoint="revision",
        summary=f"One {resource.singular}, as it was in one revision",
        tag=name,
        answers=f"{one}Revision",
        scopes=(Scope.REVISION,),
        problems=(*_READING, *gone),
        moves=True,
        headers=("Last-Modified", "Memento-Datetime"),
        collection=name,
    )
    yield Route(
        path=f"{at}/{{slug}}/timemap",
        operation=f"get{one}Timemap",
        endpoint="timemap",
        summary=f"The mementos of one {resource.singular}, newest first (RFC 7089)",
        tag=name,
        answers="",
        media_types=(Media.LINKS,),
        scopes=(Scope.TIMEMAP,),
        problems=(*_READING, *_PAGING, "not-found"),
        moves=True,
        collection=name,
    )
    for sublist in resource.sublists:
        other = others[sublist.collection]
        yield _list(
            other,
            path=f"{at}/{{slug}}/{other.collection}",
            operation=f"list{one}{other.collection.capitalize()}",
            endpoint="sublist",
            summary=f"The {other.collection} of one {resource.singular}",
            problems=(*_READING, *_PAGING, *gone),
            moves=True,
            owner=name,
            filter=sublist.filter,
        )


def _list(resource: Resource, **members: Any) -> Route:
    return Route(
        tag=resource.collection,
        answers=f"{resource.singular.capitalize()}Page",
        media_types=(Media.JSON, Media.CSV, Media.NDJSON),
        scopes=(Scope.LISTS, Scope.DATED_LISTS) if resource.span else (Scope.LISTS,),
        headers=("Memento-Datetime",),
        collection=resource.collection,
        **members,
    )
