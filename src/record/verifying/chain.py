"""Verifies the chain: every release, with all its changes and revisions."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from record import items
from record.chain import ReleaseDigest, header
from record.decoding import release_of, salts_of, seals_of
from record.model import REDACTED, ChangeKind, Release, State
from record.seals import seal_of
from record.store import BATCH_GET, Store
from record.verifying.bodies import SALT, content_digest, is_canonical, members_of, redactions_of, unproven
from record.verifying.findings import (
    CHANGE,
    NUMBERED,
    RELEASE,
    REVISION,
    Discrepancy,
    Marks,
    Redaction,
    release_in,
)
from record.writing.making import link_of
from record.writing.rendering import changed_fields, content_of, digest_of

if TYPE_CHECKING:
    from record.items import Item

BODIES_AT_ONCE = 25
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_RELEASE_PATH = re.compile(r"releases/[1-9][0-9]{0,9}")
_LIVE = frozenset({ChangeKind.CREATED, ChangeKind.UPDATED, ChangeKind.RESTORED})


class Chain:
    """Verifies the releases from the first on, with their changes and revisions."""

    def __init__(self, store: Store, marks: Marks) -> None:
        """Verify the chain of this table. Adds to `marks` which attempt made which release."""
        self._store = store
        self.marks = marks
        self.last: Release | None = None
        self.redactions = 0

    def verify(self) -> Iterator[Discrepancy | Release | Redaction]:
        """Yield every release, after its discrepancies."""
        newest = 0
        self._note_attempts()
        for number in range(1, len(self.marks.attempts) + 1):
            where, before = f"{items.RELEASES} {items.padded(number)}", self.last
            item = self._store.get(items.key(items.RELEASES, items.padded(number))) or {}
            self.last = None
            if misfit := _misfit(item):
                yield Discrepancy(where, number, misfit)
                continue
            release, attempt = release_of(item), int(item["attempt"]["N"])
            if release.number != number:
                yield Discrepancy(where, number, f"its release is {release.number}, but should be {number}")
            if not newest < attempt <= self.marks.attempt:
                message = f"its attempt is {attempt}, but should be above {newest} and at most {self.marks.attempt}"
                yield Discrepancy(where, number, message)
            if (number == 1 or before is not None) and release.parent != (before.digest if before else None):
                yield Discrepancy(where, number, f"its parent is {release.parent}, which is not the digest of release {number - 1}")
            yield from self._message(where, release, item)
            newest = attempt
            yield from self._changes(where, number, release, items.stamp(number, attempt))
            self.redactions += ChangeKind.REDACTED in release.changes
            self.last = release
            yield release

    def _message(self, where: str, release: Release, item: "Item") -> Iterator[Discrepancy]:
        """Yield a discrepancy if a release's message does not fit its seal, or was redacted without a change in the feed that says so."""
        if release.message_salt is not None:
            if (seal := _sealed(release.message, release.message_salt)) != release.message_seal:
                yield Discrepancy(where, release.number, f"the seal of its message is {release.message_seal}, but should be {seal}")
            if "row" in item:
                yield Discrepancy(where, release.number, "it names the change of a redaction, but its message was not redacted")
            return
        if release.message != REDACTED:
            yield Discrepancy(where, release.number, "its message has no salt, but was not redacted")
        if "row" not in item:
            yield Discrepancy(where, release.number, "its message was redacted, but it does not name the change that says so")
            return
        sk, path = item["row"]["S"], items.release_path(release.number)
        mark = items.stamp_of(sk)
        change = self._store.get(items.key(items.CHANGES, sk)) if sk and self.marks.is_published(mark) else None
        if change is None or change.get("path") != items.text(path):
            yield Discrepancy(where, release.number, f"it says that {sk} is the change that redacted its message, but it is not")
            yield Discrepancy(path, release_in(mark), "its message was redacted, but the feed does not say so")

    def _note_attempts(self) -> None:
        """Find the attempt of every release, to recognise wrong stamps. Stop when a whole batch of releases is missing."""
        for start in range(1, self.marks.head.release + 1, BATCH_GET):
            numbers = range(start, min(start + BATCH_GET, self.marks.head.release + 1))
            found = self._store.batch_get([items.key(items.RELEASES, items.padded(number)) for number in numbers], ("attempt",))
            for number in numbers:
                said = found.get((items.RELEASES, items.padded(number)), {}).get("attempt", {}).get("N", "")
                self.marks.attempts.append(int(said) if said.isdigit() else None)
            if not found:
                return

    def _changes(self, where: str, number: int, release: Release, mark: str) -> Iterator[Discrepancy | Redaction]:
        digest = ReleaseDigest(header(release))
        counted: Counter[str] = Counter()
        position = 0
        for page, _ in self._store.query(items.CHANGES, f"{items.padded(number)}#", f"{items.padded(number)}#~", Limit=BODIES_AT_ONCE):
            rows: list[Item] = []
            for row in page:
                if self.marks.ignores(items.stamp_of(row["sk"]["S"])):
                    continue
                position += 1
                if misfit := CHANGE.misfit(row) or _misplaced(row, mark):
                    yield Discrepancy(row.get("path", {}).get("S") or row["sk"]["S"], number, f"its change in the feed: {misfit}")
                    continue
                if row["sk"]["S"] != (sk := items.change_sk(position, mark)):
                    yield Discrepancy(
                        row["path"]["S"], number, f"its change in the feed has the key {row['sk']['S']}, but should have {sk}"
                    )
                    position = int(row["sk"]["S"].split("#")[1])
                counted[row["kind"]["S"]] += 1
                digest.add(link_of(row))
                rows.append(row)
            yield from self._revisions(release, mark, [row for row in rows if row["kind"]["S"] != ChangeKind.REDACTED])
            for row in rows:
                if "number" not in row:
                    yield from self._redacted_message(number, release, row)
                elif row["kind"]["S"] == ChangeKind.REDACTED:
                    yield from self._redaction(number, release, row)
        if digest.digest() != release.digest:
            yield Discrepancy(where, number, f"its digest is {release.digest}, but its data give {digest.digest()}")
            yield from self._suspects(number, mark)
        if counted != Counter(release.changes) or not release.changes.keys() <= set(ChangeKind):
            yield Discrepancy(where, number, f"it counts the changes {dict(release.changes)}, but the feed has {dict(counted)}")

    def _revisions(self, release: Release, mark: str, rows: Sequence["Item"]) -> Iterator[Discrepancy]:
        pks = sorted({items.document_pk(row["path"]["S"]) for row in rows})
        found = self._store.batch_get([items.key(pk, mark) for pk in pks])
        for row in rows:
            path = row["path"]["S"]
            revision = found.get((items.document_pk(path), mark), {})
            misfit = REVISION.misfit(revision) if revision else "its revision, which the feed names, is missing"
            for message in [misfit] if misfit else _wrong_revision(revision, row, release):
                yield Discrepancy(path, release_in(mark), message)
            if not misfit:
                yield from self._wrong_seal(path, release_in(mark), revision, row)
                yield from self._wrong_change(path, release_in(mark), revision, row)

    def _wrong_seal(self, path: str, number: int, revision: "Item", row: "Item") -> Iterator[Discrepancy]:
        """Yield a discrepancy if one of a revision's seals is not the one in the feed: of its own change, or of a redaction.

        Yield one too if the changes that it names (`rows`) are not its own change and those of its redactions.
        """
        seals = seals_of(revision)
        redactions = redactions_of(revision)
        first, *later = sorted(revision["rows"]["SS"])
        if first != row["sk"]["S"]:
            yield Discrepancy(path, number, f"it says that its change in the feed is {first}, but it is {row['sk']['S']}")
        if seals[0].release != number:
            yield Discrepancy(path, number, f"its first seal is of release {seals[0].release}")
        if seals[0].seal != row["seal"]["S"]:
            yield Discrepancy(path, number, f"its seal is {seals[0].seal}, but the feed has {row['seal']['S']}")
        releases = [one["release"] for one in redactions]
        if releases != [one.release for one in seals[1:]]:
            named_in = ", ".join(str(one.release) for one in seals[1:]) or "none"
            yield Discrepancy(path, number, f"the redactions in its body are not those of its seals (releases: {named_in})")
        named = {sk[:11]: sk for sk in later}
        if len(named) != len(later):
            yield Discrepancy(path, number, f"it names two changes of one redaction: {', '.join(later)}")
        for release, seal in zip(releases, seals[1:], strict=False):
            attempt = self.marks.attempts[release - 1] if 1 <= release <= len(self.marks.attempts) else None
            sk = named.pop(f"{items.padded(release)}#", "") if attempt else ""
            ours = attempt is not None and items.stamp_of(sk) == items.stamp(release, attempt)
            last = self._store.get(items.key(items.CHANGES, sk)) if ours else None
            if last is None or any(last.get(name) != revision[name] for name in ("path", "number")):
                yield Discrepancy(
                    path, release if attempt else number, f"its body says that release {release} redacted it, but the feed does not"
                )
            elif last.get("seal") != items.text(seal.seal):
                yield Discrepancy(path, release, f"its seal is {seal.seal}, which is not the one of this redaction")
        for sk in named.values():
            yield Discrepancy(path, number, f"it says that {sk} is the change of a redaction, but its body names no such redaction")

    def _redaction(self, number: int, release: Release, row: "Item") -> Iterator[Discrepancy | Redaction]:
        path, reason = row["path"]["S"], row["reason"]["S"] if "reason" in row else ""
        revision: Item = {}
        for page, _ in self._store.query(items.document_pk(path), "0", items.bound(number)):
            for item in page:
                if item.get("number") == row["number"] and not self.marks.ignores(item["sk"]["S"]):
                    revision = item
        fields = [one["S"] for one in row["fields"]["L"]]
        if row["sk"]["S"] not in revision.get("rows", {}).get("SS", ()):
            yield Discrepancy(path, number, f"its change in the feed: its revision {row['number']['N']} does not name it")
        if {"fields": fields, "reason": reason, "release": number} not in redactions_of(revision):
            yield Discrepancy(
                path, number, f"the feed says what was redacted in its revision {row['number']['N']}, but the revision disagrees"
            )
        elif row["digest"] != revision.get("digest"):
            yield Discrepancy(path, number, f"its change in the feed: the digest is not that of revision {row['number']['N']}")
        yield Redaction(path, int(row["number"]["N"]), number, release.published_at, reason)

    def _redacted_message(self, number: int, release: Release, row: "Item") -> Iterator[Discrepancy | Redaction]:
        path = row["path"]["S"]
        item = self._store.get(items.key(items.RELEASES, items.padded(int(path.partition("/")[2])))) or {}
        if item.get("row") != items.text(row["sk"]["S"]) or item.get("message_seal") != row["seal"]:
            yield Discrepancy(path, number, "the feed says that its message was redacted, but the release disagrees")
        yield Redaction(path, None, number, release.published_at, row["reason"]["S"] if "reason" in row else "")

    def _wrong_change(self, path: str, number: int, revision: "Item", row: "Item") -> Iterator[Discrepancy]:
        """Yield a discrepancy if a change's kind or fields do not follow from the revisions before and after it.

        The changed fields among those that were redacted since can't be derived, so they are left out.
        """
        before = self._before(path, revision["sk"]["S"]) if revision["number"] != items.number(1) else None
        vague = [field for one in (before, revision) if one for redaction in redactions_of(one) for field in redaction["fields"]]
        said = [field["S"] for field in row["fields"]["L"]]
        kind, fields = _change_between(before, revision)
        if row["kind"]["S"] != kind or _clear(said, vague) != _clear(fields, vague):
            yield Discrepancy(path, number, f"the feed says that it was {row['kind']['S']} in {said}, but it was {kind} in {list(fields)}")

    def _before(self, path: str, mark: str) -> "Item | None":
        """Return the revision before the one with this stamp."""
        for page, _ in self._store.query(items.document_pk(path), "0", mark[:-1], ScanIndexForward=False, Limit=2):
            known = [one for one in page if not self.marks.ignores(one["sk"]["S"]) and not REVISION.misfit(one)]
            if known:
                return max(known, key=lambda one: one["sk"]["S"])
        return None

    def _suspects(self, number: int, mark: str) -> Iterator[Discrepancy]:
        """Yield the changes that can explain a release's wrong digest although nothing contradicts them.

        They are about what was redacted since, so that not everything that the digest covers can be derived.
        """
        for page, _ in self._store.query(items.CHANGES, f"{items.padded(number)}#", f"{items.padded(number)}#~", Limit=BODIES_AT_ONCE):
            for row in page:
                path = row.get("path", {}).get("S", "")
                if CHANGE.misfit(row) or _misplaced(row, mark) or row["kind"]["S"] == ChangeKind.REDACTED:
                    if "number" not in row:
                        yield Discrepancy(path, number, "its message was redacted, so this change in the feed may be what is wrong")
                    continue
                history = [one for some, _ in self._store.query(items.document_pk(path), "0", mark) for one in some]
                both = [one for one in history if not self.marks.ignores(one["sk"]["S"]) and not REVISION.misfit(one)][-2:]
                if any(redactions_of(one) for one in both):
                    yield Discrepancy(path, number, "it was redacted since, so its change in the feed may be what is wrong")


def _misfit(release: "Item") -> str | None:
    """Return what is wrong with the attributes of a release's item, or None."""
    if not release:
        return "it is missing"
    if ("commit" in release) != ("modified" in release):
        return "its commit, or whether the commit was modified, is missing"
    if misfit := RELEASE.misfit(release):
        return misfit
    if "commit" in release and not _COMMIT.fullmatch(release["commit"]["S"]):
        return f"its commit is {release['commit']['S']}, which is not the name of a commit"
    if (rules := int(release["index_rules"]["N"])) < 1:
        return f"its index_rules is {rules}, but no rules have this number"
    return None


def _misplaced(row: "Item", mark: str) -> str | None:
    """Return what is wrong with a change's key or kind, or None."""
    kind, sk = row["kind"]["S"], row["sk"]["S"]
    if kind not in set(ChangeKind):
        return f"its kind {kind} does not exist"
    if kind == ChangeKind.REDACTED and "target" in row:
        return "it has a target, but a redaction has none"
    if ("number" in row) != ("digest" in row):
        return "its number or its digest is missing"
    if "number" not in row and (kind != ChangeKind.REDACTED or not _RELEASE_PATH.fullmatch(row["path"]["S"])):
        return "it has no number, but does not say that a message was redacted"
    _, _, rest = sk.partition("#")
    if not NUMBERED.fullmatch(rest[:10]) or sk != items.change_sk(int(rest[:10]), mark):
        return f"its key {sk} is not that of a change"
    return None if row["release"] == items.number(release_in(mark)) else f"its release is {row['release']['N']}"


def _wrong_revision(revision: "Item", row: "Item", release: Release) -> Iterator[str]:
    """Yield how a revision contradicts itself, its release or the feed."""
    body = revision["body"]["S"]
    members = members_of(body)
    expected = {
        "path": row["path"],
        "number": row["number"],
        "release": row["release"],
        "published_at": items.text(release.published_at),
        "digest": items.text(digest_of(body)),
        "content_digest": items.text(content_digest(body)),
    }
    for name, value in expected.items():
        if revision[name] != value:
            yield f"its {name} is {_shown(revision[name])}, but should be {_shown(value)}"
    if not is_canonical(body, members):
        yield "its body is not canonical JSON (RFC 8785), so two programs can read it in different ways"
    if "redactions" in members and (not members["redactions"] or members["redactions"] != redactions_of(revision)):
        yield "the redactions in its body are not as a redaction writes them"
    yield from unproven(members, salts_of(revision), seals_of(revision), redactions_of(revision))
    for name in ("digest", "reason", "target"):
        if revision.get(name) != row.get(name):
            yield f"its {name} is not the one in the feed"
    state, kind = revision["state"]["S"], row["kind"]["S"]
    if (kind not in _LIVE) if state == State.LIVE else (kind != state):
        yield f"its state is {state}, but the feed says that it was {kind}"
    said: dict[str, Any] = {
        "id": revision["path"]["S"],
        "revision": int(revision["number"]["N"]),
        "release": int(revision["release"]["N"]),
        "published_at": revision["published_at"]["S"],
    }
    if state != State.LIVE:
        said |= {"state": state} | {name: revision[name]["S"] if name in revision else None for name in ("reason", "target")}
    elif "reason" in revision or "target" in revision:
        yield "it is live, but has a reason or a target"
    for name, value in said.items():
        if members.get(name) != value:
            yield f"its {name} is not the one in its body"


def _sealed(text: str, salt: str) -> str:
    """Return the seal of a text, or what is wrong with its salt."""
    return seal_of(text, salt) if SALT.fullmatch(salt) else f"made with a salt, but {salt} is not one"


def _change_between(before: "Item | None", after: "Item") -> tuple[str, Sequence[str]]:
    """Return the kind and the fields of the change between two consecutive revisions, as a publish would write them."""
    if after["state"]["S"] != State.LIVE:
        return after["state"]["S"], ()
    if before is None:
        return ChangeKind.CREATED, ()
    if before["state"]["S"] != State.LIVE:
        return ChangeKind.RESTORED, ()
    try:
        return ChangeKind.UPDATED, changed_fields(before["body"]["S"], content_of(after["body"]["S"]))
    except (ValueError, AttributeError, RecursionError):
        return ChangeKind.UPDATED, ("a body that is not a JSON object",)


def _clear(fields: Sequence[str], vague: Sequence[str]) -> list[str]:
    """Return those JSON Pointers that are neither equal to one of the others, nor above or below it."""
    return [one for one in fields if not any(f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/") for other in vague)]


def _shown(value: Mapping[str, Any]) -> str:
    return str(next(iter(value.values())))
