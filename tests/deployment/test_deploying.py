"""Real deployments of the project's templates and package, by its command, to an AWS emulator."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SEED
from tests.deployment.emulator import REGION, Checkout, Cloud, checkout
from tests.e2e.commands import edit
from workbench.deploying.smoke import Answer, Door, ask

STAGE = "trial"
PROOF = "X-Article33-Origin"
DEPLOY = ("deploy", "--stage", STAGE)
BUILT = ("--package", "dist/article33.zip")  # the package of the first deployment


@pytest.fixture(scope="module")
def first(house: Checkout) -> str:
    """The output of a stage's first deployment; afterwards the seed is published there."""
    said = house.done(*DEPLOY, "--region", REGION, "--set", "Architecture=x86_64")
    house.done("publish", "--stage", STAGE, "--first", "-m", "The first case")
    return said


@pytest.fixture
def get(first: str, house: Checkout, cloud: Cloud) -> Iterator[Callable[..., Answer]]:
    """Send requests to the deployed API, as CloudFront would. After the test, the stage is deployed again as it was before."""
    assert first

    def asked(path: str, proof: str | None = None) -> Answer:
        headers = {"Host": host(cloud), PROOF: secrets(cloud)[0] if proof is None else proof}
        return ask(Door(cloud.endpoint, headers), path)

    yield asked
    assert "is up to date" in house.done(*DEPLOY, *BUILT)
    assert asked("/v1/cases").status == 200


@pytest.fixture
def other_house(first: str, house: Checkout, cloud: Cloud, tmp_path: Path) -> Checkout:
    """A checkout that only one test changes, with the package of the first deployment."""
    assert first
    other = checkout(tmp_path / "house", cloud)
    shutil.copytree(house.root / "dist", other.root / "dist")
    return other


def host(cloud: Cloud) -> str:
    """Return the host name of the API behind CloudFront, in the emulator."""
    return f"{cloud.outputs(f'article33-{STAGE}')['ApiId']}.execute-api.localhost:{cloud.port}"


def served(cloud: Cloud) -> dict[str, Any]:
    """Return the configuration of the function version that gets the requests."""
    name = cloud.outputs(f"article33-{STAGE}")["FunctionName"]
    configuration: dict[str, Any] = cloud.client("lambda").get_function_configuration(FunctionName=name, Qualifier="live")
    return configuration


def secrets(cloud: Cloud) -> list[str]:
    """Return the secrets that the served version accepts as proof that a request came through CloudFront."""
    found: str = served(cloud)["Environment"]["Variables"]["ARTICLE33_ORIGIN_SECRETS"]
    return found.split()


def test_the_first_deployment_makes_everything_and_says_what_to_do_next(first: str, cloud: Cloud) -> None:
    """One command creates the bucket, the edge stack and the stage's stack. It shows each change and prints the URL."""
    assert "add ReadFunction (Lambda Function)" in first
    assert "ReadFunction: create complete" in first
    assert f"Nothing is published yet; next: article33 publish --stage {STAGE}" in first
    assert first.splitlines()[-1] == cloud.outputs(f"article33-{STAGE}")["Url"]
    assert re.fullmatch(r"https://[a-z0-9]+\.cloudfront\.net", first.splitlines()[-1])
    assert cloud.outputs(f"article33-{STAGE}-edge", "us-east-1")["Region"] == REGION


def test_each_stage_has_its_own_alarm_on_stale_answers(first: str, cloud: Cloud) -> None:
    """The alarm watches the metric with this stage's dimension, and somebody is told."""
    assert first
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    (watching,) = [alarm for alarm in alarms if alarm["MetricName"] == "StaleAnswers"]
    assert {"Name": "Stage", "Value": STAGE} in watching["Dimensions"]
    assert len(watching["AlarmActions"]) == 1


def test_a_deployed_stage_serves_the_record(get: Callable[..., Answer]) -> None:
    """The deployed package serves what was published with --stage, through the gateway."""
    assert json.loads(get("/v1/health").body)["release"] == 1
    assert json.loads(get("/v1/cases").body)["page"]["total"] == len(list((SEED / "cases").glob("*.yaml")))
    assert b"swagger-ui" in get("/docs").body


@pytest.mark.parametrize("proof", ["", "guessed"])
def test_nobody_gets_past_the_edge(proof: str, get: Callable[..., Answer]) -> None:
    """A request without CloudFront's secret gets the contract's 403 response."""
    answer = get("/v1/cases", proof)
    assert (answer.status, json.loads(answer.body)["type"]) == (403, "/v1/problems/forbidden")


def test_deploying_again_changes_nothing(first: str, house: Checkout, cloud: Cloud) -> None:
    """The same checkout gives the same package, so nothing changes. Region and settings need not be given again."""
    assert first
    before = served(cloud)["Version"]
    said = house.done(*DEPLOY)
    assert f"article33-{STAGE} is up to date." in said
    assert "The smoke test passed, at release 1." in said
    assert served(cloud)["Version"] == before


def test_a_dry_run_changes_nothing(first: str, house: Checkout, cloud: Cloud) -> None:
    """It shows what would change, and leaves neither a change nor a change set behind."""
    assert first
    said = house.done(*DEPLOY, *BUILT, "--dry-run", "--set", "OldDays=7")
    # The emulator reports that an alarm may be replaced, and so the dashboard that names it.
    shown = re.findall(r"(?m)^ {2}(?:!| ) (?:perhaps replace|change) (.*)$", said)
    assert shown == ["RecordOld (CloudWatch Alarm): Threshold", "Dashboard (CloudWatch Dashboard): DashboardBody"]
    assert "Dry run: nothing was changed." in said
    left = cloud.client("cloudformation").list_change_sets(StackName=f"article33-{STAGE}")["Summaries"]
    assert [row for row in left if row["ExecutionStatus"] == "AVAILABLE"] == []
    assert "is up to date" in house.done(*DEPLOY, *BUILT)


def test_a_dry_run_of_a_new_stage_makes_nothing(first: str, house: Checkout, cloud: Cloud) -> None:
    """For a new stage it shows everything that would be created, and leaves no empty stack behind."""
    assert first
    said = house.done("deploy", "--stage", "never", "--region", REGION, "--dry-run", *BUILT)
    assert "add RecordTable (DynamoDB Table)" in said
    for region in (REGION, "us-east-1"):
        names = {row["StackName"] for row in cloud.client("cloudformation", region).describe_stacks()["Stacks"]}
        assert not {name for name in names if "never" in name}


def test_settings_keep_their_value(first: str, house: Checkout, cloud: Cloud) -> None:
    """A setting of the function publishes a new version, and keeps its value until it is set again."""
    assert first
    before = served(cloud)
    said = house.done(*DEPLOY, *BUILT, "--set", "Memory=768")
    assert "change ReadFunction (Lambda Function): Description, MemorySize" in said
    assert served(cloud)["Version"] != before["Version"]
    house.done(*DEPLOY, *BUILT)
    assert served(cloud)["MemorySize"] == 768
    house.done(*DEPLOY, *BUILT, "--set", "Memory=512")


def test_a_changed_version_is_deployed_and_the_old_one_brought_back(
    get: Callable[..., Answer], house: Checkout, other_house: Checkout
) -> None:
    """Changed code is served after a deployment. The first digits of an earlier package's digest restore that package."""
    said = house.done(*DEPLOY, *BUILT)
    (digest,) = re.findall(r"package ([0-9a-f]{16}) is at", said)
    edit(other_house.root / "src/handlers/__init__.py", 'VERSION = "0.1.0"', 'VERSION = "0.2.0"')
    said = other_house.done(*DEPLOY)
    assert "change ReadFunction (Lambda Function): Code, Description" in said
    assert json.loads(get("/v1/health").body)["version"] == "0.2.0"
    house.done(*DEPLOY, "--package", digest)
    assert json.loads(get("/v1/health").body)["version"] == "0.1.0"


@pytest.mark.parametrize(
    ("file", "broken", "wrong"),
    [
        ("src/handlers/api.py", '\nraise RuntimeError("broken")\n', "/v1/health answered 502"),
        ("src/handlers/service.py", "\nService.openapi = Service.robots\n", "/v1/openapi.json differs from the one in this checkout"),
        ("src/handlers/resources.py", "\nResources.page = lambda *_: 1 / 0\n", "answered 500 internal"),
    ],
    ids=["does not start", "answers with the wrong thing", "fails where the record is read"],
)
def test_a_broken_version_is_taken_back(
    file: str, broken: str, wrong: str, get: Callable[..., Answer], other_house: Checkout, cloud: Cloud
) -> None:
    """If the smoke test fails, the previous version is restored with its settings, and the command says what was wrong."""
    before = served(cloud)
    source = other_house.root / file
    source.write_text(source.read_text(encoding="utf-8") + broken, encoding="utf-8")
    ran = other_house.article33(*DEPLOY, "--set", "Memory=640")
    assert ran.code == 1
    assert wrong in ran.err
    assert "was restored, and it passes" in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    after = served(cloud)
    assert (after["CodeSha256"], after["MemorySize"]) == (before["CodeSha256"], before["MemorySize"])
    assert get("/v1/cases").status == 200


def test_a_stack_that_fails_is_rolled_back_with_the_first_reason(get: Callable[..., Answer], other_house: Checkout) -> None:
    """If CloudFormation can't create a resource, it rolls back, and one line names the resource and the reason."""
    edit(other_house.root / "infra/template.yaml", "      MetricName: 5xx\n", "      Metrics: [{ Id: one, Expression: '1' }]\n")
    edit(other_house.root / "src/handlers/__init__.py", 'VERSION = "0.1.0"', 'VERSION = "0.3.0"')
    ran = other_house.article33(*DEPLOY, "--yes")
    assert ran.code == 1
    assert re.fullmatch(rf"article33: article33-{STAGE} was rolled back: ServerErrors: .*Metrics.*\n", ran.err)
    assert json.loads(get("/v1/health").body)["version"] == "0.1.0"


def test_a_stage_that_never_came_to_be_can_be_tried_again(first: str, other_house: Checkout) -> None:
    """A failed first deployment says why. The next one starts again, without a manual clean-up."""
    assert first
    template = other_house.root / "infra/template.yaml"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("      MetricName: 5xx\n", "      Metrics: [{ Id: one, Expression: '1' }]\n"), encoding="utf-8")
    deploy = ("deploy", "--stage", "second", "--region", REGION, *BUILT)
    ran = other_house.article33(*deploy)
    assert ran.code == 1
    assert "article33-second was rolled back: ServerErrors: " in ran.err
    template.write_text(text, encoding="utf-8")
    assert "Nothing is published yet" in other_house.done(*deploy)
    other_house.done("destroy", "--stage", "second", "--yes")


def test_what_would_be_lost_needs_a_yes(get: Callable[..., Answer], other_house: Checkout) -> None:
    """Resources to delete or replace are marked. Without --yes nothing happens."""
    edit(
        other_house.root / "infra/template.yaml",
        "      LogGroupName: !Sub /article33/${Stage}/access\n",
        "      LogGroupName: !Sub /article33/${Stage}/other\n",
    )
    ran = other_house.article33(*DEPLOY, *BUILT)
    assert ran.code == 2
    assert re.search(r"(?m)^  ! (perhaps )?replace AccessLog \(Logs LogGroup\): LogGroupName$", ran.out)
    assert "Pass --yes to agree" in ran.err
    assert get("/v1/health").status == 200


def test_no_deployment_loses_the_record(get: Callable[..., Answer], other_house: Checkout, cloud: Cloud) -> None:
    """A template without the table, or with another table, is always refused. CloudFormation itself would refuse it too."""
    edit(
        other_house.root / "infra/template.yaml",
        "    Properties:\n      BillingMode",
        "    Properties:\n      TableName: another\n      BillingMode",
    )
    ran = other_house.article33(*DEPLOY, *BUILT, "--yes")
    assert ran.code == 1
    assert "  ! replace RecordTable (DynamoDB Table): TableName" in ran.out
    assert "would lose the table that holds the record" in ran.err
    client = cloud.client("cloudformation")
    policy = json.loads(client.get_stack_policy(StackName=f"article33-{STAGE}")["StackPolicyBody"])
    assert {"Update:Replace", "Update:Delete"} in [set(row["Action"]) for row in policy["Statement"] if row["Effect"] == "Deny"]
    assert client.describe_stacks(StackName=f"article33-{STAGE}")["Stacks"][0]["EnableTerminationProtection"] is True
    assert get("/v1/cases").status == 200


def test_a_new_secret_takes_the_place_of_the_old_one(get: Callable[..., Answer], house: Checkout, cloud: Cloud) -> None:
    """CloudFront gets the new secret. The new function version accepts both, so no request is rejected during the change."""
    (old, *_) = secrets(cloud)
    house.done(*DEPLOY, *BUILT, "--new-secret", "--yes")
    (new, former) = secrets(cloud)
    assert (former, new == old) == (old, False)
    assert (get("/v1/health", new).status, get("/v1/health", old).status) == (200, 200)
    distribution = cloud.outputs(f"article33-{STAGE}")["DistributionId"]
    config = cloud.client("cloudfront").get_distribution_config(Id=distribution)["DistributionConfig"]
    assert config["Origins"]["Items"][0]["CustomHeaders"]["Items"] == [{"HeaderName": PROOF, "HeaderValue": new}]


def test_other_commands_find_the_record_by_its_stage(first: str, house: Checkout, tmp_path: Path) -> None:
    """plan, verify and export take --stage and find the region."""
    assert first
    assert "Nothing would change" in house.done("plan", "--stage", STAGE)
    assert "1 release verified" in house.done("verify", "--stage", STAGE)
    assert "Exported 1 release:" in house.done("export", "--stage", STAGE, "--to", str(tmp_path / "export"))


def test_the_record_is_measured(first: str, cloud: Cloud) -> None:
    """The watch function returns the record's age and the number of overdue reviews, in CloudWatch's format."""
    assert first
    watch = next(
        row["PhysicalResourceId"]
        for row in cloud.client("cloudformation").describe_stack_resources(StackName=f"article33-{STAGE}")["StackResources"]
        if row["LogicalResourceId"] == "WatchFunction"
    )
    answer = cloud.client("lambda").invoke(FunctionName=watch, Payload=b"{}")
    figures = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer
    assert 0 <= figures["RecordAgeDays"] < 1
    assert figures["OverdueReviews"] >= 0


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (DEPLOY, {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no AWS credentials were found"),
        ((*DEPLOY, "--region", "eu-west-1"), {}, f"stage {STAGE} is in {REGION}, not in eu-west-1"),
        (("deploy", "--stage", "other", "--region", "eu-centrl-1"), {}, "there is no region eu-centrl-1; did you mean eu-central-1?"),
        (("deploy", "--stage", "other"), {}, "no region is set: use --region or AWS_REGION"),
        (("deploy", "--stage", "Prod"), {}, "'Prod' is not a stage name"),
        ((*DEPLOY, "--set", "Memry=1"), {}, "there is no setting Memry"),
        ((*DEPLOY, "--set", "Memory"), {}, "'Memory' is not a setting; write NAME=VALUE"),
        ((*DEPLOY, "--package", "nowhere.zip"), {}, "nowhere.zip is neither a file nor the start of a SHA-256"),
        ((*DEPLOY, "--package", "0123456789abcdef"), {}, "no package in "),
        ((*DEPLOY, "--set", "Memory=1"), {}, "Memory"),
        (("publish", "--stage", "nobody", "-m", "x"), {}, "there is no stage nobody in account"),
        (("publish", "--stage", STAGE, "--table", "other", "-m", "x"), {}, "not both"),
        (("destroy", "--stage", STAGE), {}, "pass --yes"),
        (("destroy", "--stage", STAGE, "--yes", "--and-record", "other"), {}, "not in other; nothing was deleted"),
        (("destroy", "--stage", "nobody", "--yes"), {"AWS_REGION": REGION}, "there is no stage nobody"),
        (DEPLOY, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS can't be reached"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_one_clear_line(
    arguments: tuple[str, ...], variables: dict[str, str], said: str, first: str, house: Checkout
) -> None:
    """Missing credentials, a wrong region, a typing error: one line says what is wrong, and nothing changes."""
    assert first
    package = () if "--package" in arguments or arguments[0] != "deploy" else BUILT
    ran = house.article33(*arguments, *package, **variables)
    assert ran.code != 0
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1, ran.err


def test_destroying_keeps_the_record_unless_told_twice(house: Checkout, cloud: Cloud) -> None:
    """The stacks are deleted and the table is kept with its items. --and-record deletes the stage's table, and no other."""
    deploy = ("deploy", "--stage", "short", "--region", REGION, *BUILT)
    house.done(*deploy)
    house.done("publish", "--stage", "short", "--first", "-m", "A release of a test")
    table = cloud.outputs("article33-short")["RecordTableName"]
    said = house.done("destroy", "--stage", "short", "--yes")
    assert f"Its record is kept in the table {table}" in said
    dynamodb = cloud.client("dynamodb")
    assert dynamodb.get_item(TableName=table, Key={"pk": {"S": "RELEASE"}, "sk": {"S": "CURRENT"}})["Item"]["release"] == {"N": "1"}
    other = cloud.outputs(f"article33-{STAGE}")["RecordTableName"]
    kept = f"An earlier deployment of stage short left its record in the table {table}"
    assert kept in house.done(*deploy, "--dry-run")
    again = ("destroy", "--stage", "short", "--region", REGION, "--yes")
    assert "does not have the tags of stage short" in house.article33(*again, "--and-record", other).err
    house.done(*again, "--and-record", table)
    tables = dynamodb.list_tables()["TableNames"]
    assert (table in tables, other in tables) == (False, True)
    house.done(*again, "--and-record", table)
