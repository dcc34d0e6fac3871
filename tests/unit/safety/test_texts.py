"""The walk over all texts of a resource: the types of the schema decide what is text, not the names of fields."""

import re
from collections.abc import Mapping

import pytest

from schemas.modelwalk import places
from schemas.pointers import Json, get, leaves, replace
from schemas.registry import RESOURCES
from schemas.resource import Resource
from schemas.v1 import validation
from schemas.v1.marks import Holds, Kind
from schemas.v1.references import RefersTo
from schemas.v1.rules import Rule
from schemas.v1.safety.checked import Checked
from schemas.v1.safety.privacy import personal_data_in_texts
from schemas.v1.safety.texts import Text, texts
from tests.contract.planting import planted
from tests.unit.builders import TODAY, Fields, Known, fields

# Every field name that is a language tag as well, and tags of every kind.
TAGS = ("id", "is", "ko", "fr", "th", "vi", "zh-Hans", "ar", "pt-BR")
PERSONAL = "born 7 March 1990, passport M12345678, +82 10 1234 5678, someone@example.org"


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.singular)
def test_every_string_is_a_text_unless_its_type_leaves_no_room_for_one(resource: Resource) -> None:
    """The walk leaves out references, terms, days, dates, codes and pointers to fields, and nothing else."""
    content = _full(resource).content
    found = {text.at: text for text in texts(resource.model, content)}
    for at, value in leaves(content):
        if at in ("/id", "/type") or not isinstance(value, str):
            continue
        annotation, marks = _type_at(resource, content, at)
        is_code = Holds(Kind.CODE) in marks or any(isinstance(mark, RefersTo) for mark in marks)
        assert (at in found) == (annotation is str and not is_code), at
        if at in found:
            assert found[at].text == value


def test_what_is_no_text_has_no_room_for_one() -> None:
    """A sentence is refused in every string that the walk leaves out."""
    for resource in RESOURCES:
        content = _full(resource).content
        reached = {text.at for text in texts(resource.model, content)}
        for at, value in leaves(content):
            if isinstance(value, str) and at not in reached and at not in ("/id", "/type"):
                changed = replace({name: one for name, one in content.items() if name not in ("id", "type")}, at, PERSONAL)
                assert isinstance(changed, Mapping)
                assert validation.shape(f"{resource.collection}/full", changed)[1], at


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.singular)
def test_a_text_is_scanned_under_every_language_tag(resource: Resource, tag: str) -> None:
    """A language tag that equals the name of a field, such as `id`, hides nothing."""
    shaped = _full(resource)
    content = _tagged(shaped.content, tag)
    given = Checked(shaped.path, shaped.resource, content, Known(), TODAY)
    hidden = {at for at, value in leaves(content) if value == PERSONAL}
    assert hidden
    assert hidden <= {breach.field for breach in personal_data_in_texts(given) if breach.rule is Rule.PERSONAL_DATA}


def _full(resource: Resource) -> validation.Shaped:
    """Return a resource of a type with all fields."""
    shaped, breaches = validation.shape(
        f"{resource.collection}/full", planted(resource, lambda at: f"https://example.org{at.replace('*', 'x')}")
    )
    assert shaped is not None, breaches
    return shaped


def _type_at(resource: Resource, content: Json, at: str) -> tuple[object, tuple[object, ...]]:
    """Return the type of the field at a pointer, and its marks. The value of a claim has the type of the claim's field."""
    if claim := re.match(r"(/claims/\d+)/value(.*)", at):
        at = str(get(content, f"{claim[1]}/field")) + claim[2]
    found = places(resource.model, "/".join("*" if part.isdigit() else part for part in at.split("/")))
    assert len(found) == 1, at
    return found[0].annotation, found[0].marks


def _tagged(value: Json, tag: str, *, under: bool = False) -> Json:
    """Return a value with Korean texts replaced by personal data, under another tag."""
    if isinstance(value, Mapping):
        return {tag if name == "ko" else name: _tagged(item, tag, under=under or name == "ko") for name, item in value.items()}
    if isinstance(value, list):
        return [_tagged(item, tag, under=under) for item in value]
    return PERSONAL if under and isinstance(value, str) else value


def test_a_claim_has_the_texts_of_its_field() -> None:
    """The value of a claim is text, a reference or a slug, as the field is that the claim is about."""
    source, event = "sources/a-source", "events/an-event"
    claims: dict[str, list[Fields]] = {
        source: [_claim("/title", {"ko": "제목"}), _claim("/url", "https://example.org"), _claim("/independence_group", "a-group")],
        event: [_claim("/case", "cases/a-case"), _claim("/date", {"edtf": "2015", "as_stated": "in 2015"})],
    }
    found: dict[tuple[str, str], Text] = {}
    for path, some in claims.items():
        shaped, breaches = validation.shape(path, {**fields(path), **({"date": None} if path == event else {}), "claims": some})
        if shaped is None:
            assert {breach.rule for breach in breaches} == {Rule.CLAIM_MISMATCH}, breaches
        content = {**fields(path), "claims": some}
        model = next(resource.model for resource in RESOURCES if path.startswith(resource.collection))
        found |= {(path, text.at): text for text in texts(model, content) if text.at.startswith("/claims") and "/value" in text.at}
    assert {at: (text.kind, text.language, text.quoted) for (_, at), text in found.items()} == {
        "/claims/0/value/ko": (Kind.PROSE, "ko", True),
        "/claims/1/value": (Kind.ADDRESS, None, False),
        "/claims/2/value": (Kind.SLUG, None, False),
        "/claims/1/value/as_stated": (Kind.PROSE, None, True),
    }


def _claim(at: str, value: Json) -> Fields:
    return {"field": at, "value": value, "citations": [{"source": "sources/a-source"}], "verification": "reported"}
