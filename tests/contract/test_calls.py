"""What a request costs, in function calls. Unlike seconds, they don't depend on the machine or its load.

Counted are calls of this project's functions and the calls that these make, built-in functions included. Calls inside libraries are not.
A bound is the higher count of CPython 3.11 and 3.13, plus a tenth.
"""

import pytest

from tests.conftest import World
from tests.contract.asking import event
from tests.counting import calls_of

EVENT = "/v1/events/stopped-in-viet-nam"
PAGE = "/v1/events?limit=5"  # fewer rows than the seed has, so that a new seed file changes no count
QUESTIONS = {
    "one resource": (EVENT, {}),
    "one resource, 304": (EVENT, {"if-none-match": "*"}),
    "a page": (PAGE, {}),
    "a page, 304": (PAGE, {"if-none-match": "*"}),
}
# The counts, plus a tenth. Most of the work for a page that is read for the first time is for its five rows.
COUNTED_AGAIN = {"one resource": 113, "one resource, 304": 108, "a page": 173, "a page, 304": 168}
COUNTED_FIRST = {"one resource": 228, "a page": 779}


@pytest.mark.parametrize(("name", "counted"), COUNTED_FIRST.items())
def test_what_is_read_for_the_first_time_takes_no_more_calls(name: str, counted: int, seeded: World) -> None:
    """On an instance that knows the release and has answered something else before."""
    instance = seeded.api().instance
    instance.resolve(event("/v1/events/nobody", {}), None)
    asked = event(*QUESTIONS[name])
    assert counted / 2 < calls_of(lambda: instance.resolve(asked, None)) <= counted * 1.1


@pytest.mark.parametrize(("name", "counted"), COUNTED_AGAIN.items())
def test_what_was_read_before_takes_no_more_calls(name: str, counted: int, seeded: World) -> None:
    """On an instance that has just answered the same request."""
    instance = seeded.api().instance
    asked = event(*QUESTIONS[name])
    instance.resolve(asked, None)
    assert counted / 2 < calls_of(lambda: instance.resolve(asked, None)) <= counted * 1.1
