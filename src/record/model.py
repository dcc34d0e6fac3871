"""What passes through the record: documents in, revisions, releases, changes and pages out. Plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

Digest = NewType("Digest", str)
"""A SHA-256 in lower-case hexadecimal."""


class State(StrEnum):
    """What a revision is."""

    LIVE = "live"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class ChangeKind(StrEnum):
    """What a release did to a document."""

    CREATED = "created"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    REDACTED = "redacted"


@dataclass(frozen=True, slots=True)
class Document:
    """A document to publish.

    `path` is `<collection>/<slug>`; `content` its canonical JSON object (RFC 8785) without what the publish sets. It stands in
    its collection and in each of `lists` (`<collection>?<filter>=<value>`), in every order of `sort_keys` (name of the order to
    key) and by id. `values` (`<filter>=<value>`) are what its index entries carry,
    `span` the first and last day it is about.
    """

    path: str
    content: bytes
    sort_keys: Mapping[str, str] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    span: tuple[str, str] | None = None

    @property
    def collection(self) -> str:
        """The collection it belongs to."""
        return self.path.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Head:
    """The current release, and the stamps of the attempts whose writes nobody may see because their publish was taken over."""

    release: int
    epoch: int
    lost: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Release:
    """A release: what was published when, and the digest that covers its changes and its parent."""

    number: int
    published_at: str
    message: str
    counts: Mapping[str, int]
    changes: Mapping[str, int]
    digest: Digest
    parent: Digest | None


@dataclass(frozen=True, slots=True)
class Revision:
    """A document as it was published in a release."""

    path: str
    number: int
    release: int
    published_at: str
    state: State
    digest: Digest
    body: str
    reason: str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a release did to one document. `fields` are JSON Pointers to what changed at the top level and below."""

    key: str
    path: str
    kind: ChangeKind
    release: int
    revision: int
    digest: Digest
    reason: str | None
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page of a list at a release.

    The list with its order is read from behind `after` (None: from its start). `carried` are conditions on the values that
    entries carry: each is one of several `<filter>=<value>`. `members_of` are further lists that a document must stand in;
    `span` is an inclusive range of days that its own must overlap, an empty side being open; `upper` is a bound that no sort
    key of a match exceeds.
    """

    list: str
    sort: str
    release: int
    limit: int
    after: str | None = None
    descending: bool = False
    carried: tuple[tuple[str, ...], ...] = ()
    members_of: tuple[str, ...] = ()
    span: tuple[str, str] | None = None
    upper: str | None = None

    @property
    def is_whole_list(self) -> bool:
        """Whether every entry of the list matches."""
        return not (self.carried or self.members_of or self.span)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its bodies in order, how many match in all (None where counting would cost too much), and where to go on."""

    bodies: tuple[str, ...]
    total: int | None
    after: str | None
