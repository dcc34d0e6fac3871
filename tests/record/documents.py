"""Documents to publish, and helpers that read them back."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from record.model import Document, Page, PageRequest
from record.reading import Reader
from record.verifying.placements import Derived


class DocumentRules:
    """The rules by which `document` places a document. If it names others in `events`, these are in its list of events too."""

    number = 1

    def derive(self, path: str, content: Mapping[str, Any]) -> Derived:
        """Return what follows from a document's members."""
        day = content.get("day")
        lists = [f"{path.partition('/')[0]}?{name}={content[name]}" for name in ("act", "case") if content.get(name)]
        values = (f"act={content['act']}",) if content.get("act") else ()
        brings = tuple((other, f"events?case={path}") for other in content.get("events") or ())
        span = (day, content.get("until", day)) if day else None
        return Derived({"day": day or "~"}, tuple(lists), values, span, brings, content.get("due"))


def document(slug: str, *, collection: str = "events", **fields: Any) -> Document:
    """Return a document. Its field `day` is its sort key, `act` and `case` make filtered lists, and index entries carry `act`."""
    path = f"{collection}/{slug}"
    content = json.dumps({"id": path, **fields}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    own = DocumentRules().derive(path, fields)
    return Document(path, content, own.sort_keys, own.lists, own.values, own.span)


def in_order(documents: Iterable[Document]) -> list[Document]:
    """Return documents sorted by path, as a publish expects them."""
    return sorted(documents, key=lambda one: one.path)


def ids(page: Page) -> list[str]:
    """Return the ids on a page."""
    return [json.loads(body)["id"] for body in page.bodies]


def read_list(reader: Reader, name: str, sort: str, release: int, **options: Any) -> list[str]:
    """Return the ids of a whole list, page by page. Fail if the list does not end."""
    found: list[str] = []
    after: str | None = None
    for _ in range(10_000):
        page = reader.page(PageRequest(name, sort, release, options.get("limit", 3), after, **without(options, "limit")))
        found += ids(page)
        after = page.after
        if after is None:
            return found
    raise AssertionError("the list does not end")


def without(options: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the options without this one."""
    return {key: value for key, value in options.items() if key != name}
