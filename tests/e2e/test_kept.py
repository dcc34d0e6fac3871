"""`article33 verify --kept`: what somebody kept finds removed releases and a rewritten history, which nothing in the table shows."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import World
from tests.e2e.commands import Run
from tests.record.killing import Table, restore, table
from tests.unit.builders import CASE, fields, write_record
from workbench.kept import Kept, WrongLine, read_kept

DIGEST = "0123456789abcdef" * 4


def digest(line: str) -> str:
    """Return the digest of a line."""
    return line.rpartition(" ")[2]


@pytest.fixture
def publish(world: World, tmp_path: Path) -> Callable[[int], str]:
    """Publish a release of this number, a minute after the one before; return its line to keep."""

    def one(number: int) -> str:
        world.clock.advance(60)
        files = {CASE: fields(CASE, {"name": {"en": f"A name in release {number}"}})}
        assert world.publish_files(write_record(tmp_path / "seed", files)) == number
        return f"release {number} {world.reader().releases(number + 1, 1)[0].digest}"

    return one


@pytest.fixture
def lines(publish: Callable[[int], str]) -> list[str]:
    """A record of two releases; the line to keep of each."""
    return [publish(1), publish(2)]


@pytest.fixture
def half(world: World, lines: list[str], publish: Callable[[int], str]) -> Table:
    """A record of four releases, all with their lines to keep. Returns the table as it was after the second."""
    before = table(world.store)
    lines += [publish(3), publish(4)]
    return before


@pytest.fixture
def kept(half: Table, lines: list[str], tmp_path: Path) -> str:
    """A file with the lines of the second and of the last release."""
    assert half
    file = tmp_path / "kept"
    file.write_text(f"{lines[1]}\n{lines[3]}\n", encoding="utf-8")
    return str(file)


def test_verify_ends_with_the_line_to_keep_and_accepts_it_later(
    run: Run, publish: Callable[[int], str], lines: list[str], kept: str
) -> None:
    """It is the last line of the output. The record may have later releases."""
    verified = run("verify")
    assert (verified.code, verified.out.splitlines()[-1]) == (0, lines[3])
    later = publish(5)
    compared = run("verify", "--kept", kept)
    assert (compared.code, compared.err) == (0, "")
    assert "The record extends what was kept: 2 digests found in it.\n" in compared.out
    assert compared.out.splitlines()[-1] == later


def test_removed_releases_are_found(run: Run, world: World, half: Table, lines: list[str], kept: str) -> None:
    """Without its last two releases the record verifies. The kept digest shows that they are missing."""
    restore(world.store, half)
    verified = run("verify")
    assert (verified.code, verified.out.splitlines()[-1]) == (0, lines[1])
    found = run("verify", "--kept", kept)
    assert found.code == 1
    second, last = digest(lines[1]), digest(lines[3])
    was, now = (f"release 4 was kept with the digest {last}", f"the record ends in release 2 with the digest {second}")
    assert found.err.splitlines() == [
        f"kept digest: {was}, but {now}: later releases were cut off",
        "article33: 1 kept digest not found in the record",
    ]


def test_rewritten_history_is_found(run: Run, world: World, publish: Callable[[int], str], lines: list[str], kept: str) -> None:
    """All releases were published again, some minutes later. That record verifies, and every kept digest contradicts it."""
    restore(world.store, {})
    new = [publish(number) for number in (1, 2, 3, 4)]
    assert run("verify").out.splitlines()[-1] == new[3]
    found = run("verify", "--kept", kept)
    assert found.code == 1
    assert found.err.splitlines() == [
        *(
            f"kept digest: release {number} was kept with the digest {digest(lines[number - 1])}, "
            f"but the record's release {number} has the digest {digest(new[number - 1])}: its history was rewritten"
            for number in (2, 4)
        ),
        "article33: 2 kept digests not found in the record",
    ]


def test_emptied_record_is_found(run: Run, lines: list[str], kept: str, world: World) -> None:
    """A table without any item contradicts every kept digest."""
    restore(world.store, {})
    found = run("verify", "--kept", kept)
    assert (found.code, len(found.err.splitlines())) == (1, 3)
    assert f"release 4 was kept with the digest {digest(lines[3])}, but the record has no release" in found.err


def test_redaction_keeps_the_digests(run: Run, kept: str) -> None:
    """A redaction changes what releases say, but no digest that somebody kept."""
    assert run("redact", CASE, "--field", "/name/en", "--revision", "2", "--reason", "risk", "--seed", "nowhere", "--yes").code == 0
    compared = run("verify", "--kept", kept)
    assert (compared.code, compared.err) == (0, "")
    assert f"release 5 redacted {CASE}, revision 2: risk" in compared.out


def test_kept_digests_come_from_standard_input_too(run: Run, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`--kept -` reads them there, as from `git for-each-ref`."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))
    assert "2 digests found in it" in run("verify", "--kept", "-").out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["article33: {} has no digest to compare with; nothing was verified"]),
        ("# nothing\n\n", ["article33: {} has no digest to compare with; nothing was verified"]),
        (
            f"release 1 {DIGEST}\nrelease 2 {DIGEST[:40]}\n\nrelease two {DIGEST}\n",
            [
                f"{{}}:2: 'release 2 {DIGEST[:40]}' is not a release and its digest, such as: release 12 {'0' * 64}",
                f"{{}}:4: 'release two {DIGEST[:48]}...' is not a release and its digest, such as: release 12 {'0' * 64}",
                "article33: 2 lines of {} can't be read; nothing was verified",
            ],
        ),
        (None, ["article33: {}: No such file or directory"]),
    ],
    ids=["empty", "comments", "wrong lines", "no file"],
)
def test_file_that_cannot_be_read_is_refused_before_anything_is_verified(
    run: Run, tmp_path: Path, text: str | None, said: list[str]
) -> None:
    """Each wrong line is named. A file without a digest proves nothing, so it is refused."""
    file = tmp_path / "kept"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    refused = run("verify", "--kept", str(file))
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.splitlines() == [line.format(file) for line in said]


@pytest.mark.parametrize(
    "line",
    [
        f"release 12 {DIGEST}",
        f"12 {DIGEST}",
        f"  release/12: {DIGEST.upper()} \r",
        f"Release 12,sha256:{DIGEST}",
        f"\ufeffrelease 12\t{DIGEST}",
    ],
)
def test_line_is_read_as_people_write_it(line: str) -> None:
    """Spaces, capital letters, punctuation and a byte order mark don't matter."""
    assert list(read_kept(io.StringIO(f"{line}\n# a comment\n"))) == [Kept(12, DIGEST)]


@pytest.mark.parametrize("line", [f"0 {DIGEST}", f"release 12 {DIGEST}0", f"12{DIGEST}", f"release 12 {DIGEST} 13", f"-1 {DIGEST}", "12"])
def test_line_that_says_something_else_is_not_guessed_at(line: str) -> None:
    """A line has one release and one whole digest."""
    (found,) = read_kept(io.StringIO(line))
    assert isinstance(found, WrongLine)


def test_record_without_a_release_is_an_error_unless_expected(run: Run, world: World, tmp_path: Path) -> None:
    """A verification of nothing proves nothing. With --empty, a record with releases is the error."""
    nothing = run("verify")
    assert (nothing.code, nothing.out) == (1, "")
    assert nothing.err == "article33: the record has no release, so there is nothing to verify; if that is what you expect, add --empty\n"
    expected = run("verify", "--empty")
    assert (expected.code, expected.out, expected.err) == (0, "The record has no release.\n", "")
    assert run("verify", "--empty", "--kept", "kept").code == 2
    assert world.publish_files(write_record(tmp_path / "seed", {})) == 1
    unexpected = run("verify", "--empty")
    assert unexpected.code == 1
    assert unexpected.err == "article33: --empty expects a record without a release, but it has 1 release\n"
