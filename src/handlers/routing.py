"""The routes: Powertools' HTTP API resolver dispatches to them; what it does not know (405, 308, OPTIONS) is settled here.

Every route is declared once, in `_routes`, by iterating the contract's collections.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.logging import Logger

from handlers.answers import JSON, READ_METHODS, Answer, event_answer, finish
from handlers.contract import Contract
from handlers.history import History
from handlers.problems import Problem, nearest, render
from handlers.request import Request, request_of
from handlers.resources import Moved, Resources, uri_reference
from handlers.service import Service
from record.errors import RecordUnavailable
from record.reading import Reader

Endpoint = Callable[..., Answer]
LONGEST_TARGET = 4_096  # bytes of path and query
LONGEST_HEADERS = 8_192  # bytes of all names and values
_PARAMETER = re.compile(r"<(\w+)>")


class Api:
    """The whole HTTP interface over one record."""

    def __init__(self, contract: Contract, reader: Reader, clock: Callable[[], datetime], logger: Logger) -> None:
        """Serve this record by this contract; `clock` tells the time in UTC."""
        self._contract = contract
        self._clock = clock
        self._logger = logger
        self._routes = _routes(contract, Resources(contract, reader), History(contract, reader), Service(contract, reader))
        self._patterns = [(re.compile(_PARAMETER.sub(r"[^/]+", rule)), rule) for rule in self._routes]
        self._resolver = APIGatewayHttpResolver()
        for rule, endpoint in self._routes.items():
            self._resolver.route(rule, method=list(READ_METHODS))(self._handler(rule, endpoint))
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

    def _handler(self, rule: str, endpoint: Endpoint) -> Callable[..., Response[str]]:
        def handler(**arguments: str) -> Response[str]:
            return self._respond(lambda request: _in_any_case(endpoint, arguments, request))

        handler.__name__ = f"route_{rule}"
        return handler

    def _respond(self, endpoint: Callable[[Request], Answer]) -> Response[str]:
        request = request_of(self._resolver.current_event.raw_event, self._clock())
        status, headers, body = finish(self._answer(endpoint, request), request, self._contract)
        return Response(status, headers.pop("Content-Type", None), body, headers=dict(headers))

    def _answer(self, endpoint: Callable[[Request], Answer], request: Request) -> Answer:
        try:
            self._check_target(request)
            if request.method == "OPTIONS":
                return _options()
            return _acceptable(endpoint(request), request)
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
        near = nearest(request.path, [rule for _, rule in self._patterns if "<" not in rule])
        raise Problem("unknown-route", f"there is nothing at this path{f'; did you mean {near}?' if near else ''}")

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


def _routes(contract: Contract, resources: Resources, history: History, service: Service) -> dict[str, Endpoint]:
    """Return every route of the API: Powertools' rule and the endpoint that answers it."""
    base = f"/{contract.version}"
    routes: dict[str, Endpoint] = {
        "/": service.root,
        base: service.start,
        f"{base}/health": service.health,
        f"{base}/problems": service.problems,
        f"{base}/problems/<slug>": service.problem,
        f"{base}/schemas/<name>": service.schema,
        f"{base}/releases": history.releases,
        f"{base}/releases/<number>": history.release,
        f"{base}/changes": history.changes,
    }
    for collection in contract.collections.values():
        at = f"{base}/{collection.name}"
        routes[at] = lambda request, c=collection: resources.page(c, request)
        routes[f"{at}/<slug>"] = lambda slug, request, c=collection: resources.one(c, slug, request)
        routes[f"{at}/<slug>/revisions"] = lambda slug, request, c=collection: history.revisions(c, slug, request)
        routes[f"{at}/<slug>/revisions/<number>"] = lambda slug, number, request, c=collection: history.revision(c, slug, number, request)
        for other, filter_name in collection.sublists.items():
            routes[f"{at}/<slug>/{other}"] = lambda slug, request, c=collection, o=contract.collections[other], f=filter_name: (
                resources.page(o, request, {f: f"{c.name}/{slug}"})
            )
    return routes


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
        "Access-Control-Allow-Headers": "Accept, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return Answer("", "static", 204, headers=headers)


def _acceptable(answer: Answer, request: Request) -> Answer:
    """Return the answer; raise Problem where the Accept field rules out its type, and plain JSON too (RFC 9110, 12.5.1)."""
    accept, media_type = request.headers.get("accept"), answer.media_type
    if not accept or not answer.body:
        return answer
    ranges = {"*/*": 0, "application/*": 1, JSON: 2, media_type: 3}
    best: tuple[int, float] = (-1, 0.0)  # how specific the range is that matches best, and its weight
    for part in accept.split(","):
        media_range, _, rest = part.strip().partition(";")
        specificity = ranges.get(media_range.strip().lower(), -1)
        weight = re.search(r"(?:^|;)\s*q=([0-9.]+)\s*(?:;|$)", rest, re.IGNORECASE)
        if specificity > best[0]:
            best = (specificity, _weight(weight[1]) if weight else 1.0)
    if best[1] <= 0:
        raise Problem("not-acceptable", f"the answer is {media_type}, which the Accept header rules out")
    return answer


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def _with_query(location: str, request: Request) -> str:
    return uri_reference(f"{location}?{request.raw_query}" if request.raw_query else location)
