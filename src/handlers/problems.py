"""Errors as clients see them: RFC 9457 problem details. Every error is a row of the contract's closed table."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from handlers.answers import Answer
from handlers.contract import Contract

PROBLEM_JSON = "application/problem+json"


class Fault(NamedTuple):
    """What is wrong with one part of a request. `where` is `query`, `path` or `header`."""

    where: str
    name: str
    code: str
    message: str
    allowed: tuple[str, ...] = ()
    did_you_mean: str | None = None


class Problem(Exception):
    """An error to answer; `slug` names a row of the contract's table of problems."""

    def __init__(self, slug: str, detail: str, faults: Sequence[Fault] = (), headers: Sequence[tuple[str, str]] = ()) -> None:
        """Explain in `detail`, for the client, what is wrong."""
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = tuple(headers)


class Moved(Exception):
    """The resource is now at another path."""

    def __init__(self, location: str) -> None:
        """Name the path."""
        super().__init__(location)
        self.location = location


def internal() -> Problem:
    """Return the problem of a fault that only the log explains."""
    return Problem("internal", "the request could not be answered")


class BadParameters(Problem):
    """One or more invalid parameters. The code of the first fault names the problem."""

    def __init__(self, faults: Sequence[Fault], unnamed: int = 0) -> None:
        """Report these faults, and the number of further faults that are not listed."""
        more = [f"and {unnamed} more"] if unnamed else []
        super().__init__(faults[0].code, "; ".join([*(fault.message for fault in faults), *more]), faults)


def render(problem: Problem, contract: Contract, request_id: str) -> Answer:
    """Return the answer for a problem."""
    row = contract.problems[problem.slug]
    body = {
        "type": f"/{contract.version}/problems/{row.slug}",
        "title": row.title,
        "status": row.status,
        "detail": problem.detail,
        "instance": request_id,
        "errors": [_member(fault) for fault in problem.faults],
    }
    headers = dict(problem.headers)
    if row.retry_after is not None:
        headers["Retry-After"] = str(row.retry_after)
    return Answer(json.dumps(body, ensure_ascii=False, separators=(",", ":")), row.cache, row.status, PROBLEM_JSON, headers=headers)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to this one; None if no name is similar."""
    import difflib  # noqa: PLC0415 - only wrong requests need it

    return next(iter(difflib.get_close_matches(name[:100], list(known), n=1, cutoff=0.6)), None)


def _member(fault: Fault) -> dict[str, object]:
    member: dict[str, object] = {"in": fault.where, "name": fault.name, "code": fault.code, "message": fault.message}
    if fault.allowed:
        member["allowed"] = list(fault.allowed)
    if fault.did_you_mean:
        member["did_you_mean"] = fault.did_you_mean
    return member
