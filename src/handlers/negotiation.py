"""Content negotiation: the `format` parameter, or else the Accept header (RFC 9110, 12.5.1), chooses the media type."""

import re
from collections.abc import Mapping
from functools import lru_cache

from handlers.problems import Fault, Problem
from handlers.request import Request

# A quoted string can hold commas, semicolons and text that looks like a weight. An unclosed quote extends to the end.
_QUOTED = r'"(?:[^"\\]|\\.|\\$)*(?:"|$)'
_RANGES = re.compile(rf"(?:{_QUOTED}|[^,\"])+", re.DOTALL)
_PARAMETERS = re.compile(rf"(?:{_QUOTED}|[^;\"])+", re.DOTALL)
_WEIGHT = re.compile(r"q=([0-9.]+)", re.IGNORECASE)


def chosen(request: Request, offered: tuple[str, ...], formats: Mapping[str, str]) -> str:
    """Return the media type to answer in, of those offered, best first. Raises Problem if the Accept header excludes all of them.

    `formats` maps the values of the parameter `format` to media types. A bad value is reported later, with the other parameters.
    """
    for name, value in request.parameters:
        if name == "format" and value in formats:
            return formats[value]
    best = _best(request.headers.get("accept", ""), offered)
    if best is None:
        message = f"this is available as {' or '.join(offered)}, and the Accept header excludes that"
        raise Problem("not-acceptable", message, [Fault("header", "Accept", "not-acceptable", message, offered)])
    return best


@lru_cache(maxsize=256)
def _best(accept: str, offered: tuple[str, ...]) -> str | None:
    """Return the media type with the highest weight in an Accept header, the first of equals; None if the header excludes all."""
    ranges = _ranges(accept)
    if not ranges:
        return offered[0]
    weights = {media_type: _weight_of(media_type, ranges) for media_type in offered}
    best = max(weights, key=weights.__getitem__)
    return best if weights[best] > 0 else None


def _ranges(accept: str) -> dict[str, float]:
    """Return the weight of each media range. Other parameters are ignored: they don't distinguish any of our media types."""
    found: dict[str, float] = {}
    for part in _RANGES.findall(accept):
        name, _, rest = part.partition(";")
        parameters = (text.strip() for text in _PARAMETERS.findall(rest))
        if name := name.strip().lower():
            weight = next((_number(match[1]) for text in parameters if (match := _WEIGHT.fullmatch(text))), 1.0)
            found[name] = max(found.get(name, 0.0), weight)
    return found


def _weight_of(media_type: str, ranges: Mapping[str, float]) -> float:
    """Return the weight that the most specific matching range gives to a media type; 0 if no range matches."""
    kind = media_type.partition("/")[0]
    return next((ranges[one] for one in (media_type, f"{kind}/*", "*/*") if one in ranges), 0.0)


def _number(text: str) -> float:
    try:
        return min(float(text), 1.0)
    except ValueError:
        return 1.0
