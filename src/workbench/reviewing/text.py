"""Shows a review on the terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from workbench.reviewing.lines import PART_LEFT_OUT, UNDONE, Line, Section, commit_of, is_shortened, sections
from workbench.reviewing.review import Review
from workbench.terminal import out, visible

_COLOURS = {"+": "green", "-": "red", "!": "red", "~": "yellow", ">": "cyan", " ": ""}


def show(review: Review) -> None:
    """Print a review on standard output."""
    console = out()
    if review.checkout:
        _print(console, Text(f"Source: commit {commit_of(review.checkout.commit, modified=review.checkout.modified)}"))
    for text in (review.why, *(f"warning: {warning}" for warning in review.warnings)):
        if text:
            _print(console, Text(visible(text), "yellow" if text is not review.why else ""))
    if review.base is not None and not review.undone:
        _print(console, Text(f"Nothing that was published after release {review.base} would be undone."))
    found = sections(review)
    for section in found:
        _show(section, console)
    if is_shortened(found):
        _print(console, Text(PART_LEFT_OUT))
    _print(console, Text(review.summary))


def show_undone(review: Review, console: Console) -> None:
    """Print only what a publish would undo."""
    for section in sections(review):
        if section.name == UNDONE:
            _show(section, console)


def _show(section: Section, console: Console) -> None:
    if section.title:
        _print(console, Text(section.title, "bold red" if section.name == UNDONE else ""))
    for entry in section.entries:
        for line in entry:
            for row in _rows(line, console):
                _print(console, row)


def _rows(line: Line, console: Console) -> Iterator[Text]:
    """Yield the rows of a line. A terminal gets them at its width, between words; a file or a pipe gets one row."""
    colour = _COLOURS[line.mark]
    mark = f"{line.mark} " if line.depth < 2 and (line.mark != " " or not line.depth) else ""
    indent = "    " * line.depth
    text = Text(mark, colour)
    for piece in line.pieces:
        text.append(piece.text, _COLOURS[piece.mark] or (colour if line.mark in "-!" and not line.depth else ""))
    width = console.width - len(indent) - 2
    if not console.is_terminal or width < 20 or text.cell_len <= width + 2:
        yield Text(indent).append_text(text)
        return
    for number, row in enumerate(text.wrap(console, width)):
        row.rstrip()
        yield Text(indent + ("  " if number else "")).append_text(row)


def _print(console: Console, text: Text) -> None:
    console.print(text, highlight=False, soft_wrap=True)
