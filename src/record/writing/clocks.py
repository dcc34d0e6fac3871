"""Compares this machine's clock with the store's, and counts in the store's time.

A wrong clock does lasting harm: each release is later than the one before it, so one release from 2036 puts all later ones there. And a
lease that was taken by a wrong clock would lock everybody out. AWS rejects requests only if the clock is wrong by more than five minutes.
"""

import datetime
import email.utils
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from record import items
from record.errors import ClockWrong, RecordUnavailable

if TYPE_CHECKING:
    from record.store import Store

MOST_APART = 60.0  # seconds between this machine's clock and the store's; a larger difference is refused
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class StoreTime:
    """The store's time in seconds since 1970: this machine's clock, minus what it was ahead when they were compared."""

    def __init__(self, store: "Store", clock: Callable[[], float]) -> None:
        """Make no request yet. Until `compare`, the time is that of `clock`, which returns the seconds since 1970."""
        self._store = store
        self._clock = clock
        self._ahead = 0.0

    def __call__(self) -> float:
        """Return the store's time."""
        return self._clock() - self._ahead

    def compare(self) -> None:
        """Compare the clocks with one request. Raises ClockWrong if they differ by more than MOST_APART, or RecordUnavailable.

        The store's time is the `Date` header of its response, which has a resolution of one second. Only an emulator on this machine may
        leave it out: it has the same clock.
        """
        before = self._clock()
        date = _date_of(self._store)
        after = self._clock()
        if date is None:
            if urlsplit(self._store.client.meta.endpoint_url).hostname not in _LOOPBACK:
                raise ClockWrong(
                    "DynamoDB's response has no Date header, so this machine's clock can't be compared with its. Does a proxy remove it?"
                )
            self._ahead = 0.0
            return
        # The response was made at some time between `before` and `after`, and its time was cut to a second.
        self._ahead = max(before - date - 1, 0.0) if before > date else min(after - date, 0.0)
        if abs(self._ahead) > MOST_APART:
            difference = datetime.timedelta(seconds=abs(int(after) - int(date)))
            raise ClockWrong(
                f"this machine's clock says {written(after)}, DynamoDB's says {written(date)}: a difference of {difference}. "
                "Set this machine's clock, for example by `sudo timedatectl set-ntp true`, and run the command again"
            )


def written(seconds: float) -> str:
    """Return a time, in seconds since 1970, as UTC in ISO 8601."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _date_of(store: "Store") -> float | None:
    """Return the time in the Date header of a response, in seconds since 1970. None if there is no such header, or an invalid one."""
    try:
        answer = store.client.get_item(TableName=store.table, Key=items.key(items.RELEASES, items.CURRENT), ConsistentRead=True)
    except (ClientError, BotoCoreError) as failure:
        raise RecordUnavailable(str(failure)) from failure
    stated = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return email.utils.parsedate_to_datetime(stated).timestamp() if stated else None
    except ValueError:
        return None
