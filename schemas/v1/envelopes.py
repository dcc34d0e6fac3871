"""Response envelopes: pages, releases, revisions, changes, problems, and the service's descriptions of itself.

The handlers build these without the models, which they don't import. Tests validate every response against the models.
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
    """The position of a page in its list."""

    total: int | None = Field(
        ..., ge=0, description="How many items the whole list has; null if counting them would cost too much.", examples=[9]
    )
    limit: int = Field(ge=1, le=100, description="The maximum number of items on a page.", examples=[20])
    release: int = Field(ge=1, description="The release that this page and all following pages are read at.", examples=[1])
    next: str | None = Field(
        ...,
        pattern=_PATH,
        description="The path of the next page; null on the last page.",
        examples=["/v1/events?cursor=WzEsMCwiYSIsImIiXQ"],
    )


class FeedInfo(PageInfo):
    """The position of a page in the feed of changes."""

    resume: str = Field(
        pattern=_PATH,
        description="The path to request later: it returns the changes after this page, including those of new releases.",
        examples=["/v1/changes?since=0&cursor=WzEsMCwiYSIsImIiXQ"],
    )


class PageLinks(BaseModel):
    """The links of a page."""

    self: str = Field(pattern=_PATH, description="The requested path.", examples=["/v1/events?limit=2"])
    describedby: str | None = Field(
        default="", pattern=_PATH, description="The JSON Schema of the items, if they are resources.", examples=["/v1/schemas/event.json"]
    )


class Chain(BaseModel):
    """What a release's digest covers, together with one line for each of its changes. docs/verifying.md shows the computation."""

    header: str = Field(description="The first line of the chain, as text.", examples=['{"changes":{"created":1},"counts":{"cases":1}}'])
    changes: str = Field(pattern=_PATH, description="The path of its changes.", examples=["/v1/changes?since=0&release=1"])


class ReleaseSource(BaseModel):
    """The git commit of the record's source files that a release was published from."""

    commit: str = Field(
        pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$",
        description="The commit, in hexadecimal.",
        examples=["6b8c1f0f5d1c7b1d0b6a7a3f4f5f2f6f0a9e8d7c"],
    )
    modified: bool = Field(description="True if the files had changes that were not in the commit.", examples=[False])


class Release(BaseModel):
    """A release: what was published and when, and a digest that covers it and all releases before it."""

    number: int = Field(ge=1, description="Its number, counted from 1.", examples=[1])
    published_at: str = Field(
        json_schema_extra=_TIME, description="When it was published (RFC 3339, UTC).", examples=["2026-11-23T12:00:00.000Z"]
    )
    message: str = Field(
        description="The maintainers' message about it; can be empty. `[redacted]` if it was redacted later.", examples=["The first case"]
    )
    message_salt: str | None = Field(
        ...,
        pattern=_HEX,
        description="The message's salt, in hexadecimal; null if the message was redacted.",
        examples=["00112233445566778899aabbccddeeff"],
    )
    message_seal: str = Field(
        pattern=_DIGEST,
        description="The seal of the message as it was published, in hexadecimal. The release's digest covers it.",
        examples=[_A_DIGEST],
    )
    counts: dict[str, int] = Field(
        description="How many resources each collection had at this release.", examples=[{"cases": 1, "events": 9}]
    )
    changes: dict[str, int] = Field(description="How many changes of each kind it made.", examples=[{"created": 10}])
    source: ReleaseSource | None = Field(
        ...,
        description="The commit that it was published from; null if the source files were not in a git repository.",
        examples=[{"commit": "6b8c1f0f5d1c7b1d0b6a7a3f4f5f2f6f0a9e8d7c", "modified": False}],
    )
    index_rules: int = Field(
        ge=1, description="The number of the rules by which the lists and their order follow from the resources.", examples=[1]
    )
    digest: str = Field(pattern=_DIGEST, description="SHA-256 over its chain, in hexadecimal.", examples=[_A_DIGEST])
    parent: str | None = Field(
        ..., pattern=_DIGEST, description="The digest of the release before it; null for the first.", examples=[_A_DIGEST]
    )
    chain: Chain = Field(description="What its digest covers.", examples=[{"header": "{}", "changes": "/v1/changes?since=0&release=1"}])


class Seal(BaseModel):
    """A seal of a revision: the root of a Merkle tree over its content, without the member `redactions`."""

    release: int = Field(
        ge=1, description="The release that covers it: the one that published the revision, or one that redacted it.", examples=[2]
    )
    seal: str = Field(
        pattern=_DIGEST, description="The hash of the tree's root, in hexadecimal. The release's digest covers it.", examples=[_A_DIGEST]
    )
    hashes: dict[str, str] | None = Field(
        default=None,
        description="The hashes of the values that later redactions removed, by JSON Pointer. They replace those of the current values. "
        "Absent if there are none.",
        examples=[{"/summary/en": _A_DIGEST}],
    )


class RevisionRow(BaseModel):
    """A revision of a resource, without its content."""

    number: int = Field(ge=1, description="Its number, counted from 1.", examples=[2])
    release: int = Field(ge=1, description="The release that published it.", examples=[2])
    published_at: str = Field(
        json_schema_extra=_TIME, description="When it was published (RFC 3339, UTC).", examples=["2026-11-23T12:00:00.000Z"]
    )
    digest: str = Field(pattern=_DIGEST, description="SHA-256 of its bytes, in hexadecimal. Also its ETag.", examples=[_A_DIGEST])
    seals: list[Seal] = Field(
        description="Its seals, oldest first: that of the release that published it, and one for each release that redacted it.",
        examples=[[{"release": 2, "seal": _A_DIGEST}]],
    )
    salts: dict[str, str] = Field(
        description="The salts of its values, in hexadecimal, by JSON Pointer. The salts of all other values derive from them.",
        examples=[{"": "00112233445566778899aabbccddeeff"}],
    )
    state: str = Field(
        json_schema_extra={"enum": ["live", "withdrawn", "renamed", "merged"]},
        description="The state of the resource in this revision.",
        examples=["live"],
    )
    reason: Reason | None = Field(
        ..., description="Why the resource was withdrawn, renamed or merged; null if it was not.", examples=["duplicate"]
    )
    target: str | None = Field(
        ..., pattern=_RESOURCE, description="The id that it was renamed to or merged into, if it was.", examples=["actors/ohchr"]
    )
    path: str = Field(pattern=_PATH, description="The path of its content.", examples=["/v1/actors/ohchr/revisions/2"])


class Change(BaseModel):
    """A change that a release made to one resource, or to the message of a release."""

    path: str = Field(
        pattern=_RESOURCE,
        description="The id of the resource. `releases/{number}` if the message of a release was redacted.",
        examples=["actors/ohchr"],
    )
    kind: str = Field(json_schema_extra={"enum": _KINDS}, description="The kind of change.", examples=["updated"])
    release: int = Field(ge=1, description="The release that made the change.", examples=[2])
    revision: int | None = Field(
        ...,
        ge=1,
        description="The revision that the change created; for a redaction, the revision that it rewrote. Null for a message.",
        examples=[2],
    )
    digest: str | None = Field(
        ...,
        pattern=_DIGEST,
        description="SHA-256 of that revision's bytes as they are now, in hexadecimal. Null for a message.",
        examples=[_A_DIGEST],
    )
    seal: str = Field(
        pattern=_DIGEST,
        description="The revision's seal in this release, in hexadecimal. The release's digest covers it. "
        "For a message, its `message_seal`.",
        examples=[_A_DIGEST],
    )
    reason: Reason | None = Field(
        ..., description="Why the resource was withdrawn, renamed, merged or redacted; null otherwise.", examples=["court-order"]
    )
    target: str | None = Field(
        ..., pattern=_RESOURCE, description="The id that it was renamed to or merged into, if it was.", examples=["actors/un"]
    )
    fields: list[str] = Field(
        description="JSON Pointers to the changed fields; empty if the resource was created, withdrawn, renamed or merged.",
        examples=[["/summary"]],
    )


class Fault(BaseModel):
    """One error in a request."""

    in_: str = Field(
        alias="in",
        json_schema_extra={"enum": ["query", "path", "header"]},
        description="The part of the request that has the error.",
        examples=["query"],
    )
    name: str = Field(description="The name of the parameter or header.", examples=["contry"])
    code: str = Field(description="The slug of the problem type.", examples=["unknown-parameter"])
    message: str = Field(
        min_length=1, description="What is wrong, and how to correct it.", examples=["there is no parameter 'contry' here"]
    )
    allowed: list[str] | None = Field(default=None, min_length=1, description="The allowed names or values.", examples=[["country"]])
    did_you_mean: str | None = Field(default=None, min_length=1, description="The nearest allowed name or value.", examples=["country"])


class ProblemExplanation(BaseModel):
    """What a problem type means and what to do about it."""

    type: str = Field(pattern=_PATH, description="The path that identifies the problem type.", examples=["/v1/problems/withdrawn"])
    status: int = Field(ge=400, le=599, description="The HTTP status of the response.", examples=[410])
    title: str = Field(description="The name of the problem type.", examples=["Withdrawn"])
    meaning: str = Field(description="What it means.", examples=["The resource was withdrawn from the record."])
    remedy: str = Field(description="What to do about it.", examples=["Remove your copy."])


class ProblemExplanations(BaseModel):
    """All problem types."""

    data: list[ProblemExplanation] = Field(description="The problem types.", examples=[[]])


class Health(BaseModel):
    """Whether the record can be read, and how old it is."""

    status: str = Field(
        json_schema_extra={"const": "ok"},
        description="Always `ok`: the record can be read. If it can't, the response is a problem.",
        examples=["ok"],
    )
    version: str = Field(description="The version of the service.", examples=["0.1.0"])
    release: int = Field(ge=1, description="The current release.", examples=[1])
    published_at: str = Field(
        json_schema_extra=_TIME, description="When it was published (RFC 3339, UTC).", examples=["2026-11-23T12:00:00.000Z"]
    )
    age_seconds: int = Field(ge=0, description="The age of the current release in seconds.", examples=[3600])


class ServiceInfo(BaseModel):
    """About this API: name, description, licence and links."""

    name: str = Field(description="The name of the API.", examples=["Article 33"])
    description: str = Field(description="What the API provides.", examples=["The record of refoulement cases."])
    license: str = Field(
        json_schema_extra={"format": "uri"},
        description="The licence of the data.",
        examples=["https://creativecommons.org/licenses/by/4.0/"],
    )
    links: dict[str, str] = Field(description="Paths of other parts of the API, by name.", examples=[{"start": "/v1"}])


class FilterInfo(BaseModel):
    """A filter of a collection."""

    description: str = Field(description="Which resources it selects.", examples=["Events in this country."])
    form: str = Field(
        json_schema_extra={"enum": ["reference", "term", "country", "language", "slug"]},
        description="The form of its values.",
        examples=["country"],
    )
    allowed: list[str] | None = Field(
        default=None, min_length=1, description="The allowed terms, or the collections whose ids are allowed.", examples=[["actors"]]
    )
    repeatable: bool = Field(
        description="True if it can be given several times. It then selects resources that match any of the values.", examples=[True]
    )


class CollectionInfo(BaseModel):
    """A collection, with its sorts, filters and sub-lists."""

    title: str = Field(description="Its title.", examples=["Events"])
    description: str = Field(description="What it holds.", examples=["What happened, step by step."])
    total: int = Field(ge=0, description="How many resources it holds.", examples=[9])
    href: str = Field(pattern=_PATH, description="Its path.", examples=["/v1/events"])
    schema_: str = Field(
        alias="schema", pattern=_PATH, description="The JSON Schema of its resources.", examples=["/v1/schemas/event.json"]
    )
    sorts: list[str] = Field(description="The values of `sort`.", examples=[["id", "-id"]])
    default_sort: str = Field(description="The order if `sort` is not given.", examples=["date"])
    filters: dict[str, FilterInfo] = Field(description="Its filters by name.", examples=[{}])
    sublists: dict[str, str] = Field(description="The lists below one resource: path templates by collection.", examples=[{}])


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
        description="The meaning of the parameters that several routes share, by name.", examples=[{"limit": "How many."}]
    )
    links: dict[str, str] = Field(description="Paths of other parts of the API, by name.", examples=[{"releases": "/v1/releases"}])


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
