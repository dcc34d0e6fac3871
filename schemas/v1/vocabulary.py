"""The vocabularies that more than one type uses, with HURIDOCS codes where they exist."""

from schemas.v1.terms import Term


class Act(Term):
    """What was done. An act that is listed in HURIDOCS micro-thesaurus 4 has its code."""

    ARREST = "arrest", "taking somebody into custody", "030101000000"
    DETENTION = "detention", "keeping somebody in custody", "030102000000"
    EXPULSION = "expulsion", "forcing somebody to leave a territory", "330101000000"
    DENIAL_OF_ASYLUM = "denial-of-asylum", "refusing to hear or to grant a request for asylum", "330103000000"
    REFOULEMENT = (
        "refoulement",
        "return to a place where there is a risk of persecution; recorded only as somebody's finding",
        "380101000000",
    )
    VIOLATING_POLICY = (
        "law-or-policy-violating-refugee-rights",
        "a law or policy that violates refugees' rights; recorded only as somebody's finding",
        "382101000000",
    )
    BORDER_CROSSING = "border-crossing", "crossing from one state's territory into another's"
    JOURNEY = "journey", "travelling within a territory by one's own choice"
    INTERSTATE_HANDOVER = "interstate-handover", "the authorities of one state handing somebody over to those of another"
    INTERNAL_TRANSFER = "internal-transfer", "moving somebody in custody within one state"
    RELEASE = "release", "releasing somebody from custody"
    THREATENED_RETURN = "threatened-return", "a return that is announced, prepared or feared"
    WHEREABOUTS_UNKNOWN = "whereabouts-unknown", "only those who hold somebody know where that person is"
    POLICY = "policy", "an established practice of a state"
    FINDING = "finding", "a body's finding of what happened or of what the law requires"
    STATEMENT_MADE = "statement-made", "a public statement"


# Legal characterisations: never recorded as facts, always as somebody's finding.
LEGAL_CHARACTERISATIONS = frozenset({Act.REFOULEMENT, Act.VIOLATING_POLICY})


class Role(Term):
    """The role of an actor in a case or an event."""

    AFFECTED_GROUP = "affected-group", "the protected group that was affected"
    AFFECTED_PERSON = "affected-person", "a person with a public role who was affected"
    DETAINING = "detaining", "arrested or held the people affected"
    TRANSFERRING = "transferring", "handed over or moved the people affected"
    RECEIVING = "receiving", "received the people affected from another authority"
    STATE_OF_ORIGIN = "state-of-origin", "the state that the people affected fled"
    TRANSIT = "transit", "a state that the people affected passed through"
    ADVOCATE = "advocate", "spoke on behalf of the people affected"
    MONITOR = "monitor", "monitors whether obligations are met"
    REPORTER = "reporter", "reported on it"
    OTHER = "other", "another role, explained in the summary"


class Degree(Term):
    """How an actor was involved in an event."""

    CARRIED_OUT = "carried-out", "carried it out"
    ORDERED = "ordered", "ordered it"
    PRESENT = "present", "was present, with no known part in it"
    SUSPECTED = "suspected", "is said to have taken part in it"
    FAILED_TO_PROTECT = "failed-to-protect", "had a duty to prevent it and did not"
    UNKNOWN = "unknown", "not known"


class Custody(Term):
    """What the holders say about the custody."""

    ACKNOWLEDGED_LOCATED = "acknowledged-located", "acknowledged, and the place is known"
    ACKNOWLEDGED_UNDISCLOSED = "acknowledged-undisclosed", "acknowledged, but the place is withheld"
    DENIED = "denied", "denied by those who are said to hold them"
    UNKNOWN = "unknown", "not known"


class Outcome(Term):
    """What finally happened to the people affected."""

    UNKNOWN = "unknown", "not known; the default, and as valid as the other values"
    RETURNED = "returned", "returned to the place that they had fled"
    RELEASED = "released", "released from custody"
    RESETTLED = "resettled", "settled in a safe country"
    MIXED = "mixed", "not the same for everybody; see `outcomes`"


class StatementKind(Term):
    """What a statement does."""

    DEMAND = "demand", "demands that somebody act"
    APPEAL = "appeal", "asks or urges somebody to act"
    CONDEMNATION = "condemnation", "condemns an act"
    FINDING = "finding", "finds a fact or a breach; made by a body with that mandate"
    DENIAL = "denial", "denies an act or a duty"
    ACKNOWLEDGEMENT = "acknowledgement", "acknowledges an act or a duty"
    LEGAL_OPINION = "legal-opinion", "says what the law requires"
    CAUSAL_CLAIM = "causal-claim", "says why something happened or happens"
    PREDICTION = "prediction", "says what will or may happen"
    REMARK = "remark", "describes how something is or was, and demands nothing"


class StatementForm(Term):
    """How the words reached the record."""

    QUOTED = "quoted", "the speaker's own words, or their translation"
    PARAPHRASED = "paraphrased", "what the speaker said, in other words"
    NESTED = "nested", "what the speaker said, as reported by somebody else"


class Reliability(Term):
    """How reliable a source is."""

    HIGHLY_RELIABLE = "highly-reliable", "an official or primary text"
    RELIABLE = "reliable", "a source that has usually been right"
    UNSURE = "unsure", "partly right, or dependent on other sources"
    UNRELIABLE = "unreliable", "often wrong"
    UNKNOWN = "unknown", "not assessed"


class Reason(Term):
    """Why something was removed from the record, or moved within it."""

    RISK = "risk", "it could have put somebody in danger"
    COURT_ORDER = "court-order", "a court or an authority ordered it"
    RIGHTS = "rights", "to respect somebody's rights: privacy, authorship, a request to be forgotten"
    ERROR = "error", "it was wrong, or should never have been published"
    SOURCE_WITHDRAWN = "source-withdrawn", "its source withdrew it"
    DUPLICATE = "duplicate", "the same thing was in the record twice"
    SCOPE = "scope", "it does not belong in this record"
    BETTER_ID = "better-id", "its id contained something contested or wrong"
