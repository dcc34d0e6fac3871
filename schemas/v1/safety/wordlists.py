"""The word lists of the scans, from words.toml: the one file to edit when a language is added or a word is missing."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def languages() -> frozenset[str]:
    """Return the languages that every family has words for, as ISO 639 codes."""
    return frozenset(_data()["languages"])


@cache
def words(family: str) -> Mapping[str, tuple[str, ...]]:
    """Return the words of a family, such as `kinship`, by language. Raises KeyError for an unknown family."""
    return {language: tuple(found) for language, found in _data()[family].items()}


@cache
def families() -> tuple[str, ...]:
    """Return the names of all families."""
    return tuple(name for name in _data() if name != "languages")


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("schemas.v1.safety").joinpath("words.toml").read_text(encoding="utf-8"))
