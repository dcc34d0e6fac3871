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
from schemas.v1.marks import CODE, QUOTED
from schemas.v1.shape import Shape
from schemas.v1.text import Line, Prose

# A string, not a date: all code outside the schemas compares and sorts these days as strings.
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), Field(json_schema_extra={"format": "date"}), CODE]


_CALENDAR_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-[0-9]{2})?)?")


@lru_cache(maxsize=4096)
def checked_bounds(expression: str) -> Bounds:
    """Return the bounds of an EDTF expression that the grammar of PyPI's `edtf` accepts too; raise BadDate otherwise.

    The bounds are our own because the library's are not fit for a record: it has none for `2015-10-0X` (ValueError), reads
    an unknown end (`2015-10/`) silently as ten years, and accepts surrounding blanks and intervals that end before they
    start. Only its grammar is used, as a second check.
    """
    found = bounds(expression)
    if _CALENDAR_DATE.fullmatch(expression):
        return found  # too simple to need the second check, for which the library takes 20 ms
    try:
        with redirect_stdout(StringIO()):  # it prints what it can't parse
            parse_edtf(expression)
    except EDTFParseException as refused:
        raise BadDate(f"{expression!r} is not an EDTF date") from refused
    except AttributeError:
        return found  # its parser crashes on a masked month (`2015-1X`), which says nothing about the date
    return found


class HistoricalDate(Shape):
    """A date, as precise as the source gives it and no more precise."""

    edtf: Annotated[str, CODE] = Field(
        max_length=200,
        description="The date as EDTF (ISO 8601-2): level 1, masked digits, and the sets of level 2.",
        examples=["2015-10-22", "2015-10", "[2015-10-26,2015-11-16]", "2015-10-24/.."],
    )
    as_stated: Annotated[Line, QUOTED] | None = Field(None, description="The source's own words for the date.", examples=["early October"])
    basis: Prose | None = Field(
        None,
        description="How a missing year or a relative day was resolved; null if nothing had to be resolved.",
        examples=["The article gives no year; it is taken to be the year of its publication."],
    )
    earliest: Day | None = Field(
        None,
        description="The first day that the expression can mean, inclusive; null if the start is open or unknown. Derived from `edtf`.",
        examples=["2015-10-22"],
    )
    latest: Day | None = Field(
        None,
        description="The last day that the expression can mean, inclusive; null if the end is open or unknown. Derived from `edtf`.",
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
