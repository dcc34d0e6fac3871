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
    """The kinds of actors."""

    PERSON = "person", "a person with a public role; no other person is named"
    ORGANISATION = "organisation", "an organisation that does not belong to a state"
    STATE = "state", "a state"
    STATE_BODY = "state-body", "an authority, a ministry, a police force or another body of a state"
    INTERGOVERNMENTAL_BODY = "intergovernmental-body", "a body of states: a United Nations organ, a treaty body, a court"
    PROTECTED_GROUP = "protected-group", "people at risk, never described one by one"


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
    """A person's or an organisation's membership in an organisation (Popolo: membership)."""

    organisation: ActorRef = Field(description="The organisation that it belongs or belonged to.", examples=["actors/human-rights-watch"])
    role: Text = Field(description="Its role there, by language.", examples=[{"en": "Deputy director, Asia division"}])
    dates: HistoricalDate | None = Field(None, description="When it was a member; null if not known.", examples=[{"edtf": "2015"}])


class Actor(Record):
    """A state, a body, an organisation, a person or a group with a part in the record."""

    kind: ActorKind = Field(description="The kind of actor.", examples=["state"])
    country: CountryCode | None = Field(
        None, description="The country that it is, belongs to or is based in (ISO 3166-1 alpha-2).", examples=["VN"]
    )
    parent: ActorRef | None = Field(None, description="The actor that it is a part of.", examples=["actors/united-nations"])
    memberships: list[Membership] = Field(
        [],
        description="The organisations that it belongs or belonged to.",
        examples=[[{"organisation": "actors/human-rights-watch", "role": {"en": "Deputy director, Asia division"}}]],
    )
    public_role_basis: PublicRoleBasis | None = Field(
        None, description="Why this person may be named. Required for a person; no other actor has it.", examples=["spokesperson"]
    )
    iso3166: CountryCode | None = Field(None, description="The code of a state (ISO 3166-1 alpha-2).", examples=["VN"])
    size: int | None = Field(None, ge=1, le=1_000_000_000, description="How many people a protected group has.", examples=[9])
    includes_children: YesNoUnknown | None = Field(
        None, description="Whether a protected group includes children. The record says nothing else about them.", examples=["yes"]
    )
    nationality: CountryCode | None = Field(None, description="The nationality of a protected group (ISO 3166-1 alpha-2).", examples=["KP"])
    risk_basis: Text | None = Field(
        None, description="Why a protected group is at risk.", examples=[{"en": "Leaving the country without permission is punished."}]
    )

    @model_validator(mode="after")
    def _fields_of_its_kind(self) -> Self:
        group = ("size", "includes_children", "nationality", "risk_basis")
        belongs = {"iso3166": ActorKind.STATE, "public_role_basis": ActorKind.PERSON} | dict.fromkeys(group, ActorKind.PROTECTED_GROUP)
        misplaced = [name for name, kind in belongs.items() if kind is not self.kind and getattr(self, name) is not None]
        found = [(name, f"is not allowed for an actor of kind {self.kind}") for name in misplaced]
        if self.kind is ActorKind.PROTECTED_GROUP and self.includes_children is None:
            found.append(("includes_children", "is missing: for a protected group it is yes, no or unknown"))
        if found:
            raise misfit(*found)
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
        Filter("parent", "Actors that are a part of this actor.", ("/parent",), example="actors/united-nations"),
        Filter(
            "case",
            "Actors with a role in this case.",
            via=(Via("cases", "/actors/*/actor"), Via("cases", "/states/*/actor"), Via("cases", "/protected_group")),
            example="cases/nine-north-koreans-viet-nam-2015",
        ),
        Filter(
            "instrument",
            "Actors with party acts on this instrument.",
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
