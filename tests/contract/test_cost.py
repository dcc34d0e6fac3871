"""What a request costs, in calls to DynamoDB: one for a resource, two for a page, none for what is cached, at any size of the record."""

import pytest

from record.current import HEAD_SECONDS
from tests.conftest import Client, World
from tests.contract.asking import ask

EVENT = "/v1/events/stopped-in-viet-nam"
CASE = "/v1/cases/nine-north-koreans-viet-nam-2015"
HEAD = ["GetItem"]
ONE = ["Query"]
PAGE = ["Query", "BatchGetItem"]
# What an instance that knows the current release and nothing else pays. A page is one Query of its list and one BatchGetItem
# of its bodies and total. A sub-list asks for its owner first. A list that is filtered by several things first compares their
# totals, unless one alone is a list. A condition that entries do not carry (a filter through other resources) costs a Query
# for each entry that meets the others: the rows of its page, and no more than the list it starts from.
COSTS = {
    EVENT: ONE,
    f"{EVENT}?release=1": ONE,
    f"{EVENT}?fields=name": ONE,
    f"{EVENT}?include=case": [*ONE, *ONE],
    "/v1/events": PAGE,
    "/v1/events?limit=100": PAGE,
    "/v1/events?release=1": [*PAGE, *HEAD],  # and when that release was published
    "/v1/actors?limit=5&sort=-name": PAGE,
    "/v1/sources?limit=100&fields=name": PAGE,
    "/v1/events?country=VN": PAGE,
    "/v1/events?case=cases/nine-north-koreans-viet-nam-2015": PAGE,
    "/v1/actors?case=cases/nine-north-koreans-viet-nam-2015": PAGE,
    "/v1/events?from=2015-10&to=2015-10": PAGE,
    "/v1/events?country=VN&country=CN": PAGE,
    "/v1/events?country=VN&act=arrest": ["BatchGetItem", *PAGE],
    "/v1/events?country=VN&from=2015-10-22": PAGE,
    "/v1/events?country=AQ": PAGE,
    f"{CASE}/events": [*ONE, *PAGE],
    f"{CASE}/actors": [*ONE, *PAGE],
    f"{EVENT}/revisions": ONE,
    f"{EVENT}/revisions/1": ONE,
    "/v1": HEAD,
    "/v1/health": HEAD,
    "/v1/releases/1": HEAD,
    "/v1/releases": ["BatchGetItem"],
    "/v1/changes": ONE,
}
FREE = ["/", "/v1/problems", "/v1/problems/withdrawn", "/v1/schemas/event.json"]
NEVER_KEPT = {"/v1/releases", "/v1/changes", f"{EVENT}/revisions", f"{EVENT}/revisions/1"}
REFUSED = ["/v1/events?bogus=1", "/v1/events?limit=0", "/v1/events?cursor=x", "/v1/nope", "/v1/Events"]


@pytest.fixture
def knowing(seeded: World) -> Client:
    """An instance that knows the current release and nothing else."""
    client = seeded.api()
    assert client.calls_of(lambda: ask(client, "/v1/events/nope")) == [*HEAD, *ONE]
    return client


@pytest.mark.parametrize("target", COSTS)
def test_a_first_request_costs_what_it_must(target: str, knowing: Client) -> None:
    """Exactly these calls, in this order."""
    assert knowing.calls_of(lambda: ask(knowing, target)) == COSTS[target]


@pytest.mark.parametrize("target", COSTS)
def test_a_cold_instance_asks_for_the_current_release_too(target: str, client: Client) -> None:
    """One more call, once."""
    assert client.calls_of(lambda: ask(client, target)) == [*HEAD, *COSTS[target]]


@pytest.mark.parametrize("target", [target for target in COSTS if target not in NEVER_KEPT])
def test_what_was_read_before_costs_nothing(target: str, knowing: Client) -> None:
    """Not by GET, HEAD or a conditional request."""
    etag = ask(knowing, target).headers["etag"]
    assert knowing.calls_of(lambda: ask(knowing, target)) == []
    assert knowing.calls_of(lambda: ask(knowing, target, method="HEAD")) == []
    assert knowing.calls_of(lambda: ask(knowing, target, {"If-None-Match": etag})) == []
    assert ask(knowing, target, {"If-None-Match": etag}).status == 304


@pytest.mark.parametrize("target", FREE)
def test_what_the_service_says_of_itself_costs_nothing(target: str, client: Client) -> None:
    """Nothing is read from the table."""
    assert client.calls_of(lambda: ask(client, target)) == []


@pytest.mark.parametrize("target", REFUSED)
def test_a_bad_request_costs_nothing(target: str, client: Client) -> None:
    """It is refused before anything is read."""
    assert client.calls_of(lambda: ask(client, target)) == []


@pytest.mark.parametrize("target", [EVENT, "/v1/events", "/v1"])
def test_the_current_release_is_asked_for_again_after_a_while(target: str, knowing: Client) -> None:
    """Once in HEAD_SECONDS. What was read at that release stays cached."""
    ask(knowing, target)
    knowing.world.clock.advance(HEAD_SECONDS - 0.1)
    assert knowing.calls_of(lambda: ask(knowing, target)) == []
    knowing.world.clock.advance(HEAD_SECONDS)
    assert knowing.calls_of(lambda: ask(knowing, target)) == HEAD
    assert knowing.calls_of(lambda: ask(knowing, target)) == []


def test_every_page_costs_the_same(knowing: Client) -> None:
    """The tenth page is as cheap as the first, because nothing is read and skipped. The total is cached after the first."""
    following = "/v1/actors?limit=3"
    while following:
        before = len(knowing.world.calls)
        page = ask(knowing, following).json["page"]
        assert knowing.world.calls[before:] == PAGE
        following = page["next"]


def test_a_page_knows_the_bodies_of_other_pages(knowing: Client) -> None:
    """In another order the same resources cost the list's Query; bodies are not read again."""
    ask(knowing, "/v1/events?limit=100")
    assert knowing.calls_of(lambda: ask(knowing, "/v1/events?limit=100&sort=-id")) == ONE


def test_a_filter_through_others_costs_a_query_for_each_candidate(knowing: Client) -> None:
    """Two filters, one of which entries don't carry: totals, the smaller list, one Query for each of its entries, the bodies."""
    target = "/v1/actors?case=cases/nine-north-koreans-viet-nam-2015&instrument=instruments/refugee-convention-1951&limit=100"
    calls = knowing.calls_of(lambda: ask(knowing, target))
    totals = [ask(knowing, f"/v1/actors?{part}").json["page"]["total"] for part in target.partition("?")[2].split("&")[:2]]
    assert calls == ["BatchGetItem", "Query", *["Query"] * min(totals), "BatchGetItem"]


def test_what_is_included_costs_a_query_each(knowing: Client) -> None:
    """And nothing if it is cached."""
    calls = knowing.calls_of(lambda: ask(knowing, f"{CASE}?include=events&fields=name"))
    assert calls == ["Query"] * (1 + len(ask(knowing, CASE).json["events"]))
    assert knowing.calls_of(lambda: ask(knowing, f"{CASE}?include=events")) == []


def test_what_is_not_there_is_remembered(knowing: Client) -> None:
    """Asking again for a resource that does not exist costs nothing until the next release."""
    assert knowing.calls_of(lambda: ask(knowing, "/v1/events/not-there")) == ONE
    assert knowing.calls_of(lambda: ask(knowing, "/v1/events/not-there")) == []
