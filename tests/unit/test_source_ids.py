"""Replacing an id in the source files, after it was redacted: everywhere, and without a declaration that names it."""

from pathlib import Path

import pytest

from tests.unit.builders import CASE, INSTRUMENT, SOURCE, TODAY, write_record
from workbench.departing import CannotDepart, replace_id
from workbench.staging import Staging

ONE, OPAQUE = "instruments/one", "instruments/redacted-bbccddffgghhjjtt"


def saying(root: Path, text: str) -> list[str]:
    """Return the files that contain a text."""
    return sorted(str(file.relative_to(root)) for file in root.rglob("*.yaml") if text in file.read_text(encoding="utf-8"))


def test_it_is_replaced_everywhere_but_in_longer_ids(tmp_path: Path) -> None:
    """In references, texts, comments, and declarations that lead to it or keep references; the files still make a valid record."""
    root = write_record(tmp_path, {ONE: {"gone": {"how": "renamed", "to": INSTRUMENT, "reason": "better-id"}}})
    file = root / f"{INSTRUMENT}.yaml"
    file.write_text(f"id: {INSTRUMENT}\n# {INSTRUMENT}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    case = root / f"{CASE}.yaml"
    case.write_text(f"{case.read_text(encoding='utf-8')}\n# See {INSTRUMENT}, not {INSTRUMENT}-2.\n", encoding="utf-8")
    before = saying(root, INSTRUMENT)
    replace = replace_id(root, INSTRUMENT, OPAQUE)
    assert saying(root, INSTRUMENT) == before, "it writes only when it is called"
    changed = replace().changed
    assert {str(path.relative_to(root)) for path in changed} == {*before, f"{OPAQUE}.yaml"}
    assert saying(root, INSTRUMENT) == [f"{CASE}.yaml"]
    assert f"See {OPAQUE}, not {INSTRUMENT}-2." in case.read_text(encoding="utf-8")
    assert not file.exists()
    with Staging() as staging:
        assert [*staging.add([root]), *staging.check(TODAY)] == []
        assert OPAQUE in {document.path for document in staging}


def test_declaration_gets_the_new_id_too(tmp_path: Path) -> None:
    """The file of a resource that left the record is renamed in the same way."""
    root = write_record(tmp_path, {ONE: {"gone": {"how": "withdrawn", "reason": "risk"}}})
    replace_id(root, ONE, OPAQUE)()
    assert ((root / f"{OPAQUE}.yaml").exists(), (root / f"{ONE}.yaml").exists()) == (True, False)


@pytest.mark.parametrize("text", ["name: [\n", f"{SOURCE}: a name\n"])
def test_file_that_can_not_be_changed_is_named(tmp_path: Path, text: str) -> None:
    """If a file can't be read, or the id is not a value in it, nothing is written."""
    root = write_record(tmp_path, {})
    case = root / f"{CASE}.yaml"
    case.write_text(text, encoding="utf-8")
    before = {file: file.read_bytes() for file in root.rglob("*.yaml")}
    with pytest.raises(CannotDepart, match=str(case)):
        replace_id(root, SOURCE, "sources/redacted-bbccddffgghhjjtt")
    assert {file: file.read_bytes() for file in root.rglob("*.yaml")} == before
