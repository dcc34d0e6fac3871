"""Rule 9: what identifies or reaches a person, in any text and in any slug.

Telephone numbers, registration and identity numbers, numbers of documents and bank accounts, dates of birth, e-mail addresses, accounts
and profiles. Each kind has a module. A text is scanned for all of them in all languages, whatever its language tag says.
"""

from collections.abc import Callable, Iterator
from urllib.parse import unquote

import regex

from schemas.v1.safety import births, contacts, documents, registrations, spelled, telephones
from schemas.v1.safety.folding import fold
from schemas.v1.safety.found import Found
from schemas.v1.safety.telephones import Span
from schemas.v1.safety.wordlists import words
from schemas.v1.safety.wordsearch import Scanned

_WITHOUT_DIGITS: tuple[tuple[str, Callable[[Scanned], Iterator[Span]]], ...] = (
    ("an e-mail address", contacts.e_mail_addresses),
    ("a link to a person's profile", contacts.profiles),
    ("an account of a person", contacts.accounts),
    ("a number that is spelled out", spelled.spelled_numbers),
)
_NUMBERS: tuple[tuple[str, Callable[[Scanned], Iterator[Span]]], ...] = (
    ("a registration or identity number", registrations.registrations),
    ("a document number", documents.documents),
    ("a bank account or card", registrations.accounts),
    ("a bank account or card", documents.bank_accounts),
    ("a date of birth", births.births),
    ("a telephone number", telephones.telephones),
)


def personal_data(text: str) -> Iterator[Found]:
    """Yield the personal data in a text. A part of the text is reported once, as the first kind that it could be."""
    scanned = Scanned.of(text)
    taken: list[Span] = []
    for what, (start, end) in (*_found(scanned), *_found_in_addresses(scanned)):
        if not any(start < other_end and other_start < end for other_start, other_end in taken):
            taken.append((start, end))
            yield Found(what, *scanned.folded.original(start, end))


def _found(scanned: Scanned) -> Iterator[tuple[str, Span]]:
    for what, kind in (*_WITHOUT_DIGITS, *_NUMBERS) if _MAY_HAVE_NUMBERS.search(scanned.plain) else _WITHOUT_DIGITS:
        for span in kind(scanned):
            yield what, span


def _found_in_addresses(scanned: Scanned) -> Iterator[tuple[str, Span]]:
    """Yield what a URL says in words, "/born-in-1990", or behind percent signs. The span is the whole URL."""
    for span in scanned.addresses:
        address = scanned.plain[slice(*span)]
        decoded = unquote(address)
        words_of_it = Scanned.of(_SIGNS.sub(" ", decoded.partition("://")[2]))
        for what, kind in _IN_WORDS:
            if any(True for _ in kind(words_of_it)):
                yield what, span
        if decoded != address:
            yield from ((what, span) for what, _ in _found(Scanned.of(decoded)))


def personal_data_in_slug(slug: str) -> Iterator[Found]:
    """Yield the personal data in a slug, at most one, for the whole slug: an id can only be replaced as a whole.

    The slug is scanned as it is, with blanks for hyphens, and with no hyphens between digits. An age between words counts too.
    """
    for written in dict.fromkeys((slug, slug.replace("-", " "), _BETWEEN_DIGITS.sub("", slug))):
        for found in personal_data(written):
            yield Found(found.what, 0, len(slug))
            return
    if _BORN.search(slug):
        yield Found("a date of birth", 0, len(slug))
    elif _PASSPORT.search(slug):
        yield Found("a document number", 0, len(slug))
    elif _PROFILE.search(slug):
        yield Found("a link to a person's profile", 0, len(slug))
    elif _ADDRESS.search(slug):
        yield Found("an e-mail address", 0, len(slug))
    elif _has_age(slug.split("-")):
        yield Found("an age", 0, len(slug))


def _has_age(parts: list[str]) -> bool:
    for before, number, after, last in zip(["", *parts], parts, [*parts[1:], "", ""], [*parts[2:], "", "", ""], strict=False):
        if _WITH_UNIT.fullmatch(number):
            return True
        if not _AGE.fullmatch(number):
            continue
        if before in _AGED or after in _AGED or before in _SOMEONE or (after in ("year", "years") and last == "old"):
            return True
        if len(number) == 2 and all(len(part) > 1 and part.isalpha() and part not in _BESIDE_NUMBERS for part in (before, after)):
            return True
    return False


def _folded(*families: str) -> frozenset[str]:
    return frozenset(fold(word.rstrip("*")).text for family in families for found in words(family).values() for word in found)


_BESIDE_NUMBERS = _folded("numbered", "measure", "month", "number_word", "not_born", "between_subject_and_birth", "slug_numbered")
_AGED = _folded("slug_age")
_SOMEONE = _folded("slug_someone")
_AGE = regex.compile("[1-9][0-9]?")
_WITH_UNIT = regex.compile("[1-9][0-9]?(?:yo|yrs?)")
_BORN = regex.compile(r"(?<![a-z0-9])(?<!annex-)(?<!part-)(?<!section-)(?<!series-)b-(?:19|20)[0-9]{2}(?![0-9])")
# "facebook-com-some-person", "someone-at-example-org".
_HOSTS = "|".join(sorted((regex.escape(host.replace(".", "-")) for host in contacts.hosts() if "." in host), key=len, reverse=True))
_PROFILE = regex.compile(rf"(?<![a-z0-9])(?:{_HOSTS})-[a-z0-9]")
_ADDRESS = regex.compile(r"(?<![a-z0-9])[a-z0-9]+-at-[a-z0-9]+(?:-[a-z0-9]+)*?-(?:com|org|net|edu|info|co-[a-z]{2}|gov)$")
_IN_WORDS = (("a document number", documents.documents), ("a date of birth", births.births))
_SIGNS = regex.compile("[-_/+.=&?#]+")
_BETWEEN_DIGITS = regex.compile(r"(?<=[0-9])-(?=[0-9])")
_PASSPORT = regex.compile(r"(?<![a-z0-9])[a-z]{1,2}(?!(?:1[89]|20)[0-9]{6}(?![0-9]))[0-9]{8,9}(?![a-z0-9])")
# All kinds but the contacts and spelled numbers have digits, or number words that are spoken one by one.
_SPOKEN = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_YEAR_IN_WORDS = r"nineteen|two thousand|mil nove|mille neuf|(?<![a-z])m(?:cm|m|dccc)|тыc|nghin chin|seribu|bin dokuz"
_MAY_HAVE_NUMBERS = regex.compile(
    rf"[0-9<一二三四五六七八九十]|{_SPOKEN}[ ,.-]{{1,2}}{_SPOKEN}|[공영일이삼사오육륙칠팔구]{{3}}|{_YEAR_IN_WORDS}"
)
