"""Edits by somebody who knows the formats and computes every digest and seal again. Each is a trick that once worked."""

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from record import items
from record.chain import ReleaseDigest, header
from record.decoding import release_of, salts_of, seals_of
from record.model import Seal
from record.seals import proven
from record.verifying.findings import Discrepancy
from record.writing.making import link_of, sealed
from record.writing.rendering import content_digest_of, digest_of
from tests.record.memory import memory_world
from tests.record.tampering import Copy, copy_of, discrepancies, make_history

LIE = "not what was published"
PLAIN = ("events/c", items.stamp(1, 1))  # a revision that was never redacted
REDACTED = ("events/a", items.stamp(1, 1))  # release 7 redacted its name


@pytest.fixture(scope="module")
def published() -> Copy:
    """A record of ten releases, in which everything happened that can happen."""
    world = memory_world()
    make_history(world)
    return copy_of(world.store)


@pytest.fixture
def record(published: Copy) -> Copy:
    """A copy of it to change."""
    return Copy(copy.deepcopy(published.all()))


def revision_of(record: Copy, where: tuple[str, str]) -> Any:
    """Return the item of a revision."""
    path, mark = where
    return record.partitions[items.document_pk(path)][mark]


def put_body(record: Copy, where: tuple[str, str], body: str) -> None:
    """Replace a revision's body, and every digest of it that no release covers."""
    revision = revision_of(record, where)
    old = revision["content_digest"]
    revision |= {"body": items.text(body), "digest": items.text(digest_of(body)), "content_digest": items.text(content_digest_of(body))}
    for sk in revision["rows"]["SS"]:
        record.put({**record.partitions[items.CHANGES][sk], "digest": revision["digest"]})
    for item in record.all():
        if item.get("content_digest") == old:
            record.put({**item, "content_digest": revision["content_digest"]})


def rehash(record: Copy, first: int) -> None:
    """Compute the digests of the releases again, from one on."""
    parent = None
    for number in range(1, 11):
        item: Any = record.partitions[items.RELEASES][items.padded(number)]
        if number >= first:
            item |= {"parent": items.text(parent)} if parent else {}
            digest, mark = ReleaseDigest(header(release_of(item))), items.stamp(number, int(item["attempt"]["N"]))
            for sk, row in sorted(record.partitions[items.CHANGES].items()):
                if items.stamp_of(sk) == mark:
                    digest.add(link_of(row))
            item["digest"] = items.text(digest.digest())
        parent = item["digest"]["S"]


def told(record: Copy) -> list[Discrepancy]:
    """Return what verify reports. The unchanged record has nothing."""
    return discrepancies(record)


def test_unchanged_record_passes_with_its_digests_computed_again(record: Copy) -> None:
    """So the tests below find the edit, and not the way in which they make it."""
    put_body(record, REDACTED, revision_of(record, REDACTED)["body"]["S"])
    rehash(record, 1)
    assert told(record) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [('"id":', f'"id":"{LIE}","id":'), ('"id"', '"\\u0069d"'), ('"id":', '"id": '), ('"revision":1', '"revision":1.0')],
    ids=["a member twice", "an escape", "a space", "another number"],
)
def test_body_in_another_spelling_is_named(record: Copy, old: str, new: str) -> None:
    """A body with the same members can be read in another way, by programs that take the first of two members."""
    body = revision_of(record, PLAIN)["body"]["S"]
    assert old in body
    put_body(record, PLAIN, body.replace(old, new, 1))
    assert PLAIN[0] in {found.path for found in told(record)}


@pytest.mark.parametrize(
    "said", [LIE, [LIE], [], {}, {LIE: 1}, None, 7, False, [[1]], [{"fields": ["/name"], "reason": LIE}]], ids=json.dumps
)
def test_redactions_of_a_body_that_no_redaction_wrote_are_named(record: Copy, said: object) -> None:
    """The seal does not cover this member, so nothing else may be in it than what the feed says."""
    members = json.loads(revision_of(record, PLAIN)["body"]["S"])
    put_body(record, PLAIN, _canonical({**members, "redactions": said}))
    assert PLAIN[0] in {found.path for found in told(record)}


@pytest.mark.parametrize("more", [{"comment": LIE}, {"fields": ["/name", ""]}], ids=["a member", "the whole body"])
def test_more_in_a_redaction_is_named(record: Copy, more: Mapping[str, object]) -> None:
    """A redaction of a body has three members, and its fields are not the whole body."""
    members = json.loads(revision_of(record, REDACTED)["body"]["S"])
    members["redactions"][0] |= more
    put_body(record, REDACTED, _canonical(members))
    assert REDACTED[0] in {found.path for found in told(record)}


def test_redaction_of_the_whole_body_is_named(record: Copy) -> None:
    """The empty pointer has the hash of the whole body. If it counted as a field, everything else could be replaced."""
    found = forged(record, {"text": LIE}, [""], {"": seals_of(revision_of(record, REDACTED))[0].seal}, {"": "ab" * 16})
    assert any("not as a redaction writes them" in one.message for one in found)


def test_text_that_stands_for_several_hashes_is_named(record: Copy) -> None:
    """If the hash of a removed value were any text, it could stand for the members after it too, which then would be missing."""
    revision = revision_of(record, REDACTED)
    hashes, salts = seals_of(revision)[0].hashes, salts_of(revision)
    after = next(name for name in json.loads(revision["body"]["S"]) if name > "name" and name != "redactions")
    longer = {"/name": f'{hashes["/name"]}","{after}","{"ab" * 32}'}
    found = forged(record, {after: None}, ["/name"], longer, salts)
    assert ("events/a", "its seals has the wrong type") in {(one.path, one.message) for one in found}


@pytest.mark.parametrize("pointer", ["", f"/{LIE}"])
def test_needless_salt_is_named(record: Copy, pointer: str) -> None:
    """The old salt of the whole body would let everybody test guesses of what was removed. A salt of no place proves nothing."""
    revision = revision_of(record, REDACTED)
    revision |= sealed(seals_of(revision), {**salts_of(revision), pointer: "ab" * 16})
    assert [one.path for one in told(record) if "it has a salt at" in one.message] == [REDACTED[0]]


def test_two_changes_for_one_redaction_are_named(record: Copy) -> None:
    """The second one could have any seal."""
    revision = revision_of(record, REDACTED)
    *_, last = sorted(revision["rows"]["SS"])
    another = items.change_sk(2, items.stamp_of(last))
    record.put({**record.partitions[items.CHANGES][last], **items.key(items.CHANGES, another)})
    record.partitions[items.CHANGES][last] = {**record.partitions[items.CHANGES][last], "seal": items.text("ab" * 32)}
    revision["rows"] = items.texts([*revision["rows"]["SS"], another])
    release: Any = record.partitions[items.RELEASES][items.padded(7)]
    release["changes"] = {"M": {"redacted": items.number(2)}}
    rehash(record, 7)
    assert any("two changes of one redaction" in one.message for one in told(record))


@pytest.mark.parametrize(
    "attributes",
    [
        {"published_at": items.text("2026-13-45T25:61:61.000Z")},
        {"commit": items.text(LIE), "modified": {"BOOL": False}},
        {"index_rules": items.number(0)},
        {"index_rules": {"N": "-1"}},
        {"counts": {"M": {"events": {"N": "9" * 38}}}},
        {"changes": {"M": {"updated": items.number(1), LIE: items.number(0)}}},
    ],
    ids=str,
)
def test_release_that_says_what_no_publish_writes_is_named(record: Copy, attributes: Mapping[str, Any]) -> None:
    """Its digest covers it, but somebody who can write to the table can compute the digest again."""
    release: Any = record.partitions[items.RELEASES][items.padded(10)]
    release |= attributes
    rehash(record, 10)
    assert 10 in {one.release for one in told(record)}


def test_body_that_is_too_deep_is_named(record: Copy) -> None:
    """The verification reports it, and continues."""
    body = revision_of(record, PLAIN)["body"]["S"]
    revision = revision_of(record, PLAIN)
    revision["body"] = items.text(f'{body[:-1]},"zz":{"[" * 700}1{"]" * 700}}}')
    assert PLAIN[0] in {one.path for one in told(record)}


def forged(
    record: Copy, changed: Mapping[str, object], fields: Sequence[str], hashes: Mapping[str, Any], salts: Mapping[str, str]
) -> list[Discrepancy]:
    """Change members of the redacted revision (None removes one), with these fields, hashes and salts. Return what verify reports."""
    revision = revision_of(record, REDACTED)
    members = {name: value for name, value in {**json.loads(revision["body"]["S"]), **changed}.items() if name not in changed or value}
    members["redactions"][0]["fields"] = list(fields)
    first, _ = seals_of(revision)
    last = Seal(7, proven(members, salts, {}), {})
    revision |= sealed([first._replace(hashes=hashes), last], salts)
    put_body(record, REDACTED, _canonical(members))
    row: Any = record.partitions[items.CHANGES][max(revision["rows"]["SS"])]
    row |= {"seal": items.text(last.seal), "fields": {"L": [items.text(field) for field in fields]}}
    rehash(record, 7)
    return told(record)


def _canonical(members: Mapping[str, Any]) -> str:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
