"""Mementos (RFC 7089): Accept-Datetime, the headers of its answers, and timemaps."""

import datetime
import re
from dataclasses import dataclass
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import pytest

from record.model import State
from tests.conftest import START, Client, Reply, World
from tests.contract.asking import CONTRACT, ask, check_problem, faults, ids, links_of
from tests.contract.editing import ACTOR, CASE, DAY, NEW
from tests.record.memory import memory_world
from tests.resources import Record, gone, live

RELEASED = [START + datetime.timedelta(seconds=DAY * number) for number in range(3)]
SECOND, HOUR = datetime.timedelta(seconds=1), datetime.timedelta(hours=1)
# A time, and the release that was current then. For a time before the first release, the first one.
MOMENTS = [
    (datetime.datetime(1000, 1, 1, tzinfo=datetime.UTC), 1),
    (RELEASED[0] - SECOND, 1),
    (RELEASED[0], 1),
    (RELEASED[0] + HOUR, 1),
    (RELEASED[1] - SECOND, 1),
    (RELEASED[1], 2),
    (RELEASED[1] + SECOND, 2),
    (RELEASED[2], 3),
    (RELEASED[2] + HOUR / 2, 3),
    (RELEASED[2] + 10_000 * HOUR, 3),
    (datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC), 3),
]
RESOURCES = [f"/v1/{ACTOR}", f"/v1/{ACTOR}?fields=name", f"/v1/{ACTOR}?fields=summary,name&format=jsonld"]
LISTS = [
    "/v1",
    "/v1/actors?limit=3&sort=-name",
    "/v1/sources?kind=web-page&limit=100",
    "/v1/sources?limit=100&format=csv",
    f"/v1/{CASE}/sources?limit=5&fields=name",
    f"/v1/{ACTOR}/revisions",
    "/v1/releases?limit=2",
    "/v1/changes?limit=4",
    "/v1/actors?limit=2&include=citations",
]
GARBAGE = [
    "",
    "x",
    "yesterday",
    "2026-11-23",
    "2026-11-23T12:00:00Z",
    "1795435200",
    "Mon, 23 Nov 2026",
    "Mon, 23 Nov 2026 12:00:00",
    "Mon, 23 Nov 2026 12:00:00 +0000",
    "Mon, 23 Nov 2026 25:00:00 GMT",
    "Mon, 31 Feb 2026 12:00:00 GMT",
    "Mon, 23 Nov 2026 12:00:00 GMT, Mon, 23 Nov 2026 12:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 +2300",
    "Fri, 31 Dec 9999 23:59:59 -2300",
    "Mon, 23 Nov 99999999999 12:00:00 GMT",
]


def http(moment: datetime.datetime) -> str:
    """Return a time as an HTTP date."""
    return f"{format_datetime(moment, usegmt=True)}".replace(f" {moment.year} ", f" {moment.year:04} ")


def at(moment: datetime.datetime) -> dict[str, str]:
    """Return the header that asks for a time."""
    return {"Accept-Datetime": http(moment)}


def with_release(target: str, release: int) -> str:
    """Return a target that asks for a release."""
    return f"{target}{'&' if '?' in target else '?'}release={release}"


@pytest.mark.parametrize(("moment", "release"), MOMENTS)
def test_a_time_is_answered_by_what_was_current_then(moment: datetime.datetime, release: int, api: Client) -> None:
    """A resource at each time: its Memento-Datetime is that of its revision, and Content-Location has the same bytes."""
    times = {row["number"]: row["published_at"] for row in ask(api, f"/v1/{ACTOR}/revisions").json["data"]}
    for target in RESOURCES:
        reply = ask(api, target, at(moment))
        assert parsedate_to_datetime(reply.headers["memento-datetime"]) == datetime.datetime.fromisoformat(times[release])
        assert reply.headers["content-location"] == with_release(target, release)
        same = ask(api, reply.headers["content-location"])
        assert (same.body, same.headers["etag"]) == (reply.body, reply.headers["etag"])
        assert same.headers["memento-datetime"] == reply.headers["memento-datetime"]
        assert "content-location" not in same.headers
        headed = ask(api, target, at(moment), "HEAD")
        assert (dict(headed.headers), headed.body) == (dict(reply.headers), "")
    assert ask(api, f"/v1/{ACTOR}", at(moment)).json["revision"] == release


@pytest.mark.parametrize("target", LISTS)
def test_a_list_at_a_time_is_that_of_its_release(target: str, api: Client) -> None:
    """Rows and Memento-Datetime are those of the release, and the answer links to the current list."""
    for moment, release in MOMENTS:
        if release == 1 and "web-page" in target:
            continue
        reply = ask(api, target, at(moment))
        same = ask(api, reply.headers["content-location"])
        assert reply.headers["content-location"] == with_release(target, release)
        assert parsedate_to_datetime(reply.headers["memento-datetime"]) == RELEASED[release - 1]
        assert same.headers["memento-datetime"] == reply.headers["memento-datetime"]
        assert rows_of(reply) == rows_of(same)
        assert ask(api, links_of(reply)["timegate"]).status == ask(api, links_of(reply)["original"]).status == 200
        assert reply.headers["vary"] == "Accept, Accept-Datetime"


def rows_of(reply: Reply) -> Any:
    """Return an answer's content without its links and page."""
    if reply.headers["content-type"].startswith("text/csv"):
        return reply.body
    return {name: part for name, part in reply.json.items() if name not in ("links", "page")}


@pytest.mark.parametrize("target", LISTS)
def test_the_content_location_of_a_list_answers_the_same_bytes(target: str, api: Client) -> None:
    """Content-Location is the URL of exactly this representation (RFC 9110, 8.7)."""
    reply = ask(api, target, at(RELEASED[1]))
    same = ask(api, reply.headers["content-location"])
    assert (same.body, same.headers["etag"]) == (reply.body, reply.headers["etag"])


@pytest.mark.parametrize("target", [f"/v1/{ACTOR}", "/v1/actors", f"/v1/{CASE}/events", f"/v1/{ACTOR}/revisions", "/v1/changes", "/v1"])
def test_what_is_not_a_date_is_refused(target: str, api: Client) -> None:
    """400, and the fault names the header (RFC 7089, 4.5.3)."""
    for text in GARBAGE:
        reply = ask(api, target, {"Accept-Datetime": text})
        assert (text, faults(reply)) == (text, {"Accept-Datetime": "invalid-parameter"})
        assert reply.json["errors"][0]["in"] == "header"


def test_obsolete_forms_of_a_date_are_understood(api: Client) -> None:
    """As every recipient of a date must (RFC 9110, 5.6.7)."""
    for form in ("%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"):
        assert ask(api, f"/v1/{ACTOR}", {"Accept-Datetime": RELEASED[1].strftime(form)}).json["revision"] == 2


@pytest.mark.parametrize(
    "target", [f"/v1/{ACTOR}", "/v1/actors?limit=2", "/v1", f"/v1/{CASE}/actors", f"/v1/{ACTOR}/revisions", "/v1/changes"]
)
def test_the_query_comes_before_the_header(target: str, api: Client) -> None:
    """`release`, `as_of` and `cursor` are more exact, so the header is not read."""
    for text in (http(RELEASED[0]), "x"):
        joined = "&" if "?" in target else "?"
        for query in ("release=2", "as_of=2026-11-24T13:00:00Z"):
            reply = ask(api, f"{target}{joined}{query}", {"Accept-Datetime": text})
            assert (reply.status, reply.body) == (200, ask(api, f"{target}{joined}{query}").body)
            assert "content-location" not in reply.headers
            assert "memento-datetime" in reply.headers
        if target == "/v1/actors?limit=2":
            following = ask(api, target).json["page"]["next"]
            assert ask(api, following, {"Accept-Datetime": text}).body == ask(api, following).body


@pytest.mark.parametrize(
    "target", ["/v1/actors?limit=7&sort=-name", "/v1/sources?limit=2", f"/v1/{CASE}/sources?limit=5", "/v1/releases?limit=1"]
)
@pytest.mark.parametrize("carried", [True, False])
def test_a_page_at_a_time_goes_on_at_its_release(target: str, carried: bool, api: Client) -> None:
    """By `next`, whether or not the header is sent again: rows and release are those of the first page's release."""
    for moment, release in ((RELEASED[0], 1), (RELEASED[1] + HOUR, 2)):
        headers = at(moment)
        reply = ask(api, target, headers)
        rows = reply.json["data"]
        while reply.json["page"]["next"]:
            reply = ask(api, reply.json["page"]["next"], headers if carried else {})
            assert reply.json["page"]["release"] == release
            rows += reply.json["data"]
        whole = re.sub(r"limit=\d+", "limit=100", with_release(target, release))
        assert rows == ask(api, whole).json["data"]


def test_the_feed_at_a_time_goes_on_at_its_release(api: Client) -> None:
    """Its cursor has no release, so `next` names it and ends with it; `resume` continues from there."""
    reply = ask(api, "/v1/changes?limit=50", at(RELEASED[1]))
    found = reply.json["data"]
    while reply.json["page"]["next"]:
        reply = ask(api, reply.json["page"]["next"])
        found += reply.json["data"]
    assert found == [row for row in Client.every(api, "/v1/changes?limit=100") if row["release"] <= 2]
    assert {row["release"] for row in ask(api, reply.json["page"]["resume"]).json["data"]} == {3}


def test_before_it_existed_its_first_memento_is_answered(api: Client) -> None:
    """A negotiation finds the nearest memento (RFC 7089, 4.5.3); a named release is exact. A list has no earlier memento."""
    reply = ask(api, f"/v1/{NEW}", at(RELEASED[0]))
    assert (reply.json["release"], reply.headers["content-location"]) == (2, f"/v1/{NEW}?release=2")
    assert parsedate_to_datetime(reply.headers["memento-datetime"]) == RELEASED[1]
    assert ask(api, reply.headers["content-location"]).body == reply.body
    assert check_problem(ask(api, f"/v1/{NEW}?release=1", at(RELEASED[2]))) == "not-found"
    assert check_problem(ask(api, f"/v1/{NEW}/revisions", at(RELEASED[0]))) == "not-found"
    for target in ("/v1/sources/nope", "/v1/sources/No-Pe"):
        assert check_problem(ask(api, target, at(RELEASED[0]))) == "not-found"


def test_only_who_asks_for_the_past_gets_a_memento(api: Client) -> None:
    """A current answer has no Memento-Datetime, but links to its timegate."""
    for target in (*RESOURCES, *LISTS):
        reply = ask(api, target)
        assert not {"memento-datetime", "content-location"} & set(reply.headers)
    links = links_of(ask(api, f"/v1/{ACTOR}"))
    assert links["original"] == links["timegate"] == f"/v1/{ACTOR}"
    assert links["timemap"] == f"/v1/{ACTOR}/timemap"


def test_a_list_in_the_past_leads_to_the_present(api: Client) -> None:
    """Without release, time and cursor, because a cursor's place is one of the past, and with all other parameters."""
    first = ask(api, "/v1/actors?release=1&limit=2&country=VN&sort=-name")
    for reply in (first, ask(api, f"{first.json['page']['next']}") if first.json["page"]["next"] else first):
        assert links_of(reply)["original"] == "/v1/actors?limit=2&country=VN&sort=-name"
    paged = ask(api, ask(api, "/v1/sources?release=1&limit=2").json["page"]["next"])
    assert links_of(paged)["timegate"] == "/v1/sources?limit=2"
    assert ask(api, links_of(paged)["timegate"]).json["page"]["release"] == 3


def test_a_revision_says_its_time_however_it_is_asked_for(api: Client) -> None:
    """It is a memento by its path, so a later Accept-Datetime changes nothing."""
    for number in (1, 2, 3):
        target = f"/v1/{ACTOR}/revisions/{number}"
        for headers in ({}, at(RELEASED[2])):
            reply = ask(api, target, headers)
            assert parsedate_to_datetime(reply.headers["memento-datetime"]) == RELEASED[number - 1]
            assert "content-location" not in reply.headers
            assert links_of(reply)["original"] == f"/v1/{ACTOR}"


def test_a_revision_is_there_whatever_time_is_asked_for(api: Client) -> None:
    """A client that sends the header with everything it asks still gets the memento that a timemap named."""
    for headers in (at(RELEASED[0]), {"Accept-Datetime": "x"}):
        assert ask(api, f"/v1/{ACTOR}/revisions/3", headers).status == 200


def test_a_304_says_where_it_is_too(api: Client) -> None:
    """Content-Location belongs to a 304 where it belonged to the 200 (RFC 9110, 15.4.5)."""
    full = ask(api, f"/v1/{ACTOR}", at(RELEASED[1]))
    reply = api.get(f"/v1/{ACTOR}", {**at(RELEASED[1]), "If-None-Match": full.headers["etag"]})
    assert (reply.status, reply.headers["content-location"]) == (304, full.headers["content-location"])
    assert ask(api, f"/v1/{ACTOR}", {**at(RELEASED[1]), "If-None-Match": full.headers["etag"]}).status == 304


@dataclass(frozen=True)
class Link:
    """A link of a timemap."""

    target: str
    relations: frozenset[str]
    attributes: dict[str, str]


_LINK = re.compile(r'<(?P<target>[^<>"{}|\\^`\s]+)>(?P<rest>(?:;\s*[a-z][a-z0-9-]*="[^"]*")*)')


def parsed(text: str) -> list[Link]:
    """Return the links of a document in the link format (RFC 6690, 2), strictly: nothing between them but a comma and blanks."""
    found, place = [], 0
    while True:
        match = _LINK.match(text, place)
        assert match, f"no link: {text[place : place + 80]}"
        pairs = re.findall(r';\s*([a-z][a-z0-9-]*)="([^"]*)"', match["rest"])
        attributes = dict(pairs)
        assert len(attributes) == len(pairs), "no attribute stands twice"
        found.append(Link(match["target"], frozenset(attributes.pop("rel").split(" ")), attributes))
        place = match.end()
        if not text[place:].strip():
            return found
        separator = re.compile(r"\s*,\s*").match(text, place)
        assert separator, f"no comma: {text[place : place + 80]}"
        place = separator.end()


def mementos(client: Client, path: str) -> list[Link]:
    """Return every memento of a resource, over all pages of its timemap, after checking what leads from one page to another."""
    following: str | None = f"/v1/{path}/timemap"
    found: list[Link] = []
    while following:
        reply = ask(client, following)
        assert (reply.status, reply.headers["content-type"]) == (200, "application/link-format")
        links = parsed(reply.body)
        assert links[0] == Link(f"/v1/{path}", frozenset({"original", "timegate"}), {})
        assert links[1] == Link(following, frozenset({"self"}), {"type": "application/link-format"})
        found += [link for link in links if "memento" in link.relations]
        others = [link.target for link in links if "timemap" in link.relations]
        assert len(links) == 2 + len([link for link in links if "memento" in link.relations]) + len(others)
        following = links_of(reply).get("next")
        assert others == ([following] if following else [])
        headed = ask(client, links[1].target, method="HEAD")
        assert (dict(headed.headers), headed.body) == (dict(reply.headers), "")
    return found


def check_mementos(client: Client, path: str) -> list[Link]:
    """Check that a timemap has exactly the revisions that can be read, newest first, each of the time that it answers with."""
    found = mementos(client, path)
    rows = list(client.every(f"/v1/{path}/revisions?limit=100"))
    readable = [row for row in rows if row["state"] == "live"]
    assert [link.target for link in found] == [row["path"] for row in readable]
    assert [link.target for link in found if "first" in link.relations] == [readable[-1]["path"]]
    assert [link.target for link in found if "last" in link.relations] == [readable[0]["path"]]
    for link, row in zip(found, readable, strict=True):
        assert link.relations <= {"first", "last", "memento"}
        assert link.attributes == {"datetime": http(datetime.datetime.fromisoformat(row["published_at"]))}
    for link, row in list(zip(found, readable, strict=True))[:5] + list(zip(found, readable, strict=True))[-5:]:
        reply = ask(client, link.target)
        assert reply.headers["memento-datetime"] == link.attributes["datetime"]
        assert reply.headers["etag"] == f'"{row["digest"]}"'
    return found


@pytest.mark.parametrize("path", [ACTOR, NEW, CASE, "sources/upi-on-the-nine"])
def test_a_timemap_lists_every_memento(path: str, api: Client) -> None:
    """Exactly the live revisions, each under its own address."""
    assert check_mementos(api, path)


@pytest.mark.parametrize("path", ["actors/nope", "actors/-"])
def test_what_never_was_has_no_timemap(path: str, api: Client) -> None:
    """404. A timemap takes no release or time, because it lists all."""
    assert check_problem(ask(api, f"/v1/{path}/timemap")) == "not-found"
    for query in ("release=1", "as_of=2026-11-23", "limit=1"):
        assert check_problem(ask(api, f"/v1/{ACTOR}/timemap?{query}")) == "unknown-parameter"
    assert check_problem(ask(api, f"/v1/{ACTOR}/timemap?cursor=x")) == "invalid-cursor"


MANY, AWAY, MOVED, TARGET, BACK = "actors/many", "actors/away", "actors/moved", "actors/target", "actors/back"


@pytest.fixture(scope="module")
def long() -> World:
    """205 releases: an actor with a revision in each; other actors withdrawn, restored, renamed and merged on the way."""
    record = Record(memory_world(), lambda: b"\x00" * 16)
    record.put(live(AWAY), live(MOVED), live(BACK))
    for number in range(1, 206):
        record.put(live(MANY, {"name": {"en": f"Name {number}"}}))
        if number == 3:
            record.put(gone(AWAY, State.WITHDRAWN, "error"), gone(MOVED, State.RENAMED, "better-id", TARGET), live(TARGET))
            record.put(gone(BACK, State.WITHDRAWN, "error"))
        if number == 5:
            record.put(live(BACK))
        if number == 7:
            record.put(
                live("actors/end"),
                gone(TARGET, State.MERGED, "duplicate", "actors/end"),
                gone(MOVED, State.RENAMED, "better-id", "actors/end"),
            )
        assert record.publish()
        record.world.clock.advance(60)
    return record.world


def test_a_long_timemap_comes_in_pages(long: World) -> None:
    """A hundred revisions each; the last memento is on the first page only, the first one on the last page."""
    client = long.api()
    assert len(check_mementos(client, MANY)) == 205
    first = ask(client, f"/v1/{MANY}/timemap")
    assert len([one for one in parsed(first.body) if "memento" in one.relations]) == CONTRACT.highest_limit
    assert check_problem(ask(client, links_of(first)["next"].replace("many", "end"))) == "invalid-cursor"


def test_what_went_away_keeps_its_mementos(long: World) -> None:
    """Withdrawn, restored, renamed and merged resources list the revisions that can be read; the newest of these is the last memento."""
    client = long.api()
    assert [[one.target.rpartition("/")[2] for one in check_mementos(client, path)] for path in (AWAY, MOVED, TARGET, BACK)] == [
        ["1"],
        ["1"],
        ["1"],
        ["3", "1"],
    ]


def test_where_it_went_is_said_at_any_time_since(long: World) -> None:
    """308 and 410 with Accept-Datetime as without it; for an earlier time, the resource as it was."""
    client = long.api()
    early, between, late = (at(START + datetime.timedelta(seconds=62 * number)) for number in (0.1, 4, 150))
    assert ask(client, f"/v1/{MOVED}", early).json["id"] == MOVED
    assert ask(client, f"/v1/{MOVED}", between).headers["location"] == f"/v1/{TARGET}"
    assert ask(client, f"/v1/{MOVED}", late).headers["location"] == "/v1/actors/end"
    assert ask(client, f"/v1/{MOVED}/events?limit=1", late).headers["location"] == "/v1/actors/end/events?limit=1"
    assert ask(client, f"/v1/{MOVED}/revisions/2", late).headers["location"] == "/v1/actors/end"
    assert ask(client, f"/v1/{TARGET}", early).json["release"] == 3
    assert ask(client, f"/v1/{AWAY}", early).json["id"] == AWAY
    assert check_problem(ask(client, f"/v1/{AWAY}", between)) == "withdrawn"
    assert ask(client, f"/v1/{BACK}", late).json["revision"] == 3
    assert ask(client, f"/v1/{MOVED.upper()}", late).status == 308
    assert AWAY not in ids(client, "/v1/actors?sort=id")
