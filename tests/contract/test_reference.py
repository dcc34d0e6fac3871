"""The reference's page and its files, as a client without a browser sees them."""

import pytest

from handlers.reference import files
from tests.conftest import Client
from tests.contract.asking import CONTRACT, check_problem, sha256

TYPES = {"/docs": "text/html; charset=utf-8"} | {f"/docs/{name}": media_type for name, (_, media_type) in files().items()}


@pytest.mark.parametrize("target", TYPES)
def test_the_page_and_its_files_are_served(target: str, warm: Client) -> None:
    """Each with its media type, ETag and HEAD; the page has its Content-Security-Policy."""
    got = warm.get(target)
    assert (got.status, got.headers["content-type"], got.headers["etag"]) == (200, TYPES[target], sha256(got.body))
    assert got.headers["cache-control"] == CONTRACT.cache_control["static"]
    assert ("content-security-policy" in got.headers) == (target == "/docs")
    headed = warm.get(target, method="HEAD")
    assert (headed.status, headed.body, dict(headed.headers)) == (200, "", dict(got.headers))
    known = warm.get(target, {"If-None-Match": got.headers["etag"]})
    assert (known.status, known.body) == (304, "")


@pytest.mark.parametrize("target", TYPES)
def test_no_parameter_is_taken(target: str, warm: Client) -> None:
    """Swagger UI would take the URL of another specification from the query."""
    assert check_problem(warm.get(f"{target}?url=https://elsewhere.example")) == "unknown-parameter"


@pytest.mark.parametrize("name", ["nope.js", "page.html", "swagger-ui-bundle.min.js", "..%2Freference.py"])
def test_no_other_file_is_served(name: str, warm: Client) -> None:
    """Only the listed files are served."""
    assert check_problem(warm.get(f"/docs/{name}")) == "not-found"
