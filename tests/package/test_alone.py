"""The package in Lambda's Python alone: no site-packages, and no environment but its own."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers.contract import contract
from tests.package.asking import PROBLEMS, PYTHON, answered, as_told, event, targets
from tests.package.conftest import Served

# Runs in a clean interpreter: answers the events in a file, and prints where each imported module came from.
SCRIPT = """
import json, sys
task, questions, answers = sys.argv[1:]
before = list(sys.path)
sys.path.insert(0, task)
compiled = []
sys.addaudithook(lambda name, about: compiled.append(str(about[1])) if name == "compile" else None)
from types import SimpleNamespace
from handlers.api import lambda_handler
context = SimpleNamespace(aws_request_id="1", function_name="read", memory_limit_in_mb=512, invoked_function_arn="arn")
with open(questions) as asked:
    found = [lambda_handler(event, context) for event in json.load(asked)]
modules = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
with open(answers, "w") as told:
    json.dump({"path": before, "answers": found, "modules": modules, "compiled": compiled}, told)
"""


@pytest.fixture(scope="module")
def told(task: Path, served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The package's responses to all targets, and what it imported."""
    scratch = tmp_path_factory.mktemp("alone")
    before = _files(task)
    (scratch / "questions").write_text(json.dumps([event(target) for target in targets()]), encoding="utf-8")
    command = [str(PYTHON), "-I", "-S", "-c", SCRIPT, str(task), str(scratch / "questions"), str(scratch / "answers")]
    ran = subprocess.run(command, env=served.environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert ran.returncode == 0, ran.stderr
    yield json.loads((scratch / "answers").read_text(encoding="utf-8"))
    assert _files(task) == before, "Lambda's file system can't be written"


def test_every_route_is_asked() -> None:
    """The targets have each kind of route, and no placeholder is left."""
    patterns = {route.endpoint for route in contract().routes}
    assert len(targets()) > len(patterns)
    assert not [target for target in targets() if "{" in target or "//" in target]


def test_the_package_answers_what_the_checkout_answers(told: dict[str, Any], served: Served) -> None:
    """For the same record, every route, representation, script and style sheet is the same, byte for byte."""
    statuses = {}
    for target, answer in zip(targets(), told["answers"], strict=True):
        got = as_told(target, answer["statusCode"], answer["headers"], answer["body"])
        assert got == as_told(target, *answered(served.url, target)), target
        statuses[target] = answer["statusCode"]
    assert {target: status for target, status in statuses.items() if status != 200} == PROBLEMS


def test_nothing_but_the_package_and_the_standard_library_is_imported(told: dict[str, Any], task: Path) -> None:
    """Every module comes from one of the two."""
    standard = [directory for directory in told["path"] if directory]
    assert not [directory for directory in standard if "site-packages" in directory]
    elsewhere = {name: file for name, file in told["modules"].items() if file and not file.startswith((str(task), *standard))}
    assert elsewhere == {}
    assert {"handlers.api", "record.reading", "aws_lambda_powertools.event_handler", "boto3", "botocore", "urllib3"} <= {
        name for name, file in told["modules"].items() if file and file.startswith(str(task))
    }


def test_nothing_is_compiled(told: dict[str, Any], task: Path) -> None:
    """No source is compiled: every module is imported from the package's bytecode."""
    assert [file for file in told["compiled"] if file.startswith(str(task))] == []


def test_the_watch_measures_from_the_package_too(task: Path, served: Served) -> None:
    """The package has everything that the watch function needs for its metrics."""
    script = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); from handlers.watch import lambda_handler; figures = lambda_handler({}, None); "
        "print(json.dumps([figures, sys.modules['aws_lambda_powertools.metrics'].__file__]))"
    )
    ran = subprocess.run(  # noqa: S603
        [str(PYTHON), "-I", "-S", "-c", script, str(task)], env=served.environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    written, told = ran.stdout.splitlines()
    figures, origin = json.loads(told)
    assert {name: json.loads(written)[name] for name in figures} == {name: [value] for name, value in figures.items()}
    assert "RecordAgeDays" in figures
    assert origin.startswith(str(task))


def _files(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*"))
