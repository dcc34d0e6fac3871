"""The DynamoDB client, as a reader and as a publisher want it. Made in one place, and passed in from there."""

from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.session import Session

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# What is sent comes from this package alone, typed and tested; checking it once more against botocore's model would take a
# fifth of the time of a publish. Who asks is said in one word: botocore words it anew twice for each call, which takes a tenth of a read.
_TRUSTED = Config(parameter_validation=False, user_agent="article33")


def reading_client(session: Session | None = None, **options: str) -> "DynamoDBClient":
    """Return a client that gives up early: an answer, good or bad, is due within three seconds.

    `options` are botocore's own (`endpoint_url`, `region_name`); what is not given comes from the environment.
    """
    config = Config(connect_timeout=0.5, read_timeout=0.8, retries={"mode": "standard", "total_max_attempts": 2}, tcp_keepalive=True)
    return _client(config.merge(_TRUSTED), session, options)


def publishing_client(session: Session | None = None, **options: str) -> "DynamoDBClient":
    """Return a client that is patient: a maintainer would rather wait than start again."""
    config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 8})
    return _client(config.merge(_TRUSTED), session, options)


def _client(config: Config, session: Session | None, options: dict[str, str]) -> "DynamoDBClient":
    make: Any = (session or Session()).create_client
    return cast("DynamoDBClient", make("dynamodb", config=config, **options))
