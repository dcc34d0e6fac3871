"""Which representation a request gets: by `format`, or else by its Accept header (RFC 9110, 12.5.1)."""

import re
from collections.abc import Mapping, Sequence

from handlers.problems import Fault, Problem
from handlers.request import Request

_WEIGHT = re.compile(r"(?:^|;)\s*q=([0-9.]+)\s*(?:;|$)", re.IGNORECASE)


def chosen(request: Request, offered: Sequence[str], formats: Mapping[str, str]) -> str:
    """Return the media type to answer in; raise Problem where the Accept header rules out all that are offered, best first.

    `formats` are the names that the parameter `format` may have for them. What is wrong with that parameter is said with the others.
    """
    for name, value in request.parameters:
        if name == "format" and value in formats:
            return formats[value]
    accept = request.headers.get("accept")
    if not accept:
        return offered[0]
    ranges = _ranges(accept)
    weights = {media_type: _weight_of(media_type, ranges) for media_type in offered}
    best = max(weights, key=weights.__getitem__)  # the first of equals
    if weights[best] <= 0:
        message = f"this is answered as {' or '.join(offered)}, which the Accept header rules out"
        raise Problem("not-acceptable", message, [Fault("header", "accept", "not-acceptable", message, tuple(offered))])
    return best


def _ranges(accept: str) -> dict[str, float]:
    """Return the weight of each media range; parameters other than the weight tell no two of our types apart."""
    found: dict[str, float] = {}
    for part in accept.split(","):
        media_range, _, rest = part.partition(";")
        weight = _WEIGHT.search(rest)
        name = media_range.strip().lower()
        found[name] = max(found.get(name, 0.0), _number(weight[1]) if weight else 1.0)
    return found


def _weight_of(media_type: str, ranges: Mapping[str, float]) -> float:
    """Return the weight that the most specific range gives to a media type; 0 where none matches."""
    kind = media_type.partition("/")[0]
    return next((ranges[one] for one in (media_type, f"{kind}/*", "*/*") if one in ranges), 0.0)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
