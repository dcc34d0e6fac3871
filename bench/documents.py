"""Records of any size to measure with: in shape and size like the first case's, and about nobody.

A case has 44 events and a statement. An event has what those of the first case have: a summary, a place, involvements, a claim
and its citations, so that one resource is two kilobytes, as theirs are.
"""

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from tests.e2e.generated import COUNTRIES, EVENTS_PER_CASE, record, report

_SUMMARY = (
    "A group of people was stopped on the road by the police of the state, held for some days without being told why, and "
    "asked where they had come from. Nobody was let in to see them. Two sources tell of it, and they differ in the day."
)


def stream(resources: int, edition: int = 0, changed: int = 0, events_per_case: int = EVENTS_PER_CASE) -> io.StringIO:
    """Return a record of at most this many resources as NDJSON; an `edition` words the first `changed` events anew."""
    return io.StringIO("".join(_lines(record(resources, events_per_case), edition, changed)))


def _lines(lines: Iterable[str], edition: int, changed: int) -> Iterator[str]:
    events = 0
    for line in lines:
        resource = json.loads(line)
        if resource["id"].startswith("events/"):
            resource |= _details(resource)
            if edition and events < changed:
                resource["name"]["en"] += f", told anew ({edition})"
            events += 1
        yield json.dumps(resource) + "\n"


def _details(event: dict[str, Any]) -> dict[str, Any]:
    """Return what an event of the first case has, and a generated one has not."""
    number, part = map(int, event["id"].split("-")[-2:])
    country, day = COUNTRIES[(number + part) % len(COUNTRIES)], event["date"]["edtf"]
    state, source = f"actors/state-{COUNTRIES[number % len(COUNTRIES)].lower()}", report(number)
    return {
        "summary": {"en": f"{_SUMMARY} {_SUMMARY}"},
        "date": {"edtf": day, "basis": "Its year is that of the reports."},
        "place": {"name": {"en": f"A town in {country}"}, "country": country, "precision": "country"},
        "involvements": [{"actor": state, "role": "detaining", "degree": "carried-out"}],
        "citations": [{"source": source, "locator": f"page {part + 1}", "fields": ["/date", "/place", "/involvements"]}],
        "claims": [_claim(source, day, preferred=True), _claim(source, day[:7], preferred=False)],
    }


def _claim(source: str, day: str, *, preferred: bool) -> dict[str, Any]:
    return {
        "field": "/date",
        "value": {"edtf": day, "basis": "Its year is that of the reports."} if preferred else {"edtf": day},
        "as_stated": "in that month",
        "citations": [{"source": source, "locator": "page 12"}],
        "verification": "reported",
        "preferred": preferred,
        "note": "The one source that names the day." if preferred else "Another source, which names the month alone.",
    }
