"""The spool: it returns what was added, uses disk instead of memory, and deletes its file."""

import tempfile
import tracemalloc
from pathlib import Path

import pytest

from record.model import Digest, State
from record.writing.comparing import Compared, Difference, Placed
from record.writing.spooling import Spool
from tests.record.documents import document
from tests.record.expected import gone

PLACED = Placed("events/b", "m", "r", 2, Digest("0f"), Digest("f0"), ("events", "events?act=arrest"), {"day": "2015-10-22"})
WHOLE = [
    Compared(Difference.CREATED, "events/a", document("a", day="2015-10-22", act="arrest", text="tenthousand 만 🜲"), None),
    Compared(Difference.UPDATED, "events/b", gone("b", State.RENAMED, "wrong-id", "events/a"), PLACED),
    Compared(Difference.MOVED, "events/c", document("c"), PLACED),
]


def test_what_comes_out_is_what_went_in() -> None:
    """Every iteration returns everything in order. An empty spool returns nothing."""
    with Spool() as spool:
        assert list(spool) == []
        for one in WHOLE:
            spool.add(one)
        assert list(spool) == list(spool) == WHOLE


def test_memory_does_not_grow_with_what_is_spooled() -> None:
    """Eight megabytes pass through it with less than one megabyte of memory."""
    tracemalloc.start()
    try:
        with Spool() as spool:
            for number in range(800):
                spool.add(Compared(Difference.CREATED, f"events/n{number}", document(f"n{number}", text="x" * 10_000), None))
            assert sum(1 for _ in spool) == 800
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_file_goes_whatever_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error no temporary file is left, and the spool can't be read any more."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool()
    spool.add(WHOLE[0])
    with pytest.raises(RuntimeError), spool:
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="closed file"):
        list(spool)
