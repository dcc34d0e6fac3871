"""Checking a resource: all problems at once and at their fields, claims in the field's own form, valid references, stable bytes."""

import json
import random

import pytest
import rfc8785

from schemas.v1 import validation
from schemas.v1.rules import Rule
from tests.unit.builders import (
    BODY,
    CASE,
    EVENT,
    GROUP,
    INSTRUMENT,
    PAPER,
    PERSON,
    SOURCE,
    STATE,
    STATEMENT,
    Fields,
    Known,
    breaches,
    broken,
    claim,
    content,
    fields,
    preferred,
    shaped,
    singular,
)

PATHS = (CASE, EVENT, INSTRUMENT, STATEMENT, SOURCE, GROUP, PERSON, STATE)
DAY: Fields = {"edtf": "2015-10-22"}
OTHER_DAY: Fields = {"edtf": "2015-10-26"}

SHAPES: tuple[tuple[str, str, Fields, set[tuple[Rule, str]]], ...] = (
    ("unknown field", EVENT, {"when": "2015"}, {(Rule.UNKNOWN_FIELD, "/when")}),
    ("unknown field below", EVENT, {"date": {"edtf": "2015", "circa": True}}, {(Rule.UNKNOWN_FIELD, "/date/circa")}),
    ("unknown field in a list", EVENT, {"acts": [{"act": "arrest", "x": 1}]}, {(Rule.UNKNOWN_FIELD, "/acts/0/x")}),
    ("another type's field", EVENT, {"size": 9}, {(Rule.UNKNOWN_FIELD, "/size")}),
    ("missing field below", CASE, {"states": [{"actor": STATE}]}, {(Rule.MISSING_FIELD, "/states/0/role")}),
    ("number as text", EVENT, {"affected": [{"actor": GROUP, "number": "9"}]}, {(Rule.INVALID_VALUE, "/affected/0/number")}),
    ("number as float", EVENT, {"affected": [{"actor": GROUP, "number": 9.0}]}, {(Rule.INVALID_VALUE, "/affected/0/number")}),
    ("number as bool", GROUP, {"size": True}, {(Rule.INVALID_VALUE, "/size")}),
    ("number too small", GROUP, {"size": 0}, {(Rule.INVALID_VALUE, "/size")}),
    ("number that JSON can't hold", GROUP, {"size": 9007199254740993}, {(Rule.INVALID_VALUE, "/size")}),
    ("text as number", CASE, {"status": 1}, {(Rule.INVALID_VALUE, "/status")}),
    ("truth as text", SOURCE, {"identifies_people_at_risk": "no"}, {(Rule.INVALID_VALUE, "/identifies_people_at_risk")}),
    ("no term of the vocabulary", CASE, {"status": "Open"}, {(Rule.INVALID_VALUE, "/status")}),
    ("list as text", CASE, {"events": EVENT}, {(Rule.INVALID_VALUE, "/events")}),
    ("date as text", EVENT, {"date": "2015-10-22"}, {(Rule.INVALID_VALUE, "/date")}),
    ("day as number", CASE, {"last_verified": 1448236800}, {(Rule.INVALID_VALUE, "/last_verified")}),
    ("day as time", CASE, {"last_verified": "2026-11-20T00:00:00Z"}, {(Rule.INVALID_VALUE, "/last_verified")}),
    ("day that is none", CASE, {"last_verified": "2026-02-30"}, {(Rule.INVALID_VALUE, "/last_verified")}),
    ("null where something must stand", EVENT, {"case": None}, {(Rule.INVALID_VALUE, "/case")}),
    ("empty where something must stand", EVENT, {"acts": []}, {(Rule.INVALID_VALUE, "/acts")}),
    ("reference to another type", EVENT, {"case": EVENT}, {(Rule.INVALID_VALUE, "/case")}),
    ("no English", EVENT, {"name": {"ko": "이름"}}, {(Rule.INVALID_VALUE, "/name")}),
    ("no language", EVENT, {"name": {"en": "A name", "xx": "x"}}, {(Rule.INVALID_VALUE, "/name/xx")}),
    ("no country", EVENT, {"place": {"name": {"en": "X"}, "country": "UK", "precision": "city"}}, {(Rule.INVALID_VALUE, "/place/country")}),
    ("misplaced field", STATE, {"size": 3}, {(Rule.INVALID_VALUE, "/size")}),
    ("nested without a reporter", STATEMENT, {"form": "nested"}, {(Rule.INVALID_VALUE, "/reported_by")}),
    (
        "several at once",
        EVENT,
        {"case": 3, "acts": [], "x": 1},
        {(Rule.INVALID_VALUE, "/case"), (Rule.INVALID_VALUE, "/acts"), (Rule.UNKNOWN_FIELD, "/x")},
    ),
    (
        "citation of nothing",
        EVENT,
        {"citations": [{"source": SOURCE, "fields": ["/when"]}]},
        {(Rule.INVALID_VALUE, "/citations/0/fields/0")},
    ),
    (
        "citation of no pointer",
        EVENT,
        {"citations": [{"source": SOURCE, "fields": ["date"]}]},
        {(Rule.INVALID_VALUE, "/citations/0/fields/0")},
    ),
    (
        "citation of nothing in a claim",
        EVENT,
        {"claims": [preferred("/date", DAY, citations=[{"source": SOURCE, "fields": ["/when"]}])]},
        {(Rule.INVALID_VALUE, "/claims/0/citations/0/fields/0")},
    ),
)

BOOKKEEPING = ("/citations", "/citations/0/quote", "/claims", "/review/due", "/last_verified", "/id", "/type")


def about_bookkeeping(at: str) -> tuple[str, str, Fields, set[tuple[Rule, str]]]:
    """Return the case of a claim about the record's own bookkeeping."""
    return f"about {at}", EVENT, {"claims": [claim(at, None)]}, {(Rule.CLAIM_MISMATCH, "/claims/0/field")}


CLAIMS: tuple[tuple[str, str, Fields, set[tuple[Rule, str]]], ...] = (
    (
        "preferred, and the field says otherwise",
        EVENT,
        {"claims": [preferred("/date", OTHER_DAY)]},
        {(Rule.CLAIM_MISMATCH, "/claims/0/value")},
    ),
    (
        "two preferred",
        EVENT,
        {"claims": [preferred("/date", DAY), preferred("/date", DAY)]},
        {(Rule.CLAIM_MISMATCH, "/claims/1/preferred")},
    ),
    ("preferred without a note", EVENT, {"claims": [claim("/date", DAY, preferred=True)]}, {(Rule.CLAIM_MISMATCH, "/claims/0/note")}),
    ("none preferred, and a value", EVENT, {"claims": [claim("/date", OTHER_DAY)]}, {(Rule.CLAIM_MISMATCH, "/date")}),
    ("none preferred, and an interval", CASE, {"claims": [claim("/period", DAY)]}, {(Rule.CLAIM_MISMATCH, "/period")}),
    ("about nothing", EVENT, {"claims": [claim("/when", DAY)]}, {(Rule.CLAIM_MISMATCH, "/claims/0/field")}),
    ("about nothing in a list", EVENT, {"claims": [claim("/acts/1/act", "arrest")]}, {(Rule.CLAIM_MISMATCH, "/claims/0/field")}),
    ("about nothing in what is null", EVENT, {"claims": [claim("/origin/country", "CN")]}, {(Rule.CLAIM_MISMATCH, "/claims/0/field")}),
    ("a huge index", EVENT, {"claims": [claim("/acts/" + "9" * 5000, "arrest")]}, {(Rule.CLAIM_MISMATCH, "/claims/0/field")}),
    (
        "an index with a zero before it",
        EVENT,
        {"claims": [preferred("/acts/00/act", "arrest")]},
        {(Rule.CLAIM_MISMATCH, "/claims/0/field")},
    ),
    ("about a part of a date", EVENT, {"claims": [claim("/date/edtf", "2015")]}, {(Rule.CLAIM_MISMATCH, "/claims/0/field")}),
    ("no pointer", EVENT, {"claims": [claim("date", DAY)]}, {(Rule.INVALID_VALUE, "/claims/0/field")}),
    *map(about_bookkeeping, BOOKKEEPING),
    ("a value of the wrong form", EVENT, {"claims": [claim("/date", "2015")]}, {(Rule.INVALID_VALUE, "/claims/0/value")}),
    (
        "a value wrong inside",
        EVENT,
        {"claims": [claim("/place", {"name": {"en": "X"}, "precision": "x"})]},
        {(Rule.INVALID_VALUE, "/claims/0/value/precision")},
    ),
    ("an unknown field inside", EVENT, {"claims": [claim("/date", {**DAY, "x": 1})]}, {(Rule.INVALID_VALUE, "/claims/0/value/x")}),
    ("no date", EVENT, {"claims": [claim("/date", {"edtf": "October"})]}, {(Rule.INVALID_VALUE, "/claims/0/value")}),
    ("no term", CASE, {"claims": [claim("/outcome", "lost")]}, {(Rule.INVALID_VALUE, "/claims/0/value")}),
    ("a number as text", EVENT, {"claims": [claim("/affected/0/number", "9")]}, {(Rule.INVALID_VALUE, "/claims/0/value")}),
    ("no country", EVENT, {"claims": [claim("/place/country", "UK")]}, {(Rule.INVALID_VALUE, "/claims/0/value")}),
    (
        "two wrong at once",
        EVENT,
        {"claims": [claim("/date", 1), claim("/when", 1)]},
        {(Rule.INVALID_VALUE, "/claims/0/value"), (Rule.CLAIM_MISMATCH, "/claims/1/field")},
    ),
    ("without a citation", EVENT, {"claims": [claim("/date", DAY, citations=[])]}, {(Rule.INVALID_VALUE, "/claims/0/citations")}),
)

GOOD_CLAIMS: tuple[tuple[str, str, Fields], ...] = (
    ("preferred and the same", EVENT, {"claims": [preferred("/date", DAY), claim("/date", OTHER_DAY)]}),
    ("the same date, stated otherwise", EVENT, {"claims": [preferred("/date", {**DAY, "as_stated": "on Thursday"})]}),
    ("none preferred, and null", EVENT, {"date": None, "claims": [claim("/date", DAY), claim("/date", OTHER_DAY)]}),
    ("none preferred, and a set", EVENT, {"date": {"edtf": "[2015-10-22,2015-10-26]"}, "claims": [claim("/date", DAY)]}),
    ("none preferred, and unknown", CASE, {"claims": [claim("/outcome", "returned")]}),
    ("none preferred, and empty", EVENT, {"involvements": [], "claims": [claim("/involvements", [])]}),
    ("nested", EVENT, {"claims": [preferred("/place/name/en", "Dongxing"), claim("/place/name/en", "Nanning")]}),
    ("nested in a list", EVENT, {"claims": [preferred("/acts/0/act", "arrest"), claim("/acts/0/act", "detention")]}),
    ("on two fields", EVENT, {"claims": [preferred("/date", DAY), preferred("/place/country", "CN")]}),
    ("nobody knows", EVENT, {"claims": [preferred("/date", DAY), claim("/date", None)]}),
)


def table(cases: tuple[tuple[str, str, Fields, set[tuple[Rule, str]]], ...]) -> pytest.MarkDecorator:
    """Parametrise over a table of changes and the rules that they break."""
    return pytest.mark.parametrize(("path", "changes", "expected"), [case[1:] for case in cases], ids=[case[0] for case in cases])


@table(SHAPES)
def test_a_wrong_shape_is_reported_at_its_place(path: str, changes: Fields, expected: set[tuple[Rule, str]]) -> None:
    """Unknown fields, missing fields and invalid values are each reported at their place, all at once. Nothing is coerced."""
    found, wrong = validation.shape(path, fields(path, changes))
    assert found is None
    assert {(breach.rule, breach.field) for breach in wrong} == expected
    assert all(breach.message and not breach.warning for breach in wrong)


@pytest.mark.parametrize("path", PATHS)
def test_every_missing_field_is_reported(path: str) -> None:
    """A resource without fields gets a list of all required ones."""
    found, wrong = validation.shape(path, {})
    assert found is None
    rules = {"/citations": Rule.INSUFFICIENT_SOURCES, "/review": Rule.REVIEW_DUE}
    needed = {f"/{name}" for name, field in type(shaped(path).resource).model_fields.items() if field.is_required()}
    assert {(breach.rule, breach.field) for breach in wrong} == {(rules.get(at, Rule.MISSING_FIELD), at) for at in needed}


@table(CLAIMS)
def test_a_wrong_claim_is_reported(path: str, changes: Fields, expected: set[tuple[Rule, str]]) -> None:
    """A claim about nothing, of another form, or that contradicts its field is refused at the wrong place."""
    found, wrong = validation.shape(path, fields(path, changes))
    assert found is None
    assert {(breach.rule, breach.field) for breach in wrong} == expected


@pytest.mark.parametrize(("path", "changes"), [case[1:] for case in GOOD_CLAIMS], ids=[case[0] for case in GOOD_CLAIMS])
def test_claims_that_hold(path: str, changes: Fields) -> None:
    """Competing claims are valid if one is preferred and the field has its value, or if the field takes no side (null, unknown, a set)."""
    assert breaches(path, changes) == []


def test_a_claimed_value_takes_the_form_of_its_field() -> None:
    """A claim's value is published as the field would be: with derived bounds, nulls and lists."""
    city: Fields = {"name": {"en": " Nanning "}, "precision": "city"}
    claims = content(EVENT, {"place": None, "claims": [preferred("/date", DAY), claim("/place", city)]})["claims"]
    assert isinstance(claims, list)
    values = [value["value"] for value in claims if isinstance(value, dict)]
    assert values == [
        {"edtf": "2015-10-22", "as_stated": None, "basis": None, "earliest": "2015-10-22", "latest": "2015-10-22"},
        {"name": {"en": "Nanning"}, "country": None, "precision": "city", "same_as": [], "coordinates": None},
    ]


UNRESOLVED: tuple[tuple[str, str, Fields, str], ...] = (
    ("a single one", EVENT, {"custody_after": {"holder": "actors/nobody"}}, "/custody_after/holder"),
    ("in a list", CASE, {"instruments": [INSTRUMENT, "instruments/none"]}, "/instruments/1"),
    ("in a list of parts", CASE, {"actors": [{"actor": "actors/nobody", "role": "other"}]}, "/actors/0/actor"),
    ("a source", EVENT, {"citations": [{"source": "sources/none"}]}, "/citations/0/source"),
    (
        "a claim's source",
        EVENT,
        {"claims": [preferred("/date", DAY, citations=[{"source": "sources/none"}])]},
        "/claims/0/citations/0/source",
    ),
    ("in a claim's value", EVENT, {"claims": [claim("/custody_before", {"holder": "actors/nobody"})]}, "/claims/0/value/holder"),
)


@pytest.mark.parametrize(("path", "changes", "at"), [case[1:] for case in UNRESOLVED], ids=[case[0] for case in UNRESOLVED])
def test_a_reference_to_nothing_is_reported(path: str, changes: Fields, at: str) -> None:
    """Every reference leads to a resource of the record."""
    assert broken(path, changes) == {(Rule.UNRESOLVED_REFERENCE, at)}


MUTUAL: tuple[tuple[str, str, Known, str], ...] = (
    ("an event that its case does not name", EVENT, Known().but(CASE, {"events": []}), "/case"),
    ("a case whose event is another's", CASE, Known().but(EVENT, {"case": "cases/another"}), "/events/0"),
    ("a statement that its case does not name", STATEMENT, Known().but(CASE, {"statements": []}), "/about/cases/0"),
    ("a case whose statement is about nothing", CASE, Known().but(STATEMENT, {"about": {}}), "/statements/0"),
)


@pytest.mark.parametrize(("path", "others", "at"), [case[1:] for case in MUTUAL], ids=[case[0] for case in MUTUAL])
def test_a_reference_that_is_not_mutual_is_reported(path: str, others: Known, at: str) -> None:
    """A case and its events name each other or neither does. The same is true for a case and the statements about it."""
    assert broken(path, others=others) == {(Rule.REFERENCE_NOT_MUTUAL, at)}


def test_an_unresolved_reference_is_not_called_one_sided_too() -> None:
    """One mistake is one breach."""
    assert broken(CASE, others=Known().without(EVENT)) == {(Rule.UNRESOLVED_REFERENCE, "/events/0")}


@pytest.mark.parametrize("path", PATHS)
def test_canonical_bytes_are_stable(path: str) -> None:
    """The order of fields in a file changes nothing, and published content gives the same bytes again."""
    written = fields(path)
    shuffled = list(written.items())
    random.Random(33).shuffle(shuffled)
    canonical = shaped(path).canonical()
    found, _ = validation.shape(path, dict(shuffled))
    assert found is not None
    assert found.canonical() == canonical
    read: Fields = json.loads(canonical)
    assert rfc8785.dumps(json.loads(canonical)) == canonical
    again, _ = validation.shape(path, {name: value for name, value in read.items() if name not in ("id", "type")})
    assert again is not None
    assert again.canonical() == canonical
    assert validation.trusted(path, read).canonical() == canonical


def test_canonical_bytes_are_rfc_8785() -> None:
    """Keys are sorted, nothing is padded, text is plain UTF-8, and whole floats have no fraction."""
    place: Fields = {
        "name": {"vi": "Đông Hưng", "en": 'Dongxing "city"'},
        "precision": "city",
        "coordinates": {"latitude": 21.0, "longitude": 107},
    }
    canonical = shaped(EVENT, {"place": place}).canonical()
    assert (
        '"place":{"coordinates":{"latitude":21,"longitude":107},"country":null,"name":{"en":"Dongxing \\"city\\"","vi":"Đông Hưng"},'
        '"precision":"city","same_as":[]}'
    ).encode() in canonical
    assert b": " not in canonical.replace(b'": "', b"")
    assert list(json.loads(canonical)) == sorted(json.loads(canonical))


@pytest.mark.parametrize("path", PATHS)
def test_every_field_stands_in_what_is_published(path: str) -> None:
    """Content has its id, its type and every field of its model, including null and empty ones."""
    found = shaped(path)
    assert found.content["id"] == path
    assert found.content["type"] == singular(path)
    assert set(found.content) == {"id", "type", *type(found.resource).model_fields}


def test_edges_are_the_references_that_stand_there() -> None:
    """Every reference of a resource is an edge, with the pattern of its place."""
    changes: Fields = {
        "acts": [{"act": "refoulement", "attributed_to": BODY}],
        "involvements": [{"actor": PAPER, "role": "reporter", "degree": "present"}],
    }
    assert {(edge.pattern, edge.target) for edge in validation.edges(EVENT, content(EVENT, changes))} == {
        ("/citations/*/source", SOURCE),
        ("/case", CASE),
        ("/acts/*/attributed_to", BODY),
        ("/involvements/*/actor", PAPER),
        ("/affected/*/actor", GROUP),
    }
