"""A legal instrument, its provisions, and what states did about it, such as accession (schema.org Legislation, ELI)."""

import datetime
from collections.abc import Iterable

from pydantic import Field

from schemas.resource import Filter, Resource, Sort, SubList, Via
from schemas.v1.claims import Citation
from schemas.v1.dates import HistoricalDate
from schemas.v1.places import Place
from schemas.v1.references import ActorRef, InstrumentRef
from schemas.v1.shape import Shape
from schemas.v1.shared import Record
from schemas.v1.terms import Term
from schemas.v1.text import LanguageTag, Line, Slug, Text, Url


class InstrumentKind(Term):
    """The kinds of instruments."""

    TREATY = "treaty", "a treaty between several states, universal or regional"
    PROTOCOL = "protocol", "a protocol to a treaty"
    BILATERAL_AGREEMENT = "bilateral-agreement", "an agreement between two states or their bodies, whatever its title"
    RESOLUTION = "resolution", "a resolution of an intergovernmental body"
    REPORT = "report", "a report or concluding observations of a body with a mandate"
    DECISION = "decision", "a judgement or decision of a court or a treaty body"


class PartyAction(Term):
    """What a state did about an instrument, or that no act of it was found."""

    SIGNED = "signed", "signed it, which is not yet binding"
    RATIFIED = "ratified", "agreed to be bound after signing"
    ACCEDED = "acceded", "agreed to be bound without signing"
    SUCCEEDED = "succeeded", "took over the obligation of a predecessor state"
    APPROVED = "approved", "agreed to be bound by approval or acceptance"
    RESERVED = "reserved", "made a reservation or declaration"
    OBJECTED = "objected", "objected to another state's reservation"
    WITHDREW = "withdrew", "ended its obligation"
    NO_ACT_FOUND = "no-act-found", "a source checked on that date lists no act by this actor"


BINDING = frozenset({PartyAction.RATIFIED, PartyAction.ACCEDED, PartyAction.SUCCEEDED, PartyAction.APPROVED})


class PartyStatus(Term):
    """A state's status towards an instrument on a given day. Derived from its acts, never stored."""

    PARTY = "party", "bound by it"
    SIGNATORY_ONLY = "signatory-only", "signed but not bound"
    NOT_PARTY = "not-party", "neither, according to a source checked on or after that day"
    UNKNOWN = "unknown", "the record can't tell"


class InstrumentRelation(Term):
    """How an instrument relates to another."""

    AMENDS = "amends", "changes it"
    IMPLEMENTS = "implements", "puts it into effect"
    REPLACES = "replaces", "takes its place"
    INTERPRETS = "interprets", "says what it means"
    CLAIMED_TO_PREVAIL_OVER = "claimed-to-prevail-over", "somebody claims that it takes precedence over it; always with `attributed_to`"


class Provision(Shape):
    """A provision at issue: a duty, who bears it, and who it protects (ELI: a part of a legal resource)."""

    key: Slug = Field(description="Its key within the instrument.", examples=["article-33-1"])
    heading: Text = Field(description="Its heading, or what it is about.", examples=[{"en": "Prohibition of expulsion or return"}])
    duty: Text = Field(description="What it requires, in the project's own words.", examples=[{"en": "Return nobody to danger."}])
    bearer: Text | None = Field(None, description="Who must do it.", examples=[{"en": "The contracting states"}])
    beneficiary: Text | None = Field(None, description="Who is protected by it.", examples=[{"en": "Refugees"}])
    exceptions: Text | None = Field(None, description="When it does not apply.", examples=[{"en": "A danger to the country's security."}])


class PartyAct(Shape):
    """What a state did about the instrument, and when."""

    actor: ActorRef = Field(description="The state, or its body.", examples=["actors/china"])
    action: PartyAction = Field(description="What it did.", examples=["acceded"])
    date: HistoricalDate | None = Field(None, description="When it did so.", examples=[{"edtf": "1982-09-24"}])
    effective: HistoricalDate | None = Field(
        None, description="When it took effect, if that is another day.", examples=[{"edtf": "1982-12-23"}]
    )
    reservations: Text | None = Field(None, description="What the reservation is about.", examples=[{"en": "Article 16(3)."}])
    citations: list[Citation] = Field(
        [], description="The sources for this act.", examples=[[{"source": "sources/un-treaty-collection-refugee-convention"}]]
    )


class Relation(Shape):
    """Another instrument, how this instrument relates to it and, if that is somebody's view, whose view it is."""

    instrument: InstrumentRef = Field(description="The other instrument.", examples=["instruments/refugee-convention-1951"])
    relation: InstrumentRelation = Field(description="How this instrument relates to it.", examples=["amends"])
    attributed_to: ActorRef | None = Field(None, description="Whose view it is.", examples=["actors/daily-signal"])


class Instrument(Record):
    """A treaty, an agreement, a resolution, a report or a decision that the record relies on."""

    kind: InstrumentKind = Field(description="The kind of instrument.", examples=["treaty"])
    adopted: HistoricalDate | None = Field(None, description="When it was adopted.", examples=[{"edtf": "1951-07-28"}])
    signed: HistoricalDate | None = Field(
        None, description="When it was signed or opened for signature.", examples=[{"edtf": "1964-06-09"}]
    )
    in_force: HistoricalDate | None = Field(None, description="When it entered into force.", examples=[{"edtf": "1954-04-22"}])
    place: Place | None = Field(
        None, description="Where it was adopted or signed.", examples=[{"name": {"en": "Geneva"}, "country": "CH", "precision": "city"}]
    )
    depositary: ActorRef | None = Field(
        None, description="Who keeps the original and the list of parties.", examples=["actors/united-nations"]
    )
    registration: Line | None = Field(None, description="Where it is registered and published.", examples=["606 UNTS 267"])
    languages: list[LanguageTag] = Field([], description="The languages of its authentic texts.", examples=[["en", "fr"]])
    text_url: Url | None = Field(None, description="Where its text can be read.", examples=["https://undocs.org/A/HRC/25/63"])
    predecessor: InstrumentRef | None = Field(
        None, description="The instrument that it replaced.", examples=["instruments/border-protocol-1964"]
    )
    successor: InstrumentRef | None = Field(
        None, description="The instrument that replaced it.", examples=["instruments/border-protocol-1986"]
    )
    provisions: list[Provision] = Field(
        [],
        description="The provisions at issue.",
        examples=[
            [
                {
                    "key": "article-33-1",
                    "heading": {"en": "Prohibition of expulsion or return"},
                    "duty": {"en": "Return nobody to danger."},
                }
            ]
        ],
    )
    party_acts: list[PartyAct] = Field(
        [],
        description="What states did about it. A state's status on a given day is derived from these acts and not stored.",
        examples=[[{"actor": "actors/china", "action": "acceded", "date": {"edtf": "1982-09-24"}}]],
    )
    relations: list[Relation] = Field(
        [],
        description="How it relates to other instruments.",
        examples=[[{"instrument": "instruments/refugee-convention-1951", "relation": "amends"}]],
    )


def party_status(acts: Iterable[PartyAct], actor: str, day: datetime.date) -> PartyStatus:
    """Return an actor's status towards an instrument on a given day, derived from its acts.

    An act counts from the last day that its effective date, or else its date, can mean: until then the record can't tell
    whether it was in effect. Acts without a date are ignored. `no-act-found` on that day or later means `not-party`, unless
    an earlier act says otherwise.
    """
    status = PartyStatus.UNKNOWN
    own = [act for act in acts if act.actor == actor]
    dated = [(when.latest, act.action) for act in own if (when := act.effective or act.date) and when.latest]
    for latest, action in sorted(dated, key=lambda pair: pair[0]):
        if action is PartyAction.NO_ACT_FOUND:
            if latest >= day.isoformat() and status is PartyStatus.UNKNOWN:
                status = PartyStatus.NOT_PARTY
        elif latest > day.isoformat():
            continue
        elif action in BINDING:
            status = PartyStatus.PARTY
        elif action is PartyAction.SIGNED and status is not PartyStatus.PARTY:
            status = PartyStatus.SIGNATORY_ONLY
        elif action is PartyAction.WITHDREW:
            status = PartyStatus.NOT_PARTY
    return status


INSTRUMENT = Resource(
    collection="instruments",
    singular="instrument",
    example="refugee-convention-1951",
    model=Instrument,
    title="Instruments",
    description="Treaties, agreements, resolutions, reports and decisions.",
    filters=(
        Filter("kind", "Instruments of this kind.", ("/kind",), repeatable=True, example="treaty"),
        Filter("actor", "Instruments with party acts of this actor.", ("/party_acts/*/actor",), example="actors/china"),
        Filter(
            "case",
            "Instruments at issue in this case.",
            via=(Via("cases", "/instruments/*"),),
            example="cases/nine-north-koreans-viet-nam-2015",
        ),
    ),
    sorts=(
        Sort(
            "adopted",
            "By the date of adoption or, if not known, of signature or entry into force.",
            dates=("/adopted", "/signed", "/in_force"),
        ),
        Sort("name", "By English name.", text="/name/en"),
    ),
    default_sort="adopted",
    span=("/adopted", "/signed", "/in_force"),
    sublists=(SubList("cases", "instrument"), SubList("actors", "instrument"), SubList("statements", "instrument")),
)
