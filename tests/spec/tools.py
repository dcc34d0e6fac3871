"""The tools that the tests here run, which this project did not write, and how they are run: see `run` beside this."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from workbench.contractfiles import PUBLISHED

HERE = Path(__file__).parent
SPECIFICATION = PUBLISHED / "openapi.json"
GUIDE = "docs/clients.md"
HOST = "http://127.0.0.1:8033"  # where the documents say that the API is
CASE = "nine-north-koreans-viet-nam-2015"
SECONDS = 300  # a bound for a tool that hangs

NODE = HERE / "node_modules" / ".bin"
PYTHON = Path(os.environ.get("ARTICLE33_SPEC_TOOLS", ".")) / "bin"


def environment() -> dict[str, str]:
    """Return an environment in which the tools are found before any others, and neither report home nor look for updates."""
    path = os.pathsep.join([str(NODE), str(PYTHON), os.environ["PATH"]])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ARTICLE33_", "PYTHON"))}
    return kept | {"PATH": path, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}


def located(command: str) -> str:
    """Return where a command is; where the machine has none, the test is skipped."""
    found = shutil.which(command, path=environment()["PATH"])
    if found is None:
        pytest.skip(f"no {command} on this machine")
    return found


def run(command: str, *arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one of the tools in a directory, with these variables besides; return how it ended and what it said."""
    return subprocess.run(  # noqa: S603 - a tool of ours, on files of ours
        [located(command), *map(str, arguments)],
        cwd=cwd,
        env=environment() | variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def output(command: str, *arguments: str | Path, cwd: Path, **variables: str) -> str:
    """Run one of the tools, which must end well; return its standard output."""
    ended = run(command, *arguments, cwd=cwd, **variables)
    assert ended.returncode == 0, f"{command} ended with {ended.returncode}\n{ended.stdout[-4_000:]}\n{ended.stderr[-4_000:]}"
    return ended.stdout


def shell(script: str, directory: Path) -> str:
    """Run shell commands in a directory, where curl fails on an error; return what they print."""
    for command in ("curl", "jq"):
        if re.search(rf"\b{command}\b", script):
            located(command)
    (directory / ".curlrc").write_text("fail\n", encoding="utf-8")
    return output("bash", "-euo", "pipefail", "-c", script, cwd=directory, CURL_HOME=str(directory))


def compiled(*sources: Path, out: Path) -> None:
    """Compile TypeScript strictly, as modules for Node, into a directory that Node takes for a package of modules."""
    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable"]
    output("tsc", *options, "--outDir", out, *sources, cwd=out.parent)
    (out / "package.json").write_text('{"type": "module"}', encoding="utf-8")


def blocks(document: str, language: str) -> list[str]:
    """Return the fenced code blocks of a language in a document of this repository, in their order."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def generating(tool: str, url: str) -> list[str]:
    """Return the arguments with which the guide calls a generator, for the API at a URL."""
    commands = "".join(blocks(GUIDE, "sh")).replace("\\\n", "")
    lines = [line.removeprefix("npx ").split() for line in commands.splitlines()]
    arguments = next(words[1:] for words in lines if words[0] == tool)
    assert any(HOST in argument for argument in arguments)
    return [argument.replace(HOST, url) for argument in arguments]
