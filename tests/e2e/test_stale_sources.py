"""A source that is out of date is refused: two maintainers, each with a checkout of their own."""

import json
from pathlib import Path

import pytest

from record.model import Origin, Source
from record.store import Store
from record.writing.leasing import Patience
from schemas.pointers import Json
from tests.conftest import World
from tests.e2e.checkouts import clone, commit, git
from tests.e2e.commands import Run
from tests.unit.builders import CASE, EVENT, INSTRUMENT, PAPER, STATE, Fields, fields, write_record
from workbench.commands.targets import publisher_of
from workbench.planning import current
from workbench.staging import Staging

PUBLISHED = "Nothing was published"


class Checkouts:
    """Two checkouts of one repository, and the command."""

    def __init__(self, run: Run, directory: Path) -> None:
        """Publish release 1 from the first one, and clone it."""
        self.run = run
        self.here = directory / "here"
        write_record(self.here / "seed", {})
        commit(self.here)
        assert run("publish", str(self.here / "seed")).code == 0
        self.there = clone(self.here, directory / "there")

    def edit(self, checkout: Path, path: str, **changes: Json) -> None:
        """Change a resource, without a commit."""
        write(checkout, path, {**fields(path), **changes})

    def publish(self, checkout: Path, *options: str) -> int:
        """Commit and publish; return the exit code."""
        commit(checkout)
        return self.run("publish", str(checkout / "seed"), *options).code


def write(checkout: Path, path: str, of: Fields) -> None:
    """Write the file of one resource."""
    written = write_record(checkout.parent / "written", {path: of})
    (checkout / f"seed/{path}.yaml").write_bytes((written / f"{path}.yaml").read_bytes())


@pytest.fixture
def two(run: Run, tmp_path: Path) -> Checkouts:
    """Two checkouts at release 1."""
    return Checkouts(run, tmp_path)


def test_the_second_of_two_checkouts_is_told_what_it_would_undo(two: Checkouts, world: World) -> None:
    """Each has one change. The second publish undoes nothing unless it says so, and a pull is enough."""
    two.edit(two.there, PAPER, name={"en": "Another name"})
    assert two.publish(two.there) == 0
    first = git(two.there, "rev-parse", "HEAD")
    two.edit(two.here, STATE, name={"en": "A state"})
    commit(two.here)
    for command in ("plan", "publish"):
        refused = two.run(command, str(two.here / "seed"))
        assert refused.code == 1
        assert (refused.out if command == "plan" else refused.err).splitlines()[2 if command == "plan" else 0 :][:3] == [
            "A publish would undo 1 change that later releases than 1 made:",
            f"- {PAPER}: release 2 changed this, and the source has the old value",
            "    /name/en: Another name -> A name",
        ]
        last = refused.err.splitlines()[-1]
        assert f"release, 2, was published from commit {first[:12]}, which this checkout (commit " in last
        assert "does not know; it would undo 1 change that releases after 1 made. Update the source" in last
        assert last.endswith("--from-release 2" + (f". {PUBLISHED}" if command == "publish" else ""))
    assert two.run("publish", str(two.here / "seed"), "--from-release", "1").code == 1
    git(two.here, "pull", "--quiet", "--no-rebase", "--no-edit", two.there.as_uri())
    done = two.run("publish", str(two.here / "seed"))
    assert (done.code, done.out.splitlines()[-1]) == (0, f"Published from commit {git(two.here, 'rev-parse', 'HEAD')}.")
    _, release = current(world.store)
    assert release is not None
    assert release.origin.source == Source(git(two.here, "rev-parse", "HEAD"), modified=False)


@pytest.mark.parametrize(
    ("there", "here", "undone"),
    [
        ({"name": {"en": "B"}}, {"name": {"en": "C"}}, [("/name/en", "conflict")]),
        ({"name": {"en": "B"}}, {"name": {"en": "B", "vi": "C"}}, []),
        ({"name": {"en": "B", "vi": "C"}}, {}, [("/name/en", "undone"), ("/name/vi", "undone")]),
        ({"same_as": ["https://a.example/"]}, {"same_as": ["https://b.example/"]}, [("/same_as/0", "undone")]),
        ({"same_as": ["https://a.example/"]}, {"same_as": ["https://b.example/", "https://a.example/"]}, []),
        (
            {"identifiers": [{"scheme": "x", "value": "1"}]},
            {"identifiers": [{"scheme": "x", "value": "2"}]},
            [("/identifiers/0/value", "conflict")],
        ),
        ({"citations": [{"source": "sources/another-source"}]}, {}, [("/citations/0", "undone"), ("/citations/0", "undone")]),
    ],
)
def test_changes_are_compared_by_field_and_by_item(there: Fields, here: Fields, undone: list[tuple[str, str]], two: Checkouts) -> None:
    """A change is undone if the source still has the old value, and in conflict if it has a third one. Other changes don't count."""
    two.edit(two.there, PAPER, **there)
    assert two.publish(two.there) == 0
    two.edit(two.here, PAPER, **here)
    two.edit(two.here, STATE, name={"en": "Of this checkout"})
    commit(two.here)
    planned = two.run("plan", str(two.here / "seed"), "--json")
    review = json.loads(planned.out)
    assert (planned.code, review["base"]) == (1, 1)
    assert [(one["field"], one["how"]) for one in review["undone"]] == undone
    named = two.run("publish", str(two.here / "seed"), "--from-release", "1")
    assert named.code == (1 if undone else 0)
    if not undone:
        assert review["prevents"][0].endswith("would be undone. To publish it: --from-release 1")


def test_a_resource_that_was_withdrawn_or_created_meanwhile_is_named(two: Checkouts) -> None:
    """An old checkout would restore what was withdrawn. It has no file for what was created."""
    at = ("--seed", str(two.there / "seed"))
    assert two.run("withdraw", INSTRUMENT, "--reason", "risk", *at).code == 0
    write(two.there, "actors/new", fields(PAPER))
    assert two.publish(two.there) == 0
    planned = two.run("plan", str(two.here / "seed"))
    assert planned.code == 1
    assert "- actors/new: release 2 created it, and it has no source file\n" in planned.out
    assert f"- {INSTRUMENT}: release 2 declared it withdrawn, and the source has it as before\n" in planned.out


def test_a_redaction_in_between_is_not_undone(two: Checkouts, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps the commit. What it removed is the redaction guard's concern, and is not counted or shown twice."""
    monkeypatch.setattr("record.store.Store.wait", lambda _store, _seconds: None)
    text = "A text to remove, in many words."
    two.edit(two.there, EVENT, summary={"en": text}, name={"en": "Another name"})
    assert two.publish(two.there) == 0
    redacted = two.run("redact", EVENT, "--field", "/summary/en", "--reason", "risk", "--seed", str(two.there / "seed"), "--yes")
    assert redacted.code == 0
    planned = two.run("plan", str(two.there / "seed"))
    assert (planned.code, "would put back what was redacted" in planned.err, "undo" in planned.out) == (1, True, False)
    two.edit(two.here, EVENT, summary={"en": text}, name={"en": "A third name"})
    commit(two.here)
    for command in ("plan", "publish"):
        refused = two.run(command, str(two.here / "seed"))
        assert (refused.code, text in refused.out + refused.err) == (1, False)
        assert "overwrite 1 change" in refused.err
        assert "would put back what was redacted" in refused.err
    write(two.there, EVENT, fields(EVENT))
    assert two.publish(two.there) == 0


def test_a_directory_without_a_commit_is_refused_where_the_record_has_one(two: Checkouts, tmp_path: Path, world: World) -> None:
    """A copy of the directory is not a checkout. With --from-release it is accepted, and keeps the commit as modified."""
    copy = write_record(tmp_path / "copy", {CASE: {**fields(CASE), "custody": "denied"}})
    refused = two.run("publish", str(copy))
    assert refused.code == 1
    assert f"but {copy} is not in a git checkout. No release was published from a commit that this source has" in refused.err
    assert two.run("publish", str(copy), "--from-release", "1").code == 0
    _, release = current(world.store)
    assert release is not None
    assert release.origin.source == Source(git(two.here, "rev-parse", "HEAD"), modified=True)
    assert two.run("publish", str(copy), "--from-release", "3").code == 2
    # The checkout contains the commit, but not the change that no commit has.
    planned = two.run("plan", str(two.here / "seed"))
    assert planned.code == 1
    assert "    /custody: denied -> unknown\n" in planned.out
    two.edit(two.here, CASE, custody="denied")
    assert two.publish(two.here) == 0


def test_a_stream_starts_from_the_current_release(two: Checkouts, tmp_path: Path, world: World) -> None:
    """It is accepted, and its release keeps the commit as modified. With --from-release, what it overwrites is compared."""
    stream = tmp_path / "more.ndjson"
    stream.write_text(json.dumps({"id": PAPER, **fields(PAPER, {"name": {"en": "From a stream"}})}), encoding="utf-8")
    assert two.run("publish", str(stream)).code == 0
    _, release = current(world.store)
    assert release is not None
    assert release.origin.source == Source(git(two.here, "rev-parse", "HEAD"), modified=True)
    stream.write_text(json.dumps({"id": PAPER, **fields(PAPER)}), encoding="utf-8")
    assert "undo 1 change" in two.run("publish", str(stream), "--from-release", "1").err
    assert two.run("plan", str(stream)).code == 0


def test_uncommitted_changes_are_published_with_a_warning(two: Checkouts, world: World) -> None:
    """The release keeps the commit, and that its source was modified."""
    two.edit(two.here, PAPER, name={"en": "Not committed"})
    done = two.run("publish", str(two.here / "seed"))
    assert done.code == 0
    assert "warning: the source has uncommitted changes: the release keeps the commit" in done.err
    _, release = current(world.store)
    assert release is not None
    assert release.origin.source == Source(git(two.here, "rev-parse", "HEAD"), modified=True)


def test_a_shallow_clone_is_told_to_get_its_history(two: Checkouts, tmp_path: Path) -> None:
    """As CI systems make one. It says how."""
    commit(two.here)
    shallow = clone(two.here, tmp_path / "shallow", "--depth=1")
    refused = two.run("publish", str(shallow / "seed"))
    assert refused.code == 1
    assert "run git fetch --unshallow (on GitHub: fetch-depth: 0)" in refused.err


@pytest.mark.parametrize("source", ["directory", "stream"])
def test_a_release_between_the_check_and_the_lease_is_seen(
    source: str, two: Checkouts, tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two maintainers publish at once, and both were checked before either got the lease. The second is refused, and nothing is undone."""
    two.edit(two.there, PAPER, name={"en": "Another name"})
    two.edit(two.here, STATE, name={"en": "A state"})
    stream = tmp_path / "more.ndjson"
    stream.write_text(json.dumps({"id": STATE, **fields(STATE, {"name": {"en": "A state"}})}), encoding="utf-8")

    def meanwhile(store: Store, patience: Patience) -> object:
        world.publish_files(two.there / "seed")
        return publisher_of(store, patience)

    with monkeypatch.context() as patched:
        patched.setattr("workbench.commands.releases.publisher_of", meanwhile)
        refused = two.run("publish", str(two.here / "seed" if source == "directory" else stream))
    assert refused.code == 1
    assert refused.err.splitlines()[-1].endswith("release 2 was published in the meantime. Nothing was published; run the command again")
    _, release = current(world.store)
    assert release is not None
    assert release.number == 2


def test_a_checkout_that_contains_the_release_in_between_is_published(
    two: Checkouts, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for another publish, whose commit it contains. A checkout that does not contain it is refused."""
    two.edit(two.there, PAPER, name={"en": "Another name"})
    earlier = commit(two.there)
    git(two.here, "pull", "--quiet", "--ff-only", two.there.as_uri())
    two.edit(two.here, STATE, name={"en": "A state"})
    commit(two.here)
    two.edit(two.there, STATE, name={"en": "Another state"})

    def publishing(checkout: Path, commit_of: str) -> int:
        def meanwhile(store: Store, patience: Patience) -> object:
            with Staging() as staging:
                staging.add([checkout / "seed"])
                world.publisher().publish(staging, "Meanwhile", origin=Origin(Source(commit_of, modified=False)))
            return publisher_of(store, patience)

        with monkeypatch.context() as patched:
            patched.setattr("workbench.commands.releases.publisher_of", meanwhile)
            return two.run("publish", str(two.here / "seed")).code

    git(two.there, "stash", "--quiet")
    assert publishing(two.there, earlier) == 0
    assert two.run("plan", str(two.here / "seed")).out.endswith("Nothing would change, so no release would be created.\n")
    git(two.there, "stash", "pop", "--quiet")
    later = commit(two.there)
    two.edit(two.here, CASE, custody="denied")
    commit(two.here)
    assert publishing(two.there, later) == 1
