"""Which record a command works on: never another one than the options say, and one clear line if they contradict each other."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import SEED
from tests.e2e.commands import Run
from workbench.deploying import stages
from workbench.deploying.account import Account

PLAN = ("plan", str(SEED))
COMMANDS: tuple[tuple[str, ...], ...] = (
    *(PLAN, ("publish", str(SEED)), ("verify",), ("find", "word"), ("export", "--to", "nowhere"), ("restore", "nowhere")),
    ("redact", "cases/a-case", "--field", "/summary", "--reason", "risk"),
)
CONTRADICTIONS: tuple[tuple[tuple[str, ...], dict[str, str], tuple[str, ...]], ...] = (
    (("--table", "x", "--local"), {}, ("--local", "--table x")),
    (("--stage", "x", "--local"), {}, ("--local", "--stage x")),
    (("--stage", "x", "--table", "y"), {}, ("--stage x", "--table y")),
    (("--local", "--endpoint", "http://x"), {}, ("--local", "--endpoint http://x")),
    (("--stage", "x", "--endpoint", "http://x"), {}, ("--stage x", "--endpoint http://x")),
    (("--table", "x", "--record-port", "8034"), {}, ("--record-port 8034", "--local")),
    ((), {"ARTICLE33_STAGE": "x", "ARTICLE33_TABLE": "y"}, ("ARTICLE33_STAGE=x", "ARTICLE33_TABLE=y")),
    (("--endpoint", "http://x"), {"ARTICLE33_STAGE": "x"}, ("ARTICLE33_STAGE=x", "--endpoint http://x")),
    (("--stage", "x"), {"DYNAMODB_ENDPOINT": "http://x"}, ("--stage x", "DYNAMODB_ENDPOINT=http://x")),
    (("--table", "x", "--endpoint", "http://[::1"), {}, ("--endpoint http://[::1 is not a URL",)),
    (("--table", "x", "--endpoint", "127.0.0.1:8000"), {}, ("--endpoint 127.0.0.1:8000 is not a URL",)),
    (("--table", "x"), {"DYNAMODB_ENDPOINT": "http://x:99999"}, ("DYNAMODB_ENDPOINT=http://x:99999 is not a URL",)),
)


class Formation:
    """CloudFormation in us-east-1, with the stacks of two stages and one that was never created."""

    stacks = ("article33-prod-edge", "article33-dev-edge", "article33-artifacts")

    def client(self, service: str, region_name: str, config: object) -> "Formation":
        """Return itself as the client."""
        assert (service, region_name) == ("cloudformation", "us-east-1"), "a stage that does not exist has no region"
        assert config
        return self

    def get_paginator(self, name: str) -> "Formation":
        """Return itself as the paginator."""
        assert name == "describe_stacks"
        return self

    def paginate(self) -> list[dict[str, Any]]:
        """Return one page."""
        broken = {"StackName": "article33-broken-edge", "StackStatus": "REVIEW_IN_PROGRESS"}
        return [{"Stacks": [broken, *({"StackName": name, "StackStatus": "CREATE_COMPLETE"} for name in self.stacks)]}]

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Find no stack."""
        raise ClientError({"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}}, "DescribeStacks")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account with two stages, for whose region no command may ask."""
    session: Any = Formation()
    monkeypatch.setattr(stages, "sign_in", lambda region: Account(session, "123456789012", region, None))


@pytest.mark.parametrize(("options", "variables", "said"), CONTRADICTIONS, ids=" ".join)
def test_contradictory_targets_are_refused_and_both_are_named(
    options: tuple[str, ...], variables: dict[str, str], said: tuple[str, ...], article33: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Environment variables count, and are named as such."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    refused = article33(*PLAN, *options)
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert all(part in refused.err for part in said)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_refuses_contradictory_targets(command: tuple[str, ...], article33: Run) -> None:
    """All commands that have these options choose a record in the same way."""
    refused = article33(*command, "--table", "x", "--local")
    assert (refused.code, refused.out, refused.err) == (2, "", "article33: choose --local or --table x, not both\n")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("options", "variables", "tried"),
    [
        (("--table", "x"), {"ARTICLE33_STAGE": "prod", "AWS_ENDPOINT_URL": "http://127.0.0.1:3"}, "the table x can't be reached"),
        (("--table", "x"), {"ARTICLE33_TABLE": "y", "AWS_ENDPOINT_URL": "http://127.0.0.1:3"}, "the table x can't be reached"),
        (("--local", "--record-port", "1"), {"ARTICLE33_STAGE": "prod", "ARTICLE33_TABLE": "y"}, "http://127.0.0.1:1/"),
        (("--local", "--record-port", "1"), {"DYNAMODB_ENDPOINT": "http://127.0.0.1:2"}, "http://127.0.0.1:1/"),
        (("--table", "x"), {"DYNAMODB_ENDPOINT": "http://127.0.0.1:2"}, "http://127.0.0.1:2/"),
        (("--stage", "nobody"), {"ARTICLE33_TABLE": "y"}, "there is no stage nobody"),
    ],
)
def test_an_option_replaces_a_choice_of_the_environment(
    options: tuple[str, ...], variables: dict[str, str], tried: str, article33: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option names its record completely, so the command goes there and nowhere else."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert tried in article33(*PLAN, *options).err


def test_a_local_redaction_invalidates_no_cache(article33: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A local record has no CloudFront, so an option that names a distribution is refused."""
    redact = ("redact", "cases/a-case", "--field", "/summary", "--reason", "risk", "--local", "--record-port", "1")
    refused = article33(*redact, "--distribution", "E123")
    assert (refused.code, refused.err.count("choose --local or --distribution E123, not both")) == (2, 1)
    monkeypatch.setenv("ARTICLE33_DISTRIBUTION", "E123")
    assert "http://127.0.0.1:1/" in article33(*redact).err


@pytest.mark.usefixtures("account")
def test_an_unknown_stage_lists_those_that_exist(article33: Run) -> None:
    """It asks for no region: a stage's name is enough."""
    refused = article33(*PLAN, "--stage", "prodd")
    said = "article33: there is no stage prodd in account 123456789012; its stages are: dev, prod. Did you mean prod?\n"
    assert (refused.code, refused.out, refused.err) == (2, "", said)


@pytest.mark.parametrize("options", [("--stage", "prod"), ("--table", "x")], ids=" ".join)
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "no AWS credentials were found: sign in with `aws sso login`"),
        ({"AWS_PROFILE": "nope"}, "The config profile (nope) could not be found"),
        ({"AWS_CONFIG_FILE": "pyproject.toml", "AWS_PROFILE": "nope"}, "pyproject.toml"),
    ],
)
def test_missing_credentials_are_one_clear_line(
    options: tuple[str, ...], variables: dict[str, str], said: str, article33: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to do about it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    nothing = {"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true"}
    for name, value in {**nothing, "AWS_DEFAULT_REGION": "eu-central-1", **variables}.items():
        monkeypatch.setenv(name, value)
    refused = article33(*PLAN, *options)
    assert (refused.code in (1, 2), refused.out, len(refused.err.splitlines())) == (True, "", 1)
    assert said in refused.err


def test_no_region_is_one_clear_line(article33: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names a variable, because these commands have no option for the region."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    refused = article33(*PLAN, "--table", "x")
    assert refused.err == "article33: the table x can't be reached: no region is set: set AWS_REGION, such as eu-central-1\n"
