"""The record's history: a resource's revisions, the releases, and the feed of changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers import cursors, parameters, snapshots
from handlers.answers import Answer
from handlers.bodies import compact, release_row
from handlers.contract import Collection, Contract
from handlers.links import LINK_FORMAT, link, links_of_list, links_of_resource
from handlers.parameters import RequestedRelease
from handlers.problems import Moved, Problem
from handlers.request import Request
from handlers.resources import is_redacted
from handlers.snapshots import Snapshot
from handlers.timemaps import timemap
from record.model import Change, Revision, Seal, State
from record.reading import Reader

_BEYOND = 10**10  # above every number of a revision or release
_WHOLE_TYPE = ("",)  # no field is shown, so only type-level deprecations apply


class History:
    """Answers about what was published when."""

    def __init__(self, contract: Contract, reader: Reader) -> None:
        """Answer by this contract, from this record."""
        self._contract = contract
        self._reader = reader

    def revisions(self, collection: Collection, slug: str, request: Request) -> Answer:
        """Answer a page of a resource's revisions, newest first."""
        path = self._path(collection, slug)
        requested, limit, cursor = self._asked(request, path)
        snapshot = snapshots.resolve(self._reader, requested, cursor)
        before = int(cursor.place) if cursor else _BEYOND
        found = self._reader.revisions(path, snapshot.release, before, limit + 1)
        newest = found[0] if found and not cursor else self._reader.document(path, snapshot.release)
        if newest is None:
            raise Problem("not-found", f"there is no {path} at this release")
        rows = [self._revision_row(revision) for revision in found[:limit]]
        place = str(found[limit - 1].number) if len(found) > limit else None
        answer = self._page(request, snapshot, rows, newest.number, limit, self._cursor(snapshot, path, place))
        return answer._replace(deprecations=collection.deprecations_of(_WHOLE_TYPE))

    def revision(self, collection: Collection, slug: str, number: str, request: Request) -> Answer:
        """Answer one revision of a resource, as it was."""
        path = self._path(collection, slug)
        asked = parameters.only(request, parameters.names_for(self._contract, "revision"))
        requested = asked.requested_release(negotiable=False)  # a memento ignores Accept-Datetime
        asked.done()
        snapshot = snapshots.resolve(self._reader, requested)
        found = self._reader.revision(path, snapshot.release, int(number)) if _is_number(number) else None
        if found is None:
            raise Problem("not-found", f"{path} has no revision {number[:20]} at this release")
        if found.state is State.WITHDRAWN:
            raise Problem("withdrawn", f"this revision of {path} withdrew it: {found.reason}")
        base = f"/{self._contract.version}"
        if found.state is not State.LIVE:
            # The target can have moved too. One redirect leads to where it is at the release that is read.
            target = self._reader.document(found.target, snapshot.release) if found.target else None
            raise Moved(f"{base}/{target.target if target and target.target else found.target}")
        # A revision is a memento at every release (RFC 7089), and never changes.
        return Answer(
            found.body,
            "pinned",
            digest=found.digest,
            last_modified=None if is_redacted(found.body) else found.published_at,
            memento=found.published_at,
            links=[link(f"{base}/schemas/{collection.singular}.json", "describedby"), *links_of_resource(f"{base}/{path}", found.number)],
            deprecations=collection.deprecations_of(),
        )

    def timemap(self, collection: Collection, slug: str, request: Request) -> Answer:
        """Answer a page of a resource's timemap (RFC 7089): its revisions, newest first, in the link format."""
        path = self._path(collection, slug)
        asked = parameters.only(request, parameters.names_for(self._contract, "timemap"))
        text = asked.text("cursor")
        asked.done()
        name = f"{path}/timemap"
        cursor = self._decoded(text, name)
        snapshot = snapshots.resolve(self._reader, RequestedRelease(), cursor)
        newest = self._reader.document(path, snapshot.release)
        if newest is None:
            raise Problem("not-found", f"there is no {path} at this release")
        most = self._contract.highest_limit
        found = self._reader.revisions(path, snapshot.release, int(cursor.place) if cursor else _BEYOND, most + 1)
        place = str(found[most - 1].number) if len(found) > most else None
        following = self._cursor(snapshot, name, place)
        next_page = request.target_of_page(following) if following else None
        base = f"/{self._contract.version}/{path}"
        return Answer(
            timemap(base, request.target, found[:most], newest.number, next_page),
            snapshot.cache(),
            media_type=LINK_FORMAT,
            links=[link(base, "original timegate"), *links_of_list(request, next_page, requested=False)],
            deprecations=collection.deprecations_of(_WHOLE_TYPE),
        )

    def releases(self, request: Request) -> Answer:
        """Answer a page of the releases, newest first."""
        requested, limit, cursor = self._asked(request, "releases")
        snapshot = snapshots.resolve(self._reader, requested, cursor)
        found = self._reader.releases(int(cursor.place) if cursor else snapshot.release + 1, limit)
        place = str(found[-1].number) if found and found[-1].number > 1 else None
        rows = [release_row(release, self._contract.version) for release in found]
        return self._page(request, snapshot, rows, snapshot.release, limit, self._cursor(snapshot, "releases", place))

    def release(self, number: str, request: Request) -> Answer:
        """Answer one release."""
        parameters.only(request).done()
        self._reader.head(int(number) if _is_number(number) else 0)  # another instance may have shown it to the client already
        snapshot = snapshots.resolve(self._reader, RequestedRelease())
        found = self._reader.release(int(number)) if _is_number(number) else None
        if found is None:
            raise Problem("not-found", f"there is no release {number[:20]}; the current one is {snapshot.release}")
        base = f"/{self._contract.version}/releases"
        links = [link(base, "collection"), *([link(f"{base}/{found.number - 1}", "predecessor-version")] if found.number > 1 else [])]
        body = compact(release_row(found, self._contract.version))
        return Answer(body, "pinned", last_modified=found.published_at if found.message_salt else None, links=links)

    def changes(self, request: Request) -> Answer:
        """Answer a page of the changes after a release, oldest first; `resume` is the path that later returns the newer changes."""
        asked = parameters.only(request, parameters.names_for(self._contract, "changes"))
        since = asked.number("since", 0, None, 0)
        limit = asked.number("limit", 1, self._contract.highest_limit, self._contract.default_limit)
        requested, text = asked.requested_release(), asked.text("cursor")
        asked.done()
        mark = cursors.list_mark("changes", since)
        cursor = cursors.decode(text, mark) if text is not None else None
        # A client comes back for newer changes, so the cursor is a position in the feed and pins no release.
        epoch = self._reader.head(epoch=cursor.epoch if cursor else 0).epoch
        snapshot = snapshots.resolve(self._reader, requested)
        if cursor and cursor.epoch > epoch:
            raise cursors.invalid("was not issued by this API")
        after = cursor.place if cursor else f"{since:010d}~"
        found = self._reader.changes(after, snapshot.release, limit + 1)
        has_more = len(found) > limit
        last = found[limit - 1].key if has_more else found[-1].key if found else after
        following = cursors.Cursor(snapshot.release, epoch, mark, last).encode()
        envelope = {
            "total": None,
            "limit": limit,
            "release": snapshot.release,
            "next": snapshot.named(request).target_of_page(following) if has_more else None,
            "resume": request.target_of_page(following, without=("release", "as_of")),
        }
        return self._answer(request, snapshot, [_change_row(change) for change in found[:limit]], envelope)

    def _path(self, collection: Collection, slug: str) -> str:
        missing = Problem("not-found", f"there is no {collection.name}/{slug[:100]}")
        return f"{collection.name}/{parameters.slug(slug, lambda: missing)}"

    def _asked(self, request: Request, name: str) -> tuple[RequestedRelease, int, cursors.Cursor | None]:
        """Return the requested release, limit and cursor of a list of the history, which `name` identifies."""
        asked = parameters.only(request, parameters.names_for(self._contract, "history"))
        limit = asked.number("limit", 1, self._contract.highest_limit, self._contract.default_limit)
        requested, text = asked.requested_release(), asked.text("cursor")
        asked.done()
        return requested, limit, self._decoded(text, name)

    def _decoded(self, text: str | None, name: str) -> cursors.Cursor | None:
        cursor = cursors.decode(text, cursors.list_mark(name)) if text is not None else None
        if cursor and not _is_number(cursor.place):
            raise cursors.invalid("was not issued by this API")
        return cursor

    def _cursor(self, snapshot: Snapshot, name: str, place: str | None) -> str | None:
        if place is None:
            return None
        return cursors.Cursor(snapshot.release, self._reader.head().epoch, cursors.list_mark(name), place).encode()

    def _page(
        self, request: Request, snapshot: Snapshot, rows: Sequence[Mapping[str, Any]], total: int | None, limit: int, cursor: str | None
    ) -> Answer:
        next_page = snapshot.named(request).target_of_page(cursor) if cursor else None
        return self._answer(request, snapshot, rows, {"total": total, "limit": limit, "release": snapshot.release, "next": next_page})

    def _answer(self, request: Request, snapshot: Snapshot, rows: Sequence[Mapping[str, Any]], envelope: Mapping[str, Any]) -> Answer:
        named = snapshot.named(request)
        return Answer(
            compact({"data": rows, "links": {"self": named.target}, "page": envelope}),
            snapshot.cache(),
            memento=snapshot.memento(self._reader),
            content_location=named.target if snapshot.negotiated else None,
            links=links_of_list(request, envelope["next"], requested=snapshot.requested),
        )

    def _revision_row(self, revision: Revision) -> dict[str, Any]:
        return {
            "number": revision.number,
            "release": revision.release,
            "published_at": revision.published_at,
            "digest": revision.digest,
            "seals": [_seal_row(one) for one in revision.seals],
            "salts": dict(revision.salts),
            "state": revision.state,
            "reason": revision.reason,
            "target": revision.target,
            "path": f"/{self._contract.version}/{revision.path}/revisions/{revision.number}",
        }


def _seal_row(seal: Seal) -> dict[str, Any]:
    return {"release": seal.release, "seal": seal.seal, **({"hashes": dict(seal.hashes)} if seal.hashes else {})}


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
