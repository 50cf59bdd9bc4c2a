"""boto3: delegation within a boundary. An administrator of a team makes its users and roles, and none that may do more
than the team's boundary allows; which policies it may attach is listed."""

import pytest

from conftest import ACCOUNT
from expect import refused
from principals import Account, Principal, identity, may, request_id, trust, unique

TRUST = trust(f"arn:aws:iam::{ACCOUNT}:root")


@pytest.fixture(scope="module")
def root(service):
    return Account(service)


@pytest.fixture(scope="module")
def team(root):
    """The boundary, the two policies that may be attached, and the administrator."""
    boundary = root.policy(may("kms:ListKeys", "kms:GenerateRandom"))
    attachable = [root.policy(may("kms:ListKeys")), root.policy(may("kms:*", "iam:*"))]
    within = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    admin = root.user(
        may("iam:CreateUser", "iam:CreateRole", "iam:PutUserPermissionsBoundary", "iam:PutRolePermissionsBoundary",
            "iam:PutUserPolicy", "iam:DeleteUserPolicy", "iam:PutRolePolicy", **within),
        may("iam:AttachUserPolicy", "iam:DetachUserPolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy", **within,
            ArnEquals={"iam:PolicyARN": attachable}),
        may("iam:CreateAccessKey", "iam:GetUser"),
        may("iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary", effect="Deny"))
    return boundary, attachable, admin


def denied(action):
    return refused("AccessDenied", f"is not authorized to perform: iam:{action}", 403)


def test_user_is_made_with_the_boundary_only(team):
    boundary, _, admin = team
    for more in ({}, {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}):
        with denied("CreateUser"):
            admin.iam.create_user(UserName=unique("made"), **more)
        with denied("CreateRole"):
            admin.iam.create_role(RoleName=unique("made"), AssumeRolePolicyDocument=TRUST, **more)
    made = admin.iam.create_user(UserName=unique("made"), PermissionsBoundary=boundary)["User"]
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert admin.iam.create_role(RoleName=unique("made"), AssumeRolePolicyDocument=TRUST, PermissionsBoundary=boundary)


def test_who_was_made_may_never_do_more_than_the_boundary(root, team):
    boundary, attachable, admin = team
    name = unique("made")
    admin.iam.create_user(UserName=name, PermissionsBoundary=boundary)
    admin.iam.attach_user_policy(UserName=name, PolicyArn=attachable[1])
    admin.iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=identity(may("*")))
    key = admin.iam.create_access_key(UserName=name)["AccessKey"]
    made = Principal(root.env | {"AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                                 "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]})
    assert made.kms.list_keys() and made.kms.generate_random(NumberOfBytes=16)
    with refused("AccessDeniedException", "because no permissions boundary allows the kms:CreateKey action"):
        made.kms.create_key()
    with denied("CreateUser"):
        made.iam.create_user(UserName=unique("made"))


def test_boundary_is_not_taken_off_nor_changed(root, team):
    boundary, _, admin = team
    name = unique("made")
    admin.iam.create_user(UserName=name, PermissionsBoundary=boundary)
    with denied("DeleteUserPermissionsBoundary"):
        admin.iam.delete_user_permissions_boundary(UserName=name)
    with denied("PutUserPermissionsBoundary"):
        admin.iam.put_user_permissions_boundary(UserName=name,
                                                PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
    admin.iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=boundary)
    root.iam.delete_user_permissions_boundary(UserName=name)
    with denied("AttachUserPolicy"):  # it is not the team's any more
        admin.iam.attach_user_policy(UserName=name, PolicyArn=team[1][0])


def test_only_listed_policies_are_attached_and_to_the_teams_own_only(root, team):
    boundary, attachable, admin = team
    others = root.user()
    user, role = unique("made"), unique("made")
    admin.iam.create_user(UserName=user, PermissionsBoundary=boundary)
    admin.iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST, PermissionsBoundary=boundary)
    for policy in attachable:
        admin.iam.attach_user_policy(UserName=user, PolicyArn=policy)
        admin.iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    other = root.policy(may("kms:ListAliases"))
    with denied("AttachUserPolicy"):
        admin.iam.attach_user_policy(UserName=user, PolicyArn=other)
    with denied("AttachRolePolicy"):
        admin.iam.attach_role_policy(RoleName=role, PolicyArn=other)
    root.iam.attach_user_policy(UserName=user, PolicyArn=other)
    with denied("DetachUserPolicy"):
        admin.iam.detach_user_policy(UserName=user, PolicyArn=other)
    admin.iam.detach_user_policy(UserName=user, PolicyArn=attachable[0])
    with denied("AttachUserPolicy"):
        admin.iam.attach_user_policy(UserName=others.name, PolicyArn=attachable[0])
    with denied("PutUserPolicy"):
        admin.iam.put_user_policy(UserName=others.name, PolicyName="p", PolicyDocument=identity(may("kms:ListKeys")))


def test_deny_of_a_policy_by_its_arn_is_explained(service, root):
    """Whoever may attach policies, but not this one: the Deny applies, and explain says by which key and value."""
    forbidden = "arn:aws:iam::aws:policy/AdministratorAccess"
    admin = root.user(may("iam:AttachGroupPolicy"), may("iam:AttachGroupPolicy", effect="Deny", ArnEquals={
        "iam:PolicyARN": forbidden}))
    group = unique("group")
    root.iam.create_group(GroupName=group)
    with refused("AccessDenied", "with an explicit deny in an identity-based policy", 403) as caught:
        admin.iam.attach_group_policy(GroupName=group, PolicyArn=forbidden)
    (decision,) = service.operator("explain", request_id(caught), "--json")["decisions"]
    conditions = [condition for statement in decision["statements"] for condition in statement["conditions"]]
    assert {"operator": "ArnEquals", "key": "iam:PolicyARN", "wanted": [forbidden], "actual": [forbidden],
            "holds": True} in conditions
    admin.iam.attach_group_policy(GroupName=group, PolicyArn=root.policy(may("kms:ListKeys")))


def test_abac_of_users_by_the_name_of_iam(root):
    """Who manages the users of its own project."""
    admin = root.user(may("iam:PutUserPolicy", StringEquals={"iam:ResourceTag/project": "${aws:PrincipalTag/project}"}),
                      Tags=[{"Key": "project", "Value": "apollo"}])
    own = root.user(Tags=[{"Key": "project", "Value": "apollo"}])
    other = root.user(Tags=[{"Key": "project", "Value": "gemini"}])
    document = identity(may("kms:ListKeys"))
    admin.iam.put_user_policy(UserName=own.name, PolicyName="p", PolicyDocument=document)
    with denied("PutUserPolicy"):
        admin.iam.put_user_policy(UserName=other.name, PolicyName="p", PolicyDocument=document)
    root.iam.tag_user(UserName=other.name, Tags=[{"Key": "project", "Value": "apollo"}])
    admin.iam.put_user_policy(UserName=other.name, PolicyName="p", PolicyDocument=document)
