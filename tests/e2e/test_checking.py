"""Verifying a document by hand: the guide's example accepts what the record says, and nothing else."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from handlers.contract import contract
from tests.conftest import ROOT, SEED
from tests.e2e.examples import EXAMPLES, A, Answered, B, C, D, E, Following, served, seven_releases
from tests.record.memory import memory_world
from workbench.id_redactions import plan_id
from workbench.message_redactions import plan_message
from workbench.redactions import Asked, plan

_HEXADECIMAL = re.compile(r"[0-9a-f]{32}([0-9a-f]{32})?")


@pytest.fixture
def following(tmp_path: Path) -> Following:
    """A record of seven releases."""
    return seven_releases(memory_world(), tmp_path / "copy.db")


def check(base: str, path: str, release: int, *noted: str) -> None:
    """Run the example; raise its exit unless it succeeds."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(sys, "argv", ["check_document.py", base, path, str(release), *noted])
        exec(_compiled("check_document.py"), {"__name__": "__main__"})  # noqa: S102 - our own program


@lru_cache
def _compiled(name: str) -> CodeType:
    """Return an example's code: compiling it takes longer than running it, and it runs thousands of times."""
    file = EXAMPLES / name
    return compile(file.read_text(encoding="utf-8"), str(file), "exec")


def test_every_document_of_the_seed_checks(capsys: pytest.CaptureFixture[str]) -> None:
    """Over HTTP, each document against the release that published it."""
    world = memory_world()
    assert world.publish_files(SEED) == 1
    client = world.api()
    paths = [row["id"] for name in contract().collections for row in client.every(f"/v1/{name}?limit=100")]
    digest = client.get("/v1/releases/1").json["digest"]
    with served(client) as base:
        for path in paths:
            check(base, path, 1)
    said = [one for one in capsys.readouterr().out.splitlines() if not one.startswith("Its seal is ")]
    assert said == [f"Revision 1 of {path} matches release 1, whose digest is {digest}." for path in paths]


def test_what_was_redacted_checks_and_says_so(following: Following, capsys: pytest.CaptureFixture[str]) -> None:
    """Each revision is covered by the release that wrote it last. A tombstone has no body to verify."""
    digests = {row["number"]: row["digest"] for row in following.direct.client.every("/v1/releases")}
    for path, release, number, covering in ((A, 1, 1, 4), (A, 3, 2, 4), (A, 7, 3, 7), (C, 7, 1, 6), (D, 7, 1, 2), ("events/z", 5, 3, 5)):
        with served(following.direct.client) as base:
            check(base, path, release)
        said = capsys.readouterr().out
        assert f"Revision {number} of {path} matches release {covering}, whose digest is {digests[covering]}." in said
        assert (f"It was redacted in release {covering}: /summary" in said) == (covering in (4, 6))
    with served(following.direct.client) as base:
        for path, how in ((B, "renamed"), (E, "merged")):
            with pytest.raises(SystemExit, match=f"is {how}: no body"):
                check(base, path, 7)


def test_documents_check_after_an_id_and_a_message_were_redacted(following: Following, capsys: pytest.CaptureFixture[str]) -> None:
    """The resource checks under its new id, and so does what the release published whose message was removed."""
    world = following.record.world
    planned = plan_id(world.store, C, "risk")
    following.record.publisher().redact(planned.redaction)
    following.record.publisher().redact(plan_message(world.store, "releases/2", "risk"))
    world.clock.advance(2)
    with served(world.api()) as base:
        for path, release in ((planned.to, 1), (D, 2), (A, 7)):
            check(base, path, release)
    said = capsys.readouterr().out
    assert f"Revision 1 of {planned.to} matches release 8," in said
    assert f"Revision 1 of {D} matches release 2," in said


def test_a_seal_that_was_noted_before_a_redaction_proves_the_rest(following: Following, capsys: pytest.CaptureFixture[str]) -> None:
    """A reader notes a seal, a real redaction follows, and the reader checks the new body against the noted seal."""
    world = following.record.world
    with served(world.api()) as base:
        check(base, D, 7)
        noted = capsys.readouterr().out.split("Its seal is ")[1].split(".")[0]
        following.record.publisher().redact(plan(world.store, D, Asked(["/name/en"]), "risk").redaction)
        world.clock.advance(2)
        check(base, D, 8, noted)
        assert "It was redacted in release 8: /name/en (risk). Nothing else was changed." in capsys.readouterr().out
        with pytest.raises(SystemExit, match="is not what the seal"):
            check(base, D, 8, "ab" * 32)


@dataclass
class Replayed:
    """Replays recorded responses in place of urlopen, except for one that was tampered with."""

    answers: dict[str, bytes]

    def __call__(self, url: str) -> Answered:
        """Answer."""
        return Answered(200, {}, self.answers[url])


def other(value: Any) -> Iterator[Any]:
    """Yield a JSON value with one character changed, for each of its characters. In a digest or a salt, four of them stand for all."""
    if isinstance(value, str):
        step = max(1, len(value) // 4) if _HEXADECIMAL.fullmatch(value) else 1
        for place, character in list(enumerate(value))[::step]:
            yield f"{value[:place]}{chr(ord(character) ^ 1)}{value[place + 1 :]}"
    elif isinstance(value, list):
        yield [*value, "/another"]
        for index, item in enumerate(value):
            yield from ([*value[:index], changed, *value[index + 1 :]] for changed in other(item))
    else:
        yield value + 1 if value is not None else "something"


def tampered(target: str, body: bytes) -> Iterator[bytes]:
    """Yield a response with one change, for everything that the digest covers or that is compared with it."""
    if "/revisions/" in target:
        yield from (body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :] for place in range(len(body)))
        return
    answer = json.loads(body)
    if "/releases/" in target:
        places = [(answer, name) for name in ("digest", "parent", "message", "message_salt", "message_seal", "published_at")]
        places += [(answer["chain"], "header")]
    elif "/revisions" in target:
        places = [(row["salts"], pointer) for row in answer["data"] for pointer in row["salts"]]
        places += [(seal, name) for row in answer["data"] for seal in row["seals"] for name in ("release", "seal")]
        places += [(seal["hashes"], pointer) for row in answer["data"] for seal in row["seals"] for pointer in seal.get("hashes", ())]
    else:
        places = [(row, name) for row in answer["data"] for name in ("kind", "seal", "reason", "fields")]
        yield json.dumps(answer | {"data": answer["data"][:-1]}).encode()
        yield json.dumps(answer | {"data": answer["data"][::-1]}).encode()
    for holder, name in places:
        original = holder[name]
        for changed in other(original):
            holder[name] = changed
            yield json.dumps(answer).encode()
        holder[name] = original


@pytest.mark.parametrize(("path", "release"), [(E, 3), (A, 3)])
def test_whatever_is_changed_on_the_way_is_found(path: str, release: int, following: Following, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change in the body, its salt, the other changes, or the release's header, parent and digest is found; redacted or not."""
    replayed = Replayed({})

    def remembered(url: str) -> Answered:
        replayed.answers[url] = following.direct.client.get(url.removeprefix("http://record.test")).body.encode()
        return replayed(url)

    monkeypatch.setattr("urllib.request.urlopen", remembered)
    check("http://record.test", path, release)
    monkeypatch.setattr("urllib.request.urlopen", replayed)
    answers = dict(replayed.answers)
    assert len(answers) == (6 if path == A else 4)  # a redaction is checked against two releases
    changes = 0
    for target, body in answers.items():
        for changed in tampered(target, body):
            changes += 1
            replayed.answers = answers | {target: changed}
            with pytest.raises((SystemExit, ValueError, KeyError, IndexError, TypeError)) as ended:
                check("http://record.test", path, release)
            assert not isinstance(ended.value, SystemExit) or ended.value.code not in (None, 0)
    assert changes > 500
    replayed.answers = answers
    check("http://record.test", path, release)


def test_the_guide_shows_the_example_as_it_is() -> None:
    """The guide shows exactly the tested code."""
    for name in ("check_document.py", "check_kept.py"):
        example = (EXAMPLES / name).read_text(encoding="utf-8")
        assert f"```python\n{example}```\n" in (ROOT / "docs/verifying.md").read_text(encoding="utf-8")
    assert len((EXAMPLES / "follow_changes.py").read_text(encoding="utf-8").splitlines()) < 130


def check_kept(base: str, file: Path) -> None:
    """Run the example that checks kept digests; raise its exit unless it succeeds."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(sys, "argv", ["check_kept.py", base, str(file)])
        exec(_compiled("check_kept.py"), {"__name__": "__main__"})  # noqa: S102 - our own program


def test_kept_digests_check_from_outside(following: Following, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints the line to keep next. A digest that the record does not have, or a missing release, is found."""
    file = tmp_path / "kept.txt"
    digests = {row["number"]: row["digest"] for row in following.direct.client.every("/v1/releases")}
    with served(following.direct.client) as base:
        file.write_text(f"release 3 {digests[3]}\nrelease 2 {digests[2]}\n", encoding="utf-8")
        check_kept(base, file)
        assert capsys.readouterr().out == f"release 7 {digests[7]}\n"
        file.write_text(f"release 2 {digests[2]}\nrelease 3 {digests[2]}\n", encoding="utf-8")
        with pytest.raises(SystemExit, match=f"release 3 was kept with the digest {digests[2]}, but its digest is {digests[3]}"):
            check_kept(base, file)
        file.write_text(f"release 8 {digests[7]}\n", encoding="utf-8")
        with pytest.raises(SystemExit, match=f"release 8 was kept with the digest {digests[7]}, but the newest release is 7"):
            check_kept(base, file)


def test_lines_are_read_as_people_keep_them(following: Following, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A byte order mark, empty lines, other line ends, spaces and capital letters don't matter."""
    file = tmp_path / "kept.txt"
    digest = following.direct.client.get("/v1/releases/7").json["digest"]
    file.write_bytes(f"\ufeff\r\nrelease 7  {digest.upper()} \r\n\r\nrelease 7 {digest}\n".encode())
    with served(following.direct.client) as base:
        check_kept(base, file)
    assert capsys.readouterr().out == f"release 7 {digest}\n"


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (b"\n", "has no digest to compare with"),
        (b"release 0 " + b"a" * 64, "'release 0 a"),
        (b"\xff\x00\n", "is not `release`, its number"),
    ],
)
def test_file_without_kept_digests_is_refused(tmp_path: Path, kept: bytes, said: str) -> None:
    """One line says what is wrong, and nothing is requested."""
    file = tmp_path / "kept.txt"
    file.write_bytes(kept)
    with pytest.raises(SystemExit, match=said):
        check_kept("http://record.invalid", file)


@pytest.mark.parametrize("changed", ["seal", "reason", "header", "digest"])
def test_history_that_was_changed_on_the_way_is_found(
    changed: str, following: Following, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every release since the kept one must match its digest and follow the one before."""
    file = tmp_path / "kept.txt"
    file.write_text(f"release 2 {following.direct.client.get('/v1/releases/2').json['digest']}\n", encoding="utf-8")

    def tampered_with(url: str) -> Answered:
        target = url.removeprefix("http://record.test")
        answer = following.direct.client.get(target).json
        if "release=5" in target and changed in ("seal", "reason"):
            answer["data"][0][changed] = "another"
        if target == "/v1/releases/5" and changed == "digest":
            answer["digest"] = "0" * 64
        if target == "/v1/releases/5" and changed == "header":
            answer["chain"]["header"] = answer["chain"]["header"].replace(answer["parent"], "0" * 64)
        return Answered(200, {}, json.dumps(answer).encode())

    monkeypatch.setattr("urllib.request.urlopen", tampered_with)
    with pytest.raises(SystemExit, match="release 5 does not match its digest or does not follow release 4"):
        check_kept("http://record.test", file)


def test_rewritten_release_that_matches_itself_is_found(following: Following, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Release 4 has another parent, and a digest that covers it. It does not follow release 3."""
    file = tmp_path / "kept.txt"
    file.write_text(f"release 2 {following.direct.client.get('/v1/releases/2').json['digest']}\n", encoding="utf-8")

    def rewritten(url: str) -> Answered:
        target = url.removeprefix("http://record.test")
        answer = following.direct.client.get(target).json
        if target == "/v1/releases/4":
            answer["chain"]["header"] = answer["chain"]["header"].replace(answer["parent"], "0" * 64)
            changes = following.direct.client.every(answer["chain"]["changes"])
            rows = [
                json.dumps([row[name] for name in ("kind", "seal", "reason", "fields")], ensure_ascii=False, separators=(",", ":"))
                for row in changes
            ]
            answer["digest"] = sha256("".join(f"{line}\n" for line in [answer["chain"]["header"], *rows]).encode()).hexdigest()
        return Answered(200, {}, json.dumps(answer).encode())

    monkeypatch.setattr("urllib.request.urlopen", rewritten)
    with pytest.raises(SystemExit, match="release 4 does not match its digest or does not follow release 3"):
        check_kept("http://record.test", file)
