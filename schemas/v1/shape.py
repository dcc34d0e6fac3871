"""The base class of every model: strict, frozen, and closed to unknown fields."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Shape(BaseModel):
    """A part of a resource. Unknown fields are errors, values are not coerced, and every field is always published."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        json_schema_serialization_defaults_required=True,
        use_attribute_docstrings=False,
    )


def misfit(fields: Sequence[str], message: str) -> PydanticCustomError:
    """Return an error about these fields, for a validator of the whole model. It is reported once for each field."""
    return PydanticCustomError("misfit", "{fields}: {message}", {"fields": ",".join(fields), "message": message})
