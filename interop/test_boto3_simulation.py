"""boto3: IAM's simulations of policies say what the service then does; aliases of accounts."""

import json

import pytest

from expect import error_of, refused
from principals import Account, identity, may, unique


@pytest.fixture(scope="module")
def root(service):
    return Account(service)


def decisions(answer) -> dict:
    return {(one["EvalActionName"], one["EvalResourceName"]): one["EvalDecision"] for one in answer["EvaluationResults"]}


def test_simulation_of_a_user_says_what_then_happens(root):
    user = root.user(may("iam:ListUsers", "iam:ListRoles"), may("iam:ListRoles", effect="Deny"))
    answer = root.iam.simulate_principal_policy(
        PolicySourceArn=user.arn, ActionNames=["iam:ListUsers", "iam:ListRoles", "iam:ListGroups"])
    assert decisions(answer) == {("iam:ListUsers", "*"): "allowed", ("iam:ListRoles", "*"): "explicitDeny",
                                 ("iam:ListGroups", "*"): "implicitDeny"}
    really = [error_of(call) for call in (user.iam.list_users, user.iam.list_roles, user.iam.list_groups)]
    assert really == ["", "AccessDenied", "AccessDenied"]
    allowed, denied, neither = answer["EvaluationResults"]
    assert (allowed["MatchedStatements"][0]["SourcePolicyId"], allowed["MatchedStatements"][0]["SourcePolicyType"]) == (
        "own", "user")
    assert len(denied["MatchedStatements"]) == 1 and neither["MatchedStatements"] == []
    text = identity(may("iam:ListUsers", "iam:ListRoles"), may("iam:ListRoles", effect="Deny"))
    start, end = (denied["MatchedStatements"][0][name] for name in ("StartPosition", "EndPosition"))
    assert start["Line"] == end["Line"] == 1
    assert json.loads(text[start["Column"] - 1:end["Column"] - 1])["Effect"] == "Deny"


def test_custom_policy_with_context_entries_boundary_and_pages(root):
    key = f"arn:aws:kms:us-east-1:{root.id}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    policy = identity(may("kms:*", StringEquals={"kms:EncryptionContext:tenant": "a"}))
    asked = dict(PolicyInputList=[policy], ActionNames=["kms:Decrypt", "kms:Encrypt"], ResourceArns=[key],
                 PermissionsBoundaryPolicyInputList=[identity(may("kms:Decrypt"))])
    without = root.iam.simulate_custom_policy(**asked)["EvaluationResults"][0]
    assert without["EvalDecision"] == "implicitDeny"
    assert without["ResourceSpecificResults"][0]["MissingContextValues"] == ["kms:EncryptionContext:tenant"]
    entry = {"ContextKeyName": "kms:EncryptionContext:tenant", "ContextKeyType": "string", "ContextKeyValues": ["a"]}
    pages = root.iam.get_paginator("simulate_custom_policy").paginate(
        **asked, ContextEntries=[entry], PaginationConfig={"PageSize": 1})
    results = [one for page in pages for one in page["EvaluationResults"]]
    assert [(one["EvalActionName"], one["EvalDecision"],
             one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]) for one in results] == [
        ("kms:Decrypt", "allowed", True), ("kms:Encrypt", "implicitDeny", False)]


def test_resource_policy_that_names_the_caller(root):
    user = root.user()
    key = root.key()
    arn = root.kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    lets = may("kms:DescribeKey") | {"Principal": {"AWS": user.arn}}
    answer = root.iam.simulate_principal_policy(
        PolicySourceArn=user.arn, ActionNames=["kms:DescribeKey"], ResourceArns=[arn], ResourcePolicy=identity(lets))
    assert decisions(answer) == {("kms:DescribeKey", arn): "allowed"}
    assert answer["EvaluationResults"][0]["MatchedStatements"][0]["SourcePolicyType"] == "resource"
    with refused("AccessDeniedException"):  # the simulated policy is nobody's
        user.kms.describe_key(KeyId=arn)


def test_what_cannot_be_simulated_is_refused(root):
    policy = identity(may("kms:*"))
    for wrong in (dict(ActionNames=["s3:GetObject"]), dict(ActionNames=["kms:Decrypt"], ResourceHandlingOption="EC2-VPC"),
                  dict(ActionNames=["kms:Decrypt"], ResourceArns=["key"])):
        with refused("InvalidInput"):
            root.iam.simulate_custom_policy(PolicyInputList=[policy], **wrong)
    with refused("NoSuchEntity", status=404):
        root.iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{root.id}:user/{unique('nobody')}",
                                           ActionNames=["kms:Decrypt"])


def test_account_alias(root):
    first, second = unique("first"), unique("second")
    root.iam.create_account_alias(AccountAlias=first)
    with refused("EntityAlreadyExists", status=409):
        root.iam.create_account_alias(AccountAlias=first)
    root.iam.create_account_alias(AccountAlias=second)
    assert root.iam.list_account_aliases()["AccountAliases"] == [second]
    with refused("NoSuchEntity", status=404):
        root.iam.delete_account_alias(AccountAlias=first)
    root.iam.delete_account_alias(AccountAlias=second)
    assert root.iam.list_account_aliases()["AccountAliases"] == []
    with refused("AccessDenied", status=403):
        root.user().iam.create_account_alias(AccountAlias=first)
