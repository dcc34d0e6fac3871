"""The report as Markdown: each measurement with its target; ratios first, then medians and quartiles."""

import statistics
import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """A line of the summary: what is compared, the ratio or figure, the target as text, and whether the target is met."""

    what: str
    found: str
    target: str
    met: bool


def summary(rows: Iterable[Row]) -> str:
    """Return a table of the targets, with what was measured and whether each target is met."""
    return table(
        ("what", "measured", "target", ""), [(row.what, row.found, row.target, "met" if row.met else "**not met**") for row in rows]
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def below(what: str, ratio: float, most: float, target: str) -> Row:
    """Return a line for a ratio that must be at most `most`, or less than `most` if the target starts with "below"."""
    return Row(
        what, f"{ratio:.2f}" if ratio > 0.1 else f"{ratio:.3f}", target, ratio < most if target.startswith("below") else ratio <= most
    )


def above(what: str, ratio: float, least: float, target: str) -> Row:
    """Return a line for a ratio that must be at least `least`."""
    return Row(what, f"{ratio:.1f}", target, ratio >= least)


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Return the median of the values, with the lower and upper quartile in brackets."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


median = statistics.median


def prose(text: str) -> str:
    """Return a paragraph with wrapped lines."""
    return "\n".join(textwrap.wrap(text, 140, break_long_words=False, break_on_hyphens=False)) + "\n\n"
