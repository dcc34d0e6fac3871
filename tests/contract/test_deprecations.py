"""Deprecations, in answers (Deprecation, RFC 9745; Sunset, RFC 8594; a link) and in the specification, and nowhere else."""

import datetime
from collections.abc import Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from handlers.app import make_app
from handlers.contract import contract_of
from schemas import openapi
from schemas.contract import handlers_table
from schemas.registry import RESOURCES
from schemas.resource import Deprecation, Resource
from tests.conftest import Client, Reply, World, silent
from tests.contract.asking import ask, links_of

ACTORS = "actors"
ACTOR = "/v1/actors/vietnamese-police"
CASE = "/v1/cases/nine-north-koreans-viet-nam-2015"
TYPE = Deprecation(datetime.date(2026, 3, 1), "/docs/actors", datetime.date(2028, 1, 1))
FIELD = Deprecation(datetime.date(2026, 1, 2), "/docs/summary", datetime.date(2027, 6, 1), "summary")
OTHER_FIELD = Deprecation(datetime.date(2026, 2, 3), "/docs/name", None, "name")
VERSION = Deprecation(datetime.date(2025, 12, 31), "/docs/v2", datetime.date(2029, 1, 1))
OF_TYPE = [ACTOR, "/v1/actors", f"{CASE}/actors", "/v1/actors?format=csv", f"{ACTOR}?format=jsonld", "/v1/actors?release=1&limit=1"]
OF_OTHERS = ["/v1/events", CASE, f"{CASE}/events", f"{ACTOR}/events", "/v1", "/", "/v1/releases", "/v1/changes", "/v1/problems"]


def declared(*deprecations: Deprecation, collection: str = ACTORS) -> tuple[Resource, ...]:
    """Return the declarations of all types, one with these deprecations."""
    return tuple(replace(one, deprecations=deprecations) if one.collection == collection else one for one in RESOURCES)


def serving(world: World, resources: Sequence[Resource], version: Deprecation | None = None) -> Client:
    """Return the API of a contract with these declarations."""
    made = contract_of(handlers_table(resources, version))
    return Client(make_app(made, world.reader(), world.clock.datetime, silent()), world, published=False)


def said(reply: Reply) -> tuple[str | None, str | None, list[str]]:
    """Return the deprecation day, the sunset day and the guides that an answer's headers name."""
    since, sunset = reply.headers.get("deprecation"), reply.headers.get("sunset")
    guides = [part.partition(">")[0].removeprefix("<") for part in reply.headers["link"].split(", ") if 'rel="deprecation"' in part]
    assert (since is None) == (not guides)
    return day(since), str(parsedate_to_datetime(sunset).date()) if sunset else None, guides


def day(since: str | None) -> str | None:
    """Return the day of a Deprecation header: its midnight is a structured date (RFC 9651, 3.3.7)."""
    if since is None:
        return None
    assert since.startswith("@")
    moment = datetime.datetime.fromtimestamp(int(since[1:]), datetime.UTC)
    assert moment.time() == datetime.time()
    return str(moment.date())


NOTHING: tuple[None, None, list[str]] = (None, None, [])


@pytest.mark.parametrize("target", [*OF_TYPE, *OF_OTHERS])
def test_nothing_will_go_unless_it_is_declared(target: str, warm: Client) -> None:
    """The committed contract deprecates nothing."""
    assert said(ask(warm, target)) == NOTHING


def test_a_type_says_so_wherever_it_is_answered(seeded: World) -> None:
    """As a resource, in a list, in a sub-list and as a table. Other types and the service's own routes don't."""
    client = serving(seeded, declared(TYPE))
    for target in OF_TYPE:
        for method in ("GET", "HEAD"):
            reply = ask(client, target, method=method)
            assert said(reply) == ("2026-03-01", "2028-01-01", ["/docs/actors"])
        for fields in ("name", "id"):
            joined = "&" if "?" in target else "?"
            assert said(ask(client, f"{target}{joined}fields={fields}"))[0] == "2026-03-01"
    for target in OF_OTHERS:
        assert said(ask(client, target)) == NOTHING
    assert links_of(ask(client, ACTOR))["canonical"] == ACTOR


def test_a_field_says_so_where_it_is_shown(seeded: World) -> None:
    """If `fields` leaves it out, there is no deprecation."""
    client = serving(seeded, declared(FIELD))
    for target in OF_TYPE:
        joined = "&" if "?" in target else "?"
        for shown in ("", "summary", "name,summary"):
            reply = ask(client, f"{target}{joined}fields={shown}" if shown else target)
            assert said(reply) == ("2026-01-02", "2027-06-01", ["/docs/summary"])
        for hidden in ("name", "id", "type,claims"):
            assert said(ask(client, f"{target}{joined}fields={hidden}")) == NOTHING
    for target in OF_OTHERS:
        assert said(ask(client, target)) == NOTHING


def test_of_several_the_first_day_counts(seeded: World) -> None:
    """The earliest day of each kind, and every guide once; the sunset day may be missing."""
    client = serving(seeded, declared(TYPE, FIELD, OTHER_FIELD), VERSION)
    assert said(ask(client, ACTOR))[:2] == ("2025-12-31", "2027-06-01")
    assert sorted(said(ask(client, ACTOR))[2]) == ["/docs/actors", "/docs/name", "/docs/summary", "/docs/v2"]
    client = serving(seeded, declared(TYPE, FIELD, OTHER_FIELD))
    assert said(ask(client, f"{ACTOR}?fields=name")) == ("2026-02-03", "2028-01-01", ["/docs/actors", "/docs/name"])
    assert said(ask(client, f"{ACTOR}?fields=summary"))[:2] == ("2026-01-02", "2027-06-01")
    client = serving(seeded, declared(OTHER_FIELD))
    assert said(ask(client, ACTOR)) == ("2026-02-03", None, ["/docs/name"])
    client = serving(seeded, declared(FIELD, replace(OTHER_FIELD, guide=FIELD.guide)))
    assert said(ask(client, ACTOR))[2] == ["/docs/summary"]


def test_a_version_says_so_everywhere(seeded: World) -> None:
    """On every 200, and on no error, redirect or 304."""
    client = serving(seeded, RESOURCES, VERSION)
    for target in (*OF_TYPE, *OF_OTHERS):
        reply = ask(client, target)
        assert said(reply) == ("2025-12-31", "2029-01-01", ["/docs/v2"])
        for other in (ask(client, target, {"If-None-Match": reply.headers["etag"]}), ask(client, f"{target.partition('?')[0]}?bogus=1")):
            assert not {"deprecation", "sunset"} & set(other.headers)


def test_a_deprecation_changes_no_bytes(seeded: World) -> None:
    """Body and ETag stay the same, so a client that has them gets a 304 as before."""
    plain, going = serving(seeded, RESOURCES), serving(seeded, declared(TYPE, FIELD), VERSION)
    for target in OF_TYPE:
        assert ask(going, target).body == ask(plain, target).body
        assert ask(going, target).headers["etag"] == ask(plain, target).headers["etag"]


def operations(document: dict[str, Any]) -> set[str]:
    """Return the paths whose operation a specification marks."""
    return {path for path, item in document["paths"].items() if item["get"].get("deprecated")}


def marked(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the schemas and properties that a specification marks."""
    return {
        (name, member)
        for name, schema in document["components"]["schemas"].items()
        for member, inner in schema.get("properties", {}).items()
        if isinstance(inner, dict) and inner.get("deprecated")
    }


def test_the_specification_marks_the_operations_of_a_type() -> None:
    """All operations that answer with its resources, none of another type, and no property."""
    document = openapi.document(declared(TYPE))
    found = operations(document)
    assert {"/v1/actors", "/v1/actors/{slug}", "/v1/cases/{slug}/actors", "/v1/instruments/{slug}/actors"} <= found
    assert all("actors" in path for path in found)
    assert "/v1/actors/{slug}/events" not in found
    assert marked(document) == set()


def test_the_specification_marks_the_property_of_a_field() -> None:
    """In the whole and the partial schema of the type; not in other types with a field of that name; and no operation."""
    document = openapi.document(declared(FIELD))
    assert marked(document) == {("Actor", "summary"), ("ActorPart", "summary")}
    assert operations(document) == set()
    twice = openapi.document(declared(FIELD, OTHER_FIELD))
    assert marked(twice) == {(name, field) for name in ("Actor", "ActorPart") for field in ("summary", "name")}


def test_the_specification_marks_every_operation_of_a_version() -> None:
    """All of them."""
    document = openapi.document(RESOURCES, VERSION)
    assert operations(document) == set(document["paths"])


def test_the_specification_marks_nothing_that_stays() -> None:
    """The committed declarations deprecate nothing."""
    document = openapi.document(RESOURCES)
    assert (operations(document), marked(document)) == (set(), set())
