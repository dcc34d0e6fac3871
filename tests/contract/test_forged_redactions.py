"""Forged redactions: under cover of a redaction, another field is changed too. Whoever checks the record finds each of them."""

import copy
import json
import runpy
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import pytest
import rfc8785

from record import items
from record.chain import ReleaseDigest, header
from record.decoding import release_of, salts_of, seals_of
from record.model import Digest, Document, Seal
from record.seals import proven
from record.verifying.chain import Chain
from record.verifying.findings import Discrepancy, Marks
from record.writing.leasing import current_head
from record.writing.making import link_of, sealed
from record.writing.notes import Redaction, Rewrite
from record.writing.reindexing import generations_of
from record.writing.rendering import content_digest_of, digest_of
from schemas.pointers import leaves, replace
from tests.conftest import ROOT, World
from tests.contract.planting import contents
from tests.e2e.examples import Answered
from tests.record.killing import table
from tests.record.memory import memory_world

SALT = "c0" * 16
NAMED = "/name"  # every type has it
WAYS = ("silently", "with its old hash", "with another root", "as if it was redacted too")


@dataclass(frozen=True)
class Forged:
    """A document of which a forger changes one field, and how."""

    path: str
    pointer: str
    way: str


def targets() -> Iterator[tuple[Forged, bytes]]:
    """Yield a copy of the full resource of each type for each of its fields and each way to forge it, sorted by path."""
    for path, content in sorted(contents(lambda _path, _pattern: "https://example.org/text").items()):
        members = json.loads(content)
        fields = [at for at, _ in leaves(members) if not at.startswith(NAMED) and at != "/id"]
        for number, (way, at) in enumerate((way, at) for way in WAYS for at in [*fields, "/revision", "/published_at"]):
            slug = f"{path.partition('/')[0]}/copy-{number:04d}"
            yield Forged(slug, at, way), rfc8785.dumps({**members, "id": slug})


@dataclass
class Record:
    """A record in which each document was redacted, and then forged."""

    world: World
    forged: list[Forged]


@pytest.fixture(scope="module")
def record() -> Record:
    """Every document, forged."""
    world = memory_world()
    every = list(targets())
    world.publisher().publish([Document(one.path, content) for one, content in every], "")
    mark = items.stamp(1, 1)
    head = current_head(world.store)
    world.publisher().redact(
        Redaction(
            1,
            "court-order",
            tuple(Rewrite(one.path, mark, 1, {f"{NAMED}/en": None}, SALT) for one, _ in every),
            {one.path: tuple(generations_of(world.store, one.path, head)) for one, _ in every},
        )
    )
    assert found(world) == []
    known = table(world.store)
    for one, _ in every:
        world.store.put_all(forged_items(known, one))
    rehash(world)
    return Record(world, [one for one, _ in every])


def found(world: World) -> list[Discrepancy]:
    """Return what the check of the chain reports."""
    attempt = int(table(world.store)[items.RELEASES, items.CURRENT]["attempt"]["N"])
    chain = Chain(world.store, Marks(current_head(world.store), attempt, frozenset(), None))
    return [one for one in chain.verify() if isinstance(one, Discrepancy)]


def forged_items(known: Mapping[tuple[str, str], Any], one: Forged) -> list[Any]:
    """Return a redacted revision with a changed field, and everything that a forger with the whole table can change to match it."""
    revision = copy.deepcopy(known[items.document_pk(one.path), items.stamp(1, 1)])
    members: Any = json.loads(revision["body"]["S"])
    first, _ = seals_of(revision)
    salts = salts_of(revision)
    value = dict(leaves(members))[one.pointer]
    members = copy.deepcopy(replace(members, one.pointer, other(value)))
    hashes = dict(first.hashes)
    if one.way != "silently":
        hashes[one.pointer] = Digest("ab" * 32)  # the forger doesn't know which hash makes the old root
    if one.way in ("with its old hash", "as if it was redacted too"):
        before = json.loads(revision["body"]["S"])
        hashes[one.pointer] = hash_of(before, salts, one.pointer)
    if one.way == "as if it was redacted too":
        members["redactions"][0]["fields"] = sorted({*members["redactions"][0]["fields"], one.pointer})
    body = rfc8785.dumps(members).decode()
    seals = [Seal(1, first.seal, hashes), Seal(2, proven(members, salts, {}), {})]
    if one.way == "with another root":
        seals[0] = Seal(1, proven(members, salts, hashes), hashes)
    revision |= {
        "body": items.text(body),
        "digest": items.text(digest_of(body)),
        "content_digest": items.text(content_digest_of(body)),
        **sealed(seals, salts),
    }
    rows = [copy.deepcopy(known[items.CHANGES, sk]) for sk in revision["rows"]["SS"]]
    for row, seal in zip(rows, seals, strict=True):
        row["digest"] = revision["digest"]
        if one.way == "with another root" or seal.release == 2:
            row["seal"] = items.text(seals[-1].seal if seal.release == 2 else first.seal)
    rows[-1]["fields"] = {"L": [items.text(field) for field in members["redactions"][0]["fields"]]}
    return [revision, *rows]


def hash_of(members: Any, salts: dict[str, str], pointer: str) -> Digest:
    """Return the hash of the node at a pointer, as the guide's program computes it."""
    example = functions_of_the_guide()
    value, salt, at = members, salts.get(""), ""
    for part in pointer[1:].split("/"):
        at += f"/{part}"
        value = value[int(part)] if isinstance(value, list) else value[part]
        salt = salts.get(at) or example["derived"](salt, part)
    return Digest(example["hash_of"](value, salts, {}, pointer, salt))


@lru_cache
def functions_of_the_guide() -> dict[str, Any]:
    """Return the functions of the guide's program, without the part that asks the API."""
    source = (ROOT / "docs/examples/check_document.py").read_text(encoding="utf-8")
    defined: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(sys, "argv", ["", "", "", ""])
        exec(source[: source.index("\nrevision =")], defined)  # noqa: S102 - our own file
    return defined


def other(value: Any) -> Any:
    """Return another value of the same type, as a forger would choose it."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return f"{value}, and more" if isinstance(value, str) else "something"


def rehash(world: World) -> None:
    """Compute the digest of the redaction's release again, which covers the forged changes. That of release 1 is known to others."""
    known = table(world.store)
    item = copy.deepcopy(known[items.RELEASES, items.padded(2)])
    digest = ReleaseDigest(header(release_of(item)))
    for (pk, sk), row in sorted(known.items()):
        if pk == items.CHANGES and sk.startswith(items.padded(2)):
            digest.add(link_of(row))
    item["digest"] = items.text(digest.digest())
    world.store.put_all([item])


def test_every_field_of_every_type_is_forged_in_every_way(record: Record) -> None:
    """The test below is about all fields."""
    assert len(record.forged) > 1_000
    assert {one.way for one in record.forged} == set(WAYS)


def test_verify_finds_every_forged_redaction(record: Record) -> None:
    """Each document is named, and the digests of both releases are right, so nothing else gives the forger away."""
    reported = found(record.world)
    assert not [one for one in reported if one.path.startswith(items.RELEASES)]
    named = {one.path for one in reported}
    assert [one for one in record.forged if one.path not in named] == []


def sample(forged: Sequence[Forged]) -> list[Forged]:
    """Return some forged documents: several of each type and way."""
    groups: dict[tuple[str, str], list[Forged]] = {}
    for one in forged:
        groups.setdefault((one.path.partition("/")[0], one.way), []).append(one)
    return [one for group in groups.values() for one in group[:: max(1, len(group) // 3)]]


def test_the_guides_program_finds_forged_redactions(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """So does a reader with the standard library's program, from outside."""
    client = record.world.api()
    answers: dict[str, bytes] = {}

    def answered(url: str) -> Answered:
        target = url.removeprefix("http://record.test")
        if target not in answers:
            answer = client.get(target)
            if answer.status != HTTPStatus.OK:  # the API itself notices that a body has another number or time
                raise OSError(answer.status)
            answers[target] = answer.body.encode()
        return Answered(200, {}, answers[target])

    monkeypatch.setattr("urllib.request.urlopen", answered)
    chosen = sample(record.forged)
    assert len(chosen) >= 6 * len(WAYS) * 3
    for one in chosen:
        monkeypatch.setattr(sys, "argv", ["check_document.py", "http://record.test", one.path, "2"])
        with pytest.raises((SystemExit, OSError)) as ended:
            runpy.run_path(str(ROOT / "docs/examples/check_document.py"), run_name="__main__")
        assert not isinstance(ended.value, SystemExit) or ended.value.code not in (None, 0), one


def test_the_guides_program_takes_no_body_that_can_be_read_in_two_ways() -> None:
    """An object has each member once. The empty pointer is the whole body, whose hash would make every other value acceptable."""
    example = functions_of_the_guide()
    assert not example["is_removed"]({"name": None, "": None}, "")
    assert example["is_removed"]({"name": None, "": None}, "/")
    with pytest.raises(SystemExit, match="two members of the same name"):
        json.loads('{"name":{"en":"a","en":"b"}}', object_pairs_hook=example["unique"])
