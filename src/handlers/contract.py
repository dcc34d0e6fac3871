"""The published contract as the handlers use it: the table `schemas/published/v1/handlers.json`, read once when an instance starts.

The table is generated from the registry, and `make contract` fails if it is out of date. So it is trusted and not validated again here.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import schemas
from handlers.links import link

PUBLISHED = Path(schemas.__file__).parent / "published" / "v1"


class FilterRule(NamedTuple):
    """A filter: the form of its values, whether it can be repeated, and whether index entries carry its values."""

    name: str
    kind: str
    allowed: tuple[str, ...]
    repeatable: bool
    carried: bool
    description: str


class Collection(NamedTuple):
    """A collection, and the parameters that its requests can have."""

    name: str
    singular: str
    title: str
    description: str
    cache: str
    filters: Mapping[str, FilterRule]
    sorts: Mapping[str, bool]
    default_sort: str
    dated: bool
    fields: tuple[str, ...]
    references: Mapping[str, tuple[str, ...]]
    sublists: Mapping[str, str]
    deprecations: Mapping[str, "Deprecation"]

    def deprecations_of(self, fields: Sequence[str] = ()) -> list["Deprecation"]:
        """Return the deprecations that apply to these fields; all of them if no fields were selected."""
        return [one for field, one in self.deprecations.items() if not field or not fields or field in fields]


class Deprecation(NamedTuple):
    """A deprecation as its headers say it: since when it is deprecated, from when it can be removed, and the guide that explains it."""

    deprecation: str
    sunset: str | None
    guide: str


class Route(NamedTuple):
    """A route: its path with `{placeholders}`, its endpoint, media types, parameter scopes, and the collection that it reads."""

    path: str
    endpoint: str
    media_types: tuple[str, ...]
    scopes: tuple[str, ...]
    collection: str
    owner: str
    filter: str


class ProblemRow(NamedTuple):
    """A row of the closed table of problem types."""

    slug: str
    status: int
    title: str
    meaning: str
    remedy: str
    cache: str
    retry_after: int | None


class Contract(NamedTuple):
    """The whole contract."""

    version: str
    license: str
    default_limit: int
    highest_limit: int
    most_included: int
    cache_control: Mapping[str, str]
    edge_cache_control: Mapping[str, str]
    parameters: Mapping[str, frozenset[str]]
    problems: Mapping[str, ProblemRow]
    collections: Mapping[str, Collection]
    routes: tuple[Route, ...]
    formats: Mapping[str, str]
    deprecations: tuple[Deprecation, ...]
    descriptions: Mapping[str, str]
    links: str
    published: Path


@cache
def contract() -> Contract:
    """Return the contract that is published with this version of the code."""
    return contract_of(json.loads((PUBLISHED / "handlers.json").read_bytes()))


def contract_of(table: Mapping[str, Any], published: Path = PUBLISHED) -> Contract:
    """Return the contract of a table; the folder `published` holds its other documents."""
    links = [link(f"/{table['version']}/openapi.json", "service-desc"), link(table["license"], "license")]
    return Contract(
        table["version"],
        table["license"],
        table["limits"]["default"],
        table["limits"]["highest"],
        table["limits"]["included"],
        table["cache_control"],
        table["edge_cache_control"],
        {name: frozenset(parameter["scopes"]) for name, parameter in table["parameters"].items()},
        {
            slug: ProblemRow(slug, row["status"], row["title"], row["meaning"], row["remedy"], row["cache"], row["retry_after"])
            for slug, row in table["problems"].items()
        },
        {name: _collection(name, row) for name, row in table["collections"].items()},
        tuple(_route(row) for row in table["routes"]),
        table["formats"],
        (Deprecation(**table["deprecation"]),) if table["deprecation"] else (),
        {name: parameter["description"] for name, parameter in table["parameters"].items()},
        ", ".join(links),
        published,
    )


def _route(row: Mapping[str, Any]) -> Route:
    names = (row.get(name, "") for name in ("collection", "owner", "filter"))
    return Route(row["path"], row["endpoint"], tuple(row["media_types"]), tuple(row["scopes"]), *names)


def _collection(name: str, row: dict[str, Any]) -> Collection:
    return Collection(
        name,
        row["singular"],
        row["title"],
        row["description"],
        row["cache"],
        {filter_name: _filter(filter_name, declared) for filter_name, declared in row["filters"].items()},
        {sort: declared["by_span"] for sort, declared in row["sorts"].items()},
        row["default_sort"],
        row["dated"],
        tuple(row["fields"]),
        {field: tuple(patterns) for field, patterns in row["references"].items()},
        row["sublists"],
        {field: Deprecation(**declared) for field, declared in row["deprecations"].items()},
    )


def _filter(name: str, row: dict[str, Any]) -> FilterRule:
    form = row["form"]
    allowed = tuple(form.get("values") or form.get("collections") or ())
    return FilterRule(name, form["kind"], allowed, row["repeatable"], row["carried"], row["description"])


@cache
def published_columns(published: Path) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the columns of each collection's CSV table. They are read at the first request for a table."""
    found: dict[str, list[dict[str, Any]]] = json.loads((published / "tables.json").read_bytes())
    return found
