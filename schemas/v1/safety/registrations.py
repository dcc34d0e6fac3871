"""Find registration and identity numbers of persons.

python-stdnum checks the check digits and the parts of a number. Where the form alone is telling (a date of birth and a sex in a Korean
number, a region and a date of birth in a Chinese one) a number is found whatever its check digit is: a wrong digit still tells who is
meant. Where any digits could have the form, the check digits decide.
"""

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import regex
from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.id import nik
from stdnum.in_ import aadhaar
from stdnum.jp import in_ as my_number
from stdnum.my import nric
from stdnum.ru import inn
from stdnum.th import pin
from stdnum.tr import tckimlik
from stdnum.us import ssn

from schemas.v1.safety.telephones import Span, stated_number
from schemas.v1.safety.wordsearch import Scanned


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of number: how it is written, and the check of its digits. A telling form is found after "case no." and in a URL too."""

    written: regex.Pattern[str]
    check: Callable[[str], bool]
    telling: bool = False


def registrations(scanned: Scanned) -> Iterator[Span]:
    """Yield where a text has a registration or identity number of a person, as places in the folded text."""
    text = scanned.plain
    if not _ENOUGH_DIGITS.search(text):
        return
    for kind in _KINDS:
        for match in kind.written.finditer(text):
            if not kind.telling and (scanned.in_address(match.start()) or stated_number(scanned, match.start())):
                continue
            if kind.check(_SEPARATORS.sub("", match[0])):
                yield match.span()
    for match in _MONGOLIAN.finditer(text):
        # Two Cyrillic letters and a date of birth. Some Cyrillic letters are folded to Latin ones.
        letters = scanned.given[scanned.folded.offsets[match.start()] : scanned.folded.offsets[match.start() + 2]]
        if len(_CYRILLIC.findall(letters)) == 2 and _mongolian(match[0][-8:]):
            yield match.span()


def accounts(scanned: Scanned) -> Iterator[Span]:
    """Yield where a text has the number of a bank account or a payment card."""
    if not _ENOUGH_DIGITS.search(scanned.plain):
        return
    for match in _IBAN.finditer(scanned.plain):
        if iban.is_valid(match[0]):
            yield match.span()
    for match in _CARD.finditer(scanned.plain):
        if luhn.is_valid(_SEPARATORS.sub("", match[0])):
            yield match.span()


def _short_date(digits: str) -> bool:
    """Return whether six digits are a date in the order year, month, day, in any century."""
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000 + year, month)[1] + (month == 2)


def _korean(digits: str) -> bool:
    return _short_date(digits)


def _chinese(number: str) -> bool:
    return number[:2] in _PROVINCES and _short_date(number[8:14])


def _chinese_15(digits: str) -> bool:
    return digits[:2] in _PROVINCES and _short_date(digits[6:12])


def _indonesian(digits: str) -> bool:
    return nik.is_valid(digits)


def _kazakh(digits: str) -> bool:
    return _short_date(digits) and digits[6] in "123456" and not digits.endswith("00000") and _kazakh_check(digits)


def _kazakh_check(digits: str) -> bool:
    # Decree of the Republic of Kazakhstan on identification numbers: weights 1 to 11, and 3 to 11, 1, 2 if the remainder is 10.
    for weights in ((*range(1, 12),), (*range(3, 12), 1, 2)):
        rest: int = sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11
        if rest < 10:
            return rest == int(digits[11])
    return False


def _vietnamese(digits: str) -> bool:
    """Return whether twelve digits are a Vietnamese identity number: province, century and sex, year of birth, serial number."""
    return 1 <= int(digits[:3]) <= 96 and digits[3] in "0123" and not digits.endswith("0000")


def _taiwanese(number: str) -> bool:
    # Household Registration Act: the letter stands for a number, the digits are weighted 8 to 1, and the sum is a multiple of ten.
    letter = 10 + "abcdefghjklmnpqrstuvxywzio".index(number[0])
    digits = [letter // 10, *([letter % 10] + [int(digit) for digit in number[1:]])]
    return sum(weight * digit for weight, digit in zip((1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), digits, strict=True)) % 10 == 0


def _always(_: str) -> bool:
    return True


# GB/T 2260: the first two digits stand for a province.
_PROVINCES = frozenset(
    map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83))
)
_ENOUGH_DIGITS = regex.compile(r"\d(?:[^\d]{0,3}\d){5}")
_SEPARATORS = regex.compile(r"[^0-9a-z]")


def _pattern(written: str) -> regex.Pattern[str]:
    return regex.compile(rf"(?<![a-z0-9])(?:{written})(?![a-z0-9])")


_S = r"[ ./_-]?"
_KINDS = (
    # Republic of Korea: with its seven digits, and with the digits after the sex hidden, as newspapers write it.
    _Kind(_pattern(r"\d{6} ?-- ?[1-8]\d{6}"), _korean, telling=True),
    # The parts of a Chinese number without its end, and a National Insurance number of the United Kingdom.
    _Kind(_pattern(r"\d{6} ?(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"), _chinese),
    _Kind(_pattern(r"[a-ceghj-prstw-z][a-ceghj-nprstw-z] \d\d \d\d \d\d [a-d]"), _always, telling=True),
    _Kind(_pattern(r"\d{6} ?[-./_~·•:|, ] ?[1-8]\d{6}"), _korean, telling=True),
    _Kind(_pattern(r"\d{2}([-./ ])\d{2}\1\d{2} ?[-./ ] ?[1-8]\d{6}"), _korean, telling=True),
    _Kind(_pattern(r"\d{6}[1-8]\d{6}"), _korean),
    _Kind(_pattern(r"\d{6} ?- ?[1-8][*x○●•#?]{4,6}"), _korean, telling=True),
    _Kind(_pattern(rf"\d{{6}}{_S}(?:18|19|20)\d\d{_S}\d\d{_S}\d\d{_S}\d{{3}}{_S}[\dx]"), _chinese, telling=True),
    _Kind(_pattern(r"\d(?:[ -]?\d){16}[ -]?[\dx]"), ric.is_valid),
    _Kind(_pattern(r"\d{15}"), _chinese_15),
    _Kind(_pattern(r"[1-8] ?- ?\d{4} ?- ?\d{5} ?- ?\d{2} ?- ?\d"), _always, telling=True),
    _Kind(_pattern(r"[1-8] \d{4} \d{5} \d{2} \d"), _always, telling=True),
    _Kind(_pattern(r"[1-8]\d{12}"), pin.is_valid),
    _Kind(_pattern(r"0\d{11}|0\d{2} ?\d{3} ?\d{3} ?\d{3}"), _vietnamese),
    _Kind(_pattern(rf"\d{{6}}{_S}\d{{6}}{_S}\d{{4}}"), _indonesian),
    _Kind(_pattern(r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}"), _indonesian),
    _Kind(_pattern(r"\d{6}-\d{2}-\d{4}"), _korean),
    _Kind(_pattern(r"\d{12}"), nric.is_valid),
    _Kind(_pattern(r"\d{12}"), _kazakh),
    _Kind(_pattern(r"\d{12}"), inn.is_valid),
    _Kind(_pattern(r"\d{4}([ -])\d{4}\1\d{4}"), lambda digits: aadhaar.is_valid(digits) or my_number.is_valid(digits)),
    _Kind(_pattern(r"[1-9]\d{10}"), tckimlik.is_valid),
    _Kind(_pattern(r"\d{3}-\d{2}-\d{4}"), ssn.is_valid),
    _Kind(_pattern(r"\d{3}-\d{3}-\d{3}[ -]\d{2}"), _always),
    _Kind(_pattern(r"[12] \d\d (?:0[1-9]|1[0-2]|[2-9]\d) (?:\d\d|2[ab]) \d{3} \d{3}(?: ?\d\d)?"), _always, telling=True),
    _Kind(_pattern(rf"[12](?:{_S}\d\d){{2}}{_S}[\dab]{{2}}{_S}\d{{3}}{_S}\d{{3}}{_S}\d\d"), nir.is_valid),
    _Kind(_pattern(r"[12]\d{2}(?:0[1-9]|1[0-2])(?:[013-8]\d|2[1-9ab]|9[0-8])\d{8}"), _always),
    _Kind(_pattern(r"\d{8} ?-? ?[a-z]|\d\d\.\d{3}\.\d{3} ?-? ?[a-z]"), dni.is_valid),
    _Kind(_pattern(r"[xyz] ?-? ?\d{7} ?-? ?[a-z]"), nie.is_valid),
    # Hong Kong, Taiwan.
    _Kind(_pattern(r"[a-z]{1,2} ?\d{6} ?\([0-9a]\)|[a-z]{1,2}\d{6}\([0-9a]"), _always, telling=True),
    _Kind(_pattern(r"[a-z][1289]\d{8}"), _taiwanese),
    # Myanmar: state, township, kind of citizen, number. In Latin letters, and in Burmese ones.
    _Kind(regex.compile(r"(?<!\d)\d{1,2} ?/ ?[a-z]{3,12} ?\( ?[a-z]{1,7} ?\) ?\d{5,6}(?!\d)"), _always, telling=True),
    _Kind(regex.compile(r"(?<!\d)\d{1,2} ?/ ?[\u1000-\u109f]{3,20} ?\( ?[\u1000-\u109f]{1,10} ?\) ?\d{5,6}(?!\d)"), _always, telling=True),
    # Registrations of UNHCR, and alien numbers of the United States.
    _Kind(_pattern(r"\d{3} ?[-/] ?\d{2} ?-? ?[a-z] ?\d{5}"), _always, telling=True),
    _Kind(_pattern(r"a ?#? ?-?\d{3}-\d{3}-\d{3}"), _always, telling=True),
)


def _mongolian(digits: str) -> bool:
    month = int(digits[2:4])
    return _short_date(f"{digits[:2]}{month - 20 if month > 20 else month:02}{digits[4:6]}")


_MONGOLIAN = regex.compile(r"(?<![\p{L}\d])[\p{Cyrillic}a-z]{2} ?\d{8}(?!\d)")
_CYRILLIC = regex.compile(r"\p{Cyrillic}")
_IBAN = regex.compile(r"(?<![a-z0-9])[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,4})?(?![a-z0-9])")
_CARD = regex.compile(r"(?<![a-z0-9])[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{4}(?![a-z0-9])")
