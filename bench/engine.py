"""The engine under all sides: dynalite with its tables under `.bench/`, or whatever DynamoDB `DYNAMODB_ENDPOINT` names."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".bench"
DYNALITE = ROOT / "tests" / "dynalite"

# Asked for port 0 it takes a free one, which its command line does not offer; it says which as soon as it answers.
_START = """
const options = { path: process.argv[1], createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 }
const server = require("dynalite")(options)
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
"""


@contextlib.contextmanager
def engine() -> Iterator[str]:
    """Run dynalite, and yield its endpoint; or yield the one that the environment names, which is left as it is."""
    if endpoint := os.environ.get("DYNAMODB_ENDPOINT"):
        yield endpoint
        return
    if not (DYNALITE / "node_modules" / "dynalite").exists():
        install = ["npm", "--prefix", str(DYNALITE), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(install, check=True)
    tables = KEPT / "dynalite"
    tables.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(["node", "-e", _START, str(tables)], cwd=DYNALITE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None, "it was asked for"
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError("dynalite did not start; its own words stand above")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def environment(endpoint: str, table: str) -> dict[str, str]:
    """Return what a function's environment says: as Lambda sets it, with the engine in the place of Amazon's DynamoDB."""
    emulated = {"AWS_ENDPOINT_URL_DYNAMODB": endpoint, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    return {
        **({} if os.environ.get("DYNAMODB_ENDPOINT") and "127.0.0.1" not in endpoint else emulated),
        "AWS_REGION": os.environ.get("AWS_REGION", "eu-central-1"),
        "AWS_DEFAULT_REGION": os.environ.get("AWS_REGION", "eu-central-1"),
        "ARTICLE33_TABLE": table,
        "NO_PROXY": "127.0.0.1",
        "PATH": os.environ["PATH"],
    }
