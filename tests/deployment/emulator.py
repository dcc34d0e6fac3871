"""An AWS emulator (ministack) in a process of its own, and a checkout of this project that the real command deploys to it.

It differs from AWS, as of version 1.5. Its SAM transform knows only the parameters' defaults, not their values, and it has no CodeDeploy;
so the checkout's template has `Gradual: false` as the default. Its CloudFront does not forward to an API; so the tests send requests to
API Gateway, with the secret header of CloudFront. A change set lists resources whose condition is false, but does not create them. It
ignores point-in-time recovery, throttling and firewall rules; test_templates.py checks those in the templates.
"""

import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.session import Session

from tests.conftest import ROOT
from tests.serving import environment, reserve_port

REGION = "eu-central-1"
READY_SECONDS = 60  # limit for a test that hangs
COMMAND_SECONDS = 600


@dataclass(frozen=True)
class Ran:
    """The exit code and output of a command."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Cloud:
    """The emulator: its port on 127.0.0.1 and its log file."""

    port: int
    log: Path

    @property
    def endpoint(self) -> str:
        """The emulator's URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variables that make AWS's libraries use the emulator."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}

    def client(self, service: str, region: str = REGION) -> Any:
        """Return a client for one of its services."""
        session = Session("testing", "testing", region_name=region)
        make: Any = session.client
        return make(service, endpoint_url=self.endpoint)

    def outputs(self, stack: str, region: str = REGION) -> dict[str, str]:
        """Return a stack's outputs."""
        described = self.client("cloudformation", region).describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


@contextmanager
def emulator(directory: Path, **variables: str) -> Iterator[Cloud]:
    """Start the emulator, wait until it answers, and end it by its process id."""
    port = reserve_port()
    log = directory / "emulator.log"
    tools = Path(os.environ["ARTICLE33_EMULATOR"]) / "bin"
    # Its functions run on its own Python. Its state stays in memory.
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "TMPDIR": str(directory),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
    }
    kept = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    with log.open("w") as written:
        process = subprocess.Popen(  # noqa: S603 - the emulator that `run` installed
            [tools / "ministack"], env=kept | settings | variables, cwd=directory, stdout=written, stderr=subprocess.STDOUT
        )
        try:
            _wait(port, process, log)
            yield Cloud(port, log)
        finally:
            process.terminate()
            process.wait(timeout=30)


@dataclass(frozen=True)
class Checkout:
    """A copy of this project that a test may change. Its command deploys to the emulator."""

    root: Path
    cloud: Cloud

    def article33(self, *arguments: str, **variables: str) -> Ran:
        """Run the checkout's command."""
        paths = {"PYTHONPATH": f"{self.root}{os.pathsep}{self.root / 'src'}"}
        ran = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", "from workbench.cli import main; main()", *arguments],
            cwd=self.root,
            env=environment() | paths | dict(self.cloud.variables) | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert "Traceback" not in ran.stderr + ran.stdout, ran.stderr + ran.stdout
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def done(self, *arguments: str) -> str:
        """Run the checkout's command, which must succeed; return its output."""
        ran = self.article33(*arguments)
        assert ran.code == 0, ran.out + ran.err
        return ran.out


def checkout(directory: Path, cloud: Cloud) -> Checkout:
    """Return a copy of the files that a deployment needs, with the one default that the emulator needs changed."""
    for name in ("schemas", "src", "infra", "requirements", "seed"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, directory / name)
    template = directory / "infra" / "template.yaml"
    text = template.read_text(encoding="utf-8")
    assert text.count('Default: "true"') == 1, "the one switch of the template is Gradual"
    template.write_text(text.replace('Default: "true"', 'Default: "false"'), encoding="utf-8")
    return Checkout(directory, cloud)


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/_ministack/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError(f"the emulator is not ready after {READY_SECONDS} seconds: {log.read_text()}")
