"""The settings of a function, read from its environment variables."""

from collections.abc import Mapping
from typing import NamedTuple


class SettingsMissing(Exception):
    """Required settings are not set; the message names them."""


class Settings(NamedTuple):
    """The settings of the read function. The log's level and sampling are Powertools' own settings (`POWERTOOLS_LOG_LEVEL` ...).

    `table` is the DynamoDB table of the record. `security_contact` is the URI in security.txt. A request must carry one of
    `origin_secrets` if there are any: CloudFront adds it. `stage` is a dimension of every metric. `tracing` switches X-Ray on.
    """

    table: str
    security_contact: str = ""
    origin_secrets: tuple[bytes, ...] = ()
    stage: str = "local"
    tracing: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Return the settings in an environment. Raises SettingsMissing if a required one is not set."""
        table = environment.get("ARTICLE33_TABLE")
        if not table:
            raise SettingsMissing("set ARTICLE33_TABLE in the environment")
        return cls(
            table,
            environment.get("ARTICLE33_SECURITY_CONTACT", ""),
            tuple(secret.encode() for secret in environment.get("ARTICLE33_ORIGIN_SECRETS", "").split()),
            environment.get("ARTICLE33_STAGE") or cls._field_defaults["stage"],
            environment.get("ARTICLE33_TRACING", "").lower() in ("1", "on", "true", "yes"),
        )
