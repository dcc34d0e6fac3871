"""The command `article33`, as a maintainer uses it: its output, its refusals and its exit codes."""

import errno
import io
import re
import sys
from pathlib import Path

import pytest

from record import items
from tests.conftest import SEED, World
from tests.e2e.commands import NO_MESSAGE, Run, edit
from tests.e2e.generated import record
from tests.e2e.seeds import count, ready
from tests.unit.builders import EVENT, INSTRUMENT, OTHER_SOURCE, SOURCE, STATEMENT, Fields, fields, write_record
from workbench import staging

CASE = "cases/nine-north-koreans-viet-nam-2015.yaml"


def test_seed_is_ready_to_publish(run: Run) -> None:
    """The seed as committed passes its check."""
    checked = run("check", str(SEED))
    assert (checked.code, checked.out, checked.err) == (0, ready(SEED), "")


def test_check_reports_every_problem_with_file_line_field_and_rule(run: Run, seed: Path) -> None:
    """Problems in several files are reported at once, each with its place; the exit code is 1."""
    edit(seed / CASE, "custody: unknown", "custody: hidden")
    edit(seed / "actors/kbs.yaml", "kind: organisation", "kind: organisation\ncolour: red")
    edit(seed / "actors/upi.yaml", "name:", "name: *nothing\nnaming:")
    (seed / "actors/stray.txt").write_text("x")
    checked = run("check", str(seed))
    assert checked.code == 1
    lines = checked.err.splitlines()
    assert re.fullmatch(r"article33: \d+ problems in \d+ files; nothing was published", lines[-1])
    line = (seed / CASE).read_text(encoding="utf-8").splitlines().index("custody: hidden") + 1
    assert any(re.match(rf".*{CASE}:{line}: /custody \[invalid-value\] .*'hidden'", one) for one in lines)
    assert any("actors/kbs.yaml" in one and "/colour [unknown-field]" in one for one in lines)
    assert any("actors/upi.yaml" in one and "[unreadable]" in one for one in lines)
    assert any("actors/stray.txt" in one and "[misplaced-file]" in one for one in lines)


def test_plan_and_publish_tell_the_same_change(run: Run, seed: Path) -> None:
    """A plan shows the change field by field, and the publish makes it. A second publish creates no release and exits 0."""
    assert f"Release 1: {count(seed)[0]} created" in run("publish", str(seed), "-m", "The first case").out
    assert run("plan", str(seed)).out == "Nothing would change, so no release would be created.\n"
    edit(seed / CASE, "custody: unknown", "custody: denied")
    planned = run("plan", str(seed))
    assert planned.code == 0
    assert planned.out.splitlines() == [
        "~ cases/nine-north-koreans-viet-nam-2015",
        "    /custody: unknown -> denied",
        "A publish would create a release: 1 updated.",
    ]
    assert run("publish", str(seed)).out.startswith("Release 2: 1 updated.")
    again = run("publish", str(seed))
    assert (again.code, again.out) == (0, "Nothing changed, so no release was created.\n")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (None, "say in one line what this release changes, with -m"),
        ("", "the message can't be published: it is blank"),
        (" \t", "the message can't be published: it is blank"),
        ("x" * 501, "it has 501 characters, and at most 500 are allowed"),
        ("One\nTwo", "contains a line break"),
        ("One\x1b[31m", "character 4 is U+001B"),
        ("One\u202e", "character 4 is U+202E"),
        ("\udcff", "it is not valid UTF-8"),
        ("They are in cell 4 of it", "'cell 4' seems to be"),
        ("Add three women of the group", "'three women' seems to be"),
    ],
)
def test_message_that_may_not_be_published_is_refused_before_the_lease_is_taken(
    message: str | None, said: str, run: Run, world: World, seed: Path
) -> None:
    """It is one clear line that says how to write a message. The table has no lease, and nothing else."""
    refused = run("publish", str(seed), *([NO_MESSAGE] if message is None else ["-m", message]))
    assert (refused.code, refused.out) == (2, "")
    assert len(refused.err.splitlines()) == 1
    assert said in refused.err
    assert world.store.get(items.key(items.RELEASES, items.CURRENT)) is None


def test_output_needs_no_characters_that_the_terminal_lacks(run: Run, seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A character that the terminal's encoding does not have is shown by its number, and nothing fails."""
    run("publish", str(seed))
    edit(seed / CASE, "name:\n", "name:\n  vi: Chín người ở Đông Hưng\n")
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", terminal)
        assert run("plan", str(seed)).code == 0
        terminal.flush()
    assert rb"\u0110" + "ông H".encode("cp1252") + rb"\u01b0ng" in terminal.buffer.getvalue()


class Terminal(io.StringIO):
    """Standard input with an answer, as on a terminal."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


@pytest.mark.parametrize(("answer", "options", "code"), [("y", [], 0), ("n", [], 1), ("", ["--yes"], 0)])
def test_new_ids_are_listed_first_and_published_only_if_somebody_agrees(
    answer: str, options: list[str], code: int, run: Run, seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slug is public and permanent. A plan and a publish list the new ones; a change of what is published asks nothing."""
    run("publish", str(seed))
    new = "actors/a-new-actor"
    (seed / f"{new}.yaml").write_bytes((seed / "actors/kbs.yaml").read_bytes())
    edit(seed / CASE, "custody: unknown", "custody: denied")
    listed = ["New ids. A publish makes them public, and they are permanent:", f"+ {new}"]
    planned = run("plan", str(seed)).out.splitlines()
    assert planned[:3] == [*listed, "~ cases/nine-north-koreans-viet-nam-2015"]
    assert planned.count(f"+ {new}") == 1
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    published = run("publish", str(seed), *options)
    assert published.err.splitlines()[:2] == listed
    assert published.code == code
    assert ("Release 2: 1 created, 1 updated." in published.out) == (code == 0)
    assert ("nothing was published" in published.err) == (code == 1)
    edit(seed / CASE, "custody: denied", "custody: unknown")
    if code == 0:
        monkeypatch.setattr(sys, "stdin", Terminal(""))
        again = run("publish", str(seed))
        assert (again.code, again.err) == (0, "")


def test_many_new_ids_are_counted(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A publish lists some and says how many more there are; a plan lists all. A stream is no different."""
    monkeypatch.setattr("workbench.commands.releases.MOST_REPORTED", 10)
    stream = tmp_path / "more.ndjson"
    stream.write_text("".join(record(100)), encoding="utf-8")
    planned = [line for line in run("plan", str(stream)).out.splitlines() if line.startswith("+ ")]
    assert len(planned) > 10
    said = run("publish", str(stream)).err.splitlines()
    assert said[1:11] == planned[:10]
    assert said[11:] == [f"and {len(planned) - 10} more ids; `article33 plan` lists all of them"]


def test_resource_without_a_file_is_refused_by_plan_and_publish(run: Run, seed: Path) -> None:
    """A published resource without a source file is named and refused, never dropped."""
    run("publish", str(seed))
    (seed / "actors/unhcr.yaml").unlink()
    for command in ("plan", "publish"):
        refused = run(command, str(seed))
        assert refused.code == 1
        assert "actors/unhcr" in refused.out + refused.err
        assert refused.err.splitlines()[-1].startswith("article33: 1 published resource has no source file")
    assert "1 release verified" in run("verify").out


def test_the_address_of_a_suppressed_source_is_refused_everywhere(run: Run, tmp_path: Path) -> None:
    """A source was open, with an address, and is suppressed now. Plan and publish refuse its old address in every other resource."""
    address = "https://paper.example/2015/11/report"
    cited: Fields = {"citations": [{"source": OTHER_SOURCE}]}
    before: dict[str, Fields | None] = {SOURCE: {**fields(SOURCE), "url": address}}
    assert run("publish", str(write_record(tmp_path, before))).code == 0
    quiet: Fields = {"identifies_people_at_risk": True, "link_policy": "suppressed"}
    after: dict[str, Fields | None] = {
        SOURCE: {**fields(SOURCE), **quiet},
        STATEMENT: {**fields(STATEMENT), "form": "paraphrased"},
        INSTRUMENT: {**fields(INSTRUMENT), **cited, "text_url": f"https://archive.example/web/{address}/"},
    }
    write_record(tmp_path, after)
    assert run("check", str(tmp_path)).code == 0  # without the record, the address is not known
    for command in ("plan", "publish"):
        refused = run(command, str(tmp_path))
        assert refused.code == 1
        assert f"{INSTRUMENT}.yaml:" in refused.err
        assert "/text_url [source-not-suppressed] gives the address of a suppressed source" in refused.err
    write_record(tmp_path, {**after, INSTRUMENT: fields(INSTRUMENT)})
    assert run("publish", str(tmp_path)).code == 0


def test_reviewed_findings_are_listed(run: Run, tmp_path: Path) -> None:
    """`check --reviewed` lists each finding that a reviewer judged harmless, with its file, rule, field, text, reason, role and day."""
    sentence = "Call the office at 010-1234-5678."
    entry: Fields = {"rule": "personal-data", "field": "/summary/en", "text": sentence, "reason": "A public number.", "role": "editor"}
    reviewed: Fields = {"summary": {"en": sentence}, "reviewed": [{**entry, "on": "2026-11-20"}]}
    root = write_record(tmp_path, {EVENT: {**fields(EVENT), **reviewed}})
    assert "reviewed" not in run("check", str(root)).out
    listed = run("check", str(root), "--reviewed")
    assert listed.code == 0
    assert listed.out.splitlines()[:2] == [
        f"{root / EVENT}.yaml personal-data /summary/en: {sentence!r}. A public number. (editor, 2026-11-20)",
        "1 finding judged harmless.",
    ]


def test_stream_is_added_to_what_is_published(run: Run, seed: Path, tmp_path: Path) -> None:
    """An NDJSON file adds and changes the resources in it; no other resource changes."""
    run("publish", str(seed))
    stream = tmp_path / "more.ndjson"
    stream.write_text("".join(record(100)), encoding="utf-8")
    assert "created" in run("publish", str(stream)).out
    assert run("publish", str(stream)).out == "Nothing changed, so no release was created.\n"
    assert "2 releases verified" in run("verify").out


def test_stream_that_refers_to_nothing_is_refused_with_its_line(run: Run, tmp_path: Path) -> None:
    """A reference to a resource that is neither in the stream nor published is refused, with its line number."""
    stream = tmp_path / "more.ndjson"
    stream.write_text("".join(list(record(100))[1:]), encoding="utf-8")
    refused = run("publish", str(stream))
    assert refused.code == 1
    assert f"{stream}:11: /publisher [unresolved-reference] refers to actors/publisher" in refused.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["publish", "nowhere"], 1, "nowhere:1: [unreadable] does not exist\narticle33: 1 problem in 1 file; nothing was published\n"),
        (["publish", "--table", "another"], 1, "the table another can't be reached: ResourceNotFoundException"),
        (["verify", "--table", ""], 2, "choose a record with --stage or ARTICLE33_STAGE, --table or ARTICLE33_TABLE, or --local"),
        (["publish", str(SEED), "--local", "--record-port", "1"], 1, "can't be reached"),
        (["check", "-"], 2, "check takes directories"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(run: Run, arguments: list[str], code: int, said: str) -> None:
    """A wrong call ends with a message that says why, and with its exit code."""
    ended = run(*arguments)
    assert ended.code == code
    assert said in ended.err


@pytest.mark.parametrize("of", ["staging", "spool"])
def test_full_disk_is_one_clear_line(of: str, run: Run, seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If there is no space for temporary files, the command says so and where they go. The record does not change."""

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        if of == "staging":
            patched.setattr(staging, "_TABLES", f"PRAGMA max_page_count = 20; {staging._TABLES}")  # noqa: SLF001 - simulates a small disk
        else:
            patched.setattr("record.writing.spooling.tempfile.TemporaryFile", full)
        ended = run("publish", str(seed))
    assert (ended.code, ended.out) == (1, "")
    said = ended.err.splitlines()[-1]
    assert re.fullmatch(r"article33: no space left on a disk \(temporary files go into /.*; set TMPDIR to change that\)", said)
    assert run("publish", str(seed)).out.startswith(f"Release 1: {count(seed)[0]} created")


def test_verify_names_what_was_changed(run: Run, world: World, seed: Path) -> None:
    """A change made directly in the table is reported with path and release, and verify exits 1."""
    run("publish", str(seed))
    key = items.key(items.document_pk("actors/upi"), items.stamp(1, 1))
    world.store.update(
        key, "SET #body = :body", ExpressionAttributeNames={"#body": "body"}, ExpressionAttributeValues={":body": {"S": '{"id":"x"}'}}
    )
    found = run("verify")
    assert found.code == 1
    assert "release 1 actors/upi: its digest is" in found.err


@pytest.mark.parametrize("command", [[], ["check"], ["plan"], ["publish"], ["verify"], ["serve"], ["contract"]])
def test_help_says_what_a_command_is_for(run: Run, command: list[str]) -> None:
    """Every command has a help text."""
    helped = run(*command, "--help")
    assert helped.code == 0
    assert "Usage: article33" in helped.out
