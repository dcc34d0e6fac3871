"""A seventh type, made up here: it is declared and registered, and everything else follows.

Nothing but the declaration and the seed files names it. So a list that somebody writes by hand, in schemas, record, handlers or workbench,
makes a test here fail.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field
from pyld import jsonld  # type: ignore[import-untyped]

from handlers.contract import contract_of
from schemas import contract as published_contract
from schemas.pointers import values_at
from schemas.registry import BY_COLLECTION, RESOURCES, completed, inconsistencies
from schemas.resource import Filter, Resource, Sort, SubList
from schemas.v1.dates import HistoricalDate
from schemas.v1.references import ActorRef, CaseRef, RefersTo, SourceRef
from schemas.v1.routes import routes
from schemas.v1.rules import Rule
from schemas.v1.shape import Shape
from schemas.v1.shared import Record
from schemas.v1.terms import Term
from schemas.v1.text import LanguageTag, Line, Text
from schemas.v1.vocabulary import Reason
from tests.conftest import Client, World
from tests.contract.asking import links_of
from tests.unit.builders import BODY, CASE, OTHER_SOURCE, PAPER, SHARED, TODAY, Fields, fields, write_record
from workbench import departing
from workbench.staging import Staging

PetitionRef = Annotated[str, RefersTo("petitions")]


class Aim(Term):
    """What a petition asks for."""

    STAY = "stay", "a stay of the return"
    INQUIRY = "inquiry", "an inquiry"


class Signature(Shape):
    """Who signed it, and as what."""

    actor: ActorRef = Field(description="Who signed.", examples=["actors/human-rights-watch"])
    capacity: Text | None = Field(None, description="As what.", examples=[{"en": "Counsel"}])


class Petition(Record):
    """A petition to a court."""

    court: ActorRef = Field(description="The court.", examples=["actors/committee-against-torture"])
    aim: Aim = Field(description="What it asks for.", examples=["stay"])
    filed: HistoricalDate | None = Field(None, description="When it was filed.", examples=[{"edtf": "2015-11-20"}])
    cases: list[CaseRef] = Field([], description="The cases that it is about.", examples=[["cases/a-case"]])
    full_text: SourceRef | None = Field(None, description="The source with its text.", examples=["sources/a-source"])
    language: LanguageTag | None = Field(None, description="The language of its text.", examples=["en"])
    docket: Line | None = Field(None, description="Its number at the court.", examples=["12/2015"])
    signatures: list[Signature] = Field([], description="Who signed it.", examples=[[{"actor": "actors/human-rights-watch"}]])
    follows: PetitionRef | None = Field(None, description="The petition that it follows.", examples=["petitions/a-petition"])


FIRST, SECOND, WITHDRAWN, TEXT = "petitions/for-a-stay", "petitions/for-an-inquiry", "petitions/withdrawn", "sources/the-text"

PETITION = Resource(
    collection="petitions",
    singular="petition",
    example="for-a-stay",
    model=Petition,
    title="Petitions",
    description="What courts were asked for.",
    filters=(
        Filter("case", "Petitions about this case.", ("/cases/*",), example=CASE),
        Filter("aim", "Petitions that ask for this.", ("/aim",), repeatable=True, example="stay"),
        Filter("signer", "Petitions that this actor signed.", ("/signatures/*/actor",), example=PAPER),
        Filter("language", "Petitions in this language.", ("/language",), example="en"),
        Filter("follows", "Petitions that follow this one.", ("/follows",), example=FIRST),
    ),
    sorts=(Sort("filed", "By when it was filed.", dates=("/filed",)), Sort("name", "By English name.", text="/name/en")),
    default_sort="filed",
    span=("/filed",),
    sublists=(SubList("petitions", "follows"),),
)
TYPES = completed(*RESOURCES, PETITION)

PETITIONS: dict[str, Fields] = {
    FIRST: {
        "name": {"en": "A petition for a stay"},
        "court": BODY,
        "aim": "stay",
        "filed": {"edtf": "2015-11-20"},
        "cases": [CASE],
        "full_text": TEXT,
        "language": "en",
        "signatures": [{"actor": PAPER}],
    },
    SECOND: {
        "name": {"en": "A petition for an inquiry"},
        "court": BODY,
        "aim": "inquiry",
        "filed": {"edtf": "2015-12-10"},
        "cases": [CASE],
        "follows": FIRST,
    },
}
FILES: dict[str, Fields | None] = {
    TEXT: fields(OTHER_SOURCE),
    **{path: {**SHARED, **own, "citations": [{"source": OTHER_SOURCE}]} for path, own in PETITIONS.items()},
}


@dataclass(frozen=True)
class Made:
    """The contract with the seventh type, by file name, and an instance that answers by it."""

    documents: dict[str, str]
    client: Client

    def document(self, name: str) -> Any:
        """Return a document of the contract."""
        return json.loads(self.documents[name])

    def ids(self, target: str) -> list[str]:
        """Return the ids of a list."""
        return [row["id"] for row in self.client.every(f"/v1/{target}")]


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    """Register the type, as a line in RESOURCES would."""
    with pytest.MonkeyPatch.context() as patches:
        for resource in TYPES:
            patches.setitem(BY_COLLECTION, resource.collection, resource)
        yield


@pytest.fixture(scope="module")
def made(shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The contract rendered, a small record with three petitions published, one of them withdrawn, and an instance over both."""
    root = tmp_path_factory.mktemp("record")
    gone: Fields = {"gone": {"how": "withdrawn", "reason": "error"}}
    for release, last in enumerate((FILES[SECOND], gone), 1):
        assert shared_world.publish_files(write_record(root, {**FILES, WITHDRAWN: last})) == release
    documents = published_contract.documents(TYPES)
    folder = tmp_path_factory.mktemp("published")
    for name, text in documents.items():
        (folder / name).write_text(text, encoding="utf-8")
    contract = contract_of(json.loads(documents["handlers.json"]), folder)
    return Made(documents, shared_world.api(contract))


def test_the_declarations_agree() -> None:
    """The registry accepts the type, and completes the filters that depend on all types only once."""
    assert inconsistencies(TYPES) == []
    assert completed(*TYPES) == TYPES
    assert completed(*TYPES[:-1]) == RESOURCES


def test_it_has_every_route(made: Made) -> None:
    """A list, resources, their history and the sub-list, in the specification and in the handlers' table. No other route changes."""
    more = {route.path for route in routes(TYPES)} - {route.path for route in routes(RESOURCES)}
    at = "/v1/petitions/{slug}"
    assert more == {"/v1/petitions", at, f"{at}/revisions", f"{at}/revisions/{{number}}", f"{at}/timemap", f"{at}/petitions"}
    specified = {path for path in made.document("openapi.json")["paths"] if "petitions" in path}
    handled = {row["path"] for row in made.document("handlers.json")["routes"] if "petitions" in row["path"]}
    assert specified == handled == more


def test_the_specification_describes_it(made: Made) -> None:
    """Schemas, parameters, a tag, what can be included, and the names of schema files."""
    document, before = made.document("openapi.json"), json.loads(published_contract.documents()["openapi.json"])
    more = set(document["components"]["schemas"]) - set(before["components"]["schemas"])
    of_type = {f"Petition{part}" for part in ("", "Part", "View", "Revision", "Page")}
    assert more >= of_type
    assert more - of_type <= {"Aim", "Signature"}
    assert {"$ref": "#/components/schemas/Petition"} in document["components"]["schemas"]["Included"]["anyOf"]
    assert [tag["name"] for tag in document["tags"]][-1] == "petitions"
    parameters = {row.get("name"): row for row in document["paths"]["/v1/petitions"]["get"]["parameters"]}
    assert set(parameters) >= {declared.name for declared in PETITION.filters}
    assert parameters["include"]["schema"]["items"]["enum"][-1] == "follows"
    (name,) = [row for row in document["paths"]["/v1/schemas/{name}"]["get"]["parameters"] if row.get("name") == "name"]
    assert name["schema"]["enum"] == [f"{resource.singular}.json" for resource in TYPES]


def test_it_is_listed_at_the_start(made: Made) -> None:
    """With its total, its schema, its filters and its sub-list."""
    start = made.client.get("/v1").json["collections"]["petitions"]
    assert (start["total"], start["href"], start["schema"]) == (len(PETITIONS), "/v1/petitions", "/v1/schemas/petition.json")
    assert set(start["filters"]) == {declared.name for declared in PETITION.filters}
    assert list(start["sublists"]) == ["petitions"]


def test_its_schema_is_served_and_true(made: Made) -> None:
    """What is published validates against the schema that is published."""
    schema = made.client.get("/v1/schemas/petition.json")
    assert schema.json == made.document("petition.json")
    validator = Draft202012Validator(schema.json)
    for path, own in PETITIONS.items():
        body = made.client.get(f"/v1/{path}").json
        validator.validate(body)
        assert (body["type"], body["name"], body["revision"]) == ("petition", own["name"], 1)


@pytest.mark.parametrize("declared", PETITION.filters, ids=lambda declared: declared.name)
def test_every_filter_narrows_its_list(declared: Filter, made: Made) -> None:
    """By the declared example, which one of the two petitions has, or both."""
    expected = {"case": [FIRST, SECOND], "follows": [SECOND]}.get(declared.name, [FIRST])
    assert made.ids(f"petitions?{declared.name}={declared.example}") == expected


@pytest.mark.parametrize("sort", ["id", *(sort.name for sort in PETITION.sorts)])
def test_every_sort_order_sorts_it(sort: str, made: Made) -> None:
    """Both ways."""
    assert made.ids(f"petitions?sort={sort}&limit=1") == [FIRST, SECOND]
    assert made.ids(f"petitions?sort=-{sort}&limit=1") == [SECOND, FIRST]


def test_it_can_be_asked_by_date(made: Made) -> None:
    """By the date that its declaration names."""
    assert made.ids("petitions?from=2015-12&to=2015-12") == [SECOND]


def test_its_sublist_is_answered(made: Made) -> None:
    """It is the list with the filter of the sub-list."""
    assert made.ids(f"{FIRST}/petitions") == [SECOND]
    assert made.client.get("/v1/petitions/nothing/petitions").status == 404


def test_what_it_refers_to_can_be_included(made: Made) -> None:
    """Through each of its fields that hold references."""
    body = made.client.get(f"/v1/{SECOND}?include=court,cases,citations,follows").json
    assert {row["id"] for row in body["included"]} == {BODY, CASE, OTHER_SOURCE, FIRST}


@pytest.mark.parametrize("source", [OTHER_SOURCE, TEXT])
def test_what_it_cites_is_a_source_of_its_case(source: str, made: Made, shared_world: World) -> None:
    """Nothing else of the case cites these, so they are in the list because of the petitions alone."""
    alone = shared_world.api()
    assert source in made.ids(f"sources?case={CASE}")
    assert source in made.ids(f"{CASE}/sources")
    assert source in [row["id"] for row in alone.every(f"/v1/{CASE}/sources")], "the list is in the record, whatever the contract"


def test_its_history_is_told(made: Made) -> None:
    """Revisions, the changes of the release, mementos, and the past by release."""
    assert [row["number"] for row in made.client.every(f"/v1/{FIRST}/revisions")] == [1]
    assert made.client.get(f"/v1/{FIRST}/revisions/1").json["id"] == FIRST
    assert {row["path"] for row in made.client.every("/v1/changes?limit=100")} >= set(PETITIONS)
    timemap = made.client.get(f"/v1/{FIRST}/timemap")
    assert (timemap.status, f"/v1/{FIRST}" in timemap.body) == (200, True)
    assert made.client.get(f"/v1/{FIRST}?release=1").status == 200


def test_its_table_has_a_column_for_each_field(made: Made) -> None:
    """The header of the CSV is what tables.json says, and NDJSON is one body a line."""
    columns = made.document("tables.json")["petitions"]
    header, *rows = csv.reader(io.StringIO(made.client.get("/v1/petitions?format=csv").body))
    assert header == [column["name"] for column in columns]
    assert {column["at"][0] for column in columns} == set(made.document("petition.json")["properties"])
    assert [row[0] for row in rows] == [FIRST, SECOND]
    lines = made.client.get("/v1/petitions?format=ndjson").body.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [FIRST, SECOND]


def test_it_is_linked_data(made: Made) -> None:
    """Its class and fields have terms, its references and dates their datatypes; a JSON-LD processor drops nothing."""
    site = "https://example.org"
    context = made.client.get("/v1/context.jsonld").json
    assert "petition" in context["@context"]
    terms = {row["@id"] for row in made.client.get("/v1/terms").json["@graph"]}
    assert terms >= {"/v1/terms#Petition", "/v1/terms#aim", "/v1/terms#court", "/v1/terms#signatures"}

    def load(_url: str, _options: object) -> dict[str, Any]:
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": f"{site}/v1/context.jsonld", "document": context}

    dropped: list[str] = []
    body = made.client.get(f"/v1/{FIRST}?format=jsonld").json
    options = {"base": f"{site}/v1/{FIRST}", "documentLoader": load}
    (node,) = jsonld.expand(body, options, on_property_dropped=dropped.append)
    assert dropped == []
    assert (node["@id"], node["@type"]) == (f"{site}/v1/{FIRST}", [f"{site}/v1/terms#Petition"])
    assert node[f"{site}/v1/terms#court"] == [{"@id": f"{site}/v1/{BODY}"}]


def test_its_paths_are_corrected_and_its_parameters_suggested(made: Made) -> None:
    """As for every type."""
    assert made.client.get("/v1/Petitions/").headers["location"] == "/v1/petitions"
    (fault,) = made.client.get("/v1/petitions?aims=stay").json["errors"]
    assert fault["did_you_mean"] == "aim"
    (fault,) = made.client.get("/v1/petitions?aim=freedom").json["errors"]
    assert fault["allowed"] == [aim.value for aim in Aim]
    assert links_of(made.client.get(f"/v1/{FIRST}"))["canonical"] == f"/v1/{FIRST}"


def test_its_references_are_checked(tmp_path: Path) -> None:
    """A reference to nothing is refused, by the field that holds it."""
    root = write_record(tmp_path, FILES)
    (root / f"{TEXT}.yaml").unlink()
    with Staging() as staging:
        problems = [*staging.add([root]), *staging.check(TODAY)]
    assert [(problem.file, problem.field, problem.rule) for problem in problems] == [
        (str(root / f"{FIRST}.yaml"), "/full_text", Rule.UNRESOLVED_REFERENCE)
    ]


def test_it_can_be_renamed(tmp_path: Path) -> None:
    """`article33 rename` points the references of the same type too."""
    root = write_record(tmp_path, FILES)
    departing.rename(root, FIRST, f"{FIRST}-renamed", Reason.BETTER_ID)
    with Staging() as staging:
        assert [*staging.add([root]), *staging.check(TODAY)] == []
        assert list(values_at(staging.resource(SECOND), "/follows")) == [f"{FIRST}-renamed"]


def test_it_can_be_withdrawn(made: Made) -> None:
    """By a declaration in its file. It answers 410 after that, and its past stays."""
    assert made.client.get(f"/v1/{WITHDRAWN}").status == 410
    assert made.client.get(f"/v1/{WITHDRAWN}?release=1").status == 200
    assert made.ids("petitions?release=1") == [FIRST, SECOND, WITHDRAWN]
