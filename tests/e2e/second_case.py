"""A fictitious second case that shares only some states with the first, as NDJSON lines.

Other states, a regional treaty and its court, two persons with a public role who were returned themselves, events without a
known day, statements in other languages only, and an outcome that differs between the persons.
"""

import json
from typing import Any

CASE = "cases/two-editors-flown-out-2019"
SOURCE = "sources/court-judgment"


def lines() -> list[str]:
    """Return the resources of the case, one per line, in no particular order."""
    return [json.dumps({"id": path, **_SHARED, **fields}, ensure_ascii=False) + "\n" for path, fields in _RESOURCES.items()]


_SHARED: dict[str, Any] = {
    "citations": [{"source": SOURCE}],
    "last_verified": "2026-11-01",
    "review": {"role": "editor, Europe", "due": "2099-01-01"},
}


def _named(english: str, **others: str) -> dict[str, str]:
    return {"en": english, **{tag.replace("_", "-"): text for tag, text in others.items()}}


def _involved(actor: str, role: str) -> dict[str, str]:
    return {"actor": actor, "role": role, "degree": "carried-out"}


_CITED_OUTCOME = [{"source": SOURCE, "fields": ["/outcome", "/outcomes"]}]
_RESOURCES: dict[str, dict[str, Any]] = {
    CASE: {
        "name": _named("Two editors flown out of Moldova, 2019", ro="Doi redactori expulzați"),
        "status": "closed",
        "period": {"edtf": "2019/2021-24"},
        "states": [{"actor": "actors/moldova", "role": "transferring"}, {"actor": "actors/turkiye", "role": "receiving"}],
        "events": ["events/editors-arrested", "events/editors-flown-out", "events/one-editor-resettled"],
        "actors": [
            {"actor": "actors/editor-one", "role": "affected-person"},
            {"actor": "actors/editor-two", "role": "affected-person"},
            {"actor": "actors/regional-court", "role": "monitor"},
        ],
        "instruments": ["instruments/regional-convention", "instruments/court-judgment"],
        "statements": ["statements/ministry-denial", "statements/court-finding"],
        "custody": "acknowledged-located",
        "outcome": "mixed",
        "outcome_as_of": {"edtf": "2021~"},
        "outcomes": [
            {"actor": "actors/editor-one", "outcome": "returned", "as_of": {"edtf": "2019-09"}},
            {"actor": "actors/editor-two", "outcome": "resettled", "as_of": {"edtf": "2021-XX"}},
        ],
        "related": [{"case": "cases/nine-north-koreans-viet-nam-2015", "relation": "similar"}],
        "citations": _CITED_OUTCOME,
        "summary": _named("Two editors were flown out unlawfully, as the court found."),
    },
    "events/editors-arrested": {
        "name": _named("Arrested at their offices"),
        "case": CASE,
        "acts": [{"act": "arrest"}, {"act": "denial-of-asylum"}],
        "date": {"edtf": "2019-09-XX", "as_stated": "la începutul lunii"},
        "place": {
            "name": _named("Chișinău"),
            "country": "MD",
            "precision": "facility",
            "coordinates": {"latitude": 47.0, "longitude": 28.85},
        },
        "involvements": [_involved("actors/moldova", "detaining")],
        "affected": [{"actor": "actors/editor-one"}, {"actor": "actors/editor-two"}],
        "links": [{"event": "events/editors-flown-out", "relation": "precedes"}],
    },
    "events/editors-flown-out": {
        "name": _named("Flown out"),
        "case": CASE,
        "acts": [{"act": "expulsion"}, {"act": "refoulement", "attributed_to": "actors/regional-court"}],
        "date": None,
        "claims": [
            {
                "field": "/date",
                "value": {"edtf": "2019-09-0X"},
                "citations": [{"source": "sources/radio-report"}],
                "verification": "reported",
                "preferred": False,
            },
            {
                "field": "/date",
                "value": {"edtf": "2019-09-1X"},
                "citations": [{"source": SOURCE}],
                "verification": "contested",
                "preferred": False,
            },
        ],
        "involvements": [_involved("actors/moldova", "transferring"), _involved("actors/turkiye", "receiving")],
        "affected": [{"actor": "actors/editor-one"}, {"actor": "actors/editor-two"}],
        "legal_basis_claimed": [{"basis": _named("A threat to security."), "claimed_by": "actors/moldova"}],
    },
    "events/one-editor-resettled": {
        "name": _named("One of them resettled"),
        "case": CASE,
        "acts": [{"act": "release"}],
        "date": {"edtf": "2021-24"},
        "affected": [{"actor": "actors/editor-two"}],
    },
    "actors/moldova": {"name": _named("Moldova", ro="Moldova"), "kind": "state", "country": "MD", "iso3166": "MD"},
    "actors/turkiye": {"name": _named("Türkiye", tr="Türkiye"), "kind": "state", "country": "TR", "iso3166": "TR"},
    "actors/interior-ministry": {
        "name": _named("Interior Ministry"),
        "kind": "state-body",
        "country": "MD",
        "parent": "actors/moldova",
    },
    "actors/regional-court": {"name": _named("The regional court"), "kind": "intergovernmental-body"},
    "actors/radio": {"name": _named("A radio"), "kind": "organisation", "country": "RO"},
    "actors/editor-one": {
        "name": _named("First Invented Editor"),
        "kind": "person",
        "public_role_basis": "public-figure",
        "memberships": [{"organisation": "actors/radio", "role": _named("Editor"), "dates": {"edtf": "2010/2019"}}],
    },
    "actors/editor-two": {"name": _named("Second Invented Editor"), "kind": "person", "public_role_basis": "author"},
    "instruments/regional-convention": {
        "name": _named("The regional convention"),
        "kind": "treaty",
        "adopted": {"edtf": "1950-11-04"},
        "provisions": [{"key": "article-3", "heading": _named("Ill-treatment"), "duty": _named("Ill-treat nobody.")}],
        "party_acts": [{"actor": "actors/moldova", "action": "ratified", "date": {"edtf": "1997-09-12"}}],
    },
    "instruments/court-judgment": {
        "name": _named("The court's judgment"),
        "kind": "decision",
        "adopted": {"edtf": "2020-06"},
        "relations": [{"instrument": "instruments/regional-convention", "relation": "interprets"}],
    },
    "statements/ministry-denial": {
        "name": _named("The ministry denies it"),
        "speaker": "actors/interior-ministry",
        "on_behalf_of": "actors/moldova",
        "first_published": {"edtf": "2019-10"},
        "kind": "denial",
        "form": "quoted",
        "text": {"ro": {"text": "Nu a fost nicio expulzare.", "original": True}},
        "about": {"cases": [CASE], "events": ["events/editors-flown-out"]},
    },
    "statements/court-finding": {
        "name": _named("The court's finding"),
        "speaker": "actors/regional-court",
        "said": {"edtf": "2020-06"},
        "kind": "finding",
        "form": "paraphrased",
        "text": {"fr": {"text": "L'éloignement était irrégulier.", "original": False, "translator": "Article 33"}},
        "about": {"cases": [CASE], "instruments": ["instruments/regional-convention"]},
    },
    SOURCE: {
        "name": _named("Judgment"),
        "kind": "court-document",
        "publisher": "actors/regional-court",
        "published": {"edtf": "2020-06"},
        "language": "fr",
        "independence_group": "regional-court",
        "reliability": "highly-reliable",
        "identifies_people_at_risk": False,
        "link_policy": "open",
    },
    "sources/radio-report": {
        "name": _named("Report of a radio"),
        "kind": "news-article",
        "publisher": "actors/radio",
        "published": {"edtf": "2019-09-2X"},
        "language": "ro",
        "independence_group": "radio",
        "reliability": "reliable",
        "identifies_people_at_risk": False,
        "link_policy": "open",
    },
}
