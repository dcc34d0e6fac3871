"""The S3 bucket of deployed packages: one for an account and region. Each package is stored under its SHA-256."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from workbench.deploying.account import Account, plainly
from workbench.deploying.stacks import Progress, Stack
from workbench.templates import INFRA, read_template
from workbench.terminal import Refused

STACK = "article33-artifacts"
PREFIX = "packages/"
SHORTEST = 8  # digits of a digest that are enough to name a package


@dataclass(frozen=True, slots=True)
class Package:
    """A package that can be deployed: its SHA-256 and its address (`s3://bucket/key`)."""

    digest: str
    uri: str


class Shelf:
    """The bucket of packages. It is created when the first package is stored."""

    def __init__(self, account: Account) -> None:
        """Make the clients for an account and region; create nothing."""
        self._stack = Stack(account, STACK)
        self._client = account.client("s3")

    @property
    def bucket(self) -> str:
        """The bucket's name; empty if it does not exist yet."""
        described = self._stack.described()
        return described.outputs["Bucket"] if described else ""

    def place_of(self, file: Path) -> Package:
        """Return where a package would be stored. Writes nothing, so the bucket need not exist yet."""
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return Package(digest, f"s3://{self.bucket or 'yet-to-be-made'}/{PREFIX}{digest}.zip")

    def put(self, file: Path, progress: Progress) -> Package:
        """Store a package unless it is stored already. Creates the bucket if there is none."""
        prepared = self._stack.prepare(read_template(INFRA / "artifacts.yaml"), {}, {"project": "article33"})
        if prepared is not None:
            if lost := [change for change in prepared.changes if change.needs_consent]:
                self._stack.discard(prepared)
                raise Refused(f"{STACK} would {lost[0]}; a deployment never does that")
            self._stack.execute(prepared, progress)
        package = self.place_of(file)
        bucket, _, key = package.uri.removeprefix("s3://").partition("/")
        if not self._has(bucket, key):
            with plainly():
                self._client.put_object(Bucket=bucket, Key=key, Body=file.read_bytes(), ChecksumAlgorithm="SHA256")
        return package

    def find(self, digest: str) -> Package:
        """Return the package whose digest starts with these digits; raise Refused if there is none, or more than one."""
        bucket = self.bucket
        if len(digest) < SHORTEST or not bucket:
            raise Refused(f"{digest} is neither a file nor a deployed package: give at least {SHORTEST} digits of a package's SHA-256")
        with plainly():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{PREFIX}{digest}")
            keys = [row["Key"] for page in pages for row in page.get("Contents", ())]
        if len(keys) != 1:
            raise Refused(f"{'no package' if not keys else 'more than one package'} in {bucket} has a SHA-256 that starts with {digest}")
        return Package(keys[0].removeprefix(PREFIX).removesuffix(".zip"), f"s3://{bucket}/{keys[0]}")

    def _has(self, bucket: str, key: str) -> bool:
        with plainly():
            try:
                self._client.head_object(Bucket=bucket, Key=key)
            except ClientError as failure:
                if failure.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound"):
                    return False
                raise
        return True


def digest_of(uri: str) -> str:
    """Return the digest of the package at an address."""
    return uri.rpartition("/")[2].removesuffix(".zip")
