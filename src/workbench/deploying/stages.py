"""A stage: one deployment of the API by its name, which is all that a maintainer needs to know of it.

Its stacks are `article33-<stage>` in a region of choice, and `article33-<stage>-edge` in us-east-1, which also says where the other is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from workbench.deploying.account import EDGE_REGION, Account, plainly, sign_in
from workbench.deploying.smoke import Door
from workbench.deploying.stacks import Described, Stack
from workbench.terminal import MISUSED, Refused

# Names whose stacks would be others': the shelf of packages, the budget, the role of CI, and the edge of another stage.
_TAKEN = re.compile(r"artifacts|budget|publishing|.*-(edge|publishing)")
PROOF_HEADER = "X-Article33-Origin"  # by which the edge proves itself to the function
PROOFS = "ARTICLE33_ORIGIN_SECRETS"  # the function's variable that holds what it takes for proof


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage, whether it was deployed yet or not."""

    name: str
    account: Account

    @property
    def stack(self) -> Stack:
        """The stack of everything but the edge's parts."""
        return Stack(self.account, f"article33-{self.name}")

    @property
    def edge(self) -> Stack:
        """The stack of what CloudFront takes from us-east-1 only."""
        return Stack(self.account.at(EDGE_REGION), f"article33-{self.name}-edge")

    @property
    def tags(self) -> Mapping[str, str]:
        """What everything that belongs to it is tagged with."""
        return {"project": "article33", "stage": self.name}

    def secrets(self, outputs: Mapping[str, str]) -> list[str]:
        """Return what the function takes as proof that a request came through the edge, the newest first."""
        client = self.account.client("lambda")
        with plainly():
            configuration = client.get_function_configuration(FunctionName=outputs["FunctionName"], Qualifier="live")
        return str(configuration["Environment"]["Variables"].get(PROOFS, "")).split()

    def door(self, outputs: Mapping[str, str]) -> Door:
        """Return the way in that clients take. An emulator has no edge, so there it is the API behind it, with the edge's secret."""
        if self.account.endpoint and self.account.is_emulated:
            return Door(self.account.endpoint.rstrip("/"), {**self._host(outputs), PROOF_HEADER: self.secrets(outputs)[0]})
        return Door(outputs["Url"])

    def direct(self, outputs: Mapping[str, str]) -> Door:
        """Return the way around the edge, which must be shut."""
        if self.account.endpoint and self.account.is_emulated:
            return Door(self.account.endpoint.rstrip("/"), self._host(outputs))
        return Door(f"https://{outputs['ApiId']}.execute-api.{self.account.region}.amazonaws.com")

    def _host(self, outputs: Mapping[str, str]) -> dict[str, str]:
        assert self.account.endpoint is not None
        return {"Host": f"{outputs['ApiId']}.execute-api.localhost:{urlsplit(self.account.endpoint).port}"}


def stage_of(name: str, region: str | None) -> Stage:
    """Return a stage in the region where it stands, or is to stand; raise Refused where it stands in another than the one named."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name):
        raise Refused(f"{name!r} is no name for a stage: lower-case letters, digits and hyphens, a letter first, at most 20", MISUSED)
    if _TAKEN.fullmatch(name):
        raise Refused(f"{name!r} is no name for a stage: a stack article33-{name} is, or may be, something else", MISUSED)
    edge = Stack(sign_in(EDGE_REGION), f"article33-{name}-edge").described()
    there = edge.outputs.get("Region") if edge else None
    if there and region and region != there:
        raise Refused(f"stage {name} stands in {there}, not in {region}; a stage does not move. Leave --region out", MISUSED)
    return Stage(name, sign_in(there or region))


def deployed(name: str, region: str | None = None) -> tuple[Stage, Described]:
    """Return a stage that was deployed, and its stack; raise Refused where there is none of that name."""
    stage = stage_of(name, region)
    described = stage.stack.described()
    if described is None:
        where = f"in {stage.account.region} of account {stage.account.id}"
        raise Refused(f"there is no stage {name} {where}; `article33 deploy --stage {name}` makes one")
    return stage, described
