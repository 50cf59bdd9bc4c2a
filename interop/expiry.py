"""Session tokens at their end, from outside and in real time: it takes the fifteen minutes that a session lasts at least.

A session of a role, one of a user and a federated user; boto3 and the AWS CLI. They work until shortly before their
end, the control, and not after it: at KMS, STS and IAM, in a service that knows the token and, after a second start, in
one that has never seen it. `crates/service/tests/ops/expired_sessions.rs` does the same to the millisecond.
Usage: expiry.py --binary BINARY
"""

import argparse
import datetime
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from botocore.exceptions import ClientError

import harness
from principals import Account, identity, may, trust

LASTS = 900  # seconds; STS takes no less
BEFORE = 20  # seconds before the end that all still have to work
AFTER = 2  # seconds after it


def error_of(call):
    """The error code of a call, or "" when it succeeded."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def faces(who):
    """The calls that every session is tried with, by name."""
    return {"kms": who.kms.list_keys, "sts": who.sts.get_caller_identity, "iam": who.iam.list_users}


def cli(service, who):
    """The exit status and the complaint of `aws kms list-keys`."""
    program = shutil.which("aws")
    assert program, "the AWS CLI of interop/requirements.txt is not on the PATH; start this with interop/run.sh"
    env = who.env | {"AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1", "HOME": str(service.data_dir.parent)}
    done = subprocess.run([program, "kms", "list-keys"], env=env, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stderr


def make_sessions(service):
    """One of each kind, by name, and the time at which the last of them ends."""
    root = Account(service)
    allowed = may("kms:ListKeys", "iam:ListUsers", "sts:*")
    user = root.user(allowed)
    role = root.role(trust(user.arn), allowed)
    answers = {
        "role": user.sts.assume_role(RoleArn=role["Arn"], RoleSessionName="s1", DurationSeconds=LASTS),
        "user": user.sts.get_session_token(DurationSeconds=LASTS),
        "federated": user.sts.get_federation_token(Name="guest", Policy=identity(allowed), DurationSeconds=LASTS),
    }
    end = max(answer["Credentials"]["Expiration"] for answer in answers.values())
    return {kind: user.with_credentials(answer["Credentials"]) for kind, answer in answers.items()}, user, end


def wait_until(moment):
    time.sleep(max(0.0, (moment - datetime.datetime.now(datetime.timezone.utc)).total_seconds()))


def check_alive(service, sessions):
    for kind, who in sessions.items():
        for face, call in faces(who).items():
            # Sessions of users and federated users do not reach IAM at all.
            expected = "InvalidClientTokenId" if face == "iam" and kind != "role" else ""
            assert (code := error_of(call)) == expected, f"{kind} at {face} before its end: {code}"
        assert (done := cli(service, who))[0] == 0, f"{kind} with the AWS CLI before its end: {done}"


def check_ended(service, sessions):
    for kind, who in sessions.items():
        for face, call in faces(who).items():
            expected = "ExpiredTokenException" if face == "kms" else "ExpiredToken"
            assert (code := error_of(call)) == expected, f"{kind} at {face} after its end: {code or 'served'}"
        status, complaint = cli(service, who)
        assert status != 0 and "ExpiredToken" in complaint, f"{kind} with the AWS CLI after its end: {complaint}"


def run(binary):
    with tempfile.TemporaryDirectory() as folder:
        service = harness.Service(Path(folder) / "data", program=binary).start()
        try:
            sessions, user, end = make_sessions(service)
            check_alive(service, sessions)
            wait_until(end - datetime.timedelta(seconds=BEFORE))
            check_alive(service, sessions)
            wait_until(end + datetime.timedelta(seconds=AFTER))
            check_ended(service, sessions)
            assert error_of(user.kms.list_keys) == "", "an access key does not end"
            assert service.stop() == 0
            service.start()
            check_ended(service, sessions)
            assert error_of(user.kms.list_keys) == "", "an access key does not end"
        finally:
            service.kill()
    print(f"expiry: {len(sessions)} kinds of sessions worked until {BEFORE} s before their end and not after it, "
          "at kms, sts and iam, by boto3 and the AWS CLI, before and after a second start of the service")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=harness.binary())
    sys.exit(run(parser.parse_args().binary))


if __name__ == "__main__":
    main()
