"""Objects in S3 and Amazon's third encryption client for Ruby, which writes the newest format under KMS keys and under raw
ones: each opens what the other wrote, and refuses what the other refuses. Debian has that client in its unstable release
alone, which no version can be pinned in, so ruby_v3.sh fetches it and runs this file (a part of `cargo xtask soak`)."""

import pytest

from test_encryption_sdk import names_in, some_bytes
from test_s3 import BUCKET, MIB, name, open_object, s3, s3_env, s3_server, seal  # fixtures among them
from test_s3_ruby import client, keys, ruby  # fixtures among them

# Key, where the data key lies, bytes: from one block to an upload in parts.
OBJECTS = [(kind, where, size) for kind in ("kms", "aes", "rsa") for where in ("metadata", "instruction")
           for size in (0, 1, 16, 1000, 9 * MIB + 5)]


@pytest.mark.parametrize("kind, where, size", OBJECTS)
def test_ruby_opens_what_seal_writes(ruby, keys, seal, name, tmp_path, kind, where, size):
    key, flags, context = keys(kind)
    plaintext = some_bytes(size)
    beside = ("--instruction-file",) if where == "instruction" else ()
    done = seal(plaintext, name, *beside, context=context, key=flags)
    assert done.returncode == 0, done.stderr
    opened = ruby("get", client("v3", where), key, tmp_path / "out", name, context)
    assert opened.returncode == 0, opened.stderr
    assert (tmp_path / "out").read_bytes() == plaintext


@pytest.mark.parametrize("kind, where, size", OBJECTS)
def test_open_opens_what_ruby_writes(ruby, keys, open_object, name, tmp_path, kind, where, size):
    key, flags, context = keys(kind)
    plaintext = some_bytes(size)
    (tmp_path / "in").write_bytes(plaintext)
    written = ruby("put", client("v3", where), key, tmp_path / "in", name, context)
    assert written.returncode == 0, written.stderr
    done = open_object(name, context=context, key=flags)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == plaintext
    if size > 16:
        done = open_object(name, "--range", "5..17", "--unauthenticated", context=context, key=flags)
        assert done.returncode == 0 and (tmp_path / "out").read_bytes() == plaintext[5:17], done.stderr


def test_both_refuse_another_context(ruby, keys, seal, open_object, name, tmp_path):
    key, _, context = keys("kms")
    assert seal(b"x", name).returncode == 0
    other = context | {"document": "43"}
    refused = ruby("get", "v3", key, tmp_path / "out", name, other)
    assert refused.returncode == 1 and "encryption context" in refused.stderr, refused.stderr
    assert open_object(name, context=other).returncode == 4
    assert ruby("get", "v3", key, tmp_path / "out", name, context).returncode == 0  # the control


@pytest.mark.parametrize("kind", ["aes", "rsa"])
def test_both_refuse_another_key(ruby, keys, seal, open_object, name, tmp_path, kind):
    key, flags, _ = keys(kind)
    assert seal(b"x", name, context={}, key=flags).returncode == 0
    assert ruby("get", "v3", key, tmp_path / "out", name).returncode == 0  # the control
    (tmp_path / "out").unlink()
    key, flags, _ = keys(kind)
    assert ruby("get", "v3", key, tmp_path / "out", name).returncode == 1
    refused = open_object(name, context={}, key=flags)
    assert refused.returncode == 3 and "cannot be unwrapped with the key given" in refused.stderr, refused.stderr
    assert "out" not in names_in(tmp_path)


@pytest.mark.parametrize("kind", ["kms", "aes"])
@pytest.mark.parametrize("pair, code", [("x-amz-d", 4), ("x-amz-i", 4), ("x-amz-3", 3)])
def test_both_refuse_an_altered_pair(ruby, keys, open_object, s3, name, tmp_path, kind, pair, code):
    key, flags, context = keys(kind)
    (tmp_path / "in").write_bytes(some_bytes(1000))
    assert ruby("put", "v3", key, tmp_path / "in", name, context).returncode == 0
    assert ruby("get", "v3", key, tmp_path / "control", name, context).returncode == 0
    assert open_object(name, context=context, key=flags).returncode == 0
    (tmp_path / "out").unlink()
    head = s3.head_object(Bucket=BUCKET, Key=name)["Metadata"]
    value = head[pair]
    head[pair] = value[:20] + ("A" if value[20] != "A" else "B") + value[21:]
    body = s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()
    s3.put_object(Bucket=BUCKET, Key=name, Body=body, Metadata=head)
    assert ruby("get", "v3", key, tmp_path / "out", name, context).returncode == 1
    assert open_object(name, context=context, key=flags).returncode == code
    assert "out" not in names_in(tmp_path)
