"""Dates as sources give them: bounds are derived, never trusted, and a published date reads back the same."""

import pytest
from edtf import EDTFParseException
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.edtf import BadDate, bounds
from schemas.pointers import Json
from schemas.v1.dates import HistoricalDate, checked_bounds

DOCUMENTED = (
    *("2015-10-22", "2015-10", "2015", "2015-10-0X", "2015-1X", "2015-0X", "201X", "XXXX", "XXXX-12-25", "201X-02-29"),
    *("2015-21", "2015-24", "2015?", "2015-10~", "2015-10-22%", "2015-10/2016", "2015-10/..", "../2015-10", "2015-10/", "/2015-10"),
    *("[2015-10-26,2015-11-16]", "[2015-10-23..2015-10-28]", "[..2015-10]", "{2015-10..}", "{2015,2016}"),
)
EXPRESSIONS = st.sampled_from([expression for expression in DOCUMENTED if expression not in ("2015-1X", "2015-0X")])


@pytest.mark.parametrize("expression", DOCUMENTED)
def test_every_form_of_the_profile_is_a_date(expression: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every form of the profile can be published with its own bounds, and nothing is printed."""
    date = HistoricalDate.model_validate({"edtf": expression})
    assert (date.earliest, date.latest) == bounds(expression)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("expression", ["2015-1X", "2015-X0/2016", "2015-XX/2016", "{2015-1X,2016}", "[2015-21,2016]", "2015-10-0X/.."])
def test_what_the_second_opinion_trips_over_is_no_crash(expression: str) -> None:
    """Where PyPI's `edtf` crashes on input that our grammar takes, the date is accepted or refused, and nothing else is raised."""
    try:
        assert checked_bounds(expression) == bounds(expression)
    except BadDate as refused:
        assert "is not an EDTF date" in str(refused)  # noqa: PT017 - that it may be raised is the point


@given(EXPRESSIONS)
def test_what_is_published_reads_back_the_same(expression: str) -> None:
    """A published date, with its derived bounds, is a valid date with the same content."""
    once = HistoricalDate.model_validate({"edtf": expression, "as_stated": "early October", "basis": "As the source says."})
    dumped = once.model_dump(mode="json")
    assert HistoricalDate.model_validate(dumped) == once
    assert HistoricalDate.model_validate(dumped).model_dump(mode="json") == dumped
    assert list(dumped) == ["edtf", "as_stated", "basis", "earliest", "latest"]


@given(EXPRESSIONS)
def test_derived_bounds_may_stand_where_they_are_right(expression: str) -> None:
    """Bounds that agree with the expression are accepted."""
    earliest, latest = bounds(expression)
    date = HistoricalDate.model_validate({"edtf": expression, "earliest": earliest, "latest": latest})
    assert (date.earliest, date.latest) == (earliest, latest)


WRONG: tuple[tuple[str, dict[str, Json], str], ...] = (
    ("another first day", {"edtf": "2015-10", "earliest": "2015-10-02"}, "earliest is derived from edtf and would be 2015-10-01"),
    ("another last day", {"edtf": "2015-10", "latest": "2015-10-30"}, "latest is derived from edtf and would be 2015-10-31"),
    ("null where there is a day", {"edtf": "2015-10", "latest": None}, "not None; leave it out"),
    ("a day where it is open", {"edtf": "2015-10/..", "latest": "2025-10-31"}, "would be None, not 2025-10-31"),
    ("a bound that is no day", {"edtf": "2015-10", "earliest": "October"}, "should match pattern"),
    ("no expression", {"as_stated": "early October"}, "Field required"),
    ("a number", {"edtf": 2015}, "valid string"),
    ("an empty one", {"edtf": ""}, "is not a date"),
    ("no date at all", {"edtf": "early October"}, "is not a date"),
    ("a day that is none", {"edtf": "2015-02-29"}, "is not a date in the calendar"),
    ("too long", {"edtf": "[" + "2015," * 40 + "2015]"}, "at most 200 characters"),
    ("an unknown field", {"edtf": "2015", "circa": True}, "Extra inputs"),
    ("a blank statement", {"edtf": "2015", "as_stated": "  "}, "at least 1 character"),
)


@pytest.mark.parametrize(("given_fields", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_date_is_refused(given_fields: dict[str, Json], said: str) -> None:
    """A date that contradicts itself, or that is not a date, is refused with a reason."""
    with pytest.raises(ValidationError, match=said):
        HistoricalDate.model_validate(given_fields)


@pytest.mark.parametrize("expression", ["2015-02-29", "2015-12/2015-01", " 2015 ", "0000", "2015-10-22T10:00:00"])
def test_what_the_second_opinion_lets_pass_is_refused(expression: str) -> None:
    """PyPI's `edtf` accepts these; the record does not."""
    with pytest.raises(BadDate):
        checked_bounds(expression)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_validation_error(text: str) -> None:
    """No text makes a date raise anything but a validation error."""
    try:
        date = HistoricalDate.model_validate({"edtf": text})
    except ValidationError:
        return
    except EDTFParseException:
        pytest.fail("the library's own exception came through")
    assert (date.earliest, date.latest) == bounds(text)
