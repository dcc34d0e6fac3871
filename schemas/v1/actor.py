"""An actor: a state, one of its bodies, an organisation, a person with a public role, or a protected group (Popolo)."""

from typing import Self

from pydantic import Field, model_validator

from schemas.resource import Filter, Resource, Sort, SubList, Via
from schemas.v1.dates import HistoricalDate
from schemas.v1.references import ActorRef
from schemas.v1.shape import Shape, misfit
from schemas.v1.shared import Record
from schemas.v1.terms import Term
from schemas.v1.text import CountryCode, Text


class ActorKind(Term):
    """What an actor is."""

    PERSON = "person", "a person with a public role; nobody else is named"
    ORGANISATION = "organisation", "an organisation that is no state's"
    STATE = "state", "a state"
    STATE_BODY = "state-body", "an authority, a ministry, a police or another body of a state"
    INTERGOVERNMENTAL_BODY = "intergovernmental-body", "a body of states: a United Nations organ, a treaty body, a court"
    PROTECTED_GROUP = "protected-group", "people at risk, never told apart"


class PublicRoleBasis(Term):
    """Why a person may be named."""

    OFFICE_HOLDER = "office-holder", "holds or held a public office"
    SPOKESPERSON = "spokesperson", "speaks or spoke in public for an organisation or a body"
    AUTHOR = "author", "published under their own name, or as the author of a published text"
    HISTORICAL_FIGURE = "historical-figure", "a figure of public history"
    PUBLIC_FIGURE = "public-figure", "known in public, by their own choice, for politics, journalism, religion, sport or the arts"


class YesNoUnknown(Term):
    """An answer that may be unknown."""

    YES = "yes", "yes"
    NO = "no", "no"
    UNKNOWN = "unknown", "not known"


class Membership(Shape):
    """A person's or an organisation's place in another (Popolo: membership)."""

    organisation: ActorRef = Field(description="What it belongs or belonged to.", examples=["actors/human-rights-watch"])
    role: Text = Field(description="As what.", examples=[{"en": "Deputy director, Asia division"}])
    dates: HistoricalDate | None = Field(None, description="When; null where it is not known.", examples=[{"edtf": "2015"}])


class Actor(Record):
    """Somebody with a part in the record."""

    kind: ActorKind = Field(description="What it is.", examples=["state"])
    country: CountryCode | None = Field(None, description="The country it is, belongs to or sits in, ISO 3166-1 alpha-2.", examples=["VN"])
    parent: ActorRef | None = Field(None, description="What it is a part of.", examples=["actors/united-nations"])
    memberships: list[Membership] = Field(
        [],
        description="What it belongs or belonged to.",
        examples=[[{"organisation": "actors/human-rights-watch", "role": {"en": "Deputy director, Asia division"}}]],
    )
    public_role_basis: PublicRoleBasis | None = Field(
        None, description="Why this person may be named; required for a person, and for nobody else.", examples=["spokesperson"]
    )
    iso3166: CountryCode | None = Field(None, description="A state's own code, ISO 3166-1 alpha-2.", examples=["VN"])
    size: int | None = Field(None, ge=1, le=1_000_000_000, description="How many a protected group is.", examples=[9])
    includes_children: YesNoUnknown | None = Field(
        None, description="Whether children are among a protected group. Nothing else is said of them.", examples=["yes"]
    )
    nationality: CountryCode | None = Field(None, description="A protected group's nationality, ISO 3166-1 alpha-2.", examples=["KP"])
    risk_basis: Text | None = Field(
        None, description="Why a protected group is at risk.", examples=[{"en": "Leaving the country without leave is punished."}]
    )

    @model_validator(mode="after")
    def _fields_of_its_kind(self) -> Self:
        group = ("size", "includes_children", "nationality", "risk_basis")
        belongs = {"iso3166": ActorKind.STATE, "public_role_basis": ActorKind.PERSON} | dict.fromkeys(group, ActorKind.PROTECTED_GROUP)
        misplaced = [name for name, kind in belongs.items() if kind is not self.kind and getattr(self, name) is not None]
        if misplaced:
            raise misfit(misplaced, f"is not for an actor of kind {self.kind}")
        if self.kind is ActorKind.PROTECTED_GROUP and self.includes_children is None:
            raise misfit(["includes_children"], "is missing: a protected group says yes, no or unknown")
        return self


ACTOR = Resource(
    collection="actors",
    singular="actor",
    example="ohchr",
    model=Actor,
    title="Actors",
    description="States and their bodies, organisations, persons with a public role, and protected groups.",
    filters=(
        Filter("kind", "Actors of this kind.", ("/kind",), repeatable=True, example="organisation"),
        Filter("country", "Actors of or in this country.", ("/country", "/nationality"), repeatable=True, example="VN"),
        Filter("parent", "Actors that are a part of this one.", ("/parent",), example="actors/united-nations"),
        Filter(
            "case",
            "Actors with a part in this case.",
            via=(Via("cases", "/actors/*/actor"), Via("cases", "/states/*/actor"), Via("cases", "/protected_group")),
            example="cases/nine-north-koreans-viet-nam-2015",
        ),
        Filter(
            "instrument",
            "Actors with party acts in this instrument.",
            via=(Via("instruments", "/party_acts/*/actor"),),
            example="instruments/refugee-convention-1951",
        ),
    ),
    sorts=(Sort("name", "By English name.", text="/name/en"),),
    default_sort="name",
    sublists=(
        SubList("events", "actor"),
        SubList("statements", "actor"),
        SubList("instruments", "actor"),
        SubList("cases", "actor"),
    ),
)
