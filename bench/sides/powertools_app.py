"""Peer B: Powertools' resolver with validation, as its documentation recommends: annotated functions, Pydantic models.

It has the routes that are measured, for every collection: a resource and a page of a list.
"""

from typing import Annotated, Any, TypeVar

from access import NotThere, body, page
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from models import Actor, Case, Event, Instrument, Page, Position, Record, Source, Statement

app = APIGatewayHttpResolver(enable_validation=True)
Resource = TypeVar("Resource", bound=Record)
Slug = Annotated[str, Path(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Limit = Annotated[int, Query(ge=1, le=100)]


def one(model: type[Resource], path: str) -> Resource:
    """Return a resource; raise a 404 if it does not exist."""
    try:
        return model.model_validate_json(body(path))
    except NotThere as missing:
        raise NotFoundError(f"there is no {missing}") from missing


def many(model: type[Resource], collection: str, limit: int, cursor: str | None) -> Page[Resource]:
    """Return a page of a collection."""
    bodies, total, following = page(collection, limit, cursor)
    position = Position(total=total, limit=limit, next=following)
    return Page[model](data=[model.model_validate_json(text) for text in bodies], page=position)  # type: ignore[valid-type]


@app.get("/v1/cases/<slug>")
def case(slug: Slug) -> Case:
    """Answer a case."""
    return one(Case, f"cases/{slug}")


@app.get("/v1/cases")
def cases(limit: Limit = 20, cursor: str | None = None) -> Page[Case]:
    """Answer a page of cases."""
    return many(Case, "cases", limit, cursor)


@app.get("/v1/events/<slug>")
def event(slug: Slug) -> Event:
    """Answer an event."""
    return one(Event, f"events/{slug}")


@app.get("/v1/events")
def events(limit: Limit = 20, cursor: str | None = None) -> Page[Event]:
    """Answer a page of events."""
    return many(Event, "events", limit, cursor)


@app.get("/v1/actors/<slug>")
def actor(slug: Slug) -> Actor:
    """Answer an actor."""
    return one(Actor, f"actors/{slug}")


@app.get("/v1/actors")
def actors(limit: Limit = 20, cursor: str | None = None) -> Page[Actor]:
    """Answer a page of actors."""
    return many(Actor, "actors", limit, cursor)


@app.get("/v1/instruments/<slug>")
def instrument(slug: Slug) -> Instrument:
    """Answer an instrument."""
    return one(Instrument, f"instruments/{slug}")


@app.get("/v1/instruments")
def instruments(limit: Limit = 20, cursor: str | None = None) -> Page[Instrument]:
    """Answer a page of instruments."""
    return many(Instrument, "instruments", limit, cursor)


@app.get("/v1/statements/<slug>")
def statement(slug: Slug) -> Statement:
    """Answer a statement."""
    return one(Statement, f"statements/{slug}")


@app.get("/v1/statements")
def statements(limit: Limit = 20, cursor: str | None = None) -> Page[Statement]:
    """Answer a page of statements."""
    return many(Statement, "statements", limit, cursor)


@app.get("/v1/sources/<slug>")
def source(slug: Slug) -> Source:
    """Answer a source."""
    return one(Source, f"sources/{slug}")


@app.get("/v1/sources")
def sources(limit: Limit = 20, cursor: str | None = None) -> Page[Source]:
    """Answer a page of sources."""
    return many(Source, "sources", limit, cursor)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an event of API Gateway's HTTP API (payload format 2.0)."""
    return app.resolve(event, context)
