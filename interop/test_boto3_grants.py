"""boto3: grants and request-rate quotas, as an application and an operator use them."""

import pytest

from conftest import ACCOUNT
from expect import refused


def test_grant_life(kms, alice_kms, alice, key):
    with refused("AccessDeniedException", "kms:Encrypt"):
        alice_kms.encrypt(KeyId=key["Arn"], Plaintext=b"x")
    grant = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=alice["Arn"], Operations=["Encrypt", "Decrypt"],
                             RetiringPrincipal=alice["Arn"],
                             Constraints={"EncryptionContextSubset": {"tenant": "one"}})
    context = {"tenant": "one", "file": "a"}
    blob = alice_kms.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext=context,
                             GrantTokens=[grant["GrantToken"]])["CiphertextBlob"]
    assert alice_kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"x"
    with refused("AccessDeniedException"):
        alice_kms.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext={"tenant": "two"})
    (entry,) = kms.list_grants(KeyId=key["KeyId"])["Grants"]
    assert (entry["GrantId"], entry["KeyId"], entry["Name"]) == (grant["GrantId"], key["Arn"], "")
    assert entry["IssuingAccount"] == f"arn:aws:iam::{ACCOUNT}:root"
    (retirable,) = kms.list_retirable_grants(RetiringPrincipal=alice["Arn"])["Grants"]
    assert retirable["GrantId"] == grant["GrantId"]
    alice_kms.retire_grant(GrantToken=grant["GrantToken"])
    with refused("AccessDeniedException", "kms:Encrypt"):
        alice_kms.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext=context)
    with refused("NotFoundException", grant["GrantId"]):
        kms.revoke_grant(KeyId=key["KeyId"], GrantId=grant["GrantId"])


def test_grants_in_pages(kms, alice, key):
    made = {kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=alice["Arn"], Operations=["Encrypt"])["GrantId"]
            for _ in range(5)}
    pages = list(kms.get_paginator("list_grants").paginate(KeyId=key["KeyId"], PaginationConfig={"PageSize": 2}))
    assert [len(page["Grants"]) for page in pages] == [2, 2, 1]
    assert {grant["GrantId"] for page in pages for grant in page["Grants"]} == made


@pytest.mark.parametrize("name, code, changed", [
    ("operation that the key has not", "ValidationException", dict(Operations=["Sign"])),
    ("nobody", "InvalidArnException", dict(GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:user/nobody")),
    ("token", "InvalidGrantTokenException", dict(GrantTokens=["nobody's"])),
    ("dry run", "DryRunOperationException", dict(DryRun=True)),
])
def test_grant_that_is_refused(kms, alice, key, name, code, changed):
    parameters = dict(KeyId=key["KeyId"], GranteePrincipal=alice["Arn"], Operations=["Encrypt"]) | changed
    with refused(code):
        kms.create_grant(**parameters)
    assert kms.list_grants(KeyId=key["KeyId"])["Grants"] == [], name


def test_quota_that_the_operator_sets_while_the_service_runs(service, kms, alice_kms):
    assert service.operator("quotas", "show") == []
    service.operator("quotas", "set", "list-of-key", "1", "--per", "principal")
    try:
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.list_grants(KeyId=key)
        with refused("ThrottlingException", "You have exceeded the rate at which you may call KMS."):
            for _ in range(20):
                kms.list_grants(KeyId=key)
        with refused("AccessDeniedException"):
            alice_kms.list_retirable_grants(RetiringPrincipal=f"arn:aws:iam::{ACCOUNT}:root")
    finally:
        assert service.operator("quotas", "set", "list-of-key", "0", "--per", "principal") == []
    kms.list_grants(KeyId=key)
