"""Large records, made by repeating the items of a small one that was really published.

Publishing a million resources takes hours on a small machine. For reading, they differ only in numbers: each generated case is the same
as the one thirty before it. So the items of thirty cases are templates. The items of every other case are the same texts with its own
number. Items that belong to no case are kept, except what grows with the record: totals, the counts of the release, and the names of the
lists in a by-id entry. `tests/e2e/test_repeating.py` compares such a record with a published one.

Digests, seals and salts are those of the templates, the feed is in the order of the cases, and the intents of the publish are left out. No
benchmark notices. But such a record does not verify, and you can't publish on top of it.
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

PERIOD = 30  # cases; then tests/e2e/generated.py repeats itself, except for the numbers
_NUMBERED = re.compile(r"\b(?:case|event|statement)-(\d{5})\b")
_POSITION = re.compile(r"\b(\d{10})#00000(\d{5})#(?=\d{10}\.)")  # the sort key of a change; its position has five digits at most
_PADDED, _PLAIN = "\x00", "\x01"  # placeholders for a number; they never occur in JSON text


@dataclass(slots=True)
class _Template:
    """The items of a case, and how many entries it has in each list that all cases share."""

    items: "list[Item]" = field(default_factory=list)
    entries: Counter[str] = field(default_factory=Counter)
    text: str = ""


def repeated(published: "Iterable[Item]", cases: int) -> Iterator[str]:
    """Yield the items of a record with this number of cases, as JSON arrays of some hundred items; the current release comes last, alone.

    `published` are the items of a record with at least two periods of cases, after a single publish.
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
        elif not (found := _NUMBERED.search(item["path"]["S"] if pk == items.CHANGES else f"{pk} {sk}")):
            shared.append(item)
            totals.update(_entered(pk))
        elif template := templates.get(int(found[1])):
            template.items.append(item)
            template.entries.update(_entered(pk))
    for number, template in templates.items():
        assert template.items, f"case {number} must be published"
        template.text = _without(number, json.dumps(template.items))
    for number in range(cases):
        template = templates[PERIOD + number % PERIOD]
        totals.update(template.entries)
        yield template.text.replace(_PADDED, f"{number:05d}").replace(_PLAIN, str(number))
    yield json.dumps([_grown(item, totals, cases) for item in shared])
    yield json.dumps(current)


def _entered(pk: str) -> list[str]:
    """Return the shared list whose total counts this entry, if any. Every order has the same entries, so only the order by id counts."""
    name, _, order = pk.removeprefix("LIST#").rpartition("|")
    return [name] if order == items.BY_ID and not _NUMBERED.search(name) else []


def _without(number: int, text: str) -> str:
    """Return the text of a case's items with placeholders for its two-digit number: in `case-00037`, in "Case 37" and in the feed."""
    padded = re.sub(rf"(?<=[a-z]-){number:05d}\b", _PADDED, text)
    padded = _POSITION.sub(rf"\1#{_PADDED}\2#", padded)
    return re.sub(rf"(?<=\b[Cc]ase[ -]){number}\b", _PLAIN, padded)


def _grown(item: "Item", totals: Counter[str], cases: int) -> "Item":
    """Return an item that belongs to no case, as it would be in a record with this number of cases."""
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
    assert items.size(grown) <= items.LARGEST_ITEM, "a published record of this size has no larger items"
    return grown


def _standing(lists: list[str], cases: int) -> list[str]:
    """Return the lists that contain a document, with the lists of all cases instead of those of the templates."""
    collection, *others = lists
    kept = [name for name in others if not _NUMBERED.search(name)]
    names: dict[int, str] = {}
    for name in lists:
        if found := _NUMBERED.search(name):
            names[int(found[1])] = name
    its = ((number, names.get(PERIOD + number % PERIOD)) for number in range(cases))
    return [collection, *sorted(kept + [_NUMBERED.sub(f"case-{number:05d}", name) for number, name in its if name])]
