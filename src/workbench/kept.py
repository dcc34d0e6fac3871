"""Digests that somebody kept: one line for each release, and whether a record still has them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TextIO

from record.model import Release

SHOWN = 60  # characters of a line that can't be read
_LINE = re.compile(r"(?:release[\s/:]*)?([0-9]{1,10})[\s:,]+(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)


class Kept(NamedTuple):
    """A release and the digest that it had when somebody kept it."""

    release: int
    digest: str


class WrongLine(NamedTuple):
    """A line that does not name a release and its digest: its number and its beginning."""

    number: int
    text: str


def line_of(release: Release) -> str:
    """Return the line to keep. A release's tag in the repository has the same line."""
    return f"release {release.number} {release.digest}"


def read_kept(lines: TextIO) -> Iterator[Kept | WrongLine]:
    """Yield what each line of a file says. The file may have empty lines, comments (#), and spaces around a line.

    The word `release` can be missing or be followed by a slash. A digest can begin with `sha256:` or have capital letters.
    """
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix("\ufeff").strip() if number == 1 else line.strip()
        if not text or text.startswith("#"):
            continue
        found = _LINE.fullmatch(text)
        if found and int(found[1]):
            yield Kept(int(found[1]), found[2].lower())
        else:
            yield WrongLine(number, text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


class Comparison:
    """Compares the releases of a record with kept digests. Every release must be noted, from the first to the last."""

    def __init__(self, kept: Iterable[Kept]) -> None:
        """Compare with these."""
        self._kept = sorted(set(kept))
        self._found: dict[int, str] = {}
        self._wanted = {one.release for one in self._kept}
        self._last: Release | None = None

    def note(self, release: Release) -> None:
        """Note a release of the record."""
        self._last = release
        if release.number in self._wanted:
            self._found[release.number] = release.digest

    def contradictions(self) -> Sequence[str]:
        """Return a message for each kept digest that the record does not have."""
        return [self._message(one) for one in self._kept if self._found.get(one.release) != one.digest]

    def _message(self, kept: Kept) -> str:
        was = f"release {kept.release} was kept with the digest {kept.digest}"
        if kept.release in self._found:
            return f"{was}, but the record's release {kept.release} has the digest {self._found[kept.release]}: its history was rewritten"
        if self._last is None:
            return f"{was}, but the record has no release: its releases were removed"
        if self._last.number > kept.release:
            return f"{was}, but release {kept.release} is missing from the record"
        return f"{was}, but the record ends in release {self._last.number} with the digest {self._last.digest}: later releases were cut off"
