"""Which release a request reads, and how long its answer may therefore be cached."""

from typing import NamedTuple

from handlers import cursors
from handlers.cursors import Cursor
from handlers.parameters import RequestedRelease
from handlers.problems import BadParameters, Fault, Problem
from handlers.request import Request
from record.reading import Reader


class Snapshot(NamedTuple):
    """The record at one release.

    `pinned` is true if the request named this release, so that its answer never changes; `requested` if it asked for a release or a time at
    all; `negotiated` if it did so by an Accept-Datetime header (RFC 7089).
    """

    release: int
    pinned: bool
    requested: bool = False
    negotiated: bool = False

    def cache(self, current: str = "current") -> str:
        """Return the name of the cache policy for an answer from this snapshot; `current` is the policy at the current release."""
        return "pinned" if self.pinned else current

    def named(self, request: Request) -> Request:
        """Return the request that names this release in its query, if the time was negotiated; else the request as it is.

        A negotiated answer says in Content-Location that it is the answer to that request, so its own links must be the same.
        """
        return request.at_release(self.release) if self.negotiated else request

    def memento(self, reader: Reader) -> str | None:
        """Return when this release was published, if the request asked for a release or time: a list's Memento-Datetime."""
        release = reader.release(self.release) if self.requested else None
        return release.published_at if release else None


def resolve(reader: Reader, requested: RequestedRelease, cursor: Cursor | None = None) -> Snapshot:
    """Return the snapshot to read. Raises Problem if there is no such release, or if the cursor belongs to another one."""
    # Another instance may have shown the client a release that this instance asks for only in up to two seconds.
    head = reader.head(max(requested.release or 0, cursor.release if cursor else 0), cursor.epoch if cursor else 0)
    if not head.release:
        raise Problem("record-unavailable", "no release has been published yet")
    if requested.release is not None and requested.release > head.release:
        message = f"release is a number from 1 to {head.release}, the current release; not {requested.release}"
        raise BadParameters([Fault("query", "release", "invalid-parameter", message)])
    if requested.release is not None:
        snapshot = Snapshot(requested.release, pinned=True, requested=True)
    elif requested.as_of is not None:
        found = reader.release_at(requested.as_of)
        if not found and not requested.negotiated:
            raise Problem("not-found", "the record has no release as old as that")
        # A negotiated time before the first release gets the first release (RFC 7089, 4.5.3).
        release = found or 1
        snapshot = Snapshot(release, pinned=release < head.release, requested=True, negotiated=requested.negotiated)
    else:
        snapshot = Snapshot(head.release, pinned=False)
    return _of_cursor(snapshot, requested, cursor, head.release, head.epoch) if cursor else snapshot


def _of_cursor(snapshot: Snapshot, requested: RequestedRelease, cursor: Cursor, current: int, epoch: int) -> Snapshot:
    if cursor.release > current or cursor.epoch > epoch:
        raise cursors.invalid("was not issued by this API")
    if cursor.epoch < epoch:
        raise Problem("cursor-expired", "the record was redacted after this cursor was issued; start again without the cursor")
    if requested != RequestedRelease() and cursor.release != snapshot.release:
        name = "release" if requested.release is not None else "as_of"
        message = f"the cursor continues at release {cursor.release}, and {name} asks for release {snapshot.release}"
        raise BadParameters([Fault("query", name, "conflicting-parameters", message)])
    return Snapshot(cursor.release, pinned=True, requested=snapshot.requested)
