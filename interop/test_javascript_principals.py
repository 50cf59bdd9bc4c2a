"""The AWS SDK for JavaScript: users, roles, policies and access keys are made; a role is assumed; denials and other errors
arrive as the SDK's own exceptions, by name."""

import json
import subprocess

import pytest

import javascript_packages
from conftest import ACCOUNT
from principals import identity, may, trust, unique


class Denied(Exception):
    """A call that the SDK threw an exception for: `told` has its name, type, message, status and requestId."""

    def __init__(self, told):
        super().__init__(str(told))
        self.told = told


class Sdk:
    """`javascript/calls.mjs`, one process for all calls."""

    def __init__(self, env):
        self.root = credentials({"AccessKeyId": env["AWS_ACCESS_KEY_ID"],
                                 "SecretAccessKey": env["AWS_SECRET_ACCESS_KEY"]})
        node = javascript_packages.node()
        trusting = env | {"NODE_EXTRA_CA_CERTS": env["AWS_CA_BUNDLE"]}
        self.process = subprocess.Popen([node, "calls.mjs"], cwd=javascript_packages.installed(), env=trusting,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, service, command, who=None, **parameters):
        asked = {"service": service, "command": command, "input": parameters, "credentials": who or self.root}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline() or '{"error": "the process has ended"}')
        if "error" in said:
            raise Denied(said["error"])
        return said["output"]


def credentials(made: dict) -> dict:
    """An AccessKey of IAM or Credentials of STS as the SDK takes them."""
    given = {"accessKeyId": made["AccessKeyId"], "secretAccessKey": made["SecretAccessKey"]}
    return given | ({"sessionToken": made["SessionToken"]} if "SessionToken" in made else {})


@pytest.fixture(scope="module")
def sdk(env):
    running = Sdk(env)
    yield running
    running.process.stdin.close()
    running.process.wait(timeout=60)


def refused(sdk, name, status, *call, **parameters) -> dict:
    """What the SDK throws: by the name and with the status."""
    with pytest.raises(Denied) as caught:
        sdk.call(*call, **parameters)
    told = caught.value.told
    assert (told["name"], told["status"]) == (name, status), told
    return told


def test_story_of_a_user_and_a_role(sdk):
    user, role, policy = unique("js"), unique("js"), unique("js")
    made = sdk.call("iam", "CreateUser", UserName=user, Tags=[{"Key": "team", "Value": "red"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{user}" and made["CreateDate"].endswith("Z")
    assert sdk.call("iam", "GetUser", UserName=user)["User"]["Tags"] == [{"Key": "team", "Value": "red"}]
    key = sdk.call("iam", "CreateAccessKey", UserName=user)["AccessKey"]
    mine = credentials(key)
    caller = sdk.call("sts", "GetCallerIdentity", mine)
    assert (caller["Arn"], caller["Account"], caller["UserId"]) == (made["Arn"], ACCOUNT, made["UserId"])

    arn = sdk.call("iam", "CreatePolicy", PolicyName=policy, PolicyDocument=identity(may("kms:ListKeys")))["Policy"]["Arn"]
    trusted = trust(f"arn:aws:iam::{ACCOUNT}:root")
    role_arn = sdk.call("iam", "CreateRole", RoleName=role, AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    sdk.call("iam", "AttachRolePolicy", RoleName=role, PolicyArn=arn)
    attached = sdk.call("iam", "ListAttachedRolePolicies", RoleName=role)
    assert attached["AttachedPolicies"] == [{"PolicyName": policy, "PolicyArn": arn}]

    asked = {"RoleArn": role_arn, "RoleSessionName": "js"}
    told = refused(sdk, "AccessDenied", 403, "sts", "AssumeRole", mine, **asked)
    assert told["message"] == f"User: {made['Arn']} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    may_assume = identity(may("sts:AssumeRole", resource=role_arn))
    sdk.call("iam", "PutUserPolicy", UserName=user, PolicyName="assume", PolicyDocument=may_assume)
    assumed = sdk.call("sts", "AssumeRole", mine, **asked)
    session = credentials(assumed["Credentials"])
    arn_of_session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/js"
    assert assumed["AssumedRoleUser"]["Arn"] == arn_of_session
    assert sdk.call("sts", "GetCallerIdentity", session)["Arn"] == arn_of_session
    assert "Keys" in sdk.call("kms", "ListKeys", session)
    told = refused(sdk, "AccessDeniedException", 400, "kms", "ListAliases", session)
    assert arn_of_session in told["message"] and "kms:ListAliases" in told["message"]
    sdk.call("iam", "DetachRolePolicy", RoleName=role, PolicyArn=arn)
    refused(sdk, "AccessDeniedException", 400, "kms", "ListKeys", session)

    sdk.call("iam", "UpdateAccessKey", UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    refused(sdk, "InvalidClientTokenId", 403, "sts", "GetCallerIdentity", mine)


def test_errors_have_the_sdks_own_types(sdk):
    """Modelled errors become classes of the SDK only if it finds their codes where it looks for them."""
    name = unique("js")
    told = refused(sdk, "NoSuchEntityException", 404, "iam", "GetUser", UserName=name)
    assert told["type"] == "NoSuchEntityException"
    assert told["message"] == f"The user with name {name} cannot be found." and told["requestId"]
    sdk.call("iam", "CreateUser", UserName=name)
    told = refused(sdk, "EntityAlreadyExistsException", 409, "iam", "CreateUser", UserName=name)
    assert told["type"] == "EntityAlreadyExistsException"
    sdk.call("iam", "CreateAccessKey", UserName=name)
    told = refused(sdk, "DeleteConflictException", 409, "iam", "DeleteUser", UserName=name)
    assert told["type"] == "DeleteConflictException"
    told = refused(sdk, "MalformedPolicyDocumentException", 400, "iam", "PutUserPolicy", UserName=name, PolicyName="p",
                   PolicyDocument="{")
    assert told["type"] == "MalformedPolicyDocumentException"
    told = refused(sdk, "InvalidAuthorizationMessageException", 400, "sts", "DecodeAuthorizationMessage",
                   EncodedMessage="nothing")
    assert told["type"] == "InvalidAuthorizationMessageException"
