"""The log: a line of JSON for each thing that happened, whatever is in it."""

import datetime
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.log import LEVELS, Logger


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return what was logged."""
    written = stream.getvalue()
    assert written == "" or written.endswith("\n")
    return [json.loads(line) for line in written.splitlines()]


def test_a_line_says_when_what_and_of_what_weight() -> None:
    """The members have the names that Lambda and CloudWatch know; the time is in UTC."""
    stream = io.StringIO()
    Logger("record", stream=stream).info("answered", request_id="one", status=200)
    (line,) = lines(stream)
    moment = datetime.datetime.fromisoformat(line.pop("timestamp"))
    assert moment.utcoffset() == datetime.timedelta(0)
    assert line == {"level": "INFO", "message": "answered", "service": "record", "request_id": "one", "status": 200}


@given(st.text(), st.one_of(st.text(), st.binary(), st.floats(), st.lists(st.integers()), st.builds(object)))
def test_whatever_is_logged_is_one_line(message: str, field: object) -> None:
    """Line ends of every alphabet, half a character, or what JSON has no form for: still one line, and still JSON."""
    stream = io.StringIO()
    Logger("record", stream=stream).error(message, cause=field)
    assert len(stream.getvalue().splitlines()) == 1
    assert lines(stream)[0]["message"] == message


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_below_the_level_is_not_written(level: str) -> None:
    """Each level leaves out those before it."""
    stream = io.StringIO()
    logger = Logger("record", level.lower(), stream)
    logger.info("a")
    logger.error("b")
    assert [line["message"] for line in lines(stream)] == {"DEBUG": ["a", "b"], "INFO": ["a", "b"], "CRITICAL": []}.get(level, ["b"])


def test_an_exception_brings_where_it_came_from() -> None:
    """It stands in one line with the request's id."""
    stream = io.StringIO()
    try:
        raise LookupError("gone\naway")
    except LookupError:
        Logger("record", stream=stream).exception("failed", request_id="one")
    (line,) = lines(stream)
    assert (line["level"], line["request_id"]) == ("ERROR", "one")
    assert "test_an_exception_brings_where_it_came_from" in line["exception"]
    assert line["exception"].rstrip().endswith("LookupError: gone\naway")


def test_a_level_that_there_is_not_is_named() -> None:
    """A misspelt level is an error, not silence."""
    with pytest.raises(ValueError, match="not LOUD"):
        Logger("record", "LOUD")
