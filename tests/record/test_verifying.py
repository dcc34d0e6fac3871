"""Verifying: a record as it was published passes, and whatever is changed behind its back is named."""

from typing import Any

import pytest

from record import items
from record.model import Release
from record.verifying import Discrepancy, verify
from tests.conftest import World
from tests.record.documents import document, in_order
from tests.record.test_publishing import scan

FIRST = in_order([document("a", day="2015-10-22", act="arrest"), document("b", day="2015-10-24"), document("c")])


@pytest.fixture
def published(world: World) -> World:
    """A record with two releases."""
    world.publisher().publish(FIRST, "the first")
    world.publisher().publish(in_order([*FIRST[1:], document("a", day="2015-10-23", act="arrest")]), "the second")
    return world


def discrepancies(world: World) -> list[Discrepancy]:
    """Return everything that verifying finds."""
    return [found for found in verify(world.store) if isinstance(found, Discrepancy)]


def test_record_as_published_passes(published: World) -> None:
    """Every release of an untouched record is verified."""
    assert [found.number for found in verify(published.store) if isinstance(found, Release)] == [1, 2]
    assert discrepancies(published) == []


def _tampered(value: Any) -> Any:
    (kind, content), *_ = value.items()
    if kind == "N":
        return {"N": str(int(content) + 1)}
    if kind == "S":
        return {"S": content.replace("2015", "2016") if "2015" in content else ("0" if content[:1] != "0" else "1") + content[1:]}
    if kind == "M":
        return {"M": {**content, "invented": {"N": "1"}}}
    raise AssertionError(kind)


@pytest.mark.parametrize("attribute", ["body", "digest", "content_digest", "seal", "salt", "published_at", "path", "number"])
def test_changed_attribute_of_a_revision_is_found(published: World, attribute: str) -> None:
    """Whichever attribute of a revision is changed, its path and release are named."""
    item = next(item for item in scan(published.store) if item["pk"]["S"] == "DOC#events/b")
    published.store.put_all([{**item, attribute: _tampered(item[attribute])}])
    assert ("events/b", 1) in {(found.path, found.release) for found in discrepancies(published)}


@pytest.mark.parametrize("attribute", ["published_at", "message", "digest", "parent", "changes"])
def test_changed_attribute_of_a_release_is_found(published: World, attribute: str) -> None:
    """Whichever attribute of a release the chain covers is changed, the release is named."""
    item = next(item for item in scan(published.store) if item["sk"]["S"] == items.padded(2))
    published.store.put_all([{**item, attribute: _tampered(item[attribute])}])
    assert 2 in {found.release for found in discrepancies(published)}


def test_lost_revision_and_lost_entry_are_found(published: World) -> None:
    """A revision or an index entry that is gone is named."""
    published.store.delete_all([items.key("DOC#events/c", items.stamp(1, 1))])
    assert "events/c" in {found.path for found in discrepancies(published)}
    published.store.delete_all([items.key("LIST#events?act=arrest|day", items.entry_sk("2015-10-23", "events/a", items.stamp(2, 2)))])
    assert "events/a" in {found.path for found in discrepancies(published)}


def test_wrong_total_is_found(published: World) -> None:
    """A total that is not its list's length is named."""
    item = next(item for item in scan(published.store) if item["pk"]["S"] == "LIST#events" and item["sk"]["S"] == items.TOTAL)
    published.store.put_all([{**item, items.stamp(1, 1): {"N": "4"}}])
    assert "events" in {found.path for found in discrepancies(published)}
