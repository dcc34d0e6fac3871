"""Resources as JSON-LD, read by an independent processor: nothing is dropped, ids are links, texts have a language."""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from pydantic import Field
from pyld import jsonld  # type: ignore[import-untyped]

from handlers.linked import linked as linked_body
from record.writing.rendering import render
from schemas import linked, modelwalk
from schemas.pointers import values_at
from schemas.registry import RESOURCES
from schemas.resource import Resource
from schemas.v1 import validation
from schemas.v1.shape import Shape
from schemas.v1.shared import Record
from schemas.v1.text import LanguageTag
from tests.unit.examples import documented, everywhere, without
from workbench.seedfiles import read_resources

ROOT = Path(__file__).parents[2]
SEED: dict[str, Any] = dict(read_resources(ROOT / "seed"))
PUBLISHED_AT = "2026-11-23T12:00:00.000Z"
SITE = "https://example.org/v1/"
OWN, SCHEMA, XSD = f"{SITE}terms#", "https://schema.org/", "http://www.w3.org/2001/XMLSchema#"
CASE = "cases/nine-north-koreans-viet-nam-2015"
EVERY_TYPE = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: str(resource.collection))
EVERY_SEED = pytest.mark.parametrize("path", sorted(SEED))


def body_at(path: str) -> str:
    """Return the published body of a seed resource."""
    found, wrong = validation.shape(path, SEED[path])
    assert found is not None, wrong
    return render(found.canonical(), revision=2, release=3, published_at=PUBLISHED_AT)


def body_of(content: object) -> str:
    """Return canonical JSON."""
    return rfc8785.dumps(content).decode()  # type: ignore[arg-type]


def full(resource: Resource) -> dict[str, Any]:
    """Return a resource with every field filled in."""
    redacted = {"fields": ["/summary/en"], "reason": "risk", "release": 1}
    fixed = {"id": f"{resource.collection}/x", "type": resource.singular, "redactions": [redacted], "revision": 2, "release": 3}
    filled: dict[str, Any] = json.loads(json.dumps(documented(resource.model)))
    return {**filled, **fixed, "published_at": PUBLISHED_AT}


def options(resources: tuple[Resource, ...] = RESOURCES) -> dict[str, Any]:
    """Return the processor's options: the document's base, and the context from memory, converted to JSON and back."""
    context = json.loads(json.dumps(linked.context(resources)))

    def load(url: str, _options: object) -> dict[str, Any]:
        assert url == f"{SITE}context.jsonld"
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": context}

    return {"base": f"{SITE}cases/x", "documentLoader": load}


OPTIONS = options()


def expanded(body: str, chosen: Any = None) -> dict[str, Any]:
    """Return the one node of a body, expanded; assert that nothing was dropped."""
    dropped: list[str] = []
    (node,) = jsonld.expand(json.loads(linked_body(body, "v1")), chosen or OPTIONS, on_property_dropped=dropped.append)
    assert dropped == []
    assert isinstance(node, dict)
    return node


def triples(body: str) -> set[str]:
    """Return the triples of a body, one line of N-Quads each."""
    return set(str(jsonld.to_rdf(json.loads(linked_body(body, "v1")), {**OPTIONS, "format": "application/n-quads"})).splitlines())


def said(value: Any, name: str = "") -> Iterator[str]:
    """Yield every text, number and truth value in a body, and the languages of a statement."""
    if isinstance(value, dict):
        if name == "text":
            yield from (repr(tag) for tag, words in value.items() if words is not None)
        for inner, item in value.items():
            yield from said(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from said(item)
    elif value is not None and name != "type":
        yield repr(value)


def understood(value: Any) -> Iterator[str]:
    """Yield the same from a node, with ids as they were in the body."""
    if isinstance(value, list):
        for item in value:
            yield from understood(item)
    elif "@value" in value:
        yield from said(value["@value"])
    elif "@list" in value:
        yield from understood(value["@list"])
    else:
        for name, item in value.items():
            if name == "@id":
                yield repr(item.removeprefix(SITE))
            elif name not in ("@type", "@index"):
                yield from understood(item)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of an expanded document."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(item)


@EVERY_SEED
def test_nothing_of_a_seed_resource_is_dropped(path: str) -> None:
    """The processor's output has each value as often as the body, and the id leads to the resource."""
    body = body_at(path)
    node = expanded(body)
    assert node["@id"] == f"{SITE}{path}"
    assert Counter(understood(node)) == Counter(said(json.loads(body)))


@EVERY_TYPE
def test_nothing_of_a_full_resource_is_dropped(resource: Resource) -> None:
    """The same with every field filled in; each top-level field becomes a property."""
    content = full(resource)
    node = expanded(body_of(content))
    assert Counter(understood(node)) == Counter(said(content))
    assert len(node) == len(content)
    assert all(name.startswith(("@", OWN, SCHEMA, "http://data.europa.eu/eli/ontology#")) for name in node)


@EVERY_SEED
def test_references_are_links(path: str) -> None:
    """Each reference is the IRI of the resource it refers to, and is a text only inside a claim."""
    content = json.loads(body_at(path))
    (resource,) = (resource for resource in RESOURCES if resource.singular == content["type"])
    wanted = {value for pattern in modelwalk.references(resource.model) for value in values_at(content, pattern) if value is not None}
    found = list(nodes(expanded(body_at(path))))
    links = {node["@id"] for node in found if "@id" in node}
    assert wanted
    assert {f"{SITE}{value}" for value in wanted} <= links
    assert not wanted & {node["@value"] for node in found if isinstance(node.get("@value"), str) and node.get("@type") != "@json"}
    assert all(link.startswith((SITE, "https://", "http://")) for link in links)


@EVERY_SEED
def test_names_have_a_language(path: str) -> None:
    """A name is a text for each of its languages."""
    name = expanded(body_at(path))[f"{SCHEMA}name"]
    assert {text["@language"]: text["@value"] for text in name} == {tag.lower(): text for tag, text in SEED[path]["name"].items()}


def test_the_first_case_says_what_it_says() -> None:
    """Some of its triples, written by hand."""
    found = triples(body_at(CASE))
    case = f"<{SITE}{CASE}>"
    assert {
        f"{case} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{OWN}Case> .",
        f'{case} <{SCHEMA}sdDatePublished> "{PUBLISHED_AT}"^^<{XSD}dateTime> .',
        f'{case} <{OWN}revision> "2"^^<{XSD}integer> .',
        f'{case} <{OWN}status> "open" .',
        f"{case} <{OWN}events> <{SITE}events/handed-over-in-dongxing> .",
        f"{case} <{OWN}instruments> <{SITE}instruments/refugee-convention-1951> .",
        f"{case} <{OWN}protected_group> <{SITE}actors/the-nine> .",
    } <= found


def test_an_event_says_what_it_says() -> None:
    """Its date, place and competing claims, as triples."""
    found = triples(body_at("events/handed-over-in-dongxing"))
    event = f"<{SITE}events/handed-over-in-dongxing>"
    assert {
        f"{event} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{SCHEMA}Event> .",
        f"{event} <{OWN}case> <{SITE}{CASE}> .",
        f'{event} <{SCHEMA}name> "Handed over to Chinese authorities in Dongxing"@en .',
    } <= found
    claimed = body_of(json.loads(body_at("events/handed-over-in-dongxing"))["claims"][0]["value"])
    assert '"edtf":"2015-10-24"' in claimed
    by_predicate = {line.split(" ", 1)[1] for line in found}
    assert {
        f'<{OWN}edtf> "2015-10-24"^^<http://id.loc.gov/datatypes/edtf/EDTF> .',
        f'<{OWN}earliest> "2015-10-24"^^<{XSD}date> .',
        f'<{SCHEMA}addressCountry> "CN" .',
        f'<{SCHEMA}name> "\u5e7f\u897f\u4e1c\u5174"@zh-hans .',
        f"<{OWN}source> <{SITE}sources/nkhr-on-the-nine> .",
        f"<{OWN}value> {json.dumps(claimed)}^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON> .",
    } <= by_predicate


def test_terms_of_others_stand_where_they_are_meant() -> None:
    """A statement: words with language, subjects, and reporters in order; a source; an instrument."""
    statement = full(next(resource for resource in RESOURCES if resource.singular == "statement"))
    node = expanded(body_of({**statement, "reported_by": ["actors/upi", "actors/kbs"], "about": {"cases": [CASE], "events": ["events/x"]}}))
    (words,) = node[f"{OWN}text"]
    assert words[f"{SCHEMA}inLanguage"] == [{"@value": "en"}]
    assert words[f"{OWN}text"] == [{"@value": "Return nobody to danger."}]
    assert [link["@id"] for link in node[f"{SCHEMA}about"]] == [f"{SITE}{CASE}", f"{SITE}events/x"]
    assert node[f"{OWN}reported_by"] == [{"@list": [{"@id": f"{SITE}actors/upi"}, {"@id": f"{SITE}actors/kbs"}]}]
    source = expanded(body_at("sources/daily-signal-2015-12-23"))
    assert source[f"{SCHEMA}publisher"] == [{"@id": f"{SITE}actors/daily-signal"}]
    assert source["@type"] == [f"{SCHEMA}CreativeWork"]
    instrument = expanded(body_at("instruments/refugee-convention-1951"))
    assert instrument["@type"] == ["http://data.europa.eu/eli/ontology#LegalResource"]
    keys = [part["http://data.europa.eu/eli/ontology#id_local"] for part in instrument["http://data.europa.eu/eli/ontology#has_part"]]
    assert keys == [[{"@value": provision["key"]}] for provision in SEED["instruments/refugee-convention-1951"]["provisions"]]


@EVERY_TYPE
def test_null_may_stand_anywhere(resource: Resource) -> None:
    """After a redaction any member or item may be null: a processor ignores it, and keeps everything else."""
    content = full(resource)
    for at in everywhere(content):
        if at[0] not in ("id", "type") and at[:1] + at[2:3] != ("claims", "value"):
            redacted = without(content, at)
            assert Counter(understood(expanded(body_of(redacted)))) == Counter(said(redacted)), at


@EVERY_TYPE
def test_some_fields_alone_are_linked_as_well(resource: Resource) -> None:
    """A selection with `fields` is linked as the whole resource is."""
    content = full(resource)
    whole = expanded(body_of(content))
    for name in content:
        part = expanded(body_of({key: value for key, value in content.items() if key in ("id", "type", name)}))
        assert part.items() <= whole.items() if name in ("id", "type") else len(part) == 3
        assert all(whole[key] == value for key, value in part.items())


def test_what_is_included_stands_beside_it() -> None:
    """Included resources are nodes of their own, each with the terms of its type, even where a name has several meanings."""
    paths = [f"{resource.collection}/x" for resource in RESOURCES]
    body = body_at("events/handed-over-in-dongxing")
    node = expanded(f'{body[:-1]},"included":[{",".join(body_of(full(resource)) for resource in RESOURCES)}]}}')
    alone = expanded(body)
    assert {key: value for key, value in node.items() if key != "@included"} == alone
    assert [inner["@id"] for inner in node["@included"]] == [f"{SITE}{path}" for path in paths]
    assert node["@included"] == [expanded(body_of(full(resource))) for resource in RESOURCES]


@EVERY_SEED
def test_the_representation_is_canonical_json(path: str) -> None:
    """It is the stored body with one more member at the start, and still RFC 8785."""
    body = body_at(path)
    text = linked_body(body, "v1")
    assert rfc8785.dumps(json.loads(text)).decode() == text
    assert json.loads(text) == {"@context": ["/v1/context.jsonld", {"@base": "/v1/"}], **json.loads(body)}


def test_the_context_names_every_field() -> None:
    """The context defines each field of each model, globally or inside its parent. It does not depend on the order of types."""
    whole = json.dumps(linked.context(RESOURCES))
    for resource in RESOURCES:
        for _, name, _ in modelwalk.fields(resource.model):
            assert f'"{name}": ' in whole
    turned = linked.context(RESOURCES[::-1])
    assert turned == linked.context(RESOURCES)
    assert list(linked.context(RESOURCES)) == ["@context"]


def test_a_declaration_without_a_field_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A declaration for a model or a field that no type has is reported, one sentence each."""
    assert linked.inconsistencies(RESOURCES) == []
    monkeypatch.setattr(linked, "TERMS", {Record: {"nothing": "schema:nothing"}, Shape: {}, Stray: {"place": "schema:location"}})
    assert linked.inconsistencies(RESOURCES) == [
        "Stray is not a part of any type",
        "Record has no field 'nothing'",
        "Stray has no field 'place'",
    ]
    with pytest.raises(ValueError, match="Stray is not a part of any type\nRecord has no field 'nothing'"):
        linked.context(RESOURCES)


class Stray(Shape):
    """A model that no type uses."""


class Verse(Shape):
    """A value in a map by language."""

    line: str = Field(description="A line.", examples=["A line."])
    case: str = Field(description="A word that is a type's name.", examples=["dative"])


class Poem(Record):
    """A type that schemas/linked.py does not name, with fields of many shapes."""

    verses: dict[LanguageTag, Verse] = Field(description="Verses.", examples=[{"en": {"line": "A line.", "case": "dative"}}])
    schema_version: int = Field(description="A number.", examples=[1])


class Clashing(Record):
    """A type with a field that has another meaning in JSON-LD."""

    included: str = Field(description="A text.", examples=["x"])


def of(model: type[Record]) -> Resource:
    """Return a declaration of a model that has nothing else."""
    return dataclasses.replace(RESOURCES[0], collection="poems", singular="poem", model=model, filters=(), sorts=(), sublists=())


def test_a_new_type_needs_no_line() -> None:
    """Its fields are terms of our own vocabulary, and its maps by language are recognised."""
    verses = {"en": {"line": "A line.", "case": "dative"}, "ko": None}
    body = body_of({"id": "poems/x", "name": {"en": "X"}, "schema_version": 1, "type": "poem", "verses": verses})
    node = expanded(body, options((*RESOURCES, of(Poem))))
    assert node["@type"] == [f"{OWN}Poem"]
    assert node[f"{OWN}schema_version"] == [{"@value": 1}]
    assert node[f"{OWN}verses"] == [
        {f"{OWN}line": [{"@value": "A line."}], f"{OWN}case": [{"@value": "dative"}], f"{SCHEMA}inLanguage": [{"@value": "en"}]}
    ]


def test_a_field_that_json_ld_reads_otherwise_is_an_error() -> None:
    """A field can't have a name of the envelope or of a prefix."""
    assert linked.inconsistencies((*RESOURCES, of(Clashing))) == [
        "Clashing has a field 'included', which means something else in JSON-LD",
    ]


def test_every_term_of_our_own_has_a_meaning() -> None:
    """Our vocabulary explains every type and member that the context leaves to it, once each."""
    graph = linked.vocabulary(RESOURCES)["@graph"]
    explained = [node["@id"] for node in graph]
    assert len(explained) == len(set(explained))
    assert all(comment for node in graph for comment in node["rdfs:comment"])
    used = {str(term) for term in _own_terms(linked.context(RESOURCES)["@context"])}
    assert {f"{linked.VOCABULARY}{name}" for name in used} <= set(explained)


def _own_terms(definitions: Mapping[str, Any]) -> Iterator[str]:
    for name, definition in definitions.items():
        if name == "@vocab" or name in linked.PREFIXES or not isinstance(definition, str | Mapping):
            continue
        term = definition if isinstance(definition, str) else definition.get("@id", "")
        if not term.startswith("@") and ":" not in term:
            yield term
        if isinstance(definition, Mapping):
            yield from _own_terms(definition.get("@context") or {})
