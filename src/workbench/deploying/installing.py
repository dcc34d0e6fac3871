"""Installs the function's dependencies from requirements/runtime.txt with pip, for Lambda's Python, whatever Python runs this.

Only wheels with the pinned hash are installed, so no code of a package runs here.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import Distribution, distributions
from pathlib import Path

from workbench.terminal import Refused

RUNTIME = "3.13"
# The wheel platforms that Lambda's Python 3.13 can load. It runs on Amazon Linux 2023, which has glibc 2.34.
_PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")


class Architecture(StrEnum):
    """A processor architecture, by Lambda's name."""

    arm64 = "arm64"
    x86_64 = "x86_64"


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package: `licence` as its metadata has it (an SPDX expression, or not), `digest` the SHA-256 of its wheel."""

    name: str
    version: str
    licence: str
    digest: str


def install(requirements: Path, target: Path, architecture: Architecture | None) -> list[Package]:
    """Install pinned requirements into a directory; return the packages in order of their names.

    Without an architecture, only wheels for every platform are accepted. Raises Refused with pip's reason in one line.
    """
    report = target.with_name(f"{target.name}.json")
    options = ["--target", str(target), "--report", str(report), "--requirement", str(requirements), *_platforms(architecture)]
    ran = subprocess.run([*_pip(), *options], capture_output=True, text=True, check=False)  # noqa: S603 - the pip of this Python
    if ran.returncode:
        raise Refused(_reason(ran.stderr, requirements, architecture))
    rows = json.loads(report.read_text(encoding="utf-8"))["install"]
    digests = {_canonical(row["metadata"]["name"]): row["download_info"]["archive_info"]["hashes"]["sha256"] for row in rows}
    found = [_package(distribution, digests) for distribution in distributions(path=[str(target)])]
    return sorted(found, key=lambda package: package.name)


def _pip() -> list[str]:
    """Return the command that calls pip. It is the base Python's pip, because this environment may have none."""
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]
    return [*pip, "--require-hashes", "--only-binary", ":all:", "--python-version", RUNTIME]


def _platforms(architecture: Architecture | None) -> list[str]:
    if architecture is None:
        return ["--implementation", "py", "--abi", "none", "--platform", "any"]
    machine = "aarch64" if architecture == Architecture.arm64 else "x86_64"
    return ["--implementation", "cp", *(option for platform in _PLATFORMS for option in ("--platform", f"{platform}_{machine}"))]


def _package(distribution: Distribution, digests: Mapping[str, str]) -> Package:
    metadata = distribution.metadata
    name = _canonical(metadata["Name"])
    licence = next((metadata[field] for field in ("License-Expression", "License") if field in metadata), "")
    return Package(name, metadata["Version"], licence, digests[name])


def _canonical(name: str) -> str:
    """Return a package's normalised name (PEP 503), as in the index and in its purl."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _reason(said: str, requirements: Path, architecture: Architecture | None) -> str:
    """Return pip's reason for a failure in one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    unreachable = [line for line in lines if "after connection broken by" in line]
    if unreachable:
        cause = re.search(r"\[Errno -?\d+\] ([^'\"]+)|(timed out)", unreachable[-1])
        return f"pip can't reach its package index{f': {cause[0]}' if cause else ''}"
    if any("DO NOT MATCH THE HASHES" in error for error in errors):
        return f"a package does not have the hash that {requirements.name} pins: {_mismatch(lines)}"
    missing = next((error for error in errors if error.startswith("No matching distribution found for ")), None)
    if missing and architecture is None:
        name = missing.split(" for ")[1].split(" ")[0]
        return (
            f"the package index has no wheel of {name} for every platform; "
            f"if it has one for Linux, build for one processor with --architecture arm64 or x86_64"
        )
    return f"pip: {errors[-1] if errors else (lines or ['it failed and gave no reason'])[-1]}"


def _mismatch(lines: Sequence[str]) -> str:
    package = next((line.split(" ")[0] for line in lines if " (from -r " in line), "")
    hashes = [" ".join(line.split()).lower() for line in lines if line.startswith(("Expected sha256", "Got"))]
    return ", ".join([package, *hashes]).replace(", ", ": ", 1)
