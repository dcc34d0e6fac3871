"""Scans the whole table for stray items: those that belong to nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from record import items
from record.model import GONE
from record.store import BATCH_GET, Store
from record.verifying.findings import (
    CHUNK,
    DUE,
    NUMBERED,
    OLD_TOTAL,
    REMOVED,
    REMOVED_KEY,
    Discrepancy,
    Marks,
    Shape,
    parsed,
    release_in,
)
from record.verifying.placements import Placements
from record.verifying.totals import Totals
from record.writing.comparing import entry_places

if TYPE_CHECKING:
    from record.items import Item

_ENTRY = re.compile(r"[^#]*#[^#]+#\d{10}\.\d{10}")


@dataclass(frozen=True, slots=True)
class _Belongs:
    """The condition for an item to be legitimate: an item exists at one of `keys`.

    With a `place`, that item must be a by-id entry that names this place; if `ended`, it must have ended. With a `path`, it must be
    a change of this document. `otherwise` is the discrepancy if there is none.
    """

    keys: tuple[tuple[str, str], ...]
    otherwise: Discrepancy
    place: tuple[str, str] | None = None
    ended: bool = False
    path: str | None = None


class Strays:
    """Finds the items that belong to nothing."""

    def __init__(self, store: Store, marks: Marks, totals: Totals, placements: Placements | None, collections: Mapping[str, int]) -> None:
        """Scan this table, whose documents belong to these collections. Adds its totals to `totals`, its revisions to `placements`."""
        self._store = store
        self._marks = marks
        self._totals = totals
        self._placements = placements
        self._collections = collections
        self._won = {attempt for attempt, _ in marks.won()}

    def verify(self) -> Iterator[Discrepancy]:
        """Yield every item that belongs to nothing."""
        waiting: list[_Belongs] = []
        for page in self._store.scan():
            for item in page:
                for found in self._judge(item):
                    if isinstance(found, Discrepancy):
                        yield found
                    else:
                        waiting.append(found)
                if len(waiting) >= BATCH_GET // 2:
                    yield from self._alone(waiting)
                    waiting = []
        yield from self._alone(waiting)

    def _judge(self, item: "Item") -> Iterator[Discrepancy | _Belongs]:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        kind, _, name = pk.partition("#")
        stray = Discrepancy(f"{pk} {sk}", self._marks.head.release, "it is not an item of the record")
        if kind == items.RELEASES and not name:
            yield from self._release(item, stray)
        elif pk == items.CHANGES:
            mark = items.stamp_of(sk)
            if not self._is_of_a_release(mark) or not f"{mark[:10]}#" < sk <= f"{mark[:10]}#~":
                yield from () if self._marks.ignores(mark) else (stray,)
        elif kind == "DOC":
            yield from self._revision(item, name, stray)
        elif kind in ("LIST", "HISTORY") and "|" in name:
            yield from self._entry(item, stray)
        elif kind in ("LIST", "HISTORY"):
            yield from self._total(item, stray)
        elif kind in ("INTENT", "REDACTION") and NUMBERED.fullmatch(name):
            yield from self._note(item, stray)
        elif pk == items.REMOVED or (pk, sk) == (items.REVIEWS, items.DUE):
            shape = DUE if pk == items.REVIEWS else REMOVED_KEY if sk == items.REMOVED_KEY else REMOVED
            if misfit := shape.misfit(item):
                yield Discrepancy(stray.path, stray.release, misfit)
        else:
            yield stray

    def _release(self, item: "Item", stray: Discrepancy) -> Iterator[Discrepancy]:
        sk = item["sk"]["S"]
        if sk != items.CURRENT and not (NUMBERED.fullmatch(sk) and 1 <= int(sk) <= self._marks.head.release):
            attempt = item.get("attempt", {}).get("N", "")
            if not (NUMBERED.fullmatch(sk) and attempt.isdigit() and self._marks.ignores(items.stamp(int(sk), int(attempt)))):
                yield stray

    def _is_of_a_release(self, mark: str) -> bool:
        return self._marks.is_published(mark) and not self._marks.ignores(mark)

    def _revision(self, item: "Item", path: str, stray: Discrepancy) -> Iterator[Discrepancy | _Belongs]:
        mark = item["sk"]["S"]
        if self._marks.ignores(mark):
            return
        collection, _, slug = path.partition("/")
        if not self._is_of_a_release(mark) or collection not in self._collections or not slug:
            yield Discrepancy(path if slug else stray.path, release_in(mark), f"{stray.path}: {stray.message}")
            return
        if self._placements is not None:
            self._placements.add(path, mark, item)
        changes = tuple((items.CHANGES, sk) for sk in item.get("rows", {}).get("SS", ()) if items.stamp_of(sk) == mark)
        yield _Belongs(changes, Discrepancy(path, release_in(mark), "the feed does not name its revision"), path=path)
        pks = [items.list_pk(name, items.BY_ID) for name in (collection, f"{collection}?{GONE}")]
        by_id = tuple((partition, f"#{slug}#{mark}") for pk in pks for partition in (pk, items.history_pk(pk)))
        yield _Belongs(by_id, Discrepancy(path, release_in(mark), "the index does not name its revision"))

    def _entry(self, item: "Item", stray: Discrepancy) -> Iterator[Discrepancy | _Belongs]:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        mark = items.stamp_of(sk)
        if self._marks.ignores(mark):
            return
        name = pk.partition("#")[2].rpartition("|")[0]
        collection = name.partition("?")[0]
        if not _ENTRY.fullmatch(sk) or collection not in self._collections:
            yield stray
            return
        path = items.path_of(name, sk)
        by_id = items.list_pk(name if name.endswith(f"?{GONE}") else collection, items.BY_ID)
        keys = tuple((partition, f"#{path.partition('/')[2]}#{mark}") for partition in (by_id, items.history_pk(by_id)))
        is_old = pk.startswith("HISTORY#")
        place = f"LIST#{pk.partition('#')[2]}", sk
        yield _Belongs(keys, Discrepancy(path, release_in(mark), f"its entry {stray.path} belongs to nothing"), place, is_old)

    def _total(self, item: "Item", stray: Discrepancy) -> Iterator[Discrepancy]:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        name = pk.partition("#")[2]
        if pk.startswith("HISTORY#"):
            mark = sk.removeprefix(items.TOTAL)
            if self._marks.ignores(mark):
                return
            if OLD_TOTAL.misfit(item) or not sk.startswith(items.TOTAL) or not self._marks.is_published(mark):
                yield Discrepancy(stray.path, release_in(mark), OLD_TOTAL.misfit(item) or stray.message)
            else:
                self._totals.hold(name, mark, int(item["total"]["N"]), history=True)
            return
        if sk != items.TOTAL:
            yield stray
            return
        for mark in sorted(set(item) - {"pk", "sk"}):
            if self._marks.ignores(mark):
                continue
            if not self._marks.is_published(mark) or Shape({mark: "N"}).misfit({mark: item[mark]}):
                yield Discrepancy(stray.path, release_in(mark), f"its {mark} is not a total of a release")
            else:
                self._totals.hold(name, mark, int(item[mark]["N"]), history=False)

    def _note(self, item: "Item", stray: Discrepancy) -> Iterator[Discrepancy]:
        """Check an intent or a note of a redaction. The intents of releases are compared with their entries elsewhere."""
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        attempt = int(pk.partition("#")[2])
        is_won, is_redaction = attempt in self._won, pk == items.redaction_pk(attempt)
        unseen = [*self._marks.head.lost, *([self._marks.under_way] if self._marks.under_way else [])]
        if is_redaction and sk == items.TOTAL and not is_won:
            yield Discrepancy(stray.path, stray.release, "a redaction was started, but not finished; the next publish finishes it")
        elif not is_won and any(mark.endswith(f".{items.padded(attempt)}") for mark in unseen):
            return
        elif not is_won or not (NUMBERED.fullmatch(sk) or (is_redaction and sk == items.TOTAL)):
            yield stray
        elif is_redaction:  # nothing follows from it any more, so it can't be compared with anything
            yield Discrepancy(
                stray.path, stray.release, "a redaction was finished, but its notes were not deleted; the next publish does that"
            )
        elif misfit := CHUNK.misfit(item):
            yield Discrepancy(stray.path, stray.release, misfit)

    def _alone(self, waiting: Sequence[_Belongs]) -> Iterator[Discrepancy]:
        keys = sorted({key for one in waiting for key in one.keys})
        found = self._store.batch_get([items.key(*key) for key in keys])
        for one in waiting:
            there = [found[key] for key in one.keys if key in found]
            if one.place is not None:
                there = [
                    by_id for by_id in there if self._names(by_id, one.place) and not (one.ended and self._marks.end_of(by_id) is None)
                ]
            if one.path is not None:
                there = [change for change in there if change.get("path") == items.text(one.path)]
            if not there:
                yield one.otherwise

    @staticmethod
    def _names(by_id: "Item", place: tuple[str, str]) -> bool:
        placed = parsed(by_id["pk"]["S"].partition("#")[2].rpartition("|")[0], by_id)
        return placed is not None and place in entry_places(placed.path, placed.lists, placed.sort_keys, placed.mark)
