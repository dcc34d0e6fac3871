"""A sample of the contract tests, run against the deployed package through the gateway, over a record in the deployed table."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.deployment.emulator import REGION, Checkout, Cloud

LEAST = 150  # tests of the sample; there were 167 when this was written


def test_the_contract_holds_through_the_gateway(package: Path, house: Checkout, cloud: Cloud) -> None:
    """Each route, and one case of each contract test over the seed, also passes on the deployed package."""
    house.done("deploy", "--stage", "contract", "--region", REGION, "--package", str(package))
    outputs = cloud.outputs("article33-contract")
    function = cloud.client("lambda").get_function_configuration(FunctionName=outputs["FunctionName"], Qualifier="live")
    gateway = {
        "endpoint": cloud.endpoint,
        "region": REGION,
        "host": f"{outputs['ApiId']}.execute-api.localhost:{cloud.port}",
        "table": outputs["RecordTableName"],
        "proof": function["Environment"]["Variables"]["ARTICLE33_ORIGIN_SECRETS"].split()[0],
    }
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/contract", "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=os.environ | {"ARTICLE33_TEST_GATEWAY": json.dumps(gateway)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2_000:]
    (passed,) = re.findall(r"(\d+) passed", ran.stdout)
    assert int(passed) >= LEAST, ran.stdout[-2_000:]
