"""The record over time: what each release changed, what was before it, and what the history shows."""

import pytest

from schemas.indexing import text_key
from tests.conftest import START, Client
from tests.contract.asking import ask, ask_event, check_problem, follow, ids, links_of, rows
from tests.contract.editing import ACTOR, FIRST_NAME, NEW, REFILED, SECOND_NAME, THIRD_NAME


@pytest.mark.parametrize(
    ("moment", "name", "release"),
    [
        ("", THIRD_NAME, 3),
        ("release=1", FIRST_NAME, 1),
        ("release=2", SECOND_NAME, 2),
        ("release=3", THIRD_NAME, 3),
        ("as_of=2026-11-23", FIRST_NAME, 1),
        ("as_of=2026-11-23T12:00:00Z", FIRST_NAME, 1),
        ("as_of=2026-11-24T11:59:59.999Z", FIRST_NAME, 1),
        ("as_of=2026-11-24T12:00:00Z", SECOND_NAME, 2),
        ("as_of=2026-11-24T13:00:00+01:00", SECOND_NAME, 2),
        ("as_of=2026-11-24", SECOND_NAME, 2),
        ("as_of=2026-11-25", THIRD_NAME, 3),
        ("as_of=2026-11-25T12:30:00Z", THIRD_NAME, 3),
    ],
)
def test_a_resource_is_read_as_it_was(moment: str, name: str, release: int, api: Client) -> None:
    """By the number of a release or by a time, alone and in its lists; by default as it is now."""
    tail = f"?{moment}" if moment else ""
    body = ask(api, f"/v1/{ACTOR}{tail}").json
    assert (body["name"]["en"], body["release"], body["revision"]) == (name, release, release)
    page = ask(api, f"/v1/actors{tail or '?'}&limit=100").json
    assert page["page"]["release"] == release
    assert body in page["data"]
    assert body in ask(api, f"/v1/cases/nine-north-koreans-viet-nam-2015/actors{tail or '?'}&limit=100").json["data"]
    assert ask(api, f"/v1{tail}").json["release"]["number"] == release
    case = ask(api, f"/v1/cases/nine-north-koreans-viet-nam-2015{tail or '?'}&include=actors").json
    assert body in case["included"]


def test_an_order_is_that_of_its_release(api: Client) -> None:
    """At each release the list has the actor once, sorted by the name that it had then."""
    places = {}
    for release in (1, 2, 3):
        found = rows(api, f"/v1/actors?sort=name&limit=7&release={release}")
        keys = [text_key(row["name"]["en"]) for row in found]
        assert keys == sorted(keys)
        (places[release],) = [place for place, row in enumerate(found) if row["id"] == ACTOR]
    assert places[3] < places[1] < places[2]


def test_a_filter_and_its_total_are_those_of_their_release(api: Client) -> None:
    """A resource that left a list is still in it at the release before."""
    before, after = (ask(api, f"/v1/sources?kind=news-article&limit=100&release={release}").json for release in (1, 2))
    assert REFILED in [row["id"] for row in before["data"]]
    assert REFILED not in [row["id"] for row in after["data"]]
    assert NEW in [row["id"] for row in after["data"]]
    assert after["page"]["total"] == before["page"]["total"] == len(after["data"])
    assert sorted(ids(api, "/v1/sources?kind=web-page&release=2")) == sorted([*ids(api, "/v1/sources?kind=web-page&release=1"), REFILED])


def test_before_it_existed_it_is_not_found(api: Client) -> None:
    """A resource of the second release is not found at the first, by number or by time, and neither is its history."""
    assert ask(api, f"/v1/{NEW}").status == 200
    for moment in ("release=1", "as_of=2026-11-23", "as_of=2026-11-24T11:00:00Z"):
        for below in ("", "/revisions", "/revisions/1"):
            assert check_problem(ask(api, f"/v1/{NEW}{below}?{moment}")) == "not-found"
    assert (
        ask(api, "/v1/sources?release=2&limit=1").json["page"]["total"]
        == ask(api, "/v1/sources?release=1&limit=1").json["page"]["total"] + 1
    )


def test_its_revisions_are_listed_and_each_is_as_it_was(api: Client) -> None:
    """Newest first, each with its digest, which is its ETag; pages give the same rows."""
    listed = ask(api, f"/v1/{ACTOR}/revisions").json
    assert [(row["number"], row["release"], row["state"], row["reason"]) for row in listed["data"]] == [
        (3, 3, "live", None),
        (2, 2, "live", None),
        (1, 1, "live", None),
    ]
    assert listed["page"]["total"] == 3
    for row, name in zip(listed["data"], (THIRD_NAME, SECOND_NAME, FIRST_NAME), strict=True):
        revision = ask(api, row["path"])
        assert revision.json == ask(api, f"/v1/{ACTOR}?release={row['release']}").json
        assert (revision.json["name"]["en"], revision.json["published_at"]) == (name, row["published_at"])
        assert revision.headers["etag"] == f'"{row["digest"]}"'
        assert links_of(revision)["latest-version"] == f"/v1/{ACTOR}"
    assert rows(api, f"/v1/{ACTOR}/revisions?limit=1") == listed["data"]
    assert [row["number"] for row in rows(api, f"/v1/{ACTOR}/revisions?release=2")] == [2, 1]
    assert [page.json["page"]["total"] for page in follow(api, f"/v1/{ACTOR}/revisions?limit=2")] == [3, 3]


@pytest.mark.parametrize("number", ["0", "4", "01", "-1", "x", "1.0", "99999999999999999999", "٣", "²"])
def test_there_is_no_other_revision(number: str, api: Client) -> None:
    """Numbers run from 1 without a gap."""
    assert check_problem(ask_event(api, f"/v1/{ACTOR}/revisions/{number}")) == "not-found"
    assert check_problem(ask_event(api, f"/v1/releases/{number}")) == "not-found"


def test_a_revision_is_not_there_at_a_release_before_it(api: Client) -> None:
    """At the second release there were two."""
    assert ask(api, f"/v1/{ACTOR}/revisions/2?release=2").status == 200
    assert check_problem(ask(api, f"/v1/{ACTOR}/revisions/3?release=2")) == "not-found"


def test_releases_are_listed_newest_first_and_form_a_chain(api: Client) -> None:
    """Each with its message, time and counts; its parent is the digest of the one before."""
    listed = rows(api, "/v1/releases")
    assert [(row["number"], row["message"]) for row in listed] == [(3, "Three"), (2, "Two"), (1, "One")]
    assert [row["changes"] for row in listed][:2] == [{"updated": 1}, {"created": 1, "updated": 2}]
    assert [row["parent"] for row in listed] == [listed[1]["digest"], listed[2]["digest"], None]
    assert listed[1]["counts"]["sources"] == listed[2]["counts"]["sources"] + 1
    assert listed[2]["published_at"] == START.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for row in listed:
        assert ask(api, f"/v1/releases/{row['number']}").json == row
    assert rows(api, "/v1/releases?limit=1") == listed
    assert [row["number"] for row in rows(api, "/v1/releases?release=2")] == [2, 1]
    assert {page.json["page"]["total"] for page in follow(api, "/v1/releases?limit=2")} == {3}


def test_the_feed_tells_every_change_once_oldest_first(api: Client) -> None:
    """In pages of any size; changed fields are JSON Pointers."""
    every = rows(api, "/v1/changes?limit=100")
    assert [row["release"] for row in every] == sorted(row["release"] for row in every)
    assert [(row["path"], row["kind"], row["release"], row["revision"], row["reason"]) for row in every if row["release"] > 1] == [
        (ACTOR, "updated", 2, 2, None),
        (NEW, "created", 2, 1, None),
        (REFILED, "updated", 2, 2, None),
        (ACTOR, "updated", 3, 3, None),
    ]
    assert {row["kind"] for row in every if row["release"] == 1} == {"created"}
    assert len(every) == sum(sum(row["changes"].values()) for row in rows(api, "/v1/releases"))
    assert every[-1]["fields"] == ["/name/en"]
    assert [row["fields"] for row in every if row["path"] == REFILED] == [[], ["/kind"]]
    for limit in (1, 2, 50):
        assert rows(api, f"/v1/changes?since=1&limit={limit}") == [row for row in every if row["release"] > 1]
    assert rows(api, "/v1/changes?limit=7") == every
    assert rows(api, "/v1/changes?since=1&release=2") == [row for row in every if row["release"] == 2]


@pytest.mark.parametrize("since", [3, 4, 999_999_999])
def test_an_up_to_date_reader_gets_an_empty_page(since: int, api: Client, ranges: list[tuple[str, str]]) -> None:
    """With a path to resume from. DynamoDB is never asked for a range that ends before it begins, which it refuses."""
    page = ask(api, f"/v1/changes?since={since}").json
    assert (page["data"], page["page"]["next"]) == ([], None)
    assert ask(api, page["page"]["resume"]).json["data"] == []
    assert [bounds for bounds in ranges if bounds[0] > bounds[1]] == []


def test_a_release_in_the_past_may_be_kept_and_the_present_may_not(api: Client) -> None:
    """An answer for a release's number, or for a time before the current release, is final."""
    policy = {
        target: ask(api, f"/v1/{ACTOR}?{target}").headers["cache-control"]
        for target in ("release=1", "as_of=2026-11-23", "as_of=2026-11-25")
    }
    current = ask(api, f"/v1/{ACTOR}").headers["cache-control"]
    assert policy["release=1"] == policy["as_of=2026-11-23"] != current
    assert policy["as_of=2026-11-25"] == current


def test_health_tells_the_age_of_the_current_release(api: Client) -> None:
    """In whole seconds since it was published; the answer is never cached."""
    health = ask(api, "/v1/health")
    assert (health.json["status"], health.json["release"], health.json["age_seconds"]) == ("ok", 3, 3600)
    assert health.headers["cache-control"] == "no-store"
