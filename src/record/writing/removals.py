"""Digests of what redactions removed, so that no later publish puts it back. Only publishers read them; nothing serves them.

A digest is an HMAC with a random key of this record. The caller computes them (see workbench.removed): this package knows nothing of
languages. They are kept for good. Whoever has the key can test guesses against them, so the key must stay with the publishers.

Nothing else in the table tells what was removed. So the key's item has a seal of all digests, from which `verify` sees that one was
changed or deleted.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from record import items
from record.errors import RecordMoved, RecordProblem
from record.store import Store, existing
from record.writing.comparing import Compared
from record.writing.rendering import content_of

if TYPE_CHECKING:
    from record.items import Item, NewItem


class Digested(NamedTuple):
    """The digest of a removed value: in hexadecimal, and the number of letters and digits in its words; 0 if it has none.

    `at` is `PATH:POINTER`, the place from which it was removed, with `*` for positions in lists
    and languages. If not `everywhere`, it counts only there.
    """

    digest: str
    length: int
    everywhere: bool
    at: str


class Removal(NamedTuple):
    """A digest, with the release and the reason of the redaction that removed the value."""

    digested: Digested
    release: int
    reason: str


@dataclass(frozen=True, slots=True)
class Removals:
    """Everything that redactions removed from this record, and the key (hex) of its digests. The key is None before the first redaction."""

    key: str | None
    all: tuple[Removal, ...]


class Held(NamedTuple):
    """A place in a document that holds something removed. `place` is its pointer with `*` for positions in lists and languages."""

    pointer: str
    place: str
    removal: Removal


Screen = Callable[[str, bytes], Iterable[Held]]
"""Returns the places in a document (path, content) that hold something removed."""

Screening = Callable[[Removals], Screen]


class PutBack(NamedTuple):
    """A field that a publish would put back: the document's path (empty for the message of the release), its pointer, and the redaction."""

    path: str
    pointer: str
    release: int
    reason: str

    @property
    def place(self) -> str:
        """Its place as `PATH:POINTER`."""
        return f"{self.path}:{self.pointer}"


class HoldsRemoved(RecordProblem):
    """The documents or the message hold what a redaction removed. Nothing was published."""

    def __init__(self, found: Iterable[PutBack]) -> None:
        """Keep where."""
        self.found = tuple(found)
        super().__init__(f"it would put back what redactions removed, at {', '.join(one.place for one in self.found)}")


def read_removals(store: Store) -> Removals:
    """Read the digests of everything that was removed."""
    key: str | None = None
    found: list[Removal] = []
    for page, _ in store.query(items.REMOVED, items.REMOVED_KEY, "~"):
        for item in page:
            if item["sk"]["S"] == items.REMOVED_KEY:
                key = item["key"]["S"]
                continue
            digest = item["sk"]["S"].partition("#")[0]
            digested = Digested(digest, int(item["length"]["N"]), "#" not in item["sk"]["S"], item["at"]["S"])
            found.append(Removal(digested, int(item["release"]["N"]), item["reason"]["S"]))
    return Removals(key, tuple(found))


def keep_key(store: Store, key: str) -> None:
    """Store the key (hex) of this record's digests, unless it has one. Raises RecordMoved if it has another one."""
    at = items.key(items.REMOVED, items.REMOVED_KEY)
    store.update(
        at,
        "SET #key = if_not_exists(#key, :key)",
        ExpressionAttributeNames={"#key": "key"},
        ExpressionAttributeValues={":key": items.text(key)},
    )
    if (store.get(at) or {}).get("key") != items.text(key):
        raise RecordMoved("another redaction was made in the meantime; redact again")


def put_removals(store: Store, digested: Iterable[Digested], release: int, reason: str) -> None:
    """Store what a redaction removes. Safe to repeat."""
    found = [_item(Removal(one, release, reason)) for one in digested]
    store.put_all(list({item["sk"]["S"]: item for item in found}.values()))
    _seal(store)


def rename_removals(store: Store, path: str, to: str, renew: Callable[[], None]) -> None:
    """Change the places of digests from a redacted id to the opaque one. Safe to repeat. `renew` raises LeaseLost."""
    moved = [one for one in read_removals(store).all if one.digested.at.startswith(f"{path}:")]
    for one in moved:
        renew()
        old, new = _item(one), _item(one._replace(digested=one.digested._replace(at=to + one.digested.at.removeprefix(path))))
        store.put_all([new])
        if old["sk"] != new["sk"]:
            store.delete_all([items.key(items.REMOVED, old["sk"]["S"])])
    _seal(store)


def stored_removals(store: Store) -> "tuple[Item | None, Iterator[Item]]":
    """Return the item of the key, or None, and an iterator of the items of all digests, in order."""
    key = store.get(items.key(items.REMOVED, items.REMOVED_KEY))
    pages = store.query(items.REMOVED, items.REMOVED_KEY, "~")
    return key, (item for page, _ in pages for item in page if item["sk"]["S"] != items.REMOVED_KEY)


def seal_of_removals(key: str, removals: "Iterable[Item]") -> str:
    """Return the seal of digests, in order: the HMAC-SHA-256, with their key (hex), of one JSON line for each."""
    mac = hmac.new(bytes.fromhex(key), digestmod=hashlib.sha256)
    for item in removals:
        mac.update(json.dumps(item, sort_keys=True).encode() + b"\n")
    return mac.hexdigest()


def _seal(store: Store) -> None:
    """Store the seal of all digests."""
    key, removals = stored_removals(store)
    if key is not None:
        seal = seal_of_removals(key["key"]["S"], removals)
        at = items.key(items.REMOVED, items.REMOVED_KEY)
        store.update(
            at, "SET #seal = :seal", ExpressionAttributeNames={"#seal": "seal"}, ExpressionAttributeValues={":seal": items.text(seal)}
        )


def _item(one: Removal) -> "NewItem":
    digested = one.digested
    at = hashlib.sha256(digested.at.encode()).hexdigest()[:32]
    return {
        **items.key(items.REMOVED, digested.digest if digested.everywhere else f"{digested.digest}#{at}"),
        "length": items.number(digested.length),
        "at": items.text(digested.at),
        "release": items.number(one.release),
        "reason": items.text(one.reason),
    }


def digested_of(row: Iterable[Any]) -> Digested:
    """Return a digest that a row of a note stores."""
    digest, length, everywhere, at = row
    return Digested(digest, length, everywhere, at)


class Guard:
    """Finds what a publish would put back. `over` are the places (`PATH:POINTER`) that may hold something removed all the same.

    `is_needed` is false if nothing was ever removed.
    """

    def __init__(self, store: Store, screening: Screening, over: frozenset[str] = frozenset()) -> None:
        """Screen with the function that `screening` makes. Call `begin` before anything else."""
        self._store = store
        self._screening = screening
        self._over = over
        self.is_needed = False
        self._screen: Screen = lambda _path, _content: ()

    def begin(self, message: str = "") -> list[PutBack]:
        """Read what was removed by now. Return what the message of the release would put back, which nothing can allow."""
        removals = read_removals(self._store)
        self.is_needed = bool(removals.all)
        self._screen = self._screening(removals)
        held = self._screen("", json.dumps({"message": message}).encode())
        return [PutBack("", one.pointer, one.removal.release, one.removal.reason) for one in held]

    def see(self, compared: Compared) -> Iterator[PutBack]:
        """Yield what publishing a document would put back: what it holds and its current revision does not hold at the same place."""
        document = compared.document
        if document is None or compared.kind is None or not (held := list(self._screen(document.path, document.content))):
            return
        before: set[tuple[str, str]] = set()
        if compared.placed is not None:
            item = existing(self._store, items.key(items.document_pk(document.path), compared.placed.revision))
            before = {_where(one) for one in self._screen(document.path, content_of(item["body"]["S"]))}
        for one in held:
            back = PutBack(document.path, one.pointer, one.removal.release, one.removal.reason)
            if _where(one) not in before and back.place not in self._over:
                yield back


def _where(held: Held) -> tuple[str, str]:
    return held.place, held.removal.digested.digest
