"""Clocks and leases: a wrong clock is refused before it can harm, and nobody is locked out for longer than a lease."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from record import items
from record.copying.claims import Restorer
from record.copying.copies import export, restore
from record.errors import ClockWrong, LeaseHeld, LeaseLost, ReleaseFromTheFuture
from record.store import Store
from record.writing.leasing import Holder, Patience, current_holder
from record.writing.notes import Redaction
from record.writing.owners import Owner
from record.writing.publishing import Publisher
from tests.conftest import ENDPOINT, World
from tests.record.copied import another, everything_in, exported, watching
from tests.record.documents import document, in_order
from tests.record.killing import Killed, killed, stalled
from tests.record.memory import memory_world

DECADE = 3652 * 86400.0
FIRST, SECOND = [document("a")], in_order([document("a"), document("b")])
NOTHING = Redaction(1, "risk", (), {})


def publisher(world: World, ahead: float, owner: str = "other", **options: Any) -> Publisher:
    """Return a publisher whose clock is ahead of the store's."""
    return Publisher(world.store, owner=owner, clock=lambda: world.clock() + ahead, **options)


def die(world: World, ahead: float = 0.0) -> None:
    """Start a publish on another host, and die right after it has taken the lease."""
    with contextlib.suppress(Killed), killed(world.store, 2, after=False):
        publisher(world, ahead, "ada@elsewhere, process 7").publish(FIRST, "")


@pytest.mark.parametrize("ahead", [DECADE, 62.0, -62.0], ids=["ten years ahead", "ahead", "behind"])
def test_wrong_clock_is_refused_before_anything_is_written(world: World, tmp_path: Path, ahead: float) -> None:
    """Publish, redact, export and restore compare the machine's clock with the store's; the error has both times."""
    world.publisher().publish(FIRST, "")
    exported(world, tmp_path / "backup")
    copy = another(world)
    before = everything_in(world.store), everything_in(copy.store)

    def clock() -> float:
        return world.clock() + ahead

    acts: list[Callable[[], object]] = [
        lambda: publisher(world, ahead).publish(SECOND, ""),
        lambda: publisher(world, ahead).redact(NOTHING),
        lambda: publisher(world, ahead).resume(),
        lambda: export(world.store, tmp_path / "another", clock=clock),
        lambda: restore(copy.store, tmp_path / "backup", Restorer(Owner("other"), clock)),
    ]
    for act in acts:
        with pytest.raises(ClockWrong, match=r"clock says 20.*Z, DynamoDB's says 2026-11-23T12:00:00Z: a difference of .*timedatectl"):
            act()
    assert (everything_in(world.store), everything_in(copy.store)) == before
    assert not (tmp_path / "another").exists()


def test_lease_counts_in_the_time_of_the_store(world: World) -> None:
    """A clock may be wrong by up to a minute. Its lease ends one lease length from now all the same."""
    for ahead in (60.0, -60.0):
        with contextlib.suppress(Killed), killed(world.store, 2, after=False):
            publisher(world, ahead).publish(FIRST, "")
        holder = current_holder(world.store, world.clock)
        assert holder is not None
        assert 59 <= holder.seconds <= 61
        world.clock.advance(61)


@pytest.mark.skipif(bool(ENDPOINT), reason="an emulator on this machine may leave out the Date header")
def test_response_without_a_date_is_refused(world: World) -> None:
    """Only an emulator on this machine may leave out the Date header; AWS never does."""

    def forget(response_dict: Any, **_: object) -> None:
        del response_dict["headers"]["date"]

    without = watching(world.store, "before-parse.dynamodb", forget)
    with without, pytest.raises(ClockWrong, match="no Date header"):
        world.publisher().publish(FIRST, "")
    assert everything_in(world.store) == {}


def test_release_from_the_future_stops_publishing_but_not_redacting(world: World) -> None:
    """After a release with a wrong time, the next would be wrong too, so it is refused by its number. A redaction can't wait."""
    world.clock.advance(DECADE)
    world.publisher().publish(FIRST, "")
    world.clock.advance(-DECADE)
    with pytest.raises(ReleaseFromTheFuture, match=r"release 1 was published with a wrong clock: its time, 2036-11-\d\dT12:00:00.000Z"):
        world.publisher().publish(SECOND, "")
    release = world.publisher().redact(NOTHING)
    assert (release.number, release.published_at[:4]) == (2, "2036")


def test_lease_is_not_honoured_beyond_its_own_length() -> None:
    """A lease of a wrong clock ends later than a lease can, so it is not valid: the next publisher takes it over at once."""
    world = memory_world()  # which has no Date, so the wrong clock is not noticed
    die(world, 3600.0)
    assert world.publisher().publish(FIRST, "") is not None
    die(world, 60.0)
    with pytest.raises(LeaseHeld, match="expires in 120 s"):
        world.publisher().publish(SECOND, "")


def test_a_publisher_waits_for_a_lease_and_says_so_once() -> None:
    """It polls until the lease has expired, or its patience ends. It says once who holds the lease."""
    world = memory_world()
    store = Store(world.store.client, world.store.table, sleep=world.clock.advance)
    said: list[LeaseHeld] = []
    die(world)
    impatient = Publisher(store, owner="next", clock=world.clock, patience=Patience(20.0, said.append))
    with pytest.raises(LeaseHeld, match="expires in 40 s"):
        impatient.publish(FIRST, "")
    patient = Publisher(store, owner="next", clock=world.clock, patience=Patience(300.0, said.append))
    assert patient.publish(FIRST, "") is not None
    assert [(held.owner, held.seconds) for held in said] == [("ada@elsewhere, process 7", 60), ("ada@elsewhere, process 7", 40)]
    assert 40 <= world.clock() - memory_world().clock() - 20 <= 42


def test_named_holder_is_taken_over_at_once_and_no_other() -> None:
    """The lease of a dead process elsewhere is taken at once, if that holder was named. If it still runs, its attempt is lost."""
    world = memory_world()
    die(world)
    holder = current_holder(world.store, world.clock)
    assert holder == Holder("ada@elsewhere, process 7", 1, 60.0)

    def take(over: Holder | None) -> object:
        return publisher(world, 0.0, "next", patience=Patience(over=over)).publish(FIRST, "")

    for other in (holder._replace(attempt=2), holder._replace(owner="eve")):
        with pytest.raises(LeaseHeld):
            take(other)
    assert take(holder) is not None

    def meanwhile() -> None:
        publisher(world, 0.0, "next", patience=Patience(over=current_holder(world.store, world.clock))).publish(SECOND, "")

    with stalled(world.store, 3, meanwhile), pytest.raises(LeaseLost):
        world.publisher().publish(in_order([*SECOND, document("c")]), "")
    assert world.reader().head().release == 2
    assert "owner" not in (world.store.get(items.key(items.RELEASES, items.CURRENT)) or {})
