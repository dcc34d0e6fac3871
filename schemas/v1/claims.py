"""Citations: which source supports which fields. Claims: the values that sources give where they disagree."""

from typing import Annotated

from pydantic import Field, JsonValue

from schemas.v1.marks import CODE, QUOTED
from schemas.v1.references import SourceRef
from schemas.v1.shape import Shape
from schemas.v1.terms import Term
from schemas.v1.text import Line, Prose

POINTER = r"^(/[^/~]*(~[01][^/~]*)*)+$"


class Verification(Term):
    """How well a claim is established."""

    REPORTED = "reported", "one source says so, or several sources of the same origin"
    CORROBORATED = "corroborated", "at least two sources of different origins say so"
    OFFICIALLY_CONFIRMED = "officially-confirmed", "a state or an intergovernmental body has confirmed it"
    CONTESTED = "contested", "another source denies it or says otherwise"
    REFUTED = "refuted", "shown to be wrong; kept because it was said"
    UNVERIFIED = "unverified", "one weak source says so, or nobody could confirm it"


class Citation(Shape):
    """Which source supports which fields."""

    source: SourceRef = Field(description="The source.", examples=["sources/ohchr-briefing-2015-11-20"])
    locator: Line | None = Field(
        None, description="Where in the source: a page, a paragraph, an article.", examples=["paragraphs 46 to 47"]
    )
    quote: Annotated[Prose, QUOTED] | None = Field(
        None,
        description="A quotation from the source in its own language, at most 60 words.",
        examples=["entered into force on 22 April 1954"],
    )
    fields: list[Annotated[str, CODE]] = Field(
        [],
        description="JSON Pointers to the fields that it supports; empty if it supports all of them.",
        examples=[["/date", "/place"]],
    )


class Claim(Shape):
    """A value that sources claim for a field, where sources disagree or where one source is too weak to establish a fact."""

    field: Annotated[str, CODE] = Field(
        pattern=POINTER, description="JSON Pointer to the field that the claim is about.", examples=["/date"]
    )
    value: JsonValue = Field(description="The value that the field would have if this claim were right.", examples=[{"edtf": "2015-10-26"}])
    as_stated: Annotated[Line, QUOTED] | None = Field(None, description="How the source says it, in its own words.", examples=["on Monday"])
    citations: list[Citation] = Field(
        min_length=1, description="The sources that claim it.", examples=[[{"source": "sources/daily-signal-2015-12-23"}]]
    )
    verification: Verification = Field(description="How well it is established.", examples=["reported"])
    preferred: bool = Field(
        default=False,
        description="True if the field itself has the value of this claim. At most one claim about a field is preferred.",
        examples=[True],
    )
    note: Prose | None = Field(
        None,
        description="The reasons for or against the claim. Required if it is preferred.",
        examples=["Only this date fits the day of the week that the source gives."],
    )
