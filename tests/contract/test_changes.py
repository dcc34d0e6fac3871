"""The feed of changes: every kind with its reason, target and fields, read whole, in pages, later, and after a redaction."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from record.model import ChangeKind, State
from record.writing.rendering import SET_BY_PUBLISH, changed_fields
from schemas.pointers import Json, get, replace
from tests.conftest import Client, World
from tests.contract.asking import SEARCH, ask, check_problem, rows
from tests.contract.editing import DAY
from tests.resources import Record, gone, live
from workbench import redactions

A, B, C, D, E, Z, Y = "actors/a", "actors/b", "actors/c", "actors/d", "actors/e", "events/z", "sources/y"
CITED: list[Json] = [{"source": "sources/y"}, {"source": "sources/x", "fields": ["/name"]}]
SECRET = {"en": "What must not be known."}
# Every row but those of kind created: path, kind, release, revision, reason, target, fields.
TOLD = [
    (A, "updated", 2, 2, None, None, ["/citations", "/name/de", "/name/en"]),
    (Y, "updated", 2, 2, None, None, ["/citations/1/fields", "/summary"]),
    (B, "renamed", 3, 2, "better-id", E, []),
    (Z, "withdrawn", 3, 2, "source-withdrawn", None, []),
    (A, "redacted", 4, 1, "court-order", None, ["/summary"]),
    (A, "redacted", 4, 2, "court-order", None, ["/summary"]),
    (B, "renamed", 5, 3, "better-id", D, []),
    (E, "merged", 5, 2, "duplicate", D, []),
    (Z, "restored", 5, 3, None, None, []),
    (A, "updated", 6, 3, None, None, ["/summary"]),
    (Z, "withdrawn", 6, 4, "risk", None, []),
]
MEMBERS = ("path", "kind", "release", "revision", "reason", "target", "fields")


def made(world: World) -> Record:
    """Return the record after the first three releases."""
    record = Record(world, salts())
    record.put(live(A, {"summary": SECRET}), live(B), live(C), live(Z), live(Y, {"citations": CITED}))
    assert record.publish("One") is not None
    world.clock.advance(DAY)
    record.put(live(A, {"summary": SECRET, "name": {"en": "Another", "de": "Anders"}, "citations": CITED}), live(D))
    record.put(live(Y, {"summary": {"en": "More."}, "citations": [CITED[0], {"source": "sources/x"}]}))
    assert record.publish("Two") is not None
    world.clock.advance(DAY)
    record.put(gone(B, State.RENAMED, "better-id", E), live(E), gone(Z, State.WITHDRAWN, "source-withdrawn"))
    assert record.publish("Three") is not None
    return record


def goes_on(record: Record) -> None:
    """Redact something in release 4, and publish releases 5 and 6."""
    planned = redactions.plan(record.world.store, A, redactions.Asked(["/summary"]), "court-order", record.salt)
    assert record.publisher().redact(planned.redaction).number == 4
    record.world.clock.advance(DAY)
    record.keep(A, record.world.api().get(f"/v1/{A}").body)
    record.put(gone(B, State.RENAMED, "better-id", D), gone(E, State.MERGED, "duplicate", D), live(Z))
    assert record.publish("Five") is not None
    record.put(live(A, {"summary": {"en": "What may be known."}, "name": {"en": "Another", "de": "Anders"}, "citations": CITED}))
    record.put(gone(Z, State.WITHDRAWN, "risk"))
    assert record.publish("Six") is not None


def salts() -> Callable[[], bytes]:
    """Return a function that returns a different salt at each call."""
    numbers = itertools.count(1)
    return lambda: next(numbers).to_bytes(16, "big")


@dataclass(frozen=True)
class Reader:
    """A client that read the feed at release 3: its instance, the rows, and where to resume after five rows and after all."""

    client: Client
    rows: list[dict[str, Any]]
    middle: str
    end: str


@pytest.fixture(scope="module")
def reader(shared_world: World) -> Reader:
    """A reader of the first three releases. Since then three more were published, with every kind of change."""
    record = made(shared_world)
    client = shared_world.api()
    middle, end = (ask(client, f"/v1/changes?limit={limit}").json["page"]["resume"] for limit in (5, 100))
    before = Reader(client, rows(client, "/v1/changes?limit=100"), middle, end)
    goes_on(record)
    return before


@pytest.fixture(scope="module")
def told(reader: Reader) -> Client:
    """An instance over all six releases."""
    return reader.client.world.api()


@pytest.fixture(scope="module")
def every(told: Client) -> list[dict[str, Any]]:
    """The whole feed."""
    return rows(told, "/v1/changes?limit=100")


def test_every_kind_is_told_with_reason_target_and_fields(every: list[dict[str, Any]]) -> None:
    """Oldest first; within a release by path, and within a path by revision."""
    assert [tuple(row[name] for name in MEMBERS) for row in every if row["kind"] != "created"] == TOLD
    created = [(row["release"], row["path"]) for row in every if row["kind"] == "created"]
    assert created == [(1, A), (1, B), (1, C), (1, Z), (1, Y), (2, D), (3, E)]
    assert all(
        (row["revision"], row["reason"], row["target"], row["fields"]) == (1, None, None, []) for row in every if row["kind"] == "created"
    )
    assert {row["kind"] for row in every} == {str(kind) for kind in ChangeKind}
    places = [(row["release"], row["path"], row["revision"]) for row in every]
    assert places == sorted(places)
    assert {frozenset(row) for row in every} == {frozenset({*MEMBERS, "digest", "seal"})}


def test_the_feed_agrees_with_the_releases_and_the_revisions(told: Client, every: list[dict[str, Any]]) -> None:
    """A release's counts are those of its rows. A revision has a row for its publish and one for each redaction, with their seals."""
    for release in rows(told, "/v1/releases"):
        kinds = [row["kind"] for row in every if row["release"] == release["number"]]
        assert {kind: kinds.count(kind) for kind in kinds} == release["changes"]
        assert [row for row in every if row["release"] == release["number"]] == rows(told, f"{release['chain']['changes']}&limit=2")
    for path in (A, B, C, D, E, Z, Y):
        for revision in rows(told, f"/v1/{path}/revisions"):
            about = [row for row in every if (row["path"], row["revision"]) == (path, revision["number"])]
            assert {row["digest"] for row in about} == {revision["digest"]}, "a row shows the digest of what is no longer there"
            assert [row["seal"] for row in about] == [one["seal"] for one in revision["seals"]]
            assert (about[0]["release"], about[0]["reason"], about[0]["target"]) == tuple(
                revision[name] for name in ("release", "reason", "target")
            )
            assert len(about) == (2 if (path, revision["number"]) in [(A, 1), (A, 2)] else 1)
            assert len({row["seal"] for row in about}) == len(about)
            if revision["state"] == "live":
                assert ask(told, revision["path"]).headers["etag"] == f'"{revision["digest"]}"'


def naive(before: Json, after: Json) -> list[str]:
    """Return the pointers at which two values differ: the outermost place at which both can't be walked further."""
    old, new = dict(nodes(before, "")), dict(nodes(after, ""))
    found: list[str] = []
    for pointer in sorted(old.keys() | new.keys(), key=len):
        inside = any(pointer.startswith(f"{other}/") for other in found)
        if not inside and (pointer not in old or pointer not in new or kind(old[pointer]) != kind(new[pointer])):
            found.append(pointer)
    return sorted(found)


def nodes(value: Json, at: str) -> Iterator[tuple[str, Json]]:
    """Yield the pointer of every place in a value."""
    yield at, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield from nodes(inner, f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}")


def kind(value: Json) -> object:
    """Return a mark that two values share if both can be walked into, or if they are equal."""
    return "{}" if isinstance(value, dict) else ("[]", len(value)) if isinstance(value, list) else json.dumps(value)


def test_the_fields_of_an_update_are_what_differs(told: Client, every: list[dict[str, Any]]) -> None:
    """The feed's fields are those of a naive comparison of the two revisions, also after redactions of both."""
    updates = [row for row in every if row["kind"] == "updated"]
    assert len(updates) == 3
    for row in updates:
        before, after = (
            {name: value for name, value in ask(told, f"/v1/{row['path']}/revisions/{number}").json.items() if name not in SET_BY_PUBLISH}
            for number in (row["revision"] - 1, row["revision"])
        )
        assert row["fields"] == naive(before, after)


texts = st.text("aé~/ 0", max_size=2)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), texts), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
objects = st.dictionaries(texts, values, max_size=4)


@SEARCH
@given(before=objects, after=objects)
@example(before={"a": [{"b": "c"}, None]}, after={"a": [{"b": "d"}, None]})
@example(before={"~": {"/": True}}, after={"~": {"/": False, "": None}})
def test_the_fields_of_any_update_are_what_differs(before: dict[str, Json], after: dict[str, Json]) -> None:
    """For any two contents: copying the values at these pointers turns one content into the other."""
    fields = changed_fields(json.dumps(before), json.dumps(after).encode())
    assert list(fields) == naive(before, after)
    merged: Json = before
    for pointer in fields:
        holder, _, name = pointer.rpartition("/")
        name = name.replace("~1", "/").replace("~0", "~")
        target, source = get(merged, holder), get(after, holder)
        if isinstance(target, dict) and isinstance(source, dict):
            changed = {key: value for key, value in target.items() if key != name} | ({name: source[name]} if name in source else {})
            merged = replace(merged, holder, changed) if holder else changed
        else:
            merged = replace(merged, pointer, get(after, pointer))
    assert merged == after


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_of_any_size_tell_the_same(limit: int, told: Client, every: list[dict[str, Any]]) -> None:
    """From any release on; no row comes twice, and none is missing at the end of a release or among the rows of one document."""
    for since in range(7):
        assert rows(told, f"/v1/changes?since={since}&limit={limit}") == [row for row in every if row["release"] > since]


def test_from_every_place_it_can_be_resumed(told: Client, every: list[dict[str, Any]]) -> None:
    """The cursor of each page continues after its last row, with another limit too."""
    resume = "/v1/changes?limit=1"
    for place, row in enumerate(every, 1):
        page = ask(told, resume).json
        assert page["data"] == [row]
        assert page["page"]["next"] == (page["page"]["resume"] if place < len(every) else None)
        resume = page["page"]["resume"]
        assert ask(told, resume.replace("limit=1&", "limit=100&")).json["data"] == every[place:]
    assert ask(told, resume).json["data"] == []


def test_the_empty_page_leads_back_to_itself(told: Client, every: list[dict[str, Any]]) -> None:
    """The same request gives the same bytes, so that a reader with the ETag gets a 304."""
    assert every
    first = ask(told, "/v1/changes?limit=100").json["page"]["resume"]
    empty = ask(told, first)
    assert (empty.json["data"], empty.json["page"]["next"], empty.json["page"]["release"]) == ([], None, 6)
    assert empty.json["page"]["resume"] == first
    again = ask(told, first, {"If-None-Match": empty.headers["etag"]})
    assert (again.status, again.body) == (304, "")


@pytest.mark.parametrize("since", [6, 7, 999_999_999])
def test_after_the_current_release_there_is_nothing_yet(since: int, told: Client) -> None:
    """The page is empty, however high the number."""
    page = ask(told, f"/v1/changes?since={since}").json
    assert (page["data"], page["page"]["next"], page["page"]["release"]) == ([], None, 6)
    assert ask(told, page["page"]["resume"]).json["data"] == []


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "", "9999999999"])
def test_since_is_the_number_of_a_release(since: str, told: Client) -> None:
    """Anything else is refused."""
    assert check_problem(ask(told, f"/v1/changes?since={since}")) == "invalid-parameter"


def test_the_feed_of_a_past_release_ends_with_it(told: Client, every: list[dict[str, Any]]) -> None:
    """By number and by time; the answer by number is final. Its `resume` leads to newer changes."""
    for release in range(1, 7):
        expected = [row for row in every if row["release"] <= release]
        assert rows(told, f"/v1/changes?release={release}&limit=4") == expected
        at = ask(told, f"/v1/releases/{release}").json["published_at"]
        assert rows(told, f"/v1/changes?as_of={at}&limit=4") == expected
        end = ask(told, f"/v1/changes?release={release}&limit=100").json["page"]
        assert (end["release"], end["next"]) == (release, None)
        assert "release" not in parse_qs(urlsplit(end["resume"]).query)
        assert rows(told, end["resume"]) == [row for row in every if row["release"] > release]
    assert rows(told, "/v1/changes?as_of=2026-11-24&limit=100") == [row for row in every if row["release"] <= 2]
    assert rows(told, "/v1/changes?since=2&release=4") == [row for row in every if row["release"] in (3, 4)]
    assert rows(told, "/v1/changes?since=4&release=2") == []
    assert check_problem(ask(told, "/v1/changes?release=7")) == "invalid-parameter"
    assert check_problem(ask(told, "/v1/changes?as_of=2020-01-01")) == "not-found"
    assert check_problem(ask(told, "/v1/changes?release=1&as_of=2026-11-24")) == "conflicting-parameters"


def test_a_reader_comes_back_after_releases_and_a_redaction(reader: Reader, told: Client, every: list[dict[str, Any]]) -> None:
    """From the middle and the end of the feed, on the old instance and a new one: each change comes once."""
    before = reader.rows
    told_then, told_now = ([(row["path"], row["revision"], row["kind"], row["seal"]) for row in found] for found in (before, every))
    assert told_now[: len(told_then)] == told_then, "a redaction moved what was told before"
    for instance in (reader.client, told):
        assert rows(instance, reader.end) == every[len(before) :]
        assert rows(instance, reader.middle) == every[5:]
    gone_since = {row["digest"] for row in before} - {row["digest"] for row in every}
    assert gone_since == {row["digest"] for row in before if row["path"] == A}, "what was redacted can be guessed from its digest"
