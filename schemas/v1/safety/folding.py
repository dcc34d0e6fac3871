"""Fold a text before it is scanned, so that different spellings of the same characters compare equal.

The published text keeps its characters. Only the scans fold, and they fold their word lists in the same way. What `fold` does:

- NFKC (UAX #15), cluster by cluster: full-width, circled, mathematical and superscript characters become plain ones.
- Case folding. Digits of every script become ASCII digits. Dashes become "-". A run of blanks or line breaks becomes one " ".
- Signs between single letters are dropped: "P.A.S.S.P.O.R.T." becomes "passport.".
- Invisible characters are dropped: default-ignorable characters (Unicode's property), control and format characters, blank letters.
- Letters that look like Latin letters become Latin letters, by the data of UTS #39 (package confusable-homoglyphs). Russian "рост" becomes
  "poct" in a text and in a word list, so genuine Russian and Greek words still match.

Accents stay: "né" (born) is not "ne" (not), and Vietnamese words differ by their accents only. Two kinds of mark are dropped, because
readers don't need them: marks that have no composed letter in Unicode (a Latin letter with a stroke drawn over it), and the short vowels
of Arabic. `without_accents` removes the rest, for callers that compare words which no accent makes different.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import regex
from confusable_homoglyphs import confusables


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. `offsets[i]` is the index in the original text of its character `i`; the last offset is the original's length."""

    text: str
    offsets: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and the end, in the original text, of the characters `start` to `end` of the folded text."""
        if end <= start:
            return self.offsets[start], self.offsets[start]
        last = self.offsets[end - 1]
        while end < len(self.offsets) and self.offsets[end] == last:  # one character became several
            end += 1
        return self.offsets[start], self.offsets[min(end, len(self.offsets) - 1)]


@lru_cache(maxsize=4096)
def fold(text: str) -> Folded:
    """Return a text folded for comparison, with the place of each folded character in the text. See the module's docstring."""
    if spelled := [match.span() for match in _LETTER_BY_LETTER.finditer(text)]:
        dropped = {at for start, end in spelled for at in range(start + 1, end, 2)}
        kept = [at for at in range(len(text)) if at not in dropped]
        folded = _folded("".join(text[at] for at in kept))
        return Folded(folded.text, tuple(kept[at] if at < len(kept) else len(text) for at in folded.offsets))
    return _folded(text)


def _folded(text: str) -> Folded:
    if text.isascii() and text.isprintable() and "  " not in text:
        return Folded(text.lower(), tuple(range(len(text) + 1)))
    parts: list[str] = []
    offsets: list[int] = []
    blank = False
    for match in _CLUSTER.finditer(text):
        at, cluster = match.start(), match[0]
        if match.lastgroup == "plain":
            parts.append(cluster)
            offsets.extend(range(at, at + len(cluster)))
            blank = False
            continue
        for character in _plain(cluster):
            if character == " " and blank:
                continue
            blank = character == " "
            parts.append(character)
            offsets.append(at)
    folded = "".join(parts)
    if not folded.isascii():
        folded = _LONG_VOWEL_AS_DASH.sub("-", folded)
        # A capital may look like one Latin letter and its small letter like another (Greek Ν and ν). In a word that also has Latin letters,
        # each is folded as it looks. In all others, both are folded like the small letter, so that case makes no difference.
        if not _LOOK_ALIKES.isdisjoint(folded):
            folded = _MIXED_WORD.sub(_as_it_looks, folded)
        folded = folded.translate(_FOLDS_TO)
    folded, offsets = _casefolded(folded, offsets)
    return Folded(folded, (*offsets, len(text)))


def tokens(folded_text: str) -> list[str]:
    """Return the words of a folded text. In scripts without spaces between words, each character is a token."""
    return cast("list[str]", _TOKEN.findall(folded_text))


def without_accents(folded_text: str) -> str:
    """Return a folded text with plain letters instead of accented Latin letters, and of the same length."""
    if folded_text.isascii():
        return folded_text
    return "".join(character if character.isascii() else _without_accent(character) for character in folded_text)


# At least four letters with the same sign between them.
_LETTERS = r"[A-Za-z\u0400-\u04ff\uff21-\uff5a]"
_LETTER_BY_LETTER = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}_.-])(?>{_LETTERS}([.\- _·]){_LETTERS})(?:\1{_LETTERS}){{2,}}(?![\p{{L}}\p{{N}}])(?:\1(?= |$))?"
)
# Marks and letters that belong to the character before them. Hangul vowels and finals compose with what is before them.
_EXTENDING = r"[\p{M}\u1160-\u11ff\ud7b0-\ud7ff\uff9e-\uffdc]"
# Most text is of characters that only case folding and look-alikes change: ASCII, Vietnamese, Cyrillic, Han, Hangul.
_PLAIN = r"[!-~[À-ı--İ][Ơ-ư--ƻ]Ạ-ỹА-яぁ-ゖァ-ヺ\u4e00-\u9fff가-힣]+"
_CLUSTER = regex.compile(rf"(?P<plain>{_PLAIN}(?: {_PLAIN})*(?!{_EXTENDING}))|(?s:.){_EXTENDING}*", flags=regex.V1)
# Marks that are not needed to read a word: those of Latin, Greek and Cyrillic letters that NFKC did not compose, and Arabic vowels.
_NEEDLESS_MARK = regex.compile(
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]"
)
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\u2800\u0640\u1806]")
_DASH = regex.compile(r"[\p{Dash}\u2043\u02d7\u30a0--~〜〰゠]", flags=regex.V1)
# The sign for a long vowel in kana is also written as a dash between digits.
_LONG_VOWEL_AS_DASH = regex.compile(r"(?<=[0-9])[ー一](?=[0-9])")
_TOKEN = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
    r"|[\w--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]]+",
    flags=regex.V1,
)
_SCRIPTS_LIKE_LATIN = regex.compile(
    r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Coptic}\p{Armenian}\p{Georgian}\p{Cherokee}\p{Lisu}\p{Canadian_Aboriginal}\p{Deseret}\p{Osage}"
    r"\p{Warang_Citi}\p{Elbasan}\p{Carian}\p{Lycian}\p{Lydian}\p{Old_Italic}\p{Miao}\p{Tifinagh}\p{Runic}\p{Gothic}]"
)
# Characters that are written in several ways, and that neither NFKC nor UTS #39 unites in the way a reader would.
_SAME = {
    **dict.fromkeys("‘’‚‛ʼʹʻ′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("∕⁄⧸", "/"),
    **dict.fromkeys("。", "."),
    **dict.fromkeys("∶៖", ":"),
    **dict.fromkeys("آأإٱ", "ا"),
    **dict.fromkeys("ىی", "ي"),
    **dict.fromkeys("ک", "ك"),
    **dict.fromkeys("İ", "I"),
    **dict.fromkeys("ё", "е"),
    **dict.fromkeys("Ё", "Е"),
    **{chr(first + index): chr(ord("A") + index) for first in (0x1F150, 0x1F170, 0x1F1E6) for index in range(26)},
}


@lru_cache(maxsize=65536)
def _plain(cluster: str) -> str:
    # The acute accent that is typed for a prime is a blank with an accent in NFKC.
    return _SAME.get(cluster) or "".join(_plain_character(character) for character in unicodedata.normalize("NFKC", cluster))


def _plain_character(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    if same := _SAME.get(character):
        return same
    # U+0085 and the other controls that break a line are blanks for `isspace`.
    if character.isspace() or unicodedata.category(character) in ("Zs", "Zl", "Zp"):
        return " "
    if _INVISIBLE.match(character) or _NEEDLESS_MARK.match(character):
        return ""
    if _DASH.match(character):
        return "-"
    if unicodedata.category(character) in ("Nd", "No"):
        number = unicodedata.numeric(character, 0.5)
        if number.is_integer() and number < 100:
            return str(int(number))
    return character


def _casefolded(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    folded = text.casefold()
    if len(folded) == len(text):
        return folded, offsets
    pairs = [(part, offset) for character, offset in zip(text, offsets, strict=True) for part in character.casefold()]
    return "".join(part for part, _ in pairs), [offset for _, offset in pairs]


def _as_it_looks(match: regex.Match[str]) -> str:
    return match[0].translate(_LOOKS_LIKE)


def _look_alikes() -> dict[str, str]:
    found: dict[str, str] = {}
    for character, others in confusables.confusables_data.items():
        if len(character) != 1 or character.isascii() or not _SCRIPTS_LIKE_LATIN.match(character) or not character.isalpha():
            continue
        letters = [other["c"] for other in others if len(other["c"]) == 1 and other["c"].isascii() and other["c"].isalpha()]
        if letters:
            # UTS #39 takes "l" for a capital I.
            found[character] = "i" if letters[0] == "l" and character.isupper() else letters[0].lower()
    for code in (*range(0x250, 0x2B0), *range(0x1D00, 0x1D30), *range(0xA720, 0xA800)):
        if name := _SMALL_CAPITAL.fullmatch(unicodedata.name(chr(code), "")):
            found[chr(code)] = name[1].lower()
    return found


def _folds_to(looks_like: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for character in looks_like:
        for form in {character, *character.lower(), *character.upper()}:
            letter = looks_like.get(form.lower()) or looks_like.get(form.upper())
            if letter and not form.isascii():
                found[form] = letter
    return found


@lru_cache(maxsize=65536)
def _without_accent(character: str) -> str:
    if character in _STROKED:
        return _STROKED[character]
    first = unicodedata.normalize("NFD", character)[0]
    return first if first.isascii() else character


_STROKED = {"đ": "d", "ø": "o", "ł": "l", "ħ": "h"}
_SMALL_CAPITAL = regex.compile("LATIN LETTER SMALL CAPITAL ([A-Z])")
_LOOKS_LIKE = str.maketrans(_look_alikes())
_FOLDS_TO = str.maketrans(_folds_to(_look_alikes()))
_LOOK_ALIKES = frozenset(map(chr, _LOOKS_LIKE))
_MIXED_WORD = regex.compile(r"(?<!\p{L})(?=\p{L}*[A-Za-z])\p{L}+")
