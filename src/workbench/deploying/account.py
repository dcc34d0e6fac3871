"""The AWS account that a maintainer's credentials lead to: clients for it, and its refusals in one line.

Everything comes from where AWS's own tools look for it: environment, profile, single sign-on. An emulator is reached by
AWS_ENDPOINT_URL.
"""

import difflib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError, TokenRetrievalError

from workbench.tables import LOOPBACK
from workbench.terminal import MISUSED, Refused

EDGE_REGION = "us-east-1"  # CloudFront takes firewalls and certificates from here only
_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=10, read_timeout=60)
_REFUSED_CREDENTIALS = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException"}
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as seen from one region. `endpoint` is where an emulator listens in Amazon's place."""

    session: Session
    id: str
    region: str
    endpoint: str | None

    def client(self, service: str) -> Any:
        """Return a client for a service, such as `cloudformation`."""
        with plainly():
            make: Any = self.session.client  # its types list every service by name
            return make(service, region_name=self.region, config=_PATIENT)

    def at(self, region: str) -> "Account":
        """Return the same account, seen from another region."""
        return Account(self.session, self.id, region, self.endpoint)

    @property
    def is_emulated(self) -> bool:
        """Whether an emulator on this machine stands in for Amazon."""
        return bool(self.endpoint) and urlsplit(self.endpoint or "").hostname in LOOPBACK


def sign_in(region: str | None = None) -> Account:
    """Return the account that the environment's credentials lead to; raise Refused where there are none, or no such region."""
    with plainly():
        session = Session()
        # AWS_REGION is what AWS's newer libraries read, and Lambda sets; this one knows AWS_DEFAULT_REGION and the profile's.
        chosen = region or os.environ.get("AWS_REGION") or session.region_name or ""
        known = sorted({name for part in session.get_available_partitions() for name in session.get_available_regions("dynamodb", part)})
        if not chosen:
            raise Refused("name a region with --region or AWS_REGION, such as eu-central-1", MISUSED)
        if chosen not in known:
            near = difflib.get_close_matches(chosen, known, n=1)
            raise Refused(f"there is no region {chosen}{f'; did you mean {near[0]}?' if near else ''}", MISUSED)
        teller: Any = session.client("sts", region_name=chosen, config=_PATIENT)
        identity = teller.get_caller_identity()
    return Account(session, identity["Account"], chosen, os.environ.get("AWS_ENDPOINT_URL") or None)


@contextmanager
def plainly() -> Iterator[None]:
    """Turn what AWS or its library refuses into Refused, in one line that says what to do where that is known."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as missing:
        raise Refused(
            "there are no AWS credentials here: sign in with `aws sso login` or `aws configure`, or set AWS_PROFILE", MISUSED
        ) from missing
    except TokenRetrievalError as expired:
        raise Refused(f"the AWS sign-in has run out; sign in again, with `aws sso login`: {expired}") from expired
    except ClientError as failure:
        error = failure.response.get("Error", {})
        code, message = error.get("Code", "unknown"), one_line(error.get("Message", ""))
        if code in _REFUSED_CREDENTIALS:
            raise Refused(f"AWS refuses the credentials ({code}): sign in again") from failure
        raise Refused(f"{failure.operation_name} was refused: {code}: {message}") from failure
    except BotoCoreError as failure:
        raise Refused(f"AWS can't be reached: {one_line(str(failure))}") from failure


def one_line(text: str) -> str:
    """Return a text without its line ends and runs of spaces."""
    return re.sub(r"\s+", " ", text).strip()
