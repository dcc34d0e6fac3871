"""What days an EDTF expression can mean: its inclusive bounds. Standard library only, and knows no resource.

Both ends of the house use it: the schemas derive `earliest` and `latest` from it when a record is checked, the handlers
read `from` and `to` by it, so a date that is asked for means exactly what a date that was published means.

The profile is ISO 8601-2 (EDTF) level 1 dates, intervals and seasons, masked digits (`2015-1X`, `2015-10-0X`) and the sets
of level 2. Left out, with an error that says so: times of day, years outside 0001 to 9999, level 2 seasons, significant
digits, and qualifiers on a part of a date. Qualifiers (`?`, `~`, `%`) say how sure a source is; they do not widen the bounds.
"""

import itertools
import re
from calendar import isleap, monthrange
from collections.abc import Iterator
from typing import NamedTuple


class Bounds(NamedTuple):
    """The first and last day an expression can mean, `YYYY-MM-DD`, both inclusive; None where it is open or unknown."""

    earliest: str | None
    latest: str | None


class BadDate(ValueError):
    """The expression is not a date of the profile; the message says why, in words for whoever wrote it."""


_DATE = re.compile(r"(?P<year>[0-9X]{4})(?:-(?P<month>[0-9X]{2})(?:-(?P<day>[0-9X]{2}))?)?(?P<qualifier>[?~%]?)", re.ASCII)
_SEASONS = {"21", "22", "23", "24"}
_LONGEST = 200


def bounds(expression: str) -> Bounds:
    """Return the inclusive bounds of an EDTF expression; raise BadDate when it is none of the profile.

    An interval's open (`..`) or unknown (empty) end is None, and so is nothing else. A set's bounds are those of its
    outermost members. A season says neither hemisphere nor month, so its bounds are its year's, and a winter's run on to the
    last day of the next February.
    """
    if len(expression) > _LONGEST:
        raise BadDate(f"longer than {_LONGEST} characters")
    if expression[:1] in ("[", "{"):
        return _set(expression)
    if "/" in expression:
        return _interval(expression)
    return _date(expression)


def is_set(expression: str) -> bool:
    """Tell whether the expression is a set of alternatives (`[a,b]`) or of several dates (`{a,b}`)."""
    return expression[:1] in ("[", "{")


def _interval(expression: str) -> Bounds:
    start, _, end = expression.partition("/")
    if "/" in end:
        raise BadDate(f"{expression!r} has more than one slash")
    first = Bounds(None, None) if start in ("", "..") else _date(start)
    last = Bounds(None, None) if end in ("", "..") else _date(end)
    if start in ("", "..") and end in ("", ".."):
        raise BadDate(f"{expression!r} is open at both ends and says nothing")
    if first.earliest and last.latest and first.earliest > last.latest:
        raise BadDate(f"{expression!r} ends before it starts")
    return Bounds(first.earliest, last.latest)


def _set(expression: str) -> Bounds:
    closing = "]" if expression[0] == "[" else "}"
    if len(expression) < 3 or expression[-1] != closing:
        raise BadDate(f"{expression!r} is not closed by {closing!r}")
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
        raise BadDate(f"{text!r} is no date of the calendar")
    return Bounds(earliest, latest)


def _season(text: str, year: str, day: str | None, season: str) -> Bounds:
    if day is not None or "X" in year or not 1 <= int(year) <= 9998:
        raise BadDate(f"{text!r}: a season takes a whole year and no day")
    if season != "24":
        return Bounds(f"{year}-01-01", f"{year}-12-31")
    following = int(year) + 1
    return Bounds(f"{year}-01-01", f"{following:04d}-02-{monthrange(following, 2)[1]}")


def _some_day(year: str, month: str, day: str, *, last: bool) -> str | None:
    """Return the first or last day of the calendar that three masks can mean; None where there is none."""
    # What a mask can mean within a year depends only on whether it is a leap year, so only two years are ever looked through.
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
    """Yield every number that a mask can mean, from the lowest or from the highest."""
    digits = "9876543210" if last else "0123456789"
    for chosen in itertools.product(*(digits if character == "X" else character for character in mask)):
        yield int("".join(chosen))
