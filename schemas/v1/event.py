"""An event: one step of a case, with what was done, when, where, and who was involved (HURIDOCS: event, act, involvement)."""

from typing import Annotated

from pydantic import Field

from schemas.resource import Filter, Resource, Sort
from schemas.v1.dates import HistoricalDate
from schemas.v1.marks import ATTRIBUTED
from schemas.v1.places import Place
from schemas.v1.references import ActorRef, CaseRef, EventRef, InstrumentRef
from schemas.v1.shape import Shape
from schemas.v1.shared import Record
from schemas.v1.terms import Term
from schemas.v1.text import Text
from schemas.v1.vocabulary import Act, Custody, Degree, Role


class EventRelation(Term):
    """How an event relates to another."""

    PRECEDES = "precedes", "comes before the other event"
    ENCOMPASSES = "encompasses", "includes the other event as a part"
    CAUSES = "causes", "is the cause of the other event"


class ActDone(Shape):
    """What was done and, if that is a legal characterisation, who says so."""

    act: Act = Field(description="What was done.", examples=["interstate-handover"])
    attributed_to: ActorRef | None = Field(
        None, description="Who says that this was done. Required if the act is a legal characterisation.", examples=["actors/ohchr"]
    )


class Involvement(Shape):
    """An actor, its role in the event, and the degree of its involvement."""

    actor: ActorRef = Field(description="The actor.", examples=["actors/vietnamese-police"])
    role: Role = Field(description="Its role.", examples=["detaining"])
    degree: Degree = Field(description="How it was involved.", examples=["carried-out"])


class Affected(Shape):
    """A group or a person that was affected."""

    actor: ActorRef = Field(description="A protected group, or a person with a public role.", examples=["actors/the-nine"])
    number: int | None = Field(
        None, ge=1, le=1_000_000_000, description="How many of them were affected; null if all of them were.", examples=[9]
    )


class CustodyState(Shape):
    """Who held the people affected, and what the holder says about it."""

    holder: ActorRef | None = Field(
        None, description="Who held them; null if nobody did, or if it is not known.", examples=["actors/chinese-authorities"]
    )
    custody: Custody | None = Field(
        None, description="What the holder says about the custody; null if nobody held them.", examples=["unknown"]
    )


class EventLink(Shape):
    """Another event, and how this event relates to it."""

    event: EventRef = Field(description="The other event.", examples=["events/handed-over-in-dongxing"])
    relation: EventRelation = Field(description="How this event relates to it.", examples=["precedes"])


class ClaimedBasis(Shape):
    """A legal basis that somebody claimed for the event. The record does not judge the claim."""

    basis: Annotated[Text, ATTRIBUTED] = Field(description="The basis as claimed.", examples=[{"en": "Expulsion for irregular entry."}])
    claimed_by: ActorRef = Field(description="Who claimed it.", examples=["actors/viet-nam"])
    instrument: InstrumentRef | None = Field(
        None, description="The instrument that was named for it, if any.", examples=["instruments/border-protocol-1964"]
    )


class Event(Record):
    """One step of a case."""

    case: CaseRef = Field(description="The case it belongs to.", examples=["cases/nine-handed-over-by-viet-nam-2015"])
    acts: list[ActDone] = Field(min_length=1, description="What was done.", examples=[[{"act": "interstate-handover"}]])
    date: HistoricalDate | None = Field(
        None, description="When it happened; null if no source gives a date or no claim is preferred.", examples=[{"edtf": "2015-10-24"}]
    )
    place: Place | None = Field(
        None, description="Where it happened.", examples=[{"name": {"en": "Dongxing"}, "country": "CN", "precision": "city"}]
    )
    origin: Place | None = Field(
        None, description="Where a movement began.", examples=[{"name": {"en": "Dongxing"}, "country": "CN", "precision": "city"}]
    )
    destination: Place | None = Field(
        None, description="Where a movement ended.", examples=[{"name": {"en": "Shenyang"}, "country": "CN", "precision": "city"}]
    )
    involvements: list[Involvement] = Field(
        [],
        description="The actors that were involved.",
        examples=[[{"actor": "actors/vietnamese-police", "role": "transferring", "degree": "carried-out"}]],
    )
    affected: list[Affected] = Field(
        [], description="The groups and persons that were affected.", examples=[[{"actor": "actors/the-nine"}]]
    )
    custody_before: CustodyState | None = Field(
        None, description="Who held the people affected before it.", examples=[{"holder": "actors/vietnamese-police", "custody": "unknown"}]
    )
    custody_after: CustodyState | None = Field(
        None,
        description="Who held the people affected after it.",
        examples=[{"holder": "actors/chinese-authorities", "custody": "unknown"}],
    )
    links: list[EventLink] = Field(
        [], description="How it relates to other events.", examples=[[{"event": "events/taken-to-shenyang", "relation": "precedes"}]]
    )
    legal_basis_claimed: list[ClaimedBasis] = Field(
        [],
        description="The legal bases that were claimed for it, each with the actor that claimed it.",
        examples=[[{"basis": {"en": "Expulsion for irregular entry."}, "claimed_by": "actors/viet-nam"}]],
    )


EVENT = Resource(
    collection="events",
    singular="event",
    example="stopped-in-viet-nam",
    model=Event,
    title="Events",
    description="What happened in the cases, step by step.",
    filters=(
        Filter("case", "Events of this case.", ("/case",), example="cases/nine-north-koreans-viet-nam-2015"),
        Filter(
            "actor",
            "Events in which this actor was involved or affected.",
            ("/involvements/*/actor", "/affected/*/actor"),
            example="actors/the-nine",
        ),
        Filter("act", "Events with this act.", ("/acts/*/act",), repeatable=True, example="border-crossing"),
        Filter(
            "country",
            "Events in, from or to this country.",
            ("/place/country", "/origin/country", "/destination/country"),
            repeatable=True,
            example="VN",
        ),
    ),
    sorts=(Sort("date", "By date; events without a date come last.", dates=("/date",)),),
    default_sort="date",
    span=("/date",),
)
