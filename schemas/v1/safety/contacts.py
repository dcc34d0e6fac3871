"""Find e-mail addresses, and accounts of persons in messengers and networks.

PyPI `email-validator` says whether something is an e-mail address. It makes no request: deliverability is not checked.
"""

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

import regex
from email_validator import EmailNotValidError, validate_email

from schemas.v1.safety.telephones import Span
from schemas.v1.safety.wordsearch import Expression, Scanned, word_search


def e_mail_addresses(scanned: Scanned) -> Iterator[Span]:
    """Yield where a text has an e-mail address, as places in the folded text; also one whose signs are spelled out."""
    text = scanned.plain
    if "@" in text or "%40" in text or "&#64;" in text:
        yield from _addresses(_WITH_SIGN, text)
    if " at " in text:
        yield from _addresses(_AFTER_A_VERB, text)
    if (_OPENING.search(text) and _BRACKETED.search(text)) or (
        word_search("address_at").may_have(scanned) and word_search("address_dot").may_have(scanned)
    ):
        yield from _addresses(_SPELLED, text)


def profiles(scanned: Scanned) -> Iterator[Span]:
    """Yield where a text has the address of a person's page in a network or messenger. Those of public bodies pass (profiles.toml)."""
    if "/" not in scanned.plain:
        return
    for match in _HOST.finditer(scanned.plain):
        host, path = match["host"], match["path"] or ""
        parts = [part for part in regex.split(r"[/?#&]", unquote(path.rstrip(".,;:!?)\"'"))) if part]
        if _is_profile(host, parts):
            yield match.span()


def accounts(scanned: Scanned) -> Iterator[Span]:
    """Yield where a text has the name of an account after the name of a messenger or network, or the other way round."""
    text = scanned.plain
    if "@" in text:
        for match in _PERSONAL_HANDLE.finditer(text):
            yield match.span()
    for family, private in (("messenger", True), ("network", False)):
        search = word_search(family)
        if not search.may_have(scanned):
            continue
        for start, end in search.find(scanned):
            if scanned.in_address(start):
                continue
            if (after := _HANDLE_AFTER.match(text, end)) and _is_account(text[start:end], after, private=private):
                yield start, after.end()
            elif (before := _HANDLE_BEFORE.search(text, max(0, start - 60), start)) and _is_account_before(
                before["handle"], private=private
            ):
                yield before.start(), end


def _is_account_before(handle: str, *, private: bool) -> bool:
    if handle.startswith("@"):
        return not _of_a_public_body(handle[1:]) and (private or bool(_DIGIT.search(handle)))
    return private and bool(regex.fullmatch(r"[a-z][a-z._]{3,}\d+[a-z0-9._]*", handle))


def _strong(handle: str) -> bool:
    """Return whether a name is of the kind that people choose: with a digit, and with a dot, an underscore or several letters."""
    return bool(regex.search(r"[a-z][._][a-z]", handle) and _DIGIT.search(handle))


def _is_account(network: str, match: regex.Match[str], *, private: bool) -> bool:
    handle, gap = match["handle"], match["gap"]
    if _of_a_public_body(handle.strip("@")):
        return False
    labelled = bool(_ACCOUNT.search(network + gap))
    if handle.strip("@").isdigit():
        return len(handle) >= 5 and (labelled or private or ":" in gap)
    if handle.startswith("@"):
        return private or bool(_DIGIT.search(handle) or regex.search("[a-z][._][a-z]", handle))
    if _DIGIT.search(handle) or regex.search(r"[a-z]_|[a-z]\.[a-z]", handle):
        # "Twitter, 2nd edition", "Telegram 4.2"
        return (
            bool(regex.search("[a-z]", handle))
            and not _ORDINAL.fullmatch(handle)
            and (private or labelled or ":" in gap or _strong(handle))
        )
    return labelled and bool(regex.search("[:=]", gap))


def _is_profile(host: str, parts: list[str]) -> bool:
    known = _profiles()
    first = parts[0] if parts else ""
    if host in known["only"]:
        return any(first == only or (only == "@" and len(first) > 1 and first.startswith("@")) for only in known["only"][host]) and not (
            _of_a_public_body(first.lstrip("@")) or (len(parts) > 1 and _of_a_public_body(parts[1]))
        )
    if first.rstrip("0123456789_-") in known["hosts"][host]:
        return False
    if first in ("p", "u", "n", "people", "profile", "profile.php", "add", "user") and len(parts) > 1:
        return not _of_a_public_body(parts[-1])
    return bool(first) and not _of_a_public_body(first.lstrip("@"))


def _of_a_public_body(handle: str) -> bool:
    return handle in _profiles()["public"]


def hosts() -> Iterable[str]:
    """Return the hosts that have pages of persons."""
    return (*_profiles()["hosts"], *_profiles()["only"])


@cache
def _profiles() -> dict[str, Any]:
    return tomllib.loads(files("schemas.v1.safety").joinpath("profiles.toml").read_text(encoding="utf-8"))


def _addresses(pattern: Expression, text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        domain = _AROUND_DOT.sub(".", _DOTS.sub(".", match["domain"])).replace(" ", "").strip(".-")
        local = _DOTS.sub(".", match["local"]).replace(" ", "").strip(".")
        if domain.rpartition(".")[2] in _FILE_ENDINGS:
            continue
        try:
            validate_email(f"{local}@{domain}", check_deliverability=False, globally_deliverable=False, allow_smtputf8=True)
        except EmailNotValidError:
            continue
        yield match.span()


_BRACKET = r"[(\[{<⟨〈《【「]"
_UNBRACKET = r"[)\]}>⟩〉》】」]"
_AT_WORD = word_search("address_at").expression
_DOT_WORD = word_search("address_dot").expression
_DOT = rf" ?(?:{_BRACKET} ?(?:{_DOT_WORD}|\.) ?{_UNBRACKET}|(?<= |_|-){_DOT_WORD}(?= |_|-)|(?<=[^a-z0-9 ]){_DOT_WORD}|\.) ?"
_DOTS = Expression(_DOT)
_AROUND_DOT = Expression(r"[ _-]*\.[ _-]*")
_LOCAL = r"(?<![\w.+%-])(?P<local>[\w+%'-]+(?:\.[\w+%'-]+)*)"
_LABEL = r"[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?"
_END = r"(?:[a-z]{2,24}|[\p{L}\p{M}]{2,12})(?![\w@])"
_WITH_SIGN = Expression(rf"{_LOCAL} ?(?:@{{1,2}}|%40|&#64;) ?(?P<domain>{_LABEL}(?:{_DOT}{_LABEL})*?{_DOT}{_END})")
# The sign in brackets is enough. The bare word "at" needs the bare word "dot": "published at example.org" is no address.
_SPELLED = Expression(
    rf"(?<![\w.+%-])(?P<local>[\w+%'-]+(?:(?:\.|{_DOT})[\w+%'-]+)*?) ?"
    rf"(?:{_BRACKET} ?(?:{_AT_WORD}|a|@) ?{_UNBRACKET} ?(?P<domain>{_LABEL}(?:{_DOT}{_LABEL})*?{_DOT}{_END})"
    rf"|[ _-]{{0,2}}(?<=[ _-]){_AT_WORD}[ _-]{{1,2}}(?P<domain>{_LABEL}(?:[ _-]{{1,2}}{_DOT_WORD}[ _-]{{1,2}}{_LABEL}|{_DOT}{_LABEL})*?"
    rf"[ _-]{{1,2}}{_DOT_WORD}[ _-]{{1,2}}{_END})"
    rf"|(?<=\w|\w ){_AT_WORD} ?(?P<domain>{_LABEL}(?:{_DOT}{_LABEL})*?(?: ?{_DOT_WORD} ?){_END}))"
)
_AFTER_A_VERB = Expression(
    r"\b(?:e-?mail|mail|write to|contact|reach|address)(?: (?:is|me|her|him|us))?[: ]{1,2}"
    r"(?P<local>(?!(?:out|us|me|him|her|them|back|page|site)\b)[\w+.%-]+) at "
    rf"(?P<domain>{_LABEL}(?:\.{_LABEL})*?\.{_END})"
)
_OPENING = Expression(_BRACKET)
_BRACKETED = Expression(rf"{_BRACKET} ?(?:{_AT_WORD}|a|@) ?{_UNBRACKET}")
_FILE_ENDINGS = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "html", "htm", "php", "pdf"})

_HOST = Expression(
    r"(?<![\w.-])(?:https?://)?(?:[a-z0-9-]{1,12}\.)?(?P<host>"
    + "|".join(sorted(map(regex.escape, [*_profiles()["hosts"], *_profiles()["only"]]), key=len, reverse=True))
    + r")(?P<path>/[^\s<>\"]*)"
)
_ACCOUNT = Expression(word_search("account").expression)
_JOINT = (
    r"(?:[\s:.,()=#'\"-]|\b(?:is|was|on|under|at|my|her|his|the|as|est|es|adalah)\b|는|은|이|가|是|为|は|の|คือ|"
    rf"{word_search('account').expression}){{0,6}}"
)
_HANDLE_AFTER = Expression(rf"(?P<gap>{_JOINT})(?<![a-z0-9@])(?P<handle>@?(?:live:)?[a-z0-9][a-z0-9_.-]{{2,31}}(?<![.-])(?:#\d{{4}})?)")
_HANDLE_BEFORE = Expression(r"(?<![\w.])(?P<handle>@?[a-z0-9_.]{3,32})(?: ?[,(]| on| via| sur| en| di| b|의|在| tren)*(?: the)? ?$")
_PERSONAL_HANDLE = Expression(r"(?<![\w.@/])@(?=[a-z._]{4})[a-z][a-z._]+\d{2,}(?![a-z0-9])")
_DIGIT = Expression(r"\d")
_ORDINAL = Expression(r"\d+(?:st|nd|rd|th|er|[.-]\d+)*|v?\d+(?:\.\d+)*[a-z]?|\d{1,4}[a-z]{1,3}|[a-z]/\w+")
