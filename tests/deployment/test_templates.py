"""The templates themselves: checked by AWS's linter and by checkov, and for what an emulator does not show."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from handlers import watch
from handlers.answers import VARY
from handlers.contract import contract
from handlers.telemetry import NAMESPACE, SERVICE
from tests.conftest import ROOT
from workbench.templates import INFRA, TEMPLATE, read_template, table_declaration

TEMPLATES = sorted(path for path in INFRA.glob("*.yaml") if path.name != "checkov.yaml")
CHECKERS = Path(os.environ.get("ARTICLE33_CHECKERS", ".")) / "bin"
SKIPS: list[str] = yaml.safe_load((INFRA / "checkov.yaml").read_text(encoding="utf-8"))["skip-check"]
MAIN = read_template(TEMPLATE)
EDGE = read_template(INFRA / "edge.yaml")
RESOURCES: Mapping[str, Mapping[str, Any]] = MAIN["Resources"]


def of_type(template: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    """Return the properties of a template's resources of a type, by name."""
    return {name: row.get("Properties", {}) for name, row in template["Resources"].items() if row["Type"] == kind}


def run(command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one of the checkers on the checkout."""
    return subprocess.run(  # noqa: S603 - our tool, on our files
        [CHECKERS / command, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )


def test_the_linter_finds_nothing() -> None:
    """cfn-lint accepts every template, for a region and for us-east-1, where the edge stack is."""
    ran = run("cfn-lint", "--regions", "eu-central-1", "us-east-1", "--template", *TEMPLATES)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_checkov_finds_what_is_so_on_purpose_and_nothing_else() -> None:
    """Without our skips checkov finds exactly what we skip. Each skip has a reason."""
    arguments = [argument for template in TEMPLATES for argument in ("--file", str(template))]
    ran = run("checkov", "--skip-download", "--framework", "cloudformation", "--output", "json", *arguments)
    found = {row["check_id"] for row in json.loads(ran.stdout)["results"]["failed_checks"]}
    assert found == set(SKIPS)
    for line in (INFRA / "checkov.yaml").read_text(encoding="utf-8").splitlines():
        assert not line.startswith("  - ") or re.fullmatch(r"  - CKV2?_AWS_\d+ # .{20,}", line), line


def statements(role: str) -> Iterator[Mapping[str, Any]]:
    """Yield the statements of all policies of a role, including a conditional one."""
    properties = RESOURCES[role]["Properties"]
    assert set(properties) == {"AssumeRolePolicyDocument", "Policies"}, "nothing else grants it anything"
    for policy in properties["Policies"]:
        yield from policy.get("Fn::If", [None, policy])[1]["PolicyDocument"]["Statement"]


@pytest.mark.parametrize(
    ("function", "role", "log", "reads"),
    [
        ("ReadFunction", "ReadRole", "ReadLog", ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]),
        ("WatchFunction", "WatchRole", "WatchLog", ["dynamodb:GetItem"]),
    ],
)
def test_a_function_may_read_one_table_and_write_its_own_log(function: str, role: str, log: str, reads: list[str]) -> None:
    """Each function has its own role, which only Lambda can assume. Only traces, if switched on, need a wildcard, because of X-Ray."""
    properties = RESOURCES[function]["Properties"]
    assert properties["Role"] == {"Fn::GetAtt": [role, "Arn"]}
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": log}
    assert not {"Policies", "VpcConfig", "Events", "Connectors"} & set(properties), "SAM would grant more by these"
    assert "Connectors" not in RESOURCES[function]
    (trust,) = RESOURCES[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    rows = [row for row in statements(role) if row["Effect"] == "Allow"]
    allowed = [(row["Action"] if isinstance(row["Action"], list) else [row["Action"]], row["Resource"]) for row in rows]
    traces = (["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")
    assert allowed == [
        (reads, {"Fn::GetAtt": ["RecordTable", "Arn"]}),
        (["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": [log, "Arn"]}),
        *([traces] if role == "ReadRole" else []),
    ]
    conditions = [policy["Fn::If"][::2] for policy in RESOURCES[role]["Properties"]["Policies"] if "Fn::If" in policy]
    assert conditions == ([["TracesRequests", {"Ref": "AWS::NoValue"}]] if role == "ReadRole" else [])
    # What redactions removed is for publishers only.
    (denied,) = [row for row in statements(role) if row["Effect"] != "Allow"]
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["REMOVED"]}}


def test_there_are_no_other_roles_and_policies() -> None:
    """Only the roles of the two functions grant anything. Only the gateway and the schedule may invoke Lambda."""
    granting = (
        "AWS::IAM::",
        "AWS::Lambda::Permission",
        "AWS::Lambda::LayerVersionPermission",
        "AWS::Lambda::Url",
        "AWS::DynamoDB::ResourcePolicy",
    )
    found = {name for name, row in RESOURCES.items() if row["Type"].startswith(granting)}
    assert found == {"ReadRole", "WatchRole", "ApiMayCallFunction", "ScheduleMayCallWatch"}
    for name in ("ApiMayCallFunction", "ScheduleMayCallWatch"):
        assert RESOURCES[name]["Properties"]["SourceArn"], "not any gateway or schedule of the world's"


def test_the_table_is_kept_and_can_be_brought_back() -> None:
    """On demand, encrypted, with point-in-time recovery and deletion protection, and kept when the stack is deleted."""
    table = RESOURCES["RecordTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = table["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}


def test_the_tests_table_is_the_templates_table() -> None:
    """Tests and `serve` create the template's table: all properties that affect reads and writes are the same."""
    properties = RESOURCES["RecordTable"]["Properties"]
    operating = {"DeletionProtectionEnabled", "PointInTimeRecoverySpecification", "SSESpecification"}
    assert {name: value for name, value in properties.items() if name not in operating} == table_declaration()


def test_the_function_runs_on_lambdas_python_from_snapshots() -> None:
    """Python 3.13, arm64 by default, published versions behind an alias, with alarms that roll a rollout back."""
    assert MAIN["Globals"]["Function"]["Runtime"] == "python3.13"
    assert MAIN["Parameters"]["Architecture"]["Default"] == "arm64"
    read = RESOURCES["ReadFunction"]["Properties"]
    assert read["AutoPublishAlias"] == "live"
    assert read["SnapStart"] == {"ApplyOn": {"Ref": "SnapStart"}}
    assert MAIN["Parameters"]["SnapStart"]["Default"] == "PublishedVersions"
    assert MAIN["Parameters"]["Gradual"]["Default"] == "true"
    watching = [alarm["Ref"] for alarm in read["DeploymentPreference"]["Alarms"]]
    assert watching
    assert all(RESOURCES[alarm]["Type"] == "AWS::CloudWatch::Alarm" for alarm in watching)


def test_the_gateway_hands_everything_to_the_function_and_notes_nobody() -> None:
    """One route, payload format 2.0, a throttle. The access log has no address, path, query, user agent or name."""
    (route,) = of_type(MAIN, "AWS::ApiGatewayV2::Route").values()
    (integration,) = of_type(MAIN, "AWS::ApiGatewayV2::Integration").values()
    (stage,) = of_type(MAIN, "AWS::ApiGatewayV2::Stage").values()
    assert route["RouteKey"] == "$default"
    assert (integration["IntegrationUri"], integration["PayloadFormatVersion"]) == ({"Ref": "ReadFunction.Alias"}, "2.0")
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "RequestsPerSecond"},
        "ThrottlingBurstLimit": {"Ref": "RequestsPerSecond"},
    }
    noted = set(re.findall(r"\$context\.([A-Za-z.]+)", stage["AccessLogSettings"]["Format"]))
    assert noted == {
        "requestId",
        "requestTime",
        "status",
        "httpMethod",
        "responseLength",
        "responseLatency",
        "integrationLatency",
        "integrationErrorMessage",
    }
    json.loads(stage["AccessLogSettings"]["Format"])


def test_the_edge_keeps_answers_apart_by_what_they_vary_on() -> None:
    """The cache key has the headers of `Vary` and all parameters. Responses set their own lifetime; server errors are not cached."""
    (policy,) = of_type(MAIN, "AWS::CloudFront::CachePolicy").values()
    config = policy["CachePolicyConfig"]
    key = config["ParametersInCacheKeyAndForwardedToOrigin"]
    assert ", ".join(key["HeadersConfig"]["Headers"]) == VARY
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert (config["MinTTL"], config["DefaultTTL"]) == (0, 0)
    longest = max(int(seconds) for row in contract().edge_cache_control.values() for seconds in re.findall(r"s-maxage=(\d+)", row))
    assert config["MaxTTL"] >= longest
    distribution = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
    behavior = distribution["DefaultCacheBehavior"]
    assert "OriginRequestPolicyId" not in behavior, "nothing reaches the function that is not in the cache key"
    assert behavior["Compress"] is True
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert "Logging" not in distribution, "it would hold the addresses of those who ask"
    assert {row["ErrorCode"]: row["ErrorCachingMinTTL"] for row in distribution["CustomErrorResponses"]} == dict.fromkeys(
        (500, 502, 503, 504), 0
    )
    (origin,) = distribution["Origins"]
    assert origin["OriginCustomHeaders"] == [{"HeaderName": "X-Article33-Origin", "HeaderValue": {"Ref": "OriginSecret"}}]
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


@pytest.mark.parametrize(("body", "slug"), [("TooMany", "too-many-requests"), ("Refused", "forbidden")])
def test_the_firewall_answers_as_the_contract_says(body: str, slug: str) -> None:
    """Its responses are in the contract's table of problems: type, title, status and Retry-After."""
    firewall = EDGE["Resources"]["Firewall"]["Properties"]
    row = contract().problems[slug]
    told = json.loads(firewall["CustomResponseBodies"][body]["Content"])
    assert (told["type"], told["title"], told["status"]) == (f"/v1/problems/{slug}", row.title, row.status)
    assert set(told) == {"type", "title", "status", "detail", "instance", "errors"}
    blocks = [rule["Action"]["Block"]["CustomResponse"] for rule in firewall["Rules"] if "Action" in rule]
    (block,) = [block for block in blocks if block["CustomResponseBodyKey"] == body]
    assert block["ResponseCode"] == row.status
    headers = {header["Name"]: header["Value"] for header in block["ResponseHeaders"]}
    assert headers.get("Retry-After") == (str(row.retry_after) if row.retry_after else None)
    assert (headers["Cache-Control"], headers["Access-Control-Allow-Origin"]) == (contract().cache_control[row.cache], "*")


def test_the_firewall_bounds_each_client_and_refuses_what_amazon_knows() -> None:
    """A rate limit for each address; managed rules only label and the last rule blocks; anonymous networks are allowed."""
    rules = EDGE["Resources"]["Firewall"]["Properties"]["Rules"]
    assert rules[0]["Statement"]["RateBasedStatement"]["Limit"] == {"Ref": "RequestsPerAddress"}
    managed = {rule["Statement"]["ManagedRuleGroupStatement"]["Name"] for rule in rules if "ManagedRuleGroupStatement" in rule["Statement"]}
    assert managed == {"AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesAmazonIpReputationList"}
    labels = [row["LabelMatchStatement"]["Key"] for row in rules[-1]["Statement"]["OrStatement"]["Statements"]]
    assert {key.split(":")[3] for key in labels} == {"known-bad-inputs", "amazon-ip-list"}
    assert [rule["Priority"] for rule in rules] == sorted(rule["Priority"] for rule in rules)
    assert not any(rule["VisibilityConfig"]["SampledRequestsEnabled"] for rule in rules), "samples hold addresses and queries"


def test_every_log_ends_and_every_function_has_its_own() -> None:
    """A setting limits how long logs are kept. The template creates the log groups, so no function needs permission to."""
    groups = of_type(MAIN, "AWS::Logs::LogGroup")
    assert set(groups) == {"ReadLog", "WatchLog", "AccessLog"}
    assert all(group["RetentionInDays"] == {"Ref": "LogDays"} for group in groups.values())


def test_what_the_watch_measures_is_what_the_alarms_look_at() -> None:
    """Namespace, names and dimensions of the metrics match the alarms; the other alarms exist and notify somebody."""
    alarms = of_type(MAIN, "AWS::CloudWatch::Alarm")
    ours = {alarm["MetricName"]: alarm for alarm in alarms.values() if alarm["Namespace"] == watch.NAMESPACE}
    assert set(ours) == {*watch.METRICS, "StaleAnswers"}
    del ours["StaleAnswers"]
    for alarm in ours.values():
        assert [row["Name"] for row in alarm["Dimensions"]] == sorted(watch.dimensions("prod"))
    measured = {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms.values() if isinstance(alarm["Namespace"], str)}
    assert {("AWS/ApiGateway", "5xx"), ("AWS/ApiGateway", "Latency"), ("AWS/Lambda", "Throttles"), ("AWS/Lambda", "Errors")} < measured
    assert ("AWS/DynamoDB", "ReadThrottleEvents") in measured
    silent = {name for name, alarm in alarms.items() if "AlarmActions" not in alarm}
    assert silent == {"NewVersionFailing"}, "it takes back a rollout, and tells nobody else"
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    shown = set(re.findall(r"\$\{([A-Za-z]+)\.Arn\}", body))
    assert shown == set(alarms) - silent
    json.loads(re.sub(r"\$\{[A-Za-z:.]+\}", "x", body))


def test_the_alarm_on_stale_answers_watches_the_metric_of_the_handlers() -> None:
    """tests/e2e/test_logs.py shows that the handlers emit it. Without a stale answer there is no value, and no alarm."""
    alarm = of_type(MAIN, "AWS::CloudWatch::Alarm")["StaleAnswers"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (NAMESPACE, "StaleAnswers", "Sum")
    assert alarm["Dimensions"] == [{"Name": "Stage", "Value": {"Ref": "Stage"}}, {"Name": "service", "Value": SERVICE}]
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (0, "notBreaching")
    shown = f'["{NAMESPACE}", "StaleAnswers", "Stage", "${{Stage}}", "service", "{SERVICE}"]'
    assert shown in RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]


def test_tracing_is_switched_on_with_its_permission() -> None:
    """The parameter sets Lambda's tracing, the handlers' setting and the role's permission together; by default all are off."""
    assert MAIN["Parameters"]["Tracing"]["Default"] == "off"
    function = RESOURCES["ReadFunction"]["Properties"]
    assert function["Tracing"] == {"Fn::If": ["TracesRequests", "Active", "PassThrough"]}
    assert function["Environment"]["Variables"]["ARTICLE33_TRACING"] == {"Ref": "Tracing"}
    policies = RESOURCES["ReadRole"]["Properties"]["Policies"]
    (traced,) = [one["Fn::If"] for one in policies if "Fn::If" in one]
    assert (traced[0], traced[2]) == ("TracesRequests", {"Ref": "AWS::NoValue"})
    (statement,) = traced[1]["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def test_every_parameter_says_what_it_is() -> None:
    """Each has a description, and a default unless the command itself sets it."""
    for file in TEMPLATES:
        for name, row in read_template(file).get("Parameters", {}).items():
            assert row["Description"].endswith((".", ",")) or "." in row["Description"], (file.name, name)
            assert "Default" in row or name in {"OriginSecret", "Region", "Email"}, (file.name, name)


def test_the_templates_need_nobodys_preprocessor() -> None:
    """The files have no YAML aliases, which CloudFormation does not support. So other tools may deploy them too."""
    for file in TEMPLATES:
        assert not re.search(r"(?m)[:-] [&*][A-Za-z_]", file.read_text(encoding="utf-8")), file.name
