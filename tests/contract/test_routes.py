"""Every route of the contract: answers, methods and headers, and the answer for an unknown route."""

import datetime
import json
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from handlers.contract import PUBLISHED
from schemas.pointers import Json
from tests.conftest import GATEWAY, SEED, START, Client
from tests.contract.asking import (
    COLLECTIONS,
    CONTRACT,
    SEARCH,
    ask,
    ask_event,
    check_problem,
    check_resource,
    ids,
    links_of,
    path_of,
)

CASE = "/v1/cases/nine-north-koreans-viet-nam-2015"
EVENT = "/v1/events/stopped-in-viet-nam"
SEED_IDS = sorted(f"{file.parent.name}/{file.stem}" for file in SEED.glob("*/*.yaml"))
SUBLISTS = [(name, other) for name, collection in COLLECTIONS.items() for other in collection.sublists]
# One path of every route.
ROUTES = [
    "/",
    "/v1",
    *(path_of(name) for name in COLLECTIONS),
    EVENT,
    f"{EVENT}/revisions",
    f"{EVENT}/revisions/1",
    f"{CASE}/events",
    "/v1/releases",
    "/v1/releases/1",
    "/v1/changes",
    "/v1/health",
    "/v1/problems",
    *(f"/v1/problems/{slug}" for slug in CONTRACT.problems),
    *(f"/v1/schemas/{collection.singular}.json" for collection in COLLECTIONS.values()),
]
METHODS = ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "BREW"]


def test_the_root_leads_to_everything_by_links(client: Client) -> None:
    """A client that knows only the host finds the start, and from there every collection, resource and sub-list."""
    root = ask(client, "/").json
    assert root["license"] == CONTRACT.license
    for target in root["links"].values():
        assert ask(client, target).status == 200
    for target in ask(client, root["links"]["start"]).json["links"].values():
        assert ask(client, target).status == 200


def test_the_start_tells_the_collections_as_the_contract_declares_them(client: Client) -> None:
    """Each collection has its right total, sorts, filters, schema and link; and there is the current release."""
    start = ask(client, "/v1").json
    assert list(start["collections"]) == sorted(COLLECTIONS)
    for name, shown in start["collections"].items():
        declared = COLLECTIONS[name]
        assert shown["total"] == len([path for path in SEED_IDS if path.startswith(f"{name}/")])
        assert shown["sorts"] == [sign + sort for sort in declared.sorts for sign in ("", "-")]
        assert shown["default_sort"] in shown["sorts"]
        assert set(shown["filters"]) == set(declared.filters)
        assert set(shown["sublists"]) == set(declared.sublists)
        assert ask(client, shown["href"]).json["page"]["total"] == shown["total"]
        assert ask(client, shown["schema"]).status == 200
    assert start["release"] == ask(client, "/v1/releases/1").json


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_collection_lists_its_resources(name: str, client: Client) -> None:
    """Every resource of the seed comes once."""
    assert sorted(ids(client, path_of(name))) == [path for path in SEED_IDS if path.startswith(f"{name}/")]


@pytest.mark.parametrize("resource", SEED_IDS)
def test_a_resource_is_served_as_its_schema_says(resource: str, warm: Client, resources: dict[str, dict[str, Json]]) -> None:
    """It is at its path, the same as in its list, with its type, and valid."""
    reply = ask(warm, path_of(resource))
    assert reply.status == 200
    body = reply.json
    check_resource(body)
    assert body == resources[resource]
    assert (body["id"], body["revision"], body["release"]) == (resource, 1, 1)
    assert datetime.datetime.fromisoformat(body["published_at"]) == START


@pytest.mark.parametrize(("name", "other"), SUBLISTS)
def test_a_sublist_is_the_list_filtered_by_its_owner(name: str, other: str, warm: Client) -> None:
    """For every owner in the seed, the route below it and the filter give the same resources in the same order."""
    for owner in [path for path in SEED_IDS if path.startswith(f"{name}/")]:
        below = ask(warm, f"{path_of(owner)}/{other}?limit=100").json
        filtered = ask(warm, f"{path_of(other)}?{COLLECTIONS[name].sublists[other]}={owner}&limit=100").json
        assert (below["data"], below["page"]) == (filtered["data"], filtered["page"])


def test_a_sublist_does_not_take_the_filter_that_its_path_gives(client: Client) -> None:
    """The path already names the owner."""
    reply = ask(client, f"{CASE}/events?case=cases/nine-north-koreans-viet-nam-2015")
    assert check_problem(reply) == "unknown-parameter"


@pytest.mark.parametrize("target", [*ROUTES, "/v1/nope", "/v1/events/nope", "/v1/events?limit=0", "/v1/Events"])
def test_head_is_get_without_the_body(target: str, warm: Client) -> None:
    """Status and headers are the same, errors and redirects included."""
    got, headed = ask(warm, target), ask(warm, target, method="HEAD")
    assert (headed.status, dict(headed.headers), headed.body) == (got.status, dict(got.headers), "")


@pytest.mark.parametrize("target", ROUTES)
def test_options_tells_the_methods(target: str, warm: Client) -> None:
    """A browser's preflight is answered without reading anything."""
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    calls = len(warm.world.calls)
    reply = ask(warm, target, headers, "OPTIONS")
    assert reply.status == 204
    assert reply.headers["allow"] == reply.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in reply.headers["access-control-allow-headers"]
    assert len(warm.world.calls) == calls


@pytest.mark.parametrize("target", ["/nowhere", "/v1/events/nobody", "/v1/Events/"])
def test_options_are_told_where_nothing_is(target: str, warm: Client) -> None:
    """If the preflight failed, the browser would hide what is wrong with the path."""
    assert ask(warm, target, {"Origin": "https://example.org"}, "OPTIONS").status == 204


@pytest.mark.parametrize("target", ROUTES)
def test_every_other_method_is_refused(target: str, warm: Client) -> None:
    """The answer names the allowed methods."""
    for method in METHODS:
        reply = ask(warm, target, method=method)
        assert check_problem(reply) == "method-not-allowed"
        assert reply.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("slug", ["É'²®", "Ä", "A B", "A%", "A;B", "Ünder/Revisions"])
def test_what_is_no_id_in_any_case_leads_nowhere(slug: str, client: Client) -> None:
    """There is no redirect to a path that does not exist."""
    assert ask_event(client, f"/v1/statements/{slug}").status == 404
    assert ask_event(client, f"/v1/statements/{slug}/revisions").status == 404


@pytest.mark.parametrize("target", [target for target in ROUTES if target != "/"])
def test_a_path_that_differs_by_case_or_a_slash_leads_to_the_real_one(target: str, warm: Client) -> None:
    """308 keeps the method, and the query is kept as it was."""
    for query in ("", "limit=2&cursor=a%2Bb"):
        for written in sorted({target.upper(), target.title(), f"{target}/", f"{target.upper()}/", f"{target}//"}):
            reply = ask_event(warm, written, query)
            assert (written, reply.status, reply.headers.get("location")) == (written, 308, f"{target}?{query}".rstrip("?"))


@pytest.mark.parametrize(
    ("written", "real"),
    [
        ("/v1/events/Stopped-In-Viet-Nam", EVENT),
        ("/v1/events/STOPPED-IN-VIET-NAM/revisions", f"{EVENT}/revisions"),
        (f"/v1/cases/{CASE.rpartition('/')[2].title()}/events", f"{CASE}/events"),
        ("/v1/problems/Withdrawn", "/v1/problems/withdrawn"),
        ("/v1/schemas/Event.json", "/v1/schemas/event.json"),
    ],
)
def test_a_slug_in_another_case_leads_to_the_real_one(written: str, real: str, warm: Client) -> None:
    """The last part of a path is treated as the others are."""
    reply = ask(warm, written)
    assert (reply.status, reply.headers.get("location")) == (308, real)


@pytest.mark.parametrize(
    "path", ["//", "//evil.example", "//evil.example/", "//evil.example/v1/cases/", "/\\evil.example/", "///V1", "//v1/"]
)
def test_no_redirect_leads_to_another_host(path: str, warm: Client) -> None:
    """A redirect stays on this host."""
    reply = ask_event(warm, path)
    assert reply.status in (308, 404)
    if reply.status == 308:
        here = "https://api.example"
        assert urljoin(here, reply.headers["location"]).startswith(f"{here}/")
        assert not reply.headers["location"].startswith("//")


@pytest.mark.parametrize(("path", "near"), [("/v1/statments", "/v1/statements"), ("/v1/case", "/v1/cases"), ("/helth", "/v1/health")])
def test_an_unknown_route_names_the_nearest_one(path: str, near: str, client: Client) -> None:
    """The answer suggests the right path."""
    reply = ask(client, path)
    assert check_problem(reply) == "unknown-route"
    if path != "/helth":  # too far from anything to be sure of
        assert f"did you mean {near}?" in reply.json["detail"]


@pytest.mark.parametrize(
    "path", ["/nope", "/v2", "/v1/nope/nope", f"{CASE}/nope", f"{CASE}/events/nope", f"{EVENT}/events", "/v1x", "/wp-login.php"]
)
def test_nothing_is_at_other_paths(path: str, client: Client) -> None:
    """An unknown route is a 404 with its own problem type."""
    assert check_problem(ask(client, path)) == "unknown-route"


WEIRD = [
    '"',
    "'",
    "%22",
    "%00",
    "\x00",
    "\n",
    "stopped-in-viet-nam\n",
    "stopped-in-viet-nam%0A",
    "stopped-in-viet-nam\x00",
    "%2F",
    "..",
    "%2E%2E",
    "a\\b",
    "a?b",
    "a#b",
    "`",
    "a b",
    "%",
    "%zz",
    "%FF",
    "ÿ",
    "東興",
    "%E6%9D%B1",
    "-",
    "a--b",
    "-a",
    "a-",
    "a_b",
    "<slug>",
    "{slug}",
    "'; DROP TABLE record; --",
    "x" * 101,
    "x" * 3000,
    "stopped-in-viet-nam;v=1",
    "ⓢtopped-in-viet-nam",
    "\u0130",
]


@pytest.mark.parametrize("rule", ["/v1/events/{}", "/v1/events/{}/revisions", f"{EVENT}/revisions/{{}}", "/v1/cases/{}/events"])
def test_what_is_not_a_slug_is_not_found(rule: str, warm: Client) -> None:
    """If a path has something else than a slug or a number, the answer is a 404, and the store is not asked for it."""
    before = len(warm.world.calls)
    for slug in WEIRD:
        if not (GATEWAY and "%" in slug):  # the emulator decodes a path before it passes it on
            assert check_problem(ask_event(warm, rule.format(slug))) in ("not-found", "unknown-route"), slug
    assert [call for call in warm.world.calls[before:] if call != "GetItem"] == []


@pytest.mark.parametrize("path", ["/v1\n", "/v1/events\n", f"{EVENT}\n", "/v1/problems/withdrawn\n", "/v1/schemas/event.json\n", "\n", ""])
def test_a_line_end_is_a_part_of_the_path(path: str, warm: Client) -> None:
    """No resource has a second path."""
    assert ask_event(warm, path).status in (308, 404)


@SEARCH
@given(path=st.text(max_size=60), rule=st.sampled_from(["/{}", "/v1/{}", "/v1/events/{}", "/v1/cases/{}/events", f"{EVENT}/{{}}", "{}"]))
def test_no_path_breaks_anything(path: str, rule: str, warm: Client) -> None:
    """Any text as a path is answered by the contract."""
    if not any("\ud800" <= character <= "\udfff" for character in path):
        assert ask_event(warm, rule.format(path)).status in (200, 308, 404)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_links_lead_somewhere(name: str, client: Client) -> None:
    """A page links to itself, its schema, the licence and the next page; a resource to itself and its schema."""
    page = ask(client, f"{path_of(name)}?limit=1")
    links = links_of(page)
    assert links["self"] == page.json["links"]["self"] == f"{path_of(name)}?limit=1"
    assert links["license"] == CONTRACT.license
    assert ("next" in links) == (page.json["page"]["total"] > 1)
    one = links_of(ask(client, path_of(page.json["data"][0]["id"])))
    assert ask(client, one["self"]).json == page.json["data"][0]
    for link in (links["describedby"], one["describedby"], page.json["links"]["describedby"]):
        described = ask(client, link)
        Draft202012Validator(described.json).validate(page.json["data"][0])


@pytest.mark.parametrize("name", COLLECTIONS)
def test_schemas_are_served_as_published(name: str, client: Client) -> None:
    """Byte for byte the committed document, at its own path."""
    target = f"/v1/schemas/{COLLECTIONS[name].singular}.json"
    reply = ask(client, target)
    assert reply.body == (PUBLISHED / f"{COLLECTIONS[name].singular}.json").read_text(encoding="utf-8")
    assert (reply.headers["content-type"], reply.json["$id"]) == ("application/schema+json", target)


@pytest.mark.parametrize("name", ["handlers.json", "nope.json", "event", "..%2Fv1%2Fevent.json", "event.json.bak"])
def test_other_files_are_not_served(name: str, client: Client) -> None:
    """The handlers' own table is not a schema, and no path leads out of the directory."""
    assert check_problem(ask_event(client, f"/v1/schemas/{name}")) == "not-found"


def test_a_resource_tells_when_it_was_last_modified(client: Client) -> None:
    """Last-Modified is the time of its revision's publication."""
    assert parsedate_to_datetime(ask(client, EVENT).headers["last-modified"]) == START


@pytest.mark.parametrize(
    ("target", "row"),
    [
        ("/", "static"),
        ("/v1", "current"),
        ("/v1/events", "current"),
        (EVENT, "current"),
        (f"{EVENT}?release=1", "pinned"),
        ("/v1/events?release=1", "pinned"),
        ("/v1/health", "none"),
        ("/v1/problems", "static"),
        ("/v1/schemas/event.json", "static"),
        ("/v1/releases/1", "pinned"),
        ("/v1/changes", "current"),
        ("/v1/nope", "brief"),
    ],
)
def test_answers_may_be_kept_as_long_as_the_contract_says(target: str, row: str, client: Client) -> None:
    """The current release for a short time, a named release for long on CloudFront, health never."""
    assert ask(client, target).headers["cache-control"] == CONTRACT.cache_control[row]


@pytest.mark.parametrize("broken", [{}, {"requestContext": None}, {"requestContext": {"http": {}}}, {"Records": []}])
def test_an_event_that_is_no_request_is_refused(broken: dict[str, object], client: Client) -> None:
    """An event that is not an HTTP API request gets an answer, not an exception."""
    answer = client.instance.resolve(json.loads(json.dumps(broken)), None)
    assert answer["statusCode"] == 400
