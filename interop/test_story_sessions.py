"""boto3: temporary credentials, and the conditions that decide what they may do."""

import datetime

import pytest

from conftest import ACCOUNT, allow, kms_client, policy
from expect import refused
from principals import Account, Principal, identity, may, request_id, trust

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
UNKNOWN = "UnrecognizedClientException"


@pytest.fixture(scope="module")
def root(service):
    return Account(service)


@pytest.fixture(scope="module")
def operator(root):
    """A user who may assume every role and tag sessions."""
    return root.user(may("sts:AssumeRole", "sts:TagSession"))


def denied(action="kms:Encrypt", text=""):
    return refused("AccessDeniedException", f"is not authorized to perform: {action}" if not text else text)


def encrypt(who, key, **context):
    return who.kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]


def tags(prefix="", **pairs):
    return [{f"{prefix}Key": name, f"{prefix}Value": value} for name, value in pairs.items()]


def hours(offset) -> str:
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=offset)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_session_under_a_key_policy_that_names_the_role(root, operator):
    role = root.role(trust(operator.arn))
    condition = {"Condition": {"StringEquals": {"kms:EncryptionContext:tenant": "one"}}}
    key = root.key(Policy=policy(allow(role["Arn"], "kms:Encrypt", "kms:Decrypt") | condition))
    session = operator.assume(role)
    blob = encrypt(session, key, tenant="one", file="a")
    opened = session.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"tenant": "one", "file": "a"})
    assert opened["Plaintext"] == b"x"
    with denied():
        encrypt(session, key, tenant="two")
    with denied():
        encrypt(session, key)
    with denied():
        encrypt(operator, key, tenant="one")  # the role may, not whoever may assume it


def test_session_is_denied_explained_fixed_allowed_and_revoked(service, root, operator, key):
    """One session token all the way: what fixes the denial is what `explain` says, and no step waits for another."""
    role = root.role(trust(operator.arn))
    session = operator.assume(role, "work")
    assert session.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role['RoleName']}/work"
    assert session.sts.get_caller_identity()["Arn"] == session.arn
    with denied() as caught:
        encrypt(session, key["Arn"], file="42")
    (decision,) = service.operator("explain", request_id(caught), "--json")["decisions"]
    assert (decision["principal"], decision["allowed"]) == (session.arn, False)
    assert decision["context"]["request"]["encryption_context"] == {"file": "42"}
    (change,) = decision["changes"]
    fix = change["Add"]
    of_role = {"RoleName": role["RoleName"], "PolicyName": fix["to"]["Identity"]}
    root.iam.put_role_policy(**of_role, PolicyDocument=identity(may(fix["action"], resource=fix["resource"])))
    blob = encrypt(session, key["Arn"], file="42")
    with refused("AccessDeniedException"):  # what was suggested, and no more
        session.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"file": "42"})
    root.iam.delete_role_policy(**of_role)
    with denied():
        encrypt(session, key["Arn"], file="42")


def test_session_under_a_key_policy_that_names_one_session(root, operator):
    role = root.role(trust(operator.arn))
    named = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role['RoleName']}/night"
    key = root.key(Policy=policy(allow(named, "kms:Encrypt")))
    assert encrypt(operator.assume(role, "night"), key)
    with denied():
        encrypt(operator.assume(role, "day"), key)


def test_identity_policy_of_the_role_with_the_encryption_context(root, operator, key):
    role = root.role(trust(operator.arn), may("kms:Encrypt", resource=key["Arn"], StringEquals={
        "kms:EncryptionContext:department": "${aws:PrincipalTag/department}"}), Tags=tags(department="red"))
    session = operator.assume(role)
    assert encrypt(session, key["Arn"], department="red")
    with denied():
        encrypt(session, key["Arn"], department="blue")
    root.iam.tag_role(RoleName=role["RoleName"], Tags=tags(department="blue"))
    assert encrypt(session, key["Arn"], department="blue")
    with denied():
        encrypt(session, key["Arn"], department="red")


def test_abac_keys_of_the_project_of_the_user(root):
    """One policy for everybody: the tags of the caller and of the key decide, as they are now."""
    rule = may("kms:Encrypt", "kms:DescribeKey", StringEquals={"aws:ResourceTag/project": "${aws:PrincipalTag/project}"})
    of_apollo = root.user(rule, Tags=tags(project="apollo"))
    of_gemini = root.user(rule, Tags=tags(project="gemini"))
    of_nobody = root.user(rule)
    apollo = root.key(Tags=tags("Tag", project="apollo"))
    untagged = root.key()
    assert encrypt(of_apollo, apollo)
    for who, key in ((of_gemini, apollo), (of_nobody, apollo), (of_apollo, untagged), (of_nobody, untagged)):
        with denied():
            encrypt(who, key)
    root.kms.tag_resource(KeyId=apollo, Tags=tags("Tag", project="gemini"))
    assert encrypt(of_gemini, apollo)
    with denied():
        encrypt(of_apollo, apollo)
    root.iam.tag_user(UserName=of_apollo.name, Tags=tags(project="gemini"))
    assert encrypt(of_apollo, apollo)
    root.iam.untag_user(UserName=of_apollo.name, TagKeys=["project"])
    with denied():
        encrypt(of_apollo, apollo)


def test_session_tags_win_over_the_tags_of_the_role(root, operator, key):
    role = root.role(trust(operator.arn, "sts:AssumeRole", "sts:TagSession"), may(
        "kms:Encrypt", StringEquals={"aws:PrincipalTag/stage": "live"}), Tags=tags(stage="test"))
    with denied():
        encrypt(operator.assume(role), key["Arn"])
    assert encrypt(operator.assume(role, Tags=tags(stage="live")), key["Arn"])
    root.iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=trust(operator.arn))
    with refused("AccessDenied", "is not authorized to perform: sts:TagSession", 403):
        operator.assume(role, Tags=tags(stage="live"))


def test_session_policy_narrows_and_never_widens(root, operator, key):
    role = root.role(trust(operator.arn), may("kms:Encrypt", "kms:DescribeKey"))
    wide = operator.assume(role)
    narrow = operator.assume(role, Policy=identity(may("kms:DescribeKey", "kms:Decrypt")))
    blob = encrypt(wide, key["Arn"])
    assert narrow.kms.describe_key(KeyId=key["Arn"])
    with denied(text="because no session policy allows the kms:Encrypt action"):
        encrypt(narrow, key["Arn"])
    with refused("AccessDeniedException"):
        narrow.kms.decrypt(CiphertextBlob=blob)
    managed = root.policy(may("kms:Encrypt"))
    assert encrypt(operator.assume(role, PolicyArns=[{"arn": managed}]), key["Arn"])


def test_permissions_boundary_of_a_user_and_of_a_role(root, operator, key):
    boundary = root.policy(may("kms:DescribeKey", "sts:*"))
    user = root.user(may("kms:*"))
    session = operator.assume(role := root.role(trust(operator.arn), may("kms:*")))
    for who in (user, session):
        assert encrypt(who, key["Arn"])
    root.iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=boundary)
    root.iam.put_role_permissions_boundary(RoleName=role["RoleName"], PermissionsBoundary=boundary)
    for who in (user, session):
        assert who.kms.describe_key(KeyId=key["Arn"])
        with denied(text="because no permissions boundary allows the kms:Encrypt action"):
            encrypt(who, key["Arn"])
    root.iam.delete_user_permissions_boundary(UserName=user.name)
    root.iam.delete_role_permissions_boundary(RoleName=role["RoleName"])
    for who in (user, session):
        assert encrypt(who, key["Arn"])


@pytest.mark.parametrize("where", ["first", "middle", "last", "cut", "somebody else's"])
def test_forged_token_is_refused(root, operator, key, where):
    role = root.role(trust(operator.arn), may("kms:Encrypt"))
    session = operator.assume(role)
    token = session.env["AWS_SESSION_TOKEN"]

    def flipped(at):
        return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]

    forged = {"first": lambda: flipped(0), "middle": lambda: flipped(len(token) // 2),
              "last": lambda: flipped(len(token.rstrip("=")) - 2), "cut": lambda: token[:-4],
              "somebody else's": lambda: operator.assume(role).env["AWS_SESSION_TOKEN"]}[where]()
    assert encrypt(session, key["Arn"])
    assert forged != token
    with refused((UNKNOWN, "InvalidSignatureException")):
        encrypt(Principal(session.env | {"AWS_SESSION_TOKEN": forged}), key["Arn"])


def test_key_of_a_session_without_its_token_and_with_another_secret(root, operator, key):
    session = operator.assume(root.role(trust(operator.arn), may("kms:Encrypt")))
    bare = {name: value for name, value in session.env.items() if name != "AWS_SESSION_TOKEN"}
    with refused(UNKNOWN):
        encrypt(Principal(bare), key["Arn"])
    with refused("InvalidSignatureException"):
        encrypt(Principal(session.env | {"AWS_SECRET_ACCESS_KEY": "x" * 40}), key["Arn"])
    with refused(UNKNOWN):
        encrypt(Principal(operator.env | {"AWS_SESSION_TOKEN": session.env["AWS_SESSION_TOKEN"]}), key["Arn"])


def test_role_that_is_deleted_or_made_again_ends_its_sessions(root, operator):
    role = root.role(trust(operator.arn))
    key = root.key(Policy=policy(allow(role["Arn"], "kms:Encrypt")))
    session = operator.assume(role)
    assert encrypt(session, key)
    root.iam.delete_role(RoleName=role["RoleName"])
    with refused((UNKNOWN, "AccessDeniedException")):
        encrypt(session, key)
    again = root.iam.create_role(RoleName=role["RoleName"], AssumeRolePolicyDocument=trust(operator.arn))["Role"]
    assert (again["Arn"], again["RoleId"] == role["RoleId"]) == (role["Arn"], False)
    with refused((UNKNOWN, "AccessDeniedException")):
        encrypt(session, key)
    with denied():  # the key policy means the role that is gone
        encrypt(operator.assume(again), key)


def test_sessions_are_revoked_by_their_time_of_issue(root, operator, key):
    """What the console calls "revoke active sessions"."""
    role = root.role(trust(operator.arn), may("kms:Encrypt"))
    session = operator.assume(role)

    def revoke(before):
        root.iam.put_role_policy(RoleName=role["RoleName"], PolicyName="AWSRevokeOlderSessions", PolicyDocument=identity(
            may("*", effect="Deny", DateLessThan={"aws:TokenIssueTime": before})))

    assert encrypt(session, key["Arn"])
    revoke(hours(-1))
    assert encrypt(session, key["Arn"])
    revoke(hours(1))
    with denied(text="with an explicit deny in an identity-based policy"):
        encrypt(session, key["Arn"])
    user = root.user(may("kms:Encrypt"), may("*", effect="Deny", DateLessThan={"aws:TokenIssueTime": hours(1)}))
    assert encrypt(user, key["Arn"])  # a long-lived key has no time of issue


@pytest.mark.parametrize("changed, code", [
    (dict(DurationSeconds=899), "ValidationError"), (dict(DurationSeconds=3601), "ValidationError"),
    (dict(Policy="{"), "MalformedPolicyDocument"), (dict(SerialNumber="a" * 9, TokenCode="123456"), "AccessDenied"),
])
def test_assume_role_that_is_refused(root, operator, changed, code):
    role = root.role(trust(operator.arn))
    assert operator.assume(role)
    loose = kms_client(operator.env, service="sts", validate=False)  # without the SDK's own checks
    with refused(code, status=403 if code == "AccessDenied" else 400):
        loose.assume_role(RoleArn=role["Arn"], RoleSessionName="s1", **changed)


def test_session_token_of_a_user(root, key):
    user = root.user(may("kms:Encrypt", "iam:ListUsers"))
    assert user.iam.list_users()["Users"]
    session = user.with_credentials(user.sts.get_session_token(DurationSeconds=900)["Credentials"])
    assert session.sts.get_caller_identity()["Arn"] == user.arn
    assert encrypt(session, key["Arn"])
    with refused("InvalidClientTokenId", status=403):
        session.iam.list_users()
    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials", 403):
        session.sts.get_session_token()
    root.iam.delete_user_policy(UserName=user.name, PolicyName="own")
    with denied():
        encrypt(session, key["Arn"])
    root.iam.update_access_key(UserName=user.name, AccessKeyId=user.env["AWS_ACCESS_KEY_ID"], Status="Inactive")
    with refused(UNKNOWN):
        user.kms.list_keys()


def test_federated_user_may_what_user_and_session_policy_both_allow(root, key):
    user = root.user(may("kms:Encrypt", "kms:DescribeKey", "sts:GetFederationToken"))
    made = user.sts.get_federation_token(Name="guest", Policy=identity(may("kms:Encrypt", "kms:ListKeys")))
    guest = user.with_credentials(made["Credentials"], made["FederatedUser"]["Arn"])
    assert guest.arn == f"arn:aws:sts::{ACCOUNT}:federated-user/guest" == guest.sts.get_caller_identity()["Arn"]
    assert encrypt(guest, key["Arn"])
    with denied("kms:DescribeKey"):
        guest.kms.describe_key(KeyId=key["Arn"])
    with denied("kms:ListKeys"):
        guest.kms.list_keys()
    without = user.with_credentials(user.sts.get_federation_token(Name="bare")["Credentials"])
    with denied():
        encrypt(without, key["Arn"])
    named = root.key(Policy=policy(allow(f"arn:aws:sts::{ACCOUNT}:federated-user/bare", "kms:Encrypt")))
    assert encrypt(without, named)
    root.iam.delete_user_policy(UserName=user.name, PolicyName="own")
    with denied():
        encrypt(guest, key["Arn"])


def test_transitive_tags_go_along_when_a_role_assumes_a_role(root, operator, key):
    trusting = trust(root.arn, "sts:AssumeRole", "sts:TagSession")
    first = root.role(trusting, may("sts:AssumeRole", "sts:TagSession"))
    second = root.role(trusting, may("kms:Encrypt", StringEquals={"aws:PrincipalTag/tenant": "one"}))
    carrying = operator.assume(first, Tags=tags(tenant="one"), TransitiveTagKeys=["tenant"])
    assert encrypt(carrying.assume(second), key["Arn"])
    with refused("InvalidParameterValue", "transitive tag key"):
        carrying.assume(second, Tags=tags(tenant="two"))
    with refused("ValidationError", "role chaining"):
        carrying.assume(second, DurationSeconds=7200)
    with denied():
        encrypt(operator.assume(first, Tags=tags(tenant="one")).assume(second), key["Arn"])


def test_sessions_say_that_there_was_no_second_factor(root, key):
    """`BoolIfExists` lets long-lived keys through, whose requests do not have the key, and no session without MFA."""
    user = root.user(may("kms:Encrypt", BoolIfExists={"aws:MultiFactorAuthPresent": "true"}))
    assert encrypt(user, key["Arn"])
    with denied():
        encrypt(user.with_credentials(user.sts.get_session_token()["Credentials"]), key["Arn"])


def test_aliases_decide(root, key, alias):
    by_resource = root.user(may("kms:Encrypt", **{"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}))
    by_request = root.user(may("kms:Encrypt", StringEquals={"kms:RequestAlias": alias}))
    with denied():
        encrypt(by_resource, key["Arn"])
    root.kms.create_alias(AliasName=alias, TargetKeyId=key["Arn"])
    assert encrypt(by_resource, key["Arn"]) and encrypt(by_request, alias)
    with denied():
        encrypt(by_request, key["Arn"])
    root.kms.delete_alias(AliasName=alias)
    with denied():
        encrypt(by_resource, key["Arn"])
