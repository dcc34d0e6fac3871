"""The fields that all resource types share."""

import datetime

from pydantic import Field

from schemas.v1.claims import Citation, Claim
from schemas.v1.shape import Shape
from schemas.v1.text import Line, Slug, Text, Url
from schemas.v1.vocabulary import Reason


class Identifier(Shape):
    """An identifier of the same thing in another organisation's scheme."""

    scheme: Slug = Field(description="The scheme, as a slug.", examples=["un-document-symbol", "iso-3166-1", "unts-registration"])
    value: Line = Field(description="The identifier in that scheme.", examples=["A/HRC/25/63"])


class Review(Shape):
    """Who is responsible for the resource, and when the risk of publishing it is reviewed next."""

    role: Line = Field(description="The role that is responsible for it; never a person's name.", examples=["editor, Asia"])
    due: datetime.date = Field(description="The day by which it must be reviewed.", examples=["2027-05-01"])


class Redacted(Shape):
    """What was removed from a revision after its publication. It never contains the removed content."""

    fields: list[Line] = Field(description="JSON Pointers to the removed parts.", examples=[["/summary/en"]])
    reason: Reason = Field(description="Why it was removed.", examples=["court-order"])
    release: int = Field(ge=1, description="The release that recorded the redaction.", examples=[12])


class Record(Shape):
    """The fields that every resource has in addition to those of its type."""

    name: Text = Field(
        description="Its name, by language (BCP 47). English is always present.",
        examples=[{"en": "Viet Nam", "vi": "Việt Nam"}],
    )
    summary: Text | None = Field(
        None, description="A summary in the project's own words, by language.", examples=[{"en": "A state party since 1982."}]
    )
    identifiers: list[Identifier] = Field(
        [], description="Its identifiers in other schemes.", examples=[[{"scheme": "un-document-symbol", "value": "A/HRC/25/63"}]]
    )
    same_as: list[Url] = Field(
        [], description="URLs that identify the same thing elsewhere.", examples=[["https://www.wikidata.org/wiki/Q881"]]
    )
    citations: list[Citation] = Field(
        min_length=1,
        description="The sources, and which fields each supports.",
        examples=[[{"source": "sources/ohchr-briefing-2015-11-20", "fields": ["/affected"]}]],
    )
    claims: list[Claim] = Field(
        [],
        description="What sources claim where they disagree, or where one source is too weak to establish a fact; each with its sources.",
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
        description="The day on which it was last checked against its sources; not the day of its publication.", examples=["2026-11-20"]
    )
    review: Review = Field(
        description="Who is responsible for it, and when it is reviewed next.", examples=[{"role": "editor, Asia", "due": "2027-05-01"}]
    )
