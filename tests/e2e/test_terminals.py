"""Commands as processes, where the terminal, the files or the environment are hostile: one line and an exit code, never a traceback.

Python is started once. Each command runs in a fork of that process, with its own environment, streams and working directory.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.conftest import ROOT, SEED
from tests.e2e.commands import Ran
from tests.serving import COMMAND, environment, serving
from tests.unit.builders import write_record
from workbench import cli

# Reads one order on each line. Python decides on encodings when it starts, so a command with other encodings is started anew.
FORKING = """
import json, os, sys, tempfile
from workbench.cli import main
for line in sys.stdin:
    order = json.loads(line)
    if not (child := os.fork()):
        os.environ.clear()
        os.environ.update(order["variables"])
        tempfile.tempdir = None
        for number, (name, flags) in enumerate(order["streams"]):
            if name is None:
                continue
            reading, writing = os.pipe() if name == "|" else (None, os.open(name, flags, 0o600))
            os.dup2(writing, number)
            os.close(writing)
            if reading:  # nobody reads this pipe
                os.close(reading)
        for number, (name, _) in enumerate(order["streams"]):
            if name is None:
                os.close(number)
        sys.argv = ["article33", *(os.fsdecode(bytes.fromhex(one)) for one in order["arguments"])]
        sys.stdin, sys.stdout, sys.stderr = (
            open(number, mode, errors="surrogateescape") if name else None
            for number, (mode, (name, _)) in enumerate(zip(("r", "w", "w"), order["streams"]))
        )
        code = 1
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        except BaseException as failed:
            print("Traceback", repr(failed), file=sys.stderr)
        for stream in (sys.stdout, sys.stderr):
            stream.close()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
NO_AWS = {"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true"}


class Processes:
    """Runs commands in processes."""

    def __init__(self, process: "subprocess.Popen[str]", directory: Path) -> None:
        """Fork this process, and keep the output in this directory."""
        self._process = process
        self._directory = directory

    def __call__(self, *arguments: str | bytes, streams: Mapping[int, str | None] | None = None, **variables: str) -> Ran:
        """Run a command. `streams` replaces standard input, output or error by a file; None closes it."""
        names: dict[int, str | None] = {0: "/dev/null", 1: str(self._directory / "out"), 2: str(self._directory / "err"), **(streams or {})}
        flags = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        order: dict[str, Any] = {
            "arguments": [os.fsencode(one).hex() for one in arguments],
            "variables": {**environment(), **NO_AWS, **variables},
            "streams": [(names[number], flags[number]) for number in range(3)],
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for name in ("out", "err"):
            (self._directory / name).write_text("", encoding="utf-8")
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Ran(code, *((self._directory / name).read_text(encoding="utf-8") for name in ("out", "err")))


@pytest.fixture(scope="module")
def article33(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """The command, in a process."""
    arguments = [sys.executable, "-c", FORKING]
    with subprocess.Popen(  # noqa: S603 - this interpreter, on the script above
        arguments, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Processes(process, tmp_path_factory.mktemp("output"))
        assert process.stdin is not None
        process.stdin.close()


def one_line(ran: Ran, code: int, said: str) -> None:
    """Check that a command said this in one line, and nothing else."""
    assert (ran.code, ran.err.count("\n")) == (code, 1), ran
    assert said in ran.err
    assert ran.err.startswith("article33: ")
    assert ran.err[:-1].isprintable()


def small(root: Path) -> Path:
    """Write one file with a problem, whose texts have many scripts."""
    file = root / "actors" / "a-group.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("name:\n  vi: Chín người ở Đông Hưng 북한\nkind: ở\n", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("publish", "-m", b"\xff"), 2, "the argument \\udcff can't be used: it is not valid UTF-8"),
        (("check", b"nowhere-\xff"), 2, "nowhere-\\udcff can't be used: it is not valid UTF-8"),
        (("plan", "--table", b"\xff\n"), 2, "the argument \\udcff\\n can't be used"),
        (("plan", "--table", "x", "--endpoint", "http://[::1"), 2, "--endpoint http://[::1 is not a URL"),
        (("check", str(ROOT / "README.md")), 2, "check takes directories only"),
        (("restore", "--table", "x", "--endpoint", "http://127.0.0.1:1", "nowhere"), 1, "the table x can't be reached"),
        (("withdraw", "cases/a\nb", "--reason", "error"), 1, ""),
        (("rename", "cases/a", "cases/b", "--seed", "/dev/null"), 1, ""),
        (("package", "--output", "/proc/nowhere/x.zip"), 1, ""),
    ],
    ids=lambda value: "-".join(map(str, value))[:40] if isinstance(value, tuple) else "",
)
def test_a_hostile_argument_is_one_clear_line(arguments: tuple[str | bytes, ...], code: int, said: str, article33: Processes) -> None:
    """Bytes that are no text, a URL that is none, a file that is a directory."""
    one_line(article33(*arguments), code, said)


def test_output_that_can_not_be_written_is_one_line(article33: Processes) -> None:
    """A full disk is named, with standard output."""
    one_line(article33("check", str(SEED), streams={1: "/dev/full"}), 1, "standard output can't be written: No space left on device")


def test_output_that_nobody_reads_ends_the_command(article33: Processes) -> None:
    """As with `| head -1`: no message, and the exit code of a broken pipe."""
    ran = article33("check", str(SEED), streams={1: "|"})
    assert (ran.code, ran.err) == (141, "")


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_closed_streams_change_nothing(closed: int, tmp_path: Path, article33: Processes) -> None:
    """A service manager may start a command without them. A command that must ask says that it can't."""
    assert article33("check", str(small(tmp_path)), streams={closed: None}).code == 1
    asked = article33("deploy", "--stage", "Prod", streams={closed: None})
    assert asked.code == 2


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
    ids=lambda variables: " ".join(f"{name}={value}" for name, value in variables.items()),
)
def test_any_encoding_of_the_terminal_will_do(variables: dict[str, str], tmp_path: Path) -> None:
    """A character that the encoding does not have is shown by its number."""
    ended = subprocess.run(  # noqa: S603
        [*COMMAND, "check", str(small(tmp_path))], env=environment() | variables, capture_output=True, check=False
    )
    assert ended.returncode == 1
    assert b"\\u1edf" in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_files_that_can_not_be_used_are_one_line(tmp_path: Path, article33: Processes) -> None:
    """Missing files, a file in place of a directory and the other way round, a name with a line break, a directory without a name."""
    root = tmp_path / "a\nseed"
    (root / "actors" / "a.yaml").mkdir(parents=True)
    ran = article33("check", str(root))
    assert (ran.code, len(ran.err.splitlines())) == (1, 2)
    assert all(line.isprintable() for line in ran.err.splitlines())
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for arguments in (("check", str(tmp_path / "nowhere")), ("check", str(tmp_path / "file"))):
        ran = article33(*arguments)
        assert ran.code in (1, 2)
        assert len(ran.err.splitlines()) <= 2


def test_a_bug_is_one_line_that_says_how_to_report_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is that of an internal error. With ARTICLE33_DEBUG the traceback is shown too."""

    def broken(*_: object) -> None:
        raise KeyError("a\nkey")

    monkeypatch.setattr(cli, "app", lambda **_: broken())
    monkeypatch.setattr(sys, "argv", ["article33", "check"])
    for debug in ("", "1"):
        monkeypatch.setenv("ARTICLE33_DEBUG", debug)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr().err
        assert ended.value.code == 70
        assert "article33: this is a bug: KeyError: 'a\\nkey'. Please report it (see CONTRIBUTING.md)" in said
        assert ("Traceback" in said) == bool(debug)
        assert debug or len(said.splitlines()) == 1


HOSTILE = {
    **dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9"),
    **dict.fromkeys(("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"), "nope"),
    **dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), str(ROOT / "pyproject.toml")),
    **dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"), "http://127.0.0.1:9"),
    **dict.fromkeys(("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"), "true"),
    **dict.fromkeys(("AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS", "AWS_DEFAULTS_MODE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "nonsense"),
    **dict.fromkeys(("AWS_CA_BUNDLE", "AWS_DATA_PATH", "NETRC"), "/nowhere"),
}


def test_the_local_record_needs_nothing_of_the_environment(tmp_path: Path, article33: Processes) -> None:
    """Proxies, profiles, files, endpoints and retries of the AWS tools touch neither `serve`, nor its DynamoDB, nor `--local`."""
    root = write_record(tmp_path / "seed", {})
    with serving(root, None, **HOSTILE) as (url, record_port, _):
        with build_opener(ProxyHandler({})).open(f"{url}/v1/health", timeout=20) as answer:
            assert json.loads(answer.read())["release"] == 1
        verified = article33("verify", "--local", "--record-port", record_port, streams=None, **HOSTILE)
        assert (verified.code, verified.err) == (0, ""), verified
        assert verified.out.startswith("1 release verified")
