"""Templates read as data, and the mark that gives a function a new version."""

from pathlib import Path
from typing import Any

import pytest

from record import items
from workbench.templates import TEMPLATE, Parameter, code_of, parameters_of, read_template, with_code

URI = "s3://bucket/packages/0123.zip"
VALUES = {name: declared.default or "" for name, declared in parameters_of(read_template(TEMPLATE)).items()}


def mark_of(template: dict[str, Any], uri: str = URI, **values: str) -> str:
    """Return the mark of the served function, deployed from this address with these values."""
    made = with_code(template, uri, VALUES | values)
    mark: str = made["Resources"]["ReadFunction"]["Properties"]["AutoPublishCodeSha256"]
    return mark


@pytest.mark.parametrize("role", ["ReadRole", "WatchRole"])
def test_no_function_may_read_the_digests_of_what_was_removed(role: str) -> None:
    """Each role that may read the table is denied the partition with the digests, whatever the operation."""
    policies = read_template(TEMPLATE)["Resources"][role]["Properties"]["Policies"]
    table = {"Fn::GetAtt": ["RecordTable", "Arn"]}
    statements = [one for policy in policies for one in policy.get("PolicyDocument", {}).get("Statement", []) if one["Resource"] == table]
    denied = {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": [items.REMOVED]}}
    assert {"Effect": "Deny", "Action": "dynamodb:*", "Resource": table, "Condition": denied} in statements
    reading = {
        name
        for name, resource in read_template(TEMPLATE)["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role" and "RecordTable" in str(resource)
    }
    assert reading == {"ReadRole", "WatchRole"}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Name", {"Ref": "Name"}),
        ("!Condition Holds", {"Condition": "Holds"}),
        ("!GetAtt Thing.Arn", {"Fn::GetAtt": ["Thing", "Arn"]}),
        ("!GetAtt Thing.Endpoint.Port", {"Fn::GetAtt": ["Thing", "Endpoint.Port"]}),
        ("!GetAtt [Thing, Arn]", {"Fn::GetAtt": ["Thing", "Arn"]}),
        ('!Sub "${Name}-x"', {"Fn::Sub": "${Name}-x"}),
        ("!If [Holds, !Ref A, !Ref B]", {"Fn::If": ["Holds", {"Ref": "A"}, {"Ref": "B"}]}),
        ("!Transform { Name: X }", {"Fn::Transform": {"Name": "X"}}),
        ('"!Ref Name"', "!Ref Name"),
        ("plain", "plain"),
    ],
)
def test_short_functions_are_read_in_their_long_form(short: str, long: object, tmp_path: Path) -> None:
    """A template is sent as JSON, which has only the long form."""
    file = tmp_path / "template.yaml"
    file.write_text(f"Value: {short}\n", encoding="utf-8")
    assert read_template(file) == {"Value": long}


def test_parameters_say_what_they_are(tmp_path: Path) -> None:
    """A default is a text, as CloudFormation takes it. A parameter without a default must be set."""
    file = tmp_path / "template.yaml"
    file.write_text("Parameters:\n  A: { Type: Number, Default: 5, Description: Some. }\n  B: { Type: String }\n", encoding="utf-8")
    assert parameters_of(read_template(file)) == {"A": Parameter("A", "Some.", "5"), "B": Parameter("B", "", None)}


def test_the_code_is_put_in_its_place() -> None:
    """The template gets the location of the functions' code; the file itself does not change."""
    template = read_template(TEMPLATE)
    made = with_code(template, URI, VALUES)
    assert code_of(made) == URI
    assert template == read_template(TEMPLATE)
    assert {name for name in made["Resources"] if made["Resources"][name] != template["Resources"][name]} == {"ReadFunction"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("Memory", "1024"), ("OriginSecretSince", "2"), ("SecurityContact", "mailto:a@example.org"), ("Architecture", "x86_64")],
)
def test_the_value_of_a_parameter_that_the_function_has_marks_a_new_version(name: str, value: str) -> None:
    """SAM ignores changed parameter values. Without the mark a new secret would reach CloudFront but not the served version."""
    template = read_template(TEMPLATE)
    assert mark_of(template, **{name: value}) != mark_of(template)


@pytest.mark.parametrize(("name", "value"), [("AlarmEmail", "a@example.org"), ("LogDays", "7"), ("PriceClass", "PriceClass_All")])
def test_other_parameters_leave_the_version_alone(name: str, value: str) -> None:
    """A change outside the function publishes no version of it."""
    template = read_template(TEMPLATE)
    assert mark_of(template, **{name: value}) == mark_of(template)


def test_other_code_and_another_declaration_mark_a_new_version() -> None:
    """Everything in the function counts: the code's address, its own properties, and the global properties."""
    template = read_template(TEMPLATE)
    longer = read_template(TEMPLATE)
    longer["Resources"]["ReadFunction"]["Properties"]["Timeout"] = 6
    later = read_template(TEMPLATE)
    later["Globals"]["Function"]["Runtime"] = "python3.14"
    marks = [mark_of(template), mark_of(template, URI.replace("0123", "4567")), mark_of(longer), mark_of(later)]
    assert len(set(marks)) == len(marks)
