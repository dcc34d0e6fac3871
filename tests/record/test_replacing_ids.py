"""Redacting an id or a message: neither is in the table any more, everything else is as it was, and every digest is still valid."""

import contextlib
import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from record import items
from record.errors import LeaseLost
from record.model import REDACTED, Document, Release, State
from record.verifying.findings import Redaction as Redacted
from record.verifying.verification import verify
from record.writing import redacting
from record.writing.notes import Redaction
from tests.conftest import World
from tests.record.documents import document, in_order, read_list
from tests.record.expected import gone, shaped
from tests.record.killing import Killed, killed, restore, settled, stalled, table
from tests.record.memory import memory_world
from tests.record.redacted import History, discrepancies, holding
from tests.record.test_redacting_crashes import begin, die, item_by_item, outcome, writes_of
from workbench.id_redactions import plan_id
from workbench.message_redactions import plan_message
from workbench.redactions import AlreadyRedacted, CannotRedact

NAME = "jane-doe"
CASE, EVENT = f"cases/{NAME}", f"events/{NAME}"
TOKEN = bytes.fromhex("00112233445566ff")
OPAQUE = "redacted-bbccddffgghhjjtt"


def planned(world: World, path: str) -> Redaction:
    """Return the plan to replace an id, with a fixed salt and a fixed opaque id."""
    return plan_id(world.store, path, "risk", lambda: b"\xc0" * 16, lambda: TOKEN).redaction


def about(slug: str, text: str = "", **placement: Any) -> Document:
    """Return an event that names the case, also in a longer text, and another event whose id only begins in the same way."""
    said = f"{text} See {CASE}, and not {CASE}-2, nor {NAME} alone."
    made = shaped(slug, said, day="2015-10-22", act="arrest", case=CASE, **placement)
    return replace(made, values=(*made.values, f"case={CASE}"))


def filled(world: World) -> History:
    """Return a record with a case and an event of this name, another event that was renamed to it, and what ended."""
    history = History(world)
    other = shaped("other", f"see {EVENT}", act="arrest")
    history.publish(document(NAME, collection="cases", day="2015-10-01"), about(NAME), about("b"), other, shaped("old"))
    history.publish(gone("old", State.RENAMED, "better-id", EVENT), about("b", "Again."))
    world.clock.advance(4000)
    history.publish(about(NAME, "Once more.", until="2015-10-24"), shaped("b"))
    return history


def small() -> History:
    """Return a smaller record in memory, for many crashes."""
    history = History(memory_world())
    history.publish(document(NAME, collection="cases"), about(NAME), shaped("other", EVENT))
    history.world.clock.advance(4000)
    history.publish(about(NAME, "Again."), gone("other", State.RENAMED, "better-id", EVENT))
    return history


def renamed(history: History, path: str) -> list[dict[str, Document]]:
    """Return the documents of every release, as if the id had always been the opaque one."""
    to = f"{path.partition('/')[0]}/{OPAQUE}"

    def said(text: str) -> str:
        return text.replace(f"{path}-2", "KEPT").replace(path, to).replace("KEPT", f"{path}-2")

    def changed(one: Document) -> Document:
        target = said(one.target) if one.target else None
        lists, values = (tuple(said(name) for name in names) for names in (one.lists, one.values))
        return replace(one, path=said(one.path), content=said(one.content.decode()).encode(), lists=lists, values=values, target=target)

    return [{said(at): changed(one) for at, one in documents.items()} for documents in history.releases]


def digests(world: World) -> list[str]:
    """Return the digests of all releases."""
    return [found.digest for found in verify(world.store) if isinstance(found, Release)]


@pytest.mark.parametrize("path", [CASE, EVENT])
def test_id_is_nowhere_and_the_rest_is_as_it_was(path: str, world: World) -> None:
    """No item has the old id. Every list at every release is as if the id had always been the opaque one. Old digests stay."""
    history = filled(world)
    before = digests(world)
    history.publisher().redact(planned(world, path))
    left = holding(world, path)
    assert all(f"{path}-2" in json.dumps(table(world.store)[key]) for key in left)
    assert not [
        key for key in left if json.dumps(table(world.store)[key]).count(path) != json.dumps(table(world.store)[key]).count(f"{path}-2")
    ]
    assert digests(world)[:-1] == before
    history.releases = renamed(history, path)
    history.releases.append(history.releases[-1])
    history.assert_holds()
    reader = world.reader()
    assert [reader.document(path, number) for number in range(1, 5)] == [None] * 4
    assert reader.revisions(path, 4, 100, 10) == []
    assert read_list(reader, f"events?case={path}", "id", 2) == []
    assert history.publish() is None, "the same documents with the new id are no change"
    history.publish(shaped("c"))
    history.assert_holds()


def test_release_of_its_own_says_which_fields_were_rewritten(world: World) -> None:
    """The feed has the new id in the old rows and in those of the redaction, and the new target of what redirected to the old one."""
    history = filled(world)
    release = history.publisher().redact(planned(world, EVENT))
    to = f"events/{OPAQUE}"
    rows = world.reader().changes("", release.number, 100)
    news = [(row.path, row.revision, row.fields) for row in rows if row.release == release.number]
    assert news == [("events/old", 2, ("/target",)), ("events/other", 1, ("/text",)), (to, 1, ("/id",)), (to, 2, ("/id",))]
    assert [(row.path, row.target) for row in rows if row.target] == [("events/old", to)]
    told = [(one.path, one.number, one.reason) for one in verify(world.store) if isinstance(one, Redacted)]
    assert told == [(path, number, "risk") for path, number, _ in news]


def test_tombstone_can_lose_its_id_too() -> None:
    """The id of a resource that was withdrawn is replaced in the same way."""
    history = History(memory_world())
    history.publish(shaped(NAME), shaped("b"))
    history.publish(gone(NAME, State.WITHDRAWN, "risk"))
    history.publisher().redact(planned(history.world, EVENT))
    assert holding(history.world, NAME) == set()
    assert discrepancies(history.world.store) == []
    with pytest.raises(CannotRedact, match=f"there is no {EVENT}"):
        planned(history.world, EVENT)
    with pytest.raises(AlreadyRedacted, match="is the opaque id"):
        planned(history.world, f"events/{OPAQUE}")


@pytest.mark.parametrize("path", [CASE, EVENT])
def test_killed_at_any_write_it_is_finished(path: str) -> None:
    """Wherever replacing an id is killed, the next process completes it with the same result, and readers find every list complete."""
    history = small()
    world = history.world
    redaction = planned(world, path)
    start = table(world.store)
    writes = writes_of(history, redaction)
    undisturbed = outcome(history, None)
    assert discrepancies(world.store) == []
    for at in range(1, writes + 1):
        restore(world.store, start)
        die(history, redaction, at)
        reader = world.reader()
        for number, published in enumerate(history.releases, 1):
            found = set(read_list(reader, "events", "day", number))
            live = {one for one, kept in published.items() if kept.state is State.LIVE and one.startswith("events/")}
            assert {*live, f"events/{OPAQUE}"} >= found >= live - {path}
            assert path not in live or found & {path, f"events/{OPAQUE}"}
        begun = redacting.is_begun(world.store) or reader.head().release > redaction.release
        history.publisher().resume()
        if not begun:
            history.publisher().redact(redaction)
        assert outcome(history, None) == undisturbed, f"killed at write {at} of {writes}"


def test_unfinished_one_says_which_id_it_replaces() -> None:
    """Until it is finished, the old and the new id can be read, to change the source files. Afterwards they can't."""
    history = small()
    redaction = planned(history.world, EVENT)
    die(history, redaction, 20)
    assert redacting.replaced_ids(history.world.store) == [(EVENT, f"events/{OPAQUE}")]
    history.publisher().resume()
    assert redacting.replaced_ids(history.world.store) == []


def test_one_that_was_taken_over_does_no_harm() -> None:
    """If it pauses before any write, and continues after another process finished it, it changes nothing and brings nothing back."""
    history = small()
    world = history.world
    world.clock.advance(4000)
    history.publisher().resume()
    redaction = planned(world, EVENT)
    start = table(world.store)
    writes = writes_of(history, redaction)

    def take_over() -> None:
        history.publisher().resume()
        if world.reader().head().release == redaction.release:
            history.publisher().redact(redaction)

    for at in range(2, writes + 1):
        restore(world.store, start)
        with item_by_item(), stalled(world.store, at, take_over), contextlib.suppress(LeaseLost):
            history.publisher().redact(redaction)
        left = [key for key in holding(world, EVENT) if not key[0].startswith("REDACTION#")]
        assert left == [], f"stalled at write {at} of {writes}"
        assert [one for one in discrepancies(world.store) if "REDACTION#" not in one.path] == [], f"stalled at write {at} of {writes}"


def test_what_a_publish_that_died_left_goes_too() -> None:
    """Wherever a publish with the old id died, nothing of it is left in the table after the id was replaced."""
    history = small()
    world = history.world
    start = table(world.store)
    for at in itertools.count(1):
        restore(world.store, start)
        documents = in_order({**history.releases[-1], **{one.path: one for one in (about(NAME, "Third."), about("c"))}}.values())
        try:
            with item_by_item(), killed(world.store, at, after=True):
                history.publisher().publish(documents, f"About {NAME}")
        except Killed:
            if world.reader().head().release == len(history.releases):
                history.publisher().redact(planned(world, EVENT))
                assert holding(world, EVENT) == set(), f"killed at write {at}"
                assert discrepancies(world.store) == [], f"killed at write {at}"
        else:
            assert at > 20
            return


def messages(world: World) -> list[tuple[str, bool]]:
    """Return the message of every release, and whether it has a salt."""
    head = world.reader().head().release
    found = [world.reader().release(number) for number in range(1, head + 1)]
    return [(release.message, release.message_salt is not None) for release in found if release]


def test_message_is_removed_and_its_seal_stays(world: World) -> None:
    """The message is in no item any more, the digests stay, and the feed says which message was redacted and why."""
    for number, message in enumerate(("first", f"about {NAME}", "third")):
        world.publisher().publish([shaped("a", str(number))], message)
    before = digests(world)
    release = world.publisher().redact(plan_message(world.store, "releases/2", "risk"))
    assert holding(world, NAME) == set()
    assert digests(world)[:-1] == before
    assert discrepancies(world.store) == []
    assert messages(world) == [("first", True), (REDACTED, False), ("third", True), ("", True)]
    assert dict(release.changes) == {"redacted": 1}
    row = world.reader().changes("", 4, 100)[-1]
    assert (row.path, row.revision, row.digest, row.reason, row.fields) == ("releases/2", None, None, "risk", ("/message",))
    told = [(one.path, one.number, one.release) for one in verify(world.store) if isinstance(one, Redacted)]
    assert told == [("releases/2", None, 4)]
    with pytest.raises(AlreadyRedacted):
        plan_message(world.store, "releases/2", "risk")
    for path in ("releases/5", "releases/0", "releases/x"):
        with pytest.raises(CannotRedact, match=f"there is no {path}"):
            plan_message(world.store, path, "risk")


def test_message_killed_at_any_write_is_finished() -> None:
    """Wherever removing a message is killed, the next process completes it with the same result."""
    history = small()
    world = history.world
    redaction = plan_message(world.store, "releases/1", "risk")
    start = table(world.store)
    writes = writes_of(history, redaction)
    undisturbed = settled(table(world.store))
    for at in range(1, writes + 1):
        restore(world.store, start)
        die(history, redaction, at)
        begun = redacting.is_begun(world.store) or world.reader().head().release > redaction.release
        history.publisher().resume()
        if not begun:
            begin(history, redaction)
        assert settled(table(world.store)) == undisturbed, f"killed at write {at} of {writes}"
        assert discrepancies(world.store) == []


def test_renamed_lists_have_the_right_totals() -> None:
    """The totals of a list whose name had the id are those of the list with the new name; nothing is left of the old one."""
    history = small()
    history.publisher().redact(planned(history.world, CASE))
    totals = {key for key in table(history.world.store) if key[1].startswith(items.TOTAL) and "case=" in key[0]}
    assert totals
    assert all(OPAQUE in pk for pk, _ in totals)
    assert in_order(history.releases[-1].values())
