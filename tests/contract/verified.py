"""Verifies a record of real resources, by the rules of the index."""

from record.store import Store
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from workbench.placing import IndexRules


def wrong_in(store: Store) -> list[Discrepancy]:
    """Return all discrepancies of a record, except in the number of reviews, which only the command `publish` stores."""
    return [found for found in verify(store, IndexRules()) if isinstance(found, Discrepancy) and found.path != "REVIEW DUE"]
