"""The engine under all sides: dynalite with its tables under `.bench/`, or whatever DynamoDB `DYNAMODB_ENDPOINT` names.

Through HTTP dynalite takes some 4,000 items a second; `fill` writes its files, by its own keys, while it does not run.
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

# Asked for port 0 it takes a free one, which its command line does not offer; it says which as soon as it answers.
_START = """
const options = { path: process.argv[1], createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 }
const server = require("dynalite")(options)
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
"""

# A batch a line. The next one is read while one is written. What LevelDB then still has to sort, it sorts before anybody measures.
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
    """Run dynalite over a directory of tables, and yield its endpoint; or yield the one that the environment names, left as it is."""
    if ELSEWHERE:
        yield ELSEWHERE
        return
    if not (DYNALITE / "node_modules" / "dynalite").exists():
        install = ["npm", "--prefix", str(DYNALITE), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(install, check=True)
    (KEPT / tables).mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(["node", "-e", _START, str(KEPT / tables)], cwd=DYNALITE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None, "it was asked for"
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError("dynalite did not start; its own words stand above")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def fill(table: str, batches: Iterable[str]) -> None:
    """Put items, JSON arrays of them, into a table of dynalite's, which must not run meanwhile."""
    with subprocess.Popen(["node", "-e", _FILL, str(KEPT / "dynalite"), table], cwd=DYNALITE, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None, "it was asked for"
        for batch in batches:
            process.stdin.write(f"{batch}\n")
    if process.returncode:
        raise RuntimeError(f"{table} could not be filled; Node's own words stand above")


def environment(endpoint: str, table: str) -> dict[str, str]:
    """Return what a function's environment says: as Lambda sets it, with the engine in the place of Amazon's DynamoDB."""
    emulated = {"AWS_ENDPOINT_URL_DYNAMODB": endpoint, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    return {
        **({} if ELSEWHERE and "127.0.0.1" not in endpoint else emulated),
        "AWS_REGION": os.environ.get("AWS_REGION", "eu-central-1"),
        "AWS_DEFAULT_REGION": os.environ.get("AWS_REGION", "eu-central-1"),
        "ARTICLE33_TABLE": table,
        "NO_PROXY": "127.0.0.1",
        "PATH": os.environ["PATH"],
    }
