"""What can go wrong with the record. None of these knows HTTP; the handlers' table maps the ones a reader can meet."""

from collections.abc import Sequence


class RecordProblem(Exception):
    """The base of everything that the record raises on purpose; its text is for the maintainer."""


class RecordUnavailable(RecordProblem):
    """The store can't be read: throttled, slow, out of reach, denied, or its answer lacks a part. Trying again may help."""


class LeaseHeld(RecordProblem):
    """Another publish is under way, and its lease has not run out."""

    def __init__(self, owner: str, seconds: float) -> None:
        """Name the owner and how long the lease still runs."""
        super().__init__(f"another publish is under way, by {owner}; its lease runs out in {max(0, round(seconds))} seconds")


class LeaseLost(RecordProblem):
    """Our lease ran out and somebody took over; nothing of this attempt will be seen."""


class RecordMoved(RecordProblem):
    """Somebody published since this was worked out; it must be worked out again."""


class MissingDocuments(RecordProblem):
    """Published documents that the new record no longer has; nothing is ever dropped in silence."""

    def __init__(self, paths: Sequence[str]) -> None:
        """Name the documents."""
        self.paths = tuple(paths)
        super().__init__(f"published, but no longer among the documents: {', '.join(self.paths)}")


class ItemTooLarge(RecordProblem):
    """A document that DynamoDB can't hold in one item (400 KB)."""

    def __init__(self, path: str, size: int, limit: int) -> None:
        """Name the document and the sizes in bytes."""
        self.path = path
        super().__init__(f"{path} is too large: {size:,} bytes as an item, and at most {limit:,} fit")


class NotInOrder(RecordProblem):
    """Documents to publish come in order of their path, each once."""


class WriteRefused(RecordProblem):
    """The store kept refusing writes until patience ran out; what was written will be rolled back."""
