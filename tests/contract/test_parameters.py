"""Parameters: what is refused, how the answer helps, and that no query causes a failure."""

from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Client, Reply
from tests.contract.asking import CONTRACT, SEARCH, ask, ask_event, check_problem, faults, path_of

EVENT = "/v1/events/stopped-in-viet-nam"
# A path of every kind of route, and the parameters that it takes.
TAKEN: dict[str, set[str]] = {
    "/": set(),
    "/v1": {"release", "as_of"},
    "/v1/health": set(),
    "/v1/problems": set(),
    "/v1/problems/withdrawn": set(),
    "/v1/schemas/event.json": set(),
    "/v1/releases/1": set(),
    f"{EVENT}/revisions/1": {"release", "as_of"},
    **{
        path: {name for name, scopes in CONTRACT.parameters.items() if scope in scopes}
        for path, scope in (
            (EVENT, "resources"),
            (f"{EVENT}/revisions", "history"),
            ("/v1/releases", "history"),
            ("/v1/changes", "changes"),
        )
    },
    **{
        path_of(name): {
            *collection.filters,
            *(parameter for parameter, scopes in CONTRACT.parameters.items() if ("dated-lists" if collection.dated else "lists") in scopes),
        }
        for name, collection in CONTRACT.collections.items()
    },
}
EVERY_NAME = sorted(set().union(*TAKEN.values()))
FILTERS = [(name, rule.name) for name, collection in CONTRACT.collections.items() for rule in collection.filters.values()]


def only_fault(reply: Reply) -> dict[str, Any]:
    """Return the one fault of an answer."""
    (fault,) = reply.json["errors"]
    assert reply.json["detail"] == fault["message"]
    assert check_problem(reply) == fault["code"]
    found: dict[str, Any] = fault
    return found


@pytest.mark.parametrize("target", TAKEN)
def test_a_parameter_that_a_route_does_not_take_is_refused(target: str, warm: Client) -> None:
    """No parameter is ignored: the answer names the unknown one and lists the known ones."""
    for name in [name for name in EVERY_NAME if name not in TAKEN[target]] + ["bogus", "", "Limit", "format[]", "ü"]:
        fault = only_fault(ask_event(warm, target, f"{quote(name)}=1"))
        assert (fault["in"], fault["name"], fault["code"]) == ("query", name, "unknown-parameter")
        assert fault.get("allowed", []) == sorted(TAKEN[target])


@pytest.mark.parametrize("target", TAKEN)
def test_a_parameter_that_a_route_takes_is_known(target: str, warm: Client) -> None:
    """A route knows the parameters that the contract declares for it, even if it refuses their value."""
    for name in TAKEN[target]:
        reply = ask_event(warm, target, f"{name}=%00")
        assert faults(reply) == {name: "invalid-cursor" if name == "cursor" else "invalid-parameter"}


@pytest.mark.parametrize(
    ("target", "sent", "meant"),
    [
        ("/v1/events", "contry", "country"),
        ("/v1/events", "fron", "from"),
        ("/v1/events", "limits", "limit"),
        ("/v1/events", "asof", "as_of"),
        (EVENT, "field", "fields"),
        ("/v1/changes", "sinze", "since"),
    ],
)
def test_a_misspelt_parameter_is_told_the_nearest_one(target: str, sent: str, meant: str, warm: Client) -> None:
    """The answer suggests the right name."""
    fault = only_fault(ask(warm, f"{target}?{sent}=1"))
    assert fault["did_you_mean"] == meant
    assert meant in fault["message"]


@pytest.mark.parametrize("target", [target for target, taken in TAKEN.items() if taken])
def test_a_parameter_stands_once(target: str, warm: Client) -> None:
    """A repeated parameter is refused. If it may be repeated, a repeated value is refused."""
    values = {"as_of": "2026-11-23", "sort": "id", "fields": "id", "include": "citations", "cursor": "x", "from": "2015", "to": "2015"}
    for name in TAKEN[target]:
        value = values.get(name, "1")
        rule = (
            CONTRACT.collections[target.rpartition("/")[2]].filters.get(name)
            if target.removeprefix("/v1/") in CONTRACT.collections
            else None
        )
        if rule:
            value = {
                "reference": f"{(rule.allowed or ('',))[0]}/x",
                "term": (rule.allowed or ("",))[0],
                "country": "VN",
                "language": "en",
            }.get(rule.kind, "x")
        found = faults(ask(warm, f"{target}?{name}={value}&{name}={value}"))
        assert found == {name: "invalid-parameter"}


BAD = [
    *((f"limit={value}", "limit") for value in ("0", "-1", "101", "1.5", "x", "", "1e1", "%2B5", "٣", "0x10", "99999999999", " 5")),
    *((f"release={value}", "release") for value in ("0", "-1", "2", "x", "", "1.0", "latest", "999999999", "9999999999999")),
    *(
        (f"as_of={value}", "as_of")
        for value in (
            "",
            "yesterday",
            "2026",
            "2026-11",
            "2026-13-01",
            "2026-02-30",
            "2026-11-24",
            "2026-11-23T12:00",
            "2026-11-23T12:00:00",
            "2026-11-23T12:00:01Z",
            "2026-11-23T25:00:00Z",
            "2026-11-23T12:00:00%2B99:00",
            "2026-11-23 12:00:00Z",
            "9999-12-31T23:59:59-14:00",
            "٢٠٢٦-11-23",
        )
    ),
    *((f"from={value}", "from") for value in ("", "x", "2015-13", "2015-02-30", "2015/2016", "[2015,2016]", "22.10.2015", "-0044", "15")),
    *((f"to={value}", "to") for value in ("", "2015-10-22T12:00:00Z", "..", "2015/..", "{2015}", "XXXX-XX-XXX")),
    *((f"sort={value}", "sort") for value in ("", "-", "--date", "Date", "+date", "date,name", "summary")),
    *((f"fields={value}", "fields") for value in ("", "nope", "name,,summary", "name,name", "name, summary", "Name")),
    *((f"include={value}", "include") for value in ("", "name", "nope", "case,case", "acts,")),
    *((f"case={value}", "case") for value in ("", "nope", "actors/china", "cases/", "cases/A", "cases/a/b", "cases/a--b", "/v1/cases/a")),
    *((f"country={value}", "country") for value in ("", "vn", "VNM", "V", "V1", "VN,CN", "Viet%20Nam")),
    *((f"act={value}", "act") for value in ("", "Arrest", "arrest,detention", "nope")),
]


@pytest.mark.parametrize(("query", "name"), BAD)
def test_a_bad_value_is_refused_by_name(query: str, name: str, warm: Client) -> None:
    """Each is a 400 that names the parameter and says what is allowed."""
    reply = ask(warm, f"/v1/events?{query}")
    assert set(faults(reply)) == {name}
    assert name in reply.json["detail"]
    for fault in reply.json["errors"]:
        assert fault["code"] == "invalid-parameter"


@pytest.mark.parametrize(("collection", "name"), FILTERS)
def test_a_filter_says_what_it_takes(collection: str, name: str, warm: Client) -> None:
    """A term lists its vocabulary and offers the nearest word; a reference shows how one is written."""
    rule = CONTRACT.collections[collection].filters[name]
    word = {
        "term": f"{rule.allowed[0]}x" if rule.allowed else "",
        "reference": "china",
        "country": "xx",
        "language": "EN_en",
        "slug": "A B",
    }[rule.kind]
    fault = only_fault(ask(warm, f"{path_of(collection)}?{name}={word}"))
    assert fault["name"] == name
    if rule.kind == "term":
        assert (fault["allowed"], fault["did_you_mean"]) == (list(rule.allowed), rule.allowed[0])
    elif rule.kind == "reference":
        assert fault["did_you_mean"] == f"{rule.allowed[0]}/china"


def test_the_bounds_are_allowed_and_what_lies_beyond_is_not(warm: Client) -> None:
    """The limits in the contract are the real ones."""
    for limit in (1, CONTRACT.highest_limit):
        assert ask(warm, f"/v1/events?limit={limit}").json["page"]["limit"] == limit
    assert ask(warm, f"/v1/events?limit={CONTRACT.highest_limit + 1}").status == 400


def test_every_fault_is_told_at_once(warm: Client) -> None:
    """A client that corrects everything in the answer is done."""
    query = "bogus=1&limit=0&sort=nope&case=nope&from=x&fields=nope&include=name&release=x&as_of=y&country=x&country=y&other=2"
    assert faults(ask(warm, f"/v1/events?{query}")) == {
        "bogus": "unknown-parameter",
        "other": "unknown-parameter",
        "limit": "invalid-parameter",
        "sort": "invalid-parameter",
        "case": "invalid-parameter",
        "from": "invalid-parameter",
        "fields": "invalid-parameter",
        "include": "invalid-parameter",
        "release": "invalid-parameter",
        "as_of": "invalid-parameter",
        "country": "invalid-parameter",
    }


@pytest.mark.parametrize("target", [target for target, taken in TAKEN.items() if "as_of" in taken])
def test_release_and_as_of_exclude_each_other(target: str, warm: Client) -> None:
    """A request names one time, in one way."""
    assert check_problem(ask(warm, f"{target}?release=1&as_of=2026-11-23")) == "conflicting-parameters"


@pytest.mark.parametrize("target", [target for target, taken in TAKEN.items() if "as_of" in taken])
def test_a_time_is_read_in_every_form(target: str, warm: Client) -> None:
    """A date, or an RFC 3339 time with any offset, its plus sign encoded or not."""
    for moment in (
        "2026-11-23",
        "2026-11-23T12:00:00Z",
        "2026-11-23t12:00:00z",
        "2026-11-23T12:00:00.000Z",
        "2026-11-23T12:00:00.0Z",
        "2026-11-23T12:00:00.000000000Z",
        "2026-11-23T13:00:00%2B01:00",
        "2026-11-23T13:00:00+01:00",
        "2026-11-23T13:00:00%2b01%3A00",
        "2026-11-23T06:30:00-05:30",
    ):
        assert (moment, ask(warm, f"{target}?as_of={moment}").status) == (moment, 200)


@pytest.mark.parametrize(
    "moment", ["2026-11-22", "2026-11-23T11:59:59.999Z", "2026-11-23T12:59:59+01:00", "0001-01-01", "0001-01-01T00:00:00Z"]
)
def test_before_the_first_release_there_is_nothing(moment: str, warm: Client) -> None:
    """A time before the first release is not an error of the client: nothing existed then."""
    assert check_problem(ask(warm, f"/v1/events?as_of={moment}")) == "not-found"


@pytest.mark.parametrize("target", TAKEN)
def test_a_query_that_is_not_utf_8_is_refused(target: str, warm: Client) -> None:
    """Bytes that are not text are a bad request, not a failure."""
    for query in ("%FF", "limit=%FF", "%C3=1", "a=%E2%82", "limit=1&x=%80", "case=cases/%ED%A0%80"):
        assert (query, check_problem(ask_event(warm, target, query))) == (query, "invalid-parameter")


@pytest.mark.parametrize("target", TAKEN)
def test_an_address_may_be_so_long_and_no_longer(target: str, warm: Client) -> None:
    """4,096 bytes of path and query, counted as sent."""
    room = 4_096 - len(target) - len("?bogus=")
    assert check_problem(ask_event(warm, target, f"bogus={'x' * room}")) == "unknown-parameter"
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        reply = ask_event(warm, target, f"bogus={'x' * (room + 1)}", method=method)
        assert reply.status == 414
    assert check_problem(ask_event(warm, target, f"bogus={'x' * (room + 1)}")) == "uri-too-long"


@pytest.mark.parametrize("path", ["/v1/events/" + "x" * 4_100, "/" + "x" * 4_100, "/" + "é" * 2_100])
def test_a_path_may_be_so_long_and_no_longer(path: str, warm: Client) -> None:
    """With a known route and with an unknown one."""
    assert check_problem(ask_event(warm, path)) == "uri-too-long"


def test_headers_may_be_so_large_and_no_larger(warm: Client) -> None:
    """8,192 bytes of names and values together, in one field or in many."""
    assert ask(warm, "/v1/events", {"x-note": "x" * (8_192 - len("x-note"))}).status == 200
    assert check_problem(ask(warm, "/v1/events", {"x-note": "x" * (8_193 - len("x-note"))})) == "headers-too-large"
    assert check_problem(ask(warm, "/v1/events", {f"x-note-{number}": "x" * 100 for number in range(90)})) == "headers-too-large"
    assert check_problem(ask(warm, "/nope", {"x-note": "x" * 9_000})) == "headers-too-large"


GOOD_ACCEPT = [
    "*/*",
    "application/json",
    "Application/JSON",
    "application/*",
    "application/json; charset=utf-8",
    "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8",
    "text/html;q=1.0,application/json;q=0.1",
    "application/json;q=0.001",
    "*/*;q=0, application/json",
    "application/*;q=0, application/json;q=0.5",
    "application/json ; q=1",
    " application/json , text/html",
    "",
]
BAD_ACCEPT = [
    "text/html",
    "application/xml, text/html;q=0.5",
    "application/json;q=0",
    "application/json;q=0.000",
    "application/json;Q=0",
    "*/*;q=0",
    "application/*;q=0, text/*;q=0, */*;q=1",
    "image/png",
]


@pytest.mark.parametrize("accept", GOOD_ACCEPT)
def test_json_is_served_to_who_accepts_it(accept: str, warm: Client) -> None:
    """The most specific range decides (RFC 9110, 12.5.1)."""
    assert ask(warm, EVENT, {"Accept": accept}).status == 200


@pytest.mark.parametrize("accept", BAD_ACCEPT)
def test_what_can_not_be_served_is_a_406(accept: str, warm: Client) -> None:
    """The answer is a problem document in any case; lists behave the same."""
    for target in (EVENT, "/v1/events"):
        assert check_problem(ask(warm, target, {"Accept": accept})) == "not-acceptable"


def test_a_schema_is_served_to_who_accepts_schemas(warm: Client) -> None:
    """The media type of an answer can be used in Accept."""
    served = ask(warm, "/v1/schemas/event.json")
    assert ask(warm, "/v1/schemas/event.json", {"Accept": served.headers["content-type"]}).status == 200


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
NAMES = st.one_of(st.sampled_from(EVERY_NAME), TEXTS)
VALUES = st.one_of(
    TEXTS,
    st.sampled_from(["1", "2026-11-23", "id", "-id", "name", "citations", "VN", "en", "cases/nine-north-koreans-viet-nam-2015", "2015-10"]),
    st.integers().map(str),
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    st.from_regex(r"\A[0-9X]{4}(-[0-9X]{2}){0,2}[?~%]?\Z"),
    st.binary(max_size=20),
)


def encoded(value: str | bytes) -> str:
    """Return a value as it stands in a query."""
    return quote(value) if isinstance(value, str) else quote_from_bytes(value)


@SEARCH
@given(pairs=st.lists(st.tuples(NAMES, VALUES), max_size=4), target=st.sampled_from([*TAKEN, "/v1/nope", "/v1/events/nope"]))
def test_no_query_breaks_anything(pairs: list[tuple[str, str | bytes]], target: str, warm: Client) -> None:
    """Any names with any values: a success, or a client error of the contract."""
    reply = ask_event(warm, target, "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs))
    assert reply.status in (200, 400, 404)
    for fault in reply.json["errors"] if reply.status == 400 else ():
        assert fault["code"] in ("unknown-parameter", "invalid-parameter", "invalid-cursor", "conflicting-parameters")


@SEARCH
@given(
    query=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80),
    target=st.sampled_from(["/v1/events", EVENT, "/v1/changes"]),
)
def test_no_raw_query_breaks_anything(query: str, target: str, warm: Client) -> None:
    """With any punctuation."""
    assert ask_event(warm, target, query).status in (200, 400)


@SEARCH
@given(
    name=st.sampled_from(["accept", "if-none-match", "accept-datetime", "origin"]),
    value=st.text(st.characters(max_codepoint=255), max_size=60),
)
def test_no_header_breaks_anything(name: str, value: str, warm: Client) -> None:
    """With any header value."""
    assert ask(warm, EVENT, {name: value}).status in {"accept": (200, 406), "accept-datetime": (200, 400)}.get(name, (200, 304))


@pytest.mark.parametrize("query", ["&".join(f"p{number}" for number in range(300)), "&".join(["limit=1"] * 200), "fields=" + "x," * 900])
def test_a_flood_of_faults_is_answered_in_few_words(query: str, warm: Client) -> None:
    """The first twenty and the number of the others: an answer is never a hundred times larger than its request."""
    reply = ask_event(warm, "/v1/events", query)
    assert reply.status == 400
    assert len(reply.json["errors"]) <= 20
    assert len(reply.body) < 4 * len(query) + 4_000
    if len(reply.json["errors"]) == 20:
        assert reply.json["detail"].endswith(" more")
