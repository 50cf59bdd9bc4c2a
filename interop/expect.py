"""How the suites say "this call must be refused so"."""

import contextlib

import pytest
from botocore.exceptions import ClientError


@contextlib.contextmanager
def refused(code, text=None, status=400):
    """The call inside must fail with this wire name (or one of several), HTTP status and, if given, this piece of text."""
    codes = {code} if isinstance(code, str) else set(code)
    with pytest.raises(ClientError) as caught:
        yield caught
    answer = caught.value.response
    error = answer["Error"]
    assert error["Code"] in codes, f"{error['Code']}: {error.get('Message')}"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status, answer
    if text is not None:
        assert text in error["Message"], error["Message"]


def error_of(call, **parameters):
    """The error code of a call, or "" when it succeeded."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""
