"""Reading the record, always at a release. What was read at a release never changes, so it is kept; nothing here writes.

A document costs one round trip and a page two, whatever the size of the record; none when it was read before.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from record import items
from record.cache import Cache
from record.errors import RecordUnavailable
from record.model import Change, ChangeKind, Digest, Head, Page, PageRequest, Release, Revision, State
from record.store import Store

if TYPE_CHECKING:
    from record.items import Item

HEAD_SECONDS = 2.0
CACHE_BYTES = 48 * 1024 * 1024
# A page whose conditions match little is filled by several Queries; after these it ends where it stands, with a cursor.
MOST_QUERIES = 8
# How many documents are asked for at once where several are wanted and no list names their revisions.
AT_ONCE = 8
# How many entries a Query for a filtered page reads at once; most of them may not match.
FILTERED_STEP = 300

Places: TypeAlias = "tuple[tuple[tuple[str, str], ...], str | None]"
"""The (path, stamp) of a page's documents, and the place in the list to go on behind; None at its end."""


class Reader:
    """The record, read through a cache. Safe to share between threads."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.monotonic,
        head_seconds: float = HEAD_SECONDS,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        """Read from this store; ask for the current release again after `head_seconds`; keep at most `cache_bytes` of bodies."""
        self._store = store
        self._clock = clock
        self._head_seconds = head_seconds
        self._head: tuple[float, Head] | None = None
        self._cache = Cache(cache_bytes)

    def head(self) -> Head:
        """Return the current release, asked for at most once in `head_seconds`. Release 0 is a record without a release."""
        now = self._clock()
        known = self._head
        if known is not None and now - known[0] < self._head_seconds:
            return known[1]
        item = self._store.get(items.key(items.RELEASES, items.CURRENT))
        head = head_of(item)
        if known is not None and (known[1].epoch != head.epoch or known[1].lost != head.lost):
            # A redaction took something out, or an attempt turned out to be lost: nothing that was kept can be trusted.
            self._cache.clear()
        self._head = (now, head)
        return head

    def release(self, number: int) -> Release | None:
        """Return a release; None where there is none."""
        return self._cache.through(("release", number), lambda: self._release(number)) if 1 <= number <= self.head().release else None

    def releases(self, before: int, limit: int) -> list[Release]:
        """Return the releases below `before`, newest first, at most `limit`."""
        numbers = range(min(before - 1, self.head().release), 0, -1)[:limit]
        found = self._store.batch_get([items.key(items.RELEASES, items.padded(number)) for number in numbers])
        return [release_of(_there(found, items.RELEASES, items.padded(number))) for number in numbers]

    def release_at(self, moment: str) -> int:
        """Return the number of the release that was current at a time (as `published_at` writes it); 0 before the first."""
        low, high = 0, self.head().release
        while low < high:
            middle = (low + high + 1) // 2
            release = self.release(middle)
            if release is None:
                raise RecordUnavailable(f"release {middle} is missing")
            if release.published_at <= moment:
                low = middle
            else:
                high = middle - 1
        return low

    def document(self, path: str, release: int) -> Revision | None:
        """Return a document as it was at a release; None where it did not exist yet."""
        return self._cache.through(("document", path, release), lambda: self._document(path, release))

    def documents(self, paths: Sequence[str], release: int) -> list[Revision | None]:
        """Return documents as they were at a release, in the order of their paths here, several asked for at once."""
        if sum(1 for path in paths if ("document", path, release) not in self._cache) < 2:
            return [self.document(path, release) for path in paths]
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most instances never need it

        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return list(pool.map(lambda path: self.document(path, release), paths))

    def revisions(self, path: str, release: int, before: int, limit: int) -> list[Revision]:
        """Return a document's revisions up to a release with numbers below `before`, newest first, without their bodies."""
        found: list[Revision] = []
        options = {
            "ScanIndexForward": False,
            "ProjectionExpression": "sk, #path, #number, #release, #published_at, #state, #digest, #reason, #target",
            "ExpressionAttributeNames": {
                f"#{name}": name for name in ("path", "number", "release", "published_at", "state", "digest", "reason", "target")
            },
        }
        for revision in self._history(path, release, options):
            if revision.number < before:
                found.append(revision)
            if len(found) == limit:
                break
        return found

    def revision(self, path: str, release: int, number: int) -> Revision | None:
        """Return a document's revision with this number, if it existed at the release."""
        options = {
            "FilterExpression": "#number = :number",
            "ExpressionAttributeNames": {"#number": "number"},
            "ExpressionAttributeValues": {":number": items.number(number)},
        }
        return next(iter(self._history(path, release, options)), None)

    def changes(self, after: str, release: int, limit: int) -> list[Change]:
        """Return the changes behind a key of the feed up to a release, oldest first, at most `limit`."""
        lost = self.head().lost
        found: list[Change] = []
        for page, _ in self._store.query(items.CHANGES, f"{after}\x00", items.bound(release), Limit=limit + 10):
            found += [change_of(item) for item in page if items.stamp_of(item["sk"]["S"]) not in lost]
            if len(found) >= limit:
                break
        return found[:limit]

    def page(self, request: PageRequest) -> Page:
        """Return a page of a list at a release."""
        places, after = self._places(request)
        keys = [items.key(items.document_pk(path), mark) for path, mark in places]
        missing = [key for key, place in zip(keys, places, strict=True) if ("body", *place) not in self._cache]
        total_key = ("total", request.list, request.release)
        ask_total = request.is_whole_list and total_key not in self._cache
        if missing or ask_total:
            self._fetch(missing, [request.list] if ask_total else [], request.release)
        bodies = tuple(self._body(path, mark) for path, mark in places)
        return Page(bodies, self._total(request, len(places), after), after)

    def smallest(self, lists: Sequence[str], release: int) -> str:
        """Return the list with the fewest entries at a release, of one or several."""
        if len(lists) == 1:
            return lists[0]
        unknown = [name for name in lists if ("total", name, release) not in self._cache]
        if unknown:
            self._fetch([], unknown, release)
        return min(lists, key=lambda name: (self._list_total(name, release), name))

    def _places(self, request: PageRequest) -> Places:
        return self._cache.through(("page", request), lambda: self._find(request))

    def _find(self, request: PageRequest) -> Places:
        low, high = _range(request)
        # Some entries on the way have ended or begun later: ask for a few more than are needed, so one Query is enough.
        options = {
            "ScanIndexForward": not request.descending,
            "Limit": request.limit + request.limit // 2 + 2 if request.is_whole_list else FILTERED_STEP,
            **_conditions(request, self.head().lost, "sk, #revision"),
        }
        found: list[tuple[str, str, str]] = []  # path, stamp, place in the list
        pages = self._store.query(items.list_pk(request.list, request.sort), low, high, **options)
        for queries, (page, last) in enumerate(pages, 1):
            for item in page:
                place = _position(item["sk"]["S"])
                if not self._stands_in_all(request, place):
                    continue
                if len(found) == request.limit:
                    return _cut(found, found[-1][2])
                found.append((items.path_of(request.list, item["sk"]["S"]), item["revision"]["S"], place))
            if last is None:
                break
            if len(found) == request.limit and not request.is_whole_list:
                return _cut(found, found[-1][2])
            if queries == MOST_QUERIES:
                return self._stop(request, found, _position(last), options)
        return _cut(found, None)

    def _stop(self, request: PageRequest, found: list[tuple[str, str, str]], place: str, options: dict[str, Any]) -> Places:
        """End an unfilled page behind a place, after a last look at that place: its live entry may not have been reached yet."""
        if len(found) < request.limit and not any(done == place for _, _, done in found):
            pk = items.list_pk(request.list, request.sort)
            for page, _ in self._store.query(pk, f"{place}#", f"{place}#~", **{**options, "Limit": FILTERED_STEP}):
                found += [(item["path"]["S"], item["revision"]["S"], place) for item in page if self._stands_in_all(request, place)]
        return _cut(found, found[-1][2] if len(found) == request.limit and found[-1][2] != place else place)

    def _stands_in_all(self, request: PageRequest, place: str) -> bool:
        """Tell whether the document at this place of the list stands in the other lists too, which its entry does not say."""
        return all(
            any(
                page
                for page, _ in self._store.query(
                    items.list_pk(name, request.sort),
                    f"{place}#",
                    f"{place}#~",
                    **_conditions(PageRequest(name, request.sort, request.release, 1), self.head().lost, "sk"),
                )
            )
            for name in request.members_of
        )

    def _total(self, request: PageRequest, length: int, after: str | None) -> int | None:
        if request.is_whole_list:
            return self._list_total(request.list, request.release)
        if request.after is None and after is None:
            return length
        if request.members_of:
            return None
        counted = replace(request, limit=0, after=None, descending=False)
        return self._cache.through(("count", counted), lambda: self._count(counted))

    def _count(self, request: PageRequest) -> int | None:
        low, high = _range(request)
        return self._store.count(items.list_pk(request.list, request.sort), low, high, **_conditions(request, self.head().lost))

    def _fetch(self, bodies: Sequence["Item"], totals: Sequence[str], release: int) -> None:
        """Read bodies and totals in one batch and keep them."""
        lost = self.head().lost
        keys = [*bodies, *(items.key(items.total_pk(name), items.TOTAL) for name in totals)]
        found = self._store.batch_get(keys)
        for key in bodies:
            pk, sk = key["pk"]["S"], key["sk"]["S"]
            self._cache.put(("body", pk.removeprefix("DOC#"), sk), _there(found, pk, sk)["body"]["S"])
        for name in totals:
            item = found.get((items.total_pk(name), items.TOTAL), {})
            self._cache.put(("total", name, release), total_of(item, release, lost))

    def _body(self, path: str, mark: str) -> str:
        def read() -> str:  # only where its neighbours pushed it out of a cache that is too small for a page
            item = self._store.get(items.key(items.document_pk(path), mark))
            if item is None:
                raise RecordUnavailable(f"the revision {mark} of {path} is missing")
            return item["body"]["S"]

        return self._cache.through(("body", path, mark), read)

    def _list_total(self, name: str, release: int) -> int:
        def read() -> int:
            item = self._store.get(items.key(items.total_pk(name), items.TOTAL)) or {}
            return total_of(item, release, self.head().lost)

        return self._cache.through(("total", name, release), read)

    def _release(self, number: int) -> Release | None:
        item = self._store.get(items.key(items.RELEASES, items.padded(number)))
        if item is None:
            raise RecordUnavailable(f"release {number} is missing")
        return release_of(item)

    def _document(self, path: str, release: int) -> Revision | None:
        # The newest is nearly always ours: one item is asked for, and more only where a lost attempt left one on top.
        return next(iter(self._history(path, release, {"ScanIndexForward": False, "Limit": 1})), None)

    def _history(self, path: str, release: int, options: Mapping[str, Any]) -> Iterator[Revision]:
        lost = self.head().lost
        for page, _ in self._store.query(items.document_pk(path), "0", items.bound(release), **options):
            for item in page:
                if items.stamp_of(item["sk"]["S"]) not in lost:
                    yield revision_of(item)


def head_of(item: "Item | None") -> Head:
    """Return the head that the current release's item says; release 0 where there is none."""
    if item is None:
        return Head(0, 0)
    return Head(int(item["release"]["N"]), int(item["epoch"]["N"]), frozenset(item.get("lost", {}).get("SS", ())))


def release_of(item: "Item") -> Release:
    """Return the release that an item holds."""
    return Release(
        int(item["release"]["N"]),
        item["published_at"]["S"],
        item["message"]["S"],
        {name: int(count["N"]) for name, count in item["counts"]["M"].items()},
        {name: int(count["N"]) for name, count in item["changes"]["M"].items()},
        Digest(item["digest"]["S"]),
        Digest(item["parent"]["S"]) if "parent" in item else None,
    )


def revision_of(item: "Item") -> Revision:
    """Return the revision that an item holds; its body is empty where it was not read."""
    return Revision(
        item["path"]["S"],
        int(item["number"]["N"]),
        int(item["release"]["N"]),
        item["published_at"]["S"],
        State(item["state"]["S"]),
        Digest(item["digest"]["S"]),
        item["body"]["S"] if "body" in item else "",
        item["reason"]["S"] if "reason" in item else None,
        item["target"]["S"] if "target" in item else None,
    )


def change_of(item: "Item") -> Change:
    """Return the change that an item of the feed holds."""
    return Change(
        item["sk"]["S"],
        item["path"]["S"],
        ChangeKind(item["kind"]["S"]),
        int(item["release"]["N"]),
        int(item["number"]["N"]),
        Digest(item["digest"]["S"]),
        item["reason"]["S"] if "reason" in item else None,
        tuple(field["S"] for field in item["fields"]["L"]),
    )


def total_of(item: "Item", release: int, lost: frozenset[str]) -> int:
    """Return a list's total at a release from its item, which has one attribute for each stamp at which it changed."""
    bound = items.bound(release)
    marks = [name for name in item if name not in ("pk", "sk") and name < bound and name not in lost]
    return int(item[max(marks)]["N"]) if marks else 0


def visible(release: int, lost: frozenset[str]) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Return the filter expression, names and values by which an index entry counts at a release."""
    names = {"#from": "from", "#to": "to"}
    values: dict[str, Any] = {":bound": items.text(items.bound(release))}
    begun, ended = "#from < :bound", "attribute_not_exists(#to) OR #to > :bound"
    if lost:
        marks = {f":lost{index}": items.text(mark) for index, mark in enumerate(sorted(lost))}
        values |= marks
        begun += f" AND NOT #from IN ({', '.join(marks)})"
        ended += f" OR #to IN ({', '.join(marks)})"
    return f"{begun} AND ({ended})", names, values


def _conditions(request: PageRequest, lost: frozenset[str], projection: str = "") -> dict[str, Any]:
    expression, names, values = visible(request.release, lost)
    for index, alternatives in enumerate(request.carried):
        names["#values"] = "values"
        marks = {f":carried{index}_{number}": items.text(value) for number, value in enumerate(alternatives)}
        values |= marks
        expression += f" AND ({' OR '.join(f'contains(#values, {mark})' for mark in marks)})"
    if request.span is not None:
        first, last = request.span
        for attribute, operator, day in (("last", ">=", first), ("first", "<=", last)):
            if day:
                names[f"#{attribute}"] = attribute
                values[f":{attribute}"] = items.text(day)
                expression += f" AND #{attribute} {operator} :{attribute}"
    options: dict[str, Any] = {"FilterExpression": expression, "ExpressionAttributeValues": values}
    if projection:
        options["ProjectionExpression"] = projection
        names |= {"#revision": "revision"} if "#revision" in projection else {}
    options["ExpressionAttributeNames"] = names
    return options


def _range(request: PageRequest) -> tuple[str, str]:
    low, high = items.LOWEST, items.HIGHEST
    if request.upper is not None:
        high = f"{request.upper}{items.HIGHEST}"
    if request.after is not None and request.descending:
        high = min(high, f"{request.after}#")
    elif request.after is not None:
        low = f"{request.after}#~"
    return low, high


def _cut(found: list[tuple[str, str, str]], after: str | None) -> Places:
    return tuple((path, mark) for path, mark, _ in found), after


def _position(sk: str) -> str:
    """Return an entry's key without its stamp: where it stands in its list, at whatever release."""
    return sk.rpartition("#")[0]


def _there(found: Mapping[tuple[str, str], "Item"], pk: str, sk: str) -> "Item":
    item = found.get((pk, sk))
    if item is None:
        raise RecordUnavailable(f"the item {pk} {sk} is missing")
    return item
