"""What the functions' roles can do, tested with their own credentials in an emulator that enforces IAM: read one table, and nothing else.

The real command deploys the roles. The credentials are those that Lambda gives to a function with the role.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import ClientError

from record import items
from record.reading import Reader
from record.store import Store
from tests.deployment.emulator import REGION, Checkout, Cloud, checkout, emulator

STAGE = "roles"
OTHER = "another-table"
DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "NotAuthorized"})
KEY = items.key(items.RELEASES, items.CURRENT)
TAKEN = {"pk": {"S": "X"}, "sk": {"S": "X"}}
ROLES = {"ReadRole": {"get_item", "batch_get_item", "query"}, "WatchRole": {"get_item"}}
# A function that returns its own credentials.
WHO = "import os\ndef handler(event, context):\n    return {name: os.environ[name] for name in event}\n"
NAMES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An emulator that enforces policies for everybody except the tests' own credentials."""
    variables = {"AUTH": "true", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    with emulator(tmp_path_factory.mktemp("guarded"), **variables) as started:
        yield started


@pytest.fixture(scope="module")
def table(guarded: Cloud, package: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The table of a stage that the real command deployed, with the seed; and another table beside it."""
    house: Checkout = checkout(tmp_path_factory.mktemp("house"), guarded)
    house.done("deploy", "--stage", STAGE, "--region", REGION, "--set", "Architecture=x86_64", "--package", str(package))
    house.done("publish", "--stage", STAGE, "--first", "-m", "A release of a test")
    name = guarded.outputs(f"article33-{STAGE}")["RecordTableName"]
    owner = guarded.client("dynamodb")
    described = owner.describe_table(TableName=name)["Table"]
    declared = {part: described[part] for part in ("AttributeDefinitions", "KeySchema")}
    owner.create_table(TableName=OTHER, BillingMode="PAY_PER_REQUEST", **declared)
    owner.put_item(TableName=OTHER, Item=KEY)
    return name


class As:
    """A client with the credentials of a role."""

    def __init__(self, cloud: Cloud, stack: str, role: str) -> None:
        """Run a function with the role of a stack; it returns its credentials."""
        resource = cloud.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=role)
        name = resource["StackResourceDetail"]["PhysicalResourceId"]
        arn = cloud.client("iam").get_role(RoleName=name)["Role"]["Arn"]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("who.py", WHO)
        function = cloud.client("lambda")
        function.create_function(
            FunctionName=f"who-{role}", Runtime="python3.13", Role=arn, Handler="who.handler", Code={"ZipFile": packed.getvalue()}
        )
        said = json.loads(function.invoke(FunctionName=f"who-{role}", Payload=json.dumps(NAMES))["Payload"].read())
        self._cloud = cloud
        key, secret, token = (said[name] for name in NAMES)
        self._session = Session(key, secret, token, REGION)

    def client(self, service: str) -> Any:
        """Return a client with the role's credentials. It does not validate parameters."""
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        make: Any = self._session.client
        return make(service, endpoint_url=self._cloud.endpoint, config=config)

    def code(self, service: str, operation: str, arguments: Mapping[str, Any]) -> str:
        """Return the error code of a call; empty if it succeeds."""
        try:
            getattr(self.client(service), operation)(**arguments)
        except ClientError as refused:
            return str(refused.response["Error"]["Code"])
        return ""


@pytest.fixture(scope="module", params=ROLES)
def role(request: pytest.FixtureRequest, table: str, guarded: Cloud) -> tuple[str, As]:
    """Each role's name, and its client."""
    assert table
    return request.param, As(guarded, f"article33-{STAGE}", request.param)


def reads(table: str) -> dict[str, dict[str, Any]]:
    """Return the arguments of each operation that reads items of a table by key."""
    condition = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": items.RELEASES}}}
    return {
        "get_item": {"TableName": table, "Key": KEY},
        "batch_get_item": {"RequestItems": {table: {"Keys": [KEY]}}},
        "query": {"TableName": table, **condition},
    }


def others(table: str) -> dict[str, dict[str, Any]]:
    """Return the arguments of every other operation on a table or its items."""
    arn = f"arn:aws:dynamodb:{REGION}:000000000000:table/{table}"
    named = {"TableName": table}
    change = {**named, "Key": KEY, "UpdateExpression": "SET x = :x", "ExpressionAttributeValues": {":x": {"S": "x"}}}
    return {
        "put_item": {**named, "Item": TAKEN},
        "update_item": change,
        "delete_item": {**named, "Key": KEY},
        "batch_write_item": {"RequestItems": {table: [{"DeleteRequest": {"Key": KEY}}]}},
        "transact_write_items": {"TransactItems": [{"Put": {**named, "Item": TAKEN}}]},
        "execute_statement": {"Statement": f"DELETE FROM \"{table}\" WHERE pk='RELEASE' AND sk='CURRENT'"},  # noqa: S608 - it must be denied
        "batch_execute_statement": {"Statements": [{"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk':'X','sk':'X'}}"}]},
        "execute_transaction": {"TransactStatements": [{"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk':'X','sk':'X'}}"}]},
        "scan": named,
        "describe_table": named,
        "list_tables": {},
        "delete_table": named,
        "update_table": {**named, "DeletionProtectionEnabled": False},
        "create_table": {**named, "TableName": "new", "KeySchema": [], "AttributeDefinitions": []},
        "update_continuous_backups": {**named, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
        "update_time_to_live": {**named, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "sk"}},
        "create_backup": {**named, "BackupName": "mine"},
        "restore_table_to_point_in_time": {"SourceTableName": table, "TargetTableName": "new", "UseLatestRestorableTime": True},
        "export_table_to_point_in_time": {"TableArn": arn, "S3Bucket": "mine"},
        "tag_resource": {"ResourceArn": arn, "Tags": [{"Key": "x", "Value": "y"}]},
        "put_resource_policy": {"ResourceArn": arn, "Policy": "{}"},
    }


def test_the_record_can_be_read(role: tuple[str, As], table: str) -> None:
    """Every read operation that the function needs works, and the record can be read with them."""
    name, whoever = role
    answered = {operation: whoever.code("dynamodb", operation, arguments) for operation, arguments in reads(table).items()}
    assert {operation for operation, code in answered.items() if not code} == ROLES[name]
    assert {code for code in answered.values() if code} <= DENIED
    reader = Reader(Store(whoever.client("dynamodb"), table))
    assert reader.head().release == 1
    if name == "ReadRole":
        assert reader.document("actors/viet-nam", 1)


def test_nothing_can_be_written_there_or_found_out_otherwise(role: tuple[str, As], table: str, guarded: Cloud) -> None:
    """Every write, every other read and every operation on the table itself is denied, and the table does not change."""
    before = guarded.client("dynamodb").scan(TableName=table, Select="COUNT")["Count"]
    answered = {operation: role[1].code("dynamodb", operation, arguments) for operation, arguments in others(table).items()}
    assert {operation: code for operation, code in answered.items() if code not in DENIED} == {}
    owner = guarded.client("dynamodb")
    assert owner.scan(TableName=table, Select="COUNT")["Count"] == before
    assert "Item" in owner.get_item(TableName=table, Key=KEY)
    assert sorted(owner.list_tables()["TableNames"]) == sorted([OTHER, table])


def test_no_other_table_can_be_touched(role: tuple[str, As], table: str) -> None:
    """Other tables can be neither read nor written, not even by a batch with both. For a missing table the error is the same."""
    both = {"RequestItems": {name: {"Keys": [KEY]} for name in (table, OTHER)}}
    for name in (OTHER, f"{table}-2", table[:-1]):
        asked = {**reads(name), **others(name)}
        answered = {operation: role[1].code("dynamodb", operation, arguments) for operation, arguments in asked.items()}
        assert {operation: code for operation, code in answered.items() if code not in DENIED} == {}
    assert role[1].code("dynamodb", "batch_get_item", both) in DENIED


def test_no_other_service_listens(role: tuple[str, As]) -> None:
    """No access to functions, roles, logs, files, secrets or CloudFront: an attacker in the function gains only the public record."""
    asked: dict[tuple[str, str], dict[str, Any]] = {
        ("lambda", "list_functions"): {},
        ("lambda", "invoke"): {"FunctionName": "who-ReadRole"},
        ("iam", "list_roles"): {},
        ("iam", "put_role_policy"): {"RoleName": "x", "PolicyName": "x", "PolicyDocument": "{}"},
        ("logs", "describe_log_groups"): {},
        ("logs", "get_log_events"): {"logGroupName": f"/article33/{STAGE}/read", "logStreamName": "x"},
        ("logs", "create_log_stream"): {"logGroupName": f"/article33/{STAGE}/access", "logStreamName": "x"},
        ("s3", "list_buckets"): {},
        ("ssm", "get_parameter"): {"Name": f"/article33/{STAGE}/region"},
        ("cloudformation", "describe_stacks"): {},
        ("cloudfront", "list_distributions"): {},
    }
    answered = {call: role[1].code(*call, arguments) for call, arguments in asked.items()}
    assert {call: code for call, code in answered.items() if code not in DENIED} == {}
