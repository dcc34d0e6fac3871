"""The owner of a lease: the user, host and process that holds it, stored as one text such as `ada@laptop, process 4711`."""

import getpass
import os
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass

_STORED = re.compile(r"(?P<name>.+), process (?P<process>[1-9][0-9]*)")


def is_running(process: int) -> bool:
    """Return whether a process with this id runs on this host."""
    try:
        os.kill(process, 0)  # signal 0 only checks
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # PermissionError: it runs for another user
        return True
    return True


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner: its name (`user@host`), and its process id if others of this name may take over its leases when it has ended."""

    name: str
    process: int | None = None
    is_running: Callable[[int], bool] = is_running

    def __str__(self) -> str:
        """Return the text that is stored in the lease."""
        return f"{self.name}, process {self.process}" if self.process else self.name

    def may_replace(self, stored: str) -> bool:
        """Return whether a stored owner is a process of the same user on this host that has ended."""
        other = _STORED.fullmatch(stored)
        return self.process is not None and other is not None and other["name"] == self.name and not self.is_running(int(other["process"]))


def this_process() -> Owner:
    """Return this process as an owner."""
    return Owner(f"{getpass.getuser()}@{socket.gethostname()}", os.getpid())
