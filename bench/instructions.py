"""CPU instructions and cache misses of a read, counted by valgrind if the machine has it: ratios that don't depend on other load.

Both are counted, because code with fewer instructions can still take longer if it misses the second-level cache more often.
"""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.packages import FLOOR, OURS, Side
from bench.questions import event, resource
from bench.warm import run

CACHE_KB = 512
_FEW, _MANY = 20, 120
# Valgrind simulates a first and a last level; here the last one has the size of the second level of the machine in RESULTS.md.
_CACHES = ("--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", f"--LL={CACHE_KB * 1024},8,64")


class Work(NamedTuple):
    """Instructions, and accesses that miss the cache."""

    instructions: float
    misses: float


def measure(interpreter: str, environment: dict[str, str]) -> dict[str, Work] | None:
    """Return the work for the first read of a resource, by title of the side, for this project and the floor; None without valgrind."""
    if shutil.which("valgrind") is None:
        return None
    with ThreadPoolExecutor(2) as pool:
        counted = {
            (side.name, number): pool.submit(_count, interpreter, side, environment, number)
            for side in (OURS, FLOOR)
            for number in (_FEW, _MANY)
        }
        found = {key: future.result() for key, future in counted.items()}
    return {side.title: _each(found[side.name, _FEW], found[side.name, _MANY]) for side in (OURS, FLOOR)}


def _each(few: Work, many: Work) -> Work:
    return Work(*((more - fewer) / (_MANY - _FEW) for fewer, more in zip(few, many, strict=True)))


def _count(interpreter: str, side: Side, environment: dict[str, str], number: int) -> Work:
    """Return the work of a process, its start included, that reads this number of resources."""
    with TemporaryDirectory() as scratch:
        log = Path(scratch) / "log"
        prefix = ("valgrind", "--tool=cachegrind", *_CACHES, f"--cachegrind-out-file={scratch}/out", f"--log-file={log}")
        plan = [{"name": "read", "events": [event(resource(1_000 + one)) for one in range(number)]}]
        run(interpreter, side, environment | {"PYTHONHASHSEED": "0"}, plan, prefix)
        text = log.read_text(encoding="utf-8")
    return Work(*(_figure(name, text) for name in ("I refs", "LL misses")))


def _figure(name: str, text: str) -> int:
    found = re.search(rf"{name.replace(' ', ' +')}: +([\d,]+)", text)
    assert found is not None, "valgrind prints this at its end"
    return int(found[1].replace(",", ""))


def version() -> str:
    """Return valgrind's version."""
    return subprocess.run(["valgrind", "--version"], check=True, capture_output=True, text=True).stdout.strip()
