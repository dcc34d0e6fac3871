"""The base of every model: strict, frozen, and with nothing that its schema does not name."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A part of a resource. Unknown fields are errors, nothing is coerced, and every field stands in what is published."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        json_schema_serialization_defaults_required=True,
        use_attribute_docstrings=False,
    )
