"""The built package: the same bytes wherever it is built, small, and without anything that the function does not need."""

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from tests.conftest import ROOT
from tests.package.asking import PYTHON
from tests.serving import COMMAND, environment
from workbench.deploying import packaging
from workbench.deploying.installing import install
from workbench.deploying.packaging import KEPT, LEFT_OUT, Built

MOST_BYTES = 6_000_000
# Everything that may be at the top level: ours, and the dependencies'.
OURS = {"LICENSE", "handlers", "record", "schemas"}
THEIRS = {
    "aws_lambda_powertools",
    "aws_xray_sdk",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "six.py",
    "typing_extensions.py",
    "urllib3",
    "wrapt",
}
NOT_NEEDED = (
    "tests/*",
    "*/tests/*",
    "seed/*",
    "bin/*",
    "pydantic*",
    "boto3/data/*",
    "workbench/*",
    "schemas/v1/*",
    "schemas/released/*",
    "record/*/*.py",
    "*.pyi",
    "*/RECORD",
    "*/direct_url.json",
)
# Reads every bytecode file under a directory: its flags (PEP 552) and the source path in its code.
READ_BYTECODE = """
import json, marshal, pathlib, sys
found = {}
for file in pathlib.Path(sys.argv[1]).rglob("*.pyc"):
    content = file.read_bytes()
    found[str(file.relative_to(sys.argv[1]))] = int.from_bytes(content[4:8], "little"), marshal.loads(content[16:]).co_filename
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def names(built: Built) -> list[str]:
    """The names of all files in the package."""
    with zipfile.ZipFile(built.path) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of all files of the function's dependencies, as pip installs them."""
    target = tmp_path_factory.mktemp("whole") / "installed"
    install(packaging.REQUIREMENTS, target, None)
    return [file.relative_to(target).as_posix() for file in target.rglob("*") if file.is_file()]


def test_the_same_checkout_makes_the_same_bytes_anywhere(built: Built, tmp_path: Path) -> None:
    """The command in a copy with other file times, umask, time zone and temporary directory writes the same two files."""
    copy = tmp_path / "a copy"
    for part in ("src", "schemas", "requirements", "infra"):
        shutil.copytree(ROOT / part, copy / part, copy_function=shutil.copyfile)
    shutil.copyfile(ROOT / "LICENSE", copy / "LICENSE")
    (tmp_path / "scratch").mkdir()
    variables = environment() | {
        "PYTHONPATH": f"{copy}{os.pathsep}{copy / 'src'}",
        "TMPDIR": str(tmp_path / "scratch"),
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
    }
    ran = subprocess.run([*COMMAND, "package"], cwd=tmp_path, env=variables, umask=0o077, capture_output=True, text=True, check=False)  # noqa: S603
    assert (ran.returncode, ran.stderr) == (0, "")
    path, bill = tmp_path / "dist" / "article33.zip", tmp_path / "dist" / "article33.cdx.json"
    assert (path.read_bytes(), bill.read_bytes()) == (built.path.read_bytes(), built.bill.read_bytes())
    assert ran.stdout.splitlines() == [
        f"dist/article33.zip: {built.size:,} bytes, {built.files:,} files, bytecode of CPython {built.bytecode}, for arm64 and x86_64",
        f"SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}",
        f"dist/article33.cdx.json: {len(built.packages)} dependencies",
    ]


def test_it_is_small(built: Built) -> None:
    """The zip has at most 6 MB."""
    assert built.path.stat().st_size == built.size <= MOST_BYTES


def test_only_what_the_function_needs_is_inside(names: list[str]) -> None:
    """The top level has only what is expected, and nothing that only the workbench or the tests need."""
    tops = {name.split("/")[0] for name in names} - {"__pycache__"}
    notices = {top for top in tops if top.endswith(".dist-info")}
    assert tops - notices == OURS | THEIRS
    assert [name for name in names if any(fnmatchcase(name, pattern) for pattern in NOT_NEEDED)] == []
    assert {name for name in names if name.startswith("schemas/") and name.endswith(".py")} == {"schemas/__init__.py", "schemas/edtf.py"}
    assert {name.split("/")[2] for name in names if name.startswith("botocore/data/") and name.count("/") > 2} == {"dynamodb"}
    published = {file.name for file in (ROOT / "schemas" / "published" / "v1").iterdir()}
    assert {name.rpartition("/")[2] for name in names if name.startswith("schemas/published/v1/")} == published


def test_every_licence_stays_with_what_it_licenses(names: list[str], built: Built) -> None:
    """Each dependency keeps its licence and its METADATA with name and version; botocore keeps its NOTICE."""
    for package in built.packages:
        at = f"{package.name.replace('-', '_')}-{package.version}.dist-info/"
        assert f"{at}METADATA" in names
        assert [name for name in names if name.startswith(at) and "LICENSE" in name], package.name
    assert any(fnmatchcase(name, "botocore-*/NOTICE") for name in names)


def test_entries_are_in_order_and_tell_nothing_of_the_machine(built: Built, names: list[str]) -> None:
    """Sorted, no duplicates, one fixed time, readable by all and executable by none."""
    assert names == sorted(set(names))
    with zipfile.ZipFile(built.path) as archive:
        assert {(one.date_time, one.external_attr >> 16, one.create_system) for one in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0o100644, 3)
        }
        assert archive.testzip() is None
        assert not [name for name in names if str(ROOT).encode() in archive.read(name)]


def test_nothing_runs_on_one_processor_alone(task: Path) -> None:
    """No file is native code, by its first bytes: the same zip runs on arm64 and x86_64."""
    assert not [file for file in task.rglob("*") if file.is_file() and file.read_bytes()[:4] in (b"\x7fELF", b"\xcf\xfa\xed\xfe")]


def test_every_source_has_its_bytecode_which_is_taken_unchecked(task: Path) -> None:
    """Each source has bytecode of Lambda's Python, marked as unchecked, with the file's path on Lambda."""
    ran = subprocess.run([str(PYTHON), "-I", "-S", "-c", READ_BYTECODE, str(task)], capture_output=True, text=True, check=True)  # noqa: S603
    found = json.loads(ran.stdout)
    sources = [file.relative_to(task) for file in task.rglob("*.py")]
    expected = {f"{file.parent / '__pycache__' / file.stem}.cpython-313.pyc": [1, f"/var/task/{file}"] for file in sources}
    assert found == expected


@pytest.mark.parametrize("pattern", [*LEFT_OUT, *KEPT])
def test_every_pattern_still_means_something(pattern: str, installed: list[str]) -> None:
    """Each pattern still matches a file; a dependency's new release may have made it useless."""
    assert [name for name in installed if fnmatchcase(name, pattern)]


def test_bill_of_materials_is_valid_cyclonedx(built: Built) -> None:
    """Valid by the format's schema, with SPDX licences. Its packages are the pinned ones, each with one of the pinned hashes."""
    bill: Any = json.loads(built.bill.read_text(encoding="utf-8"))
    schemas = PYTHON.parent.parent / "lib" / "python3.13" / "site-packages" / "cyclonedx" / "schema" / "_res"
    registry: Any = Registry()
    for name in ("bom-1.6", "spdx", "jsf-0.82"):
        file = f"{name}.SNAPSHOT.schema.json"  # the library's file name, which the schemas use to refer to each other
        schema = Resource.from_contents(json.loads((schemas / file).read_text(encoding="utf-8")))
        registry = registry.with_resources([(schema.id(), schema), (urljoin(bill["$schema"], file), schema)])
    validator = Draft7Validator({"$ref": bill["$schema"]}, registry=registry)
    assert [error.message for error in validator.iter_errors(bill)] == []
    bill["components"][0]["licenses"][0]["license"]["id"] = "No licence of SPDX's"
    assert [error.message for error in validator.iter_errors(bill)] != []
    pinned = packaging.REQUIREMENTS.read_text(encoding="utf-8")
    assert [component["purl"] for component in bill["components"]] == [
        f"pkg:pypi/{line.split(' ')[0].replace('==', '@')}" for line in pinned.splitlines() if "==" in line
    ]
    assert all(f"sha256:{component['hashes'][0]['content']}" in pinned for component in bill["components"])
    assert bill["metadata"]["component"]["hashes"][0]["content"] == built.digest
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]


def test_without_bytecode_it_needs_no_other_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--no-bytecode` leaves it out, and needs no Python 3.13."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    built = packaging.build(tmp_path / "article33.zip", compiled=False)
    with zipfile.ZipFile(built.path) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".pyc")]
    assert built.bytecode is None
    assert "CPython" not in built.bill.read_text(encoding="utf-8")


def test_only_the_endpoints_of_dynamodb_are_inside(built: Built) -> None:
    """The table of botocore has every partition and region, and of the services only the one that the function calls."""
    with zipfile.ZipFile(built.path) as archive:
        table = json.loads(archive.read(packaging.ENDPOINTS))
    names = {partition["partition"]: list(partition["services"]) for partition in table["partitions"]}
    assert {"aws", "aws-cn", "aws-us-gov"} <= set(names)
    assert all(services == ["dynamodb"] for services in (names["aws"], names["aws-cn"], names["aws-us-gov"]))
    assert {service for services in names.values() for service in services} == {"dynamodb"}
