"""Whatever this project installs is pinned, and known by its digest: nobody can put another package in its place."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

DECLARED = sorted(file for place in ("requirements", "tests") for file in (ROOT / place).rglob("*.in") if "node_modules" not in file.parts)
LOCKED = sorted(file for file in (ROOT / "tests").rglob("package-lock.json") if "node_modules" not in file.parts)
_PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==[^\s;]+( ; [^\\]+)? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
_INSTALLS = re.compile(r"pip\b.*\binstall\b|\bnpm\b.*\b(?:ci|install)\b")


def named(file: Path) -> str:
    """Return a file's path in this checkout."""
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("declared", DECLARED, ids=named)
def test_every_requirement_is_pinned_with_its_digests(declared: Path) -> None:
    """Version and SHA-256 of each package, those that are needed by others too, and no address to get one from."""
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
    """A SHA-512 for each, and no package that a script fetches when it is installed: they are installed without scripts."""
    packages = json.loads(locked.read_bytes())["packages"]
    others = {path: package for path, package in packages.items() if path and not package.get("link")}
    assert others
    assert [path for path, package in others.items() if not package.get("integrity", "").startswith("sha512-")] == []


def test_nothing_is_installed_but_by_digest() -> None:
    """Every call of pip and npm in this checkout's scripts insists on it; this project itself comes from where it stands."""
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
    """`make requirements` knows every file; so none grows old unseen."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nrequirements:")[2].partition("\n\n")[0]
    assert [named(file) for file in DECLARED if named(file).removesuffix(".in") not in recipe] == []
