"""The DynamoDB client, as a reader and as a publisher want it. Made in one place, and passed in from there."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# What is sent comes from this package alone, typed and tested; checking it once more against botocore's model would take a
# fifth of the time of a publish. Who asks is said in one word: botocore words it anew twice for each call, which takes a tenth of a read.
_TRUSTED = Config(parameter_validation=False, user_agent="article33")


CONNECT_SECONDS, READ_SECONDS = 0.5, 0.8


class DamagedAnswer(BotoCoreError):
    """An answer that is not the one that was sent: cut off, or changed on its way."""

    fmt = "the answer is damaged"


def reading_client(session: Session | None = None, **options: str) -> "DynamoDBClient":
    """Return a client that gives up early, and leaves it to the store to try again: an answer, good or bad, is due within three seconds.

    `options` are botocore's own (`endpoint_url`, `region_name`); what is not given comes from the environment.
    """
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 1},
        tcp_keepalive=True,
    )
    return _client(config.merge(_TRUSTED), session, options)


def publishing_client(session: Session | None = None, **options: str) -> "DynamoDBClient":
    """Return a client that is patient: a maintainer would rather wait than start again."""
    config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 8})
    return _client(config.merge(_TRUSTED), session, options)


def _client(config: Config, session: Session | None, options: dict[str, str]) -> "DynamoDBClient":
    make: Any = (session or Session()).create_client
    client = cast("DynamoDBClient", make("dynamodb", config=config, **options))
    client.meta.events.register("before-parse.dynamodb", _check_whole)
    return client


def _check_whole(response_dict: Mapping[str, Any], **_: object) -> None:
    """Raise DamagedAnswer where a good answer is not whole: botocore would take it for one that has no items.

    DynamoDB states the CRC-32 of each answer, which botocore looks at in its legacy retry mode alone.
    """
    if response_dict["status_code"] == 200:
        body, stated = response_dict["body"], response_dict["headers"].get("x-amz-crc32")
        if not body.endswith(b"}") or (stated is not None and stated != str(crc32(body))):
            raise DamagedAnswer
