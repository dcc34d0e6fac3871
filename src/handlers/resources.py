"""Lists and single resources. A stored body is passed on as it is, byte for byte."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from handlers import cursors, linked, parameters, snapshots
from handlers.answers import Answer, digest_of
from handlers.bodies import compact
from handlers.contract import Collection, Contract, Route, published_columns
from handlers.links import link, links_of_list, links_of_resource
from handlers.parameters import Parameters
from handlers.problems import BadParameters, Fault, Moved, Problem
from handlers.request import JSON, Request
from handlers.snapshots import Snapshot
from record.model import Page, PageRequest, Revision, State
from record.reading import Reader

_ALWAYS = frozenset({"id", "type"})
_RESOURCE_FORMATS = ("json", "jsonld")
_LIST_FORMATS = ("json", "csv", "ndjson")


class ListQuery(NamedTuple):
    """What a request asks of a list: filters, range of days, order, page size, and what its page shows."""

    filters: Mapping[str, tuple[str, ...]]
    span: tuple[str, str] | None
    order: str
    limit: int
    fields: tuple[str, ...]
    included: tuple[str, ...]

    def mark(self, collection: Collection) -> str:
        """Return the hash by which a cursor recognises its list."""
        return cursors.list_mark(collection.name, sorted(self.filters.items()), self.span, self.order)


class Rendered(NamedTuple):
    """A page as it is sent: its body, media type and digest, and the path and query of the next page, if there is one."""

    body: str
    media_type: str
    digest: str
    next_page: str | None


class Resources:
    """Answers from the collections, each at one release."""

    def __init__(self, contract: Contract, reader: Reader) -> None:
        """Answer by this contract, from this record."""
        self._contract = contract
        self._reader = reader
        self._described_by = {
            collection.name: link(f"/{contract.version}/schemas/{collection.singular}.json", "describedby")
            for collection in contract.collections.values()
        }
        self._parameters = parameters.names_for(contract, "resources")

    def one(self, collection: Collection, slug: str, request: Request) -> Answer:
        """Answer one resource."""
        asked = parameters.only(request, self._parameters)
        requested = asked.requested_release()
        fields = asked.choices("fields", collection.fields)
        included = asked.choices("include", collection.references)
        asked.choice("format", _RESOURCE_FORMATS, "json")
        asked.done()
        snapshot = snapshots.resolve(self._reader, requested)
        snapshot, revision = self._revision_at(collection, slug, snapshot, request)
        body = revision.body
        digest: str = revision.digest
        if fields or included:
            body, digest = _selected(body, fields), ""
        if included:
            body = f'{body[:-1]},"included":[{",".join(self._included(collection, [revision.body], included, snapshot))}]}}'
        if request.media_type == linked.MEDIA_TYPE:
            body, digest = linked.linked(body, self._contract.version), ""
        # Included resources change at other times. A redaction changes the body of a revision that keeps its date.
        is_dated = not included and not is_redacted(revision.body)
        return Answer(
            body,
            snapshot.cache(collection.cache),
            media_type=request.media_type,
            digest=digest,
            last_modified=revision.published_at if is_dated else None,
            memento=revision.published_at if snapshot.requested else None,
            content_location=snapshot.named(request).target if snapshot.negotiated else None,
            links=[
                self._described_by[collection.name],
                *links_of_resource(f"/{self._contract.version}/{revision.path}", revision.number),
            ],
            deprecations=collection.deprecations_of(fields),
        )

    def sublist(self, collection: Collection, route: Route, slug: str, request: Request) -> Answer:
        """Answer a page of a collection, filtered by the resource in the path."""
        return self.page(collection, request, {route.filter: f"{route.owner}/{slug}"})

    def page(self, collection: Collection, request: Request, fixed: Mapping[str, str] | None = None) -> Answer:
        """Answer a page of a collection. The path sets the filters in `fixed`."""
        fixed = fixed or {}
        asked = parameters.of_list(self._contract, collection, request, fixed)
        query = self._query(collection, asked, fixed)
        asked.choice("format", _LIST_FORMATS, "json")
        requested, text = asked.requested_release(), asked.text("cursor")
        asked.done()
        if query.included and request.media_type != JSON:
            message = f"include is available in JSON, and this is {request.media_type}"
            raise BadParameters([Fault("query", "include", "conflicting-parameters", message)])
        cursor = cursors.decode(text, query.mark(collection)) if text is not None else None
        snapshot = snapshots.resolve(self._reader, requested, cursor)
        for path in fixed.values():
            owner, _, slug = path.partition("/")
            self._revision(self._contract.collections[owner], slug, snapshot, request)

        def render() -> Rendered:
            wanted = self._page_request(collection, query, snapshot)
            page = self._reader.page(wanted._replace(after=cursor.place) if cursor else wanted)
            return self._rendered(collection, snapshot.named(request), query, snapshot, page)

        rendered = self._reader.keep(("rendered", request.target, request.media_type, snapshot), render)
        return Answer(
            rendered.body,
            snapshot.cache(collection.cache),
            media_type=rendered.media_type,
            digest=rendered.digest,
            memento=snapshot.memento(self._reader),
            content_location=snapshot.named(request).target if snapshot.negotiated else None,
            links=[self._described_by[collection.name], *links_of_list(request, rendered.next_page, requested=snapshot.requested)],
            deprecations=collection.deprecations_of(query.fields),
        )

    def _query(self, collection: Collection, asked: Parameters, fixed: Mapping[str, str]) -> ListQuery:
        filters = {name: (fixed[name],) if name in fixed else asked.filter(rule) for name, rule in collection.filters.items()}
        return ListQuery(
            {name: values for name, values in filters.items() if values},
            asked.day_range() if collection.dated else None,
            asked.choice("sort", [sign + sort for sort in collection.sorts for sign in ("", "-")], collection.default_sort),
            asked.number("limit", 1, self._contract.highest_limit, self._contract.default_limit),
            asked.choices("fields", collection.fields),
            asked.choices("include", collection.references),
        )

    def _revision_at(self, collection: Collection, slug: str, snapshot: Snapshot, request: Request) -> tuple[Snapshot, Revision]:
        """Return a resource's revision in a snapshot. A negotiated time before its first revision gets the first (RFC 7089, 4.5.3)."""
        try:
            return snapshot, self._revision(collection, slug, snapshot, request)
        except Problem as problem:
            if problem.slug != "not-found" or not snapshot.negotiated:
                raise
            first = self._reader.revision(_path(collection, slug), self._reader.head().release, 1)
            if first is None:
                raise
            return snapshot._replace(release=first.release, pinned=True), first

    def _revision(self, collection: Collection, slug: str, snapshot: Snapshot, request: Request) -> Revision:
        """Return a resource's revision in a snapshot. Raises Problem if there is none or it is withdrawn, Moved if it is elsewhere."""
        path = _path(collection, slug)
        revision = self._reader.document(path, snapshot.release)
        if revision is None:
            raise _missing(path)
        if revision.state is State.WITHDRAWN:
            raise Problem("withdrawn", f"{path} was withdrawn: {revision.reason}")
        if revision.state is not State.LIVE:
            raise Moved(f"/{self._contract.version}/{revision.target}" + request.path.removeprefix(f"/{self._contract.version}/{path}"))
        return revision

    def _page_request(self, collection: Collection, query: ListQuery, snapshot: Snapshot) -> PageRequest:
        """Return the request for the smallest list that holds every match. The other filters become conditions on its entries."""
        sort = query.order.removeprefix("-")
        lists = {name: f"{collection.name}?{name}={values[0]}" for name, values in query.filters.items() if len(values) == 1}
        base = self._reader.smallest(list(lists.values()), snapshot.release) if lists else collection.name
        rest = {name: values for name, values in sorted(query.filters.items()) if lists.get(name) != base}
        return PageRequest(
            base,
            sort,
            snapshot.release,
            query.limit,
            descending=query.order.startswith("-"),
            carried=tuple(
                tuple(f"{name}={value}" for value in values) for name, values in rest.items() if collection.filters[name].carried
            ),
            members_of=tuple(lists[name] for name in rest if not collection.filters[name].carried),
            span=query.span,
            upper=query.span[1] if query.span and query.span[1] and collection.sorts[sort] else None,
        )

    def _rendered(self, collection: Collection, request: Request, query: ListQuery, snapshot: Snapshot, page: Page) -> Rendered:
        """Return a page in the media type that the request asks for."""
        next_page = None
        if page.after is not None:
            cursor = cursors.Cursor(snapshot.release, self._reader.head().epoch, query.mark(collection), page.after)
            next_page = request.target_of_page(cursor.encode())
        if request.media_type == JSON:
            body, media_type = self._envelope(collection, request, query, snapshot, page, next_page), JSON
        else:
            body, media_type = self._table(collection, request, query, page)
        return Rendered(body, media_type, digest_of(body), next_page)

    def _envelope(
        self, collection: Collection, request: Request, query: ListQuery, snapshot: Snapshot, page: Page, next_page: str | None
    ) -> str:
        bodies = [_selected(body, query.fields) for body in page.bodies]
        envelope: dict[str, Any] = {"total": page.total, "limit": query.limit, "release": snapshot.release, "next": next_page}
        parts = [f'"data":[{",".join(bodies)}]']
        if query.included:
            parts.append(f'"included":[{",".join(self._included(collection, page.bodies, query.included, snapshot))}]')
        links = {"self": request.target, "describedby": f"/{self._contract.version}/schemas/{collection.singular}.json"}
        parts += [f'"links":{compact(links)}', f'"page":{compact(envelope)}']
        return f"{{{','.join(parts)}}}"

    def _table(self, collection: Collection, request: Request, query: ListQuery, page: Page) -> tuple[str, str]:
        """Return a page as CSV or NDJSON, and its media type with parameters."""
        from handlers import tables  # noqa: PLC0415 - most instances are never asked for a table

        if request.media_type == tables.NDJSON:
            return tables.ndjson_of(_selected(body, query.fields) for body in page.bodies), tables.NDJSON
        columns = tables.columns_of(published_columns(self._contract.published)[collection.name])
        return tables.csv_of(columns, page.bodies, query.fields), f"{tables.CSV}; charset=utf-8; header=present"

    def _included(self, collection: Collection, bodies: Iterable[str], fields: Sequence[str], snapshot: Snapshot) -> list[str]:
        """Return the live resources that these fields of the bodies refer to, each once. Raises BadParameters if there are too many."""
        paths: dict[str, None] = {}
        for body in bodies:
            content: dict[str, Any] = json.loads(body)
            for field in fields:
                for pattern in collection.references[field]:
                    paths |= dict.fromkeys(_values_at(content, pattern.split("/")[1:]))
        if len(paths) > self._contract.most_included:
            message = f"these fields refer to {len(paths)} resources, and at most {self._contract.most_included} can be included"
            raise BadParameters([Fault("query", "include", "invalid-parameter", message)])
        found = self._reader.documents(list(paths), snapshot.release)
        return [revision.body for revision in found if revision is not None and revision.state is State.LIVE]


def is_redacted(body: str) -> bool:
    """Return whether a body lists redactions. A text in the body can't look like this, because its quotes are escaped."""
    return '"redactions":[{' in body


def _selected(body: str, fields: Sequence[str]) -> str:
    if not fields:
        return body
    content: dict[str, Any] = json.loads(body)
    return compact({name: value for name, value in content.items() if name in fields or name in _ALWAYS})


def _path(collection: Collection, slug: str) -> str:
    return f"{collection.name}/{parameters.slug(slug, lambda: _missing(f'{collection.name}/{slug[:100]}'))}"


def _missing(path: str) -> Problem:
    return Problem("not-found", f"there is no {path} at this release")


def _values_at(value: Any, parts: Sequence[str]) -> Iterator[str]:
    """Yield the values at a JSON Pointer's parts, of which `*` stands for every item of a list."""
    if value is None:
        return
    if not parts:
        yield value
    elif parts[0] == "*":
        for item in value:
            yield from _values_at(item, parts[1:])
    else:
        yield from _values_at(value.get(parts[0]), parts[1:])
