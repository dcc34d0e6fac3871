"""The git checkout that holds the source directories: its commit, and which other commits that contains.

Only the program `git` is asked. Nothing here writes, and nothing here needs a network.
"""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from record.model import Source

SHOWN = 12  # digits of a commit in messages


class GitFailed(Exception):
    """Git is not installed, or can't read the checkout. The message says why, in one line."""


@dataclass(frozen=True, slots=True)
class NoCheckout:
    """The source directories have no commit. `reason` says why, without a full stop.

    `is_outside`: a directory is not in any checkout, which is nothing unusual.
    """

    reason: str
    is_outside: bool = False


@dataclass(frozen=True)
class Checkout:
    """A git checkout with at least one commit. `source` is its current commit, and whether the source directories differ from it."""

    directory: Path
    source: Source

    def contains(self, commit: str) -> bool:
        """Return whether the current commit is this commit or comes after it. False if git does not know this commit."""
        return _git(self.directory, "merge-base", "--is-ancestor", commit, self.source.commit, expected=(0, 1, 128)).returncode == 0

    def knows(self, commit: str) -> bool:
        """Return whether the repository has this commit, on any branch."""
        return _git(self.directory, "cat-file", "-e", f"{commit}^{{commit}}", expected=(0, 1, 128)).returncode == 0

    @cached_property
    def is_shallow(self) -> bool:
        """Whether the repository has only a part of its history, as `git clone --depth` and CI systems make it."""
        return _git(self.directory, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def checkout_of(directories: Sequence[Path]) -> Checkout | NoCheckout:
    """Return the checkout that holds these directories. Raises GitFailed.

    Directories in different checkouts have no common commit. A directory that no commit has, such as an ignored one, has no commit
    either, even if it is inside a checkout.
    """
    found: dict[Path, str] = {}
    modified = False
    for directory in (path.resolve() for path in directories):
        top = _top(directory)
        if top is None:
            return NoCheckout(f"{directory} is not in a git checkout", is_outside=True)
        head = _git(directory, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", expected=(0, 1))
        if head.returncode:
            return NoCheckout(f"{directory} is in a git checkout that has no commit yet")
        if _git(directory, "cat-file", "-e", "HEAD:./", expected=(0, 1, 128)).returncode:
            return NoCheckout(f"{directory} is not part of the commit of its git checkout")
        if inner := next((git.parent for git in sorted(directory.glob("*/.git"))), None):
            return NoCheckout(f"{directory} has another git checkout inside: {inner.name}")
        found[top] = head.stdout.decode().strip()
        modified = modified or _is_modified(directory)
    if len(found) != 1:
        return NoCheckout(f"the source directories are in {len(found)} git checkouts: {', '.join(str(top) for top in sorted(found))}")
    ((top, commit),) = found.items()
    return Checkout(top, Source(commit, modified))


def _top(directory: Path) -> Path | None:
    """Return the top directory of a checkout. Git is not needed to see that there is none."""
    if not any((parent / ".git").exists() for parent in (directory, *directory.parents)):
        return None
    asked = _git(directory, "rev-parse", "--show-toplevel", expected=(0, 128))
    if asked.returncode == 0:
        return Path(os.fsdecode(asked.stdout.removesuffix(b"\n")))
    if b"(or any" in asked.stderr or b"must be run in a work tree" in asked.stderr:
        return None
    raise _failure(directory, "rev-parse", asked.stderr)


def _is_modified(directory: Path) -> bool:
    """Return whether a source file differs from the commit: changed, deleted, untracked or ignored, or hidden from git's comparison."""
    status = ("status", "--porcelain", "-z", "--untracked-files=all", "--ignored=traditional", "--no-renames", "--", ".")
    if any(row.endswith(b".yaml") for row in _git(directory, *status).stdout.split(b"\0")):
        return True
    # A lower-case letter or an S marks a file that git was told not to compare.
    rows = _git(directory, "ls-files", "-v", "-z", "--", ".").stdout.split(b"\0")
    return any(row.endswith(b".yaml") and (row[:1].islower() or row[:1] == b"S") for row in rows)


def _git(directory: Path, *arguments: str, expected: Sequence[int] = (0,)) -> subprocess.CompletedProcess[bytes]:
    """Run git in a directory; raise GitFailed if it ends with another exit code than the expected ones."""
    # core.fsmonitor could run a program of the checkout's.
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        ran = subprocess.run(command, cwd=directory, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError as missing:
        raise GitFailed(f"{directory} is in a git checkout, but the program git was not found: install it, or correct PATH") from missing
    except OSError as failed:
        raise GitFailed(f"the program git can't be run: {failed.strerror}") from failed
    if ran.returncode not in expected:
        raise _failure(directory, arguments[0], ran.stderr)
    return ran


def _failure(directory: Path, command: str, said: bytes) -> GitFailed:
    if b"dubious ownership" in said:
        top = next((parent for parent in (directory, *directory.parents) if (parent / ".git").exists()), directory)
        trusted = f"git config --global --add safe.directory {shlex.quote(str(top))}"
        return GitFailed(f"git does not read the checkout {top}, because another user owns it. If you trust it, run: {trusted}")
    line = next(iter(os.fsdecode(said).strip().splitlines()), "no message")
    return GitFailed(f"git {command} failed in {directory}: {line}")


def _environment(inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment for git. The directory alone decides: GIT_DIR and similar variables, which hooks set, name another one."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("GIT_") or name.startswith(("GIT_CONFIG", "GIT_EXEC"))}
    return {
        **kept,
        "GIT_DISCOVERY_ACROSS_FILESYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
