"""Threads that make calls, so that a caller can stop waiting for a call that does not return.

No time-out of a socket limits a whole call: it starts again with every byte that arrives. Looking up a host's address has no time-out.
"""

import threading
import weakref
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeAlias, TypeVar

T = TypeVar("T")
MOST_THREADS = 32  # those that wait for a call that was given up included


class Overdue(Exception):
    """A call took too long. It may still go on in its thread, and its result is dropped."""


class NoThread(Exception):
    """As many calls as there may be threads have not returned yet."""


class Workers:
    """Makes calls in threads. Safe to share between threads.

    The threads are daemons: a process can end while a call hangs. After its call, even one that was given up, a thread makes the next.
    They end when nobody has the workers any more.
    """

    def __init__(self, most: int = MOST_THREADS) -> None:
        """Start at most so many threads, each when it is needed for the first time."""
        self._left = most
        self._starting = threading.Lock()
        self._idle: _Idle = deque()
        self._ended = threading.Event()
        weakref.finalize(self, _end, self._idle, self._ended).atexit = False

    def run(self, call: "Callable[[], T]", seconds: float) -> T:
        """Make a call and return its result or raise its error. Raises Overdue if it takes longer, NoThread if no thread is free."""
        job = _Job(call)
        self._free().put(job)
        return job.result(seconds)

    def _free(self) -> "_Jobs":
        try:
            return self._idle.pop()
        except IndexError:
            pass
        with self._starting:
            if not self._left:
                raise NoThread
            self._left -= 1
        jobs: _Jobs = SimpleQueue()
        threading.Thread(target=_work, args=(jobs, self._idle, self._ended), name="record-worker", daemon=True).start()
        return jobs


def _work(jobs: "_Jobs", idle: "_Idle", ended: threading.Event) -> None:
    """Make the calls of a thread. It has no reference to its workers."""
    while job := jobs.get():
        job.make()
        idle.append(jobs)  # before the caller continues, so that its next call finds this thread
        job.end()
        del job  # a result can be large
        if ended.is_set():
            return


def _end(idle: "_Idle", ended: threading.Event) -> None:
    """End the threads of workers that nobody has any more."""
    ended.set()
    for jobs in list(idle):
        jobs.put(None)


class _Job(Generic[T]):
    """A call, and its result or error."""

    __slots__ = ("_call", "_failure", "_pending", "_result")

    def __init__(self, call: "Callable[[], T]") -> None:
        self._call = call
        self._failure: BaseException | None = None
        self._pending = threading.Lock()
        self._pending.acquire()

    def make(self) -> None:
        """Make the call."""
        try:
            self._result = self._call()
        except BaseException as failure:  # noqa: BLE001 - the caller raises it
            self._failure = failure

    def end(self) -> None:
        """Let the caller continue."""
        self._pending.release()

    def result(self, seconds: float) -> T:
        """Wait for the end of the call. Return its result or raise its error; raise Overdue after `seconds`."""
        if not self._pending.acquire(timeout=max(0.0, seconds)):
            raise Overdue
        try:
            if self._failure is not None:
                raise self._failure
            return self._result
        finally:
            self._failure = None  # its traceback refers to this job


_Jobs: TypeAlias = "SimpleQueue[_Job[Any] | None]"  # where a thread waits for its next call; None ends it
_Idle: TypeAlias = "deque[_Jobs]"  # those of the threads that have nothing to do
