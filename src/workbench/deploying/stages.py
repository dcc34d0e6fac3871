"""A stage: one deployment of the API. A maintainer needs to know only its name.

Its stacks are `article33-<stage>` in any region, and `article33-<stage>-edge` in us-east-1, which also stores that region.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from workbench.deploying.account import EDGE_REGION, Account, plainly, sign_in
from workbench.deploying.smoke import Door
from workbench.deploying.stacks import Described, Stack, stack_names
from workbench.terminal import MISUSED, Refused

# Stage names whose stacks would collide with others: the package bucket, the budget, the CI role, and another stage's edge stack.
_TAKEN = re.compile(r"artifacts|budget|publishing|.*-(edge|publishing)")
PROOF_HEADER = "X-Article33-Origin"  # CloudFront sends it with each request; the function rejects requests without it
PROOFS = "ARTICLE33_ORIGIN_SECRETS"  # the function's environment variable with the accepted secrets


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage. It need not be deployed yet."""

    name: str
    account: Account

    @property
    def stack(self) -> Stack:
        """The stack of everything except what must be in us-east-1."""
        return Stack(self.account, f"article33-{self.name}")

    @property
    def edge(self) -> Stack:
        """The stack of what CloudFront accepts from us-east-1 only: firewall and certificate."""
        return Stack(self.account.at(EDGE_REGION), f"article33-{self.name}-edge")

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of everything that belongs to it."""
        return {"project": "article33", "stage": self.name}

    def secrets(self, outputs: Mapping[str, str]) -> list[str]:
        """Return the secrets that prove to the function that a request came through CloudFront, newest first."""
        client = self.account.client("lambda")
        with plainly():
            configuration = client.get_function_configuration(FunctionName=outputs["FunctionName"], Qualifier="live")
        return str(configuration["Environment"]["Variables"].get(PROOFS, "")).split()

    def door(self, outputs: Mapping[str, str]) -> Door:
        """Return the door that clients use. An emulator has no CloudFront, so there it is API Gateway, with CloudFront's secret."""
        if self.account.endpoint and self.account.is_emulated:
            return Door(self.account.endpoint.rstrip("/"), {**self._host(outputs), PROOF_HEADER: self.secrets(outputs)[0]})
        return Door(outputs["Url"])

    def direct(self, outputs: Mapping[str, str]) -> Door:
        """Return the door that bypasses CloudFront. It must be closed."""
        if self.account.endpoint and self.account.is_emulated:
            return Door(self.account.endpoint.rstrip("/"), self._host(outputs))
        return Door(f"https://{outputs['ApiId']}.execute-api.{self.account.region}.amazonaws.com")

    def _host(self, outputs: Mapping[str, str]) -> dict[str, str]:
        assert self.account.endpoint is not None
        return {"Host": f"{outputs['ApiId']}.execute-api.localhost:{urlsplit(self.account.endpoint).port}"}


def stage_of(name: str, region: str | None) -> Stage:
    """Return a stage in the region where it is or will be deployed; raise Refused if it is deployed in another than `region`."""
    _check_name(name)
    there = _region_of(sign_in(EDGE_REGION), name)
    if there and region and region != there:
        raise Refused(f"stage {name} is in {there}, not in {region}, and a stage can't move: leave out --region", MISUSED)
    return Stage(name, sign_in(there or region))


def deployed(name: str) -> tuple[Stage, Described]:
    """Return a deployed stage and its stack, wherever it is; raise Refused, with the stages that exist, if there is none of that name."""
    _check_name(name)
    account = sign_in(EDGE_REGION)
    there = _region_of(account, name)
    stage = Stage(name, account.at(there or EDGE_REGION))
    described = stage.stack.described() if there else None
    if described is None:
        raise Refused(no_stage(name, account), MISUSED)
    return stage, described


def no_stage(name: str, account: Account) -> str:
    """Return the message that there is no stage of this name: it lists the stages of the account."""
    missing = f"there is no stage {name} in account {account.id}"
    try:
        names = [found[1] for stack in stack_names(account.at(EDGE_REGION)) if (found := re.fullmatch("article33-(.+)-edge", stack))]
    except Refused as unknown:
        return f"{missing}, and its stages can't be listed: {unknown}"
    if not names:
        return f"{missing}, which has no stages; `article33 deploy --stage {name}` creates one"
    near = difflib.get_close_matches(name, names, n=1)
    return f"{missing}; its stages are: {', '.join(names)}{f'. Did you mean {near[0]}?' if near else ''}"


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name):
        raise Refused(f"{name!r} is not a stage name: use at most 20 lower-case letters, digits and hyphens, a letter first", MISUSED)
    if _TAKEN.fullmatch(name):
        raise Refused(f"{name!r} is not a stage name: the stack name article33-{name} is reserved", MISUSED)


def _region_of(account: Account, name: str) -> str | None:
    """Return the region of a stage; None if there is no stage of this name. The stack in us-east-1 stores it."""
    edge = Stack(account.at(EDGE_REGION), f"article33-{name}-edge").described()
    return edge.outputs.get("Region") if edge else None
