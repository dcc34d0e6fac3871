"""Declaring in the record's source that a resource went away: withdrawn, renamed, or merged into another.

Nothing here publishes. A declaration is a file like any other, to be reviewed and published like any other; undoing one is
putting the resource's own file back. Every file that is to change is worked out first, and only then written.
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
    """The declaration can't be made; the message says why, in one line. No file was changed."""


@dataclass(frozen=True, slots=True)
class Referrer:
    """A resource that refers to another: its path, its file, and the fields that do."""

    path: str
    file: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """What was written: the files that changed, and who still refers to what went away."""

    changed: tuple[Path, ...]
    referrers: tuple[Referrer, ...] = ()


def withdraw(seed: Path, path: str, reason: Reason, still_named_by: Sequence[str] = ()) -> Declared:
    """Declare a resource withdrawn. Raise CannotDepart where its file is not there or is no resource's."""
    _own(seed, path)
    referrers = [referrer for referrer in _referrers(seed, path) if referrer.path != path]
    for other in still_named_by:
        if other not in [referrer.path for referrer in referrers]:
            raise CannotDepart(f"{other} does not refer to {path}, so it can't be named as one that still does")
    _write({_file(seed, path): _declaration(How.WITHDRAWN, None, reason, still_named_by)})
    return Declared((_file(seed, path),), tuple(referrer for referrer in referrers if referrer.path not in still_named_by))


def rename(seed: Path, path: str, to: str, reason: Reason) -> Declared:
    """Give a resource another id, and point every reference to the new one. Raise CannotDepart where the new id is taken."""
    _check_target(path, to)
    own = _own(seed, path)
    if _file(seed, to).exists():
        raise CannotDepart(f"{to} is taken, by {_file(seed, to)}; an id is never used again. To merge the two: article33 merge")
    files: dict[Path, str] = {}
    for written in _all(seed):
        if written.path != path and (fields := (*_fields_to(written, path), *_kept_for(written, path))):
            files[Path(written.file)] = _with_references(written, fields, path, to)
    itself = ["/id"] if "/id" in own.lines else []
    files[_file(seed, to)] = _with_references(own, [*itself, *_fields_to(own, path)], path, to, _file(seed, to))
    return _declared({**files, _file(seed, path): _declaration(How.RENAMED, to, reason, ())})


def merge(seed: Path, path: str, to: str, reason: Reason) -> Declared:
    """Declare a resource to be the same as another, and point every reference to that one. Raise CannotDepart where it can't be.

    A plain list that names both then names the other alone.
    """
    _check_target(path, to)
    _own(seed, path)
    _own(seed, to)
    files: dict[Path, str] = {}
    for written in _all(seed):
        fields = _fields_to(written, path) if written.path != path else ()
        for field in fields:
            if written.path == to and not _CITED.search(field):
                raise CannotDepart(f"{_at(written, field)}: {to} would refer to itself in {field}; take the reference to {path} out first")
        if fields:
            files[Path(written.file)] = _with_references(written, fields, path, to)
    return _declared({**files, _file(seed, path): _declaration(How.MERGED, to, reason, ())})


def _declared(files: Mapping[Path, str]) -> Declared:
    _write(files)
    return Declared(tuple(sorted(files)))


def _check_target(path: str, to: str) -> None:
    _check_path(path)
    if to == path or to.partition("/")[0] != path.partition("/")[0]:
        raise CannotDepart(f"{path} can only lead to another of the {path.partition('/')[0]}, and not to {to}")
    _check_path(to)


def _check_path(path: str) -> None:
    collection, _, slug = path.partition("/")
    if collection not in BY_COLLECTION or not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > 100:
        raise CannotDepart(f"{path!r} is no id such as events/a-slug")


def _file(seed: Path, path: str) -> Path:
    return seed / f"{path}.yaml"


def _own(seed: Path, path: str) -> Written:
    """Return a resource's file as it was read; raise CannotDepart where there is none, or it went away before."""
    _check_path(path)
    file = _file(seed, path)
    if not file.is_file():
        raise CannotDepart(f"{path} has no file {file}")
    read = read_file(file)
    if isinstance(read, Problem):
        raise CannotDepart(f"{read.file}:{read.line}: {read.message}")
    if DECLARATION in read.fields:
        raise CannotDepart(f"{path} went away already: {file} declares it")
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
    """Return where a resource refers to a path."""
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
    """Return where a declaration says that a resource may go on referring to what went away."""
    at = f"/{DECLARATION}/still_named_by"
    return tuple(f"{at}/{index}" for index, value in enumerate(values_at(written.fields, f"{at}/*")) if value == path)


def _matches(pointer: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]+"), pointer) is not None


def _referrers(seed: Path, path: str) -> list[Referrer]:
    found = [(written, _fields_to(written, path)) for written in _all(seed)]
    return [Referrer(written.path, written.file, fields) for written, fields in found if fields]


def _with_references(written: Written, fields: Sequence[str], path: str, to: str, file: Path | None = None) -> str:
    """Return a file's text with these references pointed elsewhere, and nothing else changed; raise CannotDepart if that fails.

    In a plain list that names the other too, the line goes. `file` is where the text is to stand, if not where it does.
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
            raise CannotDepart(f"{_at(written, field)}: names {to} too; take {path} out by hand first")
        lines[number - 1] = ""
    text = "".join(lines)
    read = read_yaml(text.encode(), file or Path(written.file))
    if not isinstance(read, Written) or read.fields != _expected(written, pointed, dropped, to):
        raise CannotDepart(f"{written.file}: the references to {path} can't be pointed to {to} safely; do it by hand")
    return text


def _expected(written: Written, pointed: Sequence[str], dropped: Sequence[str], to: str) -> Json:
    """Return what a file says with its references pointed; raise CannotDepart where it would say something twice."""
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
                    f"{_at(written, field)}: the same would stand twice in {join(parts[:length])}; take one out by hand first"
                )
    for field in reversed(dropped):
        within, _, index = field.rpartition("/")
        items = cast("list[Json]", get(content, within))
        content = replace(content, within, [*items[: int(index)], *items[int(index) + 1 :]])
    return content


def _stands_beside(content: Mapping[str, Json], field: str, to: str) -> bool:
    """Tell whether a field is an item of a plain list that holds the other path too."""
    within, _, index = field.rpartition("/")
    return index.isdigit() and to in values_at(cast("Json", content), f"{within}/*")


def _pointed_into(written: Written, field: str) -> bool:
    """Tell whether a citation or claim is on an item of the list that a field is in: without one of them, it would be on another."""
    within = field.rpartition("/")[0]
    return any(_POINTS.search(at) and str(value).startswith(f"{within}/") for at, value in leaves(cast("Json", written.fields)))


def _at(written: Written, field: str) -> str:
    return f"{written.file}:{written.line_of(field)}"


def _write(files: Mapping[Path, str]) -> None:
    """Write files, each in one step; where one can't be written, all are as they were."""
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    beside = {file: file.with_suffix(".yaml.new") for file in files}
    try:
        for file, text in files.items():
            beside[file].write_bytes(text.encode())
        for file, new in beside.items():
            new.replace(file)
    except BaseException:
        for file, content in before.items():
            if content is None:
                file.unlink(missing_ok=True)
            elif file.read_bytes() != content:
                file.write_bytes(content)
        raise
    finally:
        for new in beside.values():
            new.unlink(missing_ok=True)
