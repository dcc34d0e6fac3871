"""Lists and single resources: what most requests ask for. A stored body is passed on as it is, byte for byte."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from handlers import cursors, linked, mementos, parameters
from handlers.answers import Answer, digest_of, http_date
from handlers.contract import Collection, Contract, published_columns
from handlers.links import link
from handlers.moments import ReadAt, resolve
from handlers.parameters import Parameters
from handlers.problems import BadParameters, Fault, Problem
from handlers.request import JSON, Request
from record.model import Page, PageRequest, Revision, State
from record.reading import Reader

_ALWAYS = frozenset({"id", "type"})
_RESOURCE_FORMATS = ("json", "jsonld")
_LIST_FORMATS = ("json", "csv", "ndjson")


class ListQuery(NamedTuple):
    """What a request asks of a list: filters, range of days, order, and what its page is to show."""

    filters: Mapping[str, tuple[str, ...]]
    span: tuple[str, str] | None
    order: str
    limit: int
    fields: tuple[str, ...]
    included: tuple[str, ...]

    def mark(self, collection: Collection) -> str:
        """Return the mark of this list of a collection, by which a cursor tells it from others."""
        return cursors.list_mark(collection.name, sorted(self.filters.items()), self.span, self.order)


class Rendered(NamedTuple):
    """A page as it is sent: its body, the media type and digest of that, and the path of the next page, if there is one."""

    body: str
    media_type: str
    digest: str
    following: str | None


class Resources:
    """Answers from the collections, at one release each."""

    def __init__(self, contract: Contract, reader: Reader) -> None:
        """Answer by this contract, from this record."""
        self._contract = contract
        self._reader = reader
        self._describedby = {
            collection.name: link(f"/{contract.version}/schemas/{collection.singular}.json", "describedby")
            for collection in contract.collections.values()
        }
        self._parameters = parameters.names_for(contract, "resources")

    def one(self, collection: Collection, slug: str, request: Request) -> Answer:
        """Answer one resource."""
        asked = parameters.only(request, self._parameters)
        moment = asked.moment()
        fields = asked.choices("fields", collection.fields)
        included = asked.choices("include", collection.references)
        asked.choice("format", _RESOURCE_FORMATS, "json")
        asked.done()
        at = resolve(self._reader, moment)
        at, revision = self._revision_at(collection, slug, at, request)
        # What is included changes at other times, and a redaction changes a body that stays of its day.
        dated = not included and not _is_redacted(revision.body)
        headers = {"Last-Modified": http_date(revision.published_at)} if dated else {}
        headers |= mementos.headers_of(request, at, revision.published_at)
        body, digest = revision.body, revision.digest if not fields and not included else ""
        if not digest:
            body = _selected(body, fields)
            if included:
                body = f'{body[:-1]},"included":[{",".join(self._included(collection, [revision.body], included, at))}]}}'
        if request.media_type == linked.MEDIA_TYPE:
            body, digest = linked.linked(body, self._contract.version), ""
        return Answer(
            body,
            at.cache(collection.cache),
            media_type=request.media_type,
            etag=digest,
            headers=headers,
            links=[
                self._describedby[collection.name],
                *mementos.links_of_resource(f"/{self._contract.version}/{revision.path}", revision.number),
            ],
            deprecations=collection.going(fields),
        )

    def _revision_at(self, collection: Collection, slug: str, at: ReadAt, request: Request) -> tuple[ReadAt, Revision]:
        """Return a resource's revision at a release; who negotiates a time before there was one gets the first (RFC 7089, 4.5.3)."""
        try:
            return at, self.revision(collection, slug, at, request)
        except Problem as problem:
            if problem.slug != "not-found" or not at.negotiated:
                raise
            path = f"{collection.name}/{parameters.slug(slug, lambda: _missing(collection.name, slug))}"
            first = self._reader.revision(path, self._reader.head().release, 1)
            if first is None:
                raise
            return at._replace(release=first.release, named=True), first

    def page(self, collection: Collection, request: Request, fixed: Mapping[str, str] | None = None) -> Answer:
        """Answer a page of a collection, of which `fixed` filters are given by the path."""
        fixed = fixed or {}
        asked = parameters.of_list(self._contract, collection, request, fixed)
        query = self._query(collection, asked, fixed)
        asked.choice("format", _LIST_FORMATS, "json")
        moment, text = asked.moment(), asked.text("cursor")
        asked.done()
        if query.included and request.media_type != JSON:
            message = f"include adds to a page in JSON, and this is {request.media_type}"
            raise BadParameters([Fault("query", "include", "conflicting-parameters", message)])
        cursor = cursors.decode(text, query.mark(collection)) if text is not None else None
        at = resolve(self._reader, moment, cursor)
        for path in fixed.values():
            owner, _, slug = path.partition("/")
            self.revision(self._contract.collections[owner], slug, at, request)

        def render() -> Rendered:
            wanted = self._request(collection, query, at)
            page = self._reader.page(wanted._replace(after=cursor.place) if cursor else wanted)
            return self._rendered(collection, request, query, at, page)

        rendered = self._reader.keep(("rendered", request.target, request.media_type, at), render)
        following = [link(rendered.following, "next")] if rendered.following else []
        return Answer(
            rendered.body,
            at.cache(collection.cache),
            media_type=rendered.media_type,
            etag=rendered.digest,
            headers=mementos.headers_of_release(request, at, self._reader),
            links=[self._describedby[collection.name], *following, *mementos.links_of_list(request, at)],
            deprecations=collection.going(query.fields),
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

    def revision(self, collection: Collection, slug: str, at: ReadAt, request: Request) -> Revision:
        """Return a resource's revision at a release; raise Problem where there is none, or where it went away or elsewhere."""
        path = f"{collection.name}/{parameters.slug(slug, lambda: _missing(collection.name, slug))}"
        revision = self._reader.document(path, at.release)
        if revision is None:
            raise _missing(collection.name, slug)
        if revision.state is State.WITHDRAWN:
            raise Problem("withdrawn", f"{path} was withdrawn: {revision.reason}")
        if revision.state is not State.LIVE:
            raise Moved(f"/{self._contract.version}/{revision.target}" + request.path.removeprefix(f"/{self._contract.version}/{path}"))
        return revision

    def _request(self, collection: Collection, query: ListQuery, at: ReadAt) -> PageRequest:
        """Return the request for the smallest list that holds every match, with what is left as conditions on its entries."""
        sort = query.order.removeprefix("-")
        lists = {name: f"{collection.name}?{name}={values[0]}" for name, values in query.filters.items() if len(values) == 1}
        base = self._reader.smallest(list(lists.values()), at.release) if lists else collection.name
        rest = {name: values for name, values in sorted(query.filters.items()) if lists.get(name) != base}
        return PageRequest(
            base,
            sort,
            at.release,
            query.limit,
            descending=query.order.startswith("-"),
            carried=tuple(
                tuple(f"{name}={value}" for value in values) for name, values in rest.items() if collection.filters[name].carried
            ),
            members_of=tuple(lists[name] for name in rest if not collection.filters[name].carried),
            span=query.span,
            upper=query.span[1] if query.span and query.span[1] and collection.sorts[sort] else None,
        )

    def _rendered(self, collection: Collection, request: Request, query: ListQuery, at: ReadAt, page: Page) -> Rendered:
        """Return a page in the media type that is asked for."""
        following = None
        if page.after is not None:
            cursor = cursors.Cursor(at.release, self._reader.head().epoch, query.mark(collection), page.after)
            following = following_path(mementos.named(request, at), cursor.encode())
        if request.media_type == JSON:
            body, media_type = self._envelope(collection, request, query, at, page, following), JSON
        else:
            body, media_type = self._table(collection, request, query, page)
        return Rendered(body, media_type, digest_of(body), following)

    def _envelope(self, collection: Collection, request: Request, query: ListQuery, at: ReadAt, page: Page, following: str | None) -> str:
        bodies = [_selected(body, query.fields) for body in page.bodies]
        envelope: dict[str, Any] = {"total": page.total, "limit": query.limit, "release": at.release, "next": following}
        parts = [f'"data":[{",".join(bodies)}]']
        if query.included:
            parts.append(f'"included":[{",".join(self._included(collection, page.bodies, query.included, at))}]')
        links = {"self": mementos.named(request, at).target, "describedby": f"/{self._contract.version}/schemas/{collection.singular}.json"}
        parts += [f'"links":{compact(links)}', f'"page":{compact(envelope)}']
        return f"{{{','.join(parts)}}}"

    def _table(self, collection: Collection, request: Request, query: ListQuery, page: Page) -> tuple[str, str]:
        """Return a page as lines of CSV or JSON, and its media type, parameters included."""
        from handlers import tables  # noqa: PLC0415 - most instances are never asked for one

        if request.media_type == tables.NDJSON:
            return tables.ndjson_of(_selected(body, query.fields) for body in page.bodies), tables.NDJSON
        columns = tables.columns_of(published_columns(self._contract.published)[collection.name])
        return tables.csv_of(columns, page.bodies, query.fields), f"{tables.CSV}; charset=utf-8; header=present"

    def _included(self, collection: Collection, bodies: Iterable[str], fields: Sequence[str], at: ReadAt) -> list[str]:
        paths: dict[str, None] = {}
        for body in bodies:
            content: dict[str, Any] = json.loads(body)
            for field in fields:
                for pattern in collection.references[field]:
                    paths |= dict.fromkeys(_reach(content, pattern.split("/")[1:]))
        if len(paths) > self._contract.most_included:
            message = f"these fields refer to {len(paths)} resources, and at most {self._contract.most_included} are included"
            raise BadParameters([Fault("query", "include", "invalid-parameter", message)])
        found = self._reader.documents(list(paths), at.release)
        return [revision.body for revision in found if revision is not None and revision.state is State.LIVE]


class Moved(Exception):
    """The resource lives at another path now."""

    def __init__(self, location: str) -> None:
        """Name the path."""
        super().__init__(location)
        self.location = location


def following_path(request: Request, cursor: str, besides: Iterable[str] = ()) -> str:
    """Return the path of the next page: this request's, with another cursor, and without some parameters."""
    kept = [(name, value) for name, value in request.parameters if name != "cursor" and name not in besides]
    return f"{request.path}?{urlencode([*kept, ('cursor', cursor)], safe='/,:')}"


def compact(value: object) -> str:
    """Return a value as JSON without blanks, its keys sorted."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _selected(body: str, fields: Sequence[str]) -> str:
    if not fields:
        return body
    content: dict[str, Any] = json.loads(body)
    return compact({name: value for name, value in content.items() if name in fields or name in _ALWAYS})


def _is_redacted(body: str) -> bool:
    """Tell whether something was taken out of a body; no text in it can look like this, for its quotes would be escaped."""
    return '"redactions":[{' in body


def _missing(collection: str, slug: str) -> Problem:
    return Problem("not-found", f"there is no {collection}/{slug[:100]} at this release")


def _reach(value: Any, parts: Sequence[str]) -> Iterator[str]:
    if value is None:
        return
    if not parts:
        yield value
    elif parts[0] == "*":
        for item in value:
            yield from _reach(item, parts[1:])
    else:
        yield from _reach(value.get(parts[0]), parts[1:])
