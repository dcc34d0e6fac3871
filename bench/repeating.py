"""Large records, made by repeating the items of a small one that was really published.

Publishing a million resources takes hours here, and what is read of them differs in numbers alone: a generated case is as the one
thirty before it. So the items of thirty cases are templates, and those of every other case are the same texts with its number in
the place of theirs. What belongs to no case is kept, but for what grows with the record: totals, the release's counts, and the
lists that an entry by id says its document stands in. `tests/e2e/test_repeating.py` holds such a record against a published one.

Digests, seals and salts are those of the templates' texts, and what the publish intended is left out: nothing that is measured
reads them, but such a record neither verifies nor is one to publish on.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from record import items

if TYPE_CHECKING:
    from record.items import Item, NewItem

PERIOD = 30  # cases, after which tests/e2e/generated.py begins anew but for the numbers
_NUMBERED = re.compile(r"\b(?:case|event|statement)-(\d{5})\b")
_PADDED, _PLAIN = "\x00", "\x01"  # in the place of a number; no JSON text has them


@dataclass(slots=True)
class _Template:
    """What a case's items say, and how many entries of which list that all cases share are among them."""

    items: "list[Item]" = field(default_factory=list)
    entries: Counter[str] = field(default_factory=Counter)
    text: str = ""


def repeated(published: "Iterable[Item]", cases: int) -> Iterator[str]:
    """Yield the items of a record of so many cases, as JSON arrays of some hundred; the last one is the current release's alone.

    `published` are the items of a record of at least two periods of cases that was published once.
    """
    templates = {number: _Template() for number in range(PERIOD, 2 * PERIOD)}
    shared: list[Item] = []
    current: list[Item] = []
    totals: Counter[str] = Counter()
    for item in published:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        if pk.startswith("INTENT#"):
            continue
        if (pk, sk) == (items.RELEASES, items.CURRENT):
            current.append(item)
        elif not (found := _NUMBERED.search(f"{pk} {sk}")):
            shared.append(item)
            totals.update(_entered(pk))
        elif template := templates.get(int(found[1])):
            template.items.append(item)
            template.entries.update(_entered(pk))
    for number, template in templates.items():
        assert template.items, f"case {number} is published"
        template.text = _without(number, json.dumps(template.items))
    for number in range(cases):
        template = templates[PERIOD + number % PERIOD]
        totals.update(template.entries)
        yield template.text.replace(_PADDED, f"{number:05d}").replace(_PLAIN, str(number))
    yield json.dumps([_grown(item, totals, cases) for item in shared])
    yield json.dumps(current)


def _entered(pk: str) -> list[str]:
    """Return the list that an entry counts in, where it is one that all cases share: every order of a list has the same entries."""
    name, _, order = pk.removeprefix("LIST#").rpartition("|")
    return [name] if order == items.BY_ID and not _NUMBERED.search(name) else []


def _without(number: int, text: str) -> str:
    """Return the text of a case's items with marks in the place of its number, which has two digits: `case-00037`, "Case 37"."""
    padded = re.sub(rf"(?<=[a-z]-){number:05d}\b", _PADDED, text)
    return re.sub(rf"(?<=\b[Cc]ase[ -]){number}\b", _PLAIN, padded)


def _grown(item: "Item", totals: Counter[str], cases: int) -> "Item":
    """Return an item that belongs to no case as it is in a record of so many cases."""
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    grown: NewItem = dict(item)
    if sk == items.TOTAL:
        grown |= {mark: items.number(totals[pk.removeprefix("LIST#")]) for mark in item if mark not in {"pk", "sk"}}
    elif pk == items.RELEASES:
        counts = {collection: totals[collection] for collection in item["counts"]["M"]}
        grown["counts"] = {"M": {collection: items.number(count) for collection, count in counts.items()}}
        grown["changes"] = {"M": {"created": items.number(sum(counts.values()))}}
    elif "places" in item:
        standing, orders = json.loads(item["places"]["S"])
        grown["places"] = items.text(json.dumps([_standing(standing, cases), orders], ensure_ascii=False, separators=(",", ":")))
    assert items.size(grown) <= items.LARGEST_ITEM, "a record as large could be published"
    return grown


def _standing(lists: list[str], cases: int) -> list[str]:
    """Return the lists that a document stands in, those of every case in the place of those of the templates."""
    kept = [name for name in lists if not _NUMBERED.search(name)]
    names: dict[int, str] = {}
    for name in lists:
        if found := _NUMBERED.search(name):
            names[int(found[1])] = name
    # Of a collection one filter alone names cases, and it is the last.
    its = ((number, names.get(PERIOD + number % PERIOD)) for number in range(cases))
    return kept + [_NUMBERED.sub(f"case-{number:05d}", name) for number, name in its if name]
