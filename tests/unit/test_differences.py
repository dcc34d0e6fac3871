"""What differs between two versions of a resource: by member, by list item and by word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.pointers import Json
from workbench.differences import ABSENT, How, Value, differences
from workbench.wording import Part, compared, shortened

DATE: dict[str, Json] = {"field": "/date", "value": {"edtf": "2015-10"}, "citations": [{"source": "sources/a"}]}
PLACE: dict[str, Json] = {"field": "/place", "value": "x", "citations": [{"source": "sources/b"}]}
A, B, C = {"source": "sources/a"}, {"source": "sources/b"}, {"source": "sources/c"}
TEXT = "They were held at a station of the police."


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([A, B], [C, A, B], [("/0", How.ADDED, ABSENT, C)]),
        ([A, B, C], [A, C], [("/1", How.REMOVED, B, ABSENT)]),
        ([A, B], [{**B, "quote": "x"}, A], [("/0/quote", How.ADDED, ABSENT, "x"), ("", How.REORDERED, [0, 1], [1, 0])]),
        ([DATE], [PLACE, {**DATE, "note": "y"}], [("/0", How.ADDED, ABSENT, PLACE), ("/1/note", How.ADDED, ABSENT, "y")]),
        ([A, A], [A], [("/1", How.REMOVED, A, ABSENT)]),
        (
            ["actors/a", "actors/b"],
            ["actors/c", "actors/b"],
            [("/0", How.ADDED, ABSENT, "actors/c"), ("/0", How.REMOVED, "actors/a", ABSENT)],
        ),
        ([TEXT], ["No.", f"{TEXT} Then not."], [("/0", How.ADDED, ABSENT, "No."), ("/1", How.CHANGED, TEXT, f"{TEXT} Then not.")]),
        ([A], None, [("", How.CHANGED, [A], None)]),
        ({"a": None}, {}, [("/a", How.REMOVED, None, ABSENT)]),
        ({"a/b": 1}, {"a/b": True}, [("/a~1b", How.CHANGED, 1, True)]),
    ],
)
def test_a_list_differs_by_items(old: Json, new: Json, expected: list[tuple[str, How, Value, Value]]) -> None:
    """Items are matched by what they hold and what they are about. An added item moves no other one."""
    assert [(one.field, one.how, one.old, one.new) for one in differences(old, new)] == expected


WORDS = st.lists(st.sampled_from(["a", "b ", " c", "北京", "ก", "e\u0301", "\n", ". ", "Xyz"]), max_size=30).map("".join)


@given(WORDS, WORDS)
def test_the_pieces_of_two_texts_make_up_both(old: str, new: str) -> None:
    """Nothing is lost or invented, and what a listing leaves out was in both."""
    pieces = compared(old, new)
    for some in (pieces, list(shortened(pieces))):
        assert "".join(piece.text for piece in some if piece.part is not Part.ADDED) == old
        assert "".join(piece.text for piece in some if piece.part is not Part.REMOVED) == new


def test_an_added_sentence_is_all_that_differs() -> None:
    """Also in a script without blanks."""
    for text, more in ((TEXT, " Then they left."), ("九人被拘留。", "后来离开。")):
        assert [(piece.part, piece.text) for piece in compared(text, text + more)] == [(Part.KEPT, text), (Part.ADDED, more)]


def test_only_whole_words_far_from_a_change_are_left_out() -> None:
    """Some words around each change stay."""
    text = " ".join(f"word{number}" for number in range(100))
    pieces = list(shortened(compared(text, text.replace("word50", "term"))))
    assert [piece.part for piece in pieces] == [Part.LEFT_OUT, Part.KEPT, Part.REMOVED, Part.ADDED, Part.KEPT, Part.LEFT_OUT]
    assert pieces[1].text.startswith(" word4")
    assert pieces[1].text.endswith("word49")
