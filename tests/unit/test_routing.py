"""The route table finds the same routes as the paths do when each is read as a pattern."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.answers import Answer
from handlers.contract import Contract, Route, contract
from handlers.routing import Endpoint, Table

# The characters of each argument, repeated here for patterns that are tried one after the other.
ARGUMENT = r"[-._~()'!*:@,;=+&$%<> \[\]{}|^\w]+"
PATTERNS = [
    (route.path, re.compile(re.sub(r"\\{(\w+)\\}", lambda name: f"(?P<{name[1]}>{ARGUMENT})", re.escape(route.path))))
    for route in contract().routes
]
SEGMENTS = sorted({segment for route in contract().routes for segment in route.path.split("/")})
PATHS = st.lists(st.one_of(st.sampled_from(SEGMENTS), st.text(max_size=5), st.sampled_from(["", "a-1", "A", "a%2Fb", "a\n", "é"]))).map(
    "/".join
)


def answering(_route: Route) -> Endpoint:
    """Return an endpoint that answers nothing."""
    return lambda **_: Answer("", "static")


def table_of(published: Contract) -> Table:
    """Return the route table of a contract."""
    return Table(published, {route.endpoint: answering for route in published.routes})


TABLE = table_of(contract())


def found_in(path: str) -> tuple[str, dict[str, str]] | None:
    """Return the route's path and the arguments that the table finds."""
    found = TABLE.find(path)
    return found and (found[0].route.path, dict(zip(found[0].names, found[1], strict=True)))


def by_patterns(path: str) -> tuple[str, dict[str, str]] | None:
    """Return the same by trying the patterns: the first one that matches the whole path."""
    for route, pattern in PATTERNS:
        match = pattern.fullmatch(path)
        if match:
            return route, match.groupdict()
    return None


@pytest.mark.parametrize("route", contract().routes, ids=lambda route: route.path)
def test_every_route_is_found(route: Route) -> None:
    """By its path, with its arguments in order."""
    arguments: dict[str, Any] = {name: f"{name}-1" for name in re.findall(r"{(\w+)}", route.path)}
    assert found_in(route.path.format(**arguments)) == (route.path, arguments)


@given(PATHS)
def test_the_table_finds_what_patterns_find(path: str) -> None:
    """The table and the patterns find the same routes with the same arguments."""
    assert found_in(path) == by_patterns(path)


@given(PATHS)
def test_only_what_could_exist_has_a_place(path: str) -> None:
    """A redirect or a 405 is possible only if the arguments are lower-case letters, digits, dots and hyphens."""
    found = by_patterns(path)
    assert TABLE.has(path) == (found is not None and all(re.fullmatch("[a-z0-9.-]+", value) for value in found[1].values()))


def test_no_path_hides_another() -> None:
    """A literal segment wins over a placeholder, without backtracking, so no two routes may branch at a placeholder."""
    for one in contract().routes:
        for other in contract().routes:
            pairs = list(zip(one.path.split("/"), other.path.split("/"), strict=False))
            parted = next(((mine, theirs) for mine, theirs in pairs if mine != theirs), None)
            assert parted is None or not any(segment.startswith("{") for segment in parted), (one.path, other.path)
