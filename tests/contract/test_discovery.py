"""How a client that knows only the host finds the rest: root, start, catalogue, contacts, problems, and the contract as files."""

import datetime
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from handlers import pages
from handlers.app import make_app
from handlers.contract import PUBLISHED, contract
from tests.conftest import START, Client, World, silent
from tests.contract.asking import COLLECTIONS, CONTRACT, ask, check_problem, faults, links_of, sha256

HERE = "https://api.example"
CATALOG = "/.well-known/api-catalog"
SECURITY = "/.well-known/security.txt"
CONTACT = "mailto:security@example.org"
STATIC = [
    "/",
    CATALOG,
    "/robots.txt",
    "/v1/problems",
    "/v1/problems/withdrawn",
    "/v1/openapi.json",
    "/v1/context.jsonld",
    *(f"/v1/schemas/{collection.singular}.json" for collection in COLLECTIONS.values()),
]
REFERENCE = ["/docs", "/docs/setup.js", "/docs/page.css", "/docs/swagger-ui.js", "/docs/swagger-ui.css"]
PAGES = ["/v1/problems", *(f"/v1/problems/{slug}" for slug in CONTRACT.problems)]
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}


@pytest.fixture(scope="module")
def reachable(seeded: World) -> Client:
    """The API of a deployment with a security contact."""
    return Client(make_app(contract(), seeded.reader(), seeded.clock.datetime, silent(), contact=CONTACT), seeded)


@pytest.mark.parametrize("target", [*STATIC, *REFERENCE, SECURITY, "/v1"])
def test_each_is_answered_to_head_and_revalidated(target: str, reachable: Client) -> None:
    """HEAD has the headers of GET; the ETag gives a 304 to both; an unknown parameter is named."""
    full = ask(reachable, target)
    assert full.status == 200
    headed = ask(reachable, target, method="HEAD")
    assert (headed.status, dict(headed.headers), headed.body) == (200, dict(full.headers), "")
    for method in ("GET", "HEAD"):
        reply = ask(reachable, target, {"If-None-Match": full.headers["etag"]}, method)
        assert (reply.status, reply.body, reply.headers["etag"]) == (304, "", full.headers["etag"])
        assert reply.headers["cache-control"] == full.headers["cache-control"]
    if target != "/v1":
        assert full.headers["cache-control"] == CONTRACT.cache_control["static"]
    assert faults(ask(reachable, f"{target}?bogus=1")) == {"bogus": "unknown-parameter"}
    assert ask(reachable, target, method="POST").status == 405


@pytest.mark.parametrize("target", ["/", "/v1", CATALOG])
def test_every_link_leads_somewhere(target: str, warm: Client) -> None:
    """Links of the header and of the body. Only the licence is on another host."""
    reply = ask(warm, target)
    found = [*links_of(reply).values(), *paths_in(reply.json)]
    assert found
    for link in found:
        if link.startswith("https://"):
            assert link == CONTRACT.license
        elif "{" not in link:
            assert ask(warm, link).status == 200, link


def paths_in(value: Any) -> Iterator[str]:
    """Yield every path or URL in a body."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from paths_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from paths_in(inner)
    elif isinstance(value, str) and re.fullmatch(r"(/|https://)\S*", value):
        yield value


def test_the_catalogue_is_one(warm: Client) -> None:
    """RFC 9727: a linkset (RFC 9264) with the profile, an item for each API, its description, documentation and status; HEAD links too."""
    reply = ask(warm, CATALOG)
    assert reply.headers["content-type"] == 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
    body = reply.json
    assert list(body) == ["linkset"]
    by_anchor = {context["anchor"]: context for context in body["linkset"]}
    assert len(by_anchor) == len(body["linkset"])
    for context in body["linkset"]:
        for relation, targets in context.items():
            assert relation == "anchor" or (targets and all(urljoin(HERE, target["href"]) for target in targets))
    items = [item["href"] for item in by_anchor[CATALOG]["item"]]
    assert items == ["/v1"]
    for item in items:
        described = by_anchor[item]
        assert {"service-desc", "service-doc", "status"} <= set(described)
        for relation in ("service-desc", "service-doc", "status"):
            for target in described[relation]:
                served = ask(warm, target["href"], {"Accept": target["type"]})
                assert (served.status, served.headers["content-type"].partition(";")[0]) == (200, target["type"])
    assert links_of(ask(warm, CATALOG, method="HEAD"))["api-catalog"] == CATALOG
    assert links_of(ask(warm, "/"))["api-catalog"] == CATALOG
    assert ask(warm, CATALOG, {"Accept": "application/linkset+json"}).status == 200


def test_a_contact_is_said_where_there_is_one(reachable: Client) -> None:
    """RFC 9116: UTF-8 text, one field per line, a contact that is a URI, and an expiry date within a year."""
    reply = ask(reachable, SECURITY)
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.body.endswith("\n")
    fields = [line.split(": ", 1) for line in reply.body.splitlines()]
    assert [value for name, value in fields if name == "Contact"] == [CONTACT]
    assert len({name for name, _ in fields}) == len(fields)
    (expires,) = [value for name, value in fields if name == "Expires"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", expires)
    left = datetime.datetime.fromisoformat(expires) - START
    assert datetime.timedelta(days=30) < left < datetime.timedelta(days=365)


def test_without_a_contact_there_is_no_file(warm: Client) -> None:
    """Without a contact, the file would not be a valid security.txt."""
    for method in ("GET", "HEAD"):
        reply = ask(warm, SECURITY, method=method)
        assert reply.status == 404
    assert check_problem(ask(warm, SECURITY)) == "not-found"


def test_crawlers_may_read_everything(warm: Client) -> None:
    """RFC 9309."""
    reply = ask(warm, "/robots.txt")
    assert (reply.headers["content-type"], reply.body) == ("text/plain; charset=utf-8", "User-agent: *\nAllow: /\n")


@pytest.mark.parametrize(
    ("target", "name", "media_type"),
    [
        ("/v1/openapi.json", "openapi.json", "application/vnd.oai.openapi+json"),
        ("/v1/context.jsonld", "context.jsonld", "application/ld+json"),
        *(
            (f"/v1/schemas/{collection.singular}.json", f"{collection.singular}.json", "application/schema+json")
            for collection in COLLECTIONS.values()
        ),
    ],
)
def test_the_contract_is_served_as_committed(target: str, name: str, media_type: str, warm: Client) -> None:
    """Byte for byte, with its own media type or as JSON; the ETag is the digest of the bytes in both cases."""
    committed = (PUBLISHED / name).read_bytes()
    for accept, expected in ((None, media_type), ("*/*", media_type), (media_type, media_type), ("application/json", "application/json")):
        reply = ask(warm, target, {"Accept": accept} if accept else {})
        assert reply.body.encode() == committed
        assert reply.headers["etag"] == sha256(committed.decode())
        assert reply.headers["content-type"] == expected
    assert check_problem(ask(warm, target, {"Accept": "text/html"})) == "not-acceptable"


@pytest.mark.parametrize(
    ("target", "media_type"),
    [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/setup.js", "text/javascript; charset=utf-8"),
        ("/docs/page.css", "text/css; charset=utf-8"),
        ("/docs/swagger-ui.js", "text/javascript; charset=utf-8"),
        ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/css,*/*;q=0.1", BROWSER["Accept"]])
def test_the_reference_is_served_as_a_browser_asks_for_it(target: str, media_type: str, accept: str, warm: Client) -> None:
    """With the media type of the file, without sniffing, and nothing may be loaded from other hosts."""
    reply = ask(warm, target, {"Accept": accept})
    assert (reply.status, reply.headers["content-type"]) == (200, media_type)
    if target == "/docs":
        check_policy(reply.headers["content-security-policy"])
        assert "script-src 'self';" in reply.headers["content-security-policy"]
        for name, link in Page.of(reply.body).addresses:
            if not link.startswith(("data:", "#")):
                assert (name, ask(warm, link, {"Accept": "*/*"}).status) == (name, 200)


class Page(HTMLParser):
    """A page: its elements, its text and its URLs."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[str] = []
        self.addresses: list[tuple[str, str]] = []
        self.text = ""

    @classmethod
    def of(cls, body: str) -> "Page":
        """Return a page from its source."""
        page = cls()
        page.feed(body)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.addresses += [(tag, value or "") for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data


def check_policy(policy: str) -> None:
    """Check that a policy allows nothing from other hosts and nothing inline."""
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert directives["default-src"] == directives["base-uri"] == directives["form-action"] == directives["frame-ancestors"] == ["'none'"]
    for sources in directives.values():
        assert set(sources) <= {"'none'", "'self'", "data:"}


@pytest.mark.parametrize("target", PAGES)
def test_a_problem_is_explained_to_a_person(target: str, warm: Client) -> None:
    """A page without inline scripts, styles or frames, with links to this host only, and with the same text as the JSON."""
    plain = ask(warm, target)
    assert plain.headers["content-type"] == "application/json"
    assert "content-security-policy" not in plain.headers
    reply = warm.get(target, BROWSER)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    check_policy(reply.headers["content-security-policy"])
    assert "script" not in reply.headers["content-security-policy"]
    page = Page.of(reply.body)
    assert not {"script", "style", "iframe", "object", "embed", "form", "base", "img"} & set(page.elements)
    assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
    for row in plain.json.get("data", [plain.json]):
        for member in ("title", "type", "meaning", "remedy"):
            assert row[member] in page.text
        assert f"Status {row['status']}" in page.text
    for _, link in page.addresses:
        assert urlsplit(link).netloc == ""
        assert warm.get(link, {"Accept": "*/*"}).status == 200
    assert reply.headers["etag"] == sha256(reply.body) != plain.headers["etag"]
    assert warm.get(target, {**BROWSER, "If-None-Match": reply.headers["etag"]}).status == 304
    assert warm.get(target, {**BROWSER, "If-None-Match": plain.headers["etag"]}).status == 200


@pytest.mark.parametrize("target", ["/v1/problems", "/v1/problems/withdrawn"])
def test_the_page_of_a_problem_is_as_specified(target: str, warm: Client) -> None:
    """Its policy is among the headers of the specification."""
    assert ask(warm, target, BROWSER).status == 200


def test_what_stands_in_a_page_is_text() -> None:
    """Titles and rows can't start or end an element, and braces in them are not placeholders."""
    nasty = "</title><script>alert(1)</script><img src=x onerror='x'>&amp;\"'{title}{sections}{0}"
    row = {"title": nasty, "status": 400, "type": nasty, "meaning": nasty, "remedy": nasty}
    shown = pages.answer(nasty, [pages.problem(row)], CONTRACT.version)
    page = Page.of(shown.body)
    assert not {"script", "img"} & set(page.elements)
    assert page.text.count(nasty) == 5
    check_policy(shown.headers["Content-Security-Policy"])


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/html", "text/html"),
        ("text/*", "text/html"),
        ("application/json, text/html", "application/json"),
        ("text/html;q=0.5, application/json;q=0.4", "text/html"),
    ],
)
def test_programs_get_json_and_browsers_a_page(accept: str | None, expected: str, warm: Client) -> None:
    """A client without an Accept header gets JSON."""
    for target in ("/v1/problems", "/v1/problems/internal"):
        reply = warm.get(target, {"Accept": accept} if accept else {})
        assert reply.headers["content-type"].partition(";")[0] == expected
    missing = warm.get("/v1/problems/nope", {"Accept": accept} if accept else {})
    assert check_problem(missing) == "not-found"


def test_the_start_names_every_document_of_the_contract(warm: Client) -> None:
    """Each schema, the context and the specification are linked from there, and the specification names every route."""
    start = ask(warm, "/v1").json
    assert ask(warm, start["links"]["openapi"]).json == json.loads((PUBLISHED / "openapi.json").read_bytes())
    assert {row["schema"] for row in start["collections"].values()} == {f"/v1/schemas/{one.singular}.json" for one in COLLECTIONS.values()}
    assert ask(warm, start["links"]["context"]).headers["content-type"] == "application/ld+json"
