"""Reading the record's source: YAML as JSON with comments, everything else refused with its line; and NDJSON."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.pointers import Json
from schemas.v1.rules import Rule
from workbench.seedfiles import LARGEST_FILE, Problem, UnreadableSeed, Written, read_directory, read_file, read_resources, read_sources

ROOT = Path(__file__).parents[2]

SCALARS: tuple[tuple[str, Json], ...] = (
    *(
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("NO", "NO"),
        ("y", "y"),
        ("True", "True"),
        ("true", True),
        ("false", False),
    ),
    *(("null", None), ("~", None), ("", None), ("Null", "Null"), ("NULL", "NULL"), ("'null'", "null"), ("'true'", "true"), ("'1'", "1")),
    *(("9", 9), ("0", 0), ("-1", -1), ("+1", "+1"), ("1_000", "1_000"), ("010", "010"), ("0x1f", "0x1f"), ("0o17", "0o17"), ("1e3", "1e3")),
    *(("1.5", 1.5), ("-0.25", -0.25), ("1.", "1."), (".5", ".5"), (".nan", ".nan"), (".inf", ".inf"), ("12:30:00", "12:30:00"), ("=", "=")),
    *(("2015-10-22", "2015-10-22"), ("2015-10-22 10:00:00", "2015-10-22 10:00:00"), ("2015-10", "2015-10"), ("2015", 2015)),
    *(("12345678901234567890", "12345678901234567890"), ("<<", "<<"), ("# a comment", None), ("a # comment", "a"), ("a#b", "a#b")),
    *(
        (">-\n  folded\n  text", "folded text"),
        ("|\n  two\n  lines", "two\nlines\n"),
        ('"\\u00e9"', "é"),
        ("북한", "북한"),
        ("[]", []),
        ("{}", {}),
    ),
)

REFUSED: tuple[tuple[str, bytes, int, str], ...] = (
    ("empty", b"", 1, "is empty"),
    ("comments only", b"# nothing\n", 1, "is empty"),
    ("a list", b"- a\n- b\n", 1, "has no fields"),
    ("a text", b"hello\n", 1, "has no fields"),
    ("null", b"null\n", 1, "has no fields"),
    ("an alias", b"a: &x [1]\nb: *x\n", 2, "aliases (*name) are not allowed"),
    ("an alias of itself", b"a: &x [*x]\n", 1, "aliases (*name) are not allowed"),
    ("a tag", b"a: 1\nb: !secret x\n", 2, "tags such as !secret are not allowed"),
    ("a Python tag", b"a: !!python/object/apply:os.system [x]\n", 1, "tags such as"),
    ("a set", b"a: !!set {b}\n", 1, "tags such as"),
    ("a binary", b"a: !!binary aGk=\n", 1, "tags such as"),
    ("a text's tag", b"a: !!str 5\n", 1, "tag"),
    ("a number's tag", b"a: !!int '5'\n", 1, "tag"),
    ("a number's tag on none", b"a: !!int five\n", 1, "tag"),
    ("a float's tag on none", b"a: !!float five\n", 1, "tag"),
    ("a truth's tag", b"a: !!bool yes\n", 1, "tag"),
    ("a null's tag", b"a: !!null x\n", 1, "tag"),
    ("a mapping's tag", b"a: !!map {b: 1}\n", 1, "tag"),
    ("a key's tag", b"!!str a: 1\n", 1, "tag"),
    ("a double key", b"a: 1\nb: 2\na: 3\n", 3, "the key 'a' appears twice"),
    ("a double key below", b"a:\n  b: 1\n  'b': 2\n", 3, "the key 'b' appears twice"),
    ("a key that is a list", b"? [a]\n: 1\n", 1, "a key must be a plain word"),
    ("a tab", b"a:\n\tb: 1\n", 2, "YAML error"),
    ("an open quotation", b"a: 'x\n", 2, "YAML error"),
    ("an open list", b"a: [1\nb: 2\n", 2, "YAML error"),
    ("bad indentation", b"a: 1\n  b: 2\n", 2, "YAML error"),
    ("several documents", b"a: 1\n---\nb: 2\n", 2, "another document"),
    ("Latin-1", "a: ok\nname: é\n".encode("latin-1"), 2, "is not UTF-8: byte 0xe9 at offset 12"),
    ("UTF-16", "a: 1\n".encode("utf-16"), 1, "is not UTF-8"),
    ("a null character", b"a: x\x00y\n", 1, "YAML error"),
    ("a lone surrogate", b'a: "\\ud800"\n', 1, "YAML error"),
    ("huge", b"a: " + b"x" * LARGEST_FILE, 1, "is 1,000,003 bytes long"),
    ("deeply nested", b"a: " + b"[" * 2000 + b"]" * 2000, 1, "is nested too deeply"),
)


def written(directory: Path, text: str | bytes, path: str = "cases/a-case") -> Written | Problem:
    """Write a file and read it."""
    file = directory / f"{path}.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_file(file)


def lines_of(*lines: str) -> list[Written | Problem]:
    """Read a stream."""
    return list(read_sources([io.StringIO("\n".join(lines))]))


@pytest.mark.parametrize(("text", "expected"), SCALARS, ids=[case[0] for case in SCALARS])
def test_values_have_the_types_of_json(tmp_path: Path, text: str, expected: Json) -> None:
    """Only true, false, null and plain numbers have a type: `no` is Norway's code, and a date is a text."""
    read = written(tmp_path, f"a: {text}\n")
    assert isinstance(read, Written)
    assert read.fields == {"a": expected}
    assert type(read.fields["a"]) is type(expected)


@pytest.mark.parametrize(("raw", "line", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_a_reviewer_cannot_see_is_refused(tmp_path: Path, raw: bytes, line: int, said: str) -> None:
    """Everything that is not JSON with comments is a problem with file and line, never an exception."""
    read = written(tmp_path, raw)
    assert isinstance(read, Problem)
    assert (read.rule, read.line, read.file, read.warning) == (Rule.UNREADABLE, line, str(tmp_path / "cases/a-case.yaml"), False)
    assert said in read.message


def test_nesting_of_any_depth_is_a_problem(tmp_path: Path) -> None:
    """A file within the size limit can't crash the process, however deeply it is nested."""
    file = tmp_path / "cases" / "a-case.yaml"
    file.parent.mkdir()
    file.write_bytes(b"a: " + b"[" * 400_000 + b"]" * 400_000)
    script = "import sys; from pathlib import Path; from workbench.seedfiles import read_file; print(read_file(Path(sys.argv[1])).message)"
    ran = subprocess.run(  # noqa: S603 - this interpreter, on the script above
        [sys.executable, "-c", script, str(file)], env={"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "YAML error: it is nested too deeply; nothing else in this file could be checked\n")


def test_a_byte_order_mark_and_a_document_start_are_harmless(tmp_path: Path) -> None:
    """Editors may put these before the first line."""
    for raw in (b"\xef\xbb\xbfname: x\n", b"---\nname: x\n...\n", b"name: x\r\n", b"name: x"):
        read = written(tmp_path, raw)
        assert isinstance(read, Written)
        assert read.fields == {"name": "x"}


SOME_FILE = """# a comment
name:
  en: A name
  ko: 이름

acts:
  - act: arrest
    attributed_to: null
  - {act: release}
risk:
  en: >-
    Long
    text.
"""


@pytest.mark.parametrize(
    ("field", "line"),
    [
        *(("", 2), ("/name", 2), ("/name/en", 3), ("/name/ko", 4), ("/acts", 6), ("/acts/0", 7), ("/acts/0/act", 7)),
        *(("/acts/0/attributed_to", 8), ("/acts/1", 9), ("/acts/1/act", 9), ("/risk/en", 11)),
        *(("/name/vi", 2), ("/acts/2/act", 6), ("/acts/0/act/deeper", 7), ("/nothing/at/all", 2)),
    ],
)
def test_fields_know_their_lines(tmp_path: Path, field: str, line: int) -> None:
    """A field, a list item and its contents have their own lines. A missing field has the line of what is around it."""
    read = written(tmp_path, SOME_FILE)
    assert isinstance(read, Written)
    assert read.line_of(field) == line


def test_lines_of_names_with_slashes(tmp_path: Path) -> None:
    """Names are escaped as in JSON Pointers."""
    read = written(tmp_path, "x: 1\na/b:\n  c~d: 1\n")
    assert isinstance(read, Written)
    assert read.line_of("/a~1b/c~0d") == 3


JSON_VALUES: st.SearchStrategy[Json] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**15), 10**15),
        st.integers(-(10**6), 10**6).map(lambda number: number / 64),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc-_/~ é한", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc-_", min_size=1, max_size=5), JSON_VALUES, min_size=1, max_size=3), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_values_read_back_equal(tmp_path: Path, fields: dict[str, Json], flow: bool) -> None:
    """Every JSON value, written as YAML with quoted texts, reads back equal."""
    text = yaml.dump(fields, Dumper=Quoting, allow_unicode=True, default_flow_style=flow)
    read = written(tmp_path, text)
    assert isinstance(read, Written)
    assert json.dumps(read.fields, sort_keys=True) == json.dumps(fields, sort_keys=True)


class Quoting(yaml.SafeDumper):
    """A YAML writer that quotes every text and writes no alias."""

    def ignore_aliases(self, data: object) -> bool:
        """Write repeated values in full."""
        return data is data  # noqa: PLR0124 - always


Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def test_the_place_of_a_file_gives_its_id(tmp_path: Path) -> None:
    """Directory and file name make the id. The file may have id and type, if they agree."""
    read = written(tmp_path, "id: cases/a-case\ntype: case\nname: x\n")
    assert isinstance(read, Written)
    assert (read.path, read.fields) == ("cases/a-case", {"name": "x"})


@pytest.mark.parametrize(
    ("line", "field"), [("id: cases/another", "/id"), ("id: a-case", "/id"), ("type: cases", "/type"), ("type: null", "/type")]
)
def test_an_id_that_disagrees_with_its_place_is_refused(tmp_path: Path, line: str, field: str) -> None:
    """A file that was copied but not changed is not taken for another resource."""
    read = written(tmp_path, f"name: x\n{line}\n")
    assert isinstance(read, Problem)
    assert (read.rule, read.line, read.field) == (Rule.MISPLACED_FILE, 2, field)


MISPLACED = (
    *("a-case.yaml", "cases/deeper/a-case.yaml", "things/a-case.yaml", "cases/a-case.yml", "cases/a-case.json", "cases/a-case"),
    *(
        "cases/A-Case.yaml",
        "cases/a_case.yaml",
        "cases/-a.yaml",
        "cases/a--b.yaml",
        "cases/ä.yaml",
        "cases/a b.yaml",
        f"cases/{'x' * 101}.yaml",
    ),
)


@pytest.mark.parametrize("place", MISPLACED, ids=[place[:30] for place in MISPLACED])
def test_a_misplaced_file_is_a_problem(tmp_path: Path, place: str) -> None:
    """A file that is not <collection>/<slug>.yaml is not read, and is reported."""
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("name: x\n", encoding="utf-8")
    (problem,) = read_directory(tmp_path)
    assert isinstance(problem, Problem)
    assert (problem.rule, problem.file) == (Rule.MISPLACED_FILE, str(file))
    with pytest.raises(UnreadableSeed, match=r"is not named <collection>/<slug>\.yaml"):
        read_resources(tmp_path)


def test_notes_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    """READMEs and editor backups are not resources. Resources come in order of their paths."""
    for place in ("README.md", "cases/notes.md", ".git/config", "cases/.a-case.yaml.swp", "events/b.yaml", "events/a.yaml", "cases/z.yaml"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("name: x\n", encoding="utf-8")
    assert list(read_resources(tmp_path)) == ["cases/z", "events/a", "events/b"]


@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to nothing"])
def test_a_symbolic_link_is_refused(tmp_path: Path, there: bool) -> None:
    """A file of the record must be a regular file, wherever a link leads."""
    (tmp_path / "seed" / "cases").mkdir(parents=True)
    if there:
        (tmp_path / "elsewhere").write_text("name: x\n", encoding="utf-8")
    (tmp_path / "seed" / "cases" / "a-case.yaml").symlink_to(tmp_path / "elsewhere")
    (problem,) = read_directory(tmp_path / "seed")
    assert isinstance(problem, Problem)
    assert (problem.rule, problem.message) == (Rule.UNREADABLE, "is a symbolic link; only regular files are read")


def test_a_linked_directory_is_refused(tmp_path: Path) -> None:
    """A directory behind a link is reported. If it were skipped, its resources would seem to be deleted."""
    written(tmp_path, "name: x\n")
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "cases").symlink_to(tmp_path / "cases", target_is_directory=True)
    (problem,) = read_directory(tmp_path / "seed")
    assert isinstance(problem, Problem)
    assert problem.rule is Rule.UNREADABLE


BAD_LINES: tuple[tuple[str, str, Rule, str], ...] = (
    ("no JSON", "{name: x}", Rule.UNREADABLE, "is not JSON: expecting property name enclosed in double quotes, at character 2"),
    ("half a line", '{"id": "cases/a"', Rule.UNREADABLE, "is not JSON"),
    ("two values", '{"id": "cases/a"} {}', Rule.UNREADABLE, "is not JSON"),
    ("a double key", '{"id": "cases/a", "x": {"y": 1, "y": 2}}', Rule.UNREADABLE, "the key 'y' appears twice"),
    ("a double id", '{"id": "cases/a", "id": "cases/b"}', Rule.UNREADABLE, "the key 'id' appears twice"),
    *(
        (name, f'{{"id": "cases/a", "x": {name}}}', Rule.UNREADABLE, f"{name} is not a JSON value")
        for name in ("NaN", "Infinity", "-Infinity")
    ),
    ("a byte order mark", '\ufeff{"id": "cases/a"}', Rule.UNREADABLE, "it starts with a byte order mark (U+FEFF); remove it"),
    ("too deep", '{"id": "cases/a", "x": ' + "[" * 100_000, Rule.UNREADABLE, "nested too deeply"),
    ("huge", '{"id": "cases/a", "x": "' + "x" * LARGEST_FILE + '"}', Rule.UNREADABLE, "characters long"),
    ("a huge number", '{"id": "cases/a", "x": ' + "9" * 5000 + "}", Rule.UNREADABLE, "has 5,000 digits; the limit is 20"),
    ("a lone surrogate in UTF-8", '{"id": "cases/a", "x": "\udce9"}', Rule.UNREADABLE, "is not UTF-8"),
    ("a list", "[]", Rule.MISPLACED_FILE, "is not an object with an id"),
    ("null", "null", Rule.MISPLACED_FILE, "is not an object with an id"),
    ("no id", '{"name": {"en": "x"}}', Rule.MISPLACED_FILE, "is not an object with an id"),
    ("an id that is none", '{"id": 1}', Rule.MISPLACED_FILE, "is not an object with an id"),
    ("an id of no collection", '{"id": "things/a"}', Rule.MISPLACED_FILE, "is not an object with an id"),
    ("a bad slug", '{"id": "cases/A"}', Rule.MISPLACED_FILE, "is not an object with an id"),
    ("another type", '{"id": "cases/a", "type": "event"}', Rule.MISPLACED_FILE, "must be 'case' here"),
)


@pytest.mark.parametrize(("text", "rule", "said"), [case[1:] for case in BAD_LINES], ids=[case[0] for case in BAD_LINES])
def test_a_bad_line_is_a_problem_and_the_others_are_read(text: str, rule: Rule, said: str) -> None:
    """A bad line is reported by its number, and the other lines are read."""
    before, bad, after = lines_of('{"id": "cases/before"}', text, "", '{"id": "cases/after", "type": "case"}')
    assert isinstance(bad, Problem)
    assert (bad.rule, bad.line, bad.file) == (rule, 2, "<stdin>")
    assert said in bad.message
    assert isinstance(before, Written)
    assert isinstance(after, Written)
    assert (before.path, before.line_of("/name/en")) == ("cases/before", 1)
    assert (after.path, after.fields, after.line_of("")) == ("cases/after", {}, 4)


def test_a_byte_order_mark_before_a_stream_is_harmless() -> None:
    """Some editors write one before the first line."""
    (read,) = lines_of('\ufeff{"id": "cases/a"}')
    assert isinstance(read, Written)


def test_a_directory_whose_name_is_not_text_is_refused(tmp_path: Path) -> None:
    """Its name can't be stored or shown."""
    (problem,) = read_sources([tmp_path / "a-\udcff"])
    assert isinstance(problem, Problem)
    assert problem.message == "has a name that is not valid UTF-8; rename it"


def test_an_ndjson_file_is_read(tmp_path: Path) -> None:
    """A file of lines is a source too. Invalid UTF-8 makes only its own line a problem."""
    file = tmp_path / "record.ndjson"
    file.write_bytes(b'{"id": "cases/a", "x": 1.5}\n{"id": "cases/\xe9"}\n{"id": "events/b", "x": "no"}\n')
    first, bad, last = read_sources([file])
    assert isinstance(first, Written)
    assert isinstance(bad, Problem)
    assert isinstance(last, Written)
    assert (first.fields, bad.line, last.fields) == ({"x": 1.5}, 2, {"x": "no"})


@pytest.mark.parametrize(
    ("name", "said"), [("nothing", "does not exist"), ("nothing.ndjson", "does not exist"), ("a.yaml", "neither a directory nor")]
)
def test_a_source_that_is_none_is_a_problem(tmp_path: Path, name: str, said: str) -> None:
    """A path that does not exist, or that is a single file of another kind, is reported."""
    (tmp_path / "a.yaml").write_text("name: x\n", encoding="utf-8")
    (problem,) = read_sources([tmp_path / name])
    assert isinstance(problem, Problem)
    assert problem.rule is Rule.UNREADABLE
    assert said in problem.message
