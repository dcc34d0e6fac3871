"""The index data of a resource: its lists, its sort keys, the values that its entries carry, and its span.

Derived from the declarations alone. Values that come via other resources are requested from `Referrers`.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from schemas.pointers import Json, values_at
from schemas.registry import BY_COLLECTION, resource_of
from schemas.resource import Filter, Resource, Sort, Via

# The number of the rules below. Each release keeps the number of the rules that made its index. The digest is that of what the rules do;
# a test fails if they change under the same number, and says what to do.
INDEX_RULES = 1
INDEX_RULES_DIGEST = "2db4797f0999aa358008924927d173e30f4caa6fc4b70914b778b901a4b0cfca"
OPEN_START, OPEN_END = "0000-00-00", "9999-99-99"
UNDATED = "~"  # sorts after every date


class Referrers(Protocol):
    """Knows which resources refer to which, in the whole record."""

    def through(self, via: Via, path: str) -> Iterator[str]:
        """Yield the filter values that a resource gets via other resources."""
        ...


class _Nobody:
    """A record in which no resource refers to another."""

    def through(self, _via: Via, _path: str) -> Iterator[str]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Placement:
    """The index data of a resource."""

    sort_keys: Mapping[str, str]
    lists: tuple[str, ...]
    values: tuple[str, ...]
    span: tuple[str, str] | None


def place(path: str, content: Mapping[str, Json], referrers: Referrers) -> Placement:
    """Return the index data of a resource."""
    resource = resource_of(path.partition("/")[0])
    values = {declared.name: _values(declared, path, content, referrers) for declared in resource.filters}
    return Placement(
        {sort.name: _sort_key(sort, content) for sort in resource.sorts},
        tuple(list_name(resource.collection, name, value) for name, found in values.items() for value in found),
        tuple(f"{declared.name}={value}" for declared in resource.filters if not declared.via for value in values[declared.name]),
        _span(resource, content),
    )


def own_placement(path: str, content: Mapping[str, Json]) -> Placement:
    """Return the index data that a resource has from its own fields, as if no other resource referred to it."""
    return place(path, content, _Nobody())


def brought(path: str, content: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield (resource, list) pairs: the resources that are in a list because this one refers to them."""
    collection = path.partition("/")[0]
    for resource in BY_COLLECTION.values():
        for declared in resource.filters:
            for via in declared.via:
                if via.collection == collection:
                    values = [str(value) for value in values_at(content, via.value)] if via.value else [path]
                    for target in values_at(content, via.pointer):
                        yield from ((str(target), list_name(resource.collection, declared.name, value)) for value in values)


def list_name(collection: str, filter_name: str, value: str) -> str:
    """Return the name of a filtered list."""
    return f"{collection}?{filter_name}={value}"


def text_key(text: str) -> str:
    """Return the sort key of a text: case and accents folded, and one hyphen for anything between letters and digits."""
    folded = "".join(character for character in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(character))
    return re.sub(r"[\W_]+", "-", folded).strip("-")[:200]


def _values(declared: Filter, path: str, content: Mapping[str, Json], referrers: Referrers) -> tuple[str, ...]:
    own = {str(value) for pointer in declared.pointers for value in values_at(content, pointer)}
    through = {value for via in declared.via for value in referrers.through(via, path)}
    return tuple(sorted(own | through))


def _sort_key(sort: Sort, content: Mapping[str, Json]) -> str:
    if sort.text:
        return text_key(_text(content, sort.text))
    first, last = _first_date(sort.dates, content) or (None, None)
    if first is None and last is None:
        return UNDATED
    return f"{first or OPEN_START}/{last or OPEN_END}"


def _text(content: Mapping[str, Json], pointer: str) -> str:
    """Return the text at a pointer; empty if it was redacted."""
    return str(next(values_at(content, pointer), ""))


def _span(resource: Resource, content: Mapping[str, Json]) -> tuple[str, str] | None:
    found = _first_date(resource.span, content)
    return (found[0] or OPEN_START, found[1] or OPEN_END) if found else None


def _first_date(pointers: tuple[str, ...], content: Mapping[str, Json]) -> tuple[str | None, str | None] | None:
    for pointer in pointers:
        date = next(values_at(content, pointer), None)
        if isinstance(date, Mapping):
            first, last = date.get("earliest"), date.get("latest")
            return (str(first) if first else None, str(last) if last else None)
    return None
