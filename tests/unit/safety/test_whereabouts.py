"""The scan for places finer than a city, and for days of the last 90 days."""

import datetime
from pathlib import Path

import pytest
import yaml

from schemas.v1.safety.whereabouts import recent_days, whereabouts

TEXTS = yaml.safe_load(Path(__file__).with_name("whereabouts.yaml").read_text(encoding="utf-8"))
REFUSED = [(kind, text) for kind, texts in TEXTS["refused"].items() for text in texts]
TODAY = datetime.date(2026, 11, 27)


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_a_place_finer_than_a_city_is_found(kind: str, text: str) -> None:
    """Coordinates, streets, parts of buildings and named facilities are found in every notation and language, and inside other text."""
    assert list(whereabouts(text)), kind
    assert list(whereabouts(f"They were held: {text}, as was reported.")), kind


@pytest.mark.parametrize("text", TEXTS["accepted"])
def test_what_only_looks_like_a_place_is_accepted(text: str) -> None:
    """Cities, facilities without a name, documents and figures are accepted. None of them is a day of the last 90 days either."""
    assert not [text[found.start : found.end] for found in whereabouts(text)]
    assert not [text[found.start : found.end] for found in recent_days(text, TODAY)]


@pytest.mark.parametrize("text", TEXTS["recent"])
def test_a_day_less_than_90_days_ago_is_found(text: str) -> None:
    """Dates and relative days are found in every notation and language, and inside other text."""
    assert list(recent_days(text, TODAY))
    assert list(recent_days(f"They were held: {text}, as was reported.", TODAY))


@pytest.mark.parametrize("text", TEXTS["old"])
def test_an_old_day_is_accepted(text: str) -> None:
    """Days of 90 days ago or more, years alone, and days without a year are accepted."""
    assert not [text[found.start : found.end] for found in recent_days(text, TODAY)]


def test_the_wait_ends_after_90_days() -> None:
    """The 90th day before today is accepted, the 89th is not."""
    assert not list(recent_days("29 August 2026", TODAY))
    assert list(recent_days("30 August 2026", TODAY))
