"""Fixtures of the end-to-end tests: the command, as a maintainer runs it, and a copy of the seed."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import SEED, START, World
from tests.e2e.commands import NO_MESSAGE, Ran, Run
from workbench.cli import main


@pytest.fixture
def article33(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command on the day of START, so that the seed's reviews are not overdue. It names no table by itself."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("workbench.commands.releases.today", START.date)

    def call(*arguments: str) -> Ran:
        """Run it. A publish gets a message, unless it has one or `NO_MESSAGE`."""
        if arguments[:1] == ("publish",) and not {"-m", "--help", NO_MESSAGE} & set(arguments):
            arguments = (*arguments, "-m", "A release of a test")
        arguments = tuple(argument for argument in arguments if argument != NO_MESSAGE)
        monkeypatch.setattr(sys, "argv", ["article33", *arguments])
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        assert "this is a bug" not in said.err
        return Ran(code, said.out, said.err)

    return call


@pytest.fixture
def run(world: World, article33: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on the test's table, unless it names another."""
    monkeypatch.setenv("ARTICLE33_TABLE", world.store.table)
    return article33


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A copy of the seed that a test may change."""
    return shutil.copytree(SEED, tmp_path / "seed")
