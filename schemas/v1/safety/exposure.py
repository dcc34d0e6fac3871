"""Rule 3: what could help to find people while a case is open, or any part of its outcome unknown."""

import datetime
from collections.abc import Iterator

from schemas.v1.actor import ActorKind
from schemas.v1.event import Event
from schemas.v1.marks import Kind
from schemas.v1.places import Place, Precision
from schemas.v1.rules import Breach, Rule
from schemas.v1.safety import finding, whereabouts
from schemas.v1.safety.checked import Checked, publisher_kind

_RULE = Rule.EXPOSES_PEOPLE_AT_RISK
_YOUNGEST_EVENT = datetime.timedelta(days=90)
_OFFICIAL = (ActorKind.STATE, ActorKind.STATE_BODY, ActorKind.INTERGOVERNMENTAL_BODY)


def places_and_days(checked: Checked) -> Iterator[Breach]:
    """Rule 3, of fields: no place more precise than a city, no coordinates, and no recent event without an official source."""
    event = checked.resource
    if not isinstance(event, Event) or not checked.cases.exposed:
        return
    for name in ("place", "origin", "destination"):
        place: Place | None = getattr(event, name)
        if place is None:
            continue
        if place.precision in (Precision.LOCALITY, Precision.FACILITY):
            yield Breach(_RULE, f"/{name}/precision", "can't be more precise than a city while the case is open or its outcome unknown")
        if place.coordinates is not None:
            yield Breach(_RULE, f"/{name}/coordinates", "can't be given while the case is open or its outcome unknown")
    youngest = event.date and (event.date.latest or event.date.earliest)
    if youngest and youngest > (checked.today - _YOUNGEST_EVENT).isoformat() and not _has_official_source(checked):
        yield Breach(_RULE, "/date", "is less than 90 days ago, and the event cites no source of a state or an intergovernmental body")


def whereabouts_in_texts(checked: Checked) -> Iterator[Breach]:
    """Rule 3, of texts: no coordinates, streets, cells or facilities, and no recent days without an official source."""
    if not checked.cases.exposed:
        return
    is_official = _has_official_source(checked)
    for text in checked.texts:
        message = "says {what}, while the case is open or part of its outcome unknown"
        yield from finding.breaches(_RULE, text, whereabouts.whereabouts, message)
        if text.kind is not Kind.ADDRESS and not is_official:
            yield from finding.breaches(
                _RULE,
                text,
                lambda words: whereabouts.recent_days(words, checked.today),
                "says {what}, which is less than 90 days ago, and cites no source of a state or an intergovernmental body",
            )


def _has_official_source(checked: Checked) -> bool:
    own = [publisher_kind(checked.others, checked.path)] if checked.path.startswith("sources/") else []
    return any(kind in _OFFICIAL for kind in (*own, *(publisher_kind(checked.others, one.source) for one in checked.resource.citations)))
