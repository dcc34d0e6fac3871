"""The days that an EDTF expression can mean: a table, the calendar as an oracle, and where PyPI's `edtf` agrees or differs."""

import datetime
import re

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from schemas.edtf import BadDate, Bounds, bounds, is_set
from tests.counting import calls_of

BOUNDS: tuple[tuple[str, str | None, str | None], ...] = (
    ("2015-10-22", "2015-10-22", "2015-10-22"),
    ("2015-10", "2015-10-01", "2015-10-31"),
    ("2015", "2015-01-01", "2015-12-31"),
    ("0001", "0001-01-01", "0001-12-31"),
    ("9999-12-31", "9999-12-31", "9999-12-31"),
    # Masked digits.
    ("2015-10-0X", "2015-10-01", "2015-10-09"),
    ("2015-10-3X", "2015-10-30", "2015-10-31"),
    ("2015-10-X9", "2015-10-09", "2015-10-29"),
    ("2015-10-XX", "2015-10-01", "2015-10-31"),
    ("2015-1X", "2015-10-01", "2015-12-31"),
    ("2015-0X", "2015-01-01", "2015-09-30"),
    ("2015-X1", "2015-01-01", "2015-11-30"),
    ("2015-X2", "2015-02-01", "2015-12-31"),
    ("2015-XX", "2015-01-01", "2015-12-31"),
    ("2015-XX-31", "2015-01-31", "2015-12-31"),
    ("2015-XX-XX", "2015-01-01", "2015-12-31"),
    ("201X", "2010-01-01", "2019-12-31"),
    ("201X-10-22", "2010-10-22", "2019-10-22"),
    ("20XX", "2000-01-01", "2099-12-31"),
    ("000X", "0001-01-01", "0009-12-31"),
    ("XXXX", "0001-01-01", "9999-12-31"),
    ("XXXX-12-25", "0001-12-25", "9999-12-25"),
    # Leap days.
    ("2016-02", "2016-02-01", "2016-02-29"),
    ("2015-02", "2015-02-01", "2015-02-28"),
    ("1900-02", "1900-02-01", "1900-02-28"),
    ("2000-02", "2000-02-01", "2000-02-29"),
    ("2016-02-29", "2016-02-29", "2016-02-29"),
    ("2016-02-2X", "2016-02-20", "2016-02-29"),
    ("201X-02-29", "2012-02-29", "2016-02-29"),
    ("19XX-02-29", "1904-02-29", "1996-02-29"),
    ("XXXX-02-29", "0004-02-29", "9996-02-29"),
    # Seasons say neither hemisphere nor month.
    ("2015-21", "2015-01-01", "2015-12-31"),
    ("2015-22", "2015-01-01", "2015-12-31"),
    ("2015-23~", "2015-01-01", "2015-12-31"),
    ("2015-24", "2015-01-01", "2016-02-29"),
    ("2016-24", "2016-01-01", "2017-02-28"),
    # Qualifiers do not widen.
    ("2015?", "2015-01-01", "2015-12-31"),
    ("2015-10~", "2015-10-01", "2015-10-31"),
    ("2015-10-22%", "2015-10-22", "2015-10-22"),
    # Intervals.
    ("2015-10/2016-02", "2015-10-01", "2016-02-29"),
    ("2015-10-22/2015-10-22", "2015-10-22", "2015-10-22"),
    ("2015/2015-10", "2015-01-01", "2015-10-31"),
    ("2015?/2016~", "2015-01-01", "2016-12-31"),
    ("2015-10-0X/2015-1X", "2015-10-01", "2015-12-31"),
    ("2015-10/..", "2015-10-01", None),
    ("2015-10/", "2015-10-01", None),
    ("../2015-10", None, "2015-10-31"),
    ("/2015-10", None, "2015-10-31"),
    ("2015-21/2016-24", "2015-01-01", "2017-02-28"),
    # Sets: one of, and all of.
    ("[2015-10-26,2015-11-16]", "2015-10-26", "2015-11-16"),
    ("[2015-11-16, 2015-10-26]", "2015-10-26", "2015-11-16"),
    ("{2015,2017-02}", "2015-01-01", "2017-02-28"),
    ("[2015]", "2015-01-01", "2015-12-31"),
    ("[2015-10-23..2015-10-28]", "2015-10-23", "2015-10-28"),
    ("[..2015-10]", None, "2015-10-31"),
    ("{2015-10..}", "2015-10-01", None),
    ("[..2014,2016-01-01]", None, "2016-01-01"),
    ("[2015-10-0X,2015-12]", "2015-10-01", "2015-12-31"),
)

REFUSED: tuple[tuple[str, str], ...] = (
    ("", "is not a date"),
    ("x", "is not a date"),
    ("next week", "is not a date"),
    ("15-10-22", "is not a date"),
    ("2015-1-2", "is not a date"),
    ("2015/10/22", "more than one slash"),
    ("22.10.2015", "is not a date"),
    (" 2015", "is not a date"),
    ("2015\n", "is not a date"),
    ("２０１５", "is not a date"),  # noqa: RUF001 - digits, and none of ASCII's
    ("2015-10-22T10:00:00Z", "is not a date"),
    ("Y17000", "is not a date"),
    ("-0044", "is not a date"),
    ("1950S2", "is not a date"),
    ("?2015-10", "is not a date"),
    ("2015x", "is not a date"),
    ("0000", "not a date in the calendar"),
    ("2015-00", "not a date in the calendar"),
    ("2015-13", "not a date in the calendar"),
    ("2015-2X", "not a date in the calendar"),
    ("2015-10-00", "not a date in the calendar"),
    ("2015-10-32", "not a date in the calendar"),
    ("2015-02-29", "not a date in the calendar"),
    ("2015-02-3X", "not a date in the calendar"),
    ("1900-02-29", "not a date in the calendar"),
    ("2015-21-01", "a season needs a full year and can't have a day"),
    ("201X-21", "a season needs a full year and can't have a day"),
    ("2015-25", "not a date in the calendar"),
    ("../..", "open at both ends"),
    ("/", "open at both ends"),
    ("/..", "open at both ends"),
    ("2015-12/2015-01", "ends before it starts"),
    ("2015/2016/2017", "more than one slash"),
    ("[2015", "does not end with ']'"),
    ("[2015}", "does not end with ']'"),
    ("{2015]", "does not end with '}'"),
    ("[2015,]", "is not a date"),
    ("[,]", "is not a date"),
    ("[..]", "is not a member of a set"),
    ("[2016..2015]", "ends before it starts"),
    ("[2015/2016]", "is not a date"),
    ("[[2015]]", "is not a date"),
    ("[2015..2016..2017]", "is not a date"),
    ("2015..2016", "is not a date"),
    ("[" + "2015," * 40 + "2015]", "longer than 200 characters"),
)

YEARS = st.integers(1, 9999).map("{:04d}".format)
DAYS = st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31))
EXACT = st.one_of(YEARS, DAYS.map(lambda day: day.isoformat()[:7]), DAYS.map(datetime.date.isoformat))
EVERY_DAY = [datetime.date.fromordinal(day).isoformat() for day in range(730120, 741078)]  # 2000-01-01 to 2029-12-31
_MASKED_DIGITS = st.sampled_from("0123X")
MASKS = st.builds(
    lambda year, month, day: "-".join(part for part in (year, month, day) if part),
    st.one_of(st.integers(2000, 2029).map(str), st.sampled_from(["200X", "201X", "202X"])),
    st.one_of(
        st.sampled_from(["XX", "0X", "1X", "2X", "02"]),
        st.integers(1, 12).map("{:02d}".format),
        st.sampled_from("0123456789").map("X{}".format),
    ),
    st.one_of(st.just(""), st.builds("{}{}".format, _MASKED_DIGITS, st.sampled_from("0123456789X"))),
)


@pytest.mark.parametrize(("expression", "earliest", "latest"), BOUNDS, ids=[case[0] for case in BOUNDS])
def test_bounds(expression: str, earliest: str | None, latest: str | None) -> None:
    """The bounds of an expression are the first and the last day that it can mean."""
    assert bounds(expression) == Bounds(earliest, latest)


@pytest.mark.parametrize(("expression", "said"), REFUSED, ids=[case[0][:20] or "nothing" for case in REFUSED])
def test_refusals_say_why(expression: str, said: str) -> None:
    """An expression outside the profile is refused with a reason."""
    with pytest.raises(BadDate, match=re.escape(said)):
        bounds(expression)


def test_a_mask_without_a_date_is_refused_at_once() -> None:
    """Refusing a mask that no day matches takes no time. Any client can send one with `from` and `to`."""

    def refuse() -> None:
        with pytest.raises(BadDate, match="not a date in the calendar"):
            bounds("XXXX-XX-4X")

    assert calls_of(refuse) < 1_000, "and not one for each of the days of ten thousand years"


@pytest.mark.parametrize(("expression", "expected"), [("[2015,2016]", True), ("{2015}", True), ("2015/2016", False), ("", False)])
def test_is_set(expression: str, expected: bool) -> None:
    """Only brackets and braces make a set."""
    assert is_set(expression) is expected


@given(MASKS)
def test_masks_mean_the_days_that_match_them(mask: str) -> None:
    """The bounds of a mask are the first and the last matching day of the calendar. A mask without a matching day is refused."""
    pattern = re.compile(mask.replace("X", "[0-9]") + ".*")
    matching = [day for day in EVERY_DAY if pattern.fullmatch(day)]
    if matching:
        assert bounds(mask) == Bounds(matching[0], matching[-1])
    else:
        with pytest.raises(BadDate):
            bounds(mask)


@given(EXACT)
def test_bounds_are_days_in_order(expression: str) -> None:
    """The bounds of a year, a month or a day are real days in it, the first no later than the last."""
    earliest, latest = bounds(expression)
    assert earliest is not None
    assert latest is not None
    assert datetime.date.fromisoformat(earliest) <= datetime.date.fromisoformat(latest)
    assert earliest.startswith(expression)
    assert latest.startswith(expression)


@given(EXACT, EXACT)
def test_an_interval_has_the_bounds_of_its_ends(one: str, other: str) -> None:
    """An interval reaches from the first day of its start to the last day of its end. A reversed interval is refused."""
    expression = f"{one}/{other}"
    first, last = bounds(one).earliest, bounds(other).latest
    assert first is not None
    assert last is not None
    if first <= last:
        assert bounds(expression) == Bounds(first, last)
    else:
        with pytest.raises(BadDate, match="ends before it starts"):
            bounds(expression)


@given(EXACT)
def test_an_open_or_unknown_end_is_none(expression: str) -> None:
    """An open or unknown end has no bound."""
    own = bounds(expression)
    assert bounds(f"{expression}/..") == bounds(f"{expression}/") == Bounds(own.earliest, None)
    assert bounds(f"../{expression}") == bounds(f"/{expression}") == Bounds(None, own.latest)


@given(st.lists(EXACT, min_size=1, max_size=6), st.sampled_from(["[]", "{}"]))
def test_a_set_has_the_bounds_of_its_outermost_members(members: list[str], brackets: str) -> None:
    """The bounds of a set do not depend on the order of its members."""
    found = bounds(brackets[0] + ",".join(members) + brackets[1])
    assert found.earliest == min(bounds(member).earliest or "" for member in members)
    assert found.latest == max(bounds(member).latest or "" for member in members)


@given(EXACT, st.sampled_from("?~%"))
def test_a_qualifier_does_not_widen(expression: str, qualifier: str) -> None:
    """A qualifier says how certain a source is; it does not change the days."""
    assert bounds(expression + qualifier) == bounds(expression)


@given(st.one_of(st.text(), st.text("0123456789X-/.[]{},?~% ", max_size=12)))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    """Every input returns bounds or raises BadDate, and nothing else."""
    try:
        earliest, latest = bounds(text)
    except BadDate as refused:
        assert str(refused)  # noqa: PT017 - that it may be raised is the point
    else:
        assert earliest is None or latest is None or earliest <= latest


def library_bounds(expression: str) -> Bounds:
    """Return the bounds that PyPI's `edtf` gives."""
    parsed = parse_edtf(expression)
    return Bounds(*("{:04d}-{:02d}-{:02d}".format(*day[:3]) for day in (parsed.lower_strict(), parsed.upper_strict())))


@given(st.one_of(EXACT, st.tuples(EXACT, EXACT).map(lambda ends: "/".join(sorted(ends, key=lambda end: bounds(end).earliest or "")))))
def test_the_library_agrees_where_it_is_right(expression: str) -> None:
    """On years, months, days and closed intervals, PyPI's `edtf` has the same bounds."""
    try:
        own = bounds(expression)
    except BadDate:
        return
    assert library_bounds(expression) == own


def test_the_library_has_no_bounds_for_a_masked_day() -> None:
    """PyPI's `edtf` still raises ValueError for `2015-10-0X`; our bounds are 1 to 9 October."""
    with pytest.raises(ValueError, match="0X"):
        parse_edtf("2015-10-0X").lower_strict()


def test_the_library_fails_on_a_masked_month(capsys: pytest.CaptureFixture[str]) -> None:
    """PyPI's `edtf` still raises AttributeError for `2015-1X`, and prints a line to standard output."""
    with pytest.raises(AttributeError):
        parse_edtf("2015-1X")
    assert "PartialUnspecified" in capsys.readouterr().out


def test_the_library_takes_an_unknown_end_for_ten_years() -> None:
    """PyPI's `edtf` still ends `2015-10/` in 2025 without a warning; our end is None."""
    assert library_bounds("2015-10/") == Bounds("2015-10-01", "2025-10-01")


def test_the_library_has_no_bounds_for_an_open_end() -> None:
    """PyPI's `edtf` still raises TypeError for `2015-10/..`; our end is None."""
    with pytest.raises(TypeError):
        library_bounds("2015-10/..")


def test_the_library_accepts_what_ours_refuses() -> None:
    """PyPI's `edtf` still accepts blanks, reversed intervals, 29 February 2015 and the year 0."""
    for expression in (" 2015 ", "2015-12/2015-01", "2015-02-29", "0000"):
        assert parse_edtf(expression)
        with pytest.raises(BadDate):
            bounds(expression)
