"""find: where the record says something, in any release."""

import dataclasses
import json
from typing import Annotated

import typer
from rich.markup import escape

from workbench.commands.targets import Endpoint, Local, OfStage, RecordPort, Table, store_of
from workbench.finding import Hit, Where, find
from workbench.terminal import DEFAULT_PORT, MISUSED, Refused, counted, err, out, visible


def find_text(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The words to find, or a part of an id.", show_default=False)],
    of_stage: OfStage = "",
    table: Table = "",
    endpoint: Endpoint = None,
    local: Local = False,
    record_port: RecordPort = DEFAULT_PORT + 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Find a text in the whole record: every revision, release message, id and list, and what unfinished attempts left in the table.

    Other spellings of the same characters are found too: case, width, digits of any script, look-alike letters, invisible characters.
    Each line says where the text is, and whether the current release has it, only past ones, or nobody can read it through the API.

    Exits 1 if the text is nowhere.
    """
    try:
        hits = find(store_of(of_stage, table, endpoint, local, record_port), text)
    except ValueError as blank:
        raise Refused(f"the text to find can't be used: {blank}", MISUSED) from blank
    count = 0
    for hit in hits:
        count += 1
        line = escape(json.dumps(dataclasses.asdict(hit))) if as_json else _line(hit)
        out().print(line, highlight=False, emoji=False)
    if not count:
        raise Refused("the text is nowhere in the table")
    err().print(f"{counted(count, 'place')}.", highlight=False)


def _line(hit: Hit) -> str:
    place = hit.path or ""
    if hit.revision is not None:
        place += f", revision {hit.revision}"
    if hit.release is not None:
        place += f"{', ' if place else ''}release {hit.release}"
    what = {
        Where.ID: "id",
        Where.FIELD: hit.at,
        Where.CHANGE: f"{hit.at} of the change",
        Where.MESSAGE: "message",
        Where.LIST: f"list {hit.at}",
        Where.ORDER: f"order {hit.at}",
        Where.NOTE: f"note {hit.at}",
        Where.OTHER: f"item {hit.at}" if hit.release is None else hit.at,
    }[hit.where]
    return f"{escape(visible(f'{place}: {what}' if place else str(what)))} [dim]({hit.standing})[/]"
