"""Rules 4 and 5: an outcome and a legal characterisation name who says so."""

from collections.abc import Iterator

from schemas.pointers import values_at
from schemas.v1.case import Case
from schemas.v1.event import Event
from schemas.v1.instrument import Instrument, InstrumentRelation
from schemas.v1.marks import Kind
from schemas.v1.rules import Breach, Others, Rule
from schemas.v1.safety import characterisations, finding, outcomes
from schemas.v1.safety.checked import Checked
from schemas.v1.vocabulary import LEGAL_CHARACTERISATIONS, Outcome, StatementKind


def outcome_unattributed(checked: Checked) -> Iterator[Breach]:
    """Rule 4, of fields: a known outcome has a date and a citation of its own, and a mixed outcome has its parts."""
    case = checked.resource
    if not isinstance(case, Case) or case.outcome is Outcome.UNKNOWN:
        return
    rule = Rule.OUTCOME_UNATTRIBUTED
    if case.outcome_as_of is None:
        yield Breach(rule, "/outcome_as_of", f"the outcome {case.outcome} needs outcome_as_of: when it was known to be so")
    if not any("/outcome" in citation.fields for citation in case.citations):
        yield Breach(rule, "/citations", f"the outcome {case.outcome} needs a citation with /outcome in its fields")
    if case.outcome is Outcome.MIXED and len({part.outcome for part in case.outcomes}) < 2:
        yield Breach(rule, "/outcomes", "the outcome mixed needs its parts: at least two different outcomes")


def outcome_in_prose(checked: Checked) -> Iterator[Breach]:
    """Rule 4, of texts: the project's own words state no outcome that the fields of the case leave open."""
    if not checked.cases.undecided:
        return
    for text in checked.texts:
        if text.kind is not Kind.ADDRESS and not text.attributed:
            yield from finding.breaches(
                Rule.OUTCOME_UNATTRIBUTED,
                text,
                outcomes.stated_outcomes,
                "says {what}, but the outcome of the case is unknown; say who reports it, or record the outcome with its source",
            )


def characterisation_unattributed(checked: Checked) -> Iterator[Breach]:
    """Rule 5, of fields: a legal characterisation is recorded as a finding, and says whose."""
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


def characterisation_in_prose(checked: Checked) -> Iterator[Breach]:
    """Rule 5, of texts: the project's own words characterise nothing in law without saying who does."""
    if isinstance(checked.resource, Event | Case) and _has_attributed_finding(checked.resource, checked.others):
        return
    for text in checked.texts:
        if text.kind is not Kind.ADDRESS and not text.attributed:
            yield from finding.breaches(
                Rule.CHARACTERISATION_UNATTRIBUTED,
                text,
                characterisations.unattributed_characterisations,
                "says {what}; say in the same sentence whose finding it is, record it (an act with attributed_to, or a finding, legal "
                "opinion or condemnation among the case's statements), or describe what was done instead",
            )


def _has_attributed_finding(resource: Event | Case, others: Others) -> bool:
    if isinstance(resource, Event):
        return any(done.attributed_to for done in resource.acts)
    statements = [others.resource(path) for path in resource.statements]
    findings = (StatementKind.FINDING, StatementKind.LEGAL_OPINION, StatementKind.CONDEMNATION)
    if any(isinstance(statement, dict) and statement.get("kind") in findings for statement in statements):
        return True
    events = [others.resource(path) for path in resource.events]
    return any(True for event in events for _ in values_at(event, "/acts/*/attributed_to"))
