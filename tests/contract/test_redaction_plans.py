"""The plan of a redaction: what is removed with a field, what replaces it, what is reported, and the lists afterwards."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from record.current import HEAD_SECONDS
from record.errors import ItemTooLarge
from record.model import REDACTED
from record.writing.rendering import content_of
from schemas.pointers import Json
from tests.conftest import Client
from tests.contract.asking import CONTRACT, check_problem
from tests.contract.planting import filtered_lists, publish
from tests.contract.verified import wrong_in
from tests.record.killing import table
from tests.record.memory import memory_world
from tests.unit import builders
from workbench.redactions import AlreadyRedacted, Asked, CannotRedact, Plan, plan, still_held

# --- the plan


class Written:
    """A record in memory that resources are published to, changed at the top level."""

    def __init__(self) -> None:
        """Begin with one resource of each kind."""
        self.world = memory_world()
        self.releases: list[dict[str, bytes]] = []
        self.publish()

    def publish(self, changes: Mapping[str, Mapping[str, Json] | None] | None = None) -> None:
        """Publish the next release with these resources changed, or, if None, without them from the start."""
        known = dict(self.releases[-1]) if self.releases else {path: builders.shaped(path).canonical() for path in builders._OWN}  # noqa: SLF001
        known |= {path: builders.shaped(path, fields).canonical() for path, fields in (changes or {}).items()}
        assert publish(self.world, known) == len(self.releases) + 1
        self.releases.append(known)
        self.world.clock.advance(1000)

    def plan(self, path: str, *fields: str, **asked: Any) -> Plan:
        """Plan a redaction."""
        return plan(self.world.store, path, Asked(fields, **asked), "rights", salt=lambda: b"s" * 16)

    def redact(self, path: str, *fields: str, **asked: Any) -> Plan:
        """Redact, and return the plan."""
        planned = self.plan(path, *fields, **asked)
        self.world.publisher().redact(planned.redaction)
        return planned

    def replaced(self, path: str, *fields: str) -> list[dict[str, Json]]:
        """Return the new content of each rewritten revision."""
        return [dict(one.replaced) for one in self.plan(path, *fields).rewritten]

    def body(self, path: str, release: int) -> Any:
        """Return a resource at a release."""
        revision = self.world.reader().document(path, release)
        assert revision is not None
        return json.loads(revision.body)


@pytest.fixture
def written() -> Written:
    """A record in memory."""
    return Written()


@pytest.mark.parametrize(
    ("path", "fields", "says"),
    [
        ("cases/nothing", ["/name/en"], "there is no cases/nothing in the record"),
        ("nonsense", ["/name/en"], "there is no nonsense"),
        (builders.CASE, ["/nothing"], "has a value at /nothing"),
        (builders.CASE, ["/summary"], "has a value at /summary"),
        (builders.CASE, ["/actors/0"], "has a value at /actors/0"),
        (builders.CASE, ["/name/en/0"], "has a value at /name/en/0"),
        (builders.CASE, ["name"], "it must start with a slash"),
        (builders.CASE, [""], "the whole resource can't be redacted"),
        (builders.CASE, ["/id"], "/id can't be redacted"),
        (builders.CASE, ["/redactions/0"], "/redactions/0 can't be redacted"),
        (builders.CASE, ["/name/en", "/published_at"], "/published_at can't be redacted"),
        (builders.CASE, [], "name the fields"),
        (builders.CASE, ["/period/edtf"], "redact /period"),
        (builders.EVENT, ["/date/earliest"], "redact /date"),
    ],
)
def test_what_makes_no_sense_is_refused(written: Written, path: str, fields: list[str], says: str) -> None:
    """A field that does not exist, can't be removed, or could be derived from others is refused in one line."""
    with pytest.raises(CannotRedact, match=says) as refused:
        written.plan(path, *fields)
    assert not isinstance(refused.value, AlreadyRedacted)


def test_stand_ins_are_null_or_say_so(written: Written) -> None:
    """Null if the type allows it, else the text that marks a redaction, else null anyway."""
    fields = ("/summary", "/name/en", "/name", "/place/country", "/place/precision", "/affected/0/number", "/case", "/acts/0", "/date")
    written.publish({builders.EVENT: {"summary": {"en": "A summary of it."}, "affected": [{"actor": builders.GROUP, "number": 4}]}})
    for pointer, instead in zip(fields, [None, REDACTED, *[None] * 7], strict=True):
        assert written.replaced(builders.EVENT, pointer)[-1] == {pointer: instead}, pointer


def test_items_of_lists_leave_null_behind(written: Written) -> None:
    """The positions of the other items stay the same, because citations point to them."""
    written.publish({builders.SOURCE: {"authors": ["A. Author", "B. Author", "C. Author"], "same_as": ["https://example.org/1"]}})
    written.redact(builders.SOURCE, "/authors/1", "/same_as/0")
    body = written.body(builders.SOURCE, 2)
    assert (body["authors"], body["same_as"]) == (["A. Author", REDACTED, "C. Author"], [None])


def test_field_inside_another_field_goes_with_it(written: Written) -> None:
    """If one named field contains another, both are removed, and the replacement of the outer one stays."""
    for path, fields in ((builders.EVENT, ("/place", "/place/name/en")), (builders.CASE, ("/name/en", "/name"))):
        written.redact(path, *fields)
        assert written.body(path, 1)[fields[0].split("/")[1]] is None


def test_claims_on_a_field_go_with_it(written: Written) -> None:
    """A claim's value, statement, note and quotations are removed too; its sources stay."""
    quoted = {"source": builders.SOURCE, "quote": "on that Thursday"}
    rival = builders.claim("/date", {"edtf": "2015-10-26"}, as_stated="on Monday", citations=[quoted])
    chosen = builders.preferred("/date", {"edtf": "2015-10-22"}, as_stated="on Thursday")
    written.publish({builders.EVENT: {"claims": [chosen, rival, builders.claim("/destination", None)]}})
    written.redact(builders.EVENT, "/date")
    claims = written.body(builders.EVENT, 2)["claims"]
    assert [(claim["field"], claim["value"], claim["as_stated"]) for claim in claims[:2]] == [("/date", None, None)] * 2
    assert claims[1]["citations"][0] | {"fields": []} == quoted | {"quote": None, "locator": None, "fields": []}
    assert claims[0]["note"] in (None, REDACTED)
    assert claims[2]["field"] == "/destination"
    assert "2015-10-2" not in json.dumps(claims)


def test_claim_on_a_part_of_a_field_and_on_what_it_is_a_part_of(written: Written) -> None:
    """A claim on the whole field loses the part; a claim on a part is removed with the whole."""
    place: Json = {"name": {"en": "Dongxing"}, "country": "CN", "precision": "city"}
    written.publish({builders.EVENT: {"claims": [builders.preferred("/place", place)]}})
    written.redact(builders.EVENT, "/place/country")
    value = written.body(builders.EVENT, 2)["claims"][0]["value"]
    assert (value["country"], value["precision"]) == (None, "city")
    other = Written()
    other.publish({builders.EVENT: {"claims": [builders.preferred("/place/country", "CN")]}})
    other.redact(builders.EVENT, "/place")
    body = other.body(builders.EVENT, 2)
    assert (body["place"], body["claims"][0]["value"]) == (None, None)


def test_long_text_goes_wherever_its_revisions_repeat_it(written: Written) -> None:
    """A long text is removed from other fields and revisions of the same resource too; a short text is not."""
    name = "Kim Example of Nowhere"
    written.publish({builders.SOURCE: {"authors": [name, "Kim"], "summary": {"en": f"Written by {name}."}}})
    written.publish({builders.SOURCE: {"name": {"en": f"{name}, at length"}}})
    assert written.replaced(builders.SOURCE, "/authors/0") == [{"/authors/0": REDACTED, "/summary/en": REDACTED}, {"/name/en": REDACTED}]
    assert written.replaced(builders.SOURCE, "/authors/1") == [{"/authors/1": REDACTED}]


def test_other_resources_that_say_it_are_named(written: Written) -> None:
    """Other resources with the same text are reported with revision and fields, at any release, and not changed."""
    text = "Held in the house behind the market."
    written.publish({builders.CASE: {"summary": {"en": text}}, builders.EVENT: {"summary": {"en": f"They were {text.lower()} {text}"}}})
    written.publish({builders.EVENT: {}})
    planned = written.redact(builders.CASE, "/summary/en")
    assert [(one.path, one.number, one.fields) for one in planned.elsewhere] == [(builders.EVENT, 2, ("/summary/en",))]
    assert text in written.body(builders.EVENT, 2)["summary"]["en"]


def test_escaped_and_unusual_keys(written: Written) -> None:
    """Escapes in a pointer are decoded, and keys with unusual characters can be removed too."""
    text = "조선 \U0001f000 \u0130stanbul ~1/2"
    written.publish({builders.EVENT: {"summary": {"en": "x", "zh-Hans": text}}})
    written.redact(builders.EVENT, "/summary/zh-Hans")
    assert written.body(builders.EVENT, 2)["summary"] == {"en": "x", "zh-Hans": REDACTED}
    with pytest.raises(CannotRedact, match="/a~1b~0c"):
        written.plan(builders.CASE, "/a~1b~0c")


def test_field_that_only_old_revisions_have(written: Written) -> None:
    """A field that newer revisions don't have is removed from the old ones; the new ones are not changed."""
    written.publish({builders.EVENT: {"summary": {"en": "An early summary."}}})
    written.publish({builders.EVENT: {}})
    before = written.body(builders.EVENT, 3)
    planned = written.redact(builders.EVENT, "/summary/en")
    assert [one.number for one in planned.rewritten] == [2]
    assert written.body(builders.EVENT, 4) == before


def test_reference_goes_from_wherever_in_the_list_it_stood(written: Written) -> None:
    """A list item is a reference: in other revisions the same reference is removed, not the item at the same position."""

    def parts(*actors: str) -> list[Json]:
        return [{"actor": actor, "role": "advocate"} for actor in actors]

    written.publish({builders.CASE: {"actors": parts(builders.PERSON, builders.BODY)}})
    written.publish({builders.CASE: {"actors": parts(builders.BODY, builders.PERSON)}})
    assert written.replaced(builders.CASE, "/actors/1/actor") == [{"/actors/0/actor": None}, {"/actors/1/actor": None}]
    assert written.replaced(builders.CASE, "/actors/1") == [{"/actors/0": None}, {"/actors/1": None}]
    planned = written.plan(builders.CASE, "/actors/1/actor")
    source = builders.content(builders.CASE, {"actors": parts(builders.PERSON)})
    assert still_held(source, planned) == ["/actors/0/actor"]


def test_source_that_still_holds_it_is_found_in_its_published_shape(written: Written) -> None:
    """A date is found in any notation, and a text in any field; other values are not."""
    planned = written.plan(builders.EVENT, "/date", "/name/en")
    assert still_held(builders.content(builders.EVENT), planned) == ["/date", "/name/en"]
    assert still_held(builders.content(builders.EVENT, {"date": None, "name": {"en": "Another"}}), planned) == []


def test_everything_at_once(written: Written) -> None:
    """All fields of a resource can be redacted at once; the record can be verified, read and published to as before."""
    content = builders.content(builders.EVENT)
    fields = [f"/{name}" for name, value in content.items() if value not in (None, [], {}) and name not in ("id", "type")]
    written.publish({builders.EVENT: {"name": {"en": "Another name"}}})
    written.redact(builders.EVENT, *fields)
    client = written.world.api()
    assert all(client.get(f"/v1/{builders.EVENT}?release={number}").json[field[1:]] is None for number in (1, 2) for field in fields)
    for target in ("/v1/events?sort=-date", "/v1/events?include=case,acts,affected", f"/v1/{builders.CASE}/events", "/v1/events?from=2015"):
        assert client.get(target).status == 200, target
    assert [row["id"] for row in client.get(f"/v1/{builders.CASE}/events?release=2").json["data"]] == []
    assert wrong_in(written.world.store) == []
    assert publish(written.world, written.releases[-1]) == 4
    written.world.clock.advance(HEAD_SECONDS)
    assert [row["id"] for row in client.get(f"/v1/{builders.CASE}/events").json["data"]] == [builders.EVENT]


def test_record_in_which_nothing_matches(written: Written) -> None:
    """If no revision has it, nothing is written."""
    before = table(written.world.store)
    with pytest.raises(CannotRedact):
        written.redact(builders.CASE, "/risk/en")
    assert table(written.world.store) == before


def test_revision_that_is_nearly_as_large_as_can_be(written: Written) -> None:
    """The largest revision that can be published still has room for its redaction."""
    texts: Json = [{"source": builders.SOURCE, "quote": "x" * 3990} for _ in range(62)]
    for length in range(1, 3900, 200):
        try:
            written.publish({builders.SOURCE: {"citations": texts, "summary": {"en": "y" * length}, "authors": ["Z"]}})
        except ItemTooLarge:
            break
    else:
        pytest.fail("the largest of them still fits, so none is nearly as large as can be")
    written.redact(builders.SOURCE, "/authors/0")
    assert written.body(builders.SOURCE, len(written.releases))["authors"] == [REDACTED]


# --- some words, and some revisions


WORDS = "Kim Example"


def test_words_are_replaced_and_the_text_around_them_stays(written: Written) -> None:
    """In every field, claim and quotation, whatever the case and the blanks; a URL with the words in it is removed as a whole."""
    fields: dict[str, Json] = {
        "name": {"en": "What KIM  EXAMPLE, wrote"},
        "summary": {"en": "By Kim\u00a0Example and Kim Exampleton.", "ko": "Kim Example은 썼다"},
        "authors": ["Kim Example", "Another"],
        "same_as": ["https://example.org/people/kim-example?x=1"],
        "citations": [{"source": builders.OTHER_SOURCE, "locator": "on Kim Example", "quote": "said kim example"}],
        "claims": [
            builders.claim("/authors/0", "Kim Example", preferred=True, as_stated="K.E. of Kim\u2011Example", note="Kim Example again")
        ],
    }
    written.publish({builders.SOURCE: fields})
    written.redact(builders.SOURCE, words=["kim example"])
    body = written.body(builders.SOURCE, 2)
    assert body["name"] == {"en": f"What {REDACTED}, wrote"}
    assert body["summary"] == {"en": f"By {REDACTED} and Kim Exampleton.", "ko": f"{REDACTED}은 썼다"}
    assert (body["authors"], body["same_as"]) == ([REDACTED, "Another"], [None])
    assert (body["citations"][0]["locator"], body["citations"][0]["quote"]) == (f"on {REDACTED}", f"said {REDACTED}")
    claim = body["claims"][0]
    assert (claim["value"], claim["as_stated"], claim["note"]) == (REDACTED, f"K.E. of {REDACTED}", f"{REDACTED} again")
    assert wrong_in(written.world.store) == []
    with pytest.raises(AlreadyRedacted, match="the words 'Kim Example' any more"):
        written.plan(builders.SOURCE, words=[WORDS])


def test_words_in_what_can_not_lose_them_are_refused_with_what_to_do(written: Written) -> None:
    """A reference or a term can only be removed as a whole; with its --field, the words can be redacted elsewhere."""
    written.publish({builders.CASE: {"actors": _parts(builders.PERSON), "summary": {"en": "About a person there."}}})
    words = builders.PERSON.partition("/")[2].replace("-", " ")
    with pytest.raises(CannotRedact, match=r"/actors/0/actor, .*with --field /actors/0/actor, or if it is an id, redact that id first"):
        written.plan(builders.CASE, words=[words])
    assert written.plan(builders.CASE, "/actors/0/actor", words=[words]).ids == (builders.PERSON,)
    with pytest.raises(CannotRedact, match=r"has no words: give --words at least one letter or digit"):
        written.plan(builders.CASE, words=["?!"])
    with pytest.raises(CannotRedact, match=r"has the words 'nowhere at all'"):
        written.plan(builders.CASE, words=["nowhere at all"])


def test_only_the_named_revisions_change(written: Written) -> None:
    """The other revisions keep their text, and are named if they say the same."""
    good, bad = "A good summary of it.", "A bad sentence about somebody."
    for text in (good, bad, f"{bad} More."):
        written.publish({builders.EVENT: {"summary": {"en": text}}})
    planned = written.redact(builders.EVENT, "/summary/en", revisions=[3])
    assert [one.number for one in planned.rewritten] == [3]
    assert [(one.path, one.number, one.fields) for one in planned.elsewhere] == [(builders.EVENT, 4, ("/summary/en",))]
    texts = [written.body(builders.EVENT, release)["summary"]["en"] for release in (2, 3, 4)]
    assert texts == [good, REDACTED, f"{bad} More."]
    with pytest.raises(CannotRedact, match=r"no content in revision 9: its revisions with content are 1, 2, 3, 4"):
        written.plan(builders.EVENT, "/summary/en", revisions=[9])
    assert wrong_in(written.world.store) == []


# --- the lists afterwards


def rewritten(written: Written, path: str, planned: Plan) -> list[dict[str, bytes]]:
    """Return the content of every release as if it had been published without the redacted text."""
    found = []
    reader = written.world.reader()
    for number, known in enumerate(written.releases, 1):
        revision = reader.document(path, number)
        assert revision is not None
        found.append({**known, path: content_of(revision.body)})
    assert planned.rewritten
    return found


def listed(client: Client, lists: Mapping[str, set[tuple[str, str]]], release: int) -> dict[str, tuple[list[str], int]]:
    """Return the ids and the total of every list at a release, in every order."""
    found = {}
    for name, collection in CONTRACT.collections.items():
        for sort in collection.sorts:
            for condition in ("", *(f"{rule}={value}&" for rule, value in lists[name])):
                target = f"/v1/{name}?{condition}sort={sort}&limit=100&release={release}"
                reply = client.get(target)
                if reply.status != 200:
                    check_problem(reply)
                    continue
                found[target] = ([row["id"] for row in reply.json["data"]], reply.json["page"]["total"])
    return found


def _parts(*actors: str) -> list[Json]:
    return [{"actor": actor, "role": "advocate"} for actor in actors]


def _cited(*sources: str) -> list[Json]:
    return [{"source": source} for source in sources]


@pytest.mark.parametrize(
    ("path", "fields", "loses"),
    [
        (builders.CASE, ["/actors/0/actor"], [(builders.PERSON, "actors?case=cases/a-case")]),
        (builders.CASE, ["/states/0/actor"], []),
        (builders.CASE, ["/protected_group"], [(builders.GROUP, "actors?case=cases/a-case")]),
        (builders.CASE, ["/citations/1/source"], []),
        (builders.CASE, ["/citations/1"], []),
        (builders.EVENT, ["/case"], []),
        (builders.EVENT, ["/citations/1/source"], [(builders.OTHER_SOURCE, "sources?case=cases/a-case")]),
        (builders.EVENT, ["/case", "/citations", "/date", "/name/en"], [(builders.OTHER_SOURCE, "sources?case=cases/a-case")]),
        (builders.STATEMENT, ["/about"], []),
        (builders.STATEMENT, ["/speaker", "/said"], []),
        (builders.INSTRUMENT, ["/party_acts/0/actor"], [(builders.STATE, "actors?instrument=instruments/an-instrument")]),
        (builders.PERSON, ["/name/en", "/kind"], []),
        (builders.SOURCE, ["/publisher", "/independence_group", "/published"], []),
    ],
)
def test_lists_are_those_of_a_record_that_never_held_it(
    written: Written, path: str, fields: list[str], loses: list[tuple[str, str]]
) -> None:
    """A resource that was in a list only because of the redacted value leaves it, at any release; others stay."""
    case, event = builders.CASE, builders.EVENT
    act: Json = {"actor": builders.STATE, "action": "acceded", "date": {"edtf": "1982-09-24"}}
    written.publish({case: {"actors": _parts(builders.PERSON), "citations": _cited(builders.SOURCE)}})
    written.publish({event: {"citations": _cited(builders.SOURCE, builders.OTHER_SOURCE)}, builders.INSTRUMENT: {"party_acts": [act]}})
    written.publish(
        {
            case: {"actors": _parts(builders.PERSON, builders.BODY), "citations": _cited(builders.SOURCE, builders.OTHER_SOURCE)},
            builders.PERSON: {"name": {"en": "Another name"}},
        }
    )
    written.world.clock.advance(4000)
    written.publish({case: {"actors": [], "citations": _cited(builders.SOURCE)}, builders.SOURCE: {"published": {"edtf": "2015-12"}}})
    written.publish({case: {"actors": _parts(builders.PERSON)}, builders.INSTRUMENT: {}})
    lists = filtered_lists(written.world)
    planned = written.redact(path, *fields)
    fresh = memory_world()
    at = [(publish(fresh, known), fresh.reader().head().release)[1] for known in rewritten(written, path, planned)]
    ours, theirs = written.world.api(), fresh.api()
    for number, same in enumerate(at, 1):
        found, expected = listed(ours, lists, number), listed(theirs, lists, same)
        assert {target.replace(f"release={number}", ""): ids for target, ids in found.items()} == {
            target.replace(f"release={same}", ""): ids for target, ids in expected.items()
        }, number
    for other, name in loses:
        assert name in planned.left[other]
    assert {other for other, _ in loses} <= set(planned.left)
    assert wrong_in(written.world.store) == []
