"""The AWS account of the maintainer's credentials: clients for it, and its errors in one line.

Credentials and region come from where AWS's own tools look for them: environment, profile, single sign-on. AWS_ENDPOINT_URL leads to
an emulator.
"""

import difflib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from workbench.failures import REJECTED, in_one_line, of_system
from workbench.tables import LOOPBACK
from workbench.terminal import MISUSED, Refused

EDGE_REGION = "us-east-1"  # CloudFront accepts firewalls and certificates from this region only
_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=10, read_timeout=60)


@dataclass(frozen=True, slots=True)
class Account:
    """An account, as seen from one region. `endpoint` is the URL of an emulator, or None for AWS itself."""

    session: Session
    id: str
    region: str
    endpoint: str | None

    def client(self, service: str) -> Any:
        """Return a client for a service, such as `cloudformation`."""
        with plainly():
            make: Any = self.session.client  # boto3's type stubs accept only literal service names
            return make(service, region_name=self.region, config=_PATIENT)

    def at(self, region: str) -> "Account":
        """Return the same account, seen from another region."""
        return Account(self.session, self.id, region, self.endpoint)

    @property
    def is_emulated(self) -> bool:
        """Whether an emulator on this machine takes the place of AWS."""
        return bool(self.endpoint) and urlsplit(self.endpoint or "").hostname in LOOPBACK


def sign_in(region: str | None = None) -> Account:
    """Return the account of the environment's credentials; raise Refused without credentials or for an unknown region."""
    with plainly():
        session = Session()
        # AWS's newer tools read AWS_REGION; boto3 reads only AWS_DEFAULT_REGION and the profile.
        chosen = region or os.environ.get("AWS_REGION") or session.region_name or ""
        known = sorted({name for part in session.get_available_partitions() for name in session.get_available_regions("dynamodb", part)})
        if not chosen:
            raise Refused("no region is set: use --region or AWS_REGION, such as eu-central-1", MISUSED)
        if chosen not in known:
            near = difflib.get_close_matches(chosen, known, n=1)
            raise Refused(f"there is no region {chosen}{f'; did you mean {near[0]}?' if near else ''}", MISUSED)
        sts: Any = session.client("sts", region_name=chosen, config=_PATIENT)
        identity = sts.get_caller_identity()
    return Account(session, identity["Account"], chosen, os.environ.get("AWS_ENDPOINT_URL") or None)


@contextmanager
def plainly() -> Iterator[None]:
    """Turn errors of AWS and of boto3 into Refused: one line, which says what to do if that is known."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError, ProfileNotFound) as missing:
        raise Refused(in_one_line(missing), MISUSED) from missing
    except (TokenRetrievalError, SSOError) as expired:
        raise Refused(in_one_line(expired)) from expired
    except ClientError as failure:
        rejected = failure.response.get("Error", {}).get("Code") in REJECTED
        raise Refused(in_one_line(failure) if rejected else f"AWS rejected {failure.operation_name}: {in_one_line(failure)}") from failure
    except BotoCoreError as failure:
        raise Refused(f"AWS can't be reached: {in_one_line(failure)}") from failure
    except OSError as failure:
        raise Refused(f"the files of the AWS tools can't be read: {of_system(failure)}") from failure
