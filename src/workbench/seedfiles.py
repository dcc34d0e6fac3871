"""Reads the source files: a directory with one YAML file for each resource, or NDJSON with one resource on each line.

YAML is read as JSON with comments: only `true`, `false`, `null` and plain numbers have a type, so `no` and dates are strings. YAML
features that a reviewer may overlook are errors: aliases, tags, duplicate keys, several documents.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import yaml

from schemas.pointers import Json, join
from schemas.registry import BY_COLLECTION
from schemas.v1.rules import Rule
from schemas.v1.safety.reviewed import ENTRIES

LARGEST_FILE = 1_000_000  # bytes; more than a DynamoDB item can hold
MOST_DIGITS = 20  # of a whole number; the largest that the schema allows has 16
DEEPEST = 60  # levels of nesting; no resource has more than ten
_SLUG = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


class UnreadableSeed(Exception):
    """A source file can't be read; the message says which one and why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a source file: where, which rule, and a message. A warning does not prevent a publish.

    `path` is the resource that a file with this problem has or should have, if it is known: the resource exists, and its references lead
    somewhere. `rest` is what can be read in the file all the same.
    """

    file: str
    line: int
    field: str
    rule: Rule
    message: str
    warning: bool = False
    path: str = ""
    rest: "Written | None" = None


@dataclass(frozen=True, slots=True)
class Written:
    """A resource as its author wrote it: its path, its fields, and the line of each field, by JSON Pointer.

    `reviewed` are the findings that a reviewer judged harmless. They are not part of the resource. None if the file lists none.
    """

    path: str
    fields: Mapping[str, Json]
    file: str
    lines: Mapping[str, int]
    reviewed: Json = None

    def line_of(self, field: str) -> int:
        """Return the line of a field, or of the nearest field around it."""
        while field and field not in self.lines:
            field = field.rpartition("/")[0]
        return self.lines.get(field, 1)


def read_sources(sources: Sequence[Path | TextIO]) -> Iterator[Written | Problem]:
    """Yield every resource in directories, files and streams, and every problem in reading them."""
    for source in sources:
        if not isinstance(source, Path):
            yield from _read_ndjson(source, "<stdin>")
        elif not _is_text(source):
            yield Problem(ascii(str(source)), 1, "", Rule.UNREADABLE, "has a name that is not valid UTF-8; rename it")
        elif source.is_dir():
            yield from read_directory(source)
        elif source.suffix == ".ndjson" and source.is_file():
            with source.open(encoding="utf-8", errors="surrogateescape") as stream:
                yield from _read_ndjson(stream, str(source))
        else:
            what = "is neither a directory nor an .ndjson file" if source.exists() else "does not exist"
            yield Problem(str(source), 1, "", Rule.UNREADABLE, what)


def read_directory(root: Path) -> Iterator[Written | Problem]:
    """Yield every resource in a directory, and every problem in reading it, ordered by file."""
    for file in sorted(root.rglob("*")):
        inside = file.relative_to(root)
        if any(part.startswith(".") for part in inside.parts):
            continue
        if file.is_symlink():
            yield Problem(str(file), 1, "", Rule.UNREADABLE, "is a symbolic link; only regular files are read")
        elif file.suffix == ".md" or (file.is_dir() and file.suffix != ".yaml"):
            continue
        elif file.is_dir():
            yield Problem(str(file), 1, "", Rule.UNREADABLE, "is a directory, but must be a file")
        elif not file.is_file():  # reading a pipe would wait for a writer
            yield Problem(str(file), 1, "", Rule.UNREADABLE, "is a pipe, a socket or a device; only regular files are read")
        elif len(inside.parts) != 2 or inside.parts[0] not in BY_COLLECTION or file.suffix not in (".yaml", ".yml"):
            yield _misplaced(file, f"is not named <collection>/<slug>.yaml; the collections are {', '.join(sorted(BY_COLLECTION))}")
        elif not _SLUG.fullmatch(file.stem) or len(file.stem) > 100:
            yield _misplaced(
                file,
                "is not named <collection>/<slug>.yaml: a slug has lower-case letters, digits and single hyphens between "
                "them, at most 100 in all",
            )
        elif file.suffix == ".yml":
            yield _misplaced(file, f"is not named <collection>/<slug>.yaml: rename it to {file.stem}.yaml")
        else:
            yield read_file(file)


def _misplaced(file: Path, message: str) -> Problem:
    """Return the problem of a file's name. If the name shows which resource is meant, it has the content of the file too."""
    problem = Problem(str(file), 1, "", Rule.MISPLACED_FILE, message)
    if (
        file.parent.name not in BY_COLLECTION
        or file.suffix not in (".yaml", ".yml")
        or not (file.stem.isascii() and file.stem.isprintable())
    ):
        return problem
    read = read_file(file)
    rest = read if isinstance(read, Written) else read.rest
    return replace(problem, path=f"{file.parent.name}/{file.stem}", rest=rest)


def _is_text(source: Path) -> bool:
    try:
        str(source).encode()
    except UnicodeEncodeError:
        return False
    return True


def read_file(file: Path) -> Written | Problem:
    """Return the resource in a YAML file. The file's path gives its id."""
    try:
        if (size := file.stat().st_size) > LARGEST_FILE:
            return _too_large(file, size)
        raw = file.read_bytes()
    except OSError as failure:
        return _unreadable(file, 1, f"can't be read: {failure.strerror}")
    return read_yaml(raw, file)


def read_yaml(raw: bytes, file: Path) -> Written | Problem:
    """Return the resource in these bytes, the content of a file."""
    name = str(file)
    rest = "; nothing else in this file could be checked"
    try:
        if len(raw) > LARGEST_FILE:
            return _too_large(file, len(raw))
        text = raw.decode("utf-8")
        _check_events(text)
        node = yaml.compose(text, Loader=_Loader)
        if node is None:
            return _unreadable(file, 1, "is empty")
        lines: dict[str, int] = {}
        fields = _construct(node, (), lines)
    except UnicodeDecodeError as bad:
        line = raw.count(b"\n", 0, bad.start) + 1
        return _unreadable(file, line, f"is not UTF-8: byte 0x{raw[bad.start]:02x} at offset {bad.start}{rest}")
    except yaml.MarkedYAMLError as bad:
        mark = bad.problem_mark or bad.context_mark
        context = f" ({bad.context})" if bad.context else ""
        return _unreadable(file, mark.line + 1 if mark else 1, f"YAML error: {bad.problem}{context}{rest}")
    except yaml.YAMLError as bad:
        return _unreadable(file, 1, f"YAML error: {' '.join(str(bad).split())}{rest}")
    except RecursionError:
        return _unreadable(file, 1, f"is nested too deeply{rest}")
    if not isinstance(fields, dict):
        return _unreadable(file, 1, "has no fields; write one `name: value` on each line")
    return _named(f"{file.parent.name}/{file.stem}", fields, name, lines)


def _too_large(file: Path, size: int) -> Problem:
    return _unreadable(file, 1, f"is {size:,} bytes long; the limit is {LARGEST_FILE:,}")


def _unreadable(file: Path, line: int, message: str) -> Problem:
    return Problem(str(file), line, "", Rule.UNREADABLE, message, path=f"{file.parent.name}/{file.stem}")


def read_resources(root: Path) -> dict[str, Json]:
    """Return the fields of every resource in a directory, by path; raise UnreadableSeed if one can't be read."""
    found: dict[str, Json] = {}
    for read in read_directory(root):
        if isinstance(read, Problem):
            raise UnreadableSeed(f"{read.file}:{read.line}: {read.message}")
        found[read.path] = read.fields
    return found


def _read_ndjson(stream: TextIO, name: str) -> Iterator[Written | Problem]:
    for number, line in enumerate(stream, 1):
        line = line.removeprefix("\ufeff") if number == 1 else line  # noqa: PLW2901 - some editors write a byte order mark
        if not line.strip():
            continue
        if len(line) > LARGEST_FILE:
            yield Problem(name, number, "", Rule.UNREADABLE, f"the line is {len(line):,} characters long; the limit is {LARGEST_FILE:,}")
            continue
        yield _read_line(line, name, number)


def _read_line(line: str, name: str, number: int) -> Written | Problem:
    try:
        line.encode()
        fields: Any = json.loads(line, object_pairs_hook=_no_double_keys, parse_constant=_no_constant, parse_int=_short_number)
    except UnicodeEncodeError:
        return Problem(name, number, "", Rule.UNREADABLE, "the line is not UTF-8")
    except RecursionError:
        return Problem(name, number, "", Rule.UNREADABLE, "the line is nested too deeply")
    except json.JSONDecodeError as bad:
        what = f"{bad.msg[:1].lower()}{bad.msg[1:]}, at character {bad.pos + 1}"
        if line.startswith("\ufeff"):
            what = "it starts with a byte order mark (U+FEFF); remove it"
        return Problem(name, number, "", Rule.UNREADABLE, f"the line is not JSON: {what}")
    except ValueError as bad:
        return Problem(name, number, "", Rule.UNREADABLE, f"the line is not JSON: {bad}")
    path = fields.get("id") if isinstance(fields, dict) else None
    collection, _, slug = path.partition("/") if isinstance(path, str) else ("", "", "")
    if not isinstance(fields, dict) or collection not in BY_COLLECTION or not _SLUG.fullmatch(slug) or len(slug) > 100:
        return Problem(name, number, "/id", Rule.MISPLACED_FILE, "the line is not an object with an id such as events/a-slug")
    return _named(str(path), fields, name, {"": number})


def _named(path: str, fields: dict[str, Json], file: str, lines: Mapping[str, int]) -> Written | Problem:
    """Return the resource without `id` and `type`, which follow from its path, and without reviewed findings.

    Id and type may be given if they agree with the path.
    """
    expected = {"id": path, "type": BY_COLLECTION[path.partition("/")[0]].singular}
    of_resource = {name: value for name, value in fields.items() if name not in expected and name != ENTRIES}
    written = Written(path, of_resource, file, lines, fields.get(ENTRIES))
    for name, value in expected.items():
        if name in fields and fields[name] != value:
            return Problem(
                file,
                lines.get(f"/{name}", lines.get("", 1)),
                f"/{name}",
                Rule.MISPLACED_FILE,
                f"is {fields[name]!r}, but must be {value!r} here",
                path=path,
                rest=written,
            )
    return written


class _Loader(yaml.CSafeLoader):
    """PyYAML's loader, with JSON's types instead of YAML 1.1's."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own attribute


for _tag, _pattern, _starts in (
    ("bool", r"true|false", "tf"),
    ("int", r"-?(0|[1-9][0-9]{0,15})", "-0123456789"),
    ("float", r"-?(0|[1-9][0-9]{0,15})\.[0-9]{1,15}", "-0123456789"),
    ("null", r"~|null|", ("~", "n", "")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_starts))


def _check_events(text: str) -> None:
    """Raise MarkedYAMLError for what YAML allows but the record does not: aliases, tags, and nesting that would break a parser."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        mark: Any = event.start_mark  # libyaml's marks have the attributes of PyYAML's, but another type
        tag: str | None = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed; write the value out", problem_mark=mark)
        if tag is not None:
            raise yaml.MarkedYAMLError(problem=f"tags such as {tag} are not allowed", problem_mark=mark)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem="it is nested too deeply", problem_mark=mark)


def _construct(node: yaml.Node, at: tuple[str | int, ...], lines: dict[str, int]) -> Any:
    lines[join(at)] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _construct_mapping(node, at, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, (*at, index), lines) for index, item in enumerate(node.value)]
    text: str = node.value
    match node.tag.removeprefix("tag:yaml.org,2002:"):
        case "null":
            return None
        case "bool":
            return text == "true"
        case "int":
            return int(text)
        case "float":
            return float(text)
    return text


def _construct_mapping(node: yaml.MappingNode, at: tuple[str | int, ...], lines: dict[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a key must be a plain word", problem_mark=key.start_mark)
        name: str = key.value
        if name in found:
            raise yaml.MarkedYAMLError(problem=f"the key {name!r} appears twice", problem_mark=key.start_mark)
        found[name] = _construct(value, (*at, name), lines)
        lines[join((*at, name))] = key.start_mark.line + 1
    return found


def _no_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the key {name!r} appears twice")
        found[name] = value
    return found


def _short_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"the number {digits[:MOST_DIGITS]}... has {len(digits):,} digits; the limit is {MOST_DIGITS}")
    return int(digits)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")
