"""The declaration of a resource type: one declaration beside each model. All other code iterates over these declarations.

Standard library and Pydantic only; knows no particular type, no HTTP and no table.
"""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel


class CacheTier(StrEnum):
    """How long a response may be cached; the seconds are in `schemas.v1.parameters`."""

    CURRENT = "current"
    PINNED = "pinned"


@dataclass(frozen=True, slots=True)
class Via:
    """A source of a filter's values: other resources that refer to this one.

    If a resource of `collection` refers to this one at `pointer`, the filter's value is the id of that resource or, if `value`
    is given, each reference that it has at `value`.
    """

    collection: str
    pointer: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A way to narrow a collection. Its values come from the resource itself (`pointers`) or through others (`via`, `cited_for`).

    `cited_for` is the name of a collection. The filter's values are the resources of that collection that cite this resource, and those
    that a citing resource of another type refers to. The registry fills in `via` from it, over all types.
    `example` is a value that exists in the first case.
    """

    name: str
    description: str
    pointers: tuple[str, ...] = ()
    via: tuple[Via, ...] = ()
    cited_for: str = ""
    repeatable: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of a collection: by the first known of some dates, or by a text."""

    name: str
    description: str
    dates: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class SubList:
    """A route below a resource: the other collection, filtered by this resource."""

    collection: str
    filter: str


@dataclass(frozen=True, slots=True)
class Deprecation:
    """A deprecation: since when (RFC 9745), when the removal is possible (RFC 8594), and the guide that says what to do.

    `field` is the deprecated top-level field. If it is None, the whole type or the whole version is deprecated.
    """

    since: datetime.date
    guide: str
    sunset: datetime.date | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource type: its model, its place in the API, its filters and its orders.

    `span` names the dates that `from` and `to` filter by: the first known one is used; empty if the type has no dates.
    Every collection can also be sorted by `id`, without a declaration. `example` is the slug of a resource in the first case.
    """

    collection: str
    singular: str
    example: str
    model: type[BaseModel]
    title: str
    description: str
    filters: tuple[Filter, ...]
    sorts: tuple[Sort, ...]
    default_sort: str
    span: tuple[str, ...] = ()
    sublists: tuple[SubList, ...] = ()
    cache: CacheTier = CacheTier.CURRENT
    deprecations: tuple[Deprecation, ...] = ()
