"""The scan for legal characterisations for which nobody is named."""

from pathlib import Path

import pytest
import yaml

from schemas.v1.safety.characterisations import unattributed_characterisations

TEXTS = yaml.safe_load(Path(__file__).with_name("characterisations.yaml").read_text(encoding="utf-8"))
REFUSED = [(language, text) for language, texts in TEXTS["refused"].items() for text in texts]


@pytest.mark.parametrize(("language", "text"), REFUSED)
def test_a_characterisation_without_a_name_is_found(language: str, text: str) -> None:
    """A characterisation is found in every language. The name in another sentence does not count."""
    assert list(unattributed_characterisations(text)), language
    assert list(unattributed_characterisations(f"The Committee said so in 2015.\n{text}")), language


@pytest.mark.parametrize("text", TEXTS["accepted"])
def test_a_characterisation_with_a_name_is_accepted(text: str) -> None:
    """A sentence that names who says so is accepted, and so are names of principles, treaties, bodies and offences."""
    assert not [text[found.start : found.end] for found in unattributed_characterisations(text)]
