"""The message of a release: it is public, so it must be a text like any other in the record."""

from pydantic import TypeAdapter, ValidationError

from schemas.v1.text import Line

_LINE: TypeAdapter[str] = TypeAdapter(Line)


class UnfitMessage(Exception):
    """A message that can't be published; `problems` says why, each in a few words."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems."""
        super().__init__(f"the message can't be published: {'; '.join(problems)}")
        self.problems = problems


def checked_message(message: str) -> str:
    """Return a message as it is published: normalised, without blanks around it. Raises UnfitMessage."""
    try:
        message.encode()
    except UnicodeEncodeError as bad:
        raise UnfitMessage(["it is not valid UTF-8"]) from bad
    if not message.strip():
        raise UnfitMessage(["it is blank"])
    try:
        return _LINE.validate_python(message, strict=True)
    except ValidationError as invalid:
        raise UnfitMessage(
            [_problem(error["type"], error["msg"], len(message)) for error in invalid.errors(include_url=False)]
        ) from invalid


def _problem(kind: str, text: str, length: int) -> str:
    return f"it has {length:,} characters, and at most 500 are allowed" if kind == "string_too_long" else text
