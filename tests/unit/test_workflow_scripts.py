"""The scripts in the workflows' own steps, run as GitHub runs them, with the command and GitHub's API replaced."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="GitHub's machines have curl and jq, this one has not both"
)
TOKEN = "a-token-of-the-run"
LINE = f"release 3 {'0123456789abcdef' * 4}"
MARKER = "<!-- article33-plan -->"
BOT = "github-actions[bot]"


@dataclass
class GitHub:
    """Answers a job's requests: for tokens, and for the comments of a pull request."""

    answer: Mapping[str, str] = field(default_factory=lambda: {"value": TOKEN})
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    address: str = ""

    def respond(self, method: str, path: str, body: str) -> object:
        """Return the answer to a request."""
        if path.startswith("/token"):
            return {name: f"{value}-{len(self.asked)}" for name, value in self.answer.items()}
        if method == "GET":
            page = int(path.rpartition("page=")[2])
            return self.comments[100 * (page - 1) : 100 * page]
        number = int(path.rpartition("/")[2]) if method == "PATCH" else len(self.comments)
        if method == "POST":
            self.comments.append({"id": number, "user": {"login": BOT}, "body": ""})
        self.comments[number]["body"] = json.loads(body)["body"]
        return {}


@contextmanager
def serving(github: GitHub) -> Iterator[GitHub]:
    """Serve it on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        """Hands each request on."""

        def do_GET(self) -> None:
            """Answer."""
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            github.asked.append((self.command, self.path, self.headers["Authorization"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(github.respond(self.command, self.path, body)).encode())

        do_POST = do_PATCH = do_GET  # noqa: N815 - the names that the standard library expects

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        github.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        try:
            yield github
        finally:
            server.shutdown()
            thread.join()


def step(file: str, name: str) -> Mapping[str, Any]:
    """Return a step of a workflow by its name."""
    workflow = yaml.safe_load((ROOT / ".github/workflows" / file).read_text(encoding="utf-8"))
    (found,) = [one for job in workflow["jobs"].values() for one in job["steps"] if one.get("name") == name]
    return found  # type: ignore[no-any-return]


@dataclass
class Machine:
    """A directory with the repository's scripts and an `article33` that notes its calls."""

    directory: Path
    github: GitHub

    def ran(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a step's script as `shell: bash` does."""
        return subprocess.run(  # noqa: S603 - the workflow's own script
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.directory,
            env={
                "PATH": os.environ["PATH"],
                "NO_PROXY": "127.0.0.1",
                "GITHUB_SHA": "0123456789abcdef",
                "GITHUB_OUTPUT": str(self.directory / "output"),
                "GITHUB_STEP_SUMMARY": str(self.directory / "summary"),
                "GITHUB_TOKEN": "of-the-workflow",
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.github.address}/token?version=2",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
                "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/some",
                "AWS_WEB_IDENTITY_TOKEN_FILE": str(self.directory / "aws-token"),
                **{name: str(self.directory / name.lower()) for name in ("VERIFIED", "KEPT", "PLANNED", "SAID")},
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def command(self, name: str, script: str) -> None:
        """Put a command in its place. It notes the token and its arguments, then runs `script`."""
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        token = '$(cat "$AWS_WEB_IDENTITY_TOKEN_FILE" 2>/dev/null)'
        file.write_text(f'#!/bin/sh\necho "{token} $*" >>{self.directory}/noted\n{script}\n', encoding="utf-8")
        file.chmod(0o755)

    def read(self, name: str) -> str:
        """Return the content of a file, empty if there is none."""
        file = self.directory / name
        return file.read_text(encoding="utf-8") if file.exists() else ""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine, and GitHub."""
    shutil.copytree(ROOT / ".github/scripts", tmp_path / ".github/scripts")
    with serving(GitHub()) as github:
        made = Machine(tmp_path, github)
        made.command(".venv/bin/article33", f'[ "$1" != verify ] || printf "3 releases verified.\\n{LINE}\\n"')
        yield made


def test_the_publishing_script_gets_a_token_for_each_command_and_hands_the_line_over(machine: Machine) -> None:
    """The output of the step is the last line of `verify`. Nobody else can read the token."""
    ended = machine.ran(step("publish.yml", "Publish")["run"])
    assert ended.returncode == 0, ended.stderr
    assert machine.read("noted").splitlines() == [
        f"{TOKEN}-1 plan --stage prod",
        f"{TOKEN}-2 publish --stage prod --message From commit 0123456",
        f"{TOKEN}-3 verify --stage prod",
    ]
    assert set(machine.github.asked) == {("GET", "/token?version=2&audience=sts.amazonaws.com", "bearer of-the-job")}
    assert (machine.directory / "aws-token").stat().st_mode & 0o077 == 0
    assert machine.read("output") == f"kept={LINE}\n"


@pytest.mark.parametrize(("file", "name"), [("publish.yml", "Publish"), ("weekly.yml", "Compare")])
def test_no_command_runs_without_a_token_or_a_role(machine: Machine, file: str, name: str) -> None:
    """The step fails. If the variable with the role is missing, the message says so."""
    machine.command(".github/scripts/kept-digests", f'echo "{LINE}"')
    (machine.directory / "noted").unlink(missing_ok=True)
    script = step(file, name)["run"]
    without = machine.ran(script, AWS_ROLE_ARN="")
    assert (without.returncode != 0, "AWS_ROLE_ARN: is not set: docs/operations.md" in without.stderr) == (True, True)
    machine.github.answer = {"error": "no token"}
    assert machine.ran(script).returncode != 0
    assert "stage prod" not in machine.read("noted")


def test_failed_verification_hands_nothing_over(machine: Machine) -> None:
    """`verify` writes into a pipe; its exit code still counts."""
    machine.command(".venv/bin/article33", f'[ "$1" != verify ] || {{ echo "{LINE}"; exit 1; }}')
    assert machine.ran(step("publish.yml", "Publish")["run"]).returncode == 1
    assert machine.read("output") == ""


def test_the_weekly_script_compares_with_the_lines_of_the_tags(machine: Machine) -> None:
    """It does not verify anything if the tags are not in order."""
    machine.command(".github/scripts/kept-digests", f'echo "{LINE}"')
    ended = machine.ran(step("weekly.yml", "Compare")["run"])
    assert ended.returncode == 0, ended.stderr
    assert machine.read("noted").splitlines()[-1] == f"{TOKEN}-1 verify --stage prod --kept {machine.directory}/kept"
    assert machine.read("kept") == f"{LINE}\n"
    (machine.directory / "noted").unlink()
    machine.command(".github/scripts/kept-digests", "exit 1")
    assert machine.ran(step("weekly.yml", "Compare")["run"]).returncode == 1
    assert "verify" not in machine.read("noted")


def test_the_pushing_step_gives_git_its_credentials(tmp_path: Path) -> None:
    """Git gets the job's token from the helper in the step's variables, and from no file."""
    variables = {name: str(value) for name, value in step("publish.yml", "Keep")["env"].items() if name.startswith("GIT_CONFIG")}
    filled = subprocess.run(
        ["git", "credential", "fill"],  # noqa: S607
        input="protocol=https\nhost=example.org\n\n",
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1", "GITHUB_TOKEN": TOKEN, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert filled.stdout == f"protocol=https\nhost=example.org\nusername=x-access-token\npassword={TOKEN}\n"


@pytest.mark.parametrize(
    ("does", "code", "shown"),
    [
        ('printf "## Plan: 1 updated\\n" >"$5"', 0, "## Plan: 1 updated\n"),
        ('printf "## Plan: it would fail\\n" >"$5"; exit 1', 1, "## Plan: it would fail\n"),
        (
            "echo 'article33: the table is away ``` @somebody' >&2; exit 1",
            1,
            "## Plan: it did not finish\n\n    article33: the table is away ``` @somebody\n",
        ),
    ],
    ids=["passes", "fails", "writes nothing"],
)
def test_plan_is_shown_and_its_exit_code_counts(machine: Machine, does: str, code: int, shown: str) -> None:
    """The file for the comment and the run's summary have the plan. Without one, they have the error message, as code."""
    machine.command(".venv/bin/article33", does)
    ended = machine.ran(step("plan.yml", "Plan")["run"])
    assert (ended.returncode, machine.read("planned"), machine.read("summary")) == (code, shown, shown), ended.stderr
    assert machine.read("noted") == f"{TOKEN}-1 plan --stage prod --markdown {machine.directory}/planned\n"


def commented(machine: Machine, plan: str) -> None:
    """Run the step that comments, with this plan."""
    if plan:
        (machine.directory / "planned").write_text(plan, encoding="utf-8")
    issues = f"{machine.github.address}/repos/owner/name/issues"
    variables = {"COMMENTS": f"{issues}/7/comments", "EDITED": f"{issues}/comments", "COMMIT": "0123456", "RUN": "https://example.org/run"}
    ended = machine.ran(step("plan.yml", "Comment")["run"], **variables)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("others", [0, 3, 100, 250])
def test_there_is_one_comment_and_it_is_updated(machine: Machine, others: int) -> None:
    """However many comments there are. A person's comment that begins in the same way is left alone."""
    comments = machine.github.comments
    comments += [{"id": number, "user": {"login": "somebody"}, "body": f"{MARKER} {number}"} for number in range(others)]
    before = json.dumps(comments)
    plan = "A \"plan\" with $(characters) \\ `of` 탈북자 'all' kinds\n"
    commented(machine, plan)
    commented(machine, plan * 2)
    assert json.dumps(comments[:others]) == before
    (ours,) = comments[others:]
    assert ours["body"] == f"{MARKER}\n{plan * 2}\n[Run](https://example.org/run) of commit 0123456"
    assert {authorization for *_, authorization in machine.github.asked} == {"Bearer of-the-workflow"}
    assert [method for method, *_ in machine.github.asked if method != "GET"] == ["POST", "PATCH"]


def test_comment_says_if_there_is_no_plan(machine: Machine) -> None:
    """The job failed before it planned."""
    commented(machine, "")
    assert machine.github.comments[0]["body"].startswith(f"{MARKER}\n## Plan: it did not run\n")


def test_longest_plan_fits_into_a_comment(machine: Machine) -> None:
    """A plan has at most 65,000 characters. The lines around it leave it below GitHub's limit of 65,536."""
    commented(machine, "북" * 65_000)
    assert 65_000 < len(machine.github.comments[0]["body"]) < 65_536
