"""The message of a release, as a maintainer gives it on the command line."""

import datetime

from schemas.v1.messages import UnfitMessage, check_for_members, checked_message
from workbench.staging import Staging
from workbench.terminal import MISUSED, Refused

HOW = (
    "say in one line what this release changes, with -m: it is published with the release. "
    "For example: -m 'Add the statements of the UN Special Rapporteur'"
)


def message_of(given: str | None, today: datetime.date) -> str:
    """Return a release's message, as it is published. Raises Refused if there is none or if it can't be published."""
    if given is None:
        raise Refused(HOW, MISUSED)
    try:
        return checked_message(given, today)
    except UnfitMessage as unfit:
        raise Refused(f"{unfit}; {HOW}", MISUSED) from unfit


def check_message(message: str, staging: Staging) -> None:
    """Raise Refused if the message would single out members of a small group in the staged record. It may give the largest one's size."""
    sizes = staging.small_groups()
    if not sizes:
        return
    try:
        check_for_members(message, None if None in sizes else max(size for size in sizes if size is not None))
    except UnfitMessage as unfit:
        raise Refused(f"{unfit}; {HOW}", MISUSED) from unfit
