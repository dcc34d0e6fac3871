"""Link headers (RFC 8288), and what in a path or query must be encoded before it may stand in a header."""

from collections.abc import Iterable


def link_header(links: Iterable[tuple[str, str]]) -> str:
    """Return a Link header's value of (target, relation)."""
    return ", ".join(link(target, relation) for target, relation in links)


def link(target: str, relation: str, **attributes: str) -> str:
    """Return one link, with attributes such as `type`."""
    more = "".join(f'; {name}="{value}"' for name, value in attributes.items()) if attributes else ""
    return f'<{uri_reference(target)}>; rel="{relation}"{more}'


def uri_reference(target: str) -> str:
    """Return a target with everything encoded that could end it, or the header around it."""
    if target.isascii() and target.isprintable() and not _ENDING.intersection(target):
        return target
    return "".join(
        character if "!" <= character <= "~" and character not in _ENDING else "".join(f"%{byte:02X}" for byte in character.encode())
        for character in target
    )


_ENDING = frozenset(' <>"\\^`{|}')
