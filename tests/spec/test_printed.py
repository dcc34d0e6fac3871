"""Every curl command that the README and the guides print works as it is printed, against the record that `make serve` serves."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.spec.tools import GUIDE, HOST, shell

COMMAND = r"^ *(?:\$ )?(curl [^\n]*)\n"
TEXTS = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in ["README.md", *(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))]
}
# The guide to clients has programs, which test_guide.py runs whole.
DOCUMENTS = sorted(name for name, text in TEXTS.items() if name != GUIDE and re.search(COMMAND, text, re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_curl_command_works(document: str, seed_url: str, tmp_path: Path) -> None:
    """And what is printed as the answer to one is that answer."""
    text = TEXTS[document]
    answers = {command: shell(command.replace(HOST, seed_url), tmp_path) for command in re.findall(COMMAND, text, re.MULTILINE)}
    assert all(answer for command, answer in answers.items() if ">" not in command)
    for command, answer in re.findall(COMMAND + r"\n*```json\n(.*?)```$", text, re.DOTALL | re.MULTILINE):
        assert json.loads(answers[command]) == json.loads(answer)


def test_the_readme_prints_one() -> None:
    """With its answer."""
    assert re.search(COMMAND + r"\n*```json\n", TEXTS["README.md"], re.MULTILINE)
