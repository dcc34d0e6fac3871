"""A CloudFormation stack: changed through a change set and watched while it changes. Failures are explained in one line."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from workbench.deploying.account import Account, plainly
from workbench.deploying.changes import Change, changes_of
from workbench.failures import one_line
from workbench.terminal import Refused

POLL_SECONDS = 2.0
EMULATED_POLL_SECONDS = 0.1
# A stack that was never created completely: it can only be deleted.
_NEVER_CREATED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS", "CREATE_FAILED", "DELETE_FAILED"})
_GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE"})
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")

Progress = Callable[[str, str], None]
"""Called with a resource's name and what happened to it, as it happens."""


class DeploymentFailed(Refused):
    """A stack could not be changed. The message names the first resource that failed, and why."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set: what CloudFormation would do."""

    arn: str
    stack_arn: str
    is_new: bool
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Described:
    """A stack, as CloudFormation describes it."""

    arn: str
    status: str
    reason: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    """The values of its parameters; secret ones are masked."""


def stack_names(account: Account) -> list[str]:
    """Return the names of the stacks that exist in a region of an account, ordered; without those that were never created completely."""
    with plainly():
        pages = account.client("cloudformation").get_paginator("describe_stacks").paginate()
        stacks = [stack for page in pages for stack in page["Stacks"]]
    return sorted(stack["StackName"] for stack in stacks if stack["StackStatus"] not in _NEVER_CREATED | {"DELETE_COMPLETE"})


class Stack:
    """A stack, by its name, in one account and region. It need not exist yet."""

    def __init__(self, account: Account, name: str) -> None:
        """Make the client; create nothing."""
        self.name = name
        self.account = account
        self._client = account.client("cloudformation")
        self._pause = EMULATED_POLL_SECONDS if account.is_emulated else POLL_SECONDS

    def described(self) -> Described | None:
        """Return the stack as it is now; None if there is none, or only one that was never created completely."""
        found = self._found(self.name)
        return None if found is None or found.status in _NEVER_CREATED else found

    def template(self) -> dict[str, Any]:
        """Return the template of the last deployment, as it was before CloudFormation processed it."""
        with plainly():
            body = self._client.get_template(StackName=self.name, TemplateStage="Original")["TemplateBody"]
        template: dict[str, Any] = body if isinstance(body, dict) else json.loads(body)
        return template

    def prepare(self, template: Mapping[str, Any], parameters: Mapping[str, str], tags: Mapping[str, str]) -> ChangeSet | None:
        """Create a change set; return None if nothing would change.

        Parameters that are not given keep their value, or get the template's default. Raise Refused if CloudFormation rejects the
        template, or if the stack is being changed already.
        """
        self._delete_never_created()
        now = self.described()
        if now is not None and now.status.endswith("_IN_PROGRESS"):
            raise Refused(f"the stack {self.name} is already being changed ({now.status}); wait until that has ended")
        if now is not None and now.status == "UPDATE_ROLLBACK_FAILED":
            raise Refused(f"the roll-back of the stack {self.name} failed: see docs/operations.md, «When a roll-back fails»")
        kept = now.parameters.keys() & template.get("Parameters", {}).keys() - parameters.keys() if now else set()
        with plainly():
            created = self._client.create_change_set(
                StackName=self.name,
                ChangeSetName=f"article33-{uuid.uuid4()}",
                ChangeSetType="UPDATE" if now else "CREATE",
                TemplateBody=json.dumps(template, separators=(",", ":"), ensure_ascii=False),
                Parameters=[
                    *({"ParameterKey": name, "ParameterValue": value} for name, value in sorted(parameters.items())),
                    *({"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept)),
                ],
                Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
        rows = self._wait_for_changes(created["Id"])
        return None if rows is None else ChangeSet(created["Id"], created["StackId"], now is None, changes_of(rows))

    def discard(self, change_set: ChangeSet) -> None:
        """Delete a change set, and the empty stack that was created for it."""
        with plainly():
            self._client.delete_change_set(ChangeSetName=change_set.arn)
        self._delete_never_created()

    def execute(self, change_set: ChangeSet, progress: Progress) -> Described:
        """Execute a change set and wait; raise DeploymentFailed, with the first failure's reason, if it was rolled back."""
        token = f"article33-{uuid.uuid4()}"
        with plainly():
            self._client.execute_change_set(ChangeSetName=change_set.arn, ClientRequestToken=token)
        names = {change.name for change in change_set.changes}
        return self._watch(change_set.stack_arn, token, lambda name, what: progress(name, what) if name in names else None)

    def delete(self, progress: Progress) -> None:
        """Delete the stack and wait; resources that the template retains stay. Raise DeploymentFailed if a resource can't be deleted."""
        found = self._found(self.name)
        if found is None:
            return
        token = f"article33-{uuid.uuid4()}"
        with plainly():
            self._client.update_termination_protection(StackName=found.arn, EnableTerminationProtection=False)
            self._client.delete_stack(StackName=found.arn, ClientRequestToken=token)
        self._watch(found.arn, token, progress)

    def guard(self, policy: Mapping[str, Any]) -> None:
        """Protect the stack against deletion, and against what the stack policy denies, whoever asks."""
        with plainly():
            self._client.update_termination_protection(StackName=self.name, EnableTerminationProtection=True)
            self._client.set_stack_policy(StackName=self.name, StackPolicyBody=json.dumps(policy))

    def _found(self, name: str) -> Described | None:
        with plainly():
            try:
                stack = self._client.describe_stacks(StackName=name)["Stacks"][0]
            except ClientError as failure:
                if "does not exist" in failure.response.get("Error", {}).get("Message", ""):
                    return None
                raise
        return Described(
            stack["StackId"],
            stack["StackStatus"],
            one_line(stack.get("StackStatusReason", "")),
            {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())},
            {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack.get("Parameters", ())},
        )

    def _delete_never_created(self) -> None:
        found = self._found(self.name)
        if found is not None and found.status in _NEVER_CREATED:
            self.delete(lambda _name, _what: None)

    def _wait_for_changes(self, change_set: str) -> list[Mapping[str, Any]] | None:
        """Wait until a change set is ready; return its rows, or None if nothing would change."""
        with plainly():
            while True:
                described = self._client.describe_change_set(ChangeSetName=change_set)
                if described["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                    break
                time.sleep(self._pause)
            if described["Status"] == "FAILED":
                reason = one_line(described.get("StatusReason", "no reason given"))
                self._client.delete_change_set(ChangeSetName=change_set)
                if any(words in reason for words in _NO_CHANGES):
                    return None
                raise Refused(f"CloudFormation rejected the change of {self.name}: {reason}")
            rows = list(described["Changes"])
            while described.get("NextToken"):
                described = self._client.describe_change_set(ChangeSetName=change_set, NextToken=described["NextToken"])
                rows += described["Changes"]
        return rows

    def _watch(self, arn: str, token: str, progress: Progress) -> Described:
        seen: set[str] = set()
        failure = ""
        while True:
            now = self._found(arn)
            assert now is not None, "a deleted stack can be described by its ARN for 90 days"
            for event in self._events(arn, token):
                if event["EventId"] in seen:
                    continue
                seen.add(event["EventId"])
                status, reason = event["ResourceStatus"], one_line(event.get("ResourceStatusReason", ""))
                if status.endswith("_FAILED") and not failure and "cancelled" not in reason:
                    failure = f"{event['LogicalResourceId']}: {reason}"
                if not status.endswith("_IN_PROGRESS") and event["PhysicalResourceId"] != arn:
                    progress(event["LogicalResourceId"], status.lower().replace("_", " "))
            if not now.status.endswith("_IN_PROGRESS"):
                break
            time.sleep(self._pause)
        if now.status not in _GOOD:
            how = "was rolled back" if "ROLLBACK_COMPLETE" in now.status else f"ended as {now.status}"
            raise DeploymentFailed(f"{self.name} {how}: {failure or now.reason or 'AWS gave no reason'}")
        return now

    def _events(self, arn: str, token: str) -> list[Mapping[str, Any]]:
        """Return the events of the request with this token, oldest first."""
        with plainly():
            pages = self._client.get_paginator("describe_stack_events").paginate(StackName=arn)
            events: list[Mapping[str, Any]] = []
            for page in pages:
                ours = [event for event in page["StackEvents"] if event.get("ClientRequestToken") == token]
                events += ours
                if len(ours) < len(page["StackEvents"]):  # newest first: all later pages are older than the request
                    break
        return events[::-1]
