"""The record's table, and how a command connects to it."""

import os
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from record.client import publishing_client
from record.store import Store
from workbench.failures import in_one_line

LOCAL_TABLE = "article33"
LOCAL_REGION = "us-east-1"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class NoTable(Exception):
    """The table can't be reached; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Target:
    """The table of a command. Without an endpoint it is in AWS; without a region it is in the environment's."""

    table: str
    endpoint: str | None = None
    region: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether the table is in an emulator on this machine."""
        return bool(self.endpoint) and urlsplit(self.endpoint).hostname in LOOPBACK

    def name_in(self, environment: MutableMapping[str, str]) -> None:
        """Set a function's environment variables for the table: its name, endpoint, region and credentials."""
        environment["ARTICLE33_TABLE"] = self.table
        if self.endpoint:
            environment["AWS_ENDPOINT_URL_DYNAMODB"] = self.endpoint
        region = self._local_region if self.is_local else self.region
        if self.is_local:
            sign_in_locally(environment)
        if region:
            environment["AWS_DEFAULT_REGION"] = region

    @property
    def _local_region(self) -> str:
        return self.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or LOCAL_REGION

    def store(self) -> Store:
        """Connect to the table; raise NoTable if it can't be reached."""
        try:
            session, region = (local_session(), self._local_region) if self.is_local else (None, self.region)
            client = publishing_client(session, endpoint_url=self.endpoint or None, region_name=region or None)
            client.describe_table(TableName=self.table)
        except (ClientError, BotoCoreError, ValueError, OSError) as failure:
            raise NoTable(f"the table {self.table} can't be reached: {in_one_line(failure)}") from failure
        return Store(client, self.table)


def local(record_port: int) -> Target:
    """Return the table of the `article33 serve` whose DynamoDB listens on this port of this machine."""
    return Target(LOCAL_TABLE, f"http://127.0.0.1:{record_port}", LOCAL_REGION)


def local_session() -> Session:
    """Return a session for an emulator on this machine.

    It has dummy credentials, and reads neither the environment (profile, proxies, endpoints, retries) nor the files of the AWS tools.
    """
    variables: Any = botocore.session.Session.SESSION_VARIABLES
    alone = {name: (None, None, default, convert) for name, (_, _, default, convert) in variables.items()}
    alone |= dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    alone["ignore_configured_endpoint_urls"] = (None, None, True, None)
    session = botocore.session.Session(session_vars=alone)
    # Without proxies in its configuration, botocore reads them from the environment.
    session.set_default_client_config(Config(proxies={}))
    session.set_credentials("local", "local")
    return Session(botocore_session=session, region_name=LOCAL_REGION)


def sign_in_locally(environment: MutableMapping[str, str]) -> None:
    """Replace the credentials in an environment with dummy ones, so that an emulator never gets real ones."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        environment.pop(name, None)
    environment.update({"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": LOCAL_REGION})
