"""Instructions of the processor, counted by valgrind where the machine has it: a ratio that noise does not move."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.packages import FLOOR, OURS, Side
from bench.questions import event, resource
from bench.warm import run

_FEW, _MANY = 20, 120


def measure(interpreter: str, environment: dict[str, str]) -> dict[str, float] | None:
    """Return the instructions of a resource that was not read before, by this project and by the floor; None without valgrind."""
    if shutil.which("valgrind") is None:
        return None
    with ThreadPoolExecutor(2) as pool:
        counted = {
            (side.name, number): pool.submit(_count, interpreter, side, environment, number)
            for side in (OURS, FLOOR)
            for number in (_FEW, _MANY)
        }
        found = {key: future.result() for key, future in counted.items()}
    return {side.title: (found[side.name, _MANY] - found[side.name, _FEW]) / (_MANY - _FEW) for side in (OURS, FLOOR)}


def _count(interpreter: str, side: Side, environment: dict[str, str], number: int) -> int:
    """Return the instructions of a process that reads so many resources, with its start."""
    with TemporaryDirectory() as scratch:
        log = Path(scratch) / "log"
        prefix = ("valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={scratch}/out", f"--log-file={log}")
        plan = [{"name": "read", "events": [event(resource(1_000 + one)) for one in range(number)]}]
        run(interpreter, side, environment | {"PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc"}, plan, prefix)
        found = re.search(r"I\s+refs:\s+([\d,]+)", log.read_text(encoding="utf-8"))
    assert found is not None, "valgrind says so at its end"
    return int(found[1].replace(",", ""))


def version() -> str:
    """Return valgrind's version."""
    return subprocess.run(["valgrind", "--version"], check=True, capture_output=True, text=True).stdout.strip()
