"""Fixtures of the end-to-end tests: the command, as a maintainer runs it, and a copy of the seed."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from record.client import publishing_client
from record.errors import RecordUnavailable
from record.store import Store
from record.writing.leasing import current_head
from tests.conftest import SEED, START, World, keep_time
from tests.e2e.commands import NO_MESSAGE, NOT_FIRST, Ran, Run
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
    """Run the command on the test's table, unless it names another. It and the store have the test's clock.

    A publish into an empty table gets `--first`, unless it has NOT_FIRST.
    """
    monkeypatch.setenv("ARTICLE33_TABLE", world.store.table)
    set_clock(monkeypatch, world.clock)

    def client(*arguments: Any, **options: Any) -> Any:
        made = publishing_client(*arguments, **options)
        keep_time(made, world.clock)
        return made

    monkeypatch.setattr("workbench.tables.publishing_client", client)

    def call(*arguments: str) -> Ran:
        table = arguments[arguments.index("--table") + 1] if "--table" in arguments else world.store.table
        if arguments[:1] == ("publish",) and not {"--help", "--first", NOT_FIRST} & set(arguments) and _is_empty(world, table):
            arguments = (*arguments, "--first")
        return article33(*(argument for argument in arguments if argument != NOT_FIRST))

    return call


def set_clock(monkeypatch: pytest.MonkeyPatch, clock: Callable[[], float]) -> None:
    """Let the commands have this clock."""
    for module in ("targets", "copies", "leases"):
        monkeypatch.setattr(f"workbench.commands.{module}.time", SimpleNamespace(time=clock))


def _is_empty(world: World, table: str) -> bool:
    client = world.store.client
    try:
        return not current_head(Store(client, table)).release
    except RecordUnavailable:
        return False


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A copy of the seed that a test may change."""
    return shutil.copytree(SEED, tmp_path / "seed")
