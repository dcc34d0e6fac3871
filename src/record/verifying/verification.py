"""Verifies the record: everything that can be derived from other data in the table is derived again, and compared.

There are three passes, each with one page of items in memory: along the chain, with every release, change and revision; over the whole
table, for items that belong to nothing, which also reads what follows from each document; and along the index, document by document.
Nothing in the table is trusted here: data that can't be parsed is a discrepancy, never an exception.
"""

import contextlib
import datetime
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from record import items
from record.decoding import head_of
from record.model import Release
from record.store import Store
from record.verifying.chain import Chain
from record.verifying.findings import (
    CURRENT,
    STAMP,
    Discrepancy,
    Marks,
    OtherRules,
    Redaction,
    release_in,
)
from record.verifying.index import Index
from record.verifying.placements import Placements, Rules
from record.verifying.removals import verify_removals
from record.verifying.strays import Strays
from record.verifying.totals import Totals

if TYPE_CHECKING:
    from record.items import Item

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def verify(store: Store, rules: Rules | None = None) -> Iterator[Discrepancy | Release | Redaction | OtherRules]:
    """Yield every release, after its discrepancies and redactions. Then yield the discrepancies of the whole table and the index.

    The index must be what follows from the documents by these rules. Without rules, that is not checked: only whether the index agrees
    with itself. Before the index, yield the releases whose index was made by other rules.
    """
    where = f"{items.RELEASES} {items.CURRENT}"
    current = store.get(items.key(items.RELEASES, items.CURRENT))
    if current is None:
        if any(store.scan()):
            yield Discrepancy(where, 0, "it is missing, and nothing can be verified without it; a restore writes it last")
        return
    if misfit := CURRENT.misfit(current):
        yield Discrepancy(where, 0, f"{misfit}, and nothing can be verified without it")
        return
    with contextlib.ExitStack() as files:
        totals = files.enter_context(contextlib.closing(Totals()))
        placements = files.enter_context(contextlib.closing(Placements(rules))) if rules else None
        chain = Chain(store, _marks_of(current))
        before: Release | None = None
        for found in chain.verify():
            if isinstance(found, Release):
                yield from _wrong_time(found, before)
                before = found
                totals.state(found)
                if placements is not None:
                    placements.see(found)
            yield found
        for message in _wrong_current(current, chain):
            yield Discrepancy(where, chain.marks.head.release, message)
        yield from Strays(store, chain.marks, totals, placements, chain.last.counts if chain.last else {}).verify()
        if chain.last is None:
            return
        if placements is not None:
            yield from placements.others()
        yield from Index(store, chain.marks, totals, placements).verify(chain.last)
        if placements is not None:
            yield from placements.compare_due(store.get(items.key(items.REVIEWS, items.DUE)))
        yield from totals.verify()
        yield from totals.verify_counts()
        yield from verify_removals(store, chain.last.number)


def _wrong_time(release: Release, before: Release | None) -> Iterator[Discrepancy]:
    """Yield a discrepancy if the time of a release is not a time, or not after that of the release before. `as_of` relies on both."""
    where, at = f"{items.RELEASES} {items.padded(release.number)}", release.published_at
    if not _is_time(at):
        yield Discrepancy(where, release.number, f"its published_at is {at}, which is not a time like 2026-11-27T23:15:00.000Z")
    elif before is not None and at <= before.published_at:
        message = f"its published_at is {at}, which is not after that of release {before.number}, {before.published_at}"
        yield Discrepancy(where, release.number, message)


def _is_time(text: str) -> bool:
    try:
        return _TIME.fullmatch(text) is not None and datetime.datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def _marks_of(current: "Item") -> Marks:
    head, attempt = head_of(current), int(current["attempt"]["N"])
    under_way = items.stamp(head.release + 1, attempt) if "owner" in current else None
    unclean = current["unclean"]["NS"] if "unclean" in current else ()
    return Marks(head, attempt, frozenset(int(one) for one in unclean), under_way)


def _wrong_current(current: "Item", chain: "Chain") -> Iterator[str]:
    marks = chain.marks
    if marks.head.epoch != chain.redactions:
        yield f"its epoch is {marks.head.epoch}, but the number of releases with redactions is {chain.redactions}"
    if ("owner" in current) != ("lease_until" in current):
        yield "its lease has no owner or no expiry"
    lost = {int(mark[11:]) for mark in marks.head.lost if STAMP.fullmatch(mark)}
    for mark in sorted(marks.head.lost):
        if not STAMP.fullmatch(mark) or not 1 <= release_in(mark) <= marks.head.release + 1 or not 1 <= int(mark[11:]) < marks.attempt:
            yield f"it says that {mark} is lost, but no attempt can have had this stamp"
        elif int(mark[11:]) in marks.attempts:
            yield f"it says that {mark} is lost, but this attempt made a release"
    for attempt in sorted(marks.unclean - lost - set(marks.attempts)):
        yield f"it says that attempt {attempt} left something to clean up, but it neither made a release nor was lost"
