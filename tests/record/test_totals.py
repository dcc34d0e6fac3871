"""The total of a page with several filters: exact if few entries must be read for it, otherwise not computed."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from record import items
from record.model import Document, PageRequest
from record.writing.publishing import GRACE_SECONDS
from tests.conftest import World
from tests.record.documents import document, in_order
from tests.record.expected import Expected, matches, shaped
from tests.record.memory import memory_world

BOUND = 12
FIRST_PAGE = ["Query", "BatchGetItem"]
ARRESTS = (("act=arrest",),)
FILTERS: dict[str, dict[str, Any]] = {
    "a value that entries carry": {"carried": ARRESTS},
    "days, in another order": {"span": ("2015-10-02", "2015-10-08")},
    "both, in order of the days, from one on": {"sort": "day", "carried": ARRESTS, "span": ("2015-10-02", "")},
}


def documents(number: int, text: str = "") -> list[Document]:
    """Return `number` documents, one per day. Every second one is an arrest."""
    return in_order(shaped(f"n{at:02d}", text, day=f"2015-10-{at + 1:02d}", act=("arrest", "release")[at % 2]) for at in range(number))


def matching(published: Sequence[Document], request: PageRequest) -> int:
    """Return how many of these documents match."""
    return sum(matches(one, request) for one in published)


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count matches among at most a dozen entries."""
    monkeypatch.setattr("record.paging.MOST_COUNTED", BOUND)


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("number", [BOUND - 1, BOUND, BOUND + 1])
def test_matches_are_counted_in_lists_of_so_many_entries_alone(world: World, number: int, filters: dict[str, Any]) -> None:
    """Counting costs one more call, once for all pages. A longer list costs no such call and has no total on any page."""
    published = documents(number)
    world.publisher().publish(published, "")
    reader = world.reader()
    reader.head()
    request = PageRequest("events", filters.get("sort", "id"), 1, 2, **{name: value for name, value in filters.items() if name != "sort"})
    world.calls.clear()
    page = reader.page(request)
    assert page.total == (matching(published, request) if number <= BOUND else None)
    assert world.calls == [*FIRST_PAGE, *(["Query"] if number <= BOUND else [])]
    world.calls.clear()
    assert reader.page(request._replace(after=page.after)).total == page.total
    assert world.calls == FIRST_PAGE


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("number", [2 * BOUND, 2 * BOUND + 2])
def test_total_that_the_choice_of_the_list_has_told_is_not_asked_for_again(world: World, number: int) -> None:
    """Finding the smallest list reads the totals; a page of it then reads only its bodies, and counts only if the list is short."""
    published = [document(one.path[7:], act=one.values[0][4:], case="cases/x") for one in documents(number)]
    world.publisher().publish(published, "")
    reader = world.reader()
    reader.head()
    world.calls.clear()
    smallest = reader.smallest(["events?case=cases/x", "events?act=arrest"], 1)
    request = PageRequest(smallest, "id", 1, 2, carried=(("act=arrest", "act=release"),))
    assert smallest == "events?act=arrest"
    assert reader.page(request).total == (BOUND if number == 2 * BOUND else None)
    assert world.calls == ["BatchGetItem", *FIRST_PAGE, *(["Query"] if number == 2 * BOUND else [])]


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("last", range(BOUND - 1, BOUND + 3))
def test_days_bound_what_is_read_of_a_list_of_any_length(last: int) -> None:
    """In the order by day only the days up to the last are read, so only these count towards the limit."""
    world = memory_world()
    published = documents(30)
    world.publisher().publish(published, "")
    day = f"2015-10-{last:02d}"
    request = PageRequest("events", "day", 1, 2, carried=ARRESTS, span=("", day), upper=day)
    assert world.reader().page(request).total == (matching(published, request) if last <= BOUND else None)


@pytest.mark.usefixtures("bounded")
def test_entries_that_have_ended_are_read_too_until_they_have_moved() -> None:
    """Right after an update of all documents a list has twice as many entries; for an older release the newer entries count too."""
    world = memory_world()
    few = documents(BOUND // 2)
    more = in_order([*documents(BOUND // 2, "new"), *(shaped(f"z{at}", act="release") for at in range(1, BOUND // 2 + 1))])
    request = PageRequest("events", "id", 1, 2, carried=ARRESTS)

    def totals(*releases: int) -> list[int | None]:
        return [world.reader().page(request._replace(release=release)).total for release in releases]

    world.publisher().publish(few, "")
    assert totals(1) == [3]
    world.publisher().publish(documents(BOUND // 2, "newer"), "")
    assert totals(1, 2) == [3, 3], "each reads twelve"
    world.publisher().publish(more, "")
    assert totals(1, 2, 3) == [None, None, None], "each reads twenty-four"
    world.clock.advance(GRACE_SECONDS + 1)
    world.publisher().publish(more, "")
    assert totals(1, 2, 3) == [3, 3, 3], "each reads twelve live ones, and of the past the twelve that ended"
    world.publisher().publish(in_order([*more, shaped("zz")]), "")
    assert totals(1, 4) == [None, None], "there is a thirteenth in the list"
    assert world.reader().page(PageRequest("events", "id", 4, 2)).total == BOUND + 1, "of a whole list it is always known"


@pytest.mark.usefixtures("bounded")
def test_long_history_is_not_counted() -> None:
    """If more entries ended than may be counted, an older release has no total, but the current one has."""
    world = memory_world()
    request = PageRequest("events", "id", 1, 2, carried=ARRESTS)
    for text in ("one", "two", "three", "three"):
        world.publisher().publish(documents(BOUND - 2, text), "")
        world.clock.advance(GRACE_SECONDS + 1)
    assert [world.reader().page(request._replace(release=release)).total for release in (1, 3)] == [None, BOUND // 2 - 1]


DOCUMENTS = st.lists(
    st.builds(
        shaped,
        st.sampled_from("abcdefgh"),
        st.sampled_from(["", "text"]),
        day=st.sampled_from([None, "2015-10-01", "2015-10-22"]),
        act=st.sampled_from(["arrest", "release"]),
    ),
    min_size=3,
    max_size=8,
    unique_by=lambda one: one.path,
)
SPANS = st.sampled_from([None, ("", "2015-10-10"), ("2015-10-10", ""), ("2015-10-01", "2015-10-22")])


@settings(deadline=None, derandomize=True, database=None)
@given(
    published=st.lists(DOCUMENTS, min_size=1, max_size=3),
    later=st.sampled_from([0.0, GRACE_SECONDS + 1]),
    bound=st.integers(1, 16),
    name=st.sampled_from(["events", "events?act=arrest"]),
    sort=st.sampled_from(["id", "day"]),
    carried=st.sampled_from([(), ARRESTS, (("act=arrest", "act=release"),)]),
    span=SPANS,
)
def test_total_is_true_or_null(published: list[list[Document]], later: float, bound: int, **asked: Any) -> None:
    """At any release the total is never wrong, never missing in a short list, and missing in a list above the limit."""
    world, expected = memory_world(), Expected()
    for some in published:
        whole = {**expected.documents, **{one.path: one for one in some}}
        if (made := world.publisher().publish(in_order(whole.values()), "")) is not None:
            expected.publish(whole.values(), made.published_at)
        world.clock.advance(later)
    upper = asked["span"][1] if asked["span"] and asked["sort"] == "day" and asked["span"][1] else None
    pk = items.list_pk(asked["name"], asked["sort"])
    standing = [sum(1 for page, _ in world.store.query(one, items.LOWEST, items.HIGHEST) for _ in page) for one in _both(pk)]
    for release in range(1, len(expected.releases) + 1):
        request = PageRequest(asked["name"], asked["sort"], release, 1, carried=asked["carried"], span=asked["span"], upper=upper)
        with pytest.MonkeyPatch.context() as bounded:
            bounded.setattr("record.paging.MOST_COUNTED", bound)
            page = world.reader().page(request)
        matching = len(expected.listed(request))
        length = len(expected.listed(PageRequest(request.list, request.sort, release, 1)))
        if request.is_whole_list or page.after is None or max(standing) <= bound:
            assert page.total == matching
        elif upper is None and length > bound:
            assert page.total is None
        else:
            assert page.total in (matching, None)


def _both(pk: str) -> tuple[str, str]:
    return pk, items.history_pk(pk)
