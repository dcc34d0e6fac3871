"""HTTP dates (RFC 9110, 5.6.7): written in the current form, read in that form and the two obsolete ones, and in no other.

The standard library reads the dates of e-mail, which have more forms: other time zones, no time, lists of dates. HTTP allows none of these.
"""

import datetime
import re
from email.utils import format_datetime
from functools import lru_cache

KNOWN = 4_096  # how many formatted dates an instance keeps; each takes some hundred bytes

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_TIME} GMT",
        rf"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_TIME} GMT",
        rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})",
    )
)


def parsed_date(text: str, now: datetime.datetime) -> datetime.datetime | None:
    """Return the time of an HTTP date; None if the text is not one. A year of two digits is at most 50 years after `now` (RFC 9110)."""
    found = next((match for form in _FORMS if (match := form.fullmatch(text.strip(" \t")))), None)
    if found is None:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += now.year // 100 * 100
        if year > now.year + 50:
            year -= 100
    second = min(int(found["second"]), 59) if found["second"] == "60" else int(found["second"])  # a leap second
    try:
        return datetime.datetime(
            year,
            _MONTHS.index(found["month"]) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            second,
            tzinfo=datetime.UTC,
        )
    except ValueError:
        return None


@lru_cache(maxsize=KNOWN)
def http_date(moment: str) -> str:
    """Return an RFC 3339 time as an HTTP date."""
    return format_datetime(datetime.datetime.fromisoformat(moment), usegmt=True)
