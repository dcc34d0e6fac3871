"""`article33 plan` as a review: on the terminal, as JSON and as Markdown."""

import io
import re
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from record.model import ChangeKind
from record.writing.comparing import Difference
from schemas.pointers import Json
from tests.conftest import ROOT
from tests.e2e.commands import Run
from tests.unit.builders import BODY, EVENT, INSTRUMENT, OTHER_SOURCE, SOURCE, Fields, fields, write_record
from workbench.planning import Planned
from workbench.reviewing.markdown import MOST, markdown_of
from workbench.reviewing.review import Review

SENTENCE = "The nine crossed the border from China into Viet Nam, and the police stopped them on their way to the capital."
LONG = f"{SENTENCE} " * 6 + "The end."
MARK = "a marker of one"


class Of(BaseModel):
    """A part of the document that `plan --json` writes."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Commit(Of):
    """A commit."""

    commit: str
    modified: bool


class Field(Of):
    """A field of a change. A value that is not there is absent, not null."""

    field: str
    how: Literal["added", "removed", "changed", "reordered"]
    old: Any = None
    new: Any = None


class Change(Of):
    """A change of a resource."""

    path: str
    change: Literal["updated", "withdrawn", "renamed", "merged", "restored", "moved", "missing"]
    reason: str | None
    target: str | None
    looks_like: str | None
    fields: list[Field]


class UndoneChange(Of):
    """A change that would be undone."""

    path: str
    field: str
    how: Literal["undone", "conflict"]
    release: int
    base: Any = None
    published: Any = None
    planned: Any = None


class PutBack(Of):
    """A field that would put back what was redacted."""

    place: str
    file: str
    line: int
    release: int
    reason: str


class Problem(Of):
    """A problem of a source file."""

    file: str
    line: int
    field: str
    rule: str
    message: str
    warning: bool


class Document(Of):
    """The whole document."""

    summary: str
    would_publish: bool
    prevents: list[str]
    warnings: list[str]
    release: int | None
    source: Commit | None
    checkout: Commit | None
    base: int | None
    problems: list[Problem]
    put_back: list[PutBack]
    undone: list[UndoneChange]
    new_ids: list[str]
    counts: dict[str, int]
    changes: list[Change]


def document(run: Run, *arguments: str) -> tuple[int, Document]:
    """Plan with --json; return the exit code and the document."""
    ran = run("plan", *arguments, "--json")
    return ran.code, Document.model_validate_json(ran.out)


@pytest.fixture
def published(run: Run, tmp_path: Path) -> Path:
    """A small record, published."""
    seed = write_record(tmp_path / "seed", {EVENT: event()})
    assert run("publish", str(seed)).code == 0
    return seed


def event(**changes: Json) -> Fields:
    """Return the event, with a long text."""
    return {**fields(EVENT), "summary": {"en": LONG}, **changes}


def test_what_changes_is_shown_by_item_and_by_word(run: Run, published: Path) -> None:
    """One item that is added in front of others is one item; one sentence is one sentence. What is left out is counted."""
    new = LONG.replace("The end.", "The end of it. And more.")
    citations: Json = [{"source": OTHER_SOURCE, "locator": "page 3"}, {"source": SOURCE}]
    write_record(published, {EVENT: event(summary={"en": new}, citations=citations, name={"en": "A name", "vi": "null"})})
    planned = run("plan", str(published))
    left_out = len(LONG) - len(" on their way to the capital. The end.")
    assert planned.out.splitlines() == [
        f"~ {EVENT}",
        "    + /citations/0",
        "        locator: page 3",
        f"        source: {OTHER_SOURCE}",
        '    + /name/vi: "null"',
        f"    /summary/en: (… {left_out} unchanged characters …) on their way to the capital. The end{{+ of it. And more+}}.",
        f"~ {OTHER_SOURCE} (only its position in lists)",
        "Unchanged parts of long texts are left out where it says so. `article33 plan --json` has every text in full.",
        "A publish would create a release: 1 moved, 1 updated.",
    ]
    assert run("plan", str(published)) == planned
    code, review = document(run, str(published))
    assert (code, review.would_publish, review.counts) == (0, True, {"moved": 1, "updated": 1})
    change, _ = review.changes
    assert [(one.field, one.how, one.old, one.new) for one in change.fields] == [
        ("/citations/0", "added", None, {"fields": [], "locator": "page 3", "quote": None, "source": OTHER_SOURCE}),
        ("/name/vi", "added", None, "null"),
        ("/summary/en", "changed", LONG, new),
    ]


def test_a_narrow_terminal_gets_whole_words(run: Run, published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of at most 80 columns, without a colour, and with every word."""

    class Terminal(io.StringIO):
        """A terminal."""

        def isatty(self) -> bool:
            """Return true."""
            return True

    write_record(published, {EVENT: event(summary={"en": "Another text. " * 30 + "End."})})
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", terminal)
        assert run("plan", str(published)).code == 0
    shown = terminal.getvalue()
    assert "\x1b[3" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.count("Another text.") + len(re.findall(r"Another\n +text\.", shown)) == 30


def test_deletions_come_first_and_look_like_renames(run: Run, published: Path, tmp_path: Path) -> None:
    """A removed and a moved file are refused. The refusal names withdraw and rename; the moved one with the command. In all forms."""
    (published / f"{INSTRUMENT}.yaml").unlink()
    (published / f"{BODY}.yaml").rename(published / "actors/the-body.yaml")
    for path in (OTHER_SOURCE, "statements/a-statement"):
        file = published / f"{path}.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace(BODY, "actors/the-body"), encoding="utf-8")
    command = f"Move the file back, then run: article33 rename {BODY} actors/the-body"
    comment = tmp_path / "comment.md"
    planned, refused = run("plan", str(published), "--markdown", str(comment)), run("publish", str(published))
    assert planned.out.splitlines()[:3] == [
        f"- {BODY} (published, but has no source file)",
        f"    This looks like a rename to actors/the-body, which has the same content. {command}",
        f"- {INSTRUMENT} (published, but has no source file)",
    ]
    why = "2 published resources have no source file. To remove a resource: article33 withdraw. To give it another id: article33 rename"
    assert (planned.code, refused.code) == (1, 1)
    for ran in (planned, refused):
        assert ran.err.splitlines()[-1] == f"article33: {why}"
        assert command in ran.err + ran.out
    code, review = document(run, str(published))
    assert (code, review.would_publish, review.prevents) == (1, False, [why])
    assert [(one.path, one.change, one.looks_like) for one in review.changes[:2]] == [
        (BODY, "missing", "actors/the-body"),
        (INSTRUMENT, "missing", None),
    ]
    assert why in comment.read_text(encoding="utf-8")
    assert command in comment.read_text(encoding="utf-8")


def test_a_moved_file_that_others_refer_to_is_named(run: Run, published: Path) -> None:
    """The references to it are errors. Plan and publish also say what they come from, and give the command."""
    (published / f"{BODY}.yaml").rename(published / "actors/the-body.yaml")
    for command in ("plan", "publish"):
        refused = run(command, str(published))
        assert refused.code == 1
        assert f"refers to {BODY}, which is not in the record" in refused.err
        assert f"then run: article33 rename {BODY} actors/the-body\n" in refused.out + refused.err
        assert "1 published resource has no source file. To remove a resource: article33 withdraw." in refused.err.splitlines()[-1]


def test_problems_of_the_source_stand_in_both_documents(run: Run, published: Path, tmp_path: Path) -> None:
    """A source that can't be staged has nothing to compare, but its review says why."""
    write_record(published, {EVENT: {**fields(EVENT), "colour": "``` @team"}})
    comment = tmp_path / "comment.md"
    code, review = document(run, str(published), "--markdown", str(comment))
    assert (code, review.changes) == (1, [])
    assert ("/colour", "unknown-field") in [(one.field, one.rule) for one in review.problems]
    assert "[unknown-field]" in comment.read_text(encoding="utf-8")
    assert review.prevents[0] in comment.read_text(encoding="utf-8")


def test_what_was_redacted_is_hidden_in_every_form(run: Run, tmp_path: Path) -> None:
    """Inside a longer text, inside an added item, and in the id of a resource, wherever it is named."""
    text, words = f"{LONG} It was {MARK}, they said.", f"It was {MARK}"
    secret = "sources/report-about-somebody"
    whole: dict[str, Fields | None] = {EVENT: event(summary={"en": text}), secret: fields(SOURCE)}
    seed = write_record(tmp_path / "seed", whole)
    assert run("publish", str(seed)).code == 0
    at = ("--reason", "risk", "--seed", str(tmp_path / "none"), "--yes")
    assert run("redact", EVENT, "--words", words, *at).code == 0
    assert run("redact", secret, "--field", "/id", *at).code == 0
    cited: Json = [{"source": secret}]
    claim: Json = {
        "field": "/date",
        "value": {"edtf": "2015-10-22"},
        "citations": cited,
        "verification": "reported",
        "preferred": True,
        "note": words,
    }
    write_record(seed, {EVENT: event(summary={"en": f"{text} And more."}, claims=[claim])})
    comment = tmp_path / "comment.md"
    planned = run("plan", str(seed), "--markdown", str(comment))
    as_json = run("plan", str(seed), "--json")
    assert (planned.code, as_json.code) == (1, 1), planned.err
    assert planned.out, planned.err
    for shown in (planned.out, as_json.out, comment.read_text(encoding="utf-8")):
        assert "(what was redacted)" in shown
        assert MARK not in shown
        assert secret not in shown
    assert {one.release for one in Document.model_validate_json(as_json.out).put_back} == {2, 3}
    (seed / f"{secret}.yaml").unlink()
    broken = run("plan", str(seed), "--json", "--markdown", str(comment))
    assert "unresolved-reference" in broken.out
    for shown in (broken.out, comment.read_text(encoding="utf-8")):
        assert secret not in shown


def test_a_text_can_not_end_its_block(run: Run, published: Path, tmp_path: Path) -> None:
    """Backticks, HTML, mentions and line breaks of a text stay inside a fence that is longer than any row of backticks in it."""
    write_record(published, {EVENT: event(name={"en": "```` @team <b>x</b> [a](https://example.org)"}, summary={"en": "a\n```\n# b"})})
    comment = tmp_path / "comment.md"
    assert run("plan", str(published), "--markdown", str(comment)).code == 0
    lines = comment.read_text(encoding="utf-8").splitlines()
    fences = [index for index, line in enumerate(lines) if line.startswith("`````")]
    assert len(fences) == 2
    assert all(fences[0] < index < fences[1] for index, line in enumerate(lines) if "@team" in line or "# b" in line)


def test_a_long_comment_is_cut_between_changes_and_says_so() -> None:
    """It is never longer than GitHub allows, and says how many changes are missing."""
    changes = tuple(
        Planned(Difference.UPDATED, f"events/e-{number:05}", ChangeKind.UPDATED, reason="\U00010000" * 100, target=None)
        for number in range(2000)
    )
    text = markdown_of(Review(changes=changes))
    assert MOST - 1000 < len(text.encode("utf-16-le")) // 2 <= MOST
    shown = text.count("events/e-")
    assert f"{2000 - shown:,} more changes did not fit into this comment. `article33 plan` shows everything." in text
    assert text.count("```") == 2


def test_every_member_of_the_document_is_documented() -> None:
    """docs/plan.md names each one."""
    said = (ROOT / "docs/plan.md").read_text(encoding="utf-8")
    for model in (Document, Change, Field, UndoneChange, PutBack, Problem, Commit):
        assert [name for name in model.model_fields if f"`{name}`" not in said] == [], model.__name__
