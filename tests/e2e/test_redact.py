"""`article33 redact`, as a maintainer uses it: what it shows, asks and refuses; and its effect on a running server."""

import io
import itertools
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from boto3.session import Session

from record import items
from record.store import Store
from record.writing import redacting
from record.writing.leasing import Patience
from record.writing.owners import Owner
from record.writing.publishing import Publisher
from schemas.pointers import Json
from schemas.registry import RESOURCES
from schemas.v1.departures import DECLARATION
from tests.conftest import TABLE, World, once
from tests.e2e.commands import Run, edit
from tests.e2e.test_serve import get
from tests.record.killing import NEVER, WRITES, Killed, hooked, killed, one_by_one, restore, table
from tests.serving import COMMAND, READY_SECONDS, environment, reserve_port
from tests.unit import builders
from tests.unit.builders import CASE, EVENT, SOURCE
from workbench.commands.targets import publisher_of
from workbench.redactions import Asked, plan

CANARY = "canary-5e1f"
SUMMARY = f"As the account of {CANARY} has it, at the market."
PATHS = (
    *(CASE, EVENT, SOURCE, builders.INSTRUMENT, builders.STATEMENT, builders.OTHER_SOURCE),
    *(builders.GROUP, builders.PERSON, builders.STATE, builders.PAPER, builders.BODY),
)
REDACT = ("redact", CASE, "--field", "/summary/en", "--reason", "court-order")


def write(seed: Path, path: str, changes: Mapping[str, Json] | None = None) -> None:
    """Write a resource's file."""
    file = seed / f"{path}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(builders.fields(path, changes), sort_keys=False, allow_unicode=True), encoding="utf-8")


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A small record: a case contains the text to redact, and its event repeats it."""
    directory = tmp_path / "seed"
    for path in PATHS:
        write(directory, path)
    write(directory, CASE, {"summary": {"en": SUMMARY}})
    write(directory, EVENT, {"summary": {"en": f"There. {SUMMARY}"}})
    return directory


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on the test's table, without a terminal and without waiting."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    monkeypatch.setattr(Store, "wait", lambda _store, _seconds: None)
    return run


@pytest.fixture
def published(run: Run, seed: Path, world: World) -> Path:
    """The seed, published twice; its file no longer contains the text."""
    file = seed / f"{CASE}.yaml"

    def publish() -> None:
        assert run("publish", str(seed)).code == 0
        edit(file, "name:\n  en: A name", "name:\n  en: Another name")
        assert run("publish", str(seed)).code == 0
        edit(file, "name:\n  en: Another name", "name:\n  en: A name")

    once("two releases to redact", world, publish)
    edit(file, "name:\n  en: A name", "name:\n  en: Another name")
    edit(seed / f"{CASE}.yaml", f"  en: {SUMMARY}", "  en: Held.")
    return seed


def held(world: World) -> list[tuple[str, str]]:
    """Return the keys of the items that contain the text, except the event's."""
    return [key for key, item in table(world.store).items() if CANARY in str(item) and EVENT not in key[0]]


def test_dry_run_shows_everything_and_writes_nothing(run: Run, published: Path, world: World) -> None:
    """A dry run shows each revision, each field with its new value, and other resources with the text. It writes nothing."""
    before = table(world.store)
    shown = run(*REDACT, "--seed", str(published), "--dry-run")
    assert shown.code == 0
    assert table(world.store) == before
    assert shown.out.splitlines() == [
        f"{CASE}, revision 1 of release 1, will be rewritten:",
        "    /summary/en -> [redacted]",
        f"{CASE}, revision 2 of release 2, will be rewritten:",
        "    /summary/en -> [redacted]",
        f"{CASE}: list entries will be rewritten, for 2 periods of their history",
        "Dry run: nothing was written.",
    ]
    command = f"article33 redact {EVENT} --field /summary/en --revision 1 --reason court-order"
    assert f"also in {EVENT}, revision 1, which stays as it is. To redact it too: {command}\n" in shown.err


def test_what_else_says_the_words_is_named_with_the_command_that_redacts_it(run: Run, published: Path) -> None:
    """Other revisions and resources, ids and messages of releases."""
    edit(published / f"{CASE}.yaml", "  en: Held.", "  en: Held as before.")
    assert run("publish", str(published), "-m", f"About {CANARY}").code == 0
    asked = ("redact", CASE, "--words", f"account of {CANARY}", "--words", CANARY, "--revision", "1", "--reason", "risk")
    shown = run(*asked, "--seed", str(published), "--dry-run")
    assert "    /summary/en -> As the [redacted] has it, at the market.\n" in shown.out
    words = f"--words 'account of {CANARY}' --words {CANARY}"
    for what, command in (
        (f"{CASE}, revision 2", f"{CASE} {words} --revision 2"),
        (f"{EVENT}, revision 1", f"{EVENT} {words} --revision 1"),
        ("the message of release 3", "--message 3"),
    ):
        assert f"also in {what}, which stays as it is. To redact it too: article33 redact {command} --reason risk\n" in shown.err


def test_redaction_is_done_and_told_and_verifies(run: Run, published: Path, world: World) -> None:
    """With --yes it asks nothing. `verify` passes and lists it, and the next publish does not bring the text back."""
    done = run(*REDACT, "--seed", str(published), "--yes")
    assert done.code == 0
    assert re.search(r"^Release 3: 2 revisions rewritten\. Digest [0-9a-f]{16}\.$", done.out, re.MULTILINE)
    assert "No CloudFront distribution was given" in done.err
    assert "Older backups still contain it" in done.out
    assert held(world) == []
    verified = run("verify")
    assert verified.code == 0
    assert f"release 3 redacted {CASE}, revision 1: court-order (" in verified.out
    assert CANARY not in verified.out
    assert run("publish", str(published)).out.startswith("Release 4: 1 updated.")
    assert held(world) == []


def test_every_place_in_lists_is_told(run: Run, seed: Path) -> None:
    """It names each resource that leaves a list, with the list."""
    write(seed, CASE, {"actors": [{"actor": builders.PERSON, "role": "advocate"}]})
    run("publish", str(seed))
    write(seed, CASE)
    shown = run("redact", CASE, "--field", "/actors/0/actor", "--reason", "risk", "--seed", str(seed), "--dry-run").out.splitlines()
    assert "    /actors/0/actor -> nothing" in shown
    at = shown.index(f"{builders.PERSON}: list entries will be rewritten, for 1 period of their history")
    assert shown[at + 1] == f"    will no longer be in actors?case={CASE}"
    assert f"    will no longer be in cases?actor={builders.PERSON}" in shown


def test_somebody_who_can_not_be_asked_says_so(run: Run, published: Path, world: World) -> None:
    """Without --yes and without a terminal nothing happens, and the exit code is 2."""
    before = table(world.store)
    refused = run(*REDACT, "--seed", str(published))
    assert (refused.code, refused.err.splitlines()[-1]) == (
        2,
        "article33: there is no terminal to ask for confirmation: pass --yes to go on without it, or --dry-run to show what would change",
    )
    assert table(world.store) == before


class Terminal(io.StringIO):
    """A terminal as standard input."""

    def isatty(self) -> bool:
        """Return true."""
        return True


@pytest.mark.parametrize(("answer", "code"), [("yes\n", 1), ("\n\n", 1), ("", 1), (f"{CASE}\n", 0)])
def test_it_asks(run: Run, published: Path, world: World, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    """At a terminal it asks for the path. Any other answer, or none, changes nothing."""
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    asked = run(*REDACT, "--seed", str(published))
    assert f"This can't be undone. Type {CASE} to continue" in asked.out
    assert asked.code == code
    assert (held(world) == []) == (code == 0)


def test_source_that_still_holds_it_is_named_with_its_lines(run: Run, published: Path, world: World) -> None:
    """The redaction goes on: people come first. Each line to edit is named, in any field, and until then publish refuses them."""
    file = published / f"{CASE}.yaml"
    edit(file, "  en: Held.", f"  en: Held.\nrisk:\n  en: |\n    {SUMMARY}")
    done = run(*REDACT, "--seed", str(published), "--yes")
    line = file.read_text(encoding="utf-8").splitlines().index("risk:") + 2
    assert done.code == 0
    assert f"warning: {file}:{line}: /risk/en still contains it. Edit it after the redaction: until then, publish refuses it." in done.err
    assert held(world) == []
    refused = run("publish", str(published), "-m", "More.")
    assert (refused.code, held(world)) == (1, [])
    assert f"{file}:{line}: {CASE}:/risk/en: release 3 redacted this (court-order)\n" in refused.err


def test_source_that_still_holds_a_date_is_named(run: Run, seed: Path) -> None:
    """A date is recognised in the file, although the published date has more members."""
    run("publish", str(seed), "-m", "A release of a test")
    asked = ("redact", EVENT, "--field", "/date", "--reason", "risk", "--seed", str(seed), "--yes")
    assert ": /date still contains it." in run(*asked, "--dry-run").err
    write(seed, EVENT, {"date": {"edtf": "2015"}})
    assert "still contains it" not in run(*asked).err


def test_source_that_can_not_be_read_is_named(run: Run, published: Path, world: World) -> None:
    """If the file can't be read, the command says so, and goes on."""
    file = published / f"{CASE}.yaml"
    text = file.read_text(encoding="utf-8")
    for broken, says in (("name: [\n", f"{file}:2: "), (f"{text}colour: red\n", f"{file}:{text.count(chr(10)) + 1}: /colour there is no")):
        file.write_text(broken, encoding="utf-8")
        shown = run(*REDACT, "--seed", str(published), "--dry-run")
        assert shown.code == 0
        assert f"warning: {says}" in shown.err
        assert "It could not be checked whether the file still contains it." in shown.err
    assert run(*REDACT, "--seed", str(published), "--yes").code == 0
    assert held(world) == []


# --- what was removed stays removed


def put_back(seed: Path) -> None:
    """Write the file as it was before the redaction: an older checkout, or a `git revert`."""
    edit(seed / f"{CASE}.yaml", "  en: Held.", f"  en: {SUMMARY}")


def test_older_checkout_is_refused_and_shown_by_plan(run: Run, published: Path, world: World) -> None:
    """A publish that would put the text back is refused, with file, field, release and reason, and never the text. It says how to go on."""
    assert run(*REDACT, "--seed", str(published), "--yes").code == 0
    put_back(published)
    before = table(world.store)
    planned, refused = run("plan", str(published)), run("publish", str(published), "-m", "An older checkout")
    assert "    /summary/en: [redacted] -> (what was redacted)\n" in planned.out
    for ran in (planned, refused):
        assert ran.code == 1
        first, last = ran.err.splitlines()[0], ran.err.splitlines()[-1]
        assert re.fullmatch(rf"{published}/{CASE}\.yaml:\d+: {CASE}:/summary/en: release 3 redacted this \(court-order\)", first)
        assert last.startswith("article33: 1 field would put back what was redacted: remove it from the source")
        assert last.endswith(f"add --over-redaction {CASE}:/summary/en. Nothing was published")
        assert CANARY not in ran.err + ran.out
    after = table(world.store)
    assert {key for key in before | after if before.get(key) != after.get(key)} == {(items.RELEASES, items.CURRENT)}, "only the lease"
    assert run("publish", str(published), "-m", "All the same", "--over-redaction", f"{CASE}:/summary/zh").code == 1
    named = ("--over-redaction", f"{CASE}:/summary/en")
    assert run("plan", str(published), *named).code == 0
    assert run("publish", str(published), "-m", "All the same", *named).code == 0
    assert held(world)
    edit(published / f"{CASE}.yaml", "name:\n  en: Another name", "name:\n  en: A third name")
    assert run("publish", str(published), "-m", "Its field holds it already").code == 0


def test_stream_with_it_is_refused(run: Run, published: Path, world: World, tmp_path: Path) -> None:
    """A line of NDJSON that holds it is refused, in another case and inside a longer text of another resource too."""
    assert run(*REDACT, "--seed", str(published), "--yes").code == 0
    stream = tmp_path / "more.ndjson"
    summary = f"They said: {SUMMARY.upper().replace(' ', chr(0xA0))} Then they left."
    stream.write_text(json.dumps({"id": builders.GROUP, **builders.fields(builders.GROUP, {"summary": {"en": summary}})}), encoding="utf-8")
    refused = run("publish", str(stream), "-m", "A stream")
    assert refused.code == 1
    assert f"{stream}:1: {builders.GROUP}:/summary/en: release 3 redacted this (court-order)" in refused.err
    assert held(world) == []


def test_removed_words_are_refused_in_ids_and_messages_too(run: Run, published: Path, tmp_path: Path) -> None:
    """In an id, also with other separators; and in the message of a release, which no option allows."""
    words = ("redact", CASE, "--words", f"account of {CANARY}", "--reason", "risk", "--seed", str(published), "--yes")
    assert run(*words).code == 0
    edit(published / f"{CASE}.yaml", "name:\n  en: Another name", "name:\n  en: A third name")
    refused = run("publish", str(published), "-m", f"From the ACCOUNT OF {CANARY}")
    assert refused.code == 1
    assert "the message: release 3 redacted this (risk)\n" in refused.err
    assert refused.err.splitlines()[-1] == "article33: the message has what was redacted: write another one. Nothing was published"
    for slug in ("the-account-of-canary-5e1f", "accountofcanary5e1f"):
        stream = tmp_path / f"{slug}.ndjson"
        stream.write_text(json.dumps({"id": f"sources/{slug}", **builders.fields(SOURCE)}), encoding="utf-8")
        refused = run("publish", str(stream), "-m", "A stream")
        assert f"sources/{slug}:/id: release 3 redacted this (risk)" in refused.err
        assert refused.code == 1


def test_redacted_id_and_message_are_refused(run: Run, published: Path, world: World, tmp_path: Path) -> None:
    """An old checkout can't bring back a redacted id, nor a publish a redacted message. What was removed there keeps no trace of the id."""
    path = builders.OTHER_SOURCE
    message = f"Seen by {CANARY} and others"
    edit(published / f"{CASE}.yaml", "name:\n  en: Another name", "name:\n  en: A third name")
    assert run("publish", str(published), "-m", message).code == 0
    for arguments in (("--message", "3"), (path, "--field", "/publisher"), (path, "--field", "/id")):
        done = run("redact", *arguments, "--reason", "risk", "--seed", str(published), "--yes")
        assert done.code == 0, done.err
    assert [
        key for key, item in table(world.store).items() if path in str(key) + str(item) or CANARY in item.get("message", {}).get("S", "")
    ] == []
    edit(published / f"{CASE}.yaml", "name:\n  en: A third name", "name:\n  en: A fourth name")
    refused = run("publish", str(published), "-m", f"Again: {message}")
    assert (refused.code, "the message: release 4 redacted this (risk)\n" in refused.err) == (1, True)
    stream = tmp_path / "old.ndjson"
    stream.write_text(json.dumps({"id": path, **builders.fields(path)}), encoding="utf-8")
    refused = run("publish", str(stream), "-m", "An older checkout")
    assert (refused.code, f"{path}:/id: release 6 redacted this (risk)\n" in refused.err) == (1, True)
    assert run("verify").code == 0


def test_short_value_is_refused_only_where_it_was(run: Run, seed: Path) -> None:
    """A country, a date or a short name counts only in the same field of the same resource, whatever its position in a list."""
    write(seed, SOURCE, {"authors": ["Kim", "Lee"]})
    assert run("publish", str(seed), "-m", "A release of a test").code == 0
    assert run("redact", SOURCE, "--field", "/authors/0", "--reason", "rights", "--seed", str(seed), "--yes").code == 0
    write(seed, SOURCE, {"authors": ["Lee", "Kim"]})
    write(seed, builders.OTHER_SOURCE, {"authors": ["Kim"]})
    refused = run("publish", str(seed), "-m", "More.")
    assert [line for line in refused.err.splitlines() if "redacted this" in line] == [
        line for line in refused.err.splitlines() if f"{SOURCE}:/authors/1: release 2 redacted this (rights)" in line
    ]
    assert refused.code == 1
    write(seed, SOURCE, {"authors": ["Lee"]})
    assert run("publish", str(seed), "-m", "More.").code == 0


def test_redaction_between_the_check_and_the_lease_is_seen(
    run: Run, published: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A publish that staged an older checkout before the redaction ended is refused when it has the lease."""
    put_back(published)
    edit(published / f"{CASE}.yaml", "name:\n  en: Another name", "name:\n  en: A third name")
    planned = plan(world.store, CASE, Asked(["/summary/en"]), "risk")

    def meanwhile(store: Store, patience: Patience) -> Publisher:
        world.publisher().redact(planned.redaction)
        return publisher_of(store, patience)

    monkeypatch.setattr("workbench.commands.releases.publisher_of", meanwhile)
    refused = run("publish", str(published), "-m", "An older checkout")
    assert (refused.code, held(world)) == (1, [])
    assert f"{CASE}:/summary/en: release 3 redacted this (risk)" in refused.err


def test_backup_keeps_what_was_removed(run: Run, published: Path, world: World, tmp_path: Path) -> None:
    """The digests are part of an export, so the restored record refuses it too; and `verify` knows them."""
    assert run(*REDACT, "--seed", str(published), "--yes").code == 0
    put_back(published)
    digests = {key: item for key, item in table(world.store).items() if key[0] == items.REMOVED}
    assert len(digests) > 1
    assert run("export", "--to", str(tmp_path / "backup")).code == 0
    restore(world.store, {})
    assert run("restore", str(tmp_path / "backup")).code == 0
    assert {key: item for key, item in table(world.store).items() if key[0] == items.REMOVED} == digests
    assert run("verify").code == 0
    assert run("publish", str(published), "-m", "An older checkout").code == 1


def test_source_without_a_file_for_it_is_told(run: Run, published: Path, world: World, tmp_path: Path) -> None:
    """If there is no file (withdrawn elsewhere, or from a stream), it says so and goes on. A declaration has no content to check."""
    assert f"There is no {tmp_path / 'nowhere' / CASE}.yaml" in run(*REDACT, "--seed", str(tmp_path / "nowhere"), "--dry-run").err
    (published / f"{CASE}.yaml").write_text(f"{DECLARATION}:\n  how: withdrawn\n  reason: risk\n", encoding="utf-8")
    assert run(*REDACT, "--seed", str(published), "--yes").code == 0
    assert held(world) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("redact", CASE, "--field", "/summary/en", "--reason", "because"), "'because' is not a reason. The reasons are:"),
        (("redact", CASE, "--field", "/nothing", "--reason", "risk"), f"no revision of {CASE} has a value at /nothing"),
        (("redact", CASE, "--field", "/summary/en", "--field", "/sumary/en", "--reason", "risk"), "has a value at /sumary/en"),
        (("redact", CASE, "--field", "summary", "--reason", "risk"), "it must start with a slash"),
        (("redact", CASE, "--field", "/id", "--field", "/name", "--reason", "risk"), "redact the id alone: first /id, then /name of"),
        (("redact", "releases/1", "--field", "/digest", "--reason", "risk"), "releases/1 has no /digest to redact"),
        (("redact", "releases/7", "--reason", "risk"), "there is no releases/7 in the record; name a release such as releases/2"),
        (("redact", CASE, "--field", "", "--reason", "risk"), "the whole resource can't be redacted"),
        (("redact", "cases/nothing", "--field", "/name", "--reason", "risk"), "there is no cases/nothing in the record"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, published: Path, world: World, arguments: Sequence[str], says: str) -> None:
    """A wrong call is refused with the reason and exit code 1, and nothing is written."""
    before = table(world.store)
    refused = run(*arguments, "--seed", str(published), "--yes")
    assert refused.code == 1
    assert says in refused.err
    assert table(world.store) == before
    if "is not a reason" in says:
        assert "court-order: " in refused.err


def test_redaction_that_was_broken_off_is_finished_by_running_it_again(run: Run, published: Path, world: World) -> None:
    """After a kill, running it again completes it, even if all revisions are rewritten already. A dry run only reports it."""
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr("record.writing.redacting.put_release", _die)
        with pytest.raises(Killed):
            run(*REDACT, "--seed", str(published), "--yes")
    assert held(world) == []
    shown = run(*REDACT, "--seed", str(published), "--dry-run")
    assert "A redaction is in progress, or was interrupted. If so, the next redaction or publish completes it." in shown.err
    assert run("verify").code == 1
    done = run(*REDACT, "--seed", str(published), "--yes")
    assert done.code == 0
    assert "Completed an interrupted redaction." in done.out
    assert f"{CASE} was redacted before" in done.out
    verified = run("verify")
    assert (verified.code, "3 releases verified" in verified.out) == (0, True)


@pytest.fixture
def one_after_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each command be a process of its own, which has ended when the next one starts, over a store that tests can watch."""
    for command in ("redaction", "releases"):
        monkeypatch.setattr(f"workbench.commands.{command}.store_of", lambda *_: world.store)
    numbers = itertools.count(1)
    monkeypatch.setattr(
        "workbench.commands.targets.this_process", lambda: Owner("ada@laptop", next(numbers), is_running=lambda _process: False)
    )


@pytest.mark.usefixtures("one_after_another")
def test_what_it_says_is_true_at_that_moment(
    run: Run, published: Path, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each of its writes and at the end, the output so far is compared with the table, while another process could kill it."""
    one_by_one(monkeypatch)
    said, steps = "", []
    before = held(world)

    def look(name: str = "") -> None:
        nonlocal said
        said += capsys.readouterr().out
        if name and name not in WRITES:
            return
        steps.append(("Noted." in said, "rewritten. Digest" in said))
        if "Noted." not in said:
            assert held(world) == before, "it changed something before it said so"
        elif "rewritten. Digest" not in said:
            head = world.store.get(items.key(items.RELEASES, items.CURRENT)) or {}
            assert redacting.is_begun(world.store) or head["release"] == items.number(3), "it said that it was noted, but it was not"
        if "rewritten. Digest" in said:
            assert [key for key in held(world) if not key[0].startswith("REDACTION#")] == []
            assert not redacting.is_begun(world.store)

    with hooked(world.store, look):
        rest = run(*REDACT, "--seed", str(published), "--yes").out
    said += rest
    look()
    assert set(steps) == {(False, False), (True, False), (True, True)}


@pytest.mark.usefixtures("one_after_another")
@pytest.mark.parametrize("then", ["redact", "publish"])
def test_killed_at_any_write_the_next_command_completes_it_at_once(
    run: Run, published: Path, world: World, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """Once it has said that it is noted, the next command of the same user finishes it without waiting, whatever was written."""
    one_by_one(monkeypatch)
    start = table(world.store)
    with killed(world.store, NEVER, after=False) as writes:
        run(*REDACT, "--seed", str(published), "--yes")
    said: list[str] = []
    for at in (1, len(writes) // 2, len(writes) - 1):  # tests/record/test_redacting_crashes.py tries all of them
        restore(world.store, start)
        said.clear()
        monkeypatch.setattr("workbench.commands.redaction.say_noted", lambda: said.append("noted"))
        with pytest.raises(Killed), killed(world.store, at, after=True):
            run(*REDACT, "--seed", str(published), "--yes")
        done = run(*REDACT, "--seed", str(published), "--yes") if then == "redact" else run("publish", str(published), "-m", "More.")
        assert done.code == 0, done.err
        assert not redacting.is_begun(world.store)
        if said or then == "redact":
            assert held(world) == [], f"killed after write {at} of {len(writes)}"
        assert run("verify").code == 0


def _die(*_: object) -> None:
    raise Killed


def test_running_it_again_changes_nothing(run: Run, published: Path, world: World) -> None:
    """A second run says that it was done before, exits 0 and writes nothing."""
    run(*REDACT, "--seed", str(published), "--yes")
    before = table(world.store)
    again = run(*REDACT, "--seed", str(published), "--yes")
    assert (again.code, again.out) == (0, f"{CASE} was redacted before: no revision has a value at /summary/en any more.\n")
    assert table(world.store) == before


# --- CloudFront


@pytest.fixture
def cloudfront(world: World) -> Any:
    """CloudFront, in the same moto as the test's DynamoDB."""
    assert world.store.table == TABLE
    return Session(region_name="us-east-1").client("cloudfront")


@pytest.fixture
def distribution(cloudfront: Any) -> str:
    """A CloudFront distribution."""
    origin = {
        "Id": "o",
        "DomainName": "example.org",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    behaviour = {
        "TargetOriginId": "o",
        "ViewerProtocolPolicy": "https-only",
        "MinTTL": 0,
        "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "none"}},
    }
    config = {
        "CallerReference": "test",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behaviour,
    }
    return str(cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"])


def invalidations(cloudfront: Any, distribution: str) -> list[list[str]]:
    """Return the paths of every invalidation of a distribution."""
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
    found = [cloudfront.get_invalidation(DistributionId=distribution, Id=one["Id"])["Invalidation"] for one in listed]
    return [one["InvalidationBatch"]["Paths"]["Items"] for one in found]


def test_edge_is_purged_when_no_instance_can_fill_it_again(
    run: Run, published: Path, world: World, cloudfront: Any, distribution: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole distribution is invalidated after all instances have dropped their caches; a second run does it again."""
    waited: list[tuple[float, bool]] = []
    monkeypatch.setattr(Store, "wait", lambda _, seconds: waited.append((seconds, bool(held(world)))))
    done = run(*REDACT, "--seed", str(published), "--yes", "--distribution", distribution)
    assert done.code == 0
    assert "CloudFront's cache is being cleared: invalidation " in done.out
    assert invalidations(cloudfront, distribution) == [["/*"]]
    assert [still for _, still in waited] == [True, False]
    assert waited[1][0] >= 4
    assert run(*REDACT, "--seed", str(published), "--yes", "--distribution", distribution).code == 0
    assert invalidations(cloudfront, distribution) == [["/*"], ["/*"]]


def test_purge_that_fails_says_what_is_done_and_what_is_not(run: Run, published: Path, world: World) -> None:
    """If CloudFront rejects the invalidation, the record is still redacted; the exit code and the message say so."""
    failed = run(*REDACT, "--seed", str(published), "--yes", "--distribution", "NOTHING")
    assert failed.code == 1
    assert "the CloudFront distribution NOTHING was not invalidated: " in failed.err
    assert "The record is redacted, but CloudFront may still serve the old content" in failed.err
    assert held(world) == []


# --- a running server


@contextmanager
def noted(seed: Path, log: Path) -> Iterator[tuple[str, str]]:
    """Serve a seed with its output in a file; yield the URL and the port of its DynamoDB."""
    port, record_port = reserve_port(), reserve_port()
    arguments = [*COMMAND, "serve", str(seed), "--port", str(port), "--record-port", str(record_port)]
    with log.open("w", encoding="utf-8") as output:
        own = environment() | {"POWERTOOLS_LOG_LEVEL": "DEBUG"}
        process = subprocess.Popen(arguments, env=own, stdout=output, stderr=subprocess.STDOUT, text=True)  # noqa: S603
        try:
            assert any(_waited(0.1) and "Ctrl-C" in log.read_text(encoding="utf-8") for _ in range(READY_SECONDS * 10))
            yield f"http://127.0.0.1:{port}", str(record_port)
        finally:
            process.terminate()
            process.communicate(timeout=20)


def _waited(seconds: float) -> bool:
    threading.Event().wait(seconds)
    return True


def sweep(url: str) -> list[str]:
    """Return the responses of a server, out of many, that contain the text in any form."""
    targets = ["/v1/changes", "/v1/releases", "/v1/cases?include=events,actors", "/v1/events?sort=-date", f"/v1/{CASE}/events"]
    for release in ("", "?release=1", "?release=2"):
        for resource in RESOURCES:
            targets += [f"/v1/{resource.collection}{release}"]
            targets += [f"/v1/{path}{release}" for path in PATHS if path.startswith(f"{resource.collection}/")]
    targets += [f"/v1/{path}/revisions{rest}" for path in (CASE, EVENT) for rest in ("", "/1", "/2")]
    return [target for target in targets if CANARY in str(get(f"{url}{target}"))]


def test_running_server_forgets_within_a_minute(seed: Path, tmp_path: Path) -> None:
    """60 seconds after the command, no response of a server with full caches contains the text, and neither does its log."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*COMMAND, *arguments], env=environment(), capture_output=True, text=True, check=False)  # noqa: S603

    write(seed, EVENT)
    log = tmp_path / "serve.log"
    with noted(seed, log) as (url, record_port):
        write(seed, EVENT, {"name": {"en": f"Taken to {CANARY}"}, "claims": [builders.preferred("/name/en", f"Taken to {CANARY}")]})
        assert call("publish", str(seed), "-m", "Another name", "--local", "--record-port", record_port).stdout.startswith("Release 2")
        began = time.monotonic()
        while json.loads(get(f"{url}/v1/health")[2])["release"] < 2:
            assert time.monotonic() < began + READY_SECONDS
        warm = sweep(url)
        assert {f"/v1/{CASE}?release=1", "/v1/cases", f"/v1/{EVENT}", "/v1/events?sort=-date"} <= set(warm)
        for path, field in ((CASE, "/summary/en"), (EVENT, "/name/en")):
            write(seed, path, {"name": {"en": "Another name"}})
            asked = ("redact", path, "--field", field, "--reason", "risk", "--local", "--record-port", record_port, "--seed", str(seed))
            done = call(*asked, "--yes")
            assert done.returncode == 0, done.stderr
        began = time.monotonic()
        while left := sweep(url):
            assert time.monotonic() < began + READY_SECONDS, left
        assert json.loads(get(f"{url}/v1/{EVENT}?release=2")[2])["claims"][0]["value"] == "[redacted]"
        assert "4 releases verified" in call("verify", "--local", "--record-port", record_port).stdout
    assert "answered" in log.read_text(encoding="utf-8")
    assert CANARY not in log.read_text(encoding="utf-8")


# --- ids and messages


def test_id_is_replaced_in_the_record_and_in_the_source_files(run: Run, published: Path, world: World) -> None:
    """A dry run shows everything and changes nothing. Afterwards the same source files are no change, and the record verifies."""
    before, files = table(world.store), sorted(published.rglob("*.yaml"))
    asked = ("redact", EVENT, "--field", "/id", "--reason", "risk", "--seed", str(published))
    shown = run(*asked, "--dry-run")
    assert shown.code == 0, shown.err
    assert re.search(rf"^{EVENT} will be events/redacted-[b-t]{{16}}\. The old id will answer 404\.$", shown.out, re.MULTILINE)
    assert f"{EVENT}, revision 1 of release 1, will be rewritten: /id" in shown.out
    assert f"{CASE}, revision 2 of release 2, will be rewritten: /events/0" in shown.out
    named = run("redact", CASE, "--field", "/id", "--reason", "risk", "--seed", str(published), "--dry-run").out
    assert f"The list events?case={CASE} will have the new id in its name." in named
    assert (table(world.store), sorted(published.rglob("*.yaml"))) == (before, files)
    done = run(*asked, "--yes")
    assert done.code == 0, done.err
    (file,) = published.glob("events/redacted-*.yaml")
    assert f"Changed {file}." in done.out
    assert f"Removed {published}/{EVENT}.yaml." in done.out
    assert re.search(rf"^Release 3: {EVENT} is events/{file.stem} now, \d+ revisions rewritten\. Digest", done.out, re.MULTILINE)
    assert [key for key, item in table(world.store).items() if EVENT in f"{key} {item}"] == []
    assert [other for other in published.rglob("*.yaml") if EVENT in other.read_text(encoding="utf-8")] == []
    assert run("verify").code == 0
    edit(published / f"{CASE}.yaml", "  en: Held.", f"  en: {SUMMARY}")  # as it was published
    again = run("publish", str(published))
    assert again.out == "Nothing changed, so no release was created.\n", again.err
    assert run(*asked, "--yes").err == f"article33: there is no {EVENT} in the record\n"


def test_broken_off_the_source_files_are_changed_by_running_it_again(run: Run, published: Path, world: World) -> None:
    """If it was killed before it changed the source files, they get the id that the record has now."""
    asked = ("redact", EVENT, "--field", "/id", "--reason", "risk", "--seed", str(published), "--yes")
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr("workbench.commands.redaction.say_noted", _die)
        with pytest.raises(Killed):
            run(*asked)
    assert (published / f"{EVENT}.yaml").exists()
    again = run(*asked)
    assert "Completed an interrupted redaction." in again.out
    assert f"there is no {EVENT} in the record" in again.err
    (file,) = published.glob("events/redacted-*.yaml")
    assert world.reader().document(f"events/{file.stem}", 3) is not None
    assert run("verify").code == 0


def test_id_that_can_not_be_replaced_in_the_source_files_is_refused(run: Run, published: Path, world: World) -> None:
    """Nothing is written, and the error names the file to change by hand."""
    before = table(world.store)
    file = published / f"{CASE}.yaml"
    file.write_text("name: [\n", encoding="utf-8")
    refused = run("redact", EVENT, "--field", "/id", "--reason", "risk", "--seed", str(published), "--yes")
    assert refused.code == 1
    assert f"{file}:2" in refused.err
    assert table(world.store) == before


@pytest.mark.parametrize("what", [("releases/1", "--field", "/message"), ("releases/1",), ("--message", "1")])
def test_message_is_removed(run: Run, seed: Path, world: World, what: Sequence[str]) -> None:
    """By the path of its release or by its number. `verify` names it, and doing it again changes nothing."""
    run("publish", str(seed), "-m", f"About the {CANARY}")
    shown = run("redact", *what, "--reason", "risk", "--dry-run")
    assert "releases/1: /message -> [redacted]" in shown.out
    done = run("redact", *what, "--reason", "risk", "--yes")
    assert re.search(r"^Release 2: the message of releases/1 removed\. Digest", done.out, re.MULTILINE)
    release = world.reader().release(1)
    assert release is not None
    assert (release.message, release.message_salt) == ("[redacted]", None)
    verified = run("verify")
    assert (verified.code, "release 2 redacted releases/1, its message: risk (" in verified.out) == (0, True)
    assert run("redact", *what, "--reason", "risk", "--yes").out == "the message of releases/1 was redacted before.\n"
    assert run("redact", "--reason", "risk", "--yes").code == 2
