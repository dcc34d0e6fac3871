"""Following the record: the guide's example has an exact copy of the record, whatever happens, and whenever it is stopped."""

import itertools
import random
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from docs.examples import follow_changes
from docs.examples.follow_changes import Follower
from record.model import ChangeKind, State
from tests.e2e.examples import (
    EXAMPLES,
    A,
    Answered,
    B,
    C,
    Copy,
    D,
    E,
    Following,
    Walk,
    closed,
    saying,
    served,
    seven_releases,
    small_pages,
    stopped_after,
)
from tests.record.memory import memory_world
from tests.resources import Record, live
from workbench.id_redactions import plan_id
from workbench.message_redactions import plan_message

RELEASES = 100


@pytest.fixture
def following(tmp_path: Path) -> Following:
    """A consumer of a record of seven releases that has read nothing yet."""
    return seven_releases(memory_world(), tmp_path / "copy.db")


def test_a_follower_that_is_stopped_again_and_again_holds_the_exact_record(tmp_path: Path) -> None:
    """Through a hundred releases, some published while it polls. Redacted content is nowhere in its file."""
    chance, salts = random.Random(33), random.Random(34)
    world = memory_world()
    walk = Walk(Record(world, lambda: salts.randbytes(16)), chance)
    file = tmp_path / "copy.db"
    stops = caught_up = 0

    def opener(request: Request, **options: Any) -> Any:
        if chance.random() < 0.02:
            walk.step()
        return urlopen(small_pages(request), **options)  # noqa: S310 - loopback

    walk.step()
    client, copy = world.api(), Copy(0, {}, {})
    with served(world.api()) as base:
        while copy.release < RELEASES:
            if walk.release < RELEASES and chance.random() < 0.9:
                walk.step()
            release = None
            with closed(Follower(base, str(file), opener)) as follower, stopped_after(chance.choice([chance.randrange(100), 5_000])):
                release = follower.catch_up()
            copy = Copy.of(file)
            if release is None:
                stops += 1
                if copy.release and chance.random() < 0.2:
                    copy.check_whole(client)
                continue
            caught_up += 1
            assert copy.release == release
            if walk.release > release:  # the next release was published, or something was redacted, after it had read the end of the feed
                copy.check_whole(client)
                continue
            copy.check(client, chance.sample(sorted(copy.departed), min(3, len(copy.departed))))
            assert not [text for text in walk.redacted if text in file.read_bytes()]
    copy.check(client, copy.departed)
    assert (copy.release, set(copy.bodies)) == (walk.release, set(walk.all(State.LIVE)))
    assert set(copy.departed) == set(walk.record.documents) - set(copy.bodies)
    assert walk.kinds == {str(kind) for kind in ChangeKind}
    assert (stops > 20, caught_up > 20, len(walk.redacted) > 5) == (True, True, True)


def test_a_follower_can_be_stopped_before_any_of_its_lines(following: Following) -> None:
    """After a restart it has the exact record. While stopped, it has the release it had before, or none."""
    seven = following.catch_up()
    assert seven.departed == {B: ("renamed", "better-id", D), E: ("merged", "duplicate", D)}
    kept: dict[tuple[str, str | None], Answered] = {}
    empty = following.file.with_name("empty.db")
    with closing(Follower("", str(empty)).database):
        pass

    def once(request: Request) -> Answered:
        key = request.full_url, request.get_header("If-none-match")
        if key not in kept:
            kept[key] = following.direct.answer(small_pages(request))
        known = kept[key]
        return Answered(known.status, dict(known.headers.items()), known.getvalue())

    following.direct.instead = once
    for lines in itertools.count():
        shutil.copy(empty, following.file)
        reached = False
        with closed(following.follower()) as follower, stopped_after(lines):
            follower.catch_up()
            reached = True
        assert Copy.of(following.file) in (Copy(0, {}, {}), seven)
        with closed(following.follower()) as follower:
            assert follower.catch_up() == 7
        assert Copy.of(following.file) == seven
        if reached:
            break
    assert lines > 200


def test_a_follower_that_has_everything_asks_once_and_is_told_so(following: Following) -> None:
    """It sends the ETag of the empty page. Its requests name the release, and it fetches each body once."""
    following.catch_up()
    bodies = [request.full_url for request in following.direct.asked if "/changes" not in request.full_url]
    assert len(bodies) == len(set(bodies))
    assert all(url.endswith("?release=7") for url in bodies)
    assert {request.get_header("User-agent") for request in following.direct.asked} == {follow_changes.AGENT}
    following.catch_up()
    following.direct.statuses.clear()
    following.catch_up()
    assert following.direct.statuses == [304]


def test_a_redacted_id_reaches_what_a_follower_holds(following: Following) -> None:
    """It starts again with an empty copy, once, and has the resource under its new id only. A redacted message changes nothing."""
    following.catch_up()
    store = following.record.world.store
    planned = plan_id(store, C, "risk")
    following.record.publisher().redact(planned.redaction)
    following.record.publisher().redact(plan_message(store, "releases/2", "risk"))
    following.record.world.clock.advance(2)
    copy = following.catch_up()
    assert (C in copy.bodies, planned.to in copy.bodies) == (False, True)
    assert C.encode() not in following.file.read_bytes()
    following.direct.asked.clear()
    assert following.catch_up() == copy
    assert len(following.direct.asked) == 1


def test_a_redaction_reaches_what_a_follower_holds(following: Following) -> None:
    """The copy, the changes that wait beside it, and the free pages of the file. A body from before the redaction is refused."""
    text = "Another thing that must go."
    following.record.put(live(D, saying(text)), live(C, saying("Soon more.")))
    following.record.publish()
    following.catch_up()
    assert text.encode() in following.file.read_bytes()
    old = Answered(200, {}, following.direct.client.get(f"/v1/{D}").body.encode())
    following.record.put(live(D, saying(f"{text} It is said again.")), live(C, saying("More.")))
    following.record.publish()
    following.redact(D)
    following.direct.instead = lambda request: old if D in request.full_url else None
    with closed(following.follower()) as follower, pytest.raises(OSError, match="poll again"):
        follower.catch_up()
    assert Copy.of(following.file).release == 8
    following.direct.instead = lambda _request: None
    following.catch_up()
    assert text.encode() not in following.file.read_bytes()
    with closed(following.follower()) as follower:
        assert follower.database.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_a_follower_redacts_before_it_has_caught_up(following: Following) -> None:
    """Redacted content is removed from the copy at its old release too, if the rest of the feed can't be read yet."""
    text = "A third thing that must go."
    following.record.put(live(A, saying(text)))
    following.record.publish()
    following.catch_up()
    following.redact(A)
    following.record.put(*(live(path, saying("More.")) for path in (C, D, "events/z", "sources/y")))
    following.record.publish()
    pages = iter([None])

    def only_one_page(request: Request) -> Answered | None:
        return next(pages, Answered(500, {})) if "/changes" in request.full_url else None

    following.direct.instead = only_one_page
    with closed(following.follower()) as follower, pytest.raises(HTTPError):
        follower.catch_up()
    assert Copy.of(following.file).release == 8
    assert text.encode() not in following.file.read_bytes()
    following.direct.instead = lambda _request: None
    following.catch_up()


@pytest.mark.parametrize("status", [400, 410])
def test_a_follower_whose_cursor_is_refused_goes_on_from_its_release(status: int, following: Following) -> None:
    """It keeps its copy, and asks for the later changes."""
    following.catch_up()
    following.record.put(live(C, saying("More.")))
    following.record.publish()
    following.direct.asked.clear()
    refusals = [Answered(status, {})]
    following.direct.instead = lambda request: refusals.pop() if refusals and "cursor=" in request.full_url else None
    assert following.catch_up().release == 8
    assert [request.selector.partition("?")[0] for request in following.direct.asked] == ["/v1/changes"] * 2 + [f"/v1/{C}/revisions/2"]
    assert "since=7" in following.direct.asked[1].full_url


@pytest.mark.parametrize("release", [3, 6])
def test_a_follower_does_not_go_back(release: int, following: Following) -> None:
    """It ignores an instance or a cache with an older release, between two pages and after the last."""
    feed = f"http://record.test/v1/changes?since=0&limit=100&release={release}"
    behind = following.direct.answer(Request(feed)).getvalue()
    pages = iter([None])

    def one_page_and_then_behind(request: Request) -> Answered | None:
        return next(pages, Answered(200, {}, behind)) if "/changes" in request.full_url else None

    following.direct.instead = one_page_and_then_behind
    with closed(following.follower()) as follower:
        assert follower.catch_up() == 0
    assert Copy.of(following.file) == Copy(0, {}, {})
    following.direct.instead = lambda _request: None
    assert following.catch_up().release == 7
    following.direct.instead = one_page_and_then_behind
    assert following.catch_up().release == 7


def test_a_follower_waits_as_it_is_asked_to_and_not_for_ever(following: Following) -> None:
    """It waits as Retry-After says, at most a minute. After five errors it stops, and continues there the next time."""
    waits: list[float] = []
    refusals = [Answered(429, {"Retry-After": "Mon, 23 Nov 2026 12:00:00 GMT"}), Answered(503, {"Retry-After": "3600"})]
    refusals += [Answered(429, {"Retry-After": "7"}), Answered(503, {})]
    following.direct.instead = lambda _request: refusals.pop() if refusals else None
    with closed(following.follower(waits.append)) as follower:
        assert follower.catch_up() == 7
    assert waits == [10, 7, 60, 10]
    following.direct.instead = lambda _request: Answered(503, {"Retry-After": "5"})
    with closed(following.follower(waits.append)) as follower, pytest.raises(HTTPError, match="503"):
        follower.catch_up()
    assert waits[4:] == [5, 5, 5, 5]
    following.direct.instead = lambda _request: Answered(500, {})
    with closed(following.follower(waits.append)) as follower, pytest.raises(HTTPError, match="500"):
        follower.catch_up()
    assert len(waits) == 8


class Enough(Exception):
    """The test has seen enough."""


def test_the_command_polls_once_or_for_ever(
    following: Following, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`follow_changes.py URL FILE` ends when it has caught up; with --every it goes on, whatever fails in between."""
    client = following.direct.client
    refused = iter([True, False])

    def sleep(seconds: float) -> None:
        if next(refused, None) is None:
            raise Enough
        assert seconds == 300

    with served(client) as base:
        ran = subprocess.run(  # noqa: S603 - this interpreter, on a file of ours
            [sys.executable, str(EXAMPLES / "follow_changes.py"), base, str(following.file)], capture_output=True, text=True, check=True
        )
        assert (ran.stdout, ran.stderr) == (f"{following.file} is at release 7.\n", "")
        monkeypatch.setattr(sys, "argv", ["follow_changes.py", base, str(following.file), "--every", "300"])
        monkeypatch.setattr("time.sleep", sleep)
        answers = iter([following.direct, OSError("unreachable"), following.direct])
        original = Follower.get

        def get(self: Follower, *arguments: Any) -> Any:
            answer = next(answers)
            if isinstance(answer, OSError):
                raise answer
            return original(self, *arguments)

        monkeypatch.setattr(Follower, "get", get)
        with pytest.raises(Enough):
            follow_changes.main()
    assert capsys.readouterr().out.splitlines() == [
        f"{following.file} is at release 7.",
        "Not caught up: unreachable.",
        f"{following.file} is at release 7.",
    ]
