"""contract: the published contract in schemas/published/, generated from the registry."""

from workbench import contractfiles
from workbench.terminal import Refused, out


def render() -> None:
    """Write the published contract anew from the registry."""
    for name in contractfiles.render():
        out().print(name, highlight=False)


def check() -> None:
    """Say which documents of the published contract are stale. Exits 1 where one is."""
    stale = contractfiles.stale()
    if stale:
        raise Refused(f"stale: {', '.join(stale)}; run `article33 contract render` and commit the result")
    out().print("The published contract is as the registry says.", highlight=False)


def release() -> None:
    """Keep the specification as the one last released: from now on nothing in it may break. Done when a version of the API is released."""
    check()
    changed = contractfiles.release()
    out().print("Kept as released." if changed else "It is the one that was released last.", highlight=False)
