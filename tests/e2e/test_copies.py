"""`article33 export` and `restore`, as a maintainer uses them; and the API over a restored table answers as before."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from record import items
from record.store import UNHURRIED, Store
from tests.conftest import SEED, Client, World, once
from tests.contract.asking import COLLECTIONS, CONTRACT, ask, everything, follow, path_of
from tests.contract.editing import ACTOR, NEW, REFILED, SECOND_NAME, edited_seed, renamed, replaced
from tests.e2e.commands import Run
from workbench.templates import table_declaration


@pytest.fixture
def record(world: World, tmp_path: Path) -> World:
    """The seed, and a second release with changed resources and a new one."""

    def publish() -> None:
        assert world.publish_files(SEED, message="One") == 1
        world.clock.advance(86_400)
        edits = {ACTOR: renamed(SECOND_NAME), REFILED: replaced("kind: news-article", "kind: web-page")}
        assert world.publish_files(edited_seed(tmp_path / "edited", edits, {NEW: REFILED}), message="Two") == 2
        world.clock.advance(3600)

    return once("two releases to copy", world, publish)


@pytest.fixture
def restored(world: World) -> World:
    """An empty table to restore into, as a world of its own."""
    world.store.client.create_table(TableName="restored", **table_declaration())
    return World(
        world.clock,
        Store(world.store.client, "restored"),
        Store(world.reading.client, "restored", clock=world.clock, budget=UNHURRIED),
        world.calls,
    )


def targets(client: Client) -> Iterator[str]:
    """Yield targets of every route, at the present and at each release; every page of every list; and some errors."""
    yield from ("/", "/v1", "/v1/health", "/v1/problems", "/v1/nothing", "/v1/events?colour=red", "/v1/events/not-there", "/v1?release=9")
    yield from (f"/v1/problems/{slug}" for slug in CONTRACT.problems)
    yield from (f"/v1/schemas/{collection.singular}.json" for collection in COLLECTIONS.values())
    yield from ("/v1/releases", "/v1/releases/1", "/v1/releases/2", "/v1/releases/3", "/v1/changes", "/v1/changes?since=1", "/v1?release=1")
    for name, collection in COLLECTIONS.items():
        for query in ("limit=7", "limit=100&release=1", "limit=3&as_of=2026-11-23", *(f"sort=-{sort}" for sort in collection.sorts)):
            target: str | None = f"{path_of(name)}?{query}"
            while target is not None:
                yield target
                target = client.get(target).json["page"]["next"]
    for index, path in enumerate(everything(client)):
        at = path_of(path)
        yield from (at, f"{at}?release=1")
        if index % 8 == 0 or path in (ACTOR, NEW, REFILED):
            yield from (f"{at}/revisions", f"{at}/revisions/1", f"{at}/revisions/2")
            yield from (f"{at}/{other}" for other in COLLECTIONS[path.partition("/")[0]].sublists)


def test_restored_table_answers_identically(run: Run, record: World, restored: World, tmp_path: Path) -> None:
    """Status, headers with the ETag, and body of every route are the same at every release, and a stored ETag still matches."""
    assert run("export", "--to", str(tmp_path / "backup")).code == 0
    assert run("restore", str(tmp_path / "backup"), "--table", "restored").code == 0
    before, after = record.api(), restored.api()
    asked = list(targets(before))
    assert len(asked) > 300
    statuses = set()
    for index, target in enumerate(asked):
        one, two = before.get(target), after.get(target)
        assert (one.status, dict(one.headers), one.body) == (two.status, dict(two.headers), two.body), target
        statuses.add(one.status)
        if one.status == 200 and index % 10 == 0:
            assert ask(after, target, {"If-None-Match": one.headers["etag"]}).status == 304, target
    assert statuses >= {200, 400, 404}
    assert [page.body for page in follow(before, "/v1/changes?limit=5")] == [page.body for page in follow(after, "/v1/changes?limit=5")]


def test_commands_say_what_they_did(run: Run, record: World, restored: World, tmp_path: Path) -> None:
    """An export prints releases, items, files, bytes and the last digest. A restore prints the same, verified."""
    digest = record.reader().releases(3, 1)[0].digest
    exported = run("export", "--to", str(tmp_path / "backup"))
    assert (exported.code, exported.err) == (0, "")
    said = re.fullmatch(r"Exported 2 releases: ([\d,]+) items in 1 file, ([\d,]+) bytes\. The digest chain ends in (\w+)\.\n", exported.out)
    assert said
    manifest = json.loads((tmp_path / "backup/manifest.json").read_bytes())
    assert (int(said[1].replace(",", "")), int(said[2].replace(",", ""))) == (manifest["items"], manifest["files"][0]["bytes"])
    assert said[3] == manifest["digest"] == digest
    ended = run("restore", str(tmp_path / "backup"), "--table", restored.store.table)
    assert (ended.code, ended.err) == (0, "")
    first, second, third, last = ended.out.splitlines()
    assert first == f"Restored 2 releases: {said[1]} items from 1 file, exported {manifest['exported_at']}."
    assert second.startswith("2 releases verified.")
    assert third == f"release 2 {digest}"
    assert last == "The digest matches the export's."


def test_what_cannot_be_copied_is_one_clear_line(run: Run, record: World, restored: World, tmp_path: Path) -> None:
    """Every refusal is one line with the place and the reason. The exit code is 1, or 2 for a wrong call."""
    backup = tmp_path / "backup"
    assert run("export", "--to", str(backup)).code == 0
    (tmp_path / "file").write_text("x")
    shutil.copytree(backup, tmp_path / "damaged")
    (tmp_path / "damaged/items-0001.ndjson").write_bytes(b"")
    table = record.store.table
    for arguments, code, said in [
        (["export", "--to", str(backup)], 1, f"{backup} is not empty; export into a new or empty directory"),
        (["export", "--to", str(tmp_path / "file")], 1, f"{tmp_path / 'file'}: Not a directory"),
        (["export", "--to", str(tmp_path / "file/below")], 1, f"{tmp_path / 'file/below'}: Not a directory"),
        (["export", "--to", str(tmp_path / "no/where")], 1, f"{tmp_path / 'no/where'}: No such file or directory"),
        (["export", "--to", str(tmp_path / "new"), "--table", "restored"], 1, "the record in the table restored has no release"),
        (["export", "--to", str(tmp_path / "new"), "--table", "another"], 1, "the table another can't be reached"),
        (["export", "--to", str(tmp_path / "new"), "--table", ""], 2, "choose a record with --stage or ARTICLE33_STAGE"),
        (["export"], 2, "Missing option '--to'"),
        (["restore"], 2, "Missing argument 'DIR'"),
        (["restore", str(backup)], 1, f"the table {table} is not empty"),
        (["restore", str(backup), "--table", "another"], 1, "the table another can't be reached"),
        (["restore", str(tmp_path / "damaged"), "--table", "restored"], 1, "items-0001.ndjson: 0 lines and 0 bytes"),
        (["restore", str(tmp_path / "nowhere"), "--table", "restored"], 1, f"{tmp_path / 'nowhere'} has no manifest.json"),
        (["restore", str(SEED), "--table", "restored"], 1, f"{SEED} has no manifest.json"),
    ]:
        ended = run(*arguments)
        assert ended.code == code, arguments
        assert said in ended.err, arguments
        assert code == 2 or len(ended.err.splitlines()) == 1, arguments
    assert not (tmp_path / "new").exists()
    assert restored.store.client.scan(TableName="restored")["Items"] == []


def test_full_disk_is_one_line_that_names_the_directory(run: Run, record: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system names no file if the disk is full; the command does."""
    assert record.reader().head().release == 2

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    refused = run("export", "--to", str(tmp_path / "backup"))
    assert (refused.code, refused.err) == (1, f"article33: {tmp_path / 'backup'}: No space left on device\n")
    assert not (tmp_path / "backup").exists()


def test_publish_under_way_is_told_by_its_owner(run: Run, record: World, tmp_path: Path) -> None:
    """An export during a publish is refused, with the publisher's name."""
    record.store.update(
        items.key(items.RELEASES, items.CURRENT),
        "SET #owner = :owner, #until = :until",
        ExpressionAttributeNames={"#owner": "owner", "#until": "lease_until"},
        ExpressionAttributeValues={":owner": items.text("someone@somewhere"), ":until": {"N": f"{record.clock() + 60:.3f}"}},
    )
    refused = run("export", "--to", str(tmp_path / "backup"))
    assert refused.code == 1
    assert "another publish by someone@somewhere is in progress" in refused.err
    assert not (tmp_path / "backup").exists()


def test_record_that_was_damaged_before_its_export_does_not_pass(run: Run, record: World, restored: World, tmp_path: Path) -> None:
    """A restore ends with a verification, which reports damage that was in the original already."""
    record.store.update(
        items.key(items.document_pk("actors/upi"), items.stamp(1, 1)),
        "SET #body = :body",
        ExpressionAttributeNames={"#body": "body"},
        ExpressionAttributeValues={":body": items.text('{"id":"x"}')},
    )
    assert run("export", "--to", str(tmp_path / "backup")).code == 0
    refused = run("restore", str(tmp_path / "backup"), "--table", restored.store.table)
    assert refused.code == 1
    assert "release 1 actors/upi: " in refused.err


def test_chain_that_ends_elsewhere_is_refused(
    run: Run, record: World, restored: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If somebody publishes into the restored table before the verification, its last digest differs from the export's."""
    assert run("export", "--to", str(tmp_path / "backup")).code == 0
    monkeypatch.setattr(
        "workbench.commands.copies.verify",
        lambda **_: restored.publish_files(edited_seed(tmp_path / "more", {ACTOR: renamed("B")}, {NEW: REFILED})),
    )
    refused = run("restore", str(tmp_path / "backup"), "--table", restored.store.table)
    assert refused.code == 1
    end = restored.reader().releases(4, 1)[0].digest
    assert f"the digest chain ends in {end}, but the export's ends in {record.reader().releases(3, 1)[0].digest}" in refused.err


@pytest.mark.parametrize("command", ["export", "restore"])
def test_help_says_what_a_command_is_for(run: Run, command: str) -> None:
    """Both commands have a help text."""
    helped = run(command, "--help")
    assert helped.code == 0
    assert f"article33 {command}" in helped.out
