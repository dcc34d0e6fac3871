"""Generated records of any size: plausible, but fictitious."""

import json
from collections.abc import Iterator
from typing import Any

COUNTRIES = ("VN", "CN", "TH", "LA", "KH", "MM", "TR", "EG", "KZ", "RS")
ACTS = ("arrest", "detention", "interstate-handover", "release")
EVENTS_PER_CASE = 44


def record(resources: int, events: int = EVENTS_PER_CASE) -> Iterator[str]:
    """Yield a record of about this many resources as NDJSON lines: each case with events, a statement and references."""
    yield _line("actors/publisher", name="Publisher", kind="organisation")
    for country in COUNTRIES:
        yield _line(f"actors/state-{country.lower()}", name=f"State {country}", kind="state", country=country, iso3166=country)
    yield _source("sources/report")
    for number in range(len(COUNTRIES)):
        yield _source(report(number))
    for number in range(cases(resources, events)):
        yield from _case(number, events)


def cases(resources: int, events: int = EVENTS_PER_CASE) -> int:
    """Return the number of cases in a record of about this many resources."""
    return max(1, (resources - 2 * len(COUNTRIES) - 2) // (events + 2))


def report(number: int) -> str:
    """Return the source that a case cites. Cases of a state share one; one for all cases would be in more lists than an item can name."""
    return f"sources/report-{COUNTRIES[number % len(COUNTRIES)].lower()}"


def _source(path: str) -> str:
    return _line(
        path,
        name="Report",
        kind="report",
        publisher="actors/publisher",
        published={"edtf": "2024-06-01"},
        independence_group="publisher",
        reliability="reliable",
        identifies_people_at_risk=False,
        link_policy="open",
    )


def _case(number: int, parts: int) -> Iterator[str]:
    case, state = f"cases/case-{number:05d}", f"actors/state-{COUNTRIES[number % len(COUNTRIES)].lower()}"
    events = [f"events/event-{number:05d}-{part:02d}" for part in range(parts)]
    statement, cited = f"statements/statement-{number:05d}", [{"source": report(number)}]
    yield _line(
        case,
        name=f"Case {number}",
        status="closed",
        period={"edtf": f"{1990 + number % 30}"},
        states=[{"actor": state, "role": "detaining"}],
        events=events,
        statements=[statement],
        custody="unknown",
        outcome="returned",
        outcome_as_of={"edtf": "2024"},
        citations=[{"source": report(number), "fields": ["/outcome"]}],
    )
    for part, event in enumerate(events):
        country = COUNTRIES[(number + part) % len(COUNTRIES)]
        yield _line(
            event,
            name=f"Event {part} of case {number}",
            case=case,
            acts=[{"act": ACTS[part % len(ACTS)]}],
            date={"edtf": f"{1990 + number % 30}-{part % 12 + 1:02d}-{part % 28 + 1:02d}"},
            place={"name": {"en": country}, "country": country, "precision": "country"} if part % 4 == 0 else None,
            involvements=[{"actor": state, "role": "detaining", "degree": "carried-out"}] if part % 4 == 1 else [],
            citations=cited,
        )
    yield _line(
        statement,
        name=f"Statement on case {number}",
        speaker=state,
        said={"edtf": f"{1990 + number % 30}-12"},
        kind="denial",
        form="paraphrased",
        text={"en": {"text": "Nothing happened.", "original": True}},
        about={"cases": [case]},
        citations=cited,
    )


def _line(path: str, *, name: str, **fields: Any) -> str:
    shared = {
        "id": path,
        "name": {"en": name},
        "citations": [{"source": "sources/report"}],
        "last_verified": "2026-11-01",
        "review": {"role": "nobody", "due": "2099-01-01"},
    }
    return json.dumps(shared | fields) + "\n"
