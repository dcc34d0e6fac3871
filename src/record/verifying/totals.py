"""Verifies the totals of lists, and the counts of releases: computes them from the generations, and compares them with the table."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from record import items
from record.model import Release
from record.verifying.findings import (
    Discrepancy,
    release_in,
)


class Totals:
    """The totals of all lists, computed and from the table. They are kept in a temporary file, because there can be many."""

    def __init__(self) -> None:
        """Create the empty temporary file."""
        self._database = sqlite3.connect("")
        self._database.execute(
            "CREATE TABLE total (list TEXT, stamp TEXT, delta INTEGER DEFAULT 0, here INTEGER, there INTEGER, "
            "PRIMARY KEY (list, stamp)) WITHOUT ROWID"
        )
        self._database.execute("CREATE TABLE stated (list TEXT, release INTEGER, count INTEGER, PRIMARY KEY (list, release)) WITHOUT ROWID")
        self._database.execute("CREATE TABLE release (number INTEGER PRIMARY KEY)")

    def count(self, lists: Iterable[str], mark: str, delta: int) -> None:
        """Count a document that is added to (1) or removed from (-1) lists at a stamp."""
        upsert = (
            "INSERT INTO total (list, stamp, delta) VALUES (?, ?, ?) ON CONFLICT (list, stamp) DO UPDATE SET delta = delta + excluded.delta"
        )
        self._database.executemany(upsert, ((name, mark, delta) for name in lists))

    def state(self, release: Release) -> None:
        """Store the number of documents per collection that a release states."""
        self._database.execute("INSERT OR REPLACE INTO release VALUES (?)", (release.number,))
        rows = ((name, release.number, count) for name, count in release.counts.items())
        self._database.executemany("INSERT OR REPLACE INTO stated VALUES (?, ?, ?)", rows)

    def hold(self, name: str, mark: str, total: int, *, history: bool) -> None:
        """Store the total in the table for a list from a stamp on; `history` says that it is archived."""
        column = "there" if history else "here"
        self._database.execute("INSERT OR IGNORE INTO total (list, stamp) VALUES (?, ?)", (name, mark))
        self._database.execute(f"UPDATE total SET {column} = ? WHERE list = ? AND stamp = ?", (total, name, mark))  # noqa: S608

    def close(self) -> None:
        """Delete the file."""
        self._database.close()

    def verify(self) -> Iterator[Discrepancy]:
        """Yield every total that is wrong, missing, or in the wrong item."""
        rows = self._database.execute("SELECT list, stamp, delta, here, there FROM total ORDER BY list, stamp")
        for name, stamps in groupby(rows, itemgetter(0)):
            own, history = f"{items.total_pk(name)} {items.TOTAL}", f"{items.history_pk(items.total_pk(name))} {items.TOTAL}"
            total, here = 0, None
            begun = False  # whether there was a total in the list's own item: all later ones must be there too
            for _, mark, delta, here, there in stamps:
                total += delta
                begun |= here is not None
                for where, value in ((own, here), (f"{history}{mark}", there)):
                    if value is not None and not delta:
                        yield Discrepancy(where, release_in(mark), f"it has a total for {mark}, at which the list's length did not change")
                    elif value not in (None, total):
                        yield Discrepancy(where, release_in(mark), f"the total for {mark} is {value}, but should be {total}")
                if delta and here is None and (begun or there is None):
                    yield Discrepancy(own, release_in(mark), f"the total for {mark} is missing")
            if here is None and not begun:
                yield Discrepancy(own, release_in(mark), "the newest total is missing")

    def verify_counts(self) -> Iterator[Discrepancy]:
        """Yield every release that states another number of documents in a collection than the index has."""
        names = self._database.execute("SELECT list FROM total WHERE instr(list, '?') = 0 UNION SELECT list FROM stated ORDER BY 1")
        for (name,) in names:
            deltas = self._database.execute("SELECT stamp, delta FROM total WHERE list = ? ORDER BY stamp", (name,))
            following = next(deltas, None)
            total = 0
            for number, stated in self._database.execute(
                "SELECT number, coalesce(count, 0) FROM release LEFT JOIN stated ON list = ? AND stated.release = number ORDER BY number",
                (name,),
            ):
                while following is not None and following[0] < items.bound(number):
                    total += following[1]
                    following = next(deltas, None)
                if stated != total:
                    where = f"{items.RELEASES} {items.padded(number)}"
                    yield Discrepancy(where, number, f"its count of {name} is {stated}, but the index has {total}")
