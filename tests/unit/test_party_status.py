"""A state's status under an instrument on a day follows from its acts; it is unknown if they can't tell."""

import datetime
import json
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.v1.instrument import PartyAct, PartyAction, PartyStatus, party_status

STATE, OTHER = "actors/china", "actors/viet-nam"
Acts: TypeAlias = tuple[tuple[str, str | None, str | None], ...]  # action, date, effective

CASES: tuple[tuple[str, Acts, str, str], ...] = (
    ("no acts", (), "2015-10-24", "unknown"),
    ("acceded before", (("acceded", "1982-09-24", None),), "2015-10-24", "party"),
    ("acceded that day", (("acceded", "1982-09-24", None),), "1982-09-24", "party"),
    ("acceded the day after", (("acceded", "1982-09-24", None),), "1982-09-23", "unknown"),
    ("ratified", (("ratified", "1982", None),), "1983-01-01", "party"),
    ("succeeded", (("succeeded", "1982", None),), "1983-01-01", "party"),
    ("approved", (("approved", "1982", None),), "1983-01-01", "party"),
    ("not yet effective", (("acceded", "1982-09-24", "1982-12-23"),), "1982-12-22", "unknown"),
    ("effective that day", (("acceded", "1982-09-24", "1982-12-23"),), "1982-12-23", "party"),
    ("only the effective date is known", (("acceded", None, "1982-12-23"),), "1983-01-01", "party"),
    ("somewhere in the year", (("acceded", "1982", None),), "1982-06-01", "unknown"),
    ("by the end of the year", (("acceded", "1982", None),), "1982-12-31", "party"),
    ("some day of September", (("acceded", "1982-09-XX", None),), "1982-09-30", "party"),
    ("an act without a date", (("acceded", None, None),), "2015-10-24", "unknown"),
    ("an act with an open end", (("acceded", "1982/..", None),), "2015-10-24", "unknown"),
    ("an act with an unknown start", (("acceded", "../1982", None),), "1983-01-01", "party"),
    ("signed", (("signed", "1951-07-28", None),), "1960-01-01", "signatory-only"),
    ("signed later", (("signed", "1951-07-28", None),), "1951-07-27", "unknown"),
    ("signed, then ratified", (("signed", "1986", None), ("ratified", "1988-10-04", None)), "1988-10-03", "signatory-only"),
    ("ratified after signing", (("signed", "1986", None), ("ratified", "1988-10-04", None)), "1988-10-04", "party"),
    ("in any order", (("ratified", "1988-10-04", None), ("signed", "1986", None)), "2015-01-01", "party"),
    ("signed and ratified in one day", (("ratified", "1988-10-04", None), ("signed", "1988-10-04", None)), "1988-10-04", "party"),
    ("a reservation binds nobody", (("reserved", "1982", None),), "2015-01-01", "unknown"),
    ("a reservation ends nothing", (("acceded", "1982", None), ("reserved", "1990", None)), "2015-01-01", "party"),
    ("an objection ends nothing", (("acceded", "1982", None), ("objected", "1990", None)), "2015-01-01", "party"),
    ("withdrew", (("acceded", "1982", None), ("withdrew", "2000-05-01", None)), "2000-05-01", "not-party"),
    ("withdrew later", (("acceded", "1982", None), ("withdrew", "2000-05-01", None)), "2000-04-30", "party"),
    ("withdrawal not yet effective", (("acceded", "1982", None), ("withdrew", "2000-05-01", "2001-05-01")), "2001-04-30", "party"),
    ("withdrew and came back", (("acceded", "1982", None), ("withdrew", "2000", None), ("acceded", "2010", None)), "2015-01-01", "party"),
    ("seen without an act on that day", (("no-act-found", "2015-10-24", None),), "2015-10-24", "not-party"),
    ("seen without an act later", (("no-act-found", "2026-11-20", None),), "2015-10-24", "not-party"),
    ("seen without an act before", (("no-act-found", "2015-10-24", None),), "2015-10-25", "unknown"),
    ("seen without an act, then acceded", (("no-act-found", "2010-01-01", None), ("acceded", "2012", None)), "2009-01-01", "not-party"),
    ("acceded after it was seen without", (("no-act-found", "2010-01-01", None), ("acceded", "2012", None)), "2013-01-01", "party"),
    ("between the two nobody can tell", (("no-act-found", "2010-01-01", None), ("acceded", "2012", None)), "2011-01-01", "unknown"),
)


def act(action: str, date: str | None, effective: str | None, actor: str = STATE) -> PartyAct:
    """Return a party act."""
    dates = {"date": date and {"edtf": date}, "effective": effective and {"edtf": effective}}
    return PartyAct.model_validate_json(json.dumps({"actor": actor, "action": action, **dates}))


@pytest.mark.parametrize(("acts", "day", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_party_status(acts: Acts, day: str, expected: str) -> None:
    """The acts before a day decide. An imprecise date counts from the last day it can mean."""
    assert party_status([act(*one) for one in acts], STATE, datetime.date.fromisoformat(day)) == expected


@pytest.mark.parametrize(("acts", "day", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_another_states_acts_do_not_count(acts: Acts, day: str, expected: str) -> None:
    """The acts of one state say nothing about another."""
    date = datetime.date.fromisoformat(day)
    assert party_status([act(*one, actor=OTHER) for one in acts], STATE, date) is PartyStatus.UNKNOWN
    mixed = [*(act(*one) for one in acts), act("acceded", "1900", None, OTHER), act("withdrew", "1901", None, OTHER)]
    assert party_status(mixed, STATE, date) == expected


@given(
    st.lists(
        st.tuples(st.sampled_from([str(action) for action in PartyAction]), st.integers(1950, 2020).map(str)),
        max_size=5,
        unique_by=lambda one: one[1],
    ),
    st.integers(1940, 2030),
)
def test_the_order_of_the_list_does_not_matter(acts: list[tuple[str, str]], year: int) -> None:
    """Acts are sorted by date, not by position."""
    day = datetime.date(year, 7, 1)
    own = [act(action, date, None) for action, date in acts]
    assert party_status(own, STATE, day) is party_status(own[::-1], STATE, day)
