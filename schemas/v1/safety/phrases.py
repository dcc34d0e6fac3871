"""Patterns of phrases from words.toml: one regular expression per family and script, for the words of all languages at once.

Words are compared after folding, on both sides. A word of a language with spaces matches whole words only. Chinese, Japanese, Thai, Lao,
Khmer and Burmese have no spaces between words, so their words match anywhere. A Korean word may have particles attached, and an Arabic
word the short words that are written together with it ("and", "the", "to"). words.toml describes the signs that phrases may contain.

The languages of a script are scanned only in a text that has letters of that script: most texts have one script.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from itertools import count, pairwise

from schemas.v1.safety.folding import Folded, fold
from schemas.v1.safety.found import Found
from schemas.v1.safety.wordlists import families, words

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
_PIECE = re.compile(r"\{(?P<slot>\w+)\}|(?P<any>\*)|\((?P<group>[^()]*)\)|(?P<literal>[^{*(]+)")
_GROUP = re.compile(r"\(([^()]*)\)")
_LITERAL = re.compile(r"[^{}*\s()|'.-]+(?![^{]*\})")
_COMMON = {
    "d": r"\d{1,4}",
    "name": r"(?P<name_>[^\W\d_][\w'.-]*)",
    "end": _END_OF_SYLLABLE,
    "stop": STOP,
    "word": r"\w+",
    "gap": r"(?:[^\W\d][\w-]*[ ,]{1,2}){0,3}?",
    "gap1": r"(?:[^\W\d][\w-]* )?",
}


class Phrase:
    """A phrase of one language. Its regular expression is compiled when a text may hold the phrase for the first time."""

    def __init__(self, text: str, language: str, slots: Slots | None) -> None:
        """Make the phrase of this text of words.toml."""
        self._text = text
        self._language = language
        self._slots = slots

    @cached_property
    def anchors(self) -> tuple[str, ...]:
        """Folded words, one of them in every text that holds the phrase; empty if nothing in it must be there."""
        if found := _anchors(self._text):
            return found
        for slot in re.findall(r"\{(\w+)\}", _GROUP.sub("", self._text)):
            if slot in families() and (listed := words(slot).get(self._language)):
                within = [_anchors(word) for word in listed]
                return tuple(anchor for anchors in within for anchor in anchors) if all(within) else ()
        return ()

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The regular expression of the phrase."""
        by_start: dict[str, list[tuple[str, ...]]] = {}
        for expanded in _expanded(self._text):
            start, atoms = _atoms(expanded, self._language, self._slots)
            by_start.setdefault(start, []).append(atoms)
        return re.compile(_numbered("|".join(start + _trie(found) for start, found in by_start.items())))


class Phrases:
    """The phrases of a family. They are looked for in two steps, because compiling thousands of phrases takes seconds.

    First the words are found that only some phrases contain, by their first two letters. Then those phrases are compiled and searched.
    """

    def __init__(self, some: Sequence[tuple[re.Pattern[str], Sequence[Phrase]]]) -> None:
        """Look for these phrases, each list only in texts that have letters of its script."""
        self._by_script = tuple((script, *_indexed(phrases)) for script, phrases in some)

    def found_in(self, text: str) -> Iterator[Match]:
        """Yield the matches in a folded text, in the order of their places. A match may begin inside an earlier one."""
        found: list[Match] = []
        for phrase in self._candidates(text):
            at = 0
            while match := phrase.expression.search(text, at):
                found.append(match)
                at = match.start() + 1
        yield from sorted(found, key=Match.span)

    def blotted(self, text: str) -> str:
        """Return a text of the same length in which the phrases are blotted out."""
        spans = [match.span() for phrase in self._candidates(text) for match in phrase.expression.finditer(text)]
        for start, end in spans:
            text = text[:start] + "\x1f" * (end - start) + text[end:]
        return text

    def occur_in(self, text: str) -> bool:
        """Return whether one of the phrases is in a folded text."""
        return any(phrase.expression.search(text) for phrase in self._candidates(text))

    def _candidates(self, text: str) -> list[Phrase]:
        """Return the phrases that a text may hold."""
        found: list[Phrase] = []
        for script, unanchored, by_pair in self._by_script:
            if script.search(text):
                found += unanchored
                anchored: dict[Phrase, None] = {}
                for pair in by_pair.keys() & _pairs_in(text):
                    for anchor, phrases in by_pair[pair]:
                        if anchor in text:
                            anchored.update(dict.fromkeys(phrases))
                found += anchored
        return found


@lru_cache(maxsize=16)  # the families look through the same text one after the other
def _pairs_in(text: str) -> frozenset[str]:
    return frozenset(text).union(map("".join, pairwise(text)))


def _anchors(text: str) -> tuple[str, ...]:
    """Return the longest words of the part of a phrase that tells it apart best: one that is always there, or one of each choice."""
    found: list[list[str]] = []
    for index, part in enumerate(_GROUP.split(text)):
        choices = part.split("|") if index % 2 else [part]
        longest = [max(_LITERAL.findall(_folded_literals(choice)), key=len, default="") for choice in choices]
        if all(len(one) > 1 or (one and not one.isascii()) for one in longest):
            found.append(longest)
    best = max(found, key=_telling, default=[])
    return tuple(best)


def _telling(choices: list[str]) -> tuple[int, int]:
    """Return how well words tell a phrase apart: long ones and few of them do."""
    return min(map(len, choices)), -len(choices)


_Pairs = dict[str, list[tuple[str, list[Phrase]]]]


def _indexed(phrases: Iterable[Phrase]) -> tuple[list[Phrase], _Pairs]:
    """Return the phrases without an anchor, and the others by the first two characters of their anchors."""
    by_anchor: dict[str, list[Phrase]] = {}
    unanchored: list[Phrase] = []
    for phrase in phrases:
        for anchor in phrase.anchors:
            by_anchor.setdefault(anchor, []).append(phrase)
        if not phrase.anchors:
            unanchored.append(phrase)
    by_pair: _Pairs = {}
    for anchor, some in by_anchor.items():
        by_pair.setdefault(anchor[:2], []).append((anchor, some))
    return unanchored, by_pair


def phrases(family: str, slots: Slots | None = None) -> Phrases:
    """Return the phrases of a family of words.toml. `slots` gives the expressions of its own `{name}`s."""
    listed = words(family)
    return Phrases(
        [
            (script, [Phrase(phrase, language, slots) for language in together for phrase in listed.get(language, ())])
            for together, script in _SCRIPTS.items()
        ]
    )


@cache
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


@cache
def number_words(language: str) -> str:
    """Return an expression for the numbers from 1 to 19 in the words of a language."""
    return _trie([(*map(re.escape, word), "" if language in UNSPACED or language == "ko" else r"(?!\w)") for word in numbers(language)])


def number_in(match: Match) -> int | None:
    """Return the number that a `{n}` matched; None if the phrase has none."""
    for group, text in match.groupdict().items():
        kind, _, _ = group.partition("_")
        if text is not None and kind != "name":
            return int(text) if kind == "digits" else numbers(kind)[text]
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
    digits = r"(?<![\d.,/:])\(?(?P<digits_>\d{1,2})\)?(?!\d|[.,/:]\d)"
    return rf"(?:{digits}|{left}(?P<{language}_>{number_words(language)})(?: \(\d{{1,2}}\))?)"


def _expanded(phrase: str) -> Iterator[str]:
    """Yield a phrase with each word of a group at its beginning. The other groups stay alternatives, or expressions would be too long."""
    if group := _GROUP.match(phrase):
        for first in group[1].split("|"):
            yield from _expanded((first + phrase[group.end() :]).lstrip())
    else:
        yield phrase.strip()


def _atoms(phrase: str, language: str, slots: Slots | None) -> tuple[str, tuple[str, ...]]:
    start = "" if phrase.startswith("*") or language in UNSPACED else r"(?<!\w)"
    atoms = _pieces(phrase.removeprefix("*"), language, slots)
    if language == "ko":
        start = start and _NO_SYLLABLE
        if _is_lone_syllable(phrase.rsplit(" ", maxsplit=1)[-1]):
            atoms.append(_END_OF_SYLLABLE)
    elif language == "ar" and start and not phrase.startswith("{"):
        start = _ARABIC_START
    if not phrase.endswith("}"):
        atoms.append({"ko": ""}.get(language, _NO_MARK if language in UNSPACED else r"(?!\w)"))
    return start, tuple(atom for atom in atoms if atom)


def _pieces(phrase: str, language: str, slots: Slots | None) -> list[str]:
    blank = " ?" if language in UNSPACED or language == "ko" else "[ -]"
    atoms: list[str] = []
    for piece in _PIECE.finditer(phrase):
        if piece["slot"]:
            atoms.append((slots(piece["slot"], language) if slots else "") or _common(piece["slot"], language))
        elif piece["any"]:
            atoms.append("" if language in UNSPACED else _WORD)
        elif piece["group"] is not None:
            words_of_group = piece["group"].split("|")
            # In "their country (of origin|)", the blank belongs to what may be missing.
            is_trailing = "" in words_of_group and atoms[-1:] == [blank] and not any(word.endswith(" ") for word in words_of_group)
            alternatives = _trie([tuple(_pieces(word, language, slots)) for word in words_of_group if word])
            if is_trailing:
                atoms.pop()
                atoms.append(f"(?:{blank}{alternatives})?")
            else:
                atoms.append(f"(?:{alternatives})?" if "" in words_of_group else alternatives)
        else:
            atoms += [blank if character == " " else re.escape(character) for character in fold(piece["literal"]).text]
    return atoms


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
