"""What an instance is told by its environment: one frozen object, complete, or a clear error."""

from collections.abc import Mapping
from typing import NamedTuple


class SettingsMissing(Exception):
    """The environment lacks settings; the message names them."""


class Settings(NamedTuple):
    """The settings of the read function.

    `table` holds the record, `security_contact` is the URI of whom to tell of a vulnerability; `origin_secrets` are what the edge may
    prove itself by: none where there is no edge; `log_level` is the least that is logged.
    """

    table: str
    security_contact: str = ""
    origin_secrets: tuple[bytes, ...] = ()
    log_level: str = "INFO"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Return the settings that an environment gives; raise SettingsMissing where one is not there."""
        names = {"table": "ARTICLE33_TABLE"}
        missing = [name for name in names.values() if not environment.get(name)]
        if missing:
            raise SettingsMissing(f"set {', '.join(missing)} in the environment")
        found = {field: environment[name] for field, name in names.items()}
        optional = {"security_contact": "ARTICLE33_SECURITY_CONTACT", "log_level": "ARTICLE33_LOG_LEVEL"}
        secrets = environment.get("ARTICLE33_ORIGIN_SECRETS", "").split()
        return cls(
            **found,
            **{field: environment[name] for field, name in optional.items() if environment.get(name)},
            origin_secrets=tuple(secret.encode() for secret in secrets),
        )
