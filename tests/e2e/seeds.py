"""Small seeds, as texts."""

from collections.abc import Mapping
from pathlib import Path


def texts(root: Path) -> dict[str, str]:
    """Return every file of a directory, whatever its name, byte for byte."""
    return {str(file.relative_to(root)): file.read_bytes().decode() for file in sorted(root.rglob("*")) if file.is_file()}


def directory(root: Path, files: Mapping[str, str]) -> Path:
    """Write files as they are, and return their directory."""
    for path, text in files.items():
        file = root / f"{path}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return root
