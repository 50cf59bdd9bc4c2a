"""Objects in S3 and the Amazon S3 Encryption Clients for Ruby: the second one opens what `strongroom seal` writes, and
`strongroom open` what both of them write. moto's S3 server and MinIO's, the live service as KMS."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from test_encryption_sdk import names_in, some_bytes
from test_s3 import BUCKET, CONTEXT, MIB, V2, name, open_object, s3, s3_env, s3_server, seal  # fixtures among them

PROGRAM = Path(__file__).parent / "s3_client.rb"
READS_V2 = ("--commitment-policy", "require-encrypt-allow-decrypt")
LEGACY = (*READS_V2, "--allow-legacy")
# Key, where the data key lies, bytes: from one block to an upload in parts.
OBJECTS = [
    ("kms", "metadata", 0), ("kms", "instruction", 1000), ("kms", "metadata", 9 * MIB + 5),
    ("aes", "metadata", 1000), ("rsa", "instruction", 17),
]


@pytest.fixture(scope="module")
def ruby(s3_env):
    """A function that runs one of Amazon's clients and gives the finished process."""
    assert shutil.which("ruby"), "Ruby's S3 client is not installed (Debian: ruby-aws-sdk-s3)"

    env = s3_env | {"RUBYLIB": os.environ.get("STRONGROOM_RUBYLIB", "")}  # newer clients than Debian's (ruby_v3.sh)

    def run(action, client, key, path, name, context=None):
        given = [f"{k}={v}" for k, v in (context or {}).items()]
        return subprocess.run(["ruby", "-W0", PROGRAM, action, client, key, path, BUCKET, name, *given],
                              env=env, capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture
def keys(shared_key, tmp_path):
    """A function that makes a key of a kind: what Ruby is told, our flags, and the context that the wrap binds."""
    def make(kind):
        if kind == "kms":
            return f"kms:{shared_key['Arn']}", ("--key-id", shared_key["Arn"]), CONTEXT
        path = tmp_path / "key"
        if kind == "aes":
            path.write_text(os.urandom(32).hex())
        else:
            path.write_bytes(rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return f"{kind}:{path}", ("--wrapping-key", path), {}

    return make


def client(version, where):
    return version + ("-instruction" if where == "instruction" else "")


@pytest.mark.parametrize("kind, where, size", OBJECTS)
def test_ruby_opens_what_seal_writes(ruby, keys, seal, name, tmp_path, kind, where, size):
    key, flags, context = keys(kind)
    plaintext = some_bytes(size)
    beside = ("--instruction-file",) if where == "instruction" else ()
    done = seal(plaintext, name, "--commitment-policy", V2, *beside, context=context, key=flags)
    assert done.returncode == 0, done.stderr
    opened = ruby("get", client("v2", where), key, tmp_path / "out", name, context)
    assert opened.returncode == 0, opened.stderr
    assert (tmp_path / "out").read_bytes() == plaintext


@pytest.mark.parametrize("kind, where, size", OBJECTS)
def test_open_opens_what_ruby_writes(ruby, keys, open_object, name, tmp_path, kind, where, size):
    key, flags, context = keys(kind)
    plaintext = some_bytes(size)
    (tmp_path / "in").write_bytes(plaintext)
    written = ruby("put", client("v2", where), key, tmp_path / "in", name, context)
    assert written.returncode == 0, written.stderr
    done = open_object(name, *READS_V2, context=context, key=flags)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == plaintext
    if size > 16:
        done = open_object(name, *READS_V2, "--range", "5..17", "--unauthenticated", context=context, key=flags)
        assert done.returncode == 0 and (tmp_path / "out").read_bytes() == plaintext[5:17], done.stderr


@pytest.mark.parametrize("kind, where", [("kms", "instruction"), ("aes", "metadata"), ("rsa", "instruction")])
def test_objects_of_the_first_client_are_read_by_leave(ruby, keys, open_object, name, tmp_path, kind, where):
    key, flags, _ = keys(kind)
    (tmp_path / "in").write_bytes(some_bytes(1000))
    written = ruby("put", client("v1", where), key, tmp_path / "in", name)
    assert written.returncode == 0, written.stderr
    refused = open_object(name, *READS_V2, context={}, key=flags)
    assert refused.returncode == 4 and "--allow-legacy" in refused.stderr, refused.stderr
    assert "out" not in names_in(tmp_path)
    done = open_object(name, *LEGACY, context={}, key=flags)
    assert done.returncode == 0 and (tmp_path / "out").read_bytes() == some_bytes(1000), done.stderr


def test_both_refuse_another_context(ruby, keys, seal, open_object, name, tmp_path):
    key, flags, context = keys("kms")
    assert seal(b"x", name, "--commitment-policy", V2).returncode == 0
    other = context | {"document": "43"}
    refused = ruby("get", "v2", key, tmp_path / "out", name, other)
    assert refused.returncode == 1 and "encryption context" in refused.stderr, refused.stderr
    assert open_object(name, *READS_V2, context=other, key=flags).returncode == 4
    assert ruby("get", "v2", key, tmp_path / "out", name, context).returncode == 0  # the control
