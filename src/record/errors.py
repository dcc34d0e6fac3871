"""The record's errors. They know nothing of HTTP: the handlers map those that a reader can raise to responses."""

from collections.abc import Sequence


class RecordProblem(Exception):
    """The base class. The message is for maintainers."""


class RecordUnavailable(RecordProblem):
    """DynamoDB can't be read: throttled, slow, unreachable, access denied, or an incomplete response. A retry may help."""


class RecordDamaged(RecordUnavailable):
    """What was read contradicts itself, or what this instance knows. The message names the item. It helps only to repair the table."""


class ItemMissing(RecordDamaged):
    """An item that must exist does not."""


class LeaseHeld(RecordProblem):
    """Another publish, redaction or restore is in progress, and its lease has not expired."""

    def __init__(self, owner: str, seconds: float, what: str = "publish") -> None:
        """Name the lease holder and the seconds until the lease expires."""
        self.owner = owner
        self.seconds = max(0, round(seconds))
        super().__init__(f"another {what} by {owner} is in progress; its lease expires in {self.seconds} s")


class LeaseLost(RecordProblem):
    """Our lease expired and another publisher took over. Readers will never see anything of this attempt."""


class ClockWrong(RecordProblem):
    """This machine's clock and the store's differ too much, or can't be compared. Nothing was written."""


class ReleaseFromTheFuture(RecordProblem):
    """The current release is later than now, so the next one would be, too."""


class HalfRestored(RecordProblem):
    """The table has a part of a backup: a restore into it is in progress, or was interrupted."""


class RecordMoved(RecordProblem):
    """There was another release since this publish or redaction was planned. It must be planned again."""


class MissingDocuments(RecordProblem):
    """Published documents are missing from the documents to publish. A publish never removes a document silently."""

    def __init__(self, paths: Sequence[str]) -> None:
        """Name the documents."""
        self.paths = tuple(paths)
        super().__init__(f"published before, but missing now: {', '.join(self.paths)}")


class ItemTooLarge(RecordProblem):
    """A document does not fit into one DynamoDB item (400 KB)."""

    def __init__(self, path: str, size: int, limit: int) -> None:
        """Name the document and the sizes in bytes."""
        self.path, self.size, self.limit = path, size, limit
        super().__init__(f"{path} is too large: its item has {size:,} bytes; the limit is {limit:,}")


class NoRoom(ItemTooLarge):
    """A revision has no room for what a redaction adds to it: the names of the fields, and their hashes and salts."""

    def __init__(self, path: str, number: int, size: int, limit: int) -> None:
        """Name the revision and the sizes in bytes."""
        super().__init__(path, size, limit)
        message = (
            f"revision {number} of {path} has no room for what this redaction adds: its item would have {size:,} bytes; the limit is "
            f"{limit:,}; redact a field that contains the others, such as a whole list, instead of many fields"
        )
        self.args = (message,)


class KeyTooLong(RecordProblem):
    """A document would get a key that is longer than DynamoDB allows."""

    def __init__(self, path: str, key: str, size: int, limit: int) -> None:
        """Name the document, the key and the sizes in bytes."""
        self.path = path
        super().__init__(f"{path} would get a key of {size:,} bytes, which starts with {key[:60]!r}; the limit is {limit:,}")


class NotInOrder(RecordProblem):
    """The documents to publish are not sorted by path, or one comes twice."""


class WriteRefused(RecordProblem):
    """DynamoDB refused writes for too long. What was written will be undone."""
