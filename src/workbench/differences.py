"""What differs between two JSON values, by member and by list item.

The items of a list are matched by what they hold and by what they are about, not by their position. So an item that is added in front of
others is one added item.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum, StrEnum
from typing import Final, TypeAlias, TypeGuard

from schemas.pointers import Json, join, leaves

# The members that say what an item of a list is about.
_ABOUT = ("field", "source", "actor", "event", "case", "instrument", "statement", "key", "scheme", "act", "claimed_by")
_ALIKE = 0.5  # the least similarity of two versions of an item that has no such member
_MOST_PAIRS = 100_000  # the items of longer lists are compared by position, because comparing each with each would take minutes


class Absent(Enum):
    """The type of ABSENT."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT  # no value; null is a value
Value: TypeAlias = "Json | Absent"


class How(StrEnum):
    """How a field changes."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that changes: its JSON Pointer, how it changes, and the old and the new value.

    The pointer of a removed item points into the old resource, every other one into the new resource. If items are only in another
    order, the values are lists of their old positions, in the old and in the new order.
    """

    field: str
    how: How
    old: Value
    new: Value


def differences(old: Json, new: Json, at: str = "") -> Iterator[FieldChange]:
    """Yield every difference between two values, in a stable order. `at` is the JSON Pointer to them."""
    if is_object(old) and is_object(new):
        for name in sorted(old.keys() | new.keys()):
            yield from _member(old.get(name, ABSENT), new.get(name, ABSENT), at + join([name]))
    elif is_list(old) and is_list(new):
        yield from _items(old, new, at)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield FieldChange(at, How.CHANGED, old, new)


def matched(old: Sequence[Json], new: Sequence[Json]) -> list[tuple[int, int]]:
    """Return the (old, new) positions of the items that are the same or are versions of each other, by new position."""
    found = _equal(old, new)
    olds = [index for index in range(len(old)) if index not in {one for one, _ in found}]
    news = [index for index in range(len(new)) if index not in {other for _, other in found}]
    if len(olds) * len(news) > _MOST_PAIRS:
        found += zip(olds, news, strict=False)
    else:
        candidates = [(-alike, one, other) for one in olds for other in news if (alike := _likeness(old[one], new[other]))]
        for _, one, other in sorted(candidates):
            if one in olds and other in news:
                olds.remove(one)
                news.remove(other)
                found.append((one, other))
    return sorted(found, key=lambda pair: pair[1])


def is_object(value: Value) -> TypeGuard[Mapping[str, Json]]:
    """Return whether a value is a JSON object."""
    return isinstance(value, Mapping)


def is_list(value: Value) -> TypeGuard[Sequence[Json]]:
    """Return whether a value is a JSON array."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def _member(old: Value, new: Value, at: str) -> Iterator[FieldChange]:
    if isinstance(old, Absent) or isinstance(new, Absent):
        yield FieldChange(at, How.ADDED if isinstance(old, Absent) else How.REMOVED, old, new)
    else:
        yield from differences(old, new, at)


def _items(old: Sequence[Json], new: Sequence[Json], at: str) -> Iterator[FieldChange]:
    pairs = matched(old, new)
    before = {other: one for one, other in pairs}
    for index, item in enumerate(new):
        if index in before:
            yield from differences(old[before[index]], item, f"{at}/{index}")
        else:
            yield FieldChange(f"{at}/{index}", How.ADDED, ABSENT, item)
    kept = set(before.values())
    for index, item in enumerate(old):
        if index not in kept:
            yield FieldChange(f"{at}/{index}", How.REMOVED, item, ABSENT)
    order = [one for one, _ in pairs]
    if order != sorted(order):
        yield FieldChange(at, How.REORDERED, sorted(order), order)


def _equal(old: Sequence[Json], new: Sequence[Json]) -> list[tuple[int, int]]:
    """Return the positions of equal items. Of items that stand in a list several times, the first ones are matched first."""
    places: dict[str, list[int]] = {}
    for index, item in enumerate(old):
        places.setdefault(json.dumps(item, sort_keys=True), []).append(index)
    found: list[tuple[int, int]] = []
    for index, item in enumerate(new):
        if at := places.get(json.dumps(item, sort_keys=True)):
            found.append((at.pop(0), index))
    return found


def _likeness(old: Json, new: Json) -> float:
    """Return how alike two items are: 0 if they are not versions of the same item, and at most 2."""
    if isinstance(old, str) and isinstance(new, str):
        if " " not in old or " " not in new:  # an id, a URL or a code is another one if it differs
            return 0
        alike = SequenceMatcher(None, old.split(), new.split(), autojunk=False).ratio()
        return alike if alike >= _ALIKE else 0
    if not is_object(old) or not is_object(new):
        return 0
    about = _about(old)
    if about != _about(new):
        return 0
    before, after = set(leaves(old)), set(leaves(new))
    alike = 2 * len(before & after) / max(1, len(before) + len(after))
    return 1 + alike if about else alike if alike >= _ALIKE else 0


def _about(item: Mapping[str, Json]) -> list[tuple[str, Json]]:
    return [(name, item[name]) for name in _ABOUT if isinstance(item.get(name), str)]
