"""Lists as tables: the header follows from the type, no value is lost, and no cell is a formula."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from handlers import tables as tabled
from record.writing.rendering import render
from schemas import tables
from schemas.registry import RESOURCES
from schemas.resource import Resource
from schemas.v1 import validation
from tests.unit.examples import documented, everywhere, without
from workbench.seedfiles import read_resources

ROOT = Path(__file__).parents[2]
SEED: dict[str, Any] = dict(read_resources(ROOT / "seed"))
PUBLISHED_AT = "2026-11-23T12:00:00.000Z"
EVERY_TYPE = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: str(resource.collection))

# The characters that start a formula in spreadsheets, repeated here.
STARTS = (*"=+-@", *"\t\r\n\0", *"\uff1d\uff0b\uff0d\uff20", *"\ufe62\ufe63\ufe66\ufe6b", "\u2212")
UNSEEN = ("", " ", "\u00a0", "\u3000", "\ufeff", "\u200b", "\u200f", "\u202e", " \t ", "\x0b")
TEXTS = st.one_of(
    st.text(),
    st.tuples(st.sampled_from(UNSEEN), st.sampled_from((*STARTS, "'", '"', ",", ";", "아홉 명", "تسعة", "🛂")), st.text()).map("".join),
)


def columns(resource: Resource) -> tuple[tabled.Column, ...]:
    """Return a type's columns as the handlers have them, converted to JSON and back."""
    return tabled.columns_of(json.loads(json.dumps([column.row() for column in tables.columns(resource)])))


def seed_bodies(resource: Resource) -> list[str]:
    """Return the published bodies of the seed's resources of a type."""
    bodies = []
    for path, fields in SEED.items():
        if path.startswith(f"{resource.collection}/"):
            found, wrong = validation.shape(path, fields)
            assert found is not None, wrong
            bodies.append(render(found.canonical(), revision=1, release=1, published_at=PUBLISHED_AT))
    assert bodies
    return bodies


def full(resource: Resource) -> dict[str, Any]:
    """Return a resource with every field filled in."""
    redacted = {"fields": ["/summary/en"], "reason": "risk", "release": 1}
    fixed = {"id": f"{resource.collection}/x", "type": resource.singular, "redactions": [redacted], "revision": 2, "release": 3}
    return {**documented(resource.model), **fixed, "published_at": PUBLISHED_AT}


def body_of(content: object) -> str:
    """Return canonical JSON."""
    return rfc8785.dumps(content).decode()  # type: ignore[arg-type]


def rows(text: str) -> list[list[str]]:
    """Return the cells of a CSV, with a strict parser."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def read_back(column: tabled.Column, cell: str) -> Any:
    """Return the value of a cell, by the rules that docs/tables.md gives to readers. The value of a text column is a text."""
    if cell == "":
        return None
    if column.form == "text":
        return cell.removeprefix("'")
    if column.form == "joined":
        return [None if item == "null" else item for item in cell.removeprefix("'").split(" ")]
    return json.loads(cell)


def expected(column: tabled.Column, content: Any) -> Any:
    """Return the value that a cell must have."""
    value = content
    for name in column.at:
        value = value[name] if isinstance(value, dict) and name in value else None
    if column.form == "others" and value:
        value = {name: other for name, other in value.items() if name not in column.besides}
    if column.form == "text" and value is not None and not isinstance(value, str):
        return json.dumps(value)
    return value or None


def leaves(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the members that lead to every value that is not an object. A list counts as one value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*at, name))
    elif value not in (None, []):
        yield at


@EVERY_TYPE
def test_the_header_follows_from_the_type(resource: Resource) -> None:
    """The header is the same without a row, with any seed resource, and with every field filled in. No name is there twice."""
    shown = columns(resource)
    header = [column.name for column in shown]
    assert len(set(header)) == len(header)
    for bodies in ([], *([body] for body in seed_bodies(resource)), [body_of(full(resource))]):
        text = tabled.csv_of(shown, bodies)
        assert rows(text)[0] == header
        assert len(rows(text)) == 1 + len(bodies)
        assert {len(row) for row in rows(text)} == {len(header)}


@EVERY_TYPE
def test_every_field_has_its_columns_in_order(resource: Resource) -> None:
    """First the fields that the publish adds, then the model's fields in order, then the redactions."""
    tops = list(dict.fromkeys(column.at[0] for column in columns(resource)))
    assert tops == ["id", "type", "revision", "release", "published_at", *resource.model.model_fields, "redactions"]


def test_nested_fields_have_predictable_names() -> None:
    """Dates, places, texts by language, a statement's text, lists of references and lists of objects have fixed forms."""
    by_collection = {resource.collection: {column.name: column.form for column in columns(resource)} for resource in RESOURCES}
    events, statements, sources = by_collection["events"], by_collection["statements"], by_collection["sources"]
    assert [name for name in events if name.startswith("date")] == [
        "date.edtf",
        "date.as_stated",
        "date.basis",
        "date.earliest",
        "date.latest",
    ]
    assert (events["name.en"], events["name.other"], events["place.name.other"]) == ("text", "others", "others")
    assert (events["place.same_as"], events["same_as"], by_collection["cases"]["events"]) == ("joined", "joined", "joined")
    assert (statements["text.en.text"], statements["text.en.original"], statements["text.other"]) == ("text", "text", "others")
    assert (statements["about.cases"], by_collection["instruments"]["languages"]) == ("joined", "joined")
    assert {events["claims"], events["citations"], events["acts"], by_collection["instruments"]["party_acts"]} == {"json"}
    assert sources["authors"] == "json", "a name holds blanks"


@EVERY_TYPE
def test_nothing_is_lost(resource: Resource) -> None:
    """Every value of every seed resource, and of a resource with every field, is in its cell, and can be read back by the rules."""
    shown = columns(resource)
    bodies = [*seed_bodies(resource), body_of(full(resource))]
    for body, row in zip(bodies, rows(tabled.csv_of(shown, bodies))[1:], strict=True):
        content = json.loads(body)
        for column, cell in zip(shown, row, strict=True):
            assert read_back(column, cell) == expected(column, content), column.name
        for at in leaves(content):
            holding = [column for column in shown if column.at == at[: len(column.at)]]
            fitting = [column for column in holding if column.at == at or at[len(column.at)] not in column.besides]
            assert len(fitting) == 1, at
            assert fitting[0].at == at or fitting[0].form in ("json", "others"), at


@EVERY_TYPE
def test_null_may_stand_anywhere(resource: Resource) -> None:
    """After a redaction any member or item may be null. The header stays the same, and so does every other cell."""
    shown, content = columns(resource), full(resource)
    header, whole = rows(tabled.csv_of(shown, [body_of(content)]))
    for at in everywhere(content):
        redacted = without(content, at)
        now_header, row = rows(tabled.csv_of(shown, [body_of(redacted)]))
        assert now_header == header
        for column, before, cell in zip(shown, whole, row, strict=True):
            assert read_back(column, cell) == expected(column, redacted)
            if column.at[0] != at[0]:
                assert cell == before


@pytest.mark.parametrize("value", [None, "[redacted]", [], {}])
def test_a_field_of_another_shape_does_no_harm(value: object) -> None:
    """There is a row, whatever a redaction left in place of an object or a list."""
    for resource in RESOURCES:
        shown = columns(resource)
        for name in resource.model.model_fields:
            assert len(rows(tabled.csv_of(shown, [body_of({**full(resource), name: value})]))) == 2


@given(TEXTS, TEXTS)
def test_any_text_comes_out_again_and_is_no_formula(name: str, summary: str) -> None:
    """Strict CSV readers read any text and no spreadsheet runs it. Without one leading apostrophe it is the original text."""
    (resource,) = (resource for resource in RESOURCES if resource.collection == "cases")
    shown = columns(resource)
    body = body_of({"id": "cases/x", "name": {"en": name}, "summary": {"en": summary, "ko": name}, "type": "case"})
    text = tabled.csv_of(shown, [body, body])
    header, first, second = rows(text)
    assert first == second
    cells = dict(zip(header, first, strict=True))
    assert (cells["name.en"].removeprefix("'"), cells["summary.en"].removeprefix("'")) == (name, summary)
    assert json.loads(cells["summary.other"]) == {"ko": name}
    for cell in first:
        assert not cell.startswith(STARTS)
        assert not cell.lstrip("".join(UNSEEN)).startswith(STARTS)
    assert text.encode().decode() == text
    assert text.startswith("id,type,")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("unseen", UNSEEN)
def test_a_formula_is_defused(start: str, unseen: str) -> None:
    """Each character that spreadsheets or OWASP name is escaped, at the start or after invisible characters."""
    formula = f'{unseen}{start}HYPERLINK("https://example.org/")'
    assert tabled.defused(formula) == f"'{formula}"


@pytest.mark.parametrize("text", ["", "a=b", "아홉 명", "تسعة", "🛂 -", " plain", '"=1"', "1-2", "(=1)", "\u200bfoo", "\u2019tis"])
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    """A sign in the middle does not start a formula."""
    assert tabled.defused(text) == text


def test_an_apostrophe_gets_another() -> None:
    """Otherwise a reader that removes one apostrophe would remove one of the text itself."""
    assert [tabled.defused(text) for text in ("'tis", "'=1", "''")] == ["''tis", "''=1", "'''"]


def test_numbers_and_truth_are_as_in_json() -> None:
    """A negative number is not a formula, and stays a number."""
    (resource,) = (resource for resource in RESOURCES if resource.collection == "events")
    place = {"coordinates": {"latitude": 46, "longitude": -6.5}}
    text = tabled.csv_of(columns(resource), [body_of({"id": "events/x", "place": place, "revision": 3, "type": "event"})])
    cells = dict(zip(*rows(text), strict=True))
    assert (cells["place.coordinates.latitude"], cells["place.coordinates.longitude"], cells["revision"]) == ("46", "-6.5", "3")
    (sources,) = (resource for resource in RESOURCES if resource.collection == "sources")
    text = tabled.csv_of(columns(sources), [body_of({"id": "sources/x", "identifies_people_at_risk": False, "type": "source"})])
    assert dict(zip(*rows(text), strict=True))["identifies_people_at_risk"] == "false"


def test_the_bytes_are_those_of_rfc_4180() -> None:
    """CRLF after every line, quotes only where needed and doubled inside, no byte order mark."""
    (resource,) = (resource for resource in RESOURCES if resource.collection == "actors")
    name = {"en": 'The "nine",\nso called', "ko": "아홉"}
    body = body_of({"id": "actors/x", "name": name, "same_as": ["https://a.example/", None], "type": "actor"})
    assert (
        tabled.csv_of(columns(resource), [body], ("name", "same_as")).encode()
        == (
            "id,type,name.en,name.other,same_as\r\n"
            'actors/x,actor,"The ""nine"",\nso called","{""ko"":""아홉""}",https://a.example/ null\r\n'
        ).encode()
    )


@EVERY_TYPE
def test_fields_choose_columns(resource: Resource) -> None:
    """The requested fields, and id and type, in the table's order."""
    names = [column.name for column in columns(resource)]
    for field in ("release", *resource.model.model_fields, "redactions"):
        header = rows(tabled.csv_of(columns(resource), seed_bodies(resource), (field,)))[0]
        assert header == [name for name in names if name in ("id", "type") or name == field or name.startswith(f"{field}.")]
    assert rows(tabled.csv_of(columns(resource), [], ("name", "id")))[0] == ["id", "type", "name.en", "name.other"]


@EVERY_TYPE
def test_ndjson_is_one_body_a_line(resource: Resource) -> None:
    """Each line is a body, byte for byte, followed by LF. No bodies make an empty file."""
    bodies = seed_bodies(resource)
    assert tabled.ndjson_of(bodies).encode().split(b"\n") == [*(body.encode() for body in bodies), b""]
    assert tabled.ndjson_of([]) == ""


@given(TEXTS)
def test_no_text_breaks_a_line_of_ndjson(text: str) -> None:
    """Canonical JSON escapes line breaks."""
    lines = tabled.ndjson_of([body_of({"name": {"en": text}}), "{}"]).split("\n")
    assert [json.loads(line) for line in lines[:-1]] == [{"name": {"en": text}}, {}]


def test_the_guide_names_columns_that_there_are() -> None:
    """Each example in docs/tables.md is a column of some type."""
    guide = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    table = [line.split("|") for line in guide.splitlines() if line.startswith("| ") and "---" not in line]
    named = {name for row in table for name in re.findall("`([a-z_.0-9]+)`", row[3])}
    assert len(named) > 10
    assert named <= {column.name for resource in RESOURCES for column in columns(resource)}
