"""One instance of the function, as granian's worker process runs it: everything is made when this module's `load` is called."""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from handlers.api import lambda_handler, make_api
from handlers.routing import Api
from handlers.settings import Settings
from record.client import publishing_client
from record.reading import Reader
from record.store import Store
from workbench.serving.events import application

SETTINGS = "ARTICLE33_SERVE"


def load() -> Any:
    """Return the WSGI application over the Lambda handler, whose environment is complete; it announces itself when it answers."""
    settings: dict[str, Any] = json.loads(os.environ[SETTINGS])
    threading.Thread(target=_announce, args=(settings["port"], settings["announcement"]), daemon=True).start()
    return application(patient(os.environ).handle if settings["embedded"] else lambda_handler)


def patient(environment: Mapping[str, str]) -> Api:
    """Return the API that the handler has, but with time for its reads: moto on a busy machine is slower than DynamoDB ever is."""
    settings = Settings.read(environment)
    return make_api(settings, Reader(Store(publishing_client(), settings.table, clock=lambda: 0.0)))


def _announce(port: int, announcement: str) -> None:
    """Print the announcement as soon as somebody answers on the port: granian listens after the application is loaded."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.02)
    sys.stdout.write(announcement)
    sys.stdout.flush()
