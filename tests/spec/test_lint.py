"""The published specification before two linters of others, with every rule that they come with: no error and no warning."""

import json

from tests.spec.tools import HERE, SPECIFICATION, run


def test_redocly_finds_nothing() -> None:
    """By its strictest set of rules, the examples checked against their schemas."""
    ended = run("redocly", "lint", SPECIFICATION, "--config", HERE / "redocly.yaml", "--format", "json", "--max-problems", "1000", cwd=HERE)
    found = json.loads(ended.stdout)["problems"]
    assert not found, "\n".join(f"{one['location'][0].get('pointer')}: {one['ruleId']}: {one['message']}" for one in found)
    assert ended.returncode == 0, ended.stderr


def test_spectral_finds_nothing() -> None:
    """By its rules for OpenAPI, hints included."""
    options = ["--ruleset", str(HERE / "spectral.yaml"), "--fail-severity", "hint", "--quiet", "--format", "json"]
    ended = run("spectral", "lint", SPECIFICATION, *options, cwd=HERE)
    found = json.loads(ended.stdout or "[]")
    assert not found, "\n".join(f"{'/'.join(map(str, one['path']))}: {one['code']}: {one['message']}" for one in found)
    assert ended.returncode == 0, ended.stderr
