"""The database for all sides: dynalite with its tables under `.bench/`, or the DynamoDB that `DYNAMODB_ENDPOINT` names.

Over HTTP, dynalite accepts about 4,000 items per second. `fill` is faster: it writes dynalite's files directly while dynalite does not run.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

ELSEWHERE = os.environ.get("DYNAMODB_ENDPOINT")
ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".bench"
DYNALITE = ROOT / "tests" / "dynalite"

# With port 0 it takes a free port (its command line has no option for that), and prints it when it is ready.
_START = """
const options = { path: process.argv[1], createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 }
const server = require("dynalite")(options)
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
"""

# One batch per line. The next one is read while one is written. LevelDB compacts at the end, so that it does not during a measurement.
_FILL = """
const { create, createKey } = require("dynalite/db")
const { promisify } = require("util")
const { createInterface } = require("readline")
const [path, name] = process.argv.slice(1)
const store = create({ path })
store.getTable(name, async (failure, table) => {
  if (failure) throw failure
  const batch = promisify(store.getItemDb(name).batch)
  let written
  for await (const line of createInterface({ input: process.stdin })) {
    const puts = JSON.parse(line).map((value) => ({ type: "put", key: createKey(value, table), value }))
    await written
    written = batch(puts)
  }
  await written
  await store.db.compactRange("", "~")
  await store.db.close()
})
"""


@contextlib.contextmanager
def engine(tables: str = "dynalite") -> Iterator[str]:
    """Run dynalite with a directory of tables and yield its endpoint; or yield the endpoint that the environment names."""
    if ELSEWHERE:
        yield ELSEWHERE
        return
    if not (DYNALITE / "node_modules" / "dynalite").exists():
        install = ["npm", "--prefix", str(DYNALITE), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(install, check=True)
    (KEPT / tables).mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(["node", "-e", _START, str(KEPT / tables)], cwd=DYNALITE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None, "stdout is a pipe"
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError("dynalite did not start; its output is above")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def fill(table: str, batches: Iterable[str]) -> None:
    """Write batches of items (JSON arrays) into a table of dynalite, which must not be running."""
    with subprocess.Popen(["node", "-e", _FILL, str(KEPT / "dynalite"), table], cwd=DYNALITE, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None, "stdin is a pipe"
        for batch in batches:
            process.stdin.write(f"{batch}\n")
    if process.returncode:
        raise RuntimeError(f"{table} could not be filled; the output of Node is above")


def environment(endpoint: str, table: str) -> dict[str, str]:
    """Return the environment variables of a function: those of Lambda, with the engine as DynamoDB."""
    emulated = {"AWS_ENDPOINT_URL_DYNAMODB": endpoint, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    return {
        **({} if ELSEWHERE and "127.0.0.1" not in endpoint else emulated),
        "AWS_REGION": os.environ.get("AWS_REGION", "eu-central-1"),
        "AWS_DEFAULT_REGION": os.environ.get("AWS_REGION", "eu-central-1"),
        "ARTICLE33_TABLE": table,
        "NO_PROXY": "127.0.0.1",
        "PATH": os.environ["PATH"],
    }
