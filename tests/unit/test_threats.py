"""The threats page: each threat has a control and tests for it, and those tests exist."""

import ast
import re

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
ROWS = [row.strip("| ").split(" | ") for row in PAGE.splitlines() if row.startswith("| ") and not row.startswith("| threat ")]
NAMED = sorted(set(re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", PAGE)))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_is_there(file: str, name: str) -> None:
    """The file has a function of that name, which pytest collects."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_threat_has_a_control_and_a_test() -> None:
    """No threat is listed without its control and the test of it."""
    assert len(ROWS) > 20
    for row in ROWS:
        assert len(row) == 3, row
        assert row[1]
        assert re.fullmatch(r"`tests/[^`]+`(, `tests/[^`]+`)*", row[2]), row
    assert len(NAMED) > 30
