"""Lists: order, pages, filters and fields, compared with a plain reading of all resources."""

import itertools
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.edtf import bounds
from schemas.pointers import Json, get, values_at
from schemas.registry import BY_COLLECTION, RESOURCES
from schemas.resource import Filter, Resource
from tests.conftest import Client
from tests.contract.asking import CONTRACT, SEARCH, ask, check_problem, check_resource, follow, ids, path_of, rows

Resources = Mapping[str, dict[str, Json]]
FILTERS = [(resource.collection, declared.name) for resource in RESOURCES for declared in resource.filters]
REPEATABLE = [(resource.collection, declared.name) for resource in RESOURCES for declared in resource.filters if declared.repeatable]
PAIRS = [
    (resource.collection, one.name, other.name) for resource in RESOURCES for one, other in itertools.combinations(resource.filters, 2)
]
ORDERS = [(resource.collection, sort) for resource in RESOURCES for sort in ("id", *(declared.name for declared in resource.sorts))]
DATED = [resource.collection for resource in RESOURCES if resource.span]
INCLUDES = [(name, field) for name, collection in CONTRACT.collections.items() for field in collection.references]


def few(expected: Collection[str]) -> int:
    """Return the limit with which a list of this length has three pages, if it is long enough."""
    return max(1, -(-len(expected) // 3))


def declared_filter(collection: str, name: str) -> Filter:
    """Return a filter's declaration."""
    return next(declared for declared in BY_COLLECTION[collection].filters if declared.name == name)


def filter_values(declared: Filter, path: str, resources: Resources) -> set[str]:
    """Return the values of a filter by which a resource can be found, from the bodies alone."""
    found = {str(value) for pointer in declared.pointers for value in values_at(resources[path], pointer)}
    for via in declared.via:
        for other, body in resources.items():
            if other.startswith(f"{via.collection}/") and path in set(values_at(body, via.pointer)):
                found |= {str(value) for value in values_at(body, via.value)} if via.value else {other}
    return found


def members(collection: str, resources: Resources) -> list[str]:
    """Return the ids of a collection."""
    return [path for path in resources if path.startswith(f"{collection}/")]


def values_of(collection: str, name: str, resources: Resources) -> dict[str, set[str]]:
    """Return the ids that each value of a filter finds."""
    found: dict[str, set[str]] = {}
    for path in members(collection, resources):
        for value in filter_values(declared_filter(collection, name), path, resources):
            found.setdefault(value, set()).add(path)
    return found


def span_of(pointers: Sequence[str], body: Json) -> tuple[str, str] | None:
    """Return the first and last day of the first date that is set. An open end is as far away as possible."""
    for pointer in pointers:
        date = get(body, pointer)
        if date is not None:
            return str(get(date, "/earliest") or "0000"), str(get(date, "/latest") or "9999-99")
    return None


def order_of(resource: Resource, sort: str, path: str, body: Json) -> tuple[Any, ...]:
    """Return the sort key of a resource: its dates, undated ones last, or the words of its name; then its id."""
    if sort == "id":
        return (path,)
    declared = next(candidate for candidate in resource.sorts if candidate.name == sort)
    if declared.text:
        folded = unicodedata.normalize("NFKD", str(get(body, declared.text)).casefold())
        words = re.findall(r"[^\W_]+", "".join(character for character in folded if not unicodedata.combining(character)))
        return (words, path)
    span = span_of(declared.dates, body)
    return (span is None, span, path)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("collection", "sort"), ORDERS)
def test_pages_of_any_size_make_up_the_list_in_order(
    collection: str, sort: str, descending: bool, warm: Client, resources: Resources
) -> None:
    """With any limit, every resource comes once, in order; descending is the exact reverse; totals and limits are right."""
    resource = BY_COLLECTION[collection]
    expected = sorted(members(collection, resources), key=lambda path: order_of(resource, sort, path, resources[path]), reverse=descending)
    for limit in (few(expected), len(expected), CONTRACT.highest_limit):
        pages = list(follow(warm, f"{path_of(collection)}?sort={'-' * descending}{sort}&limit={limit}"))
        assert [row["id"] for page in pages for row in page.json["data"]] == expected
        assert {(page.json["page"]["total"], page.json["page"]["limit"]) for page in pages} == {(len(expected), limit)}
        assert [len(page.json["data"]) for page in pages[:-1]] == [limit] * (len(pages) - 1)


@pytest.mark.parametrize("sign", ["", "-"])
def test_every_limit_gives_the_same_list(sign: str, warm: Client, resources: Resources) -> None:
    """One at a time, all but one, exactly all and one more than all, in both directions."""
    expected = sorted(members("events", resources), reverse=bool(sign))
    for limit in range(1, len(expected) + 2):
        assert ids(warm, f"/v1/events?sort={sign}id&limit={limit}") == expected


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.collection)
def test_the_default_order_and_limit_are_the_declared_ones(resource: Resource, warm: Client) -> None:
    """Without parameters, the answer is that with the defaults."""
    plain = ask(warm, path_of(resource.collection)).json
    said = ask(warm, f"{path_of(resource.collection)}?sort={resource.default_sort}&limit={CONTRACT.default_limit}").json
    assert plain["data"] == said["data"]
    assert plain["page"]["limit"] == CONTRACT.default_limit


@pytest.mark.parametrize(("collection", "name"), FILTERS)
def test_a_filter_finds_exactly_what_it_says(collection: str, name: str, warm: Client, resources: Resources) -> None:
    """For every value in the seed, on pages of any size, with an exact total."""
    found = values_of(collection, name, resources)
    assert found, "no resource of the seed has a value here, so nothing is tested"
    for value, expected in found.items():
        pages = list(follow(warm, f"{path_of(collection)}?{name}={value}&limit={few(expected)}&sort=id"))
        assert [row["id"] for page in pages for row in page.json["data"]] == sorted(expected)
        assert {page.json["page"]["total"] for page in pages} == {len(expected)}


@pytest.mark.parametrize(("collection", "name"), FILTERS)
def test_a_filter_keeps_the_order(collection: str, name: str, warm: Client, resources: Resources) -> None:
    """A filtered list is the whole list without the other resources, in every order."""
    resource = BY_COLLECTION[collection]
    value, expected = max(values_of(collection, name, resources).items(), key=lambda pair: len(pair[1]))
    for sort in ("id", *(declared.name for declared in resource.sorts)):
        for sign in ("", "-"):
            whole = ids(warm, f"{path_of(collection)}?sort={sign}{sort}&limit=100")
            assert ids(warm, f"{path_of(collection)}?sort={sign}{sort}&limit={few(expected)}&{name}={value}") == [
                path for path in whole if path in expected
            ]


@pytest.mark.parametrize(("collection", "name"), FILTERS)
def test_a_value_that_nothing_has_finds_nothing(collection: str, name: str, warm: Client, resources: Resources) -> None:
    """The answer is an empty list, not an error."""
    rule = CONTRACT.collections[collection].filters[name]
    examples = {
        "reference": [f"{target}/nobody-has-this-slug" for target in rule.allowed],
        "term": rule.allowed,
        "country": ["AQ"],
        "language": ["la"],
        "slug": ["nobody-has-this-slug"],
    }
    for value in set(examples[rule.kind]) - set(values_of(collection, name, resources)):
        page = ask(warm, f"{path_of(collection)}?{name}={value}").json
        assert (page["data"], page["page"]["total"], page["page"]["next"]) == ([], 0, None)


@pytest.mark.parametrize(("collection", "one", "other"), PAIRS)
def test_two_filters_hold_together(collection: str, one: str, other: str, warm: Client, resources: Resources) -> None:
    """Both must be true: for every pair of values that some resource has, and for some that none has."""
    ones, others = values_of(collection, one, resources), values_of(collection, other, resources)
    pairs = sorted(itertools.product(ones, others), key=lambda pair: (-len(ones[pair[0]] & others[pair[1]]), pair))
    for first, second in [*pairs[:3], pairs[len(pairs) // 2], pairs[-1]]:
        expected = sorted(ones[first] & others[second])
        pages = list(follow(warm, f"{path_of(collection)}?{one}={first}&{other}={second}&limit={few(expected)}&sort=id"))
        assert [row["id"] for page in pages for row in page.json["data"]] == expected
        assert {page.json["page"]["total"] for page in pages} <= {len(expected), None}


@pytest.mark.parametrize(("collection", "name"), REPEATABLE)
def test_a_repeated_filter_finds_either(collection: str, name: str, warm: Client, resources: Resources) -> None:
    """If a filter may be repeated, its values are alternatives: each resource comes once, and the order of the values has no effect."""
    found = values_of(collection, name, resources)
    values = sorted(found)
    for chosen in [values, values[:2], values[-3:]]:
        expected = sorted(set().union(*(found[value] for value in chosen)))
        for ordered in (chosen, chosen[::-1]):
            query = "&".join(f"{name}={value}" for value in ordered)
            pages = list(follow(warm, f"{path_of(collection)}?{query}&limit=3&sort=id"))
            assert [row["id"] for page in pages for row in page.json["data"]] == expected
            assert {page.json["page"]["total"] for page in pages} <= {len(expected), None}


DAYS = st.one_of(
    st.dates().map(lambda day: day.isoformat()),
    st.sampled_from(["2015", "2015-10", "2015-10-22", "2015-10-2X", "2015-1X", "19XX", "2015-10-22~", "2015-21", "1951-07-28", "2013-05"]),
    st.builds("{:04}-{:02}".format, st.integers(1940, 2030), st.integers(1, 12)),
    st.none(),
)


@SEARCH
@given(first=DAYS, last=DAYS, collection=st.sampled_from(DATED), descending=st.booleans(), limit=st.sampled_from([4, 100]))
def test_from_and_to_find_what_overlaps(
    *, first: str | None, last: str | None, collection: str, descending: bool, limit: int, warm: Client, resources: Resources
) -> None:
    """A resource is found if its date and the range share a day; an undated resource is never found."""
    resource = BY_COLLECTION[collection]
    start = (bounds(first).earliest if first else None) or "0000"
    end = (bounds(last).latest if last else None) or "9999-99"
    given = [f"{name}={value}" for name, value in (("from", first), ("to", last)) if value]
    target = "&".join([f"{path_of(collection)}?sort={'-' * descending}{resource.default_sort}&limit={limit}", *given])
    if start > end:
        assert check_problem(ask(warm, target)) == "invalid-parameter"
        return
    expected = []
    for path in members(collection, resources):
        span = span_of(resource.span, resources[path])
        if not given or (span is not None and span[0] <= end and span[1] >= start):
            expected.append(path)
    expected.sort(key=lambda path: order_of(resource, resource.default_sort, path, resources[path]), reverse=descending)
    pages = list(follow(warm, target))
    assert [row["id"] for page in pages for row in page.json["data"]] == expected
    assert {page.json["page"]["total"] for page in pages} <= {len(expected), None}


def test_from_and_to_combine_with_filters(warm: Client, resources: Resources) -> None:
    """What happened in Viet Nam on 22 October 2015."""
    found = ids(warm, "/v1/events?country=VN&from=2015-10-22&to=2015-10-22")
    span = {path: span_of(("/date",), resources[path]) for path in members("events", resources)}
    country = values_of("events", "country", resources)["VN"]
    assert set(found) == {path for path, days in span.items() if days and path in country and days[0] <= "2015-10-22" <= days[1]}
    assert "events/stopped-in-viet-nam" in found


@pytest.mark.parametrize("collection", CONTRACT.collections)
def test_fields_shows_what_is_asked_for(collection: str, warm: Client, resources: Resources) -> None:
    """Only the named fields, id and type, in lists and single resources."""
    fields = CONTRACT.collections[collection].fields
    path = members(collection, resources)[0]
    for chosen in [*((field,) for field in fields), fields, fields[-3:], ("id",)]:
        target = f"fields={','.join(chosen)}"
        shown = {name: value for name, value in resources[path].items() if name in {"id", "type", *chosen}}
        assert ask(warm, f"{path_of(path)}?{target}").json == shown
        for row in ask(warm, f"{path_of(collection)}?{target}&limit=5").json["data"]:
            assert row == {name: value for name, value in resources[row["id"]].items() if name in {"id", "type", *chosen}}


def test_every_field_of_every_resource_can_be_asked_for(resources: Resources) -> None:
    """A body has exactly the fields that the contract declares."""
    for path, body in resources.items():
        assert set(body) == set(CONTRACT.collections[path.partition("/")[0]].fields) - {"redactions"}


@pytest.mark.parametrize(("collection", "field"), INCLUDES)
def test_include_adds_what_a_field_refers_to(collection: str, field: str, warm: Client, resources: Resources) -> None:
    """Each resource comes once, whole, at the same release; none is missing; single resources and lists agree."""
    patterns = CONTRACT.collections[collection].references[field]
    for path in members(collection, resources)[:8]:
        expected = {str(value) for pattern in patterns for value in values_at(resources[path], pattern)}
        body = ask(warm, f"{path_of(path)}?include={field}").json
        included = body.pop("included")
        assert body == resources[path]
        assert sorted(row["id"] for row in included) == sorted(expected)
        assert all(row == resources[row["id"]] for row in included)
    page = ask(warm, f"{path_of(collection)}?include={field}&limit=4&fields=name").json
    referred = {str(value) for row in page["data"] for pattern in patterns for value in values_at(resources[row["id"]], pattern)}
    assert sorted(row["id"] for row in page["included"]) == sorted(referred)


def test_several_fields_are_included_together(warm: Client, resources: Resources) -> None:
    """A resource that two fields refer to comes once."""
    case = next(path for path in resources if path.startswith("cases/"))
    fields = ("actors", "states", "protected_group", "events", "citations")
    body = ask(warm, f"{path_of(case)}?include={','.join(fields)}&fields=name").json
    patterns = [pattern for field in fields for pattern in CONTRACT.collections["cases"].references[field]]
    expected = {str(value) for pattern in patterns for value in values_at(resources[case], pattern)}
    assert set(body) == {"id", "type", "name", "included"}
    assert sorted(row["id"] for row in body["included"]) == sorted(expected)
    for row in body["included"]:
        check_resource(row)


def test_the_events_of_the_case_come_in_order_of_their_dates(warm: Client, resources: Resources) -> None:
    """The case reads as it happened: by the first day that each event can have been on."""
    case = next(path for path in resources if path.startswith("cases/"))
    events = rows(warm, f"{path_of(case)}/events")
    assert sorted(row["id"] for row in events) == sorted(str(value) for value in values_at(resources[case], "/events/*"))
    days = [row["date"]["earliest"] for row in events if row["date"]]
    assert days == sorted(days)
    names = [row["id"].partition("/")[2] for row in events]
    assert names.index("left-the-dprk-across-the-yalu") < names.index("stopped-in-viet-nam") < names.index("handed-over-in-dongxing")
