"""A resource as JSON-LD: the stored body with the published context added as its first member.

Nothing is parsed. `@` sorts before every letter, so canonical JSON (RFC 8785) stays canonical.
"""

MEDIA_TYPE = "application/ld+json"


def linked(body: str, version: str) -> str:
    """Return the JSON-LD representation of a body, which is a JSON object that is not empty.

    `@base` makes ids resolve to the resources' URLs. It is set here because JSON-LD ignores the `@base` of a remote context.
    """
    return f'{{"@context":["/{version}/context.jsonld",{{"@base":"/{version}/"}}],{body[1:]}'
