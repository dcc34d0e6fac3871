"""The spool: a temporary file with the differences that a comparison found, until they are written.

So a publish compares once, writes exactly what it surveyed, and needs no more memory for a large change than for a small one.
"""

import pickle
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from record.writing.comparing import Compared


class Spool:
    """The differences to write, in the order in which they were added. A context manager, which deletes its file at the end.

    If the operating system allows it, the file has no name. Then it disappears with the process, even if that is killed.
    """

    def __init__(self) -> None:
        """Create an empty spool."""
        self._file = tempfile.TemporaryFile(prefix="article33-")  # noqa: SIM115 - it is closed when the spool ends
        self._length = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Delete the file."""
        self._file.close()

    def add(self, compared: Compared) -> None:
        """Add a difference. Raises OSError if the disk is full."""
        pickle.dump(compared, self._file, pickle.HIGHEST_PROTOCOL)
        self._length += 1

    def __iter__(self) -> Iterator[Compared]:
        """Yield all differences, with one in memory at a time. Do not add any during the iteration."""
        self._file.seek(0)
        for _ in range(self._length):
            compared: Compared = pickle.load(self._file)  # noqa: S301 - a file that this process has written, and nobody else can open
            yield compared
