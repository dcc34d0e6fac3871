"""What the service says of itself: where to start, its health, its problems, its schemas."""

import datetime
from typing import Any

from handlers import VERSION, parameters
from handlers.answers import Answer
from handlers.contract import PUBLISHED, Contract
from handlers.history import release_row
from handlers.moments import resolve
from handlers.problems import Problem
from handlers.request import Request
from handlers.resources import compact, link_header
from record.reading import Reader


class Service:
    """Answers about the API itself."""

    def __init__(self, contract: Contract, reader: Reader) -> None:
        """Answer by this contract, from this record."""
        self._contract = contract
        self._reader = reader

    def root(self, request: Request) -> Answer:
        """Answer what this is."""
        parameters.only(request).done()
        version = self._contract.version
        body = {
            "name": "Article 33",
            "description": "The record of refoulement cases: people returned by states to where they are persecuted. Public and read-only.",
            "license": self._contract.license,
            "links": {"start": f"/{version}", "health": f"/{version}/health", "problems": f"/{version}/problems"},
        }
        links = link_header([(f"/{version}", "start"), (self._contract.license, "license")])
        return Answer(compact(body), "static", headers={"Link": links})

    def start(self, request: Request) -> Answer:
        """Answer the collections, each with its total, its filters and its link, and the current release."""
        asked = parameters.only(request, ("release", "as_of"))
        moment = asked.moment()
        asked.done()
        at = resolve(self._reader, moment)
        release = self._reader.release(at.release)
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
            "links": {
                "self": request.target,
                "releases": f"/{version}/releases",
                "changes": f"/{version}/changes",
                "health": f"/{version}/health",
                "problems": f"/{version}/problems",
            },
        }
        links = link_header([(request.target, "self"), (self._contract.license, "license")])
        return Answer(compact(body), at.cache(), headers={"Link": links})

    def health(self, request: Request) -> Answer:
        """Answer that the record can be read, its current release and how old that is, in seconds."""
        parameters.only(request).done()
        head = self._reader.head()
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

    def problems(self, request: Request) -> Answer:
        """Answer every problem type."""
        parameters.only(request).done()
        return Answer(compact({"data": [self._problem(slug) for slug in self._contract.problems]}), "static")

    def problem(self, slug: str, request: Request) -> Answer:
        """Answer what a problem type means and what to do about it."""
        parameters.only(request).done()
        if slug not in self._contract.problems:
            raise Problem("not-found", f"there is no problem type {slug[:100]}")
        return Answer(compact(self._problem(slug)), "static")

    def schema(self, name: str, request: Request) -> Answer:
        """Answer a type's JSON Schema, as published."""
        parameters.only(request).done()
        if name not in {f"{collection.singular}.json" for collection in self._contract.collections.values()}:
            raise Problem("not-found", f"there is no schema {name[:100]}")
        return Answer((PUBLISHED / name).read_text(encoding="utf-8"), "static", media_type="application/schema+json")

    def _problem(self, slug: str) -> dict[str, Any]:
        row = self._contract.problems[slug]
        return {
            "type": f"/{self._contract.version}/problems/{slug}",
            "status": row.status,
            "title": row.title,
            "meaning": row.meaning,
            "remedy": row.remedy,
        }
