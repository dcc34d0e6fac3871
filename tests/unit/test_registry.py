"""The declarations agree, every possible contradiction is found, and the published contract follows from them."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel, Field, TypeAdapter

from schemas import contract, jsonschemas, modelwalk, registry
from schemas.pointers import values_at
from schemas.resource import Filter, Resource, Sort, SubList, Via
from schemas.v1 import validation
from schemas.v1.shape import Shape
from schemas.v1.shared import Record
from schemas.v1.terms import Term
from schemas.v1.vocabulary import Reason
from tests.unit.examples import documented, every_field
from workbench.contractfiles import PUBLISHED, stale
from workbench.seedfiles import read_resources

ROOT = Path(__file__).parents[2]
SEED: dict[str, Any] = dict(read_resources(ROOT / "seed"))
BY_NAME = {resource.collection: resource for resource in registry.RESOURCES}
EVENTS, SOURCES, ACTORS = BY_NAME["events"], BY_NAME["sources"], BY_NAME["actors"]
EVERY_TYPE = pytest.mark.parametrize("resource", registry.RESOURCES, ids=lambda resource: str(resource.collection))
EVERY_FILTER = pytest.mark.parametrize(
    ("resource", "declared"),
    [(resource, declared) for resource in registry.RESOURCES for declared in resource.filters],
    ids=[f"{resource.collection}?{declared.name}" for resource in registry.RESOURCES for declared in resource.filters],
)
FORMS = {
    "country": re.compile("[A-Z]{2}"),
    "language": re.compile("[a-z]{2,3}(-.+)?"),
    "slug": re.compile("[a-z0-9]+(-[a-z0-9]+)*"),
}


def with_filter(resource: Resource, declared: Filter) -> Resource:
    """Return a declaration with one more filter."""
    return dataclasses.replace(resource, filters=(*resource.filters, declared))


def with_sort(resource: Resource, sort: Sort) -> Resource:
    """Return a declaration with one more sort order."""
    return dataclasses.replace(resource, sorts=(*resource.sorts, sort))


class Mute(Record):
    """A record with a field without a description."""

    field: str = Field(examples=["x"])


class Bare(Record):
    """A record with a field without an example."""

    field: str = Field(description="A field.")


class Inner(Shape):
    """A part with a field without a description."""

    field: str


class Outer(Record):
    """A record whose part has no description."""

    parts: list[Inner] = Field(description="Parts.", examples=[[]])


class Unexplained(Term):
    """A vocabulary with a value without a description."""

    A = "a", ""


class Vague(Record):
    """A record with such a vocabulary."""

    kind: Unexplained = Field(description="Its kind.", examples=["a"])


class Stray(BaseModel):
    """A model that is not a record."""


def of(model: type[BaseModel]) -> Resource:
    """Return a declaration of a model that has nothing else."""
    return Resource(
        collection="things",
        singular="thing",
        example="a-thing",
        model=model,
        title="Things",
        description="Things.",
        filters=(),
        sorts=(),
        default_sort="id",
    )


SPOILT: tuple[tuple[str, Resource, str], ...] = (
    ("a filter without an example", with_filter(EVENTS, Filter("x", "X.", ("/case",))), "filter 'x' has no example"),
    ("an example that is not a slug", replace(EVENTS, example="A"), "its example 'A' is not a slug"),
    ("a filter without a source", with_filter(EVENTS, Filter("x", "X.")), "filter 'x' must take its values either from pointers or via"),
    (
        "a filter with two sources",
        with_filter(EVENTS, Filter("x", "X.", ("/case",), via=(Via("cases", "/events/*"),))),
        "filter 'x' must take its values either from pointers or via other resources",
    ),
    ("a pointer to nothing", with_filter(EVENTS, Filter("x", "X.", ("/nothing",))), "filter 'x': its model has nothing at /nothing"),
    ("one pointer of two to nothing", with_filter(EVENTS, Filter("x", "X.", ("/case", "/acts/*/x"))), "its model has nothing at /acts/*/x"),
    ("a pointer past a list", with_filter(EVENTS, Filter("x", "X.", ("/acts/act",))), "its model has nothing at /acts/act"),
    (
        "cited for an unknown collection",
        with_filter(SOURCES, Filter("x", "X.", cited_for="nobody")),
        "filter 'x' is cited for 'nobody', which is not a collection",
    ),
    (
        "via an unknown collection",
        with_filter(EVENTS, Filter("x", "X.", via=(Via("nobody", "/x"),))),
        "goes via 'nobody', which is not a collection",
    ),
    ("via nothing", with_filter(EVENTS, Filter("x", "X.", via=(Via("cases", "/x"),))), "cases have no reference to events at /x"),
    (
        "via what is no reference",
        with_filter(EVENTS, Filter("x", "X.", via=(Via("cases", "/status"),))),
        "cases have no reference to events at /status",
    ),
    (
        "via another's reference",
        with_filter(EVENTS, Filter("x", "X.", via=(Via("cases", "/statements/*"),))),
        "cases have no reference to events",
    ),
    (
        "via a value that is nothing",
        with_filter(SOURCES, Filter("x", "X.", via=(Via("events", "/citations/*/source", "/x"),))),
        "events have no reference at /x",
    ),
    (
        "via a value that is no reference",
        with_filter(SOURCES, Filter("x", "X.", via=(Via("events", "/citations/*/source", "/acts/*/act"),))),
        "events have no reference at /acts/*/act",
    ),
    (
        "via others and repeatable",
        with_filter(EVENTS, Filter("x", "X.", via=(Via("cases", "/events/*"),), repeatable=True)),
        "can't be repeatable",
    ),
    *(
        (
            f"a reserved name: {name}",
            with_filter(EVENTS, Filter(name, "X.", ("/case",))),
            f"filter '{name}' has an invalid, duplicate or reserved name",
        )
        for name in ("sort", "limit", "from", "to", "cursor", "release", "as_of", "fields", "include", "since")
    ),
    ("a bad name", with_filter(EVENTS, Filter("X-1", "X.", ("/case",))), "filter 'X-1' has an invalid, duplicate or reserved name"),
    ("a double name", with_filter(EVENTS, Filter("case", "X.", ("/case",))), "filter 'case' has an invalid, duplicate or reserved name"),
    ("a sort by nothing", with_sort(EVENTS, Sort("x", "X.")), "sort 'x' must be either by dates or by a text"),
    (
        "a sort by both",
        with_sort(EVENTS, Sort("x", "X.", dates=("/date",), text="/name/en")),
        "sort 'x' must be either by dates or by a text",
    ),
    ("a sort by what is not a date", with_sort(EVENTS, Sort("x", "X.", dates=("/place",))), "sort 'x': /place is not a date"),
    ("a sort by a date that is not there", with_sort(EVENTS, Sort("x", "X.", dates=("/date", "/x"))), "sort 'x': /x is not a date"),
    ("a sort by a day", with_sort(EVENTS, Sort("x", "X.", dates=("/last_verified",))), "sort 'x': /last_verified is not a date"),
    ("a sort by what is not a text", with_sort(EVENTS, Sort("x", "X.", text="/place")), "sort 'x': /place is not a text"),
    ("a sort by a text that is not there", with_sort(EVENTS, Sort("x", "X.", text="/x/en")), "sort 'x': /x/en is not a text"),
    ("a sort called id", with_sort(EVENTS, Sort("id", "X.", text="/name/en")), "its sorts have duplicate names, or one is named id"),
    ("two sorts of one name", with_sort(EVENTS, Sort("date", "X.", dates=("/date",))), "its sorts have duplicate names"),
    ("an unknown default sort", dataclasses.replace(EVENTS, default_sort="x"), "its default sort 'x' is not declared"),
    ("a span that is not a date", dataclasses.replace(EVENTS, span=("/place",)), "its span /place is not a date"),
    ("a span that is not there", dataclasses.replace(EVENTS, span=("/date", "/x")), "its span /x is not a date"),
    (
        "a sub-list of nothing",
        dataclasses.replace(EVENTS, sublists=(SubList("nobody", "event"),)),
        "its sub-list 'nobody' needs a filter 'event' in that collection",
    ),
    (
        "a sub-list without a filter",
        dataclasses.replace(EVENTS, sublists=(SubList("sources", "event"),)),
        "its sub-list 'sources' needs a filter 'event'",
    ),
    (
        "a sub-list by what is no event",
        dataclasses.replace(EVENTS, sublists=(SubList("statements", "speaker"),)),
        "its sub-list 'statements' needs a filter by events, but 'speaker' is not one",
    ),
    ("a bad collection name", dataclasses.replace(of(Record), collection="Things!"), "'Things!' is not a valid name"),
    ("a bad singular name", dataclasses.replace(of(Record), singular="a thing"), "'a thing' is not a valid name"),
    ("a field without a description", of(Mute), "Mute.field has no description"),
    ("a field without an example", of(Bare), "Bare.field has no example"),
    ("a part's field without either", of(Outer), "Inner.field has no description"),
    ("a term without a description", of(Vague), "the vocabulary Unexplained has a value without a description"),
    ("a model that is no record", of(Stray), "its model is not a Record"),
)


def test_the_registry_holds_together() -> None:
    """The declarations have no contradictions, and each is found by its name."""
    assert registry.inconsistencies(registry.RESOURCES) == []
    assert [registry.resource_of(name).collection for name in BY_NAME] == list(BY_NAME)


@pytest.mark.parametrize(("spoilt", "said"), [case[1:] for case in SPOILT], ids=[case[0] for case in SPOILT])
def test_an_inconsistency_is_caught(spoilt: Resource, said: str) -> None:
    """Each contradiction with a model or another declaration is reported, starting with the collection."""
    others = [resource for resource in registry.RESOURCES if resource.collection != spoilt.collection]
    found = registry.inconsistencies([*others, spoilt])
    assert any(said in problem for problem in found)
    assert all(problem.startswith(f"{spoilt.collection}: ") for problem in found)


def test_double_names_are_caught() -> None:
    """Two types can't share a collection name or a singular name."""
    found = registry.inconsistencies([*registry.RESOURCES, EVENTS])
    assert "two types share a collection name" in found
    assert "two types share a singular name" in found


def test_a_reference_to_no_collection_is_caught() -> None:
    """A type with references to an unregistered collection is reported, with the field."""
    found = registry.inconsistencies([resource for resource in registry.RESOURCES if resource.collection != "statements"])
    assert "cases: refers at /statements/* to 'statements', which is not a collection" in found


@EVERY_TYPE
def test_documented_examples_are_valid(resource: Resource) -> None:
    """Every documented example is a valid value of its field."""
    for label, field in every_field(resource.model):
        annotation: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
        for example in field.examples or []:
            assert adapter.validate_json(json.dumps(example)) is not None, label


@EVERY_FILTER
def test_a_filter_yields_the_documented_values(resource: Resource, declared: Filter) -> None:
    """On a resource of the documented examples, every source of a filter yields values of the filter's published form."""
    form: dict[str, Any] = registry.filter_form(resource, declared, registry.RESOURCES)
    for value in _filter_values(resource, declared):
        match form["kind"]:
            case "reference":
                assert str(value).partition("/")[0] in form["collections"]
            case "term":
                assert value in form["values"]
            case kind:
                assert FORMS[kind].fullmatch(str(value))


def _filter_values(resource: Resource, declared: Filter) -> Iterator[object]:
    own = documented(resource.model)
    for pointer in declared.pointers:
        found = list(values_at(own, pointer))
        assert found, f"nothing at {pointer}"
        yield from found
    for via in declared.via:
        other = documented(BY_NAME[via.collection].model)
        referred = list(values_at(other, via.pointer))
        assert referred, f"nothing at {via.pointer} of {via.collection}"
        assert all(str(path).startswith(f"{resource.collection}/") for path in referred)
        found = list(values_at(other, via.value)) if via.value else [f"{via.collection}/a-slug"]
        assert found, f"nothing at {via.value} of {via.collection}"
        yield from found


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


@EVERY_TYPE
def test_every_term_is_described_in_the_published_schema(resource: Resource) -> None:
    """Each value of each vocabulary has a description, for tools and for people."""
    vocabularies = [schema for schema in _objects(jsonschemas.json_schema(resource)) if "enum" in schema]
    assert len(vocabularies) == len(modelwalk.vocabularies(resource.model) | {Reason})
    for schema in vocabularies:
        assert sorted(schema["x-enum-descriptions"]) == sorted(schema["enum"])
        for term, meaning in schema["x-enum-descriptions"].items():
            assert f"- `{term}`: {meaning}" in schema["description"]
            assert meaning


@EVERY_TYPE
def test_every_reference_is_found(resource: Resource) -> None:
    """The walk through a model finds exactly the references that the published schema marks."""
    schema = jsonschemas.json_schema(resource)

    def walk(part: dict[str, Any], at: str) -> Iterator[tuple[str, str]]:
        if "$ref" in part:
            part = schema["$defs"][part["$ref"].rpartition("/")[2]]
        if "x-refers-to" in part:
            yield at, part["x-refers-to"]
        for name, inner in part.get("properties", {}).items():
            yield from walk(inner, f"{at}/{name}")
        for inner in part.get("anyOf", []):
            yield from walk(inner, at)
        for key in ("items", "additionalProperties"):
            if isinstance(part.get(key), dict):
                yield from walk(part[key], f"{at}/*")

    assert dict(walk(schema, "")) == modelwalk.references(resource.model) == validation.references(f"{resource.collection}/a-slug")


def test_the_committed_contract_is_what_the_registry_says() -> None:
    """The committed documents are exactly those that the registry renders."""
    assert stale() == []
    assert {name: (PUBLISHED / name).read_text(encoding="utf-8") for name in contract.documents()} == contract.documents()


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_contract_does_not_depend_on_hashing(seed: str) -> None:
    """Another process renders the same bytes, whatever the iteration order of its sets."""
    script = "import sys; from schemas import contract; sys.stdout.buffer.write('\\0'.join(contract.documents().values()).encode())"
    rendered = subprocess.run(  # noqa: S603 - this interpreter, on the script above
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert rendered.stdout.decode() == "\0".join(contract.documents().values())


@EVERY_TYPE
def test_the_published_schema_is_json_schema_2020_12(resource: Resource) -> None:
    """The published schemas are valid and open, and every property has a description and an example."""
    schema = json.loads((PUBLISHED / f"{resource.singular}.json").read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    for shape in _objects(schema):
        if shape.get("type") == "object" and "properties" in shape:
            assert "additionalProperties" not in shape, "a client that checks what it gets must not break when there is one more"
            assert set(shape["required"]) == set(shape["properties"]) - {"redactions"}  # only present after a redaction
            assert all(_described(inner) for inner in shape["properties"].values())


def _described(part: dict[str, Any]) -> bool:
    return bool(part.get("description")) and bool(part.get("examples"))


@EVERY_TYPE
def test_every_resource_of_the_seed_is_as_its_schema_says(resource: Resource) -> None:
    """Every seed resource, with the fields that the publish adds, validates against the published schema of its type."""
    schema = json.loads((PUBLISHED / f"{resource.singular}.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    served = {"revision": 1, "release": 1, "published_at": "2026-11-23T12:00:00.000Z"}
    paths = [path for path in SEED if path.startswith(f"{resource.collection}/")]
    assert paths
    for path in paths:
        found, wrong = validation.shape(path, SEED[path])
        assert found is not None, wrong
        body = json.loads(found.canonical()) | served
        assert [error.message for error in validator.iter_errors(body)] == []
        assert validator.is_valid(body | {"unknown": 1})


@EVERY_TYPE
def test_the_handlers_table_says_what_is_declared(resource: Resource) -> None:
    """The table that the handlers check requests by has the type's filters, sort orders, fields and references."""
    table = contract.handlers_table()["collections"][resource.collection]
    assert list(table["filters"]) == [declared.name for declared in resource.filters]
    assert [declared.name for declared in resource.filters if table["filters"][declared.name]["carried"]] == [
        declared.name for declared in resource.filters if not declared.via
    ]
    assert list(table["sorts"]) == ["id", *(sort.name for sort in resource.sorts)]
    assert table["default_sort"] in table["sorts"]
    assert {pattern for patterns in table["references"].values() for pattern in patterns} == set(modelwalk.references(resource.model))
    assert set(table["references"]) <= set(table["fields"]) == set(jsonschemas.json_schema(resource)["properties"])
