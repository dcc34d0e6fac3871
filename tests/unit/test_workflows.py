"""The GitHub workflows: what they run exists, other people's actions are pinned, and no outsider can use their permissions."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from workbench.cli import app
from workbench.templates import INFRA, parameters_of, read_template

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS: Mapping[str, Any] = {file.name: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
JOBS = {(name, key): job for name, workflow in WORKFLOWS.items() for key, job in workflow["jobs"].items()}
STEPS = [step for job in JOBS.values() for step in job["steps"]]
SCRIPTS = [step["run"] for step in STEPS if "run" in step]
ON: Any = True  # YAML 1.1 reads the key `on` as true
EVERY_FILE = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
TOKEN = "a-token-of-the-run"


def test_there_are_those_that_check_and_one_that_publishes() -> None:
    """There are no other workflows. A new one must be added here."""
    assert set(WORKFLOWS) == {"check.yml", "publish.yml", "weekly.yml"}


@EVERY_FILE
def test_what_others_wrote_is_pinned_by_its_commit(file: Path) -> None:
    """A tag can be moved to other code; a commit can't. The version is next to it. GitHub is the only owner."""
    lines = [line.strip().removeprefix("- ") for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert re.fullmatch(r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_permissions_are_the_least() -> None:
    """A checking job reads the source. The publishing job may also request a token. No other permission is granted."""
    reads = {"contents": "read"}
    top = {name: workflow["permissions"] for name, workflow in WORKFLOWS.items()}
    assert top == {"check.yml": reads, "publish.yml": {}, "weekly.yml": reads}
    granted = {key: job["permissions"] for key, job in JOBS.items() if "permissions" in job}
    assert granted == {("publish.yml", "publish"): {"contents": "read", "id-token": "write"}}


def test_nobody_outside_starts_one_that_may_do_anything() -> None:
    """Code of a fork is only checked, with a read-only token. What is published was merged before."""
    assert {name: set(workflow[ON]) for name, workflow in WORKFLOWS.items()} == {
        "check.yml": {"push", "pull_request"},
        "publish.yml": {"push", "workflow_dispatch"},
        "weekly.yml": {"schedule", "workflow_dispatch"},
    }
    assert WORKFLOWS["publish.yml"][ON]["push"]["branches"] == ["main"]
    assert JOBS["publish.yml", "publish"]["if"] == "github.ref == 'refs/heads/main'"


def test_nothing_is_pasted_into_a_script_and_no_secret_is_named() -> None:
    """Outside input reaches a script as a variable, never as part of its text. The checkout keeps no credentials."""
    assert not [script for script in SCRIPTS if "${{" in script]
    assert not [file.name for file in FILES if "secrets." in file.read_text(encoding="utf-8")]
    checkouts = [step for step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) == len(JOBS)
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_command_that_is_run_is_there() -> None:
    """Makefile targets, article33 commands and their options, and files that are run by path exist."""
    targets = set(re.findall(r"(?m)^([A-Za-z./$()_-]+):", (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(VENV)", ".venv")))
    made = {target for script in SCRIPTS for target in re.findall(r"\bmake (\S+)", script)}
    assert made
    assert made <= targets
    commands = typer.main.get_group(app).commands
    runs = [line for script in SCRIPTS for line in re.findall(r"article33 (.*)", script)]
    assert runs
    for line in runs:
        name, *rest = line.split()
        assert name in commands, line
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= known, line
    assert ".ci/run" in SCRIPTS
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_environment_is_the_one_that_the_role_trusts() -> None:
    """The stage is the one whose record the role may publish, unless a deployment sets another."""
    parameters = parameters_of(read_template(INFRA / "publishing.yaml"))
    job = JOBS["publish.yml", "publish"]
    assert job["environment"] == parameters["Environment"].default
    stages = {stage for script in SCRIPTS for stage in re.findall(r"--stage (\S+)", script)}
    assert stages == {parameters["Stage"].default}


@contextmanager
def github(answers: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Answer like GitHub when a job requests its token; yield the address, and who asked for what."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        """Issues one token per request."""

        def do_GET(self) -> None:
            """Answer."""
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({name: f"{value}-{len(asked)}" for name, value in answers.items()}).encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/token?version=2", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="GitHub's machines have curl and jq, this one has not both")
@pytest.mark.parametrize(("answers", "ran"), [({"value": TOKEN}, 3), ({"error": "no token"}, 0)], ids=["a token", "none"])
def test_the_publishing_script_gets_a_token_for_each_command(answers: Mapping[str, str], ran: int, tmp_path: Path) -> None:
    """The workflow's own script, with the command replaced by one that records its calls. Without a token nothing runs."""
    (step,) = [step for step in STEPS if step.get("name") == "Publish"]
    noted, token = tmp_path / "noted", tmp_path / "aws-token"
    command = tmp_path / ".venv/bin/article33"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\necho "$(cat "$AWS_WEB_IDENTITY_TOKEN_FILE") $*" >>{noted}\n', encoding="utf-8")
    command.chmod(0o755)
    with github(answers) as (address, asked):
        variables = {
            "PATH": os.environ["PATH"],
            "NO_PROXY": "127.0.0.1",
            "GITHUB_SHA": "0123456789abcdef",
            "ACTIONS_ID_TOKEN_REQUEST_URL": address,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        }
        ended = subprocess.run(  # noqa: S603 - the workflow's own script, as GitHub runs it
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
    calls = noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []
    assert (len(calls), ended.returncode == 0) == (ran, bool(ran)), ended.stderr
    assert set(asked) == {("/token?version=2&audience=sts.amazonaws.com", "bearer of-the-job")}
    if ran:
        assert calls == [
            f"{TOKEN}-1 plan --stage prod",
            f"{TOKEN}-2 publish --stage prod --message From commit 0123456",
            f"{TOKEN}-3 verify --stage prod",
        ]
        assert token.stat().st_mode & 0o077 == 0
