"""The flip in doubt: it took effect, and its publisher does not know. What was published is never taken back."""

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
    """Let the next flip fail in this way, after or before it took effect; `blind` fails the next read of the current release too."""
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
    """Release 2 is there, whole, and verifies; and another publish goes on from it."""
    assert world.reader().head().release == 2
    assert read_list(world.reader(), "events", "id", 2) == [one.path for one in NEW]
    assert read_list(world.reader(), "events", "id", 1) == [one.path for one in OLD]
    assert [found for found in verify(world.store) if isinstance(found, Discrepancy)] == []
    third = world.publisher("next").publish(in_order([*NEW, document("d")]), "")
    assert third is not None
    assert third.number == 3
    assert [found for found in verify(world.store) if isinstance(found, Discrepancy)] == []


def test_flip_whose_answer_is_lost_is_found_to_have_worked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the answer to the flip is lost, the publisher looks, finds its release current, and says so."""
    world.publisher().publish(OLD, "")
    with monkeypatch.context() as broken:
        flip_then(world, broken, ReadTimeoutError(endpoint_url="loopback"))
        release = world.publisher().publish(NEW, "")
    assert release is not None
    assert release.number == 2
    assert_published(world)


def test_interrupt_behind_the_flip_takes_nothing_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted right after the flip took effect, a publish fails, and its release stays whole."""
    world.publisher().publish(OLD, "")
    with monkeypatch.context() as broken:
        flip_then(world, broken, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            world.publisher().publish(NEW, "")
    assert_published(world)


def test_flip_in_doubt_that_cannot_be_looked_at_takes_nothing_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither the flip's answer nor a look at it comes through, the publish fails, and its release stays whole."""
    world.publisher().publish(OLD, "")
    with monkeypatch.context() as broken:
        flip_then(world, broken, ReadTimeoutError(endpoint_url="loopback"), blind=True)
        with pytest.raises(RecordProblem):
            world.publisher().publish(NEW, "")
    assert_published(world)


def test_flip_that_did_not_take_effect_is_taken_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the flip failed and did nothing, everything is taken back, and the publish can be done again at once."""
    world.publisher().publish(OLD, "")
    before = scan(world.store)
    with monkeypatch.context() as broken:
        flip_then(world, broken, ReadTimeoutError(endpoint_url="loopback"), takes_effect=False)
        with pytest.raises(RecordProblem):
            world.publisher().publish(NEW, "")
    assert scan(world.store) == before
    world.publisher().publish(NEW, "")
    assert_published(world)
