"""What schemathesis checks besides its own checks: when a request that is of the right shape may be refused all the same."""

from typing import Any

import schemathesis
from schemathesis import CheckContext, Response
from schemathesis.generation import GenerationMode

# No schema can say that two parameters exclude each other, which cursors were handed out, which release is the newest, that `from` is
# not after `to`, or which of the texts that look like dates are some.
ONLY_THE_RECORD_KNOWS = frozenset({"release", "as_of", "cursor", "from", "to", "Accept-Datetime"})


@schemathesis.check
def right_shapes_are_served(_context: CheckContext, response: Response, case: "schemathesis.Case[Any]") -> None:
    """A request of the right shape is refused for what only the record knows, and then the answer names it."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE or response.status_code != 400:
        return
    faults = response.json()["errors"]
    assert faults
    refused = {fault["name"] for fault in faults if fault["code"] != "conflicting-parameters"}
    assert refused <= ONLY_THE_RECORD_KNOWS, f"{sorted(refused - ONLY_THE_RECORD_KNOWS)} is of the right shape, and refused"
