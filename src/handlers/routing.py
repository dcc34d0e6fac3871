"""The routes: Powertools' HTTP API resolver dispatches to them; what it does not know (405, 308, OPTIONS) is settled here.

Every route is declared once, in the published contract; `_endpoints` says what answers each kind of them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from hmac import compare_digest
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.logging import Logger

from handlers import negotiation
from handlers.answers import READ_METHODS, Answer, event_answer, finish
from handlers.contract import Contract, Route
from handlers.history import History
from handlers.links import uri_reference
from handlers.problems import Problem, nearest, render
from handlers.reference import Reference
from handlers.request import Request, request_of
from handlers.resources import Moved, Resources
from handlers.service import Service
from record.errors import RecordUnavailable
from record.reading import Reader

Endpoint = Callable[..., Answer]
PROOF = "x-article33-origin"  # the header by which the edge proves itself
LONGEST_TARGET = 4_096  # bytes of path and query
LONGEST_HEADERS = 8_192  # bytes of all names and values
_PARAMETER = re.compile(r"\{(\w+)\}")


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
        endpoints = _endpoints(contract, Resources(contract, reader), History(contract, reader), Service(contract, reader, contact))
        self._patterns = [(re.compile(_PARAMETER.sub(r"[a-z0-9.-]+", route.path)), route.path) for route in contract.routes]
        self._resolver = APIGatewayHttpResolver()
        for route in contract.routes:
            rule = _PARAMETER.sub(r"<\1>", route.path)
            self._resolver.route(rule, method=list(READ_METHODS))(self._handler(route, endpoints[route.endpoint](route)))
        self._resolver.not_found(self._elsewhere)

    def handle(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Return the answer to an event, in API Gateway's form. Never raises."""
        try:
            request = request_of(event, self._clock())
        except (KeyError, TypeError, AttributeError):
            self._logger.error("not an HTTP API event (payload format 2.0)")
            return event_answer(400, {"Content-Type": "text/plain"}, "not an HTTP API event")
        try:
            answer: dict[str, Any] = self._resolver.resolve(dict(event), context)  # type: ignore[arg-type]
        except Exception:  # the outermost handler: whatever it is, the client gets an answer of the contract
            self._logger.exception("failed", request_id=request.id)
            return self._built(self._problem(Problem("internal", "the request could not be answered"), request), request)
        self._logger.info("answered", request_id=request.id, status=answer["statusCode"], method=request.method)
        return answer

    def _handler(self, route: Route, endpoint: Endpoint) -> Callable[..., Response[str]]:
        def handler(**arguments: str) -> Response[str]:
            return self._respond(lambda request: _in_any_case(endpoint, arguments, self._negotiated(route, request)))

        handler.__name__ = f"route_{route.path}"
        return handler

    def _negotiated(self, route: Route, request: Request) -> Request:
        """Return the request with the media type to answer in."""
        offered = {name: media_type for name, media_type in self._contract.formats.items() if media_type in route.media_types}
        media_type = negotiation.chosen(request, route.media_types, offered if len(route.media_types) > 1 else {})
        return request if media_type == request.media_type else replace(request, media_type=media_type)

    def _respond(self, endpoint: Callable[[Request], Answer]) -> Response[str]:
        request = request_of(self._resolver.current_event.raw_event, self._clock())
        status, headers, body = finish(self._answer(endpoint, request), request, self._contract)
        return Response(status, headers.pop("Content-Type", None), body, headers=dict(headers))

    def _answer(self, endpoint: Callable[[Request], Answer], request: Request) -> Answer:
        try:
            self._check_way(request)
            self._check_target(request)
            if request.method == "OPTIONS":
                return _options()
            return endpoint(request)
        except Problem as problem:
            return self._problem(problem, request)
        except RecordUnavailable as unavailable:
            self._logger.error("the record is unavailable", request_id=request.id, cause=str(unavailable))
            return self._problem(Problem("record-unavailable", "the record can't be read at the moment"), request)
        except Moved as moved:
            return Answer("", "current", 308, headers={"Location": _with_query(moved.location, request)})

    def _elsewhere(self, _error: Exception) -> Response[str]:
        return self._respond(self._no_route)

    def _no_route(self, request: Request) -> Answer:
        if request.method not in READ_METHODS and any(pattern.fullmatch(request.path) for pattern, _ in self._patterns):
            allowed = ", ".join(READ_METHODS)
            raise Problem(
                "method-not-allowed", f"{request.method[:20]} is not allowed; this API is read-only", headers=[("Allow", allowed)]
            )
        canonical = (request.path.rstrip("/") or "/").lower()
        if canonical != request.path and any(pattern.fullmatch(canonical) for pattern, _ in self._patterns):
            return Answer("", "static", 308, headers={"Location": _with_query(canonical, request)})
        near = nearest(request.path, [rule for _, rule in self._patterns if "{" not in rule])
        raise Problem("unknown-route", f"there is nothing at this path{f'; did you mean {near}?' if near else ''}")

    def _check_way(self, request: Request) -> None:
        """Refuse who comes past the edge, where a deployment has one: there are its cache, its limits and its firewall."""
        if not self._proofs:
            return
        proof = request.headers.get(PROOF, "").encode(errors="surrogatepass")
        if not any(compare_digest(proof, known) for known in self._proofs):
            raise Problem("forbidden", "this is not the API's public address")

    def _check_target(self, request: Request) -> None:
        if len(request.target.encode(errors="surrogatepass")) > LONGEST_TARGET:
            raise Problem("uri-too-long", f"the path and query are longer than {LONGEST_TARGET:,} bytes")
        if sum(len(name) + len(value) for name, value in request.headers.items()) > LONGEST_HEADERS:
            raise Problem("headers-too-large", f"the headers are longer than {LONGEST_HEADERS:,} bytes together")
        if not request.path.isprintable():  # a line end would be overlooked by the resolver's patterns
            raise Problem("unknown-route", "there is nothing at this path")

    def _problem(self, problem: Problem, request: Request) -> Answer:
        return render(problem, self._contract, request.id)

    def _built(self, answer: Answer, request: Request) -> dict[str, Any]:
        return event_answer(*finish(answer, request, self._contract))


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
        endpoint(**{name: value.lower() for name, value in arguments.items()}, request=replace(request, path=lowered))
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
