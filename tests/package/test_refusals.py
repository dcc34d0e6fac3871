"""What the package command refuses, each in one line that says what to do. Tested with small wheels made here, without a network."""

import hashlib
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.serving import COMMAND, environment
from workbench.deploying import packaging
from workbench.deploying.installing import Architecture
from workbench.terminal import Refused

LINUX = "cp313-cp313-manylinux2014_x86_64"
ELF = b"\x7fELF\x02\x01\x01"
Wheel = Callable[..., Path]


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheel:
    """Make a wheel that is the only one pip finds; return requirements that pin it."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))

    def make(tag: str = "py3-none-any", digest: str | None = None, licence: str = "MIT", **files: bytes) -> Path:
        content = {
            **{name.replace("__", "/").replace("_dot_", "."): body for name, body in files.items()},
            "made-1.0.dist-info/METADATA": f"Metadata-Version: 2.4\nName: made\nVersion: 1.0\nLicense-Expression: {licence}\n".encode(),
            "made-1.0.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: here\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
        }
        record = "".join(f"{name},,\n" for name in [*content, "made-1.0.dist-info/RECORD"]).encode()
        path = wheels / f"made-1.0-{tag}.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, body in {**content, "made-1.0.dist-info/RECORD": record}.items():
                archive.writestr(name, body)
        pinned = digest or hashlib.sha256(path.read_bytes()).hexdigest()
        requirements = tmp_path / "runtime.txt"
        requirements.write_text(f"made==1.0 --hash=sha256:{pinned}\n", encoding="utf-8")
        return requirements

    return make


def refusal(tmp_path: Path, requirements: Path, architecture: Architecture | None = None) -> str:
    """Return why a package is not built, and check that nothing was written."""
    output = tmp_path / "dist" / "article33.zip"
    with pytest.raises(Refused) as refused:
        packaging.build(output, compiled=False, architecture=architecture, requirements=requirements)
    assert not output.parent.exists()
    return str(refused.value)


def test_another_package_than_the_pinned_one_is_refused(wheel: Wheel, tmp_path: Path) -> None:
    """The message has the package and both hashes."""
    requirements = wheel(digest="0" * 64, made_dot_py=b"")
    got = hashlib.sha256((tmp_path / "wheels" / "made-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    expected = f"a package does not have the hash that runtime.txt pins: made==1.0: expected sha256 {'0' * 64}, got {got}"
    assert refusal(tmp_path, requirements) == expected


def test_an_index_out_of_reach_is_refused(wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the network's reason, and none of pip's retries."""
    requirements = wheel(made_dot_py=b"")
    (tmp_path / "wheels" / "made-1.0-py3-none-any.whl").unlink()
    for name, value in {"NO_INDEX": "0", "INDEX_URL": "http://127.0.0.1:9/", "EXTRA_INDEX_URL": "", "RETRIES": "1"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    assert refusal(tmp_path, requirements) == "pip can't reach its package index: [Errno 111] Connection refused"


def test_a_package_for_one_processor_asks_for_the_architecture(wheel: Wheel, tmp_path: Path) -> None:
    """Without --architecture, the package is named and refused; with it, the zip is built for that processor only."""
    requirements = wheel(LINUX, made_dot_so=ELF)
    refused = refusal(tmp_path, requirements)
    assert refused.startswith("the package index has no wheel of made==1.0 for every platform")
    assert refused.endswith("build for one processor with --architecture arm64 or x86_64")
    assert refusal(tmp_path, requirements, Architecture.arm64).startswith("pip: No matching distribution found for made==1.0")
    built = packaging.build(tmp_path / "native.zip", compiled=False, architecture=Architecture.x86_64, requirements=requirements)
    with zipfile.ZipFile(built.path) as archive:
        assert archive.read("made.so") == ELF


@pytest.mark.parametrize(("name", "body"), [("made__inner_dot_so", b""), ("made__inner_dot_bin", ELF)])
def test_native_code_in_a_wheel_for_every_platform_is_refused(name: str, body: bytes, wheel: Wheel, tmp_path: Path) -> None:
    """A wheel for every platform that contains native code is refused, by its files."""
    file = name.replace("__", "/").replace("_dot_", ".")
    assert (
        refusal(tmp_path, wheel(**{name: body})) == f"{file} runs on one processor only: build for it with --architecture arm64 or x86_64"
    )


def test_a_package_that_stands_where_ours_does_is_refused(wheel: Wheel, tmp_path: Path) -> None:
    """A dependency must not overwrite one of our files."""
    assert refusal(tmp_path, wheel(handlers__api_dot_py=b"")).endswith("a file with the same name as one of ours: handlers/api.py")


@pytest.mark.parametrize("licence", ["", "see the file LICENSE"])
def test_a_licence_that_nobody_named_is_refused(licence: str, wheel: Wheel, tmp_path: Path) -> None:
    """The bill of materials never guesses a licence."""
    assert refusal(tmp_path, wheel(licence=licence, made_dot_py=b"")).startswith("the metadata of made have no SPDX licence")


def test_a_source_that_does_not_compile_is_refused(wheel: Wheel, tmp_path: Path) -> None:
    """The compiler's first line is the reason."""
    requirements = wheel(made_dot_py=b"def (:\n")
    with pytest.raises(Refused, match=r"can't compile the package: .*made\.py"):
        packaging.build(tmp_path / "article33.zip", requirements=requirements)


def test_no_python_for_lambda_is_one_line_that_names_the_options(tmp_path: Path) -> None:
    """If PATH and pyenv have none, and if --python names something else."""
    variables = environment() | {"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path), "COLUMNS": "80"}
    options = "Bytecode for Lambda needs Python 3.13: choose one with --python PATH, or build with --no-bytecode"
    for arguments, found in (
        ([], "no Python 3.13 on PATH or in pyenv"),
        (["--python", str(tmp_path / "none")], f"{tmp_path / 'none'} is not Python 3.13"),
        (["--python", "/bin/sh"], "/bin/sh is not Python 3.13"),
    ):
        ran = subprocess.run([*COMMAND, "package", *arguments], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
        assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", f"article33: {found}. {options}\n")


def test_an_output_that_can_not_be_written_is_one_line(wheel: Wheel, tmp_path: Path) -> None:
    """The file system's reason, with the file."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Refused, match=f"^{tmp_path / 'file'}: File exists$"):
        packaging.build(tmp_path / "file" / "article33.zip", compiled=False, requirements=wheel(made_dot_py=b""))
