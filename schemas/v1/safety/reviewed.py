"""Findings that a reviewer judged harmless. They stand in the resource's file, next to the text, and are not published."""

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, ValidationError

from schemas.pointers import Json, NoSuchPlace, get, join
from schemas.v1.claims import POINTER
from schemas.v1.rules import Breach, Rule
from schemas.v1.shape import Shape
from schemas.v1.text import Line, Prose

ENTRIES = "reviewed"  # the field of a file that lists them

# Rules 2, 3 and 8 take no exception, and neither does a finding that is not about words.
Reviewable = Literal[
    "protected-group-detail", "outcome-unattributed", "characterisation-unattributed", "quotation-too-long", "personal-data"
]


class Reviewed(Shape):
    """A finding that a reviewer judged harmless."""

    rule: Reviewable = Field(description="The code of the rule.", examples=["personal-data"])
    field: str = Field(pattern=POINTER, description="JSON Pointer to the text, or /id.", examples=["/summary/en"])
    text: Prose = Field(description="The sentence that was judged, or the whole text.", examples=["A budget of 0123 456 789 dong."])
    reason: Prose = Field(description="Why it is harmless.", examples=["An amount of money."])
    role: Line = Field(description="The role that judged it; never a person's name.", examples=["editor, Asia"])
    on: datetime.date = Field(description="The day on which it was judged.", examples=["2026-11-27"])


def read(written: Json) -> tuple[tuple[Reviewed, ...], list[Breach]]:
    """Return the entries that a file has, and the breaches of their shape. An entry about a rule without exceptions is a breach."""
    if not isinstance(written, list):
        return (), [Breach(Rule.REVIEWED, f"/{ENTRIES}", "must be a list of entries")]
    entries: list[Reviewed] = []
    breaches: list[Breach] = []
    for index, one in enumerate(written):
        try:
            entries.append(Reviewed.model_validate_json(json.dumps(one)))
        except ValidationError as invalid:
            breaches += [_breach_of(index, error) for error in invalid.errors(include_url=False)]
    return tuple(entries), breaches


def unreviewed(content: Json, breaches: Sequence[Breach], entries: Sequence[Reviewed], today: datetime.date) -> Iterator[Breach]:
    """Yield the breaches that no entry silences, and a breach for each entry that silences none.

    An entry counts only for its rule and its field, and only while the field still has its text with the finding in it.
    """
    used: set[int] = set()
    for breach in breaches:
        matching = {index for index, entry in enumerate(entries) if entry.on <= today and _silences(entry, breach, content)}
        used |= matching
        if not matching:
            yield breach
    for index, entry in enumerate(entries):
        if entry.on > today:
            yield Breach(Rule.REVIEWED, f"/{ENTRIES}/{index}/on", "is in the future")
        elif index not in used:
            yield Breach(
                Rule.REVIEWED,
                f"/{ENTRIES}/{index}",
                f"silences nothing: {entry.field} has no such finding with this text; remove the entry, or review the text again",
                warning=True,
            )


def _silences(entry: Reviewed, breach: Breach, content: Json) -> bool:
    if not breach.passage or breach.warning or (entry.rule, entry.field) != (breach.rule, breach.field):
        return False
    text = _plain(entry.text)
    return _plain(breach.passage) in text and text in _plain(_text_at(content, entry.field))


def _text_at(content: Json, field: str) -> str:
    try:
        return str(get(content, field))
    except NoSuchPlace:
        return ""


def _plain(text: str) -> str:
    """Return a text with single blanks, so that the way in which YAML folds lines makes no difference."""
    return " ".join(text.split())


def _breach_of(index: int, error: Mapping[str, Any]) -> Breach:
    at, kind = f"/{ENTRIES}/{index}{join(error['loc'])}", error["type"]
    name = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "extra_forbidden":
        return Breach(Rule.REVIEWED, at, f"there is no field {name!r} in an entry; it has rule, field, text, reason, role and on")
    if kind == "missing":
        return Breach(Rule.REVIEWED, at, f"the field {name!r} is missing; an entry has rule, field, text, reason, role and on")
    if name == "rule":
        return Breach(
            Rule.REVIEWED,
            at,
            f"is {error.get('input')!r}, which takes no exception; a finding of these rules can be reviewed: "
            "protected-group-detail, outcome-unattributed, characterisation-unattributed, quotation-too-long, personal-data",
        )
    return Breach(Rule.REVIEWED, at, str(error["msg"]))
