"""Findings that a reviewer judged harmless: what an entry silences, and when it counts no more."""

import json
from io import StringIO
from pathlib import Path

import pytest

from schemas.pointers import Json
from schemas.v1.rules import Rule
from tests.unit.builders import CASE, EVENT, GROUP, PERSON, SOURCE, TODAY, Fields, fields, write_record
from workbench.seedfiles import Problem
from workbench.staging import Staging

SENTENCE = "Call 010-1234-5678."
ENTRY: Fields = {
    "rule": "personal-data",
    "field": "/summary/en",
    "text": SENTENCE,
    "reason": "The public number of an office.",
    "role": "editor, Asia",
    "on": "2026-11-20",
}


def problems(root: Path, files: dict[str, Fields]) -> list[tuple[str, str, bool]]:
    """Return (rule, field, is a warning) of every problem of a record with these files."""
    with Staging() as staging:
        found = staging.add([write_record(root, files)])
        return [(one.rule, one.field, one.warning) for one in [*found, *staging.check(TODAY)]]


def event(*entries: Json, summary: str = f"One thing. {SENTENCE} Another.") -> dict[str, Fields]:
    """Return the file of an event with a telephone number in its summary, and with these entries."""
    return {EVENT: {**fields(EVENT), "summary": {"en": summary}, "reviewed": list(entries)}}


@pytest.mark.parametrize("text", [SENTENCE, f"One thing. {SENTENCE} Another.", SENTENCE.replace(" ", "\n  ")])
def test_an_entry_silences_its_finding(tmp_path: Path, text: str) -> None:
    """An entry holds the sentence or the whole text; how YAML folds its lines makes no difference."""
    assert problems(tmp_path, event({**ENTRY, "text": text})) == []


@pytest.mark.parametrize(
    "entry",
    [
        {**ENTRY, "text": "010-1234-5678"},
        {**ENTRY, "text": "Call 010-1234-5679."},
        {**ENTRY, "field": "/name/en"},
        {**ENTRY, "rule": "characterisation-unattributed"},
    ],
    ids=["only a part of the sentence", "another text", "another field", "another rule"],
)
def test_an_entry_counts_only_for_what_was_judged(tmp_path: Path, entry: Fields) -> None:
    """The finding stays, and the entry is reported, so that nobody believes that it counts."""
    assert sorted(problems(tmp_path, event(entry))) == [
        (Rule.PERSONAL_DATA, "/summary/en", False),
        (Rule.REVIEWED, "/reviewed/0", True),
    ]


def test_an_entry_silences_one_finding(tmp_path: Path) -> None:
    """Another finding of the same rule in the same field stays."""
    found = problems(tmp_path, event(ENTRY, summary=f"{SENTENCE} Write to someone@example.org."))
    assert found == [(Rule.PERSONAL_DATA, "/summary/en", False)]


@pytest.mark.parametrize("rule", ["person-without-public-role", "exposes-people-at-risk", "source-not-suppressed", "insufficient-sources"])
def test_rules_without_exceptions_take_no_entry(tmp_path: Path, rule: str) -> None:
    """Rules 2, 3 and 8 take no exception, and neither does a rule that is not about words."""
    assert (Rule.REVIEWED, "/reviewed/0/rule", False) in problems(tmp_path, event({**ENTRY, "rule": rule}))


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"reason": None}, "/reviewed/0/reason"),
        ({"on": "2026-11-31"}, "/reviewed/0/on"),
        ({"on": "2026-11-24"}, "/reviewed/0/on"),
        ({"who": "somebody"}, "/reviewed/0/who"),
    ],
    ids=["no reason", "no day", "a day to come", "an unknown field"],
)
def test_a_faulty_entry_is_named(tmp_path: Path, changes: Fields, at: str) -> None:
    """An entry has a rule, a field, a text, a reason, a role and a day; it silences nothing without them."""
    found = problems(tmp_path, event({**ENTRY, **changes}))
    assert (Rule.REVIEWED, at, False) in found
    assert (Rule.PERSONAL_DATA, "/summary/en", False) in found


def test_entries_are_not_published(tmp_path: Path) -> None:
    """No document to publish has the entries, and they can be listed."""
    with Staging() as staging:
        assert staging.add([write_record(tmp_path, event(ENTRY))]) == []
        assert [(path, entry.text) for _, path, entry in staging.reviewed()] == [(EVENT, SENTENCE)]
        assert not any(b"reviewed" in document.content or b"public number" in document.content for document in staging)


def test_an_entry_in_a_stream_counts(tmp_path: Path) -> None:
    """A line of NDJSON can have entries as a file can."""
    line = {"id": EVENT, **event(ENTRY)[EVENT]}
    for lines, expected in (([line], []), ([{**line, "reviewed": []}], [Rule.PERSONAL_DATA])):
        with Staging() as staging:
            _add_published(staging, tmp_path)
            assert staging.add([StringIO("".join(f"{json.dumps(one)}\n" for one in lines))]) == []
            assert [one.rule for one in staging.check(TODAY)] == expected


@pytest.mark.parametrize(
    ("path", "changes"),
    [(GROUP, {"size": 9}), (CASE, {"status": "open", "outcome": "unknown", "outcome_as_of": None})],
    ids=["the group is smaller", "the case is open again"],
)
def test_a_stream_may_not_make_published_texts_break_a_rule(tmp_path: Path, path: str, changes: Fields) -> None:
    """Published texts of a case are checked again when a stream changes the case or its group; the problem is the stream's."""
    known: Fields = {"status": "closed", "outcome": "released", "outcome_as_of": {"edtf": "2016"}}
    known["citations"] = [{"source": SOURCE, "fields": ["/outcome", "/name"]}]
    before: dict[str, Fields] = {
        GROUP: {**fields(GROUP), "size": 30},
        CASE: {**fields(CASE), **known},
        EVENT: {**fields(EVENT), "summary": {"en": "Two women were held in cell 4 of the detention centre."}},
    }
    with Staging() as staging:
        _add_published(staging, tmp_path, before)
        changed = {"id": path, **before[path], **changes}
        assert staging.add([StringIO(json.dumps(changed))]) == []
        found = list[Problem](staging.check(TODAY))
        assert {(one.file, one.rule) for one in found} == {
            ("<stdin>", Rule.PROTECTED_GROUP_DETAIL if path == GROUP else Rule.EXPOSES_PEOPLE_AT_RISK)
        }
        assert all(EVENT in one.message for one in found)


@pytest.mark.parametrize("path", [PERSON, CASE])
def test_a_stream_that_changes_nothing_around_checks_nothing_else(tmp_path: Path, path: str) -> None:
    """Published texts are not checked again when a stream changes something else."""
    with Staging() as staging:
        _add_published(staging, tmp_path, {EVENT: {**fields(EVENT), "summary": {"en": "Two women were taken away."}}})
        assert staging.add([StringIO(json.dumps({"id": path, **fields(path), "summary": {"en": "Another summary."}}))]) == []
        assert staging.check(TODAY) == []


def _add_published(staging: Staging, root: Path, files: dict[str, Fields] | None = None) -> None:
    """Stage a record as if it were published."""
    with Staging() as published:
        assert published.add([write_record(root, dict(files or {}))]) == []
        staging.add_published([(document.path, document.content) for document in published])
