"""The app: Powertools' resolver with a route for every route of the published contract, and its exception handlers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from handlers.answers import redirect
from handlers.contract import Contract, Route
from handlers.history import History
from handlers.problems import Moved, Problem, internal
from handlers.reference import Reference
from handlers.resolver import ContractResolver, Endpoint
from handlers.resources import Resources
from handlers.service import Service
from handlers.telemetry import Telemetry
from record.errors import RecordDamaged, RecordUnavailable
from record.reading import Reader


def make_app(
    contract: Contract,
    reader: Reader,
    clock: Callable[[], datetime],
    telemetry: Telemetry,
    *,
    contact: str = "",
    origin_secrets: Sequence[bytes] = (),
) -> ContractResolver:
    """Return the app over one record.

    `clock` returns the time in UTC. `contact` is the URI in security.txt. With `origin_secrets`, a request without one of them gets a 403,
    and Cache-Control is written for the edge that sends them: it may cache longer than clients, and removes what is only meant for it.
    """
    if origin_secrets:
        contract = contract._replace(cache_control=contract.edge_cache_control)
    app = ContractResolver(contract, reader, clock, telemetry, origin_secrets)
    endpoints = _endpoints(contract, Resources(contract, reader), History(contract, reader), Service(contract, reader, contact))
    for route in contract.routes:
        app.add(route, endpoints[route.endpoint](route))

    @app.not_found
    def not_found(_: NotFoundError) -> Response[str]:
        return app.unmatched()

    @app.exception_handler(Problem)
    def refuse(problem: Problem) -> Response[str]:
        return app.refuse(problem)

    @app.exception_handler(Moved)
    def lead_on(moved: Moved) -> Response[str]:
        return app.respond(redirect(moved.location, "current", app.exchange.request))

    @app.exception_handler(RecordUnavailable)
    def record_unavailable(unavailable: RecordUnavailable) -> Response[str]:
        is_damaged = isinstance(unavailable, RecordDamaged)
        telemetry.logger.error("the record is damaged" if is_damaged else "the record is unavailable", cause=str(unavailable))
        return app.refuse(Problem("record-unavailable", "the record can't be read at the moment"))

    @app.exception_handler(Exception)
    def fail(_: Exception) -> Response[str]:
        telemetry.logger.exception("failed")  # noqa: LOG004 - Powertools calls this in its except block
        return app.refuse(internal())

    return app


def _endpoints(contract: Contract, resources: Resources, history: History, service: Service) -> dict[str, Callable[[Route], Endpoint]]:
    """Return what answers each kind of route, by the contract's name for that kind."""
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
        "sublist": lambda route: partial(resources.sublist, collections[route.collection], route),
    }
