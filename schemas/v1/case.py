"""A case: what happened to whom, from the first event to the outcome, if there is one yet."""

from pydantic import Field

from schemas.resource import Filter, Resource, Sort, SubList
from schemas.v1.dates import HistoricalDate
from schemas.v1.references import ActorRef, CaseRef, EventRef, InstrumentRef, StatementRef
from schemas.v1.shape import Shape
from schemas.v1.shared import Record
from schemas.v1.terms import Term
from schemas.v1.text import Prose, Text
from schemas.v1.vocabulary import Custody, Outcome, Role


class CaseStatus(Term):
    """Whether more is expected to happen."""

    OPEN = "open", "people are still at risk, or it is not known that they are safe"
    CLOSED = "closed", "the outcome is known, and the people affected are out of danger or beyond help"


class CaseRelation(Term):
    """How this case relates to another."""

    FOLLOWS = "follows", "comes after the other case and results from it"
    SIMILAR = "similar", "the same pattern, without a known link"
    SAME_ROUTE = "same-route", "the same states in the same roles"
    CONFUSED_WITH = "confused-with", "reports confuse the two"


class Part(Shape):
    """An actor and its role in the case."""

    actor: ActorRef = Field(description="The actor.", examples=["actors/viet-nam"])
    role: Role = Field(description="Its role.", examples=["transferring"])


class OutcomeOf(Shape):
    """The outcome for some of the people affected, if it is not the same for all."""

    actor: ActorRef | None = Field(
        None,
        description="The group or person; null for a part of a group whose members are not described one by one.",
        examples=["actors/the-nine"],
    )
    outcome: Outcome = Field(description="What finally happened to them.", examples=["resettled"])
    as_of: HistoricalDate = Field(description="When that was known to be so.", examples=[{"edtf": "2016-03"}])
    note: Prose | None = Field(
        None, description="What the record can say about it without harm.", examples=["Said by the receiving state."]
    )


class RelatedCase(Shape):
    """Another case, and how this case relates to it."""

    case: CaseRef = Field(description="The other case.", examples=["cases/nine-handed-over-by-laos-2013"])
    relation: CaseRelation = Field(description="How this case relates to it.", examples=["similar"])


class Case(Record):
    """People that states returned, or are about to return, to a place where they face persecution: what happened, step by step."""

    status: CaseStatus = Field(description="Whether more is expected to happen.", examples=["open"])
    period: HistoricalDate = Field(description="From the first event to the last, or to an open end.", examples=[{"edtf": "2015-10/.."}])
    states: list[Part] = Field(
        min_length=1,
        description="The states involved, each with its role.",
        examples=[[{"actor": "actors/viet-nam", "role": "transferring"}]],
    )
    protected_group: ActorRef | None = Field(
        None,
        description="The group that was affected; null if the people affected have public roles and are listed in `actors`.",
        examples=["actors/the-nine"],
    )
    events: list[EventRef] = Field(
        [], description="Its events: all events whose `case` is this case.", examples=[["events/stopped-in-viet-nam"]]
    )
    actors: list[Part] = Field(
        [],
        description="All other actors with a role in it. An actor with several roles is listed once for each role.",
        examples=[[{"actor": "actors/human-rights-watch", "role": "advocate"}]],
    )
    instruments: list[InstrumentRef] = Field(
        [], description="The legal instruments at issue.", examples=[["instruments/refugee-convention-1951"]]
    )
    statements: list[StatementRef] = Field(
        [],
        description="The public statements about it: all statements that name this case in `about`.",
        examples=[["statements/ohchr-appeal"]],
    )
    custody: Custody = Field(description="What the holders say about the custody.", examples=["unknown"])
    risk: Text | None = Field(
        None, description="What the people affected face if they are returned.", examples=[{"en": "Punishment and persecution."}]
    )
    outcome: Outcome = Field(description="What finally happened to the people affected. `unknown` is a valid answer.", examples=["unknown"])
    outcome_as_of: HistoricalDate | None = Field(
        None,
        description="When the outcome was last known to be so. Required unless the outcome is `unknown`.",
        examples=[{"edtf": "2015-12-23"}],
    )
    outcomes: list[OutcomeOf] = Field(
        [],
        description="If the outcome is `mixed`: each outcome and whom it concerns, as far as that can be published without harm.",
        examples=[[{"outcome": "resettled", "as_of": {"edtf": "2016-03"}}]],
    )
    related: list[RelatedCase] = Field(
        [], description="Other cases, and how this case relates to them.", examples=[[{"case": "cases/another", "relation": "similar"}]]
    )


CASE = Resource(
    collection="cases",
    singular="case",
    example="nine-north-koreans-viet-nam-2015",
    model=Case,
    title="Cases",
    description="Cases of refoulement, threatened or carried out.",
    filters=(
        Filter(
            "actor",
            "Cases in which this actor has a role.",
            ("/actors/*/actor", "/states/*/actor", "/protected_group"),
            example="actors/viet-nam",
        ),
        Filter("state", "Cases in which this state has a role.", ("/states/*/actor",), example="actors/viet-nam"),
        Filter(
            "instrument", "Cases in which this instrument is at issue.", ("/instruments/*",), example="instruments/refugee-convention-1951"
        ),
        Filter("status", "Cases with this status.", ("/status",), example="open"),
        Filter("outcome", "Cases with this outcome.", ("/outcome",), repeatable=True, example="unknown"),
    ),
    sorts=(Sort("period", "By the start of the case.", dates=("/period",)), Sort("name", "By English name.", text="/name/en")),
    default_sort="period",
    span=("/period",),
    sublists=(
        SubList("events", "case"),
        SubList("actors", "case"),
        SubList("instruments", "case"),
        SubList("statements", "case"),
        SubList("sources", "case"),
    ),
)
