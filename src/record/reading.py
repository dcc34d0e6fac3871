"""Reads the record, always at a release, and caches it: what is read at a release never changes. Nothing here writes.

A document costs one round trip and a page two, whatever the size of the record. A cache hit costs none.
"""

import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from record import items
from record.cache import Cache
from record.current import HEAD_SECONDS, Current, Stale
from record.damage import check_revision
from record.decoding import change_of, release_of, revision_of, sealed_revision_of
from record.errors import ItemMissing, RecordDamaged
from record.model import Change, Head, Page, PageRequest, Release, Revision
from record.paging import Paging
from record.store import Spent, Store, there

if TYPE_CHECKING:
    from record.items import Item

T = TypeVar("T")
CACHE_BYTES = 48 * 1024 * 1024
# How many documents are read in parallel when there is no list that has their revisions' keys.
AT_ONCE = 8
_WITHOUT_BODY = ("sk", "path", "number", "release", "published_at", "state", "digest", "seals", "salts", "reason", "target")


class Reader:
    """The record, read through a cache.

    Safe to share between threads, except `begin`, `stale` and `spent`: they belong to one response, and an instance serves one at
    a time.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.monotonic,
        head_seconds: float = HEAD_SECONDS,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        """Read from this store. Read the head again after `head_seconds`. Cache about `cache_bytes` at most."""
        self._store = store
        self._cache = Cache(cache_bytes)
        self._current = Current(store, clock, head_seconds, self._cache.clear)
        self._paging = Paging(store, self._cache, self._current, self.release)

    def begin(self) -> None:
        """Start a response, which must be ready within three seconds. Afterwards `stale` and `spent` describe it."""
        self._store.begin()
        self._current.stale = None

    @property
    def stale(self) -> Stale | None:
        """Why the response since `begin` may be out of date; None if it is not."""
        return self._current.stale

    @property
    def spent(self) -> Spent:
        """What the response since `begin` cost."""
        return self._store.spent

    def head(self, release: int = 0, epoch: int = 0) -> Head:
        """Return the head. It is read at most once per `head_seconds`. Release 0 means that nothing was published yet.

        It is read at once if the known head is older than this release or epoch: the client has seen a later one elsewhere.
        While DynamoDB is unreachable, return the last known head for up to STALE_SECONDS.
        """
        return self._current.head(release, epoch)

    def release(self, number: int) -> Release | None:
        """Return a release, or None if it does not exist."""
        return self._cache.through(("release", number), lambda: self._release(number)) if 1 <= number <= self.head().release else None

    def releases(self, before: int, limit: int) -> list[Release]:
        """Return the releases with numbers below `before`, newest first, at most `limit`."""
        numbers = range(min(before - 1, self.head().release), 0, -1)[:limit]
        found = self._store.batch_get([items.key(items.RELEASES, items.padded(number)) for number in numbers])
        return [_checked(release_of(there(found, items.RELEASES, items.padded(number))), number) for number in numbers]

    def release_at(self, moment: str) -> int:
        """Return the number of the release that was current at a time (in the format of `published_at`); 0 before the first."""
        low, high = 0, self.head().release
        while low < high:
            middle = (low + high + 1) // 2
            release = self.release(middle)
            if release is None:
                raise ItemMissing(f"release {middle} is missing")
            if release.published_at <= moment:
                low = middle
            else:
                high = middle - 1
        return low

    def keep(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        """Cache something that was made from what was read, so that it is removed together with it. Return it.

        `key` starts with a name of the caller's own, and contains everything that the value depends on, above all the release.
        """
        return self._cache.through(("kept", *key), make)

    def document(self, path: str, release: int) -> Revision | None:
        """Return a document as it was at a release, or None if it did not exist yet."""
        return self._cache.through(("document", path, release), lambda: self._document(path, release))

    def documents(self, paths: Sequence[str], release: int) -> list[Revision | None]:
        """Return documents as they were at a release, in the order of `paths`. Several are read in parallel."""
        if sum(1 for path in paths if ("document", path, release) not in self._cache) < 2:
            return [self.document(path, release) for path in paths]
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most instances never need it

        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return list(pool.map(lambda path: self.document(path, release), paths))

    def revisions(self, path: str, release: int, before: int, limit: int) -> list[Revision]:
        """Return a document's revisions up to a release with numbers below `before`, newest first, with seals, without bodies."""
        found: list[Revision] = []
        options = {
            "ScanIndexForward": False,
            "Limit": limit + 2,  # keep it small: DynamoDB reads, and charges, whole revisions
            "ProjectionExpression": ", ".join(f"#{name}" for name in _WITHOUT_BODY),
            "ExpressionAttributeNames": {f"#{name}": name for name in _WITHOUT_BODY},
        }
        for revision in self._history(path, release, options, sealed_revision_of, has_body=False):
            if revision.number < before:
                found.append(revision)
            if len(found) == limit:
                break
        return found

    def revision(self, path: str, release: int, number: int) -> Revision | None:
        """Return a document's revision with this number, or None if it did not exist yet at the release."""
        options = {
            "ScanIndexForward": False,
            "Limit": AT_ONCE,
            "FilterExpression": "#number = :number",
            "ExpressionAttributeNames": {"#number": "number"},
            "ExpressionAttributeValues": {":number": items.number(number)},
        }
        return next(iter(self._history(path, release, options)), None)

    def changes(self, after: str, release: int, limit: int) -> list[Change]:
        """Return the changes after a key of the feed up to a release, oldest first, at most `limit`."""
        lost = self.head().lost
        found: list[Change] = []
        for page, _ in self._store.query(items.CHANGES, f"{after}\x00", items.bound(release), Limit=limit + 10):
            found += [change_of(item) for item in page if items.stamp_of(item["sk"]["S"]) not in lost]
            if len(found) >= limit:
                break
        return found[:limit]

    def page(self, request: PageRequest) -> Page:
        """Return a page of a list at a release."""
        return self._paging.page(request)

    def smallest(self, lists: Sequence[str], release: int) -> str:
        """Return the list that has the fewest entries at a release."""
        return self._paging.smallest(lists, release)

    def _release(self, number: int) -> Release | None:
        item = self._store.get(items.key(items.RELEASES, items.padded(number)))
        if item is None:
            raise ItemMissing(f"release {number} is missing")
        return _checked(release_of(item), number)

    def _document(self, path: str, release: int) -> Revision | None:
        # Read one item: the newest revision is nearly always the right one. More are read only if a lost attempt left one above it.
        return next(iter(self._history(path, release, {"ScanIndexForward": False, "Limit": 1})), None)

    def _history(
        self,
        path: str,
        release: int,
        options: Mapping[str, Any],
        decode: "Callable[[Item], Revision]" = revision_of,
        *,
        has_body: bool = True,
    ) -> Iterator[Revision]:
        lost = self.head().lost
        for page, _ in self._store.query(items.document_pk(path), "0", items.bound(release), **options):
            for item in page:
                if items.stamp_of(item["sk"]["S"]) not in lost:
                    check_revision(item, path, has_body=has_body)
                    yield decode(item)


def _checked(release: Release, number: int) -> Release:
    """Return the release. Raise RecordDamaged if it has another number than its key."""
    if release.number != number:
        raise RecordDamaged(f"the release {number} says that it is release {release.number}")
    return release
