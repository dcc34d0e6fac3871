"""Makes the DynamoDB clients: one that gives up early, for readers, and one that keeps trying, for publishers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zlib import crc32

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

CONNECT_SECONDS, READ_SECONDS = 0.5, 0.8

# Requests come only from this package, which is typed and tested. Validating their parameters again takes a fifth of a publish.
# A fixed User-Agent: botocore rebuilds its own twice per call (10 % of a read).
_LEAN = Config(parameter_validation=False, user_agent="article33")
# The store retries by itself, because it knows how much time the whole response may take.
_READING = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
).merge(_LEAN)
_PUBLISHING = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 8}).merge(_LEAN)


class DamagedAnswer(BotoCoreError):
    """The response body is cut off or was changed on its way."""

    fmt = "the answer is damaged"


def reading_client(session: Session | None = None, *, endpoint_url: str | None = None, region_name: str | None = None) -> "DynamoDBClient":
    """Return a client for readers, who need a response within three seconds. It gives up early and makes no retries of its own.

    Without a session, credentials and region come from the environment.
    """
    return _client(_READING, session, endpoint_url, region_name)


def publishing_client(
    session: Session | None = None, *, endpoint_url: str | None = None, region_name: str | None = None
) -> "DynamoDBClient":
    """Return a client for publishers: waiting is better than starting again, so it makes up to eight attempts."""
    return _client(_PUBLISHING, session, endpoint_url, region_name)


def _client(config: Config, session: Session | None, endpoint_url: str | None, region_name: str | None) -> "DynamoDBClient":
    client = (session or Session()).client("dynamodb", config=config, endpoint_url=endpoint_url, region_name=region_name)
    client.meta.events.register("before-parse.dynamodb", _check_whole)
    return client


def _check_whole(response_dict: Mapping[str, Any], **_: object) -> None:
    """Raise DamagedAnswer if a successful response is incomplete. botocore would parse it as a response without items.

    DynamoDB sends the CRC-32 of each body in `x-amz-crc32`. botocore checks it only in its legacy retry mode.
    """
    if response_dict["status_code"] == 200:
        body, stated = response_dict["body"], response_dict["headers"].get("x-amz-crc32")
        if not body.endswith(b"}") or (stated is not None and stated != str(crc32(body))):
            raise DamagedAnswer
