"""How a resource type is declared: once, beside its model. Everything else iterates these declarations.

Standard library and Pydantic only; knows no type, no HTTP and no table.
"""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel


class CacheTier(StrEnum):
    """How long an answer may be kept; the seconds stand in `schemas.v1.parameters`."""

    CURRENT = "current"
    PINNED = "pinned"


@dataclass(frozen=True, slots=True)
class Via:
    """A way to a filter's values through other resources that refer to this one.

    Where a resource of `collection` refers to this one at `pointer`, the filter holds that resource's own id, or, where
    `value` is given, the references that it holds at `value`.
    """

    collection: str
    pointer: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A way to narrow a collection. Its values come from the resource itself (`pointers`) or through others (`via`).

    `example` is a value that something in the first case has.
    """

    name: str
    description: str
    pointers: tuple[str, ...] = ()
    via: tuple[Via, ...] = ()
    repeatable: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of a collection: by the first date that is known, or by a text."""

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
    """That something will go: since when that is said (RFC 9745), from when it may be gone (RFC 8594), and where to read what to do.

    `field` names the top-level field that it is about; without one it is about the whole type, or the whole version.
    """

    since: datetime.date
    guide: str
    sunset: datetime.date | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource type: its model, its place in the API, its filters and its orders.

    `span` names the dates that `from` and `to` look at, the first known one counting; empty where the type has none.
    Every collection can also be sorted by `id`, which needs no declaration. `example` is the slug of one in the first case.
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
