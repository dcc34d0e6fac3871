"""Shows a plan on the terminal."""

from collections import Counter
from collections.abc import Collection

from rich.markup import escape

from record.model import ChangeKind
from record.writing.comparing import Difference
from workbench.planning import ABSENT, Planned
from workbench.terminal import out

_MARKS = {
    ChangeKind.CREATED: ("+", "green"),
    ChangeKind.RESTORED: ("+", "green"),
    ChangeKind.UPDATED: ("~", "yellow"),
    ChangeKind.WITHDRAWN: ("-", "red"),
    ChangeKind.RENAMED: (">", "cyan"),
    ChangeKind.MERGED: (">", "cyan"),
}


def show(planned: Planned, hidden: Collection[tuple[str, str]]) -> None:
    """Print a change. `hidden` are the (path, pointer) of new values that must not be printed, because a redaction removed them."""
    mark, colour, note = "-", "red", " (published, but has no source file)"
    if planned.kind is not None:
        mark, colour = _MARKS[planned.kind]
        where = f" to {planned.target}" if planned.target else ""
        note = f" {planned.kind}{where}: {planned.reason}" if planned.reason else ""
        note = f" {planned.kind}" if planned.kind is ChangeKind.RESTORED else note
    elif planned.difference is Difference.MOVED:
        mark, colour, note = "~", "cyan", " (only its position in lists)"
    out().print(f"[{colour}]{mark}[/] {escape(planned.path)}{escape(note)}", highlight=False)
    for change in planned.fields:
        is_hidden = any(path == planned.path and f"{pointer}/".startswith(f"{change.field}/") for path, pointer in hidden)
        new = "(what was redacted)" if is_hidden else _value(change.new)
        out().print(f"    {escape(change.field)}: [red]{escape(_value(change.old))}[/] -> [green]{escape(new)}[/]", highlight=False)


def _value(value: object) -> str:
    text = "(nothing)" if value is ABSENT else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."


def summary(seen: Counter[str]) -> str:
    """Return what a publish would do, in one line."""
    parts = [f"{count} {what}" for what, count in sorted(seen.items()) if what != Difference.MISSING]
    return f"A publish would create a release: {', '.join(parts)}." if parts else "Nothing would change, so no release would be created."
