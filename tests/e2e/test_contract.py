"""`article33 contract`: rendering, checking and releasing the published contract, in a folder of its own."""

from pathlib import Path

import pytest

from tests.e2e.commands import Run
from workbench import contractfiles


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the published contract, still empty."""
    monkeypatch.setattr(contractfiles, "PUBLISHED", tmp_path / "published/v1")
    monkeypatch.setattr(contractfiles, "RELEASED", tmp_path / "released/v1/openapi.json")
    return tmp_path / "published/v1"


def test_a_contract_is_rendered_checked_and_kept(article33: Run, folder: Path) -> None:
    """After `render` it matches the registry. `release` stores it byte for byte; a second time nothing changes."""
    refused = article33("contract", "check")
    assert refused.code == 1
    assert "out of date: " in refused.err
    names = article33("contract", "render").out.split()
    assert {"openapi.json", "case.json", "context.jsonld", "tables.json", "handlers.json"} <= set(names)
    assert article33("contract", "render").out == ""
    assert article33("contract", "check").code == 0
    assert article33("contract", "release").out.endswith("The specification is now marked as released.\n")
    assert contractfiles.RELEASED.read_bytes() == (folder / "openapi.json").read_bytes()
    assert article33("contract", "release").out.endswith("This specification is already marked as released.\n")


def test_a_stale_contract_is_not_kept(article33: Run, folder: Path) -> None:
    """A file that differs from the registry, or does not belong there, is named, and nothing is released."""
    article33("contract", "render")
    (folder / "openapi.json").write_text("{}", encoding="utf-8")
    (folder / "stray.json").write_text("{}", encoding="utf-8")
    refused = article33("contract", "release")
    assert (refused.code, refused.err) == (
        1,
        "article33: out of date: openapi.json, stray.json; run `article33 contract render` and commit the result\n",
    )
    assert not contractfiles.RELEASED.exists()
    article33("contract", "render")
    assert not (folder / "stray.json").exists()
