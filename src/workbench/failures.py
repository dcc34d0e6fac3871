"""Errors of AWS, of boto3 and of the operating system, in one line that says what to do if that is known."""

import re

from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

REJECTED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException"}
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
SIGN_IN = "sign in with `aws sso login` or `aws configure`, or set AWS_PROFILE"


def in_one_line(failure: Exception) -> str:
    """Return the message of an error in one line: what failed and, if that is known, what to do."""
    match failure:
        case ClientError():
            return _of_aws(failure)
        case NoCredentialsError() | PartialCredentialsError():
            return f"no AWS credentials were found: {SIGN_IN}"
        case NoRegionError():
            return "no region is set: set AWS_REGION, such as eu-central-1"
        case ProfileNotFound():
            return f"{one_line(str(failure))}: set AWS_PROFILE to a profile that exists"
        case TokenRetrievalError() | SSOError():
            return f"the AWS sign-in has expired; sign in again with `aws sso login`: {one_line(str(failure))}"
        case OSError():
            return of_system(failure)
    return one_line(str(failure)) or type(failure).__name__


def _of_aws(failure: ClientError) -> str:
    error = failure.response.get("Error", {})
    code, message = error.get("Code", "unknown"), one_line(error.get("Message", ""))
    if code in REJECTED:
        return f"AWS rejected the credentials ({code}): sign in again"
    return f"the credentials don't allow this ({code}): {message}" if code in _DENIED else f"{code}: {message}"


def of_system(failure: OSError) -> str:
    """Return the message of an error of the operating system: the file, if one is known, and what is wrong with it."""
    what = failure.strerror or one_line(str(failure)) or type(failure).__name__
    return f"{one_line(str(failure.filename))}: {what}" if failure.filename is not None else what


def one_line(text: str) -> str:
    """Return a text with each line end and run of spaces replaced by one space."""
    return re.sub(r"\s+", " ", text).strip()
