"""Which release a request reads at, and how long its answer may therefore be kept."""

from typing import NamedTuple

from handlers import cursors
from handlers.cursors import Cursor
from handlers.parameters import Moment
from handlers.problems import BadParameters, Fault, Problem
from record.reading import Reader


class ReadAt(NamedTuple):
    """The release that is read, and whether the request named it, so that its answer can never change.

    `asked` says that it asked for a release or time, and `negotiated` that it did so by Accept-Datetime.
    """

    release: int
    named: bool
    asked: bool = False
    negotiated: bool = False

    def cache(self, current: str = "current") -> str:
        """Return the row of the contract's cache policies for answers read here; `current` is the one for the current release."""
        return "pinned" if self.named else current


def resolve(reader: Reader, moment: Moment, cursor: Cursor | None = None) -> ReadAt:
    """Return the release to read at; raise Problem where there is none, or where a cursor is of another."""
    # A client may name what another instance has shown it, up to two seconds before this one asks again.
    head = reader.head(max(moment.release or 0, cursor.release if cursor else 0), cursor.epoch if cursor else 0)
    if not head.release:
        raise Problem("record-unavailable", "no release has been published yet")
    if moment.release is not None and moment.release > head.release:
        message = f"release is a number from 1 to {head.release}, the current release; not {moment.release}"
        raise BadParameters([Fault("query", "release", "invalid-parameter", message)])
    if moment.release is not None:
        at = ReadAt(moment.release, named=True, asked=True)
    elif moment.as_of is not None:
        found = reader.release_at(moment.as_of)
        if not found and not moment.negotiated:
            raise Problem("not-found", "the record has no release as old as that")
        # Who negotiates gets the first where none is as old as that (RFC 7089, 4.5.3).
        at = ReadAt(found or 1, named=(found or 1) < head.release, asked=True, negotiated=moment.negotiated)
    else:
        at = ReadAt(head.release, named=False)
    return _with_cursor(at, moment, cursor, head.release, head.epoch) if cursor else at


def _with_cursor(at: ReadAt, moment: Moment, cursor: Cursor, current: int, epoch: int) -> ReadAt:
    if cursor.release > current or cursor.epoch > epoch:
        raise cursors.invalid("is not one that this API handed out")
    if cursor.epoch < epoch:
        raise Problem("cursor-expired", "something was taken out of the record since; start again without the cursor")
    if moment != Moment() and cursor.release != at.release:
        name = "release" if moment.release is not None else "as_of"
        message = f"the cursor goes on at release {cursor.release}, and {name} asks for release {at.release}"
        raise BadParameters([Fault("query", name, "conflicting-parameters", message)])
    return ReadAt(cursor.release, named=True, asked=at.asked)
