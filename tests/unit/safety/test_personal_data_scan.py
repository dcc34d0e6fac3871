"""The scan for personal data finds every kind in every language, and little else. The texts are in personal_data.yaml."""

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from schemas.v1.safety.personal_data import personal_data, personal_data_in_slug
from schemas.v1.safety.wordlists import languages, words
from tests.conftest import ROOT, SEED

TEXTS: dict[str, Any] = yaml.safe_load((ROOT / "tests/unit/safety/personal_data.yaml").read_text(encoding="utf-8"))
KINDS = {
    "contact": {"a telephone number", "an e-mail address", "an account of a person", "a link to a person's profile"},
    "registration": {"a registration or identity number"},
    "document": {"a document number"},
    "bank": {"a bank account or card"},
    "birth": {"a date of birth"},
}
FULL_WIDTH = str.maketrans({digit: chr(ord(digit) + 0xFEE0) for digit in "0123456789"})
WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a sentence": lambda text: f"The report says so: {text}, and nothing else.",
    "on a line of its own": lambda text: f"The report says so.\n{text}\nIt says nothing else.",
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "with full-width digits": lambda text: text.translate(FULL_WIDTH),
    "with invisible characters": "\u200b".join,
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("kind", KINDS)
def test_personal_data_is_found(kind: str, written: Callable[[str], str]) -> None:
    """Each text is found, however it is written, as the kind that it is."""
    missed = [text for text in TEXTS["refused"][kind] if not list(personal_data(written(text)))]
    assert missed == []
    assert {found.what for text in TEXTS["refused"][kind] for found in personal_data(text)} >= KINDS[kind]


@pytest.mark.parametrize("written", [WRITTEN["as it is"], WRITTEN["in a sentence"]], ids=["as it is", "in a sentence"])
def test_what_only_looks_like_it_is_accepted(written: Callable[[str], str]) -> None:
    """Symbols of documents, cases, laws, archives, amounts, dates and institutions are not personal data."""
    found = {text: [found.what for found in personal_data(written(text))] for text in TEXTS["accepted"]}
    assert {text: what for text, what in found.items() if what} == {}


def test_personal_data_in_a_slug_is_found() -> None:
    """Hyphens stand for blanks or for nothing. What is found is the whole slug."""
    for slug in TEXTS["slugs_refused"]:
        assert [(found.start, found.end) for found in personal_data_in_slug(slug)] == [(0, len(slug))], slug
    assert [slug for slug in TEXTS["slugs_accepted"] if list(personal_data_in_slug(slug))] == []


def test_what_is_found_is_a_part_of_the_text_as_it_was_given() -> None:
    """Folding moves characters, and the place that is reported is in the text before that."""
    text = "Ｈｅｌｄ…\u200b since 2015. Tel．０１０－１２３４－５６７８ (b. 1990), jane＠example.org"
    assert {found.what: text[found.start : found.end] for found in personal_data(text)} == {
        "an e-mail address": "jane＠example.org",
        "a date of birth": "(b. 1990",
        "a telephone number": "０１０－１２３４－５６７８",
    }


def seed_texts(value: object) -> Iterator[str]:
    """Yield every string of a seed file."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from seed_texts(item)


def test_the_seed_has_no_personal_data() -> None:
    """No text of the seed is a false alarm, addresses of the web and symbols included."""
    texts = {text for file in SEED.rglob("*.yaml") for text in seed_texts(yaml.safe_load(file.read_text(encoding="utf-8")))}
    assert len(texts) > 500
    assert [(text, found) for text in texts for found in personal_data(text)] == []
    assert [file.stem for file in SEED.rglob("*.yaml") if list(personal_data_in_slug(file.stem))] == []


def test_every_family_of_the_scan_has_words_for_every_language() -> None:
    """A language that is listed is scanned for everything."""
    scanned = ("telephone", "document", "bank", "birth", "birth_after", "birth_label", "messenger", "network", "account", "address_at")
    harmless = ("number_word", "numbered", "measure", "not_born", "people_in_general", "new_statement", "certain_people", "month")
    missing = {family: languages() - words(family).keys() for family in (*scanned, *harmless, "address_dot", "between_subject_and_birth")}
    assert {family: left_out for family, left_out in missing.items() if left_out} == {}
