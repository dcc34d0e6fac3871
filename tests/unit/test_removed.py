"""What was removed is found again in other spellings, in longer texts and in ids, and nothing else is."""

import json

import pytest

from record.writing.removals import Removal, Removals
from schemas.pointers import Json
from workbench.removed import Digests, is_distinctive, screening

KEY = "0f" * 32
DIGESTS = Digests(KEY)


def held(removed: str, text: str, field: str = "note") -> bool:
    """Return whether a document with this text holds words that were removed everywhere."""
    removals = Removals(KEY, tuple(Removal(one, 3, "risk") for one in DIGESTS.everywhere(removed, "cases/x:/note")))
    return bool(list(screening(removals)("cases/y", json.dumps({field: text}).encode())))


@pytest.mark.parametrize(
    "text",
    [
        "Kim Example",
        "It was KIM\u00a0 EXAMPLE, they said.",
        "by Kim-Example's friends",
        "Kim\u200b Exam\u00adple",
        "\uff2b\uff49\uff4d Example",
        "K\u0456m Ex\u0430mple",
        "Kim Example\uc740 \uc37c\ub2e4",
        "https://example.org/people/kim_example?x=1",
        "https://example.org/people/kim%20example",
        "https://example.org/people/kim%2520example",
        "Kim&nbsp;Ex&#97;mple",
        "by Kim Exam-\nple",
        "K.I.M. E x a m p l e",
        "K\u00edm Ex\u00e1mple",
        "Ki\u0301m *Exam*ple",
        "cases/kim-example",
        "sources/about-kim-example",
        "sources/kimexample",
        "@kimexample",
    ],
)
def test_other_spellings_and_longer_texts_are_found(text: str) -> None:
    """Case, blanks, punctuation, invisible characters, look-alike letters, endings, and the words written together."""
    assert held("kim example", text, "id" if text.startswith("sources/") else "note")


@pytest.mark.parametrize("text", ["Kim Exampleton", "Example Kim", "Kim", "An example", "https://example.org/kim/and/example"])
def test_other_words_are_not_found(text: str) -> None:
    """Longer words, another order, and the words apart."""
    assert not held("Kim Example", text)


def test_words_in_scripts_without_blanks_are_found_inside_a_sentence() -> None:
    """Each character is a word there."""
    assert held("\u91d1\u4f8b\u5b50", "\u6628\u5929\u91d1\u4f8b\u5b50\u8bf4")
    assert held("\uae40\uc608\uc2dc", "\uc5b4\uc81c \uae40\uc608\uc2dc\ub294 \ub9d0\ud588\ub2e4")


@pytest.mark.parametrize("value", ["KR", "officially-confirmed", "2015-10-22", "actors/a-person", 4, 2.5, True])
def test_short_and_other_values_count_only_at_their_place(value: Json) -> None:
    """A term, a number or a reference is refused in the same field of the same resource, at any position of a list."""
    (digest,) = DIGESTS.of(value, "cases/x:/parts/*/what")
    screen = screening(Removals(KEY, (Removal(digest, 3, "risk"),)))
    content = json.dumps({"parts": [{"what": "other"}, {"what": value}], "what": value}).encode()
    assert [one.pointer for one in screen("cases/x", content)] == ["/parts/1/what"]
    assert list(screen("cases/y", content)) == []
    assert list(screen("cases/x", json.dumps({"parts": [{"what": "another"}, {"what": not value}]}).encode())) == []


@pytest.mark.parametrize("text", ["Ehmet", "EHMET", "Ehmet and another"])
def test_short_text_is_found_in_its_field_in_any_language_and_under_a_new_id(text: str) -> None:
    """Also inside a longer text, but not in another field."""
    (digest,) = DIGESTS.of("Ehmet", "events/x:/name/*")
    removals = Removals(KEY, (Removal(digest, 3, "risk"),))
    for language in ("en", "ug", "zh-Hant"):
        content = json.dumps({"name": {"en": "A name", language: text}, "note": text}).encode()
        assert [one.pointer for one in screening(removals)("events/x", content)] == [f"/name/{language}"]
        assert list(screening(removals)("events/y", content)) == []
        for moves in ({"events/x": "events/y"}, {"events/y": "events/x"}, {"events/x": "events/z", "events/z": "events/y"}):
            assert [one.pointer for one in screening(removals, moves)("events/y", content)] == [f"/name/{language}"]


def test_reference_is_not_a_text() -> None:
    """It is as public as the id of its resource, which is checked there."""
    removals = Removals(KEY, tuple(Removal(one, 3, "risk") for one in DIGESTS.everywhere("Kim Example", "cases/x:/note")))
    content = json.dumps({"case": "cases/kim-example", "citations": [{"source": "sources/kim-example", "quote": "sources/kim-example"}]})
    assert [one.pointer for one in screening(removals)("events/y", content.encode())] == ["/citations/0/quote"]


def test_digest_needs_the_key_and_never_has_the_text() -> None:
    """Another key gives another digest, and no digest contains a word."""
    (ours,), (theirs,) = (list(Digests(key).everywhere("Held behind the market, they said", "cases/x:/note")) for key in (KEY, "1f" * 32))
    assert ours.digest != theirs.digest
    assert "market" not in str(ours)
    assert [is_distinctive(text) for text in ("Held at home", "Kim", "a-term-with-many-letters", "actors/somebody-somewhere-else")] == [
        True,
        False,
        False,
        False,
    ]


def test_record_without_redactions_is_not_screened() -> None:
    """Nothing is computed before the first redaction."""
    assert list(screening(Removals(None, ()))("cases/x", b"not even JSON")) == []
