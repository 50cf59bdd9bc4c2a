"""Every operation x {no signature, bad signature, expired, unknown key, other account, no permission}: only /health
answers (threat T-21)."""

import json
import re
from urllib.parse import urlencode

import botocore.session
import pytest
from botocore.serialize import create_serializer

import harness
import rawhttp
from authenticator import Authenticator
from conftest import kms_client
from expect import error_of
from principals import Account, identity, may, trust

OURS, THEIRS = "111122223333", "210987654321"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
MODELS = {name: botocore.session.get_session().get_service_model(name) for name in ("kms", "iam", "sts")}

# What is built of IAM and STS; test_the_lists_are_what_is_built holds the service to it.
IAM = """
AddClientIDToOpenIDConnectProvider AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy
CreateAccessKey CreateAccountAlias CreateGroup CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion
CreateRole CreateUser CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey DeleteAccountAlias DeleteGroup
DeleteGroupPolicy DeleteLoginProfile DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteRole
DeleteRolePermissionsBoundary DeleteRolePolicy DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy
DeleteVirtualMFADevice DetachGroupPolicy DetachRolePolicy DetachUserPolicy EnableMFADevice GetAccessKeyLastUsed
GetAccountAuthorizationDetails GetAccountSummary GetGroup GetGroupPolicy GetLoginProfile GetMFADevice
GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole GetRolePolicy GetUser GetUserPolicy ListAccessKeys
ListAccountAliases ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies
ListEntitiesForPolicy ListGroupPolicies ListGroups ListGroupsForUser ListInstanceProfilesForRole ListMFADevices
ListOpenIDConnectProviderTags ListOpenIDConnectProviders ListPolicies ListPolicyTags ListPolicyVersions
ListRolePolicies ListRoleTags ListRoles ListSSHPublicKeys ListServiceSpecificCredentials ListSigningCertificates
ListUserPolicies ListUserTags ListUsers ListVirtualMFADevices PutGroupPolicy PutRolePermissionsBoundary
PutRolePolicy PutUserPermissionsBoundary PutUserPolicy RemoveClientIDFromOpenIDConnectProvider
RemoveUserFromGroup ResyncMFADevice SetDefaultPolicyVersion SimulateCustomPolicy SimulatePrincipalPolicy
TagOpenIDConnectProvider TagPolicy TagRole TagUser UntagOpenIDConnectProvider UntagPolicy UntagRole UntagUser
UpdateAccessKey UpdateAssumeRolePolicy UpdateGroup UpdateOpenIDConnectProviderThumbprint UpdateRole
UpdateRoleDescription UpdateUser
""".split()
STS = "AssumeRole DecodeAuthorizationMessage GetAccessKeyInfo GetCallerIdentity GetFederationToken GetSessionToken".split()
UNSIGNED = "AssumeRoleWithWebIdentity"  # its own authentication: test_story_web_identity.py
OPERATIONS = [*(("kms", name) for name in MODELS["kms"].operation_names), *(("iam", name) for name in IAM),
              *(("sts", name) for name in STS)]
# What AWS lets everybody do who has an access key.
FOR_EVERYBODY = {"GetCallerIdentity", "GetSessionToken"}
# Whose answers at home may hold our account's number: it was asked for, or it is in the caller's own document.
ECHO = {"GetAccessKeyInfo", "CreateRole"}

STRANGERS = {  # how the signing is broken: the error of KMS, the error of IAM and STS
    "none": ("MissingAuthenticationTokenException", "MissingAuthenticationToken"),
    "bad": ("InvalidSignatureException", "SignatureDoesNotMatch"),
    "expired": ("InvalidSignatureException", "SignatureDoesNotMatch"),
    "unknown": ("UnrecognizedClientException", "InvalidClientTokenId"),
    "secret of the other account": ("InvalidSignatureException", "SignatureDoesNotMatch"),
}


class World:
    """Two accounts; in the first there is one of everything, and a user without any permission in each."""

    def __init__(self, service):
        self.service = service
        service.operator("account", "create", "--id", THEIRS)
        ours, self.theirs = Account(service), Account(service, THEIRS)
        self.ours = ours
        self.nobody, self.foreign_nobody = ours.user(), self.theirs.user()
        self.key, user = ours.key(), ours.user(may("kms:ListKeys"))
        role, policy = ours.role(trust(ours.arn), may("kms:ListKeys")), ours.policy(may("kms:ListKeys"))
        ours.kms.create_alias(AliasName="alias/ours", TargetKeyId=self.key)
        ours.iam.create_group(GroupName="ours")
        ours.iam.put_group_policy(GroupName="ours", PolicyName="own", PolicyDocument=identity(may("kms:ListKeys")))
        provider = ours.iam.create_open_id_connect_provider(Url="https://idp.example", ClientIDList=["a"])
        grant = ours.kms.create_grant(KeyId=self.key, GranteePrincipal=user.arn, Operations=["Encrypt"])
        blob = ours.kms.encrypt(KeyId=self.key, Plaintext=b"x")["CiphertextBlob"]
        phone = Authenticator(ours.iam, "ours").enable(user.name)
        document = identity(may("kms:*"))
        self.values = {
            "KeyId": self.key, "SourceKeyId": self.key, "DestinationKeyId": self.key, "TargetKeyId": self.key,
            "AliasName": "alias/ours", "CiphertextBlob": blob, "GrantId": grant["GrantId"], "GrantToken": grant["GrantToken"],
            "GranteePrincipal": user.arn, "RetiringPrincipal": user.arn, "UserName": user.name, "GroupName": "ours",
            "RoleName": role["RoleName"], "PolicyArn": policy, "PolicyName": "own", "PolicyDocument": document,
            "Policy": document, "AssumeRolePolicyDocument": trust(ours.arn), "PermissionsBoundary": policy,
            "OpenIDConnectProviderArn": provider["OpenIDConnectProviderArn"], "Url": "https://new.example",
            "AccessKeyId": user.env["AWS_ACCESS_KEY_ID"], "RoleArn": role["Arn"], "RoleSessionName": "s1",
            "VersionId": "v1", "Status": "Inactive", "NumberOfBytes": 16, "KeySpec": "AES_256", "Operations": ["Encrypt"],
            "PolicySourceArn": user.arn, "PolicyInputList": [document], "ActionNames": ["kms:Encrypt"], "AccountAlias": "ours",
            "SerialNumber": phone.serial, "AuthenticationCode1": "123456", "AuthenticationCode2": "234567",
            "ThumbprintList": ["a" * 40], "ReplicaRegion": "eu-west-1", "PrimaryRegion": "eu-west-1",
        }

    def parameters(self, service, operation) -> dict:
        """Whatever the operation requires, and the key where it can be named, as things of the first account."""
        shape = MODELS[service].operation_model(operation).input_shape
        if shape is None:
            return {}
        wanted = set(shape.required_members) | (
            {"KeyId", "SourceKeyId", "UserName", "KeySpec", "NumberOfBytes", "CiphertextBlob", "GranteePrincipal"}
            & set(shape.members))
        if operation == "RetireGrant":
            wanted = {"GrantToken"}
        if operation == "ListRetirableGrants":
            wanted = {"RetiringPrincipal"}
        if operation in ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext"):
            wanted -= {"NumberOfBytes"}
        if operation == "CreateKey":
            wanted = set()
        return {name: self.values.get(name, self.made_up(shape.members[name])) for name in wanted}

    def made_up(self, shape):
        kind = shape.type_name
        if kind == "list":
            return [self.made_up(shape.member)]
        if kind == "structure":
            return {name: self.made_up(member) for name, member in shape.members.items()}
        if kind == "string":
            return shape.enum[0] if shape.enum else "a" * max(shape.metadata.get("min", 1), 4)
        return {"integer": 7, "boolean": False, "blob": b"x" * 64, "map": {}}[kind]

    def state(self) -> str:
        """Everything of the first account that a call could have changed."""
        kms, iam = self.ours.kms, self.ours.iam
        found = [iam.get_account_authorization_details(), iam.list_open_id_connect_providers(),
                 iam.list_virtual_mfa_devices(), kms.list_keys(), kms.list_aliases(),
                 kms.describe_key(KeyId=self.key), kms.get_key_policy(KeyId=self.key), kms.list_grants(KeyId=self.key), kms.list_resource_tags(KeyId=self.key)]
        for one in found:
            del one["ResponseMetadata"]
        return json.dumps(found, default=str, sort_keys=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    service = harness.Service(tmp_path_factory.mktemp("routes") / "data")
    service.options = ["--account", OURS]
    service.start()
    yield World(service)
    service.kill()


@pytest.fixture(scope="module")
def connection(world):
    client = rawhttp.Client("127.0.0.1", world.service.port, None, cafile=str(world.service.data_dir / "ca.pem"))
    yield client
    client.close()


def call(world, connection, service, operation, signer, breakage=""):
    """One call with good parameters, signed by `signer` and broken as `breakage` says."""
    model = MODELS[service].operation_model(operation)
    made = create_serializer(MODELS[service].metadata["protocol"], False).serialize_to_request(
        world.parameters(service, operation), model)
    headers = {"host": connection.host_header, "x-amz-date": rawhttp.amz_date(-301 if breakage == "expired" else 0)}
    if service == "kms":
        body = made["body"]
        headers |= {"content-type": rawhttp.CONTENT_TYPE, "x-amz-target": f"TrentService.{operation}"}
    else:
        body = urlencode(made["body"]).encode()
        headers |= {"content-type": FORM}
    key, secret = signer.env["AWS_ACCESS_KEY_ID"], signer.env["AWS_SECRET_ACCESS_KEY"]
    if breakage == "unknown":
        key = key[:-4] + ("AAAA" if key[-4:] != "AAAA" else "BBBB")
    if breakage == "secret of the other account":
        secret = world.theirs.env["AWS_SECRET_ACCESS_KEY"]
    if breakage != "none":
        headers["authorization"] = rawhttp.authorization((key, secret), headers, body, service=service)
    if breakage == "bad":
        headers["authorization"] = headers["authorization"][:-1] + ("0" if headers["authorization"][-1] != "0" else "1")
    return connection.send(headers, body)


def code(answer) -> str:
    found = re.search(rb"<Code>(\w+)</Code>", answer.body)
    return found[1].decode() if found else answer.kind


@pytest.mark.parametrize("service, operation", OPERATIONS, ids=lambda name: name)
def test_strangers_are_refused(world, connection, service, operation):
    """By the root's access key with one thing broken; the same call unbroken is known (or not built)."""
    for breakage, errors in STRANGERS.items():
        answer = call(world, connection, service, operation, world.ours, breakage)
        expected = errors[0] if service == "kms" else errors[1]
        assert (code(answer), answer.status) == (expected, 400 if service == "kms" else 403), breakage


@pytest.mark.parametrize("service, operation", OPERATIONS, ids=lambda name: name)
def test_whoever_has_no_permission_is_refused(world, connection, service, operation):
    for who in (world.nobody, world.foreign_nobody):
        answer = call(world, connection, service, operation, who)
        if operation in FOR_EVERYBODY:
            assert answer.status == 200
        elif service == "kms":
            assert code(answer) in ("AccessDeniedException", "UnsupportedOperationException"), answer.body
        else:
            assert (code(answer), answer.status) == ("AccessDenied", 403), answer.body


@pytest.mark.parametrize("service, operation", OPERATIONS, ids=lambda name: name)
def test_root_of_another_account_gets_nothing_of_ours(world, connection, service, operation):
    """It may do everything at home; nothing that it is answered is of the other account."""
    answer = call(world, connection, service, operation, world.theirs)
    if answer.status == 200:
        assert OURS.encode() not in answer.body or operation in ECHO
        assert "KeyId" not in world.parameters(service, operation), "it used a key of ours"


def test_owner_is_served(world, connection):
    """The positive control of the tests above: the same calls that change nothing, signed by who may."""
    changing = re.compile("^(Add|Attach|Delete|Detach|Remove|Schedule|Cancel|Disable|Enable|Update|Retire|Revoke|Put|Tag|"
                          "Untag|Create|Set|Import|Replicate|Rotate|Connect|Disconnect|Deactivate|Resync)")
    codes = {operation: code(call(world, connection, service, operation, world.ours))
             for service, operation in OPERATIONS if not changing.match(operation)}
    assert sum(why == "" for why in codes.values()) >= 50
    refused = {operation: why for operation, why in codes.items() if why not in ("", "UnsupportedOperationException")}
    # A root assumes no role (AWS), what is asked to be decoded is the id of no denial, and nobody has a password.
    assert refused == {"AssumeRole": "AccessDenied", "DecodeAuthorizationMessage": "InvalidAuthorizationMessageException",
                       "GetLoginProfile": "NoSuchEntity"}


def test_nothing_of_ours_is_changed_by_the_others(world, connection):
    before = world.state()
    for service, operation in OPERATIONS:
        for who in (world.nobody, world.theirs):
            call(world, connection, service, operation, who)
    assert world.state() == before
    world.ours.kms.update_key_description(KeyId=world.key, Description="changed")
    assert world.state() != before  # the comparison sees a change


def test_the_lists_are_what_is_built(world):
    """Every operation of the models, without its parameters: what is built says what is missing, the rest that it is not."""
    for service, built in (("iam", IAM), ("sts", STS)):
        client = kms_client(world.theirs.env, service=service, validate=False)
        for name, operation in client.meta.method_to_api_mapping.items():
            if operation == UNSIGNED or MODELS[service].operation_model(operation).auth_type == "none":
                continue
            not_built = error_of(getattr(client, name)) in ("InvalidAction", "UnknownOperationException")
            assert not_built is (operation not in built), operation


def test_health_needs_no_signature_and_nothing_else_is_a_route(world, connection):
    health = connection.send({"host": connection.host_header}, method="GET", path="/health")
    assert health.status == 200
    for method, path in (("GET", "/"), ("GET", "/metrics"), ("GET", "/status"), ("GET", "/health/"), ("GET", "/healthz"),
                         ("POST", "/health"), ("PUT", "/"), ("DELETE", "/"), ("OPTIONS", "/"), ("GET", "/debug/pprof")):
        answer = connection.send({"host": connection.host_header}, method=method, path=path)
        assert answer.status >= 400, (method, path)
        assert OURS.encode() not in answer.body
