"""`article33 serve`, as a process: it starts, serves many requests at once, accepts a publish, and fails with one clear line."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.conftest import SEED
from tests.serving import COMMAND, READY_SECONDS, environment, reserve_port, serving, started
from workbench.tables import LOCAL_TABLE


def get(url: str, headers: dict[str, str] | None = None, method: str = "GET") -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of a response, whatever its status."""
    try:
        with urlopen(Request(url, headers=headers or {}, method=method), timeout=20) as answer:  # noqa: S310 - loopback
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, {name.lower(): value for name, value in refused.headers.items()}, refused.read().decode()


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the seed that a test may change."""
    return shutil.copytree(SEED, tmp_path_factory.mktemp("serve") / "seed")


@pytest.fixture(scope="module")
def served(seed: Path) -> Iterator[tuple[str, str, str]]:
    """A server of the copy of the seed."""
    with serving(seed) as running:
        yield running


def test_every_curl_of_the_announcement_works(served: tuple[str, str, str]) -> None:
    """The printed URL and the three curl commands work."""
    url, _, announced = served
    curls = [line.split("curl -s ")[1].strip("'") for line in announced.splitlines() if "curl -s" in line]
    assert len(curls) == 3
    assert all(curl.startswith(url) and get(curl)[0] == 200 for curl in curls)


def test_answers_over_http_are_those_of_the_handler(served: tuple[str, str, str]) -> None:
    """Revalidation, HEAD, errors and redirects over HTTP are as the handler returned them."""
    url = served[0]
    status, headers, body = get(f"{url}/v1/actors/viet-nam")
    assert (status, json.loads(body)["name"]["vi"]) == (200, "Việt Nam")
    assert get(f"{url}/v1/actors/viet-nam", {"If-None-Match": headers["etag"]})[::2] == (304, "")
    assert get(f"{url}/v1/actors/viet-nam", method="HEAD")[::2] == (200, "")
    status, headers, body = get(f"{url}/v1/actors?kinde=state")
    assert (status, headers["content-type"], json.loads(body)["errors"][0]["did_you_mean"]) == (400, "application/problem+json", "kind")
    assert get(f"{url}/v1/actors/viet-nam", method="DELETE")[0] == 405
    assert headers["server"] == "article33", "and not what serves it"
    assert get(f"{url}/V1/Actors/")[0] == 200


def test_many_requests_at_once_all_answer(served: tuple[str, str, str]) -> None:
    """Two hundred requests from sixteen threads all get the right response."""
    url = served[0]
    paths = ["/v1/cases", "/v1/events?limit=5", "/v1/actors/china", "/v1/statements?kind=appeal", "/v1/nothing"]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda number: get(url + paths[number % 5]), range(200)))
    assert {(number % 5, status) for number, (status, _, _) in enumerate(found)} == {(0, 200), (1, 200), (2, 200), (3, 200), (4, 404)}
    assert len({body for number, (_, _, body) in enumerate(found) if number % 5 == 2}) == 1


def test_change_can_be_published_while_it_serves(served: tuple[str, str, str], seed: Path) -> None:
    """`publish --local` creates release 2 with one change. Release 1, and a cursor from it, do not change."""
    url, record_port, _ = served
    before = json.loads(get(f"{url}/v1/events?limit=4")[2])
    file = seed / "events/stopped-in-viet-nam.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("en: Stopped by", "en: Halted by"), encoding="utf-8")
    published = subprocess.run(  # noqa: S603
        [*COMMAND, "publish", str(seed), "-m", "Another name", "--local", "--record-port", record_port],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert published.stdout.startswith("Release 2: 1 updated.")
    changes = json.loads(get(f"{url}/v1/changes?since=1&release=2")[2]) if _has_release(url, 2) else {}
    assert [(row["path"], row["fields"]) for row in changes["data"]] == [("events/stopped-in-viet-nam", ["/name/en"])]
    rest = json.loads(get(url + before["page"]["next"])[2])
    assert rest["page"]["release"] == 1
    name = json.loads(get(f"{url}/v1/events/stopped-in-viet-nam?release=1")[2])["name"]["en"]
    assert name.startswith("Stopped by")
    assert json.loads(get(f"{url}/v1/events/stopped-in-viet-nam?release=2")[2])["name"]["en"].startswith("Halted by")


def test_a_table_is_served_as_it_is(served: tuple[str, str, str]) -> None:
    """`serve --table` serves a record from another table, byte for byte, whatever account the environment has."""
    url, record_port, _ = served
    port = reserve_port()
    named = ["--table", LOCAL_TABLE, "--endpoint", f"http://127.0.0.1:{record_port}"]
    with started(["serve", *named, "--port", str(port)], AWS_ACCESS_KEY_ID="of-an-account") as (_, announced):
        assert f"the table {LOCAL_TABLE} at http://127.0.0.1:{port}" in announced
        assert "publish --local" not in announced
        for target in ("/v1/actors/viet-nam", "/v1/events?limit=3", "/v1/releases"):
            assert get(f"http://127.0.0.1:{port}{target}")[::2] == get(url + target)[::2]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--table", "another", "--endpoint", "http://127.0.0.1:1"], 1, "the table another can't be reached"),
        (["--table", "another", "nowhere"], 2, "--stage and --table serve a table as it is: leave out the sources"),
        (["--table", "another", "--record-port", "8034"], 2, "--stage and --table serve a table as it is"),
        (["--table", "another", "--stage", "prod"], 2, "choose the stage prod or the table another, not both"),
    ],
)
def test_a_table_that_cannot_be_served_is_one_clear_line(arguments: list[str], code: int, said: str) -> None:
    """Nothing is served instead."""
    ended = subprocess.run([*COMMAND, "serve", *arguments], env=environment(), capture_output=True, text=True, check=False)  # noqa: S603
    assert (ended.returncode, ended.stdout) == (code, "")
    assert said in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_its_dynamodb_ends_with_it(ending: signal.Signals, tmp_path: Path) -> None:
    """When the server is ended or interrupted, the DynamoDB process ends too, without a message."""
    log = tmp_path / "log"
    port, record_port = reserve_port(), reserve_port()
    arguments = [*COMMAND, "serve", str(SEED), "--port", str(port), "--record-port", str(record_port)]
    with log.open("w") as output, subprocess.Popen(arguments, env=environment(), stdout=output, stderr=output) as process:  # noqa: S603
        _await(lambda: "Ctrl-C" in log.read_text())
        process.send_signal(ending)
        process.wait(READY_SECONDS)
    _await(lambda: not _listens(record_port))
    assert "Traceback" not in log.read_text()


def test_dynamodb_that_does_not_start_is_one_line(tmp_path: Path) -> None:
    """If it can't start, the command says so after its error messages, and serves nothing."""
    hidden = tmp_path / "moto.py"
    hidden.write_text("raise ImportError('hidden')", encoding="utf-8")
    own = environment()
    own["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{own['PYTHONPATH']}"
    port, record_port = str(reserve_port()), str(reserve_port())
    ended = subprocess.run(  # noqa: S603
        [*COMMAND, "serve", str(SEED), "--port", port, "--record-port", record_port], env=own, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines()[-1] == "article33: the embedded DynamoDB did not start; its error messages are above"


def test_port_in_use_is_one_line_and_exit_code_two() -> None:
    """A port in use is named in one line, with exit code 2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(  # noqa: S603
            [*COMMAND, "serve", str(SEED), "--port", str(port)], env=environment(), capture_output=True, text=True, check=False
        )
    assert (ended.returncode, ended.stdout) == (2, "")
    said = f"article33: port {port} on 127.0.0.1 can't be used: Address already in use; choose another with PORT=... or --port"
    assert ended.stderr.splitlines()[-1] == said, "reviews that are overdue may be warned of before"


def test_broken_seed_is_named_and_exit_code_one(tmp_path: Path) -> None:
    """A source file that can't be read is named with its line, before anything is served."""
    broken = shutil.copytree(SEED, tmp_path / "seed")
    (broken / "actors/china.yaml").write_text("name: [\n", encoding="utf-8")
    ended = subprocess.run([*COMMAND, "serve", str(broken)], env=environment(), capture_output=True, text=True, check=False)  # noqa: S603
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "actors/china.yaml:2: [unreadable] YAML error" in ended.stderr
    assert "Traceback" not in ended.stderr


def _has_release(url: str, number: int) -> bool:
    """Wait until an instance serves a release: it checks for the current one at most every two seconds."""
    return any(json.loads(get(f"{url}/v1/health")[2])["release"] >= number for _ in range(10_000))


def _listens(port: int) -> bool:
    """Return whether something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _await(holds: Callable[[], bool]) -> None:
    """Wait until a condition is true, or fail."""
    assert any(holds() or threading.Event().wait(0.1) for _ in range(READY_SECONDS * 10))
