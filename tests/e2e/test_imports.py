"""Every module can be imported, on each version of Python that the project supports."""

from tests.e2e.test_lambda import run

SCRIPT = """
import importlib, pkgutil
for root in ("schemas", "record", "handlers", "workbench"):
    for module in pkgutil.walk_packages(importlib.import_module(root).__path__, f"{root}."):
        importlib.import_module(module.name)
        print(module.name)
"""


def test_every_module_can_be_imported() -> None:
    """In a clean interpreter, with the environment that the Lambda entry point needs."""
    imported = run(SCRIPT, {"ARTICLE33_TABLE": "record", "AWS_DEFAULT_REGION": "eu-central-1"}).stdout.split()
    assert {"schemas.registry", "record.reading", "handlers.api", "workbench.cli"} <= set(imported)
