"""boto3: Encrypt, Decrypt, ReEncrypt, data keys, random bytes, DryRun and the encryption context."""

import pytest

from expect import refused

CONTEXT = {"document": "42", "café": "naïve \N{SNOWMAN}"}
DRY = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")


@pytest.mark.parametrize("size", [1, 31, 32, 1024, 4095, 4096])
def test_encrypt_and_decrypt(kms, shared_key, size):
    plaintext = bytes(i % 251 for i in range(size))
    sealed = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=plaintext, EncryptionContext=CONTEXT)
    assert sealed["KeyId"] == shared_key["Arn"] and sealed["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert size < len(sealed["CiphertextBlob"]) <= 6144
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == plaintext and opened["KeyId"] == shared_key["Arn"]
    assert opened["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert opened["KeyMaterialId"] == shared_key["CurrentKeyMaterialId"]


def test_encrypt_never_answers_the_same_twice(kms, shared_key):
    blobs = {kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"same")["CiphertextBlob"] for _ in range(20)}
    assert len(blobs) == 20


def test_ciphertext_names_no_key_in_the_clear_and_is_not_aws_format(kms, shared_key):
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x" * 64)["CiphertextBlob"]
    assert shared_key["KeyId"].encode() not in blob and b"x" * 8 not in blob and not blob.startswith(b"\x01\x02")


@pytest.mark.parametrize("size", [0, 4097])
def test_encrypt_plaintext_length(loose, shared_key, size):
    with refused("ValidationException", "Value at 'plaintext' failed to satisfy constraint: Member must have length"):
        loose.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x" * size)


def test_encrypt_algorithm_that_the_key_does_not_have(kms, shared_key):
    with refused("InvalidKeyUsageException",
                 "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT."):
        kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256")


# --- the encryption context


@pytest.mark.parametrize("sealed_with, opened_with", [
    ({"a": "b"}, {}), ({}, {"a": "b"}), ({"a": "b"}, {"a": "B"}), ({"a": "b"}, {"A": "b"}),
    ({"a": "b", "c": "d"}, {"a": "b"}), ({"a": "b"}, {"a": "b", "c": "d"}), ({"a": "bc"}, {"ab": "c"}),
    ({"a": "b", "c": "d"}, {"a": "d", "c": "b"}), ({"a": ""}, {"a": " "}),
    ({"é": "1"}, {"e\N{COMBINING ACUTE ACCENT}": "1"}), ({"a": "b"}, {"aws-crypto-public-key": "x", "a": "b"}),
])
def test_context_that_differs_opens_nothing(kms, shared_key, sealed_with, opened_with):
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", EncryptionContext=sealed_with)["CiphertextBlob"]
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=opened_with)
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=sealed_with)["Plaintext"] == b"x"


def test_context_order_does_not_matter_and_empty_is_absent(kms, shared_key):
    pairs = [(f"k{i}", f"v{i}") for i in range(20)]
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", EncryptionContext=dict(pairs))["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=dict(reversed(pairs)))["Plaintext"] == b"x"
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", EncryptionContext={})["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_context_larger_than_the_limit(kms, shared_key):
    kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", EncryptionContext={"k": "v" * 8000})
    with refused("ValidationException"):
        kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", EncryptionContext={"k": "v" * 8193})


# --- refusals of Decrypt


def test_decrypt_names_the_wrong_key(kms, shared_key, key):
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    with refused("IncorrectKeyException",
                 "The key ID in the request does not identify a CMK that can perform this operation."):
        kms.decrypt(CiphertextBlob=blob, KeyId=key["KeyId"])


@pytest.mark.parametrize("blob", [b"x", b"garbage" * 30, b"\x01\x02\x02\x00\x78" + bytes(179), bytes(6144)])
def test_decrypt_what_is_no_ciphertext_of_ours(kms, blob):
    with refused("InvalidCiphertextException") as caught:
        kms.decrypt(CiphertextBlob=blob)
    assert not caught.value.response["Error"].get("Message")  # the silence is deliberate


def test_decrypt_blob_length(loose):
    with refused("ValidationException", "Value at 'ciphertextBlob' failed to satisfy constraint: "
                                        "Member must have length less than or equal to 6144"):
        loose.decrypt(CiphertextBlob=bytes(6145))


def test_decrypt_needs_a_ciphertext(loose, shared_key):
    with refused("ValidationException"):
        loose.decrypt(KeyId=shared_key["KeyId"])


def test_grant_token_that_nobody_made(kms, shared_key):
    with refused("InvalidGrantTokenException"):
        kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", GrantTokens=["bm9ib2R5"])


# --- data keys


@pytest.mark.parametrize("asked, size", [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16),
                                         ({"NumberOfBytes": 1}, 1), ({"NumberOfBytes": 64}, 64),
                                         ({"NumberOfBytes": 1024}, 1024)])
def test_generate_data_key(kms, shared_key, asked, size):
    made = kms.generate_data_key(KeyId=shared_key["KeyId"], EncryptionContext=CONTEXT, **asked)
    assert len(made["Plaintext"]) == size and made["KeyId"] == shared_key["Arn"]
    assert made["KeyMaterialId"] == shared_key["CurrentKeyMaterialId"]
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == made["Plaintext"]
    bare = kms.generate_data_key_without_plaintext(KeyId=shared_key["KeyId"], EncryptionContext=CONTEXT, **asked)
    assert "Plaintext" not in bare
    opened = kms.decrypt(CiphertextBlob=bare["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert len(opened["Plaintext"]) == size


@pytest.mark.parametrize("operation", ["generate_data_key", "generate_data_key_without_plaintext"])
@pytest.mark.parametrize("asked", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}])
def test_data_key_size_is_said_exactly_once(kms, shared_key, operation, asked):
    with refused("ValidationException"):
        getattr(kms, operation)(KeyId=shared_key["KeyId"], **asked)


@pytest.mark.parametrize("count", [0, 1025])
def test_data_key_number_of_bytes(loose, shared_key, count):
    with refused("ValidationException", f"Value '{count}' at 'numberOfBytes' failed to satisfy constraint"):
        loose.generate_data_key(KeyId=shared_key["KeyId"], NumberOfBytes=count)


def test_data_key_several_violations_in_one_text(loose):
    with refused("ValidationException", "2 validation errors detected: "):
        loose.generate_data_key(KeyId="", NumberOfBytes=0)


def test_generate_random(kms, loose):
    assert [len(kms.generate_random(NumberOfBytes=n)["Plaintext"]) for n in (1, 32, 1024)] == [1, 32, 1024]
    assert kms.generate_random(NumberOfBytes=32)["Plaintext"] != kms.generate_random(NumberOfBytes=32)["Plaintext"]
    with refused("ValidationException", "NumberOfBytes is required."):
        kms.generate_random()
    with refused("ValidationException", "Value '1025' at 'numberOfBytes' failed to satisfy constraint"):
        loose.generate_random(NumberOfBytes=1025)


def test_recipient_is_refused_rather_than_ignored(kms, shared_key):
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"document"}
    with refused(("UnsupportedOperationException", "ValidationException")):
        kms.generate_data_key(KeyId=shared_key["KeyId"], KeySpec="AES_256", Recipient=recipient)
    with refused(("UnsupportedOperationException", "ValidationException")):
        kms.generate_random(NumberOfBytes=8, Recipient=recipient)


# --- ReEncrypt


def test_re_encrypt_moves_key_and_context(kms, shared_key, key):
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "1"}, SourceKeyId=shared_key["KeyId"],
                           DestinationKeyId=key["KeyId"], DestinationEncryptionContext={"b": "2"})
    assert (moved["SourceKeyId"], moved["KeyId"]) == (shared_key["Arn"], key["Arn"])
    assert moved["SourceEncryptionAlgorithm"] == moved["DestinationEncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert moved["SourceKeyMaterialId"] == shared_key["CurrentKeyMaterialId"]
    assert moved["DestinationKeyMaterialId"] == key["CurrentKeyMaterialId"]
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"b": "2"})
    assert opened["Plaintext"] == b"x" and opened["KeyId"] == key["Arn"]


def test_re_encrypt_does_not_copy_the_source_context(kms, shared_key, key):
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "1"}, DestinationKeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"x"


def test_re_encrypt_refusals(kms, shared_key, key):
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
    with refused("InvalidCiphertextException"):
        kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key["KeyId"])
    with refused("IncorrectKeyException"):
        kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "1"}, SourceKeyId=key["KeyId"],
                       DestinationKeyId=key["KeyId"])
    with refused("NotFoundException"):
        kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "1"}, DestinationKeyId="alias/nobody")


# --- DryRun


def test_dry_run_of_what_would_succeed(kms, shared_key):
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    by_key = {"KeyId": shared_key["KeyId"], "DryRun": True}
    for call in (lambda: kms.encrypt(Plaintext=b"x", **by_key),
                 lambda: kms.decrypt(CiphertextBlob=blob, DryRun=True),
                 lambda: kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=shared_key["KeyId"], DryRun=True),
                 lambda: kms.generate_data_key(KeySpec="AES_256", **by_key),
                 lambda: kms.generate_data_key_without_plaintext(KeySpec="AES_256", **by_key)):
        with refused(*DRY):
            call()


def test_dry_run_answers_the_real_refusal(kms, alice_kms, key):
    with refused("AccessDeniedException"):
        alice_kms.encrypt(KeyId=key["Arn"], Plaintext=b"x", DryRun=True)
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=b"garbage", DryRun=True)
    kms.disable_key(KeyId=key["KeyId"])
    with refused("DisabledException"):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", DryRun=True)


def test_dry_run_ignoring_the_ciphertext(kms, loose, shared_key):
    with refused(*DRY):
        loose.decrypt(KeyId=shared_key["KeyId"], DryRun=True, DryRunModifiers=["IGNORE_CIPHERTEXT"])
    with refused("ValidationException"):
        loose.decrypt(DryRun=True, DryRunModifiers=["IGNORE_CIPHERTEXT"])
