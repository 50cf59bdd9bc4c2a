"""boto3: key policies, and what a user may do who has nothing but them."""

import json

import pytest

from conftest import ACCOUNT, allow, policy
from expect import error_of, refused

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
LOCKOUT = "The new key policy will not allow you to update the key policy in the future."
BAD_PRINCIPAL = "Policy contains a statement with one or more invalid principals."


def denied(action, key):
    """How a principal of the account is refused an action on a key that exists."""
    return refused("AccessDeniedException", f"is not authorized to perform: kms:{action} on resource: {key['Arn']}")


def test_default_policy(kms, key):
    answer = kms.get_key_policy(KeyId=key["KeyId"])
    assert answer["PolicyName"] == "default"
    assert json.loads(answer["Policy"]) == {
        "Version": "2012-10-17", "Id": "key-default-1",
        "Statement": [{"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": ROOT},
                       "Action": "kms:*", "Resource": "*"}],
    }
    listed = kms.list_key_policies(KeyId=key["KeyId"])
    assert (listed["PolicyNames"], listed["Truncated"]) == (["default"], False)


def test_put_policy_is_what_get_policy_answers(kms, key, alice):
    text = policy(allow(alice["Arn"], "kms:Encrypt"))
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=text)
    assert json.loads(kms.get_key_policy(KeyId=key["Arn"], PolicyName="default")["Policy"]) == json.loads(text)


def test_policy_names_other_than_default(kms, key):
    with refused("NotFoundException"):
        kms.get_key_policy(KeyId=key["KeyId"], PolicyName="other")
    with refused(("NotFoundException", "ValidationException")):
        kms.put_key_policy(KeyId=key["KeyId"], PolicyName="other", Policy=policy())
    with refused("ValidationException", "The AWS_RAM policy can only be managed by the RAM service"):
        kms.put_key_policy(KeyId=key["KeyId"], PolicyName="AWS_RAM", Policy=policy())


# --- the unprivileged user


def test_user_that_no_policy_names_may_do_nothing(kms, alice_kms, key, alias):
    arn = key["Arn"]
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException"):
        alice_kms.decrypt(CiphertextBlob=blob)
    taken = f"{alias}-taken"
    kms.create_alias(AliasName=taken, TargetKeyId=arn)
    calls = {
        "Encrypt": dict(Plaintext=b"x"), "GenerateDataKey": dict(KeySpec="AES_256"),
        "GenerateDataKeyWithoutPlaintext": dict(KeySpec="AES_256"), "DescribeKey": {}, "EnableKey": {},
        "DisableKey": {}, "ScheduleKeyDeletion": {}, "CancelKeyDeletion": {}, "GetKeyPolicy": {},
        "ListKeyPolicies": {}, "UpdateKeyDescription": dict(Description="x"), "EnableKeyRotation": {},
        "DisableKeyRotation": {}, "GetKeyRotationStatus": {}, "RotateKeyOnDemand": {}, "ListKeyRotations": {},
        "GetKeyLastUsage": {},
        "ListResourceTags": {}, "TagResource": dict(Tags=[{"TagKey": "a", "TagValue": "b"}]),
        "UntagResource": dict(TagKeys=["a"]), "PutKeyPolicy": dict(Policy=policy()),
    }
    for operation, parameters in calls.items():
        method = alice_kms.meta.method_to_api_mapping
        name = next(python for python, wire in method.items() if wire == operation)
        with denied(operation, key):
            getattr(alice_kms, name)(KeyId=arn, **parameters)
    for call in (alice_kms.create_key, alice_kms.list_keys, alice_kms.list_aliases,
                 lambda: alice_kms.generate_random(NumberOfBytes=8),
                 lambda: alice_kms.create_alias(AliasName=alias, TargetKeyId=arn),
                 lambda: alice_kms.update_alias(AliasName=taken, TargetKeyId=arn),
                 lambda: alice_kms.delete_alias(AliasName=taken)):
        with refused("AccessDeniedException", "is not authorized to perform: kms:"):
            call()
    assert kms.describe_key(KeyId=taken)["KeyMetadata"] == key
    assert kms.describe_key(KeyId=arn)["KeyMetadata"] == key


def test_user_that_the_policy_names_may_do_what_it_says_and_nothing_else(kms, alice_kms, key, alice):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(allow(alice["Arn"], "kms:GenerateDataKey")))
    made = alice_kms.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256")
    with refused("AccessDeniedException"):
        alice_kms.decrypt(CiphertextBlob=made["CiphertextBlob"])
    with denied("Encrypt", key):
        alice_kms.encrypt(KeyId=key["Arn"], Plaintext=b"x")
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(allow(alice["Arn"], "kms:Decrypt")))
    assert alice_kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    with denied("GenerateDataKey", key):
        alice_kms.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256")


@pytest.mark.parametrize("statement, allowed", [
    ({"Action": "kms:*"}, True), ({"Action": "*"}, True), ({"Action": "kms:Encr*"}, True),
    ({"Action": "KMS:encrypt"}, True), ({"Action": "kms:E?crypt"}, True), ({"Action": "kms:Decrypt"}, False),
    ({"Action": ["kms:Decrypt", "kms:Encrypt"]}, True), ({"NotAction": "kms:Encrypt"}, False),
    ({"NotAction": "kms:Decrypt"}, True), ({"Action": "kms:Encrypt", "Principal": "*"}, True),
    ({"Action": "kms:Encrypt", "Principal": {"AWS": "*"}}, True),
    ({"Action": "kms:Encrypt", "Principal": {"AWS": ROOT}}, False),
    ({"Action": "kms:Encrypt", "Resource": "arn:aws:kms:us-east-1:000000000000:key/nobody"}, False),
])
def test_what_a_statement_allows(kms, alice_kms, key, alice, statement, allowed):
    """The account's delegation to its root gives a user nothing who has no identity policy."""
    made = {"Effect": "Allow", "Principal": {"AWS": alice["Arn"]}, "Resource": "*"} | statement
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(made))
    expected = "" if allowed else "AccessDeniedException"
    assert error_of(alice_kms.encrypt, KeyId=key["Arn"], Plaintext=b"x") == expected


def test_explicit_deny_wins_and_says_so(kms, alice_kms, key, alice):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(
        allow(alice["Arn"], "kms:*"), allow("*", "kms:Encrypt", effect="Deny")))
    with refused("AccessDeniedException", "with an explicit deny in a resource-based policy"):
        alice_kms.encrypt(KeyId=key["Arn"], Plaintext=b"x")
    with refused("AccessDeniedException", "with an explicit deny in a resource-based policy"):
        kms.encrypt(KeyId=key["Arn"], Plaintext=b"x")
    assert alice_kms.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256")["Plaintext"]


def test_re_encrypt_needs_both_rights(kms, alice_kms, shared_key, key, alice):
    target = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]

    def move():
        return alice_kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=target["Arn"])

    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(allow(alice["Arn"], "kms:ReEncryptFrom")))
    with denied("ReEncryptTo", target):
        move()
    kms.put_key_policy(KeyId=target["KeyId"], Policy=policy(allow(alice["Arn"], "kms:ReEncryptTo")))
    assert move()["KeyId"] == target["Arn"]
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(allow(alice["Arn"], "kms:ReEncryptTo")))
    with refused("AccessDeniedException"):
        move()


def test_access_denied_tells_nothing_about_which_keys_exist(kms, alice_kms, key):
    """A blob of a key that exists and is not permitted, and one that names another key: one text (DESIGN.md section 3)."""
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException") as caught:
        alice_kms.decrypt(CiphertextBlob=blob)
    text = caught.value.response["Error"]["Message"]
    assert key["KeyId"] not in text and "does not exist" in text


def test_create_key_with_a_policy(kms, alice_kms, alice):
    made = kms.create_key(Policy=policy(allow(alice["Arn"], "kms:Encrypt")))["KeyMetadata"]
    assert alice_kms.encrypt(KeyId=made["Arn"], Plaintext=b"x")["KeyId"] == made["Arn"]


# --- policies that are refused


@pytest.mark.parametrize("text", [
    "not json", "[]", "{}", '{"Version":"2012-10-17"}', '{"Version":"2035-01-01","Statement":[]}',
    policy({"Effect": "Maybe", "Principal": "*", "Action": "kms:*", "Resource": "*"}),
    policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}),
    policy({"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Surprise": 1}),
    policy({"Effect": "Allow", "Principal": "*", "NotPrincipal": "*", "Action": "kms:*", "Resource": "*"}),
])
def test_malformed_policies(kms, key, text):
    before = kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    with refused("MalformedPolicyDocumentException"):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=text)
    with refused("MalformedPolicyDocumentException"):
        kms.create_key(Policy=text)
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == before


@pytest.mark.parametrize("principal", [
    {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}, {"AWS": "arn:aws:iam::*:root"}, {"AWS": "what"},
])
def test_principals_that_do_not_exist(kms, key, principal):
    with refused("MalformedPolicyDocumentException", BAD_PRINCIPAL):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(
            {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}))


def test_condition_is_evaluated_or_the_policy_is_refused(kms, alice_kms, key, alice):
    statement = allow(alice["Arn"], "kms:Encrypt") | {"Condition": {"StringEquals": {"kms:EncryptionContext:a": "1"}}}
    code = error_of(kms.put_key_policy, KeyId=key["KeyId"], Policy=policy(statement))
    if code == "":
        assert alice_kms.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext={"a": "1"})
        with denied("Encrypt", key):
            alice_kms.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext={"a": "2"})
    else:
        assert code == "MalformedPolicyDocumentException"
        with denied("Encrypt", key):
            alice_kms.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext={"a": "1"})


def test_policy_size(kms, key):
    big = policy({"Sid": "s" * 33000, "Effect": "Deny", "Principal": "*", "Action": "kms:Sign", "Resource": "*"})
    with refused("LimitExceededException"):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=big)


def test_lockout_is_refused_unless_asked_for(kms, alice_kms, key, alice):
    only_alice = json.dumps({"Version": "2012-10-17", "Statement": [allow(alice["Arn"], "kms:*")]})
    with refused("MalformedPolicyDocumentException", LOCKOUT):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=only_alice)
    with refused("MalformedPolicyDocumentException", LOCKOUT):
        kms.create_key(Policy=only_alice)
    kms.put_key_policy(KeyId=key["KeyId"], Policy=only_alice, BypassPolicyLockoutSafetyCheck=True)
    with denied("GetKeyPolicy", key):
        kms.get_key_policy(KeyId=key["KeyId"])
    alice_kms.put_key_policy(KeyId=key["Arn"], Policy=policy(allow(alice["Arn"], "kms:*")))
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
