"""Reads a case with the client that openapi-python-client generates from the specification: python read_case.py URL SLUG."""

# mypy: disable-error-code="import-not-found"
# The client is there only while a test runs, which has mypy check this file then.

import json
import sys

from article33 import Client
from article33.api.cases import get_case, list_cases
from article33.models.case import Case
from article33.models.case_page import CasePage
from article33.models.problem import Problem

base, slug = sys.argv[1:]
with Client(base_url=base, raise_on_unexpected_status=True) as client:
    case = get_case.sync(slug, client=client)
    page = list_cases.sync(client=client, limit=1)
    missing = get_case.sync("no-such-case", client=client)
assert isinstance(case, Case), type(case)
assert isinstance(page, CasePage), type(page)
assert isinstance(missing, Problem), type(missing)
assert (page.page.total, page.data[0].id, missing.status) == (1, case.id, 404)
told = {"id": case.id, "name": case.name["en"], "status": case.status.value, "roles": len(case.actors)}
sys.stdout.write(json.dumps(told | {"earliest": str(case.period.earliest)}))
