"""The GitHub workflows: what they run exists, other people's actions are pinned, and no outsider can use their permissions."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
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
SUBJECT = "token.actions.githubusercontent.com:sub"
STEPS = [step for job in JOBS.values() for step in job["steps"]]
SCRIPTS = [step["run"] for step in STEPS if "run" in step]
SCRIPT_FILES = sorted((ROOT / ".github" / "scripts").iterdir())
ON: Any = True  # YAML 1.1 reads the key `on` as true
EVERY_FILE = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))


def test_there_are_those_that_check_and_one_that_publishes() -> None:
    """There are no other workflows. A new one must be added here."""
    assert set(WORKFLOWS) == {"check.yml", "plan.yml", "publish.yml", "weekly.yml"}


@EVERY_FILE
def test_what_others_wrote_is_pinned_by_its_commit(file: Path) -> None:
    """A tag can be moved to other code; a commit can't. The version is next to it. GitHub is the only owner."""
    lines = [line.strip().removeprefix("- ") for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert re.fullmatch(r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_permissions_are_the_least() -> None:
    """A checking job reads the source. A job with a role may also request a token. One job pushes tags, and one comments."""
    reads = {"contents": "read"}
    top = {name: workflow["permissions"] for name, workflow in WORKFLOWS.items()}
    assert top == {"check.yml": reads, "plan.yml": {}, "publish.yml": {}, "weekly.yml": reads}
    granted = {key: job["permissions"] for key, job in JOBS.items() if "permissions" in job}
    requests = {"contents": "read", "id-token": "write"}
    assert granted == {
        ("plan.yml", "plan"): requests,
        ("plan.yml", "comment"): {"pull-requests": "write"},
        ("publish.yml", "publish"): requests,
        ("publish.yml", "keep"): {"contents": "write"},
        ("weekly.yml", "record"): requests,
    }


def test_job_with_a_role_changes_nothing_on_github() -> None:
    """So the role that publishes can't change the tags that keep the digests, and the job that pushes tags has no role."""
    for key, job in JOBS.items():
        has_role = any("AWS_ROLE_ARN" in step.get("env", {}) for step in job["steps"])
        permissions = job.get("permissions", {})
        assert has_role == ("id-token" in permissions), key
        if has_role:
            assert {name for name, access in permissions.items() if access == "write"} == {"id-token"}, key


def test_each_role_belongs_to_the_jobs_that_its_template_trusts() -> None:
    """The variable of each job is the one that the template's outputs name, and the job's token has the subject that the role expects."""
    template = read_template(INFRA / "publishing.yaml")
    roles = {
        re.findall(r"variable (\w+)", output["Description"])[0]: template["Resources"][output["Value"]["Fn::GetAtt"][0]]
        for output in template["Outputs"].values()
        if "Fn::GetAtt" in output["Value"]
    }
    subjects = {
        variable: role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"][SUBJECT]["Fn::Sub"]
        for variable, role in roles.items()
    }
    used = {}
    for (name, _), job in JOBS.items():
        for step in job["steps"]:
            if "AWS_ROLE_ARN" in step.get("env", {}):
                (variable,) = re.findall(r"^\$\{\{ vars\.(\w+) \}\}$", step["env"]["AWS_ROLE_ARN"])
                used[variable] = "environment" if "environment" in job else "pull_request" if name == "plan.yml" else "ref"
    assert {variable: subject.split(":")[2] for variable, subject in subjects.items()} == used
    assert len(subjects) == 3


def test_nobody_outside_starts_one_that_may_do_anything() -> None:
    """Code of a fork is only checked, with a read-only token. What is published was merged before."""
    assert {name: set(workflow[ON]) for name, workflow in WORKFLOWS.items()} == {
        "check.yml": {"push", "pull_request"},
        "plan.yml": {"pull_request"},
        "publish.yml": {"push", "workflow_dispatch"},
        "weekly.yml": {"schedule", "workflow_dispatch"},
    }
    assert WORKFLOWS["publish.yml"][ON]["push"]["branches"] == ["main"]
    for key in (("publish.yml", "publish"), ("weekly.yml", "record")):
        assert JOBS[key]["if"] == "github.ref == 'refs/heads/main'"
    assert JOBS["publish.yml", "keep"]["needs"] == "publish"
    assert JOBS["plan.yml", "plan"]["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    comment = JOBS["plan.yml", "comment"]
    assert (comment["needs"], comment["if"]) == ("plan", "${{ !cancelled() && needs.plan.result != 'skipped' }}")


def test_nothing_is_pasted_into_a_script() -> None:
    """Outside input reaches a script as a variable, never as part of its text. The checkout keeps no credentials."""
    assert not [script for script in SCRIPTS if "${{" in script]
    checkouts = {key: [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")] for key, job in JOBS.items()}
    assert {key for key, found in checkouts.items() if not found} == {("plan.yml", "comment")}
    assert all(step["with"]["persist-credentials"] is False for found in checkouts.values() for step in found)
    # `plan` and `publish` need the history, `verify --kept` the tags.
    whole = {key for key, found in checkouts.items() if any(step["with"].get("fetch-depth") == 0 for step in found)}
    assert whole == {key for key, job in JOBS.items() if "id-token" in job.get("permissions", {})}


def test_one_job_has_one_secret() -> None:
    """The key that signs tags. It is in an environment of its own, and no other job names a secret."""
    named = [(key, secret) for key, job in JOBS.items() for secret in re.findall(r"secrets\.\w+", json.dumps(job))]
    assert named == [(("publish.yml", "keep"), "secrets.SIGNING_KEY")]
    assert JOBS["publish.yml", "keep"]["environment"] == "release-tags"
    assert not [file.name for file in FILES if "secrets: inherit" in file.read_text(encoding="utf-8")]


@pytest.mark.parametrize("script", [*SCRIPTS, *(file.read_text(encoding="utf-8") for file in SCRIPT_FILES)])
def test_script_is_valid_bash(script: str) -> None:
    """Bash can parse it. `make e2e` checks more, with shellcheck and zizmor."""
    parsed = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)  # noqa: S607
    assert parsed.returncode == 0, parsed.stderr


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
    files = {file for script in SCRIPTS for file in re.findall(r"(?m)(?:^|\s)(\.(?:ci|github)/\S+)", script)}
    assert files == {".ci/run", *(str(file.relative_to(ROOT)) for file in SCRIPT_FILES)}
    assert all(os.access(ROOT / file, os.X_OK) for file in files)


def test_the_environment_is_the_one_that_the_role_trusts() -> None:
    """The stage is the one whose record the role may publish, unless a deployment sets another."""
    parameters = parameters_of(read_template(INFRA / "publishing.yaml"))
    job = JOBS["publish.yml", "publish"]
    assert job["environment"] == parameters["Environment"].default
    stages = {stage for script in SCRIPTS for stage in re.findall(r"--stage (\S+)", script)}
    assert stages == {parameters["Stage"].default}
