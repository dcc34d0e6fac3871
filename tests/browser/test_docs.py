"""The API reference in a browser: what a person sees on a screen and on a phone, that calls can be made, and that nobody else is asked."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Response, expect

PATIENCE = 30_000  # milliseconds; a bound for a test that hangs, as a page is waited for by what it shows
SCREEN, PHONE = (1280, 800), (390, 844)
CASE = "nine-north-koreans-viet-nam-2015"
EXAMPLE_ELSEWHERE = "https://elsewhere.example/image.png"
# What the page's policy forbade. Chromium says it on the console too, but an event says which directive it was.
NOTE_VIOLATIONS = "addEventListener('securitypolicyviolation', (violation) => console.error('forbidden: ' + violation.effectiveDirective))"

expect.set_options(timeout=PATIENCE)


@dataclass
class Visit:
    """A page, what it asked for, and what went wrong in it."""

    page: Page
    url: str
    requested: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Note everything from now on."""
        self.page.context.set_default_timeout(PATIENCE)
        self.page.context.on("request", lambda request: self.requested.append(request.url))
        self.page.on("websocket", lambda socket: self.requested.append(socket.url))
        self.page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url}"))
        self.page.on("console", self._said)
        self.page.on("pageerror", self._broke)
        self.page.add_init_script(NOTE_VIOLATIONS)

    def open(self, fragment: str = "") -> Response:
        """Open the reference and wait until it shows the operations."""
        answer = self.page.goto(f"{self.url}/docs{fragment}")
        assert answer is not None
        expect(self.page.locator(".opblock").first).to_be_visible()
        return answer

    def operation(self, path: str) -> Locator:
        """Return the block of an operation, opened."""
        block = self.page.locator(".opblock", has=self.page.locator(f'[data-path="{path}"]'))
        block.locator(".opblock-summary-control").click()
        expect(block.get_by_role("button", name="Execute")).to_be_visible()
        return block

    def execute(self, block: Locator, path: str) -> Response:
        """Make an operation's call and wait for the answer, which must come from that path, to be shown."""
        with self.page.expect_response(lambda answer: urlsplit(answer.url).path == path) as asked:
            block.get_by_role("button", name="Execute").click()
        expect(block.locator(".live-responses-table tbody .response-col_status")).to_contain_text(str(asked.value.status))
        return asked.value

    def fits(self) -> bool:
        """Tell whether nothing stands beyond the right edge."""
        wide, there = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        return bool(wide <= there)

    @property
    def elsewhere(self) -> list[str]:
        """What was asked of any other origin; an image that stands in the page itself asks nobody."""
        here = urlsplit(self.url)[:2]
        return [asked for asked in self.requested if urlsplit(asked)[:2] != here and not asked.startswith("data:")]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self.faults.append(f"{message.type}: {message.text}")

    def _broke(self, error: Error) -> None:
        self.faults.append(f"uncaught: {error}")


Visiting = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def visiting(browser: Browser, url: str) -> Visiting:
    """Visit with a browser of that size and with those options. Whatever the visit does, nothing may go wrong, and nobody else be asked."""

    @contextmanager
    def visit(size: tuple[int, int] = SCREEN, *, careless: bool = False, **options: Any) -> Iterator[Visit]:
        with browser.new_context(viewport={"width": size[0], "height": size[1]}, **options) as context:
            made = Visit(context.new_page(), url)
            yield made
            assert careless or (made.faults, made.elsewhere) == ([], [])
            assert made.requested

    return visit


@pytest.mark.parametrize("size", [SCREEN, PHONE], ids=["screen", "phone"])
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_a_call_can_be_made_and_its_answer_read(size: tuple[int, int], color_scheme: str, visiting: Visiting) -> None:
    """An operation opens, is executed as it stands and shows the body that was answered; all of it fits, before and after."""
    with visiting(size, color_scheme=color_scheme) as visit:
        visit.open()
        assert visit.fits()
        block = visit.operation("/v1/cases")
        assert visit.fits()
        answer = visit.execute(block, "/v1/cases")
        assert answer.status == 200
        shown = block.locator(".live-responses-table tbody .response-col_description .highlight-code code").first.text_content()
        assert json.loads(shown or "") == answer.json()
        assert CASE in (shown or "")
        assert visit.fits()


def test_only_what_a_person_filled_in_is_sent(visiting: Visiting) -> None:
    """Examples stand beside the fields; a call sends none of them, and what was filled in as it was."""
    with visiting() as visit:
        visit.open()
        block = visit.operation("/v1/events")
        expect(block.locator("tr[data-param-name=country]")).to_contain_text("For example")
        first = visit.execute(block, "/v1/events")
        assert set(parse_qs(urlsplit(first.url).query)) <= {"limit", "sort"}
        assert "if-none-match" not in first.request.headers
        block.locator("tr[data-param-name=limit] input").fill("2")
        second = visit.execute(block, "/v1/events")
        assert parse_qs(urlsplit(second.url).query)["limit"] == ["2"]
        assert len(second.json()["data"]) == 2


def test_a_resource_can_be_asked_for(visiting: Visiting) -> None:
    """What a path needs is typed in, on a phone."""
    with visiting(PHONE) as visit:
        visit.open()
        block = visit.operation("/v1/cases/{slug}")
        block.locator("tr[data-param-name=slug] input").fill(CASE)
        assert visit.execute(block, f"/v1/cases/{CASE}").json()["id"] == f"cases/{CASE}"
        assert visit.fits()


def test_every_operation_of_the_specification_is_there(visiting: Visiting) -> None:
    """Each path of the published specification stands in the list, under the specification's title, and it draws no complaint."""
    with visiting() as visit:
        visit.open()
        specification = visit.page.request.get(f"{visit.url}/v1/openapi.json").json()
        paths = visit.page.locator(".opblock-summary-path").evaluate_all("every => every.map(one => one.dataset.path)")
        assert sorted(paths) == sorted(specification["paths"])
        expect(visit.page.locator(".info .title")).to_contain_text(specification["info"]["title"])
        expect(visit.page.locator(".errors-wrapper, .error-wrapper")).to_have_count(0)


@pytest.mark.parametrize("size", [SCREEN, PHONE], ids=["screen", "phone"])
def test_operations_of_every_kind_fit(size: tuple[int, int], visiting: Visiting) -> None:
    """Whatever its parameters and answers are, each can be read without scrolling sideways, and draws nothing that the policy forbids."""
    with visiting(size) as visit:
        visit.open()
        for path in ("/v1", "/v1/releases", "/v1/changes", "/v1/events", "/v1/cases/{slug}", "/v1/cases/{slug}/revisions/{number}"):
            block = visit.operation(path)
            assert visit.fits(), path
            block.locator(".opblock-summary-control").click()
            expect(block.locator(".opblock-body")).to_have_count(0)


def test_a_link_leads_to_one_operation(visiting: Visiting) -> None:
    """The fragment of an operation's address opens it."""
    with visiting() as visit:
        visit.open("#/cases/listCases")
        expect(visit.page.locator(".opblock.is-open .opblock-summary-path")).to_have_attribute("data-path", "/v1/cases")


def test_no_link_shows_the_specification_of_somebody_else(visiting: Visiting) -> None:
    """What Swagger UI would take from the query is refused by the server."""
    with visiting(careless=True) as visit:
        answer = visit.page.goto(f"{visit.url}/docs?url=https://elsewhere.example/openapi.json")
        assert answer is not None
        assert answer.status == 400
        assert visit.elsewhere == []


def test_the_page_is_dark_where_the_person_wants_it_dark(visiting: Visiting) -> None:
    """It follows the system's choice, and its change."""
    with visiting(color_scheme="light") as visit:
        visit.open()
        root = visit.page.locator("html")
        expect(root).not_to_have_class("dark-mode")
        visit.page.emulate_media(color_scheme="dark")
        expect(root).to_have_class("dark-mode")


def test_the_page_can_be_used_by_keyboard(visiting: Visiting) -> None:
    """Tab reaches the header's links first; Enter opens the operation that has the focus."""
    with visiting() as visit:
        visit.open()
        visit.page.keyboard.press("Tab")
        expect(visit.page.get_by_role("navigation").get_by_role("link").first).to_be_focused()
        block = visit.page.locator(".opblock", has=visit.page.locator('[data-path="/v1/health"]'))
        block.locator(".opblock-summary-control").focus()
        visit.page.keyboard.press("Enter")
        expect(block.get_by_role("button", name="Execute")).to_be_visible()


def test_the_page_says_where_the_specification_is_without_a_script(visiting: Visiting) -> None:
    """Title, language, and links that lead there."""
    with visiting(PHONE, java_script_enabled=False) as visit:
        visit.page.goto(f"{visit.url}/docs")
        assert visit.page.title() == "Article 33: API reference"
        expect(visit.page.locator("html")).to_have_attribute("lang", "en")
        link = visit.page.get_by_role("main").get_by_role("link", name="/v1/openapi.json")
        expect(link).to_be_visible()
        assert visit.page.request.get(f"{visit.url}{link.get_attribute('href')}").status == 200


@pytest.mark.parametrize(
    ("directive", "act"),
    [
        ("style-src-attr", "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\"></p>')"),
        ("style-src-elem", "document.body.append(Object.assign(document.createElement('style'), { textContent: 'p { color: red }' }))"),
        ("script-src-elem", "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = true' }))"),
        ("script-src-attr", "(document.body.setAttribute('onclick', 'window.ran = true'), document.body.click())"),
        ("img-src", f"document.body.append(Object.assign(new Image(), {{ src: '{EXAMPLE_ELSEWHERE}' }}))"),
        ("connect-src", f"fetch('{EXAMPLE_ELSEWHERE}').catch(() => null)"),
        ("base-uri", "document.head.append(Object.assign(document.createElement('base'), { href: 'https://elsewhere.example' }))"),
    ],
)
def test_the_browser_enforces_the_policy(directive: str, act: str, visiting: Visiting) -> None:
    """What the page must not do is forbidden, and noted by these tests, which else would prove nothing by finding nothing."""
    with visiting(careless=True) as visit:
        visit.open()
        assert visit.faults == []
        with visit.page.expect_console_message(lambda message: message.text == f"forbidden: {directive}"):
            visit.page.evaluate(f"void {act}")
        assert f"error: forbidden: {directive}" in visit.faults
        assert not visit.page.evaluate("window.ran")


def test_the_policy_is_strict(visiting: Visiting) -> None:
    """Nothing by default, no exception for what stands inline, and no origin but this one."""
    with visiting() as visit:
        policy = visit.open().headers["content-security-policy"]
        directives = dict(directive.split(maxsplit=1) for directive in policy.split("; "))
        assert directives["default-src"] == "'none'"
        assert {name for name, allowed in directives.items() if allowed == "'none'"} >= {"base-uri", "form-action", "frame-ancestors"}
        assert {source for allowed in directives.values() for source in allowed.split()} == {"'none'", "'self'", "data:"}
        assert [name for name, allowed in directives.items() if "data:" in allowed] == ["img-src"]
