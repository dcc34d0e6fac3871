"""DynamoDB in this process (moto), reachable on loopback too, so that `article33 publish --local` can publish while it serves."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto import mock_aws
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from record.client import publishing_client
from record.model import Release
from record.store import Store
from record.writing.publishing import Publisher
from workbench.staging import Staging
from workbench.tables import LOCAL_REGION, LOCAL_TABLE
from workbench.templates import table_declaration

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class EmbeddedRecord:
    """An empty record in this process. moto is not made for threads, so whoever uses it holds `lock`."""

    def __init__(self) -> None:
        """Start DynamoDB in this process and make the table."""
        self.lock = threading.Lock()
        # moto refuses to start without credentials, and real ones are none of its business.
        os.environ |= {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": LOCAL_REGION}
        self._mock = mock_aws()
        self._mock.start()
        self.client: DynamoDBClient = publishing_client(region_name=LOCAL_REGION)
        self.client.create_table(TableName=LOCAL_TABLE, **table_declaration())
        self.store = Store(self.client, LOCAL_TABLE)

    def publish(self, sources: Sequence[Path], clock: Callable[[], float]) -> Release | None:
        """Publish sources that were checked before as the record's next release."""
        with Staging() as staging:
            staging.add(list(sources))
            return Publisher(self.store, owner="serve", clock=clock).publish(staging, "The seed, as it stands in this checkout.")

    def listen(self, port: int) -> BaseWSGIServer:
        """Serve the embedded DynamoDB itself on loopback, from a thread of its own."""
        backend: Any = DomainDispatcherApplication(create_backend_app)

        def locked(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            with self.lock:
                answer: Iterable[bytes] = backend(environ, start_response)
                return answer

        server = make_server("127.0.0.1", port, locked, request_handler=_Silent)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


class _Silent(WSGIRequestHandler):
    """werkzeug's request handler, without a line for every call."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Say nothing."""
