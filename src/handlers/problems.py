"""Errors as a client sees them: RFC 9457 problem details, answered from the contract's closed table and from nothing else."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from handlers.answers import Answer
from handlers.contract import Contract

PROBLEM_JSON = "application/problem+json"


class Fault(NamedTuple):
    """What is wrong with one part of a request. `where` is the part's kind: query, path or header."""

    where: str
    name: str
    code: str
    message: str
    allowed: tuple[str, ...] = ()
    did_you_mean: str | None = None


class Problem(Exception):
    """A request that ends in an error; `slug` names a row of the table."""

    def __init__(self, slug: str, detail: str, faults: Sequence[Fault] = (), headers: Sequence[tuple[str, str]] = ()) -> None:
        """Say what is wrong, in words for whoever sent the request."""
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = tuple(headers)


class BadParameters(Problem):
    """One or several parameters that are wrong; the first one's code names the problem."""

    def __init__(self, faults: Sequence[Fault], unnamed: int = 0) -> None:
        """Report these faults, and how many more there are."""
        more = [f"and {unnamed} more"] if unnamed else []
        super().__init__(faults[0].code, "; ".join([*(fault.message for fault in faults), *more]), faults)


def render(problem: Problem, contract: Contract, request_id: str) -> Answer:
    """Return the answer to a request that ended in a problem."""
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
    """Return the known name that is most like this one; None where none is like it."""
    import difflib  # noqa: PLC0415 - only who asks for what is not there needs it

    return next(iter(difflib.get_close_matches(name[:100], list(known), n=1, cutoff=0.6)), None)


def _member(fault: Fault) -> dict[str, object]:
    member: dict[str, object] = {"in": fault.where, "name": fault.name, "code": fault.code, "message": fault.message}
    if fault.allowed:
        member["allowed"] = list(fault.allowed)
    if fault.did_you_mean:
        member["did_you_mean"] = fault.did_you_mean
    return member
