"""Tables that `destroy` kept: a new deployment of the stage names them."""

import pytest
from boto3.session import Session
from moto import mock_aws

from workbench.deploying.account import Account
from workbench.deploying.destruction import kept_tables
from workbench.deploying.stacks import Described, Stack
from workbench.deploying.stages import Stage
from workbench.templates import table_declaration

REGION = "eu-central-1"


def test_only_tables_of_an_earlier_deployment_of_the_stage_are_kept_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those of other stages, whose names may begin alike, nor the table that the stage uses now."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        stage = Stage("prod", Account(Session(), "123456789012", REGION, None))
        for table in ("article33-prod-RecordTable-OLD", "article33-prod2-RecordTable-X", "article33-prod-eu-RecordTable-X", "prod"):
            stage.account.client("dynamodb").create_table(TableName=table, **table_declaration())
        monkeypatch.setattr(Stack, "described", lambda _stack: None)
        assert kept_tables(stage) == ["article33-prod-RecordTable-OLD"]
        now = Described("arn", "CREATE_COMPLETE", "", {"RecordTableName": "article33-prod-RecordTable-OLD"}, {})
        monkeypatch.setattr(Stack, "described", lambda _stack: now)
        assert kept_tables(stage) == []
