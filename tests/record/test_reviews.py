"""The number of reviews due per day, stored beside the record."""

from record.reviews import overdue
from record.verifying.findings import Discrepancy
from record.verifying.verification import verify
from record.writing.reviewing import note_due
from tests.conftest import World
from tests.record.documents import document


def test_what_was_noted_last_counts(world: World) -> None:
    """A review is overdue from the day after it was due. Storing new numbers replaces the old ones."""
    assert overdue(world.reading, "2027-01-01") is None
    note_due(world.store, {"2026-12-31": 2, "2027-01-01": 3, "2026-01-01": 4})
    assert overdue(world.reading, "2027-01-01") == 6
    assert overdue(world.reading, "2027-01-02") == 9
    assert overdue(world.reading, "2026-01-01") == 0
    note_due(world.store, {"2027-06-01": 1})
    assert overdue(world.reading, "2027-06-01") == 0
    note_due(world.store, {})
    assert overdue(world.reading, "9999-12-31") == 0


def test_the_note_is_no_part_of_the_record(world: World) -> None:
    """A record with these numbers verifies like one without. They cost one read."""
    world.publisher().publish([document("a")], "")
    note_due(world.store, {"2027-01-01": 1})
    assert [found for found in verify(world.store) if isinstance(found, Discrepancy)] == []
    before = len(world.calls)
    overdue(world.reading, "2027-01-01")
    assert world.calls[before:] == ["GetItem"]
