"""A legal instrument, its provisions, and the acts by which states bound themselves (schema.org Legislation, ELI)."""

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
    """What an instrument is."""

    TREATY = "treaty", "a treaty between several states, universal or regional"
    PROTOCOL = "protocol", "a protocol to a treaty"
    BILATERAL_AGREEMENT = "bilateral-agreement", "an agreement between two states or their bodies, whatever its title"
    RESOLUTION = "resolution", "a resolution of an intergovernmental body"
    REPORT = "report", "a report or concluding observations of a body with a mandate"
    DECISION = "decision", "a judgement or decision of a court or a treaty body"


class PartyAction(Term):
    """What a state did about an instrument, or was seen not to have done."""

    SIGNED = "signed", "signed it, which does not yet bind"
    RATIFIED = "ratified", "bound itself after signing"
    ACCEDED = "acceded", "bound itself without signing"
    SUCCEEDED = "succeeded", "took over the obligation of a predecessor"
    APPROVED = "approved", "bound itself by approval or acceptance"
    RESERVED = "reserved", "made a reservation or declaration"
    OBJECTED = "objected", "objected to another's reservation"
    WITHDREW = "withdrew", "ended its obligation"
    NO_ACT_FOUND = "no-act-found", "no act: on that date a source showed none of this actor"


BINDING = frozenset({PartyAction.RATIFIED, PartyAction.ACCEDED, PartyAction.SUCCEEDED, PartyAction.APPROVED})


class PartyStatus(Term):
    """A state's standing towards an instrument on a day. Derived from its acts, never stored."""

    PARTY = "party", "bound by it"
    SIGNATORY_ONLY = "signatory-only", "signed and not bound"
    NOT_PARTY = "not-party", "neither, as far as a source showed on or after that day"
    UNKNOWN = "unknown", "the record cannot tell"


class InstrumentRelation(Term):
    """How an instrument stands to another."""

    AMENDS = "amends", "changes it"
    IMPLEMENTS = "implements", "carries it out"
    REPLACES = "replaces", "stands in its place"
    INTERPRETS = "interprets", "says what it means"
    CLAIMED_TO_PREVAIL_OVER = "claimed-to-prevail-over", "somebody claims that it goes before it; always with attributed_to"


class Provision(Shape):
    """A provision at issue: a duty, who bears it, and who it protects (ELI: a part of a legal resource)."""

    key: Slug = Field(description="Its key within the instrument.", examples=["article-33-1"])
    heading: Text = Field(description="Its heading, or what it is about.", examples=[{"en": "Prohibition of expulsion or return"}])
    duty: Text = Field(description="What it asks for, in the project's own words.", examples=[{"en": "Return nobody to danger."}])
    bearer: Text | None = Field(None, description="Who must do it.", examples=[{"en": "The contracting states"}])
    beneficiary: Text | None = Field(None, description="Whom it protects.", examples=[{"en": "Refugees"}])
    exceptions: Text | None = Field(None, description="When it does not hold.", examples=[{"en": "A danger to the country's security."}])


class PartyAct(Shape):
    """What a state did about the instrument, and when."""

    actor: ActorRef = Field(description="The state, or its body.", examples=["actors/china"])
    action: PartyAction = Field(description="What it did.", examples=["acceded"])
    date: HistoricalDate | None = Field(None, description="When it did so.", examples=[{"edtf": "1982-09-24"}])
    effective: HistoricalDate | None = Field(
        None, description="From when it bound or counted, where that is another day.", examples=[{"edtf": "1982-12-23"}]
    )
    reservations: Text | None = Field(None, description="What it made a reservation to.", examples=[{"en": "Article 16(3)."}])
    citations: list[Citation] = Field(
        [], description="The sources for this act.", examples=[[{"source": "sources/un-treaty-collection-refugee-convention"}]]
    )


class Relation(Shape):
    """Another instrument, how this one stands to it and, where that is somebody's view, whose."""

    instrument: InstrumentRef = Field(description="The other instrument.", examples=["instruments/refugee-convention-1951"])
    relation: InstrumentRelation = Field(description="How this instrument stands to it.", examples=["amends"])
    attributed_to: ActorRef | None = Field(None, description="Whose view it is.", examples=["actors/daily-signal"])


class Instrument(Record):
    """A treaty, an agreement, a resolution, a report or a decision that the record relies on."""

    kind: InstrumentKind = Field(description="What it is.", examples=["treaty"])
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
    registration: Line | None = Field(None, description="Where it is registered and printed.", examples=["606 UNTS 267"])
    languages: list[LanguageTag] = Field([], description="The languages of its authentic texts.", examples=[["en", "fr"]])
    text_url: Url | None = Field(None, description="Where its text can be read.", examples=["https://undocs.org/A/HRC/25/63"])
    predecessor: InstrumentRef | None = Field(None, description="What it took the place of.", examples=["instruments/border-protocol-1964"])
    successor: InstrumentRef | None = Field(None, description="What took its place.", examples=["instruments/border-protocol-1986"])
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
        description="What states did about it. A state's standing on a day follows from these and is not stored.",
        examples=[[{"actor": "actors/china", "action": "acceded", "date": {"edtf": "1982-09-24"}}]],
    )
    relations: list[Relation] = Field(
        [],
        description="How it stands to other instruments.",
        examples=[[{"instrument": "instruments/refugee-convention-1951", "relation": "amends"}]],
    )


def party_status(acts: Iterable[PartyAct], actor: str, day: datetime.date) -> PartyStatus:
    """Return an actor's standing towards an instrument on a day, from its acts.

    An act counts from the last day its effective date, or else its date, can mean: before that the record cannot tell that
    it bound. An act without a date tells nothing. Seen without an act on a later day, and with none before, means not a party.
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
        Filter("actor", "Instruments in which this actor has party acts.", ("/party_acts/*/actor",), example="actors/china"),
        Filter(
            "case",
            "Instruments at issue in this case.",
            via=(Via("cases", "/instruments/*"),),
            example="cases/nine-north-koreans-viet-nam-2015",
        ),
    ),
    sorts=(
        Sort("adopted", "By when it was adopted, or else signed.", dates=("/adopted", "/signed", "/in_force")),
        Sort("name", "By English name.", text="/name/en"),
    ),
    default_sort="adopted",
    span=("/adopted", "/signed", "/in_force"),
    sublists=(SubList("cases", "instrument"), SubList("actors", "instrument"), SubList("statements", "instrument")),
)
