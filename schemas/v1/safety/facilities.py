"""The scan for facilities with a name or a number: prisons, camps, stations, hotels. The words alone are accepted."""

import re
from collections.abc import Iterator
from functools import cache

from schemas.v1.safety.folding import Folded, fold
from schemas.v1.safety.phrases import alternatives
from schemas.v1.safety.wordlists import words


def named_facilities(masked: str, folded: Folded, original: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end, in the folded text, of each facility with its name or number.

    `masked` is the folded text in which harmless phrases are blotted out. `original` is the text as it was given: names have a capital
    letter there.
    """
    for match in _latin().finditer(masked):
        start, end = match.span()
        if _has_number_behind(masked, match):
            yield start, end
        elif (match["en"] or match["tr"]) and (named := _name_before(masked, start, folded, original)) is not None:
            yield named, end
        elif (
            (name := _NAME_BEHIND.match(masked, end))
            and (name["link"] or not match["en"] or _NAMED_BEHIND.search(match[0]))
            and _is_name(name["name"], name.start("name"), folded, original)
        ):
            yield start, name.end()
    if not masked.isascii():
        yield from _named_elsewhere(masked)


@cache
def _latin() -> re.Pattern[str]:
    languages = ("en", "tr", "fr", "es", "ru", "id", "vi")
    return re.compile(r"(?<!\w)(?:" + "|".join(f"(?P<{language}>{alternatives('facilities', language)})" for language in languages) + ")")


_NUMBER_BEHIND = re.compile(
    r",? ?(?:(?P<number>no\.? ?|n\.?o ?|number |nomor |số |numara |- ?|# ?)?\d{1,3}(?!\d|[.,]\d|%|st|nd|rd|th)(?P<next> \w+)?)"
)
# After these a bare number is a name: "Camp 14".
_NUMBERED = re.compile(
    f"(?:camp|garrison|barracks|checkpoint|safe ?house|shelter|warehouse|centre|center|{fold('сизо').text}|{fold('ик').text}"
    f"|{fold('изолятор').text}|{fold('лагерь').text}|{fold('колония').text})$"
)
# Nouns that a number counts: "in prison 10 years later".
_COUNTED = frozenset(
    {"year", "years", "day", "days", "month", "months", "week", "weeks", "hours", "people", "times", "per", "percent", "km", "miles"}
)
_NAME_BEHIND = re.compile(
    r" (?P<link>(?:(?:de la|de l'|de|du|des|del|d'|di|of|imigrasi|klas \w+|kelas \w+|called|named|known as) ?){1,2})?"
    r"[\"'«]?(?P<name>\w[\w'-]+)"
)
# English words that a name may follow directly: "Hotel Miramar".
_NAMED_BEHIND = re.compile("(?:camp|hotel|hostel|motel)$")


@cache
def _kinds() -> frozenset[str]:
    return frozenset(fold(word).text for kinds in words("facility_kinds").values() for word in kinds)


def _has_number_behind(masked: str, match: re.Match[str]) -> bool:
    number = _NUMBER_BEHIND.match(masked, match.end())
    if number is None:
        return False
    if (number["next"] or "").strip() in _COUNTED:
        return False
    return bool(number["number"]) or _NUMBERED.search(match[0]) is not None


def _name_before(masked: str, end: int, folded: Folded, original: str) -> int | None:
    for steps in range(5):
        word = re.search(r"([\w'.-]*\w'?)[ -]$", masked[max(0, end - 40) : end])
        if word is None:
            return None
        start = max(0, end - 40) + word.start(1)
        if _is_name(word[1], start, folded, original):
            return start
        if word[1] not in _kinds() or not word[1].isalpha():
            return start if not steps and word[1].isdigit() and len(word[1]) < 4 else None
        end = start
    return None


def _is_name(word: str, start: int, folded: Folded, original: str) -> bool:
    return original[folded.offsets[start]].isupper() and word.removesuffix("'s") not in _kinds() and word not in _kinds()


_HAN = re.compile(
    r"(?P<before>[\u3040-\u30ff\u3400-\u9fff0-9]{0,10}?)(?P<facility>看守所|监狱|監獄|拘留所|拘留中心|收容所|收容站|派出所|公安局|边防站|边防大队"
    "|边防检查站|军营|兵营|安全屋|宾馆|賓館|酒店|旅馆|旅館|招待所|医院|难民营|劳教所|戒毒所|拘置所|刑務所|収容所|留置場|警察署|ホテル|病院|兵舎|駐屯地|難民キャンプ)"
)
# What may stand in front of the word for a facility without naming it, from the end: its kind and its state, then verbs and prepositions.
_HAN_KINDS = re.compile(
    "(?:中国|中國|越南|朝鲜|朝鮮|北朝鮮|北朝鲜|泰国|泰國|タイ|ベトナム|老挝|老撾|ラオス|韩国|秘密|一所|一个|一家|某|当地|當地|边境"
    "|邊境|国境|移民|入管|地方|这家|该|外国人|外國人|国际"
    "|女子|军事|軍事|政治犯|政治|警方|当局|當局|附近的?|强制|強制|临时|臨時|境内的?|所有|多个|多処|各地|各|等|的|の|な|内|里|个|所"
    "|家|座|处)+$"
)
_HAN_CONNECTS = re.compile(
    "(?:在|于|於|被|关押?|押|进|進|入|到|离开|送往|送到|送|囚禁|拘禁|和|与|與|及|或|、|从|從"
    "|出|说|是|有|对|對|往|至|了|着|過|过|た|で|に|を|は|が|と|る|い|ある|へ|も|や|から|まで)$"
)
_HANGUL = re.compile(
    r"(?P<before>(?:[가-힣]+ )?[가-힣]*(?:\d{1,3}(?:호)? ?)?)"
    r"(?P<facility>구치소|교도소|수용소|감옥|구류소|구류장|구금시설|변방대|안전가옥|은신처|쉼터"
    "|파출소|공안국|호텔|여관|병원|군부대|난민캠프)"
)
# Korean words with these endings are no names: they say how the facility is joined to the rest of the sentence.
_HANGUL_CONNECTS = re.compile(r"(?:의|에서|에|에게|된|는|은|던|한|할|을|를|이|가|와|과|및|인|로|서|고|며|나|도|있는|없는|중)$")
# Written as NFKC writes it: the vowel am is two characters.
_THAI = re.compile(
    r"(?:เรือนจํา|ทัณฑสถาน|สถานกักตัว|สถานกักกัน|ศูนย์กักตัว|ห้องกัก|สถานีตํารวจ|โรงพัก|โรงแรม|ค่ายทหาร|บ้านพัก|เซฟเฮาส์|โรงพยาบาล)"
    r" ?(?!(?:ใน|ที่|ของ|และ|ได้|แห่ง|ไทย|จีน|ลาว|คน|ผู้|ชั่วคราว|ทหาร|กัก|แรงงาน|ลับ|หรือ|เป็น|มา|ไป|ก็|จะ|ถูก|ตรวจ|ปรับ|นักโทษ|นี้|นั้น|หนึ่ง|หลาย"
    r"|บาง|ต่าง|ซึ่ง|เพื่อ|จาก|กับ|โดย|อยู่|เมื่อ|แล้ว|ตาม|ไม่|มี|เพราะ|ก่อน|หลัง|นาน|ท้องถิ่น|ชาย|เดียว|ทุก))(?:[\u0e01-\u0e4e]{2,}|\d{1,3})"
)


def _named_elsewhere(masked: str) -> Iterator[tuple[int, int]]:
    for match in _HAN.finditer(masked):
        before = match["before"]
        name = _HAN_KINDS.sub("", before)
        if name.endswith(tuple("0123456789")) or (len(name) > 1 and not _HAN_CONNECTS.search(name)):
            yield match.span()
    for match in _HANGUL.finditer(masked):
        if any(map(str.isdigit, match["before"])) or _is_korean_name(match["before"].split()):
            yield match.span()
    for match in _THAI.finditer(masked):
        yield match.span()


def _is_korean_name(before: list[str]) -> bool:
    for word in reversed(before):
        if word not in _kinds():
            return not _HANGUL_CONNECTS.search(word)
    return False
