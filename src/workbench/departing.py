"""Changes the source files to withdraw, rename or merge a resource: a declaration replaces the resource's file.

Nothing here publishes. A declaration is reviewed and published like any other file. To undo it, put the resource's own file back. All
changed files are computed before the first one is written.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from schemas.pointers import Json, get, join, leaves, replace, split, values_at
from schemas.registry import BY_COLLECTION
from schemas.v1 import validation
from schemas.v1.departures import DECLARATION, How
from schemas.v1.vocabulary import Reason
from workbench.seedfiles import Problem, Written, read_directory, read_file, read_yaml

Declaring = Callable[[], "Declared"]

_CITED = re.compile(r"/citations/\d+/source$")
_POINTS = re.compile(r"/citations/\d+/fields/\d+$|^/claims/\d+/field$")


class CannotDepart(Exception):
    """The resource can't be withdrawn, renamed or merged. The message says why, in one line. No file was changed."""


@dataclass(frozen=True, slots=True)
class Referrer:
    """A resource that refers to another: its path, its file, and the fields with the references."""

    path: str
    file: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """What was written: the changed files, and the resources that still refer to the withdrawn one."""

    changed: tuple[Path, ...]
    referrers: tuple[Referrer, ...] = ()


def withdraw(seed: Path, path: str, reason: Reason, still_named_by: Sequence[str] = ()) -> Declared:
    """Declare a resource withdrawn. Raise CannotDepart if it has no file, or its file is a declaration already."""
    _own(seed, path)
    referrers = [referrer for referrer in _referrers(seed, path) if referrer.path != path]
    for other in still_named_by:
        if other not in [referrer.path for referrer in referrers]:
            raise CannotDepart(f"{other} does not refer to {path}, so --still-named-by can't name it")
    _write({_file(seed, path): _declaration(How.WITHDRAWN, None, reason, still_named_by)})
    return Declared((_file(seed, path),), tuple(referrer for referrer in referrers if referrer.path not in still_named_by))


def rename(seed: Path, path: str, to: str, reason: Reason) -> Declared:
    """Give a resource a new id and update all references. Raise CannotDepart if the new id is already used."""
    _check_target(path, to)
    own = _own(seed, path)
    if _file(seed, to).exists():
        raise CannotDepart(f"the id {to} is already used by {_file(seed, to)}, and ids are never reused. To merge the two: article33 merge")
    files: dict[Path, str] = {}
    for written in _all(seed):
        if written.path != path and (fields := (*_fields_to(written, path), *_kept_for(written, path))):
            files[Path(written.file)] = _with_references(written, fields, path, to)
    itself = ["/id"] if "/id" in own.lines else []
    files[_file(seed, to)] = _with_references(own, [*itself, *_fields_to(own, path)], path, to, _file(seed, to))
    return _declared({**files, _file(seed, path): _declaration(How.RENAMED, to, reason, ())})


def merge(seed: Path, path: str, to: str, reason: Reason) -> Declared:
    """Merge a resource into another and update all references. Raise CannotDepart if a reference can't be updated.

    If a plain list has both, the merged one is removed from it.
    """
    _check_target(path, to)
    _own(seed, path)
    _own(seed, to)
    files: dict[Path, str] = {}
    for written in _all(seed):
        fields = _fields_to(written, path) if written.path != path else ()
        for field in fields:
            if written.path == to and not _CITED.search(field):
                raise CannotDepart(f"{_at(written, field)}: {to} would refer to itself in {field}; remove the reference to {path} first")
        if fields:
            files[Path(written.file)] = _with_references(written, fields, path, to)
    return _declared({**files, _file(seed, path): _declaration(How.MERGED, to, reason, ())})


def replace_id(seed: Path, path: str, to: str) -> Declaring:
    """Return a function that gives a resource a new id in its file and everywhere else, and leaves no declaration of the old one.

    For an id that is redacted. Raise CannotDepart, before anything is written, if a file can't be read or changed safely. `to` is a
    new id. A resource without a file, and a resource that left the record, can be renamed too.
    """
    _check_target(path, to)
    token = re.compile(rf"(?<![a-z0-9-]){re.escape(path)}(?![a-z0-9-])")
    files: dict[Path, str | None] = {}
    for written in _all(seed):
        before = Path(written.file).read_bytes().decode()
        text = token.sub(to, before)
        file = _file(seed, to) if written.path == path else Path(written.file)
        read = read_yaml(text.encode(), file)
        expected: Json = cast("Json", written.fields)
        for at, value in leaves(expected):
            if isinstance(value, str) and token.search(value) and at != "/id":
                expected = replace(expected, at, token.sub(to, value))
        if not isinstance(read, Written) or read.fields != expected:
            raise CannotDepart(f"{written.file}: {path} can't be changed to {to} safely; change it by hand first")
        if written.path == path:
            files[Path(written.file)] = None
        if text != before or written.path == path:
            files[file] = text
    return lambda: _declared(files)


def _declared(files: Mapping[Path, str | None]) -> Declared:
    _write(files)
    return Declared(tuple(sorted(files)))


def _check_target(path: str, to: str) -> None:
    _check_path(path)
    if to == path or to.partition("/")[0] != path.partition("/")[0]:
        raise CannotDepart(f"{path} can only redirect to another resource of {path.partition('/')[0]}, not to {to}")
    _check_path(to)


def _check_path(path: str) -> None:
    collection, _, slug = path.partition("/")
    if collection not in BY_COLLECTION or not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > 100:
        raise CannotDepart(f"{path!r} is not an id such as events/a-slug")


def _file(seed: Path, path: str) -> Path:
    return seed / f"{path}.yaml"


def _own(seed: Path, path: str) -> Written:
    """Return a resource's file as read; raise CannotDepart if there is none, or if it is a declaration already."""
    _check_path(path)
    file = _file(seed, path)
    if not file.is_file():
        raise CannotDepart(f"{path} has no source file: {file} does not exist")
    read = read_file(file)
    if isinstance(read, Problem):
        raise CannotDepart(f"{read.file}:{read.line}: {read.message}")
    if DECLARATION in read.fields:
        raise CannotDepart(f"{path} was withdrawn, renamed or merged before: {file} declares it")
    return read


def _declaration(how: How, to: str | None, reason: Reason, still_named_by: Sequence[str]) -> str:
    members: dict[str, object] = {"how": str(how), **({"to": to} if to else {}), "reason": str(reason)}
    if still_named_by:
        members["still_named_by"] = list(dict.fromkeys(still_named_by))
    return yaml.safe_dump({DECLARATION: members}, sort_keys=False, allow_unicode=True)


def _all(seed: Path) -> list[Written]:
    found: list[Written] = []
    for read in read_directory(seed):
        if isinstance(read, Problem):
            raise CannotDepart(f"{read.file}:{read.line}: {read.message}")
        found.append(read)
    return found


def _fields_to(written: Written, path: str) -> tuple[str, ...]:
    """Return the pointers of a resource's references to a path."""
    if DECLARATION in written.fields:
        return ()
    patterns = validation.references(written.path)
    claimed = [f"/claims/{index}/value" for index, _ in enumerate(values_at(written.fields, "/claims/*"))]
    return tuple(
        at
        for at, value in leaves(cast("Json", written.fields))
        if value == path and (any(_matches(at, pattern) for pattern in patterns) or any(at.startswith(claim) for claim in claimed))
    )


def _kept_for(written: Written, path: str) -> tuple[str, ...]:
    """Return the pointers in a declaration's `still_named_by` that name a path."""
    at = f"/{DECLARATION}/still_named_by"
    return tuple(f"{at}/{index}" for index, value in enumerate(values_at(written.fields, f"{at}/*")) if value == path)


def _matches(pointer: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]+"), pointer) is not None


def _referrers(seed: Path, path: str) -> list[Referrer]:
    found = [(written, _fields_to(written, path)) for written in _all(seed)]
    return [Referrer(written.path, written.file, fields) for written, fields in found if fields]


def _with_references(written: Written, fields: Sequence[str], path: str, to: str, file: Path | None = None) -> str:
    """Return a file's text with these references changed from `path` to `to`, and nothing else; raise CannotDepart if that fails.

    In a plain list that has `to` already, the line is removed. `file` is where the text will be written, if not in the same file.
    """
    dropped = [field for field in fields if _stands_beside(written.fields, field, to)]
    pointed = [field for field in fields if field not in dropped]
    lines = Path(written.file).read_bytes().decode().splitlines(keepends=True)
    token = re.compile(rf"(?<![\w/-]){re.escape(path)}(?![\w/-])")
    for number in {written.line_of(field) for field in pointed}:
        lines[number - 1] = token.sub(to, lines[number - 1])
    for field in dropped:
        number = written.line_of(field)
        if not re.fullmatch(rf"\s*-\s+([\"']?){re.escape(path)}\1\s*(#.*)?", lines[number - 1].rstrip()) or _pointed_into(written, field):
            raise CannotDepart(f"{_at(written, field)}: the list has {to} too; remove {path} by hand first")
        lines[number - 1] = ""
    text = "".join(lines)
    read = read_yaml(text.encode(), file or Path(written.file))
    if not isinstance(read, Written) or read.fields != _expected(written, pointed, dropped, to):
        raise CannotDepart(f"{written.file}: the references to {path} can't be changed to {to} safely; change them by hand")
    return text


def _expected(written: Written, pointed: Sequence[str], dropped: Sequence[str], to: str) -> Json:
    """Return a file's fields with the references changed; raise CannotDepart if a list would have an item twice."""
    content: Json = cast("Json", written.fields)
    for field in pointed:
        if field != "/id":
            content = replace(content, field, to)
    for field in pointed:
        parts = split(field)
        for length, part in enumerate(parts):
            items = get(content, join(parts[:length]))
            if part.isdigit() and isinstance(items, list) and items.count(items[int(part)]) > 1:
                raise CannotDepart(
                    f"{_at(written, field)}: {join(parts[:length])} would have the same item twice; remove one by hand first"
                )
    for field in reversed(dropped):
        within, _, index = field.rpartition("/")
        items = cast("list[Json]", get(content, within))
        content = replace(content, within, [*items[: int(index)], *items[int(index) + 1 :]])
    return content


def _stands_beside(content: Mapping[str, Json], field: str, to: str) -> bool:
    """Return whether a field is an item of a plain list that has the other path too."""
    within, _, index = field.rpartition("/")
    return index.isdigit() and to in values_at(cast("Json", content), f"{within}/*")


def _pointed_into(written: Written, field: str) -> bool:
    """Return whether a citation or claim points into the field's list: if an item were removed, it would point at another item."""
    within = field.rpartition("/")[0]
    return any(_POINTS.search(at) and str(value).startswith(f"{within}/") for at, value in leaves(cast("Json", written.fields)))


def _at(written: Written, field: str) -> str:
    return f"{written.file}:{written.line_of(field)}"


def _write(files: Mapping[Path, str | None]) -> None:
    """Write files, each atomically, and delete those without text. If one can't be written, restore all of them."""
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    texts = {file: text for file, text in files.items() if text is not None}
    beside = {file: file.with_suffix(".yaml.new") for file in texts}
    try:
        for file, text in texts.items():
            beside[file].write_bytes(text.encode())
        for file, new in beside.items():
            new.replace(file)
        for file in files.keys() - texts.keys():
            file.unlink()
    except BaseException:
        for file, content in before.items():
            if content is None:
                file.unlink(missing_ok=True)
            elif not file.exists() or file.read_bytes() != content:
                file.write_bytes(content)
        raise
    finally:
        for new in beside.values():
            new.unlink(missing_ok=True)
