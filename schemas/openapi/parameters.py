"""The parameters of the specification, in paths, queries and headers, with their schemas."""

from collections.abc import Sequence
from typing import Any

from schemas import modelwalk
from schemas.registry import filter_form
from schemas.resource import Filter, Resource
from schemas.v1.parameters import DEFAULT_LIMIT, HIGHEST_LIMIT, PARAMETERS, Scope
from schemas.v1.problems import PROBLEM_TYPES
from schemas.v1.routes import FORMATS, Media, Route

SLUG = "^[a-z0-9]+(-[a-z0-9]+)*$"
LONGEST_VALUE = 120
MOST_VALUES = 20
# One date of EDTF level 0 or 1. Intervals and sets are not accepted: `from` and `to` already make an interval.
_DATE = r"^[-YX0-9?~%.SE]+$"
_NUMBER = "^[1-9][0-9]{0,8}$"
_FORMS: dict[str, dict[str, Any]] = {
    "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
    "language": {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"},
    "slug": {"type": "string", "pattern": SLUG, "maxLength": LONGEST_VALUE},
}
_TIME = r"^\d{4}-\d{2}-\d{2}([Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?$"
_SHARED: dict[str, dict[str, Any]] = {
    "from": {"type": "string", "pattern": _DATE, "maxLength": LONGEST_VALUE},
    "to": {"type": "string", "pattern": _DATE, "maxLength": LONGEST_VALUE},
    "limit": {"type": "integer", "minimum": 1, "maximum": HIGHEST_LIMIT, "default": DEFAULT_LIMIT},
    "cursor": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 1000},
    "release": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
    "as_of": {"type": "string", "pattern": _TIME},
    "since": {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 0},
}
_CONDITIONS = (
    ("If-None-Match", "The ETags of the client's copies. The response is 304 if one of them is current (RFC 9110, 13.1.2).", '"9f86d081"'),
    (
        "If-Modified-Since",
        "The Last-Modified date of the client's copy. Ignored if If-None-Match is sent (RFC 9110, 13.1.3).",
        "Mon, 23 Nov 2026 12:00:00 GMT",
    ),
)
_DATETIME = (
    "Accept-Datetime",
    "Read the record as it was at this HTTP date (RFC 7089). `release`, `as_of` and `cursor` override it.",
    "Mon, 23 Nov 2026 12:00:00 GMT",
)


class Parameters:
    """The parameters of all operations."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        """Describe the parameters of the routes of these types."""
        self._resources = {resource.collection: resource for resource in resources}

    def components(self) -> dict[str, Any]:
        """Return the parameters that several operations share, by component name."""
        found = {_component(name): self._shared(name) for name in _SHARED}
        for name, description, example in (*_CONDITIONS, _DATETIME):
            schema = {"type": "string"}
            found[_component(name)] = {"name": name, "in": "header", "description": description, "schema": schema, "example": example}
        return found

    def of(self, route: Route) -> list[dict[str, Any]]:
        """Return the parameters of an operation."""
        found = [self._in_path(route, name) for name in ("slug", "number", "name") if f"{{{name}}}" in route.path]
        resource = self._resources.get(route.collection)
        if resource and Scope.LISTS in route.scopes:
            found += [self._filter(resource, declared) for declared in resource.filters if declared.name != route.filter]
        for parameter in PARAMETERS:
            if not parameter.scopes & set(route.scopes):
                continue
            if parameter.name in _SHARED:
                found.append({"$ref": f"#/components/parameters/{_component(parameter.name)}"})
            else:
                assert resource is not None, "only lists and single resources have parameters that depend on the type"
                schema, example = _own(parameter.name, resource, route)
                found.append(_query(parameter.name, parameter.description, schema, example, exploded=False))
        names = [
            *(name for name, _, _ in _CONDITIONS),
            *([_DATETIME[0]] if {Scope.LISTS, Scope.RESOURCES, *_READS} & set(route.scopes) else []),
        ]
        return found + [{"$ref": f"#/components/parameters/{_component(name)}"} for name in names]

    def _shared(self, name: str) -> dict[str, Any]:
        parameter = next(one for one in PARAMETERS if one.name == name)
        schema = _SHARED[name]
        example: Any = int(parameter.example) if schema["type"] == "integer" else parameter.example
        return _query(name, parameter.description, schema, example)

    def _filter(self, resource: Resource, declared: Filter) -> dict[str, Any]:
        form = filter_form(resource, declared, list(self._resources.values()))
        schema: dict[str, Any]
        if form["kind"] == "term":
            schema = {"type": "string", "enum": form["values"]}
        elif form["kind"] == "reference":
            collections = form["collections"]
            assert isinstance(collections, list), "a reference has at least one collection"
            one_of = collections[0] if len(collections) == 1 else f"({'|'.join(collections)})"
            schema = {"type": "string", "pattern": f"^{one_of}/{SLUG[1:]}", "maxLength": LONGEST_VALUE}
        else:
            schema = dict(_FORMS[str(form["kind"])])
        if declared.repeatable:
            schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": MOST_VALUES, "uniqueItems": True}
        example = [declared.example] if declared.repeatable else declared.example
        return _query(declared.name, declared.description, schema, example, exploded=True)

    def _in_path(self, route: Route, name: str) -> dict[str, Any]:
        described: dict[str, tuple[str, dict[str, Any], str]] = {
            "number": ("The number, counted from 1.", {"type": "string", "pattern": _NUMBER}, "1"),
        }
        if name == "slug" and route.endpoint == "problem":
            slugs = [problem.slug for problem in PROBLEM_TYPES]
            described["slug"] = ("The slug of a problem type.", {"type": "string", "enum": slugs}, "withdrawn")
        elif name == "slug":
            owner = self._resources[route.owner or route.collection]
            text = f"The part of the id after `{owner.collection}/`."
            described["slug"] = (text, {"type": "string", "pattern": SLUG, "maxLength": 100}, owner.example)
        elif route.endpoint == "schema":
            names = [f"{resource.singular}.json" for resource in self._resources.values()]
            described["name"] = ("The file name of a type's schema.", {"type": "string", "enum": names}, names[0])
        else:
            described["name"] = ("The file name.", {"type": "string", "pattern": r"^[a-z-]+\.(css|js)$"}, "setup.js")
        description, schema, example = described[name]
        return {"name": name, "in": "path", "required": True, "description": description, "schema": schema, "example": example}


_READS = frozenset({Scope.REVISION, Scope.HISTORY, Scope.CHANGES, Scope.START})


def _own(name: str, resource: Resource, route: Route) -> tuple[dict[str, Any], Any]:
    """Return the schema and an example of a parameter whose values depend on the type or the route."""
    match name:
        case "sort":
            sorts = [sign + sort for sort in ("id", *(one.name for one in resource.sorts)) for sign in ("", "-")]
            return {"type": "string", "enum": sorts, "default": resource.default_sort}, resource.default_sort
        case "fields":
            names = ["id", "type", "revision", "release", "published_at", *resource.model.model_fields, "redactions"]
            return _several(names), ["name", "summary"]
        case "include":
            names = list(dict.fromkeys(pattern.split("/")[1] for pattern in modelwalk.references(resource.model)))
            return _several(names), names[:1]
        case "format":
            return {"type": "string", "enum": [FORMATS[media] for media in route.media_types]}, FORMATS[Media.JSON]
        case _:
            raise KeyError(name)


def _several(names: Sequence[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": list(names)}, "minItems": 1, "uniqueItems": True}


def _query(name: str, description: str, schema: dict[str, Any], example: Any, *, exploded: bool | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "in": "query", "description": description, "schema": schema}
    if schema["type"] == "array":
        found |= {"style": "form", "explode": bool(exploded)}
    return found | ({"example": example} if example not in (None, "") else {})


def _component(name: str) -> str:
    """Return the component name of a parameter. Names never differ only in upper and lower case."""
    return "".join(part.capitalize() for part in name.replace("_", "-").split("-"))
