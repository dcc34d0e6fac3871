"""Departed resources, as a client sees them: 410 and 308, lists without them, history with them, and no id used again."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from schemas.v1.vocabulary import Reason
from tests.conftest import SEED, Client, World
from tests.contract.asking import COLLECTIONS, CONTRACT, ask, ask_event, check_problem, ids, path_of, rows
from tests.contract.editing import CASE, DAY
from tests.contract.leading import GONE, HERE, NOT_YET, leads
from tests.contract.verified import wrong_in
from workbench import departing

WITHDRAWN, ITS_LINK = "events/moved-to-a-garrison", "events/taken-to-shenyang-by-train"
KEPT = "instruments/coi-report-detailed-findings"  # withdrawn, and still named by the resources that named it
RENAMED = tuple(f"actors/kbs{number}" for number in ("", "-2", "-3", "-4"))  # one after the other, in releases 2, 3 and 4
MERGED, INTO = "statements/robertson-appeal-for-the-nine", "statements/joint-ngo-statement"  # in release 2; undone in release 4
# Where each id leads at each release: nowhere yet, to a resource, to a 410, or to another id.
LEADS: dict[str, tuple[str, str, str, str]] = {
    WITHDRAWN: (HERE, GONE, GONE, GONE),
    KEPT: (HERE, HERE, GONE, GONE),
    RENAMED[0]: (HERE, RENAMED[1], RENAMED[2], RENAMED[3]),
    RENAMED[1]: (NOT_YET, HERE, RENAMED[2], RENAMED[3]),
    RENAMED[2]: (NOT_YET, NOT_YET, HERE, RENAMED[3]),
    RENAMED[3]: (NOT_YET, NOT_YET, NOT_YET, HERE),
    MERGED: (HERE, INTO, INTO, HERE),
    INTO: (HERE, HERE, HERE, HERE),
}
RELEASES = (1, 2, 3, 4)
Leading = Callable[[str, int], str]


def edit(seed: Path, path: str, old: str, new: str) -> None:
    """Replace a text in a resource's file, which must hold it."""
    file = seed / f"{path}.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def keep_named(seed: Path, path: str, reason: Reason) -> None:
    """Withdraw a resource, and let the resources that name it keep their references."""
    referrers = departing.withdraw(seed, path, reason).referrers
    declaration = {"how": "withdrawn", "reason": str(reason), "still_named_by": [referrer.path for referrer in referrers]}
    (seed / f"{path}.yaml").write_text(yaml.safe_dump({"gone": declaration}), encoding="utf-8")


@pytest.fixture(scope="module")
def moved(shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The seed, and three releases, each a day later, in which resources are withdrawn, renamed, merged, and a merge is undone."""
    seed = shutil.copytree(SEED, tmp_path_factory.mktemp("moved") / "seed")
    merged, listed = (seed / f"{MERGED}.yaml").read_text(encoding="utf-8"), f"  - {MERGED}\n"
    assert shared_world.publish_files(seed) == 1
    shared_world.clock.advance(DAY)
    edit(seed, CASE, f"  - {WITHDRAWN}\n", "")
    edit(seed, ITS_LINK, f"  - event: {WITHDRAWN}\n    relation: precedes\n", "")
    assert departing.withdraw(seed, WITHDRAWN, Reason.RISK).referrers == ()
    departing.rename(seed, RENAMED[0], RENAMED[1], Reason.BETTER_ID)
    departing.merge(seed, MERGED, INTO, Reason.DUPLICATE)
    assert shared_world.publish_files(seed) == 2
    shared_world.clock.advance(DAY)
    departing.rename(seed, RENAMED[1], RENAMED[2], Reason.ERROR)
    keep_named(seed, KEPT, Reason.SOURCE_WITHDRAWN)
    assert shared_world.publish_files(seed) == 3
    shared_world.clock.advance(DAY)
    departing.rename(seed, RENAMED[2], RENAMED[3], Reason.BETTER_ID)
    (seed / f"{MERGED}.yaml").write_text(merged, encoding="utf-8")
    edit(seed, CASE, "statements:\n", f"statements:\n{listed}")
    assert shared_world.publish_files(seed) == 4
    assert shared_world.publish_files(seed) is None
    shared_world.clock.advance(3600)
    return shared_world


@pytest.fixture(scope="module")
def api(moved: World) -> Client:
    """An instance over the four releases."""
    return moved.api()


@pytest.mark.parametrize("release", RELEASES)
def test_every_id_leads_where_it_led_at_the_release(release: int, api: Client) -> None:
    """By number and by time; with one redirect, however often it was renamed by then."""
    day = f"2026-11-{22 + release}"
    for moment in (f"release={release}", f"as_of={day}", f"as_of={day}T12:30:00Z"):
        assert {path: leads(api, path, moment) for path in LEADS} == {path: ends[release - 1] for path, ends in LEADS.items()}
    if release == RELEASES[-1]:
        assert {path: leads(api, path) for path in LEADS} == {path: ends[-1] for path, ends in LEADS.items()}


def words(text: str) -> set[str]:
    """Return the words of a text."""
    return set(re.findall(r"[^\W\d_]{3,}", text.lower()))


@pytest.mark.parametrize(("path", "reason"), [(WITHDRAWN, "risk"), (KEPT, "source-withdrawn")])
@pytest.mark.parametrize("query", ["", "fields=name", "include=citations", "fields=name,summary&include=citations"])
@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "*"}, {"Accept": "application/json"}])
def test_what_was_withdrawn_says_why_and_nothing_of_what_it_was(
    path: str, reason: str, query: str, headers: Mapping[str, str], api: Client
) -> None:
    """410 with the code of the reason. Body and headers have no word of its content, except words of its id and of every problem."""
    reply = ask(api, f"{path_of(path)}?{query}", headers)
    assert check_problem(reply) == "withdrawn"
    assert reply.json["detail"] == f"{path} was withdrawn: {reason}"
    usual = ask(api, "/v1/events/nothing")
    said = words(reply.body + json.dumps(dict(reply.headers))) - words(usual.body + json.dumps(dict(usual.headers)))
    content = ask(api, f"{path_of(path)}?release=1").body
    assert said & words(content) <= words(f"{path} {reason} withdrawn")
    assert len(words(content)) > 40
    assert "last-modified" not in reply.headers
    assert "link" not in reply.headers


def test_an_unknown_parameter_is_told_before_anything_else(api: Client) -> None:
    """For a departed resource as for one that exists."""
    for path in (WITHDRAWN, RENAMED[0]):
        assert check_problem(ask(api, f"{path_of(path)}?bogus=1")) == "unknown-parameter"
        assert ask(api, f"{path_of(path)}?release=99").status == 400


@pytest.mark.parametrize("path", [WITHDRAWN, KEPT, RENAMED[0]])
def test_what_went_away_is_asked_for_with_head_and_conditions(path: str, api: Client) -> None:
    """HEAD has the headers of GET; the ETag of the content that was there has no effect; caches keep the answer for a short time."""
    etag = ask(api, f"{path_of(path)}?release=1").headers["etag"]
    got = ask(api, path_of(path))
    for headers in ({"If-None-Match": etag}, {"If-None-Match": "*"}, {"If-Modified-Since": "Mon, 23 Nov 2026 12:00:00 GMT"}):
        assert ask(api, path_of(path), headers).status == got.status
    head = ask(api, path_of(path), method="HEAD")
    assert (head.status, head.headers) == (got.status, got.headers)
    expected = CONTRACT.problems["withdrawn"].cache if got.status == 410 else "current"
    assert got.headers["cache-control"] == CONTRACT.cache_control[expected]
    assert "immutable" not in got.headers["cache-control"]
    assert "etag" not in got.headers
    options = ask(api, path_of(path), method="OPTIONS")
    assert options.status == 204


def test_what_is_below_what_was_withdrawn_is_gone_too(api: Client) -> None:
    """All its sub-lists; its history stays."""
    for other in COLLECTIONS["instruments"].sublists:
        assert check_problem(ask(api, f"{path_of(KEPT)}/{other}")) == "withdrawn"
        assert ask(api, f"{path_of(KEPT)}/{other}?release=2").status == 200
    assert ask(api, f"{path_of(KEPT)}/revisions").status == 200


@pytest.mark.parametrize("below", ["", "/events", "/statements", "/instruments", "/cases"])
@pytest.mark.parametrize("query", ["", "fields=name", "fields=id,name&release=3", "as_of=2026-11-25T14:00:00%2B01:00"])
def test_what_was_renamed_leads_on_with_its_route_and_query(below: str, query: str, api: Client) -> None:
    """308 to the same route below the new id, with the same query; and that path answers."""
    to = RENAMED[2] if "release" in query or "as_of" in query else RENAMED[3]
    tail = f"?{query}" if query else ""
    for method in ("GET", "HEAD"):
        reply = ask_event(api, path_of(RENAMED[0]) + below, query, method=method)
        assert (reply.status, reply.headers["location"]) == (308, f"{path_of(to)}{below}{tail}")
    assert ask_event(api, path_of(to) + below, query).status == 200


def test_an_id_in_capitals_leads_to_the_end_at_once(api: Client) -> None:
    """There is no redirect to the id in lower case first."""
    assert ask(api, "/v1/actors/KBS?fields=name").headers["location"] == f"{path_of(RENAMED[3])}?fields=name"
    assert check_problem(ask(api, "/v1/events/Moved-To-A-Garrison")) == "withdrawn"


@pytest.mark.parametrize("release", RELEASES)
def test_lists_hold_what_is_there_and_nothing_else(release: int, api: Client) -> None:
    """Every list in every order, the case's sub-lists and included resources; totals are those of the release, at /v1 too."""
    here = {path for path, ends in LEADS.items() if ends[release - 1] == HERE}
    start = ask(api, f"/v1?release={release}").json
    for name, collection in COLLECTIONS.items():
        first = ask(api, f"/v1/{name}?release={release}&limit=100").json
        listed = [row["id"] for row in first["data"]]
        assert len(listed) == first["page"]["total"] == start["collections"][name]["total"] == start["release"]["counts"][name]
        assert set(listed) & set(LEADS) == {path for path in here if path.startswith(f"{name}/")}
        for sort in collection.sorts:
            assert sorted(ids(api, f"/v1/{name}?release={release}&sort=-{sort}&limit=100")) == sorted(listed)
    for name in ("events", "actors", "statements", "instruments"):
        listed = ids(api, f"/v1/{CASE}/{name}?release={release}&limit=100")
        assert set(listed) & set(LEADS) == {path for path in here if path.startswith(f"{name}/")}
    case = ask(api, f"/v1/{CASE}?include=events,actors,statements,instruments&release={release}").json
    assert {row["id"] for row in case["included"]} & set(LEADS) == here
    assert (KEPT in case["instruments"], WITHDRAWN in case["events"]) == (True, release == 1)


def test_what_went_away_answers_no_filter(api: Client) -> None:
    """A value that no resource has any more gives an empty list. There is no public list of departed resources."""
    assert ids(api, f"/v1/cases?actor={RENAMED[0]}") == []
    assert ids(api, f"/v1/cases?actor={RENAMED[3]}") == [CASE]
    assert ids(api, f"/v1/sources?publisher={RENAMED[0]}&release=1") == ["sources/kbs-on-the-nine"]
    assert ids(api, f"/v1/cases?instrument={KEPT}") == [CASE]
    for query in ("gone", "gone=", "gone=1", "state=withdrawn"):
        assert ask(api, f"/v1/events?{query}").status == 400


def test_revisions_say_what_happened_to_it(api: Client) -> None:
    """Newest first, with state, reason and target; the numbers continue, also after a merge that was undone."""
    told = {
        path: [
            (row["number"], row["release"], row["state"], row["reason"], row["target"]) for row in rows(api, f"{path_of(path)}/revisions")
        ]
        for path in LEADS
    }
    assert told[WITHDRAWN] == [(2, 2, "withdrawn", "risk", None), (1, 1, "live", None, None)]
    assert told[KEPT] == [(2, 3, "withdrawn", "source-withdrawn", None), (1, 1, "live", None, None)]
    assert told[RENAMED[0]] == [
        (4, 4, "renamed", "better-id", RENAMED[3]),
        (3, 3, "renamed", "better-id", RENAMED[2]),
        (2, 2, "renamed", "better-id", RENAMED[1]),
        (1, 1, "live", None, None),
    ]
    assert told[RENAMED[1]] == [(3, 4, "renamed", "error", RENAMED[3]), (2, 3, "renamed", "error", RENAMED[2]), (1, 2, "live", None, None)]
    assert told[MERGED] == [(3, 4, "live", None, None), (2, 2, "merged", "duplicate", INTO), (1, 1, "live", None, None)]
    assert [row["number"] for row in rows(api, f"{path_of(MERGED)}/revisions?release=2")] == [2, 1]


def test_a_revision_that_is_no_content_leads_on_in_one_hop(api: Client) -> None:
    """To the current place of its target, or to a 410 if it was withdrawn; revisions before and after it are unchanged."""
    for path, number, release, location in (
        (RENAMED[0], 2, "", RENAMED[3]),
        (RENAMED[0], 3, "", RENAMED[3]),
        (RENAMED[0], 2, "?release=3", f"{RENAMED[2]}?release=3"),
        (RENAMED[0], 2, "?release=2", f"{RENAMED[1]}?release=2"),
        (RENAMED[1], 2, "", RENAMED[3]),
        (MERGED, 2, "", INTO),
    ):
        reply = ask(api, f"{path_of(path)}/revisions/{number}{release}")
        assert (reply.status, reply.headers.get("location")) == (308, f"/v1/{location}")
        assert ask(api, reply.headers["location"]).status == 200
    assert check_problem(ask(api, f"{path_of(WITHDRAWN)}/revisions/2")) == "withdrawn"
    assert ask(api, f"{path_of(WITHDRAWN)}/revisions/1").json == ask(api, f"{path_of(WITHDRAWN)}?release=1").json
    first, last = (ask(api, f"{path_of(MERGED)}/revisions/{number}").json for number in (1, 3))
    bookkeeping = ("revision", "release", "published_at")
    assert {**first, **dict.fromkeys(bookkeeping)} == {**last, **dict.fromkeys(bookkeeping)}
    assert ask(api, path_of(MERGED)).json == last


def test_the_feed_tells_what_happened_and_why(api: Client) -> None:
    """A merge and its undoing both; one row for each id that a rename redirects anew; no row for what stayed."""
    told = [
        (row["release"], row["path"], row["kind"], row["revision"], row["reason"], row["target"])
        for row in rows(api, "/v1/changes?since=1&limit=100")
        if row["path"] in LEADS
    ]
    assert told == [
        (2, RENAMED[0], "renamed", 2, "better-id", RENAMED[1]),
        (2, RENAMED[1], "created", 1, None, None),
        (2, WITHDRAWN, "withdrawn", 2, "risk", None),
        (2, MERGED, "merged", 2, "duplicate", INTO),
        (3, RENAMED[0], "renamed", 3, "better-id", RENAMED[2]),
        (3, RENAMED[1], "renamed", 2, "error", RENAMED[2]),
        (3, RENAMED[2], "created", 1, None, None),
        (3, KEPT, "withdrawn", 2, "source-withdrawn", None),
        (4, RENAMED[0], "renamed", 4, "better-id", RENAMED[3]),
        (4, RENAMED[1], "renamed", 3, "error", RENAMED[3]),
        (4, RENAMED[2], "renamed", 2, "better-id", RENAMED[3]),
        (4, RENAMED[3], "created", 1, None, None),
        (4, MERGED, "restored", 3, None, None),
    ]
    assert all(row["fields"] == [] for row in rows(api, "/v1/changes?since=1&limit=100") if row["kind"] != "updated")
    counted = {row["number"]: row["changes"] for row in rows(api, "/v1/releases")}
    for number in RELEASES:
        kinds = [row["kind"] for row in rows(api, f"/v1/changes?since={number - 1}&release={number}&limit=100")]
        assert counted[number] == {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def test_no_content_of_what_went_away_is_in_the_feed_or_the_history(api: Client) -> None:
    """They tell the id and what was done to it, nothing more."""
    content = words(ask(api, f"{path_of(WITHDRAWN)}?release=1&fields=name,summary,claims").body)
    for target in (f"{path_of(WITHDRAWN)}/revisions", "/v1/changes?since=1", "/v1/releases/2"):
        said = words(ask(api, target).body)
        assert {"contested", "border", "nkhr", "press", "confirm"} <= content
        assert not {"contested", "border", "nkhr", "press", "confirm"} & said


def test_the_record_holds_together(moved: World) -> None:
    """Every digest can be computed again, also those of departed resources."""
    assert wrong_in(moved.store) == []
