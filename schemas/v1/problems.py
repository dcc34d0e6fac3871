"""The complete table of errors that a client can get: one row for each RFC 9457 problem type.

The handlers respond from it, the published contract documents it, and `/v1/problems/{slug}` explains it.
"""

from dataclasses import dataclass

from schemas.v1.vocabulary import Reason


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A problem type: its slug below `/v1/problems/`, its HTTP status, and the texts for the client.

    `cache` names a row of `CACHE_CONTROL`. `retry_after` is in seconds; None if trying again doesn't help.
    `from_edge` marks the problems that CloudFront responds with before any handler runs.
    """

    slug: str
    status: int
    title: str
    meaning: str
    remedy: str
    cache: str = "brief"
    retry_after: int | None = None
    from_edge: bool = False


_REASONS = "; ".join(f"`{reason}` ({reason.description})" for reason in Reason)

PROBLEM_TYPES: tuple[ProblemType, ...] = (
    ProblemType(
        "unknown-parameter",
        400,
        "Unknown parameter",
        "The query has a parameter that this route does not accept.",
        "Remove it, or correct its name: `errors` suggests the nearest name and lists all that are accepted.",
    ),
    ProblemType(
        "invalid-parameter",
        400,
        "Invalid parameter",
        "A parameter has an invalid value, or is given more than once although it can't be repeated.",
        "Correct the value: `errors` names the parameter and the allowed values.",
    ),
    ProblemType(
        "conflicting-parameters",
        400,
        "Conflicting parameters",
        "Two of the parameters can't be used together, such as `release` and `as_of`.",
        "Remove one of them.",
    ),
    ProblemType(
        "invalid-cursor",
        400,
        "Invalid cursor",
        "The cursor does not come from this list, or the rest of the query was changed.",
        "Use `page.next` unchanged, or start again without a cursor.",
    ),
    ProblemType(
        "forbidden",
        403,
        "Forbidden",
        "The request was not sent to the API's public address, or it looks like a known attack.",
        "Use the API's public address. If you did, write to the contact in `/.well-known/security.txt`.",
        cache="none",
    ),
    ProblemType(
        "unknown-route",
        404,
        "Unknown route",
        "There is nothing at this path.",
        "Start at `/v1`, which links to all collections.",
    ),
    ProblemType(
        "not-found",
        404,
        "Not found",
        "There is no such resource, release or revision, or it did not exist yet at the requested release or time.",
        "Check the id or number, or read at a later release.",
    ),
    ProblemType(
        "method-not-allowed",
        405,
        "Method not allowed",
        "The API is read-only and does not support this method.",
        "Use one of the methods that the `Allow` header lists.",
    ),
    ProblemType(
        "not-acceptable",
        406,
        "Not acceptable",
        "The response is not available in any media type that the `Accept` header allows.",
        "Accept `application/json`.",
    ),
    ProblemType(
        "withdrawn",
        410,
        "Withdrawn",
        f"The resource was withdrawn from the record. The reason is one of: {_REASONS}.",
        "Delete your copy. Earlier revisions can still be read at earlier releases, unless they were redacted.",
    ),
    ProblemType(
        "cursor-expired",
        410,
        "Cursor expired",
        "Something was removed from the record after this cursor was issued, so the cursor is no longer valid.",
        "Start the list again without a cursor.",
    ),
    ProblemType(
        "uri-too-long",
        414,
        "Address too long",
        "The path and query are longer than 4,096 bytes.",
        "Request less at once.",
    ),
    ProblemType(
        "too-many-requests",
        429,
        "Too many requests",
        "Your IP address sent too many requests in a short time.",
        "Wait for the time in `Retry-After`. Cache what you read: every response has an ETag and says how long it stays fresh.",
        cache="none",
        retry_after=60,
        from_edge=True,
    ),
    ProblemType(
        "headers-too-large",
        431,
        "Headers too large",
        "The request's headers are longer than 8,192 bytes in total.",
        "Send fewer or shorter headers.",
        cache="none",  # caches don't vary on most headers, so this response could be served to a good request
    ),
    ProblemType(
        "internal",
        500,
        "Internal error",
        "The service failed. The error was logged with the request id in `instance`, and the maintainers are alerted.",
        "Try again later. If it happens again, report it with the request id.",
        cache="none",
    ),
    ProblemType(
        "record-unavailable",
        503,
        "Record unavailable",
        "The record can't be read at the moment: its database is throttled, slow or unreachable, or nothing was published yet.",
        "Try again after the time in `Retry-After`.",
        cache="none",
        retry_after=5,
    ),
)
