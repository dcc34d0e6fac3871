"""A request can't change anything, and no answer shows more than was published.

A client can't write, redirect others to another host, poison a cache, or learn about the implementation and unpublished content.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest

from handlers.resolver import READ_METHODS
from tests.conftest import ROOT, SEED, Client, World
from tests.contract.asking import ask, ask_event, event, links_of, sha256
from tests.contract.planting import publish
from tests.record.killing import Killed, killed
from tests.record.memory import memory_world
from workbench.planning import published_contents
from workbench.templates import TEMPLATE, read_template

ACTOR = "/v1/actors/viet-nam"
TARGETS = (
    *("/", "/v1", "/v1/health", "/v1/events?limit=2", ACTOR, f"{ACTOR}?fields=name", f"{ACTOR}?release=1", f"{ACTOR}/revisions"),
    *(f"{ACTOR}/timemap", "/v1/changes", "/v1/releases", "/v1/problems/withdrawn", "/docs", "/robots.txt", "/v1/openapi.json"),
    *("/V1/Actors/", "/v1/actors/nobody", "/nothing", "/v1/events?bogus=1", "/v1/events?cursor=x", f"{ACTOR}?format=xml"),
)
READS = {"GetItem", "BatchGetItem", "Query"}
HEADERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("x-http-method-override", "x-http-method", "x-method-override"), ("DELETE", "PUT", "HEAD")),
    **dict.fromkeys(("x-original-url", "x-rewrite-url", "x-forwarded-prefix", "x-forwarded-path"), ("/v1/problems", "/evil")),
    **dict.fromkeys(("host", "x-forwarded-host", "x-host", "x-forwarded-server", "x-original-host"), ("evil.example", "evil.example:1")),
    **dict.fromkeys(("x-forwarded-proto", "x-forwarded-scheme", "x-forwarded-ssl", "front-end-https"), ("http", "on", "nothttps")),
    **dict.fromkeys(
        ("x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip", "via"), ("127.0.0.1", "for=127.0.0.1;host=evil.example")
    ),
    "accept": ("text/csv", "text/html", "application/ld+json", "image/png", "*/*;q=0"),
    "accept-datetime": ("Mon, 23 Nov 2026 12:00:00 GMT", "nonsense"),
    **dict.fromkeys(("accept-language", "accept-charset", "accept-encoding"), ("ko", "utf-16", "gzip")),
    **dict.fromkeys(("range", "if-range", "if-match", "if-unmodified-since"), ("bytes=0-1", '"x"', "Mon, 23 Nov 2020 12:00:00 GMT")),
    "if-none-match": ("*", '"x"'),
    "if-modified-since": ("Tue, 24 Nov 2026 12:00:00 GMT",),
    **dict.fromkeys(("cache-control", "pragma", "prefer", "te", "expect", "upgrade", "connection"), ("no-cache", "100-continue")),
    **dict.fromkeys(
        ("cookie", "authorization", "origin", "referer", "user-agent", "from"), ("session=1", "Bearer x", "https://evil.example")
    ),
    **dict.fromkeys(("access-control-request-method", "access-control-request-headers", "sec-fetch-mode"), ("DELETE", "cors")),
    **dict.fromkeys(("content-type", "content-length", "transfer-encoding", "x-request-id", "x-amzn-trace-id"), ("text/xml", "5", "x")),
    "x-padding": ("x" * 9_000,),
}
CONDITIONAL = {"if-none-match", "if-modified-since"}  # CloudFront answers them itself, from its cache
BREAKS = (
    "\r\nX-Evil: 1",
    "\nX-Evil: 1",
    "\r\n\r\n<html>",
    "%0d%0aX-Evil:%201",
    "%0D%0A%0D%0A",
    "\u2028X-Evil: 1",
    "\x00",
    "\x85X-Evil: 1",
    "嘊嘍X-Evil: 1",
)


def answer(client: Client, asked: Mapping[str, Any]) -> Any:
    """Return the whole answer."""
    return client.instance.resolve(asked, None)


@cache
def names_of_cache_key() -> set[str]:
    """Return the headers in the cache key of CloudFront."""
    policy = read_template(TEMPLATE)["Resources"]["CachePolicy"]["Properties"]["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}, "every parameter is in it"
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    return {name.lower() for name in key["HeadersConfig"]["Headers"]}


def test_answers_depend_on_nothing_that_is_not_in_the_cache_key(warm: Client) -> None:
    """Every header that changes an answer is in CloudFront's cache key, or the answer may not be cached."""
    differing = set()
    for target in TARGETS:
        plain = answer(warm, event(target))
        for name, values in HEADERS.items():
            for value in values:
                asked = answer(warm, event(target, {name: value}))
                if asked != plain and (name in names_of_cache_key() | CONDITIONAL or asked["headers"]["Cache-Control"] != "no-store"):
                    differing.add(name)
    assert differing == names_of_cache_key() | CONDITIONAL
    assert {name.lower() for name in answer(warm, event("/v1"))["headers"]["Vary"].split(", ")} == names_of_cache_key()


@pytest.mark.parametrize("target", TARGETS)
def test_answers_depend_on_nothing_else_in_an_event(target: str, warm: Client) -> None:
    """Not on the body of a GET, a cookie, host, address or user agent, nor on parameters outside the query."""
    plain = answer(warm, event(target))
    others: dict[str, Any] = {
        "body": '{"release": 1}',
        "isBase64Encoded": True,
        "cookies": ["release=1"],
        "queryStringParameters": {"limit": "1", "bogus": "1"},
        "pathParameters": {"proxy": "v1/problems"},
        "stageVariables": {"table": "other"},
        "routeKey": "DELETE /",
    }
    for name, value in others.items():
        assert answer(warm, event(target) | {name: value}) == plain, name
    for name, value in (("domainName", "evil.example"), ("stage", "other"), ("accountId", "1"), ("authorizer", {"x": "y"})):
        asked = event(target)
        asked["requestContext"][name] = value
        assert answer(warm, asked) == plain, name
    for name in ("sourceIp", "userAgent", "protocol", "path"):
        asked = copy.deepcopy(event(target))
        asked["requestContext"]["http"][name] = "other"
        assert answer(warm, asked) == plain, name


def test_no_request_writes(seeded: World) -> None:
    """With any method, or an override in a header or a parameter, DynamoDB is only read, and the table stays the same."""
    client = seeded.api()
    before = {(item["pk"]["S"], item["sk"]["S"]): item for page in seeded.store.scan() for item in page}
    asked = len(seeded.calls)
    for target in TARGETS:
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"):
            for extra in ("", "_method=DELETE", "_method=PUT&_HttpMethod=PUT"):
                joined = f"{target}{'&' if '?' in target else '?'}{extra}" if extra else target
                got = answer(client, event(joined, {"x-http-method-override": "DELETE"}, method) | {"body": '{"name": "x"}'})
                assert method in READ_METHODS or got["statusCode"] in (308, 404, 405)
                assert not extra or method not in ("GET", "HEAD") or got["statusCode"] in (308, 400, 404, 406)
    assert set(seeded.calls[asked:]) <= READS
    assert {(item["pk"]["S"], item["sk"]["S"]): item for page in seeded.store.scan() for item in page} == before


@pytest.mark.parametrize("mark", BREAKS, ids=ascii)
def test_what_is_said_back_adds_no_header(mark: str, warm: Client) -> None:
    """Paths, queries and headers with line ends, raw, encoded or disguised: an answer has only its usual headers."""
    known = {name for target in TARGETS for name in answer(warm, event(target))["headers"]} | {"Allow", "Content-Location"}
    places = [
        *(event(f"{ACTOR}{mark}"), event(f"/v1/{mark}"), event(f"/V1/Actors/{mark}"), event(f"/v1/problems/{mark}")),
        *(event(f"{ACTOR}?fields=name&x={mark}"), event(f"/v1/events?limit=1&cursor={mark}"), event(f"/V1/Actors/?x={mark}")),
        *(event(f"/v1/events?limit=1&sort=date{quote(mark)}"), event(f"{ACTOR}?{mark}=1"), event(f"/V1/Actors?{quote(mark)}")),
        *(event(ACTOR, {name: f"*/*{mark}"}) for name in ("accept", "accept-datetime", "if-none-match", "host", "x-request-id", "origin")),
        event(ACTOR, method=f"GET{mark}"),
    ]
    for asked in places:
        got = answer(warm, asked)
        assert set(got["headers"]) <= known
        assert all(value.isascii() and value.isprintable() for value in got["headers"].values())
        assert got["cookies"] == []


ELSEWHERE = (
    *(
        "//evil.example",
        "//evil.example/V1",
        "/\\evil.example/V1/",
        "/V1//evil.example",
        "///V1/",
        "/%2F%2Fevil.example/V1/",
        "//V1/Actors/",
    ),
    *("https://evil.example/V1/", "/V1/https://evil.example/", "/V1/Actors/..//evil.example", "/.//evil.example/V1", "/V1/@evil.example/"),
    *("/V1/Actors/", "/V1", "/v1/", "/V1/Actors/Viet-Nam", "/V1/Problems/Withdrawn", "/DOCS", "/Robots.txt/", "/V1/\t/evil.example", "//"),
)


@pytest.mark.parametrize("path", ELSEWHERE, ids=ascii)
def test_a_redirect_stays_here(path: str, warm: Client) -> None:
    """A path in another case or with a slash too many leads to this host, and to something that answers there."""
    for query in ("", "next=//evil.example", "@evil.example", "//evil.example", "url=https://evil.example&x=\\"):
        reply = ask_event(warm, path, query)
        assert reply.status in (308, 400, 404)
        if reply.status == 308:
            location = reply.headers["location"]
            assert re.match(r"/(?![/\\])", location)
            assert urlsplit(urljoin("https://api.example.org/x/y", location)).netloc == "api.example.org"
            assert ask(warm, location).status in (200, 400)


# Names of libraries, places and versions. Swagger UI's files name themselves and are served as published.
INSIDE = re.compile(
    r"botocore|boto3|urllib3|aws[_-]lambda|powertools|granian|moto\b|pytest|CPython|python/\d|Traceback|site-packages|/var/task|/opt/|/home/"
    r"|arn:aws|amazonaws|AKIA[0-9A-Z]{12}|eu-central-1|X-Article33-Origin|LIST#|DOC#|ProvisionedThroughput",
    re.IGNORECASE,
)


def test_no_answer_tells_how_it_is_made(seeded: World) -> None:
    """No library, version, path, table or secret in body or headers, also if something failed."""

    def told(client: Client) -> Iterator[tuple[str, list[str]]]:
        for target in TARGETS:
            for method in ("GET", "POST"):
                got = answer(client, event(target, method=method))
                shown = "\n".join((got["body"], *got["headers"], *got["headers"].values()))
                found = INSIDE.findall(shown) + [secret for secret in (str(ROOT), "testing") if secret in shown]
                if found:
                    yield target, found

    assert list(told(seeded.api())) == []
    failing = memory_world()
    assert failing.publish_files(SEED) == 1
    client = failing.api()

    def fail(**_: object) -> None:
        raise RuntimeError(f"arn:aws:iam::1:role/x in {ROOT} by botocore 1.2.3")

    for operation in ("get_item", "batch_get_item", "query"):
        setattr(failing.reading.client, operation, fail)
    assert answer(client, event(ACTOR))["statusCode"] == 500
    assert list(told(client)) == []


def test_what_is_not_public_yet_is_as_if_it_never_was() -> None:
    """A publish that is running, or died, has written a resource: its id looks like one that never existed."""
    world = memory_world()
    assert world.publish_files(SEED) == 1
    contents = dict(published_contents(world.store))
    coming, never = "actors/coming-soon-x", "actors/never-was-abc"
    assert len(coming) == len(never), "what is said back is as long"
    contents[coming] = contents["actors/viet-nam"]
    with killed(world.store, 4, after=True), pytest.raises(Killed):
        publish(world, contents)
    assert any(item["pk"]["S"] == f"DOC#{coming}" for page in world.store.scan() for item in page), "it is written, and not released"
    shown = []
    for path in (coming, never):
        client = world.api()
        asked = len(world.calls)
        answers = []
        for rest in ("", "/revisions", "/revisions/1", "/timemap", "?release=1", "?fields=name", "/cases", "/statements"):
            for method in ("GET", "HEAD"):
                got = answer(client, event(f"/v1/{path}{rest}", {"if-none-match": "*"}, method))
                answers.append((got["statusCode"], got["headers"], got["body"].replace(path, "x"), len(got["body"])))
        for query in (f"actor={path}", f"actor={path}&release=1"):
            got = answer(client, event(f"/v1/statements?{query}"))
            body = got["body"].replace(quote(path, safe=""), "x").replace(path, "x")
            links = {name: target.replace(path, "x") for name, target in links_of(ask(client, f"/v1/statements?{query}")).items()}
            answers.append((got["statusCode"], links, body, len(got["body"])))
            assert got["headers"]["ETag"] == sha256(got["body"])
        shown.append((answers, world.calls[asked:]))
    assert shown[0] == shown[1]
