"""The API reference as a page in a browser: Swagger UI as Powertools ships it, around it a page of our own.

Every file comes from this server and is found and read when it is first asked for, so that a cold start pays for none of them. Nothing
of Powertools is imported: its own module for the page builds on Pydantic, and its page needs inline scripts.
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

# Nothing but this server's own files and answers; `data:` for the images that stand in Swagger UI's style sheet. No exception for styles
# is needed: what Swagger UI styles by script it styles through the DOM, which no policy forbids.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@cache
def files() -> Mapping[str, tuple[Path, str]]:
    """Return the page's files and their media types, by name. Its own stand beside this module, the others in Powertools."""
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
    """What was read from a file, and the digest of its bytes."""

    text: str
    digest: str


class Reference:
    """Answers with the page and its files. None of them takes a parameter."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._read: dict[Path, _Read] = {}

    def page(self, request: Request) -> Answer:
        """Answer the page itself; what its policy says holds for all that it loads."""
        return self._answer(STATIC / "page.html", HTML, request)._replace(headers={"Content-Security-Policy": POLICY})

    def file(self, name: str, request: Request) -> Answer:
        """Answer one of its scripts or style sheets; raise Problem where there is none of that name."""
        if name not in files():
            raise Problem("not-found", f"the reference has no file {name[:100]}")
        return self._answer(*files()[name], request)

    def _answer(self, file: Path, media_type: str, request: Request) -> Answer:
        parameters.only(request).done()
        read = self._read.get(file)
        if read is None:
            text = file.read_text(encoding="utf-8")
            read = self._read[file] = _Read(text, hashlib.sha256(text.encode()).hexdigest())
        return Answer(read.text, "static", media_type=media_type, etag=read.digest)
