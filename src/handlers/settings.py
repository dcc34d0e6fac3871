"""What an instance is told by its environment: one frozen object, complete, or a clear error."""

from collections.abc import Mapping
from dataclasses import dataclass


class SettingsMissing(Exception):
    """The environment lacks settings; the message names them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the read function: the name of the table that holds the record, and the URI of whom to tell of a vulnerability."""

    table: str
    security_contact: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Return the settings that an environment gives; raise SettingsMissing where one is not there."""
        names = {"table": "ARTICLE33_TABLE"}
        missing = [name for name in names.values() if not environment.get(name)]
        if missing:
            raise SettingsMissing(f"set {', '.join(missing)} in the environment")
        found = {field: environment[name] for field, name in names.items()}
        return cls(**found, security_contact=environment.get("ARTICLE33_SECURITY_CONTACT", ""))
