"""The AWS Encryption SDK for Python and `strongroom seal` / `open`, in both directions."""

import aws_encryption_sdk
import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsKeyringInput
from aws_encryption_sdk import Algorithm, CommitmentPolicy

SUITE = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY  # 0x0478
CONTEXT = {"document": "42", "purpose": "interop"}
MIB = 1 << 20
# Plaintext sizes around the edges of the 1 MiB frames that `seal` writes.
SEALED_SIZES = [0, 1, 1000, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 12345]


def some_bytes(size):
    """Bytes without a short period, so that swapped frames are seen."""
    block = bytes((i * i * 31 + i // 251) % 256 for i in range(min(size, 65537)))
    return (block * (size // max(len(block), 1) + 1))[:size]


@pytest.fixture(scope="module")
def sdk():
    return aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


@pytest.fixture(scope="module")
def keyring(kms, shared_key):
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    return providers.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=shared_key["Arn"], kms_client=kms))


def write_with_sdk(sdk, keyring, path, plaintext, frame_length=4096, context=None):
    message, _ = sdk.encrypt(source=plaintext, keyring=keyring, algorithm=SUITE, frame_length=frame_length,
                             encryption_context=CONTEXT if context is None else context)
    path.write_bytes(message)


def pairs(context):
    return [word for name, value in context.items() for word in ("--encryption-context", f"{name}={value}")]


def names_in(folder):
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("size", SEALED_SIZES)
def test_the_sdk_opens_what_seal_writes(service, env, sdk, keyring, shared_key, tmp_path, size):
    plaintext = some_bytes(size)
    (tmp_path / "in").write_bytes(plaintext)
    done = service.cli("seal", "--key-id", shared_key["Arn"], *pairs(CONTEXT), tmp_path / "in", env=env)
    assert done.returncode == 0, done.stderr
    opened, header = sdk.decrypt(source=(tmp_path / "in.sealed").read_bytes(), keyring=keyring,
                                 encryption_context=CONTEXT)
    assert opened == plaintext
    assert header.algorithm is SUITE and dict(header.encryption_context) == CONTEXT
    assert header.frame_length == MIB and len(header.encrypted_data_keys) == 1


@pytest.mark.parametrize("frame_length", [128, 512, 4096, 65536, MIB])
@pytest.mark.parametrize("frames, more", [(0, 0), (0, 1), (1, -1), (1, 0), (1, 1), (3, 0), (3, 7)])
def test_open_opens_what_the_sdk_writes(service, env, sdk, keyring, shared_key, tmp_path, frame_length, frames, more):
    plaintext = some_bytes(frames * frame_length + more)
    write_with_sdk(sdk, keyring, tmp_path / "m.sealed", plaintext, frame_length)
    done = service.cli("open", "--key-id", shared_key["Arn"], *pairs(CONTEXT), "-o", tmp_path / "out",
                       tmp_path / "m.sealed", env=env)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == plaintext


def test_the_older_master_key_providers_work_too(service, env, sdk, shared_key, tmp_path, monkeypatch):
    for name in [n for n in env if n.startswith("AWS_")]:
        monkeypatch.setenv(name, env[name])
    provider = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[shared_key["Arn"]])
    message, _ = sdk.encrypt(source=b"older", key_provider=provider, algorithm=SUITE, encryption_context=CONTEXT)
    (tmp_path / "m.sealed").write_bytes(message)
    done = service.cli("open", "--key-id", shared_key["Arn"], "-o", "-", tmp_path / "m.sealed", env=env)
    assert (done.returncode, done.stdout) == (0, "older"), done.stderr
    (tmp_path / "in").write_bytes(b"newer")
    assert service.cli("seal", "--key-id", shared_key["Arn"], tmp_path / "in", env=env).returncode == 0
    assert sdk.decrypt(source=(tmp_path / "in.sealed").read_bytes(), key_provider=provider)[0] == b"newer"


def test_pipes(service, env, sdk, keyring, shared_key):
    plaintext = some_bytes(2 * MIB + 5)
    sealed = service.cli("seal", "--key-id", shared_key["Arn"], "-", env=env, input=plaintext, text=False)
    assert sealed.returncode == 0, sealed.stderr
    assert sdk.decrypt(source=sealed.stdout, keyring=keyring)[0] == plaintext
    opened = service.cli("open", "--key-id", shared_key["Arn"], "-", env=env, input=sealed.stdout, text=False)
    assert (opened.returncode, opened.stdout) == (0, plaintext)


# --- which key `open` trusts


def test_open_without_key_id_takes_the_key_within_the_account(service, env, sdk, keyring, tmp_path):
    write_with_sdk(sdk, keyring, tmp_path / "m.sealed", b"discovered")
    opening = ("open", "-o", tmp_path / "out", tmp_path / "m.sealed")
    foreign = service.cli(*opening, env=env | {"AWS_ACCOUNT_ID": "111122223333"})
    assert foreign.returncode not in (0, 5) and names_in(tmp_path) == ["m.sealed"], foreign.stderr
    nobody = service.cli(*opening, env={k: v for k, v in env.items() if k != "AWS_ACCOUNT_ID"})
    assert nobody.returncode != 0 and "--key-id" in nobody.stderr and names_in(tmp_path) == ["m.sealed"]
    done = service.cli(*opening, env=env)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == b"discovered"


def test_open_is_strict_with_key_id(service, env, sdk, keyring, key, tmp_path):
    write_with_sdk(sdk, keyring, tmp_path / "m.sealed", b"strict")
    done = service.cli("open", "--key-id", key["Arn"], "-o", tmp_path / "out", tmp_path / "m.sealed", env=env)
    assert done.returncode in (3, 4) and names_in(tmp_path) == ["m.sealed"], done.stderr


def test_seal_without_a_key_says_so(service, env, shared_key, tmp_path):
    (tmp_path / "in").write_bytes(b"x")
    done = service.cli("seal", tmp_path / "in", env=env, cwd=tmp_path)
    assert done.returncode == 2 and "STRONGROOM_KEY_ID" in done.stderr and names_in(tmp_path) == ["in"]
    done = service.cli("seal", tmp_path / "in", env=env | {"STRONGROOM_KEY_ID": shared_key["Arn"]}, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_credentials_region_and_endpoint_of_a_profile(service, env, sdk, keyring, shared_key, tmp_path):
    """The default chain without a variable that names an access key: all of it comes of the profile."""
    (tmp_path / "config").write_text(
        "[default]\nregion = eu-north-1\naws_access_key_id = AKIDSOMEBODYELSE\naws_secret_access_key = wrong\n"
        "endpoint_url = https://127.0.0.1:9\n"
        f"[profile docs]\nregion = {env['AWS_REGION']}\nendpoint_url = {env['AWS_ENDPOINT_URL_KMS']}\n"
        f"aws_access_key_id = {env['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {env['AWS_SECRET_ACCESS_KEY']}\n")
    (tmp_path / "credentials").write_text("")
    variables = {name: value for name, value in env.items() if not name.startswith("AWS_")} | {
        "AWS_CA_BUNDLE": env["AWS_CA_BUNDLE"], "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_EC2_METADATA_DISABLED": "true"}
    by_profile, mark = variables | {"AWS_PROFILE": "docs"}, service.audit_mark()
    (tmp_path / "in").write_bytes(b"by profile")
    # By its id, without an ARN that would say the Region.
    key = ("--key-id", shared_key["KeyId"])
    done = service.cli("seal", "-q", *key, tmp_path / "in", env=by_profile)
    assert done.returncode == 0, done.stderr
    assert sdk.decrypt(source=(tmp_path / "in.sealed").read_bytes(), keyring=keyring)[0] == b"by profile"
    opening = ("open", "-q", "--key-id", shared_key["Arn"], "-o", "-", tmp_path / "in.sealed")
    done = service.cli(*opening, env=by_profile)
    assert (done.returncode, done.stdout) == (0, "by profile"), done.stderr
    # The SDK for Python's own Decrypt stands between them.
    assert [record["eventName"] for record in service.audit_since(mark)] == ["GenerateDataKey", "Decrypt", "Decrypt"]
    # Without the profile's name it is the other one that is taken, where nobody answers.
    done = service.cli(*opening, env=variables)
    assert done.returncode == 3 and done.stdout == "", done.stderr


# --- refusals leave nothing behind


def test_context_asked_for_must_be_in_the_message(service, env, sdk, keyring, shared_key, tmp_path):
    write_with_sdk(sdk, keyring, tmp_path / "m.sealed", b"x")
    opening = ("open", "--key-id", shared_key["Arn"], "-o", tmp_path / "out")
    for wrong in ({"document": "43"}, {"other": "1"}, CONTEXT | {"more": "1"}):
        done = service.cli(*opening, *pairs(wrong), tmp_path / "m.sealed", env=env)
        # A pair that is not stored is supplied to KMS, which refuses it.
        assert done.returncode in (3, 4) and names_in(tmp_path) == ["m.sealed"], (wrong, done.stderr)
    done = service.cli(*opening, *pairs({"document": "42"}), tmp_path / "m.sealed", env=env)
    assert done.returncode == 0, done.stderr


def test_the_sdk_refuses_the_wrong_context_of_what_seal_writes(service, env, sdk, keyring, shared_key, tmp_path):
    (tmp_path / "in").write_bytes(b"x")
    service.cli("seal", "--key-id", shared_key["Arn"], *pairs(CONTEXT), tmp_path / "in", env=env)
    with pytest.raises(Exception, match="(?i)context"):
        sdk.decrypt(source=(tmp_path / "in.sealed").read_bytes(), keyring=keyring, encryption_context={"document": "43"})


@pytest.mark.parametrize("where", ["header", "middle", "last byte", "cut", "longer", "frames swapped", "not a message"])
def test_tampered_message_leaves_no_output(service, env, sdk, keyring, shared_key, tmp_path, where):
    frame = 4096
    write_with_sdk(sdk, keyring, tmp_path / "m.sealed", some_bytes(5 * frame), frame)
    message = bytearray((tmp_path / "m.sealed").read_bytes())
    if where == "header":
        message[10] ^= 1  # in the message id
    elif where == "middle":
        message[len(message) - 2 * frame] ^= 1
    elif where == "last byte":
        message[-1] ^= 1
    elif where == "cut":
        del message[-frame:]
    elif where == "longer":
        message += b"\0"
    elif where == "frames swapped":
        # Regular frames are: number (4), IV (12), ciphertext, tag (16). The last frame is 8 bytes longer.
        size, last = 32 + frame, len(message) - (32 + frame + 8)
        first = last - 4 * size
        one, two = message[first:first + size], message[first + size:first + 2 * size]
        message[first:first + 2 * size] = two + one
    else:
        message = bytearray(b"no message at all" * 10)
    (tmp_path / "m.sealed").write_bytes(message)
    done = service.cli("open", "--key-id", shared_key["Arn"], "-o", tmp_path / "out", tmp_path / "m.sealed", env=env)
    assert done.returncode in (3, 4) and done.stderr.strip(), done
    assert names_in(tmp_path) == ["m.sealed"], "a refused open left something behind"


def test_existing_output_is_kept_without_force(service, env, sdk, keyring, shared_key, tmp_path):
    write_with_sdk(sdk, keyring, tmp_path / "m.sealed", b"new")
    (tmp_path / "m").write_bytes(b"old")
    opening = ("open", "--key-id", shared_key["Arn"], tmp_path / "m.sealed")
    done = service.cli(*opening, env=env)
    assert done.returncode != 0 and "--force" in done.stderr and (tmp_path / "m").read_bytes() == b"old"
    assert service.cli(*opening, "--force", env=env).returncode == 0
    assert (tmp_path / "m").read_bytes() == b"new"


def test_inspect_reads_both_without_a_kms_call(service, env, sdk, keyring, shared_key, tmp_path):
    write_with_sdk(sdk, keyring, tmp_path / "m.sealed", b"x", 512)
    mark = service.audit_mark()
    done = service.cli("inspect", tmp_path / "m.sealed", env={"PATH": env["PATH"]})
    assert done.returncode == 0, done.stderr
    for fact in (shared_key["Arn"], "0478", "document", "42", "512"):
        assert fact in done.stdout, fact
    assert service.audit_since(mark) == []
