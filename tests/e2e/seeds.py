"""Seeds as texts: the content of files, and the number of resources."""

from collections.abc import Mapping
from pathlib import Path


def texts(root: Path) -> dict[str, str]:
    """Return the bytes of every file in a directory, whatever its name."""
    return {str(file.relative_to(root)): file.read_bytes().decode() for file in sorted(root.rglob("*")) if file.is_file()}


def directory(root: Path, files: Mapping[str, str]) -> Path:
    """Write files; return their directory."""
    for path, text in files.items():
        file = root / f"{path}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return root


def count(root: Path) -> tuple[int, int]:
    """Return the number of resources in a seed, and the number of declared departures."""
    departed = [text.startswith("gone:") for text in texts(root).values()]
    return departed.count(False), departed.count(True)


def ready(root: Path) -> str:
    """Return what `article33 check` prints for a seed without problems."""
    resources, departed = count(root)
    departures = f" and {departed} tombstone{'s' if departed > 1 else ''}" if departed else ""
    return f"{resources} resources{departures}, ready to publish.\n"
