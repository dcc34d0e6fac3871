"""Replaces the index entries of redacted documents, and computes the totals of their lists again.

Unlike a publish, it writes entries that carry the stamps of earlier releases, so readers do not ignore them.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from record import items
from record.model import GONE, Document, Head, State
from record.store import Store, existing
from record.writing.comparing import entry_places
from record.writing.making import entries_of
from record.writing.notes import Generation

if TYPE_CHECKING:
    from record.items import Item, NewItem


def generations_of(store: Store, path: str, head: Head) -> list[Generation]:
    """Return the generations of a document's index entries at a release, oldest first.

    Without those of lost attempts, and of a publish that is in progress or has died: the redaction undoes that one first.
    """

    def is_released(mark: str) -> bool:
        return mark not in head.lost and mark < items.bound(head.release)

    found = {}
    for item in _manifest(store, path):
        start, end = item["from"]["S"], item["to"]["S"] if "to" in item else None
        if not is_released(start):
            continue
        lists, sort_keys = json.loads(item["places"]["S"])
        found[start] = Generation(
            start,
            end if end is not None and is_released(end) else None,
            item["revision"]["S"],
            int(item["number"]["N"]),
            tuple(lists),
            tuple((order, key) for order, key in sort_keys),
            tuple(item["values"]["SS"]) if "values" in item else (),
            (item["first"]["S"], item["last"]["S"]) if "first" in item else None,
        )
    return [found[start] for start in sorted(found)]


def changed_lists(before: Iterable[Generation], after: Iterable[Generation]) -> set[str]:
    """Return the lists that contain a document during other times after the redaction than before."""
    steps: Counter[tuple[str, str]] = Counter()
    for sign, generations in ((-1, before), (1, after)):
        for one in generations:
            for name in one.lists:
                steps[name, one.start] += sign
                if one.end is not None:
                    steps[name, one.end] -= sign
    return {name for (name, _), step in steps.items() if step}


def reindex(store: Store, path: str, generations: Sequence[Generation], renew: Callable[[], None]) -> None:
    """Replace all index entries of a document by those of these generations, which are all that it has.

    `renew` is called before each step: nobody may write entries with the stamps of earlier publishes after losing the lease.
    """
    _replace(store, path, generations, list(_manifest(store, path)), renew)


def reindex_current(store: Store, path: str, generations: Sequence[Generation], renew: Callable[[], None]) -> None:
    """Do the same for the current lists only, so that they change before the histories. Everything that ended must be archived.

    `generations` are all that the document has. If the current one was split, its ended parts are written too, so that a reader at an
    old release does not miss the document.
    """
    known = [entry for entry in _manifest(store, path) if entry["pk"]["S"].startswith("LIST#")]
    if known:
        first = min(entry["from"]["S"] for entry in known)
        _replace(store, path, [one for one in generations if one.start >= first], known, renew)


def _replace(store: Store, path: str, generations: Sequence[Generation], known: "Sequence[Item]", renew: Callable[[], None]) -> None:
    """Write the entries of generations, then delete those that the by-id entries `known` locate. The by-id entries change last."""
    wanted: dict[tuple[str, str], NewItem] = {}
    for generation in generations:
        revision = existing(store, items.key(items.document_pk(path), generation.revision))
        gone = generation.lists[0].endswith(f"?{GONE}")
        document = Document(
            path,
            b"",
            dict(generation.sort_keys),
            () if gone else generation.lists[1:],
            generation.values,
            generation.span,
            State(revision["state"]["S"]),
        )
        places = entry_places(path, generation.lists, generation.sort_keys, generation.start)
        for written in entries_of(document, generation.start, places, generation.revision, generation.number):
            pk = written["pk"]["S"]
            item: NewItem = dict(written)
            if "content_digest" in item:
                item["content_digest"] = revision["content_digest"]
            if generation.end is not None:
                pk = items.history_pk(pk)
                item |= {"pk": items.text(pk), "to": items.text(generation.end)}
            wanted[pk, item["sk"]["S"]] = item
    by_id = {key for key, item in wanted.items() if "places" in item}
    stale = set()
    for entry in known:
        lists, sort_keys = json.loads(entry["places"]["S"])
        for pk, sk in entry_places(path, lists, [(order, key) for order, key in sort_keys], entry["from"]["S"]):
            stale |= {(pk, sk), (items.history_pk(pk), sk)}
    manifest = {(entry["pk"]["S"], entry["sk"]["S"]) for entry in known}
    steps: list[Callable[[], None]] = [
        partial(store.put_all, [new for key, new in wanted.items() if key not in by_id]),
        partial(store.delete_all, [items.key(*key) for key in sorted(stale - set(wanted) - manifest)]),
        partial(store.put_all, [wanted[key] for key in sorted(by_id)]),
        partial(store.delete_all, [items.key(*key) for key in sorted(manifest - set(wanted))]),
    ]
    for step in steps:
        renew()
        step()


def recount(store: Store, name: str, lost: frozenset[str]) -> None:
    """Compute a list's totals from its entries, and write them."""
    steps: Counter[str] = Counter()
    pk = items.list_pk(name, items.BY_ID)
    for partition in (pk, items.history_pk(pk)):
        for page, _ in store.query(partition, items.LOWEST, items.HIGHEST, ProjectionExpression="#from, #to", **_named("from", "to")):
            for item in page:
                if item["from"]["S"] not in lost:
                    steps[item["from"]["S"]] += 1
                    if "to" in item and item["to"]["S"] not in lost:
                        steps[item["to"]["S"]] -= 1
    total, totals = 0, {}
    for mark in sorted(mark for mark, step in steps.items() if step):
        total += steps[mark]
        totals[mark] = items.number(total)
    key, old_pk = items.key(items.total_pk(name), items.TOTAL), items.history_pk(items.total_pk(name))
    recent = sorted(totals)[-2:]  # two, for an instance that does not know the newest release yet
    old = {items.old_total_sk(mark) for mark in totals if mark not in recent}
    store.put_all([{**items.key(old_pk, sk), "total": totals[sk.removeprefix(items.TOTAL)]} for sk in sorted(old)])
    if recent:
        store.put_all([{**key, **{mark: totals[mark] for mark in recent}}])
    else:
        store.delete_all([key])
    for page, _ in store.query(old_pk, items.TOTAL, f"{items.TOTAL}~"):
        store.delete_all([items.key(old_pk, item["sk"]["S"]) for item in page if item["sk"]["S"] not in old])


def _manifest(store: Store, path: str) -> "Iterator[Item]":
    """Yield every by-id entry of a document, from the lists and from their history."""
    collection, _, slug = path.partition("/")
    for name in (collection, f"{collection}?{GONE}"):
        pk = items.list_pk(name, items.BY_ID)
        for partition in (pk, items.history_pk(pk)):
            for page, _ in store.query(partition, f"#{slug}#", f"#{slug}#~"):
                yield from page


def _named(*names: str) -> dict[str, Any]:
    return {"ExpressionAttributeNames": {f"#{name}": name for name in names}}
