"""The function's package: one zip. The same checkout gives the same bytes, whatever directory or user builds it.

Dependencies are included whole except for the exclusions below, so that lazy imports keep working.
"""

import ast
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from handlers import VERSION
from workbench.deploying import bytecode, sbom
from workbench.deploying.installing import Architecture, Package, install
from workbench.terminal import Refused

ROOT = Path(__file__).parents[3]
REQUIREMENTS = ROOT / "requirements" / "runtime.txt"
NAME = "article33"

# Our own files: a directory of the checkout, and a pattern below it.
OURS = (
    (".", "LICENSE"),
    (".", "schemas/published/*/*.json"),
    (".", "schemas/published/*/*.jsonld"),
    ("src", "handlers/*.py"),
    ("src", "handlers/static/*.html"),
    ("src", "handlers/static/*.css"),
    ("src", "handlers/static/*.js"),
    ("src", "record/*.py"),  # the reading side; writing, verifying and copying are subpackages
)

ENDPOINTS = "botocore/data/endpoints.json"

# Files of dependencies that are left out, unless KEPT matches too. A `*` matches any characters, `/` included.
LEFT_OUT = (
    "bin/*",
    "*/py.typed",
    "*-stubs/*",
    "*.dist-info/*",
    "boto3/data/*",
    "boto3/examples/*",
    "botocore/data/*",
    "dateutil/zoneinfo/*.tar.gz",  # time zones, which nothing here uses; without this file dateutil uses the system's
    "aws_lambda_powertools/utilities/*",
)
KEPT = (
    # Licences must be distributed with the code. importlib and vulnerability scanners read METADATA.
    "*.dist-info/METADATA",
    "*.dist-info/licenses/*",
    "*.dist-info/LICENSE*",
    "*.dist-info/NOTICE*",
    # What botocore needs to make a client, and the one service that is called.
    "botocore/data/_retry.json",
    ENDPOINTS,
    "botocore/data/partitions.json",
    "botocore/data/sdk-default-configuration.json",
    "botocore/data/dynamodb/2012-08-10/*",
    # The utilities that Powertools' resolver, Logger and Metrics import.
    "aws_lambda_powertools/utilities/__init__.py",
    "aws_lambda_powertools/utilities/data_classes/*",
    "aws_lambda_powertools/utilities/jmespath_utils/*",
    "aws_lambda_powertools/utilities/typing/*",
)

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can store
_READABLE = 0o100644 << 16  # a regular file that every user may read, because Lambda runs as a user of its own
_UNIX = 3
# ELF, Mach-O and Windows binaries.
_NATIVE_NAMES = (".so", ".dylib", ".pyd", ".dll")
_NATIVE_STARTS = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")


@dataclass(frozen=True, slots=True)
class Built:
    """A package that was built. `bill` is its bill of materials; `bytecode` the version of the Python that compiled it, if any."""

    path: Path
    bill: Path
    size: int
    digest: str
    files: int
    packages: tuple[Package, ...]
    bytecode: str | None


def build(
    output: Path,
    *,
    python: Path | None = None,
    compiled: bool = True,
    architecture: Architecture | None = None,
    requirements: Path = REQUIREMENTS,
) -> Built:
    """Build the package, with its bill of materials beside it. If that fails, raise Refused and leave existing files as they are.

    `python` is Lambda's Python, for the bytecode. Without `architecture`, the package runs on every processor.
    """
    compiler, version = bytecode.runtime_python(python) if compiled else (None, None)
    with TemporaryDirectory() as scratch:
        installed, task = Path(scratch) / "installed", Path(scratch) / "task"
        packages = install(requirements, installed, architecture)
        names = _gather(installed, task)
        native = [name for name in names if _is_native(task / name)]
        if native and architecture is None:
            raise Refused(f"{native[0]} runs on one processor only: build for it with --architecture arm64 or x86_64")
        if compiler:
            bytecode.compile_all(compiler, task)
        content, files = _zipped(task)
    digest = hashlib.sha256(content).hexdigest()
    bill = output.with_suffix(".cdx.json")
    described = sbom.document(NAME, VERSION, digest, packages, version)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(content)
        bill.write_text(described, encoding="utf-8")
    except OSError as failure:
        raise Refused(f"{failure.filename or output}: {failure.strerror or failure}") from failure
    return Built(output, bill, len(content), digest, files, tuple(packages), version)


def _gather(installed: Path, task: Path) -> list[str]:
    """Copy the files that the function needs into a directory; return their names, sorted."""
    theirs = {name: installed / name for name in _names(installed) if _is_needed(name)}
    ours = {str(file.relative_to(ROOT / base)): file for base, pattern in OURS for file in (ROOT / base).glob(pattern)}
    ours |= {name: ROOT / name for name in imported(ROOT, "schemas", ours.values())}
    both = theirs.keys() & ours.keys()
    if both:
        raise Refused(f"a dependency has a file with the same name as one of ours: {min(both)}")
    for name, file in (theirs | ours).items():
        (task / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, task / name)
    if ENDPOINTS in theirs:
        _trim_endpoints(task / ENDPOINTS)
    return sorted(theirs | ours)


def _trim_endpoints(file: Path) -> None:
    """Leave only DynamoDB in botocore's table of endpoints: 1.2 MB for all services, which every cold start would parse."""
    table: dict[str, Any] = json.loads(file.read_bytes())
    for partition in table["partitions"]:
        partition["services"] = {name: service for name, service in partition["services"].items() if name == "dynamodb"}
    file.write_text(json.dumps(table, separators=(",", ":")), encoding="utf-8")


def imported(root: Path, package: str, files: Iterable[Path]) -> set[str]:
    """Return the files of a package below `root` that these Python files import, directly or through each other."""
    found: set[str] = set()
    waiting = [file for file in files if file.suffix == ".py"]
    while waiting:
        for module in _imports(waiting.pop()):
            parts = module.split(".")
            if parts[0] != package:
                continue
            around = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
            names = {f"{path}{ending}" for path in around for ending in (".py", "/__init__.py") if (root / f"{path}{ending}").is_file()}
            waiting += [root / name for name in names - found]
            found |= names
    return found


def _imports(file: Path) -> Iterator[str]:
    """Yield the modules that a file may import, wherever the statement is. `from a import b` may mean the module `a.b`."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _is_needed(name: str) -> bool:
    return any(fnmatchcase(name, kept) for kept in KEPT) or not any(fnmatchcase(name, left) for left in LEFT_OUT)


def _is_native(file: Path) -> bool:
    with file.open("rb") as opened:
        return file.suffix in _NATIVE_NAMES or opened.read(4).startswith(_NATIVE_STARTS)


def _zipped(directory: Path) -> tuple[bytes, int]:
    """Return a zip of a directory's files, and their number. It does not depend on the machine, the user or the time."""
    names = _names(directory)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            archive.writestr(entry, (directory / name).read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return written.getvalue(), len(names)


def _names(directory: Path) -> list[str]:
    return sorted(file.relative_to(directory).as_posix() for file in directory.rglob("*") if file.is_file())
