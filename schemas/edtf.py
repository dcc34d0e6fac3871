"""The bounds of an EDTF expression: the first and the last day that it can mean. Standard library only; knows no resource.

The schemas derive `earliest` and `latest` with it when a record is checked, and the handlers read `from` and `to` with it. So a
requested date means exactly the same as a published date.

The profile is ISO 8601-2 (EDTF) level 1 dates, intervals and seasons, masked digits (`2015-1X`, `2015-10-0X`) and the sets
of level 2. Times of day, years outside 0001 to 9999, level 2 seasons, significant digits, and qualifiers on a part of a date
are errors. Qualifiers (`?`, `~`, `%`) say how certain a source is; they do not widen the bounds.
"""

import itertools
import re
from calendar import isleap, monthrange
from collections.abc import Iterator
from typing import NamedTuple


class Bounds(NamedTuple):
    """The first and last day that an expression can mean, `YYYY-MM-DD`, both inclusive; None if that end is open or unknown."""

    earliest: str | None
    latest: str | None


class BadDate(ValueError):
    """The expression is not a date of the profile; the message tells its author why."""


_DATE = re.compile(r"(?P<year>[0-9X]{4})(?:-(?P<month>[0-9X]{2})(?:-(?P<day>[0-9X]{2}))?)?(?P<qualifier>[?~%]?)", re.ASCII)
_SEASONS = {"21", "22", "23", "24"}
_LONGEST = 200


def bounds(expression: str) -> Bounds:
    """Return the inclusive bounds of an EDTF expression; raise BadDate if it is not in the profile.

    Only an open (`..`) or unknown (empty) end is None. The bounds of a set are those of its first and last members. A season
    names neither hemisphere nor month, so its bounds are those of its year; a winter ends on the last day of the next February.
    """
    if len(expression) > _LONGEST:
        raise BadDate(f"the expression is longer than {_LONGEST} characters")
    if expression[:1] in ("[", "{"):
        return _set(expression)
    if "/" in expression:
        return _interval(expression)
    return _date(expression)


def is_set(expression: str) -> bool:
    """Return whether the expression is a set of alternatives (`[a,b]`) or of several dates (`{a,b}`)."""
    return expression[:1] in ("[", "{")


def _interval(expression: str) -> Bounds:
    start, _, end = expression.partition("/")
    if "/" in end:
        raise BadDate(f"{expression!r} has more than one slash")
    first = Bounds(None, None) if start in ("", "..") else _date(start)
    last = Bounds(None, None) if end in ("", "..") else _date(end)
    if start in ("", "..") and end in ("", ".."):
        raise BadDate(f"{expression!r} is open at both ends, so it says nothing")
    if first.earliest and last.latest and first.earliest > last.latest:
        raise BadDate(f"{expression!r} ends before it starts")
    return Bounds(first.earliest, last.latest)


def _set(expression: str) -> Bounds:
    closing = "]" if expression[0] == "[" else "}"
    if len(expression) < 3 or expression[-1] != closing:
        raise BadDate(f"{expression!r} does not end with {closing!r}")
    members = [_member(part.strip()) for part in expression[1:-1].split(",")]
    earliest = [member.earliest for member in members]
    latest = [member.latest for member in members]
    return Bounds(
        None if None in earliest else min(day for day in earliest if day),
        None if None in latest else max(day for day in latest if day),
    )


def _member(part: str) -> Bounds:
    start, dots, end = part.partition("..")
    if not dots:
        return _date(part)
    if not start and not end:
        raise BadDate("'..' alone is not a member of a set")
    first = _date(start).earliest if start else None
    last = _date(end).latest if end else None
    if first and last and first > last:
        raise BadDate(f"{part!r} ends before it starts")
    return Bounds(first, last)


def _date(text: str) -> Bounds:
    match = _DATE.fullmatch(text)
    if match is None:
        raise BadDate(f"{text!r} is not a date; write 2015, 2015-10, 2015-10-22, with X for an unknown digit")
    year, month, day = match["year"], match["month"], match["day"]
    if month in _SEASONS:
        return _season(text, year, day, month)
    earliest, latest = (_some_day(year, month or "XX", day or "XX", last=last) for last in (False, True))
    if earliest is None or latest is None:
        raise BadDate(f"{text!r} is not a date in the calendar")
    return Bounds(earliest, latest)


def _season(text: str, year: str, day: str | None, season: str) -> Bounds:
    if day is not None or "X" in year or not 1 <= int(year) <= 9998:
        raise BadDate(f"{text!r}: a season needs a full year and can't have a day")
    if season != "24":
        return Bounds(f"{year}-01-01", f"{year}-12-31")
    following = int(year) + 1
    return Bounds(f"{year}-01-01", f"{following:04d}-02-{monthrange(following, 2)[1]}")


def _some_day(year: str, month: str, day: str, *, last: bool) -> str | None:
    """Return the first or last day of the calendar that the three masks can mean; None if there is none."""
    # The days that the masks can mean depend only on whether it is a leap year, so it is enough to search two years.
    within = {leap: _day_within(month, day, 2000 if leap else 2001, last=last) for leap in (False, True)}
    if within[False] is None and within[True] is None:
        return None
    for number in _numbers(year, last=last):
        found = within[isleap(number)] if number else None
        if found:
            return f"{number:04d}-{found}"
    return None


def _day_within(month: str, day: str, year: int, *, last: bool) -> str | None:
    for number in _numbers(month, last=last):
        if 1 <= number <= 12:
            for date in _numbers(day, last=last):
                if 1 <= date <= monthrange(year, number)[1]:
                    return f"{number:02d}-{date:02d}"
    return None


def _numbers(mask: str, *, last: bool) -> Iterator[int]:
    """Yield every number that a mask can mean, the lowest first, or the highest first if `last`."""
    digits = "9876543210" if last else "0123456789"
    for chosen in itertools.product(*(digits if character == "X" else character for character in mask)):
        yield int("".join(chosen))
