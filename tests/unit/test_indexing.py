"""What the index holds for a resource: sort keys, lists, values and span, and values that come through other resources."""

import io
import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.indexing import OPEN_END, OPEN_START, UNDATED, Placement, place, text_key
from schemas.registry import RESOURCES
from schemas.resource import Resource, Via
from tests.unit.builders import (
    CASE,
    EVENT,
    EVERYTHING,
    GROUP,
    INSTRUMENT,
    OTHER_SOURCE,
    PAPER,
    PERSON,
    SOURCE,
    STATE,
    STATEMENT,
    TODAY,
    Fields,
    content,
    fields,
    preferred,
)
from tests.unit.examples import documented
from workbench.staging import Staging


class Nobody:
    """A record in which nothing refers to anything."""

    def through(self, via: Via, path: str) -> Iterator[str]:
        """Yield nothing."""
        assert via.collection
        assert path
        yield from ()


def placed(path: str, changes: Fields | None = None) -> Placement:
    """Return the index entries of a resource in a record without others."""
    return place(path, content(path, changes), Nobody())


def staged(*changed: tuple[str, Fields]) -> Staging:
    """Return a staging of one resource of each kind, some of them changed."""
    changes = dict(changed)
    lines = [json.dumps({"id": path, **fields(path, changes.get(path))}) for path in EVERYTHING]
    staging = Staging()
    assert staging.add([io.StringIO("\n".join(lines))]) == []
    assert staging.check(TODAY) == []
    return staging


NAMES = ("Ann", "Ann Lee", "Ann-Marie", "Anna", "Bob", "Äbc", "abd", "Éa", "Viet Nam", "Việt Nam II", "9 lives", "북한")


def test_names_are_in_the_order_of_a_dictionary() -> None:
    """A name comes before longer names that begin with it, whatever follows its key in the index. Case and accents do not count."""
    keys = [f"{text_key(name)}#people/x#0000000001" for name in NAMES]
    assert [NAMES[keys.index(key)] for key in sorted(keys)] == [
        *("9 lives", "Äbc", "abd", "Ann", "Ann Lee", "Ann-Marie", "Anna", "Bob", "Éa", "Viet Nam", "Việt Nam II", "북한")
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Viet Nam", "viet-nam"),
        ("Việt Nam", "viet-nam"),
        ("STRASSE Straße", "strasse-strasse"),
        ("  A -- b_c! ", "a-b-c"),
        ("A/HRC/25/63", "a-hrc-25-63"),
        ("#!~", ""),
        ("북한 주민", "북한-주민"),
        ("x" * 300, "x" * 200),
    ],
)
def test_text_keys(text: str, key: str) -> None:
    """Case and accents are folded, and everything else becomes one hyphen."""
    assert text_key(text) == key or text_key(text) == text_key(key)
    assert text_key(text.upper()) == text_key(text)


@given(st.text(max_size=10))
def test_a_text_key_has_no_character_of_the_index(text: str) -> None:
    """A key is words and single hyphens, whatever the name holds, so it can't be mistaken for the index's own separators."""
    assert re.fullmatch(r"([^\W_]+(-[^\W_]+)*)?", text_key(text))


DATES: tuple[tuple[str, Fields | None, str, tuple[str, str] | None], ...] = (
    ("a day", {"edtf": "2015-10-22"}, "2015-10-22/2015-10-22", ("2015-10-22", "2015-10-22")),
    ("a mask", {"edtf": "2015-10-0X"}, "2015-10-01/2015-10-09", ("2015-10-01", "2015-10-09")),
    ("an open end", {"edtf": "2015-10/.."}, f"2015-10-01/{OPEN_END}", ("2015-10-01", OPEN_END)),
    ("an open start", {"edtf": "../2015-10"}, f"{OPEN_START}/2015-10-31", (OPEN_START, "2015-10-31")),
    ("none", None, UNDATED, None),
)


@pytest.mark.parametrize(("date", "key", "span"), [case[1:] for case in DATES], ids=[case[0] for case in DATES])
def test_dates_as_keys_and_spans(date: Fields | None, key: str, span: tuple[str, str] | None) -> None:
    """The key of a date is its first and last day; an open side is beyond every day. A resource without a date has no span."""
    found = placed(EVENT, {"date": date})
    assert found.sort_keys["date"] == key
    assert found.span == span


def test_what_has_no_date_comes_last() -> None:
    """Undated resources come after every date, including open ends. The earlier date comes first, then the shorter one."""
    expressions = ("../2015", "2014", "2015-01-01", "2015-01", "2015", "2015/..", "9999-12-31")
    keys = [placed(EVENT, {"date": {"edtf": expression}}).sort_keys["date"] for expression in expressions]
    assert sorted([UNDATED, *reversed(keys)]) == [*keys, UNDATED]


def test_the_first_date_that_is_known_counts() -> None:
    """An instrument without an adoption date is sorted by its signature, or else by its entry into force."""
    first, second, third = ({"edtf": f"195{year}"} for year in range(1, 4))
    assert placed(INSTRUMENT, {"adopted": first, "signed": second}).span == ("1951-01-01", "1951-12-31")
    assert placed(INSTRUMENT, {"adopted": None, "signed": second, "in_force": third}).sort_keys["adopted"] == "1952-01-01/1952-12-31"
    assert placed(INSTRUMENT, {"adopted": None, "in_force": third}).span == ("1953-01-01", "1953-12-31")
    assert placed(INSTRUMENT, {"adopted": None}).span is None


def test_lists_and_values() -> None:
    """A resource is in one list per value of each filter, once each, and its entries carry the values that come from itself."""
    changes: Fields = {
        "acts": [{"act": "arrest"}, {"act": "detention"}, {"act": "arrest"}],
        "involvements": [
            {"actor": STATE, "role": "detaining", "degree": "carried-out"},
            {"actor": GROUP, "role": "affected-group", "degree": "present"},
        ],
        "destination": {"name": {"en": "Somewhere"}, "country": None, "precision": "region"},
    }
    found = placed(EVENT, changes)
    conditions = (f"case={CASE}", f"actor={GROUP}", f"actor={STATE}", "act=arrest", "act=detention", "country=CN")
    assert found.values == conditions
    assert found.lists == tuple(f"events?{condition}" for condition in conditions)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: str(resource.collection))
def test_every_filter_and_order_has_its_entries(resource: Resource) -> None:
    """Each sort order of a type has a key. A resource that nothing refers to is only in the lists of its own values."""
    found = place(f"{resource.collection}/x", documented(resource.model), Nobody())
    assert list(found.sort_keys) == [sort.name for sort in resource.sorts]
    own = [declared.name for declared in resource.filters if not declared.via]
    assert {value.partition("=")[0] for value in found.values} == set(own)
    assert found.lists == tuple(f"{resource.collection}?{value}" for value in found.values)
    assert (found.span is not None) == bool(resource.span)


THROUGH: tuple[tuple[str, tuple[tuple[str, Fields], ...], str, str, bool], ...] = (
    ("a group by its case", (), GROUP, f"actors?case={CASE}", True),
    ("a state by its case", (), STATE, f"actors?case={CASE}", True),
    ("an actor of the case", ((CASE, {"actors": [{"actor": PAPER, "role": "reporter"}]}),), PAPER, f"actors?case={CASE}", True),
    ("an actor of no case", (), PERSON, f"actors?case={CASE}", False),
    ("an instrument by its case", ((CASE, {"instruments": [INSTRUMENT]}),), INSTRUMENT, f"instruments?case={CASE}", True),
    ("an instrument of no case", (), INSTRUMENT, f"instruments?case={CASE}", False),
    ("a party", ((INSTRUMENT, {"party_acts": [{"actor": STATE, "action": "signed"}]}),), STATE, f"actors?instrument={INSTRUMENT}", True),
    ("a source of the case", (), SOURCE, f"sources?case={CASE}", True),
    ("a source of no case", (), OTHER_SOURCE, f"sources?case={CASE}", False),
    ("a source of an event", ((EVENT, {"citations": [{"source": OTHER_SOURCE}]}),), OTHER_SOURCE, f"sources?case={CASE}", True),
    ("a source of a statement", ((STATEMENT, {"citations": [{"source": OTHER_SOURCE}]}),), OTHER_SOURCE, f"sources?case={CASE}", True),
    (
        "a source of an event's claim",
        ((EVENT, {"claims": [preferred("/date", {"edtf": "2015-10-22"}, citations=[{"source": OTHER_SOURCE}])]}),),
        OTHER_SOURCE,
        f"sources?case={CASE}",
        True,
    ),
    (
        "a source of an instrument alone",
        ((INSTRUMENT, {"citations": [{"source": OTHER_SOURCE}]}),),
        OTHER_SOURCE,
        f"sources?case={CASE}",
        False,
    ),
)


@pytest.mark.parametrize(("changed", "path", "name", "expected"), [case[1:] for case in THROUGH], ids=[case[0] for case in THROUGH])
def test_filters_through_others(changed: tuple[tuple[str, Fields], ...], path: str, name: str, expected: bool) -> None:
    """Other resources put a resource in a list, once, and it does not carry that value itself."""
    with staged(*changed) as staging:
        documents = {document.path: document for document in staging}
    assert list(documents) == sorted(EVERYTHING)
    assert documents[path].lists.count(name) == int(expected)
    assert name.partition("?")[2] not in documents[path].values


def test_a_source_is_not_listed_under_another_case() -> None:
    """A source that an event cites is listed under the event's case only."""
    other: Fields = {"events": [], "statements": [], "citations": [{"source": OTHER_SOURCE}]}
    with Staging() as staging:
        lines = [*((path, fields(path)) for path in EVERYTHING), ("cases/another-case", fields(CASE, other))]
        assert staging.add([io.StringIO("\n".join(json.dumps({"id": path, **written}) for path, written in lines))]) == []
        lists = {document.path: document.lists for document in staging}
    assert [name for name in lists[SOURCE] if name.startswith("sources?case=")] == [f"sources?case={CASE}"]
    assert [name for name in lists[OTHER_SOURCE] if name.startswith("sources?case=")] == ["sources?case=cases/another-case"]
    assert [name for name in lists[GROUP] if name.startswith("actors?case=")] == [f"actors?case={CASE}", "actors?case=cases/another-case"]
