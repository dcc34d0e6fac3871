"""`article33 find`: every place of the table that says something, whoever can read it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from record import items
from record.model import Document, State
from record.store import Store
from tests.conftest import World
from tests.e2e.commands import Run
from tests.record.documents import document, in_order
from tests.record.killing import Killed, killed, table
from workbench.finding import Standing, Where, find

SAID = "Zanzibar Quay"
SLUG = "zanzibar-quay"


def withdrawn(path: str, target: str | None = None) -> Document:
    """Return the tombstone of a document."""
    content = json.dumps({"id": path, "reason": "error", "target": target}).encode()
    return Document(path, content, state=State.RENAMED if target else State.WITHDRAWN, reason="error", target=target)


def full_width(text: str) -> str:
    """Return a text in the full-width forms of its characters."""
    return "".join(chr(ord(character) + 0xFEE0) if character > " " else character for character in text)


@pytest.fixture
def filled(world: World) -> World:
    """A record with the words wherever they can be, and what a killed publish left of its attempt."""
    publisher = world.publisher()
    old = document("a", day=f"2015 {SAID}", note=SAID, case="cases/x")
    publisher.publish(in_order([old, document("b", note=f"At the {SAID.upper()}."), document("c", collection="cases")]), f"By {SAID}")
    new = [document("a"), document("b", note="Gone."), document(SLUG, collection="cases"), document("d", case=f"cases/{SLUG}")]
    publisher.publish(in_order([*new, withdrawn("cases/c", f"cases/{SLUG}")]), "Two")
    later = [*new, withdrawn("cases/c", f"cases/{SLUG}"), document("e", note=f"Not yet in {SAID}")]
    with pytest.raises(Killed), killed(world.store, 3, after=True):
        world.publisher("dead").publish(in_order(later), f"Never {SAID}")
    return world


def lines(run: Run, *arguments: str) -> list[str]:
    """Return the lines of a search that finds something."""
    found = run("find", *arguments)
    assert found.code == 0, found.err
    assert found.err.splitlines() == [f"{len(found.out.splitlines())} places."]
    return sorted(found.out.splitlines())


def test_a_text_is_found_wherever_it_stands(filled: World, run: Run) -> None:
    """In fields, messages, ids, targets, lists and orders, current or not, and in what was never published. Each place is one line."""
    del filled
    assert lines(run, SAID) == [
        "cases/c, revision 2, release 2: /target (current)",
        "cases/c, revision 2, release 2: /target of the change (current)",
        f"cases/{SLUG}: id (current)",
        "events/a, revision 1, release 1: /day (past)",
        "events/a, revision 1, release 1: /note (past)",
        "events/a: order day (past)",
        "events/a: order first (past)",
        "events/a: order last (past)",
        "events/b, revision 1, release 1: /note (past)",
        "events/d, revision 1, release 2: /case (current)",
        "events/e, revision 1, release 3: /note (hidden)",
        f"list events?case=cases/{SLUG} (current)",
        "note INTENT#0000000001 (hidden)",
        "note INTENT#0000000002 (hidden)",
        "release 1: message (current)",
    ]


def test_nothing_in_the_table_is_overlooked(filled: World) -> None:
    """Each item of the table that has the words, alone, is a hit."""

    class Only(Store):
        """The table, of which a scan returns one item."""

        item: Mapping[str, Any]

        def scan(self, **_: Any) -> Iterator[list[Any]]:
            """Return that item."""
            yield [self.item]

    store = Only(filled.store.client, filled.store.table)
    having = [item for item in table(filled.store).values() if any(text in json.dumps(item).lower() for text in (SAID.lower(), SLUG))]
    assert len(having) > 12
    for item in having:
        store.item = item
        assert list(find(store, SAID)), item


@pytest.mark.parametrize("spelled", ["zanzibar quay", "ZANZIBAR  QUAY", full_width(SAID), "Zan\u200bzibar\u00a0Quay", "Z\u0430nzibar Quay"])
def test_spelling_makes_no_difference(spelled: str, filled: World) -> None:
    """Case, blanks, full width, invisible characters and look-alike letters are folded, as for the scans."""
    fields = {(hit.path, hit.standing) for hit in find(filled.store, spelled) if hit.where is Where.FIELD and hit.at == "/note"}
    assert fields == {("events/a", Standing.PAST), ("events/b", Standing.PAST), ("events/e", Standing.HIDDEN)}


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("+82 10-1234-5678", "01012345678"[1:]),
        ("01012345678", "010 1234 5678"),
        (f"Tel. {full_width('010-1234')}", "010.1234"),
        ("№ 1234 5678", "12345678"),
    ],
)
def test_a_number_is_found_with_any_separators(written: str, sought: str, world: World) -> None:
    """People write the same number in many ways."""
    world.publisher().publish([document("a", note=written)], "One")
    assert [hit.at for hit in find(world.store, sought)] == ["/note"]


def test_for_tools_each_hit_is_an_object(filled: World, run: Run) -> None:
    """`--json` prints one JSON object per line."""
    del filled
    found = [json.loads(line) for line in run("find", SAID, "--json").out.splitlines()]
    assert {"where": "message", "standing": "current", "path": None, "revision": None, "release": 1, "at": "/message"} in found
    assert {one["standing"] for one in found} == {"current", "past", "hidden"}


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("Nobody says this", 1, "the text is nowhere in the table"),
        (" \u200b", 2, "the text to find can't be used: there is no visible character in it"),
        ("\udcff", 2, "the argument \\udcff can't be used: it is not valid UTF-8"),
    ],
)
def test_what_is_not_found_is_one_clear_line(text: str, code: int, said: str, filled: World, run: Run) -> None:
    """Its exit code is 1, or 2 if the text can't be looked for."""
    del filled
    ended = run("find", text)
    assert (ended.code, ended.out, ended.err) == (code, "", f"article33: {said}\n")


def test_items_that_somebody_damaged_are_searched_all_the_same(filled: World, run: Run) -> None:
    """Whatever is wrong with them: the text in them is found, and there is no traceback."""
    damaged: Sequence[Any] = [
        {**items.key(items.document_pk("events/x"), "?"), "body": items.text(f"no JSON, but {SAID}")},
        {**items.key(items.list_pk("events", "day"), "?"), "values": items.texts([SAID])},
        {**items.key(items.CHANGES, "?"), "note": items.text(SAID)},
        {**items.key("ANYTHING", "?"), "some": {"L": [{"M": {SAID: {"NULL": True}}}]}},
    ]
    filled.store.put_all(damaged)
    found = lines(run, SAID)
    for expected in ("item LIST#events|day (hidden)", "item CHANGES (hidden)", "item ANYTHING (hidden)"):
        assert expected in found
    assert any(line.startswith("events/x") for line in found)


def test_memory_does_not_grow_with_the_table(run: Run, world: World, seed: Path) -> None:
    """It asks for pages of the table, and for nothing else where nothing is found."""
    run("publish", str(seed))
    calls: list[str] = []
    events = world.store.client.meta.events

    def note(model: Any, **_: Any) -> None:
        calls.append(model.name)

    events.register("before-call.dynamodb", note)
    try:
        assert list(find(world.store, "Nobody says this")) == []
    finally:
        events.unregister("before-call.dynamodb", note)
    assert calls[0] == "GetItem"
    assert set(calls[1:]) == {"Scan"}
