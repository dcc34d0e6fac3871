"""The published specification, tested by schemathesis: what it allows is served as it says, and everything else is refused."""

import os
import subprocess
import sys
from pathlib import Path

from handlers.contract import contract
from tests.conftest import ROOT, SEED
from tests.serving import environment, serving

# Few enough for every run of the tests: of the collections, only the one with most sub-lists and filters. `make fuzz` asks for everything.
EXAMPLES = os.environ.get("ARTICLE33_FUZZ_EXAMPLES", "")
COLLECTIONS = contract().collections
ONE = max(COLLECTIONS, key=lambda name: (len(COLLECTIONS[name].sublists), len(COLLECTIONS[name].filters)))
OTHERS = f"^/v1/({'|'.join(name for name in COLLECTIONS if name != ONE)})(/|$)"
HERE = Path(__file__).parent


def test_the_service_is_as_the_specification_says(tmp_path: Path) -> None:
    """Examples, boundaries, fuzzing and chains of links, all checks on: no failure, no error of the server."""
    with serving(SEED) as (url, _, _):
        arguments = ["run", f"{url}/v1/openapi.json", f"--max-examples={EXAMPLES or 8}", "--no-color", "--seed=33"]
        if not EXAMPLES:
            arguments.append(f"--exclude-path-regex={OTHERS}")
        command = [str(Path(sys.executable).with_name("schemathesis")), f"--config-file={HERE / 'schemathesis.toml'}", *arguments]
        paths = environment() | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))}
        ran = subprocess.run(command, env=paths, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in ran.stdout, f"{phase} did not run to its end"
    assert "Tested: 0" not in ran.stdout
