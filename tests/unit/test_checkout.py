"""The git checkout of a source: its commit, and what it contains."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from record.model import Source
from tests.e2e.checkouts import clone, commit, git
from workbench.checkout import Checkout, GitFailed, NoCheckout, checkout_of

FILE = "seed/actors/an-actor.yaml"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A checkout with one commit, which has one source file."""
    top = tmp_path / "top"
    (top / FILE).parent.mkdir(parents=True)
    (top / FILE).write_text("kind: state\n", encoding="utf-8")
    (top / ".gitignore").write_text("ignored/\n*.new.yaml\n", encoding="utf-8")
    commit(top)
    return top


def found(*directories: Path) -> Checkout:
    """Return the checkout of directories, which have one."""
    checkout = checkout_of(directories)
    assert isinstance(checkout, Checkout), checkout
    return checkout


def test_a_checkout_contains_its_commit_and_those_before_it(top: Path) -> None:
    """Not a commit on another branch, and not one that the repository does not have."""
    first = git(top, "rev-parse", "HEAD")
    second = commit(top)
    git(top, "switch", "--quiet", "--create=other", first)
    other = commit(top)
    checkout = found(top / "seed")
    assert checkout.source == Source(other, modified=False)
    assert [checkout.contains(one) for one in (first, second, other, "0" * 40)] == [True, False, True, False]
    assert [checkout.knows(one) for one in (second, "0" * 40)] == [True, False]


def add(name: str) -> Callable[[Path], object]:
    """Return the edit that writes a file."""
    return lambda top: (top / name).write_text("kind: body\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("edit", "modified"),
    [
        (lambda _top: None, False),
        (add("README.md"), False),
        (add("seed/notes.md"), False),
        (add(FILE), True),
        (add("seed/actors/another.yaml"), True),
        (add("seed/actors/another.new.yaml"), True),  # ignored by git, but published
        (lambda top: (top / FILE).unlink(), True),
        (lambda top: (add(FILE)(top), git(top, "add", FILE)), True),
        (lambda top: (git(top, "update-index", "--assume-unchanged", FILE), add(FILE)(top)), True),
    ],
)
def test_uncommitted_changes_of_source_files_count(edit: Callable[[Path], object], *, modified: bool, top: Path) -> None:
    """Also files that git does not look at. Changes of other files don't count."""
    edit(top)
    assert found(top / "seed").source.modified is modified


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_CEILING_DIRECTORIES"])
def test_variables_of_another_checkout_do_not_count(variable: str, top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git hook runs with variables that name its own repository."""
    monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    assert found(top / "seed").source == Source(git(top, "rev-parse", "HEAD"), modified=False)


def test_a_worktree_and_a_submodule_have_commits_of_their_own(top: Path, tmp_path: Path) -> None:
    """In both, .git is a file."""
    git(top, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    of_tree = commit(tmp_path / "tree")
    assert found(tmp_path / "tree/seed").source.commit == of_tree != found(top / "seed").source.commit
    outer = tmp_path / "outer"
    outer.mkdir()
    commit(outer)
    git(outer, "submodule", "--quiet", "add", top.as_uri(), "inner")
    commit(outer)
    assert found(outer / "inner/seed").source == found(top / "seed").source


def test_a_shallow_clone_says_that_it_is_one(top: Path, tmp_path: Path) -> None:
    """It does not know the earlier commits."""
    first = git(top, "rev-parse", "HEAD")
    commit(top)
    shallow = found(clone(top, tmp_path / "shallow", "--depth=1") / "seed")
    assert (shallow.is_shallow, shallow.knows(first), shallow.contains(first)) == (True, False, False)
    assert not found(top).is_shallow


def outside(top: Path) -> list[Path]:
    """Return a directory that is not in a checkout."""
    return [top.parent]


def ignored(top: Path) -> list[Path]:
    """Return a directory that git ignores."""
    (top / "ignored").mkdir()
    add("ignored/x.yaml")(top)
    return [top / "ignored"]


def empty(top: Path) -> list[Path]:
    """Return a checkout without a commit."""
    (top.parent / "empty").mkdir()
    git(top.parent / "empty", "init", "--quiet")
    return [top.parent / "empty"]


def two(top: Path) -> list[Path]:
    """Return directories of two checkouts."""
    return [top / "seed", clone(top, top.parent / "clone") / "seed"]


def nested(top: Path) -> list[Path]:
    """Return a directory with a checkout inside."""
    git(top / "seed/actors", "init", "--quiet")
    return [top / "seed"]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (outside, "is not in a git checkout"),
        (ignored, "is not part of the commit of its git checkout"),
        (empty, "is in a git checkout that has no commit yet"),
        (two, "the source directories are in 2 git checkouts: "),
        (nested, "has another git checkout inside: actors"),
    ],
)
def test_a_source_without_a_commit_says_why(make: Callable[[Path], list[Path]], reason: str, top: Path) -> None:
    """Only a directory outside every checkout is nothing unusual."""
    none = checkout_of(make(top))
    assert isinstance(none, NoCheckout)
    assert reason in none.reason
    assert none.is_outside is (make is outside)


def test_git_is_needed_for_a_checkout_only(top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program, a checkout can't be read, and a directory that is not in one needs no git."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert isinstance(checkout_of([tmp_path]), NoCheckout)
    with pytest.raises(GitFailed, match="the program git was not found"):
        checkout_of([top / "seed"])


@pytest.mark.skipif(os.getuid() != 0, reason="only root can change the owner of a directory")
def test_the_checkout_of_another_user_is_named(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git refuses to read it, and the message says what to do."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for path in (top, top / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(GitFailed, match=rf"run: git config --global --add safe\.directory {top}$"):
        checkout_of([top / "seed"])


def test_what_git_says_is_passed_on(top: Path) -> None:
    """A damaged repository is one line."""
    (top / ".git/HEAD").write_text("nonsense\n", encoding="utf-8")
    (top.parent / ".git").write_text("gitdir: /nowhere\n", encoding="utf-8")
    with pytest.raises(GitFailed, match=r"git rev-parse failed in .*: fatal: "):
        checkout_of([top / "seed"])
