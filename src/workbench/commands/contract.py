"""contract: generate, check and release the published contract in schemas/published/."""

from workbench import contractfiles
from workbench.terminal import Refused, out


def render() -> None:
    """Generate the published contract from the registry. Prints the files that changed."""
    for name in contractfiles.render():
        out().print(name, highlight=False)


def check() -> None:
    """List the contract documents that are out of date. Exits 1 if there are any."""
    stale = contractfiles.stale()
    if stale:
        raise Refused(f"out of date: {', '.join(stale)}; run `article33 contract render` and commit the result")
    out().print("The published contract is up to date.", highlight=False)


def release() -> None:
    """Mark the specification as released. From now on, changes must not break its clients. Run it when a version of the API is released."""
    check()
    changed = contractfiles.release()
    out().print(
        "The specification is now marked as released." if changed else "This specification is already marked as released.", highlight=False
    )
