"""Change the record between two releases: edit copies of the seed's files, or an item of the table."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from handlers.app import make_app
from handlers.contract import contract
from handlers.telemetry import Telemetry
from record import items
from record.current import HEAD_SECONDS
from record.reading import Reader
from tests.conftest import SEED, Client, World, silent

DAY = 86_400.0
CASE = "cases/nine-north-koreans-viet-nam-2015"
# What changes in `three_releases`: an actor is renamed twice, a source gets another kind, another one is new.
ACTOR = "actors/vietnamese-police"
FIRST_NAME, SECOND_NAME, THIRD_NAME = "Vietnamese police", "Zzz, the police of Viet Nam", "Aaa, the police of Viet Nam"
REFILED = "sources/upi-on-the-nine"
NEW = "sources/upi-again-on-the-nine"


def edited_seed(directory: Path, edits: Mapping[str, Callable[[str], str]], added: Mapping[str, str] | None = None) -> Path:
    """Return a copy of the seed with these files edited, and with these files added as copies of others."""
    copy = directory / "seed"
    shutil.copytree(SEED, copy)
    for new, original in (added or {}).items():
        shutil.copy(copy / f"{original}.yaml", copy / f"{new}.yaml")
    for path, edit in edits.items():
        file = copy / f"{path}.yaml"
        before = file.read_text(encoding="utf-8")
        after = edit(before)
        assert after != before, "nothing was edited"
        file.write_text(after, encoding="utf-8")
    return copy


def declared(departure: Mapping[str, object]) -> Callable[[str], str]:
    """Return the edit that replaces a resource by the declaration of its departure."""
    return lambda _: yaml.safe_dump({"gone": dict(departure)})


def renamed(name: str) -> Callable[[str], str]:
    """Return the edit that gives a resource another English name."""

    def edit(text: str) -> str:
        lines = text.splitlines(keepends=True)
        assert lines[0] == "name:\n"
        assert lines[1].startswith("  en: ")
        return "".join([lines[0], f"  en: {name}\n", *lines[2:]])

    return edit


def replaced(old: str, new: str) -> Callable[[str], str]:
    """Return the edit that replaces one text, which the file must hold, by another."""

    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


def three_releases(world: World, directories: pytest.TempPathFactory) -> None:
    """Publish the seed; a day later an actor renamed, a source with another kind and a new one; a day later the actor renamed again."""
    assert world.publish_files(SEED, message="One") == 1
    for number, (message, name) in enumerate((("Two", SECOND_NAME), ("Three", THIRD_NAME)), 2):
        world.clock.advance(DAY)
        edits = {ACTOR: renamed(name), REFILED: replaced("kind: news-article", "kind: web-page")}
        copy = edited_seed(directories.mktemp(message), edits, {NEW: REFILED})
        assert world.publish_files(copy, message=message) == number
    world.clock.advance(3600)


def raise_epoch(world: World) -> None:
    """Raise the count of redactions, and let the time pass for which an instance keeps the current release."""
    assert world.store.update(
        items.key(items.RELEASES, items.CURRENT),
        "SET #epoch = #epoch + :one",
        ExpressionAttributeNames={"#epoch": "epoch"},
        ExpressionAttributeValues={":one": items.number(1)},
    )
    world.clock.advance(HEAD_SECONDS)


def client_over(world: World, reader: Reader, telemetry: Telemetry | None = None) -> Client:
    """Return the API over a reader of its own."""
    return Client(make_app(contract(), reader, world.clock.datetime, telemetry or silent()), world)
