"""The Lambda entry point. The only module with state: an instance keeps its client and what it has read."""

import os
from datetime import UTC, datetime
from typing import Any

from handlers.contract import contract
from handlers.log import Logger
from handlers.routing import Api
from handlers.settings import Settings
from record.client import reading_client
from record.reading import Reader
from record.store import Store


def make_api(settings: Settings, reader: Reader | None = None, logger: Logger | None = None) -> Api:
    """Return the API over the record that the settings name; parts that are passed in are used instead of new ones."""
    return Api(
        contract(),
        reader or Reader(Store(reading_client(), settings.table)),
        lambda: datetime.now(UTC),
        logger or Logger("article33", settings.log_level),
        contact=settings.security_contact,
        proofs=settings.origin_secrets,
    )


_api: Api | None = None


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an event of API Gateway's HTTP API (payload format 2.0)."""
    global _api  # noqa: PLW0603 - an instance makes its parts once
    if _api is None:
        _api = make_api(Settings.read(os.environ))
    return _api.handle(event, context)
