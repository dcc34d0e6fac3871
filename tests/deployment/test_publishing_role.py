"""The roles of CI allow exactly what its commands need: the calls of the commands are recorded and compared with the roles."""

import itertools
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from boto3.session import Session
from botocore.client import BaseClient
from moto import mock_aws

from record import items
from tests.conftest import SEED
from tests.e2e.checkouts import clone, commit
from tests.e2e.commands import Ran, edit
from tests.record.killing import Killed
from workbench.cli import main
from workbench.deploying.account import EDGE_REGION
from workbench.templates import INFRA, read_template, table_declaration

TEMPLATE = read_template(INFRA / "publishing.yaml")
ROLES = ("Publisher", "Verifier", "Planner")
REGION, ACCOUNT = "eu-central-1", "123456789012"
TABLE = "article33-prod-RecordTable-1A2B3C"  # as CloudFormation generates names
VALUES = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "Stage": "prod"}
# GetCallerIdentity needs no permission; the role's own trust policy says who may assume it.
FREE = {"sts:GetCallerIdentity", "sts:AssumeRoleWithWebIdentity"}
WRITES = {"dynamodb:BatchWriteItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}


@dataclass(frozen=True)
class Call:
    """An AWS call: its action in IAM's terms, and its resource."""

    action: str
    resource: str


@dataclass
class Recorder:
    """Records all calls of all clients. If told so, it kills the publisher at its n-th write."""

    calls: list[Call] = field(default_factory=list)
    kill_at: int = 0

    def note(self, service: str, operation: str, region: str, parameters: Mapping[str, Any]) -> None:
        """Record a call."""
        call = Call(f"{service}:{operation}", resource_of(service, region, parameters))
        self.calls.append(call)
        if call.action in WRITES and self.kill_at:
            self.kill_at -= 1
            if not self.kill_at:
                raise Killed


def resource_of(service: str, region: str, parameters: Mapping[str, Any]) -> str:
    """Return the ARN of a call's resource."""
    if service == "dynamodb":
        (table,) = [parameters["TableName"]] if "TableName" in parameters else parameters["RequestItems"]
        return f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}"
    if service == "cloudformation":
        return f"arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{parameters['StackName']}/some-id"
    return ""


def substituted(value: Any) -> str:
    """Return a text of the template with its parameters replaced by their values."""
    text = value["Fn::Sub"] if isinstance(value, Mapping) else value
    return re.sub(r"\$\{([A-Za-z:]+)\}", lambda found: VALUES[found[1]], text)


def listed(value: Any) -> list[Any]:
    """Return a value as a list; IAM accepts a single value for a list."""
    return value if isinstance(value, list) else [value]


def properties_of(role: str) -> Any:
    """Return the properties of a role in the template."""
    return TEMPLATE["Resources"][role]["Properties"]


def statements(role: str) -> Iterator[tuple[set[str], list[str]]]:
    """Yield (actions, resources) of everything that a role allows."""
    for policy in properties_of(role)["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert set(statement) == {"Effect", "Action", "Resource"}
            assert statement["Effect"] == "Allow"
            yield set(listed(statement["Action"])), [substituted(resource) for resource in listed(statement["Resource"])]


def is_allowed(call: Call, role: str) -> bool:
    """Return whether a role allows a call."""
    return any(
        call.action in actions and any(fnmatchcase(call.resource, resource) for resource in resources)
        for actions, resources in statements(role)
    )


def described(name: str, region: str) -> Any:
    """Answer as CloudFormation would for the stage's stacks. moto can't create them."""
    outputs = {("article33-prod-edge", EDGE_REGION): {"Region": REGION}, ("article33-prod", REGION): {"RecordTableName": TABLE}}[
        name, region
    ]
    pairs = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    return {"Stacks": [{"StackId": name, "StackName": name, "StackStatus": "CREATE_COMPLETE", "Outputs": pairs}]}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[str]:
    """A deployed stage's table, and the environment of the workflow: a role, a token and no region. Returns the table."""
    token = tmp_path / "aws-token"
    token.write_text("a-token", encoding="utf-8")
    variables = {"AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/publisher", "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "NO_COLOR": "1"}
    with mock_aws(), pytest.MonkeyPatch.context() as monkeypatch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "ARTICLE33_"))]:
            monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        client: Any = Session(region_name=REGION).client("dynamodb")
        client.create_table(TableName=TABLE, **table_declaration())
        yield TABLE


@pytest.fixture
def recorder(stage: str, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Record every call of every client from now on."""
    assert stage
    recorder = Recorder()
    make: Callable[..., Any] = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - every operation calls it

    def noted(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
        service, region = client.meta.service_model.signing_name, client.meta.region_name
        recorder.note(service, operation, region, parameters)
        if (service, operation) == ("cloudformation", "DescribeStacks"):
            return described(parameters["StackName"], region)
        return make(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return recorder


@pytest.fixture
def article33(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command against the stage, in this process."""

    def call(*arguments: str) -> Ran:
        monkeypatch.setattr("sys.argv", ["article33", *arguments, "--stage", "prod"])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return call


def end_lease(table: str) -> None:
    """Let the lease of a killed publisher expire."""
    client: Any = Session(region_name=REGION).client("dynamodb")
    client.update_item(
        TableName=table,
        Key=items.key(items.RELEASES, items.CURRENT),
        UpdateExpression="SET lease_until = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )


def check_role(role: str, calls: list[Call]) -> None:
    """Check that a role allows these calls, and that they need each of its actions and resources."""
    asked = {call for call in calls if call.action not in FREE}
    assert {call.action for call in calls} >= FREE
    assert {call for call in asked if not is_allowed(call, role)} == set()
    allowed = set(itertools.chain.from_iterable(actions for actions, _ in statements(role)))
    assert {call.action for call in asked} == allowed
    resources = {resource for _, found in statements(role) for resource in found}
    needed = {resource for resource in resources if any(fnmatchcase(call.resource, resource) for call in asked)}
    assert needed == resources


def test_each_role_allows_what_its_commands_ask_for_and_nothing_else(
    stage: str, recorder: Recorder, article33: Callable[..., Ran], tmp_path: Path
) -> None:
    """A plan, a killed publish, one that cleans up after it, one with changes, one without, and a verification.

    The planner's role allows a plan: over an empty record, of a change, and of a checkout that is out of date. The verifier's role allows a
    verification with kept digests.
    """
    seed = tmp_path / "seed"
    for file in SEED.rglob("*.yaml"):
        copy = seed / file.relative_to(SEED)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    commit(seed)
    old = clone(seed, tmp_path / "old")
    of: dict[str, list[Call]] = {role: [] for role in ROLES}

    def noted(*roles: str) -> None:
        for role in roles:
            of[role] += recorder.calls
        recorder.calls.clear()

    assert article33("plan", str(seed)).code == 0
    noted("Publisher", "Planner")
    recorder.kill_at = 12
    with pytest.raises(Killed):
        article33("publish", str(seed), "--first", "-m", "A release of a test")
    noted("Publisher")
    end_lease(stage)
    recorder.calls.clear()  # calls of the test itself
    assert article33("publish", str(seed), "--first", "-m", "A release of a test").out.startswith("Release 1: ")
    edit(next((seed / "cases").glob("*.yaml")), "name:\n  en: ", "name:\n  en: About the ")
    commit(seed)
    noted("Publisher")
    assert article33("plan", str(seed)).code == 0
    noted("Publisher", "Planner")
    assert article33("publish", str(seed), "-m", "A release of a test").out.startswith("Release 2: 1 updated.")
    assert "no release was created" in article33("publish", str(seed), "-m", "A release of a test").out
    noted("Publisher")
    assert "it would undo 1 change" in article33("plan", str(old)).err
    noted("Planner")
    verified = article33("verify")
    assert "2 releases verified" in verified.out
    noted("Publisher", "Verifier")
    kept = tmp_path / "kept"
    kept.write_text(verified.out.splitlines()[-1], encoding="utf-8")
    assert article33("verify", "--kept", str(kept)).code == 0
    noted("Verifier")
    for role in ROLES:
        check_role(role, of[role])
    reading = {"DescribeTable", "GetItem", "BatchGetItem", "Query", "Scan"}
    for role in ("Verifier", "Planner"):
        actions = set(itertools.chain.from_iterable(actions for actions, _ in statements(role)))
        assert actions <= {"cloudformation:DescribeStacks", *(f"dynamodb:{name}" for name in reading)}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "call",
    [
        Call("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/article33-prod-RecordTable-X"),
        Call("dynamodb:DeleteTable", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/article33-prod-RecordTable-X"),
        Call("dynamodb:UpdateItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/article33-dev-RecordTable-X"),
        Call("dynamodb:UpdateItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/article33-prod-RecordTable-X"),
        Call("cloudformation:DescribeStacks", f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/article33-budget/x"),
        Call("cloudfront:CreateInvalidation", f"arn:aws:cloudfront::{ACCOUNT}:distribution/X"),
    ],
    ids=lambda call: call.action,
)
def test_no_role_allows_anything_else(call: Call, role: str) -> None:
    """No other action, table, region or stack."""
    assert not is_allowed(call, role)


@pytest.mark.parametrize(
    ("role", "subject"),
    [
        ("Publisher", "repo:${Repository}:environment:${Environment}"),
        ("Verifier", "repo:${Repository}:ref:refs/heads/${Branch}"),
        ("Planner", "repo:${Repository}:pull_request"),
    ],
)
def test_only_one_kind_of_job_of_one_repository_takes_a_role_on(role: str, subject: str) -> None:
    """Each role needs GitHub's token for AWS with exactly one subject: no wildcard, no other principal. No two roles share one."""
    (trust,) = properties_of(role)["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {
        "Effect": "Allow",
        "Principal": {"Federated": {"Fn::If": ["MakesProvider", {"Ref": "Provider"}, {"Ref": "ProviderArn"}]}},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": {"Fn::Sub": subject},
            }
        },
    }
    roles = {name for name, resource in TEMPLATE["Resources"].items() if resource["Type"] == "AWS::IAM::Role"}
    assert roles == set(ROLES)
    assert set(properties_of(role)) == {"Description", "MaxSessionDuration", "AssumeRolePolicyDocument", "Policies"}, (
        "nothing else grants it anything"
    )
    for name in ("Repository", "Environment", "Branch"):
        pattern = TEMPLATE["Parameters"][name]["AllowedPattern"]
        assert not re.fullmatch(pattern, "*")
        assert not re.fullmatch(pattern, "owner/name:ref:refs/heads/main")
    (rule,) = TEMPLATE["Rules"].values()
    assert rule["Assertions"][0]["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Repository"}, ""]}]}


def test_the_stack_makes_the_roles_and_at_most_a_provider() -> None:
    """It creates nothing else. The provider is kept when the stack is deleted, because other roles may use it."""
    kinds = {name: row["Type"] for name, row in TEMPLATE["Resources"].items()}
    assert kinds == {"Provider": "AWS::IAM::OIDCProvider"} | dict.fromkeys(ROLES, "AWS::IAM::Role")
    provider = TEMPLATE["Resources"]["Provider"]
    assert provider["DeletionPolicy"] == "Retain"
    assert provider["Properties"] == {"Url": "https://token.actions.githubusercontent.com", "ClientIdList": ["sts.amazonaws.com"]}
