"""Redacts: removes something from all releases of the record, including old ones.

The whole plan is stored as notes before anything changes, and every step can be repeated. So an interrupted redaction is never undone:
the next redaction or publish finishes it. It ends with a release of its own, which says that it happened, when and why. The flip
increases the epoch, and every reader then clears its cache. The chain stays valid, because the old seal stays; the old salt is deleted,
so that nobody can check a guess of the removed text against the seal.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import rfc8785

from record import items
from record.chain import ReleaseDigest, header
from record.decoding import release_of
from record.errors import LeaseLost, RecordProblem
from record.model import GONE, ChangeKind, Digest, Document, Release, State
from record.store import Store
from record.writing import intents
from record.writing.comparing import entry_places
from record.writing.leasing import Lease, Leases
from record.writing.making import Making, entries_of, fitting, link_of, moment, put_release
from record.writing.rendering import content_digest_of, digest_of, seal_of

if TYPE_CHECKING:
    from record.items import Item, NewItem

_HEAD = "!"  # the sort key of the head note, which is written last and says how many notes there are


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A revision to rewrite: `replaced` maps JSON Pointers to the new values; `salt` (hex) is for the new seal."""

    path: str
    mark: str
    number: int
    replaced: Mapping[str, Any]
    salt: str


@dataclass(frozen=True, slots=True)
class Generation:
    """The index entries of a document from one stamp to another. `end` is None if they are current."""

    start: str
    end: str | None
    revision: str
    number: int
    lists: tuple[str, ...]
    sort_keys: tuple[tuple[str, str], ...]
    values: tuple[str, ...]
    span: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Redaction:
    """The plan of a redaction: the revisions to rewrite, and for each document whose index entries change, all its generations.

    `release` was current when the redaction was planned. A later release may contain more revisions to redact.
    """

    release: int
    reason: str
    rewrites: tuple[Rewrite, ...]
    generations: Mapping[str, tuple[Generation, ...]]

    @property
    def paths(self) -> list[str]:
        """The paths of the documents whose revisions are rewritten."""
        return sorted({rewrite.path for rewrite in self.rewrites})


def generations_of(store: Store, path: str, lost: frozenset[str]) -> list[Generation]:
    """Return the generations of a document's index entries, oldest first."""
    found = {}
    for item in _manifest(store, path):
        start, end = item["from"]["S"], item["to"]["S"] if "to" in item else None
        if start in lost:
            continue
        lists, sort_keys = json.loads(item["places"]["S"])
        found[start] = Generation(
            start,
            None if end in lost else end,
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


def redact(store: Store, leases: Leases, lease: Lease, redaction: Redaction, clock: Callable[[], float]) -> Release:
    """Carry out a redaction. The lease must be held, with nothing left to clean up.

    Raises ItemTooLarge before anything is written, if a revision has no room for the note that it was redacted. Raises LeaseLost if
    another publisher took over, and the store's errors; in both cases the next lease holder finishes the redaction.
    """
    number = lease.head.release + 1
    for rewrite in redaction.rewrites:
        fitting(rewrite.path, _rewritten(_revision(store, rewrite), rewrite, redaction.reason, number))
    for mark in sorted(lease.head.lost):  # a publisher may have written more after it lost its lease; readers ignore it
        leases.renew(lease)
        intents.undo(store, int(mark.rpartition(".")[2]))
    notes: list[NewItem] = [_note(lease.attempt, index, row) for index, row in enumerate(_rows(redaction), 1)]
    store.put_all(notes)
    lists: set[str] = set()
    for path, generations in redaction.generations.items():
        lists |= changed_lists(generations_of(store, path, lease.head.lost), generations)
    head = {"release": number, "reason": redaction.reason, "notes": len(notes), "lists": sorted(lists)}
    store.put_all([_note(lease.attempt, 0, head)])
    if not _is_waiting(store, lease.attempt, lease.head.release):
        raise LeaseLost("another publisher took over, and has deleted the notes of this redaction")
    return _finish(store, leases, lease, [lease.attempt], number, clock)


def is_noted(store: Store, attempt: int) -> bool:
    """Return whether an attempt was a redaction, complete or not."""
    return next(iter(_notes(store, attempt)), None) is not None


def is_begun(store: Store) -> bool:
    """Return whether there is an unfinished redaction: in progress, or interrupted."""
    current = store.get(items.key(items.RELEASES, items.CURRENT))
    if current is None:
        return False
    attempts = {int(current["attempt"]["N"]), *(int(attempt) for attempt in current.get("unclean", {}).get("NS", ()))}
    return any(_is_waiting(store, attempt, int(current["release"]["N"])) for attempt in attempts)


def finish(store: Store, leases: Leases, lease: Lease, attempts: Sequence[int], clock: Callable[[], float]) -> Release | None:
    """Finish the redactions of earlier attempts. Return the new release, or None if nothing is left to do. Raises as `redact`."""
    waiting = [attempt for attempt in attempts if _is_waiting(store, attempt, lease.head.release)]
    for attempt in sorted(set(attempts) - set(waiting)):
        forget(store, attempt)
        leases.cleared(attempt)
    return _finish(store, leases, lease, waiting, lease.head.release + 1, clock) if waiting else None


def forget(store: Store, attempt: int) -> None:
    """Delete the notes of an attempt, the head note first: without it the others count as incomplete."""
    for note in _notes(store, attempt):
        store.delete_all([items.key(note["pk"]["S"], note["sk"]["S"])])


def _is_waiting(store: Store, attempt: int, current: int) -> bool:
    """Return whether the notes of an attempt are complete, and their redaction is not in a release yet."""
    if store.get(_note_key(attempt, 0)) is None:
        return False
    head, rows = _read(store, attempt)
    return int(head["release"]) > current and sum(1 for _ in rows) == head["notes"]


def _finish(store: Store, leases: Leases, lease: Lease, attempts: Sequence[int], number: int, clock: Callable[[], float]) -> Release:
    parent = release_of(_there(store, items.key(items.RELEASES, items.padded(lease.head.release))))
    making = Making(lease, number, moment(clock(), parent), "", parent)
    changes: dict[str, NewItem] = {}
    for attempt in attempts:
        head, rows = _read(store, attempt)
        for (path, is_placing), group in groupby(rows, key=lambda row: (str(row["path"]), "generation" in row)):
            leases.renew(lease)
            if is_placing:
                _reindex(store, path, [_generation(row["generation"]) for row in group], partial(leases.renew, lease))
                continue
            for row in group:
                leases.renew(lease)
                change = _rewrite(store, making, Rewrite(path, row["mark"], row["number"], row["replaced"], row["salt"]), head["reason"])
                changes[change["sk"]["S"]] = change
        for name in head["lists"]:
            leases.renew(lease)
            _recount(store, name, lease.head.lost)
    for page, _ in store.query(items.CHANGES, f"{items.padded(number)}#", f"{items.padded(number)}#~", ProjectionExpression="pk, sk"):
        store.delete_all([dict(item) for item in page if items.stamp_of(item["sk"]["S"]) in lease.head.lost])
    ordered = [changes[sk] for sk in sorted(changes)]
    store.put_all(ordered)
    release = parent._replace(
        number=number,
        published_at=making.published_at,
        message="",
        changes={str(ChangeKind.REDACTED): len(ordered)},
        digest=Digest(""),
        parent=parent.digest,
    )
    digest = ReleaseDigest(header(release))
    for change in ordered:
        digest.add(link_of(change))
    release = release._replace(digest=digest.digest())
    put_release(store, making, release)
    leases.flip(lease, redacts=True)
    for attempt in attempts:
        forget(store, attempt)
        leases.cleared(attempt)
    return release


def _revision(store: Store, rewrite: Rewrite) -> "Item":
    return _there(store, items.key(items.document_pk(rewrite.path), rewrite.mark))


def _rewritten(item: "Item", rewrite: Rewrite, reason: str, number: int) -> "NewItem":
    """Return a revision with the replacements, and a note that release `number` made them."""
    members: dict[str, Any] = json.loads(item["body"]["S"])
    for pointer, new in rewrite.replaced.items():
        _put(members, pointer, new)
    earlier = [entry for entry in members.get("redactions", ()) if entry["release"] != number]
    members["redactions"] = [*earlier, {"fields": sorted(rewrite.replaced), "reason": reason, "release": number}]
    body = rfc8785.dumps(members).decode()
    return {
        **item,
        "body": items.text(body),
        "digest": items.text(digest_of(body)),
        "content_digest": items.text(content_digest_of(body)),
        "salt": items.text(rewrite.salt),
        "seal": items.text(seal_of(rewrite.salt, body)),
        "redacted": items.number(number),
    }


def _rewrite(store: Store, making: Making, rewrite: Rewrite, reason: str) -> "NewItem":
    """Rewrite a revision, and update its digest in the feed. Return the change that documents the redaction."""
    old = _revision(store, rewrite)
    new = _rewritten(old, rewrite, reason, making.number)
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    if changed and not store.update(
        items.key(old["pk"]["S"], old["sk"]["S"]),
        "SET " + ", ".join(f"#{name} = :{name}" for name in changed),
        ConditionExpression="#digest = :known",
        ExpressionAttributeNames={f"#{name}": name for name in (*changed, "digest")},
        ExpressionAttributeValues={":known": old["digest"], **{f":{name}": value for name, value in changed.items()}},
    ):
        raise LeaseLost("a later attempt has rewritten a revision; it finishes this redaction")
    redactions = json.loads(new["body"]["S"])["redactions"]
    for release in {int(rewrite.mark[:10]), *(entry["release"] for entry in redactions)}:
        low = f"{items.padded(release)}#{rewrite.path}#"
        for page, _ in store.query(items.CHANGES, low, f"{low}~", ProjectionExpression="pk, sk, #number", **_named("number")):
            for change in page:
                if change["number"] == new["number"]:
                    key, values = items.key(change["pk"]["S"], change["sk"]["S"]), {":digest": new["digest"]}
                    store.update(key, "SET #digest = :digest", **_named("digest"), ExpressionAttributeValues=values)
    return {
        **items.key(items.CHANGES, items.change_sk(rewrite.path, making.mark, rewrite.number)),
        "path": items.text(rewrite.path),
        "kind": items.text(ChangeKind.REDACTED),
        "release": items.number(making.number),
        "number": items.number(rewrite.number),
        "digest": new["digest"],
        "seal": new["seal"],
        "reason": items.text(reason),
        "fields": {"L": [items.text(field) for field in redactions[-1]["fields"]]},
    }


def _reindex(store: Store, path: str, generations: Sequence[Generation], renew: Callable[[], None]) -> None:
    """Replace all index entries of a document by those of these generations. The by-id entries, which locate the others, go last.

    The entries carry the stamps of earlier publishes, so readers do not ignore them. Nobody may write them after losing the lease:
    `renew` is called before each step.
    """
    wanted: dict[tuple[str, str], NewItem] = {}
    for generation in generations:
        revision = _there(store, items.key(items.document_pk(path), generation.revision))
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
    known = list(_manifest(store, path))
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


def _manifest(store: Store, path: str) -> "Iterator[Item]":
    """Yield every by-id entry of a document, from the lists and from their history."""
    collection, _, slug = path.partition("/")
    for name in (collection, f"{collection}?{GONE}"):
        pk = items.list_pk(name, items.BY_ID)
        for partition in (pk, items.history_pk(pk)):
            for page, _ in store.query(partition, f"#{slug}#", f"#{slug}#~"):
                yield from page


def _recount(store: Store, name: str, lost: frozenset[str]) -> None:
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


def _rows(redaction: Redaction) -> Iterator[dict[str, Any]]:
    for one in redaction.rewrites:
        yield {"path": one.path, "mark": one.mark, "number": one.number, "replaced": dict(one.replaced), "salt": one.salt}
    for path, generations in sorted(redaction.generations.items()):
        for stay in generations:
            row = [stay.start, stay.end, stay.revision, stay.number, stay.lists, stay.sort_keys, stay.values, stay.span]
            yield {"path": path, "generation": row}


def _generation(members: list[Any]) -> Generation:
    start, end, revision, number, lists, sort_keys, values, span = members
    orders = tuple((order, key) for order, key in sort_keys)
    return Generation(start, end, revision, number, tuple(lists), orders, tuple(values), tuple(span) if span else None)


def _note(attempt: int, index: int, row: Mapping[str, Any]) -> "NewItem":
    return {**_note_key(attempt, index), "note": items.text(json.dumps(row, ensure_ascii=False, separators=(",", ":")))}


def _note_key(attempt: int, index: int) -> "NewItem":
    return items.key(items.redaction_pk(attempt), items.padded(index) if index else _HEAD)


def _notes(store: Store, attempt: int) -> "Iterator[Item]":
    for page, _ in store.query(items.redaction_pk(attempt), _HEAD, "~"):
        yield from page


def _read(store: Store, attempt: int) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    notes = _notes(store, attempt)
    head: dict[str, Any] = json.loads(next(notes)["note"]["S"])
    return head, (json.loads(note["note"]["S"]) for note in notes)


def _put(value: Any, pointer: str, new: Any) -> None:
    """Set the value at a JSON Pointer. Do nothing if it no longer exists."""
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]
    for part in way:
        value = value[int(part)] if isinstance(value, list) else value.get(part) if isinstance(value, dict) else None
    if isinstance(value, list):
        value[int(last)] = new
    elif isinstance(value, dict) and last in value:
        value[last] = new


def _named(*names: str) -> dict[str, Any]:
    return {"ExpressionAttributeNames": {f"#{name}": name for name in names}}


def _there(store: Store, key: "Item") -> "Item":
    item = store.get(key)
    if item is None:
        raise RecordProblem(f"the item {key['pk']['S']} {key['sk']['S']} is missing from the table")
    return item
