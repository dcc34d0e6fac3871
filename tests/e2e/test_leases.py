"""What keeps a maintainer from harm: a wrong clock, somebody else who writes, a half-restored table, and a table that is empty."""

import contextlib
from pathlib import Path
from typing import Any

import pytest

from record.store import Store
from record.writing.publishing import Publisher
from tests.conftest import World
from tests.e2e.commands import NOT_FIRST, Run, edit
from tests.e2e.conftest import set_clock
from tests.record.copied import everything_in
from tests.record.documents import document
from tests.record.killing import Killed, killed
from workbench.templates import table_declaration

DECADE = 3652 * 86400
EMPTY = "empty"
CASE = "cases/nine-north-koreans-viet-nam-2015"
HOLDER = "ada@elsewhere, process 7"


@pytest.fixture
def published(run: Run, world: World, seed: Path, tmp_path: Path) -> Path:
    """The seed as release 1, an export of it in `backup`, and an empty table. Then an edit that is not published. Returns the seed."""
    assert run("publish", str(seed)).code == 0
    assert run("export", "--to", str(tmp_path / "backup")).code == 0
    client: Any = world.store.client
    client.create_table(TableName=EMPTY, **table_declaration())
    edit(seed / f"{CASE}.yaml", "name:\n  en: ", "name:\n  en: About the ")
    return seed


def writing(seed: Path) -> dict[str, list[str]]:
    """Return every command that writes the record or copies it."""
    return {
        "publish": ["publish", str(seed)],
        "redact": ["redact", CASE, "--field", "/summary/en", "--reason", "risk", "--seed", str(seed), "--yes"],
        "export": ["export", "--to", str(seed.parent / "another")],
        "restore": ["restore", str(seed.parent / "backup"), "--table", EMPTY],
    }


def die(world: World) -> None:
    """Start a publish on another host, and die right after it has taken the lease."""
    publisher = Publisher(world.store, owner=HOLDER, clock=world.clock)
    with contextlib.suppress(Killed), killed(world.store, 2, after=False):
        publisher.publish([document("a")], "")


def test_a_wrong_clock_is_refused_by_every_command_that_writes(
    run: Run, published: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a clock ten years ahead, nothing is written. The message has both times and says what to do."""
    before = everything_in(world.store)
    set_clock(monkeypatch, lambda: world.clock() + DECADE)
    for arguments in writing(published).values():
        ran = run(*arguments)
        assert ran.code == 1
        assert "article33: this machine's clock says " in ran.err
        assert "a difference of 3652 days, 0:00:00" in ran.err
    assert everything_in(world.store) == before
    assert world.store.client.scan(TableName=EMPTY)["Items"] == []


@pytest.mark.parametrize("command", ["publish", "redact"])
def test_a_lease_elsewhere_is_waited_for_or_taken_over(
    run: Run, published: Path, world: World, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Without an option the command fails. --wait says once whom it waits for. --take-over says whose lease it takes, and asks."""
    die(world)
    named = writing(published)[command]
    refused = run(*named)
    assert (refused.code, f"another publish by {HOLDER} is in progress; its lease expires in" in refused.err) == (1, True)
    naps: list[float] = []
    monkeypatch.setattr("record.store.Store.wait", lambda _store, seconds: naps.append(seconds))
    waited = run(*named, "--wait", "5")
    assert (waited.code, naps) == (1, [2.0, 2.0, 1.0])
    assert waited.err.count("Waiting for at most 5 s: another publish by ada@elsewhere, process 7 is in progress") == 1
    both = run(*named, "--wait", "5", "--take-over")
    assert (both.code, "choose --wait or --take-over, not both" in both.err) == (2, True)
    if command == "publish":
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
        asked = run(*named, "--yes", "--take-over")
        assert (asked.code, "nothing was taken over" in asked.err) == (1, True)
        monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    taken = run(*named, "--take-over")
    assert taken.code == 0
    assert f"Taking over the lease of {HOLDER}, which would expire in " in taken.err
    assert taken.out.count("Release 2: ") == 1
    assert run("verify").code == 0
    idle = run(*named, "--take-over")
    assert "Nobody holds the lease" in idle.err


def test_a_redaction_that_waited_covers_what_was_published_meanwhile(
    run: Run, published: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is planned after the wait, so it also rewrites the revisions of a release that ended the wait."""
    die(world)

    def publish(*_: object) -> None:
        if world.reader().head().release == 1:
            world.clock.advance(61)
            world.publish_files(published, message="Another name")

    monkeypatch.setattr("record.store.Store.wait", publish)
    done = run(*writing(published)["redact"], "--wait", "300")
    assert done.code == 0, done.err
    assert "Release 3: 2 revisions rewritten." in done.out


def test_half_restored_table_is_refused_by_every_other_command(
    run: Run, published: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an interrupted restore, each command names the backup and says what to do. Running the restore again completes it."""
    commands = writing(published)
    restoring = commands.pop("restore")
    with monkeypatch.context() as patches:
        patches.setattr("record.copying.copies._check_count", _die)
        with pytest.raises(Killed):
            run(*restoring)
    for arguments in (*commands.values(), ["plan", str(published)], ["find", "the words"], ["verify"]):
        refused = run(*arguments, "--table", EMPTY)
        assert refused.code == 1, arguments
        assert f"the table {EMPTY} is half restored: the restore of the backup exported at 20" in refused.err
        assert "Run that `article33 restore` again, or delete the table" in refused.err
    other = run(*restoring)
    assert (other.code, "another restore by" in other.err) == (1, True), "this process still runs"
    done = run(*restoring, "--take-over")
    assert done.code == 0, done.err
    assert everything_in(world.store) == everything_in(Store(world.store.client, EMPTY))


def _die(*_: object) -> None:
    raise Killed


def test_first_publish_into_an_empty_table_asks(run: Run, published: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong table name must not start a second history: without --first or an answer, an empty table is refused."""
    named = ("publish", str(published), "--table", EMPTY, "--yes", NOT_FIRST)
    refused = run(*named)
    assert refused.code == 1
    assert f"article33: the table {EMPTY} has no release, so this publish would start a new history with release 1" in refused.err
    assert "add --first" in refused.err
    assert world.store.client.scan(TableName=EMPTY)["Items"] == []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    answers = iter([False, True])
    monkeypatch.setattr("typer.confirm", lambda *_, **__: next(answers))
    assert "nothing was published" in run(*named).err
    assert run(*named).out.startswith("Release 1: ")
    again = run(*named, "--first")
    assert (again.code, "Leave out --first" in again.err) == (0, True)
