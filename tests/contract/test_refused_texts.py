"""Texts that may not be published are refused in every text field of every type, and texts that only look like them are accepted."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from schemas.modelwalk import places
from schemas.pointers import Json, get
from schemas.registry import RESOURCES, resource_of
from schemas.resource import Resource
from schemas.v1 import departures, validation
from schemas.v1.marks import ADDRESS, SLUG
from schemas.v1.rules import Breach, Departed, Rule
from schemas.v1.safety.texts import texts
from tests.contract.planting import planted, texts_of
from tests.unit.builders import CASE, EVENT, GROUP, SOURCE, STATEMENT, TODAY, Known, broken, fields, write_record
from workbench.staging import Staging

TEXTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("refused_texts.yaml").read_text(encoding="utf-8"))
REFUSED = TEXTS["refused"]
TAGS = REFUSED["language_tag"]["tags"]
RULES = {
    "contact": Rule.PERSONAL_DATA,
    "registration": Rule.PERSONAL_DATA,
    "document": Rule.PERSONAL_DATA,
    "birth": Rule.PERSONAL_DATA,
    "members_of_a_small_group": Rule.PROTECTED_GROUP_DETAIL,
    "place_while_open": Rule.EXPOSES_PEOPLE_AT_RISK,
    "legal_characterisation_without_attribution": Rule.CHARACTERISATION_UNATTRIBUTED,
}
LINES = [(family, line) for family in RULES for line in REFUSED[family]]
OF_A_CASE = ("cases", "events", "statements", "sources", "actors")


def breaches_of(resource: Resource, say: Callable[[str], str]) -> tuple[Json, list[Breach]]:
    """Return a resource with all fields, each with the text that `say` returns for its pattern, and its breaches.

    It belongs to an open case with a group of nine, and nobody in the record characterises anything.
    """
    path = f"{resource.collection}/full"
    written = _characterising_nothing(planted(resource, lambda at: _embedded(resource, at, say(at))))
    shaped, breaches = validation.shape(path, written)
    if shaped is None:
        return written, breaches
    others = Known(contents={**_AROUND, path: shaped.content})
    return shaped.content, list(validation.check(shaped, others, TODAY))


def _embedded(resource: Resource, at: str, text: str) -> str:
    """Return a text as a field can have it: a field for a URL gets one with the text in its path."""
    found = places(resource.model, at)
    return f"https://example.org/{quote(text, safe='')}" if any(ADDRESS in place.marks for place in found) else text


def _characterising_nothing(content: Mapping[str, Json]) -> dict[str, Json]:
    changes: dict[str, Json] = {}
    if "acts" in content:
        changes["acts"] = [{"act": "arrest"}]
    return {**content, **changes}


def _harmless(_at: str) -> str:
    return "A text"


def _only(at: str, line: str) -> Callable[[str], str]:
    """Return a function that says a line in one field, and something harmless in all others."""
    return lambda other: line if other == at else "A text"


_AROUND: dict[str, Json] = {}
for _resource in RESOURCES:
    _written = _characterising_nothing(planted(_resource, partial(_embedded, _resource, text="A text")))
    _shaped, _wrong = validation.shape(f"{_resource.collection}/full", _written)
    assert _shaped is not None, _wrong
    _AROUND[f"{_resource.collection}/full"] = _shaped.content


def places_for(resource: Resource, content: Json, rule: Rule) -> set[str]:
    """Return the pointers of all texts in which a rule must find what it refuses."""
    if rule is Rule.CHARACTERISATION_UNATTRIBUTED:  # an address, and what somebody is named for, say nothing in our own words
        return {text.at for text in texts(resource.model, content) if not text.attributed and text.kind == "prose"}
    return {text.at for text in texts(resource.model, content) if text.kind != "slug"}


@pytest.mark.parametrize(("family", "line"), LINES, ids=[f"{family}: {line!a}" for family, line in LINES])
def test_a_text_is_refused_in_every_field(family: str, line: str) -> None:
    """The rule names every field that has the text, in every type that the rule is about."""
    rule = RULES[family]
    for resource in RESOURCES:
        if rule in (Rule.PROTECTED_GROUP_DETAIL, Rule.EXPOSES_PEOPLE_AT_RISK) and resource.collection not in OF_A_CASE:
            continue
        content, breaches = breaches_of(resource, lambda _at: line)
        if {breach.rule for breach in breaches} == {Rule.INVALID_VALUE}:  # it has a hidden character, and nothing else was looked at
            continue
        missed = places_for(resource, content, rule) - {breach.field for breach in breaches if breach.rule is rule}
        assert not missed, f"{resource.collection}: {sorted(missed)}"


@pytest.mark.parametrize("line", TEXTS["accepted"], ids=ascii)
def test_a_harmless_text_is_accepted_in_every_field(line: str) -> None:
    """No rule finds anything in it, in a case with a group of nine either."""
    for resource in RESOURCES:
        _, before = breaches_of(resource, _harmless)
        _, after = breaches_of(resource, lambda _at: line)
        assert [breach for breach in after if breach not in before] == [], resource.collection


@pytest.mark.parametrize("line", REFUSED["hidden"], ids=ascii)
def test_hidden_characters_are_refused_in_every_line(line: str) -> None:
    """A character that nobody sees, or that breaks a single line, is an error in each field."""
    for resource in RESOURCES:
        for at in sorted(texts_of(resource)):
            if at == "/claims/*/value" or ("\u2028" in line and not _is_line(resource, at)):
                continue  # a claim's value is the value of its field here; a text of several lines may have line breaks
            content, breaches = breaches_of(resource, _only(at, line))
            assert breaches, f"{resource.collection} {at}: {content}"


def _is_line(resource: Resource, at: str) -> bool:
    found = places(resource.model, at)
    return any(getattr(mark, "max_length", None) == 500 for place in found for mark in place.marks)


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("path", [CASE, EVENT, STATEMENT, SOURCE, GROUP])
def test_a_text_is_refused_under_every_tag(path: str, tag: str) -> None:
    """Personal data is refused under every language tag, those that equal the name of a field too."""
    found = broken(path, {"summary": {"en": "A summary.", tag: REFUSED["language_tag"]["text"]}})
    assert (Rule.PERSONAL_DATA, f"/summary/{tag}") in found


@pytest.mark.parametrize(("family", "line"), LINES, ids=[f"{family}: {line!a}" for family, line in LINES])
def test_a_text_is_refused_in_a_stream(family: str, line: str, tmp_path: Path) -> None:
    """A line of NDJSON is held to the same rules as a file."""
    with Staging() as published:
        assert published.add([write_record(tmp_path, {})]) == []
        documents = [(document.path, document.content) for document in published]
    with Staging() as staging:
        staging.add_published(documents)
        problems = staging.add([StringIO(json.dumps({"id": EVENT, **fields(EVENT), "summary": {"en": line}}))])
        problems += staging.check(TODAY)
        assert {(problem.rule, problem.field) for problem in problems} & {
            (RULES[family], "/summary/en"),
            (Rule.INVALID_VALUE, "/summary/en"),
        }


def slugs(resource: Resource, slug: str) -> Iterator[tuple[str, list[Breach]]]:
    """Yield (field, breaches) for a slug as the id of a resource, and in each of its fields for slugs."""
    path = f"{resource.collection}/{slug}"
    shaped, wrong = validation.shape(path, _characterising_nothing(planted(resource, lambda at: _embedded(resource, at, "A text"))))
    assert shaped is not None, wrong
    yield "/id", list(validation.check(shaped, Known(contents={**_AROUND, path: shaped.content}), TODAY))
    for text in texts(resource.model, shaped.content):
        if text.kind == "slug" and "/claims/" not in text.at:
            written = json.loads(json.dumps({name: value for name, value in shaped.content.items() if name not in ("id", "type")}))
            parent, _, last = text.at.rpartition("/")
            holder: Any = get(written, parent)
            holder[last] = slug
            changed, wrong = validation.shape(path, written)
            assert changed is not None, wrong
            yield text.at, list(validation.check(changed, Known(contents={**_AROUND, path: changed.content}), TODAY))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.singular)
def test_slugs_are_scanned(resource: Resource) -> None:
    """An id and every slug is scanned as it is, and with its hyphens removed; a declaration's ids are too."""
    for slug in TEXTS["slugs_refused"]:
        for at, breaches in slugs(resource, slug):
            assert (Rule.PERSONAL_DATA, at) in {(breach.rule, breach.field) for breach in breaches}, slug
        departed = Departed(f"{resource.collection}/{slug}", "renamed", f"{resource.collection}/{slug}", "risk", (f"events/{slug}",))
        declared = {breach.field for breach in departures.personal_data(departed)}
        assert declared == {"/id", "/gone/to", "/gone/still_named_by/0"}, slug
    for slug in TEXTS["slugs_accepted"]:
        for at, breaches in slugs(resource, slug):
            assert [breach for breach in breaches if breach.rule is Rule.PERSONAL_DATA] == [], f"{slug} {at}"


def test_every_type_has_slugs_and_addresses_to_try() -> None:
    """The tests above reach fields of each kind."""
    marks = {mark for resource in RESOURCES for at in texts_of(resource) for place in places(resource.model, at) for mark in place.marks}
    assert ADDRESS in marks
    assert any(SLUG in place.marks for place in places(resource_of("sources").model, "/independence_group"))
