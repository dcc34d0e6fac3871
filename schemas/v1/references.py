"""References from one resource to another, by id. Their shape is checked here, their existence when the record is checked."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_SLUG = "[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True, slots=True)
class RefersTo:
    """Marks a field's type as a reference to a collection. The registry finds all references by this mark.

    It validates the shape of the id, and publishes the collection in the JSON Schema.
    """

    collection: str

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the validation of an id in the collection."""
        return core_schema.str_schema(pattern=f"^{self.collection}/{_SLUG}$", max_length=120)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON Schema of an id in the collection."""
        return {**handler(schema), "x-refers-to": self.collection}


CaseRef = Annotated[str, RefersTo("cases")]
EventRef = Annotated[str, RefersTo("events")]
ActorRef = Annotated[str, RefersTo("actors")]
InstrumentRef = Annotated[str, RefersTo("instruments")]
StatementRef = Annotated[str, RefersTo("statements")]
SourceRef = Annotated[str, RefersTo("sources")]
