"""Records that are made by repeating published items, for the measurements of `make bench`."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from bench import engine
from bench.documents import stream
from bench.loading import make_table, store_of
from bench.repeating import PERIOD, repeated
from record import items
from tests.e2e.generated import cases
from tests.record.memory import memory_world
from workbench.staging import Staging

EVENTS = 2  # per case, so that many cases have few resources
OF_THE_TEXT = {"digest", "seal", "seals", "content_digest", "placement"}
OF_THE_FEED = {"rows"}
Items = dict[tuple[str, str], dict[str, Any]]


def test_repeated_record_is_the_published_one_but_for_digests() -> None:
    """The items of 60 cases, repeated, equal those of publishing 105 cases, except for the order of the feed: keys, texts, totals."""
    published = _published(105)
    batches = list(repeated(_published(2 * PERIOD).values(), 105))
    made = [item for batch in batches for item in json.loads(batch)]
    assert len({(item["pk"]["S"], item["sk"]["S"]) for item in made}) == len(made)
    assert _by_key(made) == _by_key(item for (pk, _), item in published.items() if not pk.startswith("INTENT#"))


def test_current_release_is_written_last() -> None:
    """An interrupted copy has no current release, so nobody takes it for a record."""
    *others, last = repeated(_published(2 * PERIOD).values(), PERIOD)
    assert [(item["pk"]["S"], item["sk"]["S"]) for item in json.loads(last)] == [(items.RELEASES, items.CURRENT)]
    assert not any(item["sk"]["S"] == items.CURRENT for batch in others for item in json.loads(batch))


@pytest.mark.skipif(not (engine.DYNALITE / "node_modules").exists(), reason="dynalite is not installed: `make test-dynamodb` does it")
def test_what_is_written_to_the_files_of_dynalite_is_what_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All items written directly into dynalite's files are found by key, in their order."""
    monkeypatch.setattr(engine, "KEPT", tmp_path)
    monkeypatch.setattr(engine, "ELSEWHERE", None)
    batches = list(repeated(_published(2 * PERIOD).values(), 3))
    with engine.engine() as endpoint:
        make_table(store_of(endpoint, "filled"))
    engine.fill("filled", batches)
    written = _by_key(item for batch in batches for item in json.loads(batch))
    with engine.engine() as endpoint:
        store = store_of(endpoint, "filled")
        assert _by_key(item for page in store.scan() for item in page) == written
        assert store.get(items.key(items.RELEASES, items.CURRENT)) == written[items.RELEASES, items.CURRENT]
        pk = items.list_pk("events", items.BY_ID)
        listed = [item["sk"]["S"] for page, _ in store.query(pk, items.LOWEST, items.HIGHEST) for item in page]
    assert listed == sorted(sk for its, sk in written if its == pk)


@lru_cache
def _published(number: int) -> Items:
    """Return the items of a published record of so many cases."""
    world = memory_world()
    resources = 22 + number * (EVENTS + 2)
    assert cases(resources, EVENTS) == number
    with Staging() as staging:
        problems = [*staging.add([stream(resources, events_per_case=EVENTS)]), *staging.check(world.clock.datetime().date())]
        assert [problem for problem in problems if not problem.warning] == []
        world.publisher().publish(staging, "generated")
    return {(item["pk"]["S"], item["sk"]["S"]): dict(item) for page in world.store.scan() for item in page}


def _by_key(found: Any) -> Items:
    """Return items without what is derived from their texts, and without their positions in the feed."""
    its: Items = {}
    for item in found:
        in_feed = item["pk"]["S"] == items.CHANGES
        left_out = OF_THE_TEXT | OF_THE_FEED | ({"sk"} if in_feed else set())
        place = item["path" if in_feed else "sk"]["S"]
        its[item["pk"]["S"], place] = {name: value for name, value in item.items() if name not in left_out}
    return its
