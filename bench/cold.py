"""Cold starts: Lambda's own runtime client (awslambdaric) starts the package of a side and gets one event from a stub of the Runtime API.

Measured when the response arrives: the CPU time of all threads of the process since its start, and its peak memory.
"""

import http.server
import json
import re
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.packages import RUNTIME, Side
from bench.questions import Event

_INVOCATION = "/2018-06-01/runtime/invocation/"


@dataclass(frozen=True, slots=True)
class ColdStart:
    """A cold start until its first response: seconds of CPU time, peak memory in bytes, and the response."""

    seconds: float
    peak: int
    answer: dict[str, Any]


def cold_start(interpreter: str, side: Side, environment: dict[str, str], event: Event) -> ColdStart:
    """Start a side in a new process and send it one event."""
    asked = _Invocation(json.dumps(event).encode())
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), asked.handler()) as stub:
        threading.Thread(target=stub.serve_forever, daemon=True).start()
        own = {
            **environment,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{stub.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": side.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "LAMBDA_TASK_ROOT": str(side.folder),
            "PYTHONPATH": f"{side.folder}:{RUNTIME.folder}",
        }
        command = [interpreter, "-B", "-m", "awslambdaric", side.handler]
        with subprocess.Popen(command, env=own, cwd=side.folder, stdout=subprocess.DEVNULL) as process:
            asked.process = process.pid
            try:
                if not asked.answered.wait(60):
                    raise RuntimeError(f"{side.title} did not answer within a minute")
            finally:
                process.kill()
        stub.shutdown()
    assert asked.found is not None, "it is set before `answered`"
    assert asked.found.answer.get("statusCode") == 200, f"{side.title} answered {asked.found.answer}"
    return asked.found


class _Invocation:
    """One event, and the measurement when its response arrives."""

    def __init__(self, event: bytes) -> None:
        self.event = event
        self.process = 0
        self.answered = threading.Event()
        self.found: ColdStart | None = None

    def handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        """Return a request handler that acts as the Runtime API."""
        invocation = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if invocation.answered.is_set():  # the side asks for the next event: let it wait, like an idle function
                    threading.Event().wait(60)
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "11111111-2222-3333-4444-555555555555")
                self.send_header("Lambda-Runtime-Deadline-Ms", "9999999999999")
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:bench")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(invocation.event)))
                self.end_headers()
                self.wfile.write(invocation.event)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                invocation.found = ColdStart(_cpu_seconds(invocation.process), _peak(invocation.process), json.loads(body))
                invocation.answered.set()

            def log_message(self, *_arguments: Any) -> None:
                pass

        return Handler


def _cpu_seconds(process: int) -> float:
    tasks = Path(f"/proc/{process}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _peak(process: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None, "every Linux process has this line"
    return int(found[1]) * 1024
