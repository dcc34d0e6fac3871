"""What stands around resources in answers: pages, releases, revisions, changes, problems, and what the service says of itself.

The handlers write these by hand, because they import no model; the tests hold every answer against them.
"""

from pydantic import BaseModel, Field
from pydantic.config import JsonDict, JsonValue

from schemas.v1.vocabulary import Reason

_PATH = r"^/[!-~]*$"
_DIGEST = "^[0-9a-f]{64}$"
_RESOURCE = "^[a-z]+/[a-z0-9]+(-[a-z0-9]+)*$"
_TIME: JsonDict = {"format": "date-time"}
_A_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_HEX = "^[0-9a-f]*$"
_KINDS: list[JsonValue] = ["created", "updated", "withdrawn", "renamed", "merged", "restored", "redacted"]


class PageInfo(BaseModel):
    """Where a page stands in its list."""

    total: int | None = Field(..., ge=0, description="How many there are in all; null where counting would cost too much.", examples=[9])
    limit: int = Field(ge=1, le=100, description="How many a page holds at most.", examples=[20])
    release: int = Field(ge=1, description="The release that the list is read at, here and on every page that follows.", examples=[1])
    next: str | None = Field(
        ..., pattern=_PATH, description="The path of the next page; null on the last.", examples=["/v1/events?cursor=WzEsMCwiYSIsImIiXQ"]
    )


class FeedInfo(PageInfo):
    """Where a page stands in the feed of changes."""

    resume: str = Field(
        pattern=_PATH,
        description="The path to come back with, later: what it answers is new then.",
        examples=["/v1/changes?since=0&cursor=WzEsMCwiYSIsImIiXQ"],
    )


class PageLinks(BaseModel):
    """What belongs to a page."""

    self: str = Field(pattern=_PATH, description="The path that was asked for.", examples=["/v1/events?limit=2"])
    describedby: str | None = Field(
        default="", pattern=_PATH, description="The JSON Schema of the rows, where they are resources.", examples=["/v1/schemas/event.json"]
    )


class Chain(BaseModel):
    """What a release's digest covers, besides a line for each of its changes; docs/verifying.md computes it."""

    header: str = Field(description="The first line, as text.", examples=['{"changes":{"created":1},"counts":{"cases":1}}'])
    changes: str = Field(pattern=_PATH, description="Where its changes are.", examples=["/v1/changes?since=0&release=1"])


class Release(BaseModel):
    """A release: what was published when, and the digest that covers it and every release before it."""

    number: int = Field(ge=1, description="Its number, counted from 1.", examples=[1])
    published_at: str = Field(
        json_schema_extra=_TIME, description="When it was published (RFC 3339, UTC).", examples=["2026-11-23T12:00:00.000Z"]
    )
    message: str = Field(description="What the maintainers say of it; empty where nothing.", examples=["The first case"])
    counts: dict[str, int] = Field(description="How many resources each collection held then.", examples=[{"cases": 1, "events": 9}])
    changes: dict[str, int] = Field(description="How many changes of each kind it made.", examples=[{"created": 10}])
    digest: str = Field(pattern=_DIGEST, description="SHA-256 over its chain, in hexadecimal.", examples=[_A_DIGEST])
    parent: str | None = Field(
        ..., pattern=_DIGEST, description="The digest of the release before it; null for the first.", examples=[_A_DIGEST]
    )
    chain: Chain = Field(description="What its digest covers.", examples=[{"header": "{}", "changes": "/v1/changes?since=0&release=1"}])


class RevisionRow(BaseModel):
    """A revision of a resource, told of without its content."""

    number: int = Field(ge=1, description="Its number, counted from 1.", examples=[2])
    release: int = Field(ge=1, description="The release that published it.", examples=[2])
    published_at: str = Field(
        json_schema_extra=_TIME, description="When it was published (RFC 3339, UTC).", examples=["2026-11-23T12:00:00.000Z"]
    )
    digest: str = Field(pattern=_DIGEST, description="SHA-256 of its bytes, in hexadecimal: its ETag.", examples=[_A_DIGEST])
    seal: str = Field(pattern=_DIGEST, description="SHA-256 of its salt and bytes: what the release's digest covers.", examples=[_A_DIGEST])
    salt: str = Field(pattern=_HEX, description="Its salt, in hexadecimal.", examples=["00112233445566778899aabbccddeeff"])
    state: str = Field(
        json_schema_extra={"enum": ["live", "withdrawn", "renamed", "merged"]},
        description="What the revision made of it.",
        examples=["live"],
    )
    reason: Reason | None = Field(..., description="Why it went away; null where it did not.", examples=["duplicate"])
    target: str | None = Field(
        ..., pattern=_RESOURCE, description="Where it leads, if it was renamed or merged.", examples=["actors/ohchr"]
    )
    path: str = Field(pattern=_PATH, description="Where its content is.", examples=["/v1/actors/ohchr/revisions/2"])


class Change(BaseModel):
    """What a release did to one resource."""

    path: str = Field(pattern=_RESOURCE, description="The id of the resource.", examples=["actors/ohchr"])
    kind: str = Field(json_schema_extra={"enum": _KINDS}, description="What was done.", examples=["updated"])
    release: int = Field(ge=1, description="The release that did it.", examples=[2])
    revision: int = Field(ge=1, description="The revision that it made; of a redaction, the one that it rewrote.", examples=[2])
    digest: str = Field(pattern=_DIGEST, description="SHA-256 of that revision's bytes as they are now.", examples=[_A_DIGEST])
    seal: str = Field(pattern=_DIGEST, description="What the release's digest covers of it.", examples=[_A_DIGEST])
    reason: Reason | None = Field(..., description="Why it went away or was redacted; null otherwise.", examples=["court-order"])
    target: str | None = Field(..., pattern=_RESOURCE, description="Where it leads, if it was renamed or merged.", examples=["actors/un"])
    fields: list[str] = Field(
        description="JSON Pointers to what changed; empty where it was created or went away.", examples=[["/summary"]]
    )


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    in_: str = Field(
        alias="in", json_schema_extra={"enum": ["query", "path", "header"]}, description="Where it stands.", examples=["query"]
    )
    name: str = Field(description="The name of the parameter or header.", examples=["contry"])
    code: str = Field(description="The slug of the problem type.", examples=["unknown-parameter"])
    message: str = Field(
        min_length=1, description="What is wrong, and what would be right.", examples=["there is no parameter 'contry' here"]
    )
    allowed: list[str] | None = Field(default=None, min_length=1, description="What is allowed.", examples=[["country"]])
    did_you_mean: str | None = Field(
        default=None, min_length=1, description="The nearest name or value that is allowed.", examples=["country"]
    )


class ProblemExplanation(BaseModel):
    """What a problem type means and what to do about it."""

    type: str = Field(pattern=_PATH, description="Its path.", examples=["/v1/problems/withdrawn"])
    status: int = Field(ge=400, le=599, description="The HTTP status it comes with.", examples=[410])
    title: str = Field(description="Its name.", examples=["Withdrawn"])
    meaning: str = Field(description="What it means.", examples=["The resource was withdrawn from the record."])
    remedy: str = Field(description="What to do about it.", examples=["Remove your copy."])


class ProblemExplanations(BaseModel):
    """Every problem type."""

    data: list[ProblemExplanation] = Field(description="The problem types.", examples=[[]])


class Health(BaseModel):
    """That the record can be read, and how old it is."""

    status: str = Field(json_schema_extra={"const": "ok"}, description="That it can be read.", examples=["ok"])
    version: str = Field(description="The version of the service.", examples=["0.1.0"])
    release: int = Field(ge=1, description="The current release.", examples=[1])
    published_at: str = Field(
        json_schema_extra=_TIME, description="When it was published (RFC 3339, UTC).", examples=["2026-11-23T12:00:00.000Z"]
    )
    age_seconds: int = Field(ge=0, description="How long ago that was.", examples=[3600])


class ServiceInfo(BaseModel):
    """What this is and where to go on."""

    name: str = Field(description="Its name.", examples=["Article 33"])
    description: str = Field(description="What it is.", examples=["The record of refoulement cases."])
    license: str = Field(
        json_schema_extra={"format": "uri"},
        description="The licence of the data.",
        examples=["https://creativecommons.org/licenses/by/4.0/"],
    )
    links: dict[str, str] = Field(description="Where to go on, by what is there.", examples=[{"start": "/v1"}])


class FilterInfo(BaseModel):
    """A filter of a collection."""

    description: str = Field(description="What it keeps.", examples=["Events in this country."])
    form: str = Field(
        json_schema_extra={"enum": ["reference", "term", "country", "language", "slug"]},
        description="What its values look like.",
        examples=["country"],
    )
    allowed: list[str] | None = Field(
        default=None, min_length=1, description="The terms, or the collections that it takes ids of.", examples=[["actors"]]
    )
    repeatable: bool = Field(description="Whether it may stand several times; what meets one of the values is kept.", examples=[True])


class CollectionInfo(BaseModel):
    """A collection, and what may be asked of it."""

    title: str = Field(description="Its title.", examples=["Events"])
    description: str = Field(description="What it holds.", examples=["What happened, step by step."])
    total: int = Field(ge=0, description="How many resources it holds.", examples=[9])
    href: str = Field(pattern=_PATH, description="Where it is.", examples=["/v1/events"])
    schema_: str = Field(
        alias="schema", pattern=_PATH, description="The JSON Schema of its resources.", examples=["/v1/schemas/event.json"]
    )
    sorts: list[str] = Field(description="The values of `sort`.", examples=[["id", "-id"]])
    default_sort: str = Field(description="The order where `sort` is not given.", examples=["date"])
    filters: dict[str, FilterInfo] = Field(description="Its filters by name.", examples=[{}])
    sublists: dict[str, str] = Field(description="What can be listed below one resource: path templates by collection.", examples=[{}])


class Start(BaseModel):
    """The collections, and the current release."""

    collections: dict[str, CollectionInfo] = Field(description="The collections by name.", examples=[{}])
    release: Release = Field(description="The release that this was read at.")
    license: str = Field(
        json_schema_extra={"format": "uri"},
        description="The licence of the data.",
        examples=["https://creativecommons.org/licenses/by/4.0/"],
    )
    parameters: dict[str, str] = Field(
        description="What the parameters mean that several routes take, by name.", examples=[{"limit": "How many."}]
    )
    links: dict[str, str] = Field(description="Where to go on, by what is there.", examples=[{"releases": "/v1/releases"}])


ENVELOPES: tuple[type[BaseModel], ...] = (
    PageInfo,
    FeedInfo,
    PageLinks,
    Release,
    RevisionRow,
    Change,
    Fault,
    ProblemExplanation,
    ProblemExplanations,
    Health,
    ServiceInfo,
    CollectionInfo,
    Start,
)
