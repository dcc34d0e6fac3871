"""The message of a release."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.v1.messages import UnfitMessage, check_for_members, checked_message
from tests.conftest import START
from workbench.serving.embedded import MESSAGE

TODAY = START.date()


@pytest.mark.parametrize(
    "message",
    [MESSAGE, "Add the statements of A/HRC/25/63, paragraphs 42 to 45", "2건의 성명을 추가", "Release of 2026-11-27: two sources"],
)
def test_what_says_what_changed_is_published(message: str) -> None:
    """Blanks around it are removed, and it is in NFC."""
    assert checked_message(f"  {message} ", TODAY) == message


@given(st.text("0123456789abcdef", min_size=7, max_size=7))
def test_message_of_the_publishing_workflow_is_always_published(commit: str) -> None:
    """Whatever the commit: no short id looks like personal data."""
    assert checked_message(f"From commit {commit}", TODAY)


@pytest.mark.parametrize("message", ["", "\u00a0", "a\nb", "a\u2066b", "a\0", "x" * 501, "\ud800", "הוספה"])
def test_what_is_no_line_of_text_is_refused(message: str) -> None:
    """The reason is named."""
    with pytest.raises(UnfitMessage, match=r"^the message can't be published: .+"):
        checked_message(message, TODAY)


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ("Add that they are held in cell 4", "cell 4"),
        ("Held at 21.5381, 107.9681", "21.5381, 107.9681"),
        ("They were moved on 20 November 2026", "20 November 2026"),
        ("Thanks to somebody@example.org", "somebody@example.org"),
        ("Tel. 010 1234 5678", "010 1234 5678"),
        ("They were illegally returned", "illegally returned"),
        ("All of them were executed", "were executed"),
    ],
)
def test_what_says_something_about_people_is_refused(message: str, what: str) -> None:
    """By the rules of an open case: a message belongs to no case, and cites nothing."""
    with pytest.raises(UnfitMessage, match=f"{what}.* seems to be "):
        checked_message(message, TODAY)


@pytest.mark.parametrize(("message", "size"), [("Add a pregnant woman", 9), ("Add three women", 9), ("Add nine people", None)])
def test_members_of_a_small_group_are_not_described(message: str, size: int | None) -> None:
    """A message may give the size of the largest group, if it is known, and no smaller number."""
    with pytest.raises(UnfitMessage):
        check_for_members(message, size)
    check_for_members("Add the case of nine people in Viet Nam", 9)
