"""Find the numbers of personal documents and of bank accounts: a word for the document, and a number near it.

No library knows the forms of document numbers. A number in the usual form of passports (letters, then six or more digits) may stand
anywhere near the word. Digits alone must follow it directly, because "passports" and a figure are also found in statistics.
"""

from collections.abc import Iterator

from schemas.v1.safety.telephones import Span, amount, stated_number
from schemas.v1.safety.wordsearch import Expression, Scanned, word_search

LONGEST_GAP = 45


def documents(scanned: Scanned) -> Iterator[Span]:
    """Yield where a text has the number of a personal document, with the word for the document, as places in the folded text."""
    yield from _numbers(scanned, "document")
    for match in _MACHINE_READABLE.finditer(scanned.plain):
        yield match.span()
    for match in _OWN_ID.finditer(scanned.plain):
        yield match.span()


def bank_accounts(scanned: Scanned) -> Iterator[Span]:
    """Yield where a text has the number of a bank account or a payment card after a word for it."""
    yield from _numbers(scanned, "bank")


def _numbers(scanned: Scanned, family: str) -> Iterator[Span]:
    text = scanned.plain
    search = word_search(family)
    if not _NUMBER.search(text) or not search.may_have(scanned):
        return
    for start, end in search.find(scanned):
        if (directly := _DIRECTLY.match(text, end)) and not _is_no_number(scanned, directly.start("number"), directly.end("number")):
            yield start, directly.end("number")
            continue
        if (labelled := _LABELLED.match(text, end)) and not stated_number(scanned, labelled.start("digits")):
            yield start, labelled.end()
            continue
        for near in (_TELLING_ACCOUNT if family == "bank" else _TELLING).finditer(
            text, max(0, start - LONGEST_GAP), min(len(text), end + LONGEST_GAP)
        ):
            gap = text[near.end() : start] if near.end() <= start else text[end : near.start()]
            if not _CLAUSE_END.search(gap) and not stated_number(scanned, near.start()):
                yield min(start, near.start()), max(end, near.end())
                break


def _is_no_number(scanned: Scanned, start: int, end: int) -> bool:
    number = scanned.plain[start:end]
    if sum(character.isdigit() for character in number) < 5:
        return True
    if _DATES.fullmatch(number):
        return True
    if _GROUPS_OF_THREE.fullmatch(number) and len(number) < 8:
        return True  # "12 345", "123 456"
    return bool(number.isdigit() or _GROUPS_OF_THREE.fullmatch(number)) and amount(scanned, start, end)


_NUMBER_WORDS = word_search("number_word").expression
_NUMBER = Expression(r"\d(?:[^\d]{0,4}\d){4}")
_LETTERS = r"(?!(?:of|in|to|by|on|at|or|as|for|and|the|from|de|du|le|la|les|en|el|los|las|di|au|aux|pada|tahun|s)\b)[a-z]"
_TWO_PARTS = rf"\d{{2,4}}(?: ?\d{{2}})?[ ,]*(?:{_NUMBER_WORDS}[ .:№°-]*)+\d{{5,7}}"
_PREFIX = rf"(?:\p{{Arabic}} ?(?=\d)|[\p{{Cyrillic}}a-z]{{2}} ?(?=\d{{5}})|(?:{_LETTERS}){{1,2}}[ ./-]?|(?:{_LETTERS}){{3,4}}[.-]?)?"
_ONE = rf"{_TWO_PARTS}|{_PREFIX}\d(?:[ ./-]?[0-9]|[ ./-]?[a-z]{{1,2}}(?=[ ./-]?\d)){{4,19}}[a-z]{{0,2}}"
_DIRECTLY = Expression(
    rf"(?!法|法律|법|令|条例|管理|業|业)(?:[\s:.,;()\[\]#='\"°/*-]|{_NUMBER_WORDS}|[\p{{Hangul}}\p{{Han}}]{{1,2}}(?=[ :]?[a-z]?\d))*+"
    rf"(?<![0-9])(?P<number>{_ONE})(?![a-z0-9])"
)
_TELLING = Expression(
    rf"(?<![a-z0-9/._-])(?:(?:{_LETTERS}){{1,3}} ?\d{{6,9}}|[a-z] \d{{4}} \d{{4}}|[a-z]\d{{2}}[a-z]{{2}}\d{{4,5}}"
    r"|\d{2}[a-z]{2}\d{5}|\d{2} ?\d{2} \d{6})"
    r"(?![a-z0-9/])"
)
_TELLING_ACCOUNT = Expression(r"(?<![a-z0-9/._-])\d{2,6}-\d{2,6}-\d{4,8}(?:-\d{1,4})?(?![a-z0-9/])")
# "identity card of the applicant, no. 472310", "паспорт гражданина: 4509123456".
_LABELLED = Expression(rf"[^.;!?\d]{{0,30}}(?:{_NUMBER_WORDS}[ .:#°-]{{1,3}}|: ?)(?P<digits>\d{{2,4}} ?\d{{4,10}})(?![a-z0-9]|[ .,]\d)")
# The lines at the foot of a passport, ICAO Doc 9303: a name after the code of a state, and the number with the dates. "pp# 654123789".
_MACHINE_READABLE = Expression(
    r"(?<![a-z0-9])[pvaci][a-z<][a-z]{3}[a-z]+<<?[a-z<]{3,}|(?<![a-z0-9])[a-z0-9<]{9}[0-9][a-z]{3}\d{7}[mfx<]\d{7}[a-z0-9<]*"
    r"|(?<![a-z])(?:passport|card|id|permit|visa|certificate)(?: number| no\.?)?"
    r" (?:that )?(?:ends?|ended|ending|begins?|beginning|starts?|starting) (?:in|with|on) [a-z]{0,2}\d{3,}"
    r"|(?<![a-z])(?:pp|ppt|psp) ?#:? ?[a-z]{0,2}\d{6,9}(?![a-z0-9])"
)
_OWN_ID = Expression(r"(?:^|[.;:,(] ?|\b(?:his|her|their|my) )id(?: card)?(?: no\.?| number)? ?[:#] ?\d{7,}(?![a-z0-9])")
# What comes before this belongs to another statement.
_CLAUSE_END = Expression(r"[;!?]|\.(?= )(?<!\bno\.)(?<!\bnr\.)(?<!\bn\.)")
_DATES = Expression(
    r"(?:1[89]|20)\d\d(?:[ ,/-]{1,2}(?:1[89]|20)?\d\d){0,2}|\d{1,2}[ ./-]\d{1,2}[ ./-](?:1[89]|20)\d\d"
    r"|(?:1[89]|20)\d\d[ ./-]\d{1,2}[ ./-]\d{1,2}"
)
_GROUPS_OF_THREE = Expression(r"\d{1,3}(?:[ .]\d{3})+")
