"""The index entries that change when a resource is redacted: its own, and those of the resources that it refers to.

Computed for the plan of a redaction. This module only reads.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from record import items
from record.model import Head, Revision, State
from record.store import Store
from record.writing.notes import Generation
from record.writing.reindexing import generations_of
from schemas.indexing import brought, own_placement
from schemas.pointers import Json


@dataclass(slots=True)
class Past:
    """A revision of a resource, with its content before and after. It was current from release `start` until before `end`."""

    revision: Revision
    mark: str
    redactions: Sequence[Any]
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    start: int
    end: int
    replaced: dict[str, Json] = field(default_factory=dict)


def own_generations(store: Store, head: Head, path: str, past: Sequence[Past]) -> tuple[Generation, ...]:
    """Return the resource's index generations after its own fields were redacted."""
    by_mark = {one.mark: one for one in past}
    found: list[Generation] = []
    for generation in generations_of(store, path, head):
        one = by_mark.get(generation.revision)
        if one is None or not one.replaced:
            found.append(generation)
            continue
        before, after = (own_placement(path, content) for content in (one.before, one.after))
        orders = dict(generation.sort_keys)
        orders |= {order: key for order, key in after.sort_keys.items() if before.sort_keys.get(order) != key}
        found.append(
            Generation(
                generation.start,
                generation.end,
                generation.revision,
                generation.number,
                (generation.lists[0], *_changed(generation.lists[1:], before.lists, after.lists)),
                tuple(sorted(orders.items())),
                _changed(generation.values, before.values, after.values),
                after.span if before.span != after.span else generation.span,
            )
        )
    return tuple(found)


def _changed(texts: Iterable[str], before: Iterable[str], after: Iterable[str]) -> tuple[str, ...]:
    """Return texts without those that a redaction took away, and with those that it added."""
    return tuple(sorted({*texts} - ({*before} - {*after}) | ({*after} - {*before})))


def others_generations(
    store: Store, head: Head, path: str, past: Sequence[Past], own: tuple[Generation, ...]
) -> Iterator[tuple[str, tuple[Generation, ...]]]:
    """Yield the index generations of other resources after this one no longer puts them into a list."""
    lost: dict[str, dict[str, set[int]]] = {}  # resource -> list -> the releases at which it is no longer in the list
    for one in past:
        for target, name in set(brought(path, one.before)) - set(brought(path, one.after)):
            lost.setdefault(target, {}).setdefault(name, set()).update(range(one.start, one.end))
    if not lost:
        return
    for other, content, start, end in others_revisions(store, head, path):
        there = [(target, name) for target, name in brought(other, content) if name in lost.get(target, {})]
        releases = range(start, end()) if there else range(0)
        for target, name in there:
            lost[target][name].difference_update(releases)
    marks = {
        number: _mark(store, number)
        for lists in lost.values()
        for releases in lists.values()
        for one in releases
        for number in (one, one + 1)
        if number <= head.release
    }
    for target, lists in sorted(lost.items()):
        generations = own if target == path else generations_of(store, target, head)
        yield target, tuple(_cut(generations, lists, marks, head.release))


def _cut(generations: Iterable[Generation], lost: Mapping[str, set[int]], marks: Mapping[int, str], current: int) -> Iterator[Generation]:
    """Yield generations without the lost lists; split one wherever a list is lost or comes back within it."""
    for one in generations:
        first = int(one.start[:10])
        end = int(one.end[:10]) if one.end else current + 1
        pieces: list[tuple[int, tuple[str, ...]]] = []
        for release in range(first, end):
            lists = tuple(name for name in one.lists if release not in lost.get(name, ()))
            if not pieces or pieces[-1][1] != lists:
                pieces.append((release, lists))
        starts = [one.start, *(marks[release] for release, _ in pieces[1:])]
        ends = [*starts[1:], one.end]
        for (_, lists), start, stop in zip(pieces, starts, ends, strict=True):
            yield Generation(start, stop, one.revision, one.number, lists, one.sort_keys, one.values, one.span)


def others_revisions(store: Store, head: Head, path: str) -> Iterator[tuple[str, Mapping[str, Json], int, Callable[[], int]]]:
    """Yield (path, content, first release, function that returns the release after the last) of other resources' live revisions."""
    for page in store.scan(FilterExpression="attribute_exists(#body)", ExpressionAttributeNames={"#body": "body"}):
        for item in page:
            pk, mark, state = item["pk"]["S"], item["sk"]["S"], item["state"]["S"]
            if pk != items.document_pk(path) and state == State.LIVE and mark not in head.lost and mark < items.bound(head.release):
                yield (
                    item["path"]["S"],
                    json.loads(item["body"]["S"]),
                    int(item["release"]["N"]),
                    partial(_following, store, head, pk, mark),
                )


def _following(store: Store, head: Head, pk: str, mark: str) -> int:
    """Return the release at which the next revision becomes current."""
    for page, _ in store.query(pk, f"{mark}\x00", items.bound(head.release), ProjectionExpression="sk"):
        for item in page:
            if item["sk"]["S"] not in head.lost:
                return int(item["sk"]["S"][:10])
    return head.release + 1


def _mark(store: Store, release: int) -> str:
    """Return the stamp of a release: its number and attempt."""
    item = store.get(items.key(items.RELEASES, items.padded(release)))
    assert item is not None, "every number up to the current release has an item; article33 verify reports exceptions"
    return items.stamp(release, int(item["attempt"]["N"]))
