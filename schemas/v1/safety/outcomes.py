"""The scan for prose that states what finally became of people: returned to the state of origin, released, resettled, executed.

While the outcome of a case is unknown, its texts leave it open. A sentence does so if it is about fears, plans, conditions, the future or
people in general, if it denies, or if it names who says so. A transfer to another state is not an outcome.
"""

import re
from collections.abc import Iterator
from functools import cache

from schemas.v1.safety import phrases
from schemas.v1.safety.characterisations import names_a_speaker
from schemas.v1.safety.folding import fold
from schemas.v1.safety.found import Found
from schemas.v1.safety.phrases import Phrases
from schemas.v1.safety.sentences import clause, sentences


def stated_outcomes(text: str) -> Iterator[Found]:
    """Yield where a text states as a fact what finally became of the people."""
    folded = fold(text)
    if not _outcomes().occur_in(folded.text):
        return
    for start, end in sentences(folded, text):
        sentence = folded.text[start:end]
        if names_a_speaker(sentence) or _other_people().occur_in(sentence):
            continue
        last = 0
        for match in _outcomes().found_in(sentence):
            if match.start() < last:
                continue
            around = clause(sentence, 0, len(sentence), match.start())
            if _left_open().occur_in(around) or _things().occur_in(around) or _is_general(sentence[: match.start()]):
                continue
            last = match.end()
            yield phrases.found("what became of the people", folded, start + match.start(), start + last)


@cache
def _outcomes() -> Phrases:
    return phrases.phrases("outcomes", _slots)


@cache
def _left_open() -> Phrases:
    return phrases.phrases("left_open", _slots)


@cache
def _things() -> Phrases:
    return phrases.phrases("things", _slots)


@cache
def _other_people() -> Phrases:
    return phrases.phrases("other_people", _slots)


_GROUP = "nine|group|people|refugees|defectors|detainees|north koreans|whole group"
_THEY = rf"(?:they|all|everyone|he|she|all nine|all of them|the nine people|the (?:{_GROUP}))"
_THEM = rf"(?:them|him|her|everyone|all(?: of them| nine| the nine)?|th(?:e|ese|ose) (?:{_GROUP})|the nine [\w-]+(?: [\w-]+)?)"
_SLOTS = {
    "they": _THEY,
    "them": _THEM,
    # A transfer between two other states: "sent back to China by Viet Nam".
    "elsewhere": r"(?! (?:from there |by [\w ]{1,20} )(?:in|on|over )?to (?!home|pyongyang|(?:the )?(?:dprk|north))| to [\w ]{1,24} by )",
    "until": r"[^;!?\n]{0,40}?",
}


# A subject that is not the group: people in general, or others.
_GENERAL = re.compile(
    r"(?<!the )(?<!nine )(?<!these )(?:people|those|persons|returnees|refugees|migrants|north koreans|uyghurs|defectors|others|thousands"
    r"|hundreds)(?: [\w-]+){0,4} $"
)


def _is_general(before: str) -> bool:
    return _GENERAL.search(before) is not None


def _slots(name: str, language: str) -> str:
    if name == "home":
        return phrases.alternatives("homes", language)
    return _SLOTS.get(name, "")
