"""A review as lines, which the terminal and the Markdown file show in their own ways."""

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from record.model import ChangeKind
from record.writing.comparing import Difference
from schemas.pointers import Json, join
from workbench.checkout import SHOWN
from workbench.differences import Absent, FieldChange, How, Value, differences, is_list, is_object
from workbench.hiding import HIDDEN
from workbench.planning import Planned
from workbench.reviewing.review import Review
from workbench.terminal import counted, visible
from workbench.undoing import Undoing, Undone
from workbench.wording import Part, compared, is_rewritten, shortened

_SHORT = 60  # characters; longer values stand on lines of their own
UNDONE = "Undone"  # the name of a section
NEW_IDS = "New ids. A publish makes them public, and they are permanent:"
PART_LEFT_OUT = "Unchanged parts of long texts are left out where it says so. `article33 plan --json` has every text in full."


class Piece(NamedTuple):
    """A piece of a line, and the mark whose colour it has: `+`, `-`, or a blank for none."""

    text: str
    mark: str = " "


class Line(NamedTuple):
    """A line of a review: its mark (`+` added, `-` removed, `!` in conflict, `~` changed, `>` moved, blank), its depth and its pieces."""

    mark: str
    depth: int
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The line without its mark and depth."""
        return "".join(piece.text for piece in self.pieces)


Entry = tuple[Line, ...]
"""The lines of one change, which belong together."""


class Section(NamedTuple):
    """A part of a review: its name, a sentence that introduces it (or nothing), and its entries."""

    name: str
    title: str
    entries: list[Entry]


def sections(review: Review) -> list[Section]:
    """Return the parts of a review that have entries: what matters most comes first."""
    found = [
        Section(UNDONE, _undoing(review), [tuple(_undone(one)) for one in review.undone]),
        Section("Deletions", "", [tuple(_changed(one, review)) for one in review.deletions]),
        Section("New ids", NEW_IDS, [(_line("+", 0, path),) for path in review.new]),
        Section("Changes", "", [tuple(_changed(one, review)) for one in review.others]),
    ]
    return [section for section in found if section.entries]


def is_shortened(found: Iterable[Section]) -> bool:
    """Return whether unchanged words are left out in the lines of a review."""
    return any(_LEFT_OUT in piece.text for section in found for entry in section.entries for line in entry for piece in line.pieces)


def _undoing(review: Review) -> str:
    counts = {how: sum(1 for one in review.undone if one.how is how) for how in Undoing}
    parts = [f"undo {counted(counts[Undoing.UNDONE], 'change')}"] if counts[Undoing.UNDONE] else []
    parts += [f"overwrite {counted(counts[Undoing.CONFLICT], 'change')}"] if counts[Undoing.CONFLICT] else []
    return f"A publish would {' and '.join(parts)} that later releases than {review.base} made:"


def _undone(one: Undone) -> Iterator[Line]:
    mark = "-" if one.how is Undoing.UNDONE else "!"
    if not one.field:
        yield _line(mark, 0, f"{one.path}: {_of_resource(one)}")
        return
    what = "release {} changed this, and the source has the old value"
    if one.how is Undoing.CONFLICT:
        what = "release {} changed this, and the source has a third value"
    yield _line(mark, 0, f"{one.path}: {what.format(one.release)}")
    if isinstance(one.published, Absent) or isinstance(one.planned, Absent):
        how = How.ADDED if isinstance(one.published, Absent) else How.REMOVED
        yield from _field(FieldChange(one.field, how, one.published, one.planned))
    else:
        for change in differences(one.published, one.planned, one.field):
            yield from _field(change)


def _of_resource(one: Undone) -> str:
    if isinstance(one.planned, Absent):
        return f"release {one.release} created it, and it has no source file"
    if is_object(one.published) and "state" in one.published:
        return f"release {one.release} declared it {one.published['state']}, and the source has it as before"
    return f"release {one.release} restored it, and the source has its declaration as before"


_MARKS = {
    ChangeKind.CREATED: "+",
    ChangeKind.RESTORED: "+",
    ChangeKind.UPDATED: "~",
    ChangeKind.WITHDRAWN: "-",
    ChangeKind.RENAMED: ">",
    ChangeKind.MERGED: ">",
}


def _changed(one: Planned, review: Review) -> Iterator[Line]:
    mark, note = "-", " (published, but has no source file)"
    if one.kind is not None:
        mark = _MARKS[one.kind]
        where = f" to {one.target}" if one.target else ""
        note = f" {one.kind}{where}: {one.reason}" if one.reason else ""
        note = f" {one.kind}" if one.kind is ChangeKind.RESTORED else note
    elif one.difference is Difference.MOVED:
        mark, note = "~", " (only its position in lists)"
    yield _line(mark, 0, f"{one.path}{note}")
    if new := review.lookalikes.get(one.path):
        yield _line(" ", 1, renaming(one.path, new))
    for change in one.fields:
        yield from _field(change)


def renaming(path: str, new: str) -> str:
    """Return what to do about a resource that seems to have been renamed by moving its file."""
    return f"This looks like a rename to {new}, which has the same content. Move the file back, then run: article33 rename {path} {new}"


def _field(change: FieldChange) -> Iterator[Line]:
    if change.how is How.REORDERED:
        assert is_list(change.new), "a list of positions"
        yield _line("~", 1, f"{change.field}: in another order; the old positions are {', '.join(map(str, change.new))}")
    elif change.how is How.CHANGED:
        yield from _replaced(change)
    else:
        mark, value = ("+", change.new) if change.how is How.ADDED else ("-", change.old)
        yield from _whole(mark, change.field, value)


def _whole(mark: str, field: str, value: Value) -> Iterator[Line]:
    """Yield the lines of a value that is added or removed: a scalar on one line, everything else with one line for each scalar."""
    if isinstance(value, Absent) or not (is_object(value) or is_list(value)) or not list(_scalars(value, "")):
        yield _line(mark, 1, f"{field}: ", Piece(shown(value), mark))
        return
    yield _line(mark, 1, field)
    for at, scalar in _scalars(value, ""):
        yield _line(mark, 2, f"{at.removeprefix('/')}: ", Piece(shown(scalar), mark))


def _replaced(change: FieldChange) -> Iterator[Line]:
    old, new = shown(change.old), shown(change.new)
    if isinstance(change.old, str) and isinstance(change.new, str) and HIDDEN not in (change.old, change.new):
        words = compared(old, new)
        if max(len(old), len(new)) > _SHORT and not is_rewritten(words):
            pieces = [_piece(part.part, part.text) for part in shortened(words)]
            pieces[0] = pieces[0]._replace(text=pieces[0].text.lstrip())
            yield _line(" ", 1, f"{change.field}: ", *pieces)
            return
    compound = any(is_object(value) or is_list(value) for value in (change.old, change.new))
    if compound or max(len(old), len(new)) > _SHORT:
        yield from _whole("-", change.field, change.old)
        yield from _whole("+", change.field, change.new)
    else:
        yield _line(" ", 1, f"{change.field}: ", Piece(old, "-"), Piece(" -> "), Piece(new, "+"))


_LEFT_OUT = "unchanged characters …)"


def _piece(part: Part, text: str) -> Piece:
    match part:
        case Part.REMOVED:
            return Piece(f"[-{text}-]", "-")
        case Part.ADDED:
            return Piece(f"{{+{text}+}}", "+")
        case Part.LEFT_OUT:
            return Piece(f" (… {len(text):,} {_LEFT_OUT}")
        case Part.KEPT:
            return Piece(text)


def shown(value: Value) -> str:
    """Return a value in one line, as JSON; a text without quotes, unless it could be mistaken for another value or for nothing."""
    if isinstance(value, Absent):
        return "(nothing)"
    if not isinstance(value, str):
        return visible(json.dumps(value, ensure_ascii=False))
    if value != value.strip() or not value or _is_json(value):
        return visible(json.dumps(value, ensure_ascii=False))
    return visible(value)


def commit_of(commit: str, *, modified: bool) -> str:
    """Return a commit as a review shows it."""
    return f"{commit[:SHOWN]}{', with uncommitted changes' if modified else ''}"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _scalars(value: Json, at: str) -> Iterator[tuple[str, Json]]:
    """Yield (pointer, value) of every scalar in a value. Members of objects that are null or empty are left out: they say nothing."""
    if is_object(value) and value:
        for name, member in value.items():
            if member is not None and member not in ([], {}):
                yield from _scalars(member, at + join([name]))
    elif is_list(value) and value:
        for index, item in enumerate(value):
            yield from _scalars(item, f"{at}/{index}")
    else:
        yield at, value


def _line(mark: str, depth: int, text: str, *more: Piece) -> Line:
    return Line(mark, depth, (Piece(visible(text)), *more))
