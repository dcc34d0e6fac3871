"""`check` says every problem once, and all of them at once: what is wrong in one place hides nothing elsewhere, and makes nothing wrong."""

import io
import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from record.items import LARGEST_REVISION
from schemas.pointers import Json, replace
from tests.conftest import START, World
from tests.e2e.commands import Run
from tests.unit.builders import (
    CASE,
    EVENT,
    EVERYTHING,
    GROUP,
    OTHER_SOURCE,
    SOURCE,
    STATE,
    STATEMENT,
    Fields,
    claim,
    fields,
    preferred,
    write_record,
)
from workbench.seedfiles import Problem
from workbench.staging import Staging

TELEPHONE = "Call the office at 010-1234-5678."
# A change of a valid resource, by the field that is wrong then. Each changes another member, so that they can be combined.
FAULTS: Mapping[str, Fields] = {
    "/colour": {"colour": "red"},
    "/last_verified": {"last_verified": 5},
    "/review/due": {"review": {"role": "editor", "due": "2026-02-30"}},
    "/name/qq": {"name": {"en": "A name", "qq": "x"}},
    "/summary/en": {"summary": {"en": TELEPHONE}},
    "/identifiers/0/scheme": {"identifiers": [{"scheme": "Bad Slug", "value": "x"}]},
    "/citations/1/source": {"citations": [{"source": SOURCE}, {"source": "sources/none"}]},
    "/same_as/0": {"same_as": ["https://[::1"]},
    "/claims/0/field": {"claims": [claim("/nothing", "x")]},
}
OTHER_FAULTS: Mapping[str, Fields] = {
    "/name/en": {"claims": [claim("/name/en", "Another name")]},
    "/summary/ko": {"summary": {"en": "Short.", "ko": "가" * 4001}},
    "/name": {"name": None},
    "/citations/0/source": {"citations": [{"source": CASE}]},
    "/citations": {"citations": []},
    "/review": {"review": None},
}


def checked(root: Path) -> list[Problem]:
    """Return the problems of a directory."""
    with Staging() as staging:
        return [*staging.add([root]), *staging.check(START.date())]


def errors(root: Path) -> dict[str, list[str]]:
    """Return the fields with errors, by resource."""
    found: dict[str, list[str]] = {}
    for problem in checked(root):
        if not problem.warning:
            found.setdefault(str(Path(problem.file).relative_to(root).with_suffix("")), []).append(problem.field)
    return found


@pytest.mark.parametrize("number", range(12))
def test_every_broken_field_is_named_and_no_other_file(number: int, tmp_path: Path) -> None:
    """Some files get some faults, or can't be read at all. In one run, these files have problems, and all broken fields are named."""
    chance = random.Random(number)
    broken: dict[str, set[str]] = {}
    files: dict[str, Fields | None] = {}
    for path in chance.sample(EVERYTHING, chance.randint(1, len(EVERYTHING))):
        faults = {**FAULTS, **OTHER_FAULTS} if chance.random() < 0.5 else FAULTS
        chosen = chance.sample(sorted(faults), chance.randint(1, len(FAULTS)))
        changes: Fields = {}
        for at in chosen:
            if not changes.keys() & faults[at].keys() and not {at, *broken.get(path, ())} >= {"/name", "/name/en"}:
                changes |= faults[at]
                broken.setdefault(path, set()).add(at)
        files[path] = {name: value for name, value in fields(path, changes).items() if value is not None}
    root = write_record(tmp_path, files)
    for path in chance.sample(EVERYTHING, chance.randint(0, 2)):
        (root / f"{path}.yaml").write_text("name: [", encoding="utf-8")
        broken[path] = {""}
    problems = checked(root)
    named = errors(root)
    assert named.keys() == broken.keys()
    assert {path: unnamed for path in broken if (unnamed := broken[path] - set(named[path]))} == {}
    assert len({(one.file, one.field, one.message) for one in problems}) == len(problems)


ANYTHING: tuple[Any, ...] = (
    *(None, True, 3, -1.5, 10**30, "x", "", "/date", EVENT, "2015-10-22", [], {}, [None], ["x"], [{}], [[1]], {"x": 1}, {"en": "A"}),
    *({"field": 3}, {"source": None}, {"edtf": "nope"}, {"field": "/date", "value": 3}, [{"field": "/date"}], {"how": "withdrawn"}),
)


def places(value: Json, at: str = "") -> Iterator[str]:
    """Yield a pointer to every value inside a value."""
    members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in members:
        yield f"{at}/{name}"
        yield from places(inner, f"{at}/{name}")


@pytest.mark.parametrize("number", range(5))
def test_any_value_anywhere_is_a_problem_that_is_said_once(number: int) -> None:
    """Values of the wrong type, at random places of random resources, are never an exception."""
    chance = random.Random(number)
    some: Fields = {"claims": [preferred("/date", {"edtf": "2015-10-22"}), claim("/place/name/en", "Nanning")], "same_as": ["x"]}
    for _ in range(20):
        documents: dict[str, Json] = {path: fields(path, some if path == EVENT else None) for path in EVERYTHING}
        for path in chance.choices(EVERYTHING, k=3):
            documents[path] = replace(documents[path], chance.choice(list(places(documents[path]))), chance.choice(ANYTHING))
        lines = [json.dumps({"id": path, **document}) for path, document in documents.items() if isinstance(document, dict)]
        with Staging() as staging:
            problems = [*staging.add([io.StringIO("\n".join(lines))]), *staging.check(START.date())]
        assert len({(one.line, one.field, one.message) for one in problems}) == len(problems)


def test_ten_faults_in_one_file_are_ten_lines(tmp_path: Path, article33: Run) -> None:
    """Faults of the shape, of the text, of a claim, between resources and of the size are all said in one run."""
    faults: Fields = {
        **{name: value for changes in FAULTS.values() for name, value in changes.items()},
        "acts": [{"act": "arrest"}, {"act": "nonsense"}],
        "affected": [{"actor": GROUP, "number": 3}],
    }
    root = write_record(tmp_path, {EVENT: fields(EVENT, faults)})
    wanted = {*FAULTS, "/acts/1/act", "/affected/0/number"}
    assert set(errors(root)[EVENT]) == wanted
    assert len(errors(root)[EVENT]) == len(wanted)
    said = article33("check", str(root)).err.splitlines()
    assert said[-1] == f"article33: {len(wanted)} problems in 1 file; nothing was published"
    assert len(said) == len(wanted) + 2, "one line for each, one for the references to it, and the summary"


@pytest.mark.parametrize("path", [SOURCE, GROUP, CASE, STATE])
def test_one_wrong_field_is_one_problem_and_one_line_about_what_depends_on_it(path: str, tmp_path: Path, article33: Run) -> None:
    """The file exists, so no reference to it is wrong. One line counts those that could not be fully checked."""
    root = write_record(tmp_path, {path: fields(path, {"name": {"en": "A name", "qq": "x"}})})
    said = article33("check", str(root)).err.splitlines()
    assert len(said) == 3
    assert sum("[invalid-value]" in line for line in said) == 1
    (counted,) = [line for line in said if "[not-checked]" in line]
    assert f"to {path} could not be fully checked, because its file has a problem" in counted
    assert said[-1] == "article33: 1 problem in 1 file; nothing was published"


def test_an_exception_that_may_still_be_needed_is_not_called_useless(tmp_path: Path) -> None:
    """While something is not known, nobody can say that a reviewed finding is none."""
    entry: Fields = {"rule": "personal-data", "field": "/summary/en", "text": TELEPHONE, "reason": "Public.", "role": "editor"}
    reviewed: Fields = {"summary": {"en": TELEPHONE}, "reviewed": [{**entry, "on": "2026-11-20"}], "acts": 3}
    root = write_record(tmp_path, {EVENT: fields(EVENT, reviewed)})
    assert errors(root) == {EVENT: ["/acts"]}
    assert [problem.rule for problem in checked(root) if problem.warning] == ["not-checked"]


@pytest.mark.parametrize("name", ["a-source.yml", "A-Source.yaml"])
def test_a_file_with_the_wrong_name_is_read_all_the_same(name: str, tmp_path: Path) -> None:
    """Its name is one problem, and what is wrong in it is another."""
    root = write_record(tmp_path, {})
    (root / f"{SOURCE}.yaml").rename(root / "sources" / name)
    file = root / "sources" / name
    file.write_text(file.read_text(encoding="utf-8").replace("kind: news-article", "kind: nonsense"), encoding="utf-8")
    own = [problem.field for problem in checked(root) if problem.file == str(file) and not problem.warning]
    assert own[:2] == ["", "/kind"]
    if name.endswith(".yml"):
        assert list(errors(root)) == [SOURCE], "it is known which resource is meant"


def test_a_resource_that_is_too_large_is_refused_as_a_publish_would(tmp_path: Path, run: Run, world: World) -> None:
    """The size and the limit are named by `check` and `plan` too; with other faults, the size is named as well."""
    large: Fields = {"identifiers": [{"scheme": "un-document-symbol", "value": f"{number:04d} {'x' * 480}"} for number in range(520)]}
    root = write_record(tmp_path, {OTHER_SOURCE: fields(OTHER_SOURCE, large)})
    for command in (("check",), ("plan",), ("publish", "-m", "Too large")):
        refused = run(*command, str(root))
        assert refused.code == 1
        assert f"{OTHER_SOURCE}.yaml:1: [too-large] {OTHER_SOURCE} is too large: its item has" in refused.err
        assert f"the limit is {LARGEST_REVISION:,}" in refused.err
    assert not any(world.store.scan())
    write_record(tmp_path, {OTHER_SOURCE: fields(OTHER_SOURCE, {**large, "kind": "nonsense"})})
    assert sorted(errors(root)[OTHER_SOURCE]) == ["", "/kind"]


def test_a_declaration_with_a_problem_makes_no_reference_wrong(tmp_path: Path) -> None:
    """A file that says wrongly how its resource left the record is one problem."""
    root = write_record(tmp_path, {STATEMENT: {"gone": {"how": "vanished", "reason": "error"}}})
    assert errors(root) == {STATEMENT: ["/gone/how"]}


def test_a_stream_says_everything_too(tmp_path: Path, run: Run) -> None:
    """A line that is wrong makes no other line wrong."""
    stream = tmp_path / "all.ndjson"
    wrong: Mapping[str, Fields] = {CASE: {"status": 3, "summary": {"en": TELEPHONE}}}
    lines = [json.dumps({"id": path, **fields(path, wrong.get(path))}) for path in EVERYTHING]
    stream.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    said = run("plan", str(stream)).err.splitlines()
    assert [line.split("[")[1].split("]")[0] for line in said[:-1]] == ["not-checked", "invalid-value", "personal-data"]
    assert said[-1] == "article33: 2 problems in 1 file; nothing was published"
