"""CONTRIBUTING.md names targets and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([a-z0-9]+/test_\w+\.py)(?:::(\w+))?`", TEXT)))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_named_test_exists(file: str, name: str) -> None:
    """A test that finds a kind of fault is not removed without a look at the table of kinds."""
    assert f"def {name}" in (ROOT / "tests" / file).read_text(encoding="utf-8")


def test_every_named_target_exists() -> None:
    """In the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {target for call in re.findall(r"`make ([a-z0-9 -]+)`", TEXT) for target in call.split()}
    assert {target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()
