"""Dates as sources give them: an EDTF expression, how it was stated, and the bounds derived from it."""

import re
from contextlib import redirect_stdout
from functools import lru_cache
from io import StringIO
from typing import Annotated, Any, Self

from edtf import EDTFParseException, parse_edtf
from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from schemas.edtf import BadDate, Bounds, bounds
from schemas.v1.shape import Shape
from schemas.v1.text import Line, Prose

# A text and not a date: what is derived is compared and sorted as text everywhere behind the schemas.
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), Field(json_schema_extra={"format": "date"})]


_CALENDAR_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-[0-9]{2})?)?")


@lru_cache(maxsize=4096)
def checked_bounds(expression: str) -> Bounds:
    """Return the bounds of an EDTF expression that the grammar of PyPI's `edtf` accepts too; raise BadDate otherwise.

    The bounds are our own, because that library's are not usable for a record: `2015-10-0X` has none (ValueError), an
    unknown end (`2015-10/`) silently means ten years, surrounding blanks are accepted, and an interval may end before it
    starts. Its grammar stands as a second opinion on ours.
    """
    found = bounds(expression)
    if _CALENDAR_DATE.fullmatch(expression):
        return found  # nothing to have two opinions on, and the library takes 20 milliseconds for it
    try:
        with redirect_stdout(StringIO()):  # it prints what it can't parse
            parse_edtf(expression)
    except EDTFParseException as refused:
        raise BadDate(f"{expression!r} is no EDTF date") from refused
    except AttributeError:
        return found  # its parser breaks on a masked month (`2015-1X`), which is no opinion
    return found


class HistoricalDate(Shape):
    """When something was, as exactly as the source knows and no more exactly."""

    edtf: str = Field(
        max_length=200,
        description="The date as EDTF (ISO 8601-2): level 1, masked digits, and the sets of level 2.",
        examples=["2015-10-22", "2015-10", "[2015-10-26,2015-11-16]", "2015-10-24/.."],
    )
    as_stated: Line | None = Field(None, description="The words of the source for it.", examples=["early October"])
    basis: Prose | None = Field(
        None,
        description="How a missing year or a relative day was resolved; null where nothing had to be.",
        examples=["The article names no year; it is that of its publication."],
    )
    earliest: Day | None = Field(
        None,
        description="The first day the expression can mean, inclusive; null where it is open or unknown. Derived from `edtf`.",
        examples=["2015-10-22"],
    )
    latest: Day | None = Field(
        None,
        description="The last day the expression can mean, inclusive; null where it is open or unknown. Derived from `edtf`.",
        examples=["2015-10-22"],
    )

    @model_validator(mode="wrap")
    @classmethod
    def _derive_bounds(cls, data: Any, handler: Any) -> Self:
        date: Self = handler(data)
        try:
            found = checked_bounds(date.edtf)
        except BadDate as bad:
            raise PydanticCustomError("date", "{reason}", {"reason": str(bad)}) from bad
        derived = {"earliest": found.earliest, "latest": found.latest}
        for name, day in derived.items():
            given = getattr(date, name)
            if name in date.model_fields_set and given != day:
                raise PydanticCustomError(
                    "derived_date",
                    "{name} is derived from edtf and would be {day}, not {given}; leave it out",
                    {"name": name, "day": str(day), "given": str(given)},
                )
        return date.model_copy(update=derived)
