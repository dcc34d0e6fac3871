"""A check for schemathesis besides its own: which requests of a valid form may still be refused."""

from typing import Any

import schemathesis
from schemathesis import CheckContext, Response
from schemathesis.generation import GenerationMode

# A schema can't express that two parameters exclude each other, which cursors exist, which release is the newest, that `from` is
# not after `to`, or which texts are valid EDTF dates.
ONLY_THE_RECORD_KNOWS = frozenset({"release", "as_of", "cursor", "from", "to", "Accept-Datetime"})


@schemathesis.check
def right_shapes_are_served(_context: CheckContext, response: Response, case: "schemathesis.Case[Any]") -> None:
    """A valid request is refused only for parameters whose values depend on the record, and the answer names them."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE or response.status_code != 400:
        return
    faults = response.json()["errors"]
    assert faults
    refused = {fault["name"] for fault in faults if fault["code"] != "conflicting-parameters"}
    assert refused <= ONLY_THE_RECORD_KNOWS, f"{sorted(refused - ONLY_THE_RECORD_KNOWS)} is of the right shape, and refused"
