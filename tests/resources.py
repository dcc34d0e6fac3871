"""Resources as documents to publish, without files, and a table of them: what makes a hundred releases quick."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import rfc8785

from record.current import HEAD_SECONDS
from record.model import Document, Release, State
from record.writing.publishing import Publisher
from record.writing.rendering import content_of
from schemas.pointers import Json
from schemas.registry import resource_of
from schemas.v1 import departures, validation
from schemas.v1.rules import Departed
from tests.conftest import World
from tests.unit import builders

TYPICAL = {
    "actors": builders.PAPER,
    "cases": builders.CASE,
    "events": builders.EVENT,
    "instruments": builders.INSTRUMENT,
    "sources": builders.SOURCE,
    "statements": builders.STATEMENT,
}


def live(path: str, changes: Mapping[str, Json] | None = None) -> Document:
    """Return a resource of the right shape, changed at the top level. It stands in its collection by id, and nowhere else."""
    found, breaches = validation.shape(path, builders.fields(TYPICAL[path.partition("/")[0]], changes))
    assert found is not None, breaches
    return Document(path, found.canonical())


def gone(path: str, state: State, reason: str, target: str | None = None) -> Document:
    """Return what is published in place of a resource that went away."""
    singular = resource_of(path.partition("/")[0]).singular
    content = departures.tombstone(Departed(path, state, target, reason), singular, target)
    return Document(path, rfc8785.dumps(dict(content)), state=state, reason=reason, target=target)


@dataclass
class Record:
    """The record to be, as a mapping; each publish makes a release of all of it."""

    world: World
    salt: Callable[[], bytes]
    documents: dict[str, Document] = field(default_factory=dict)

    def put(self, *documents: Document) -> None:
        """Put documents in the place of those at their paths."""
        self.documents |= {document.path: document for document in documents}

    def publish(self, message: str = "") -> Release | None:
        """Publish everything; every instance will know of it."""
        release = self.publisher().publish([self.documents[path] for path in sorted(self.documents)], message)
        self.world.clock.advance(HEAD_SECONDS)
        return release

    def publisher(self) -> Publisher:
        """Return a publisher."""
        return Publisher(self.world.store, owner="tests", clock=self.world.clock, salt=self.salt)

    def keep(self, path: str, body: str) -> None:
        """Take over what a body says, so that the next publish does not bring back what was redacted from it."""
        self.put(Document(path, content_of(body)))
