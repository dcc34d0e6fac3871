"""The codes of the publication rules, what a rule is given, and what it yields. `schemas.v1.safety` has the rules themselves.

A rule checks one validated resource and, through `Others`, the resources around it. It yields a breach for each place that breaks
it. This module knows no files and no tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from schemas.pointers import Json


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
    REVIEWED = "reviewed"
    TOO_LARGE = "too-large"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule and the field that breaks it. A warning is reported, but does not prevent publication.

    If a part of a text breaks the rule, `passage` is the sentence with that part. A reviewer can judge it harmless (see
    `schemas.v1.safety.reviewed`).
    """

    rule: Rule
    field: str
    message: str
    warning: bool = False
    passage: str = ""


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

    def referrers(self, path: str) -> Iterable[str]:
        """Return the paths of the resources that refer to this one."""
        ...

    def withheld(self) -> frozenset[str]:
        """Return the known addresses of suppressed sources, as `schemas.v1.safety.sources.bare` returns them."""
        ...
