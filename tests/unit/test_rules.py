"""The ten publication rules: what breaks each, at which field, and what is just allowed."""

import datetime
from dataclasses import dataclass, field, replace

import pytest

from schemas.v1.rules import Departed, Rule
from schemas.v1.safety.sources import word_count
from tests.unit.builders import (
    BODY,
    CASE,
    EVENT,
    GROUP,
    INSTRUMENT,
    OTHER_SOURCE,
    PAPER,
    PERSON,
    SOURCE,
    STATE,
    STATEMENT,
    TODAY,
    Fields,
    Known,
    breaches,
    broken,
    claim,
    content,
    preferred,
)

CITY: Fields = {"name": {"en": "Dongxing"}, "country": "CN", "precision": "city"}
FACILITY: Fields = {**CITY, "precision": "facility"}
POINT: Fields = {"latitude": 21.5, "longitude": 107.9}
SUPPRESSED: Fields = {"identifies_people_at_risk": True, "link_policy": "suppressed"}
CLOSED = Known().but(
    CASE,
    {
        "status": "closed",
        "outcome": "resettled",
        "outcome_as_of": {"edtf": "2016"},
        "citations": [{"source": SOURCE, "fields": ["/outcome"]}],
    },
)
WITHHOLDING = replace(Known(), addresses=frozenset({"paper.example/a"}))
MIXED: Fields = {
    "outcome": "mixed",
    "outcome_as_of": {"edtf": "2016"},
    "outcomes": [{"outcome": "released", "as_of": {"edtf": "2016"}}, {"outcome": "resettled", "as_of": {"edtf": "2016"}}],
    "citations": [{"source": SOURCE, "fields": ["/outcome"]}],
}
PARTLY_UNKNOWN: Fields = {
    **MIXED,
    "status": "closed",
    "outcomes": [{"outcome": "resettled", "as_of": {"edtf": "2016"}}, {"outcome": "unknown", "as_of": {"edtf": "2016"}}],
}
SMALLER = "actors/a-smaller-group"
WITH_SMALLER = Known(contents={**Known().contents, SMALLER: content(GROUP, {"size": 3})})
MIXED_FOR_SMALLER: Fields = {
    **MIXED,
    "outcomes": [{"actor": SMALLER, "outcome": "released", "as_of": {"edtf": "2016"}}, {"outcome": "resettled", "as_of": {"edtf": "2016"}}],
}
GONE = replace(Known().without(CASE), gone={CASE: Departed(CASE, "withdrawn", None, "risk", (EVENT,))})
UNDATED_WITH_YOUNG_CLAIMS: Fields = {
    "date": None,
    "claims": [claim("/date", {"edtf": "2026-11-01"}), claim("/date", {"edtf": "2026-11-02"})],
}


def english(words: int) -> str:
    """Return a text of so many words."""
    return " ".join(["word"] * words)


def quoting(text: str, tag: str = "en") -> Fields:
    """Return the changes that make a quoted statement."""
    return {"text": {tag: {"text": text, "original": True}}}


def summary(text: str) -> Fields:
    """Return a change of the summary."""
    return {"summary": {"en": text}}


@dataclass(frozen=True)
class Broken:
    """A resource that breaks a rule, with the field and the reason."""

    label: str
    rule: Rule
    at: str
    path: str
    changes: Fields
    others: Known = field(default_factory=Known)


@dataclass(frozen=True)
class Inside:
    """A resource that just keeps every rule, with the reason why it is tested."""

    label: str
    path: str
    changes: Fields
    others: Known = field(default_factory=Known)


R1, R2, R3 = Rule.PROTECTED_GROUP_DETAIL, Rule.PERSON_WITHOUT_PUBLIC_ROLE, Rule.EXPOSES_PEOPLE_AT_RISK
R4, R5, R6 = Rule.OUTCOME_UNATTRIBUTED, Rule.CHARACTERISATION_UNATTRIBUTED, Rule.INSUFFICIENT_SOURCES
R7, R8 = Rule.QUOTATION_TOO_LONG, Rule.SOURCE_NOT_SUPPRESSED

BROKEN = (
    # 1: no field beyond its own, no figure below the total of a small group.
    Broken("a group with a country", R1, "/country", GROUP, {"country": "KP"}),
    Broken("a group with a parent", R1, "/parent", GROUP, {"parent": STATE}),
    Broken("a group with memberships", R1, "/memberships", GROUP, {"memberships": [{"organisation": BODY, "role": {"en": "Member"}}]}),
    Broken("a group with a state's code", R1, "/iso3166", GROUP, {"iso3166": "KP"}),
    Broken("a group with a public role", R1, "/public_role_basis", GROUP, {"public_role_basis": "author"}),
    Broken("a group's birth dates", Rule.UNKNOWN_FIELD, "/birth_dates", GROUP, {"birth_dates": ["1990"]}),
    Broken("figure in words", R1, "/summary/en", GROUP, summary("Two women and others.")),
    Broken("figure in digits", R1, "/summary/en", GROUP, summary("9 people, 2 of them ill.")),
    Broken("figure of one", R1, "/summary/en", GROUP, summary("There is one child.")),
    Broken("figure with words between", R1, "/summary/en", GROUP, summary("Three young North Korean defectors left.")),
    Broken("figure of the nine", R1, "/summary/en", GROUP, summary("Two of the nine were taken away.")),
    Broken("figure in the risk", R1, "/risk_basis/en", GROUP, {"risk_basis": {"en": "Four adults are at risk."}}),
    Broken("age", R1, "/summary/en", GROUP, summary("Among them is a teenager.")),
    Broken("age in years", R1, "/summary/en", GROUP, summary("Among them is a 14-year-old.")),
    Broken("kinship", R1, "/summary/en", GROUP, summary("A mother and others.")),
    Broken("home town", R1, "/summary/en", GROUP, summary("Their home towns are known.")),
    Broken("part of a group affected", R1, "/affected/0/number", EVENT, {"affected": [{"actor": GROUP, "number": 8}]}),
    Broken("a group with the same elsewhere", R1, "/same_as", GROUP, {"same_as": ["https://example.org/a"]}),
    Broken("a figure in an event", R1, "/summary/en", EVENT, summary("Two women were taken away.")),
    Broken("a figure in a place", R1, "/place/name/en", EVENT, {"place": {**CITY, "name": {"en": "Dongxing, two women"}}}),
    Broken("a figure in the case", R1, "/risk/en", CASE, {"risk": {"en": "Two women are ill."}}),
    Broken("a figure in a statement", R1, "/text/en/text", STATEMENT, quoting("Return the two women.")),
    Broken("a figure in a cited source", R1, "/title/en", SOURCE, {"title": {"en": "Two women among those handed over"}}),
    Broken("a figure in an address", R1, "/url", SOURCE, {"url": "https://example.org/two%20women%20handed%20over"}),
    Broken("a figure of a group of unknown size", R1, "/summary/en", EVENT, summary("Two women."), Known().but(GROUP, {"size": None})),
    Broken("a smaller group affected", R1, "/affected/0/actor", EVENT, {"affected": [{"actor": SMALLER}]}, WITH_SMALLER),
    Broken("a smaller group in an outcome", R1, "/outcomes/0/actor", CASE, MIXED_FOR_SMALLER, WITH_SMALLER),
    Broken("a language without words", R1, "/summary/am", EVENT, {"summary": {"en": "A summary.", "am": "ሰላም"}}),
    Broken("a script without words", R1, "/summary/en", EVENT, summary("A summary, ሰላም.")),
    # 2: a named person has a public role.
    Broken("a person without a role", R2, "/public_role_basis", PERSON, {"public_role_basis": None}),
    Broken("a role without a citation", R2, "/citations", PERSON, {"citations": [{"source": SOURCE, "fields": ["/name"]}]}),
    # 3: nothing that helps to find people while the case is open.
    Broken("a facility", R3, "/place/precision", EVENT, {"place": FACILITY}),
    Broken("a locality as origin", R3, "/origin/precision", EVENT, {"origin": {**CITY, "precision": "locality"}}),
    Broken("a facility as destination", R3, "/destination/precision", EVENT, {"destination": FACILITY}),
    Broken("coordinates", R3, "/place/coordinates", EVENT, {"place": {**CITY, "coordinates": POINT}}),
    Broken("closed, outcome unknown", R3, "/place/precision", EVENT, {"place": FACILITY}, Known().but(CASE, {"status": "closed"})),
    Broken(
        "open, outcome known",
        R3,
        "/place/precision",
        EVENT,
        {"place": FACILITY},
        Known().but(CASE, {"outcome": "released", "outcome_as_of": {"edtf": "2016"}}),
    ),
    Broken("a young event", R3, "/date", EVENT, {"date": {"edtf": "2026-08-26"}}),
    Broken("a young event of an open end", R3, "/date", EVENT, {"date": {"edtf": "2026-11-01/.."}}),
    Broken("an event that may be young", R3, "/date", EVENT, {"date": {"edtf": "2026"}}),
    Broken("closed, mixed, a part unknown", R3, "/place/precision", EVENT, {"place": FACILITY}, Known().but(CASE, PARTLY_UNKNOWN)),
    Broken("a case that left the record", R3, "/place/precision", EVENT, {"place": FACILITY}, GONE),
    Broken("coordinates in a summary", R3, "/summary/en", EVENT, summary("Near 21.53812 N 107.96812 E.")),
    Broken("a street in a place", R3, "/place/name/en", EVENT, {"place": {**CITY, "name": {"en": "12 Nguyen Hue Street, Dongxing"}}}),
    Broken("coordinates in an address", R3, "/url", SOURCE, {"url": "https://example.org/map?q=21.53812,107.96812"}),
    Broken("a cell in a statement", R3, "/text/en/text", STATEMENT, {**quoting("Free those in cell 4 of the detention centre.")}),
    Broken("a recent day in a summary", R3, "/summary/en", EVENT, summary("On 20 November 2026 they were seen.")),
    # 4: an outcome is attributed and dated.
    Broken(
        "an outcome without a date",
        R4,
        "/outcome_as_of",
        CASE,
        {"outcome": "returned", "citations": [{"source": SOURCE, "fields": ["/outcome"]}]},
    ),
    Broken("an outcome without its citation", R4, "/citations", CASE, {"outcome": "returned", "outcome_as_of": {"edtf": "2016"}}),
    Broken("mixed without parts", R4, "/outcomes", CASE, {**MIXED, "outcomes": []}),
    Broken("an outcome in prose only", R4, "/summary/en", CASE, summary("They were returned to the DPRK.")),
    Broken("an outcome in an event's prose", R4, "/summary/en", EVENT, summary("All of them were repatriated to North Korea.")),
    # 5: a legal characterisation is attributed.
    Broken("refoulement as an act", R5, "/acts/1", EVENT, {"acts": [{"act": "arrest"}, {"act": "refoulement"}]}),
    Broken("a violating law as an act", R5, "/acts/0", EVENT, {"acts": [{"act": "law-or-policy-violating-refugee-rights"}]}),
    Broken(
        "a claim to prevail",
        R5,
        "/relations/0",
        INSTRUMENT,
        {"relations": [{"instrument": INSTRUMENT, "relation": "claimed-to-prevail-over"}]},
    ),
    Broken("unlawful in a summary", R5, "/summary/en", EVENT, summary("Their unlawful arrest.")),
    Broken("refoulement in a name", R5, "/name/en", EVENT, {"name": {"en": "Refoulement of the nine"}}),
    Broken("refouled in a summary", R5, "/summary/en", CASE, summary("They were refouled.")),
    Broken("refoulement in Korean", R5, "/summary/ko", EVENT, {"summary": {"en": "A summary.", "ko": "불법 체포였다."}}),
    Broken(
        "unlawful in a note", R5, "/claims/0/note", EVENT, {"claims": [{**preferred("/date", {"edtf": "2015-10-22"}), "note": "Unlawful."}]}
    ),
    Broken("unlawful in an actor", R5, "/summary/en", BODY, summary("It returned people illegally.")),
    Broken("a breach in a summary", R5, "/summary/en", CASE, summary("A BREACH of duty.")),
    # 6: a corroborated claim needs two origins; every resource needs a source.
    Broken("no citation", R6, "/citations", EVENT, {"citations": []}),
    Broken(
        "one witness",
        R6,
        "/claims/0/verification",
        EVENT,
        {"claims": [preferred("/date", {"edtf": "2015-10-22"}, verification="corroborated")]},
    ),
    Broken(
        "two sources of one origin",
        R6,
        "/claims/0/verification",
        EVENT,
        {
            "claims": [
                preferred(
                    "/date", {"edtf": "2015-10-22"}, verification="corroborated", citations=[{"source": SOURCE}, {"source": OTHER_SOURCE}]
                )
            ]
        },
        Known().but(OTHER_SOURCE, {"independence_group": "a-paper"}),
    ),
    # 7: sixty words.
    Broken("a quote of 61 words", R7, "/citations/0/quote", EVENT, {"citations": [{"source": SOURCE, "quote": english(61)}]}),
    Broken("a statement of 61 words", R7, "/text/en/text", STATEMENT, quoting(english(61))),
    Broken(
        "a nested statement of 61 words", R7, "/text/en/text", STATEMENT, {**quoting(english(61)), "form": "nested", "reported_by": [PAPER]}
    ),
    Broken("a Chinese statement of 61 words", R7, "/text/zh/text", STATEMENT, quoting("难" * 121, "zh")),
    Broken(
        "a quote of 61 words in a party act",
        R7,
        "/party_acts/0/citations/0/quote",
        INSTRUMENT,
        {"party_acts": [{"actor": STATE, "action": "signed", "citations": [{"source": SOURCE, "quote": english(61)}]}]},
    ),
    Broken(
        "61 words joined by hyphens", R7, "/citations/0/quote", EVENT, {"citations": [{"source": SOURCE, "quote": "-".join(["word"] * 61)}]}
    ),
    Broken("61 words as stated", R7, "/date/as_stated", EVENT, {"date": {"edtf": "2015-10-22", "as_stated": english(61)}}),
    Broken("61 words in a title", R7, "/title/en", SOURCE, {"title": {"en": english(61)}}),
    # 8: publisher and date only.
    Broken("identifies people, open", R8, "/link_policy", SOURCE, {"identifies_people_at_risk": True}),
    Broken("suppressed, with a title", R8, "/title", SOURCE, {**SUPPRESSED, "title": {"en": "A title"}}),
    Broken("suppressed, with an address", R8, "/url", SOURCE, {**SUPPRESSED, "url": "https://example.org/a"}),
    Broken("suppressed, with a copy", R8, "/archive_url", SOURCE, {**SUPPRESSED, "archive_url": "https://example.org/a"}),
    Broken("suppressed, with a hash", R8, "/sha256", SOURCE, {**SUPPRESSED, "sha256": "0" * 64}),
    Broken("suppressed, with authors", R8, "/authors", SOURCE, {**SUPPRESSED, "authors": ["A. Writer"]}),
    Broken(
        "suppressed, with identifiers", R8, "/identifiers", SOURCE, {**SUPPRESSED, "identifiers": [{"scheme": "doi", "value": "10.1/1"}]}
    ),
    Broken("suppressed, the same elsewhere", R8, "/same_as", SOURCE, {**SUPPRESSED, "same_as": ["https://example.org/a"]}),
    Broken("suppressed, with a summary", R8, "/summary", SOURCE, {**SUPPRESSED, **summary("It tells of an escape.")}),
    Broken("suppressed, with a telling name", R8, "/name/en", SOURCE, {**SUPPRESSED, "name": {"en": "An escape through Vientiane"}}),
    Broken("suppressed, with a claim", R8, "/claims", SOURCE, {**SUPPRESSED, "claims": [claim("/published", {"edtf": "2015"})]}),
    Broken(
        "an address that rests on a suppressed source",
        R8,
        "/text_url",
        INSTRUMENT,
        {"text_url": "https://example.org/a"},
        Known().but(SOURCE, SUPPRESSED),
    ),
    Broken(
        "a suppressed source's words for a date",
        R8,
        "/date/as_stated",
        EVENT,
        {"date": {"edtf": "2015-10-22", "as_stated": "on Thursday"}},
        Known().but(SOURCE, SUPPRESSED),
    ),
    *(
        Broken(f"the address of a suppressed source: {address}", R8, at, path, changes, WITHHOLDING)
        for address in (
            "http://www.Paper.example/a/",
            "https://archive.example/2015/https://paper.example/a",
            "https://paper.example/a#part",
        )
        for path, at, changes in (
            (INSTRUMENT, "/text_url", Fields(text_url=address)),
            (STATE, "/same_as/0", Fields(same_as=[address])),
            (EVENT, "/summary/en", summary(f"See {address} for more.")),
        )
    ),
    Broken("a suppressed source's words in a statement", R8, "/text/en/text", STATEMENT, {}, Known().but(SOURCE, SUPPRESSED)),
    Broken(
        "a suppressed source quoted",
        R8,
        "/citations/0/quote",
        EVENT,
        {"citations": [{"source": SOURCE, "quote": "Their words."}]},
        Known().but(SOURCE, SUPPRESSED),
    ),
    Broken(
        "a place in a suppressed source",
        R8,
        "/citations/0/locator",
        EVENT,
        {"citations": [{"source": SOURCE, "locator": "page 1"}]},
        Known().but(SOURCE, SUPPRESSED),
    ),
    Broken(
        "a suppressed source quoted in a claim",
        R8,
        "/claims/0/citations/0/quote",
        EVENT,
        {"claims": [preferred("/date", {"edtf": "2015-10-22"}, citations=[{"source": SOURCE, "quote": "Their words."}])]},
        Known().but(SOURCE, SUPPRESSED),
    ),
)

# A claim may not have a value that its field may not have, because it is published too.
BROKEN_IN_CLAIMS = (
    Broken("a facility", R3, "/claims/0/value/precision", EVENT, {"claims": [claim("/place", FACILITY), preferred("/place", CITY)]}),
    Broken(
        "coordinates",
        R3,
        "/claims/0/value/coordinates",
        EVENT,
        {"claims": [claim("/place", {**CITY, "coordinates": POINT}), preferred("/place", CITY)]},
    ),
    Broken(
        "a precision",
        R3,
        "/claims/0/value",
        EVENT,
        {"claims": [claim("/place/precision", "facility"), preferred("/place/precision", "city")]},
    ),
    Broken("coordinates alone", R3, "/claims/0/value", EVENT, {"claims": [claim("/place/coordinates", POINT)]}),
    Broken("a young date", R3, "/claims/0/value", EVENT, UNDATED_WITH_YOUNG_CLAIMS),
    Broken("part of a group affected", R1, "/claims/0/value", EVENT, {"claims": [claim("/affected/0/number", 3)]}),
    Broken("a group's country", R1, "/claims/0/value", GROUP, {"claims": [claim("/country", "KP")]}),
    Broken(
        "61 words",
        R7,
        "/claims/0/value",
        STATEMENT,
        {"claims": [claim("/text/en/text", english(61)), preferred("/text/en/text", "Return nobody.")]},
    ),
    Broken("a suppressed address", R8, "/claims/0/value", SOURCE, {**SUPPRESSED, "claims": [claim("/url", "https://example.org/a")]}),
)

INSIDE = (
    Inside("mixed with its parts", CASE, MIXED),
    Inside("a paraphrase of a suppressed source", STATEMENT, {"form": "paraphrased"}, Known().but(SOURCE, SUPPRESSED)),
    Inside(
        "words of an open source beside a suppressed one",
        EVENT,
        {
            "date": {"edtf": "2015-10-22", "as_stated": "on Thursday"},
            "citations": [{"source": SOURCE}, {"source": OTHER_SOURCE, "fields": ["/date"]}],
        },
        Known().but(SOURCE, SUPPRESSED),
    ),
    Inside("an address in a closed case", SOURCE, {"url": "https://example.org/map?q=21.53812,107.96812"}, CLOSED),
    Inside(
        "a recent day that an official body published",
        EVENT,
        {**summary("Seen on 20 November 2026."), "citations": [{"source": OTHER_SOURCE}]},
    ),
    Inside("an outcome that is attributed", CASE, summary("No source says whether they were returned to the DPRK.")),
    Inside("a group's own fields", GROUP, {"nationality": "KP", "includes_children": "yes", "risk_basis": {"en": "They left."}}),
    Inside("the total in words", GROUP, summary("Nine people, all nine of them at risk.")),
    Inside("the total in digits", GROUP, summary("9 people.")),
    Inside("a number of something else", GROUP, summary("Reported by three newspapers in 2 languages.")),
    Inside("figures of a group of twenty", GROUP, {**summary("Two women and 3 children."), "size": 20}),
    Inside("all of a group affected", EVENT, {"affected": [{"actor": GROUP, "number": 9}]}),
    Inside("part of a group of twenty affected", EVENT, {"affected": [{"actor": GROUP, "number": 3}]}, Known().but(GROUP, {"size": 20})),
    Inside("a person whose role a source supports", PERSON, {"citations": [{"source": SOURCE, "fields": ["/public_role_basis"]}]}),
    Inside("a city", EVENT, {"place": CITY, "origin": {**CITY, "precision": "region"}}),
    Inside("a facility of a closed case", EVENT, {"place": {**FACILITY, "coordinates": POINT}}, CLOSED),
    Inside("an event of 90 days ago", EVENT, {"date": {"edtf": "2026-08-25"}}),
    Inside(
        "a young event that an official body published", EVENT, {"date": {"edtf": "2026-11-01"}, "citations": [{"source": OTHER_SOURCE}]}
    ),
    Inside("a young event that a state published", EVENT, {"date": {"edtf": "2026-11-01"}}, Known().but(SOURCE, {"publisher": STATE})),
    Inside("a young event of a closed case", EVENT, {"date": {"edtf": "2026-11-01"}}, CLOSED),
    Inside(
        "an outcome with its citation",
        CASE,
        {"outcome": "returned", "outcome_as_of": {"edtf": "2016"}, "citations": [{"source": SOURCE, "fields": ["/outcome"]}]},
    ),
    Inside("refoulement by a finder", EVENT, {"acts": [{"act": "refoulement", "attributed_to": BODY}]}),
    Inside(
        "a claim to prevail by a claimant",
        INSTRUMENT,
        {"relations": [{"instrument": INSTRUMENT, "relation": "claimed-to-prevail-over", "attributed_to": BODY}]},
    ),
    Inside("a relation that is nobody's view", INSTRUMENT, {"relations": [{"instrument": INSTRUMENT, "relation": "amends"}]}),
    Inside("non-refoulement", EVENT, summary("The principle of non-refoulement.")),
    Inside("Non-Refoulement", CASE, {"name": {"en": "Non-Refoulement at issue"}}),
    Inside("unlawful by a finder", EVENT, {**summary("Their unlawful arrest."), "acts": [{"act": "arrest", "attributed_to": BODY}]}),
    Inside("a breach by a statement's finding", CASE, summary("A breach."), Known().but(STATEMENT, {"kind": "finding"})),
    Inside(
        "a breach by an event's finder",
        CASE,
        summary("A breach."),
        Known().but(EVENT, {"acts": [{"act": "refoulement", "attributed_to": BODY}]}),
    ),
    Inside(
        "two witnesses",
        EVENT,
        {
            "claims": [
                preferred(
                    "/date", {"edtf": "2015-10-22"}, verification="corroborated", citations=[{"source": SOURCE}, {"source": OTHER_SOURCE}]
                )
            ]
        },
    ),
    Inside("a quote of 60 words", EVENT, {"citations": [{"source": SOURCE, "quote": english(60)}]}),
    Inside("a statement of 60 words", STATEMENT, quoting(english(60))),
    Inside("60 words and a dash", STATEMENT, quoting(f"{english(30)} — {english(30)}")),
    Inside("a Chinese statement of 60 words", STATEMENT, quoting("难" * 120, "zh")),
    Inside("60 Chinese words with commas", STATEMENT, quoting("难民难民，" * 30, "zh")),  # noqa: RUF001 - a comma of Chinese
    Inside("a paraphrase of 61 words", STATEMENT, {**quoting(english(61)), "form": "paraphrased"}),
    Inside("suppressed: publisher and date", SOURCE, {**SUPPRESSED, "published": {"edtf": "2015-10"}}),
    Inside("suppressed out of caution", SOURCE, {"link_policy": "suppressed"}),
    Inside("a suppressed source cited", EVENT, {}, Known().but(SOURCE, SUPPRESSED)),
    Inside("an open source quoted", EVENT, {"citations": [{"source": SOURCE, "quote": "Their words.", "locator": "page 1"}]}),
)


@pytest.mark.parametrize("case", BROKEN, ids=[f"{case.rule}: {case.label}" for case in BROKEN])
def test_a_broken_rule_is_named_with_its_field(case: Broken) -> None:
    """Each breach is reported once, with the rule's code and a pointer to the field, and nothing else is reported."""
    assert broken(case.path, case.changes, case.others) == {(case.rule, case.at)}


@pytest.mark.parametrize("case", BROKEN_IN_CLAIMS, ids=[f"{case.rule}: {case.label}" for case in BROKEN_IN_CLAIMS])
def test_a_claim_may_not_say_what_its_field_may_not(case: Broken) -> None:
    """A claim that is not preferred is published with its value, so the rules apply to it too."""
    assert {rule for rule, _ in broken(case.path, case.changes, case.others)} == {case.rule}


@pytest.mark.parametrize("case", INSIDE, ids=[case.label for case in INSIDE])
def test_what_is_just_inside_is_published(case: Inside) -> None:
    """A resource that just keeps a rule has no breach."""
    assert breaches(case.path, case.changes, case.others) == []


@pytest.mark.parametrize("rule", list(Rule)[:10])
def test_every_publication_rule_is_tried(rule: Rule) -> None:
    """Each of the ten rules is broken by a test: in BROKEN, or in the tests of personal data and of reviews below."""
    assert rule in {case.rule for case in BROKEN} | {Rule.PERSONAL_DATA, Rule.REVIEW_DUE}


@pytest.mark.parametrize(
    ("scheme", "value"), [("passport", "M12345678"), ("e-mail", "jane@example.org"), ("telephone", "+82 10 1234 5678")]
)
def test_an_identifier_is_read_with_its_scheme(scheme: str, value: str) -> None:
    """A number alone can look harmless; its scheme says what it is."""
    assert broken(STATE, {"identifiers": [{"scheme": scheme, "value": value}]}) == {(Rule.PERSONAL_DATA, "/identifiers/0/value")}


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://example.org/news/2015/11/20/article-20151120001234.html?id=2015112000123&page=2", False),
        ("https://web.archive.org/web/20151223081500/https://example.org/world/asia/story-1234567", False),
        ("https://documents.example.org/A/HRC/25/63?lang=en#page=42", False),
        ("https://example.org/?q=jane%40example.org", True),
        ("https://example.org/call/+82-10-1234-5678", True),
        ("https://example.org/%E2%80%8Ba", True),
    ],
)
def test_an_address_is_read_as_a_browser_shows_it(url: str, *, refused: bool) -> None:
    """Percent-encoding hides nothing, and the long numbers of newspapers and archives are no telephone numbers."""
    assert bool(breaches(SOURCE, {"url": url, "archive_url": url, "same_as": [url]})) is refused


@pytest.mark.parametrize(("due", "overdue"), [("2026-11-22", True), ("2026-11-23", False), ("2026-11-24", False)])
def test_an_overdue_review_is_a_warning(due: str, overdue: bool) -> None:
    """A review is due until the end of its day. After that it is reported as a warning, which refuses nothing."""
    found = breaches(CASE, {"review": {"role": "editor", "due": due}}, today=TODAY)
    assert [(breach.rule, breach.field, breach.warning) for breach in found] == [(Rule.REVIEW_DUE, "/review/due", True)] * overdue


def test_a_record_without_a_review_is_refused() -> None:
    """A missing review date is an error, not a warning."""
    (breach,) = breaches(CASE, {"review": {"role": "editor"}})
    assert (breach.rule, breach.field, breach.warning) == (Rule.REVIEW_DUE, "/review/due", False)


def test_the_ninety_days_are_counted_from_the_check() -> None:
    """The same event can be published later."""
    changes: Fields = {"date": {"edtf": "2026-08-26"}}
    assert broken(EVENT, changes, today=TODAY) == {(R3, "/date")}
    assert broken(EVENT, changes, today=TODAY + datetime.timedelta(days=1)) == set()


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("one", 1), ("one two\nthree", 3), ("难", 1), ("难民", 1), ("难民们", 2), ("북한 주민", 2), ("UN 难民", 2), ("one - two", 2)],
)
def test_words_are_counted_in_every_script(text: str, words: int) -> None:
    """Spaces separate words; in scripts without spaces two characters count as one word; a dash does not count."""
    assert word_count(text) == words
