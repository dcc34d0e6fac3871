"""The record's table, and how a command reaches one."""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from record.client import publishing_client
from record.store import Store

LOCAL_TABLE = "article33"
LOCAL_REGION = "us-east-1"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class NoTable(Exception):
    """The table can't be reached; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which table a command is about. Without an endpoint it is Amazon's, without a region in the environment's."""

    table: str
    endpoint: str | None = None
    region: str | None = None

    def store(self) -> Store:
        """Return the table, reached; raise NoTable where it can't be."""
        session = Session()
        options = {"region_name": self.region} if self.region else {}
        if self.endpoint:
            options["endpoint_url"] = self.endpoint
            if urlsplit(self.endpoint).hostname in LOOPBACK:
                # An emulator on this machine asks for credentials and a region, and does not look at them.
                session.set_credentials("local", "local")
                options["region_name"] = self.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or LOCAL_REGION
        try:
            client = publishing_client(session, **options)
            client.describe_table(TableName=self.table)
        except ClientError as failure:
            error = failure.response.get("Error", {})
            raise NoTable(f"the table {self.table} can't be reached: {error.get('Code')}: {error.get('Message')}") from failure
        except (BotoCoreError, ValueError) as failure:
            raise NoTable(f"the table {self.table} can't be reached: {failure}") from failure
        return Store(client, self.table)
