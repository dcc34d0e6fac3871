"""Reading at a release: pages, history and the cache; and that an incomplete response is an error, never an empty list."""

from collections.abc import Callable
from typing import Any

import pytest

from record import items
from record.errors import RecordUnavailable
from record.model import PageRequest
from tests.conftest import World
from tests.record.documents import document, ids, in_order, read_list

DAYS = in_order(
    [document(f"n{number:02d}", day=f"2015-{number % 12 + 1:02d}-01", act="arrest" if number % 3 else "release") for number in range(40)]
)


@pytest.fixture
def published(world: World) -> World:
    """A record with 40 documents."""
    world.publisher().publish(DAYS, "")
    return world


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize("sort", ["id", "day"])
def test_pages_of_any_size_make_the_whole_list(published: World, sort: str, descending: bool) -> None:
    """Page by page, in either direction, a list returns every document once and in order."""
    ordered = sorted(DAYS, key=lambda one: (one.sort_keys["day"] if sort == "day" else "", one.path), reverse=descending)
    for limit in (1, 7, 39, 40, 41):
        assert read_list(published.reader(), "events", sort, 1, limit=limit, descending=descending) == [one.path for one in ordered], limit


def test_list_at_an_old_release_stays_as_it_was(published: World) -> None:
    """After every document was updated, each release still lists its own order and bodies."""
    before = read_list(published.reader(), "events", "day", 1)
    changed = in_order([document(one.path.partition("/")[2], day="2016-01-01", act="arrest") for one in DAYS])
    published.publisher().publish(changed, "")
    reader = published.reader()
    assert read_list(reader, "events", "day", 1) == before
    assert read_list(reader, "events", "day", 2) == [one.path for one in DAYS]
    assert len(read_list(reader, "events?act=release", "id", 1)) == 14
    assert read_list(reader, "events?act=release", "id", 2) == []


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (("2015-03-01", "2015-04-30"), {"2015-03-01", "2015-04-01"}),
        (("", "2015-01-31"), {"2015-01-01"}),
        (("2015-12-01", ""), {"2015-12-01"}),
        (("2016-01-01", ""), set()),
    ],
)
def test_span_matches_what_overlaps_it(published: World, span: tuple[str, str], expected: set[str]) -> None:
    """A range of days finds the documents whose own days overlap it, in any order, with the exact total on the first page."""
    wanted = sorted(one.path for one in DAYS if one.span and one.span[0] in expected)
    for sort in ("id", "day"):
        upper = span[1] if sort == "day" and span[1] else None
        assert sorted(read_list(published.reader(), "events", sort, 1, span=span, upper=upper)) == wanted
        page = published.reader().page(PageRequest("events", sort, 1, 3, span=span, upper=upper))
        assert page.total == len(wanted)


def test_condition_on_carried_values_is_one_of_several(published: World) -> None:
    """A condition holds if an entry has one of its values. Several conditions must all hold."""
    either = read_list(published.reader(), "events", "id", 1, carried=(("act=arrest", "act=release"),))
    assert len(either) == 40
    none = read_list(published.reader(), "events?act=arrest", "id", 1, carried=(("act=release",),))
    assert none == []


def test_sparse_matches_are_found_across_many_queries(world: World) -> None:
    """If few of many entries match, pages can be unfilled, but paging to the end finds every match once."""
    documents = in_order([document(f"n{number:04d}", act="rare" if number % 400 == 3 else "common") for number in range(1300)])
    world.publisher().publish(documents, "")
    found = read_list(world.reader(), "events", "id", 1, limit=2, carried=(("act=rare",),))
    assert found == ["events/n0003", "events/n0403", "events/n0803", "events/n1203"]


def test_documents_are_read_once(published: World) -> None:
    """A document or page that was read at a release is then a cache hit at that release."""
    reader = published.reader()
    request = PageRequest("events", "id", 1, 20)
    reader.document("events/n01", 1)
    first = reader.page(request)
    published.calls.clear()
    assert reader.document("events/n01", 1) is reader.document("events/n01", 1)
    assert reader.page(request) == first
    assert published.calls == []


def test_cold_document_is_one_call_and_a_cold_page_two(published: World) -> None:
    """When the head is known, a document costs one call and a page two, including its total."""
    reader = published.reader()
    reader.head()
    published.calls.clear()
    reader.document("events/n01", 1)
    assert published.calls == ["Query"]
    published.calls.clear()
    assert reader.page(PageRequest("events", "day", 1, 20)).total == 40
    assert published.calls == ["Query", "BatchGetItem"]


def test_updates_do_not_make_the_current_page_cost_more_calls(published: World) -> None:
    """After an update of every document the first page still costs two calls."""
    published.publisher().publish(
        in_order([document(one.path.partition("/")[2], day="2015-01-01", act="x") for one in DAYS[:10]] + DAYS[10:]), ""
    )
    reader = published.reader()
    reader.head()
    published.calls.clear()
    assert len(reader.page(PageRequest("events", "id", 2, 20)).bodies) == 20
    assert published.calls == ["Query", "BatchGetItem"]


def test_cache_too_small_for_a_page_still_answers(published: World) -> None:
    """If the cache is too small for a page's bodies, the page costs more calls but is right."""
    reader = published.reader(cache_bytes=2_000)
    assert ids(reader.page(PageRequest("events", "id", 1, 40))) == [one.path for one in DAYS]


def test_release_at_finds_the_one_that_was_current(world: World) -> None:
    """For a time, return the release that was current then; 0 before the first."""
    for number in range(1, 6):
        world.publisher().publish([document("a", number=number)], "")
        world.clock.advance(3600)
    reader = world.reader()
    assert [reader.release_at(f"2026-11-23T{hour}:59:59.999Z") for hour in (11, 12, 13, 15, 16, 23)] == [0, 1, 2, 4, 5, 5]


def test_head_is_asked_for_at_most_once_in_its_time(world: World) -> None:
    """The head is cached for `head_seconds`, then read again."""
    world.publisher().publish([document("a")], "")
    reader = world.reader(head_seconds=2.0)
    world.calls.clear()
    assert [reader.head().release for _ in range(5)] == [1] * 5
    world.publisher().publish([document("a", text="new")], "")
    assert reader.head().release == 1
    world.clock.advance(2.1)
    assert reader.head().release == 2
    assert world.calls == ["GetItem", "GetItem"]


def test_redaction_epoch_empties_the_cache(published: World) -> None:
    """When the epoch increases, the cache is cleared."""
    reader = published.reader()
    reader.document("events/n01", 1)
    key = items.key(items.RELEASES, items.CURRENT)
    published.store.update(key, "SET epoch = :one", ExpressionAttributeValues={":one": items.number(1)})
    published.clock.advance(3)
    reader.head()
    published.calls.clear()
    reader.document("events/n01", 1)
    assert published.calls == ["Query"]


@pytest.mark.parametrize(
    ("operation", "missing", "read"),
    [
        ("query", "Items", lambda reader: reader.document("events/n01", 1)),
        ("query", "Items", lambda reader: reader.page(PageRequest("events", "id", 1, 5))),
        ("batch_get_item", "Responses", lambda reader: reader.page(PageRequest("events", "id", 1, 5))),
    ],
)
def test_answer_without_its_part_is_a_fault(
    published: World, monkeypatch: pytest.MonkeyPatch, operation: str, missing: str, read: Callable[[Any], object]
) -> None:
    """A response without its main member is an error and is not cached; the next response is used."""
    reader = published.reader()
    reader.head()
    with monkeypatch.context() as broken:
        whole = getattr(published.reading.client, operation)
        broken.setattr(
            published.reading.client,
            operation,
            lambda **request: {name: part for name, part in whole(**request).items() if name != missing},
        )
        with pytest.raises(RecordUnavailable):
            read(reader)
    assert read(reader)


def test_body_that_is_gone_is_a_fault(published: World) -> None:
    """An index entry whose revision is missing is an error, not a gap in the page."""
    published.store.delete_all([items.key(items.document_pk("events/n03"), items.stamp(1, 1))])
    with pytest.raises(RecordUnavailable, match="events/n03"):
        published.reader().page(PageRequest("events", "id", 1, 20))


def test_unprocessed_keys_are_asked_for_again(published: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unprocessed keys of a batch are read again. If they stay unprocessed, that is an error."""
    whole: Any = published.reading.client.batch_get_item
    table = published.reading.table
    monkeypatch.setattr(published.reading, "_sleep", lambda _: None)

    def stingy(RequestItems: Any, **options: Any) -> Any:  # noqa: N803 - botocore's name
        request = RequestItems[table]
        answer = whole(RequestItems={table: {**request, "Keys": request["Keys"][:8]}}, **options)
        left = request["Keys"][8:]
        return {**answer, "UnprocessedKeys": {table: {**request, "Keys": left}} if left else {}}

    monkeypatch.setattr(published.reading.client, "batch_get_item", stingy)
    assert len(published.reader().page(PageRequest("events", "id", 1, 20)).bodies) == 20
    with pytest.raises(RecordUnavailable, match="left keys"):
        published.reader().page(PageRequest("events", "id", 1, 40))
