"""README.md has figures that are true of the seed and an example of every route, and the links between the pages work."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.registry import RESOURCES
from tests.conftest import ROOT, SEED
from workbench.contractfiles import PUBLISHED

README = (ROOT / "README.md").read_text(encoding="utf-8")
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_COLLECTIONS = "|".join(resource.collection for resource in RESOURCES)


def seed() -> dict[str, list[dict[str, Any]]]:
    """Return the content of the seed files by collection, without tombstones."""
    files = {resource.collection: sorted((SEED / resource.collection).glob("*.yaml")) for resource in RESOURCES}
    read = {name: [yaml.safe_load(file.read_bytes()) for file in found] for name, found in files.items()}
    return {name: [content for content in contents if "gone" not in content] for name, contents in read.items()}


def languages(value: Any) -> Iterator[str]:
    """Yield the language tags of every text by language inside a value."""
    if isinstance(value, dict):
        if "en" in value and all(_LANGUAGE_TAG.fullmatch(key) for key in value):
            yield from value
        for inner in value.values():
            yield from languages(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from languages(inner)


def generic(path: str) -> str:
    """Return a route's path without the name of a collection: /v1/cases/{slug}/events is /v1/{collection}/{slug}/{collection}."""
    return re.sub(rf"(?<=/)({_COLLECTIONS})(?=/|$)", "{collection}", path)


ROUTES = sorted({generic(route["path"]) for route in json.loads((PUBLISHED / "handlers.json").read_bytes())["routes"]})


def test_figures_are_true_of_the_seed() -> None:
    """The table has numbers, a total, a day and languages of the seed. It may lag behind: a new file or type must not fail a test."""
    contents = {resource.singular: seed()[resource.collection] for resource in RESOURCES}
    rows = {name: int(number) for name, number in re.findall(r"^\| ([a-z]+) \| [^|\n]+ \| (\d+) \|$", README, re.MULTILINE)}
    assert rows
    assert {name: number for name, number in rows.items() if number > len(contents[name])} == {}
    assert f"| **all** | | **{sum(rows.values())}** |" in README
    everything = [content for found in contents.values() for content in found]
    day = re.search(r"^As of (\d{4}-\d\d-\d\d), ", README, re.MULTILINE)
    assert day
    assert day[1] <= max(str(content["last_verified"]) for content in everything)
    named = re.search(r"^Languages: ([^.]+)\.", README, re.MULTILINE)
    assert named
    assert set(re.findall("`([^`]+)`", named[1])) <= set(languages(everything))


@pytest.mark.parametrize("path", [path for path in ROUTES if path != "/docs/{name}"])  # the files that the page /docs loads
def test_every_route_has_an_example(path: str) -> None:
    """A path of each shape is in the README."""
    pattern = re.escape(path).replace(r"\{collection\}", f"(?:{_COLLECTIONS})")
    pattern = re.sub(r"\\\{[a-z]+\\\}", "[A-Za-z0-9.-]+", pattern)
    assert re.search(rf"(?:`|http://127\.0\.0\.1:8033){pattern}(?![\w/.-])", README)


PAGES = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")})


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings: lower case, without punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_other_pages_work(page: Path) -> None:
    """Every link inside the repository leads to a file, and to a heading in it if it names one."""
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(linked), f"{page.name} links to {target}"
