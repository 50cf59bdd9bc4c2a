"""The AWS CLI drives the whole story: make principals, be denied, ask why, fix it, be allowed, revoke, be denied at once.

No step waits: a change is in force when the call that makes it returns.
"""

import json
import re
import shutil
import subprocess

import pytest

from conftest import ACCOUNT
from principals import identity, may, trust, unique

SECRET = "fileb:///proc/sys/kernel/ostype"


@pytest.fixture
def aws(env, tmp_path):
    """Runs `aws ...` as the root or, with `who`, somebody's credentials; the finished process."""
    program = shutil.which("aws")
    assert program, "the AWS CLI of interop/requirements.txt is not on the PATH; start the suites with interop/run.sh"
    home = env | {"HOME": str(tmp_path), "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1"}

    def run(*arguments, who=None):
        return subprocess.run([program, *arguments], env=home | (who or {}), cwd=tmp_path, capture_output=True,
                              text=True, timeout=120)
    return run


def answer(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def credentials(made: dict) -> dict:
    """The environment of an AccessKey of IAM or Credentials of STS."""
    given = {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}
    return given | ({"AWS_SESSION_TOKEN": made["SessionToken"]} if "SessionToken" in made else {})


def denied(done, action="kms:Encrypt"):
    assert done.returncode != 0 and "(AccessDenied" in done.stderr, done.stdout + done.stderr
    assert f"is not authorized to perform: {action}" in done.stderr


def request_id(done) -> str:
    """The request's id as `aws --debug` shows the answer's headers."""
    return re.search(r"'x-amzn-RequestId': '([0-9a-f-]{36})'", done.stderr, re.I)[1]


@pytest.fixture
def user(aws):
    """A user that the CLI made, its access key, and its environment."""
    name = unique("cli")
    arn = answer(aws("iam", "create-user", "--user-name", name))["User"]["Arn"]
    key = answer(aws("iam", "create-access-key", "--user-name", name))["AccessKey"]
    return {"name": name, "arn": arn, "id": key["AccessKeyId"], "env": credentials(key)}


def test_user_group_and_managed_policy(service, aws, user, key):
    group, arn = unique("cli-group"), key["Arn"]
    encrypt = ("kms", "encrypt", "--key-id", arn, "--plaintext", SECRET)
    assert answer(aws("sts", "get-caller-identity", who=user["env"]))["Arn"] == user["arn"]
    assert answer(aws("iam", "create-group", "--group-name", group))["Group"]["GroupName"] == group
    assert answer(aws("iam", "add-user-to-group", "--group-name", group, "--user-name", user["name"])) is None

    refused = aws(*encrypt, "--debug", who=user["env"])
    denied(refused)
    why = service.cli("explain", request_id(refused), "--data-dir", service.data_dir)
    assert why.returncode == 0, why.stderr
    assert f"Question  may {user['arn']}\n          do kms:Encrypt\n          on {arn}\n" in why.stdout
    assert "Rule      R10 NoIdentityPolicyAllows" in why.stdout
    assert f"in identity policy suggested-by-explain, allow kms:Encrypt on {arn}" in why.stdout

    policy = answer(aws("iam", "create-policy", "--policy-name", unique("cli"), "--policy-document",
                        identity(may("kms:Encrypt", resource=arn))))["Policy"]["Arn"]
    denied(aws(*encrypt, who=user["env"]))  # a policy that is attached to nobody gives nothing
    answer(aws("iam", "attach-group-policy", "--group-name", group, "--policy-arn", policy))
    assert answer(aws(*encrypt, who=user["env"]))["KeyId"] == arn
    attached = answer(aws("iam", "list-attached-group-policies", "--group-name", group))["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [policy]

    answer(aws("iam", "detach-group-policy", "--group-name", group, "--policy-arn", policy))
    denied(aws(*encrypt, who=user["env"]))
    answer(aws("iam", "attach-group-policy", "--group-name", group, "--policy-arn", policy))
    assert answer(aws(*encrypt, who=user["env"]))["KeyId"] == arn
    answer(aws("iam", "remove-user-from-group", "--group-name", group, "--user-name", user["name"]))
    denied(aws(*encrypt, who=user["env"]))


def test_role_is_assumed_denied_explained_fixed_allowed_and_revoked(service, aws, user, key):
    role, arn = unique("cli-role"), key["Arn"]
    made = answer(aws("iam", "create-role", "--role-name", role, "--assume-role-policy-document",
                      trust(f"arn:aws:iam::{ACCOUNT}:root"), "--tags", "Key=team,Value=storage"))["Role"]
    assume = ("sts", "assume-role", "--role-arn", made["Arn"], "--role-session-name", "work")
    denied(aws(*assume, who=user["env"]), "sts:AssumeRole")
    answer(aws("iam", "put-user-policy", "--user-name", user["name"], "--policy-name", "assume", "--policy-document",
               identity(may("sts:AssumeRole", resource=made["Arn"]))))
    session = answer(aws(*assume, who=user["env"]))
    who = credentials(session["Credentials"])
    named = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/work"
    assert session["AssumedRoleUser"]["Arn"] == named
    assert answer(aws("sts", "get-caller-identity", who=who))["Arn"] == named

    make = ("kms", "generate-data-key", "--key-id", arn, "--key-spec", "AES_256", "--encryption-context", "file=42")
    refused = aws(*make, "--debug", who=who)
    denied(refused, "kms:GenerateDataKey")
    why = service.operator("explain", request_id(refused), "--json")
    (decision,) = why["decisions"]
    assert (decision["principal"], decision["allowed"]) == (named, False)
    assert decision["context"]["request"]["encryption_context"] == {"file": "42"}
    (change,) = decision["changes"]
    assert change["Add"]["action"] == "kms:GenerateDataKey" and change["Add"]["resource"] == arn

    answer(aws("iam", "put-role-policy", "--role-name", role, "--policy-name", "fix", "--policy-document",
               identity(may(change["Add"]["action"], resource=change["Add"]["resource"]))))
    assert answer(aws(*make, who=who))["KeyId"] == arn
    answer(aws("iam", "delete-role-policy", "--role-name", role, "--policy-name", "fix"))
    denied(aws(*make, who=who), "kms:GenerateDataKey")
    answer(aws("iam", "delete-role", "--role-name", role))
    gone = aws(*make, who=who)
    assert gone.returncode != 0 and "GenerateDataKey operation" in gone.stderr
    assert "(UnrecognizedClientException)" in gone.stderr or "(AccessDeniedException)" in gone.stderr, gone.stderr


def test_access_key_is_deactivated_activated_and_deleted(aws, user, key):
    answer(aws("iam", "put-user-policy", "--user-name", user["name"], "--policy-name", "own", "--policy-document",
               identity(may("kms:DescribeKey", resource=key["Arn"]))))
    describe = ("kms", "describe-key", "--key-id", key["Arn"])
    of_user = ("--user-name", user["name"], "--access-key-id", user["id"])

    def unknown(done):
        assert done.returncode != 0 and "(UnrecognizedClientException)" in done.stderr, done.stdout + done.stderr

    assert answer(aws(*describe, who=user["env"]))["KeyMetadata"]["Arn"] == key["Arn"]
    answer(aws("iam", "update-access-key", *of_user, "--status", "Inactive"))
    unknown(aws(*describe, who=user["env"]))
    listed = answer(aws("iam", "list-access-keys", "--user-name", user["name"]))["AccessKeyMetadata"]
    assert [(one["AccessKeyId"], one["Status"]) for one in listed] == [(user["id"], "Inactive")]
    answer(aws("iam", "update-access-key", *of_user, "--status", "Active"))
    assert answer(aws(*describe, who=user["env"]))["KeyMetadata"]["Arn"] == key["Arn"]
    used = answer(aws("iam", "get-access-key-last-used", "--access-key-id", user["id"]))
    assert (used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]) == (user["name"], "kms")
    answer(aws("iam", "delete-access-key", *of_user))
    unknown(aws(*describe, who=user["env"]))


def test_version_of_a_managed_policy_is_in_force_when_the_call_returns(aws, user, key):
    describe = ("kms", "describe-key", "--key-id", key["Arn"])
    policy = answer(aws("iam", "create-policy", "--policy-name", unique("cli"), "--policy-document",
                        identity(may("kms:DescribeKey"))))["Policy"]["Arn"]
    answer(aws("iam", "attach-user-policy", "--user-name", user["name"], "--policy-arn", policy))
    assert answer(aws(*describe, who=user["env"]))
    answer(aws("iam", "create-policy-version", "--policy-arn", policy, "--set-as-default", "--policy-document",
               identity(may("kms:*"), may("kms:DescribeKey", effect="Deny"))))
    refused = aws(*describe, who=user["env"])
    denied(refused, "kms:DescribeKey")
    assert "with an explicit deny in an identity-based policy" in refused.stderr
    answer(aws("iam", "set-default-policy-version", "--policy-arn", policy, "--version-id", "v1"))
    assert answer(aws(*describe, who=user["env"]))


def test_user_that_is_made_again_does_not_inherit(aws, user, key):
    statement = {"Effect": "Allow", "Principal": {"AWS": user["arn"]}, "Action": "kms:DescribeKey", "Resource": "*"}
    old = json.loads(answer(aws("kms", "get-key-policy", "--key-id", key["Arn"]))["Policy"])
    old["Statement"].append(statement)
    answer(aws("kms", "put-key-policy", "--key-id", key["Arn"], "--policy", json.dumps(old)))
    describe = ("kms", "describe-key", "--key-id", key["Arn"])
    assert answer(aws(*describe, who=user["env"]))
    answer(aws("iam", "delete-access-key", "--user-name", user["name"], "--access-key-id", user["id"]))
    answer(aws("iam", "delete-user", "--user-name", user["name"]))
    answer(aws("iam", "create-user", "--user-name", user["name"]))
    again = credentials(answer(aws("iam", "create-access-key", "--user-name", user["name"]))["AccessKey"])
    denied(aws(*describe, who=again), "kms:DescribeKey")
    answer(aws("kms", "put-key-policy", "--key-id", key["Arn"], "--policy", json.dumps(
        old | {"Statement": [*old["Statement"][:-1], statement]})))  # named again, it is this one that is meant
    assert answer(aws(*describe, who=again))
