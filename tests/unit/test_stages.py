"""Names of stages: which are refused before AWS is asked anything."""

import pytest

from workbench.deploying.stages import stage_of
from workbench.terminal import MISUSED, Refused


@pytest.mark.parametrize("name", ["", "Prod", "1st", "a_b", "a" * 21, "prod\n"])
def test_a_stage_has_a_short_plain_name(name: str) -> None:
    """It becomes part of the names of stacks, policies and log groups."""
    with pytest.raises(Refused, match="is not a stage name: use at most 20 lower-case letters") as refused:
        stage_of(name, None)
    assert refused.value.code == MISUSED


@pytest.mark.parametrize("name", ["artifacts", "budget", "publishing", "prod-edge", "prod-publishing"])
def test_a_stage_does_not_take_the_name_of_another_stack(name: str) -> None:
    """`article33-artifacts` is the stack for the packages. A stage of that name would replace it."""
    with pytest.raises(Refused, match="is reserved"):
        stage_of(name, None)
