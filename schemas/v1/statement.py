"""A public statement: who said what, when, to whom, about what, and who reported it (schema.org Quotation)."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.resource import Filter, Resource, Sort
from schemas.v1.dates import HistoricalDate
from schemas.v1.marks import ATTRIBUTED, QUOTED
from schemas.v1.references import ActorRef, CaseRef, EventRef, InstrumentRef
from schemas.v1.shape import Shape, misfit
from schemas.v1.shared import Record
from schemas.v1.text import LanguageTag, Line, Prose, Text
from schemas.v1.vocabulary import StatementForm, StatementKind


class Wording(Shape):
    """The words of a statement in one language."""

    text: Annotated[Prose, QUOTED] = Field(
        description="The words: the speaker's own if the form is `quoted`, otherwise a paraphrase.", examples=["Return nobody."]
    )
    original: bool = Field(description="True if it was said or written in this language.", examples=[True])
    translator: Line | None = Field(
        None, description="Who translated it: a body, an organisation, or `Article 33`; null for an original.", examples=["Article 33"]
    )


class Demand(Shape):
    """A demand: who is asked to do what."""

    to: ActorRef = Field(description="Who is asked.", examples=["actors/china"])
    act: Annotated[Text, ATTRIBUTED] = Field(description="What they are asked to do.", examples=[{"en": "Say where they are."}])


class About(Shape):
    """What a statement is about."""

    cases: list[CaseRef] = Field([], description="The cases that it is about.", examples=[["cases/nine-handed-over-by-viet-nam-2015"]])
    events: list[EventRef] = Field([], description="The events that it is about.", examples=[["events/handed-over-in-dongxing"]])
    instruments: list[InstrumentRef] = Field(
        [], description="The instruments that it is about.", examples=[["instruments/coi-report-2014"]]
    )


class Statement(Record):
    """Something that was said in public, and who said it."""

    speaker: ActorRef = Field(description="Who said it.", examples=["actors/ravina-shamdasani"])
    capacity: Text | None = Field(None, description="In what capacity.", examples=[{"en": "Spokesperson"}])
    on_behalf_of: ActorRef | None = Field(
        None, description="The actor on whose behalf it was said; null if the speaker spoke for themselves.", examples=["actors/ohchr"]
    )
    addressees: list[ActorRef] = Field(
        [], description="The actors that it was addressed to.", examples=[["actors/china", "actors/viet-nam"]]
    )
    said: HistoricalDate | None = Field(None, description="When it was said.", examples=[{"edtf": "2015-11-20"}])
    first_published: HistoricalDate | None = Field(None, description="When it was first published.", examples=[{"edtf": "2015-11-20"}])
    venue: Text | None = Field(None, description="Where it was said or published.", examples=[{"en": "Press briefing, Geneva"}])
    kind: StatementKind = Field(description="The kind of statement.", examples=["appeal"])
    form: StatementForm = Field(description="How the words reached the record.", examples=["paraphrased"])
    reported_by: list[ActorRef] = Field(
        [],
        description="Who reported it, starting with the actor nearest to the speaker. Required if the form is `nested`.",
        examples=[["actors/daily-signal"]],
    )
    text: dict[LanguageTag, Wording] = Field(
        min_length=1,
        description="What was said, by language. At most one text is the original. A translated quotation names its translator.",
        examples=[{"en": {"text": "Return nobody to danger.", "original": True}}],
    )
    demands: list[Demand] = Field(
        [], description="Its demands: who is asked to do what.", examples=[[{"to": "actors/china", "act": {"en": "Say where they are."}}]]
    )
    about: About = Field(description="What it is about.", examples=[{"cases": ["cases/nine-handed-over-by-viet-nam-2015"]}])

    @model_validator(mode="after")
    def _one_original(self) -> Self:
        originals = [tag for tag, wording in self.text.items() if wording.original]
        found = [(f"text/{tag}/original", "only one text can be the original") for tag in originals[1:]]
        for tag, wording in self.text.items():
            if wording.original and wording.translator:
                found.append((f"text/{tag}/translator", "an original has no translator"))
            if self.form is StatementForm.QUOTED and not wording.original and not wording.translator:
                found.append((f"text/{tag}/translator", "a translated quotation must name its translator"))
        if self.form is StatementForm.NESTED and not self.reported_by:
            found.append(("reported_by", "a nested statement must name who reported it"))
        if found:
            raise misfit(*found)
        return self


STATEMENT = Resource(
    collection="statements",
    singular="statement",
    example="viet-nam-on-the-handover",
    model=Statement,
    title="Statements",
    description="What was said in public: by whom, to whom and about what.",
    filters=(
        Filter("case", "Statements about this case.", ("/about/cases/*",), example="cases/nine-north-koreans-viet-nam-2015"),
        Filter("event", "Statements about this event.", ("/about/events/*",), example="events/feared-return-to-the-dprk"),
        Filter("instrument", "Statements about this instrument.", ("/about/instruments/*",), example="instruments/coi-report"),
        Filter(
            "actor",
            "Statements by this actor, on its behalf, or addressed to it.",
            ("/speaker", "/on_behalf_of", "/addressees/*"),
            example="actors/china",
        ),
        Filter("speaker", "Statements by this actor.", ("/speaker",), example="actors/ravina-shamdasani"),
        Filter("kind", "Statements of this kind.", ("/kind",), repeatable=True, example="appeal"),
    ),
    sorts=(Sort("date", "By the date on which it was said or, if not known, first published.", dates=("/said", "/first_published")),),
    default_sort="date",
    span=("/said", "/first_published"),
)
