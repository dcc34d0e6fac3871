"""A source: what somebody published, where, when, how reliable it is, and whether it may be linked to."""

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.resource import Filter, Resource, Sort
from schemas.v1.dates import HistoricalDate
from schemas.v1.marks import CODE, QUOTED
from schemas.v1.references import ActorRef
from schemas.v1.shared import Record
from schemas.v1.terms import Term
from schemas.v1.text import AnyText, LanguageTag, Line, Slug, Url
from schemas.v1.vocabulary import Reliability


class SourceKind(Term):
    """The kinds of sources."""

    NEWS_ARTICLE = "news-article", "an article or a broadcast of a news organisation"
    PRESS_RELEASE = "press-release", "a statement, an appeal or briefing notes for the press"
    OFFICIAL_DOCUMENT = "official-document", "a document of a state or an intergovernmental body"
    TREATY_TEXT = "treaty-text", "the text of a treaty or an agreement"
    TREATY_STATUS = "treaty-status", "a depositary's list of parties and their acts"
    COURT_DOCUMENT = "court-document", "a judgement, a decision or a filing"
    REPORT = "report", "a report of an organisation"
    POLICY_PAPER = "policy-paper", "a paper that argues for a policy"
    ARCHIVE_DOCUMENT = "archive-document", "a historical document, as an archive publishes it"
    BOOK = "book", "a book or a part of one"
    WEB_PAGE = "web-page", "a page of another kind"
    OTHER = "other", "anything else, explained in the summary"


class LinkPolicy(Term):
    """Whether the record links to a source."""

    OPEN = "open", "cited in full"
    SUPPRESSED = "suppressed", "publisher and date only, because it identifies people at risk"


class Source(Record):
    """A publication that the record relies on."""

    kind: SourceKind = Field(description="The kind of source.", examples=["news-article"])
    publisher: ActorRef = Field(description="Who published it.", examples=["actors/daily-signal"])
    authors: list[Line] = Field([], description="Its authors as printed; empty if none is named.", examples=[["Olivia Enos"]])
    title: Annotated[AnyText, QUOTED] | None = Field(None, description="Its title, by language.", examples=[{"en": "Press briefing notes"}])
    published: HistoricalDate | None = Field(None, description="When it was published.", examples=[{"edtf": "2015-12-23"}])
    accessed: HistoricalDate | None = Field(None, description="When it was last read for this record.", examples=[{"edtf": "2026-11-20"}])
    language: LanguageTag | None = Field(None, description="Its language.", examples=["en"])
    url: Url | None = Field(None, description="Where it can be read.", examples=["https://undocs.org/A/HRC/25/63"])
    archive_url: Url | None = Field(
        None,
        description="Where an archived copy can be read.",
        examples=["https://web.archive.org/web/2015/https://undocs.org/A/HRC/25/63"],
    )
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$"), CODE] | None = Field(
        None, description="SHA-256 of the copy that was read, in hexadecimal.", examples=["0" * 64]
    )
    independence_group: Slug = Field(
        description="The origin of its information. Sources of the same group count as one source.", examples=["nkhr"]
    )
    reliability: Reliability = Field(description="How reliable it is.", examples=["highly-reliable"])
    identifies_people_at_risk: bool = Field(
        description="True if it names or describes people at risk so that they could be found. It is then suppressed.", examples=[False]
    )
    link_policy: LinkPolicy = Field(description="Whether the record links to it.", examples=["open"])


SOURCE = Resource(
    collection="sources",
    singular="source",
    example="ohchr-briefing-2015-11-20",
    model=Source,
    title="Sources",
    description="The publications that the record relies on.",
    filters=(
        Filter("kind", "Sources of this kind.", ("/kind",), repeatable=True, example="press-release"),
        Filter("publisher", "Sources published by this actor.", ("/publisher",), example="actors/human-rights-watch"),
        Filter("language", "Sources in this language.", ("/language",), repeatable=True, example="en"),
        Filter("independence_group", "Sources of this independence group.", ("/independence_group",), example="nkhr"),
        Filter(
            "case",
            "Sources cited by this case, or by a resource of another type that refers to it.",
            cited_for="cases",
            example="cases/nine-north-koreans-viet-nam-2015",
        ),
    ),
    sorts=(Sort("published", "By the date of publication.", dates=("/published",)),),
    default_sort="published",
    span=("/published",),
)
