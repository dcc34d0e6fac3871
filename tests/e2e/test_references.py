"""Renaming and merging in source files: each reference is changed, and every other byte stays."""

import re
from pathlib import Path

import pytest

from schemas.v1.vocabulary import Reason
from tests.e2e.seeds import directory, texts
from workbench import departing
from workbench.departing import CannotDepart
from workbench.seedfiles import read_resources

# A file that refers to events/a, and its text after events/a is renamed to events/new; None if that is refused.
TEXTS: tuple[tuple[str, str, str, str | None], ...] = (
    ("a list", "cases/c", "events:\n  - events/a\n  - events/b\n", "events:\n  - events/new\n  - events/b\n"),
    (
        "ids that begin alike",
        "cases/c",
        "events:\n  - events/a-b\n  - events/a\n  - events/ab\n",
        "events:\n  - events/a-b\n  - events/new\n  - events/ab\n",
    ),
    (
        "only ids that begin alike",
        "cases/c",
        "events: [events/a-b, events/ab, events/a1]\n",
        "events: [events/a-b, events/ab, events/a1]\n",
    ),
    ("a flow list", "cases/c", "events: [events/a-b, events/a, 'events/b']\n", "events: [events/a-b, events/new, 'events/b']\n"),
    ("a flow list of one", "cases/c", "events: [events/a]\n", "events: [events/new]\n"),
    (
        "flow mappings",
        "events/e",
        "links: [{event: events/a, relation: precedes}, {event: events/a-b}]\n",
        "links: [{event: events/new, relation: precedes}, {event: events/a-b}]\n",
    ),
    ("in quotation marks", "cases/c", "events:\n  - 'events/a'\n  - \"events/b\"\n", "events:\n  - 'events/new'\n  - \"events/b\"\n"),
    ("in double quotation marks", "events/e", 'links:\n  - event: "events/a"\n', 'links:\n  - event: "events/new"\n'),
    ("quoted keys", "events/e", 'links:\n  - {"event":"events/a"}\n', 'links:\n  - {"event":"events/new"}\n'),
    (
        "beside a comment",
        "cases/c",
        "# events/a\nevents:\n  # see events/a\n  - events/a  # the first\n",
        "# events/a\nevents:\n  # see events/a\n  - events/new  # the first\n",
    ),
    ("named in prose", "cases/c", "name:\n  en: From events/a\nevents: [events/a]\n", "name:\n  en: From events/a\nevents: [events/new]\n"),
    (
        "named in a quotation",
        "cases/c",
        "citations:\n  - source: sources/s\n    quote: events/a\nevents: [events/a]\n",
        "citations:\n  - source: sources/s\n    quote: events/a\nevents: [events/new]\n",
    ),
    ("a text that is an id", "cases/c", "risk: {en: events/a}\n", "risk: {en: events/a}\n"),
    (
        "a claim",
        "cases/c",
        "claims:\n  - field: /events\n    value: [events/a]\n    note: events/a\n",
        "claims:\n  - field: /events\n    value: [events/new]\n    note: events/a\n",
    ),
    (
        "a claim on an item",
        "cases/c",
        "claims:\n  - {field: /events/0, value: events/a}\n",
        "claims:\n  - {field: /events/0, value: events/new}\n",
    ),
    (
        "twice",
        "cases/c",
        "events: [events/b, events/a]\nclaims:\n  - {field: /events, value: [events/a, events/b]}\n",
        "events: [events/b, events/new]\nclaims:\n  - {field: /events, value: [events/new, events/b]}\n",
    ),
    ("CRLF", "cases/c", "name: x\r\nevents:\r\n  - events/a\r\n", "name: x\r\nevents:\r\n  - events/new\r\n"),
    ("no line end", "cases/c", "events:\n  - events/a", "events:\n  - events/new"),
    ("a byte order mark", "cases/c", "\ufeffevents:\n  - events/a\n", "\ufeffevents:\n  - events/new\n"),
    (
        "other line ends",
        "cases/c",
        "name: 'one\x85two\u2028three'\nevents:\n  - events/a\n",
        "name: 'one\x85two\u2028three'\nevents:\n  - events/new\n",
    ),
    (
        "other alphabets",
        "cases/c",
        "name: {ko: 이름}  # 사건\nevents: [events/a]  # 사건\n",
        "name: {ko: 이름}  # 사건\nevents: [events/new]  # 사건\n",
    ),
    ("a document start", "cases/c", "---\nevents:\n- events/a\n...\n", "---\nevents:\n- events/new\n...\n"),
    ("on a line of its own", "events/e", "links:\n  - event:\n      events/a\n", None),
    ("a folded text", "events/e", "links:\n  - event: >-\n      events/a\n", None),
    ("escaped", "cases/c", 'events: ["events\\x2fa"]\n', None),
    ("on one line with a text that is the same", "events/e", "links: [{event: events/a, note: events/a}]\n", None),
    (
        "a declaration that keeps it",
        "cases/c",
        "gone:\n  how: withdrawn\n  reason: risk\n  still_named_by: [events/a, events/b]\n",
        "gone:\n  how: withdrawn\n  reason: risk\n  still_named_by: [events/new, events/b]\n",
    ),
    (
        "a declaration that leads to it",
        "events/e",
        "gone: {how: renamed, to: events/a, reason: error}\n",
        "gone: {how: renamed, to: events/a, reason: error}\n",
    ),
)


@pytest.mark.parametrize(("path", "text", "expected"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_a_reference_is_pointed_and_the_rest_of_the_file_stays(path: str, text: str, expected: str | None, tmp_path: Path) -> None:
    """Comments, quotation marks and line ends stay. A reference that can't be changed safely is refused and left to the maintainer."""
    seed = directory(tmp_path / "seed", {"events/a": "name: x\n", path: text})
    before = texts(seed)
    if expected is None:
        with pytest.raises(CannotDepart, match=rf"{path}\.yaml: the references to events/a can't be changed to events/new safely"):
            departing.rename(seed, "events/a", "events/new", Reason.BETTER_ID)
        assert texts(seed) == before
        return
    departing.rename(seed, "events/a", "events/new", Reason.BETTER_ID)
    assert texts(seed)[f"{path}.yaml"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id: events/a\ntype: event\nname: x\n", "id: events/new\ntype: event\nname: x\n"),
        ("# mine\r\nname: x\r\nlinks: [{event: events/a}]\r\n", "# mine\r\nname: x\r\nlinks: [{event: events/new}]\r\n"),
        ("name: x\nid: 'events/a'\n", "name: x\nid: 'events/new'\n"),
        ("name: x\nsummary: events/a-b # events/a\n", "name: x\nsummary: events/a-b # events/a\n"),
    ],
    ids=["its id", "itself", "its id in quotation marks", "nothing"],
)
def test_a_renamed_file_is_moved_as_it_is(text: str, expected: str, tmp_path: Path) -> None:
    """Except for its id, if it is in the file, and its references to itself."""
    seed = directory(tmp_path / "seed", {"events/a": text})
    departing.rename(seed, "events/a", "events/new", Reason.BETTER_ID)
    assert texts(seed)["events/new.yaml"] == expected
    assert set(read_resources(seed)) == {"events/a", "events/new"}


# A case that refers to events/a and events/b, and its text after a is merged into b; a message if that is refused.
BOTH: tuple[tuple[str, str, str], ...] = (
    ("beside", "events:\n  - events/a\n  - events/b\n", "events:\n  - events/b\n"),
    ("behind", "events:\n  - events/b\n  - events/a\n  - events/c\n", "events:\n  - events/b\n  - events/c\n"),
    ("last, without a line end", "events:\n  - events/b\n  - events/a", "events:\n  - events/b\n"),
    ("with a comment", "events:\n  - 'events/a'   # the first\n  - events/b # the other\n", "events:\n  - events/b # the other\n"),
    ("only the one", "events:\n  - events/a\nrelated: []\n", "events:\n  - events/b\nrelated: []\n"),
    (
        "in two lists",
        "claims:\n  - field: /events\n    value:\n      - events/a\nevents:\n  - events/a\n  - events/b\n",
        "claims:\n  - field: /events\n    value:\n      - events/b\nevents:\n  - events/b\n",
    ),
    ("twice in error", "events:\n  - events/a\n  - events/a\n  - events/b\n", "events:\n  - events/b\n"),
    ("a flow list", "events: [events/a, events/b]\n", "the list has events/b too; remove events/a by hand first"),
    (
        "cited by place",
        "events:\n  - events/a\n  - events/b\ncitations: [{source: sources/s, fields: [/events/1]}]\n",
        "the list has events/b too; remove events/a by hand first",
    ),
    (
        "claimed by place",
        "events:\n  - events/a\n  - events/b\nclaims:\n  - {field: /events/1, value: events/b}\n",
        "the list has events/b too; remove events/a by hand first",
    ),
    (
        "cited as a whole",
        "events:\n  - events/a\n  - events/b\ncitations: [{source: sources/s, fields: [/events]}]\n",
        "events:\n  - events/b\ncitations: [{source: sources/s, fields: [/events]}]\n",
    ),
)


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in BOTH], ids=[case[0] for case in BOTH])
def test_who_names_both_names_one_after_a_merge(text: str, expected: str, tmp_path: Path) -> None:
    """In a plain list the line is removed; if that is not safe, the message names the file."""
    seed = directory(tmp_path / "seed", {"events/a": "name: x\n", "events/b": "name: y\n", "cases/c": text})
    before = texts(seed)
    if not expected.endswith("\n"):
        with pytest.raises(CannotDepart, match=re.escape(expected)):
            departing.merge(seed, "events/a", "events/b", Reason.DUPLICATE)
        assert texts(seed) == before
        return
    departing.merge(seed, "events/a", "events/b", Reason.DUPLICATE)
    assert texts(seed)["cases/c.yaml"] == expected
