"""boto3: aliases and tags."""

import pytest

from conftest import ACCOUNT, REGION
from expect import refused
from test_boto3_keys import UNKNOWN_ID, pages


def arn_of(alias):
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"


def test_alias_life(kms, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["Arn"])
    (entry,) = kms.list_aliases(KeyId=key["KeyId"])["Aliases"]
    assert (entry["AliasName"], entry["AliasArn"], entry["TargetKeyId"]) == (alias, arn_of(alias), key["KeyId"])
    assert entry["CreationDate"] == entry["LastUpdatedDate"]
    other = kms.create_key()["KeyMetadata"]
    kms.update_alias(AliasName=alias, TargetKeyId=other["KeyId"])
    assert kms.list_aliases(KeyId=key["Arn"])["Aliases"] == []
    assert kms.encrypt(KeyId=alias, Plaintext=b"x")["KeyId"] == other["Arn"]
    kms.delete_alias(AliasName=alias)
    with refused("NotFoundException", f"Alias {arn_of(alias)} is not found."):
        kms.delete_alias(AliasName=alias)
    assert kms.describe_key(KeyId=other["KeyId"])["KeyMetadata"]["Enabled"]


def test_alias_moved_does_not_change_what_opens_a_blob(kms, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    blob = kms.encrypt(KeyId=alias, Plaintext=b"x")["CiphertextBlob"]
    kms.update_alias(AliasName=alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    with refused("IncorrectKeyException"):
        kms.decrypt(CiphertextBlob=blob, KeyId=alias)


def test_alias_that_exists(kms, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    with refused("AlreadyExistsException", f"An alias with the name {arn_of(alias)} already exists"):
        kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])


def test_alias_names_that_are_refused(kms, loose, key):
    with refused("ValidationException", 'Alias must start with the prefix "alias/".'):
        kms.create_alias(AliasName="no-prefix", TargetKeyId=key["KeyId"])
    with refused(("NotAuthorizedException", "InvalidAliasNameException", "AccessDeniedException")):
        kms.create_alias(AliasName="alias/aws/s3", TargetKeyId=key["KeyId"])
    with refused("ValidationException", "Member must satisfy regular expression pattern: "):
        kms.create_alias(AliasName="alias/white space", TargetKeyId=key["KeyId"])
    with refused("ValidationException", "Member must have length less than or equal to 256"):
        loose.create_alias(AliasName="alias/" + "a" * 251, TargetKeyId=key["KeyId"])
    for name in ("no-prefix", "alias/aws/s3"):
        with refused("NotFoundException", f"Alias {arn_of(name)} is not found."):
            kms.update_alias(AliasName=name, TargetKeyId=key["KeyId"])
        with refused("NotFoundException", f"Alias {arn_of(name)} is not found."):
            kms.delete_alias(AliasName=name)


def test_alias_targets_that_are_refused(kms, key, alias):
    with refused("NotFoundException"):
        kms.create_alias(AliasName=alias, TargetKeyId=UNKNOWN_ID)
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    with refused("ValidationException", "Aliases must refer to keys. Not aliases"):
        kms.create_alias(AliasName=alias + "-2", TargetKeyId=alias)
    with refused("NotFoundException", f"Alias {arn_of(alias + '-3')} is not found."):
        kms.update_alias(AliasName=alias + "-3", TargetKeyId=key["KeyId"])


def test_aliases_of_one_key_are_paginated_and_limited_to_fifty(kms, key, alias):
    for number in range(50):
        kms.create_alias(AliasName=f"{alias}-{number}", TargetKeyId=key["KeyId"])
    with refused("LimitExceededException"):
        kms.create_alias(AliasName=f"{alias}-51", TargetKeyId=key["KeyId"])
    found, count = pages(kms, "list_aliases", "Aliases", KeyId=key["KeyId"], PaginationConfig={"PageSize": 7})
    assert {entry["AliasName"] for entry in found} == {f"{alias}-{n}" for n in range(50)}
    assert len(found) == 50 and count >= 8
    assert len(kms.list_aliases(KeyId=key["KeyId"])["Aliases"]) <= 50


def test_list_aliases_of_a_key_that_does_not_exist(kms):
    with refused("NotFoundException"):
        kms.list_aliases(KeyId=UNKNOWN_ID)


# --- tags


def tags_of(kms, key):
    return {t["TagKey"]: t["TagValue"] for t in pages(kms, "list_resource_tags", "Tags", KeyId=key["KeyId"])[0]}


def test_tags_are_set_replaced_and_removed(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "A", "TagValue": ""}])
    kms.tag_resource(KeyId=key["Arn"], Tags=[{"TagKey": "a", "TagValue": "2"}])
    assert tags_of(kms, key) == {"a": "2", "A": ""}
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=["A", "never-there"])
    assert tags_of(kms, key) == {"a": "2"}


@pytest.mark.parametrize("tags, text", [
    ([{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}], "Duplicate tag keys"),
    ([{"TagKey": "aws:x", "TagValue": "1"}], "Tags beginning with aws: are reserved"),
    ([{"TagKey": "AwS:x", "TagValue": "1"}], "Tags beginning with aws: are reserved"),
    ([{"TagKey": f"k{n}", "TagValue": ""} for n in range(51)], "Too many tags"),
])
def test_tags_that_are_refused(kms, key, tags, text):
    with refused("TagException", text):
        kms.tag_resource(KeyId=key["KeyId"], Tags=tags)
    assert tags_of(kms, key) == {}
    with refused("TagException", text):
        kms.create_key(Tags=tags)


def test_tags_are_limited_to_fifty_a_key_and_paginated(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": f"k{n:02}", "TagValue": "v"} for n in range(50)])
    with refused(("TagException", "LimitExceededException")):
        kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "k50", "TagValue": "v"}])
    found, count = pages(kms, "list_resource_tags", "Tags", KeyId=key["KeyId"], PaginationConfig={"PageSize": 9})
    assert len({t["TagKey"] for t in found}) == len(found) == 50 and count >= 6


def test_tag_lengths(loose, key):
    with refused("ValidationException", "at 'tags.1.member.tagKey' failed to satisfy constraint: "
                                        "Member must have length less than or equal to 128"):
        loose.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "k" * 129, "TagValue": "v"}])
    with refused("ValidationException", "at 'tags.1.member.tagValue' failed to satisfy constraint: "
                                        "Member must have length less than or equal to 256"):
        loose.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "k", "TagValue": "v" * 257}])
