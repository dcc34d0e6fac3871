"""A resource as JSON-LD: the stored body with the published context before its members.

Nothing is parsed. `@` comes before every letter, so what was canonical JSON (RFC 8785) stays so.
"""

MEDIA_TYPE = "application/ld+json"


def linked(body: str, version: str) -> str:
    """Return the JSON-LD representation of a body, which is an object with members.

    The base is said here, because one that a context from elsewhere names is ignored: by it, ids lead to the resources.
    """
    return f'{{"@context":["/{version}/context.jsonld",{{"@base":"/{version}/"}}],{body[1:]}'
