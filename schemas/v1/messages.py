"""The message of a release: it is public, so it must be a text like any other in the record, and about the record rather than about people.

A message has no citations and belongs to no case. So it may say nothing that would need them: it is held to the rules of an open case and
of a small group.
"""

import datetime
from collections.abc import Iterable, Iterator

from pydantic import TypeAdapter, ValidationError

from schemas.v1.safety.characterisations import unattributed_characterisations
from schemas.v1.safety.days import recent_days
from schemas.v1.safety.found import Found
from schemas.v1.safety.outcomes import stated_outcomes
from schemas.v1.safety.people import member_details
from schemas.v1.safety.personal_data import personal_data
from schemas.v1.safety.protected_groups import unscanned_script
from schemas.v1.safety.whereabouts import whereabouts
from schemas.v1.text import Line

LONGEST = 500  # characters
_LINE: TypeAdapter[str] = TypeAdapter(Line)


class UnfitMessage(Exception):
    """A message that can't be published. The text says why, in one line."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Name the problems, each in a few words."""
        super().__init__(f"the message can't be published: {'; '.join(dict.fromkeys(problems))}")


def checked_message(message: str, today: datetime.date) -> str:
    """Return a message as it is published: normalised, without blanks around it. Raises UnfitMessage."""
    try:
        message.encode()
    except UnicodeEncodeError as bad:
        raise UnfitMessage(["it is not valid UTF-8"]) from bad
    if not message.strip():
        raise UnfitMessage(["it is blank"])
    try:
        line = _LINE.validate_python(message, strict=True)
    except ValidationError as invalid:
        raise UnfitMessage(_problem(error["type"], error["msg"], len(message)) for error in invalid.errors(include_url=False)) from invalid
    if script := unscanned_script(line):
        raise UnfitMessage([f"{script} has no word lists, so it can't be scanned"])
    _refuse(line, _found(line, today))
    return line


def check_for_members(message: str, size: int | None) -> None:
    """Raise UnfitMessage for what would single out members of a small group; `size` is that of the largest, None if it is not known."""
    _refuse(message, member_details(message, size))


def _found(line: str, today: datetime.date) -> Iterator[Found]:
    for scan in (personal_data, whereabouts, unattributed_characterisations, stated_outcomes):
        yield from scan(line)
    yield from (day for day in recent_days(line, today) if not _is_of_the_release(line, day))


def _is_of_the_release(line: str, day: Found) -> bool:
    """Return whether a day is only that of a release: the message begins with "Release of", and the day ends the statement."""
    return line[: day.start].casefold() == "release of " and line[day.end : day.end + 1] in ("", ".", ":", ",")


def _refuse(line: str, found: Iterable[Found]) -> None:
    problems = [f"{line[one.start : one.end]!r} seems to be {one.what}" for one in found]
    if problems:
        raise UnfitMessage(problems)


def _problem(kind: str, text: str, length: int) -> str:
    return f"it has {length:,} characters, and at most {LONGEST} are allowed" if kind == "string_too_long" else text
