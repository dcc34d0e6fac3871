"""The scan for whereabouts: coordinates, streets and house numbers, parts of buildings, named facilities, and ways to reach people.

While a case is open, no text may be more exact than a city. The words are in words.toml. Names are recognised by their capital letter in
scripts that have one; in Chinese, Japanese, Korean and Thai, by what stands in front of or behind the word for a facility. The words
alone ("a detention centre") are accepted.
"""

import re
from collections.abc import Iterator
from functools import cache

from schemas.v1.safety import phrases
from schemas.v1.safety.days import recent_days
from schemas.v1.safety.facilities import named_facilities
from schemas.v1.safety.folding import fold
from schemas.v1.safety.found import Found
from schemas.v1.safety.phrases import Phrases

__all__ = ["recent_days", "whereabouts"]


def whereabouts(text: str) -> Iterator[Found]:
    """Yield what says where people are more exactly than by the name of a city."""
    folded = fold(text)
    masked = _harmless().blotted(folded.text)
    for what, expression in _NOTATIONS.items():
        for match in expression.finditer(masked):
            yield phrases.found(what, folded, *match.span())
    for what, family in _families().items():
        end = 0
        for match in family.found_in(masked):
            if match.start() >= end and phrases.names_are_capitalised(match, folded, text):
                end = match.end()
                yield phrases.found(what, folded, match.start(), end)
    for start, end in named_facilities(masked, folded, text):
        yield phrases.found("a named facility", folded, start, end)


# Coordinates as they are written with digits and signs. All of the text is folded: small letters, ASCII digits and hyphens.
_LATITUDE, _LONGITUDE = r"[1-8]?\d|90", r"1[0-7]\d|[1-9]?\d|180"
_COORDINATES = re.compile(
    rf"""
    (?<![\w.,/])(?:[ns][ ]?)?-?(?:{_LONGITUDE})(?:[.,]\d+)?[ ]?(?:[°˚º]|o(?=\d))[ ]?\d{{1,2}}(?:[.,]\d+)?[ ]?['m]     # 21°32'17"N
    |(?<![\w.,/])-?(?:{_LONGITUDE})[.,]\d+[ ]?[°˚º]?[ ]?[nsew](?!\w)                                        # 21.5381 N
    |(?<![\w.,/])(?:{_LONGITUDE})[ ]?[°˚º][ ]?[nsew](?!\w)                                                  # 21° N
    |(?<!\w)[nsew][ ]?(?:{_LONGITUDE})(?:[.,]\d+|[°˚º ][ ]?\d{{1,2}}[.,]\d+|[ ]?[°˚º])                      # N 21.5381
    |(?<![\w.,/])\d{{1,3}}[ ]\d{{1,2}}(?:[ ]\d{{1,2}})?(?:[.,]\d+)?[ ]?[ns][ ,;/]{{1,3}}\d{{1,3}}[ ]\d{{1,2}}  # 21 32 17 N 107 58
    |(?<!\w)(?:\d{{4}}|\d{{6}})(?:\.\d+)?[ ]?[ns][ ,/]*\d{{5,7}}(?:\.\d+)?[ ]?[ew](?!\w)                   # 213217N1075805E
    |(?<![\w.,/-])-?(?:{_LATITUDE})\.\d{{3,}}[°˚º]?[ ]?[,;/| ][ ]?-?(?:{_LONGITUDE})\.\d{{3,}}              # 21.5381, 107.9681
    |(?<![\w.,/-])-?(?:{_LATITUDE})\.\d{{2}}[ ]?[,;/][ ]?-?(?:1[0-7]\d|[6-9]\d)\.\d{{2}}(?![\d%])          # 21.54, 107.97
    |(?<![\w.,/-])-?(?:{_LATITUDE}),\d{{4,}}[ ]?[;/| ][ ]?-?(?:{_LONGITUDE}),\d{{4,}}                       # 21,5381; 107,9681
    |(?<![\w.,/-])\d{{1,2}}d\d{{1,2}}m(?:\d{{1,2}}(?:\.\d+)?s)?                                             # 21d32m17s
    |geo:[ ]?-?\d
    |(?<![\w.])[+-]\d{{2}}(?:\.\d+|\d{{2,4}}(?:\.\d+)?)[+-]\d{{3}}(?:\.\d+|\d{{2,4}}(?:\.\d+)?)                     # ISO 6709
    """,
    re.VERBOSE,
)
_CODES = re.compile(
    r"""
    (?<![\w+])(?=[^+\s]*\d)[2-9cfghjmpqrvwx]{4,8}\+[2-9cfghjmpqrvwx]{2,3}(?!\w)                             # 7PJ5G9X8+2F
    |(?<![\w+])(?=\w*\d)(?=\w*[a-z])[2-9cfghjmpqrvwx]{4,8}[ ]\+[ ](?=\w*[a-z])[2-9cfghjmpqrvwx]{2,3}(?!\w)
    |(?<!\w)(?=\w*\d)(?=\w*[a-z])\w{5,}[ ]\((?:geohash|plus[ ]code|mgrs|what3words|w3w)\)
    |(?<!/)///[^\W\d_]+[.・。][^\W\d_]+[.・。][^\W\d_]+                                                       # ///a.b.c
    |(?<!\w)\d{1,2}[ ]?[c-hj-np-x][ ]?[a-hj-np-z]{2}[ ]?(?:\d{3}[ ]?\d{3}|\d{4}[ ]?\d{4}|\d{5}[ ]?\d{5})(?!\d)  # MGRS
    |(?<!\w)\d{1,2}[c-hj-np-x][a-hj-np-z]{2}[ ]?\d{2}[ ]?\d{2}(?!\d)                                        # MGRS, not "13 Dec 2013"
    |(?<!\w)\d{1,2}[ ]?[c-hj-np-x][ ,]{1,2}\d{6}(?:\.\d+)?[ ]?(?:m?e)?[ ,]{1,2}\d{6,7}(?:\.\d+)?               # UTM
    """,
    re.VERBOSE,
)
_MAP_LINKS = re.compile(
    r"(?:maps\.app\.goo\.gl|goo\.gl/maps|maps\.google\.|google\.[a-z.]+/maps|maps\.apple\.com|w3w\.co/|what3words\.com/|plus\.codes/"
    r"|openstreetmap\.org/|osm\.org/|bing\.com/maps|map\.baidu\.com|j\.map\.baidu|amap\.com|map\.naver\.com|naver\.me/|map\.kakao\.com"
    r"|kko\.to/|yandex\.[a-z]+/maps|2gis\.|wikimapia\.org|mapcarta\.com|here\.com/|maps\.me/|geohack)[^\s]*"
    r"|[@/]-?\d{1,2}\.\d{2,},-?\d{1,3}\.\d{2,}|[?&#](?:q|ll|sll|daddr|saddr|center|query|mlat|cp|pt|loc|map)=[^\s&]*-?\d{1,3}\.\d+"
    r"|#map=\d"
)
_NOTATIONS = {"coordinates": _COORDINATES, "a code of a place": _CODES, "a link to a map": _MAP_LINKS}


@cache
def _families() -> dict[str, Phrases]:
    return {
        "coordinates": phrases.phrases("coordinates", _slots),
        "a street or a house": phrases.phrases("streets", _slots),
        "a part of a building": phrases.phrases("parts", _slots),
        "a hiding place or a way to reach people": phrases.phrases("contacts", _slots),
    }


@cache
def _harmless() -> Phrases:
    return phrases.phrases("harmless_places", _slots)


_ORDINALS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|ground|top|upper|lower|1st|2nd|3rd|\\d{1,2}th"
_ENGLISH_NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|i{1,3}|iv|vi{1,3}|ix"
_LETTERED = r"(?:no\.? ?|nr\.? ?|number |# ?)?(?:[a-z]?-?\d{1,4}[a-z]?(?![\d.,]\d|\w|%)|[b-hj-z](?![\w'.])|[a-z]-?\d{1,3}(?!\w)"
_FUNCTION = (
    "the|a|an|of|on|in|at|to|and|or|for|by|with|from|as|is|are|was|were|has|have|that|this|which|who|its|their|his|her|along|across|down"
    "|up|into|near|per|cent|percent|people|members|states|articles?|years?|days?|km|miles?|metres?|months?|weeks?|hours?"
)
_CJK = "\u3040-\u30ff\u3400-\u9fff"
# Words that end in 로 or 길 and a number without a street: "로" is also the particle "to", "by".
_KOREAN_ROAD = (
    r"(?<![가-힣])[가-힣]{2,}(?<!으)(?:대로|로|길) ?\d{1,4}(?:-\d{1,3})?(?:번길|번|호)?"
    r"(?![\d가-힣]|[.,]\d|[ ]?[년월일명개회차조항세살시분척발건%])"
)
_SLOTS = {
    "until": r"[^;!?\n]{0,40}?",
    # Of a state or a province, and not of a city.
    "town": (
        r"(?!(?:the|china|viet|vietnam|laos|lao|thailand|north|south|mongolia|cambodia|myanmar|burma|russia|jilin|liaoning|heilongjiang|yunnan"
        r"|guangxi|korea|asia|xinjiang|tibet|pyongyang|both|this|that|those|any|many|other|several)(?!\w))(?P<name_>[^\W\d_][\w'-]*)"
    ),
    "tens_or_number": rf"(?:zero|{_ENGLISH_NUMBERS}|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|one hundred)(?!\w)",
    "letter": "[a-z]",
    "house": r"(?<![\d.,/:-])\d{1,5}[a-z]?(?:/\d{1,4})?(?![\d.]\d|\w)",
    "names": rf"(?:(?!(?:{_FUNCTION})(?!\w))[^\W\d][\w'.-]*,? ){{1,4}}?",
    "names_end": r"(?P<name_>[^\W\d_][\w'.-]*)",
    "Road": r"(?P<name_>road|lane|drive|alley|way|highway|crescent|terrace)(?!\w)",
    "ordinal": rf"(?:{_ORDINALS})",
    "colon": " ?[:=]? ?",
    "deg": r"-?\d{1,3}(?:[.,]\d+)?(?: ?[°˚º]| degrees?| deg\.?)?(?![\d.,]\d)",
    "code": r"(?:-?\d{1,3}[.,]\d{2,}|\d{1,3} ?[°˚º]|(?=[a-z+]*\d)(?=[\d+]*[a-z])[\w+]{5,}|\d{6,})",
    "korean_road": _KOREAN_ROAD,
    "han": rf"[{_CJK}]{{1,6}}",
    "han2": rf"[{_CJK}]{{2,6}}",
    "zh_num": "(?:\\d{1,3}|[一二三四五六七八九十]{1,3})",
    "thai": r" ?(?!(?:ใน|และ|ที่|สู่|ไป|ต่าง|หลัก|สาย|หนทาง|ของ|หลวง|เส้น|จาก|เพื่อ|ลูกรัง))[\u0e01-\u0e4e]{2,}",
    "lao": r" ?(?!(?:ຫົນທາງ|ແລະ|ໃນ|ທີ່|ໄປ))[\u0e81-\u0ecd]{2,}",
    "khmer": r"[\u1780-\u17d3]{2,}",
    "burmese": r"[\u1000-\u104f]{2,12}?",
}


def _slots(name: str, language: str) -> str:
    if name == "num":
        words = _ENGLISH_NUMBERS if language == "en" else phrases.number_words(language)
        return rf"{_LETTERED}|(?:{words})(?!\w))"
    return _SLOTS.get(name, "")
