"""What passes through the record: documents in, revisions, releases, changes and pages out. Plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, NewType

GONE = "gone"  # <collection>?gone is the list of what went away; no filter can have this form

Digest = NewType("Digest", str)
"""A SHA-256 in lower-case hexadecimal."""


class State(StrEnum):
    """What a revision is."""

    LIVE = "live"
    WITHDRAWN = "withdrawn"
    RENAMED = "renamed"
    MERGED = "merged"


class ChangeKind(StrEnum):
    """What a release did to a document."""

    CREATED = "created"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    RENAMED = "renamed"
    MERGED = "merged"
    RESTORED = "restored"
    REDACTED = "redacted"


@dataclass(frozen=True, slots=True)
class Document:
    """A document to publish.

    `path` is `<collection>/<slug>`; `content` its canonical JSON object (RFC 8785) without what the publish sets. It stands in
    its collection and in each of `lists` (`<collection>?<filter>=<value>`), in every order of `sort_keys` (name of the order to
    key) and by id. `values` (`<filter>=<value>`) are what its index entries carry,
    `span` the first and last day it is about.

    A document that went away has another `state` than live, the code of the `reason`, and where it was renamed or merged the
    path of the `target`, which is live or withdrawn itself; its content says the same, and it stands in no list but the one of
    what went away.
    """

    path: str
    content: bytes
    sort_keys: Mapping[str, str] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    span: tuple[str, str] | None = None
    state: State = State.LIVE
    reason: str | None = None
    target: str | None = None

    @property
    def collection(self) -> str:
        """The collection it belongs to."""
        return self.path.partition("/")[0]

    @property
    def standing(self) -> tuple[str, ...]:
        """Every list it stands in; the first is the one whose entries by id tell the next publish what is there."""
        return (self.collection, *self.lists) if self.state is State.LIVE else (f"{self.collection}?{GONE}",)


class Head(NamedTuple):
    """The current release, and the stamps of the attempts whose writes nobody may see because their publish was taken over."""

    release: int
    epoch: int
    lost: frozenset[str] = frozenset()


class Release(NamedTuple):
    """A release: what was published when, and the digest that covers its changes and its parent."""

    number: int
    published_at: str
    message: str
    counts: Mapping[str, int]
    changes: Mapping[str, int]
    digest: Digest
    parent: Digest | None


class Revision(NamedTuple):
    """A document as it was published in a release. `seal` is what the chain holds of it: the SHA-256 of `salt` and `body`."""

    path: str
    number: int
    release: int
    published_at: str
    state: State
    digest: Digest
    body: str
    seal: Digest
    salt: str
    reason: str | None = None
    target: str | None = None


class Change(NamedTuple):
    """What a release did to one document.

    `fields` are JSON Pointers to what changed at the top level and below; `seal` is what the chain holds of the revision,
    `digest` the digest of its body as it is now.
    """

    key: str
    path: str
    kind: ChangeKind
    release: int
    revision: int
    digest: Digest
    seal: Digest
    reason: str | None
    target: str | None
    fields: tuple[str, ...]


class PageRequest(NamedTuple):
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


class Page(NamedTuple):
    """A page: its bodies in order, how many match in all (None where counting would cost too much), and where to go on."""

    bodies: tuple[str, ...]
    total: int | None
    after: str | None
