"""Text by language, and the kinds of string that all types use.

Text is stored in NFC and without blanks around it, and is measured as it is stored. Every character of a text can be seen: a character
that is invisible, changes the direction of text, or has no agreed meaning is refused. Four scripts are written with invisible characters,
so these pass where the script needs them:

- U+200C and U+200D (ZWNJ, ZWJ) between two letters of a cursive or an Indic script, as in UAX #31: Persian words, Sinhala conjuncts. A
  sequence of emoji needs them too, and is refused.
- U+180B to U+180F between and after Mongolian letters.

Other variation selectors are refused, those of Han included: a reader doesn't see whether one is there.
"""

import re
import unicodedata
from functools import cache
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import pycountry
import regex
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from schemas.v1.marks import ADDRESS, CODE, SLUG

_TAG = re.compile(r"(?P<language>[a-z]{2,3})(-(?P<script>[A-Z][a-z]{3}))?(-(?P<region>[A-Z]{2}|[0-9]{3}))?")
_COUNTRY = re.compile("[A-Z]{2}")
_OFTEN_MEANT = {"UK": "GB", "EL": "GR"}
_JOINED = (
    r"\p{Arabic}\p{Syriac}\p{Nko}\p{Mandaic}\p{Mongolian}\p{Phags_Pa}\p{Adlam}\p{Hanifi_Rohingya}"
    r"\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}"
    r"\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Balinese}\p{Javanese}\p{Sundanese}\p{Limbu}\p{Meetei_Mayek}\p{Newa}\p{Chakma}"
)
_JOINED_LETTER = rf"[[{_JOINED}]&&\p{{L}}]"
_NEEDED = (
    rf"(?<={_JOINED_LETTER}\p{{M}}*)[\u200c\u200d](?={_JOINED_LETTER})"
    r"|(?<=[\p{Mongolian}&&\p{L}])[\u180b-\u180d\u180f]|(?<=[\p{Mongolian}&&\p{L}])\u180e(?=[\p{Mongolian}&&\p{L}])"
)
_INVISIBLE = r"\p{Default_Ignorable_Code_Point}\u2800[\p{Cf}--\p{Prepended_Concatenation_Mark}]"
_REFUSED = regex.compile(rf"(?!{_NEEDED})[{_INVISIBLE}[\p{{Cc}}--\n]\p{{Cs}}\p{{Co}}\p{{Noncharacter_Code_Point}}]", flags=regex.V1)
_INVISIBLE_ONE = regex.compile(rf"[{_INVISIBLE}]", flags=regex.V1)
_KINDS = {"Cc": "a control character", "Cs": "half of a surrogate pair", "Co": "for private use", "Cn": "not a character"}
# UAX #14: these break a line, like U+000A. U+2028 and U+2029 are stored as U+000A.
_LINE_BREAKS = regex.compile(r"[\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_SEPARATORS = str.maketrans({"\u2028": "\n", "\u2029": "\n"})
_NOT_IN_A_URL = re.compile(r"[\\^`{|}]")
# In use, but not assigned by ISO 3166: Kosovo, which the record must be able to name.
USER_ASSIGNED_COUNTRIES = frozenset({"XK"})


@cache
def _language_tag(tag: str) -> str:
    match = _TAG.fullmatch(tag)
    if match is None:
        raise PydanticCustomError(
            "language_tag", "{tag} is not a BCP 47 language tag; write one like en, ko, zh-Hans or pt-BR", {"tag": repr(tag)}
        )
    language, script, region = match["language"], match["script"], match["region"]
    known = pycountry.languages.get(**{"alpha_2" if len(language) == 2 else "alpha_3": language})
    if known is None:
        raise PydanticCustomError("language_tag", "no language has the ISO 639 code {code}", {"code": repr(language)})
    if len(language) == 3 and hasattr(known, "alpha_2"):
        raise PydanticCustomError(
            "language_tag", "write {short}, the shorter code of that language, not {code}", {"short": known.alpha_2, "code": language}
        )
    if script and pycountry.scripts.get(alpha_4=script) is None:
        raise PydanticCustomError("language_tag", "no script has the ISO 15924 code {code}", {"code": repr(script)})
    if region and not region.isdigit():
        _country(region)
    return tag


@cache
def _country(code: str) -> str:
    if code in USER_ASSIGNED_COUNTRIES or (_COUNTRY.fullmatch(code) and pycountry.countries.get(alpha_2=code) is not None):
        return code
    near = pycountry.countries.get(alpha_3=code.upper()) or pycountry.countries.get(alpha_2=_OFTEN_MEANT.get(code.upper(), code.upper()))
    hint = f"; did you mean {near.alpha_2}?" if near else ""
    raise PydanticCustomError("country", "no country has the ISO 3166-1 alpha-2 code {code}{hint}", {"code": repr(code), "hint": hint})


def _has_english(texts: dict[str, str]) -> dict[str, str]:
    if "en" not in texts:
        raise PydanticCustomError("english_missing", "the English text (key en) is missing")
    return texts


def plain_text(text: str) -> str:
    """Return a text as it is stored: in NFC, without blanks around it, its lines separated by U+000A.

    Raises PydanticCustomError (a ValueError) for a character that no text may have, and names the character and its place.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    _refuse_hidden(text)
    return unicodedata.normalize("NFC", text).translate(_SEPARATORS).strip()


def _refuse_hidden(text: str) -> None:
    if found := _REFUSED.search(text):
        character = found[0]
        kind = "invisible" if _INVISIBLE_ONE.match(character) else _KINDS[unicodedata.category(character)]
        raise PydanticCustomError(
            "control_character",
            "character {position} is U+{code}, which is not allowed in text: it is {kind}",
            {
                "position": found.start() + 1,
                "code": f"{ord(character):04X}",
                "kind": kind,
            },
        )


def _text(value: Any) -> Any:
    return plain_text(value) if isinstance(value, str) else value


def _line(value: Any) -> Any:
    if isinstance(value, str) and _LINE_BREAKS.search(value.strip(" \n")):
        raise PydanticCustomError("single_line", "contains a line break, but must be a single line")
    return _text(value)


def _url(url: str) -> str:
    _refuse_hidden(url)
    _refuse_hidden(unquote(url, errors="ignore"))
    if found := _NOT_IN_A_URL.search(url):
        raise PydanticCustomError(
            "url", "contains {character}, which a URL can't have (RFC 3986); percent-encode it", {"character": found[0]}
        )
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as bad:
        raise PydanticCustomError("url", "is not a URL (RFC 3986): {reason}", {"reason": str(bad)}) from bad
    if not parts.hostname:
        raise PydanticCustomError("url", "is not a URL (RFC 3986): the host is missing", {})
    return url


LanguageTag = Annotated[str, AfterValidator(_language_tag), CODE]
CountryCode = Annotated[str, StringConstraints(min_length=2, max_length=3), AfterValidator(_country), CODE]
# The function runs before the limits are checked: NFC makes some texts longer.
Prose = Annotated[str, StringConstraints(min_length=1, max_length=4000), BeforeValidator(_text)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=500), BeforeValidator(_line)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100), SLUG]
Url = Annotated[
    str,
    StringConstraints(pattern=r'^https?://[^\s<>"]+$', max_length=2000),
    Field(json_schema_extra={"format": "uri"}),
    AfterValidator(_url),
    ADDRESS,
]
Text = Annotated[dict[LanguageTag, Prose], AfterValidator(_has_english)]
AnyText = Annotated[dict[LanguageTag, Prose], Field(min_length=1)]
