"""The ten publication rules, each with a stable code.

A rule checks one validated resource and, through `Others`, the resources that it refers to. It yields a breach for each place
that breaks it. This module knows no files and no tables.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from schemas.pointers import Json, leaves, values_at
from schemas.v1.actor import Actor, ActorKind
from schemas.v1.case import Case, CaseStatus
from schemas.v1.claims import Verification
from schemas.v1.event import Event
from schemas.v1.instrument import Instrument, InstrumentRelation
from schemas.v1.places import Place, Precision
from schemas.v1.safety import personal_data as scan
from schemas.v1.shared import Record
from schemas.v1.source import LinkPolicy, Source
from schemas.v1.statement import Statement
from schemas.v1.vocabulary import LEGAL_CHARACTERISATIONS, Outcome, StatementForm, StatementKind


class Rule(StrEnum):
    """The stable codes: first the ten publication rules, then the checks of files, values and references."""

    PROTECTED_GROUP_DETAIL = "protected-group-detail"
    PERSON_WITHOUT_PUBLIC_ROLE = "person-without-public-role"
    EXPOSES_PEOPLE_AT_RISK = "exposes-people-at-risk"
    OUTCOME_UNATTRIBUTED = "outcome-unattributed"
    CHARACTERISATION_UNATTRIBUTED = "characterisation-unattributed"
    INSUFFICIENT_SOURCES = "insufficient-sources"
    QUOTATION_TOO_LONG = "quotation-too-long"
    SOURCE_NOT_SUPPRESSED = "source-not-suppressed"
    PERSONAL_DATA = "personal-data"
    REVIEW_DUE = "review-due"

    UNREADABLE = "unreadable"
    MISPLACED_FILE = "misplaced-file"
    UNKNOWN_FIELD = "unknown-field"
    MISSING_FIELD = "missing-field"
    INVALID_VALUE = "invalid-value"
    CLAIM_MISMATCH = "claim-mismatch"
    UNRESOLVED_REFERENCE = "unresolved-reference"
    REFERENCE_NOT_MUTUAL = "reference-not-mutual"
    REFERENCE_TO_DEPARTED = "reference-to-departed"
    DUPLICATE = "duplicate"
    NEVER_PUBLISHED = "never-published"


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule and the field that breaks it. A warning is reported, but does not prevent publication."""

    rule: Rule
    field: str
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Departed:
    """A resource that left the record: how (withdrawn, renamed, merged), its new id, why, and which resources may still name it."""

    path: str
    how: str
    to: str | None
    reason: str
    still_named_by: tuple[str, ...] = ()


class Others(Protocol):
    """The other resources of the record, as rules can see them."""

    def resource(self, path: str) -> Json:
        """Return the content of another resource; None if there is none."""
        ...

    def departed(self, path: str) -> Departed | None:
        """Return how a resource left the record; None if it did not."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """The input of a rule: the resource as a model and as JSON, the other resources, and today's date."""

    path: str
    resource: Record
    content: Json
    others: Others
    today: datetime.date


LONGEST_QUOTATION = 60
SMALL_GROUP = 20
YOUNGEST_EVENT = datetime.timedelta(days=90)


def protected_group_detail(checked: Checked) -> Iterator[Breach]:
    """Rule 1: a protected group has only its own fields and, if it has fewer than 20 members, no number below its total."""
    rule = Rule.PROTECTED_GROUP_DETAIL
    actor = checked.resource
    if isinstance(actor, Event):
        yield from _partial_numbers(checked, actor)
    if not isinstance(actor, Actor) or actor.kind is not ActorKind.PROTECTED_GROUP:
        return
    for name in ("country", "parent"):
        if getattr(actor, name) is not None:
            yield Breach(rule, f"/{name}", f"a protected group can't have {name}: it could identify the members")
    for name in ("memberships", "identifiers"):
        if getattr(actor, name):
            yield Breach(rule, f"/{name}", f"a protected group can't have {name}: they could identify the members")
    size = actor.size
    if size is not None and size < SMALL_GROUP:
        for field, text in _prose(checked.content):
            for figure in _figures_of_people(text):
                if figure < size:
                    yield Breach(
                        rule, field, f"gives a number below the group's total of {size}, which would single out members of a small group"
                    )
    for field, text in _prose(checked.content):
        if found := _PERSONAL_DETAIL.search(text):
            yield Breach(rule, field, f"{found[0]!r} describes members of a protected group; only the group's own fields may do that")


def person_without_public_role(checked: Checked) -> Iterator[Breach]:
    """Rule 2: a named person has a public role, and a citation that supports it."""
    actor = checked.resource
    if not isinstance(actor, Actor) or actor.kind is not ActorKind.PERSON:
        return
    if actor.public_role_basis is None:
        yield Breach(Rule.PERSON_WITHOUT_PUBLIC_ROLE, "/public_role_basis", "a named person needs public_role_basis: why they may be named")
    if not any(not citation.fields or "/public_role_basis" in citation.fields for citation in actor.citations):
        yield Breach(Rule.PERSON_WITHOUT_PUBLIC_ROLE, "/citations", "a named person needs a citation for /public_role_basis")


def exposes_people_at_risk(checked: Checked) -> Iterator[Breach]:
    """Rule 3: while a case is open or its outcome unknown, no place is more precise than a city, and no event is recent."""
    rule = Rule.EXPOSES_PEOPLE_AT_RISK
    event = checked.resource
    if not isinstance(event, Event):
        return
    case = checked.others.resource(event.case)
    # The outcome of a case that left the record counts as unknown.
    if isinstance(case, dict) and case.get("status") != CaseStatus.OPEN and case.get("outcome") != Outcome.UNKNOWN:
        return
    for name in ("place", "origin", "destination"):
        place: Place | None = getattr(event, name)
        if place is None:
            continue
        if place.precision in (Precision.LOCALITY, Precision.FACILITY):
            yield Breach(rule, f"/{name}/precision", "can't be more precise than a city while the case is open or its outcome unknown")
        if place.coordinates is not None:
            yield Breach(rule, f"/{name}/coordinates", "can't be given while the case is open or its outcome unknown")
    youngest = event.date and (event.date.latest or event.date.earliest)
    if youngest and youngest > (checked.today - YOUNGEST_EVENT).isoformat():
        publishers = [_publisher_kind(checked.others, citation.source) for citation in event.citations]
        if not any(kind in (ActorKind.STATE, ActorKind.STATE_BODY, ActorKind.INTERGOVERNMENTAL_BODY) for kind in publishers):
            yield Breach(rule, "/date", "is less than 90 days ago, and the event cites no source of a state or an intergovernmental body")


def outcome_unattributed(checked: Checked) -> Iterator[Breach]:
    """Rule 4: a known outcome has a date and a citation of its own."""
    case = checked.resource
    if not isinstance(case, Case) or case.outcome is Outcome.UNKNOWN:
        return
    if case.outcome_as_of is None:
        yield Breach(
            Rule.OUTCOME_UNATTRIBUTED, "/outcome_as_of", f"the outcome {case.outcome} needs outcome_as_of: when it was known to be so"
        )
    if not any("/outcome" in citation.fields for citation in case.citations):
        yield Breach(Rule.OUTCOME_UNATTRIBUTED, "/citations", f"the outcome {case.outcome} needs a citation with /outcome in its fields")


def characterisation_unattributed(checked: Checked) -> Iterator[Breach]:
    """Rule 5: a legal characterisation is recorded as a finding, and says whose."""
    rule = Rule.CHARACTERISATION_UNATTRIBUTED
    resource = checked.resource
    if isinstance(resource, Event):
        for index, done in enumerate(resource.acts):
            if done.act in LEGAL_CHARACTERISATIONS and done.attributed_to is None:
                yield Breach(rule, f"/acts/{index}", f"{done.act} is a legal characterisation and needs attributed_to: whose finding it is")
    if isinstance(resource, Instrument):
        for index, relation in enumerate(resource.relations):
            if relation.relation is InstrumentRelation.CLAIMED_TO_PREVAIL_OVER and relation.attributed_to is None:
                yield Breach(rule, f"/relations/{index}", "claimed-to-prevail-over needs attributed_to: who claims it")
    if isinstance(resource, Event | Case) and not _has_attributed_finding(resource, checked.others):
        for name in ("name", "summary"):
            for tag, text in (getattr(resource, name) or {}).items():
                if found := _CHARACTERISATION.search(text):
                    yield Breach(
                        rule,
                        f"/{name}/{tag}",
                        f"{found[0]!r} is a legal characterisation; record whose finding it is (an act with attributed_to, or a finding, "
                        "legal opinion or condemnation among the case's statements), or describe what was done instead",
                    )


def insufficient_sources(checked: Checked) -> Iterator[Breach]:
    """Rule 6: a corroborated claim has sources of at least two origins. The schema requires a citation in every resource."""
    for index, claim in enumerate(checked.resource.claims):
        if claim.verification is not Verification.CORROBORATED:
            continue
        groups = {_independence_group(checked.others, citation.source) for citation in claim.citations} - {None}
        if len(groups) < 2:
            of_these = f"all of these are of the group {next(iter(groups))}" if groups else "the groups of these are not known"
            yield Breach(
                Rule.INSUFFICIENT_SOURCES,
                f"/claims/{index}/verification",
                f"corroborated needs sources of at least two independence groups; {of_these}",
            )


def quotation_too_long(checked: Checked) -> Iterator[Breach]:
    """Rule 7: a quotation has at most sixty words."""
    places = [(at, text) for at, text in leaves(checked.content) if isinstance(text, str) and at.endswith("/quote")]
    if isinstance(checked.resource, Statement) and checked.resource.form is not StatementForm.PARAPHRASED:
        places += [(f"/text/{tag}/text", wording.text) for tag, wording in checked.resource.text.items()]
    for at, text in places:
        if (length := word_count(text)) > LONGEST_QUOTATION:
            yield Breach(Rule.QUOTATION_TOO_LONG, at, f"has {length} words; a quotation can have at most {LONGEST_QUOTATION}")


def source_not_suppressed(checked: Checked) -> Iterator[Breach]:
    """Rule 8: a source that identifies people at risk has only its publisher and date, and citations don't quote it."""
    rule = Rule.SOURCE_NOT_SUPPRESSED
    source = checked.resource
    if isinstance(source, Source):
        if source.identifies_people_at_risk and source.link_policy is not LinkPolicy.SUPPRESSED:
            yield Breach(rule, "/link_policy", "must be suppressed: the source identifies people at risk")
        if source.link_policy is LinkPolicy.SUPPRESSED:
            for name in ("title", "url", "archive_url", "sha256", "authors", "identifiers", "same_as"):
                if getattr(source, name):
                    yield Breach(rule, f"/{name}", f"a suppressed source can't have {name}: it has only its publisher and date")
    for at, citation in _citations(checked.content):
        cited = checked.others.resource(str(citation.get("source")))
        if isinstance(cited, dict) and cited.get("link_policy") == LinkPolicy.SUPPRESSED:
            for name in ("quote", "locator"):
                if citation.get(name):
                    yield Breach(rule, f"{at}/{name}", f"the source is suppressed, and a {name} would lead to it")


def personal_data(checked: Checked) -> Iterator[Breach]:
    """Rule 9: no dates of birth, document or telephone numbers, or e-mail addresses, in ids or in free text."""
    for found in scan.personal_data_in_slug(checked.path.partition("/")[2]):
        yield Breach(Rule.PERSONAL_DATA, "", f"the id seems to contain {found.what}")
    for field, text in _prose(checked.content):
        for found in scan.personal_data(text):
            yield Breach(Rule.PERSONAL_DATA, field, f"seems to contain {found.what}")


def review_due(checked: Checked) -> Iterator[Breach]:
    """Rule 10: an overdue review gives a warning. The schema requires `review.due`."""
    due = checked.resource.review.due
    if due < checked.today:
        yield Breach(Rule.REVIEW_DUE, "/review/due", f"the review is overdue: it was due on {due}", warning=True)


# The rules that also apply to the value of a claim, because it is published just like the value of a field. The other rules are
# about citations, which a claim has of its own, and about the review of the whole resource.
RULES_FOR_CLAIMS = (
    protected_group_detail,
    exposes_people_at_risk,
    characterisation_unattributed,
    quotation_too_long,
    source_not_suppressed,
    personal_data,
)

RULES: tuple[Callable[[Checked], Iterator[Breach]], ...] = (
    protected_group_detail,
    person_without_public_role,
    exposes_people_at_risk,
    outcome_unattributed,
    characterisation_unattributed,
    insufficient_sources,
    quotation_too_long,
    source_not_suppressed,
    personal_data,
    review_due,
)


def word_count(text: str) -> int:
    """Return the number of words in a text. In scripts without spaces, two characters count as one word."""
    spaceless = sum(1 for character in text if _SPACELESS.match(character))
    rest = _SPACELESS.sub(" ", text).split()
    return sum(1 for word in rest if any(character.isalnum() for character in word)) + (spaceless + 1) // 2


# Machine-readable values and names of other documents: scanning them would only give false alarms.
_NOT_PROSE = frozenset(
    {"id", "type", "edtf", "earliest", "latest", "url", "archive_url", "text_url", "sha256", "registration", "source", "field", "fields"}
    | {"last_verified", "due", "same_as", "scheme"}
)
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_CHARACTERISATION = re.compile(r"(?<!non[-\u2010\u2011])\b(refoul(ed|ement|ements|ing)|unlawful(ly)?|breach(ed|es|ing)?)\b", re.IGNORECASE)
_PERSONAL_DETAIL = re.compile(
    r"\b(infants?|bab(y|ies)|toddlers?|teenage(rs?|d)?|adolescents?|minors?|orphans?|pregnant|\d+[- ]years?[- ]old|aged \d+"
    r"|mother|father|sisters?|brothers?|daughters?|sons?|husband|wife|home ?towns?|soldiers?|officers?)\b",
    re.IGNORECASE,
)
_UP_TO_NINETEEN = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_NUMBER_WORDS = {word: number for number, word in enumerate(_UP_TO_NINETEEN, 1)}
_PEOPLE = re.compile(
    rf"\b(?P<figure>{'|'.join(_NUMBER_WORDS)}|\d{{1,2}})\b(?: of (?:them|the|these|those)\b|(?: [\w-]+){{0,4}}? "
    r"(?:people|persons?|members?|wom[ae]n|m[ae]n|girls?|boys?|child(?:ren)?|adults?|defectors?|refugees?|escapees?|nationals?|famil(?:y|ies))\b)",
    re.IGNORECASE,
)


def _prose(content: Json) -> Iterator[tuple[str, str]]:
    for at, text in leaves(content):
        parts = [part for part in at.split("/") if part and not part.isdigit()]
        if isinstance(text, str) and parts and parts[-1] not in _NOT_PROSE and parts[0] not in _NOT_PROSE:
            yield at, text


def _figures_of_people(text: str) -> Iterator[int]:
    for match in _PEOPLE.finditer(text):
        figure = match["figure"].lower()
        yield _NUMBER_WORDS[figure] if figure in _NUMBER_WORDS else int(figure)


def _partial_numbers(checked: Checked, event: Event) -> Iterator[Breach]:
    for index, affected in enumerate(event.affected):
        group = checked.others.resource(affected.actor)
        size = group.get("size") if isinstance(group, dict) else None
        if isinstance(size, int) and size < SMALL_GROUP and affected.number is not None and affected.number < size:
            yield Breach(
                Rule.PROTECTED_GROUP_DETAIL,
                f"/affected/{index}/number",
                f"gives a number below the group's total of {size}, which would single out members of a small group",
            )


def _citations(content: Json, at: str = "") -> Iterator[tuple[str, dict[str, Json]]]:
    if isinstance(content, dict):
        if isinstance(content.get("source"), str):
            yield at, content
        for key, item in content.items():
            yield from _citations(item, f"{at}/{key}")
    elif isinstance(content, list):
        for index, item in enumerate(content):
            yield from _citations(item, f"{at}/{index}")


def _has_attributed_finding(resource: Event | Case, others: Others) -> bool:
    if isinstance(resource, Event):
        return any(done.attributed_to for done in resource.acts)
    statements = [others.resource(path) for path in resource.statements]
    findings = (StatementKind.FINDING, StatementKind.LEGAL_OPINION, StatementKind.CONDEMNATION)
    if any(isinstance(statement, dict) and statement.get("kind") in findings for statement in statements):
        return True
    events = [others.resource(path) for path in resource.events]
    return any(True for event in events for _ in values_at(event, "/acts/*/attributed_to"))


def _publisher_kind(others: Others, path: str) -> Json:
    source = others.resource(path)
    publisher = others.resource(str(source.get("publisher"))) if isinstance(source, dict) else None
    return publisher.get("kind") if isinstance(publisher, dict) else None


def _independence_group(others: Others, path: str) -> Json:
    source = others.resource(path)
    return source.get("independence_group") if isinstance(source, dict) else None
