"""Ids over several releases: withdrawn, renamed, merged and restored, compared with a plain model."""

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from record.errors import MissingDocuments
from record.model import ChangeKind
from record.writing.comparing import Difference
from schemas.v1.vocabulary import Reason
from tests.conftest import World
from tests.contract.asking import ask, ids, path_of, rows
from tests.contract.editing import DAY
from tests.contract.leading import GONE, HERE, NOT_YET, leads
from tests.contract.verified import wrong_in
from tests.record.memory import memory_world
from tests.unit.builders import CASE as SMALL_CASE
from tests.unit.builders import EVERYTHING, INSTRUMENT, PAPER, SOURCE, STATE, Fields, fields, write_record
from workbench import departing
from workbench.planning import Planned, planned_changes, published_contents
from workbench.staging import Staging


@pytest.fixture
def fresh() -> World:
    """An empty record in memory."""
    return memory_world()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """One resource of each type, and two more instruments."""
    return write_record(tmp_path / "small", {path: fields(INSTRUMENT) for path in (FIRST, SECOND)})


FIRST, SECOND = "instruments/first", "instruments/second"
GONE_FIRST: Fields = {"gone": {"how": "withdrawn", "reason": "error"}}
MERGED_FIRST: Fields = {"gone": {"how": "merged", "to": SECOND, "reason": "duplicate"}}


def declare(seed: Path, path: str, written: Fields) -> None:
    """Replace a file by a declaration or a resource."""
    (seed / f"{path}.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")


def planned(world: World, *roots: Path, lines: Iterable[Fields] = ()) -> list[Planned]:
    """Return what a publish of directories, or of a stream, would change."""
    with staged(world, roots, lines) as staging:
        return list(planned_changes(world.store, staging))


def publish_lines(world: World, *lines: Fields) -> int | None:
    """Check and publish a stream; return the release's number, None where nothing changed."""
    with staged(world, (), lines) as staging:
        release = world.publisher().publish(staging, "")
    return release.number if release else None


@contextmanager
def staged(world: World, roots: Iterable[Path], lines: Iterable[Fields]) -> Iterator[Staging]:
    """Yield a staging of a record without problems."""
    with Staging() as staging:
        if not roots:
            staging.add_published(published_contents(world.store))
        stream = io.StringIO("".join(f"{json.dumps(line)}\n" for line in lines))
        assert [*staging.add([*roots, *([] if roots else [stream])]), *staging.check(world.clock.datetime().date())] == []
        yield staging


@pytest.mark.parametrize("declaration", [GONE_FIRST, MERGED_FIRST], ids=["withdrawn", "merged"])
def test_an_id_is_never_used_up_and_never_forgotten(declaration: Fields, fresh: World, small: Path) -> None:
    """In each release there must be the resource's file or its declaration."""
    assert fresh.publish_files(small) == 1
    for release, written in ((2, declaration), (3, fields(INSTRUMENT)), (4, declaration)):
        (small / f"{FIRST}.yaml").unlink()
        assert [(plan.difference, plan.path) for plan in planned(fresh, small)] == [(Difference.MISSING, FIRST)]
        with pytest.raises(MissingDocuments) as refused:
            fresh.publish_files(small)
        assert refused.value.paths == (FIRST,)
        declare(small, FIRST, written)
        assert fresh.publish_files(small) == release
        assert fresh.publish_files(small) is None
    told = [(row["number"], row["state"]) for row in rows(fresh.api(), f"{path_of(FIRST)}/revisions")]
    gone = declaration["gone"]
    assert isinstance(gone, dict)
    assert told == [(4, gone["how"]), (3, "live"), (2, gone["how"]), (1, "live")]


def test_what_went_away_may_go_another_way(fresh: World, small: Path) -> None:
    """Withdrawn, then merged, then for another reason: each is a revision with its own kind in the feed."""
    declare(small, FIRST, GONE_FIRST)
    assert fresh.publish_files(small) == 1
    declare(small, FIRST, MERGED_FIRST)
    assert [(plan.kind, plan.target, plan.reason) for plan in planned(fresh, small)] == [(ChangeKind.MERGED, SECOND, "duplicate")]
    assert fresh.publish_files(small) == 2
    declare(small, FIRST, {"gone": {"how": "withdrawn", "reason": "rights"}})
    assert fresh.publish_files(small) == 3
    client = fresh.api()
    assert [(row["kind"], row["reason"], row["target"]) for row in rows(client, "/v1/changes?limit=100") if row["path"] == FIRST] == [
        ("withdrawn", "error", None),
        ("merged", "duplicate", SECOND),
        ("withdrawn", "rights", None),
    ]
    assert [leads(client, FIRST, f"release={release}") for release in (1, 2, 3)] == [GONE, SECOND, GONE]


def test_a_first_release_with_declarations(fresh: World, small: Path) -> None:
    """A record published anew from its source answers 410 and 308 from its first release on."""
    third, fourth = "instruments/third", "instruments/fourth"
    declare(small, FIRST, MERGED_FIRST)
    declare(small, third, {"gone": {"how": "renamed", "to": FIRST, "reason": "better-id"}})
    declare(small, fourth, GONE_FIRST)
    kinds = {plan.path: (plan.kind, plan.target, plan.reason) for plan in planned(fresh, small)}
    assert kinds[FIRST] == (ChangeKind.MERGED, SECOND, "duplicate")
    assert kinds[third] == (ChangeKind.RENAMED, SECOND, "better-id")
    assert kinds[fourth] == (ChangeKind.WITHDRAWN, None, "error")
    assert kinds[SECOND] == (ChangeKind.CREATED, None, None)
    assert fresh.publish_files(small) == 1
    client = fresh.api()
    assert [leads(client, path) for path in (FIRST, SECOND, third, fourth)] == [SECOND, HERE, SECOND, GONE]
    assert ask(client, "/v1").json["collections"]["instruments"]["total"] == 2
    assert ask(client, "/v1/releases/1").json["changes"] == {"created": len(EVERYTHING) + 1, "merged": 1, "renamed": 1, "withdrawn": 1}
    assert [row["number"] for row in rows(client, f"{path_of(fourth)}/revisions")] == [1]


def test_a_collection_of_which_all_went_away(fresh: World, small: Path) -> None:
    """It is an empty list with a total of 0, and the next publish still knows what was in it."""
    paths = (FIRST, SECOND, INSTRUMENT)
    for path in paths:
        declare(small, path, GONE_FIRST)
    assert fresh.publish_files(small) == 1
    client = fresh.api()
    assert ask(client, "/v1/instruments").json["page"]["total"] == 0
    assert ask(client, "/v1").json["collections"]["instruments"]["total"] == 0
    (small / f"{FIRST}.yaml").unlink()
    with pytest.raises(MissingDocuments):
        fresh.publish_files(small)
    declare(small, FIRST, fields(INSTRUMENT))
    assert [(plan.kind, plan.path) for plan in planned(fresh, small)] == [(ChangeKind.RESTORED, FIRST)]
    assert fresh.publish_files(small) == 2
    assert ids(fresh.api(), "/v1/instruments") == [FIRST]


def test_a_rename_is_taken_back_by_another(fresh: World, small: Path) -> None:
    """The first id exists again, the second redirects to it, and there is no circle."""
    assert fresh.publish_files(small) == 1
    departing.rename(small, FIRST, "instruments/third", Reason.BETTER_ID)
    assert fresh.publish_files(small) == 2
    declare(small, FIRST, fields(INSTRUMENT))
    declare(small, "instruments/third", {"gone": {"how": "renamed", "to": FIRST, "reason": "error"}})
    assert {plan.path: (plan.kind, plan.target) for plan in planned(fresh, small)} == {
        FIRST: (ChangeKind.RESTORED, None),
        "instruments/third": (ChangeKind.RENAMED, FIRST),
    }
    assert fresh.publish_files(small) == 3
    client = fresh.api()
    assert [leads(client, path) for path in (FIRST, "instruments/third")] == [HERE, FIRST]
    assert ask(client, f"{path_of(FIRST)}/revisions/2").headers["location"] == path_of(FIRST)


def test_a_merge_into_what_was_withdrawn_later_ends_in_its_410(fresh: World, small: Path) -> None:
    """One redirect to the target, whose 410 has the reason."""
    declare(small, FIRST, MERGED_FIRST)
    assert fresh.publish_files(small) == 1
    declare(small, SECOND, {"gone": {"how": "withdrawn", "reason": "rights"}})
    assert [plan.path for plan in planned(fresh, small)] == [SECOND]
    assert fresh.publish_files(small) == 2
    client = fresh.api()
    assert [leads(client, FIRST), leads(client, SECOND)] == [SECOND, GONE]


def test_a_stream_keeps_withdraws_and_restores(fresh: World, small: Path) -> None:
    """What it does not name stays as it is, departed or not; what it declares departs; what it brings comes back."""
    declare(small, FIRST, MERGED_FIRST)
    assert fresh.publish_files(small) == 1
    third: Fields = {"id": "instruments/third", **fields(INSTRUMENT)}
    assert publish_lines(fresh, third) == 2
    assert publish_lines(fresh, third) is None
    lines: list[Fields] = [{"id": FIRST, **fields(INSTRUMENT)}, {"id": SECOND, **GONE_FIRST}]
    assert [(plan.path, plan.kind, plan.reason) for plan in planned(fresh, lines=lines)] == [
        (FIRST, ChangeKind.RESTORED, None),
        (SECOND, ChangeKind.WITHDRAWN, "error"),
    ]
    assert publish_lines(fresh, *lines) == 3
    moved: Fields = {"id": "instruments/third", "gone": {"how": "renamed", "to": FIRST, "reason": "better-id"}}
    assert publish_lines(fresh, moved) == 4
    client = fresh.api()
    paths = (FIRST, SECOND, "instruments/third")
    assert [[leads(client, path, f"release={release}") for path in paths] for release in (1, 2, 3, 4)] == [
        [SECOND, HERE, NOT_YET],
        [SECOND, HERE, HERE],
        [HERE, GONE, HERE],
        [HERE, GONE, FIRST],
    ]
    for path in (SECOND, "instruments/third"):
        declare(small, path, GONE_FIRST if path == SECOND else {"gone": moved["gone"]})
    declare(small, FIRST, fields(INSTRUMENT))
    assert fresh.publish_files(small) is None


def test_a_stream_is_refused_where_what_is_published_names_what_it_withdraws(fresh: World, small: Path) -> None:
    """The case that names the state is not in the stream, so its reference would lead nowhere."""
    assert fresh.publish_files(small) == 1
    with pytest.raises(AssertionError, match="reference-to-departed"):
        publish_lines(fresh, {"id": STATE, **GONE_FIRST})
    assert publish_lines(fresh, {"id": STATE, "gone": {"how": "withdrawn", "reason": "error", "still_named_by": [SMALL_CASE]}}) == 2
    client = fresh.api()
    assert leads(client, STATE) == GONE
    assert ask(client, f"/v1/{SMALL_CASE}?fields=states").json["states"][0]["actor"] == STATE
    assert publish_lines(fresh, {"id": FIRST, **fields(INSTRUMENT, {"summary": {"en": "Changed."}})}) == 3


# Sequences of changes that a maintainer may make to a few resources, compared with a plain model of where each id leads.
NAMES = tuple(f"instruments/{name}" for name in "abcde")
ACTS = st.one_of(
    st.tuples(st.just("withdraw"), st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(Reason)),
    st.tuples(
        st.sampled_from(["rename", "merge", "merge", "undo"]), st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(Reason)
    ),
    st.tuples(st.just("publish"), st.just(""), st.just(""), st.just(Reason.ERROR)),
)


@dataclass
class Model:
    """Where each id leads: None if it exists, else how it departed, the target and the reason; and the same at each release."""

    gone: dict[str, tuple[str, str | None, str] | None] = field(default_factory=lambda: {NAMES[0]: None, NAMES[1]: None})
    releases: list[dict[str, tuple[str, str | None, str] | None]] = field(default_factory=list)

    def act(self, seed: Path, what: str, path: str, to: str, reason: Reason) -> None:
        """Change the files and the model in the same way, if the change makes sense."""
        live = [name for name, how in self.gone.items() if how is None]
        if what == "undo":
            # An id that never existed is created; a departed one is restored.
            declare(seed, path, fields(INSTRUMENT))
            self.gone[path] = None
        elif path in live and what == "withdraw":
            departing.withdraw(seed, path, reason)
            self.gone[path] = ("withdrawn", None, str(reason))
        elif path in live and what == "rename" and to not in self.gone:
            departing.rename(seed, path, to, reason)
            self.gone[path], self.gone[to] = ("renamed", to, str(reason)), None
        elif path in live and what == "merge" and to in live and to != path:
            departing.merge(seed, path, to, reason)
            self.gone[path] = ("merged", to, str(reason))

    def ends(self) -> dict[str, tuple[str, str | None, str] | None]:
        """Return where each id leads in the end."""
        found = dict(self.gone)
        for path, how in self.gone.items():
            if how is not None and how[1] is not None:
                end = how[1]
                while (following := self.gone[end]) is not None and following[1] is not None:
                    end = following[1]
                found[path] = (how[0], end, how[2])
        return found

    def published(self) -> bool:
        """Note a release; return whether it changed anything."""
        ends = self.ends()
        if self.releases and self.releases[-1] == ends:
            return False
        self.releases.append(ends)
        return True

    def history(self, path: str) -> Iterator[tuple[str, str | None, str | None]]:
        """Yield the state, reason and target of each of its revisions, oldest first."""
        unknown = ("unknown", None, "")
        before: tuple[str, str | None, str] | None = unknown
        for ends in self.releases:
            now = ends.get(path, unknown)
            if now != before:
                yield ("live", None, None) if now is None else (now[0], now[2], now[1])
            before = now


@settings(max_examples=8)
@given(st.lists(ACTS, min_size=8, max_size=20))
def test_every_id_leads_where_a_plain_model_says(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, str, str, Reason]]
) -> None:
    """After any sequence of changes: at every release, with at most one redirect, and as the history tells it."""
    world, model = memory_world(), Model()
    seed = tmp_path_factory.mktemp("model")
    write_record(
        seed,
        {**dict.fromkeys(EVERYTHING), SOURCE: fields(SOURCE), PAPER: fields(PAPER), **{path: fields(INSTRUMENT) for path in model.gone}},
    )
    for what, path, to, reason in [*acts, ("publish", "", "", Reason.ERROR)]:
        if what == "publish":
            expected = len(model.releases) if model.published() else None
            number = world.publish_files(seed)
            assert number == expected
            world.clock.advance(DAY / 48)
        else:
            model.act(seed, what, path, to, reason)
    client = world.api()
    for number, ends in enumerate(model.releases, 1):
        for path in NAMES:
            how = ends.get(path, ("unknown", None, ""))
            wanted = HERE if how is None else NOT_YET if how[0] == "unknown" else how[1] or GONE
            assert leads(client, path, f"release={number}") == wanted
        assert sorted(ids(client, f"/v1/instruments?release={number}")) == sorted(path for path, how in ends.items() if how is None)
    for path in model.gone:
        if any(path in ends for ends in model.releases):
            told = rows(client, f"{path_of(path)}/revisions")
            assert [(row["state"], row["reason"], row["target"]) for row in reversed(told)] == list(model.history(path))
            assert [row["number"] for row in reversed(told)] == list(range(1, len(told) + 1))
    assert wrong_in(world.store) == []
