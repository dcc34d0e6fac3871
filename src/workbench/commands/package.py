"""package: the function's zip, as Lambda takes it."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.deploying import packaging
from workbench.deploying.installing import Architecture
from workbench.terminal import out


def package(
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="Where the zip goes; its bill of materials goes beside it.")
    ] = Path("dist/article33.zip"),
    python: Annotated[
        Path | None,
        typer.Option("--python", metavar="PATH", help="The Python 3.13 that compiles (default: PATH's or pyenv's).", show_default=False),
    ] = None,
    no_bytecode: Annotated[bool, typer.Option("--no-bytecode", help="Leave the bytecode out; every cold start then compiles.")] = False,
    architecture: Annotated[
        Architecture | None,
        typer.Option("--architecture", help="Lambda's processor, where a package is made for one alone.", show_default=False),
    ] = None,
) -> None:
    """Build the function's zip from the pinned requirements, and a bill of materials. The same checkout makes the same bytes."""
    built = packaging.build(output, python=python, compiled=not no_bytecode, architecture=architecture)
    compiled = f"bytecode of CPython {built.bytecode}" if built.bytecode else "no bytecode"
    out().print(
        f"{built.path}: {built.size:,} bytes, {built.files:,} files, {compiled}, for {architecture or 'arm64 and x86_64'}\n"
        f"SHA-256 {built.digest}\n"
        f"{built.bill}: {len(built.packages)} packages of others",
        highlight=False,
    )
