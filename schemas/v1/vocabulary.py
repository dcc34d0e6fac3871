"""The vocabularies that more than one type uses. Codes in the field's own lists stand beside the values."""

from schemas.v1.terms import Term


class Act(Term):
    """What was done; with the code of HURIDOCS micro-thesaurus 4 where it has one."""

    ARREST = "arrest", "taking somebody into custody", "030101000000"
    DETENTION = "detention", "keeping somebody in custody", "030102000000"
    EXPULSION = "expulsion", "making somebody leave a territory", "330101000000"
    DENIAL_OF_ASYLUM = "denial-of-asylum", "refusing to hear or to grant a request for asylum", "330103000000"
    REFOULEMENT = "refoulement", "return to where there is a risk of persecution; only as somebody's finding", "380101000000"
    VIOLATING_POLICY = (
        "law-or-policy-violating-refugee-rights",
        "a law or policy that violates refugees' rights; only as somebody's finding",
        "382101000000",
    )
    BORDER_CROSSING = "border-crossing", "crossing from one state's territory into another's"
    JOURNEY = "journey", "moving on within a territory, of one's own accord"
    INTERSTATE_HANDOVER = "interstate-handover", "one state's authorities passing somebody to another state's"
    INTERNAL_TRANSFER = "internal-transfer", "moving somebody in custody within one state"
    RELEASE = "release", "letting somebody go"
    THREATENED_RETURN = "threatened-return", "a return that is announced, prepared or feared"
    WHEREABOUTS_UNKNOWN = "whereabouts-unknown", "nobody outside the custody knows where somebody is"
    POLICY = "policy", "a state's standing practice"
    FINDING = "finding", "a body's finding on what happened or on what the law asks"
    STATEMENT_MADE = "statement-made", "a public statement"


# Acts that say what the law makes of a deed: never a fact of the record, always somebody's finding.
LEGAL_CHARACTERISATIONS = frozenset({Act.REFOULEMENT, Act.VIOLATING_POLICY})


class Role(Term):
    """The part that an actor has in a case or an event."""

    AFFECTED_GROUP = "affected-group", "the protected group that it happened to"
    AFFECTED_PERSON = "affected-person", "a person with a public role that it happened to"
    DETAINING = "detaining", "arrested or held them"
    TRANSFERRING = "transferring", "handed them over or moved them"
    RECEIVING = "receiving", "took them over"
    STATE_OF_ORIGIN = "state-of-origin", "the state they fled"
    TRANSIT = "transit", "a state they passed through"
    ADVOCATE = "advocate", "spoke up for them"
    MONITOR = "monitor", "watches how obligations are kept"
    REPORTER = "reporter", "reported on it"
    OTHER = "other", "another part, explained in the summary"


class Degree(Term):
    """How an actor was involved in an event."""

    CARRIED_OUT = "carried-out", "did it"
    ORDERED = "ordered", "ordered it"
    PRESENT = "present", "was there, without a known part in it"
    SUSPECTED = "suspected", "is said to have had a part in it"
    FAILED_TO_PROTECT = "failed-to-protect", "had a duty to prevent it and did not"
    UNKNOWN = "unknown", "not known"


class Custody(Term):
    """What those who hold somebody say about it."""

    ACKNOWLEDGED_LOCATED = "acknowledged-located", "acknowledged, and the place is known"
    ACKNOWLEDGED_UNDISCLOSED = "acknowledged-undisclosed", "acknowledged, the place withheld"
    DENIED = "denied", "denied by those said to hold them"
    UNKNOWN = "unknown", "not known"


class Outcome(Term):
    """What became of those affected."""

    UNKNOWN = "unknown", "not known; the default, and no less a fact than the others"
    RETURNED = "returned", "returned to where they had fled from"
    RELEASED = "released", "let go"
    RESETTLED = "resettled", "settled in a safe country"
    MIXED = "mixed", "not the same for all; see outcomes"


class StatementKind(Term):
    """What a statement does."""

    DEMAND = "demand", "demands that somebody act"
    APPEAL = "appeal", "asks or urges somebody to act"
    CONDEMNATION = "condemnation", "condemns an act"
    FINDING = "finding", "finds a fact or a breach, by a body with the task to"
    DENIAL = "denial", "denies an act or a duty"
    ACKNOWLEDGEMENT = "acknowledgement", "acknowledges an act or a duty"
    LEGAL_OPINION = "legal-opinion", "says what the law asks"
    CAUSAL_CLAIM = "causal-claim", "says why something happened or happens"
    PREDICTION = "prediction", "says what will or may happen"
    REMARK = "remark", "says how something is or was, and asks for nothing"


class StatementForm(Term):
    """How the words reach the record."""

    QUOTED = "quoted", "the speaker's own words, or their translation"
    PARAPHRASED = "paraphrased", "what the speaker said, in other words"
    NESTED = "nested", "what somebody reports the speaker to have said"


class Reliability(Term):
    """How far a source can be relied on."""

    HIGHLY_RELIABLE = "highly-reliable", "an official or primary text"
    RELIABLE = "reliable", "a source with a record of being right"
    UNSURE = "unsure", "right in parts, or dependent on others"
    UNRELIABLE = "unreliable", "often wrong"
    UNKNOWN = "unknown", "not judged"


class Reason(Term):
    """Why something was taken out of the record, or moved within it."""

    RISK = "risk", "it could have put somebody in danger"
    COURT_ORDER = "court-order", "a court or an authority ordered it"
    RIGHTS = "rights", "somebody's rights asked for it: privacy, authorship, a request to be forgotten"
    ERROR = "error", "it was wrong, or should never have been published"
    SOURCE_WITHDRAWN = "source-withdrawn", "its source took it back"
    DUPLICATE = "duplicate", "the same thing stood in the record twice"
    SCOPE = "scope", "it does not belong into this record"
    BETTER_ID = "better-id", "its id said something contested or wrong"
