"""What the API says about itself: start page, health, problem types, schemas, and the well-known documents."""

import datetime
from typing import Any

from handlers import VERSION, pages, parameters, snapshots
from handlers.answers import Answer
from handlers.bodies import compact, release_row
from handlers.contract import Contract
from handlers.links import link, links_of_list
from handlers.problems import Problem
from handlers.request import JSON, Request
from record.reading import Reader

CATALOG = "/.well-known/api-catalog"
OPENAPI = "application/vnd.oai.openapi+json"
TEXT = "text/plain; charset=utf-8"


class Service:
    """Answers about the API itself."""

    def __init__(self, contract: Contract, reader: Reader, contact: str = "") -> None:
        """Answer by this contract, from this record; `contact` is the URI in security.txt."""
        self._contract = contract
        self._reader = reader
        self._contact = contact

    def root(self, request: Request) -> Answer:
        """Answer what this API is."""
        parameters.only(request).done()
        version = self._contract.version
        links = {"start": f"/{version}", "docs": "/docs", "openapi": f"/{version}/openapi.json", "catalog": CATALOG}
        body = {
            "name": "Article 33",
            "description": "The record of refoulement cases: people returned by states to places where they face persecution. "
            "Public and read-only.",
            "license": self._contract.license,
            "links": {**links, "health": f"/{version}/health", "problems": f"/{version}/problems"},
        }
        return Answer(
            compact(body), "static", links=[link(f"/{version}", "start"), link("/docs", "service-doc"), link(CATALOG, "api-catalog")]
        )

    def start(self, request: Request) -> Answer:
        """Answer the collections, each with its total, its filters and its link, and the current release."""
        asked = parameters.only(request, parameters.names_for(self._contract, "start"))
        requested = asked.requested_release()
        asked.done()
        snapshot = snapshots.resolve(self._reader, requested)
        release = self._reader.release(snapshot.release)
        if release is None:
            raise Problem("record-unavailable", "the current release can't be read")
        version = self._contract.version
        collections = {
            collection.name: {
                "title": collection.title,
                "description": collection.description,
                "total": release.counts.get(collection.name, 0),
                "href": f"/{version}/{collection.name}",
                "schema": f"/{version}/schemas/{collection.singular}.json",
                "sorts": [sign + sort for sort in collection.sorts for sign in ("", "-")],
                "default_sort": collection.default_sort,
                "filters": {
                    rule.name: {
                        "description": rule.description,
                        "form": rule.kind,
                        **({"allowed": list(rule.allowed)} if rule.allowed else {}),
                        "repeatable": rule.repeatable,
                    }
                    for rule in collection.filters.values()
                },
                "sublists": {name: f"/{version}/{collection.name}/{{slug}}/{name}" for name in collection.sublists},
            }
            for collection in self._contract.collections.values()
        }
        body = {
            "collections": collections,
            "release": release_row(release, version),
            "license": self._contract.license,
            "parameters": dict(self._contract.descriptions),
            "links": {
                "self": snapshot.named(request).target,
                "releases": f"/{version}/releases",
                "changes": f"/{version}/changes",
                "openapi": f"/{version}/openapi.json",
                "context": f"/{version}/context.jsonld",
                "terms": f"/{version}/terms",
                "docs": "/docs",
                "health": f"/{version}/health",
                "problems": f"/{version}/problems",
            },
        }
        return Answer(
            compact(body),
            snapshot.cache(),
            memento=snapshot.memento(self._reader),
            content_location=snapshot.named(request).target if snapshot.negotiated else None,
            links=[link("/docs", "service-doc"), *links_of_list(request, None, requested=snapshot.requested)],
        )

    def health(self, request: Request) -> Answer:
        """Answer that the record can be read, with the current release and its age in seconds."""
        parameters.only(request).done()
        head = self._reader.head()
        if self._reader.stale is not None:
            raise Problem("record-unavailable", "the record can't be read at the moment")
        release = self._reader.release(head.release)
        if release is None:
            raise Problem("record-unavailable", "no release has been published yet")
        age = request.now - datetime.datetime.fromisoformat(release.published_at)
        body = {
            "status": "ok",
            "version": VERSION,
            "release": release.number,
            "published_at": release.published_at,
            "age_seconds": max(0, round(age.total_seconds())),
        }
        return Answer(compact(body), "none")

    def openapi(self, request: Request) -> Answer:
        """Answer the published OpenAPI document."""
        return self._published("openapi.json", request)

    def context(self, request: Request) -> Answer:
        """Answer the published JSON-LD context of all types."""
        return self._published("context.jsonld", request)

    def terms(self, request: Request) -> Answer:
        """Answer the published definitions of our own linked-data terms."""
        return self._published("terms.jsonld", request)

    def problems(self, request: Request) -> Answer:
        """Answer every problem type."""
        parameters.only(request).done()
        rows = [self._problem(slug) for slug in self._contract.problems]
        if request.media_type == pages.HTML:
            return pages.answer("Problems", [pages.problem(row) for row in rows], self._contract.version)
        return Answer(compact({"data": rows}), "static")

    def problem(self, slug: str, request: Request) -> Answer:
        """Answer what a problem type means and what to do about it."""
        parameters.only(request).done()
        if slug not in self._contract.problems:
            raise Problem("not-found", f"there is no problem type {slug[:100]}")
        row = self._problem(slug)
        links = [link(f"/{self._contract.version}/problems", "collection")]
        return (
            pages.answer(row["title"], [pages.problem(row)], self._contract.version)
            if request.media_type == pages.HTML
            else Answer(compact(row), "static", links=links)
        )

    def schema(self, name: str, request: Request) -> Answer:
        """Answer the published JSON Schema of a type."""
        if name not in {f"{collection.singular}.json" for collection in self._contract.collections.values()}:
            raise Problem("not-found", f"there is no schema {name[:100]}")
        return self._published(name, request)

    def catalog(self, request: Request) -> Answer:
        """Answer the API catalog (RFC 9727): the API and the documents that describe it."""
        parameters.only(request).done()
        version = self._contract.version
        described = {
            "anchor": f"/{version}",
            "service-desc": [{"href": f"/{version}/openapi.json", "type": OPENAPI}],
            "service-doc": [{"href": "/docs", "type": pages.HTML}],
            "status": [{"href": f"/{version}/health", "type": JSON}],
            "license": [{"href": self._contract.license}],
        }
        itself = {"anchor": CATALOG, "item": [{"href": f"/{version}"}]}
        media_type = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
        return Answer(compact({"linkset": [described, itself]}), "static", media_type=media_type, links=[link(CATALOG, "api-catalog")])

    def security(self, request: Request) -> Answer:
        """Answer security.txt (RFC 9116), if this deployment has a security contact."""
        parameters.only(request).done()
        if not self._contact:
            raise Problem("not-found", "this deployment has no security contact")
        expires = request.now.replace(hour=0, minute=0, second=0, microsecond=0) + datetime.timedelta(days=180)
        lines = [f"Contact: {self._contact}", f"Expires: {expires.isoformat().replace('+00:00', 'Z')}", "Preferred-Languages: en", ""]
        return Answer("\n".join(lines), "static", media_type=TEXT)

    def robots(self, request: Request) -> Answer:
        """Answer robots.txt: crawlers may read everything."""
        parameters.only(request).done()
        return Answer("User-agent: *\nAllow: /\n", "static", media_type=TEXT)

    def _published(self, name: str, request: Request) -> Answer:
        parameters.only(request).done()
        return Answer((self._contract.published / name).read_text(encoding="utf-8"), "static", media_type=request.media_type)

    def _problem(self, slug: str) -> dict[str, Any]:
        row = self._contract.problems[slug]
        return {
            "type": f"/{self._contract.version}/problems/{slug}",
            "status": row.status,
            "title": row.title,
            "meaning": row.meaning,
            "remedy": row.remedy,
        }
