"""The function's package: the modules of schemas that it needs follow from what it imports."""

from pathlib import Path

from workbench.deploying.packaging import ROOT, imported


def test_what_is_imported_is_found(tmp_path: Path) -> None:
    """Direct and indirect imports, inside functions too, with the packages around them, and nothing else."""
    texts = {
        "handler.py": "import os\ndef answer():\n    from shapes.dates import year\n",
        "shapes/__init__.py": "",
        "shapes/dates.py": "import shapes.inner.days as days\n",
        "shapes/inner/__init__.py": "",
        "shapes/inner/days.py": "from shapes import names\nfrom . import dates\n",
        "shapes/names.py": "",
        "shapes/unused.py": "",
        "handlers.json": "{}",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = imported(tmp_path, "shapes", [tmp_path / "handler.py", tmp_path / "handlers.json"])
    assert found == {name for name in texts if name.startswith("shapes/")} - {"shapes/unused.py"}


def test_the_function_needs_no_model() -> None:
    """The read path imports the published contract and what a date means."""
    files = [*(ROOT / "src" / "handlers").glob("*.py"), *(ROOT / "src" / "record").glob("*.py")]
    assert imported(ROOT, "schemas", files) == {"schemas/__init__.py", "schemas/edtf.py"}
