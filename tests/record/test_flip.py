"""An uncertain flip: it took effect, but the publisher does not know. A published release is never undone."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from record.errors import RecordProblem
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from tests.conftest import World
from tests.record.documents import document, in_order, read_list
from tests.record.test_publishing import scan

OLD = in_order([document("a", day="2015-10-22", act="arrest"), document("b")])
NEW = in_order([document("a", day="2015-10-23", act="release"), document("b"), document("c")])


def flip_then(
    world: World, monkeypatch: pytest.MonkeyPatch, failure: BaseException, *, takes_effect: bool = True, blind: bool = False
) -> None:
    """Let the next flip fail, after or before it takes effect. With `blind`, the next read of the head fails too."""
    update: Any = world.store.client.update_item
    get: Any = world.store.client.get_item
    flipped: list[bool] = []

    def failing_update(**request: Any) -> Any:
        if not flipped and ":next" in request.get("ExpressionAttributeValues", {}):
            flipped.append(True)
            if takes_effect:
                update(**request)
            raise failure
        return update(**request)

    def failing_get(**request: Any) -> Any:
        if flipped and blind:
            raise ReadTimeoutError(endpoint_url="loopback")
        return get(**request)

    monkeypatch.setattr(world.store.client, "update_item", failing_update)
    monkeypatch.setattr(world.store.client, "get_item", failing_get)


def assert_published(world: World) -> None:
    """Release 2 is complete and verifies, and another publish follows it."""
    assert world.reader().head().release == 2
    assert read_list(world.reader(), "events", "id", 2) == [one.path for one in NEW]
    assert read_list(world.reader(), "events", "id", 1) == [one.path for one in OLD]
    assert [found for found in verify(world.store) if isinstance(found, Discrepancy)] == []
    third = world.publisher("next").publish(in_order([*NEW, document("d")]), "")
    assert third is not None
    assert third.number == 3
    assert [found for found in verify(world.store) if isinstance(found, Discrepancy)] == []


def test_flip_whose_answer_is_lost_is_found_to_have_worked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the response to the flip is lost, the publisher reads the head, finds its release current, and returns it."""
    world.publisher().publish(OLD, "")
    with monkeypatch.context() as broken:
        flip_then(world, broken, ReadTimeoutError(endpoint_url="loopback"))
        release = world.publisher().publish(NEW, "")
    assert release is not None
    assert release.number == 2
    assert_published(world)


def test_interrupt_behind_the_flip_takes_nothing_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a publish is interrupted right after the flip took effect, it fails, but its release stays complete."""
    world.publisher().publish(OLD, "")
    with monkeypatch.context() as broken:
        flip_then(world, broken, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            world.publisher().publish(NEW, "")
    assert_published(world)


def test_flip_in_doubt_that_cannot_be_looked_at_takes_nothing_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the response to the flip is lost and the head can't be read, the publish fails, but its release stays complete."""
    world.publisher().publish(OLD, "")
    with monkeypatch.context() as broken:
        flip_then(world, broken, ReadTimeoutError(endpoint_url="loopback"), blind=True)
        with pytest.raises(RecordProblem):
            world.publisher().publish(NEW, "")
    assert_published(world)


def test_flip_that_did_not_take_effect_is_taken_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the flip failed without effect, everything is undone, and the publish can be repeated at once."""
    world.publisher().publish(OLD, "")
    before = scan(world.store)
    with monkeypatch.context() as broken:
        flip_then(world, broken, ReadTimeoutError(endpoint_url="loopback"), takes_effect=False)
        with pytest.raises(RecordProblem):
            world.publisher().publish(NEW, "")
    assert scan(world.store) == before
    world.publisher().publish(NEW, "")
    assert_published(world)
