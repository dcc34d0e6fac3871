"""The API reference for browsers: the Swagger UI files that Powertools ships, in a page of our own.

The page loads nothing from other servers. Each file is read at its first request, so a cold start reads none of them. Powertools' own
`enable_swagger` is not used: it imports Pydantic, and its page needs inline scripts, which our Content-Security-Policy forbids.
"""

import hashlib
import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from handlers import parameters
from handlers.answers import Answer
from handlers.problems import Problem
from handlers.request import Request

STATIC = Path(__file__).with_name("static")
HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
STYLE = "text/css; charset=utf-8"

# Only this server's own files; `data:` is for images inside Swagger UI's style sheet. Swagger UI sets styles through the DOM, which
# needs no exception for inline styles.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@cache
def files() -> Mapping[str, tuple[Path, str]]:
    """Return the page's files and their media types, by name. Some are beside this module, the others in Powertools' package."""
    found = importlib.util.find_spec("aws_lambda_powertools")
    assert found is not None, "it is among the requirements"
    assert found.origin is not None, "it is a package of files"
    swagger_ui = Path(found.origin).parent / "event_handler/openapi/swagger_ui"
    return {
        "setup.js": (STATIC / "setup.js", SCRIPT),
        "page.css": (STATIC / "page.css", STYLE),
        "swagger-ui.js": (swagger_ui / "swagger-ui-bundle.min.js", SCRIPT),
        "swagger-ui.css": (swagger_ui / "swagger-ui.min.css", STYLE),
    }


class _Read(NamedTuple):
    """The text of a file, and the SHA-256 of its bytes."""

    text: str
    digest: str


class Reference:
    """Serves the page and its files. None of them takes a parameter."""

    def __init__(self) -> None:
        """Start without any file read."""
        self._read: dict[Path, _Read] = {}

    def page(self, request: Request) -> Answer:
        """Answer the page. Its Content-Security-Policy covers everything that it loads."""
        return self._answer(STATIC / "page.html", HTML, request)._replace(headers={"Content-Security-Policy": POLICY})

    def file(self, name: str, request: Request) -> Answer:
        """Answer a script or style sheet of the page. Raises Problem if there is no file of this name."""
        if name not in files():
            raise Problem("not-found", f"the reference has no file {name[:100]}")
        return self._answer(*files()[name], request)

    def _answer(self, file: Path, media_type: str, request: Request) -> Answer:
        parameters.only(request).done()
        read = self._read.get(file)
        if read is None:
            text = file.read_text(encoding="utf-8")
            read = self._read[file] = _Read(text, hashlib.sha256(text.encode()).hexdigest())
        return Answer(read.text, "static", media_type=media_type, digest=read.digest)
