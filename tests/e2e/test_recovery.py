"""Recovering the record as docs/operations.md says, on moto: under the same table name, and through an export."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ENDPOINT, World
from tests.e2e.commands import Run, edit
from workbench.templates import table_declaration

pytestmark = pytest.mark.skipif(bool(ENDPOINT), reason="the second DynamoDB has no backups")
RESTORED = "article33-restored"


@pytest.fixture
def restored(world: World, run: Run, seed: Path) -> str:
    """The last digest of the record in a restored table; a later release was lost."""
    client: Any = world.store.client
    client.update_continuous_backups(TableName=world.store.table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    assert run("publish", str(seed)).code == 0
    client.restore_table_to_point_in_time(SourceTableName=world.store.table, TargetTableName=RESTORED, UseLatestRestorableTime=True)
    edit(next((seed / "cases").glob("*.yaml")), "name:\n  en: ", "name:\n  en: About the ")
    assert run("publish", str(seed)).out.startswith("Release 2: ")
    verified = run("verify", "--table", RESTORED)
    assert verified.code == 0
    return verified.out.strip().rpartition(" ")[2]


def test_the_record_comes_back_under_the_same_name(restored: str, world: World, run: Run, seed: Path) -> None:
    """From a backup of the restored table. Meanwhile the API answers 503; afterwards it serves the restored record."""
    client: Any = world.store.client
    table = world.store.table
    backup = client.create_backup(TableName=RESTORED, BackupName="before")["BackupDetails"]["BackupArn"]
    client.delete_table(TableName=table)
    away = world.api().get("/v1/health")
    assert (away.status, away.json["type"]) == (503, "/v1/problems/record-unavailable")
    client.restore_table_from_backup(TargetTableName=table, BackupArn=backup)
    assert world.api().get("/v1/health").json["release"] == 1
    assert restored in run("verify").out
    assert run("publish", str(seed)).out.startswith("Release 2: 1 updated.")


def test_the_record_goes_into_a_new_stages_table_by_an_export(restored: str, world: World, run: Run, tmp_path: Path) -> None:
    """But not into a table with items."""
    directory = str(tmp_path / "export")
    assert run("export", "--table", RESTORED, "--to", directory).code == 0
    refused = run("restore", directory)
    assert (refused.code, "is not empty" in refused.err) == (1, True)
    world.store.client.create_table(TableName="new", **table_declaration())
    assert restored in run("restore", directory, "--table", "new").out
