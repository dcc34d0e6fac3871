"""Any sequence of publishes, against a plain model: every release lists and answers what its own documents say."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from record.model import Document, PageRequest
from tests.conftest import World, _world
from tests.record.documents import document, in_order, read_list

SLUGS = [f"n{number}" for number in range(6)]
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "day": st.sampled_from(["2015-10-01", "2015-10-22", "2015-10-22/b", "2016"]),
        "act": st.sampled_from(["arrest", "release"]),
        "case": st.sampled_from(["cases/x", "cases/y"]),
        "text": st.text(st.characters(codec="utf-8"), max_size=5),
    },
)
RELEASES = st.lists(st.dictionaries(st.sampled_from(SLUGS), FIELDS, max_size=4), min_size=1, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RELEASES)
def test_every_release_answers_as_its_own_documents_say(changes: list[dict[str, dict[str, Any]]]) -> None:
    """Whatever was created and updated since, lists at a release are those of its documents, in both directions, and so are totals."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for world in _world(monkeypatch):
            _check(world, changes)


def _check(world: World, changes: list[dict[str, dict[str, Any]]]) -> None:
    current: dict[str, Document] = {}
    releases: list[dict[str, Document]] = []
    for change in changes:
        current = current | {slug: document(slug, **fields) for slug, fields in change.items()}
        if world.publisher().publish(in_order(current.values()), "") is not None:
            releases.append(current)
    for number, documents in enumerate(releases, 1):
        _check_release(world, number, documents)


def _check_release(world: World, number: int, documents: dict[str, Document]) -> None:
    reader = world.reader()
    for name in ["events", *(f"events?{pair}" for pair in ("act=arrest", "act=release", "case=cases/x", "case=cases/y"))]:
        listed = [one for one in documents.values() if name in ("events", *one.lists)]
        for sort in ("id", "day"):
            for descending in (False, True):
                expected = sorted(listed, key=lambda one: ("" if sort == "id" else one.sort_keys["day"], one.path), reverse=descending)
                found = read_list(reader, name, sort, number, limit=2, descending=descending)
                assert found == [one.path for one in expected]
        assert reader.page(PageRequest(name, "id", number, 1)).total == len(listed)
    for slug in SLUGS:
        revision = reader.document(f"events/{slug}", number)
        assert (revision is not None) == (slug in documents)
