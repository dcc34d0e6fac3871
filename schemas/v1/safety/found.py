"""What a scan of a text finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a text that may not be published.

    `what` names it in a few words, with an article: "a telephone number". The part is `text[start:end]` of the text that was scanned,
    as it was given.
    """

    what: str
    start: int
    end: int
