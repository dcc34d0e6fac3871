"""What all six types share."""

import datetime

from pydantic import Field

from schemas.v1.claims import Citation, Claim
from schemas.v1.shape import Shape
from schemas.v1.text import Line, Slug, Text, Url
from schemas.v1.vocabulary import Reason


class Identifier(Shape):
    """The same thing's identifier in somebody else's scheme."""

    scheme: Slug = Field(description="The scheme, as a slug.", examples=["un-document-symbol", "iso-3166-1", "unts-registration"])
    value: Line = Field(description="The identifier in that scheme.", examples=["A/HRC/25/63"])


class Review(Shape):
    """Who answers for the record, and when its risk is looked at again."""

    role: Line = Field(description="The role that answers for it; never a person.", examples=["editor, Asia"])
    due: datetime.date = Field(description="The day by which it is looked at again.", examples=["2027-05-01"])


class Redacted(Shape):
    """What was taken out of a revision after it was published; never what it said."""

    fields: list[Line] = Field(description="JSON Pointers to what was taken out.", examples=[["/summary/en"]])
    reason: Reason = Field(description="Why.", examples=["court-order"])
    release: int = Field(ge=1, description="The release that notes it.", examples=[12])


class Record(Shape):
    """The fields that every resource has besides those of its type."""

    name: Text = Field(
        description="What it is called, by language (BCP 47); English always.",
        examples=[{"en": "Viet Nam", "vi": "Việt Nam"}],
    )
    summary: Text | None = Field(
        None, description="What it is, in the project's own words, by language.", examples=[{"en": "A state party since 1982."}]
    )
    identifiers: list[Identifier] = Field(
        [], description="Its identifiers in other schemes.", examples=[[{"scheme": "un-document-symbol", "value": "A/HRC/25/63"}]]
    )
    same_as: list[Url] = Field([], description="The same thing elsewhere.", examples=[["https://www.wikidata.org/wiki/Q881"]])
    citations: list[Citation] = Field(
        min_length=1,
        description="The sources, and which fields each supports.",
        examples=[[{"source": "sources/ohchr-briefing-2015-11-20", "fields": ["/affected"]}]],
    )
    claims: list[Claim] = Field(
        [],
        description="Where sources compete, or where one alone is too weak to make a fact: each claim with its sources.",
        examples=[
            [
                {
                    "field": "/date",
                    "value": {"edtf": "2015-10-26"},
                    "citations": [{"source": "sources/daily-signal-2015-12-23"}],
                    "verification": "contested",
                    "preferred": False,
                }
            ]
        ],
    )
    last_verified: datetime.date = Field(
        description="The day somebody last checked it against its sources; not the day it was published.", examples=["2026-11-20"]
    )
    review: Review = Field(
        description="Who answers for it, and when it is looked at again.", examples=[{"role": "editor, Asia", "due": "2027-05-01"}]
    )
