"""A case: what happened to whom, from the first event to an outcome or to none yet."""

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
    """Whether the record expects more to happen."""

    OPEN = "open", "people are still at risk, or nobody knows that they are not"
    CLOSED = "closed", "the outcome is known and those affected are out of danger or beyond help"


class CaseRelation(Term):
    """How this case stands to another."""

    FOLLOWS = "follows", "comes after it and out of it"
    SIMILAR = "similar", "the same pattern, without a known link"
    SAME_ROUTE = "same-route", "the same states in the same parts"
    CONFUSED_WITH = "confused-with", "reports mix the two up"


class Part(Shape):
    """An actor and its part in the case."""

    actor: ActorRef = Field(description="The actor.", examples=["actors/viet-nam"])
    role: Role = Field(description="Its part.", examples=["transferring"])


class OutcomeOf(Shape):
    """What became of one of those affected, where it is not the same for all."""

    actor: ActorRef | None = Field(
        None, description="Whom it is about; null for a part of a group that is not told apart.", examples=["actors/the-nine"]
    )
    outcome: Outcome = Field(description="What became of them.", examples=["resettled"])
    as_of: HistoricalDate = Field(description="When that was known.", examples=[{"edtf": "2016-03"}])
    note: Prose | None = Field(None, description="What the record can say of it without harm.", examples=["Said by the receiving state."])


class RelatedCase(Shape):
    """Another case and how this one stands to it."""

    case: CaseRef = Field(description="The other case.", examples=["cases/nine-handed-over-by-laos-2013"])
    relation: CaseRelation = Field(description="How this case stands to it.", examples=["similar"])


class Case(Record):
    """People returned, or about to be returned, by states to where they are persecuted: what happened, step by step."""

    status: CaseStatus = Field(description="Whether the record expects more to happen.", examples=["open"])
    period: HistoricalDate = Field(description="From the first event to the last, or to an open end.", examples=[{"edtf": "2015-10/.."}])
    states: list[Part] = Field(
        min_length=1, description="The states, each with its part.", examples=[[{"actor": "actors/viet-nam", "role": "transferring"}]]
    )
    protected_group: ActorRef | None = Field(
        None,
        description="The group that it happened to; null where it happened to persons with a public role, who stand in `actors`.",
        examples=["actors/the-nine"],
    )
    events: list[EventRef] = Field([], description="Its events, every one whose `case` it is.", examples=[["events/stopped-in-viet-nam"]])
    actors: list[Part] = Field(
        [],
        description="Everyone else with a part in it; an actor with several parts stands once for each.",
        examples=[[{"actor": "actors/human-rights-watch", "role": "advocate"}]],
    )
    instruments: list[InstrumentRef] = Field(
        [], description="The legal instruments at issue.", examples=[["instruments/refugee-convention-1951"]]
    )
    statements: list[StatementRef] = Field(
        [], description="The public statements about it, every one that names it in `about`.", examples=[["statements/ohchr-appeal"]]
    )
    custody: Custody = Field(description="What those who hold them say about it.", examples=["unknown"])
    risk: Text | None = Field(None, description="What they face if they are returned.", examples=[{"en": "Punishment and persecution."}])
    outcome: Outcome = Field(description="What became of them; `unknown` is an answer.", examples=["unknown"])
    outcome_as_of: HistoricalDate | None = Field(
        None, description="When the outcome was last known to be so; required for any but unknown.", examples=[{"edtf": "2015-12-23"}]
    )
    outcomes: list[OutcomeOf] = Field(
        [],
        description="Where the outcome is mixed: what became of whom, as far as it can be told without harm.",
        examples=[[{"outcome": "resettled", "as_of": {"edtf": "2016-03"}}]],
    )
    related: list[RelatedCase] = Field(
        [], description="Other cases and how this one stands to them.", examples=[[{"case": "cases/another", "relation": "similar"}]]
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
            "Cases in which this actor has a part.",
            ("/actors/*/actor", "/states/*/actor", "/protected_group"),
            example="actors/viet-nam",
        ),
        Filter("state", "Cases in which this state has a part.", ("/states/*/actor",), example="actors/viet-nam"),
        Filter(
            "instrument", "Cases in which this instrument is at issue.", ("/instruments/*",), example="instruments/refugee-convention-1951"
        ),
        Filter("status", "Cases of this status.", ("/status",), example="open"),
        Filter("outcome", "Cases with this outcome.", ("/outcome",), repeatable=True, example="unknown"),
    ),
    sorts=(Sort("period", "By when the case began.", dates=("/period",)), Sort("name", "By English name.", text="/name/en")),
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
