"""The scan for days that are too near: dates of the last 90 days in the notations of all languages, and words such as "yesterday".

A year alone is accepted, and so is a day without a year: most often its year is that of the text around it.
"""

import calendar
import datetime
import re
from collections.abc import Iterator
from functools import cache

from schemas.v1.safety import phrases
from schemas.v1.safety.folding import Folded, fold
from schemas.v1.safety.found import Found
from schemas.v1.safety.phrases import Match, Phrases
from schemas.v1.safety.wordlists import words

LONGEST_WAIT = datetime.timedelta(days=90)


def recent_days(text: str, today: datetime.date) -> Iterator[Found]:
    """Yield the days in a text that are less than 90 days before today, or later, and the words for such days."""
    folded = fold(text)
    for match in (*_NUMERIC.finditer(folded.text), *_written_in(folded)):
        if any(today - day < LONGEST_WAIT for day in _readings(match)):
            yield phrases.found("a day less than 90 days ago", folded, *match.span())
    for match in _recent().found_in(folded.text):
        yield phrases.found("a word for a day not long ago", folded, *match.span())


_NUMERIC = re.compile(
    r"""
    (?<![\w./-])(?P<y>\d{4})[ ]?(?P<s>[-./])[ ]?(?P<m>\d{1,2})[ ]?(?P=s)[ ]?(?P<d>\d{1,2})(?![\d/]|-\d)       # 2026-11-20
    |(?<![\w./-])(?P<y2>20\d{2})-(?P<m2>0[1-9]|1[0-2])(?![\d/-])                                             # 2026-11
    |(?<![\w./-])(?P<a>\d{1,2})[ ]?(?P<s3>[-./])[ ]?(?P<b>\d{1,2})[ ]?(?P=s3)[ ]?(?P<y3>\d{4})(?![\d/]|-\d)   # 20/11/2026
    |(?<![\w./-])(?P<a4>\d{1,2})/(?P<b4>\d{1,2})/(?P<y4>\d{2})(?![\w/.-])                                     # 20/11/26
    |(?<!\d)(?P<y5>20\d{2})(?P<m5>0[1-9]|1[0-2])(?P<d5>[0-2]\d|3[01])(?!\d)                                  # 20261120
    |(?<!\d)(?P<y6>\d{4})[ ]?[年년][ ]?(?P<m6>\d{1,2})[ ]?[月월](?:[ ]?(?P<d6>\d{1,2})[ ]?[日일号號])?           # 2026年11月20日
    |(?<!\d)(?P<y7>\d{4})[ -]?(?:يىلى|يىل)[ ,]*(?P<m7>\d{1,2})[ -]?ئاي\w*(?:[ ]?(?P<d7>\d{1,2}))?             # in Uyghur
    """.replace("ئاي", fold("ئاي").text).replace("يىلى|يىل", "|".join(fold(word).text for word in ("يىلى", "يىل"))),
    re.VERBOSE,
)


@cache
def _recent() -> Phrases:
    return phrases.phrases("recent")


@cache
def _months() -> dict[str, int]:
    return {
        fold(form).text: number
        for months in words("months").values()
        for number, forms in enumerate(months, 1)
        for form in forms.split("|")
    }


@cache
def _written() -> re.Pattern[str]:
    month = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    ordinal = rf"(?:st|nd|rd|th|er|o|{fold('-го').text}|\.)?"
    joined = rf"(?:[ .,/-]|of |de |del |d'|nam |năm |tahun |yili |{fold('г').text}|ปี|เดือน|พ\.ศ\.|ค\.ศ\.|ປີ|ເດືອນ|ខែ|ឆ្នាំ|ခုနှစ်|လ|سنة|عام)"
    return re.compile(
        rf"(?:(?<![\d.,])(?P<before>\d{{1,2}}){ordinal}{joined}{{0,3}})?(?<![^\W\d_])(?P<month>{month})(?:{joined}{{0,3}}"
        rf"(?P<after>\d{{1,2}}){ordinal}(?!\d))?{joined}{{0,4}}(?P<year>\d{{4}})(?!\d)"
        rf"|(?<!\d)(?P<year2>\d{{4}})(?:{joined}|يىلى|-){{0,4}}(?P<month2>{month})(?:{joined}{{0,3}}(?P<day2>\d{{1,2}})(?!\d))?"
    )


def _written_in(folded: Folded) -> Iterator[Match]:
    if re.search(r"\d{4}", folded.text):
        yield from _written().finditer(folded.text)


def _readings(match: Match) -> Iterator[datetime.date]:
    part = {name.rstrip("234567"): value for name, value in match.groupdict().items() if value is not None}
    if "month" in part:
        yield from _day(part["year"], _months()[part["month"]], part.get("before") or part.get("after") or part.get("day"))
    elif "a" in part:
        year = part["y"] if len(part["y"]) == 4 else f"20{part['y']}"
        yield from _day(year, int(part["b"]), part["a"])
        yield from _day(year, int(part["a"]), part["b"])
    else:
        yield from _day(part["y"], int(part["m"]), part.get("d"))


def _day(year_text: str, month: int, day: str | None) -> Iterator[datetime.date]:
    year = int(year_text)
    if 2400 < year < 2700:  # the Buddhist era of Thailand, Laos and Cambodia
        year -= 543
    if 1 <= month <= 12 and 1900 < year < 2200:
        last = calendar.monthrange(year, month)[1]
        if day is None:
            yield datetime.date(year, month, last)
        elif 1 <= int(day) <= last:
            yield datetime.date(year, month, int(day))
