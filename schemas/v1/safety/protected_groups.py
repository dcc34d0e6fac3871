"""Rule 1: what a text or a field may say of the members of a protected group."""

import re
import unicodedata
from collections.abc import Iterator

from schemas.pointers import Json
from schemas.v1.actor import Actor, ActorKind
from schemas.v1.case import Case
from schemas.v1.event import Event
from schemas.v1.marks import Kind
from schemas.v1.rules import Breach, Rule
from schemas.v1.safety import finding, people, wordlists
from schemas.v1.safety.checked import Checked, cases_of
from schemas.v1.safety.people import SMALL_GROUP
from schemas.v1.safety.texts import Text

_RULE = Rule.PROTECTED_GROUP_DETAIL
# The scripts of the languages that the word lists have, by the first word of the Unicode names of their letters.
_SCRIPTS = frozenset(
    {"LATIN", "HANGUL", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "THAI", "LAO", "KHMER", "MYANMAR", "CYRILLIC"}
    | {"ARABIC", "FULLWIDTH", "HALFWIDTH", "MODIFIER", "FEMININE", "MASCULINE", "MICRO", "GREEK"}
)


def member_details(checked: Checked) -> Iterator[Breach]:
    """Rule 1, of texts: a group with fewer than 20 members is described by its total only, in all texts of its case."""
    is_group = isinstance(checked.resource, Actor) and checked.resource.kind is ActorKind.PROTECTED_GROUP
    if not (checked.cases.has_small_group or is_group):
        return
    for text in checked.texts:
        yield from finding.breaches(
            _RULE,
            text,
            lambda words: people.member_details(words, checked.cases.smallest),
            "says {what}; a text may say nothing about the members of a protected group but their total",
        )


def unscanned_languages(checked: Checked) -> Iterator[Breach]:
    """Rules 1 and 9: a text in a language without word lists can't be scanned, so it is refused in a text about a protected group."""
    for text in checked.texts:
        if text.kind is Kind.PROSE and (language := _unknown_language(text)):
            about = checked.cases.groups
            yield Breach(
                _RULE if about else Rule.PERSONAL_DATA,
                text.at,
                f"{language} has no word lists in schemas/v1/safety/words.toml, so the text can't be scanned; "
                + ("a text about a protected group must be" if about else "read it with care"),
                warning=not about,
                passage=text.text if about else "",
            )


def smaller_groups(checked: Checked) -> Iterator[Breach]:
    """Rule 1, of numbers and groups: in the case of a group with fewer than 20 members, nothing counts fewer than all of them."""
    resource = checked.resource
    if isinstance(resource, Event):
        total = _total(checked, [resource.case])
        for index, affected in enumerate(resource.affected):
            size = _size(checked.others.resource(affected.actor))
            of = min((known for known in (total, size) if known is not None), default=None) if affected.number is not None else total
            if affected.number is not None and of is not None and of < SMALL_GROUP and affected.number < of:
                yield Breach(_RULE, f"/affected/{index}/number", _below(of))
            elif total is not None and total < SMALL_GROUP and size is not None and size < total:
                yield Breach(_RULE, f"/affected/{index}/actor", _smaller(total))
    elif isinstance(resource, Case):
        total = _total(checked, [checked.path])
        named = [(f"/outcomes/{index}/actor", part.actor) for index, part in enumerate(resource.outcomes)]
        named += [(f"/actors/{index}/actor", part.actor) for index, part in enumerate(resource.actors)]
        for at, actor in named:
            size = _size(checked.others.resource(actor)) if actor else None
            if total is not None and total < SMALL_GROUP and size is not None and size < total:
                yield Breach(_RULE, at, _smaller(total))
    elif isinstance(resource, Actor) and resource.kind is ActorKind.PROTECTED_GROUP and resource.size is not None:
        total = _total(checked, sorted(cases_of(checked.path, checked.content, checked.others)))
        if total is not None and total < SMALL_GROUP and resource.size < total:
            yield Breach(_RULE, "/size", _smaller(total))


def fields_of_a_group(checked: Checked) -> Iterator[Breach]:
    """Rule 1, of fields: a protected group has no field that could identify its members."""
    actor = checked.resource
    if not isinstance(actor, Actor) or actor.kind is not ActorKind.PROTECTED_GROUP:
        return
    for name in ("country", "parent"):
        if getattr(actor, name) is not None:
            yield Breach(_RULE, f"/{name}", f"a protected group can't have {name}: it could identify the members")
    for name in ("memberships", "identifiers", "same_as"):
        if getattr(actor, name):
            yield Breach(_RULE, f"/{name}", f"a protected group can't have {name}: they could identify the members")


def _total(checked: Checked, cases: list[str]) -> int | None:
    """Return the size of the smallest group that is the protected group of one of these cases; None if none of the sizes is known."""
    found = [checked.content if case == checked.path else checked.others.resource(case) for case in cases]
    groups = [case.get("protected_group") for case in found if isinstance(case, dict)]
    sizes = [
        _size(checked.content if group == checked.path else checked.others.resource(group)) for group in groups if isinstance(group, str)
    ]
    return min((size for size in sizes if size is not None), default=None)


def _size(actor: Json) -> int | None:
    size = actor.get("size") if isinstance(actor, dict) and actor.get("kind") == ActorKind.PROTECTED_GROUP else None
    return size if isinstance(size, int) else None


def _below(total: int) -> str:
    return f"gives a number below the group's total of {total}, which would single out members of a small group"


def _smaller(total: int) -> str:
    return f"the group is smaller than the case's group of {total}, which would single out members of a small group"


def _unknown_language(text: Text) -> str | None:
    """Return what can't be scanned in a text: its language or, under any tag, its script; None if both are known."""
    tag = text.language.partition("-")[0] if text.language else None
    if tag and tag not in wordlists.languages():
        return f"the language {text.language!r}"
    return unscanned_script(text.text)


def unscanned_script(text: str) -> str | None:
    """Return the first script in a text that no word list has, such as "the Hebrew script"; None if all are known."""
    if text.isascii():
        return None
    for letter in text:
        if letter.isalpha() and not letter.isascii():
            script = re.split(r"[ -]", unicodedata.name(letter, "UNKNOWN"))[0]
            if script not in _SCRIPTS:
                return f"the {script.title()} script"
    return None
