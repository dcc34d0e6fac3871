"""Patterns of phrases from words.toml: one regular expression per family and script, for the words of all languages at once.

Words are compared after folding, on both sides. A word of a language with spaces matches whole words only. Chinese, Japanese, Thai, Lao,
Khmer and Burmese have no spaces between words, so their words match anywhere. A Korean word may have particles attached, and an Arabic
word the short words that are written together with it ("and", "the", "to"). words.toml describes the signs that phrases may contain.

The languages of a script are scanned only in a text that has letters of that script: most texts have one script.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count, product

from schemas.v1.safety.folding import Folded, fold
from schemas.v1.safety.found import Found
from schemas.v1.safety.wordlists import words

Match = re.Match[str]
# Gives the expression of a `{name}` in a phrase, by name and language; an empty one if it is one of the common names.
Slots = Callable[[str, str], str]

# The languages that are scanned in a text that has one of these characters. Folded, a short text in Russian may have only Latin letters.
_SCRIPTS: Mapping[tuple[str, ...], re.Pattern[str]] = {
    ("en", "fr", "es", "id", "tr", "vi", "ru"): re.compile("[a-z\u0400-\u04ff]"),
    ("ar", "ug"): re.compile("[\u0600-\u06ff\ufb50-\ufdff]"),
    ("ko",): re.compile("[가-힣]"),
    ("zh", "ja"): re.compile("[\u3040-\u30ff\u3400-\u9fff]"),
    ("th",): re.compile("[\u0e00-\u0e7f]"),
    ("lo",): re.compile("[\u0e80-\u0eff]"),
    ("km",): re.compile("[\u1780-\u17ff]"),
    ("my",): re.compile("[\u1000-\u109f]"),
}
UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my"})
# The vowels and marks that belong to the letter before them: a word does not end in front of one.
_NO_MARK = r"(?![\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3])"
_WORD = r"[\w']*"
_PARTICLES = "이|가|은|는|을|를|과|와|의|도|만|에게|들|께서|로|랑|이랑|인|이고|이며|이다|입니다|이었다|였다|부터|까지|중|씩|뿐"
_NO_SYLLABLE = r"(?<![가-힣])"
_END_OF_SYLLABLE = rf"(?:(?![가-힣])|(?=(?:{_PARTICLES})(?![가-힣])))"
_ARABIC_START = r"(?<!\w)(?:[وف]?(?:بال|كال|ال|لل|[بلك])?)"
# The end of a phrase: punctuation, "and", or the end of the text.
STOP = r"(?=$| ?[^\w\s'-]| (?:and|or|et|y|и|dan|ve|و|và)(?!\w))"
_PIECE = re.compile(r"\{(?P<slot>\w+)\}|(?P<any>\*)|(?P<blank> )|(?P<literal>[^{* ])")
_GROUP = re.compile(r"\(([^()]*)\)")
_COMMON = {
    "d": r"\d{1,4}",
    "name": r"(?P<name_>[^\W\d_][\w'.-]*)",
    "end": _END_OF_SYLLABLE,
    "stop": STOP,
    "word": r"\w+",
    "gap": r"(?:[^\W\d][\w-]*[ ,]{1,2}){0,3}?",
    "gap1": r"(?:[^\W\d][\w-]* )?",
}


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of a family: for each script, how to see that a text has letters of it, and the regular expression."""

    by_script: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]

    def found_in(self, text: str) -> Iterator[Match]:
        """Yield the matches in a folded text. A later match may begin inside an earlier one."""
        for script, expression in self.by_script:
            if not script.search(text):
                continue
            at = 0
            while match := expression.search(text, at):
                yield match
                at = match.start() + 1

    def blotted(self, text: str) -> str:
        """Return a text of the same length in which the phrases are blotted out."""
        for script, expression in self.by_script:
            if script.search(text):
                text = expression.sub(lambda match: "\x1f" * len(match[0]), text)
        return text

    def occur_in(self, text: str) -> bool:
        """Return whether one of the phrases is in a folded text."""
        return any(script.search(text) and expression.search(text) for script, expression in self.by_script)


def phrases(family: str, slots: Slots | None = None) -> Phrases:
    """Return the phrases of a family of words.toml. `slots` gives the expressions of its own `{name}`s."""
    by_script: list[tuple[re.Pattern[str], re.Pattern[str]]] = []
    for together, script in _SCRIPTS.items():
        by_start: dict[str, list[tuple[str, ...]]] = {}
        for language in together:
            for phrase in words(family).get(language, ()):
                for expanded in _expanded(phrase):
                    start, atoms = _atoms(expanded, language, slots)
                    by_start.setdefault(start, []).append(atoms)
        if by_start:
            by_script.append((script, re.compile(_numbered("|".join(start + _trie(found) for start, found in by_start.items())))))
    return Phrases(tuple(by_script))


def alternatives(family: str, language: str) -> str:
    """Return an expression for the words of one language of a family, without what must stand before or after them."""
    return _trie([_atoms(expanded, language, None)[1] for phrase in words(family).get(language, ()) for expanded in _expanded(phrase)])


def found(what: str, folded: Folded, start: int, end: int) -> Found:
    """Return what was found at a place of the folded text, with its place in the original text."""
    return Found(what, *folded.original(start, end))


@cache
def numbers(language: str) -> Mapping[str, int]:
    """Return the number words of a language with their values, folded."""
    return {fold(form).text: value for value, forms in enumerate(words("numbers").get(language, ()), 1) for form in forms.split("|")}


def number_words(language: str) -> str:
    """Return an expression for the numbers from 1 to 19 in the words of a language."""
    return _trie([(*map(re.escape, word), "" if language in UNSPACED or language == "ko" else r"(?!\w)") for word in numbers(language)])


def number_in(match: Match) -> tuple[int, bool] | None:
    """Return the number that a `{n}` matched, and whether it is in digits; None if the phrase has none."""
    for group, text in match.groupdict().items():
        kind, _, _ = group.partition("_")
        if text is not None and kind != "name":
            return (int(text), True) if kind == "digits" else (numbers(kind)[text], False)
    return None


def names_are_capitalised(match: Match, folded: Folded, original: str) -> bool:
    """Return whether each `{name}` of a match begins with a capital letter in the text, as names do."""
    starts = [match.start(group) for group, text in match.groupdict().items() if text is not None and group.startswith("name_")]
    return all(original[folded.offsets[start]].isupper() for start in starts)


def _numbered(expression: str) -> str:
    unique = count(1)
    return re.sub(r"\(\?P<(\w+)_>", lambda group: f"(?P<{group[1]}_{next(unique)}>", expression)


def _number(language: str) -> str:
    left = _NO_SYLLABLE if language == "ko" else ""
    return rf"(?:(?<![\d.,/:])(?P<digits_>\d{{1,2}})(?!\d|[.,/:]\d)|{left}(?P<{language}_>{number_words(language)}))"


def _expanded(phrase: str) -> Iterator[str]:
    parts = _GROUP.split(phrase)
    choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    for chosen in product(*choices):
        yield re.sub(r" +", " ", "".join(chosen)).strip()


def _atoms(phrase: str, language: str, slots: Slots | None) -> tuple[str, tuple[str, ...]]:
    blank = " ?" if language in UNSPACED or language == "ko" else "[ -]"
    start = "" if phrase.startswith("*") or language in UNSPACED else r"(?<!\w)"
    atoms: list[str] = []
    for piece in _PIECE.finditer(_folded_literals(phrase.removeprefix("*"))):
        if piece["slot"]:
            atoms.append((slots(piece["slot"], language) if slots else "") or _common(piece["slot"], language))
        elif piece["any"]:
            atoms.append("" if language in UNSPACED else _WORD)
        else:
            atoms.append(blank if piece["blank"] else re.escape(piece["literal"]))
    if language == "ko":
        start = start and _NO_SYLLABLE
        if _is_lone_syllable(phrase.rsplit(" ", maxsplit=1)[-1]):
            atoms.append(_END_OF_SYLLABLE)
    elif language == "ar" and start and not phrase.startswith("{"):
        start = _ARABIC_START
    if not phrase.endswith("}"):
        atoms.append({"ko": ""}.get(language, _NO_MARK if language in UNSPACED else r"(?!\w)"))
    return start, tuple(atom for atom in atoms if atom)


def _common(name: str, language: str) -> str:
    return _number(language) if name == "n" else _COMMON[name]


def _folded_literals(phrase: str) -> str:
    return re.sub(r"\{\w+\}|\*|[^{*]+", lambda part: part[0] if part[0][0] in "{*" else fold(part[0]).text, phrase)


def _is_lone_syllable(word: str) -> bool:
    return len(word) == 1 and "가" <= word <= "힣"


def _trie(sequences: list[tuple[str, ...]]) -> str:
    ends = False
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for sequence in sequences:
        first, rest = (sequence[0], sequence[1:]) if sequence else ("", ())
        if first or rest:
            by_first.setdefault(first, []).append(rest)
        else:
            ends = True
    branches = [first + _trie(rest) for first, rest in by_first.items()]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if ends else ''}" if ends or len(branches) > 1 else branches[0]
