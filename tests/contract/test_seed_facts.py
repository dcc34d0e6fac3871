"""The first case is complete: every fact of the article and of the other sources is in the seed.

The lists are the inventory of the case, in few words, with the place of each fact. The article itself is not in
the repository. Its wording is kept as hashes, so that a test can show that the record takes over facts and no sentences.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from schemas.pointers import Json, get, leaves, values_at
from tests.contract.facts import ACTORS, ARTICLE, AUTHOR, CASE, CLAIMS_OF_THE_AUTHOR, DOSSIER, SUPPRESSED, Claimed, Fact
from workbench.seedfiles import read_resources

ROOT = Path(__file__).resolve().parents[2]
SHINGLES = Path(__file__).with_name("article_shingles.txt")
SHINGLE_WORDS = 8


# These words could identify members of the group. The record gives only `includes_children`.
FORBIDDEN = re.compile(r"\b(infants?|teens?|teenage(rs?|d)?|minors?|bab(y|ies)|child|children)\b", re.IGNORECASE)


@cache
def record() -> dict[str, Json]:
    """Return the seed: what its files hold, by resource."""
    return read_resources(ROOT / "seed")


def label(item: Fact | Claimed) -> str:
    """Return a test id that reads like the fact."""
    return f"{item.path}: {item.said}"


def texts() -> Iterator[tuple[str, str, str]]:
    """Yield (resource, pointer, text) for every text in the seed."""
    for path, fields in record().items():
        for pointer, value in leaves(fields):
            if isinstance(value, str):
                yield path, pointer, value


def shingles(text: str) -> Iterator[str]:
    """Yield the hash of every run of eight words in the text, lower-cased and without punctuation."""
    words = re.sub(r"[^\w\s]", "", text.lower()).split()
    for start in range(len(words) - SHINGLE_WORDS + 1):
        run = " ".join(words[start : start + SHINGLE_WORDS])
        yield hashlib.sha256(run.encode()).hexdigest()[:16]


def is_quotation(path: str, pointer: str) -> bool:
    """Return whether a text is marked as a quotation of a person or a source."""
    if pointer.endswith(("/quote", "/as_stated")):
        return True
    fields = record()[path]
    if not path.startswith("statements/") or get(fields, "/form") != "quoted":
        return False
    claim = re.match(r"/claims/\d+(?=/value)", pointer)
    return pointer.startswith("/text/") or (claim is not None and get(fields, claim[0] + "/field") == "/text/en/text")


def is_claimed(claim: Json, fact: Claimed) -> bool:
    """Return whether a claim is the expected one: field, source, value, verification and preference."""
    value = get(claim, "/value")
    if isinstance(fact.expected, str) and isinstance(value, dict):
        value = value.get("edtf")
    return (
        get(claim, "/field") == fact.field
        and fact.source in values_at(claim, "/citations/*/source")
        and value == fact.expected
        and get(claim, "/verification") == fact.verification
        and get(claim, "/preferred") == fact.preferred
        and fact.note in str(next(values_at(claim, "/note"), ""))
    )


@pytest.mark.parametrize("fact", [item for item in ARTICLE + DOSSIER if isinstance(item, Fact)], ids=label)
def test_a_fact_stands_in_its_place(fact: Fact) -> None:
    """Every fact of the article and of the other sources is in its field."""
    found = get(record()[fact.path], fact.pointer)
    if fact.text:
        assert fact.text in json.dumps(found, ensure_ascii=False)
    else:
        assert found == fact.expected


@pytest.mark.parametrize("fact", [item for item in ARTICLE + DOSSIER if isinstance(item, Claimed)], ids=label)
def test_a_competing_value_stands_as_a_claim(fact: Claimed) -> None:
    """A value on which sources differ, or that has one weak source, is a claim with its source and weight."""
    assert any(is_claimed(claim, fact) for claim in values_at(record()[fact.path], "/claims/*"))


@pytest.mark.parametrize(("slug", "kind"), ACTORS.items())
def test_nobody_is_missing(slug: str, kind: str) -> None:
    """Everybody in the first case is an actor of the right kind."""
    assert get(record()[f"actors/{slug}"], "/kind") == kind


@pytest.mark.parametrize(("slug", "kind"), CLAIMS_OF_THE_AUTHOR.items())
def test_a_claim_of_the_article_is_its_authors(slug: str, kind: str) -> None:
    """An opinion of the article is a statement of its author, not a fact of the record."""
    statement = record()[f"statements/{slug}"]
    assert get(statement, "/speaker") == AUTHOR
    assert get(statement, "/kind") == kind


@pytest.mark.parametrize("path", SUPPRESSED)
def test_a_source_that_tells_too_much_is_suppressed(path: str) -> None:
    """Of a source that gives details of the group, the record has only publisher and date."""
    source = record()[path]
    assert get(source, "/identifies_people_at_risk") is True
    assert get(source, "/link_policy") == "suppressed"
    assert isinstance(source, dict)
    assert not {"title", "authors", "archive_url", "sha256", "identifiers", "same_as"} & set(source)
    assert source.get("url") is None


def test_no_text_tells_members_of_the_group_apart() -> None:
    """No text in the seed tells the age of a member of the group; only `includes_children` says anything, in one word."""
    assert [(path, pointer) for path, pointer, text in texts() if FORBIDDEN.search(text)] == []


def test_no_sentence_of_the_article_is_carried_over() -> None:
    """Outside quotations, no eight words in a row are the article's; the hashes leave out the border protocol's official title."""
    of_the_article = set(SHINGLES.read_text(encoding="ascii").split())
    assert of_the_article
    assert [
        (path, pointer)
        for path, pointer, text in texts()
        if not is_quotation(path, pointer) and not of_the_article.isdisjoint(shingles(text))
    ] == []


def test_events_and_statements_of_the_case_are_complete() -> None:
    """The case lists exactly its own events and the statements about it."""
    case = record()[CASE]
    assert set(values_at(case, "/events/*")) == {path for path, fields in record().items() if CASE in values_at(fields, "/case")}
    assert set(values_at(case, "/statements/*")) == {
        path for path, fields in record().items() if CASE in values_at(fields, "/about/cases/*")
    }
