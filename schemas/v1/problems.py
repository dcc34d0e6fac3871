"""The closed table of everything that can go wrong for a client: one row an RFC 9457 problem type.

The handlers answer from it, the published contract documents it, and `/v1/problems/{slug}` explains it.
"""

from dataclasses import dataclass

from schemas.v1.vocabulary import Reason


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A problem type: its slug below `/v1/problems/`, its status, and what a client is told.

    `cache` names a row of `CACHE_CONTROL`; `retry_after` is in seconds, None where trying again is no help.
    `from_edge` marks the ones that the content delivery network answers with, before any handler runs.
    """

    slug: str
    status: int
    title: str
    meaning: str
    remedy: str
    cache: str = "brief"
    retry_after: int | None = None
    from_edge: bool = False


_REASONS = "; ".join(f"`{reason}`, {reason.description}" for reason in Reason)

PROBLEM_TYPES: tuple[ProblemType, ...] = (
    ProblemType(
        "unknown-parameter",
        400,
        "Unknown parameter",
        "The query holds a parameter that this route does not take.",
        "Leave it out, or correct its name: `errors` names the nearest one and lists those that are taken.",
    ),
    ProblemType(
        "invalid-parameter",
        400,
        "Invalid parameter",
        "A parameter has a value of the wrong shape, or stands twice where it may stand once.",
        "Correct the value: `errors` names the parameter and says what is allowed.",
    ),
    ProblemType(
        "conflicting-parameters",
        400,
        "Conflicting parameters",
        "Two parameters exclude each other, such as `release` and `as_of`.",
        "Leave one of them out.",
    ),
    ProblemType(
        "invalid-cursor",
        400,
        "Invalid cursor",
        "The cursor is not one that this list handed out, or the query around it was changed.",
        "Follow `page.next` as it is, or start again without a cursor.",
    ),
    ProblemType(
        "forbidden",
        403,
        "Forbidden",
        "The request did not come by the API's public address, or has the form of a known attack.",
        "Ask at the public address. If that is where you asked, tell whom `/.well-known/security.txt` names.",
        cache="none",
    ),
    ProblemType(
        "unknown-route",
        404,
        "Unknown route",
        "There is nothing at this path.",
        "Start at `/v1`, which links to everything there is.",
    ),
    ProblemType(
        "not-found",
        404,
        "Not found",
        "There is no such resource, release or revision, or there was none yet at the release or time that was asked for.",
        "Check the id, or read at a later release.",
    ),
    ProblemType(
        "method-not-allowed",
        405,
        "Method not allowed",
        "The API is read-only.",
        "Use one of the methods that the `Allow` header lists.",
    ),
    ProblemType(
        "not-acceptable",
        406,
        "Not acceptable",
        "The answer can't be given in any of the media types that the `Accept` header allows.",
        "Accept `application/json`.",
    ),
    ProblemType(
        "withdrawn",
        410,
        "Withdrawn",
        f"The resource was withdrawn from the record, for the reason given: {_REASONS}.",
        "Remove your copy. Its earlier revisions stay readable at earlier releases unless they were redacted.",
    ),
    ProblemType(
        "cursor-expired",
        410,
        "Cursor expired",
        "Something was taken out of the record since the cursor was handed out, so it no longer leads anywhere.",
        "Start the list again without a cursor.",
    ),
    ProblemType(
        "uri-too-long",
        414,
        "Address too long",
        "The path and query are longer than 4,096 bytes.",
        "Ask for less at once.",
    ),
    ProblemType(
        "too-many-requests",
        429,
        "Too many requests",
        "Too many requests came from one address in a short time.",
        "Wait as long as `Retry-After` says. Keep what you have read: every answer carries an ETag and says how long it holds.",
        cache="none",
        retry_after=60,
        from_edge=True,
    ),
    ProblemType(
        "headers-too-large",
        431,
        "Headers too large",
        "The request's headers are longer than 8,192 bytes together.",
        "Send fewer or shorter headers.",
        cache="none",  # most headers tell no two answers apart in a cache
    ),
    ProblemType(
        "internal",
        500,
        "Internal error",
        "The service failed; it was logged under the request id in `instance`, and somebody is told.",
        "Try again later. If it persists, report it with the request id.",
        cache="none",
    ),
    ProblemType(
        "record-unavailable",
        503,
        "Record unavailable",
        "The record can't be read at the moment: its store is throttled, slow or out of reach, or nothing was published yet.",
        "Try again after the time in `Retry-After`.",
        cache="none",
        retry_after=5,
    ),
)
