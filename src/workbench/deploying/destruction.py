"""Deleting a stage. The table with the record is deleted only if the maintainer also names it."""

from workbench.deploying.account import plainly
from workbench.deploying.stacks import Described, Progress
from workbench.deploying.stages import Stage
from workbench.terminal import Refused

TABLE_POLLS = {"Delay": 2, "MaxAttempts": 150}


def destroy(stage: Stage, progress: Progress) -> None:
    """Delete a stage's stacks and keep its table. Raise DeploymentFailed if something could not be deleted. Safe to repeat."""
    stage.stack.delete(progress)
    stage.edge.delete(progress)


def delete_record(stage: Stage, table: str) -> None:
    """Delete the table that holds a stage's record, forever. It is not an error if the table does not exist.

    Raise Refused if the table does not have the stage's tags.
    """
    client = stage.account.client("dynamodb")
    with plainly():
        try:
            arn = client.describe_table(TableName=table)["Table"]["TableArn"]
            tags = {tag["Key"]: tag["Value"] for tag in client.list_tags_of_resource(ResourceArn=arn)["Tags"]}
            if not stage.tags.items() <= tags.items():
                raise Refused(f"the table {table} does not have the tags of stage {stage.name}, so it was not deleted")
            client.update_table(TableName=table, DeletionProtectionEnabled=False)
            client.get_waiter("table_exists").wait(TableName=table, WaiterConfig=TABLE_POLLS)
            client.delete_table(TableName=table)
        except client.exceptions.ResourceNotFoundException:
            return
        client.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig=TABLE_POLLS)


def kept_tables(stage: Stage) -> list[str]:
    """Return the tables that earlier deployments of a stage left: those with the name that its stack gives, except the one it uses."""
    described = stage.stack.described()
    in_use = table_of(described) if described else ""
    with plainly():
        pages = stage.account.client("dynamodb").get_paginator("list_tables").paginate()
        names = [name for page in pages for name in page["TableNames"]]
    return [name for name in names if name.startswith(f"{stage.stack.name}-RecordTable-") and name != in_use]


def table_of(described: Described) -> str:
    """Return the name of the table that holds a stage's record."""
    return described.outputs["RecordTableName"]
