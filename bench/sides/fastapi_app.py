"""Peer A: FastAPI on Lambda with Mangum, as its documentation recommends: response models, plain functions, one router.

It has the routes that are measured, for every collection: a resource and a page of a list.
"""

from typing import Annotated, TypeVar

from access import NotThere, body, page
from fastapi import FastAPI, HTTPException, Path, Query
from mangum import Mangum
from models import Actor, Case, Event, Instrument, Page, Position, Record, Source, Statement

app = FastAPI(title="Article 33, by FastAPI")
Resource = TypeVar("Resource", bound=Record)
Slug = Annotated[str, Path(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Limit = Annotated[int, Query(ge=1, le=100)]


def one(model: type[Resource], path: str) -> Resource:
    """Return a resource; raise a 404 if it does not exist."""
    try:
        return model.model_validate_json(body(path))
    except NotThere as missing:
        raise HTTPException(status_code=404, detail=f"there is no {missing}") from missing


def many(model: type[Resource], collection: str, limit: int, cursor: str | None) -> Page[Resource]:
    """Return a page of a collection."""
    bodies, total, following = page(collection, limit, cursor)
    position = Position(total=total, limit=limit, next=following)
    return Page[model](data=[model.model_validate_json(text) for text in bodies], page=position)  # type: ignore[valid-type]


@app.get("/v1/cases/{slug}")
def case(slug: Slug) -> Case:
    """Answer a case."""
    return one(Case, f"cases/{slug}")


@app.get("/v1/cases")
def cases(limit: Limit = 20, cursor: str | None = None) -> Page[Case]:
    """Answer a page of cases."""
    return many(Case, "cases", limit, cursor)


@app.get("/v1/events/{slug}")
def event(slug: Slug) -> Event:
    """Answer an event."""
    return one(Event, f"events/{slug}")


@app.get("/v1/events")
def events(limit: Limit = 20, cursor: str | None = None) -> Page[Event]:
    """Answer a page of events."""
    return many(Event, "events", limit, cursor)


@app.get("/v1/actors/{slug}")
def actor(slug: Slug) -> Actor:
    """Answer an actor."""
    return one(Actor, f"actors/{slug}")


@app.get("/v1/actors")
def actors(limit: Limit = 20, cursor: str | None = None) -> Page[Actor]:
    """Answer a page of actors."""
    return many(Actor, "actors", limit, cursor)


@app.get("/v1/instruments/{slug}")
def instrument(slug: Slug) -> Instrument:
    """Answer an instrument."""
    return one(Instrument, f"instruments/{slug}")


@app.get("/v1/instruments")
def instruments(limit: Limit = 20, cursor: str | None = None) -> Page[Instrument]:
    """Answer a page of instruments."""
    return many(Instrument, "instruments", limit, cursor)


@app.get("/v1/statements/{slug}")
def statement(slug: Slug) -> Statement:
    """Answer a statement."""
    return one(Statement, f"statements/{slug}")


@app.get("/v1/statements")
def statements(limit: Limit = 20, cursor: str | None = None) -> Page[Statement]:
    """Answer a page of statements."""
    return many(Statement, "statements", limit, cursor)


@app.get("/v1/sources/{slug}")
def source(slug: Slug) -> Source:
    """Answer a source."""
    return one(Source, f"sources/{slug}")


@app.get("/v1/sources")
def sources(limit: Limit = 20, cursor: str | None = None) -> Page[Source]:
    """Answer a page of sources."""
    return many(Source, "sources", limit, cursor)


handler = Mangum(app, lifespan="off")
