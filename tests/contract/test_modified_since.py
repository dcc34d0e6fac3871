"""If-Modified-Since (RFC 9110, 13.1.3 and 13.2.2): a 304 for a client with the current copy, never for another client."""

import datetime
import json
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.dates import parsed_date
from record.current import HEAD_SECONDS
from record.model import State
from tests.conftest import START, Client, World
from tests.contract.asking import COLLECTIONS, SEARCH, ask, path_of
from tests.contract.editing import DAY
from tests.record.memory import memory_world
from tests.resources import Record, gone, live
from workbench import redactions

EVENT = "/v1/events/stopped-in-viet-nam"
DATED = [EVENT, f"{EVENT}?fields=name", f"{EVENT}?release=1", f"{EVENT}?format=jsonld", f"{EVENT}/revisions/1", "/v1/releases/1"]
UNDATED = [
    "/",
    "/v1",
    *(path_of(name) for name in COLLECTIONS),
    "/v1/events?release=1",
    "/v1/cases/nine-north-koreans-viet-nam-2015/events",
    f"{EVENT}?include=case",
    f"{EVENT}?include=case&fields=name",
    f"{EVENT}?include=case&release=1",
    f"{EVENT}/revisions",
    f"{EVENT}/timemap",
    "/v1/releases",
    "/v1/changes",
    "/v1/health",
    "/v1/problems",
    "/v1/openapi.json",
]
PATH = "actors/a"
SECOND = datetime.timedelta(seconds=1)
FUTURE = format_datetime(START + datetime.timedelta(days=400), usegmt=True)
NO_DATES = [
    "",
    "x",
    "0",
    "tomorrow",
    "2027-11-23",
    "2027-11-23T12:00:00Z",
    "1800000000",
    "Tue, 23 Nov 2027",
    "Tue, 23 Nov 2027 12:00 GMT",
    "Tue, 23 Nov 2027 12:00:00",
    "Tue, 23 Nov 2027 12:00:00 UTC",
    "Tue, 23 Nov 2027 12:00:00 +0000",
    "Tue, 23 Nov 2027 12:00:00 -0500",
    "23 Nov 2027 12:00:00 GMT",
    "Tue 23 Nov 2027 12:00:00 GMT",
    "Tue, 23 nov 2027 12:00:00 GMT",
    "Tue, 23 November 2027 12:00:00 GMT",
    "Tue, 23 Nov 27 12:00:00 GMT",
    "Tue, 31 Feb 2027 12:00:00 GMT",
    "Tue, 23 Nov 2027 24:00:00 GMT",
    "Tue, 23 Nov 2027 12:61:00 GMT",
    "Tue, 23 Nov 2027 12:00:00 GMT, Tue, 23 Nov 2027 12:00:00 GMT",
    "Tue, 23 Nov 2027 12:00:00 GMT;length=3",
    "Tue, ٢٣ Nov 2027 12:00:00 GMT",
    '"Tue, 23 Nov 2027 12:00:00 GMT"',
    "Mon, 01 Jan 0000 00:00:00 GMT",
]


def forms(moment: datetime.datetime) -> list[str]:
    """Return a time in every form of an HTTP date (RFC 9110, 5.6.7), the current form first."""
    return [format_datetime(moment, usegmt=True), moment.strftime("%A, %d-%b-%y %H:%M:%S GMT"), moment.strftime("%a %b %e %H:%M:%S %Y")]


@pytest.mark.parametrize("target", DATED)
def test_who_has_it_gets_a_304(target: str, warm: Client) -> None:
    """At the time of Last-Modified or later, in any form of a date: no body, and the validators."""
    full = ask(warm, target)
    modified = parsedate_to_datetime(full.headers["last-modified"])
    assert modified == START
    for moment in (modified, modified + SECOND, modified + datetime.timedelta(days=400)):
        for text in (*forms(moment), f" {forms(moment)[0]} "):
            for method in ("GET", "HEAD"):
                reply = ask(warm, target, {"If-Modified-Since": text}, method)
                assert (text, reply.status, reply.body) == (text, 304, "")
                assert [reply.headers[name] for name in ("etag", "cache-control", "vary")] == [
                    full.headers[name] for name in ("etag", "cache-control", "vary")
                ]


@pytest.mark.parametrize("target", DATED)
def test_who_has_an_older_one_gets_it(target: str, warm: Client) -> None:
    """A second before is too early."""
    full = ask(warm, target)
    for moment in (START - SECOND, START - datetime.timedelta(days=30), datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)):
        for text in forms(moment):
            reply = ask(warm, target, {"If-Modified-Since": text})
            assert (reply.status, reply.body, dict(reply.headers)) == (200, full.body, dict(full.headers))


@pytest.mark.parametrize("text", NO_DATES, ids=ascii)
def test_what_is_no_date_counts_for_nothing(text: str, warm: Client) -> None:
    """A recipient must ignore a value that is not a valid HTTP date, or more than one."""
    for target in DATED:
        assert ask(warm, target, {"If-Modified-Since": text}).status == 200


def test_the_tag_counts_and_the_date_does_not(warm: Client) -> None:
    """With If-None-Match, the date must be ignored, whether it would match or not."""
    for target in DATED:
        full = ask(warm, target)
        for other in ('"x"', "", "x"):
            assert ask(warm, target, {"If-None-Match": other, "If-Modified-Since": FUTURE}).status == 200
        early = "Thu, 01 Jan 1970 00:00:00 GMT"
        for known in (full.headers["etag"], "*"):
            for text in (early, "x", full.headers["last-modified"]):
                assert ask(warm, target, {"If-None-Match": known, "If-Modified-Since": text}).status == 304


@pytest.mark.parametrize("target", UNDATED)
def test_what_has_no_date_meets_no_condition(target: str, warm: Client) -> None:
    """Lists, answers with included resources and the service's own documents have no Last-Modified, so no 304 by a date."""
    full = ask(warm, target)
    assert (full.status, full.headers.get("last-modified")) == (200, None)
    assert ask(warm, target, {"If-Modified-Since": FUTURE}).status == 200


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [
        ("/v1/nope", "GET", 404),
        ("/v1/events/nope", "GET", 404),
        (f"{EVENT}/revisions/2", "GET", 404),
        (f"{EVENT}?limit=1", "GET", 400),
        (f"{EVENT}?release=2", "GET", 400),
        (f"{EVENT}/", "GET", 308),
        (EVENT, "POST", 405),
        (EVENT, "OPTIONS", 204),
    ],
)
def test_an_error_meets_no_condition(target: str, method: str, status: int, warm: Client) -> None:
    """Only a 200 to GET or HEAD becomes a 304."""
    assert ask(warm, target, {"If-Modified-Since": FUTURE}, method).status == status


def test_each_revision_has_its_own_date() -> None:
    """An answer at a release has the date of its revision, and a client with an older one gets the newer."""
    record = Record(memory_world(), lambda: b"\x00" * 16)
    dates = []
    for number in (1, 2, 3):
        record.put(live(PATH, {"name": {"en": f"Name {number}"}}), live("actors/same"))
        assert record.publish()
        client = record.world.api()
        dates.append(ask(client, f"/v1/{PATH}").headers["last-modified"])
        assert ask(client, "/v1/actors/same").headers["last-modified"] == dates[0]
        record.world.clock.advance(DAY)
    assert len(set(dates)) == 3
    for number, date in enumerate(dates, 1):
        for known, sent in enumerate(dates, 1):
            expected = 304 if known >= number else 200
            for target in (f"/v1/{PATH}?release={number}", f"/v1/{PATH}/revisions/{number}"):
                assert ask(client, target, {"If-Modified-Since": sent}).status == expected
            assert client.get(f"/v1/{PATH}", {"Accept-Datetime": date, "If-Modified-Since": sent}).status == expected


SHOWN = ["", "?fields=name", "?fields=summary", "?fields=redactions", "?format=jsonld", "?release=1", "?release=2", "?as_of=2026-11-23"]


@pytest.fixture(scope="module")
def redacted() -> tuple[World, dict[str, tuple[str, str]]]:
    """A record with a redacted summary in both revisions of an actor, and each answer's ETag and date before the redaction."""
    world = memory_world()
    record = Record(world, lambda: b"\x00" * 16)
    secret = {"summary": {"en": "What must not be known."}}
    record.put(live(PATH, secret), live("actors/b"), live("events/z"), live("actors/gone"))
    assert record.publish("One")
    world.clock.advance(60)
    record.put(live(PATH, {**secret, "name": {"en": "Another"}}), gone("actors/gone", State.WITHDRAWN, "error"))
    assert record.publish("Two")
    client = world.api()
    targets = [*(f"/v1/{PATH}{shown}" for shown in SHOWN), *(f"/v1/{PATH}/revisions/{number}" for number in (1, 2))]
    targets += ["/v1/actors/b", "/v1/releases/1", "/v1/releases/2"]
    before = {}
    for target in targets:
        reply = ask(client, target)
        before[target] = (reply.headers["etag"], reply.headers["last-modified"])
    world.clock.advance(60)
    planned = redactions.plan(world.store, PATH, redactions.Asked(["/summary"]), "court-order", record.salt)
    assert record.publisher().redact(planned.redaction).number == 3
    world.clock.advance(HEAD_SECONDS)
    record.keep(PATH, world.api().get(f"/v1/{PATH}").body)
    return world, before


def test_after_a_redaction_no_old_date_is_met(redacted: tuple[World, dict[str, tuple[str, str]]]) -> None:
    """A redacted body keeps its date, so a date can't tell it from the old body: no date gives a 304."""
    world, before = redacted
    client = world.api()
    for target, (tag, date) in before.items():
        reply = ask(client, target)
        if PATH in target:
            assert "last-modified" not in reply.headers
            assert "must not be known" not in reply.body
            for sent in (date, FUTURE):
                assert ask(client, target, {"If-Modified-Since": sent}).status == 200
                assert client.get(target, {"If-Modified-Since": sent, "Accept-Datetime": date}).status == 200
            assert ask(client, target, {"If-None-Match": reply.headers["etag"], "If-Modified-Since": date}).status == 304
        else:
            assert (reply.headers["etag"], reply.headers["last-modified"]) == (tag, date)
            assert ask(client, target, {"If-Modified-Since": date}).status == 304
    for target in (f"/v1/{PATH}", f"/v1/{PATH}/revisions/1", f"/v1/{PATH}?release=1"):
        assert ask(client, target, {"If-None-Match": before[target][0]}).status == 200


def test_what_went_away_meets_no_date(redacted: tuple[World, dict[str, tuple[str, str]]]) -> None:
    """A 410 stays a 410; the revision before it still has its date."""
    client = redacted[0].api()
    assert ask(client, "/v1/actors/gone", {"If-Modified-Since": FUTURE}).status == 410
    assert ask(client, "/v1/actors/gone/revisions/2", {"If-Modified-Since": FUTURE}).status == 410
    assert ask(client, "/v1/actors/gone/revisions/1", {"If-Modified-Since": FUTURE}).status == 304


def test_a_revision_after_a_redaction_is_newer_than_what_was_known_before(redacted: tuple[World, dict[str, tuple[str, str]]]) -> None:
    """A client with the copy from before the redaction gets the next revision; a client with that one gets a 304, if it has a date."""
    world, before = redacted
    record = Record(world, lambda: b"\x00" * 16)
    kept = json.loads(world.api().get(f"/v1/{PATH}").body)
    record.put(live(PATH, {"name": {"en": "A third"}}), live("actors/b"), live("events/z"), gone("actors/gone", State.WITHDRAWN, "error"))
    world.clock.advance(60)
    assert record.publish("Four")
    client = world.api()
    reply = ask(client, f"/v1/{PATH}")
    assert reply.json["revision"] == kept["revision"] + 1
    assert ask(client, f"/v1/{PATH}", {"If-Modified-Since": before[f"/v1/{PATH}"][1]}).status == 200
    assert ask(client, f"/v1/{PATH}", {"If-Modified-Since": reply.headers["last-modified"]}).status == 304
    for target in (f"/v1/{PATH}?release=2", f"/v1/{PATH}/revisions/2"):
        assert ask(client, target, {"If-Modified-Since": FUTURE}).status == 200


@SEARCH
@given(moment=st.datetimes(datetime.datetime(1977, 1, 1), datetime.datetime(2076, 12, 31), timezones=st.just(datetime.UTC)))  # noqa: DTZ001 - its zone is added
@example(moment=datetime.datetime(2069, 5, 4, tzinfo=datetime.UTC))
def test_every_form_of_a_date_says_the_same(moment: datetime.datetime) -> None:
    """A year of two digits means the one that is at most 50 years ahead (RFC 9110, 5.6.7)."""
    expected = moment.replace(microsecond=0)
    assert [parsed_date(form, START) for form in forms(expected)] == [expected] * 3


@SEARCH
@given(
    text=st.one_of(
        st.text(max_size=40), st.sampled_from(forms(START)).flatmap(lambda one: st.text("0123456789: ,-GMT", max_size=4).map(one.__add__))
    )
)
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    """A text that is read as a date can be made from that date again."""
    found = parsed_date(text, START)
    assert found is None or text.strip(" \t") in forms(found)
