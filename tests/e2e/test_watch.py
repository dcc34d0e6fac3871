"""The function that measures the record: its figures, and their format for CloudWatch."""

import datetime
import json
from pathlib import Path

from handlers.watch import measure
from record.writing.reviewing import note_due
from tests.conftest import SEED, START, World
from tests.e2e.commands import Run, edit
from tests.e2e.seeds import count
from tests.e2e.test_lambda import run as run_alone
from tests.serving import serving
from workbench.staging import Staging

DAY = datetime.timedelta(days=1)


def test_an_empty_record_has_no_figures(world: World) -> None:
    """If nothing was published, there are no figures, and the alarm on missing figures starts."""
    assert measure(world.reading, START) == {}


def test_age_and_overdue_reviews_are_measured(world: World) -> None:
    """The age of the last release in days, and the number of live resources with a review due before today."""
    world.publish_files(SEED)
    with Staging() as staging:
        staging.add([SEED])
        due = staging.due()
        note_due(world.store, due)
        assert sum(due.values()) == len(staging)
    first, last = min(due), max(due)
    overdue = sum(number for day, number in due.items() if day < (START + 3 * DAY).date().isoformat())
    assert measure(world.reading, START + 3 * DAY) == {"RecordAgeDays": 3.0, "OverdueReviews": overdue}
    after_first = datetime.datetime.fromisoformat(f"{first}T00:00:00+00:00") + DAY
    assert measure(world.reading, after_first)["OverdueReviews"] == due[first]
    after_last = datetime.datetime.fromisoformat(f"{last}T00:00:00+00:00") + DAY
    assert measure(world.reading, after_last)["OverdueReviews"] == sum(due.values())


def test_a_publish_notes_when_reviews_are_due(run: Run, seed: Path, world: World) -> None:
    """Each publish stores which reviews are due, even if nothing changed; a changed date counts at once."""
    assert run("publish", str(seed)).code == 0
    now = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)
    everything = measure(world.reading, now)["OverdueReviews"]
    assert everything == count(seed)[0]
    file = seed / "actors/upi.yaml"
    (line,) = [line for line in file.read_text(encoding="utf-8").splitlines() if "due:" in line]
    edit(file, line, line.partition("due:")[0] + 'due: "2300-01-01"' + ("}" if line.rstrip().endswith("}") else ""))
    assert run("publish", str(seed)).code == 0
    assert measure(world.reading, now)["OverdueReviews"] == everything - 1
    note_due(world.store, {})
    assert "Nothing changed" in run("publish", str(seed)).out
    assert measure(world.reading, now)["OverdueReviews"] == everything - 1


def test_the_figures_are_logged_as_cloudwatch_reads_them() -> None:
    """One line in the embedded metric format, with the stage, and nothing about the record."""
    with serving(SEED) as (_, record_port, _):
        variables = {
            "ARTICLE33_TABLE": "article33",
            "ARTICLE33_STAGE": "trial",
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{record_port}",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }
        ran = run_alone("from handlers.watch import lambda_handler; lambda_handler({}, None)", variables)
    (line,) = ran.stdout.splitlines()
    logged = json.loads(line)
    (directive,) = logged["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Article33"
    assert [sorted(names) for names in directive["Dimensions"]] == [["Stage", "service"]]
    assert [metric["Name"] for metric in directive["Metrics"]] == ["RecordAgeDays", "OverdueReviews"]
    assert set(logged) == {"_aws", "Stage", "service", "RecordAgeDays", "OverdueReviews"}
    assert logged["Stage"] == "trial"
