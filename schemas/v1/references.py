"""References from one resource to another, by id. Their shape is checked here, their existence when the record is checked."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

_SLUG = "[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True, slots=True)
class RefersTo:
    """Marks a field's type as a reference. The registry finds all references by this mark."""

    collection: str


def _constraints(collection: str) -> StringConstraints:
    return StringConstraints(pattern=f"^{collection}/{_SLUG}$", max_length=120)


def _published(collection: str) -> dict[str, str]:
    return {"x-refers-to": collection}


CaseRef = Annotated[str, _constraints("cases"), RefersTo("cases"), Field(json_schema_extra=_published("cases"))]
EventRef = Annotated[str, _constraints("events"), RefersTo("events"), Field(json_schema_extra=_published("events"))]
ActorRef = Annotated[str, _constraints("actors"), RefersTo("actors"), Field(json_schema_extra=_published("actors"))]
InstrumentRef = Annotated[str, _constraints("instruments"), RefersTo("instruments"), Field(json_schema_extra=_published("instruments"))]
StatementRef = Annotated[str, _constraints("statements"), RefersTo("statements"), Field(json_schema_extra=_published("statements"))]
SourceRef = Annotated[str, _constraints("sources"), RefersTo("sources"), Field(json_schema_extra=_published("sources"))]
