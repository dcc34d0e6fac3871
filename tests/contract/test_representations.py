"""Representations: which one a request gets (RFC 9110, 12.5.1), and that all have the same content."""

import csv
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import tables
from handlers.contract import PUBLISHED
from schemas.registry import RESOURCES
from tests.conftest import Client, Reply
from tests.contract.asking import COLLECTIONS, CONTRACT, SEARCH, ask, check_problem, faults, links_of, path_of, rows
from tests.contract.specification import OPENAPI

JSON, JSON_LD, CSV, NDJSON, HTML = "application/json", "application/ld+json", "text/csv", "application/x-ndjson", "text/html"
EVENT = "/v1/events/stopped-in-viet-nam"
EVENTS = "/v1/events"
EXAMPLES = {resource.collection: f"{resource.collection}/{resource.example}" for resource in RESOURCES}
OWNERS = EXAMPLES | {"actors": "actors/the-nine"}  # a resource that is in every sub-list of its owner
COLUMNS = json.loads((PUBLISHED / "tables.json").read_bytes())
FORMATS = {name: media_type for name, media_type in CONTRACT.formats.items() if media_type in (CSV, NDJSON)}
# The filters of each list route, with the published example of each.
FILTERED = [
    (name, rule.name, parameter["example"])
    for name, collection in COLLECTIONS.items()
    for rule in collection.filters.values()
    for parameter in OPENAPI["paths"][path_of(name)]["get"]["parameters"]
    if parameter.get("name") == rule.name
]
LISTS = [
    *(f"{path_of(name)}?sort={sign}{sort}" for name, collection in COLLECTIONS.items() for sort in collection.sorts for sign in ("", "-")),
    *(f"{path_of(OWNERS[name])}/{other}?limit=7" for name, collection in COLLECTIONS.items() for other in collection.sublists),
    *(
        f"{path_of(name)}?{urlencode([(rule, value) for value in (example if isinstance(example, list) else [example])])}&limit=3"
        for name, rule, example in FILTERED
    ),
    *(f"{path_of(name)}?from=2015-10&to=2015-11&limit=2" for name, collection in COLLECTIONS.items() if collection.dated),
    "/v1/events?country=VN&country=CN&act=arrest&act=detention&limit=1",
    "/v1/events?limit=2&fields=date,name",
    "/v1/sources?case=cases/nine-north-koreans-viet-nam-2015&language=en&limit=4&release=1",
]


def kind_of(reply: Reply) -> str:
    """Return an answer's media type without parameters."""
    return reply.headers["content-type"].partition(";")[0]


def follow_links(client: Client, target: str, accept: str) -> Iterator[Reply]:
    """Yield every page by its Link header alone."""
    following: str | None = target
    while following is not None:
        reply = ask(client, following, {"Accept": accept})
        assert reply.status == 200
        yield reply
        link = links_of(reply).get("next")
        following = urljoin("/", link) if link else None


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("text/*", CSV),
        ("application/x-ndjson", NDJSON),
        ("application/*", JSON),
        ("*/*", JSON),
        ("text/csv, application/json", JSON),  # a tie goes to the first that is offered
        ("application/x-ndjson, text/csv", CSV),
        ("text/csv;q=0.5, application/json;q=0.4", CSV),
        ("text/csv;q=0.4, application/json;q=0.5", JSON),
        ("text/*;q=0.9, text/csv;q=0.1, application/json;q=0.5", JSON),  # the more specific range counts, even if it is lower
        ("text/*;q=0.1, text/csv;q=0.9, */*;q=0.5", CSV),
        ("*/*, application/json;q=0, text/csv;q=0", NDJSON),
        ("application/*;q=0, */*;q=0.001", CSV),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", JSON),
        ("text/csv;header=present;q=0.9, application/json;q=0.8", CSV),
        ("text/csv;header=present, application/json;q=0.8", CSV),
        ("text/csv ;\tq=0.9 , application/json ; q=0.8", CSV),
        ("text/csv;Q=0.2,application/json;Q=0.1", CSV),
        ('text/csv;note=", application/json, ;q=0.1;"', CSV),  # quoted text is neither a range nor a weight
        ('text/html;note="text/csv, application/json", application/x-ndjson', NDJSON),
        ('application/x-ndjson;note="a \\" b;q=0", application/json;q=0.5', NDJSON),
        ("garbage, ;;; , ;application/json, text/csv", CSV),
        (",, ,text/csv,,", CSV),
        ("", JSON),
        (" ", JSON),
        (" , ,", JSON),
        ("application/json;q=7, text/csv", JSON),  # a weight is at most 1, so it is a tie
        ("text/csv, application/x-ndjson;q=7", CSV),
    ],
)
def test_the_accept_header_decides(accept: str, expected: str, warm: Client) -> None:
    """The most specific range gives each type its weight. The highest weight wins; of equal ones the first that is offered."""
    for method in ("GET", "HEAD"):
        assert kind_of(ask(warm, EVENTS, {"Accept": accept}, method)) == expected


@pytest.mark.parametrize("accept", ["text/html", "garbage", "*/*;q=0", "text/csv;q=0", 'text/html;note="text/csv', "json", "a/b/c"])
@pytest.mark.parametrize(
    ("target", "allowed"),
    [(EVENTS, [JSON, CSV, NDJSON]), (EVENT, [JSON, JSON_LD]), ("/v1", [JSON]), ("/.well-known/api-catalog", ["application/linkset+json"])],
)
def test_what_is_ruled_out_is_a_406_that_says_what_there_is(accept: str, target: str, allowed: list[str], warm: Client) -> None:
    """The answer names the header and every media type of the route."""
    reply = ask(warm, target, {"Accept": accept})
    assert check_problem(reply) == "not-acceptable"
    (fault,) = reply.json["errors"]
    assert (fault["in"], fault["name"], fault["code"], fault["allowed"]) == ("header", "Accept", "not-acceptable", allowed)


WEIGHTS = st.one_of(st.none(), st.integers(0, 1000))
RANGES = st.sampled_from([JSON, CSV, NDJSON, "application/*", "text/*", "*/*", HTML, "image/*"])


@SEARCH
@given(asked=st.dictionaries(RANGES, WEIGHTS, min_size=1, max_size=6), blank=st.sampled_from(["", " ", "\t"]))
def test_any_weights_are_weighed(asked: dict[str, int | None], blank: str, warm: Client) -> None:
    """Written again from the RFC: a type's weight is that of the most specific range; a type with weight 0 is never served."""
    parts = [one if weight is None else f"{one}{blank};{blank}q={weight / 1000:.3f}" for one, weight in asked.items()]
    reply = ask(warm, EVENTS, {"Accept": f"{blank},{blank}".join(parts)})
    weights = {one: 1000 if weight is None else weight for one, weight in asked.items()}
    given_to = {one: weights.get(one, weights.get(f"{one.partition('/')[0]}/*", weights.get("*/*", 0))) for one in (JSON, CSV, NDJSON)}
    best = max(given_to.values())
    assert (reply.status == 406) == (best == 0)
    if best:
        assert kind_of(reply) == next(one for one, weight in given_to.items() if weight == best)


@pytest.mark.parametrize(("target", "names"), [(EVENTS, ("json", "csv", "ndjson")), (EVENT, ("json", "jsonld"))])
def test_format_overrides_the_header(target: str, names: tuple[str, ...], warm: Client) -> None:
    """With any Accept header, even one that accepts nothing."""
    for name in names:
        for accept in ("", "*/*", CONTRACT.formats[name], JSON, CSV, HTML, "*/*;q=0"):
            reply = ask(warm, f"{target}?format={name}", {"Accept": accept})
            assert kind_of(reply) == CONTRACT.formats[name]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (f"{EVENTS}?format=xml", "invalid-parameter"),
        (f"{EVENTS}?format=", "invalid-parameter"),
        (f"{EVENTS}?format=CSV", "invalid-parameter"),
        (f"{EVENTS}?format=text/csv", "invalid-parameter"),
        (f"{EVENTS}?format=jsonld", "invalid-parameter"),
        (f"{EVENT}?format=csv", "invalid-parameter"),
        (f"{EVENTS}?format=csv&format=csv", "invalid-parameter"),
        (f"{EVENTS}?format=csv&format=json", "invalid-parameter"),
        ("/?format=json", "unknown-parameter"),
        ("/v1?format=json", "unknown-parameter"),
        ("/v1/releases?format=csv", "unknown-parameter"),
        ("/v1/changes?format=ndjson", "unknown-parameter"),
        ("/v1/health?format=json", "unknown-parameter"),
        ("/v1/problems?format=json", "unknown-parameter"),
        ("/v1/openapi.json?format=json", "unknown-parameter"),
        (f"{EVENT}/revisions?format=csv", "unknown-parameter"),
        (f"{EVENT}/revisions/1?format=jsonld", "unknown-parameter"),
        (f"{EVENT}/timemap?format=json", "unknown-parameter"),
    ],
)
def test_a_format_that_is_not_there_is_named(target: str, code: str, warm: Client) -> None:
    """On a route without formats, with an unknown value, or repeated: a 400."""
    assert faults(ask(warm, target)) == {"format": code}


@pytest.mark.parametrize("resource", EXAMPLES.values())
@pytest.mark.parametrize("query", ["", "fields=name", "include=citations", "fields=citations&include=citations", "release=1"])
def test_json_ld_is_the_json_with_a_context(resource: str, query: str, warm: Client) -> None:
    """Equal except for @context, in canonical order, with its own ETag, by header or parameter."""
    target = f"{path_of(resource)}?{query}" if query else path_of(resource)
    plain, linked = ask(warm, target), ask(warm, target, {"Accept": JSON_LD})
    assert kind_of(linked) == JSON_LD
    body = linked.json
    context = body.pop("@context")
    assert body == plain.json
    assert linked.body.endswith(plain.body[1:])
    assert ask(warm, context[0]).status == 200
    assert urljoin(f"https://api.example{context[1]['@base']}", body["id"]) == f"https://api.example{path_of(resource)}"
    assert linked.headers["etag"] != plain.headers["etag"]
    joined = "&" if query else "?"
    assert ask(warm, f"{target}{joined}format=jsonld").body == linked.body


@pytest.mark.parametrize("target", LISTS)
def test_every_list_has_the_same_rows_as_a_table(target: str, warm: Client) -> None:
    """CSV and NDJSON have the rows of JSON, in its order, over all pages; each CSV page has the same header."""
    expected = rows(warm, target)
    assert expected or "limit=7" in target or "from=" in target, "the example of a filter is one that something has"
    lines = [line for page in follow_links(warm, target, NDJSON) for line in page.body.split("\n")[:-1]]
    assert [json.loads(line) for line in lines] == expected
    pages = [page.body for page in follow_links(warm, target, CSV)]
    parsed = [list(csv.DictReader(page.splitlines(keepends=True), strict=True)) for page in pages]
    assert [row["id"] for page in parsed for row in page] == [row["id"] for row in expected]
    assert len({page.partition("\r\n")[0] for page in pages}) == 1
    for shown, row in zip((row for page in parsed for row in page), expected, strict=True):
        for name in ("id", "type", "revision", "release", "published_at"):
            assert shown.get(name, str(row.get(name))) == str(row.get(name))
        for name in ("name.en", "title.en"):
            if name in shown:
                text = row[name.partition(".")[0]]
                assert shown[name] == (tables.defused(text["en"]) if text else "")
    for media_type, name in ((CSV, "csv"), (NDJSON, "ndjson")):
        joined = "&" if "?" in target else "?"
        by_name = [page.body for page in follow_links(warm, f"{target}{joined}format={name}", HTML)]
        assert by_name == [page.body for page in follow_links(warm, target, media_type)]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_fields_are_columns(name: str, warm: Client) -> None:
    """Each field has its columns of the published table, in the table's order; `id` and `type` are always there."""
    for field in COLLECTIONS[name].fields:
        expected = [column["name"] for column in COLUMNS[name] if column["at"][0] in (field, "id", "type")]
        body = ask(warm, f"{path_of(name)}?fields={field}&format=csv&limit=1").body
        assert next(csv.reader(body.splitlines(keepends=True), strict=True)) == expected
        line = ask(warm, f"{path_of(name)}?fields={field}&format=ndjson&limit=1").json
        assert set(line) <= {"id", "type", field}


@pytest.mark.parametrize("chosen", [{"format": "csv"}, {"format": "ndjson"}, {"accept": CSV}, {"accept": NDJSON}])
@pytest.mark.parametrize("target", [EVENTS, "/v1/cases/nine-north-koreans-viet-nam-2015/events"])
def test_a_table_includes_nothing(chosen: dict[str, str], target: str, warm: Client) -> None:
    """A table has no place for included resources, so `include` is refused, not ignored; a bad field is named first."""
    tail = f"&format={chosen['format']}" if "format" in chosen else ""
    headers = {"Accept": chosen["accept"]} if "accept" in chosen else {}
    reply = ask(warm, f"{target}?include=citations{tail}", headers)
    assert (check_problem(reply), faults(reply)) == ("conflicting-parameters", {"include": "conflicting-parameters"})
    assert faults(ask(warm, f"{target}?include=nope{tail}", headers)) == {"include": "invalid-parameter"}


@pytest.mark.parametrize(("target", "kinds"), [(EVENTS, (JSON, CSV, NDJSON)), (EVENT, (JSON, JSON_LD)), ("/v1/problems", (JSON, HTML))])
def test_each_representation_has_a_tag_that_only_it_meets(target: str, kinds: tuple[str, ...], warm: Client) -> None:
    """The ETag of one representation gives no 304 for another; HEAD has the headers of GET."""
    client = Plain(warm) if HTML in kinds else warm
    tags = {kind: asked(client, target, {"Accept": kind}).headers["etag"] for kind in kinds}
    assert len(set(tags.values())) == len(kinds)
    for kind in kinds:
        full = asked(client, target, {"Accept": kind})
        headed = asked(client, target, {"Accept": kind}, "HEAD")
        assert (headed.status, dict(headed.headers), headed.body) == (200, dict(full.headers), "")
        assert full.headers["vary"] == "Accept, Accept-Datetime"
        for other, tag in tags.items():
            reply = asked(client, target, {"Accept": kind, "If-None-Match": tag})
            assert reply.status == (304 if other == kind else 200)
            assert reply.headers["vary"] == "Accept, Accept-Datetime"


class Plain:
    """Asks without checking the answer against the specification."""

    def __init__(self, client: Client) -> None:
        """Ask this client."""
        self.client = client


def asked(client: Client | Plain, target: str, headers: dict[str, str], method: str = "GET") -> Reply:
    """Ask, with the checks of `ask` unless `plain`."""
    return client.client.get(target, headers, method) if isinstance(client, Plain) else ask(client, target, headers, method)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("json", JSON), ("csv", "text/csv; charset=utf-8; header=present"), ("ndjson", NDJSON)],
)
def test_a_table_says_how_it_is_written(name: str, expected: str, warm: Client) -> None:
    """CSV declares its charset and its header line (RFC 7111, RFC 4180); an empty table has the header line too."""
    for target in (EVENTS, "/v1/events?country=AQ"):
        reply = ask(warm, f"{target}{'&' if '?' in target else '?'}format={name}")
        assert reply.headers["content-type"] == expected
    empty: dict[str, Any] = {"json": None, "csv": 1, "ndjson": 0}
    if empty[name] is not None:
        assert len(reply.body.splitlines()) == empty[name]


@pytest.mark.parametrize("name", FORMATS)
def test_an_error_is_a_problem_whatever_was_asked_for(name: str, warm: Client) -> None:
    """A request for a table gets an error as a problem document."""
    for target, slug in (("/v1/events?limit=0", "invalid-parameter"), ("/v1/cases/nope/events?limit=1", "not-found")):
        assert check_problem(ask(warm, f"{target}&format={name}")) == slug
        assert check_problem(ask(warm, target, {"Accept": FORMATS[name]})) == slug
