"""Rule 2: who may be named."""

from collections.abc import Iterator

from schemas.v1.actor import Actor, ActorKind
from schemas.v1.rules import Breach, Rule
from schemas.v1.safety.checked import Checked


def person_without_public_role(checked: Checked) -> Iterator[Breach]:
    """Rule 2: a named person has a public role, and a citation that supports it."""
    actor = checked.resource
    if not isinstance(actor, Actor) or actor.kind is not ActorKind.PERSON:
        return
    if actor.public_role_basis is None:
        yield Breach(Rule.PERSON_WITHOUT_PUBLIC_ROLE, "/public_role_basis", "a named person needs public_role_basis: why they may be named")
    if not any(not citation.fields or "/public_role_basis" in citation.fields for citation in actor.citations):
        yield Breach(Rule.PERSON_WITHOUT_PUBLIC_ROLE, "/citations", "a named person needs a citation for /public_role_basis")
