"""The base class of every model: strict, frozen, and closed to unknown fields."""

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


def misfit(*found: tuple[str, str]) -> PydanticCustomError:
    """Return an error for a validator of the whole model, from each (field, message). It is reported once for each of them."""
    return PydanticCustomError("misfit", "{text}", {"text": "; ".join(": ".join(one) for one in found), "found": found})
