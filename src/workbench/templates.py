"""Reads the CloudFormation templates in `infra/`: the table for tests and `serve`, and the parameters of a deployment."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

INFRA = Path(__file__).parents[2] / "infra"
TEMPLATE = INFRA / "template.yaml"
SERVED = "ReadFunction"  # the function that faces the internet, by its name in the template


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a template. `default` is None if it must be set."""

    name: str
    description: str
    default: str | None


def read_template(file: Path) -> dict[str, Any]:
    """Return a template with its short functions (`!Ref x`) in their long JSON form (`{"Ref": "x"}`)."""
    template: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=_TemplateLoader)  # noqa: S506 - a SafeLoader
    return template


def parameters_of(template: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return the parameters that a template declares, by name."""
    declared: Mapping[str, Mapping[str, Any]] = template.get("Parameters", {})
    return {
        name: Parameter(name, row.get("Description", ""), None if "Default" not in row else str(row["Default"]))
        for name, row in declared.items()
    }


def with_code(template: Mapping[str, Any], uri: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Return the template with its functions' code at an address (`s3://bucket/key`) instead of the local package.

    The served function gets a hash of everything it depends on, including the `values` of parameters. A new version is published only
    if the hash changed. SAM itself ignores the values of parameters.
    """
    shared = template["Globals"]
    shared = {**shared, "Function": {**shared["Function"], "CodeUri": uri}}
    served = template["Resources"][SERVED]
    made_of = {name: values.get(name, "") for name in sorted(_references([shared, served]) & template["Parameters"].keys())}
    mark = hashlib.sha256(json.dumps([shared, served, made_of], sort_keys=True).encode()).hexdigest()
    marked = {**served, "Properties": {**served["Properties"], "AutoPublishCodeSha256": mark}}
    return {**template, "Globals": shared, "Resources": {**template["Resources"], SERVED: marked}}


def code_of(template: Mapping[str, Any]) -> str:
    """Return the address of a template's function code."""
    return str(template["Globals"]["Function"]["CodeUri"])


def table_declaration(template: Path = TEMPLATE) -> Mapping[str, Any]:
    """Return the arguments of CreateTable for the table in the template, without its name."""
    properties = read_template(template)["Resources"]["RecordTable"]["Properties"]
    return {name: properties[name] for name in ("BillingMode", "AttributeDefinitions", "KeySchema")}


def _references(node: Any) -> set[str]:
    """Return the names that a part of a template refers to, by Ref or Fn::Sub."""
    if isinstance(node, Mapping):
        found = set().union(*map(_references, node.values()))
        if isinstance(node.get("Ref"), str):
            found.add(node["Ref"])
        return found
    if isinstance(node, list):
        return set().union(*map(_references, node))
    return set(re.findall(r"\$\{([A-Za-z0-9]+)[}.]", node)) if isinstance(node, str) else set()


class _TemplateLoader(yaml.SafeLoader):
    """PyYAML's safe loader, with CloudFormation's short functions."""


def _function(loader: _TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    argument: Any
    if isinstance(node, yaml.ScalarNode):
        argument = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        argument = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode), "YAML has three kinds of nodes"
        argument = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(argument, str):
        argument = argument.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": argument}


_TemplateLoader.add_multi_constructor("!", _function)
