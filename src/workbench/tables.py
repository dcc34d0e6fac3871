"""The record's table: as `infra/template.yaml` declares it, and how a command reaches one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from record.client import publishing_client
from record.store import Store

TEMPLATE = Path(__file__).parents[2] / "infra" / "template.yaml"
LOCAL_TABLE = "article33"
LOCAL_REGION = "us-east-1"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class NoTable(Exception):
    """The table can't be reached; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which table a command is about. Without an endpoint it is Amazon's, in the environment's region."""

    table: str
    endpoint: str | None = None

    def store(self) -> Store:
        """Return the table, reached; raise NoTable where it can't be."""
        session = Session()
        options: dict[str, str] = {}
        if self.endpoint:
            options["endpoint_url"] = self.endpoint
            if urlsplit(self.endpoint).hostname in LOOPBACK:
                # An emulator on this machine asks for credentials and a region, and does not look at them.
                session.set_credentials("local", "local")
                options["region_name"] = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or LOCAL_REGION
        try:
            client = publishing_client(session, **options)
            client.describe_table(TableName=self.table)
        except ClientError as failure:
            error = failure.response.get("Error", {})
            raise NoTable(f"the table {self.table} can't be reached: {error.get('Code')}: {error.get('Message')}") from failure
        except (BotoCoreError, ValueError) as failure:
            raise NoTable(f"the table {self.table} can't be reached: {failure}") from failure
        return Store(client, self.table)


def table_declaration(template: Path = TEMPLATE) -> Mapping[str, Any]:
    """Return what CreateTable needs of the table that the template declares, without its name."""
    document = yaml.load(template.read_text(encoding="utf-8"), Loader=_TemplateLoader)  # noqa: S506 - a SafeLoader, and our own file
    properties = document["Resources"]["RecordTable"]["Properties"]
    return {name: properties[name] for name in ("BillingMode", "AttributeDefinitions", "KeySchema")}


class _TemplateLoader(yaml.SafeLoader):
    """PyYAML's safe loader, which takes CloudFormation's short functions (`!Ref x`) as what they stand on."""


def _function(loader: _TemplateLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode), "YAML has three kinds of nodes"
    return loader.construct_mapping(node, deep=True)


_TemplateLoader.add_multi_constructor("!", _function)
