"""Powertools' resolver, and all that the published contract wants differently from it.

| what | Powertools | here |
|---|---|---|
| HEAD | a route of its own | every route answers GET and HEAD, HEAD without the body |
| OPTIONS | 204 if CORS is configured | 204 for every path |
| another method | 404 | 405 with Allow, if the path has a route |
| a path in upper case or with a slash at its end | 404 | 308 to the real path |
| CORS headers | if the request has an Origin header | on every response, because caches keep responses |
| errors | `{"statusCode", "message"}` | problem details (RFC 9457), from the contract's table |
"""

import logging
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from handlers import negotiation
from handlers.answers import Answer, finish, redirect
from handlers.contract import Contract, Route
from handlers.problems import Problem, internal, nearest, render
from handlers.request import LONGEST_TARGET, NotARequest, Request, request_of
from handlers.telemetry import NO_ROUTE, Telemetry
from record.reading import Reader

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

Endpoint = Callable[..., Answer]
READ_METHODS = ("GET", "HEAD", "OPTIONS")
ORIGIN_HEADER = "x-article33-origin"  # CloudFront adds it, with a secret
LONGEST_HEADERS = 8_192  # bytes of all names and values
_PLAIN_ARGUMENT = "[a-z0-9.-]+"


@dataclass(slots=True)
class Exchange:
    """A request that is being answered, and the template of its route, such as `/v1/cases/{slug}`, once it is known."""

    request: Request
    template: str = NO_ROUTE


class ContractResolver(APIGatewayHttpResolver):
    """Routes events of API Gateway's HTTP API (payload format 2.0) to endpoints, by the published contract.

    Not for several threads: Powertools keeps the current event in a class attribute. An instance of a function has one thread.
    """

    def __init__(
        self,
        contract: Contract,
        reader: Reader,
        clock: Callable[[], datetime],
        telemetry: Telemetry,
        origin_secrets: Sequence[bytes] = (),
    ) -> None:
        """Answer by this contract. `clock` returns the time in UTC. With `origin_secrets`, a request without one of them gets a 403."""
        super().__init__(debug=False)  # else the setting POWERTOOLS_DEV would print every event
        logging.getLogger("aws_lambda_powertools").setLevel(logging.INFO)  # else POWERTOOLS_DEBUG would log paths
        self.contract = contract
        self.telemetry = telemetry
        self._reader = reader
        self._clock = clock
        self._origin_secrets = origin_secrets
        # A function, not a method: Powertools keeps what it found out about a middleware's signature as an attribute.
        self.use([_check])

    @property
    def exchange(self) -> Exchange:
        """The request that is being answered."""
        found: Exchange = self.context["exchange"]
        return found

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Return the response to an event, in API Gateway's form; log the request and add its metrics.

        No fault of an endpoint, of the store or of an exception handler is raised: it is logged and answered as a problem.
        """
        started = time.perf_counter()
        try:
            exchange = Exchange(request_of(event, self._clock()))
        except NotARequest:
            self.telemetry.logger.set_correlation_id(None)  # that of the request before
            self.telemetry.logger.error("not an HTTP API event (payload format 2.0)")
            headers = {"Content-Type": "text/plain"}
            return _event_response(400, headers, "not an HTTP API event")
        self.telemetry.logger.set_correlation_id(exchange.request.id)
        self.context["exchange"] = exchange
        try:
            self._reader.begin()
            response = super().resolve(_checked_event(exchange.request), context)
        except Exception:  # Powertools raises what an exception handler raises
            self.telemetry.logger.exception("failed")
            response = _event_response(*finish(render(internal(), self.contract, exchange.request.id), exchange.request, self.contract))
        milliseconds = (time.perf_counter() - started) * 1000
        self.telemetry.record(exchange, response["statusCode"], milliseconds, self._reader)
        return response

    def add(self, route: Route, endpoint: Endpoint) -> None:
        """Answer a route of the contract by an endpoint, which takes the arguments in the path and the request."""
        several = len(route.media_types) > 1
        formats = {name: kind for name, kind in self.contract.formats.items() if several and kind in route.media_types}

        def answer(**arguments: str) -> Response[str]:
            exchange = self.exchange
            exchange.template = route.path
            media_type = negotiation.chosen(exchange.request, route.media_types, formats)
            return self.respond(_in_any_case(endpoint, arguments, exchange.request._replace(media_type=media_type)))

        rule = re.escape(route.path).replace(r"\{", "<").replace(r"\}", ">")  # Powertools makes a regular expression of it
        self.route(rule, method=["GET", "HEAD"])(answer)

    def respond(self, answer: Answer) -> Response[str]:
        """Return the response to the request that is being answered."""
        status, headers, body = finish(answer, self.exchange.request, self.contract)
        self.telemetry.logger.debug("responding", status=status, cache=answer.cache, media_type=answer.media_type, characters=len(body))
        stale = self._reader.stale
        if stale is not None and status < 500:
            # RFC 9211: how long the response is out of date. Caches may keep it no longer than an error.
            headers["Cache-Status"] = f"article33; hit; ttl=-{math.ceil(stale.seconds)}"
            if headers["Cache-Control"] != self.contract.cache_control["none"]:
                headers["Cache-Control"] = self.contract.cache_control["brief"]
        return Response(status, body=body, headers=headers)

    def refuse(self, problem: Problem) -> Response[str]:
        """Return the response of a problem."""
        return self.respond(render(problem, self.contract, self.exchange.request.id))

    def unmatched(self) -> Response[str]:
        """Return the response to a request that no route matches: 405, a redirect to the real path, or 404."""
        request = self.exchange.request
        if request.method not in READ_METHODS and self._paths.fullmatch(request.path):
            detail = f"{request.method[:20]} is not allowed; this API is read-only"
            return self.refuse(Problem("method-not-allowed", detail, headers=[("Allow", ", ".join(READ_METHODS))]))
        real = (request.path.rstrip("/") or "/").lower()
        if real != request.path and self._paths.fullmatch(real):
            return self.respond(redirect(real, "static", request))
        near = nearest(request.path, [route.path for route in self.contract.routes if "{" not in route.path])
        return self.refuse(Problem("unknown-route", f"there is nothing at this path{f'; did you mean {near}?' if near else ''}"))

    def check(self) -> None:
        """Raise Problem if the request is too long, or if it did not come through CloudFront, where limits and the firewall are."""
        request = self.exchange.request
        if self._origin_secrets:
            secret = request.headers.get(ORIGIN_HEADER, "").encode(errors="surrogatepass")
            if not any(compare_digest(secret, known) for known in self._origin_secrets):
                raise Problem("forbidden", "this is not the API's public URL")
        target = request.target
        if len(target) * 4 > LONGEST_TARGET and len(target.encode(errors="surrogatepass")) > LONGEST_TARGET:  # 4 bytes a character at most
            raise Problem("uri-too-long", f"the path and query are longer than {LONGEST_TARGET:,} bytes")
        if sum(map(len, request.headers)) + sum(map(len, request.headers.values())) > LONGEST_HEADERS:
            raise Problem("headers-too-large", f"the headers are longer than {LONGEST_HEADERS:,} bytes in total")
        if not request.path.isprintable() and request.method in READ_METHODS:
            raise Problem("unknown-route", "there is nothing at this path")

    @cached_property
    def _paths(self) -> re.Pattern[str]:
        """All paths of routes whose arguments look like those of a resource that exists."""
        return re.compile("|".join(re.sub(r"\\{\w+\\}", _PLAIN_ARGUMENT, re.escape(route.path)) for route in self.contract.routes))


def _event_response(status: int, headers: Mapping[str, str], body: str) -> dict[str, Any]:
    """Return a response in API Gateway's form."""
    return {"statusCode": status, "headers": dict(headers), "body": body, "isBase64Encoded": False, "cookies": []}


def _checked_event(request: Request) -> dict[str, Any]:
    """Return the parts of an event that Powertools needs. Their form was checked, and nothing else in the event can change an answer.

    It needs no headers: it reads them only to compress and for CORS.
    """
    http = {"method": request.method, "path": request.path}
    return {"rawPath": request.path, "headers": {}, "requestContext": {"http": http, "stage": "$default"}}


def _check(app: ContractResolver, next_middleware: "NextMiddleware") -> Any:
    """Check a request before its route sees it, and answer OPTIONS on every path."""
    app.check()
    if app.exchange.request.method != "OPTIONS":
        return next_middleware(app)
    methods = ", ".join(READ_METHODS)
    headers = {
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Accept, Accept-Datetime, If-Modified-Since, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return app.respond(Answer("", "static", 204, headers=headers))


def _in_any_case(endpoint: Endpoint, arguments: Mapping[str, str], request: Request) -> Answer:
    """Return an endpoint's answer; if only the path in lower case leads to something, a redirect to it."""
    try:
        return endpoint(**arguments, request=request)
    except Problem as problem:
        lowered = request.path.lower()
        if problem.slug != "not-found" or lowered == request.path:
            raise
        endpoint(**{name: value.lower() for name, value in arguments.items()}, request=request._replace(path=lowered))
        return redirect(lowered, "static", request)
