"""The package's bill of materials, as CycloneDX 1.6 in JSON. The same package gives the same bytes.

Therefore it leaves out the serial number and the time, which are optional in the format.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from workbench.deploying.installing import Package
from workbench.terminal import Refused

# SPDX licences of packages whose metadata have none. dateutil says: "The above BSD License Applies to all code".
LICENCES = {"aws-xray-sdk": "Apache-2.0", "python-dateutil": "BSD-3-Clause", "s3transfer": "Apache-2.0"}
_EXPRESSION = re.compile(r"[(]*[A-Za-z0-9.+-]+[)]*( (AND|OR|WITH) [(]*[A-Za-z0-9.+-]+[)]*)*")


def document(name: str, version: str, digest: str, packages: Sequence[Package], bytecode: str | None) -> str:
    """Return the bill of materials of a package with this SHA-256; `bytecode` is the version of the Python that compiled it.

    Raises Refused for a package without an SPDX licence.
    """
    itself = {
        "type": "application",
        "bom-ref": f"{name}@{version}",
        "name": name,
        "version": version,
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "licenses": [_licence("Apache-2.0")],
    }
    compiled = {"properties": [{"name": f"{name}:bytecode", "value": f"CPython {bytecode}"}]} if bytecode else {}
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": itself, **compiled},
        "components": [_component(package) for package in packages],
    }
    return json.dumps(bill, indent=2, ensure_ascii=False) + "\n"


def _component(package: Package) -> dict[str, Any]:
    purl = f"pkg:pypi/{package.name}@{package.version}"
    licence = LICENCES.get(package.name, package.licence)
    if not _EXPRESSION.fullmatch(licence):
        raise Refused(f"the metadata of {package.name} have no SPDX licence: add it to LICENCES in deploying/sbom.py")
    return {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "hashes": [{"alg": "SHA-256", "content": package.digest}],
        "licenses": [_licence(licence)],
        "purl": purl,
    }


def _licence(licence: str) -> dict[str, Any]:
    if " " in licence:
        return {"expression": licence, "acknowledgement": "declared"}
    return {"license": {"id": licence, "acknowledgement": "declared"}}
