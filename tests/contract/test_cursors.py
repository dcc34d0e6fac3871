"""Cursors: each continues its own list at its own release, and a forged one causes no failure."""

import base64
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Client
from tests.contract.asking import SEARCH, ask, ask_event, check_problem, ids
from tests.contract.editing import ACTOR, raise_epoch, three_releases
from tests.record.memory import memory_world


def cursor_of(target: str) -> str:
    """Return the cursor in a link."""
    return parse_qs(urlsplit(target).query)["cursor"][0]


def forged(cursor: str, **members: object) -> str:
    """Return a cursor with some members changed."""
    names = ("release", "epoch", "list", "place")
    opened = dict(zip(names, json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))), strict=True))
    raw = json.dumps([(opened | members)[name] for name in names], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def test_no_question_is_put_in_a_way_that_dynamodb_refuses(api: Client, ranges: list[tuple[str, str]]) -> None:
    """At the end of the feed, with a cursor of a later release at an earlier one, and with a place outside the list."""
    end = ask(api, "/v1/changes?limit=100").json["page"]["resume"]
    assert ask(api, f"{end}&release=1").status in (200, 400)
    following = ask(api, "/v1/events?limit=2").json["page"]["next"]
    for place in ("", "~", "\U0001f600", "0", "2015", "!"):
        for sort in ("date", "-date"):
            cursor = cursor_of(ask(api, f"/v1/events?limit=2&sort={sort}").json["page"]["next"])
            assert ask(api, f"/v1/events?limit=2&sort={sort}&cursor={forged(cursor, place=place)}").status in (200, 400)
        feed = cursor_of(ask(api, "/v1/changes?limit=2").json["page"]["next"])
        assert ask(api, f"/v1/changes?limit=2&cursor={forged(feed, place=place)}").status in (200, 400)
    assert ask(api, following).status == 200
    assert [bounds for bounds in ranges if bounds[0] > bounds[1]] == []


@pytest.mark.parametrize(
    "changed_query", ["sort=-date", "sort=id", "country=CN", "from=2015", "act=arrest", "case=cases/nine-north-koreans-viet-nam-2015"]
)
def test_a_cursor_belongs_to_its_list(changed_query: str, api: Client) -> None:
    """With other filters or another order it is refused. Another limit or choice of fields does not change the list."""
    cursor = cursor_of(ask(api, "/v1/events?limit=2").json["page"]["next"])
    assert check_problem(ask(api, f"/v1/events?{changed_query}&cursor={cursor}")) == "invalid-cursor"
    assert [row["id"] for row in ask(api, f"/v1/events?limit=1&fields=name&cursor={cursor}").json["data"]] == ids(api, "/v1/events")[2:3]
    for other in ("/v1/sources", "/v1/releases", "/v1/changes", f"/v1/{ACTOR}/revisions"):
        assert check_problem(ask(api, f"{other}?cursor={cursor}")) == "invalid-cursor"


def test_a_cursor_belongs_to_its_release(api: Client) -> None:
    """It continues at its own release; naming another release is refused."""
    following = ask(api, "/v1/events?limit=2&release=2").json["page"]["next"]
    assert ask(api, following).json["page"]["release"] == 2
    cursor = cursor_of(following)
    assert check_problem(ask(api, f"/v1/events?limit=2&release=1&cursor={cursor}")) == "conflicting-parameters"
    assert check_problem(ask(api, f"/v1/events?limit=2&as_of=2026-11-23&cursor={cursor}")) == "conflicting-parameters"
    for members in ({"release": 4}, {"release": 0}, {"epoch": 1}, {"epoch": -1}, {"release": True}, {"place": "a\nb"}, {"list": "x"}):
        assert check_problem(ask(api, f"/v1/events?limit=2&cursor={forged(cursor, **members)}")) == "invalid-cursor"


LISTS = [
    "/v1/events?limit=2",
    "/v1/actors?limit=1&sort=-name&country=VN",
    "/v1/releases?limit=1",
    "/v1/changes?limit=3",
    f"/v1/{ACTOR}/revisions?limit=1",
]


@SEARCH
@given(target=st.sampled_from(LISTS), place=st.integers(0, 200), character=st.characters(codec="ascii"), cut=st.booleans())
def test_a_tampered_cursor_is_refused(target: str, place: int, character: str, cut: bool, api: Client) -> None:
    """One character changed, or the rest cut off: a 400, unless nothing was changed."""
    following = ask(api, target).json["page"]["next"]
    cursor = cursor_of(following)
    place %= len(cursor)
    tampered = cursor[:place] if cut else cursor[:place] + character + cursor[place + 1 :]
    reply = ask_event(api, urlsplit(target).path, f"{urlsplit(target).query}&{urlencode({'cursor': tampered})}")
    if tampered == cursor:
        assert reply.status == 200
    else:
        # A changed character may give a valid place, which then works, or an unknown release.
        assert reply.status in (200, 400)
        assert reply.status == 200 or check_problem(reply) in ("invalid-cursor", "conflicting-parameters")


@SEARCH
@given(
    target=st.sampled_from(LISTS),
    release=st.one_of(st.integers(), st.none()),
    epoch=st.one_of(st.integers(-1, 2), st.booleans()),
    place=st.one_of(st.text(st.characters(codec="utf-8"), max_size=40), st.integers(0).map(str)),
)
def test_a_forged_cursor_breaks_nothing(target: str, release: int | None, epoch: int, place: str, api: Client) -> None:
    """A forged cursor gets a page of public content or a refusal."""
    cursor = cursor_of(ask(api, target).json["page"]["next"])
    assert ask(api, f"{target}&cursor={forged(cursor, release=release, epoch=epoch, place=place)}").status in (200, 400)


def test_a_redaction_ends_cursors_and_leaves_the_feed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A list's cursor expires; the feed's continues, because it tells readers of the redaction."""
    changed = memory_world()
    three_releases(changed, tmp_path_factory)
    client = changed.api()
    following, resume = ask(client, "/v1/events?limit=2").json["page"]["next"], ask(client, "/v1/changes?since=3").json["page"]["resume"]
    raise_epoch(changed)
    assert check_problem(ask(client, following)) == "cursor-expired"
    assert ask(client, resume).status == 200
    assert ask(client, ask(client, "/v1/events?limit=2").json["page"]["next"]).status == 200


@pytest.mark.parametrize("name", ["\ud800", "\u00e9", "", "x" * 500])
def test_a_forged_list_is_refused(name: str, api: Client) -> None:
    """With any value in place of the list's name, also half a surrogate pair, which JSON can hold and UTF-8 can't."""
    opened = json.loads(base64.urlsafe_b64decode(cursor_of(ask(api, "/v1/events?limit=2").json["page"]["next"]) + "=="))
    opened[2] = name
    for ensure_ascii in (True, False):
        raw = json.dumps(opened, ensure_ascii=ensure_ascii, separators=(",", ":")).encode(errors="surrogatepass")
        cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        assert check_problem(ask(api, f"/v1/events?limit=2&cursor={cursor}")) == "invalid-cursor"
