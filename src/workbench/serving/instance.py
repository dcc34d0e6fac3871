"""One instance of the function, in granian's worker process. `load` creates everything it needs."""

import datetime
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from handlers.app import make_app
from handlers.contract import contract
from handlers.resolver import ContractResolver
from handlers.settings import Settings
from handlers.telemetry import Telemetry
from record.client import publishing_client, reading_client
from record.reading import Reader
from record.store import UNHURRIED, Store
from workbench.serving.events import application
from workbench.tables import local_session

SETTINGS = "ARTICLE33_SERVE"


def load() -> Any:
    """Return the WSGI application over the app, whose environment is complete. It prints the announcement once it answers."""
    settings: dict[str, Any] = json.loads(os.environ[SETTINGS])
    threading.Thread(target=_announce, args=(settings["port"], settings["announcement"]), daemon=True).start()
    return application(make(os.environ, settings["local"], embedded=settings["embedded"]).resolve)


def make(environment: Mapping[str, str], local: str | None, *, embedded: bool) -> ContractResolver:
    """Return the app that the Lambda function has, without metrics: nobody reads them here.

    `local` is the URL of a DynamoDB on this machine, for which nothing is read from the environment of the AWS tools. With an embedded
    DynamoDB there is more time to read: moto on a busy machine is slower than DynamoDB ever is.
    """
    settings = Settings.read(environment)
    session = local_session() if local else None
    region = environment["AWS_DEFAULT_REGION"] if local else None
    make_client = publishing_client if embedded else reading_client
    client = make_client(session, endpoint_url=local, region_name=region)
    store = Store(client, settings.table, budget=UNHURRIED) if embedded else Store(client, settings.table)
    telemetry = Telemetry(Logger(service="article33", use_rfc3339=True, location=None))
    return make_app(contract(), Reader(store), lambda: datetime.datetime.now(datetime.UTC), telemetry, contact=settings.security_contact)


def _announce(port: int, announcement: str) -> None:
    """Print the announcement as soon as the port accepts connections: granian listens after it has loaded the application."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.02)
    sys.stdout.write(announcement)
    sys.stdout.flush()
