"""`article33 withdraw`, `rename` and `merge`: what they write, what they keep, and what they refuse."""

import errno
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.pointers import Json, values_at
from schemas.v1.vocabulary import Reason
from tests.conftest import World
from tests.e2e.commands import Run
from tests.e2e.seeds import directory, ready, texts
from tests.unit import builders
from tests.unit.builders import write_record
from workbench import departing
from workbench.departing import CannotDepart
from workbench.seedfiles import read_resources

CASE = "cases/nine-north-koreans-viet-nam-2015"
EVENT, OTHER_EVENT = "events/moved-to-a-garrison", "events/feared-return-to-the-dprk"
NEXT_TO_IT = "events/taken-to-shenyang-by-train"  # comes before both
STATEMENT, OTHER_STATEMENT = "statements/robertson-appeal-for-the-nine", "statements/joint-ngo-statement"
UNNAMED = "statements/enos-on-religious-liberty"
ACTOR, OTHER_ACTOR = "actors/kbs", "actors/upi"
SOURCE = "sources/nkhr-on-the-nine"
INSTRUMENT = "instruments/coi-report"  # another id begins with it


@pytest.fixture
def run(article33: Run) -> Run:
    """Run the command; most of these need no table."""
    return article33


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A case and the two statements that it lists."""
    files = dict.fromkeys((STATEMENT, OTHER_STATEMENT), "name: x\n")
    return directory(tmp_path / "small", {**files, CASE: f"statements:\n  - {STATEMENT}\n  - {OTHER_STATEMENT}\n"})


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Return the files that were added, removed or changed."""
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def swapped(value: Any, path: str, to: str) -> Any:
    """Return a value with every text that equals a path replaced."""
    if isinstance(value, dict):
        return {key: swapped(item, path, to) for key, item in value.items()}
    if isinstance(value, list):
        return [swapped(item, path, to) for item in value]
    return to if value == path else value


def declaration(seed: Path, path: str) -> Json:
    """Return the declaration in a file, which has nothing else."""
    written = yaml.safe_load((seed / f"{path}.yaml").read_text(encoding="utf-8"))
    assert list(written) == ["gone"]
    found: Json = written["gone"]
    return found


def test_withdraw_writes_the_declaration_and_nothing_else(run: Run, seed: Path) -> None:
    """The file then has only the declaration: how and why. Nothing refers to the resource, so it can be published."""
    before = texts(seed)
    done = run("withdraw", UNNAMED, "--reason", "scope", "--seed", str(seed))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [str(seed / f"{UNNAMED}.yaml"), f"{UNNAMED} will be withdrawn by the next publish."]
    after = texts(seed)
    assert changed(before, after) == {f"{UNNAMED}.yaml"}
    assert after[f"{UNNAMED}.yaml"] == "gone:\n  how: withdrawn\n  reason: scope\n"
    checked = run("check", str(seed))
    assert (checked.code, checked.out) == (0, ready(seed))


def test_withdraw_tells_who_still_refers_to_it(run: Run, seed: Path) -> None:
    """It lists each referring resource with its fields; check refuses the same references, with their lines."""
    done = run("withdraw", SOURCE, "--reason", "source-withdrawn", "--seed", str(seed))
    assert done.code == 0
    told = dict(re.findall(r"^still referenced by (\S+): (.*)$", done.err, re.MULTILINE))
    assert "With these references the publish will fail" in done.err
    assert SOURCE not in told
    checked = run("check", str(seed))
    assert checked.code == 1
    refused = set(re.findall(r"^\S*/(\w+/[\w-]+)\.yaml:\d+: (\S+) \[reference-to-departed\]", checked.err, re.MULTILINE))
    assert refused == {(path, field) for path, fields in told.items() for field in fields.split(", ")}
    assert {path for path, _ in refused} == set(told)


def test_withdraw_with_those_who_may_still_name_it(run: Run, seed: Path) -> None:
    """The resources named on the command line are in the declaration, each once, and the check passes."""
    named = [argument for path in (CASE, NEXT_TO_IT, CASE) for argument in ("--still-named-by", path)]
    done = run("withdraw", EVENT, "--reason", "risk", *named, "--seed", str(seed))
    assert (done.code, done.err) == (0, "")
    assert declaration(seed, EVENT) == {"how": "withdrawn", "reason": "risk", "still_named_by": [CASE, NEXT_TO_IT]}
    assert run("check", str(seed)).code == 0


def test_withdraw_refuses_who_does_not_name_it(run: Run, seed: Path) -> None:
    """What the check would refuse is not written in the first place."""
    before = texts(seed)
    for other in (SOURCE, UNNAMED, "actors/nobody", "nonsense"):
        refused = run("withdraw", UNNAMED, "--reason", "scope", "--still-named-by", other, "--seed", str(seed))
        assert (refused.code, refused.err) == (1, f"article33: {other} does not refer to {UNNAMED}, so --still-named-by can't name it\n")
    assert texts(seed) == before


@pytest.mark.parametrize("path", [CASE, EVENT, "actors/viet-nam", INSTRUMENT, STATEMENT, SOURCE])
def test_rename_moves_the_file_and_points_every_reference(path: str, run: Run, seed: Path) -> None:
    """All other lines stay, the content is the same except for the id, and the check passes."""
    to = f"{path}-renamed"
    before, said = texts(seed), read_resources(seed)
    done = run("rename", path, to, "--seed", str(seed))
    assert (done.code, done.err) == (0, "")
    after = texts(seed)
    assert set(done.out.splitlines()[:-1]) == {str(seed / name) for name in changed(before, after)}
    assert after[f"{path}.yaml"] == f"gone:\n  how: renamed\n  to: {to}\n  reason: better-id\n"
    assert after[f"{to}.yaml"] == before[f"{path}.yaml"].replace(f" {path}\n", f" {to}\n")
    for name in changed(before, after) - {f"{path}.yaml", f"{to}.yaml"}:
        assert after[name] == re.sub(rf"{path}(?![\w-])", to, before[name])
    expected = {to if other == path else other: swapped(content, path, to) for other, content in said.items()}
    assert {**read_resources(seed), path: None} == {**expected, path: None}
    assert run("check", str(seed)).out == ready(seed)


def test_renames_follow_each_other(run: Run, seed: Path) -> None:
    """Each rename leaves a declaration as it was written; the publish follows the chain."""
    for path, to in ((ACTOR, f"{ACTOR}-1"), (f"{ACTOR}-1", f"{ACTOR}-2")):
        assert run("rename", path, to, "--seed", str(seed)).code == 0
    assert declaration(seed, ACTOR) == {"how": "renamed", "to": f"{ACTOR}-1", "reason": "better-id"}
    assert run("check", str(seed)).out == ready(seed)
    refused = run("rename", f"{ACTOR}-2", ACTOR, "--seed", str(seed))
    assert (refused.code, "is already used by" in refused.err) == (1, True)


def test_merge_leaves_one_of_two_in_a_plain_list(run: Run, seed: Path) -> None:
    """The case lists both statements: only the line of the merged one is removed."""
    before = texts(seed)
    done = run("merge", STATEMENT, OTHER_STATEMENT, "--seed", str(seed))
    assert (done.code, done.err) == (0, "")
    after = texts(seed)
    assert changed(before, after) == {f"{STATEMENT}.yaml", f"{CASE}.yaml"}
    assert after[f"{CASE}.yaml"] == before[f"{CASE}.yaml"].replace(f"  - {STATEMENT}\n", "")
    assert declaration(seed, STATEMENT) == {"how": "merged", "to": OTHER_STATEMENT, "reason": "duplicate"}
    assert run("check", str(seed)).out == ready(seed)


def test_merge_refuses_what_would_stand_twice(run: Run, seed: Path) -> None:
    """The case has both actors in the same list: the command names the line to edit. After that edit, the merge succeeds."""
    before = texts(seed)
    refused = run("merge", ACTOR, OTHER_ACTOR, "--seed", str(seed))
    line = before[f"{CASE}.yaml"].splitlines().index(f"  - actor: {ACTOR}") + 1
    assert refused.code == 1
    assert refused.err == f"article33: {seed / CASE}.yaml:{line}: /actors would have the same item twice; remove one by hand first\n"
    assert texts(seed) == before
    (seed / f"{CASE}.yaml").write_text(before[f"{CASE}.yaml"].replace(f"  - actor: {ACTOR}\n    role: reporter\n", ""), encoding="utf-8")
    assert run("merge", ACTOR, OTHER_ACTOR, "--seed", str(seed)).code == 0
    merged = texts(seed)["sources/kbs-on-the-nine.yaml"]
    assert "publisher: actors/upi\n" in merged
    # The source is suppressed, so its name has only the publisher's words.
    (seed / "sources/kbs-on-the-nine.yaml").write_text(merged.replace("Report by KBS", "Report by UPI"), encoding="utf-8")
    assert run("check", str(seed)).code == 0


def test_merge_refuses_a_reference_to_itself(run: Run, seed: Path) -> None:
    """One event comes after the other: after the merge, it would come after itself."""
    before = texts(seed)
    refused = run("merge", OTHER_EVENT, EVENT, "--seed", str(seed))
    assert refused.code == 1
    assert f"{EVENT} would refer to itself in /links/0/event" in refused.err
    assert texts(seed) == before
    refused = run("merge", "actors/viet-nam", "actors/vietnamese-police", "--seed", str(seed))
    assert "actors/vietnamese-police would refer to itself in /parent" in refused.err
    assert texts(seed) == before


def test_merge_the_other_way_round_is_no_reference_to_itself(run: Run, seed: Path) -> None:
    """The merged resource's own references disappear with it. A resource that linked to both must be edited."""
    refused = run("merge", EVENT, OTHER_EVENT, "--seed", str(seed))
    assert f"{NEXT_TO_IT}.yaml:28: /links would have the same item twice" in refused.err
    file = seed / f"{NEXT_TO_IT}.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(f"  - event: {EVENT}\n    relation: precedes\n", ""), encoding="utf-8")
    assert run("merge", EVENT, OTHER_EVENT, "--seed", str(seed)).code == 0
    assert run("check", str(seed)).code == 0


def test_merging_a_source_into_one_that_cites_itself(tmp_path: Path) -> None:
    """A source may cite itself, so a citation of the merged source may become one. The same citation twice is refused."""
    own = "citations:\n  - source: sources/b\n    fields: [/title]\n"
    seed = directory(tmp_path / "seed", {"sources/a": "name: x\n", "sources/b": f"{own}  - source: sources/a\n"})
    departing.merge(seed, "sources/a", "sources/b", Reason.DUPLICATE)
    assert texts(seed)["sources/b.yaml"] == f"{own}  - source: sources/b\n"
    seed = directory(tmp_path / "other", {"sources/a": "name: x\n", "sources/b": "citations: [{source: sources/b}, {source: sources/a}]\n"})
    with pytest.raises(CannotDepart, match=r"sources/b\.yaml:1: /citations would have the same item twice"):
        departing.merge(seed, "sources/a", "sources/b", Reason.DUPLICATE)


def test_merging_cases_leaves_to_the_maintainer_what_is_theirs(run: Run, seed: Path) -> None:
    """The events now refer to the other case, which does not list them yet: the check says which."""
    other = "cases/another-case"
    text = (seed / f"{CASE}.yaml").read_text(encoding="utf-8")
    (seed / f"{other}.yaml").write_text(
        re.sub(r"^(events|statements):\n(  - .*\n)+", r"\1: []\n", text, flags=re.MULTILINE), encoding="utf-8"
    )
    assert run("check", str(seed)).code == 0
    assert run("merge", CASE, other, "--seed", str(seed)).code == 0
    checked = run("check", str(seed))
    assert checked.code == 1
    assert set(re.findall(r"\[([\w-]+)\]", checked.err)) == {"reference-not-mutual"}
    events = {path for path, content in read_resources(seed).items() if other in values_at(content, "/case")}
    assert events
    assert set(re.findall(rf"{other} does not name (events/[a-z0-9-]+)", checked.err)) == events


def test_a_merge_is_undone_by_putting_its_files_back(run: Run, seed: Path) -> None:
    """The merged file and the files with changed references: then the check passes as before."""
    before = texts(seed)
    run("merge", STATEMENT, OTHER_STATEMENT, "--seed", str(seed))
    for name in changed(before, texts(seed)):
        (seed / name).write_bytes(before[name].encode())
    assert texts(seed) == before
    assert run("check", str(seed)).out == ready(seed)


REFUSED: tuple[tuple[str, list[str], str], ...] = (
    ("no such reason", ["withdraw", UNNAMED, "--reason", "whim"], "'whim' is not a reason. The reasons are:\n  risk: "),
    ("no such reason to merge", ["merge", ACTOR, OTHER_ACTOR, "--reason", ""], "'' is not a reason"),
    ("a reason in capitals", ["rename", ACTOR, "actors/x", "--reason", "Better-id"], "'Better-id' is not a reason"),
    ("no file", ["withdraw", "events/nothing", "--reason", "error"], "events/nothing has no source file: "),
    ("no file to rename", ["rename", "events/nothing", "events/x"], "events/nothing has no source file: "),
    ("no file to merge into", ["merge", ACTOR, "actors/nothing"], "actors/nothing has no source file: "),
    ("no file to merge", ["merge", "actors/nothing", ACTOR], "actors/nothing has no source file: "),
    ("a taken id", ["rename", ACTOR, OTHER_ACTOR], "the id actors/upi is already used by "),
    ("its own id", ["rename", ACTOR, ACTOR], "can only redirect to another resource of actors, not to actors/kbs"),
    ("into itself", ["merge", ACTOR, ACTOR], "can only redirect to another resource of actors, not to actors/kbs"),
    ("another type", ["rename", ACTOR, "sources/kbs"], "can only redirect to another resource of actors, not to sources/kbs"),
    ("into another type", ["merge", ACTOR, SOURCE], f"can only redirect to another resource of actors, not to {SOURCE}"),
    ("an id that went away", ["rename", ACTOR, "actors/gone-1"], "the id actors/gone-1 is already used by "),
    ("into a tombstone", ["merge", ACTOR, "actors/gone-1"], "actors/gone-1 was withdrawn, renamed or merged before: "),
    ("gone already", ["withdraw", "actors/gone-1", "--reason", "error"], "actors/gone-1 was withdrawn, renamed or merged before: "),
    ("renamed already", ["rename", "actors/gone-2", "actors/x"], "actors/gone-2 was withdrawn, renamed or merged before: "),
    ("merged already", ["merge", "actors/gone-2", ACTOR], "actors/gone-2 was withdrawn, renamed or merged before: "),
    *(
        (f"no id: {path!r}", command, f"{path!r} is not an id such as events/a-slug")
        for path in (
            "kbs",
            "things/x",
            "actors/",
            "actors/KBS",
            "actors/a_b",
            "actors/../kbs",
            "actors/kbs/",
            "actors/kbs.yaml",
            "",
            "/etc/x",
        )
        for command in (["withdraw", path, "--reason", "error"], ["rename", path, "actors/x"], ["merge", path, ACTOR])
    ),
    ("a new id that is none", ["rename", ACTOR, "actors/../../x"], "'actors/../../x' is not an id such as events/a-slug"),
    ("a new id that is too long", ["rename", ACTOR, f"actors/{'x' * 101}"], "is not an id such as events/a-slug"),
)


@pytest.mark.parametrize(("arguments", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_cannot_be_declared_is_refused_and_changes_nothing(arguments: list[str], said: str, run: Run, tmp_path: Path) -> None:
    """Exit code 1, a message that says why, and no file is changed."""
    seed = directory(
        tmp_path / "seed",
        {
            ACTOR: "name: {en: KBS}\n",
            OTHER_ACTOR: "name: {en: UPI}\nparent: actors/kbs\n",
            SOURCE: "name: {en: x}\n",
            UNNAMED: "name: {en: x}\n",
            "actors/gone-1": "gone: {how: withdrawn, reason: error}\n",
            "actors/gone-2": "gone: {how: renamed, to: actors/kbs, reason: error}\n",
        },
    )
    before = texts(tmp_path)
    refused = run(*arguments, "--seed", str(seed))
    assert refused.code == 1
    assert refused.out == ""
    assert refused.err.startswith("article33: ")
    assert said in refused.err
    assert texts(tmp_path) == before


@pytest.mark.parametrize(
    "arguments", [["withdraw", ACTOR], ["rename", ACTOR], ["merge", ACTOR], ["withdraw"], ["rename", ACTOR, "actors/x", "y"]]
)
def test_a_call_that_is_incomplete_is_misused(arguments: list[str], run: Run) -> None:
    """No reason to withdraw, or no target: exit code 2."""
    assert run(*arguments).code == 2


@pytest.mark.parametrize("command", ["withdraw", "rename", "merge"])
def test_help_lists_the_reasons(command: str, run: Run) -> None:
    """A maintainer need not look them up."""
    helped = run(command, "--help")
    assert helped.code == 0
    assert all(str(reason) in re.sub(r"[\s│]+", " ", helped.out).replace("- ", "-") for reason in ("risk", "scope", "duplicate"))


COMMANDS: tuple[Callable[[Path], object], ...] = (
    lambda seed: departing.withdraw(seed, STATEMENT, Reason.ERROR),
    lambda seed: departing.rename(seed, STATEMENT, "statements/new", Reason.BETTER_ID),
    lambda seed: departing.merge(seed, STATEMENT, OTHER_STATEMENT, Reason.DUPLICATE),
)
SPOILED: tuple[tuple[str, str, str, str], ...] = (
    ("no YAML", "events/broken.yaml", "name: [\n", "events/broken.yaml:2: YAML error"),
    ("an alias", "events/broken.yaml", "name: *x\n", "events/broken.yaml:1: YAML error: aliases (*name)"),
    ("what is no resource", "events/notes.txt", "x", "events/notes.txt:1: is not named <collection>/<slug>.yaml"),
    ("left over", f"{CASE}.yaml.new", "name: {en: x}\n", f"{CASE}.yaml.new:1: is not named <collection>/<slug>.yaml"),
    ("its own", f"{STATEMENT}.yaml", "- x\n", f"{STATEMENT}.yaml:1: has no fields"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=["withdraw", "rename", "merge"])
@pytest.mark.parametrize(("name", "text", "said"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED])
def test_a_file_that_cannot_be_read_is_named_before_anything_is_written(
    name: str, text: str, said: str, command: Callable[[Path], object], small: Path
) -> None:
    """An unreadable file may have references to the resource, so nothing is written until it can be read."""
    (small / "events").mkdir()
    (small / name).write_text(text, encoding="utf-8")
    before = texts(small)
    with pytest.raises(CannotDepart, match=re.escape(said)):
        command(small)
    assert texts(small) == before


def test_a_link_is_never_written_through(tmp_path: Path) -> None:
    """A symbolic link is refused, and its target does not change."""
    seed = directory(tmp_path / "seed", {ACTOR: "name: x\n"})
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text("name: y\n", encoding="utf-8")
    (seed / f"{OTHER_ACTOR}.yaml").symlink_to(elsewhere)
    with pytest.raises(CannotDepart, match="is a symbolic link"):
        departing.withdraw(seed, OTHER_ACTOR, Reason.ERROR)
    with pytest.raises(CannotDepart, match="is a symbolic link"):
        departing.rename(seed, OTHER_ACTOR, "actors/x", Reason.ERROR)
    with pytest.raises(CannotDepart, match="is a symbolic link"):
        departing.merge(seed, ACTOR, OTHER_ACTOR, Reason.ERROR)
    assert elsewhere.read_text(encoding="utf-8") == "name: y\n"


def fails_at(number: int, act: str, command: Callable[[Path], object], seed: Path) -> bool:
    """Run a command whose n-th write fails, as in a read-only directory; return whether it got to that write."""
    original: Callable[[Path, Any], Any] = getattr(Path, act)
    calls = 0

    def failing(self: Path, argument: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))
        return original(self, argument)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, act, failing)
        try:
            command(seed)
        except OSError:
            return True
    return False


@pytest.mark.parametrize("command", COMMANDS, ids=["withdraw", "rename", "merge"])
@pytest.mark.parametrize("act", ["write_bytes", "replace"])
def test_nothing_is_half_written(act: str, command: Callable[[Path], object], small: Path) -> None:
    """Whichever write fails (read-only directory, full disk), all files are as before."""
    before = texts(small)
    number = 1
    while fails_at(number, act, command, small):
        assert texts(small) == before
        number += 1
    assert number > 1
    after = texts(small)
    assert len(changed(before, after)) == number - 1
    assert all(name.endswith(".yaml") for name in after)


def test_a_write_that_fails_is_one_line(run: Run, seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file and the reason; exit code 1."""

    def refusing(self: Path, _: object) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "write_bytes", refusing)
    refused = run("withdraw", UNNAMED, "--reason", "scope", "--seed", str(seed))
    assert (refused.code, refused.err) == (1, f"article33: {seed / UNNAMED}.yaml.new: Permission denied\n")


def test_what_is_done_is_planned_published_and_verified(run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan shows each change with reason and target, and the publish makes it. A file put back restores its resource. It verifies."""
    monkeypatch.setenv("ARTICLE33_TABLE", world.store.table)
    seed = write_record(tmp_path / "seed", {f"instruments/{name}": builders.fields(builders.INSTRUMENT) for name in "ab"})
    before = texts(seed)
    assert "Release 1: 13 created." in run("publish", str(seed), "--first").out
    at = ["--seed", str(seed)]
    assert run("withdraw", builders.INSTRUMENT, "--reason", "scope", *at).code == 0
    assert run("rename", builders.BODY, "actors/united-nations", *at).code == 0
    assert run("merge", "instruments/a", "instruments/b", *at).code == 0
    planned = run("plan", str(seed))
    assert (planned.code, planned.out.splitlines()) == (
        0,
        [
            "> actors/a-body renamed to actors/united-nations: better-id",
            "> instruments/a merged to instruments/b: duplicate",
            "- instruments/an-instrument withdrawn: scope",
            "New ids. A publish makes them public, and they are permanent:",
            "+ actors/united-nations",
            "~ sources/another-source",
            "    /publisher: actors/a-body -> actors/united-nations",
            "~ statements/a-statement",
            "    /speaker: actors/a-body -> actors/united-nations",
            "A publish would create a release: 1 created, 1 merged, 1 renamed, 2 updated, 1 withdrawn.",
        ],
    )
    assert run("publish", str(seed)).out.startswith("Release 2: 1 created, 1 merged, 1 renamed, 2 updated, 1 withdrawn.")
    assert run("plan", str(seed)).out == "Nothing would change, so no release would be created.\n"
    for path in (builders.INSTRUMENT, "instruments/a"):
        (seed / f"{path}.yaml").write_bytes(before[f"{path}.yaml"].encode())
    assert run("rename", "actors/united-nations", "actors/un", *at).code == 0
    planned = run("plan", str(seed))
    assert [line for line in planned.out.splitlines() if line[0] in ">+-"] == [
        "> actors/a-body renamed to actors/un: better-id",
        "> actors/united-nations renamed to actors/un: better-id",
        "+ actors/un",
        "+ instruments/a restored",
        "+ instruments/an-instrument restored",
    ]
    assert run("publish", str(seed)).out.startswith("Release 3: 1 created, 2 renamed, 2 restored, 2 updated.")
    assert "3 releases verified" in run("verify").out


def test_a_declaration_that_is_deleted_is_refused(run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By plan and by publish: the id stays taken forever."""
    monkeypatch.setenv("ARTICLE33_TABLE", world.store.table)
    seed = write_record(tmp_path / "seed", {})
    assert run("publish", str(seed), "--first").out.startswith("Release 1: 11 created.")
    run("withdraw", builders.INSTRUMENT, "--reason", "scope", "--seed", str(seed))
    assert run("publish", str(seed)).out.startswith("Release 2: 1 withdrawn.")
    (seed / f"{builders.INSTRUMENT}.yaml").unlink()
    for command in ("plan", "publish"):
        refused = run(command, str(seed))
        assert refused.code == 1
        assert f"{builders.INSTRUMENT}" in refused.out + refused.err
        assert refused.err.splitlines()[-1].startswith("article33: 1 published resource has no source file")


@pytest.mark.parametrize("declared", ["how: withdrawn", f"how: renamed\n  to: {builders.BODY}", f"how: merged\n  to: {builders.BODY}"])
def test_a_declaration_for_an_id_that_was_never_published_is_refused(
    declared: str, run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By plan and publish, in a file and a stream, with its line: it would only make the id public. One published before stays."""
    monkeypatch.setenv("ARTICLE33_TABLE", world.store.table)
    seed = write_record(tmp_path / "seed", {})
    run("publish", str(seed), "--first")
    run("withdraw", builders.INSTRUMENT, "--reason", "scope", "--seed", str(seed))
    assert run("publish", str(seed)).out.startswith("Release 2: 1 withdrawn.")
    never = "actors/never-published"
    file, stream = seed / f"{never}.yaml", tmp_path / "more.ndjson"
    file.write_text(f"# why\ngone:\n  {declared}\n  reason: error\n", encoding="utf-8")
    gone = yaml.safe_load(file.read_text(encoding="utf-8"))
    lines = [{"id": builders.INSTRUMENT, "gone": {"how": "withdrawn", "reason": "scope"}}, {"id": never, **gone}]
    stream.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    for source, line in ((seed, f"{file}:2"), (stream, f"{stream}:2")):
        for command in ("plan", "publish"):
            refused = run(command, str(source))
            assert refused.code == 1
            told, ended = refused.err.splitlines()
            assert told.startswith(f"{line}: /gone [never-published] {never} was never published in this record, so there is nothing to ")
            assert ended == "article33: 1 problem in 1 file; nothing was published"
    file.unlink()
    assert run("publish", str(seed)).out == "Nothing changed, so no release was created.\n"


def test_a_record_of_which_nothing_is_left_can_be_checked(run: Run, tmp_path: Path) -> None:
    """A record with only withdrawn resources is not an empty directory."""
    gone: builders.Fields = {"gone": {"how": "withdrawn", "reason": "scope"}}
    checked = run("check", str(write_record(tmp_path / "seed", dict.fromkeys(builders.EVERYTHING, gone))))
    assert (checked.code, checked.out) == (0, "0 resources and 11 tombstones, ready to publish.\n")
