"""Git checkouts for tests."""

import itertools
import os
import subprocess
from pathlib import Path

_AS = ("-c", "user.name=Tests", "-c", "user.email=tests@example.org", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always")

_edits = itertools.count(1)


def git(directory: Path, *arguments: str) -> str:
    """Run git in a directory and return what it prints. No configuration of the machine counts."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", *_AS, *arguments]
    ran = subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - git
    return ran.stdout.strip()


def commit(directory: Path) -> str:
    """Commit everything in a checkout, which is created if there is none; return the commit."""
    if not (directory / ".git").exists():
        git(directory, "init", "--quiet", "--initial-branch=main")
    git(directory, "add", "--all")
    # Two commits in the same second need different messages, or they could be the same commit.
    git(directory, "commit", "--quiet", "--allow-empty", f"--message=Edit {next(_edits)}")
    return git(directory, "rev-parse", "HEAD")


def clone(directory: Path, to: Path, *options: str) -> Path:
    """Clone a checkout; return the clone."""
    git(directory, "clone", "--quiet", *options, directory.as_uri(), str(to))
    return to
