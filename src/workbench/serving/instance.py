"""One instance of the function, as granian's worker process runs it: everything is made when this module's `serve` is loaded."""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.serving.events import StartResponse, application

SETTINGS = "ARTICLE33_SERVE"


def load() -> Any:
    """Return the WSGI application over a freshly published embedded record; the settings stand in the environment."""
    from workbench.serving.embedded import EmbeddedRecord  # noqa: PLC0415 - moto patches botocore when it is first imported

    settings: dict[str, Any] = json.loads(os.environ[SETTINGS])
    record = EmbeddedRecord()
    release = record.publish([Path(source) for source in settings["sources"]], time.time)
    os.environ["ARTICLE33_TABLE"] = record.store.table
    os.environ.setdefault("ARTICLE33_LOG_LEVEL", "WARNING")
    from handlers.api import lambda_handler  # noqa: PLC0415 - as Lambda does, once the environment is complete

    record.listen(settings["record_port"])
    answer = application(lambda_handler)

    def locked(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        with record.lock:  # an instance answers one request at a time, in Lambda too
            return answer(environ, start_response)

    resources = sum(release.counts.values()) if release else 0
    announcement = settings["announcement"].replace("{resources}", str(resources))
    threading.Thread(target=_announce, args=(settings["port"], announcement), daemon=True).start()
    return locked


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
