"""A redaction that is planned and shown, and waits to be carried out."""

from collections.abc import Callable
from dataclasses import dataclass

from record.writing.notes import Redaction


@dataclass(frozen=True, slots=True)
class Prepared:
    """A planned redaction: what to carry out, and what it does in a few words.

    `on_noted` is called as soon as it is certain that the redaction will be completed.
    """

    redaction: Redaction
    summary: str
    on_noted: Callable[[], None] = lambda: None
