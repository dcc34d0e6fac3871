"""The base of every model: strict, frozen, and with nothing that its schema does not name."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Shape(BaseModel):
    """A part of a resource. Unknown fields are errors, nothing is coerced, and every field stands in what is published."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        json_schema_serialization_defaults_required=True,
        use_attribute_docstrings=False,
    )


def misfit(fields: Sequence[str], message: str) -> PydanticCustomError:
    """Return the error of a model as a whole that is about these of its fields; whoever reports it names each."""
    return PydanticCustomError("misfit", "{fields}: {message}", {"fields": ",".join(fields), "message": message})
