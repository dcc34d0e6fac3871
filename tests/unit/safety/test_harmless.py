"""Harmless texts of the field: no scan of people, places, days, characterisations or outcomes finds anything in them."""

import datetime
from pathlib import Path

import pytest
import yaml

from schemas.v1.safety.characterisations import unattributed_characterisations
from schemas.v1.safety.outcomes import stated_outcomes
from schemas.v1.safety.people import member_details
from schemas.v1.safety.whereabouts import recent_days, whereabouts

TODAY = datetime.date(2026, 11, 27)
TEXTS = yaml.safe_load(Path(__file__).with_name("harmless.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", TEXTS)
def test_a_harmless_text_is_accepted_by_every_scan(text: str) -> None:
    """Sentences on treaties, bodies, procedures and handovers, and references to documents, are accepted in every language."""
    found = [*member_details(text, 9), *whereabouts(text), *recent_days(text, TODAY), *unattributed_characterisations(text)]
    found += stated_outcomes(text)
    assert not [(one.what, text[one.start : one.end]) for one in found]
