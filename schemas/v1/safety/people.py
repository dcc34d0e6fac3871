"""The scan for what singles out members of a small group: figures below the total, ages, kinship, occupations, health and origin.

A group of fewer than 20 people is described as a whole. Children are recorded only by the field `includes_children`. The scan works with
phrases in words.toml. Numbers and words that describe officials, institutions or the press are not about members, and are accepted.
"""

import re
from collections.abc import Iterator
from functools import cache

from schemas.v1.safety import phrases
from schemas.v1.safety.folding import fold
from schemas.v1.safety.found import Found
from schemas.v1.safety.phrases import Match, Phrases
from schemas.v1.safety.wordlists import languages

SMALL_GROUP = 20  # members; a group with fewer is described by its total only


def member_details(text: str, size: int | None) -> Iterator[Found]:
    """Yield what would single out members of a group in a text about it.

    `size` is the size of the smallest group that the text is about, and None if it is not known. A number of people is found if it is
    below `size`, or below 20 if that is unknown. Of a group of 20 or more, numbers, shares and times of life may be given.
    """
    folded = fold(text)
    masked = _harmless().blotted(folded.text)
    taken: list[tuple[int, int]] = []
    for what, expression in _details().items():
        if what in _OF_SMALL_GROUPS and size is not None and size >= SMALL_GROUP:
            continue
        for match in expression.found_in(masked):
            if any(start <= match.start() < end for start, end in taken):
                continue
            if what in _COUNTED and _is_official(masked, match):
                continue
            if what == _FIGURE and not _is_part(masked, match, size or SMALL_GROUP):
                continue
            taken.append(match.span())
            yield phrases.found(what, folded, *match.span())


_FIGURE = "a number of people below the group's total"
_LIFE = "a child, or another time of life, in the group"
_SHARE = "a share of the group"
_OF_SMALL_GROUPS = frozenset({_FIGURE, _SHARE, _LIFE})
# What may be said of officials: "five women judges".
_COUNTED = frozenset({_FIGURE, _LIFE})


@cache
def _details() -> dict[str, Phrases]:
    return {
        _FIGURE: phrases.phrases("figures", _slots),
        _SHARE: phrases.phrases("shares", _slots),
        "the age of a member": phrases.phrases("ages", _slots),
        "kinship between members": phrases.phrases("relations", _slots),
        _LIFE: phrases.phrases("lives", _slots),
        "the occupation or rank of a member": phrases.phrases("occupations", _slots),
        "the health or origin of a member": phrases.phrases("conditions", _slots),
    }


@cache
def _harmless() -> Phrases:
    return phrases.phrases("harmless_people", _slots)


def _slots(name: str, language: str) -> str:
    if name == "people":
        return phrases.alternatives("people", language) + ("" if language in _UNBOUND else r"(?!\w|'s)")
    if name == "n2":
        return (
            rf"(?:{phrases.number_words(language)}|\d{{1,2}})(?= (?:were|was|are|had|have|who|whose|from|left|said)(?!\w)|{phrases.STOP})"
        )
    if name == "age":
        return _age(language)
    if name in _SLOTS:
        return _SLOTS[name]
    if name == "gap":
        return rf"(?:(?!(?:{_BREAKS})(?!\w))[^\W\d][\w-]*[ ,]{{1,2}}){{0,3}}?"
    return ""


# Of "any child", not of "any child in the group". A body whose members are no members of the group. Words that say which children a text is
# about. What may stand between "general comment" and "on children".
_SLOTS = {
    "outside": r"(?!\w)(?!,? (?:in|of|from|among|amongst|within) (?:the|this|their) (?:group|nine|detainees|party))",
    "bodies": (
        "(?:committee|council|court|commission|tribunal|board|panel|bench|parliament|assembly|senate|cabinet|government|delegation"
        r"|subcommittee|congress|secretariat|jury|comité|conseil|cour|commission|tribunal|consejo|corte|comisión)(?!\w)"
    ),
    "kinds": (
        "(?:unaccompanied |separated |refugee |migrant |stateless |disabled |displaced |street |asylum-seeking |all |missing |and |or"
        " |rural |indigenous |detained |trafficked ){0,4}"
    ),
    "until": r"[^;!?\n]{0,40}?",
    "breakable": " ?",
}
_UNBOUND = phrases.UNSPACED | {"ko"}
# Words that end the words between a number and the people that it counts.
_BREAKS = "|".join(
    (
        *(
            "of",
            "the",
            "on",
            "in",
            "to",
            "that",
            "which",
            "who",
            "whom",
            "and",
            "or",
            "for",
            "by",
            "with",
            "as",
            "is",
            "are",
            "was",
            "were",
        ),
        *(
            "has",
            "have",
            "had",
            "says?",
            "said",
            "protects?",
            "covers?",
            "from",
            "at",
            "than",
            "into",
            "about",
            "against",
            "between",
            "per",
        ),
        *("percent", "million", "thousand", "hundred", "billion", "years?", "days?", "months?", "weeks?", "hours?", "minutes?", "pages?"),
        *("states?", "articles?", "times", "languages?", "reports?", "forbids?", "prohibits?", "bans?", "allows?", "lets?", "requires?"),
        *("gives?", "obliges?", "binds?", "applies", "concerns?", "deals?", "provides?", "guarantees?", "january", "february", "march"),
        *("april", "may", "june", "july", "august", "september", "october", "november", "december", "km", "metres", "miles", "dollars"),
        *("a", "an", "its", "their", "his", "her", "no", "not", "when", "where", "while", "if", "but", "did", "does", "do", "can", "will"),
        *("shall", "must", "should", "would", "could", "might", "said", "told", "reported", "grants?", "defines?"),
    )
)


@cache
def _age(language: str) -> str:
    units = phrases.number_words(language)
    between = "" if language in _UNBOUND else r"[ -](?:and |et |y |و ?)?"
    words = rf"(?:{phrases.alternatives('tens', language)})(?:{between}(?:{units}))?|(?:{units})"
    return rf"(?:(?<![\d.,/])\d{{1,3}}(?:[.,]5)?(?!\d|[.,/]\d)|{words})"


# What is numbered and not counted: "Article 3", "paragraphs 42 and 45", "No. 7".
_NUMBERED = re.compile(
    r"(?<!\w)(?:wars?|articles?|art\.?|paragraphs?|paras?\.?|sections?|rules?|chapters?|annex(?:es)?|parts?|protocols?|nos?\.?|numbers?|resolutions?"
    r"|pages?|pp?\.|volumes?|vol\.|phases?|days?|versions?|items?|tables?|figures?|steps?|categor(?:y|ies)|forms?|principles?|findings?"
    r"|recommendations?|cases?|guidelines?|comments?|observations?|notes?|art[ií]culos?|articles|p[aá]rrafos?|paragraphes?|pasal|ayat|điều"
    r"|khoản|madde|المادة|cтat\w+|п|п\.|§|january|february|march|april|may|june|july|august|september|october|november|december)"
    r"[ .]{0,2}(?:\d+(?:\(\w+\))*[ ,]*(?:and |to |or |- ?|et |y |и |dan |ve |và )?)*$"
)
# Institutions: their members are counted freely, also when the institution is named earlier in the sentence.
_INSTITUTION = re.compile(
    r"(?<!\w)(?:council|committee|commission|court|parliament|assembly|government|cabinet|congress|senate|board|tribunal|task force|panel"
    r"|working group|delegation|staff|press|party|union|nations|body|bodies|bench|chamber|secretariat|mission|organi[sz]ation|association"
    r"|conseil|comit[eé]|cour|consejo|corte|parlement\w*|gobierno|gouvernement|hội đồng|ủy ban|quốc hội)(?!\w)"
)
_MEMBERS = re.compile(r"(?:members?|membres?|miembros?|thành viên)$")


def _is_part(text: str, match: Match, total: int) -> bool:
    number = phrases.number_in(match)
    if number is None:
        return True
    if number >= total or number == 0:
        return False
    if _NUMBERED.search(text[max(0, match.start() - 60) : match.start()]):
        return False
    near = text[max(0, match.start() - 60) : match.end() + 60]
    return not (_MEMBERS.search(match[0]) and _INSTITUTION.search(near))


@cache
def _officials() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    spaced = "|".join(phrases.alternatives("officials", language) for language in sorted(languages() - _UNBOUND))
    unbound = "|".join(phrases.alternatives("officials", language) for language in sorted(languages() & _UNBOUND))
    after = re.compile(rf"(?:'s?)?[ -](?:[^\W\d][\w-]* )?(?:{spaced})|(?:들|의)? ?[^\s,.]{{0,5}}?(?:{unbound})")
    before = re.compile(rf"(?:(?<!\w)(?:{spaced})[ -]|(?:{unbound})[^\s,.]{{0,6}} ?)$")
    inside = re.compile(rf"(?<!\w)(?:{spaced})|(?:{unbound})")
    return after, before, inside


def _is_official(text: str, match: Match) -> bool:
    after, before, inside = _officials()
    if inside.search(match[0]) or after.match(text, match.end()):
        return True
    return before.search(text[max(0, match.start() - 24) : match.start()]) is not None
