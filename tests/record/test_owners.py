"""The owner of a lease: only a process of the same user on the same host that has ended is replaced before the lease expires."""

import contextlib
import os
import subprocess
import sys

import pytest

from record.errors import LeaseHeld
from record.writing.owners import Owner, is_running, this_process
from tests.record.documents import document
from tests.record.killing import Killed, killed
from tests.record.memory import memory_world


@pytest.mark.parametrize(
    ("next_one", "is_alive", "takes_over"),
    [
        (Owner("ada@laptop", 2), False, True),
        (Owner("ada@laptop", 2), True, False),
        (Owner("ada@server", 2), False, False),
        (Owner("eve@laptop", 2), False, False),
        (Owner("ada@laptop"), False, False),
    ],
    ids=["own-dead", "own-running", "another-host", "another-user", "without-a-process"],
)
def test_own_dead_attempt_is_taken_over_at_once(next_one: Owner, is_alive: bool, takes_over: bool) -> None:
    """The next process publishes at once if the one with the lease was its own and has ended; else it is refused."""
    world = memory_world()
    with contextlib.suppress(Killed), killed(world.store, 2, after=True):
        world.publisher(Owner("ada@laptop", 1)).publish([document("a")], "")

    def runs(process: int) -> bool:
        assert process == 1
        return is_alive

    publisher = world.publisher(Owner(next_one.name, next_one.process, runs))
    if not takes_over:
        with pytest.raises(LeaseHeld, match=r"by ada@laptop, process 1 is in progress"):
            publisher.publish([document("a")], "")
        return
    release = publisher.publish([document("a")], "")
    assert release is not None
    assert world.reader().document("events/a", 1) is not None


def test_processes_of_this_host_are_known_to_run_or_not() -> None:
    """This process and one of the system run; a process that was waited for does not."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert [is_running(process) for process in (os.getpid(), 1, ended.pid, 2**70)] == [True, True, False, True]
    assert this_process().process == os.getpid()
