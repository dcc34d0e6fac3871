"""Documents to publish, and helpers that read them back."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from record.model import Document, Page, PageRequest
from record.reading import Reader


def document(slug: str, *, collection: str = "events", **fields: Any) -> Document:
    """Return a document. Its field `day` is its sort key, `act` and `case` make filtered lists, and index entries carry `act`."""
    path = f"{collection}/{slug}"
    content = json.dumps({"id": path, **fields}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    day = fields.get("day")
    lists = [f"{collection}?{name}={fields[name]}" for name in ("act", "case") if fields.get(name)]
    return Document(
        path,
        content,
        {"day": day or "~"},
        tuple(lists),
        (f"act={fields['act']}",) if fields.get("act") else (),
        (day, fields.get("until", day)) if day else None,
    )


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
