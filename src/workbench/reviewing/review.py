"""The review of a publish: what it would change, what it would undo, and what prevents it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from record.model import ChangeKind, Source
from record.writing.comparing import Difference
from workbench.planning import Planned
from workbench.seedfiles import Problem
from workbench.terminal import counted
from workbench.undoing import Undone

_DELETIONS = frozenset({ChangeKind.WITHDRAWN, ChangeKind.MERGED, ChangeKind.RENAMED})


class Back(NamedTuple):
    """A field that would put back what a release redacted. The place does not show an id that was redacted."""

    place: str
    file: str
    line: int
    release: int
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a publish would do. What a redaction removed is hidden in all of it.

    - `release` is the current release (0 before the first one), and `source` the commit that it was published from.
    - `checkout` is the commit of the source directories. `base` is the release that the undone changes are relative to.
    - `why` says why undone changes were looked for, in one sentence.
    - `prevents` are the reasons why a publish would be refused; empty if it would succeed. `problems` has one of them in detail.
    - `new` are the ids that would become public. `changes` are sorted by path and include the new resources.
    - `lookalikes` maps a published resource without a source file to a new one with the same content.
    """

    release: int = 0
    source: Source | None = None
    checkout: Source | None = None
    base: int | None = None
    why: str = ""
    warnings: tuple[str, ...] = ()
    prevents: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    put_back: tuple[Back, ...] = ()
    undone: tuple[Undone, ...] = ()
    new: tuple[str, ...] = ()
    changes: tuple[Planned, ...] = ()
    lookalikes: Mapping[str, str] = field(default_factory=dict)

    @property
    def deletions(self) -> list[Planned]:
        """The resources that would leave the record, and those that are missing from the source, ordered by path."""
        return [one for one in self.changes if _is_deletion(one)]

    @property
    def others(self) -> list[Planned]:
        """All other changes of published resources, ordered by path."""
        return [one for one in self.changes if not _is_deletion(one) and one.kind is not ChangeKind.CREATED]

    @property
    def counts(self) -> dict[str, int]:
        """How many changes of each kind there are."""
        seen = Counter(str(one.kind or one.difference) for one in self.changes)
        return dict(sorted(seen.items()))

    @property
    def summary(self) -> str:
        """What a publish would do, in one line."""
        parts = [f"{count} {what}" for what, count in self.counts.items() if what != Difference.MISSING]
        if self.problems and not parts:
            return "The source has errors, so it was not compared with the record."
        if not parts:
            return "Nothing would change, so no release would be created."
        if self.prevents:
            return f"A publish would be refused. The source has {counted(sum(self.counts.values()), 'change')}: {', '.join(parts)}."
        return f"A publish would create a release: {', '.join(parts)}."


def _is_deletion(one: Planned) -> bool:
    return one.difference is Difference.MISSING or one.kind in _DELETIONS
