"""JSON Pointers (RFC 6901) into a resource, and pointer patterns, in which `*` matches every item of a list.

Works on JSON values; knows no models and no resource types.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


_INDEX = re.compile("0|[1-9][0-9]{0,8}", re.ASCII)  # RFC 6901, section 4: no leading zeros


class NoSuchPlace(LookupError):
    """The pointer points to nothing in this value."""


def split(pointer: str) -> list[str]:
    """Return a pointer's unescaped parts; raise ValueError if it does not start with a slash."""
    if pointer == "":
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is not a JSON Pointer: it must start with a slash, like /date")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def join(parts: Sequence[str | int]) -> str:
    """Return the pointer made of these parts, escaped."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def get(value: Json, pointer: str) -> Json:
    """Return the value at the pointer; raise NoSuchPlace if there is none."""
    for part in split(pointer):
        value = _step(value, part, pointer)
    return value


def replace(value: Json, pointer: str, new: Json) -> Json:
    """Return a copy of the value with the part at the pointer replaced; raise NoSuchPlace if there is none."""
    return _replace(value, split(pointer), new, pointer)


def values_at(value: Json, pattern: str) -> Iterator[Json]:
    """Yield every value that the pattern matches; a missing or null part on the way yields nothing."""
    yield from _reach(value, split(pattern))


def leaves(value: Json, at: str = "") -> Iterator[tuple[str, str | int | float | bool | None]]:
    """Yield (pointer, scalar) for every scalar in the value, in document order."""
    if isinstance(value, str):  # first, because most values are strings and the checks against abstract classes are slow
        yield at, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, at + join([key]))
    elif isinstance(value, Sequence):
        for index, item in enumerate(value):
            yield from leaves(item, f"{at}/{index}")
    else:
        yield at, value


def _step(value: Json, part: str, pointer: str) -> Json:
    if isinstance(value, Mapping) and part in value:
        return value[part]
    if isinstance(value, Sequence) and not isinstance(value, str) and _INDEX.fullmatch(part) and int(part) < len(value):
        return value[int(part)]
    raise NoSuchPlace(pointer)


def _replace(value: Json, parts: Sequence[str], new: Json, pointer: str) -> Json:
    if not parts:
        return new
    inner = _replace(_step(value, parts[0], pointer), parts[1:], new, pointer)
    if isinstance(value, Mapping):
        return {**value, parts[0]: inner}
    assert isinstance(value, Sequence), "only a mapping or a list has steps"
    index = int(parts[0])
    return [*value[:index], inner, *value[index + 1 :]]


def _reach(value: Json, parts: Sequence[str]) -> Iterator[Json]:
    if value is None:
        return
    if not parts:
        yield value
    elif parts[0] == "*":
        if isinstance(value, Sequence) and not isinstance(value, str):
            for item in value:
                yield from _reach(item, parts[1:])
    elif isinstance(value, Mapping):
        yield from _reach(value.get(parts[0]), parts[1:])
