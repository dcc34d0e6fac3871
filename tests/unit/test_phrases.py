"""Words to redact are found in other spellings, in the place where the original text has them."""

import pytest

from workbench.phrases import Phrase, without


@pytest.mark.parametrize(
    "said",
    [
        "Kim Example",
        "KIM  EXAMPLE",
        "Kim Exam-\nple",
        "K.I.M. E x a m p l e",
        "K\u00edm Ex\u00e1mple",
        "Ki\u0301m *Exam*ple",
        "@kimexample",
    ],
)
def test_other_spellings_are_taken_out_and_nothing_around_them(said: str) -> None:
    """With accents, hyphens, dots or blanks inside a word as well, which a publish would refuse."""
    assert without(f"So {said}, it is said.", [Phrase("kim example")]).replace("@", "") == "So [redacted], it is said."


@pytest.mark.parametrize(("words", "said"), [("Kim Example", "Kim Exampleton"), ("Kim Example", "Joakim example"), ("Al B", "Alb")])
def test_longer_and_short_words_are_left(words: str, said: str) -> None:
    """Other words that contain them, and a short text that is written together."""
    assert without(said, [Phrase(words)]) == said
