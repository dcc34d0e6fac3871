"""The message of a release."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.v1.messages import UnfitMessage, checked_message
from workbench.serving.embedded import MESSAGE


@pytest.mark.parametrize("message", [MESSAGE, "Add the statements of A/HRC/25/63, paragraphs 42 to 45", "2건의 성명을 추가"])
def test_what_says_what_changed_is_published(message: str) -> None:
    """Blanks around it are removed, and it is in NFC."""
    assert checked_message(f"  {message} ") == message


@given(st.text("0123456789abcdef", min_size=7, max_size=7))
def test_message_of_the_publishing_workflow_is_always_published(commit: str) -> None:
    """Whatever the commit: no short id looks like personal data."""
    assert checked_message(f"From commit {commit}")


@pytest.mark.parametrize("message", ["", "\u00a0", "a\nb", "a\u2066b", "a\0", "x" * 501, "\ud800"])
def test_what_is_no_line_of_text_is_refused(message: str) -> None:
    """The reason is named."""
    with pytest.raises(UnfitMessage, match=r"^the message can't be published: .+"):
        checked_message(message)
