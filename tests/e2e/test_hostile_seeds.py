"""Hostile source files: made to break the checks, or the terminal of the maintainer who reads the messages."""

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.counting import calls_of
from tests.e2e.commands import Ran, Run

MOST_CALLS = 3_000_000  # of functions: 90,000 keys, the most in a file, take two million; all other files take some thousand
LEVELS = "abcdefghij"


def bomb() -> bytes:
    """Return a YAML bomb: a billion items when expanded, because each level has ten times the items of the one before."""
    lines = [f"{LEVELS[0]}: &{LEVELS[0]} [x]"]
    lines += [f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in itertools.pairwise(LEVELS)]
    return "\n".join(lines).encode()


KOREAN = "name:\n  en: x\n  ko: 북한 사람 아홉\n"
# The content of a file, the reported line, and a part of the message.
FILES: dict[str, tuple[bytes, int, str]] = {
    "a bomb of aliases": (bomb(), 2, "aliases (*name) are not allowed"),
    "a bomb of merges": (b"a: &a {x: 1}\nb:\n  <<: [*a, *a]\n", 3, "aliases (*name) are not allowed"),
    "an alias of what is around it": (b"name: &a {en: *a}\n", 1, "aliases (*name) are not allowed"),
    "a double key": (b"name:\n  en: x\nname:\n  en: y\n", 3, "the key 'name' appears twice"),
    "a tab": (b"name:\n\ten: x\n", 2, "YAML error"),
    "ten megabytes of text": (b"name:\n  en: " + b"x" * 10_000_000, 1, "is 10,000,012 bytes long"),
    "ten megabytes on many lines": (b"name:\n" + b"  en: x\n" * 1_250_000, 1, "bytes long"),
    "as much text as a file may hold": (b"name:\n  en: " + b"x" * 999_000, 2, "/name/en"),
    "as many keys as a file may hold": (b"".join(b"k%06d: 1\n" % number for number in range(90_000)), 1, "there is no field"),
    "very deep": (b"name: " + b"{a: " * 100_000, 1, "nested too deeply"),
    "UTF-16": (KOREAN.encode("utf-16"), 1, "is not UTF-8: byte 0xff at offset 0"),
    "UTF-16 without its mark": (KOREAN.encode("utf-16-le"), 3, "is not UTF-8"),
    "UTF-32": (KOREAN.encode("utf-32"), 1, "is not UTF-8"),
    "EUC-KR": (KOREAN.encode("euc-kr"), 3, "is not UTF-8: byte 0xba at offset 20"),
    "windows-1252": ("name:\n  en: “x”\n".encode("cp1252"), 2, "is not UTF-8: byte 0x93"),
    "UTF-7, which is ASCII": (b"name: +ADw-script+AD4-\n", 1, "/name"),
    "too long a form of UTF-8": (b"name:\n  en: \xc0\xaf\n", 2, "is not UTF-8: byte 0xc0"),
    "a surrogate in UTF-8": (b"name:\n  en: \xed\xa0\x80\n", 2, "is not UTF-8: byte 0xed"),
    "a byte order mark inside": (b"\xef\xbb\xbfname:\n  \xef\xbb\xbfen: x\n", 2, "is not a BCP 47 language tag"),
    "a mark that turns the direction": ("name:\n  en: a\u202eb\n".encode(), 2, "character 2 is U+202E"),
    "a null character": (b"name:\n  en: a\x00b\n", 1, "YAML error"),
    "an escape for a terminal in a key": (b'name:\n  en: x\n"\\e]0;owned\\a\\e[2J": y\n', 3, "there is no field"),
    "a line of its own in a key": (b'name:\n  en: x\n"x\\n::error::owned": y\n', 3, "there is no field"),
    "a tag that runs a command": (b"name: !!python/object/apply:os.system [id]\n", 1, "tags such as"),
    "another version of YAML": (b"%YAML 3.0\n---\nname: x\n", 1, "YAML error"),
    "two documents": (b"name: x\n---\nname: y\n", 2, "another document"),
}


@pytest.mark.parametrize(("raw", "line", "said"), FILES.values(), ids=FILES)
def test_a_hostile_file_is_a_clear_error(raw: bytes, line: int, said: str, article33: Run, tmp_path: Path) -> None:
    """The error names the file, the line and the problem, after a bounded number of calls. No control character reaches the terminal."""
    file = tmp_path / "cases" / "hostile.yaml"
    file.parent.mkdir()
    file.write_bytes(raw)
    answers: list[Ran] = []
    calls = calls_of(lambda: answers.append(article33("check", str(tmp_path))))
    assert calls < MOST_CALLS
    (ran,) = answers
    assert ran.code == 1
    named = [text for text in ran.err.splitlines() if text.startswith(f"{file}:{line}:")]
    assert any(said in text for text in named), ran.err[:2000]
    assert all(text.isprintable() for text in (ran.out + ran.err).splitlines())
    assert "::error::" not in [text[:9] for text in ran.err.splitlines()]


def _link_to_a_file(place: Path) -> None:
    place.symlink_to("/etc/hostname")


def _link_to_itself(place: Path) -> None:
    place.symlink_to(place)


def _pipe(place: Path) -> None:
    os.mkfifo(place)


def _sparse(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(50_000_000_000)


THINGS: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a link to a file elsewhere": ("hostile.yaml", _link_to_a_file, "is a symbolic link"),
    "a link to itself": ("hostile.yaml", _link_to_itself, "is a symbolic link"),
    "a link to the directory around it": ("hostile", lambda place: place.symlink_to(place.parent), "is a symbolic link"),
    "a pipe": ("hostile.yaml", _pipe, "is a pipe"),
    "fifty gigabytes of nothing": ("hostile.yaml", _sparse, "is 50,000,000,000 bytes long"),
    "a name that is not UTF-8": (os.fsdecode(b"hostil\xff.yaml"), Path.touch, "is not named <collection>/<slug>.yaml"),
    "a name with an escape for a terminal": ("hostile\x1b[2J.yaml", Path.touch, "is not named <collection>/<slug>.yaml"),
    "a name on two lines": ("hostile\n::error::.yaml", Path.touch, "is not named <collection>/<slug>.yaml"),
}


@pytest.mark.parametrize(("name", "make", "said"), THINGS.values(), ids=THINGS)
def test_what_is_no_file_is_a_clear_error(name: str, make: Callable[[Path], None], said: str, article33: Run, tmp_path: Path) -> None:
    """It does not wait for a pipe, follow a link, read a file that is too large, or print a file name unescaped."""
    (tmp_path / "cases").mkdir()
    make(tmp_path / "cases" / name)
    ran = article33("check", str(tmp_path))
    assert ran.code == 1
    (line,) = [text for text in ran.err.splitlines() if text.startswith(str(tmp_path))]
    assert said in line
    assert "hostil" in line
    assert all(text.isprintable() for text in ran.err.splitlines())
