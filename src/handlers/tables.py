"""Lists as tables: CSV (RFC 4180) by the columns of the published table, and NDJSON. `docs/tables.md` is the reader's side of it.

Bodies are trusted: they are canonical JSON as it was published. What was redacted may be null wherever it stands.
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
# What OWASP's "CSV Injection" names, and the minus sign, which some spreadsheets read as a hyphen.
_BEFORE_FORMULAS = frozenset("=+-@\N{MINUS SIGN}")
_QUOTE = "'"


class Column(NamedTuple):
    """A column: its name in the header, the members that lead to its value, its form, and which members `others` leaves out."""

    name: str
    at: tuple[str, ...]
    form: str
    besides: frozenset[str]


def columns_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Return the columns that the published table declares for a type."""
    return tuple(Column(row["name"], tuple(row["at"]), row["form"], frozenset(row["besides"])) for row in rows)


def csv_of(columns: Sequence[Column], bodies: Iterable[str], fields: Sequence[str] = ()) -> str:
    """Return resources of one type as CSV: a header, a row for each body, CRLF after every line.

    `fields` are the top-level fields to show, besides `id` and `type`; all where it is empty.
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
    """Return bodies as NDJSON: each on a line of its own, which JSON without blanks never breaks, LF after every line."""
    return "".join(f"{body}\n" for body in bodies)


def defused(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula. Whoever reads it takes off a leading apostrophe, if there is one.

    An apostrophe is put before a text whose first character, blanks and marks that nobody sees aside, could start a formula, be it
    full-width; or is a control character, which some drop. And, so that it can be taken off by rule, before one that starts with an
    apostrophe.
    """
    if text.startswith(_QUOTE):
        return _QUOTE + text
    first = next((character for character in text if not _passed_over(character)), "")
    starts_formula = unicodedata.normalize("NFKC", first) in _BEFORE_FORMULAS
    return _QUOTE + text if starts_formula or _is_control(first) else text


def _passed_over(character: str) -> bool:
    """Return whether it is a blank or a mark that nobody sees (Cf: a byte order mark, one that turns the direction of writing)."""
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
    # A number may start with a minus; it stays one.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
