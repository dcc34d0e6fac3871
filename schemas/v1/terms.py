"""Closed vocabularies: enums whose values carry their descriptions into the published schema."""

from enum import StrEnum
from typing import Any, Self

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Term(StrEnum):
    """A value of a closed vocabulary: `NAME = "value", "what it means"`, and its HURIDOCS code if it has one."""

    description: str
    huridocs: str | None

    def __new__(cls, value: str, description: str, huridocs: str | None = None) -> Self:
        """Create a member: a string with a description."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        member.huridocs = huridocs
        return member

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Add each value's description to the schema: as text for people, and as a map for tools."""
        schema = handler.resolve_ref_schema(handler(core))
        schema["description"] = (cls.__doc__ or "") + "\n\n" + "\n".join(f"- `{term}`: {term.description}" for term in cls)
        schema["x-enum-descriptions"] = {str(term): term.description for term in cls}
        codes = {str(term): term.huridocs for term in cls if term.huridocs}
        if codes:
            schema["x-huridocs-codes"] = codes
        return schema
