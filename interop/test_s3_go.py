"""Objects in S3 and the Amazon S3 Encryption Clients for Go: the second one opens what `strongroom seal` writes, `strongroom
open` what both of them write, and both sides refuse what was altered. moto's S3 server and MinIO's, the live service as
KMS."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from test_encryption_sdk import names_in, some_bytes
from test_s3 import BUCKET, CONTEXT, MIB, V2, name, only_moto, open_object, s3, s3_env, s3_server, seal  # fixtures among them

PROGRAM = Path(__file__).parent / "s3_client.go"
LIBRARIES = Path("/usr/share/gocode")
READS_V2 = ("--commitment-policy", "require-encrypt-allow-decrypt")
LEGACY = (*READS_V2, "--allow-legacy")
PLACES = ("metadata", "instruction")
SIZES = (0, 1024, 9 * MIB + 5)
# Header values and JSON have to bring it through.
BEYOND_ASCII = {"Straße": "\U0001f511", "document": "42"}


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """Amazon's clients as a program, built once."""
    clients = LIBRARIES / "src/github.com/aws/aws-sdk-go/service/s3/s3crypto"
    assert shutil.which("go") and clients.is_dir(), \
        "Go's S3 clients are not installed (Debian: golang-go and golang-github-aws-aws-sdk-go-dev)"
    built = tmp_path_factory.mktemp("go") / "s3_client"
    settings = {"GO111MODULE": "off", "GOPATH": str(LIBRARIES), "GOFLAGS": "", "CGO_ENABLED": "0"}
    done = subprocess.run(["go", "build", "-o", built, PROGRAM], env=os.environ | settings, capture_output=True, text=True,
                          timeout=900)
    assert done.returncode == 0, done.stderr
    return built


@pytest.fixture
def go(program, s3_env, shared_key):
    """A function that runs one of Amazon's clients and gives the finished process."""
    def run(action, client, path, name, context=None, key_arn=None):
        given = [f"{k}={v}" for k, v in (context or {}).items()]
        return subprocess.run([program, action, client, key_arn or shared_key["Arn"], path, BUCKET, name, *given],
                              env=s3_env, capture_output=True, text=True, timeout=120)

    return run


def client(version, where):
    return version + ("-instruction" if where == "instruction" else "")


def beside(where):
    return ("--instruction-file",) if where == "instruction" else ()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("where", PLACES)
def test_go_opens_what_seal_writes(go, seal, name, tmp_path, where, size):
    plaintext = some_bytes(size)
    done = seal(plaintext, name, "--commitment-policy", V2, *beside(where))
    assert done.returncode == 0, done.stderr
    for version in ("v2", "v1"):
        opened = go("get", version, tmp_path / version, name)
        assert opened.returncode == 0, opened.stderr
        assert (tmp_path / version).read_bytes() == plaintext


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("where", PLACES)
def test_open_opens_what_go_writes(go, open_object, name, tmp_path, where, size):
    plaintext = some_bytes(size)
    (tmp_path / "in").write_bytes(plaintext)
    written = go("put", client("v2", where), tmp_path / "in", name, CONTEXT)
    assert written.returncode == 0, written.stderr
    done = open_object(name, *READS_V2)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == plaintext
    if size:
        done = open_object(name, *READS_V2, "--range", "5..17", "--unauthenticated")
        assert done.returncode == 0 and (tmp_path / "out").read_bytes() == plaintext[5:17], done.stderr


@pytest.mark.parametrize("where", PLACES)
def test_context_outside_ascii_goes_both_ways(go, seal, open_object, name, tmp_path, where):
    assert seal(b"ours", name, "--commitment-policy", V2, *beside(where), context=BEYOND_ASCII).returncode == 0
    opened = go("get", "v2", tmp_path / "out", name)
    assert opened.returncode == 0 and (tmp_path / "out").read_bytes() == b"ours", opened.stderr
    (tmp_path / "in").write_bytes(b"theirs")
    written = go("put", client("v2", where), tmp_path / "in", name, BEYOND_ASCII)
    assert written.returncode == 0, written.stderr
    done = open_object(name, *READS_V2, context=BEYOND_ASCII)
    assert done.returncode == 0 and (tmp_path / "out").read_bytes() == b"theirs", done.stderr


@pytest.mark.parametrize("description", [{}, CONTEXT], ids=["bare", "described"])
@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("version", ["v1-gcm", "v1-cbc"])
def test_objects_of_the_first_client_are_read_by_leave(go, open_object, name, tmp_path, version, where, description):
    (tmp_path / "in").write_bytes(some_bytes(1000))
    written = go("put", client(version, where), tmp_path / "in", name, description)
    assert written.returncode == 0, written.stderr
    refused = open_object(name, *READS_V2, context={})
    assert refused.returncode == 4 and "--allow-legacy" in refused.stderr, refused.stderr
    # Its wrap holds to what the object says of itself, not to what a caller expects.
    refused = open_object(name, *LEGACY)
    assert refused.returncode == 2 and "binds none" in refused.stderr, refused.stderr
    assert "out" not in names_in(tmp_path)
    done = open_object(name, *LEGACY, context={})
    assert done.returncode == 0 and (tmp_path / "out").read_bytes() == some_bytes(1000), done.stderr


def test_open_refuses_another_context_than_go_was_given(go, open_object, name, tmp_path):
    (tmp_path / "in").write_bytes(b"x")
    assert go("put", "v2", tmp_path / "in", name, CONTEXT).returncode == 0
    for other in ({}, {"document": "42"}, CONTEXT | {"document": "43"}, CONTEXT | {"more": "1"}):
        assert open_object(name, *READS_V2, context=other).returncode == 4
    assert open_object(name, *READS_V2).returncode == 0  # the control


def test_both_refuse_another_key(go, seal, open_object, key, name, tmp_path):
    assert seal(b"x", name, "--commitment-policy", V2).returncode == 0
    refused = go("get", "v2", tmp_path / "out", name, key_arn=key["Arn"])
    assert refused.returncode == 1 and "IncorrectKeyException" in refused.stderr, refused.stderr
    assert open_object(name, *READS_V2, key=("--key-id", key["Arn"])).returncode == 3
    assert names_in(tmp_path) == ["in"], "a refused open left something behind"
    assert go("get", "v2", tmp_path / "out", name).returncode == 0  # the control


def letter_changed(text):
    """Base64 of other bytes."""
    return text[:20] + ("A" if text[20] != "A" else "B") + text[21:]


def first_letter_changed(text):
    return ("A" if text[0] != "A" else "B") + text[1:]


# What is altered in the object's bytes or in its pairs, and our exit code.
CHANGES = {
    "first byte": (lambda body, _: body.__setitem__(0, body[0] ^ 1), 4),
    "tag": (lambda body, _: body.__setitem__(-1, body[-1] ^ 1), 4),
    "cut": (lambda body, _: body.__delitem__(slice(-20, None)), 4),
    "longer": (lambda body, _: body.extend(b"\0"), 4),
    "shorter than a tag": (lambda body, _: body.__delitem__(slice(5, None)), 4),
    "wrapped key": (lambda _, pairs: pairs.update({"x-amz-key-v2": letter_changed(pairs["x-amz-key-v2"])}), 3),
    "iv": (lambda _, pairs: pairs.update({"x-amz-iv": first_letter_changed(pairs["x-amz-iv"])}), 4),
    "context": (lambda _, pairs: pairs.update({"x-amz-matdesc": pairs["x-amz-matdesc"].replace("42", "43")}), 4),
    "content algorithm": (lambda _, pairs: pairs.update({"x-amz-cek-alg": "AES/CBC/PKCS5Padding"}), 4),
    "wrap algorithm": (lambda _, pairs: pairs.update({"x-amz-wrap-alg": "kms"}), 4),
}


def alter(s3, name, where, edit):
    """Writes an object again, and its instruction file, with body and pairs changed."""
    found = s3.get_object(Bucket=BUCKET, Key=name)
    body, metadata = bytearray(found["Body"].read()), found["Metadata"]
    pairs = metadata
    if where == "instruction":
        file = s3.get_object(Bucket=BUCKET, Key=f"{name}.instruction")
        pairs = json.loads(file["Body"].read())
    before = bytes(body), dict(pairs)
    edit(body, pairs)
    assert (bytes(body), pairs) != before, "nothing was altered"
    s3.put_object(Bucket=BUCKET, Key=name, Body=bytes(body), Metadata=metadata)
    if where == "instruction":
        s3.put_object(Bucket=BUCKET, Key=f"{name}.instruction", Body=json.dumps(pairs).encode(), Metadata=file["Metadata"])


# Who keeps the bytes does not matter to a refusal: one server is enough.
@only_moto
@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("what", CHANGES)
def test_both_refuse_an_altered_object(go, seal, open_object, s3, name, tmp_path, what, where):
    edit, code = CHANGES[what]
    assert seal(some_bytes(3000), name, "--commitment-policy", V2, *beside(where)).returncode == 0
    assert go("get", "v2", tmp_path / "out", name).returncode == 0  # the controls
    assert open_object(name, *READS_V2).returncode == 0
    (tmp_path / "out").unlink()
    alter(s3, name, where, edit)
    assert go("get", "v2", tmp_path / "out", name).returncode == 1
    assert open_object(name, *READS_V2).returncode == code
    assert names_in(tmp_path) == ["in"], "a refused open left something behind"
