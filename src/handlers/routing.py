"""The routes: a table of the published contract's paths, and what answers each; what it does not know (405, 308) is settled here.

Every route is declared once, in the contract; `_endpoints` says what answers each kind of them.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from hmac import compare_digest
from typing import Any, NamedTuple

from handlers import negotiation
from handlers.answers import READ_METHODS, Answer, event_answer, finish
from handlers.contract import Contract, Route
from handlers.history import History
from handlers.links import uri_reference
from handlers.log import Logger
from handlers.problems import Problem, nearest, render
from handlers.reference import Reference
from handlers.request import LONGEST_TARGET, NoRequest, Request, request_of
from handlers.resources import Moved, Resources
from handlers.service import Service
from record.current import Stale
from record.errors import RecordUnavailable
from record.reading import Reader

Endpoint = Callable[..., Answer]
PROOF = "x-article33-origin"  # the header by which the edge proves itself
LONGEST_HEADERS = 8_192  # bytes of all names and values
_ARGUMENT = re.compile(r"[-._~()'!*:@,;=+&$%<> \[\]{}|^\w]+")
_PLAIN_ARGUMENT = re.compile(r"[a-z0-9.-]+")


class Destination(NamedTuple):
    """Where a path leads: its route, what answers it, the media types that it offers by the names that `format` has for them."""

    route: Route
    endpoint: Endpoint
    formats: Mapping[str, str]
    names: tuple[str, ...]  # of its arguments, in their order


class _Step:
    """What can follow after some segments of a path: certain segments, an argument, the path's end."""

    __slots__ = ("argument", "destination", "segments")

    def __init__(self) -> None:
        """Let nothing follow yet."""
        self.segments: dict[str, _Step] = {}
        self.argument: _Step | None = None
        self.destination: Destination | None = None


class Table:
    """The routes, found by one look for each segment of a path. A placeholder is a whole segment, and what is spelt out goes before it."""

    def __init__(self, contract: Contract, endpoints: Mapping[str, Callable[[Route], Endpoint]]) -> None:
        """Enter every route of a contract, with what answers its kind."""
        self._start = _Step()
        for route in contract.routes:
            step = self._start
            names: list[str] = []
            for segment in route.path.split("/"):
                if segment.startswith("{"):
                    names.append(segment[1:-1])
                    step.argument = step.argument or _Step()
                    step = step.argument
                else:
                    step = step.segments.setdefault(segment, _Step())
            several = len(route.media_types) > 1
            formats = {name: media_type for name, media_type in contract.formats.items() if several and media_type in route.media_types}
            step.destination = Destination(route, endpoints[route.endpoint](route), formats, tuple(names))

    def find(self, path: str) -> tuple[Destination, list[str]] | None:
        """Return where a path leads, and its arguments; None where there is no such route."""
        step, arguments = self._start, []
        for segment in path.split("/"):
            following = step.segments.get(segment)
            if following is None:
                following = step.argument
                if following is None or not _ARGUMENT.fullmatch(segment):
                    return None
                arguments.append(segment)
            step = following
        return (step.destination, arguments) if step.destination else None

    def has(self, path: str) -> bool:
        """Tell whether a path is one of a route, and its arguments look like those of something that exists."""
        found = self.find(path)
        return found is not None and all(_PLAIN_ARGUMENT.fullmatch(argument) for argument in found[1])


class Api:
    """The whole HTTP interface over one record."""

    def __init__(
        self,
        contract: Contract,
        reader: Reader,
        clock: Callable[[], datetime],
        logger: Logger,
        *,
        contact: str = "",
        proofs: Sequence[bytes] = (),
    ) -> None:
        """Serve this record by this contract; `clock` tells the time in UTC, `contact` is whom to tell of a vulnerability.

        Where there are `proofs`, each request must bring one of them: it then came through the edge.
        """
        self._proofs = proofs
        self._contract = contract
        self._clock = clock
        self._logger = logger
        self._reader = reader
        self._table = Table(
            contract,
            _endpoints(contract, Resources(contract, reader), History(contract, reader), Service(contract, reader, contact)),
        )

    def handle(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        """Return the answer to an event, in API Gateway's form. Never raises."""
        try:
            request = request_of(event, self._clock())
        except NoRequest:
            self._logger.error("not an HTTP API event (payload format 2.0)")
            return event_answer(400, {"Content-Type": "text/plain"}, "not an HTTP API event")
        try:
            self._reader.begin()
            status, headers, body = finish(self._answer(request), request, self._contract)
            if self._reader.stale is not None and status < 500:
                self._mark(self._reader.stale, headers, request)
        except Exception:  # the outermost handler: whatever it is, the client gets an answer of the contract
            self._logger.exception("failed", request_id=request.id)
            internal = self._problem(Problem("internal", "the request could not be answered"), request)
            return event_answer(*finish(internal, request, self._contract))
        self._logger.info("answered", request_id=request.id, status=status, method=request.method)
        return event_answer(status, headers, body)

    def _mark(self, stale: Stale, headers: dict[str, str], request: Request) -> None:
        """Say in an answer's headers that it may be out of date (RFC 9211), and let it be kept no longer than one that is refused."""
        self._logger.error("answered from what is kept", request_id=request.id, cause=stale.cause)
        headers["Cache-Status"] = f"article33; hit; ttl=-{math.ceil(stale.seconds)}"
        if headers["Cache-Control"] != self._contract.cache_control["none"]:
            headers["Cache-Control"] = self._contract.cache_control["brief"]

    def _answer(self, request: Request) -> Answer:
        try:
            self._check_way(request)
            _check_target(request)
            if request.method == "OPTIONS":  # wherever it is, so that a browser gets to see what is wrong with a path
                return _options()
            found = self._table.find(request.path) if request.method in READ_METHODS else None
            if found is None:
                return self._elsewhere(request)
            destination, arguments = found
            media_type = negotiation.chosen(request, destination.route.media_types, destination.formats)
            negotiated = request if media_type == request.media_type else request._replace(media_type=media_type)
            return _in_any_case(destination.endpoint, dict(zip(destination.names, arguments, strict=True)), negotiated)
        except Problem as problem:
            return self._problem(problem, request)
        except RecordUnavailable as unavailable:
            self._logger.error("the record is unavailable", request_id=request.id, cause=str(unavailable))
            return self._problem(Problem("record-unavailable", "the record can't be read at the moment"), request)
        except Moved as moved:
            return Answer("", "current", 308, headers={"Location": _with_query(moved.location, request)})

    def _elsewhere(self, request: Request) -> Answer:
        """Answer where no route is: the method is wrong, or the path in its usual form leads somewhere, or there is nothing."""
        if request.method not in READ_METHODS and self._table.has(request.path):
            allowed = ", ".join(READ_METHODS)
            raise Problem(
                "method-not-allowed", f"{request.method[:20]} is not allowed; this API is read-only", headers=[("Allow", allowed)]
            )
        canonical = (request.path.rstrip("/") or "/").lower()
        if canonical != request.path and self._table.has(canonical):
            return Answer("", "static", 308, headers={"Location": _with_query(canonical, request)})
        near = nearest(request.path, [route.path for route in self._contract.routes if "{" not in route.path])
        raise Problem("unknown-route", f"there is nothing at this path{f'; did you mean {near}?' if near else ''}")

    def _check_way(self, request: Request) -> None:
        """Refuse who comes past the edge, where a deployment has one: there are its cache, its limits and its firewall."""
        if not self._proofs:
            return
        proof = request.headers.get(PROOF, "").encode(errors="surrogatepass")
        if not any(compare_digest(proof, known) for known in self._proofs):
            raise Problem("forbidden", "this is not the API's public address")

    def _problem(self, problem: Problem, request: Request) -> Answer:
        return render(problem, self._contract, request.id)


def _check_target(request: Request) -> None:
    target = request.target
    if len(target) * 4 > LONGEST_TARGET and len(target.encode(errors="surrogatepass")) > LONGEST_TARGET:  # a character has four at most
        raise Problem("uri-too-long", f"the path and query are longer than {LONGEST_TARGET:,} bytes")
    if sum(map(len, request.headers)) + sum(map(len, request.headers.values())) > LONGEST_HEADERS:
        raise Problem("headers-too-large", f"the headers are longer than {LONGEST_HEADERS:,} bytes together")
    if not request.path.isprintable():
        raise Problem("unknown-route", "there is nothing at this path")


def _endpoints(contract: Contract, resources: Resources, history: History, service: Service) -> dict[str, Callable[[Route], Endpoint]]:
    """Return what answers each kind of route, by the name that the contract has for it."""
    collections, reference = contract.collections, Reference()
    return {
        "root": lambda _: service.root,
        "reference": lambda _: reference.page,
        "reference_file": lambda _: reference.file,
        "robots": lambda _: service.robots,
        "catalog": lambda _: service.catalog,
        "security": lambda _: service.security,
        "start": lambda _: service.start,
        "health": lambda _: service.health,
        "openapi": lambda _: service.openapi,
        "context": lambda _: service.context,
        "terms": lambda _: service.terms,
        "schema": lambda _: service.schema,
        "problems": lambda _: service.problems,
        "problem": lambda _: service.problem,
        "releases": lambda _: history.releases,
        "release": lambda _: history.release,
        "changes": lambda _: history.changes,
        "page": lambda route: partial(resources.page, collections[route.collection]),
        "one": lambda route: partial(resources.one, collections[route.collection]),
        "revisions": lambda route: partial(history.revisions, collections[route.collection]),
        "revision": lambda route: partial(history.revision, collections[route.collection]),
        "timemap": lambda route: partial(history.timemap, collections[route.collection]),
        "sublist": lambda route: (
            lambda slug, request: resources.page(collections[route.collection], request, {route.filter: f"{route.owner}/{slug}"})
        ),
    }


def _in_any_case(endpoint: Endpoint, arguments: Mapping[str, str], request: Request) -> Answer:
    """Answer a request; where there is nothing at its path, but there is in lower case, lead there."""
    try:
        return endpoint(**arguments, request=request)
    except Problem as problem:
        lowered = request.path.lower()
        if problem.slug != "not-found" or lowered == request.path:
            raise
        endpoint(**{name: value.lower() for name, value in arguments.items()}, request=request._replace(path=lowered))
        return Answer("", "static", 308, headers={"Location": _with_query(lowered, request)})


def _options() -> Answer:
    methods = ", ".join(READ_METHODS)
    headers = {
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Accept, Accept-Datetime, If-Modified-Since, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return Answer("", "static", 204, headers=headers)


def _with_query(location: str, request: Request) -> str:
    return uri_reference(f"{location}?{request.raw_query}" if request.raw_query else location)
