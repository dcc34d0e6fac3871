"""The ten publication rules, in order. docs/seed.md and `schemas.v1.rules` have their codes."""

from collections.abc import Callable, Iterator

from schemas.v1.rules import Breach, Rule
from schemas.v1.safety.attribution import (
    characterisation_in_prose,
    characterisation_unattributed,
    outcome_in_prose,
    outcome_unattributed,
)
from schemas.v1.safety.checked import Checked
from schemas.v1.safety.exposure import places_and_days, whereabouts_in_texts
from schemas.v1.safety.persons import person_without_public_role
from schemas.v1.safety.privacy import personal_data_in_texts
from schemas.v1.safety.protected_groups import fields_of_a_group, member_details, smaller_groups, unscanned_languages
from schemas.v1.safety.sources import insufficient_sources, quotation_too_long, source_not_suppressed

PublicationRule = Callable[[Checked], Iterator[Breach]]


def review_due(checked: Checked) -> Iterator[Breach]:
    """Rule 10: an overdue review gives a warning. The schema requires `review.due`, and refuses invisible characters."""
    due = checked.resource.review.due
    if due < checked.today:
        yield Breach(Rule.REVIEW_DUE, "/review/due", f"the review is overdue: it was due on {due}", warning=True)


# Rules about texts. The texts of a resource include those in the values of its claims.
OF_TEXTS: tuple[PublicationRule, ...] = (
    member_details,
    unscanned_languages,
    whereabouts_in_texts,
    outcome_in_prose,
    characterisation_in_prose,
    quotation_too_long,
    personal_data_in_texts,
)
# Rules about other fields, which also hold for the value of a claim: it is published just like the value of the field.
OF_VALUES: tuple[PublicationRule, ...] = (
    fields_of_a_group,
    smaller_groups,
    places_and_days,
    characterisation_unattributed,
)
# Rules about citations, which a claim has of its own, and about the whole resource.
OF_RESOURCES: tuple[PublicationRule, ...] = (
    person_without_public_role,
    outcome_unattributed,
    insufficient_sources,
    source_not_suppressed,
    review_due,
)

# Rules that depend on the cases of a resource. A change of the case can break them in a resource that did not change.
OF_CASES: tuple[PublicationRule, ...] = (
    smaller_groups,
    places_and_days,
    member_details,
    unscanned_languages,
    whereabouts_in_texts,
    outcome_in_prose,
)

RULES: tuple[PublicationRule, ...] = (*OF_VALUES, *OF_RESOURCES, *OF_TEXTS)
