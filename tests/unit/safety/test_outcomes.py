"""The scan for prose that states what finally became of the people."""

from pathlib import Path

import pytest
import yaml

from schemas.v1.safety.outcomes import stated_outcomes

TEXTS = yaml.safe_load(Path(__file__).with_name("outcomes.yaml").read_text(encoding="utf-8"))
REFUSED = [(language, text) for language, texts in TEXTS["refused"].items() for text in texts]


@pytest.mark.parametrize(("language", "text"), REFUSED)
def test_an_outcome_that_is_stated_as_a_fact_is_found(language: str, text: str) -> None:
    """A return to the state of origin, a release, a resettlement or an execution is found in every language."""
    assert list(stated_outcomes(text)), language
    assert list(stated_outcomes(f"A return was feared in 2015.\n{text}")), language


@pytest.mark.parametrize("text", TEXTS["accepted"])
def test_what_leaves_the_outcome_open_is_accepted(text: str) -> None:
    """Fears, plans, conditions, denials, the law, other people, transfers and what others report are accepted."""
    assert not [text[found.start : found.end] for found in stated_outcomes(text)]
