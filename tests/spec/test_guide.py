"""The programs that the guide to clients prints work as they are printed, and say what the API says."""

import json
from pathlib import Path

from tests.spec.tools import CASE, GUIDE, HOST, blocks, compiled, output, shell

FIRST_NAME = "Vietnamese police"
EVENTS = "/v1/events?country=VN"


def program(language: str, url: str) -> str:
    """Return the guide's blocks of a language as one program that asks the test's server."""
    return "\n".join(blocks(GUIDE, language)).replace(HOST, url)


def expected(url: str, directory: Path) -> list[str]:
    """Return what each of the guide's programs prints, line by line, worked out from the API in the simplest way."""
    events = json.loads(shell(f"curl -s '{url}{EVENTS}&fields=name&limit=100'", directory))["data"]
    changes = json.loads(shell(f"curl -s '{url}/v1/changes?since=1&limit=100'", directory))["data"]
    assert (len(events) > 2, len(changes)) == (True, 2)  # the list has more pages than one
    return [
        f"cases/{CASE}: Nine North Koreans handed over by Viet Nam, 2015",
        *(event["id"] for event in events),
        "304",
        *(f"{change['release']} {change['kind']} {change['path']}" for change in changes),
        "0",
        *[FIRST_NAME] * 3,
    ]


def test_the_guides_shell_commands_work(url: str, tmp_path: Path) -> None:
    """Bash, curl and jq."""
    assert shell(program("bash", url), tmp_path).splitlines() == expected(url, tmp_path)
    assert json.loads((tmp_path / "case.json").read_text(encoding="utf-8"))["id"] == f"cases/{CASE}"


def test_the_guides_python_works(url: str, tmp_path: Path) -> None:
    """The standard library, and an interpreter that tells of what is left open."""
    said = output("python3", "-W", "error", "-c", program("python", url), cwd=tmp_path)
    assert said.splitlines() == expected(url, tmp_path)


def test_the_guides_typescript_works(url: str, tmp_path: Path) -> None:
    """Compiled strictly, run by Node."""
    source = tmp_path / "guide.mts"
    source.write_text(program("typescript", url), encoding="utf-8")
    compiled(source, out=tmp_path / "out")
    assert output("node", "out/guide.mjs", cwd=tmp_path).splitlines() == expected(url, tmp_path)


def test_the_guide_says_the_same_in_each_language() -> None:
    """Each task in the three of them."""
    assert len({len(blocks(GUIDE, language)) for language in ("bash", "python", "typescript")}) == 1
