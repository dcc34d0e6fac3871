"""Reads pages of a list at a release: the index entries, the bodies of their documents, and the total.

A page costs two round trips, whatever the size of the record: a Query of the index entries, and a BatchGetItem of the bodies and the
total. If few entries match the conditions, it costs more Queries: at most MOST_QUERIES, and those that find the place to continue.

Rows and totals that contradict each other are damage. A redaction changes lists before their totals, so a contradiction counts only
after a second look, and not while a redaction is in progress.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from record import items
from record.damage import check_revision
from record.decoding import total_of
from record.errors import ItemMissing, RecordDamaged, RecordUnavailable
from record.model import Page, PageRequest, Release, State
from record.store import there

if TYPE_CHECKING:
    from record.cache import Cache
    from record.current import Current
    from record.items import Item
    from record.model import Head
    from record.store import Store

# If few entries match, several Queries fill a page. After this many the page ends unfilled, with a cursor to continue.
MOST_QUERIES = 8
MOST_OPERANDS = 100  # of IN; a DynamoDB limit
# How many entries a Query for a filtered page reads at once. Most of them may not match.
FILTERED_STEP = 300
# The same after MOST_QUERIES Queries found nothing that is released. This is about a megabyte, where DynamoDB ends a Query.
HIDDEN_STEP = 5_000
# Matches are counted for a page's total among at most this many entries. In a longer list a filtered page has no total.
MOST_COUNTED = 1_000

_NOTHING: tuple[list["Item"], None] = ([], None)  # the result of a Query of an empty range

Places: TypeAlias = "tuple[tuple[tuple[str, str], ...], str | None, bool]"
"""The (path, stamp) of each document on a page; the place in the list after which the next page starts, None at the end; whether a
match was seen behind that place."""


class Paging:
    """Reads pages of lists, through the reader's cache. Safe to share between threads."""

    def __init__(self, store: "Store", cache: "Cache", current: "Current", release: "Callable[[int], Release | None]") -> None:
        """Read from this store after a cache miss. `release` returns a release by its number."""
        self._store = store
        self._cache = cache
        self._current = current
        self._release = release

    def page(self, request: PageRequest) -> Page:
        """Return a page of a list at a release. Raises RecordUnavailable, or RecordDamaged if what was read contradicts itself."""
        page, contradiction = self._page(request)
        if page is not None and contradiction is None:
            return page
        # The parts may have been read at different times, and this instance may not know the newest release. Only a redaction changes what
        # was read at a release.
        before, epoch = self._rows_before(request), self._current.head().epoch
        self._cache.clear()
        head = self._current.refresh()
        if before is not None and head.epoch == epoch:
            self._cache.put(_rows_key(request, request.after), before, self._cache.era)
        self._list_total(request.list, request.release)  # into the cache, to be compared
        page, contradiction = self._page(request)
        is_redacted = contradiction is not None and self._is_redacted_since(head)
        if page is not None and (contradiction is None or is_redacted):
            return page
        self._cache.clear()
        problem = RecordUnavailable if is_redacted else RecordDamaged
        raise problem(f"the list {request.list} by {request.sort} at release {request.release}: {contradiction}")

    def _page(self, request: PageRequest) -> tuple[Page | None, str | None]:
        """Return a page, and what contradicts itself in it. There is no page if an item of it is missing."""
        try:
            return self._read(request)
        except ItemMissing as missing:
            return None, str(missing)

    def _read(self, request: PageRequest) -> tuple[Page, str | None]:
        era = self._cache.era
        are_live = request.are_live
        places, after, is_followed = self._places(request)
        keys = [items.key(items.document_pk(path), mark) for path, mark in places]
        # A set of keys, because a page can contain a document twice while a redaction is in progress.
        missing = list({place: key for key, place in zip(keys, places, strict=True) if ("body", *place) not in self._cache}.values())
        total_key = ("total", request.list, request.release)
        needs_total = _needs_list_total(request, after) and total_key not in self._cache
        if missing or needs_total:
            self._fetch(missing, [request.list] if needs_total else [], request.release, are_live=are_live)
        bodies = tuple(self._body(path, mark, are_live=are_live) for path, mark in places)
        page = Page(bodies, self._total(request, len(places), after), after)
        return page, self._contradiction(request, page, is_followed, era)

    def _contradiction(self, request: PageRequest, page: Page, is_followed: bool, era: int) -> str | None:  # noqa: FBT001 - of the page
        """Return how a page contradicts its total, the total of its list, or its release; None if it does not."""
        rows = self._rows_up_to_end(request, page, era) if request.is_whole_list and request.upper is None else None
        seen = rows or len(page.bodies)
        length = self._cache.get(("total", request.list, request.release))
        for total in (page.total, length.value if length else None):
            if total is not None and seen + is_followed > total:
                return f"{seen} {'rows and one more' if is_followed else 'rows'}, and a total of {total}"
        if rows is not None and page.after is None and rows != page.total:
            return f"{rows} rows from the first page to the last, and a total of {page.total}"
        if request.is_whole_list and "?" not in request.list and (not page.total or ("release", request.release) in self._cache):
            release = self._release(request.release)  # read only if the collection seems to be empty
            counted = release.counts.get(request.list, 0) if release else 0
            if counted != page.total:
                return f"a total of {page.total}, and its release has {counted}"
        return None

    def _rows_up_to_end(self, request: PageRequest, page: Page, era: int) -> int | None:
        """Return how many rows a whole list has up to the end of a page, or None if the pages before are not known.

        The cache has the number for the end of each page.
        """
        before = self._rows_before(request)
        if before is None:
            return None
        if page.after is not None:
            self._cache.put(_rows_key(request, page.after), before + len(page.bodies), era)
        return before + len(page.bodies)

    def _rows_before(self, request: PageRequest) -> int | None:
        """Return how many rows a whole list has before a page, or None if that is not known."""
        if request.after is None:
            return 0
        kept = self._cache.get(_rows_key(request, request.after))
        return kept.value if kept is not None else None

    def _is_redacted_since(self, head: "Head") -> bool:
        """Return whether a redaction is in progress, was interrupted, or has ended since this head was read."""
        current = items.key(items.RELEASES, items.CURRENT)
        item = self._store.get(current) or {}
        attempts = {int(item["attempt"]["N"]), *(int(attempt) for attempt in item.get("unclean", {}).get("NS", ()))} if item else set()
        if self._store.batch_get([items.key(items.redaction_pk(attempt), items.NOTED) for attempt in sorted(attempts)]):
            return True
        return self._current.refresh().epoch != head.epoch  # it deletes its notes after its release

    def smallest(self, lists: Sequence[str], release: int) -> str:
        """Return the list that has the fewest entries at a release."""
        if len(lists) == 1:
            return lists[0]
        unknown = [name for name in lists if ("total", name, release) not in self._cache]
        if unknown:
            self._fetch([], unknown, release)
        return min(lists, key=lambda name: (self._list_total(name, release), name))

    def _places(self, request: PageRequest) -> Places:
        # Some entries have ended, or begin at a later release. Read a few more than needed, so that one Query is enough.
        step = request.limit + request.limit // 2 + 2 if request.is_whole_list else FILTERED_STEP
        return self._cache.through(("page", request), lambda: self._find(request, *_range(request), step))

    def _find(self, request: PageRequest, low: str, high: str, step: int) -> Places:
        options = {
            "ScanIndexForward": not request.descending,
            "Limit": step,
            **_conditions(request, self._current.head().lost, "sk, #revision"),
        }
        found: list[tuple[str, str, str]] = []  # path, stamp, place in the list
        bound = items.bound(request.release)
        for queries, (page, last) in enumerate(self._entries(request, low, high, options), 1):
            for item in page:
                place = _position(item["sk"]["S"])
                if not self._is_in_all(request, place):
                    continue
                if len(found) == request.limit:
                    return _cut(found, found[-1][2], is_followed=True)
                path, mark = items.path_of(request.list, item["sk"]["S"]), item["revision"]["S"]
                if mark > bound:
                    raise RecordDamaged(
                        f"the entry {item['sk']['S']} of {request.list} at release {request.release} has the revision {mark}"
                    )
                found.append((path, mark, place))
            if last is None:
                break
            if len(found) == request.limit and not request.is_whole_list:
                return _cut(found, found[-1][2])
            if not found and self._is_empty(request):
                break
            if queries == MOST_QUERIES:
                released = self._last_place(request, *((last, high) if request.descending else (low, last)))
                if released is not None:
                    return _cut(found, released)
                behind = (low, _just_below(last)) if request.descending else (f"{last}\x00", high)
                return self._find(request, *behind, HIDDEN_STEP)
        return _cut(found, None)

    def _is_empty(self, request: PageRequest) -> bool:
        """Return whether a list is empty at a release. The entries of a publish in progress must not make it look different."""
        if ("total", request.list, request.release) not in self._cache:
            self._fetch([], [request.list], request.release)
        return self._list_total(request.list, request.release) == 0

    def _last_place(self, request: PageRequest, low: str, high: str) -> str | None:
        """Return the last place between two sort keys that has an entry at the release, matching or not; None if there is none.

        An unfilled page must end at such a place: its cursor makes the place public, and unreleased entries are not public.
        """
        backward = PageRequest(request.list, request.sort, request.release, 1, descending=not request.descending)
        options = {"ScanIndexForward": request.descending, "Limit": FILTERED_STEP, **_conditions(backward, self._current.head().lost, "sk")}
        pages = self._entries(backward, low, high, options)
        return next((_position(item["sk"]["S"]) for page, _ in pages for item in page), None)

    def _is_in_all(self, request: PageRequest, place: str) -> bool:
        """Return whether all lists of `members_of` contain the document at this place too. Its entry does not say so."""
        others = (PageRequest(name, request.sort, request.release, 1) for name in request.members_of)
        return all(self._at_place(other, place, _conditions(other, self._current.head().lost, "sk")) is not None for other in others)

    def _at_place(self, request: PageRequest, place: str, options: Mapping[str, Any]) -> "Item | None":
        """Return the matching entry at a place of a list, or None."""
        pages = self._entries(request, f"{place}#", f"{place}#~", options)
        return next((item for page, _ in pages for item in page), None)

    def _entries(self, request: PageRequest, low: str, high: str, options: Mapping[str, Any]) -> Iterator[tuple[list["Item"], str | None]]:
        """Yield (entries, last sk read or None at the end) for each page of a list between two sort keys, both inclusive.

        At the current release, all entries are in the list itself. At an older one, entries that ended since may be archived in the
        list's history, or be just moving there. So each page of the list is read before the same range of its history.
        """
        pk = items.list_pk(request.list, request.sort)
        if request.release >= self._current.head().release:
            yield from self._store.query(pk, low, high, **options)
            return
        while low <= high:
            here, end = next(self._store.query(pk, low, high, **options), _NOTHING)
            stretch = (low, high) if end is None else (end, high) if request.descending else (low, end)
            older = self._store.query(items.history_pk(pk), *stretch, **{**options, "Limit": FILTERED_STEP})
            there, older_end = next(older, _NOTHING)
            end = older_end or end
            merged = {item["sk"]["S"]: item for item in (*there, *here) if end is None or _up_to(item["sk"]["S"], end, request.descending)}
            yield [merged[sk] for sk in sorted(merged, reverse=request.descending)], end
            if end is None:
                return
            low, high = (low, _just_below(end)) if request.descending else (f"{end}\x00", high)

    def _total(self, request: PageRequest, length: int, after: str | None) -> int | None:
        if request.is_whole_list:
            return self._list_total(request.list, request.release)
        if request.after is None and after is None:
            return length
        if request.members_of or (request.upper is None and self._list_total(request.list, request.release) > MOST_COUNTED):
            return None
        counted = request._replace(limit=0, after=None, descending=False)
        return self._cache.through(("count", counted), lambda: self._count(counted))

    def _count(self, request: PageRequest) -> int | None:
        """Return how many entries match, or None if the range has more than MOST_COUNTED entries, ended ones included.

        So a total can disappear after a publish that ended many entries, until these are archived.
        """
        low, high = _range(request)
        pk = items.list_pk(request.list, request.sort)
        limit = MOST_COUNTED + 1  # a Query that reads exactly its limit reports that there may be more
        if request.release >= self._current.head().release:
            return self._store.count(pk, low, high, Limit=limit, **_conditions(request, self._current.head().lost))
        options = {**_conditions(request, self._current.head().lost, "sk"), "Limit": limit}
        here, end = next(self._store.query(pk, low, high, **options), _NOTHING)
        if end:
            return None
        there, end = next(self._store.query(items.history_pk(pk), low, high, **options), _NOTHING)
        return None if end else len({item["sk"]["S"] for item in (*here, *there)})

    def _fetch(self, bodies: Sequence["Item"], totals: Sequence[str], release: int, *, are_live: bool = True) -> None:
        """Read bodies and totals in one batch, into the cache. The bodies are of live documents, or else of tombstones."""
        keys = [*bodies, *(items.key(items.total_pk(name), items.TOTAL) for name in totals)]
        era = self._cache.era
        found = self._store.batch_get(keys)
        for key in bodies:
            pk, sk = key["pk"]["S"], key["sk"]["S"]
            path = pk.removeprefix("DOC#")
            self._cache.put(("body", path, sk), _body_of(there(found, pk, sk), path, are_live), era)
        for name in totals:
            item = found.get((items.total_pk(name), items.TOTAL), {})
            self._cache.put(("total", name, release), self._total_at(name, item, release), era)

    def _body(self, path: str, mark: str, *, are_live: bool) -> str:
        def read() -> str:  # only if the cache is too small for a whole page
            item = self._store.get(items.key(items.document_pk(path), mark))
            if item is None:
                raise ItemMissing(f"the revision {mark} of {path} is missing")
            return _body_of(item, path, are_live)

        return self._cache.through(("body", path, mark), read)

    def _list_total(self, name: str, release: int) -> int:
        def read() -> int:
            item = self._store.get(items.key(items.total_pk(name), items.TOTAL)) or {}
            return self._total_at(name, item, release)

        return self._cache.through(("total", name, release), read)

    def _total_at(self, name: str, item: "Item", release: int) -> int:
        """Return a list's total from its item, or from its history if the total is archived."""
        head = self._current.head()
        total = total_of(item, release, head.lost)
        if total is not None or release >= head.release:
            return total or 0
        high = items.old_total_sk(items.bound(release))
        for page, _ in self._store.query(items.history_pk(items.total_pk(name)), items.TOTAL, high, ScanIndexForward=False):
            for old in page:
                if old["sk"]["S"].removeprefix(items.TOTAL) not in head.lost:
                    return int(old["total"]["N"])
        return 0


def _rows_key(request: PageRequest, place: str | None) -> tuple[object, ...]:
    return "rows", request.list, request.sort, request.descending, request.release, place


def visible(release: int, lost: frozenset[str]) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Return the filter expression for the index entries that are valid at a release, with its names and values."""
    names = {"#from": "from", "#to": "to"}
    values: dict[str, Any] = {":bound": items.text(items.bound(release))}
    begun, ended = "#from < :bound", "attribute_not_exists(#to) OR #to > :bound"
    if lost:
        marks = {f":lost{index}": items.text(mark) for index, mark in enumerate(sorted(lost))}
        values |= marks
        some = list(marks)
        for start in range(0, len(some), MOST_OPERANDS):
            operands = ", ".join(some[start : start + MOST_OPERANDS])
            begun += f" AND NOT #from IN ({operands})"
            ended += f" OR #to IN ({operands})"
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


def _needs_list_total(request: PageRequest, after: str | None) -> bool:
    """Return whether computing the total of a page that ends at `after` needs the list's own total."""
    alone = request.after is None and after is None
    return request.is_whole_list or not (alone or request.members_of or request.upper is not None)


def _range(request: PageRequest) -> tuple[str, str]:
    low, high = items.LOWEST, items.HIGHEST
    if request.upper is not None:
        high = f"{request.upper}{items.HIGHEST}"
    if request.after is not None and request.descending:
        high = min(high, f"{request.after}#")
    elif request.after is not None:
        low = f"{request.after}#~"
    return low, high


def _up_to(sk: str, end: str, descending: bool) -> bool:  # noqa: FBT001 - as in a request
    return sk >= end if descending else sk <= end


def _just_below(sk: str) -> str:
    """Return a bound directly below a sort key, above every key that sorts before it. The sort key ends in a digit."""
    return f"{sk[:-1]}{chr(ord(sk[-1]) - 1)}{items.HIGHEST}"


def _cut(found: list[tuple[str, str, str]], after: str | None, *, is_followed: bool = False) -> Places:
    return tuple((path, mark) for path, mark, _ in found), after, is_followed


def _body_of(item: "Item", path: str, is_live: bool) -> str:  # noqa: FBT001 - of the document
    """Return the body of a revision that is a row of a list of live documents, or else of tombstones. Raises RecordDamaged."""
    check_revision(item, path)
    if (item["state"]["S"] == State.LIVE) != is_live:
        raise RecordDamaged(f"the revision {item['sk']['S']} of {path} is in a list, and its state is {item['state']['S']}")
    return item["body"]["S"]


def _position(sk: str) -> str:
    """Return the place of an entry in its list: its sort key without the stamp, so that it is the same at every release."""
    return sk.rpartition("#")[0]
