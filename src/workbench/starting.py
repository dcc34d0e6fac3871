"""Where a source started from: the release whose content it has, as far as git can say, and what its publish would undo."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from record.model import Release, Source
from record.reading import Reader
from record.store import Store
from workbench.checkout import SHOWN, Checkout, NoCheckout
from workbench.terminal import counted
from workbench.undoing import Undoing, Undone

_AT_ONCE = 100  # releases


@dataclass(frozen=True, slots=True)
class Start:
    """What is known about the start of a source. `source` is what the next release keeps.

    `why` says in a sentence why it was compared with `base`, the release that it started from. `refusal` is why it can't be published,
    and what to do; empty if it can. `is_proved` is true if it is certain that nothing up to the current release would be undone.
    """

    source: Source | None
    checkout: Source | None = None
    base: int | None = None
    undone: tuple[Undone, ...] = ()
    why: str = ""
    refusal: str = ""
    warnings: tuple[str, ...] = ()
    is_proved: bool = False


def start_of(
    store: Store,
    current: Release | None,
    checkout: Checkout | NoCheckout | None,
    undone_since: Callable[[int], Iterable[Undone]],
    from_release: int | None = None,
    *,
    is_checked: bool = True,
) -> Start:
    """Return where a source started from. `checkout` is None for a stream, which is added to the current release.

    It is compared with the record if the current release has a source that the checkout does not contain, or if `from_release` names
    the release that it started from: `undone_since` returns what it would undo of the releases after another one. With `is_checked`
    false, only `from_release` counts. Raises GitFailed.
    """
    known = current.origin.source if current else None
    # Without a checkout, the content is that of the current release with changes that no commit has.
    derived = known._replace(modified=True) if known else None
    own = checkout.source if isinstance(checkout, Checkout) else None
    found = Start(own or derived, own, warnings=tuple(_warnings(checkout)))
    if current is None:
        return found
    if from_release is not None:
        lost = tuple(undone_since(from_release))
        refusal = _undoing(lost, from_release, current) if lost else ""
        return replace(found, base=from_release, undone=lost, refusal=refusal, is_proved=not lost and checkout is not None)
    why = _why(current, known, checkout) if known and checkout and is_checked else ""
    if not why:
        return replace(found, is_proved=bool(known and checkout and is_checked))
    base = _latest(store, current, checkout) if isinstance(checkout, Checkout) else None
    if base is None:
        return replace(found, why=why, refusal=f"{why}. {_unknown(current)}")
    lost = tuple(undone_since(base))
    refusal = f"nothing that was published after release {base} would be undone. To publish it: --from-release {base}"
    if lost:
        refusal = _undoing(lost, base, current)
    elif isinstance(checkout, Checkout) and known and checkout.contains(known.commit):
        return replace(found, base=base, why=why, is_proved=True)  # it has the changes that the commit of the current release does not have
    return replace(found, base=base, why=why, undone=lost, refusal=f"{why}; {refusal}")


def _latest(store: Store, current: Release, checkout: Checkout) -> int | None:
    """Return the latest release whose content the checkout surely has, because it contains the commit, and the source was not modified."""
    reader = Reader(store)
    answers: dict[str, bool] = {}
    before = current.number + 1
    while releases := reader.releases(before, _AT_ONCE):
        for release in releases:
            source = release.origin.source
            if source is None or source.modified:
                continue
            if source.commit not in answers:
                answers[source.commit] = checkout.contains(source.commit)
            if answers[source.commit]:
                return release.number
        before = releases[-1].number
    return None


def _undoing(lost: Sequence[Undone], base: int, current: Release) -> str:
    hows = [one.how for one in lost]
    parts = [f"undo {counted(hows.count(Undoing.UNDONE), 'change')}"] if Undoing.UNDONE in hows else []
    parts += [f"overwrite {counted(hows.count(Undoing.CONFLICT), 'change')}"] if Undoing.CONFLICT in hows else []
    return (
        f"it would {' and '.join(parts)} that releases after {base} made. Update the source, for example with git pull. If these changes "
        f"are meant, say that it started from the current release: --from-release {current.number}"
    )


def _unknown(current: Release) -> str:
    return (
        "No release was published from a commit that this source has, so what it would undo can't be found. Update the source, for example "
        f"with git pull. If it has everything that was published, say so: --from-release {current.number}"
    )


def _why(current: Release, known: Source, checkout: Checkout | NoCheckout) -> str:
    """Return why the source may lack what is published, without a full stop; nothing if its commit proves that it lacks nothing."""
    commit = known.commit[:SHOWN]
    of_current = f"the current release, {current.number}, was published from commit {commit}"
    if isinstance(checkout, NoCheckout):
        return f"{of_current}, but {checkout.reason}"
    if not checkout.contains(known.commit):
        if checkout.is_shallow and not checkout.knows(known.commit):
            return f"{of_current}, and this checkout has only a part of the history: run git fetch --unshallow (on GitHub: fetch-depth: 0)"
        what = "does not contain" if checkout.knows(known.commit) else "does not know"
        return f"{of_current}, which this checkout (commit {checkout.source.commit[:SHOWN]}) {what}"
    if known.modified:
        return f"{of_current} with changes that this commit does not have"
    return ""


def _warnings(checkout: Checkout | NoCheckout | None) -> Iterable[str]:
    if isinstance(checkout, Checkout) and checkout.source.modified:
        commit = checkout.source.commit[:SHOWN]
        yield f"the source has uncommitted changes: the release keeps the commit {commit} and that its source was modified"
    if isinstance(checkout, NoCheckout) and not checkout.is_outside:
        yield f"the release keeps no commit of its own: {checkout.reason}"
