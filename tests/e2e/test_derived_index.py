"""`article33 verify` works the index out from the documents of the seed: what somebody edits in the table is named."""

from dataclasses import replace
from typing import Any

import pytest

from record import items
from record.writing.reindexing import generations_of, recount, reindex
from schemas.registry import RESOURCES
from schemas.resource import Resource
from tests.conftest import SEED, World
from tests.contract.editing import CASE
from tests.e2e.commands import Run
from workbench.placing import IndexRules

EVENT = "events/stopped-in-viet-nam"


@pytest.fixture
def seed(world: World) -> World:
    """The seed as release 1, with everything that ended archived."""
    assert world.publish_files(SEED) == 1
    world.clock.advance(4000)
    world.publisher().resume()
    return world


def test_event_that_leaves_the_list_of_its_case_is_named(seed: World, run: Run) -> None:
    """An edit of an index entry, its lists and their totals, so that an event leaves its case's list, fails the command."""
    name = f"events?case={CASE}"
    hide(seed, EVENT, name)
    verified = run("verify")
    assert verified.code == 1
    assert verified.err.splitlines() == [
        f"release 1 {EVENT}: the index does not have it in the list {name}, but the documents put it there",
        "article33: 1 difference between the record and what was published",
    ]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: str(resource.collection))
def test_every_list_of_an_example_is_derived(resource: Resource, seed: World, run: Run) -> None:
    """Whatever list a resource stands in, by its own fields or because others refer to it: verify names it if it leaves the list."""
    path = f"{resource.collection}/{resource.example}"
    (generation,) = generations_of(seed.store, path, seed.reader().head())
    lists = generation.lists[1:]
    assert lists
    for name in lists:
        hide(seed, path, name)
    errors = run("verify").err
    assert [name for name in lists if f"release 1 {path}: the index does not have it in the list {name}" not in errors] == []


def hide(world: World, path: str, name: str) -> None:
    """Take a document out of a list, everywhere in the index."""
    head = world.reader().head()
    before = generations_of(world.store, path, head)
    reindex(world.store, path, [replace(one, lists=tuple(some for some in one.lists if some != name)) for one in before], lambda: None)
    recount(world.store, name, head.lost)


def test_releases_of_other_rules_are_named_in_one_line(seed: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version with other rules says that it can't derive the index of these releases, and what to do. Everything else is checked."""
    hide(seed, EVENT, f"events?case={CASE}")
    monkeypatch.setattr(IndexRules, "number", IndexRules.number + 1)
    verified = run("verify")
    assert (verified.code, verified.err) == (0, "")
    assert verified.out.splitlines()[0] == (
        "release 1: the index was made by the rules 1, and this version has the rules 2. So it was not compared with the documents. To "
        "compare it, run verify from a version with the rules 1, such as the release's own source commit."
    )
    item: Any = seed.store.get(items.key(items.RELEASES, items.padded(1)))
    seed.store.put_all([{**item, "index_rules": items.number(2)}])
    assert "its digest is" in run("verify").err


def test_release_of_rules_that_do_not_exist_yet_fails_the_command(seed: World, run: Run) -> None:
    """Somebody who can write to the table could make up a number, so that the index is not derived. So that never passes."""
    item: Any = seed.store.get(items.key(items.RELEASES, items.padded(1)))
    seed.store.put_all([{**item, "index_rules": items.number(IndexRules.number + 1)}])
    verified = run("verify")
    assert verified.code == 1
    assert f"release 1: the index was made by the rules {IndexRules.number + 1}, but this version has only the rules up to" in verified.err


def test_review_counter_that_is_not_that_of_the_documents_is_named(seed: World, run: Run) -> None:
    """The number of reviews due, which only monitoring reads, is compared too. A publish corrects it."""
    seed.store.delete_all([items.key(items.REVIEWS, items.DUE)])
    assert "release 1 REVIEW DUE: its number of reviews due on " in run("verify").err
    assert run("publish", str(SEED)).code == 0
    assert run("verify").code == 0
