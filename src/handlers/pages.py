"""HTML pages that explain the problem types. They need no script and load nothing from other servers."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from handlers.answers import Answer

HTML = "text/html"
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - Article 33</title>
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<header><p class="name">Article 33</p><nav><a href="/docs">The reference</a> <a href="/{version}/problems">All problems</a></nav></header>
<main>
{sections}
</main>
</body>
</html>
"""


def answer(title: str, sections: Iterable[str], version: str) -> Answer:
    """Return a page with these sections, for this version of the API."""
    page = _PAGE.format(title=escape(title), version=version, sections="\n".join(sections))
    return Answer(page, "static", media_type=f"{HTML}; charset=utf-8", headers={"Content-Security-Policy": _POLICY})


def problem(row: Mapping[str, Any]) -> str:
    """Return the section that explains a problem type."""
    return (
        f"<section><h1>{escape(row['title'])}</h1><p>Status {row['status']}, type <code>{escape(row['type'])}</code>.</p>"
        f"<p>{escape(row['meaning'])}</p><h2>What to do</h2><p>{escape(row['remedy'])}</p></section>"
    )
