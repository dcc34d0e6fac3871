"""What a publish would undo: the source, compared with the record and with the release that the source started from.

A change undoes another one if the record changed a field after that release and the source still has the old value. If the source has
a third value, the two changes are in conflict.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from record import items
from record.model import Change, ChangeKind, Document
from record.reading import Reader
from record.store import Store
from record.writing.rendering import content_of
from schemas.pointers import Json, join
from workbench.differences import ABSENT, Absent, Value, is_list, is_object, matched
from workbench.hiding import HIDDEN, NOTHING, Hiding

_AT_ONCE = 1000  # rows of the feed
_STATE = "state"  # a member of tombstones only


class Undoing(StrEnum):
    """How a publish treats a change that was published before."""

    UNDONE = "undone"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Undone:
    """A published change that a publish would undo, or contradict: the resource, the field and the release that changed it last.

    The field is empty for a whole resource. Its values are those of the release that the source started from (`base`), of the current
    release (`published`), and of the source (`planned`).
    """

    path: str
    field: str
    how: Undoing
    release: int
    base: Value
    published: Value
    planned: Value


def undone(store: Store, base: int, release: int, documents: Iterable[Document], hiding: Hiding = NOTHING) -> Iterator[Undone]:
    """Yield what publishing the documents would undo of the releases after `base`, up to the current `release`, ordered by path.

    Redactions are not among it: what they removed is found by its digest (`record.writing.removals`). Neither are published resources
    that are missing from the documents: no publish accepts that.
    """
    reader = Reader(store)
    changes = _changes(reader, base, release)
    planned: dict[str, Json] = {
        document.path: hiding.content(document.path, json.loads(document.content)) for document in documents if document.path in changes
    }
    for path, rows in sorted(changes.items()):
        before, now = _content(reader, path, base), _content(reader, path, release)
        after: Value = planned.get(path, ABSENT)
        if isinstance(after, Absent) and not isinstance(before, Absent):
            continue
        for one in _undone(before, now, after, ""):
            last = [row for row in rows if any(_overlap(one.field, field) for field in row.fields)] or rows
            yield Undone(path, one.field, one.how, last[-1].release, one.base, one.published, one.planned)


@dataclass(frozen=True, slots=True)
class _Field:
    field: str
    how: Undoing
    base: Value
    published: Value
    planned: Value


def _changes(reader: Reader, base: int, release: int) -> Mapping[str, Sequence[Change]]:
    """Return the changes after `base` by path, without redactions, the oldest first."""
    found: dict[str, list[Change]] = {}
    after = items.bound(base)
    while rows := reader.changes(after, release, _AT_ONCE):
        for row in rows:
            if row.kind is not ChangeKind.REDACTED:
                found.setdefault(row.path, []).append(row)
        after = rows[-1].key
    return found


def _content(reader: Reader, path: str, release: int) -> Value:
    revision = reader.document(path, release) if release else None
    content: Json = json.loads(content_of(revision.body)) if revision else None
    return content if revision else ABSENT


def _undone(base: Value, published: Value, planned: Value, at: str) -> Iterator[_Field]:
    """Yield the fields that `published` changed since `base`, and for which `planned` has another value than `published`."""
    if _same(base, published) or _same(published, planned):
        return
    if not at and len({_is_tombstone(value) for value in (base, published, planned) if not isinstance(value, Absent)}) > 1:
        yield _field(at, base, published, planned)
    elif is_object(published) and is_object(planned) and (_is_nothing(base) or is_object(base)):
        before = base if is_object(base) else {}
        for name in sorted(before.keys() | published.keys() | planned.keys()):
            members = [content.get(name, ABSENT) for content in (before, published, planned)]
            yield from _undone(members[0], members[1], members[2], at + join([name]))
    elif is_list(published) and is_list(planned) and (_is_nothing(base) or is_list(base)):
        yield from _items(base if is_list(base) else [], published, planned, at)
    elif planned != HIDDEN:  # what a redaction removed is not counted twice
        yield _field(at, base, published, planned)


def _items(base: Sequence[Json], published: Sequence[Json], planned: Sequence[Json], at: str) -> Iterator[_Field]:
    before = {now: one for one, now in matched(base, published)}
    after = dict(matched(published, planned))
    for index, item in enumerate(published):
        yield from _undone(
            base[before[index]] if index in before else ABSENT, item, planned[after[index]] if index in after else ABSENT, f"{at}/{index}"
        )
    removed = [index for index in range(len(base)) if index not in before.values()]
    others = [index for index in range(len(planned)) if index not in after.values()]
    for one, other in matched([base[index] for index in removed], [planned[index] for index in others]):
        yield from _undone(base[removed[one]], ABSENT, planned[others[other]], f"{at}/{others[other]}")
    kept = [index for index in range(len(published)) if index in before and index in after]
    old, new = [before[index] for index in kept], [after[index] for index in kept]
    if old != sorted(old) and new != sorted(new):
        how = Undoing.UNDONE if _ranks(old) == _ranks(new) else Undoing.CONFLICT
        yield _Field(at, how, base, published, planned)


def _field(at: str, base: Value, published: Value, planned: Value) -> _Field:
    return _Field(at, Undoing.UNDONE if _same(base, planned) else Undoing.CONFLICT, base, published, planned)


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, Absent) or isinstance(other, Absent):
        return one is other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _is_nothing(value: Value) -> bool:
    return value is None or isinstance(value, Absent)


def _is_tombstone(content: Value) -> bool:
    return is_object(content) and _STATE in content


def _ranks(numbers: Sequence[int]) -> list[int]:
    return sorted(range(len(numbers)), key=numbers.__getitem__)


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
