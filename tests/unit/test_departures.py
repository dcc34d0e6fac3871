"""Declaring that a resource departed: what a declaration may say, where it leads, and which resources may still name the departed one."""

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from record.model import Document, State
from schemas.pointers import Json
from schemas.registry import RESOURCES
from schemas.v1.departures import How, declared
from schemas.v1.rules import Departed, Rule
from schemas.v1.vocabulary import Reason
from tests.unit.builders import (
    BODY,
    CASE,
    EVENT,
    EVERYTHING,
    GROUP,
    INSTRUMENT,
    OTHER_SOURCE,
    PERSON,
    SOURCE,
    STATE,
    STATEMENT,
    TODAY,
    Fields,
    breaches,
    claim,
    content,
    fields,
    singular,
    write_record,
)
from workbench.seedfiles import Problem
from workbench.staging import Staging

ONE, TWO, THREE, FOUR = (f"instruments/{name}" for name in ("one", "two", "three", "four"))
WITHDRAWN: Fields = {"gone": {"how": "withdrawn", "reason": "error"}}


def led(to: str, how: str = "renamed", reason: str = "better-id") -> Fields:
    """Return the declaration of a resource that leads to another id."""
    return {"gone": {"how": how, "to": to, "reason": reason}}


def withdrawn(*still_named_by: str) -> Fields:
    """Return the declaration of a withdrawn resource, with the resources that may still name it."""
    return {"gone": {"how": "withdrawn", "reason": "risk", "still_named_by": list(still_named_by)}}


def problems(*roots: Path) -> list[Problem]:
    """Return all problems of these directories."""
    with Staging() as staging:
        return [*staging.add(list(roots)), *staging.check(TODAY)]


def wrong_in(root: Path, files: Mapping[str, Fields | None]) -> set[tuple[Rule, str, str]]:
    """Return the rules that the small record breaks with these files in it, with the file and the field of each breach."""
    return {
        (problem.rule, problem.file.removeprefix(f"{root}/").removesuffix(".yaml"), problem.field)
        for problem in problems(write_record(root, files))
    }


def documents(root: Path, files: Mapping[str, Fields | None]) -> dict[str, Document]:
    """Return what would be published of the small record with these files, which must be valid."""
    with Staging() as staging:
        assert [*staging.add([write_record(root, files)]), *staging.check(TODAY)] == []
        return {document.path: document for document in staging}


GRAMMAR: tuple[tuple[str, Json, set[tuple[Rule, str]]], ...] = (
    ("nothing", None, {(Rule.INVALID_VALUE, "/gone")}),
    ("a list", [], {(Rule.INVALID_VALUE, "/gone")}),
    ("a word", "withdrawn", {(Rule.INVALID_VALUE, "/gone")}),
    ("true", True, {(Rule.INVALID_VALUE, "/gone")}),
    ("empty", {}, {(Rule.MISSING_FIELD, "/gone/how"), (Rule.MISSING_FIELD, "/gone/reason")}),
    ("no how", {"reason": "error"}, {(Rule.MISSING_FIELD, "/gone/how")}),
    ("no reason", {"how": "withdrawn"}, {(Rule.MISSING_FIELD, "/gone/reason")}),
    ("no such how", {"how": "deleted", "reason": "error"}, {(Rule.INVALID_VALUE, "/gone/how")}),
    ("the state of what is there", {"how": "live", "reason": "error"}, {(Rule.INVALID_VALUE, "/gone/how")}),
    ("how in capitals", {"how": "Withdrawn", "reason": "error"}, {(Rule.INVALID_VALUE, "/gone/how")}),
    ("no such reason", {"how": "withdrawn", "reason": "whim"}, {(Rule.INVALID_VALUE, "/gone/reason")}),
    ("a reason in words", {"how": "withdrawn", "reason": "It was wrong."}, {(Rule.INVALID_VALUE, "/gone/reason")}),
    ("no reason given", {"how": "withdrawn", "reason": None}, {(Rule.INVALID_VALUE, "/gone/reason")}),
    ("renamed to nowhere", {"how": "renamed", "reason": "better-id"}, {(Rule.INVALID_VALUE, "/gone/to")}),
    ("merged into nothing", {"how": "merged", "to": None, "reason": "duplicate"}, {(Rule.INVALID_VALUE, "/gone/to")}),
    ("withdrawn to somewhere", {"how": "withdrawn", "to": TWO, "reason": "error"}, {(Rule.INVALID_VALUE, "/gone/to")}),
    ("to itself", led(ONE)["gone"], {(Rule.INVALID_VALUE, "/gone/to")}),
    ("to another type", led(CASE)["gone"], {(Rule.INVALID_VALUE, "/gone/to")}),
    ("to no type", led("things/a")["gone"], {(Rule.INVALID_VALUE, "/gone/to")}),
    *(
        (f"to {to!r}"[:30], led(to)["gone"], {(Rule.INVALID_VALUE, "/gone/to")})
        for to in ("two", "instruments/Two", "instruments/", "/instruments/two", "instruments/two/x", f"{TWO}\n", f" {TWO}", "x" * 200)
    ),
    ("to a number", {"how": "renamed", "to": 2, "reason": "error"}, {(Rule.INVALID_VALUE, "/gone/to")}),
    ("an unknown field inside", {"how": "withdrawn", "reason": "error", "since": "2026"}, {(Rule.UNKNOWN_FIELD, "/gone/since")}),
    ("named by a word", {"how": "withdrawn", "reason": "error", "still_named_by": CASE}, {(Rule.INVALID_VALUE, "/gone/still_named_by")}),
    ("named by null", {"how": "withdrawn", "reason": "error", "still_named_by": None}, {(Rule.INVALID_VALUE, "/gone/still_named_by")}),
    (
        "named by what is no id",
        {"how": "withdrawn", "reason": "error", "still_named_by": [CASE, "a-case", 3]},
        {(Rule.INVALID_VALUE, "/gone/still_named_by/1"), (Rule.INVALID_VALUE, "/gone/still_named_by/2")},
    ),
    (
        "several at once",
        {"how": "deleted", "reason": "whim", "to": 2, "x": 1},
        {
            *((Rule.INVALID_VALUE, f"/gone/{name}") for name in ("how", "reason", "to")),
            (Rule.UNKNOWN_FIELD, "/gone/x"),
        },
    ),
)


@pytest.mark.parametrize(("declaration", "expected"), [case[1:] for case in GRAMMAR], ids=[case[0] for case in GRAMMAR])
def test_a_declaration_says_how_and_why_and_nothing_else(declaration: Json, expected: set[tuple[Rule, str]], tmp_path: Path) -> None:
    """Every missing, unknown or misspelt member is reported with its field, all at once, and nothing is published."""
    departed, wrong = declared(ONE, {"gone": declaration})
    assert departed is None
    assert {(breach.rule, breach.field) for breach in wrong} == expected
    assert all(breach.message and "Departure" not in breach.message for breach in wrong)
    assert wrong_in(tmp_path, {ONE: {"gone": declaration}, TWO: fields(INSTRUMENT)}) == {(rule, ONE, field) for rule, field in expected}


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("how", How)
def test_every_way_and_reason_can_be_declared(how: How, reason: Reason) -> None:
    """A declaration takes every value of the vocabularies. All except withdrawn resources say where they lead."""
    to = None if how is How.WITHDRAWN else TWO
    declaration: Fields = {"how": str(how), "reason": str(reason), **({"to": to} if to else {})}
    assert declared(ONE, {"gone": declaration}) == (Departed(ONE, str(how), to, str(reason)), [])
    assert declared(ONE, {"gone": {**declaration, "to": to}})[1] == []


def test_the_guide_lists_every_reason_and_every_rule() -> None:
    """docs/seed.md explains exactly the reasons of the vocabulary, and the ten publication rules."""
    guide = (Path(__file__).parents[2] / "docs" / "seed.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z-]+)` \|", guide, re.MULTILINE)
    assert listed == [*map(str, Reason), *map(str, list(Rule)[:10])]


def test_states_and_ways_have_the_same_names() -> None:
    """A file declares the state that the published revision gets."""
    assert {str(how) for how in How} | {"live"} == {str(state) for state in State}


def test_no_resource_has_the_fields_of_a_tombstone() -> None:
    """`gone` marks a declaration in a file, and `state` marks a tombstone in published content. No model has either field."""
    for resource in RESOURCES:
        assert not {"gone", "state", "target", "reason"} & set(resource.model.model_fields)


@pytest.mark.parametrize("field", ["name", "citations", "claims", "nonsense", "state", "Gone"])
def test_what_went_away_has_no_content(field: str, tmp_path: Path) -> None:
    """A declaration next to another field is refused, so that no content stays in the file by mistake. The message has field and line."""
    files: dict[str, Fields | None] = {ONE: {**WITHDRAWN, field: fields(INSTRUMENT).get(field)}}
    (problem,) = problems(write_record(tmp_path, files))
    assert (problem.rule, problem.field, problem.line) == (Rule.UNKNOWN_FIELD, f"/{field}", 4)
    assert "a resource that left the record has no content" in problem.message


def test_id_and_type_may_stand_beside_a_declaration(tmp_path: Path) -> None:
    """Any file may have them, if they agree with its path."""
    assert wrong_in(tmp_path / "one", {ONE: {"id": ONE, "type": "instrument", **WITHDRAWN}}) == set()
    assert wrong_in(tmp_path / "two", {ONE: {"id": TWO, **WITHDRAWN}}) == {(Rule.MISPLACED_FILE, ONE, "/id")}
    assert wrong_in(tmp_path / "three", {ONE: {"type": "case", **WITHDRAWN}}) == {(Rule.MISPLACED_FILE, ONE, "/type")}


def test_every_breach_has_its_line(tmp_path: Path) -> None:
    """Line numbers are those of the written file, comments included."""
    root = write_record(tmp_path, {})
    (root / f"{ONE}.yaml").write_text(
        "# why\ngone:\n  how: merged\n\n  to: instruments/none\n  reason: error\n  still_named_by:\n    - cases/x\n"
    )
    assert [(problem.line, problem.field) for problem in problems(root)] == [(5, "/gone/to"), (8, "/gone/still_named_by/0")]


def test_what_went_away_is_published_as_a_tombstone(tmp_path: Path) -> None:
    """A tombstone says how, why and where to. It holds no content, and is only in the list of departed resources."""
    found = documents(tmp_path, {ONE: WITHDRAWN, TWO: led(THREE, "merged", "duplicate"), THREE: fields(INSTRUMENT)})
    assert json.loads(found[ONE].content) == {
        "id": ONE,
        "type": "instrument",
        "state": "withdrawn",
        "reason": "error",
        "target": None,
    }
    assert (found[ONE].state, found[ONE].reason, found[ONE].target) == (State.WITHDRAWN, "error", None)
    assert (found[TWO].state, found[TWO].reason, found[TWO].target) == (State.MERGED, "duplicate", THREE)
    for path in (ONE, TWO):
        assert found[path].standing == ("instruments?gone",)
        assert (found[path].sort_keys, found[path].values, found[path].span) == ({}, (), None)
    assert found[THREE].state is State.LIVE
    assert list(found) == sorted(found)


def test_a_resource_of_every_type_can_go(tmp_path: Path) -> None:
    """The whole small record is withdrawn, and every type has its tombstone."""
    found = documents(tmp_path, dict.fromkeys(EVERYTHING, WITHDRAWN))
    assert {path: json.loads(document.content)["type"] for path, document in found.items()} == {path: singular(path) for path in EVERYTHING}


@pytest.mark.parametrize(
    ("files", "ends"),
    [
        ({ONE: led(TWO), TWO: fields(INSTRUMENT)}, {ONE: TWO}),
        ({ONE: led(TWO), TWO: led(THREE), THREE: fields(INSTRUMENT)}, {ONE: THREE, TWO: THREE}),
        ({THREE: led(TWO), TWO: led(ONE), ONE: fields(INSTRUMENT)}, {THREE: ONE, TWO: ONE}),
        (
            {ONE: led(TWO), TWO: led(THREE, "merged"), THREE: led(FOUR), FOUR: fields(INSTRUMENT)},
            {ONE: FOUR, TWO: FOUR, THREE: FOUR},
        ),
        ({ONE: led(TWO), TWO: led(THREE), THREE: WITHDRAWN}, {ONE: THREE, TWO: THREE, THREE: None}),
        ({ONE: led(THREE), TWO: led(THREE), THREE: fields(INSTRUMENT)}, {ONE: THREE, TWO: THREE}),
    ],
    ids=["one", "two", "against the order of ids", "three", "to what was withdrawn", "two into one"],
)
def test_a_chain_leads_to_its_end_in_one_hop(files: dict[str, Fields | None], ends: dict[str, str | None], tmp_path: Path) -> None:
    """Each id leads directly to the end of its chain: to a live resource, or to a withdrawn one's tombstone."""
    found = documents(tmp_path, files)
    assert {path: found[path].target for path in ends} == ends
    assert {path: json.loads(found[path].content)["target"] for path in ends} == ends


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        ({ONE: led(TWO), TWO: led(ONE)}, {ONE, TWO}),
        ({ONE: led(TWO), TWO: led(THREE), THREE: led(ONE)}, {ONE, TWO, THREE}),
        ({ONE: led(TWO), TWO: led(THREE), THREE: led(TWO)}, {ONE, TWO, THREE}),
    ],
    ids=["two", "three", "a tail"],
)
def test_a_circle_is_refused(files: dict[str, Fields | None], wrong: set[str], tmp_path: Path) -> None:
    """Every declaration that leads into the circle is reported, and nothing loops forever."""
    assert wrong_in(tmp_path, files) == {(Rule.INVALID_VALUE, path, "/gone/to") for path in wrong}
    with Staging() as staging:
        staging.add([tmp_path])
        assert all(document.target is None for document in staging if document.path in wrong)


def test_a_chain_that_ends_nowhere_is_refused(tmp_path: Path) -> None:
    """Each declaration of the chain is reported, because its end is not in the record."""
    expected = {(Rule.UNRESOLVED_REFERENCE, path, "/gone/to") for path in (ONE, TWO)}
    assert wrong_in(tmp_path, {ONE: led(TWO), TWO: led(THREE)}) == expected
    assert all(f"redirects to {THREE}, which is not in the record" in problem.message for problem in problems(tmp_path))


def claiming(at: str, value: Json, **more: Json) -> dict[str, Fields | None]:
    """Return the instrument with a claim that is not preferred."""
    return {INSTRUMENT: fields(INSTRUMENT, {"claims": [claim(at, value, **more)]})}


SIGNED: list[Json] = [{"actor": PERSON, "action": "signed", "citations": [{"source": SOURCE}]}]
CLAIMED_ACTOR = claiming("/depositary", PERSON)
CLAIMED_ACT = claiming("/party_acts", SIGNED)
CLAIMED_BY = claiming("/depositary", STATE, citations=[{"source": OTHER_SOURCE}])
REFERENCES: tuple[tuple[str, str, dict[str, Fields | None], set[tuple[str, str]]], ...] = (
    ("an event", EVENT, {}, {(CASE, "/events/0")}),
    ("a case", CASE, {}, {(EVENT, "/case"), (STATEMENT, "/about/cases/0")}),
    ("a state", STATE, {}, {(CASE, "/states/0/actor")}),
    ("a speaker who publishes", BODY, {}, {(STATEMENT, "/speaker"), (OTHER_SOURCE, "/publisher")}),
    ("a group", GROUP, {}, {(CASE, "/protected_group"), (EVENT, "/affected/0/actor")}),
    ("the source of all", SOURCE, {}, {(path, "/citations/0/source") for path in EVERYTHING if path != SOURCE}),
    ("the source of a claim", OTHER_SOURCE, CLAIMED_BY, {(INSTRUMENT, "/claims/0/citations/0/source")}),
    ("what is claimed", PERSON, CLAIMED_ACTOR, {(INSTRUMENT, "/claims/0/value")}),
    ("a part of what is claimed", PERSON, CLAIMED_ACT, {(INSTRUMENT, "/claims/0/value/0/actor")}),
    ("what nobody names", INSTRUMENT, {}, set()),
)


@pytest.mark.parametrize(("gone", "files", "expected"), [case[1:] for case in REFERENCES], ids=[case[0] for case in REFERENCES])
def test_references_to_what_went_away_are_refused_unless_named(
    gone: str, files: dict[str, Fields | None], expected: set[tuple[str, str]], tmp_path: Path
) -> None:
    """Each is reported with file and field, also in claims. `still_named_by` allows them; each entry is needed."""
    missing = {(Rule.REFERENCE_TO_DEPARTED, path, field) for path, field in expected}
    assert wrong_in(tmp_path, {**files, gone: WITHDRAWN}) == missing
    namers = sorted({path for path, _ in expected})
    assert wrong_in(tmp_path, {**files, gone: withdrawn(*namers)}) == set()
    for left in namers:
        others = [path for path in namers if path != left]
        assert wrong_in(tmp_path, {**files, gone: withdrawn(*others)}) == {one for one in missing if one[1] == left}


@pytest.mark.parametrize(
    ("declaration", "advice"),
    [(WITHDRAWN, "was withdrawn: remove the reference"), (led(BODY, "merged"), f"was merged: refer to {BODY}")],
    ids=["withdrawn", "merged"],
)
def test_a_reference_is_refused_at_its_line_with_what_to_do(declaration: Fields, advice: str, tmp_path: Path) -> None:
    """File and line are those of the referring resource."""
    (problem,) = problems(write_record(tmp_path, {PERSON: declaration, INSTRUMENT: fields(INSTRUMENT, {"depositary": PERSON})}))
    lines = (tmp_path / f"{INSTRUMENT}.yaml").read_text(encoding="utf-8").splitlines()
    assert (problem.rule, problem.file) == (Rule.REFERENCE_TO_DEPARTED, str(tmp_path / f"{INSTRUMENT}.yaml"))
    assert lines[problem.line - 1] == f"depositary: {PERSON}"
    assert advice in problem.message
    assert "still_named_by" in problem.message


@pytest.mark.parametrize("namer", [STATE, INSTRUMENT, "actors/nobody", PERSON], ids=["another", "another type", "nobody", "itself"])
def test_who_does_not_name_it_any_more_is_not_kept(namer: str, tmp_path: Path) -> None:
    """An unused entry in `still_named_by` would later let a reference in unseen."""
    assert wrong_in(tmp_path, {PERSON: withdrawn(namer)}) == {(Rule.UNRESOLVED_REFERENCE, PERSON, "/gone/still_named_by/0")}


def test_what_went_away_keeps_nothing_else_in_the_record(tmp_path: Path) -> None:
    """A withdrawn resource can't be listed in another's `still_named_by`."""
    files: dict[str, Fields | None] = {BODY: withdrawn(STATEMENT, OTHER_SOURCE), OTHER_SOURCE: WITHDRAWN}
    assert wrong_in(tmp_path, files) == {(Rule.UNRESOLVED_REFERENCE, BODY, "/gone/still_named_by/1")}


def test_one_who_may_still_name_it_may_in_every_field(tmp_path: Path) -> None:
    """The exception covers all fields and claims of the listed resource, and no other resource."""
    kept = claiming("/depositary", PERSON)[INSTRUMENT]
    assert kept is not None
    files: dict[str, Fields | None] = {
        PERSON: withdrawn(INSTRUMENT),
        INSTRUMENT: {**kept, "party_acts": SIGNED},
        TWO: fields(INSTRUMENT, {"depositary": PERSON}),
    }
    assert wrong_in(tmp_path, files) == {(Rule.REFERENCE_TO_DEPARTED, TWO, "/depositary")}


def test_what_still_names_a_case_that_went_away_is_kept_as_safe_as_before(tmp_path: Path) -> None:
    """The outcome of a withdrawn case is unknown, so its events show no finer places than while it was open."""
    place: Fields = {"name": {"en": "A house"}, "country": "CN", "precision": "facility"}
    files: dict[str, Fields | None] = {CASE: withdrawn(EVENT, STATEMENT), EVENT: fields(EVENT, {"place": place})}
    assert wrong_in(tmp_path, files) == {(Rule.EXPOSES_PEOPLE_AT_RISK, EVENT, "/place/precision")}


def test_a_declaration_and_a_resource_are_two_of_one_id(tmp_path: Path) -> None:
    """An id can exist only once in a record of two directories, in either order. Two declarations of one id are refused too."""
    first, second = write_record(tmp_path / "one", {ONE: WITHDRAWN}), tmp_path / "two"
    for written in (WITHDRAWN, fields(INSTRUMENT)):
        write_record(second, {**dict.fromkeys(EVERYTHING), ONE: written})
        for roots in ((first, second), (second, first)):
            (problem,) = problems(*roots)
            assert (problem.rule, problem.file) == (Rule.DUPLICATE, str(roots[1] / f"{ONE}.yaml"))
            assert str(roots[0] / f"{ONE}.yaml") in problem.message


LISTS: tuple[tuple[str, str, str, Json], ...] = (
    ("events", CASE, "/events/1", {"events": [EVENT, EVENT]}),
    ("about", STATEMENT, "/about/cases/1", {"about": {"cases": [CASE, CASE]}}),
    ("parts", CASE, "/states/2", {"states": [{"actor": STATE, "role": "detaining"}, {"actor": STATE, "role": "transit"}] * 2}),
    ("citations", INSTRUMENT, "/citations/1", {"citations": [{"source": SOURCE}, {"source": SOURCE, "fields": []}]}),
    (
        "citations of claims",
        INSTRUMENT,
        "/claims/0/citations/1",
        {"claims": [claim("/depositary", STATE, citations=[{"source": SOURCE}] * 2)]},
    ),
)


@pytest.mark.parametrize(("path", "field", "changes"), [case[1:] for case in LISTS], ids=[case[0] for case in LISTS])
def test_nothing_stands_twice_in_a_list_of_references(path: str, field: str, changes: Fields) -> None:
    """A merge of two resources in the same list would cause it. The same actor in another role is another item."""
    wrong = [(breach.rule, breach.field) for breach in breaches(path, changes)]
    assert (Rule.DUPLICATE, field) in wrong
    assert {rule for rule, _ in wrong} == {Rule.DUPLICATE}


def published(*gone: tuple[str, str, str | None, str]) -> list[tuple[str, bytes]]:
    """Return what is published of the small record and of these departed resources, given as (path, how, target, reason)."""
    tombstones = [
        (path, json.dumps({"id": path, "type": singular(path), "state": how, "target": target, "reason": reason}).encode())
        for path, how, target, reason in gone
    ]
    return [*((path, json.dumps(content(path)).encode()) for path in EVERYTHING if path not in dict(tombstones)), *tombstones]


def streamed(*lines: Fields, gone: tuple[tuple[str, str, str | None, str], ...] = ()) -> tuple[list[Problem], dict[str, Document]]:
    """Return the problems of a stream that is added to the published record, and what would be published."""
    with Staging() as staging:
        staging.add_published(published(*gone))
        stream = io.StringIO("".join(f"{json.dumps(line)}\n" for line in lines))
        wrong = [*staging.add([stream]), *staging.check(TODAY)]
        return wrong, {document.path: document for document in staging}


def test_a_line_declares_as_a_file_does() -> None:
    """An object with `id` and `gone` is a declaration. Its problems are reported with the line number."""
    wrong, found = streamed({"id": INSTRUMENT, **WITHDRAWN})
    assert (wrong, found[INSTRUMENT].state, len(found)) == ([], State.WITHDRAWN, len(EVERYTHING))
    wrong, _ = streamed({"id": ONE, **fields(INSTRUMENT)}, {"id": TWO, "gone": {"how": "withdrawn"}}, {"id": THREE, **WITHDRAWN, "name": 1})
    assert [(problem.line, problem.field, problem.rule) for problem in wrong] == [
        (2, "/gone/reason", Rule.MISSING_FIELD),
        (3, "/name", Rule.UNKNOWN_FIELD),
    ]


def test_a_line_that_withdraws_what_published_resources_name_is_refused() -> None:
    """The referring resources are not in the stream, so they are reported at the declaration's line. `still_named_by` allows them."""
    wrong, _ = streamed({"id": BODY, **WITHDRAWN})
    assert [(problem.line, problem.field, problem.rule) for problem in wrong] == [(1, "/gone", Rule.REFERENCE_TO_DEPARTED)] * 2
    assert [problem.message.split(" ")[0] for problem in wrong] == [OTHER_SOURCE, STATEMENT]
    assert streamed({"id": BODY, **withdrawn(OTHER_SOURCE, STATEMENT)})[0] == []
    wrong, _ = streamed({"id": BODY, **withdrawn(OTHER_SOURCE)})
    assert [problem.message.split(" ")[0] for problem in wrong] == [STATEMENT]


def test_a_line_may_go_along_with_what_it_names() -> None:
    """A reference is no obstacle if the same stream withdraws the referring resource or takes the reference out."""
    statement = {"id": STATEMENT, **fields(STATEMENT, {"speaker": PERSON})}
    source = {"id": OTHER_SOURCE, **WITHDRAWN}
    for lines in ([{"id": BODY, **WITHDRAWN}, statement, source], [source, statement, {"id": BODY, **WITHDRAWN}]):
        wrong, found = streamed(*lines)
        assert wrong == []
        assert [path for path, document in found.items() if document.state is State.WITHDRAWN] == [BODY, OTHER_SOURCE]


def test_a_stream_keeps_what_went_away_before() -> None:
    """Departed resources stay departed, and a line with the resource's content restores it."""
    gone = ((ONE, "withdrawn", None, "error"), (TWO, "merged", INSTRUMENT, "duplicate"))
    _, before = streamed(gone=gone)
    wrong, after = streamed({"id": THREE, **fields(INSTRUMENT)}, gone=gone)
    assert wrong == []
    for path in (ONE, TWO):
        assert before[path].content == after[path].content
        assert (after[path].state is State.LIVE, after[path].reason) == (False, before[path].reason)
    wrong, back = streamed({"id": TWO, **fields(INSTRUMENT)}, gone=gone)
    assert (wrong, back[TWO].state, back[ONE].state) == ([], State.LIVE, State.WITHDRAWN)


def test_a_stream_may_not_name_what_went_away_before() -> None:
    """The exceptions are in the declaration. The stream must repeat it to change a resource that may still name the departed one."""
    gone = ((PERSON, "withdrawn", None, "error"),)
    line: Fields = {"id": ONE, **fields(INSTRUMENT, {"depositary": PERSON})}
    wrong, _ = streamed(line, gone=gone)
    assert [(problem.line, problem.field, problem.rule) for problem in wrong] == [(1, "/depositary", Rule.REFERENCE_TO_DEPARTED)]
    declaration: Fields = {"id": PERSON, "gone": {"how": "withdrawn", "reason": "error", "still_named_by": [ONE]}}
    wrong, found = streamed(line, declaration, gone=gone)
    assert (wrong, found[PERSON].content) == ([], streamed(gone=gone)[1][PERSON].content)


def test_a_stream_that_moves_a_target_moves_what_leads_to_it() -> None:
    """What was merged before leads to the new id directly. A circle through published resources is refused."""
    gone = ((TWO, "merged", INSTRUMENT, "duplicate"),)
    wrong, found = streamed({"id": INSTRUMENT, **led(ONE)}, {"id": ONE, **fields(INSTRUMENT)}, gone=gone)
    assert (wrong, found[TWO].target, found[TWO].reason, found[INSTRUMENT].target) == ([], ONE, "duplicate", ONE)
    wrong, _ = streamed({"id": INSTRUMENT, **led(TWO, "merged")}, gone=gone)
    assert [(problem.line, problem.field) for problem in wrong] == [(1, "/gone/to")]


def test_a_stream_holds_an_id_once() -> None:
    """The second line of an id is refused: two declarations, or one declaration and one content."""
    for lines in ([WITHDRAWN, WITHDRAWN], [WITHDRAWN, fields(INSTRUMENT)], [fields(INSTRUMENT), WITHDRAWN]):
        wrong, _ = streamed(*({"id": ONE, **line} for line in lines))
        assert [(problem.line, problem.rule) for problem in wrong] == [(2, Rule.DUPLICATE)]
