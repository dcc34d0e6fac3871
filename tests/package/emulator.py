"""Amazon's Runtime Interface Emulator with Amazon's runtime client: runs the package as Lambda does, on Lambda's Python."""

import json
import os
import platform
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.package.asking import PYTHON
from tests.serving import READY_SECONDS, reserve_port

_INVOCATIONS = "/2015-03-31/functions/function/invocations"


@dataclass(frozen=True)
class Emulator:
    """A running function: invoke it, and read the log of the platform and of the function."""

    url: str
    log: Path

    def invoke(self, event: Any) -> tuple[int, str]:
        """Return the platform's status, and the function's result as bytes."""
        request = urllib.request.Request(self.url + _INVOCATIONS, json.dumps(event).encode())  # noqa: S310 - the loopback
        try:
            with urllib.request.urlopen(request, timeout=READY_SECONDS) as answer:  # noqa: S310 - as above
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as failed:
            with failed:
                return failed.code, failed.read().decode()

    def answer(self, event: Any) -> Any:
        """Return the function's result, parsed."""
        status, body = self.invoke(event)
        assert status == 200, body
        return json.loads(body)

    def instances(self) -> int:
        """Return the number of instances started so far."""
        return self.log.read_text(encoding="utf-8").count("INIT START")


@contextmanager
def running(
    log: Path, path: Sequence[Path], environment: Mapping[str, str], handler: str = "handlers.api.lambda_handler", timeout: int = 10
) -> Iterator[Emulator]:
    """Run a handler from the directories in `path`. An instance is ended after `timeout` seconds in one invocation.

    The emulator is ended by its process id, and its instance with it.
    """
    packages = PYTHON.parent.parent / "lib" / "python3.13" / "site-packages"
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    port, runtime_port = reserve_port(), reserve_port()
    command = [
        str(packages / "samcli" / "local" / "rapid" / f"aws-lambda-rie-{machine}"),
        *("--runtime-interface-emulator-address", f"127.0.0.1:{port}", "--runtime-api-address", f"127.0.0.1:{runtime_port}"),
        *(str(PYTHON), "-S", "-m", "awslambdaric", handler),
    ]
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([*(str(one) for one in path), str(packages)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
        **environment,
    }
    with log.open("w") as written:
        process = subprocess.Popen(command, cwd=path[0], env=variables, stdout=written, stderr=subprocess.STDOUT)  # noqa: S603
    try:
        _wait(port, process)
        yield Emulator(f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the port accepts connections."""
    until = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the emulator does not listen")
