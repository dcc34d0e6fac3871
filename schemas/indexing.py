"""The index data of a resource: its lists, its sort keys, the values that its entries carry, and its span.

Derived from the declarations alone. Values that come via other resources are requested from `Referrers`.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from schemas.pointers import Json, NoSuchPlace, get, values_at
from schemas.registry import resource_of
from schemas.resource import Filter, Resource, Sort, Via

INDEX_RULES = 1  # the number of the rules below; each release keeps the number of the rules that made its index
OPEN_START, OPEN_END = "0000-00-00", "9999-99-99"
UNDATED = "~"  # sorts after every date


class Referrers(Protocol):
    """Knows which resources refer to which, in the whole record."""

    def through(self, via: Via, path: str) -> Iterator[str]:
        """Yield the filter values that a resource gets via other resources."""
        ...


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
    try:
        return str(get(content, pointer) or "")
    except NoSuchPlace:
        return ""


def _span(resource: Resource, content: Mapping[str, Json]) -> tuple[str, str] | None:
    found = _first_date(resource.span, content)
    return (found[0] or OPEN_START, found[1] or OPEN_END) if found else None


def _first_date(pointers: tuple[str, ...], content: Mapping[str, Json]) -> tuple[str | None, str | None] | None:
    for pointer in pointers:
        date = get(content, pointer)
        if isinstance(date, Mapping):
            first, last = date.get("earliest"), date.get("latest")
            return (str(first) if first else None, str(last) if last else None)
    return None
