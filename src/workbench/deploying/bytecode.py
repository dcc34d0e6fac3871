"""Bytecode for Lambda's Python, beside the sources. Lambda's file system is read-only, so without it every cold start compiles again.

Python does not check it against the source at import (`unchecked-hash`, PEP 552).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from workbench.deploying.installing import RUNTIME
from workbench.terminal import Refused

# Where Lambda unpacks the function. Tracebacks show this path, wherever the files were compiled.
TASK = "/var/task"


def runtime_python(named: Path | None = None) -> tuple[Path, str]:
    """Return a Python of Lambda's version, and its full version: the one named, or the first found on PATH or in pyenv.

    Raises Refused if there is none.
    """
    for candidate in [named] if named else _candidates():
        version = _version(candidate)
        if version and version.rpartition(".")[0] == RUNTIME:
            return candidate, version
    found = f"{named} is not Python {RUNTIME}" if named else f"no Python {RUNTIME} on PATH or in pyenv"
    raise Refused(f"{found}. Bytecode for Lambda needs Python {RUNTIME}: choose one with --python PATH, or build with --no-bytecode")


def compile_all(python: Path, root: Path) -> None:
    """Compile every source under a directory for Lambda; raise Refused if one can't be compiled."""
    where = ["-s", str(root), "-p", TASK, str(root)]
    command = [str(python), "-I", "-S", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", *where]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a Python that `runtime_python` has checked
    if ran.returncode:
        said = [line for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
        raise Refused(f"{python} can't compile the package: {said[0].strip() if said else f'it exited with {ran.returncode}'}")


def _candidates() -> Iterator[Path]:
    on_path = shutil.which(f"python{RUNTIME}")
    if on_path:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{RUNTIME}.*/bin/python{RUNTIME}"), key=_release, reverse=True)


def _release(python: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", python.parents[1].name)]


def _version(python: Path) -> str | None:
    """Return a Python's version; None if it does not run, as pyenv's shims for versions that are not selected."""
    ask = "import platform; print(platform.python_implementation(), platform.python_version())"
    try:
        ran = subprocess.run([str(python), "-I", "-S", "-c", ask], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return None
    implementation, _, version = ran.stdout.strip().partition(" ")
    return version if implementation == "CPython" and not ran.returncode else None
