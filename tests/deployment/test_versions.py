"""One version after another on the same stage: CloudFront's cache is cleared, and each version is tested with its own specification."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.deployment.emulator import REGION, Checkout, Cloud, checkout
from tests.e2e.commands import edit
from tests.gateway import Gateway
from workbench.deploying.smoke import Door, ask

STAGE = "versions"
DEPLOY = ("deploy", "--stage", STAGE)
BUILT = ("--package", "dist/article33.zip")  # the package of the first deployment
SPECIFICATION = "schemas/published/v1/openapi.json"


@pytest.fixture(scope="module")
def digest(package: Path, house: Checkout) -> str:
    """The first digits of the SHA-256 of a stage's first package."""
    shutil.copytree(package.parent, house.root / "dist")
    said = house.done(*DEPLOY, *BUILT, "--region", REGION, "--set", "Architecture=x86_64")
    house.done("publish", "--stage", STAGE, "--first", "-m", "A release of a test")
    (found,) = re.findall(r"package ([0-9a-f]{16}) is at", said)
    return str(found)


@pytest.fixture
def later(digest: str, house: Checkout, cloud: Cloud, tmp_path: Path) -> Checkout:
    """A checkout of a later version with another specification."""
    assert digest
    other = checkout(tmp_path / "house", cloud)
    edit(other.root / SPECIFICATION, '"title": "Article 33"', '"title": "Article 33, later"')
    shutil.copytree(house.root / "dist", other.root / "dist")
    return other


def invalidations(cloud: Cloud) -> list[str]:
    """Return the invalidated paths, one for each invalidation."""
    client = cloud.client("cloudfront")
    distribution = cloud.outputs(f"article33-{STAGE}")["DistributionId"]
    listed = client.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
    orders = [client.get_invalidation(DistributionId=distribution, Id=row["Id"])["Invalidation"]["InvalidationBatch"] for row in listed]
    return [path for order in orders for path in order["Paths"]["Items"]]


def title(cloud: Cloud) -> str:
    """Return the title in the specification that the API behind CloudFront serves."""
    outputs = cloud.outputs(f"article33-{STAGE}")
    variables = cloud.client("lambda").get_function_configuration(FunctionName=outputs["FunctionName"], Qualifier="live")["Environment"]
    proof = variables["Variables"]["ARTICLE33_ORIGIN_SECRETS"].split()[0]
    gateway = Gateway(cloud.endpoint, REGION, f"{outputs['ApiId']}.execute-api.localhost:{cloud.port}", outputs["RecordTableName"], proof)
    answer = ask(Door(cloud.endpoint, {"Host": gateway.host, "X-Article33-Origin": proof}), "/v1/openapi.json")
    return str(json.loads(answer.body)["info"]["title"])


def test_the_edge_forgets_what_a_version_answered_when_the_next_one_comes(
    digest: str, house: Checkout, later: Checkout, cloud: Cloud
) -> None:
    """The cache is cleared by an update only. An earlier version, restored by its digest, keeps its own specification."""
    assert (title(cloud), invalidations(cloud)) == ("Article 33", [])
    house.done(*DEPLOY, *BUILT)
    assert invalidations(cloud) == []
    said = later.done(*DEPLOY)
    assert "CloudFront's cache is being cleared" in said
    assert (title(cloud), invalidations(cloud)) == ("Article 33, later", ["/*"])
    later.done(*DEPLOY, "--package", digest)
    assert (title(cloud), invalidations(cloud)) == ("Article 33", ["/*", "/*"])


def test_a_version_that_comes_back_is_not_held_to_the_next_ones_specification(later: Checkout, cloud: Cloud) -> None:
    """A later version that is broken is rolled back, and the previous one passes the smoke test with its own specification."""
    before = len(invalidations(cloud))
    with (later.root / "src/handlers/resources.py").open("a", encoding="utf-8") as source:
        source.write("\nResources.page = lambda *_: 1 / 0\n")
    ran = later.article33(*DEPLOY)
    assert ran.code == 1
    assert "answered 500 internal" in ran.err
    assert "was restored, and it passes" in ran.err
    assert (title(cloud), len(invalidations(cloud))) == ("Article 33", before + 2)


def test_another_specification_than_the_checkouts_is_found_out(digest: str, house: Checkout, later: Checkout, cloud: Cloud) -> None:
    """A package that was not built from this checkout is rolled back if it serves another specification."""
    assert digest
    ran = later.article33(*DEPLOY, *BUILT, "--set", "Memory=640")
    assert ran.code == 1
    assert "/v1/openapi.json differs from the one in this checkout" in ran.err
    assert "was restored, and it passes" in ran.err
    assert "is up to date" in house.done(*DEPLOY, *BUILT)
    assert title(cloud) == "Article 33"
