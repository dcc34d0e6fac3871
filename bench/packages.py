"""The packages of all sides, unpacked as on Lambda: requirements with hashes, the side's own code, and bytecode for all of it.

The peers are installed whole; this project is packaged by `article33 package`. Every module is compiled for Lambda's Python, with
unchecked bytecode.
"""

import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from bench.engine import KEPT, ROOT
from workbench.deploying import bytecode, packaging

HERE = Path(__file__).parent
PACKAGES = KEPT / "sides"


@dataclass(frozen=True, slots=True)
class Side:
    """A side: its directory name, its title in the report, its requirements, its files of this checkout, and its handler."""

    name: str
    title: str
    requirements: Path
    code: tuple[Path, ...]
    handler: str

    @property
    def folder(self) -> Path:
        """The directory with its unpacked package."""
        return PACKAGES / self.name


def _peer(name: str, title: str, module: str, *shared: str) -> Side:
    code = tuple(HERE / "sides" / f"{one}.py" for one in (module, *shared))
    return Side(name, title, HERE / "requirements" / f"{name}.txt", code, f"{module}.handler")


OURS = Side(
    "article33",
    "Article 33",
    ROOT / "requirements" / "runtime.txt",
    (),
    "handlers.api.lambda_handler",
)
FLOOR = _peer("floor", "the floor", "floor")
FASTAPI = _peer("fastapi", "A: FastAPI", "fastapi_app", "access", "models")
POWERTOOLS = _peer("powertools", "B: Powertools", "powertools_app", "access", "models")
PEERS = (FLOOR, FASTAPI, POWERTOOLS)
SIDES = (OURS, *PEERS)
RUNTIME = Side("runtime", "Lambda's runtime client", HERE / "requirements" / "runtime.txt", (), "")


def python() -> str:
    """Return the path of Lambda's Python (3.13); raise Refused if this machine has none."""
    return str(bytecode.runtime_python()[0])


def build(interpreter: str) -> int:
    """Build the package of every side; return the bytes of this project's zip. Installed requirements stay, code is copied again."""
    built = packaging.build(KEPT / "article33.zip", python=Path(interpreter))
    shutil.rmtree(OURS.folder, ignore_errors=True)
    with zipfile.ZipFile(built.path) as archive:
        archive.extractall(OURS.folder)
    for side in (*PEERS, RUNTIME):
        mark = side.folder / "installed"
        wanted = f"{interpreter}\n{side.requirements.read_text(encoding='utf-8')}"
        if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(side.folder, ignore_errors=True)
            _install(interpreter, side)
            _compile(interpreter, side.folder)
            mark.write_text(wanted, encoding="utf-8")
        for code in side.code:
            _compile(interpreter, Path(shutil.copyfile(code, side.folder / code.name)))
    return built.size


def _install(interpreter: str, side: Side) -> None:
    install = [
        interpreter,
        "-m",
        "pip",
        "install",
        "-qq",
        "--root-user-action=ignore",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]
    subprocess.run([*install, "--no-compile", "--target", str(side.folder), "--requirement", str(side.requirements)], check=True)


def _compile(interpreter: str, what: Path) -> None:
    """Compile like this project's package. Some files of dependencies are for other Pythons: they fail here and are never imported."""
    command = [interpreter, "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", str(what)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
