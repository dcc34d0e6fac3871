"""The message of a release, as a maintainer gives it on the command line."""

from schemas.v1.messages import UnfitMessage, checked_message
from workbench.terminal import MISUSED, Refused

HOW = (
    "say in one line what this release changes, with -m: it is published with the release. "
    "For example: -m 'Add the statements of the UN Special Rapporteur'"
)


def message_of(given: str | None) -> str:
    """Return a release's message, as it is published. Raises Refused if there is none or if it can't be published."""
    if given is None:
        raise Refused(HOW, MISUSED)
    try:
        return checked_message(given)
    except UnfitMessage as unfit:
        raise Refused(f"{unfit}; {HOW}", MISUSED) from unfit
