"""A resource's timemap (RFC 7089): its revisions in the link format, for web archives."""

from collections.abc import Iterator, Sequence

from handlers.dates import http_date
from handlers.links import LINK_FORMAT, link
from record.model import Revision, State


def timemap(base: str, target: str, revisions: Sequence[Revision], newest: int, following: str | None) -> str:
    """Return a page of the timemap of the resource at the path `base`, newest first: the live revisions, and a link to the next page.

    `target` is the page's own path and query, `newest` the number of the resource's newest revision, live or not.
    """
    return ",\n".join(_links(base, target, revisions, newest, following)) + "\n"


def _links(base: str, target: str, revisions: Sequence[Revision], newest: int, following: str | None) -> Iterator[str]:
    yield link(base, "original timegate")
    yield link(target, "self", type=LINK_FORMAT)
    live = [revision for revision in revisions if revision.state is State.LIVE]
    # The last memento is on the first page. Only a tombstone can be newer.
    last = live[0] if live and revisions[0].number == newest else None
    for revision in live:
        ends = ["first"] * (revision.number == 1) + ["last"] * (revision is last)
        yield link(f"{base}/revisions/{revision.number}", " ".join([*ends, "memento"]), datetime=http_date(revision.published_at))
    if following:
        yield link(following, "timemap", type=LINK_FORMAT)
