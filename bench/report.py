"""The report: what was measured beside its target, as Markdown; ratios first, then medians and spreads."""

import statistics
import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """A line of the summary: what is compared, the ratio or figure, the target in words, and whether it is met."""

    what: str
    found: str
    target: str
    met: bool


def summary(rows: Iterable[Row]) -> str:
    """Return the targets and whether they are met."""
    return table(
        ("what", "measured", "target", ""), [(row.what, row.found, row.target, "met" if row.met else "**not met**") for row in rows]
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def below(what: str, ratio: float, most: float, target: str) -> Row:
    """Return a line of a ratio that must not be above a number; or be below it, where the target says so."""
    return Row(
        what, f"{ratio:.2f}" if ratio > 0.1 else f"{ratio:.3f}", target, ratio < most if target.startswith("below") else ratio <= most
    )


def above(what: str, ratio: float, least: float, target: str) -> Row:
    """Return a line of a ratio that must not be below a number."""
    return Row(what, f"{ratio:.1f}", target, ratio >= least)


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Return the median of values, and between which quarters of them it stands."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


median = statistics.median


def prose(text: str) -> str:
    """Return a paragraph, its lines wrapped."""
    return "\n".join(textwrap.wrap(text, 140, break_long_words=False, break_on_hyphens=False)) + "\n\n"
