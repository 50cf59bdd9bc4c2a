"""Every suite, raw keys, required pairs and several keys: `seal` / `open` and the AWS Encryption SDK for Python, in both
directions."""

import json

import aws_encryption_sdk
import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    AesWrappingAlg, CreateAwsKmsKeyringInput, CreateDefaultCryptographicMaterialsManagerInput,
    CreateMultiKeyringInput, CreateRawAesKeyringInput, CreateRawRsaKeyringInput,
    CreateRequiredEncryptionContextCMMInput, PaddingScheme)
from aws_encryption_sdk import Algorithm, CommitmentPolicy
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SUITES = {
    "0014": Algorithm.AES_128_GCM_IV12_TAG16,
    "0046": Algorithm.AES_192_GCM_IV12_TAG16,
    "0078": Algorithm.AES_256_GCM_IV12_TAG16,
    "0114": Algorithm.AES_128_GCM_IV12_TAG16_HKDF_SHA256,
    "0146": Algorithm.AES_192_GCM_IV12_TAG16_HKDF_SHA256,
    "0178": Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA256,
    "0214": Algorithm.AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256,
    "0346": Algorithm.AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
    "0378": Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
    "0478": Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    "0578": Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
}
PADDINGS = {
    "pkcs1": PaddingScheme.PKCS1,
    "oaep-sha1": PaddingScheme.OAEP_SHA1_MGF1,
    "oaep-sha256": PaddingScheme.OAEP_SHA256_MGF1,
    "oaep-sha384": PaddingScheme.OAEP_SHA384_MGF1,
    "oaep-sha512": PaddingScheme.OAEP_SHA512_MGF1,
}
AES_ALGORITHMS = {
    16: AesWrappingAlg.ALG_AES128_GCM_IV12_TAG16,
    24: AesWrappingAlg.ALG_AES192_GCM_IV12_TAG16,
    32: AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16,
}
# Beyond the basic plane: its order is another one in UTF-16.
CONTEXT = {"purpose": "interop", "\uff5e": "z", "\U00010302": "y"}
DOCUMENT = bytes(range(256)) * 40  # two and a half frames of 4096 bytes


def policy_of(suite):
    """The SDK's policy and the command line's, for writing and reading a suite."""
    if suite in ("0478", "0578"):
        return CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, "require-encrypt-require-decrypt"
    return CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT, "forbid-encrypt-allow-decrypt"


@pytest.fixture(scope="module")
def providers():
    return AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())


def aes_keyring(providers, key):
    return providers.create_raw_aes_keyring(CreateRawAesKeyringInput(
        key_namespace="ns", key_name="k", wrapping_key=key, wrapping_alg=AES_ALGORITHMS[len(key)]))


@pytest.fixture(scope="module")
def rsa_key(tmp_path_factory):
    """An RSA key pair: the folder with private.pem and public.pem, and both texts."""
    folder = tmp_path_factory.mktemp("rsa")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM,
                                           serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "private.pem").write_bytes(private)
    (folder / "public.pem").write_bytes(public)
    return folder, private, public


def rsa_keyring(providers, rsa_key, padding):
    _, private, public = rsa_key
    return providers.create_raw_rsa_keyring(CreateRawRsaKeyringInput(
        key_namespace="ns", key_name="k", padding_scheme=PADDINGS[padding], public_key=public, private_key=private))


def pairs(context):
    return [word for name, value in context.items() for word in ("--encryption-context", f"{name}={value}")]


def both_ways(service, env, folder, keyring, suite, flags, stored=CONTEXT, given=None, manager=None):
    """The SDK opens what `seal` writes; `open` opens what the SDK writes."""
    sdk_policy, policy = policy_of(suite)
    sdk = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=sdk_policy)
    (folder / "in").write_bytes(DOCUMENT)
    done = service.cli("seal", *flags, "--suite", suite, "--commitment-policy", policy, *pairs(stored),
                       "-o", folder / "ours", folder / "in", env=env)
    assert done.returncode == 0, done.stderr
    source = {"materials_manager": manager} if manager else {"keyring": keyring}
    opened, header = sdk.decrypt(source=(folder / "ours").read_bytes(), encryption_context=given or stored, **source)
    assert opened == DOCUMENT and header.algorithm is SUITES[suite]
    theirs, _ = sdk.encrypt(source=DOCUMENT, algorithm=SUITES[suite], encryption_context=stored, frame_length=4096,
                            **source)
    (folder / "theirs").write_bytes(theirs)
    done = service.cli("open", *flags, "--commitment-policy", policy, *pairs(given or stored),
                       "-o", folder / "out", folder / "theirs", env=env)
    assert done.returncode == 0, done.stderr
    assert (folder / "out").read_bytes() == DOCUMENT


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_with_a_raw_aes_key(service, env, providers, tmp_path, suite):
    key = bytes(range(32))
    (tmp_path / "key").write_text(key.hex())
    both_ways(service, env, tmp_path, aes_keyring(providers, key), suite,
              ("--raw-aes-key", f"ns:k:{tmp_path}/key"))


@pytest.mark.parametrize("bytes_", [16, 24])
def test_shorter_raw_aes_keys(service, env, providers, tmp_path, bytes_):
    key = bytes(range(100, 100 + bytes_))
    (tmp_path / "key").write_bytes(key)
    both_ways(service, env, tmp_path, aes_keyring(providers, key), "0478",
              ("--raw-aes-key", f"ns:k:{tmp_path}/key"))


@pytest.mark.parametrize("padding", PADDINGS)
def test_raw_rsa_keys_in_every_padding(service, env, providers, rsa_key, tmp_path, padding):
    both_ways(service, env, tmp_path, rsa_keyring(providers, rsa_key, padding), "0478",
              ("--raw-rsa-key", f"ns:k:{rsa_key[0]}/private.pem:{padding}"))


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_with_kms(service, env, kms, shared_key, providers, tmp_path, suite):
    keyring = providers.create_aws_kms_keyring(
        CreateAwsKmsKeyringInput(kms_key_id=shared_key["Arn"], kms_client=kms))
    both_ways(service, env, tmp_path, keyring, suite, ("--key-id", shared_key["Arn"]))


@pytest.mark.parametrize("suite", ["0178", "0478", "0578"])
def test_required_pairs_are_bound_and_not_stored(service, env, providers, tmp_path, suite):
    key = bytes(32)
    (tmp_path / "key").write_text(key.hex())
    default = providers.create_default_cryptographic_materials_manager(
        CreateDefaultCryptographicMaterialsManagerInput(keyring=aes_keyring(providers, key)))
    manager = providers.create_required_encryption_context_cmm(CreateRequiredEncryptionContextCMMInput(
        underlying_cmm=default, required_encryption_context_keys=["purpose"]))
    flags = ("--raw-aes-key", f"ns:k:{tmp_path}/key", "--required-encryption-context", "purpose")
    both_ways(service, env, tmp_path, None, suite, flags, given={"purpose": "interop"}, manager=manager)
    assert b"interop" not in (tmp_path / "ours").read_bytes()
    policy = ("--commitment-policy", policy_of(suite)[1])
    opening = ("open", "--raw-aes-key", f"ns:k:{tmp_path}/key", *policy, "-o", tmp_path / "no", tmp_path / "theirs")
    for wrong in ({}, {"purpose": "other"}, {"purpose": "interop", "more": "1"}):
        done = service.cli(*opening, *pairs(wrong), env=env)
        assert done.returncode in (3, 4) and not (tmp_path / "no").exists(), done.stderr
    done = service.cli(*opening, "--required-encryption-context", "purpose", env=env)
    assert done.returncode == 2 and "purpose" in done.stderr


def test_a_public_key_beside_kms_is_for_breaking_glass(service, env, kms, shared_key, providers, rsa_key, tmp_path):
    (tmp_path / "in").write_bytes(DOCUMENT)
    done = service.cli("seal", "--key-id", shared_key["Arn"], "--raw-rsa-key", f"ns:k:{rsa_key[0]}/public.pem",
                       "-o", tmp_path / "m", tmp_path / "in", env=env)
    assert done.returncode == 0, done.stderr
    by_kms = providers.create_aws_kms_keyring(
        CreateAwsKmsKeyringInput(kms_key_id=shared_key["Arn"], kms_client=kms))
    sdk = aws_encryption_sdk.EncryptionSDKClient()
    for keyring in (by_kms, rsa_keyring(providers, rsa_key, "oaep-sha256")):
        assert sdk.decrypt(source=(tmp_path / "m").read_bytes(), keyring=keyring)[0] == DOCUMENT
    mark = service.audit_mark()
    alone = service.cli("open", "--raw-rsa-key", f"ns:k:{rsa_key[0]}/private.pem", "-o", tmp_path / "out",
                        tmp_path / "m", env={"PATH": env["PATH"]})
    assert alone.returncode == 0, alone.stderr
    assert (tmp_path / "out").read_bytes() == DOCUMENT and service.audit_since(mark) == []
    public = service.cli("open", "--raw-rsa-key", f"ns:k:{rsa_key[0]}/public.pem", "-o", tmp_path / "no",
                         tmp_path / "m", env=env)
    assert public.returncode == 3 and "public key only" in public.stderr


def test_several_kms_keys_each_open(service, env, kms, shared_key, key, providers, tmp_path):
    (tmp_path / "in").write_bytes(DOCUMENT)
    done = service.cli("seal", "--key-id", shared_key["Arn"], "--key-id", key["Arn"], "-o", tmp_path / "m",
                       tmp_path / "in", env=env)
    assert done.returncode == 0, done.stderr
    one, two = (providers.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=arn, kms_client=kms))
                for arn in (shared_key["Arn"], key["Arn"]))
    sdk = aws_encryption_sdk.EncryptionSDKClient()
    for keyring in (one, two):
        assert sdk.decrypt(source=(tmp_path / "m").read_bytes(), keyring=keyring)[0] == DOCUMENT
    multi = providers.create_multi_keyring(CreateMultiKeyringInput(generator=one, child_keyrings=[two]))
    theirs, _ = sdk.encrypt(source=DOCUMENT, keyring=multi, algorithm=SUITES["0478"])
    (tmp_path / "theirs").write_bytes(theirs)
    for arn in (shared_key["Arn"], key["Arn"]):
        done = service.cli("open", "--key-id", arn, "-o", "-", tmp_path / "theirs", env=env, text=False)
        assert (done.returncode, done.stdout) == (0, DOCUMENT), done.stderr
    limited = service.cli("open", "--key-id", key["Arn"], "--max-encrypted-data-keys", "1", "-o", tmp_path / "no",
                          tmp_path / "theirs", env=env)
    assert limited.returncode == 4 and "limit of 1" in limited.stderr and not (tmp_path / "no").exists()


def test_messages_with_more_keys_than_usual_are_sealed_shown_rewrapped_and_opened(service, env, tmp_path):
    (tmp_path / "key").write_text("00" * 32)
    (tmp_path / "in").write_bytes(DOCUMENT)
    keys = [word for number in range(101) for word in ("--raw-aes-key", f"ns:k{number}:{tmp_path}/key")]
    more = ("--max-encrypted-data-keys", "101")
    env = env | {"XDG_STATE_HOME": str(tmp_path / "state")}
    done = service.cli("seal", *keys, *more, "-o", tmp_path / "m", tmp_path / "in", env=env)
    assert done.returncode == 0, done.stderr
    shown = json.loads(service.cli("inspect", "--json", tmp_path / "m", env=env).stdout)
    assert len(shown["encrypted_data_keys"]) == 101
    for how in ((), ("--header-only",)):
        refused = service.cli("rewrap", *how, *keys, tmp_path / "m", env=env)
        assert refused.returncode == 4 and "--max-encrypted-data-keys 101 takes it" in refused.stderr
        done = service.cli("rewrap", *how, *more, *keys, tmp_path / "m", env=env)
        assert done.returncode == 0, done.stderr
    opened = service.cli("open", *keys[-2:], *more, "-o", "-", tmp_path / "m", env=env, text=False)
    assert (opened.returncode, opened.stdout) == (0, DOCUMENT), opened.stderr


def test_messages_without_frames_open(service, env, providers, tmp_path):
    key = bytes(32)
    (tmp_path / "key").write_text(key.hex())
    sdk = aws_encryption_sdk.EncryptionSDKClient()
    for suite in ("0478", "0578"):
        message, _ = sdk.encrypt(source=DOCUMENT, keyring=aes_keyring(providers, key), algorithm=SUITES[suite],
                                 frame_length=0)
        (tmp_path / "m").write_bytes(message)
        done = service.cli("open", "--raw-aes-key", f"ns:k:{tmp_path}/key", "-o", "-", tmp_path / "m", env=env,
                           text=False)
        assert (done.returncode, done.stdout) == (0, DOCUMENT), done.stderr


@pytest.mark.parametrize("how", [(), ("--header-only",)], ids=["anew", "header-only"])
def test_messages_without_frames_are_rewrapped(service, env, shared_key, providers, tmp_path, how):
    key = bytes(32)
    (tmp_path / "key").write_text(key.hex())
    message, _ = aws_encryption_sdk.EncryptionSDKClient().encrypt(
        source=DOCUMENT, keyring=aes_keyring(providers, key), algorithm=SUITES["0478"], frame_length=0)
    (tmp_path / "m").write_bytes(message)
    raw, env = f"ns:k:{tmp_path}/key", env | {"XDG_STATE_HOME": str(tmp_path / "state")}
    done = service.cli("rewrap", *how, "--old-raw-aes-key", raw, "--key-id", shared_key["Arn"], tmp_path / "m", env=env)
    assert done.returncode == 0, done.stderr
    opened = service.cli("open", "--key-id", shared_key["Arn"], "-o", "-", tmp_path / "m", env=env, text=False)
    assert (opened.returncode, opened.stdout) == (0, DOCUMENT), opened.stderr
    assert service.cli("open", "--check", "--raw-aes-key", raw, tmp_path / "m", env=env).returncode == 3


def test_signed_messages_go_to_a_pipe_only_by_name(service, env, tmp_path):
    (tmp_path / "key").write_text("00" * 32)
    (tmp_path / "in").write_bytes(DOCUMENT)
    flags = ("--raw-aes-key", f"ns:k:{tmp_path}/key")
    done = service.cli("seal", *flags, "--sign", "-o", tmp_path / "m", tmp_path / "in", env=env)
    assert done.returncode == 0, done.stderr
    refused = service.cli("open", *flags, "-o", "-", tmp_path / "m", env=env, text=False)
    assert (refused.returncode, refused.stdout) == (2, b"") and b"--release-unverified" in refused.stderr
    named = service.cli("open", *flags, "--release-unverified", "-o", "-", tmp_path / "m", env=env, text=False)
    assert (named.returncode, named.stdout) == (0, DOCUMENT)
    message = bytearray((tmp_path / "m").read_bytes())
    message[-1] ^= 1
    (tmp_path / "m").write_bytes(message)
    forged = service.cli("open", *flags, "-o", tmp_path / "out", tmp_path / "m", env=env)
    assert forged.returncode == 4 and "signature" in forged.stderr and not (tmp_path / "out").exists()


def test_suites_without_commitment_are_read_only_by_policy(service, env, providers, tmp_path):
    key = bytes(32)
    (tmp_path / "key").write_text(key.hex())
    sdk = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
    message, _ = sdk.encrypt(source=DOCUMENT, keyring=aes_keyring(providers, key), algorithm=SUITES["0178"])
    (tmp_path / "m").write_bytes(message)
    opening = ("open", "--raw-aes-key", f"ns:k:{tmp_path}/key", "-o", tmp_path / "out", tmp_path / "m")
    refused = service.cli(*opening, env=env)
    assert refused.returncode == 4 and "require-encrypt-allow-decrypt" in refused.stderr
    done = service.cli(*opening, "--commitment-policy", "require-encrypt-allow-decrypt", env=env)
    assert done.returncode == 0, done.stderr
