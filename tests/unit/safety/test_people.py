"""The scan for what singles out members of a small group."""

from pathlib import Path

import pytest
import yaml

from schemas.v1.safety.people import member_details

TEXTS = yaml.safe_load(Path(__file__).with_name("people.yaml").read_text(encoding="utf-8"))
REFUSED = [(language, text) for language, texts in TEXTS["refused"].items() for text in texts]


@pytest.mark.parametrize(("language", "text"), REFUSED)
def test_what_singles_out_members_is_found(language: str, text: str) -> None:
    """Figures below the total, ages, kinship, occupations, health and origin are found in every language, and inside other text."""
    assert list(member_details(text, 9)), language
    assert list(member_details(f"The nine left. {text} It is not said who reported it.", 9)), language


@pytest.mark.parametrize("text", TEXTS["accepted"])
def test_what_describes_no_member_is_accepted(text: str) -> None:
    """The total, officials, institutions, documents and set phrases of the field are accepted."""
    assert not [text[found.start : found.end] for found in member_details(text, 9)]


def test_the_size_decides_about_figures() -> None:
    """A figure is found if it is below the size of the group, or below 20 if the size is not known."""
    text = "Twelve people were stopped."
    assert [text[found.start : found.end] for found in member_details(text, 15)] == ["Twelve people"]
    assert list(member_details(text, None))
    assert not list(member_details(text, 12))
    assert not list(member_details("Twenty people were stopped.", None))


def test_a_place_is_that_of_the_original_text() -> None:
    """What is found is named by its place in the text as it was given, not in the folded text."""
    text = "In all: \u200b③  women."
    assert [text[found.start : found.end] for found in member_details(text, 9)] == ["③  women"]
