"""Helpers to test the guides' examples: records that change, and connections to the API that fail."""

import io
import itertools
import json
import random
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request
from wsgiref.simple_server import WSGIRequestHandler, make_server

from docs.examples import follow_changes
from docs.examples.follow_changes import Follower
from record.model import State
from schemas.v1.vocabulary import Reason
from tests.conftest import ROOT, Client, World
from tests.resources import Record, gone, live
from workbench import redactions
from workbench.serving.events import application

EXAMPLES = ROOT / "docs/examples"
COLLECTIONS = ("actors", "events", "sources")
REASONS = tuple(str(reason) for reason in Reason)
LARGEST = 20  # the approximate number of resources in a random record
A, B, C, D, E = (f"actors/{letter}" for letter in ("a", "b", "c", "d", "e"))
SUMMARY = "What must go from everywhere."


def saying(text: str) -> dict[str, Any]:
    """Return the fields of a resource with this text."""
    return {"summary": {"en": text}}


class Quiet(WSGIRequestHandler):
    """A request handler that logs nothing."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def served(client: Client) -> Iterator[str]:
    """Serve an instance on a free port of this machine; yield its URL."""
    with make_server("127.0.0.1", 0, application(client.instance.resolve), handler_class=Quiet) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def small_pages(request: Request) -> Request:
    """Return the consumer's request function with a small limit, so that the feed has several pages."""
    return Request(request.full_url.replace("limit=100", "limit=3"), headers=dict(request.header_items()))  # noqa: S310 - loopback


@contextmanager
def closed(follower: Follower) -> Iterator[Follower]:
    """Close a consumer's file at the end, as the end of its process would."""
    with closing(follower.database):
        follower.database.execute("PRAGMA synchronous = OFF")  # no power failure in a test
        yield follower


class Stopped(BaseException):
    """The consumer was stopped."""


@contextmanager
def stopped_after(lines: int) -> Iterator[None]:
    """Stop the example after it executed this many lines, as a kill would."""
    left = iter(range(lines))

    def watch(frame: FrameType, event: str, _argument: object) -> Callable[..., Any] | None:
        if frame.f_code.co_filename != follow_changes.__file__:
            return None
        if event == "line" and next(left, None) is None:
            raise Stopped
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        with suppress(Stopped):
            yield
    finally:
        sys.settrace(before)


@dataclass
class Walk:
    """A record that changes at random, with one release for each step."""

    record: Record
    chance: random.Random
    release: int = 0
    kinds: set[str] = field(default_factory=set)
    redacted: set[bytes] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def step(self) -> None:
        """Publish the next release, with some changes or a redaction."""
        if self.release and self.chance.random() < 0.12:
            self.redact()
            return
        (self.create if self.is_small else self.update)()
        for _ in range(self.chance.randint(0, 2)):
            self.chance.choices([self.update, self.depart, self.restore], [4, 3, 2])[0]()
        if (release := self.record.publish(f"Step {self.release + 1}")) is not None:
            self.release = release.number
            self.kinds |= set(release.changes)
        if self.chance.random() < 0.7:
            self.record.world.clock.advance(4_000)  # the next publish moves the entries that this one ended to the history of their lists

    @property
    def is_small(self) -> bool:
        """Whether new ids may be added."""
        return len(self.record.documents) < LARGEST

    def create(self) -> None:
        """Create a resource."""
        number = next(self.numbers)
        path = f"{self.chance.choice(COLLECTIONS)}/number-{number:03d}"
        self.record.put(live(path, self.says(number)))

    def update(self) -> None:
        """Change the text of a resource."""
        if path := self.any(State.LIVE):
            self.record.put(live(path, self.says(next(self.numbers))))

    def depart(self) -> None:
        """Withdraw, rename or merge a resource. Redirects to it then lead to its target."""
        path = self.any(State.LIVE)
        if path is None:
            return
        reason = self.chance.choice(REASONS)
        others = [other for other in self.all(State.LIVE) if other != path and other.startswith(f"{path.partition('/')[0]}/")]
        ways = [State.WITHDRAWN, *([State.RENAMED] if self.is_small else []), *([State.MERGED] if others else [])]
        how = self.chance.choice(ways)
        if how is State.WITHDRAWN:
            self.record.put(gone(path, how, reason))
            return
        target = self.chance.choice(others) if how is State.MERGED else f"{path.partition('/')[0]}/number-{next(self.numbers):03d}"
        if how is State.RENAMED:
            self.record.put(live(target, self.says(next(self.numbers))))
        self.record.put(gone(path, how, reason, target))
        for document in list(self.record.documents.values()):
            if document.target == path:
                self.record.put(gone(document.path, document.state, str(document.reason), target))

    def restore(self) -> None:
        """Restore a departed resource."""
        if path := self.any(State.WITHDRAWN, State.RENAMED, State.MERGED):
            self.record.put(live(path, self.says(next(self.numbers))))

    def redact(self) -> None:
        """Redact a summary."""
        path = self.any(*State)
        assert path is not None, "the first release has a resource"
        world = self.record.world
        try:
            planned = redactions.plan(world.store, path, redactions.Asked(["/summary"]), self.chance.choice(REASONS), self.record.salt)
        except redactions.CannotRedact:  # there was nothing to redact, or it was redacted before
            return
        self.release = self.record.publisher().redact(planned.redaction).number
        self.kinds.add("redacted")
        self.redacted |= {text.encode() for text in planned.texts}
        world.clock.advance(2)
        if self.record.documents[path].state is State.LIVE:
            self.record.keep(path, world.api().get(f"/v1/{path}").body)

    def says(self, number: int) -> dict[str, Any]:
        """Return fields with a text that no other revision has."""
        summary = {"en": f"Secret {number} of é and \U0001f600."} if self.chance.random() < 0.6 else None
        return {"name": {"en": f"Number {number}", "de": "Nummer"}, "summary": summary}

    def all(self, *states: State) -> list[str]:
        """Return the paths of the resources in one of these states."""
        return sorted(path for path, document in self.record.documents.items() if document.state in states)

    def any(self, *states: State) -> str | None:
        """Return one of them; None if there is none."""
        found = self.all(*states)
        return self.chance.choice(found) if found else None


@dataclass(frozen=True)
class Copy:
    """The content of a consumer's file."""

    release: int
    bodies: dict[str, str]
    departed: dict[str, tuple[str, str, str | None]]

    @classmethod
    def of(cls, file: Path) -> "Copy":
        """Read the file as a user of the copy would."""
        with closing(sqlite3.connect(file)) as database:
            rows = database.execute("SELECT path, gone, reason, target, body FROM record ORDER BY path").fetchall()
            ((release,),) = database.execute("SELECT release FROM progress").fetchall()
        bodies = {path: body.decode() for path, how, _, _, body in rows if how is None}
        return cls(release, bodies, {path: (how, reason, target) for path, how, reason, target, _ in rows if how is not None})

    def check(self, client: Client, departed: Iterable[str]) -> None:
        """Check that it equals the record at its release, byte for byte, and that departed resources lead where the API leads."""
        for name in COLLECTIONS:
            page = client.get(f"/v1/{name}?sort=id&limit=100&release={self.release}")
            bodies = [body for path, body in self.bodies.items() if path.startswith(f"{name}/")]
            assert page.json["page"]["next"] is None
            assert f'"data":[{",".join(bodies)}]' in page.body
        for path in departed:
            how, reason, target = self.departed[path]
            answer = client.get(f"/v1/{path}?release={self.release}")
            if how == "withdrawn":
                assert (answer.status, answer.json["detail"].endswith(f": {reason}")) == (410, True)
            else:
                assert (answer.status, answer.headers["location"]) == (308, f"/v1/{target}?release={self.release}")

    def check_whole(self, client: Client) -> None:
        """Check that it equals the record at one release, except for later redactions."""
        found = [row for name in COLLECTIONS for row in client.every(f"/v1/{name}?sort=id&limit=100&release={self.release}")]
        assert sorted(row["id"] for row in found) == sorted(self.bodies)
        for row in found:
            redacted = any(redaction["release"] > self.release for redaction in row.get("redactions", ()))
            assert redacted or json.loads(self.bodies[row["id"]]) == row


class Answered(io.BytesIO):
    """A response, as urlopen returns it."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        """Answer with these."""
        super().__init__(body)
        self.status = status
        self.headers = Message()
        for name, value in headers.items():
            self.headers[name] = value


class Direct:
    """Sends requests to an instance in this process, and records them. `instead` may answer first."""

    def __init__(self, client: Client) -> None:
        """Ask this instance."""
        self.client = client
        self.asked: list[Request] = []
        self.statuses: list[int] = []
        self.instead: Callable[[Request], Answered | None] = lambda _request: None

    def __call__(self, request: Request, timeout: float = 0) -> "Answered":
        """Answer a request as urlopen does."""
        assert timeout > 0, "a request without a timeout can hang for ever"
        self.asked.append(request)
        answer = self.instead(request) or self.answer(small_pages(request))
        self.statuses.append(answer.status)
        if answer.status != 200:
            raise HTTPError(request.full_url, answer.status, "refused", answer.headers, answer)
        return answer

    def answer(self, request: Request) -> "Answered":
        """Send a request to the instance."""
        reply = self.client.get(request.selector, dict(request.header_items()))
        return Answered(reply.status, reply.headers, reply.body.encode())


@dataclass
class Following:
    """A record of seven releases with every kind of change, and a consumer of it."""

    record: Record
    direct: Direct
    file: Path

    def follower(self, sleep: Callable[[float], object] = lambda _seconds: None) -> Follower:
        """Return the consumer, restarted."""
        return Follower("http://record.test/", str(self.file), self.direct, sleep)

    def catch_up(self) -> Copy:
        """Let the consumer catch up; return its copy, which must equal the record."""
        with closed(self.follower()) as follower:
            release = follower.catch_up()
        copy = Copy.of(self.file)
        assert copy.release == release
        copy.check(self.direct.client, copy.departed)
        return copy

    def redact(self, path: str) -> None:
        """Redact a summary."""
        planned = redactions.plan(self.record.world.store, path, redactions.Asked(["/summary"]), "risk", self.record.salt)
        self.record.publisher().redact(planned.redaction)
        self.record.world.clock.advance(2)
        self.record.keep(path, self.record.world.api().get(f"/v1/{path}").body)


def seven_releases(world: World, file: Path) -> Following:
    """Return a consumer that has read nothing yet, of a record of seven releases with every kind of change."""
    salts = random.Random(35)
    record = Record(world, lambda: salts.randbytes(16))
    record.put(live(A, saying(SUMMARY)), live(B), live(C, saying(SUMMARY)), live("events/z"), live("sources/y"))
    record.publish("1: five are created")
    record.put(live(A, saying(f"{SUMMARY} Twice.")), live(D), live("sources/y", saying("More.")))
    record.publish("2: two are updated, one is created")
    record.put(gone(B, State.RENAMED, "better-id", E), live(E), gone("events/z", State.WITHDRAWN, "error"))
    record.publish("3: one is renamed, one withdrawn")
    following = Following(record, Direct(world.api()), file)
    following.redact(A)
    record.put(gone(B, State.RENAMED, "better-id", D), gone(E, State.MERGED, "duplicate", D), live("events/z"))
    record.publish("5: one is merged, one restored")
    following.redact(C)
    record.put(live(A, saying("Something else.")))
    record.publish("7: one is updated")
    return following
