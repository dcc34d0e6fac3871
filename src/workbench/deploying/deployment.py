"""A deployment from its start to its end: prepared, shown, carried out, tried, and taken back where it turns out bad."""

import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.deploying.changes import Change
from workbench.deploying.packages import Package, Shelf, digest_of
from workbench.deploying.smoke import Found, goes_around, smoke_test
from workbench.deploying.stacks import ChangeSet, DeploymentFailed, Described, Progress, Stack
from workbench.deploying.stages import Stage
from workbench.edge import EdgeNotPurged, purge
from workbench.templates import INFRA, TEMPLATE, code_of, parameters_of, read_template, with_code
from workbench.terminal import MISUSED, Refused

EDGE_TEMPLATE = INFRA / "edge.yaml"
# Set by the command itself, and by nobody else.
OURS = frozenset({"Stage", "Region", "OriginSecret", "FormerOriginSecret", "OriginSecretSince", "CertificateArn", "FirewallArn"})
SECRETS = frozenset({"OriginSecret", "FormerOriginSecret", "OriginSecretSince"})
# The table can be changed; a stack that would replace or delete it fails, whoever asks.
STACK_POLICY: Mapping[str, Any] = {
    "Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": ["Update:Replace", "Update:Delete"],
            "Principal": "*",
            "Resource": "LogicalResourceId/RecordTable",
        },
    ]
}
SMOKE_TRIES = 6  # a new edge's name takes a while to be known everywhere
SMOKE_PAUSE = 10.0


@dataclass(frozen=True, slots=True)
class Talk:
    """How a deployment talks to whoever started it: it says what happens, shows changes, and asks where something would be lost."""

    say: Callable[[str], None]
    show: Callable[[str, list[Change]], None]
    consent: Callable[[str], bool]
    progress: Progress


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be deployed: a package (a file, or the digits of one that was deployed before) and settings by parameter name."""

    package: Path | str
    settings: Mapping[str, str]
    new_secret: bool = False


@dataclass(frozen=True, slots=True)
class _Before:
    """What a stage was before a deployment: its template, and its parameters but the secret ones."""

    template: Mapping[str, Any]
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, stage: Stage) -> "_Before | None":
        """Return what a stage is now; None where it is not there yet."""
        now = stage.stack.described()
        if now is None:
            return None
        return cls(stage.stack.template(), {name: value for name, value in now.parameters.items() if name not in SECRETS})


class SmokeFailed(DeploymentFailed):
    """What was deployed does not answer as it must. The message says what is wrong, and what was done about it."""


def check_settings(settings: Mapping[str, str]) -> None:
    """Raise Refused where a setting is none that a template takes."""
    takes = (parameters_of(read_template(TEMPLATE)) | parameters_of(read_template(EDGE_TEMPLATE))).keys() - OURS
    for name in settings:
        if name not in takes:
            raise Refused(f"there is no setting {name}; these are: {', '.join(sorted(takes))}", MISUSED)


def rehearse(stage: Stage, wanted: Wanted, talk: Talk) -> None:
    """Show what a deployment would change, and change nothing."""
    package = _found(stage, wanted) or Shelf(stage.account).place_of(Path(wanted.package))
    edge = stage.edge.described()
    parameters = _parameters(stage, wanted, edge)
    for stack, template, given in (
        (stage.edge, read_template(EDGE_TEMPLATE), _edge_parameters(stage, wanted)),
        (stage.stack, _template(stage, package, parameters), parameters),
    ):
        prepared = stack.prepare(template, given, stage.tags)
        talk.show(stack.name, prepared.changes if prepared else [])
        if prepared:
            stack.discard(prepared)


def deploy(stage: Stage, wanted: Wanted, talk: Talk, sleep: Callable[[float], None] = time.sleep) -> tuple[Described, Found]:
    """Bring a stage to what is wanted, try it, and return the stack with what the trial found.

    The edge forgets what it kept of the version before. Raise Refused where something would be lost and nobody agreed,
    DeploymentFailed where CloudFormation rolled it back, and SmokeFailed where what was deployed does not answer rightly: then the
    version before it is back.
    """
    package = _found(stage, wanted) or Shelf(stage.account).put(Path(wanted.package), talk.progress)
    talk.say(f"package {package.digest[:16]} is at {package.uri}")
    edge, _ = _brought_to(stage.edge, read_template(EDGE_TEMPLATE), _edge_parameters(stage, wanted), stage, talk)
    before = _Before.of(stage)
    parameters = _parameters(stage, wanted, edge)
    after, is_other = _brought_to(stage.stack, _template(stage, package, parameters), parameters, stage, talk)
    if before is None:
        stage.stack.guard(STACK_POLICY)
    elif is_other:
        _forget(after, talk)
    found = tried(stage, after, sleep, ours=isinstance(wanted.package, Path))
    if found.faults:
        _take_back(stage, before, found, talk)
    return after, found


def tried(stage: Stage, described: Described, sleep: Callable[[float], None] = time.sleep, *, ours: bool = True) -> Found:
    """Run the smoke test against a stage, again for a while where it fails: a new name takes its time. `ours` is as in `smoke_test`."""
    tries = 1 if stage.account.is_emulated else SMOKE_TRIES
    while True:
        tries -= 1
        found = smoke_test(stage.door(described.outputs), ours=ours)
        if not found.faults and goes_around(stage.direct(described.outputs)):
            found = Found(found.release, ("the API answers those who come past the edge",))
        if not found.faults or not tries:
            return found
        sleep(SMOKE_PAUSE)


def _brought_to(
    stack: Stack, template: Mapping[str, Any], parameters: Mapping[str, str], stage: Stage, talk: Talk
) -> tuple[Described, bool]:
    """Return the stack as it then stands, and whether it had to be changed."""
    prepared = stack.prepare(template, parameters, stage.tags)
    if prepared is None:
        talk.say(f"{stack.name} is as it should be")
        described = stack.described()
        assert described is not None, "only a stack that stands can be without changes"
        return described, False
    talk.show(stack.name, prepared.changes)
    _agreed(stack, prepared, talk)
    return stack.execute(prepared, talk.progress), True


def _forget(described: Described, talk: Talk) -> None:
    """Have the edge forget what another version answered: it would keep the specification for a day, and a page of the past for a year."""
    try:
        purge(described.outputs["DistributionId"], f"article33-{uuid.uuid4()}")
    except EdgeNotPurged as failure:
        talk.say(f"{failure}; purge it by hand, or it may answer as the version before did")
    else:
        talk.say("the edge forgets what it kept")


def _agreed(stack: Stack, prepared: ChangeSet, talk: Talk) -> None:
    """Go on only where nothing is lost that nobody agreed to lose, and never without the record."""
    if any(change.touches_record for change in prepared.changes):
        stack.discard(prepared)
        raise Refused(f"{stack.name} would lose the table that holds the record; no deployment does that. See docs/operations.md")
    if any(change.needs_consent for change in prepared.changes) and not talk.consent(f"{stack.name}: replace and delete what is marked"):
        stack.discard(prepared)
        raise Refused("nothing was changed")


def _take_back(stage: Stage, before: _Before | None, found: Found, talk: Talk) -> None:
    """Bring back the version before; raise SmokeFailed in any case."""
    wrong = "; ".join(found.faults)
    if before is None:
        raise SmokeFailed(f"stage {stage.name} is there, and does not answer as it must: {wrong}")
    talk.say(f"it does not answer as it must ({wrong}); the version before it comes back")
    prepared = stage.stack.prepare(before.template, before.parameters, stage.tags)
    if prepared is None:
        raise SmokeFailed(f"stage {stage.name} does not answer as it must, and no version of it was another: {wrong}")
    after = stage.stack.execute(prepared, talk.progress)
    _forget(after, talk)
    again = tried(stage, after, ours=False)
    if again.faults:
        raise SmokeFailed(f"{wrong}; the version before it is back, and not well either: {'; '.join(again.faults)}")
    raise SmokeFailed(f"{wrong}; the version before it ({digest_of(code_of(before.template))[:16]}) is back, and answers as it must")


def _found(stage: Stage, wanted: Wanted) -> Package | None:
    """Return a package that was deployed before, where its digits are what is wanted."""
    return Shelf(stage.account).find(wanted.package) if isinstance(wanted.package, str) else None


def _template(stage: Stage, package: Package, parameters: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the main template with the package in it, marked by the values that its parameters are going to have."""
    template = read_template(TEMPLATE)
    now = stage.stack.described()
    defaults = {name: declared.default or "" for name, declared in parameters_of(template).items()}
    values = defaults | dict(now.parameters if now else {}) | dict(parameters)
    return with_code(template, package.uri, {name: value for name, value in values.items() if name not in SECRETS - {"OriginSecretSince"}})


def _edge_parameters(stage: Stage, wanted: Wanted) -> dict[str, str]:
    return {"Stage": stage.name, "Region": stage.account.region, **_taken_by(EDGE_TEMPLATE, wanted.settings)}


def _parameters(stage: Stage, wanted: Wanted, edge: Described | None) -> dict[str, str]:
    """Return what is set of the main template; what is not keeps its value."""
    outputs = edge.outputs if edge else {}
    parameters = {
        "Stage": stage.name,
        "FirewallArn": outputs.get("FirewallArn", ""),
        "CertificateArn": outputs.get("CertificateArn", ""),
        **_taken_by(TEMPLATE, wanted.settings),
    }
    now = stage.stack.described()
    if now is None or wanted.new_secret:
        # While CloudFront gets the new one everywhere, the function takes both.
        parameters["FormerOriginSecret"] = stage.secrets(now.outputs)[0] if now else ""
        parameters["OriginSecret"] = secrets.token_urlsafe(32)
        parameters["OriginSecretSince"] = f"{time.time():.0f}"
    return parameters


def _taken_by(template: Path, settings: Mapping[str, str]) -> dict[str, str]:
    takes = parameters_of(read_template(template))
    return {name: value for name, value in settings.items() if name in takes}
