"""Citations, which say what source supports what; and claims, where sources compete."""

from pydantic import Field, JsonValue

from schemas.v1.references import SourceRef
from schemas.v1.shape import Shape
from schemas.v1.terms import Term
from schemas.v1.text import Line, Prose

POINTER = r"^(/[^/~]*(~[01][^/~]*)*)+$"


class Verification(Term):
    """How well a claim is established."""

    REPORTED = "reported", "one source, or several of one origin, say so"
    CORROBORATED = "corroborated", "at least two sources of different origin say so"
    OFFICIALLY_CONFIRMED = "officially-confirmed", "a state or an intergovernmental body has confirmed it"
    CONTESTED = "contested", "another source denies it or says otherwise"
    REFUTED = "refuted", "shown to be wrong; kept because it was said"
    UNVERIFIED = "unverified", "one weak source, or nobody has been able to confirm it"


class Citation(Shape):
    """Which source supports which fields."""

    source: SourceRef = Field(description="The source.", examples=["sources/ohchr-briefing-2015-11-20"])
    locator: Line | None = Field(
        None, description="Where in the source: a page, a paragraph, an article.", examples=["paragraphs 46 to 47"]
    )
    quote: Prose | None = Field(
        None,
        description="The source's own words, at most sixty of them, in its own language.",
        examples=["entered into force on 22 April 1954"],
    )
    fields: list[str] = Field(
        [],
        description="JSON Pointers to the fields that it supports; empty where it supports them all.",
        examples=[["/date", "/place"]],
    )


class Claim(Shape):
    """One source's answer to a question that several answer, or that one answers without the weight to make it a fact."""

    field: str = Field(pattern=POINTER, description="JSON Pointer to the field that the claim is about.", examples=["/date"])
    value: JsonValue = Field(description="What the field would hold if this claim were right.", examples=[{"edtf": "2015-10-26"}])
    as_stated: Line | None = Field(None, description="How the source puts it.", examples=["on Monday"])
    citations: list[Citation] = Field(
        min_length=1, description="The sources that claim it.", examples=[[{"source": "sources/daily-signal-2015-12-23"}]]
    )
    verification: Verification = Field(description="How well it is established.", examples=["reported"])
    preferred: bool = Field(
        default=False, description="Whether the field itself follows this claim; at most one claim on a field is.", examples=[True]
    )
    note: Prose | None = Field(
        None,
        description="What weighs for or against it; required where it is preferred.",
        examples=["The day of the week that the source names fits this date only."],
    )
