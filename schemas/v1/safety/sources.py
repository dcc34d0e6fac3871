"""Rules 6, 7 and 8: how many sources, how much of them, and which of them stay suppressed."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from schemas.pointers import Json, get, values_at
from schemas.v1.claims import Verification
from schemas.v1.marks import Kind
from schemas.v1.rules import Breach, Others, Rule
from schemas.v1.safety import folding
from schemas.v1.safety.checked import Checked, citations
from schemas.v1.safety.texts import Text
from schemas.v1.source import LinkPolicy, Source
from schemas.v1.statement import Statement
from schemas.v1.vocabulary import StatementForm

LONGEST_QUOTATION = 60
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_CITATION = re.compile(r"/citations/\d+/")
_IN_CLAIM = re.compile(r"/claims/\d+(?=/)")
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
# The words that the name of a suppressed source may have besides those of its publisher and its date.
_OF_A_NAME = frozenset(
    {"a", "an", "the", "of", "by", "in", "on", "from", "and", "or", "to", "report", "reports", "reporting"}
    | {
        "article",
        "articles",
        "source",
        "sources",
        "publication",
        "statement",
        "press",
        "release",
        "briefing",
        "broadcast",
        "document",
        "letter",
        "paper",
        "page",
        "post",
        "published",
        "suppressed",
        "january",
        "february",
    }
    | {
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "spring",
        "summer",
        "autumn",
        "winter",
        "early",
        "late",
        "mid",
        "about",
        "around",
        "after",
        "before",
    }
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
    """Rule 7: a quotation has at most sixty words, however they are joined."""
    is_paraphrase = isinstance(checked.resource, Statement) and checked.resource.form is StatementForm.PARAPHRASED
    for text in checked.texts:
        if not text.quoted or (is_paraphrase and _is_wording(checked, text)):
            continue
        if (length := word_count(text.text)) > LONGEST_QUOTATION:
            yield Breach(
                Rule.QUOTATION_TOO_LONG,
                text.at,
                f"has {length} words; a quotation can have at most {LONGEST_QUOTATION}",
                passage=text.text,
            )


def source_not_suppressed(checked: Checked) -> Iterator[Breach]:
    """Rule 8: a source that identifies people at risk has only its publisher and date, and nothing else quotes it or leads to it."""
    rule = Rule.SOURCE_NOT_SUPPRESSED
    source = checked.resource
    if isinstance(source, Source):
        if source.identifies_people_at_risk and source.link_policy is not LinkPolicy.SUPPRESSED:
            yield Breach(rule, "/link_policy", "must be suppressed: the source identifies people at risk")
        if source.link_policy is LinkPolicy.SUPPRESSED:
            yield from _more_than_publisher_and_date(checked, source)
    for at, citation in citations(checked.content):
        if _is_suppressed(checked.others, citation):
            for name in ("quote", "locator", "snapshot"):
                if citation.get(name):
                    yield Breach(rule, f"{at}/{name}", f"the source is suppressed, and a {name} would lead to it")
    yield from _words_and_addresses(checked)
    withheld = checked.others.withheld()
    for text in checked.texts if withheld else ():
        if any(address in bare(text.text) for address in withheld):
            yield Breach(rule, text.at, "gives the address of a suppressed source")


def bare(address: str) -> str:
    """Return a URL without what makes no difference to where it leads: scheme, `www.`, case, a slash at its end, and fragment."""
    return re.sub(r"https?://(www\.)?", "", unquote(address).lower()).partition("#")[0].rstrip("/")


def word_count(text: str) -> int:
    """Return the number of words in a text, whatever joins them. In scripts without spaces, two characters count as one word."""
    spaceless = sum(1 for _ in _SPACELESS.finditer(text))
    return sum(1 for _ in _WORD.finditer(_SPACELESS.sub(" ", text))) + (spaceless + 1) // 2


def _more_than_publisher_and_date(checked: Checked, source: Source) -> Iterator[Breach]:
    rule = Rule.SOURCE_NOT_SUPPRESSED
    for name in ("title", "summary", "url", "archive_url", "sha256", "authors", "identifiers", "same_as", "claims"):
        if getattr(source, name):
            yield Breach(rule, f"/{name}", f"a suppressed source can't have {name}: it has only its publisher and date")
    publisher = checked.others.resource(source.publisher)
    names = publisher.get("name") if isinstance(publisher, dict) else None
    given = [source.publisher.partition("/")[2], *(names.values() if isinstance(names, dict) else ())]
    known = {word for name in given for word in _words(str(name))}
    for tag, name in source.name.items():
        strange = [word for word in _words(name) if word not in known | _OF_A_NAME and not word.isdigit()]
        if strange:
            yield Breach(
                rule,
                f"/name/{tag}",
                "the name of a suppressed source has only words for its publisher, its kind and its date; it also has "
                + ", ".join(repr(word) for word in dict.fromkeys(strange)),
            )


def _words_and_addresses(checked: Checked) -> Iterator[Breach]:
    """Yield the addresses and the words of sources that only suppressed sources support."""
    is_paraphrase = isinstance(checked.resource, Statement) and checked.resource.form is StatementForm.PARAPHRASED
    for text in checked.texts:
        if not (text.quoted or text.kind is Kind.ADDRESS) or (is_paraphrase and _is_wording(checked, text)):
            continue
        if _CITATION.search(text.at) or checked.path.startswith("sources/"):
            continue
        supporting = _supporting(checked.content, text.at)
        if supporting and all(_is_suppressed(checked.others, citation) for citation in supporting):
            what = "an address" if text.kind is Kind.ADDRESS else "the words of a source"
            yield Breach(Rule.SOURCE_NOT_SUPPRESSED, text.at, f"gives {what}, but every source that it rests on is suppressed")


def _supporting(content: Json, at: str) -> list[Mapping[str, Json]]:
    """Return the citations that support a text: those of its claim, else those that name its field, else those that name no field."""
    claim = _IN_CLAIM.match(at)
    found = [one for one in values_at(get(content, claim[0]) if claim else content, "/citations/*") if isinstance(one, Mapping)]
    named = [one for one in found if any(at == field or at.startswith(f"{field}/") for field in values_at(one, "/fields/*"))]
    return found if claim else named or [one for one in found if not one.get("fields")]


def _is_wording(checked: Checked, text: Text) -> bool:
    """Return whether a text is the wording of a statement, in its own field or in a claim about it."""
    claim = _IN_CLAIM.match(text.at)
    return (str(get(checked.content, f"{claim[0]}/field")) if claim and "/value" in text.at else text.at).startswith("/text")


def _words(text: str) -> list[str]:
    return [word.strip("'\u2019") for word in re.split(r"[\W_]+", folding.fold(text).text) if word]


def _is_suppressed(others: Others, citation: Mapping[str, Json]) -> bool:
    source = others.resource(str(citation.get("source")))
    return isinstance(source, dict) and source.get("link_policy") == LinkPolicy.SUPPRESSED


def _independence_group(others: Others, path: str) -> Json:
    source = others.resource(path)
    return source.get("independence_group") if isinstance(source, dict) else None
