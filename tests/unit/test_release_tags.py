"""Signed tags that keep the digests of releases: the workflows' own scripts, on a local repository."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(not (shutil.which("git") and shutil.which("ssh-keygen")), reason="needs git and OpenSSH")
DIGEST, OTHER = "0123456789abcdef" * 4, "fedcba9876543210" * 4
LINE = f"release 1 {DIGEST}"


@dataclass
class Clone:
    """A clone of a repository, as a job has it, with a key that may be allowed to sign."""

    directory: Path
    environment: dict[str, str]

    def run(self, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the clone."""
        return subprocess.run(  # noqa: S603 - git and the repository's own scripts
            command, cwd=self.directory, env=self.environment | variables, capture_output=True, text=True, check=False
        )

    def git(self, *arguments: str) -> str:
        """Run git, which must succeed; return its output."""
        ran = self.run("git", *arguments)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def script(self, name: str, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run one of the scripts; return its exit code and output."""
        ran = self.run(self.directory / ".github/scripts" / name, *arguments, **variables)
        return ran.returncode, ran.stdout + ran.stderr

    def allow(self, *keys: Path) -> None:
        """Allow these keys to sign."""
        lines = [f'article33 namespaces="git" {key.with_suffix(".pub").read_text(encoding="utf-8")}' for key in keys]
        (self.directory / ".github/allowed_signers").write_text("".join(["# a comment\n", *lines]), encoding="utf-8")

    def pushed(self) -> list[str]:
        """Return the tags of the remote repository."""
        return [line.split("\t")[1] for line in self.git("ls-remote", "--refs", "origin", "refs/tags/*").splitlines()]


def key_in(directory: Path, name: str) -> Path:
    """Make a key; return the file of its private half."""
    file = directory / f"{name}.key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file], check=True)  # noqa: S603, S607
    (directory / f"{name}.key.pub").rename(directory / f"{name}.pub")
    return file


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The key of the environment on GitHub."""
    return key_in(tmp_path, "ours")


@pytest.fixture
def clone(tmp_path: Path, key: Path) -> Clone:
    """A clone with the scripts, one commit, and its bare remote. It knows nothing of the git settings of this machine."""
    directory = tmp_path / "clone"
    shutil.copytree(ROOT / ".github/scripts", directory / ".github/scripts")
    home = {
        "HOME": str(tmp_path),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "SIGNING_KEY": key.read_text(encoding="utf-8"),
    }
    made = Clone(directory, {"PATH": os.environ["PATH"]} | home)
    made.git("init", "--quiet", "--bare", str(tmp_path / "remote"))
    made.git("init", "--quiet")
    made.git("remote", "add", "origin", str(tmp_path / "remote"))
    made.allow(key)
    made.git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--allow-empty", "--message", "A commit")
    return made


def test_tag_is_made_once_and_never_replaced(clone: Clone) -> None:
    """The tag is annotated, signed, and has the line as its message. Again, it is left as it is. Another digest fails loudly."""
    code, said = clone.script("tag-release", LINE)
    assert (code, said) == (0, f"The tag release/1 keeps: {LINE}\n")
    assert clone.pushed() == ["refs/tags/release/1"]
    assert clone.git("cat-file", "-t", "release/1") == "tag\n"
    made = clone.git("rev-parse", "release/1", "release/1^{commit}", "HEAD").split()
    assert made[1] == made[2]
    clone.git("tag", "--delete", "release/1")  # the next job has another clone
    assert clone.script("tag-release", LINE) == (0, "The tag release/1 has this digest already.\n")
    code, said = clone.script("tag-release", f"release 1 {OTHER}")
    assert code == 1
    expected = f"the tag release/1 keeps '{LINE}', but the record says 'release 1 {OTHER}': its history was rewritten"
    assert said == f"tag-release: {expected}\n"
    assert clone.git("ls-remote", "origin", "refs/tags/release/1").split()[0] == made[0]


def test_kept_digests_are_the_lines_of_all_tags(clone: Clone) -> None:
    """In the order of their releases; other tags don't matter."""
    lines = [f"release {number} {DIGEST}" for number in (2, 10, 1)]
    for line in lines:
        assert clone.script("tag-release", line)[0] == 0
    clone.git("tag", "v1")
    assert clone.script("kept-digests") == (0, f"{lines[2]}\n{lines[0]}\n{lines[1]}\n")


@pytest.mark.parametrize(
    "line", ["", "release 1", f"release 0 {DIGEST}", f"release 1 {DIGEST}\nrelease 2 {OTHER}", f"release 1 {DIGEST} --force"]
)
def test_anything_but_a_line_is_refused(clone: Clone, line: str) -> None:
    """Nothing is tagged."""
    code, said = clone.script("tag-release", line)
    assert (code, clone.pushed()) == (1, [])
    assert "this is not a release and its digest" in said


def test_key_that_is_not_allowed_makes_no_tag(clone: Clone, tmp_path: Path) -> None:
    """A signature that nobody could verify is not pushed. Without a key there is no signature."""
    code, said = clone.script("tag-release", LINE, SIGNING_KEY=key_in(tmp_path, "another").read_text(encoding="utf-8"))
    assert (code, clone.pushed(), clone.git("tag")) == (1, [], "")
    assert "is not signed by a key in .github/allowed_signers" in said
    code, said = clone.script("tag-release", LINE, SIGNING_KEY="")
    assert (code, clone.pushed()) == (1, [])
    assert "SIGNING_KEY: is not set" in said


def test_old_key_counts_as_long_as_it_is_listed(clone: Clone, key: Path, tmp_path: Path) -> None:
    """After a change of keys, both verify. Without its line, the old tag does not."""
    new = key_in(tmp_path, "new")
    assert clone.script("tag-release", LINE)[0] == 0
    clone.allow(key, new)
    later = f"release 2 {OTHER}"
    assert clone.script("tag-release", later, SIGNING_KEY=new.read_text(encoding="utf-8"))[0] == 0
    assert clone.script("kept-digests") == (0, f"{LINE}\n{later}\n")
    clone.allow(new)
    assert clone.script("kept-digests")[0] == 1


@pytest.mark.parametrize(
    ("make", "said"),
    [
        ([["tag", "release/1"]], "is not signed"),
        ([["-c", "user.name=A", "-c", "user.email=a@example.org", "tag", "-m", LINE, "release/1"]], "is not signed"),
        ([["tag", "release/2", "release/9"]], "is not the line of this release"),
        ([], "has no tag release/<number>"),
    ],
    ids=["lightweight", "unsigned", "of another release", "none"],
)
def test_tag_that_somebody_else_made_is_refused(clone: Clone, make: list[list[str]], said: str) -> None:
    """Someone who may push but has no key can't make a tag that counts, and can't give a signed one another number."""
    if said.startswith("is not the line"):
        assert clone.script("tag-release", f"release 9 {DIGEST}")[0] == 0
    for arguments in make:
        clone.git(*arguments)
    code, told = clone.script("kept-digests")
    assert (code, said in told) == (1, True), told
