"""package: build the function's zip for Lambda."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.deploying import packaging
from workbench.deploying.installing import Architecture
from workbench.terminal import counted, out


def package(
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="The zip to write. The bill of materials is written beside it.")
    ] = Path("dist/article33.zip"),
    python: Annotated[
        Path | None,
        typer.Option("--python", metavar="PATH", help="The Python 3.13 that compiles (default: from PATH or pyenv).", show_default=False),
    ] = None,
    no_bytecode: Annotated[
        bool, typer.Option("--no-bytecode", help="Leave out the bytecode. Then every cold start compiles the sources.")
    ] = False,
    architecture: Annotated[
        Architecture | None,
        typer.Option("--architecture", help="Build for this processor only (default: for both).", show_default=False),
    ] = None,
) -> None:
    """Build the function's zip from the pinned requirements, with a bill of materials. The same checkout gives the same bytes."""
    built = packaging.build(output, python=python, compiled=not no_bytecode, architecture=architecture)
    compiled = f"bytecode of CPython {built.bytecode}" if built.bytecode else "no bytecode"
    size = f"{counted(built.size, 'byte')}, {counted(built.files, 'file')}"
    out().print(
        f"{built.path}: {size}, {compiled}, for {architecture or 'arm64 and x86_64'}\n"
        f"SHA-256 {built.digest}\n"
        f"{built.bill}: {len(built.packages)} dependencies",
        highlight=False,
    )
