"""Records of any size to measure with: in shape and size like the first case's, and about nobody.

A case has 44 events and a statement. An event has what those of the first case have: a summary, a place, involvements, a claim
and its citations, so that one resource is two kilobytes, as theirs are.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

COUNTRIES = ("VN", "CN", "TH", "LA", "KH", "MM", "TR", "EG", "KZ", "RS")
ACTS = ("arrest", "detention", "interstate-handover", "release")
EVENTS_PER_CASE = 44
_FEW = 12  # actors and the source that all cases share
_SUMMARY = (
    "A group of people was stopped on the road by the police of the state, held for some days without being told why, and "
    "asked where they had come from. Nobody was let in to see them. Two sources tell of it, and they differ in the day."
)


def stream(resources: int, edition: int = 0, changed: int = 0) -> io.StringIO:
    """Return a record of at most this many resources as NDJSON; an `edition` words the first `changed` events anew."""
    return io.StringIO("".join(_lines(resources, edition, changed)))


def _lines(resources: int, edition: int, changed: int) -> Iterator[str]:
    yield _line("actors/publisher", name="Publisher", kind="organisation")
    for country in COUNTRIES:
        yield _line(f"actors/state-{country.lower()}", name=f"State {country}", kind="state", country=country, iso3166=country)
    yield _line(
        "sources/report",
        name="Report",
        kind="report",
        publisher="actors/publisher",
        published={"edtf": "2024-06-01"},
        independence_group="publisher",
        reliability="reliable",
        identifies_people_at_risk=False,
        link_policy="open",
    )
    for number in range(max(1, (resources - _FEW) // (EVENTS_PER_CASE + 2))):
        yield from _case(number, edition if number * EVENTS_PER_CASE < changed else 0, changed - number * EVENTS_PER_CASE)


def _case(number: int, edition: int, changed: int) -> Iterator[str]:
    case, state = f"cases/case-{number:05d}", f"actors/state-{COUNTRIES[number % len(COUNTRIES)].lower()}"
    events = [f"events/event-{number:05d}-{part:02d}" for part in range(EVENTS_PER_CASE)]
    statement = f"statements/statement-{number:05d}"
    year = 1990 + number % 30
    yield _line(
        case,
        name=f"Case {number}",
        status="closed",
        period={"edtf": f"{year}"},
        states=[{"actor": state, "role": "detaining"}],
        events=events,
        statements=[statement],
        custody="unknown",
        outcome="returned",
        outcome_as_of={"edtf": "2024"},
        citations=[{"source": "sources/report", "fields": ["/outcome"]}],
    )
    for part, event in enumerate(events):
        country = COUNTRIES[(number + part) % len(COUNTRIES)]
        day = f"{year}-{part % 12 + 1:02d}-{part % 28 + 1:02d}"
        yield _line(
            event,
            name=f"Event {part} of case {number}" + (f", told anew ({edition})" if edition and part < changed else ""),
            summary={"en": f"{_SUMMARY} {_SUMMARY}"},
            case=case,
            acts=[{"act": ACTS[part % len(ACTS)]}],
            date={"edtf": day, "basis": "Its year is that of the reports."},
            place={"name": {"en": f"A town in {country}"}, "country": country, "precision": "country"},
            involvements=[{"actor": state, "role": "detaining", "degree": "carried-out"}],
            citations=[{"source": "sources/report", "locator": f"page {part + 1}", "fields": ["/date", "/place", "/involvements"]}],
            claims=[_claim(day, preferred=True), _claim(f"{year}-{part % 12 + 1:02d}", preferred=False)],
        )
    yield _line(
        statement,
        name=f"Statement on case {number}",
        speaker=state,
        said={"edtf": f"{year}-12"},
        kind="denial",
        form="paraphrased",
        text={"en": {"text": "Nothing happened.", "original": True}},
        about={"cases": [case]},
    )


def _claim(day: str, *, preferred: bool) -> dict[str, Any]:
    return {
        "field": "/date",
        "value": {"edtf": day, "basis": "Its year is that of the reports."} if preferred else {"edtf": day},
        "as_stated": "in that month",
        "citations": [{"source": "sources/report", "locator": "page 12"}],
        "verification": "reported",
        "preferred": preferred,
        "note": "The one source that names the day." if preferred else "Another source, which names the month alone.",
    }


def _line(path: str, *, name: str, **fields: Any) -> str:
    shared = {
        "id": path,
        "name": {"en": name},
        "citations": [{"source": "sources/report"}],
        "last_verified": "2026-11-01",
        "review": {"role": "nobody", "due": "2099-01-01"},
    }
    return json.dumps(shared | fields) + "\n"
