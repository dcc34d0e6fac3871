"""Turns what the scans find in a text into breaches, each with the sentence that a reviewer would have to judge."""

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote_plus, urlsplit

from schemas.v1.marks import Kind
from schemas.v1.rules import Breach, Rule
from schemas.v1.safety.found import Found
from schemas.v1.safety.texts import Text

Scan = Callable[[str], Iterable[Found]]

_END = re.compile(r"[.!?](?=\s)|[。！？\n\u2028\u2029]")


def breaches(rule: Rule, text: Text, scan: Scan, message: str) -> Iterator[Breach]:
    """Yield a breach for each kind of thing that a scan finds in a text. `{what}` in the message stands for what was found.

    The message gives the position and not the words: a log of a check must not repeat what may not be published. A URL is scanned in
    all the ways in which it can be read, a slug with blanks instead of its hyphens, and both are judged as a whole.
    """
    is_prose = text.kind is Kind.PROSE
    seen: set[str] = set()
    for reading in _readings(text):
        for found in scan(reading):
            if found.what not in seen:
                seen.add(found.what)
                what = f"{found.what} (at character {found.start + 1})" if is_prose else found.what
                passage = sentence(reading, found.start, found.end) if is_prose else text.text
                yield Breach(rule, text.at, message.format(what=what), passage=passage)


def sentence(text: str, start: int, end: int) -> str:
    """Return the sentence around a part of a text, without blanks at its ends."""
    first = max((match.end() for match in _END.finditer(text, 0, start)), default=0)
    after = _END.search(text, max(end - 1, start))
    return text[first : after.end() if after else len(text)].strip()


def _readings(text: Text) -> list[str]:
    match text.kind:
        case Kind.ADDRESS:
            return _readings_of_address(text.text)
        case Kind.SLUG:
            return [text.text.replace("-", " ")]
        case _:
            return [text.text]


def _readings_of_address(address: str) -> list[str]:
    """Return a URL as it is, without its percent-encoding, and the parts of it that can hold text.

    These are the segments of the path, the values of the query, and the fragment.
    """
    try:
        split = urlsplit(address)
    except ValueError:  # it is no URL; the schema says so
        return [address]
    parts = [unquote_plus(part) for part in re.split(r"[/?&=#;]+", f"{split.path}?{split.query}#{split.fragment}") if part]
    return list(dict.fromkeys([address, unquote_plus(address), *parts]))
