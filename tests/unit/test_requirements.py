"""Everything that this project installs is pinned with its digest, so nobody can replace a package."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT


def kept(pattern: str) -> list[Path]:
    """Return the files of this checkout with this name, except those that a tool put there."""
    places = [place for place in ROOT.iterdir() if place.is_dir() and not place.name.startswith(".")]
    found = [*ROOT.glob(pattern), *(file for place in places for file in place.rglob(pattern))]
    return sorted(file for file in found if "node_modules" not in file.parts)


DECLARED = kept("*.in")
STATED = [file for file in kept("*.txt") if re.search(r"(?m)^[^#\s]\S*==|--hash=", file.read_text(encoding="utf-8"))]
LOCKED = kept("package-lock.json")
_PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==[^\s;]+( ; [^\\]+)? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
_INSTALLS = re.compile(r"pip\b.*\binstall\b|\bnpm\b.*\b(?:ci|install)\b")


def named(file: Path) -> str:
    """Return a file's path inside this checkout."""
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("declared", DECLARED, ids=named)
def test_every_requirement_is_pinned_with_its_digests(declared: Path) -> None:
    """Each package, direct or not, has a version and SHA-256 digests, and no file names an index."""
    lines = declared.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    stated = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    assert stated
    hashed = False
    for line, before in zip(stated, ["", *stated], strict=False):
        if _HASH.fullmatch(line):
            assert before.endswith("\\"), f"whose digest is this? {line}"
            hashed = True
        else:
            assert _PINNED.fullmatch(line), f"{line!r} is not one version with digests"
            assert not before.endswith("\\")
            hashed = False
    assert hashed
    names = {line.partition("==")[0].partition("[")[0].lower() for line in stated}
    for wanted in declared.read_text(encoding="utf-8").splitlines():
        if wanted.strip() and not wanted.startswith(("#", "-r ")):
            assert re.split(r"[\[=<>~! ]", wanted)[0].lower().replace("_", "-") in names, f"{wanted} is not pinned"


@pytest.mark.parametrize("locked", LOCKED, ids=named)
def test_every_node_package_is_locked_with_its_digest(locked: Path) -> None:
    """Each package has a SHA-512, and none downloads another one in an install script: scripts are disabled."""
    packages = json.loads(locked.read_bytes())["packages"]
    others = {path: package for path, package in packages.items() if path and not package.get("link")}
    assert others
    assert [path for path, package in others.items() if not package.get("integrity", "").startswith("sha512-")] == []


def test_nothing_is_installed_but_by_digest() -> None:
    """Every call of pip and npm in this checkout's scripts requires digests, except for this project itself."""
    scripts = [ROOT / "Makefile", ROOT / ".ci/run", *(ROOT / "tests").glob("*/run")]
    calls = [
        (named(script), call)
        for script in scripts
        for call in script.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
        if _INSTALLS.search(call) or "$(INSTALL)" in call
        if not call.lstrip().startswith(("#", "INSTALL :="))
    ]
    assert len(calls) >= 6
    for script, call in calls:
        safe = ("--require-hashes", "npm --prefix", "--no-deps --no-build-isolation --editable .")
        assert any(way in call for way in safe), f"{script}: {call}"
        if "npm" in call:
            assert " ci --ignore-scripts" in call, f"{script}: {call}"


def test_every_declaration_can_be_pinned_anew() -> None:
    """`make requirements` knows every file, so none gets old unnoticed."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nrequirements:")[2].partition("\n\n")[0]
    known = {word.removesuffix(".in") for word in re.split(r"[\s;]+", recipe)}
    assert [named(file) for file in DECLARED if named(file).removesuffix(".in") not in known] == []


def test_every_pin_is_audited(tmp_path: Path) -> None:
    """`make audit` asks about every version in every requirements file, for all Pythons and systems; and each file has a declaration."""
    assert [named(file) for file in STATED] == [named(file.with_suffix(".txt")) for file in DECLARED]
    made = subprocess.run(  # noqa: S603 - our own Makefile
        ["make", f"AUDIT={tmp_path}", f"{tmp_path}/pins"],  # noqa: S607 - wherever it is
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert set(re.findall(r"[\w/-]+\.txt", made.stdout)) == {named(file) for file in STATED}
    pins = [file.read_text(encoding="utf-8").split() for file in (tmp_path / "pins").iterdir()]
    pinned = [line for file in STATED for line in file.read_text(encoding="utf-8").splitlines() if "==" in line.partition(" ;")[0]]
    assert sorted(pin for some in pins for pin in some) == sorted({re.sub(r"\[.*?\]", "", line.split()[0]) for line in pinned})
    for some in pins:
        assert len({pin.partition("==")[0] for pin in some}) == len(some), "pip-audit takes one version of each"
