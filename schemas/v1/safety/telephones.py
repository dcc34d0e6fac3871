"""Find telephone numbers.

PyPI `phonenumbers` knows which numbers exist. It can't know whether digits in a text are meant as a telephone number, and its matcher
misses many ways to write one ("010/1234/5678", "138 1234 5678"). So this module decides which digits look like a telephone number, and
the library whether there is such a number in a region of the record.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from schemas.v1.safety.wordsearch import Expression, Scanned, word_search

Span = tuple[int, int]

# Where the people of the record live, come from, pass through or arrive, and where its languages are spoken.
REGIONS = (
    *("KR", "KP", "CN", "VN", "LA", "TH", "MM", "KH", "JP", "MN", "RU", "US", "FR", "GB", "ID", "TR", "KZ", "TW", "HK", "MY", "SG", "PH"),
    *("ES", "MX", "DE", "CH", "AU", "CA", "EG", "SA", "JO", "IQ", "SY", "KG", "UZ", "IN", "BD"),
)
_COUNTRY_CODES = frozenset(str(phonenumbers.country_code_for_region(region)) for region in REGIONS)


def telephones(scanned: Scanned) -> Iterator[Span]:
    """Yield where a text has a telephone number, as places in the folded text."""
    text = scanned.plain
    for match in _CANDIDATE.finditer(text):
        for number in _parts(match[0], match.start()):
            if _is_telephone(scanned, number):
                yield number.start, number.end
                break
    for match in _SPELLED.finditer(text):
        yield match.span()


def stated_number(scanned: Scanned, start: int) -> bool:
    """Return whether the number that begins there follows a word such as "case no.", so that it is not about a person."""
    return bool(_NUMBERED.search(scanned.plain, max(0, start - 60), start))


def amount(scanned: Scanned, start: int, end: int) -> bool:
    """Return whether the number is an amount: a unit or a currency stands beside it."""
    text = scanned.plain
    return bool(_UNIT_AFTER.match(text, end) or _UNIT_BEFORE.search(text, max(0, start - 12), start))


@dataclass(frozen=True, slots=True)
class _Number:
    text: str
    start: int
    groups: tuple[str, ...]

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def digits(self) -> str:
        return "".join(self.groups)

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(map(len, self.groups))


def _parts(candidate: str, at: int) -> Iterator[_Number]:
    """Yield the candidate, and the parts of it that blanks separate: "in 2015 010-1234-5678" holds a year and a number."""
    pieces = list(_PIECE.finditer(candidate))
    whole = _number(candidate, at)
    yield whole
    if len(pieces) > 1 and len(whole.groups) <= 12:
        for first in range(len(pieces)):
            for last in range(len(pieces) - 1, first - 1, -1):
                if (first, last) != (0, len(pieces) - 1):
                    start = pieces[first].start()
                    part = _number(candidate[start : pieces[last].end()], at + start)
                    if 7 <= len(part.digits) <= 15:
                        yield part


def _number(text: str, start: int) -> _Number:
    return _Number(text, start, tuple(_GROUP.findall(text)))


def _is_telephone(scanned: Scanned, number: _Number) -> bool:
    text = scanned.plain
    if _is_date(number.text.strip(" .,-")) or all(_YEAR.fullmatch(group) for group in number.groups):
        return False
    if _LABEL.search(text, max(0, number.start - 40), number.start) or _SIGN.search(text, max(0, number.start - 3), number.start):
        is_amount = _AMOUNT.fullmatch(number.text) and (number.digits.endswith("000") or amount(scanned, number.start, number.end))
        return 6 <= len(number.digits) <= 15 and not is_amount
    if number.text.startswith("+"):
        return not (_AMOUNT.fullmatch(number.text) and amount(scanned, number.start, number.end)) and _international(number.digits)
    if len(number.groups) > 5 and set(number.lengths) == {2}:
        return False  # a code with many parts
    if not (_national(number) or _written_like_one(number)):
        return False
    if _CASE_OF_A_YEAR.fullmatch(number.text) or (len(number.groups) == 1 and _NUMBER_SIGN.search(text, 0, number.start)):
        return False
    before = text[max(0, number.start - 1) : number.start]
    inside_a_name = before in ("/", "=", "_", "#") or (before == "." and text[number.start - 2 : number.start - 1].isalnum())
    if scanned.in_address(number.start):
        # Sites number their pages, so digits alone are a telephone number only if they are a Korean mobile number.
        return not _AMOUNT.fullmatch(number.text) if len(number.groups) > 1 else bool(_KOREAN_MOBILE.fullmatch(number.digits))
    return not (inside_a_name or stated_number(scanned, number.start) or amount(scanned, number.start, number.end))


def _national(number: _Number) -> bool:
    """Return whether the number is written as it is dialled inside a country, and exists in a region of the record."""
    digits, lengths = number.digits, number.lengths
    if digits.startswith("00"):
        return len(digits) >= 11 and _international(digits[2:])
    if digits.startswith("0"):
        if number.groups[0][1:] in _COUNTRY_CODES and len(number.groups) > 2 and _international(digits[1:]):
            return True  # "086-138-1234-5678"
        return 9 <= len(digits) <= 12 and (len(number.groups[0]) > 1 or "(" in number.text or _in_four(number)) and _exists(digits, REGIONS)
    if len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789" and lengths != (2, 3, 3, 3):
        return _exists(digits, ("CN",))
    if len(digits) == 11 and digits[0] in "78":
        return _exists(digits, ("RU", "KZ")) and (digits[1] in "97" or len(number.groups) > 3) and not _AMOUNT.fullmatch(number.text)
    return False


def _in_four(number: _Number) -> bool:
    """Return whether the 0 stands alone before at least three groups that are no amount: "0 532 123 45 67"."""
    return len(number.groups) > 3 and not _AMOUNT.fullmatch(number.text)


def _written_like_one(number: _Number) -> bool:
    """Return whether the digits are grouped as a telephone number is, without the 0 or the + before it."""
    digits, lengths = number.digits, number.lengths
    if lengths in ((3, 3, 4), (1, 3, 3, 4)):
        return _exists(digits, ("US",))
    if lengths == (2, 4, 4) and digits.startswith("10"):
        return _exists("0" + digits, ("KR",))
    if lengths == (3, 2, 2, 2):
        return _exists(digits, ("ES",))
    if lengths == (1, 2, 2, 2, 2):
        return _exists("0" + digits, ("FR",))
    if number.groups[0] in _COUNTRY_CODES and len(lengths) >= 3 and min(lengths[1:]) > 1 and not _AMOUNT.fullmatch(number.text):
        return len(digits) >= 10 and _international(digits)
    return lengths in ((11,), (12,), (13,)) and digits[:2] in ("82", "86", "84", "66") and _is_mobile(digits)


@lru_cache(maxsize=4096)
def _exists(digits: str, regions: tuple[str, ...]) -> bool:
    for region in regions:
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number_for_region(number, region):
            return True
    return False


def _international(digits: str) -> bool:
    try:
        number = phonenumbers.parse("+" + digits.lstrip("0"))
    except phonenumbers.NumberParseException:
        return False
    # Numbers that were made up, or that a newer plan has, need only be possible.
    return phonenumbers.is_valid_number(number) or (len(digits) >= 10 and phonenumbers.is_possible_number(number))


def _is_mobile(digits: str) -> bool:
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


def _is_date(text: str) -> bool:
    return bool(_DATES.fullmatch(text))


_CANDIDATE = Expression(
    r"(?<![a-z0-9+])(?:\+ ?)?\(?\+?\d(?:[ ()./_·•~*|\\\\+-]{0,4}\d|,(?=\d{3,4}(?!\d))\d){5,24}(?![a-z0-9])"
    r"|(?<=\b(?:tel|phone|hp|call|fax|mobile))\d{7,15}\b"
)
_PIECE = Expression(r"[^ ,]+(?: ?\([^()]*\))?|\([^()]*\)")
_KOREAN_MOBILE = Expression(r"01[016-9]\d{7,8}")
_CASE_OF_A_YEAR = Expression(r"\d+/(?:19|20)\d\d")
_NUMBER_SIGN = Expression(r"(?:\bn(?:o|os|r|°|º)\.?|№) ?$")
_GROUP = Expression(r"\d+")
_YEAR = Expression(r"(?:1[89]|20)\d\d")
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_ONE_DATE = (
    rf"(?:(?:1[89]|2[05])\d\d[-/. ]{{1,2}}{_MONTH}[-/. ]{{1,2}}{_DAY}|{_DAY}[-/. ]{{1,2}}{_MONTH}[-/. ]{{1,2}}(?:1[89]|2[05])\d\d"
    rf"|{_MONTH}[-/. ]{{1,2}}{_DAY}[-/. ]{{1,2}}(?:1[89]|2[05])\d\d"
    r"|(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}|\d{6})?"
    rf"|(?:1[89]|20)\d\d[-/.]{_MONTH}|(?:1[89]|20)\d\d)"
)
_DATES = Expression(rf"{_ONE_DATE}(?:[ ,./~-]{{1,3}}(?:{_ONE_DATE}|\d{{1,2}}(?:[.: ]\d\d)?))*")
_AMOUNT = Expression(r"\+?\d{1,3}(?:( |,|\.|')\d{3})(?:\1\d{3})*")
_NUMBER_WORDS = word_search("number_word").expression
_LABEL = Expression(rf"{word_search('telephone').expression}(?:[\s:.,()#='/-]|{_NUMBER_WORDS}){{0,4}}$")
_SIGN = Expression(r"(?:[☎📞📱✆☏🕻🕾🖁]|tel:) ?$")
_NUMBERED = Expression(
    rf"{word_search('numbered').expression}(?:[\s:.,()#='°/-]|{_NUMBER_WORDS}|\d[\d./-]*|[a-z]\b|and\b){{0,6}}$|(?:§|¶|№|n[°º]) ?$"
)
_UNIT_AFTER = Expression(rf"[ -]?(?:{word_search('measure').expression}|[%$€£¥₩₫฿₽₺])")
_UNIT_BEFORE = Expression(rf"(?:{word_search('measure').expression}|[$€£¥₩₫฿₽₺]) ?$")
_SPOKEN = "zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple"
_SPELLED = Expression(
    rf"\b(?:{_SPOKEN})(?:[ ,.-]{{1,2}}(?:{_SPOKEN})){{6,}}\b"
    r"|[공영일이삼사오육륙칠팔구]{3,4}(?:[ -]?[공영일이삼사오육륙칠팔구]{3,4}){2}"
)
