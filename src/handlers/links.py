"""Links (RFC 8288): how one is written in a Link header, and which links resources and lists have."""

from functools import lru_cache

from handlers.request import Request

LINK_FORMAT = "application/link-format"
KNOWN = 4_096  # how many resources' links an instance keeps; each takes some hundred bytes
_MUST_BE_ENCODED = frozenset(' <>"\\^`{|}')


def link(target: str, relation: str, **attributes: str) -> str:
    """Return one link, with attributes such as `type`."""
    more = "".join(f'; {name}="{value}"' for name, value in attributes.items()) if attributes else ""
    return f'<{uri_reference(target)}>; rel="{relation}"{more}'


def uri_reference(target: str) -> str:
    """Return a target that can stand in a header: every character that could end the target or the header is percent-encoded."""
    if target.isascii() and target.isprintable() and not _MUST_BE_ENCODED.intersection(target):
        return target
    return "".join(
        character if "!" <= character <= "~" and character not in _MUST_BE_ENCODED else _percent_encoded(character) for character in target
    )


def _percent_encoded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


@lru_cache(maxsize=KNOWN)
def links_of_resource(base: str, number: int) -> tuple[str, ...]:
    """Return the links from a revision of the resource at the path `base` to its other revisions; `number` is the revision's own."""
    links = [
        link(base, "canonical original timegate latest-version"),
        link(f"{base}/timemap", "timemap", type=LINK_FORMAT),
        link(f"{base}/revisions", "version-history"),
    ]
    if number > 1:
        links.append(link(f"{base}/revisions/{number - 1}", "predecessor-version"))
    return tuple(links)


def links_of_list(request: Request, next_page: str | None, *, requested: bool) -> list[str]:
    """Return the links from a list to its next page and, if its release or time was `requested`, to the list as it is now."""
    links = [link(next_page, "next")] if next_page else []
    if requested:
        links.append(link(request.target_without(("release", "as_of", "cursor")), "original timegate"))
    return links
