"""One instance of the function, as granian's worker process runs it: everything is made when this module's `load` is called."""

import json
import os
import socket
import sys
import threading
import time
from typing import Any

from workbench.serving.events import application

SETTINGS = "ARTICLE33_SERVE"


def load() -> Any:
    """Return the WSGI application over the Lambda handler, whose environment is complete; it announces itself when it answers."""
    from handlers.api import lambda_handler  # noqa: PLC0415 - in the worker alone, as Lambda does

    settings: dict[str, Any] = json.loads(os.environ[SETTINGS])
    threading.Thread(target=_announce, args=(settings["port"], settings["announcement"]), daemon=True).start()
    return application(lambda_handler)


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
