"""Text by language, and the kinds of string that all types use."""

import re
import unicodedata
from functools import cache
from typing import Annotated

import pycountry
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

_TAG = re.compile(r"(?P<language>[a-z]{2,3})(-(?P<script>[A-Z][a-z]{3}))?(-(?P<region>[A-Z]{2}|[0-9]{3}))?")
_COUNTRY = re.compile("[A-Z]{2}")
_OFTEN_MEANT = {"UK": "GB", "EL": "GR"}
# Characters that change the direction of text, so that it reads differently from how it is stored.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
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


def _plain(text: str) -> str:
    if not text.isprintable():  # most text is printable, and no refused character is
        for character in text:
            if (unicodedata.category(character) in ("Cc", "Cs", "Co") and character != "\n") or character in _BIDI_CONTROLS:
                raise PydanticCustomError(
                    "control_character", "contains the character U+{code}, which is not allowed in text", {"code": f"{ord(character):04X}"}
                )
    return unicodedata.normalize("NFC", text)


def _single_line(text: str) -> str:
    if "\n" in text:
        raise PydanticCustomError("single_line", "contains a line break, but must be a single line")
    return text


LanguageTag = Annotated[str, AfterValidator(_language_tag)]
CountryCode = Annotated[str, StringConstraints(min_length=2, max_length=3), AfterValidator(_country)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), AfterValidator(_plain)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_plain), AfterValidator(_single_line)
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Url = Annotated[
    str,
    StringConstraints(pattern=r'^https?://[^\s<>"]+$', max_length=2000),
    Field(json_schema_extra={"format": "uri"}),
]
Text = Annotated[dict[LanguageTag, Prose], AfterValidator(_has_english)]
AnyText = Annotated[dict[LanguageTag, Prose], Field(min_length=1)]
