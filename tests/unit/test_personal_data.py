"""The scan for personal data: what it must find in ids and free text, and what only looks like personal data."""

import pytest

from schemas.v1 import validation
from schemas.v1.rules import Rule
from tests.unit.builders import CASE, EVENT, GROUP, INSTRUMENT, SOURCE, STATEMENT, TODAY, Fields, Known, breaches, broken, claim, fields

PERSONAL = (
    ("e-mail", "Write to jane.doe+x@mail.example.org for more."),
    ("telephone", "Call +82 2 1234 5678."),
    ("telephone with hyphens", "Call +84-24-3926-0024."),
    ("telephone without spaces", "Call +821012345678."),
    ("mobile telephone", "Call 010-1234-5678."),
    ("telephone with brackets", "Call (024) 3926 0024."),
    ("passport", "His passport M12345678 was taken."),
    ("passport with no.", "Passport no. M1234567 was taken."),
    ("passport with number", "Passport number: 472310456."),
    ("identity card", "Her identity card 110101199003071234."),
    ("born on", "He was born on 3 May 1990."),
    ("born", "She (born 3 May 1990) left."),
    ("born in", "He was born in 1990."),
    ("date of birth", "Date of birth: 1990-05-03."),
    ("dob", "DOB: 03/05/1990."),
    ("year of birth in Korean", "1990년생"),
)
HARMLESS = (
    *("A/HRC/25/63", "A/HRC/25/CRP.1, paragraphs 1212 to 1225", "CAT/C/CHN/CO/5", "S/RES/2321 (2016)", "A/RES/69/188"),
    *("606 UNTS 267", "189 UNTS 137, No. 2545", "paragraphs 355 to 492", "pp. 046-047", "Article 33(1)", "resolution 22/13"),
    *("2015-10-22", "22.10.2015", "18 December 2014", "from 2015-10-22 to 2015-11-16", "in 2013, 2014 and 2015", "22 October 2015, 10:30"),
    *("ISO 8601-2:2019", "HURIDOCS 030101000000", "Issue Brief 4379", "12,848 people", "Wilson Center document 115328", "21.5 N, 107.9 E"),
    *("passport checks in 2015", "their passports were taken", "the travel document of 1951", "born in the DPRK", "a newborn idea"),
    *("@OHCHR on a platform", "up to 90 days; 24-hour custody", "+ 1 more"),
)


@pytest.mark.parametrize("text", [case[1] for case in PERSONAL], ids=[case[0] for case in PERSONAL])
def test_personal_data_in_free_text_is_found(text: str) -> None:
    """Addresses, telephone and document numbers, and dates of birth are refused in every free text."""
    places: list[tuple[str, str, Fields]] = [
        (EVENT, "/summary/en", {"summary": {"en": text}}),
        (CASE, "/risk/en", {"risk": {"en": text}}),
        (STATEMENT, "/text/en/text", {"text": {"en": {"text": text, "original": True}}}),
        (EVENT, "/date/basis", {"date": {"edtf": "2015-10-22", "basis": text}}),
        (EVENT, "/citations/0/locator", {"citations": [{"source": SOURCE, "locator": text}]}),
        (EVENT, "/claims/0/value/en", {"claims": [claim("/summary", {"en": text})]}),
    ]
    for path, at, changes in places:
        assert (Rule.PERSONAL_DATA, at) in broken(path, changes)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_is_none(text: str) -> None:
    """Symbols, treaty numbers, dates, paragraph numbers and figures are not personal data."""
    assert breaches(EVENT, {"summary": {"en": f"See {text}."}}) == []
    assert breaches(INSTRUMENT, {"registration": text, "identifiers": [{"scheme": "a-scheme", "value": text}]}) == []


@pytest.mark.parametrize("slug", ["010-1234-5678", "passport-m12345678", "holder-of-passport-472310456", "born-on-3-may-1990"])
def test_personal_data_in_an_id_is_found(slug: str) -> None:
    """Ids are scanned too, because they can't change later. The breach has no field."""
    path = f"events/{slug}"
    found, _ = validation.shape(path, fields(EVENT))
    assert found is not None
    case: Fields = {"events": [EVENT, path]}
    assert [(breach.rule, breach.field) for breach in validation.check(found, Known().but(CASE, case), TODAY)] == [(Rule.PERSONAL_DATA, "")]


@pytest.mark.parametrize("slug", ["handed-over-in-dongxing", "human-rights-council-resolution-22-13", "daily-signal-2015-12-23"])
def test_an_id_may_hold_dates_and_numbers(slug: str) -> None:
    """Dates and document symbols are common in ids."""
    path = f"events/{slug}"
    found, _ = validation.shape(path, fields(EVENT))
    assert found is not None
    assert list(validation.check(found, Known().but(CASE, {"events": [EVENT, path]}), TODAY)) == []


@pytest.mark.parametrize(
    ("scheme", "value"), [("passport", "M12345678"), ("e-mail", "jane@example.org"), ("telephone", "+82 10 1234 5678")]
)
def test_a_group_is_not_identified_by_documents(scheme: str, value: str) -> None:
    """The identifiers of a protected group are no way around the rule that nothing identifies its members."""
    rules = {rule for rule, _ in broken(GROUP, {"identifiers": [{"scheme": scheme, "value": value}]})}
    assert rules & {Rule.PERSONAL_DATA, Rule.PROTECTED_GROUP_DETAIL}


def test_addresses_of_the_web_are_no_personal_data() -> None:
    """Machine-readable fields are not scanned: a URL may hold long numbers."""
    url = "https://example.org/news/+82-2-1234-5678/010-1234-5678"
    assert breaches(SOURCE, {"url": url, "archive_url": url, "same_as": [url], "sha256": "0123456789" * 6 + "0123"}) == []
