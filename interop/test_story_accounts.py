"""Several accounts in one service: separated, and what one gives the other through policies and grants."""

import json
import uuid

import pytest

import harness
from conftest import kms_client
from expect import error_of, refused
from principals import Account, identity, may, request_id, trust, unique

A, B = "000000000000", "210987654321"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A service of its own: accounts would be seen by other suites."""
    service = harness.Service(tmp_path_factory.mktemp("accounts") / "data").start()
    yield service
    service.kill()


@pytest.fixture(scope="module")
def accounts(running):
    """The first account, and another one."""
    made = running.operator("account", "create", "--id", B)
    assert made["Account"] == B
    first, second = Account(running), Account(running, B)
    assert (first.id, second.id, second.env["AWS_ACCESS_KEY_ID"]) == (A, B, made["AccessKeyId"])
    return first, second


def key_for(account, principal, *actions):
    """A key of `account` whose policy leaves it to the account and names `principal`."""
    statements = [{"Effect": "Allow", "Principal": {"AWS": account.arn}, "Action": "kms:*", "Resource": "*"},
                  {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions), "Resource": "*"}]
    return account.key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))


def encrypt(who, key, **more):
    return who.kms.encrypt(KeyId=key, Plaintext=b"x", **more)["CiphertextBlob"]


def denial(who, key) -> str:
    """The request id of a denied Encrypt."""
    with refused("AccessDeniedException") as caught:
        encrypt(who, key)
    return request_id(caught)


def denied(action="kms:Encrypt"):
    return refused("AccessDeniedException", f"is not authorized to perform: {action}")


def test_account_create_list_and_env(running, accounts):
    first, second = accounts
    listed = {one["account"] for one in running.operator("account", "list")["Accounts"]}
    assert {A, B} <= listed
    assert second.sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{B}:root"
    assert first.sts.get_caller_identity()["Account"] == A
    twice = running.cli("account", "create", "--id", B, "--data-dir", running.data_dir)
    assert twice.returncode != 0 and B in twice.stderr
    for bad in ("12345", "abcdefghijkl", "1234567890123"):
        done = running.cli("account", "create", "--id", bad, "--data-dir", running.data_dir)
        assert done.returncode != 0, bad
    nobody = running.cli("env", "--account", "999999999999", "--data-dir", running.data_dir)
    assert nobody.returncode != 0 and "export" not in nobody.stdout


def test_root_of_the_other_account_is_named_by_the_key_policy(accounts):
    first, second = accounts
    theirs = first.key()
    with denied():
        encrypt(second, theirs)
    ours = key_for(first, second.arn, "kms:Encrypt")
    assert encrypt(second, ours)
    with denied("kms:DescribeKey"):
        second.kms.describe_key(KeyId=ours)


def test_user_of_the_other_account_needs_both_sides(accounts):
    first, second = accounts
    key = key_for(first, second.arn, "kms:Encrypt", "kms:Decrypt")
    user = second.user()
    with denied():
        encrypt(user, key)  # the key policy gives it to the account, which has not given it to the user
    second.iam.put_user_policy(UserName=user.name, PolicyName="own", PolicyDocument=identity(
        may("kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", resource=key)))
    blob = encrypt(user, key)
    assert user.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    with denied("kms:DescribeKey"):  # the identity policy alone gives nothing on another account's key
        user.kms.describe_key(KeyId=key)
    first.kms.put_key_policy(KeyId=key, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": first.arn}, "Action": "kms:*", "Resource": "*"}]}))
    with denied():
        encrypt(user, key)


def test_user_that_the_key_policy_names_needs_its_own_account_too(accounts):
    first, second = accounts
    user = second.user()
    key = key_for(first, user.arn, "kms:Encrypt")
    with denied():
        encrypt(user, key)
    second.iam.put_user_policy(UserName=user.name, PolicyName="own", PolicyDocument=identity(may("kms:Encrypt")))
    assert encrypt(user, key)
    own = key_for(second, second.user().arn, "kms:Encrypt")
    assert encrypt(user, own)  # and at home the identity policy is enough


def test_grant_across_accounts(accounts):
    """A grant is the exception: it names the grantee itself, whose account need not say anything; it may forbid."""
    first, second = accounts
    key, user, other = first.key(), second.user(), second.user(may("kms:*"))
    with denied():
        encrypt(user, key)
    grant = first.kms.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt", "DescribeKey"])
    assert encrypt(user, key, GrantTokens=[grant["GrantToken"]])
    assert user.kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    with denied():
        encrypt(other, key)  # whoever is not the grantee gets nothing
    second.iam.put_user_policy(UserName=user.name, PolicyName="own", PolicyDocument=identity(
        may("kms:Encrypt", effect="Deny")))
    with denied():
        encrypt(user, key)
    second.iam.delete_user_policy(UserName=user.name, PolicyName="own")
    assert encrypt(user, key)
    first.kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    with denied():
        encrypt(user, key)


def test_alias_across_accounts(accounts):
    first, second = accounts
    key, name = key_for(first, second.arn, "kms:Encrypt", "kms:DescribeKey"), "alias/" + unique("shared")
    first.kms.create_alias(AliasName=name, TargetKeyId=key)
    arn = f"arn:aws:kms:us-east-1:{A}:{name}"
    assert second.kms.encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == key
    assert second.kms.describe_key(KeyId=arn)["KeyMetadata"]["AWSAccountId"] == A
    with refused("NotFoundException"):  # a name alone is one of the caller's account
        second.kms.encrypt(KeyId=name, Plaintext=b"x")
    mine = second.key()
    second.kms.create_alias(AliasName=name, TargetKeyId=mine)
    assert second.kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"] == mine
    assert first.kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"] == key
    with refused("AccessDeniedException"):
        second.kms.encrypt(KeyId=f"arn:aws:kms:us-east-1:{A}:alias/{unique('none')}", Plaintext=b"x")


def test_ciphertext_of_another_account_without_a_key_id(accounts):
    first, second = accounts
    blob = encrypt(first, first.key())
    with refused("AccessDeniedException"):
        second.kms.decrypt(CiphertextBlob=blob)
    shared = key_for(first, second.arn, "kms:Decrypt")
    assert second.kms.decrypt(CiphertextBlob=encrypt(first, shared))["Plaintext"] == b"x"


def test_lists_are_separate(accounts):
    first, second = accounts
    keys = {one: one.key() for one in accounts}
    names = {one: one.user().name for one in accounts}
    roles = {one: one.role(trust(one.arn))["RoleName"] for one in accounts}
    policies = {one: one.policy(may("kms:ListKeys")) for one in accounts}
    for mine, other in ((first, second), (second, first)):
        listed = {key["KeyArn"] for page in mine.kms.get_paginator("list_keys").paginate() for key in page["Keys"]}
        assert keys[mine] in listed and keys[other] not in listed
        assert all(f":{mine.id}:" in arn for arn in listed)
        users = [user["UserName"] for user in mine.iam.list_users()["Users"]]
        assert names[mine] in users and names[other] not in users
        listed = [role["RoleName"] for role in mine.iam.list_roles()["Roles"]]
        assert roles[mine] in listed and roles[other] not in listed
        listed = [one["Arn"] for one in mine.iam.list_policies(Scope="Local")["Policies"]]
        assert policies[mine] in listed and policies[other] not in listed
        with refused("NoSuchEntity", status=404):
            mine.iam.get_user(UserName=names[other])
        assert error_of(mine.iam.get_policy, PolicyArn=policies[other]) in ("NoSuchEntity", "AccessDenied")
        with refused("NotFoundException"):
            mine.kms.describe_key(KeyId=keys[other].rpartition("/")[2])


def test_operations_that_never_cross_accounts(accounts):
    """Even with everything allowed on both sides (contract: "Cross-account use: No")."""
    first, second = accounts
    key = key_for(first, second.arn, "kms:*")
    assert encrypt(second, key)
    for operation, parameters in {
        "schedule_key_deletion": {}, "enable_key": {}, "disable_key": {}, "put_key_policy": dict(Policy="{}"),
        "tag_resource": dict(Tags=[{"TagKey": "a", "TagValue": "b"}]), "update_key_description": dict(Description="x"),
    }.items():
        code = error_of(getattr(second.kms, operation), KeyId=key, **parameters)
        assert code == "AccessDeniedException", f"{operation}: {code}"
    assert first.kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]


def test_role_across_accounts_needs_both_sides(accounts):
    first, second = accounts
    key = first.key()
    role = first.role(trust(second.arn), may("kms:Encrypt", resource=key))
    user = second.user()
    with refused("AccessDenied", "is not authorized to perform: sts:AssumeRole", 403):
        user.assume(role)
    second.iam.put_user_policy(UserName=user.name, PolicyName="own", PolicyDocument=identity(
        may("sts:AssumeRole", resource=role["Arn"])))
    session = user.assume(role)
    assert session.sts.get_caller_identity()["Account"] == A
    assert encrypt(session, key)
    first.iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=trust(first.arn))
    with refused("AccessDenied", status=403):
        user.assume(role)
    external = first.role(trust(second.arn, StringEquals={"sts:ExternalId": "42"}))
    second.iam.put_user_policy(UserName=user.name, PolicyName="own", PolicyDocument=identity(may("sts:AssumeRole")))
    assert user.assume(external, ExternalId="42")
    for wrong in ({}, {"ExternalId": "43"}):
        with refused("AccessDenied", status=403):
            user.assume(external, **wrong)


def test_account_is_deleted_only_when_nothing_is_in_it(running, accounts):
    other = "345678901234"
    running.operator("account", "create", "--id", other)
    third = Account(running, other)
    key, user = third.key(), third.user()

    def delete():
        return running.cli("account", "delete", "--id", other, "--data-dir", running.data_dir)

    in_use = delete()
    assert in_use.returncode != 0 and "key" in in_use.stderr
    third.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert delete().returncode != 0
    assert third.sts.get_caller_identity()["Account"] == other
    empty = "456789012345"
    running.operator("account", "create", "--id", empty)
    root = Account(running, empty)
    user = root.user()
    in_use = running.cli("account", "delete", "--id", empty, "--data-dir", running.data_dir)
    assert in_use.returncode != 0 and "user" in in_use.stderr
    root.iam.delete_access_key(UserName=user.name, AccessKeyId=user.env["AWS_ACCESS_KEY_ID"])
    root.iam.delete_user(UserName=user.name)
    done = running.cli("account", "delete", "--id", empty, "--data-dir", running.data_dir)
    assert done.returncode == 0, done.stderr
    assert empty not in [one["account"] for one in running.operator("account", "list")["Accounts"]]
    with refused("UnrecognizedClientException"):
        kms_client(root.env).list_keys()
    assert running.cli("env", "--account", empty, "--data-dir", running.data_dir).returncode != 0


def test_denial_of_another_account_is_not_decoded(running, accounts):
    """Caller and resource both have to be the account's own; the others look like an id that nobody knows."""
    first, second = accounts
    key, theirs = first.key(), second.key()
    own = denial(first.user(), key)
    foreign = {"another's denial": (second, own), "our caller on their key": (first, denial(first, theirs)),
               "their caller on our key": (first, denial(second, key)), "unknown": (first, str(uuid.uuid4()))}
    said = set()
    for case, (who, request) in foreign.items():
        with refused("InvalidAuthorizationMessageException") as caught:
            who.sts.decode_authorization_message(EncodedMessage=request)
        said.add(caught.value.response["Error"]["Message"])
    assert len(said) == 1, said
    message = json.loads(first.sts.decode_authorization_message(EncodedMessage=own)["DecodedMessage"])
    assert message["context"]["resource"] == key  # the control
