"""A deployment from start to end: prepare, show, carry out, test, and roll back if the test fails."""

import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.deploying.changes import Change
from workbench.deploying.packages import Package, Shelf, digest_of
from workbench.deploying.smoke import Found, answers_without_cloudfront, smoke_test
from workbench.deploying.stacks import ChangeSet, DeploymentFailed, Described, Progress, Stack
from workbench.deploying.stages import Stage
from workbench.edge import EdgeNotPurged, purge
from workbench.templates import INFRA, TEMPLATE, code_of, parameters_of, read_template, with_code
from workbench.terminal import MISUSED, Refused

EDGE_TEMPLATE = INFRA / "edge.yaml"
# Only the command itself sets these.
OURS = frozenset({"Stage", "Region", "OriginSecret", "FormerOriginSecret", "OriginSecretSince", "CertificateArn", "FirewallArn"})
SECRETS = frozenset({"OriginSecret", "FormerOriginSecret", "OriginSecretSince"})
# CloudFormation may change the table, but refuses to replace or delete it, whoever asks.
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
SMOKE_TRIES = 6  # the host name of a new distribution takes a while to reach every DNS server
SMOKE_PAUSE = 10.0


@dataclass(frozen=True, slots=True)
class Talk:
    """How a deployment talks to the maintainer: it reports, shows changes, and asks before something is deleted or replaced."""

    say: Callable[[str], None]
    show: Callable[[str, list[Change]], None]
    consent: Callable[[str], bool]
    progress: Progress


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to deploy: a package (a file, or the first digits of the SHA-256 of one deployed before) and settings by parameter name."""

    package: Path | str
    settings: Mapping[str, str]
    new_secret: bool = False


@dataclass(frozen=True, slots=True)
class _Before:
    """A stage before a deployment: its template, and its parameters except the secret ones."""

    template: Mapping[str, Any]
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, stage: Stage) -> "_Before | None":
        """Return the stage as it is now; None if it does not exist yet."""
        now = stage.stack.described()
        if now is None:
            return None
        return cls(stage.stack.template(), {name: value for name, value in now.parameters.items() if name not in SECRETS})


class SmokeFailed(DeploymentFailed):
    """The smoke test failed. The message says what is wrong, and what was done about it."""


def check_settings(settings: Mapping[str, str]) -> None:
    """Raise Refused if no template has a parameter of this name, or only the command may set it."""
    takes = (parameters_of(read_template(TEMPLATE)) | parameters_of(read_template(EDGE_TEMPLATE))).keys() - OURS
    for name in settings:
        if name not in takes:
            raise Refused(f"there is no setting {name}; the settings are: {', '.join(sorted(takes))}", MISUSED)


def rehearse(stage: Stage, wanted: Wanted, talk: Talk) -> None:
    """Show what a deployment would change; change nothing."""
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
    """Create or update a stage and run the smoke test; return the stack and what the test found.

    After an update, CloudFront's cache is cleared. Raises Refused if something would be deleted or replaced without consent,
    DeploymentFailed if CloudFormation rolled the change back, and SmokeFailed if the smoke test failed; then the previous version
    is restored.
    """
    package = _found(stage, wanted) or Shelf(stage.account).put(Path(wanted.package), talk.progress)
    talk.say(f"package {package.digest[:16]} is at {package.uri}")
    edge, _ = _bring_up_to_date(stage.edge, read_template(EDGE_TEMPLATE), _edge_parameters(stage, wanted), stage, talk)
    before = _Before.of(stage)
    parameters = _parameters(stage, wanted, edge)
    after, is_other = _bring_up_to_date(stage.stack, _template(stage, package, parameters), parameters, stage, talk)
    if before is None:
        stage.stack.guard(STACK_POLICY)
    elif is_other:
        _clear_cache(after, talk)
    found = tried(stage, after, sleep, ours=isinstance(wanted.package, Path))
    if found.faults:
        _roll_back(stage, before, found, talk)
    return after, found


def tried(stage: Stage, described: Described, sleep: Callable[[float], None] = time.sleep, *, ours: bool = True) -> Found:
    """Run the smoke test. Repeat it for a while if it fails, because a new host name takes time. `ours` is as in `smoke_test`."""
    tries = 1 if stage.account.is_emulated else SMOKE_TRIES
    while True:
        tries -= 1
        found = smoke_test(stage.door(described.outputs), ours=ours)
        if not found.faults and answers_without_cloudfront(stage.direct(described.outputs)):
            found = Found(found.release, ("the API answers requests that bypass CloudFront",))
        if not found.faults or not tries:
            return found
        sleep(SMOKE_PAUSE)


def _bring_up_to_date(
    stack: Stack, template: Mapping[str, Any], parameters: Mapping[str, str], stage: Stage, talk: Talk
) -> tuple[Described, bool]:
    """Create or update a stack; return it and whether it had to be changed."""
    prepared = stack.prepare(template, parameters, stage.tags)
    if prepared is None:
        talk.say(f"{stack.name} is up to date")
        described = stack.described()
        assert described is not None, "only an existing stack can have no changes"
        return described, False
    talk.show(stack.name, prepared.changes)
    _require_consent(stack, prepared, talk)
    return stack.execute(prepared, talk.progress), True


def _clear_cache(described: Described, talk: Talk) -> None:
    """Clear CloudFront's cache: it would serve the old specification for a day, and old pages of past releases for a year."""
    try:
        purge(described.outputs["DistributionId"], f"article33-{uuid.uuid4()}")
    except EdgeNotPurged as failure:
        talk.say(f"{failure}; invalidate it by hand, or CloudFront may serve responses of the previous version")
    else:
        talk.say("CloudFront's cache is being cleared")


def _require_consent(stack: Stack, prepared: ChangeSet, talk: Talk) -> None:
    """Ask for consent to delete or replace something; raise Refused without it, and always if the record would be lost."""
    if any(change.touches_record for change in prepared.changes):
        stack.discard(prepared)
        raise Refused(f"{stack.name} would lose the table that holds the record; a deployment never does that. See docs/operations.md")
    if any(change.needs_consent for change in prepared.changes) and not talk.consent(
        f"{stack.name}: replace or delete the marked resources"
    ):
        stack.discard(prepared)
        raise Refused("nothing was changed")


def _roll_back(stage: Stage, before: _Before | None, found: Found, talk: Talk) -> None:
    """Restore the previous version; raise SmokeFailed in any case."""
    wrong = "; ".join(found.faults)
    if before is None:
        raise SmokeFailed(f"stage {stage.name} was deployed, but the smoke test failed: {wrong}")
    talk.say(f"the smoke test failed ({wrong}); restoring the previous version")
    prepared = stage.stack.prepare(before.template, before.parameters, stage.tags)
    if prepared is None:
        raise SmokeFailed(f"the smoke test of stage {stage.name} failed, and there is no other version to restore: {wrong}")
    after = stage.stack.execute(prepared, talk.progress)
    _clear_cache(after, talk)
    again = tried(stage, after, ours=False)
    if again.faults:
        raise SmokeFailed(f"the smoke test failed: {wrong}. The previous version was restored, and it fails too: {'; '.join(again.faults)}")
    digest = digest_of(code_of(before.template))[:16]
    raise SmokeFailed(f"the smoke test failed: {wrong}. The previous version ({digest}) was restored, and it passes")


def _found(stage: Stage, wanted: Wanted) -> Package | None:
    """Return the package deployed before whose digits are wanted; None if a file is wanted."""
    return Shelf(stage.account).find(wanted.package) if isinstance(wanted.package, str) else None


def _template(stage: Stage, package: Package, parameters: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the main template with the package's address and a mark of the parameters' coming values."""
    template = read_template(TEMPLATE)
    now = stage.stack.described()
    defaults = {name: declared.default or "" for name, declared in parameters_of(template).items()}
    values = defaults | dict(now.parameters if now else {}) | dict(parameters)
    return with_code(template, package.uri, {name: value for name, value in values.items() if name not in SECRETS - {"OriginSecretSince"}})


def _edge_parameters(stage: Stage, wanted: Wanted) -> dict[str, str]:
    return {"Stage": stage.name, "Region": stage.account.region, **_taken_by(EDGE_TEMPLATE, wanted.settings)}


def _parameters(stage: Stage, wanted: Wanted, edge: Described | None) -> dict[str, str]:
    """Return the parameters to set in the main template; the others keep their values."""
    outputs = edge.outputs if edge else {}
    parameters = {
        "Stage": stage.name,
        "FirewallArn": outputs.get("FirewallArn", ""),
        "CertificateArn": outputs.get("CertificateArn", ""),
        **_taken_by(TEMPLATE, wanted.settings),
    }
    now = stage.stack.described()
    if now is None or wanted.new_secret:
        # Until CloudFront sends the new secret from every location, the function accepts both.
        parameters["FormerOriginSecret"] = stage.secrets(now.outputs)[0] if now else ""
        parameters["OriginSecret"] = secrets.token_urlsafe(32)
        parameters["OriginSecretSince"] = f"{time.time():.0f}"
    return parameters


def _taken_by(template: Path, settings: Mapping[str, str]) -> dict[str, str]:
    takes = parameters_of(read_template(template))
    return {name: value for name, value in settings.items() if name in takes}
