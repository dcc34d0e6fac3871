"""A second version of the API beside the first, as docs/decisions/0014 describes it: made up here, rendered, published and served.

In it a source has a list `locations` in place of `url` and `archive_url`. The seed is written for the newest version; an older one is
rendered from the newest when it is published. Each version has its own record, with the same releases.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field, create_model

from handlers.app import make_app
from handlers.contract import contract, contract_of
from record.model import Document
from record.reading import Reader
from record.writing.publishing import Publisher
from schemas import contract as published_contract
from schemas import linked
from schemas.registry import RESOURCES
from schemas.resource import Resource
from schemas.v1.shape import Shape
from schemas.v1.source import Source
from schemas.v1.text import Url
from tests.conftest import SEED, Client, World, silent
from tests.contract.asking import links_of
from tests.record.memory import memory_world
from workbench.staging import Staging

BRIEFING = "sources/ohchr-briefing-2015-11-20"
MOVED = ("url", "archive_url")
Content = dict[str, Any]

_LOCATIONS: Any = Field([], description="Where it can be read, the original first.", examples=[["https://undocs.org/A/HRC/25/63"]])
_KEPT = {name: (field.annotation, field) for name, field in Source.model_fields.items() if name not in MOVED}
SecondSource: type[Shape] = create_model("SecondSource", __base__=Shape, __doc__=Source.__doc__, **_KEPT, locations=(list[Url], _LOCATIONS))  # type: ignore[call-overload]
SECOND: tuple[Resource, ...] = tuple(replace(one, model=SecondSource) if one.model is Source else one for one in RESOURCES)


def newer(content: Mapping[str, Any]) -> Content:
    """Return a source of the seed as it would have been written for the second version."""
    kept = {name: value for name, value in content.items() if name not in MOVED}
    return kept | {"locations": [content[name] for name in MOVED if content[name] is not None]}


def older(content: Mapping[str, Any]) -> Content:
    """Return a source in the first version. The fields of the new model are all that is needed for it."""
    first, second = (*content["locations"], None, None)[:2]
    return {name: value for name, value in content.items() if name != "locations"} | {"url": first, "archive_url": second}


def rendered(document: Document, change: Callable[[Mapping[str, Any]], Content]) -> Document:
    """Return a document with the content of another version, in the same lists."""
    if not document.path.startswith("sources/"):
        return document
    content = json.dumps(change(json.loads(document.content)), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return replace(document, content=content.encode())


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Client]:
    """An instance for each version, over the seed in that version's rendering."""
    world, second = memory_world(), memory_world()
    with Staging() as staging:
        assert [problem for problem in [*staging.add([SEED]), *staging.check(world.clock.datetime().date())] if not problem.warning] == []
        newest = [rendered(document, newer) for document in staging]
    for one, whole in ((second, newest), (world, [rendered(document, older) for document in newest])):
        release = Publisher(one.store, owner="tests", clock=world.clock).publish(whole, "The first case")
        assert release is not None
        assert release.number == 1
    folder = tmp_path_factory.mktemp("published") / "v2"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patches:  # the second version's own line in the declarations of linked data
        classes: dict[Any, str] = {SecondSource if one is Source else one: term for one, term in dict[Any, str](linked.CLASSES).items()}
        patches.setattr(linked, "CLASSES", classes)
        terms = {name: term for name, term in linked.TERMS[Source].items() if name not in MOVED}
        others: dict[Any, Any] = {model: found for model, found in linked.TERMS.items() if model is not Source}
        others[SecondSource] = terms
        patches.setattr(linked, "TERMS", others)
        documents = published_contract.documents(SECOND, version="v2")
    for name, text in documents.items():
        (folder / name).write_text(text, encoding="utf-8")
    table = json.loads((folder / "handlers.json").read_text(encoding="utf-8"))

    def serving(contract_: Any, one: World) -> Client:
        reader = Reader(one.reading, clock=world.clock)
        return Client(make_app(contract_, reader, world.clock.datetime, silent()), one, published=False)

    return {"v1": serving(contract(), world), "v2": serving(contract_of(table, folder), second)}


def every(client: Client, target: str) -> Iterator[Any]:
    """Yield every row of a list."""
    yield from client.every(target)


def test_the_first_version_does_not_change(versions: dict[str, Client]) -> None:
    """Its renderings are byte for byte the seed from before the second version: a publish finds no change."""
    assert versions["v1"].world.publish_files(SEED) is None


def test_both_versions_tell_the_same_of_every_source(versions: dict[str, Client]) -> None:
    """Each in its own form."""
    first, second = (list(every(client, f"/{name}/sources?limit=100")) for name, client in versions.items())
    assert [newer(one) for one in first] == second
    assert any(len(one["locations"]) == 1 for one in second)


def test_each_version_validates_against_its_own_schema(versions: dict[str, Client]) -> None:
    """Each version publishes its schema at its own path."""
    for version, client in versions.items():
        schema = client.get(f"/{version}/schemas/source.json").json
        assert schema["$id"] == f"/{version}/schemas/source.json"
        body = client.get(f"/{version}/{BRIEFING}").json
        Draft202012Validator(schema).validate(body)
        assert ("locations" in schema["properties"]) is (version == "v2")


def test_each_version_stays_within_itself(versions: dict[str, Client]) -> None:
    """Links, problems, redirects and the specification stay within the version of the request."""
    for version, client in versions.items():
        links = links_of(client.get(f"/{version}/{BRIEFING}"))
        assert links["canonical"] == f"/{version}/{BRIEFING}"
        assert {target.split("/")[1] for target in links.values() if target.startswith("/")} == {version}
        assert client.get(f"/{version}/nope").json["type"] == f"/{version}/problems/unknown-route"
        assert client.get(f"/{version}/Sources").headers["location"] == f"/{version}/sources"
        paths = client.get(f"/{version}/openapi.json").json["paths"]
        assert {path.split("/")[1] for path in paths} & {"v1", "v2"} == {version}
        other = "v1" if version == "v2" else "v2"
        assert client.get(f"/{other}/{BRIEFING}").status == 404


def test_parameters_follow_the_version(versions: dict[str, Client]) -> None:
    """A field that a version does not have is refused."""
    assert [client.get(f"/{name}/{BRIEFING}?fields=locations").status for name, client in versions.items()] == [400, 200]
    assert [client.get(f"/{name}/{BRIEFING}?fields=url").status for name, client in versions.items()] == [200, 400]
    csv = versions["v2"].get("/v2/sources?format=csv").body.splitlines()[0]
    assert "locations" in csv
    assert "archive_url" not in csv
