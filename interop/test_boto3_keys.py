"""boto3: the life of a KMS key, from CreateKey to its deletion."""

import datetime
import re

import pytest

from conftest import ACCOUNT, REGION, kms_client
from expect import refused

UNKNOWN_ID = "12345678-1234-4234-8234-123456789012"
UNKNOWN_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{UNKNOWN_ID}"


def pages(client, operation, member, **parameters):
    """Every entry of a paginated list, and the number of pages it took."""
    found, count = [], 0
    for page in client.get_paginator(operation).paginate(**parameters):
        assert page["Truncated"] == ("NextMarker" in page)
        found.extend(page[member])
        count += 1
    return found, count


def test_create_key_answers_the_documented_metadata(kms):
    made = kms.create_key()["KeyMetadata"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["KeyId"])
    assert made["Arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{made['KeyId']}"
    assert re.fullmatch(r"[0-9a-f]{64}", made.pop("CurrentKeyMaterialId"))
    age = datetime.datetime.now(datetime.timezone.utc) - made.pop("CreationDate")
    assert abs(age) < datetime.timedelta(minutes=1)
    del made["KeyId"], made["Arn"]
    assert made == {
        "AWSAccountId": ACCOUNT, "Enabled": True, "Description": "", "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": False,
    }


def test_create_key_keeps_description_tags_and_policy_and_describe_agrees(kms):
    made = kms.create_key(Description="d", Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"] == made
    assert made["Description"] == "d"
    assert kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == [{"TagKey": "a", "TagValue": "1"}]


def test_create_key_spec_that_is_not_in_the_list(loose):
    with refused("ValidationException", "Member must satisfy enum value set: ["):
        loose.create_key(KeySpec="AES_1024")


@pytest.mark.parametrize("parameters", [
    {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
    {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    {"KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY"},
    {"Origin": "EXTERNAL"},
    {"MultiRegion": True},
])
def test_create_key_kinds_that_are_not_built_are_refused(kms, parameters):
    with refused("UnsupportedOperationException"):
        kms.create_key(**parameters)


def test_create_key_usage_that_does_not_fit_the_spec(kms):
    with refused("ValidationException", "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT"):
        kms.create_key(KeyUsage="SIGN_VERIFY")


def test_create_key_with_both_spec_members(kms):
    with refused("ValidationException"):
        kms.create_key(KeySpec="SYMMETRIC_DEFAULT", CustomerMasterKeySpec="SYMMETRIC_DEFAULT")


def test_create_key_description_too_long(loose):
    with refused("ValidationException", "at 'description' failed to satisfy constraint: "
                                        "Member must have length less than or equal to 8192"):
        loose.create_key(Description="x" * 8193)


def test_list_keys_pages_through_everything_once(kms):
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)}
    found, count = pages(kms, "list_keys", "Keys", PaginationConfig={"PageSize": 2})
    ids = [entry["KeyId"] for entry in found]
    assert made <= set(ids) and len(ids) == len(set(ids)) and count >= 3
    assert all(entry["KeyArn"].endswith(f":key/{entry['KeyId']}") for entry in found)


@pytest.mark.parametrize("marker", ["not-a-marker", "eyJhIjoxfQ==", "AAAA"])
def test_list_keys_marker_that_nobody_made(kms, marker):
    with refused("InvalidMarkerException"):
        kms.list_keys(Marker=marker)


def test_list_keys_marker_of_another_operation(kms, key):
    for name in ("one", "two"):
        kms.create_alias(AliasName=f"alias/{name}-{key['KeyId']}", TargetKeyId=key["KeyId"])
    marker = kms.list_aliases(Limit=1)["NextMarker"]
    with refused("InvalidMarkerException"):
        kms.list_keys(Marker=marker)


@pytest.mark.parametrize("limit, side", [(0, "greater than or equal to 1"), (1001, "less than or equal to 1000")])
def test_list_keys_limit_out_of_range(loose, limit, side):
    with refused("ValidationException", f"Value '{limit}' at 'limit' failed to satisfy constraint: "
                                        f"Member must have value {side}"):
        loose.list_keys(Limit=limit)


def test_regions_are_separate_names_for_keys(env, kms, key):
    other = kms_client(env, region="eu-west-1")
    made = other.create_key()["KeyMetadata"]
    assert made["Arn"].startswith(f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/")
    assert made["KeyId"] not in [entry["KeyId"] for entry in pages(kms, "list_keys", "Keys")[0]]
    assert key["KeyId"] not in [entry["KeyId"] for entry in pages(other, "list_keys", "Keys")[0]]
    with refused("NotFoundException", "Invalid arn us-east-1"):
        other.describe_key(KeyId=key["Arn"])


# --- identifiers


def test_every_identifier_form_reaches_the_same_key(kms, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["Arn"])
    forms = [key["KeyId"], key["Arn"], alias, f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"]
    for form in forms:
        assert kms.describe_key(KeyId=form)["KeyMetadata"]["Arn"] == key["Arn"]
        blob = kms.encrypt(KeyId=form, Plaintext=b"x")
        assert blob["KeyId"] == key["Arn"]
        assert kms.decrypt(KeyId=form, CiphertextBlob=blob["CiphertextBlob"])["Plaintext"] == b"x"
        assert kms.generate_data_key(KeyId=form, KeySpec="AES_128")["KeyId"] == key["Arn"]


@pytest.mark.parametrize("given, text", [
    ("mrk-fake", "Invalid keyId 'mrk-fake'"),
    (UNKNOWN_ID.replace("-", ""), f"Invalid keyId '{UNKNOWN_ID.replace('-', '')}'"),
    (UNKNOWN_ID, f"Key '{UNKNOWN_ARN}' does not exist"),
    (UNKNOWN_ARN, f"Key '{UNKNOWN_ARN}' does not exist"),
    (UNKNOWN_ARN.replace(REGION, "eu-west-1"), "Invalid arn eu-west-1"),
    ("alias/nobody", f"Alias arn:aws:kms:{REGION}:{ACCOUNT}:alias/nobody is not found."),
    (f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/nobody", f"Alias arn:aws:kms:{REGION}:{ACCOUNT}:alias/nobody is not found."),
])
def test_identifiers_that_name_nothing(kms, given, text):
    with refused("NotFoundException", text):
        kms.describe_key(KeyId=given)
    with refused("NotFoundException", text):
        kms.encrypt(KeyId=given, Plaintext=b"x")


def test_identifier_of_another_account_never_says_whether_it_exists(kms):
    with refused("AccessDeniedException", "is not authorized to perform: kms:DescribeKey"):
        kms.describe_key(KeyId=UNKNOWN_ARN.replace(ACCOUNT, "111122223333"))


def test_identifier_lengths(loose):
    with refused("ValidationException", "at 'keyId' failed to satisfy constraint: "
                                        "Member must have length greater than or equal to 1"):
        loose.describe_key(KeyId="")
    with refused("ValidationException", "Member must have length less than or equal to 2048"):
        loose.describe_key(KeyId="k" * 2049)
    with refused("ValidationException", "Value null at 'keyId' failed to satisfy constraint: Member must not be null"):
        loose.describe_key()


def test_alias_where_only_keys_are_accepted(kms, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    with refused(("InvalidArnException", "NotFoundException")):
        kms.disable_key(KeyId=alias)
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Enabled"]


# --- states


def test_disable_and_enable(kms, key):
    arn = key["Arn"]
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    for _ in range(2):  # both are idempotent
        kms.disable_key(KeyId=arn)
    described = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert (described["KeyState"], described["Enabled"]) == ("Disabled", False)
    for call in (lambda: kms.encrypt(KeyId=arn, Plaintext=b"x"), lambda: kms.decrypt(CiphertextBlob=blob),
                 lambda: kms.generate_data_key(KeyId=arn, KeySpec="AES_256"),
                 lambda: kms.generate_data_key_without_plaintext(KeyId=arn, KeySpec="AES_256"),
                 lambda: kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=arn),
                 lambda: kms.enable_key_rotation(KeyId=arn), lambda: kms.rotate_key_on_demand(KeyId=arn)):
        with refused("DisabledException", f"{arn} is disabled."):
            call()
    for _ in range(2):
        kms.enable_key(KeyId=arn)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_pending_deletion_and_cancel(kms, key, alias):
    arn = key["Arn"]
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    scheduled = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert (scheduled["KeyId"], scheduled["KeyState"], scheduled["PendingWindowInDays"]) == (arn, "PendingDeletion", 7)
    wait = scheduled["DeletionDate"] - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(days=6, hours=23) < wait <= datetime.timedelta(days=7, minutes=1)
    described = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert (described["KeyState"], described["Enabled"]) == ("PendingDeletion", False)
    assert described["DeletionDate"] == scheduled["DeletionDate"]
    for call in (lambda: kms.encrypt(KeyId=arn, Plaintext=b"x"), lambda: kms.decrypt(CiphertextBlob=blob),
                 lambda: kms.enable_key(KeyId=arn), lambda: kms.disable_key(KeyId=arn),
                 lambda: kms.schedule_key_deletion(KeyId=arn), lambda: kms.create_alias(AliasName=alias, TargetKeyId=arn),
                 lambda: kms.update_key_description(KeyId=arn, Description="no"),
                 lambda: kms.tag_resource(KeyId=arn, Tags=[{"TagKey": "a", "TagValue": "b"}]),
                 lambda: kms.rotate_key_on_demand(KeyId=arn)):
        with refused("KMSInvalidStateException", f"{arn} is pending deletion."):
            call()
    assert kms.get_key_policy(KeyId=arn)["Policy"]
    assert kms.cancel_key_deletion(KeyId=arn)["KeyId"] == arn
    described = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert described["KeyState"] == "Disabled" and "DeletionDate" not in described
    kms.enable_key(KeyId=arn)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_cancel_deletion_of_a_key_that_is_not_pending(kms, key):
    with refused("KMSInvalidStateException", f"{key['Arn']} is not pending deletion"):
        kms.cancel_key_deletion(KeyId=key["KeyId"])


def test_schedule_deletion_default_window_is_thirty_days(kms, key):
    assert kms.schedule_key_deletion(KeyId=key["KeyId"])["PendingWindowInDays"] == 30


@pytest.mark.parametrize("days", [1, 6, 31, 365])
def test_schedule_deletion_window_outside_seven_to_thirty(kms, key, days):
    with refused("ValidationException"):
        kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=days)
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"


def test_schedule_deletion_window_outside_the_model(loose, key):
    with refused("ValidationException", "Value '366' at 'pendingWindowInDays' failed to satisfy constraint: "
                                        "Member must have value less than or equal to 365"):
        loose.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=366)


def test_update_key_description(kms, key):
    kms.update_key_description(KeyId=key["KeyId"], Description="new words, ümlauts too")
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"] == "new words, ümlauts too"
    kms.update_key_description(KeyId=key["KeyId"], Description="")
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"] == ""
