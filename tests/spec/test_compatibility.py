"""The published contract against the one released last: nothing that a client relies on may break within a version."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.spec.tools import HERE, SPECIFICATION, run
from workbench.contractfiles import PUBLISHED, RELEASED

Document = dict[str, Any]
Change = Callable[[Document], object]

# Enough of the specification to change every kind of thing in, so that a comparison is quick.
PATHS = ("/v1/cases", "/v1/cases/{slug}", "/v1/changes", "/v1/releases")


def breaks(before: Path, after: Path) -> list[str]:
    """Return the lines that say what breaks between two documents."""
    ended = run("node", HERE / "compare.mjs", before, after, cwd=HERE)
    assert (ended.returncode, ended.stderr) == (int(bool(ended.stdout)), "")
    return ended.stdout.splitlines()


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the contract that the tests change: some paths of the published one."""
    document = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
    document["paths"] = {path: document["paths"][path] for path in PATHS}
    file = tmp_path_factory.mktemp("before") / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def changed(before: Path, change: Change, directory: Path) -> Path:
    """Return the file of a changed contract."""
    document = json.loads(before.read_text(encoding="utf-8"))
    change(document)
    after = directory / "openapi.json"
    after.write_text(json.dumps(document), encoding="utf-8")
    assert document != json.loads(before.read_text(encoding="utf-8"))
    return after


def of(document: Document, *steps: str) -> Any:
    """Return what stands in a document behind some steps."""
    for step in steps:
        document = document[step]
    return document


def schema(document: Document, name: str) -> Document:
    """Return a schema among the components."""
    found: Document = document["components"]["schemas"][name]
    return found


def operation(document: Document, path: str = "/v1/cases") -> Document:
    """Return what a path answers GET with."""
    found: Document = document["paths"][path]["get"]
    return found


def parameter(document: Document, name: str, path: str = "/v1/cases") -> Document:
    """Return a parameter of an operation, which stands there or among the components."""
    references = [one["$ref"].rsplit("/", 1)[1] for one in operation(document, path)["parameters"] if "$ref" in one]
    stated = [one for one in operation(document, path)["parameters"] if "$ref" not in one]
    found: Document = next(
        one for one in [*stated, *(document["components"]["parameters"][key] for key in references)] if one["name"] == name
    )
    return found


def without_field(document: Document, name: str, *schemas: str) -> None:
    """Take a field out of some schemas."""
    for one in (schema(document, key) for key in schemas):
        del one["properties"][name]
        one["required"] = [kept for kept in one["required"] if kept != name]


def with_field(document: Document, *, required: bool) -> None:
    """Give cases another field, which `fields` can name."""
    for key in ("Case", "CasePart"):
        schema(document, key)["properties"]["another"] = {"type": "string"}
    if required:
        schema(document, "Case")["required"].append("another")
    for path in ("/v1/cases", "/v1/cases/{slug}"):
        parameter(document, "fields", path)["schema"]["items"]["enum"].append("another")


def with_parameter(document: Document, *, required: bool) -> None:
    """Give a list another parameter."""
    operation(document)["parameters"].append({"name": "another", "in": "query", "required": required, "schema": {"type": "string"}})


def moved(document: Document) -> None:
    """Move a path to another version."""
    document["paths"]["/v2/cases"] = document["paths"].pop("/v1/cases")


def reworded(part: Any, word: Callable[[str], str | None]) -> None:
    """Give every description in a part of a document other words, or take it away."""
    if isinstance(part, list):
        for child in part:
            reworded(child, word)
    elif isinstance(part, dict):
        for name in ("description", "summary"):
            if isinstance(before := part.get(name), str):
                del part[name]
                if after := word(before):
                    part[name] = after
        for child in part.values():
            reworded(child, word)


BREAKING: dict[str, tuple[Change, str]] = {
    "a field that went away": (lambda it: without_field(it, "outcome", "Case", "CasePart"), "/properties/outcome remove"),
    "an optional field that went away": (lambda it: schema(it, "Case")["properties"].pop("redactions"), "/properties/redactions remove"),
    "a field of a part alone": (lambda it: schema(it, "CasePart")["properties"].pop("outcome"), "/properties/outcome remove"),
    "a field that may be missing": (lambda it: schema(it, "Case")["required"].remove("related"), "/required/"),
    "a field of another type": (lambda it: of(schema(it, "Release"), "properties", "number").update(type="string"), "/number/type replace"),
    "a field that may be null": (
        lambda it: of(schema(it, "Release"), "properties", "number").update(type=["integer", "null"]),
        "/number/type replace",
    ),
    "a narrowed type": (lambda it: of(schema(it, "PageInfo"), "properties", "total", "anyOf").pop(), "/total/anyOf/1 remove"),
    "another constant": (lambda it: of(schema(it, "Case"), "properties", "type").update(const="kase"), "/type/const replace"),
    "another format": (lambda it: of(schema(it, "Case"), "properties", "published_at").update(format="date"), "/format replace"),
    "another pattern": (lambda it: of(schema(it, "Case"), "properties", "id").update(pattern="^[0-9]+$"), "/id/pattern replace"),
    "a value that went away": (lambda it: schema(it, "Reason")["enum"].pop(), "/enum/"),
    "a value that has another name": (
        lambda it: schema(it, "Reason")["enum"].insert(0, schema(it, "Reason")["enum"].pop(0) * 2),
        "/enum/0",
    ),
    "a field that is something else": (
        lambda it: of(schema(it, "Case"), "properties").update(status={"$ref": "#/components/schemas/Custody"}),
        "/properties/status/enum/",
    ),
    "a field that is anything": (lambda it: of(schema(it, "Case"), "properties").update(status={}), "/properties/status/type remove"),
    "a new parameter that must be there": (lambda it: with_parameter(it, required=True), "/parameters/"),
    "a parameter that must be there now": (lambda it: parameter(it, "limit").update(required=True), "/required add"),
    "a parameter that went away": (lambda it: operation(it)["parameters"].pop(0), "/parameters/0 remove"),
    "a parameter of another type": (lambda it: parameter(it, "from")["schema"].update(type="integer"), "/schema/type replace"),
    "a parameter that allows less": (lambda it: parameter(it, "limit")["schema"].update(maximum=10), "/schema/maximum replace"),
    "a value that a parameter no longer takes": (lambda it: parameter(it, "fields")["schema"]["items"]["enum"].pop(), "/items/enum/"),
    "another default": (lambda it: parameter(it, "limit")["schema"].update(default=10), "/schema/default replace"),
    "a path that went away": (lambda it: it["paths"].pop("/v1/cases"), "/paths/~1v1~1cases/get remove"),
    "a path that is of another version now": (moved, "/paths/~1v1~1cases/get remove"),
    "a status that went away": (lambda it: operation(it)["responses"].pop("404"), "/responses/404 remove"),
    "a media type that went away": (lambda it: of(operation(it), "responses", "200", "content").pop("text/csv"), "/text~1csv remove"),
    "a header that went away": (lambda it: of(operation(it), "responses", "200", "headers").pop("ETag"), "/headers/ETag remove"),
    "a header of another type": (
        lambda it: of(it, "components", "headers", "Retry-After").update(schema={"type": "string"}),
        "/headers/Retry-After/schema/type replace",
    ),
}
COMPATIBLE: dict[str, Change] = {
    "a new optional field": lambda it: with_field(it, required=False),
    "a new field": lambda it: with_field(it, required=True),
    "a new optional parameter": lambda it: with_parameter(it, required=False),
    "a parameter that allows more": lambda it: parameter(it, "limit")["schema"].update(maximum=1_000, type=["integer", "string"]),
    "a new path": lambda it: it["paths"].update({"/v1/others": it["paths"]["/v1/cases"]}),
    "another version beside this one": lambda it: it["paths"].update({"/v2/cases": it["paths"]["/v1/cases"]}),
    "a new status": lambda it: operation(it)["responses"].update({"418": operation(it)["responses"]["404"]}),
    "a new header": lambda it: of(operation(it), "responses", "200", "headers").update(Another={"schema": {"type": "string"}}),
    "other descriptions": lambda it: reworded(it, lambda text: f"{text} More of it."),
    "no descriptions": lambda it: reworded(it, lambda _: None),
    "another order": lambda it: [operation(it)["parameters"].reverse(), schema(it, "Reason")["enum"].reverse()],
    "a new term of a vocabulary": lambda it: schema(it, "Reason")["enum"].append("another"),
    "a new type that others refer to": lambda it: [
        it["components"]["schemas"].update(Another={"type": "object", "properties": {}}),
        schema(it, "Included")["anyOf"].append({"$ref": "#/components/schemas/Another"}),
    ],
    "a deprecation": lambda it: operation(it).update(deprecated=True),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_break_is_found(name: str, before: Path, tmp_path: Path) -> None:
    """And named by its JSON Pointer."""
    change, where = BREAKING[name]
    found = breaks(before, changed(before, change, tmp_path))
    assert all(line.startswith(("/paths/~1v1~1", "/components/schemas/")) for line in found)
    assert [line for line in found if where in line], found


@pytest.mark.parametrize("name", COMPATIBLE)
def test_what_breaks_nobody_passes(name: str, before: Path, tmp_path: Path) -> None:
    """A client that was written for the contract before reads the one after."""
    assert breaks(before, changed(before, COMPATIBLE[name], tmp_path)) == []


def test_no_parameter_shares_a_schema_with_answers() -> None:
    """The comparison judges a schema once, and what may change in it depends on who sends it."""
    document = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
    stated = [one for path in document["paths"].values() for one in path["get"].get("parameters", [])]
    assert "#/components/schemas/" not in json.dumps([stated, document["components"]["parameters"]])


def test_the_contracts_released_last_are_kept() -> None:
    """Of each version; `article33 contract release` says which they are."""
    released = sorted(RELEASED.parents[1].glob("*/openapi.json"))
    if not released:
        pytest.skip("no contract was released yet")
    for one in released:
        assert breaks(one, PUBLISHED.parent / one.parent.name / one.name) == []
