"""Verifies the totals of lists: computes them from the generations, and compares them with those in the table."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from record import items
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

    def count(self, lists: Iterable[str], mark: str, delta: int) -> None:
        """Count a document that is added to (1) or removed from (-1) lists at a stamp."""
        upsert = (
            "INSERT INTO total (list, stamp, delta) VALUES (?, ?, ?) ON CONFLICT (list, stamp) DO UPDATE SET delta = delta + excluded.delta"
        )
        self._database.executemany(upsert, ((name, mark, delta) for name in lists))

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
