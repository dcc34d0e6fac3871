"""What an act takes, in calls of functions: seconds depend on the machine and on what else it does, these do not."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from tests.conftest import ROOT

OURS = (str(ROOT / "src" / "handlers"), str(ROOT / "src" / "record"))  # the workbench speeds up moto, which is not counted


def calls_of(act: Callable[[], object]) -> int:
    """Return how many calls of functions of this project, and by them, an act takes."""
    calls = 0

    def note(frame: FrameType, what: str, _about: Any) -> None:
        nonlocal calls
        if what == "c_call":
            calls += frame.f_code.co_filename.startswith(OURS)
        elif what == "call":
            by = frame.f_back
            calls += frame.f_code.co_filename.startswith(OURS) or (by is not None and by.f_code.co_filename.startswith(OURS))

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return calls
