"""The GitHub workflows and their scripts, checked by zizmor and shellcheck."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.unit.test_workflows import SCRIPT_FILES, SCRIPTS

CHECKERS = Path(os.environ.get("ARTICLE33_CHECKERS", ".")) / "bin"


def test_zizmor_finds_nothing() -> None:
    """No template injection, excessive permission, unpinned action, kept credential or dangerous trigger. It asks nobody: offline."""
    ran = subprocess.run(  # noqa: S603 - a pinned checker
        [CHECKERS / "zizmor", "--offline", "--quiet", ".github/workflows"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("script", [*SCRIPTS, *(file.read_text(encoding="utf-8") for file in SCRIPT_FILES)])
def test_shellcheck_finds_nothing(script: str) -> None:
    """In no script of a step, and in no file that steps run."""
    ran = subprocess.run(  # noqa: S603 - a pinned checker
        [CHECKERS / "shellcheck", "--shell=bash", "-"], input=script, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout
