"""A review as Markdown, for a comment on a pull request.

Everything that comes from the source or the record stands in fenced code blocks, whose fences are longer than any row of backticks in
them. So no text can end its block, mention somebody or link anywhere.
"""

import re
from collections.abc import Iterable

from workbench.reviewing.lines import PART_LEFT_OUT, Line, Section, commit_of, is_shortened, sections
from workbench.reviewing.review import Review
from workbench.seedfiles import Problem
from workbench.terminal import counted, visible

MOST = 65_000  # UTF-16 units; GitHub accepts 65,536 characters in a comment, and a workflow may add a line
_RESERVED = 200  # for the line that says how much is missing
_DIFF = {"~": "!", ">": "!"}  # what colours a line in a block of the language `diff`


def markdown_of(review: Review, most: int = MOST) -> str:
    """Return a review as Markdown of about `most` UTF-16 units at most. If it is longer, a line at its end says how much is missing."""
    text = f"## Plan: {review.summary}"
    for title, texts in (("Refused:", review.prevents), ("Warnings:", review.warnings), ("Source:", _origin(review))):
        if texts:
            text += f"\n\n{title}\n\n{_block(map(visible, texts))}"
    found = sections(review)
    if is_shortened(found):
        text += f"\n\n{PART_LEFT_OUT}"
    missing = 0
    for name, entries in _parts(review, found):
        fitting: list[str] = []
        for entry in entries:
            if missing or _size(f"{text}\n\n### {name}\n\n{_block([*fitting, entry])}") > most - _RESERVED:
                missing += 1
            else:
                fitting.append(entry)
        if fitting:
            text += f"\n\n### {name}\n\n{_block(fitting)}"
    if missing:
        text += f"\n\n{counted(missing, 'more change')} did not fit into this comment. `article33 plan` shows everything."
    return text + "\n"


def _origin(review: Review) -> list[str]:
    rows = [review.why] if review.why else []
    if review.checkout:
        rows.insert(0, f"commit {commit_of(review.checkout.commit, modified=review.checkout.modified)}")
    if review.base is not None and not review.undone:
        rows.append(f"Nothing that was published after release {review.base} would be undone.")
    return rows


def _parts(review: Review, found: Iterable[Section]) -> list[tuple[str, list[str]]]:
    """Return the parts of a review with their entries."""
    problems = [_problem(one) for one in review.problems]
    back = [f"- {one.file}:{one.line}: {one.place}: release {one.release} redacted this ({one.reason})" for one in review.put_back]
    parts = [("Problems", problems), ("Would put back what was redacted", [visible(row) for row in back])]
    parts += [(section.name, ["\n".join(map(_row, entry)) for entry in section.entries]) for section in found]
    return [(name, entries) for name, entries in parts if entries]


def _block(entries: Iterable[str]) -> str:
    """Return a fenced block. Its fence is longer than any row of backticks in it."""
    text = "\n".join(entries)
    fence = "`" * max(3, 1 + max((len(row) for row in re.findall("`+", text)), default=0))
    return f"{fence}diff\n{text}\n{fence}"


def _row(line: Line) -> str:
    return f"{_DIFF.get(line.mark, line.mark)} {'    ' * line.depth}{line.text}"


def _problem(one: Problem) -> str:
    word = "warning: " if one.warning else ""
    return visible(f"- {one.file}:{one.line}: {one.field} [{one.rule}] {word}{one.message}")


def _size(text: str) -> int:
    """Return the length as JavaScript counts it: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
