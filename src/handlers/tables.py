"""Lists as CSV (RFC 4180), with the published columns, and as NDJSON. docs/tables.md explains the CSV to its readers.

Bodies are trusted, because they were validated at publish. A redacted value can be null at any place.
"""

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

CSV = "text/csv"
NDJSON = "application/x-ndjson"
_ALWAYS = frozenset({"id", "type"})
# The characters that OWASP's "CSV Injection" lists, and the minus sign, which some spreadsheets read as a hyphen.
_BEFORE_FORMULAS = frozenset("=+-@\N{MINUS SIGN}")
_QUOTE = "'"


class Column(NamedTuple):
    """A column: its name in the header, the path of member names to its value, its form, and the members that `others` leaves out."""

    name: str
    at: tuple[str, ...]
    form: str
    besides: frozenset[str]


def columns_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Return the columns from their rows in the published table."""
    return tuple(Column(row["name"], tuple(row["at"]), row["form"], frozenset(row["besides"])) for row in rows)


def csv_of(columns: Sequence[Column], bodies: Iterable[str], fields: Sequence[str] = ()) -> str:
    """Return resources of one type as CSV: a header, a row for each body, CRLF after every line.

    `fields` are the top-level fields to show in addition to `id` and `type`; if it is empty, all fields are shown.
    """
    shown = [column for column in columns if not fields or column.at[0] in fields or column.at[0] in _ALWAYS]
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([column.name for column in shown])
    for body in bodies:
        content: dict[str, Any] = json.loads(body)
        writer.writerow([_cell(column, content) for column in shown])
    return written.getvalue()


def ndjson_of(bodies: Iterable[str]) -> str:
    """Return bodies as NDJSON: one line each, LF after every line. Canonical JSON contains no line breaks."""
    return "".join(f"{body}\n" for body in bodies)


def defused(text: str) -> str:
    """Return a text as a cell that no spreadsheet reads as a formula. A program that reads the cell removes one leading apostrophe.

    An apostrophe is added if the first visible character could start a formula (full-width forms included) or is a control character,
    which some programs drop. It is also added to a text that starts with an apostrophe, so that removing one is always right.
    """
    if text.startswith(_QUOTE):
        return _QUOTE + text
    first = next((character for character in text if not _passed_over(character)), "")
    starts_formula = unicodedata.normalize("NFKC", first) in _BEFORE_FORMULAS
    return _QUOTE + text if starts_formula or _is_control(first) else text


def _passed_over(character: str) -> bool:
    """Return whether a character is white space or an invisible format character (category Cf, such as a byte order mark)."""
    return (character.isspace() and not _is_control(character)) or unicodedata.category(character) == "Cf"


def _is_control(character: str) -> bool:
    return character != "" and unicodedata.category(character) == "Cc"


def _cell(column: Column, content: Any) -> str:
    value = content
    for name in column.at:
        value = value.get(name) if isinstance(value, dict) else None
    if column.form == "others" and isinstance(value, dict):
        value = {name: other for name, other in value.items() if name not in column.besides}
    if value is None or value in ([], {}):
        return ""
    if column.form == "text" and isinstance(value, str):
        return defused(value)
    if column.form == "joined" and isinstance(value, list):
        return defused(" ".join("null" if item is None else item for item in value))
    # A number that starts with a minus sign stays a number.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
