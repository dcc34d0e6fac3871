"""Mementos (RFC 7089): what an answer says of the time it is of, and how it leads to others of the same.

A resource is its own timegate: asked with `Accept-Datetime` it answers as it was, and says where the same is found without that.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import urlencode

from handlers.answers import KNOWN, http_date
from handlers.links import link, uri_reference
from handlers.moments import ReadAt
from handlers.request import Request
from record.model import Revision, State
from record.reading import Reader

LINK_FORMAT = "application/link-format"


def headers_of(request: Request, at: ReadAt, published_at: str) -> dict[str, str]:
    """Return the headers of an answer that was asked for by release or time, and was published then; none of any other."""
    if not at.asked:
        return {}
    headers = {"Memento-Datetime": http_date(published_at)}
    if at.negotiated:
        headers["Content-Location"] = uri_reference(named(request, at).target)
    return headers


def named(request: Request, at: ReadAt) -> Request:
    """Return a request with the release that it was answered at in its query, where it asked for a time by a header.

    It is what its Content-Location asks for, so what an answer says of itself is said of this: then both answer the same bytes.
    """
    if not at.negotiated:
        return request
    joined = f"{request.raw_query}&" if request.raw_query else ""
    release = str(at.release)
    return request._replace(raw_query=f"{joined}release={release}", parameters=(*request.parameters, ("release", release)))


def headers_of_release(request: Request, at: ReadAt, reader: Reader) -> dict[str, str]:
    """Return the headers of an answer that tells of a release as a whole."""
    release = reader.release(at.release) if at.asked else None
    return headers_of(request, at, release.published_at) if release else {}


def links_of_list(request: Request, at: ReadAt) -> list[str]:
    """Return where a list that was asked for by release or time stands as it is now."""
    if not at.asked:
        return []
    kept = [(name, value) for name, value in request.parameters if name not in ("release", "as_of", "cursor")]
    now = f"{request.path}?{urlencode(kept, safe='/,:')}" if kept else request.path
    return [link(now, "original timegate")]


@lru_cache(maxsize=KNOWN)
def links_of_resource(base: str, number: int) -> tuple[str, ...]:
    """Return what leads from a resource at a path to its other revisions; `number` is that of this one."""
    links = [
        link(base, "canonical original timegate latest-version"),
        link(f"{base}/timemap", "timemap", type=LINK_FORMAT),
        link(f"{base}/revisions", "version-history"),
    ]
    if number > 1:
        links.append(link(f"{base}/revisions/{number - 1}", "predecessor-version"))
    return tuple(links)


def timemap(base: str, target: str, revisions: Sequence[Revision], newest: int, following: str | None) -> str:
    """Return a page of a resource's timemap, newest first: the revisions that can be read, and where the next page is.

    `newest` is the number of its newest revision, be it one that can be read or not.
    """
    return ",\n".join(_timemap(base, target, revisions, newest, following)) + "\n"


def _timemap(base: str, target: str, revisions: Sequence[Revision], newest: int, following: str | None) -> Iterator[str]:
    yield link(base, "original timegate")
    yield link(target, "self", type=LINK_FORMAT)
    live = [revision for revision in revisions if revision.state is State.LIVE]
    # The last memento stands on the first page, before it at most that it went away.
    last = live[0] if live and revisions[0].number == newest else None
    for revision in live:
        ends = ["first"] * (revision.number == 1) + ["last"] * (revision is last)
        yield link(f"{base}/revisions/{revision.number}", " ".join([*ends, "memento"]), datetime=http_date(revision.published_at))
    if following:
        yield link(following, "timemap", type=LINK_FORMAT)
