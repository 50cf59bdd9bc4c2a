"""boto3: the calls that the modules of Ansible's collection amazon.aws make (iam_user, iam_group, iam_role,
iam_managed_policy, kms_key) when something is to be there, is there already, and is to be gone."""

import json

import pytest

from authenticator import Authenticator
from expect import error_of, refused
from principals import Account, identity, may, trust, unique


@pytest.fixture(scope="module")
def root(service):
    return Account(service)


def all_of(client, operation, **parameters):
    """Every page of a list, as `build_full_result` gives it."""
    return client.get_paginator(operation).paginate(**parameters).build_full_result()


def missing(kind, name):
    return refused("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)


def user_present(iam, name, policies) -> bool:
    """What iam_user does for `state: present`; whether it changed something."""
    changed = error_of(iam.get_user, UserName=name) == "NoSuchEntity"
    if changed:
        iam.create_user(UserName=name, Path="/", Tags=[{"Key": "made", "Value": "by-ansible"}])
        iam.get_waiter("user_exists").wait(UserName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    assert iam.list_user_tags(UserName=name)["Tags"] == [{"Key": "made", "Value": "by-ansible"}]
    attached = {one["PolicyArn"] for one in all_of(iam, "list_attached_user_policies", UserName=name)["AttachedPolicies"]}
    for arn in policies - attached:
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    for arn in attached - policies:
        iam.detach_user_policy(UserName=name, PolicyArn=arn)
    assert iam.get_user(UserName=name)["User"]["UserName"] == name
    return changed or attached != policies


def user_absent(iam, name):
    """What it does for `state: absent`: a failure other than NoSuchEntity would end the play."""
    for one in all_of(iam, "list_attached_user_policies", UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=one["PolicyArn"])
    for one in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=one["AccessKeyId"])
    with refused("NoSuchEntity", f"Login Profile for User {name} cannot be found.", 404):
        iam.delete_login_profile(UserName=name)
    assert iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"] == []
    assert iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"] == []
    assert iam.list_signing_certificates(UserName=name)["Certificates"] == []
    for one in iam.list_mfa_devices(UserName=name)["MFADevices"]:
        iam.deactivate_mfa_device(UserName=name, SerialNumber=one["SerialNumber"])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    for one in iam.list_groups_for_user(UserName=name)["Groups"]:
        iam.remove_user_from_group(UserName=name, GroupName=one["GroupName"])
    iam.delete_user(UserName=name)


def test_user_with_everything_is_made_once_and_taken_away(root):
    iam, name, group = root.iam, unique("ansible"), unique("ansible")
    first, second = root.policy(may("kms:ListKeys")), root.policy(may("kms:ListAliases"))
    assert user_present(iam, name, {first})
    assert not user_present(iam, name, {first})
    assert user_present(iam, name, {second})
    iam.create_access_key(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=identity(may("kms:ListKeys")))
    iam.create_group(GroupName=group)
    iam.add_user_to_group(UserName=name, GroupName=group)
    Authenticator(iam, unique("phone")).enable(name)
    with refused("DeleteConflict", status=409):  # the control: there is something to clean up
        iam.delete_user(UserName=name)
    user_absent(iam, name)
    with missing("user", name):
        iam.get_user(UserName=name)
    for call in (iam.get_login_profile, iam.delete_login_profile, iam.list_ssh_public_keys,
                 iam.list_service_specific_credentials, iam.list_signing_certificates):
        with missing("user", name):
            call(UserName=name)


def test_group_is_made_and_taken_away(root):
    iam, name, member = root.iam, unique("ansible"), root.user().name
    policy = root.policy(may("kms:ListKeys"))
    with missing("group", name):
        all_of(iam, "get_group", GroupName=name)
    iam.create_group(GroupName=name)
    assert all_of(iam, "list_attached_group_policies", GroupName=name)["AttachedPolicies"] == []
    iam.attach_group_policy(GroupName=name, PolicyArn=policy)
    iam.add_user_to_group(GroupName=name, UserName=member)
    assert [one["UserName"] for one in all_of(iam, "get_group", GroupName=name)["Users"]] == [member]
    for one in all_of(iam, "list_attached_group_policies", GroupName=name)["AttachedPolicies"]:
        iam.detach_group_policy(GroupName=name, PolicyArn=one["PolicyArn"])
    for one in all_of(iam, "get_group", GroupName=name)["Users"]:
        iam.remove_user_from_group(GroupName=name, UserName=one["UserName"])
    iam.delete_group(GroupName=name)
    with missing("group", name):
        all_of(iam, "get_group", GroupName=name)


def test_role_is_made_changed_and_taken_away(root):
    """With `create_instance_profile: false`: there are no instance profiles."""
    iam, name, boundary, policy = root.iam, unique("ansible"), root.policy(may("kms:*")), root.policy(may("kms:ListKeys"))
    iam.create_role(Path="/", RoleName=name, AssumeRolePolicyDocument=trust(root.arn), Description="first",
                    MaxSessionDuration=3600, PermissionsBoundary=boundary, Tags=[{"Key": "a", "Value": "1"}])
    iam.get_waiter("role_exists").wait(RoleName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    iam.update_role(RoleName=name, Description="second")
    iam.update_role(RoleName=name, MaxSessionDuration=7200)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust(root.arn, "sts:AssumeRole", "sts:TagSession"))
    iam.tag_role(RoleName=name, Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_role(RoleName=name, TagKeys=["a"])
    iam.delete_role_permissions_boundary(RoleName=name)
    role = iam.get_role(RoleName=name)["Role"]
    assert (role["Description"], role["MaxSessionDuration"], role["Tags"]) == ("second", 7200, [{"Key": "b", "Value": "2"}])
    assert "PermissionsBoundary" not in role
    assert all_of(iam, "list_instance_profiles_for_role", RoleName=name)["InstanceProfiles"] == []
    for one in all_of(iam, "list_attached_role_policies", RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=one["PolicyArn"])
    assert all_of(iam, "list_role_policies", RoleName=name)["PolicyNames"] == []
    iam.delete_role(RoleName=name)
    with missing("role", name):
        iam.get_role(RoleName=name)


def test_managed_policy_gets_versions_beyond_the_limit_and_is_taken_away(root):
    iam, name, user = root.iam, unique("ansible"), root.user().name
    arn = iam.create_policy(PolicyName=name, PolicyDocument=identity(may("kms:ListKeys")), Description="d")["Policy"]["Arn"]
    assert name in [one["PolicyName"] for one in all_of(iam, "list_policies", Scope="Local")["Policies"]]
    versions = lambda: iam.list_policy_versions(PolicyArn=arn)["Versions"]  # noqa: E731
    (only,) = versions()
    document = iam.get_policy_version(PolicyArn=arn, VersionId=only["VersionId"])["PolicyVersion"]["Document"]
    assert document == json.loads(identity(may("kms:ListKeys"))), "the same again changes nothing"
    another = {"PolicyArn": arn, "PolicyDocument": identity(may("kms:ListAliases"))}
    for _ in range(4):
        iam.create_policy_version(**another)
    assert error_of(iam.create_policy_version, **another) == "LimitExceeded"
    oldest = sorted((one for one in versions() if not one["IsDefaultVersion"]), key=lambda one: one["CreateDate"])[0]
    iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
    made = iam.create_policy_version(**another)["PolicyVersion"]
    iam.set_default_policy_version(PolicyArn=arn, VersionId=made["VersionId"])
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    assert (entities["PolicyGroups"], entities["PolicyRoles"], entities["IsTruncated"]) == ([], [], False)
    for one in entities["PolicyUsers"]:
        iam.detach_user_policy(UserName=one["UserName"], PolicyArn=arn)
    for one in versions():
        if not one["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=one["VersionId"])
    iam.delete_policy(PolicyArn=arn)
    assert error_of(iam.get_policy, PolicyArn=arn) == "NoSuchEntity"


def details(kms, key) -> dict:
    """What kms_key gathers of a key before and after all that it does, in every state of the key."""
    found = dict(kms.describe_key(KeyId=key)["KeyMetadata"])
    found["aliases"] = [one["AliasName"] for one in all_of(kms, "list_aliases")["Aliases"]
                        if one.get("TargetKeyId") == found["KeyId"]]
    found["rotates"] = kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    found["grants"] = [one["Name"] for one in all_of(kms, "list_grants", KeyId=key)["Grants"]]
    found["tags"] = kms.list_resource_tags(KeyId=key)["Tags"]
    names = all_of(kms, "list_key_policies", KeyId=key)["PolicyNames"]
    found["policies"] = [json.loads(kms.get_key_policy(KeyId=key, PolicyName=name)["Policy"]) for name in names]
    return found


def test_key_is_made_deleted_and_brought_back(root):
    kms, alias, grantee = root.kms, "alias/" + unique("ansible"), root.user().arn
    with refused("NotFoundException"):
        kms.describe_key(KeyId=alias)
    key = kms.create_key(BypassPolicyLockoutSafetyCheck=False, Tags=[], KeyUsage="ENCRYPT_DECRYPT",
                         CustomerMasterKeySpec="SYMMETRIC_DEFAULT", Origin="AWS_KMS")["KeyMetadata"]["Arn"]
    assert details(kms, key)["aliases"] == []
    kms.create_alias(TargetKeyId=key, AliasName=alias)
    kms.enable_key_rotation(KeyId=key)
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "1"}])
    grant = kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"], Name="g")["GrantId"]
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == key
    made = details(kms, key)
    assert (made["aliases"], made["rotates"], made["grants"]) == ([alias], True, ["g"])
    assert made["tags"] == [{"TagKey": "a", "TagValue": "1"}] and len(made["policies"]) == 1
    kms.retire_grant(KeyId=key, GrantId=grant)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert details(kms, key)["KeyState"] == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    back = details(kms, key)
    assert (back["KeyState"], back["grants"], back["aliases"]) == ("Enabled", [], [alias])
