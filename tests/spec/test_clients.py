"""Clients that others' generators make of the specification, by the commands that the guide prints, read a case in three languages."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.spec.tools import CASE, HERE, PYTHON, SPECIFICATION, compiled, generating, located, output

CONSUMERS = HERE / "consumers"
JAR = "import pathlib, openapi_generator_cli as it; print(pathlib.Path(it.__file__).with_name('openapi-generator.jar'))"


def expected(url: str) -> dict[str, Any]:
    """Return what each of the consumers says of the case."""
    with urlopen(f"{url}/v1/cases/{CASE}") as answer:  # noqa: S310 - loopback
        case = json.load(answer)
    assert len(case["actors"]) > 2
    told = {"id": case["id"], "name": case["name"]["en"], "status": case["status"], "roles": len(case["actors"])}
    return told | {"earliest": case["period"]["earliest"]}


def test_the_served_specification_is_the_published_one(seed_url: str) -> None:
    """A client that is generated from a server is the client that is tested here."""
    with urlopen(f"{seed_url}/v1/openapi.json") as answer:  # noqa: S310 - loopback
        assert json.load(answer) == json.loads(SPECIFICATION.read_text(encoding="utf-8"))


def test_types_for_typescript(seed_url: str, tmp_path: Path) -> None:
    """openapi-typescript: the types compile strictly, together with a program that relies on them, which reads the case."""
    output("openapi-typescript", *generating("openapi-typescript", seed_url), cwd=tmp_path)
    consumer = shutil.copy(CONSUMERS / "read_case.mts", tmp_path)
    compiled(Path(consumer), out=tmp_path / "out")
    assert json.loads(output("node", "out/read_case.mjs", seed_url, CASE, cwd=tmp_path)) == expected(seed_url)


def test_a_client_for_python(seed_url: str, tmp_path: Path) -> None:
    """openapi-python-client: nothing is left out of the client, and a strictly typed program reads the case into its models."""
    options = ["--config", str(HERE / "openapi-python-client.yaml"), "--fail-on-warning"]
    output("openapi-python-client", *generating("openapi-python-client", seed_url), *options, cwd=tmp_path)
    shutil.copy(CONSUMERS / "read_case.py", tmp_path)
    checked = ["--strict", "--follow-imports", "silent", "--python-executable", str(PYTHON / "python"), "read_case.py"]
    output(sys.executable, "-m", "mypy", *checked, cwd=tmp_path)
    assert json.loads(output("python", "-W", "error", "read_case.py", seed_url, CASE, cwd=tmp_path)) == expected(seed_url)


def test_a_client_for_java(seed_url: str, tmp_path: Path) -> None:
    """openapi-generator: the client compiles with what the generator's own jar brings along, and reads the case into its models."""
    located("javac")
    output("openapi-generator-cli", *generating("openapi-generator-cli", seed_url), cwd=tmp_path)
    jar = output("python", "-c", JAR, cwd=tmp_path).strip()
    sources = [*(tmp_path / "article33-java/src/main").rglob("*.java"), *CONSUMERS.glob("*.java")]
    output("javac", "-proc:none", "-nowarn", "-cp", jar, "-d", tmp_path / "out", *sources, cwd=tmp_path)
    said = output("java", "-cp", f"{jar}:{tmp_path / 'out'}", "ReadCase", seed_url, CASE, cwd=tmp_path)
    assert json.loads(said) == expected(seed_url)
