"""The response models of both peers, in Pydantic, field by field, as in the documentation of FastAPI and Powertools.

They have the same fields as the record's own models, without what only publishing needs: patterns, vocabularies, rules.
"""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, JsonValue

Text = dict[str, str]
Resource = TypeVar("Resource")


class HistoricalDate(BaseModel):
    """A day, or a span of days."""

    edtf: str
    as_stated: str | None
    basis: str | None
    earliest: str | None
    latest: str | None


class Coordinates(BaseModel):
    """A point."""

    latitude: float
    longitude: float


class Place(BaseModel):
    """A place."""

    name: Text
    country: str | None
    precision: str
    same_as: list[str]
    coordinates: Coordinates | None


class Citation(BaseModel):
    """A source and the fields that it supports."""

    source: str
    locator: str | None
    quote: str | None
    fields: list[str]


class Claim(BaseModel):
    """What a source says about a field."""

    field: str
    value: JsonValue
    as_stated: str | None
    citations: list[Citation]
    verification: str
    preferred: bool
    note: str | None


class Record(BaseModel):
    """The fields of every resource."""

    id: str
    type: str
    name: Text
    summary: Text | None
    identifiers: list[dict[str, str]]
    same_as: list[str]
    citations: list[Citation]
    claims: list[Claim]
    last_verified: str
    review: dict[str, str]
    release: int
    revision: int
    published_at: str


class Part(BaseModel):
    """An actor and its role."""

    actor: str
    role: str


class Involvement(Part):
    """An actor, its role, and the degree of its involvement."""

    degree: str


class Act(BaseModel):
    """What was done."""

    act: str
    attributed_to: str | None


class Affected(BaseModel):
    """A group that the event happened to."""

    actor: str
    number: int | None


class CustodyState(BaseModel):
    """Who held the group."""

    holder: str | None
    custody: str | None


class Event(Record):
    """One step of a case."""

    case: str
    acts: list[Act]
    date: HistoricalDate | None
    place: Place | None
    origin: Place | None
    destination: Place | None
    involvements: list[Involvement]
    affected: list[Affected]
    custody_before: CustodyState | None
    custody_after: CustodyState | None
    links: list[dict[str, str]]
    legal_basis_claimed: list[dict[str, Any]]


class Case(Record):
    """A case."""

    status: str
    period: HistoricalDate
    states: list[Part]
    protected_group: str | None
    events: list[str]
    actors: list[Part]
    instruments: list[str]
    statements: list[str]
    custody: str
    risk: Text | None
    outcome: str
    outcome_as_of: HistoricalDate | None
    outcomes: list[dict[str, Any]]
    related: list[dict[str, str]]


class Membership(BaseModel):
    """A membership of an actor."""

    organisation: str
    role: Text
    dates: HistoricalDate | None


class Actor(Record):
    """An actor."""

    kind: str
    country: str | None
    iso3166: str | None
    parent: str | None
    memberships: list[Membership]
    public_role_basis: str | None
    size: int | None
    includes_children: str | None
    nationality: str | None
    risk_basis: Text | None


class Provision(BaseModel):
    """A provision of an instrument."""

    key: str
    heading: Text
    duty: Text
    bearer: Text | None
    beneficiary: Text | None
    exceptions: Text | None


class PartyAct(BaseModel):
    """An act of a state concerning an instrument."""

    actor: str
    action: str
    date: HistoricalDate | None
    effective: HistoricalDate | None
    reservations: Text | None
    citations: list[Citation]


class Instrument(Record):
    """An instrument of law."""

    kind: str
    adopted: HistoricalDate | None
    signed: HistoricalDate | None
    in_force: HistoricalDate | None
    place: Place | None
    depositary: str | None
    registration: str | None
    languages: list[str]
    text_url: str | None
    predecessor: str | None
    successor: str | None
    provisions: list[Provision]
    party_acts: list[PartyAct]
    relations: list[dict[str, Any]]


class Source(Record):
    """A source."""

    kind: str
    publisher: str
    authors: list[str]
    title: Text | None
    published: HistoricalDate | None
    accessed: HistoricalDate | None
    language: str | None
    url: str | None
    archive_url: str | None
    sha256: str | None
    independence_group: str
    reliability: str
    identifies_people_at_risk: bool
    link_policy: str


class Wording(BaseModel):
    """A text in one language."""

    text: str
    original: bool
    translator: str | None


class Statement(Record):
    """A statement."""

    speaker: str
    capacity: Text | None
    on_behalf_of: str | None
    addressees: list[str]
    said: HistoricalDate | None
    first_published: HistoricalDate | None
    venue: Text | None
    kind: str
    form: str
    reported_by: list[str]
    text: dict[str, Wording]
    demands: list[dict[str, Any]]
    about: dict[str, list[str]]


class Position(BaseModel):
    """The position of a page in its list."""

    total: int
    limit: int
    next: str | None


class Page(BaseModel, Generic[Resource]):
    """A page of a list."""

    data: list[Resource]
    page: Position
