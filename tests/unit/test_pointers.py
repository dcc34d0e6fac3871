"""JSON Pointers (RFC 6901): they reach every value that exists and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.pointers import Json, NoSuchPlace, get, join, leaves, replace, split, values_at

SCALARS: st.SearchStrategy[Json] = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))


def containers(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Return lists and objects of the given values."""
    return st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("ab/~01*", max_size=3), inner, max_size=3))


VALUES: st.SearchStrategy[Json] = st.recursive(SCALARS, containers, max_leaves=8)

# The document and the table of RFC 6901, section 5.
RFC: dict[str, Json] = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}
RFC_POINTERS: tuple[tuple[str, Json], ...] = (
    ("", RFC),
    ("/foo", ["bar", "baz"]),
    ("/foo/0", "bar"),
    ("/", 0),
    ("/a~1b", 1),
    ("/c%d", 2),
    ("/e^f", 3),
    ("/g|h", 4),
    ("/i\\j", 5),
    ('/k"l', 6),
    ("/ ", 7),
    ("/m~0n", 8),
)
NOWHERE = (
    *("/nothing", "/foo/2", "/foo/-", "/foo/-1", "/foo/x", "/foo/0/0", "/a", "/foo/", "//", "/foo/1.0", "/foo/²", "/foo/٠"),  # noqa: RUF001 - a digit, and none of ASCII
    *("/foo/00", "/foo/01", "/foo/" + "9" * 5000),
)


@pytest.mark.parametrize(("pointer", "expected"), RFC_POINTERS, ids=[case[0] or "whole" for case in RFC_POINTERS])
def test_the_examples_of_the_rfc(pointer: str, expected: Json) -> None:
    """The examples of RFC 6901 lead to the values it gives."""
    assert get(RFC, pointer) == expected


@pytest.mark.parametrize("pointer", NOWHERE, ids=[pointer[:12] for pointer in NOWHERE])
def test_a_pointer_to_nothing_says_so(pointer: str) -> None:
    """A missing value raises NoSuchPlace; so does a huge index, or one with leading zeros (RFC 6901, section 4)."""
    with pytest.raises(NoSuchPlace):
        get(RFC, pointer)
    with pytest.raises(NoSuchPlace):
        replace(RFC, pointer, 1)


@pytest.mark.parametrize("pointer", ["date", " /date", "#/date"])
def test_a_pointer_starts_with_a_slash(pointer: str) -> None:
    """A text that does not start with a slash is not a pointer."""
    with pytest.raises(ValueError, match="is not a JSON Pointer"):
        split(pointer)


@given(st.lists(st.text("ab/~01", max_size=4), max_size=4))
def test_split_undoes_join(parts: list[str]) -> None:
    """Slashes and tildes in names survive."""
    assert split(join(parts)) == parts


@given(VALUES)
def test_every_leaf_is_found_at_its_pointer(value: Json) -> None:
    """`get` finds every value that `leaves` yields, at its pointer."""
    for pointer, leaf in leaves(value):
        found = get(value, pointer)
        assert found == leaf
        assert type(found) is type(leaf)


def test_leaves_come_in_document_order() -> None:
    """Leaves come in document order; empty containers have none."""
    value: Json = {"b": [1, {"x": None}], "a": "t", "empty": [], "none": {}}
    assert list(leaves(value)) == [("/b/0", 1), ("/b/1/x", None), ("/a", "t")]


@given(VALUES, SCALARS)
def test_replace_changes_one_place_in_a_copy(value: Json, new: Json) -> None:
    """The copy has the new value and is otherwise the same; the original does not change."""
    before = list(leaves(value))
    for pointer, _ in before:
        changed = replace(value, pointer, new)
        assert get(changed, pointer) == new
        assert [leaf for leaf in leaves(changed) if leaf[0] != pointer] == [leaf for leaf in before if leaf[0] != pointer]
    assert list(leaves(value)) == before


def test_replace_takes_whole_containers() -> None:
    """A whole list or object can be replaced, and so can the document."""
    value: Json = {"a": [1, 2], "b": {"c": 3}}
    assert replace(value, "/a", []) == {"a": [], "b": {"c": 3}}
    assert replace(value, "", None) is None
    assert list(replace(value, "/b", 1) or ()) == ["a", "b"]  # type: ignore[arg-type]


PATTERNS: tuple[tuple[str, list[Json]], ...] = (
    ("/name", ["n"]),
    ("/acts/*/act", ["arrest", "release"]),
    ("/acts/*/by", ["x"]),
    ("/acts/*", [{"act": "arrest", "by": None}, {"act": "release", "by": "x"}]),
    ("/null", []),
    ("/null/deeper", []),
    ("/missing/*/x", []),
    ("/name/*", []),
    ("/name/x", []),
    ("/acts/0", []),
    ("/number", [0]),
)


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS, ids=[case[0] for case in PATTERNS])
def test_patterns_reach_every_item(pattern: str, expected: list[Json]) -> None:
    """A star stands for every item of a list. A missing or null value on the way yields nothing."""
    value: Json = {"name": "n", "number": 0, "null": None, "acts": [{"act": "arrest", "by": None}, {"act": "release", "by": "x"}]}
    assert list(values_at(value, pattern)) == expected
