"""The record's history: a resource's revisions, the releases, and the feed of changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers import cursors, mementos, parameters
from handlers.answers import Answer, http_date
from handlers.contract import Collection, Contract
from handlers.links import link
from handlers.moments import ReadAt, resolve
from handlers.problems import Problem
from handlers.request import Request
from handlers.resources import Moved, compact, following_path
from record.chain import header
from record.model import Change, Release, Revision, State
from record.reading import Reader

_BEYOND = 10**10
_WHOLE = ("",)  # no field is shown, so only what will go as a whole counts


class History:
    """Answers about what was published when."""

    def __init__(self, contract: Contract, reader: Reader) -> None:
        """Answer by this contract, from this record."""
        self._contract = contract
        self._reader = reader

    def revisions(self, collection: Collection, slug: str, request: Request) -> Answer:
        """Answer a page of a resource's revisions, newest first."""
        path = self._path(collection, slug)
        asked, limit, cursor = self._asked(request, "history", path)
        at = resolve(self._reader, asked.moment(), cursor)
        before = int(cursor.place) if cursor else _BEYOND
        found = self._reader.revisions(path, at.release, before, limit + 1)
        newest = found[0] if found and not cursor else self._reader.document(path, at.release)
        if newest is None:
            raise Problem("not-found", f"there is no {path} at this release")
        rows = [self._revision(revision) for revision in found[:limit]]
        place = str(found[limit - 1].number) if len(found) > limit else None
        answer = self._page(request, at, rows, newest.number, limit, self._cursor(at, path, place))
        return answer._replace(deprecations=collection.going(_WHOLE))

    def revision(self, collection: Collection, slug: str, number: str, request: Request) -> Answer:
        """Answer one revision of a resource, as it was."""
        path = self._path(collection, slug)
        asked = parameters.only(request, parameters.names_for(self._contract, "revision"))
        moment = asked.moment(negotiable=False)  # a memento is of one time, whatever time is asked for
        asked.done()
        at = resolve(self._reader, moment)
        found = self._reader.revision(path, at.release, int(number)) if _is_number(number) else None
        if found is None:
            raise Problem("not-found", f"{path} has no revision {number[:20]} at this release")
        if found.state is State.WITHDRAWN:
            raise Problem("withdrawn", f"this revision of {path} withdrew it: {found.reason}")
        if found.state is not State.LIVE:
            # Where it led may have moved on since; what moves leads to where it is at the release that is read, in one hop.
            there = self._reader.document(found.target, at.release) if found.target else None
            raise Moved(f"/{self._contract.version}/{there.target if there and there.target else found.target}")
        dated = {} if '"redactions":[{' in found.body else {"Last-Modified": http_date(found.published_at)}
        # It is a memento, whatever release it is read at (RFC 7089), and never changes.
        return Answer(
            found.body,
            "pinned",
            etag=found.digest,
            headers={**dated, "Memento-Datetime": http_date(found.published_at)},
            links=[
                link(f"/{self._contract.version}/schemas/{collection.singular}.json", "describedby"),
                *mementos.links_of_resource(f"/{self._contract.version}/{path}", found.number),
            ],
            deprecations=collection.going(),
        )

    def timemap(self, collection: Collection, slug: str, request: Request) -> Answer:
        """Answer a page of a resource's timemap (RFC 7089): its revisions, newest first, in the link format."""
        path = self._path(collection, slug)
        asked = parameters.only(request, parameters.names_for(self._contract, "timemap"))
        text = asked.text("cursor")
        asked.done()
        name = f"{path}/timemap"
        cursor = self._decoded(text, name)
        at = resolve(self._reader, parameters.Moment(), cursor)
        newest = self._reader.document(path, at.release)
        if newest is None:
            raise Problem("not-found", f"there is no {path} at this release")
        most = self._contract.highest_limit
        found = self._reader.revisions(path, at.release, int(cursor.place) if cursor else _BEYOND, most + 1)
        place = str(found[most - 1].number) if len(found) > most else None
        following_cursor = self._cursor(at, name, place)
        following = following_path(request, following_cursor) if following_cursor else None
        base = f"/{self._contract.version}/{path}"
        body = mementos.timemap(base, request.target, found[:most], newest.number, following)
        links = [link(base, "original timegate"), *([link(following, "next")] if following else [])]
        return Answer(body, at.cache(), media_type=mementos.LINK_FORMAT, links=links, deprecations=collection.going(_WHOLE))

    def releases(self, request: Request) -> Answer:
        """Answer a page of the releases, newest first."""
        asked, limit, cursor = self._asked(request, "history", "releases")
        at = resolve(self._reader, asked.moment(), cursor)
        before = int(cursor.place) if cursor else at.release + 1
        found = self._reader.releases(before, limit)
        place = str(found[-1].number) if found and found[-1].number > 1 else None
        return self._page(
            request,
            at,
            [release_row(release, self._contract.version) for release in found],
            at.release,
            limit,
            self._cursor(at, "releases", place),
        )

    def release(self, number: str, request: Request) -> Answer:
        """Answer one release."""
        parameters.only(request).done()
        self._reader.head(int(number) if _is_number(number) else 0)  # another instance may have shown it already
        at = resolve(self._reader, parameters.Moment())
        found = self._reader.release(int(number)) if _is_number(number) else None
        if found is None:
            raise Problem("not-found", f"there is no release {number[:20]}; the current one is {at.release}")
        base = f"/{self._contract.version}/releases"
        links = [link(base, "collection"), *([link(f"{base}/{found.number - 1}", "predecessor-version")] if found.number > 1 else [])]
        body = compact(release_row(found, self._contract.version))
        return Answer(body, "pinned", headers={"Last-Modified": http_date(found.published_at)}, links=links)

    def changes(self, request: Request) -> Answer:
        """Answer a page of what changed after a release, oldest first; its `resume` is a path to come back with."""
        asked = parameters.only(request, parameters.names_for(self._contract, "changes"))
        since = asked.number("since", 0, None, 0)
        limit = asked.number("limit", 1, self._contract.highest_limit, self._contract.default_limit)
        moment, text = asked.moment(), asked.text("cursor")
        asked.done()
        mark = cursors.list_mark("changes", since)
        cursor = cursors.decode(text, mark) if text is not None else None
        # A reader comes back to see what is newer, so the cursor holds a place in the feed and pins no release.
        epoch = self._reader.head(epoch=cursor.epoch if cursor else 0).epoch
        at = resolve(self._reader, moment)
        if cursor and cursor.epoch > epoch:
            raise cursors.invalid("is not one that this API handed out")
        after = cursor.place if cursor else f"{since:010d}~"
        found = self._reader.changes(after, at.release, limit + 1)
        more = len(found) > limit
        last = found[limit - 1].key if more else found[-1].key if found else after
        going_on = cursors.Cursor(at.release, epoch, mark, last).encode()
        following = following_path(mementos.named(request, at), going_on) if more else None
        # Whoever comes back wants what is newer, so they are not held at the release that this was asked at.
        resume = following_path(request, going_on, besides=("release", "as_of"))
        envelope = {"total": None, "limit": limit, "release": at.release, "next": following, "resume": resume}
        return self._answer(request, at, [_change_row(change) for change in found[:limit]], envelope)

    def _path(self, collection: Collection, slug: str) -> str:
        missing = Problem("not-found", f"there is no {collection.name}/{slug[:100]}")
        return f"{collection.name}/{parameters.slug(slug, lambda: missing)}"

    def _asked(self, request: Request, scope: str, name: str) -> tuple[parameters.Parameters, int, cursors.Cursor | None]:
        asked = parameters.only(request, parameters.names_for(self._contract, scope))
        limit = asked.number("limit", 1, self._contract.highest_limit, self._contract.default_limit)
        asked.moment()
        text = asked.text("cursor")
        asked.done()
        return asked, limit, self._decoded(text, name)

    def _decoded(self, text: str | None, name: str) -> cursors.Cursor | None:
        cursor = cursors.decode(text, cursors.list_mark(name)) if text is not None else None
        if cursor and not _is_number(cursor.place):
            raise cursors.invalid("is not one that this API handed out")
        return cursor

    def _cursor(self, at: ReadAt, name: str, place: str | None) -> str | None:
        if place is None:
            return None
        return cursors.Cursor(at.release, self._reader.head().epoch, cursors.list_mark(name), place).encode()

    def _page(
        self, request: Request, at: ReadAt, rows: Sequence[Mapping[str, Any]], total: int | None, limit: int, cursor: str | None
    ) -> Answer:
        following = following_path(mementos.named(request, at), cursor) if cursor else None
        return self._answer(request, at, rows, {"total": total, "limit": limit, "release": at.release, "next": following})

    def _answer(self, request: Request, at: ReadAt, rows: Sequence[Mapping[str, Any]], envelope: Mapping[str, Any]) -> Answer:
        body = compact({"data": rows, "links": {"self": mementos.named(request, at).target}, "page": envelope})
        following = [link(envelope["next"], "next")] if envelope["next"] else []
        headers = mementos.headers_of_release(request, at, self._reader)
        return Answer(body, at.cache(), headers=headers, links=[*following, *mementos.links_of_list(request, at)])

    def _revision(self, revision: Revision) -> dict[str, Any]:
        return {
            "number": revision.number,
            "release": revision.release,
            "published_at": revision.published_at,
            "digest": revision.digest,
            "seal": revision.seal,
            "salt": revision.salt,
            "state": revision.state,
            "reason": revision.reason,
            "target": revision.target,
            "path": f"/{self._contract.version}/{revision.path}/revisions/{revision.number}",
        }


def release_row(release: Release, version: str) -> dict[str, Any]:
    """Return a release as the API shows it. Its digest covers the header, then a line for each of its changes (docs/verifying.md)."""
    return {
        "number": release.number,
        "published_at": release.published_at,
        "message": release.message,
        "counts": dict(release.counts),
        "changes": dict(release.changes),
        "digest": release.digest,
        "parent": release.parent,
        "chain": {"header": header(release), "changes": f"/{version}/changes?since={release.number - 1}&release={release.number}"},
    }


def _change_row(change: Change) -> dict[str, Any]:
    return {
        "path": change.path,
        "kind": change.kind,
        "release": change.release,
        "revision": change.revision,
        "digest": change.digest,
        "seal": change.seal,
        "reason": change.reason,
        "target": change.target,
        "fields": list(change.fields),
    }


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and text == str(int(text))
