"""The spool: what a comparison found to be written, kept on disk until it is.

So a publish compares once, writes exactly what it surveyed, and takes no more memory for a large change than for a small one.
"""

import pickle
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from record.writing.comparing import Compared


class Spool:
    """What is to be written, in the order in which it was added. A context manager: its file goes when it ends.

    The file has no name where the system can do without, so it goes with the process too, however that ends.
    """

    def __init__(self) -> None:
        """Begin an empty one."""
        self._file = tempfile.TemporaryFile(prefix="article33-")  # noqa: SIM115 - it is closed when the spool ends
        self._length = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Remove the file."""
        self._file.close()

    def add(self, compared: Compared) -> None:
        """Add one. Raises OSError where the disk takes no more."""
        pickle.dump(compared, self._file, pickle.HIGHEST_PROTOCOL)
        self._length += 1

    def __iter__(self) -> Iterator[Compared]:
        """Yield all of them, one in memory at a time. None can be added meanwhile."""
        self._file.seek(0)
        for _ in range(self._length):
            compared: Compared = pickle.load(self._file)  # noqa: S301 - a file that this process has written, and nobody else can open
            yield compared
