"""The record's values: documents go in; revisions, releases, changes and pages come out. All are immutable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, NewType

GONE = "gone"  # <collection>?gone lists the tombstones; every filter has a `=` and can't be mistaken for it

REDACTED = "[redacted]"  # instead of a redacted text, of words in a text, or of a release's message
REDACTED_ID = "redacted-"  # the start of an opaque slug, instead of a redacted one

Digest = NewType("Digest", str)
"""A SHA-256 in lower-case hexadecimal."""


class State(StrEnum):
    """The state of a document in a revision. All states but `live` are tombstones."""

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

    - `path` is `<collection>/<slug>`.
    - `content` is its canonical JSON object (RFC 8785), without the members that the publish sets.
    - `sort_keys` maps the name of an order to the document's key in it. Every list also has the order `id`.
    - `lists` are the lists that contain it besides its collection: `<collection>?<filter>=<value>`.
    - `values` are `<filter>=<value>` texts that are copied into its index entries, for filtering within a list.
    - `span` is the first and the last day that it is about (ISO dates).

    A tombstone has another `state` than live and a `reason` code. If it was renamed or merged, `target` is the path of the other
    document, which is live or withdrawn. Its content says the same. The list of tombstones is the only one that contains it.
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
        """All lists that contain it, sorted. The by-id entries of the first, its collection, are what the next publish compares with."""
        return (self.collection, *sorted(self.lists)) if self.state is State.LIVE else (f"{self.collection}?{GONE}",)


class Head(NamedTuple):
    """The current release, the epoch (the number of redactions so far), and the stamps of lost attempts, which readers ignore."""

    release: int
    epoch: int
    lost: frozenset[str] = frozenset()


class Source(NamedTuple):
    """The git commit of the checkout that a release was published from. `modified`: its source files had uncommitted changes."""

    commit: str
    modified: bool


class Origin(NamedTuple):
    """How the documents of a release were made: from which source (None if it was not in a git checkout), and by which index rules.

    `index_rules` is the number of the rules by which a document's lists, sort keys, values and span follow from its content.
    """

    source: Source | None = None
    index_rules: int = 1


class Release(NamedTuple):
    """A release: when it was published, the number of documents per collection and of changes per kind, and its digest.

    The release of a redaction has the origin of its parent.

    The digest covers its changes and the parent's digest (see `chain`). Release 1 has no parent. The digest does not cover the message
    but `message_seal`, its seal with `message_salt`. If the message was redacted, it has no salt any more.
    """

    number: int
    published_at: str
    message: str
    message_salt: str | None
    message_seal: Digest
    counts: Mapping[str, int]
    changes: Mapping[str, int]
    origin: Origin
    digest: Digest
    parent: Digest | None


class Seal(NamedTuple):
    """The seal of a revision as a release covers it (see `seals`): the release that published it, or one that redacted it.

    `hashes` are those of the values that later redactions replaced, by JSON Pointer.
    """

    release: int
    seal: Digest
    hashes: Mapping[str, Digest]


class Revision(NamedTuple):
    """A document as a release published it.

    `seals` has the seal of the release that published it, and one for each release that redacted it, oldest first. `salts` are those of
    its nodes, by JSON Pointer; the other nodes' salts derive from them. Only `Reader.revisions` reads both.
    """

    path: str
    number: int
    release: int
    published_at: str
    state: State
    digest: Digest
    body: str
    reason: str | None = None
    target: str | None = None
    seals: tuple[Seal, ...] = ()
    salts: Mapping[str, str] = MappingProxyType({})


class Change(NamedTuple):
    """What a release did to one document: a row of the feed.

    `key` is its sort key in the feed. `fields` are JSON Pointers to the members that changed, at the top level or below. `seal` is
    the revision's seal. `digest` is the digest of the revision's body as it is now: a later redaction changes it.

    If a release's message was redacted, `path` is `releases/<number>`, and `seal` the seal of the message. There is no `revision` and
    no `digest`.
    """

    key: str
    path: str
    kind: ChangeKind
    release: int
    revision: int | None
    digest: Digest | None
    seal: Digest
    reason: str | None
    target: str | None
    fields: tuple[str, ...]


class PageRequest(NamedTuple):
    """Asks for one page of a list at a release.

    The page starts after the place `after`; None is the start of the list. A document matches if all of these hold:

    - `carried`: for each tuple of `<filter>=<value>` texts, its index entry has at least one of them.
    - `members_of`: each of these lists contains it too.
    - `span`: its own days overlap this range of days, both inclusive. An empty text means no limit on that side.
    - `upper`: its sort key is not above this bound.
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
        """True if every entry of the list matches (`upper` aside)."""
        return not (self.carried or self.members_of or self.span)

    @property
    def are_live(self) -> bool:
        """True if the list has live documents, False if it has tombstones."""
        return not self.list.endswith(f"?{GONE}")


class Page(NamedTuple):
    """A page: its bodies in order, the number of all matches (None if counting costs too much), and the next page's `after`."""

    bodies: tuple[str, ...]
    total: int | None
    after: str | None
