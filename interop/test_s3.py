"""Objects in S3: the Amazon S3 Encryption Client for Python and `strongroom seal` / `open`, both directions, against
moto's S3 server and MinIO's, and the live service as KMS."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

import harness
from minio_server import minio_server
from test_encryption_sdk import names_in, pairs, some_bytes
from test_envelope_manners import on_terminal

MIB = 1 << 20
BUCKET = "documents"
CONTEXT = {"document": "42", "purpose": "interop"}
STRICT = "require-encrypt-require-decrypt"
V2 = "forbid-encrypt-allow-decrypt"
# Around the blocks of the cipher and the 8 MiB parts of an upload.
SIZES = [0, 1, 16, 1000, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 20 * MIB + 5]


@pytest.fixture(scope="module", params=["moto", "minio"])
def s3_server(request, env, tmp_path_factory):
    """The URL of an S3 that lasts for this module, moto's server or MinIO's."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "moto":
        server = moto_of_its_own(folder)
    else:
        server = minio_server(folder, env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
    with server as url:
        s3_at(url, env).create_bucket(Bucket=BUCKET)
        yield url


# MinIO, as it is here, takes no notice of `If-None-Match`.
only_moto = pytest.mark.parametrize("s3_server", ["moto"], indirect=True)


@contextlib.contextmanager
def moto_of_its_own(folder):
    """moto in a process of its own: its URL."""
    venv, port, log = Path(os.environ["STRONGROOM_S3_VENV"]), harness.free_port(), folder / "log"
    with open(log, "wb") as out:
        server = subprocess.Popen([venv / "bin" / "moto_server", "-H", "127.0.0.1", "-p", str(port)],
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=harness.clean_environment())
    url = f"http://127.0.0.1:{port}"

    def answers():
        assert server.poll() is None, log.read_text()
        try:
            return s3_at(url, {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}).list_buckets()
        except Exception:  # not there yet
            return None

    try:
        harness.eventually("moto answers", answers)
        yield url
    finally:
        server.kill()
        server.wait()


def s3_at(url, env):
    """A plain client: what lies in the bucket."""
    return boto3.client("s3", region_name="us-east-1", endpoint_url=url, aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"], config=Config(retries={"total_max_attempts": 1}))


@pytest.fixture(scope="module")
def s3(s3_server, env):
    return s3_at(s3_server, env)


@pytest.fixture(scope="module")
def s3_env(env, s3_server):
    """The environment of `strongroom env` with an endpoint for S3."""
    return env | {"AWS_ENDPOINT_URL_S3": s3_server}


@pytest.fixture
def name(request):
    """An object's key of this test's own."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name)


@pytest.fixture
def amazon(s3_env, shared_key):
    """Amazon's client: a function that runs it and gives the finished process."""
    python = Path(os.environ["STRONGROOM_S3_VENV"]) / "bin" / "python"
    program = Path(__file__).parent / "s3_client.py"

    def run(action, policy, path, name, context=None, key_arn=None):
        given = [f"{k}={v}" for k, v in (context or {}).items()]
        return subprocess.run([python, program, action, policy, key_arn or shared_key["Arn"], path, BUCKET, name, *given],
                              env=s3_env, capture_output=True, text=True, timeout=300)

    return run


@pytest.fixture
def seal(service, s3_env, shared_key, tmp_path):
    """`strongroom seal` of bytes into an object."""
    def run(plaintext, name, *flags, context=CONTEXT, key=("--key-id",)):
        key = (*key, shared_key["Arn"]) if key == ("--key-id",) else key
        (tmp_path / "in").write_bytes(plaintext)
        return service.cli("seal", *key, *pairs(context), *flags, tmp_path / "in", f"s3://{BUCKET}/{name}", env=s3_env)

    return run


@pytest.fixture
def open_object(service, s3_env, shared_key, tmp_path):
    """`strongroom open` of an object into `out`."""
    def run(name, *flags, context=CONTEXT, key=("--key-id",), output=True):
        key = (*key, shared_key["Arn"]) if key == ("--key-id",) else key
        to = ("--force", "-o", tmp_path / "out") if output else ()
        return service.cli("open", *key, *pairs(context), *flags, *to, f"s3://{BUCKET}/{name}", env=s3_env)

    return run


# --- both directions


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("policy", [STRICT, V2])
def test_amazons_client_opens_what_seal_writes(seal, amazon, s3, name, tmp_path, policy, size):
    plaintext = some_bytes(size)
    done = seal(plaintext, name, "--commitment-policy", policy)
    assert done.returncode == 0, done.stderr
    metadata = s3.head_object(Bucket=BUCKET, Key=name)["Metadata"]
    assert ("x-amz-3" if policy == STRICT else "x-amz-key-v2") in metadata
    assert s3.head_object(Bucket=BUCKET, Key=name)["ContentLength"] == size + 16
    opened = amazon("get", policy, tmp_path / "out", name, CONTEXT)
    assert opened.returncode == 0, opened.stderr
    assert (tmp_path / "out").read_bytes() == plaintext
    assert s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []


@pytest.mark.parametrize("size, action", [(0, "put"), (1, "put"), (17, "put"), (1000, "put"), (17 * MIB + 3, "upload")])
@pytest.mark.parametrize("policy", [STRICT, V2])
def test_open_opens_what_amazons_client_writes(open_object, amazon, name, tmp_path, policy, size, action):
    plaintext = some_bytes(size)
    (tmp_path / "in").write_bytes(plaintext)
    written = amazon(action, policy, tmp_path / "in", name, CONTEXT)
    assert written.returncode == 0, written.stderr
    done = open_object(name, "--commitment-policy", policy)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == plaintext


def test_context_outside_ascii_survives_s3(seal, open_object, name, tmp_path):
    context = {"Straße": "\U0001f511"}
    assert seal(b"x", name, context=context).returncode == 0
    done = open_object(name, context=context)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == b"x"


@pytest.mark.parametrize("policy, content_pairs", [(STRICT, {"x-amz-c", "x-amz-d", "x-amz-i"}), (V2, set())])
def test_instruction_file_is_read_by_amazons_client_and_rewrapped(
        service, s3_env, seal, open_object, amazon, s3, key, shared_key, name, tmp_path, policy, content_pairs):
    done = seal(b"beside", name, "--instruction-file", "--commitment-policy", policy)
    assert done.returncode == 0, done.stderr
    head = s3.head_object(Bucket=BUCKET, Key=name)
    assert set(head["Metadata"]) == content_pairs
    file = s3.get_object(Bucket=BUCKET, Key=name + ".instruction")
    assert "x-amz-crypto-instr-file" in file["Metadata"] and content_pairs.isdisjoint(json.loads(file["Body"].read()))
    assert amazon("get", policy, tmp_path / "out", name, CONTEXT).returncode == 0
    assert (tmp_path / "out").read_bytes() == b"beside"

    rewrapped = service.cli("rewrap", "--key-id", key["Arn"], "--old-key-id", shared_key["Arn"], *pairs(CONTEXT),
                            "--commitment-policy", "require-encrypt-allow-decrypt", f"s3://{BUCKET}/{name}", env=s3_env)
    assert rewrapped.returncode == 0, rewrapped.stderr
    assert s3.head_object(Bucket=BUCKET, Key=name)["ETag"] == head["ETag"], "the object was written again"
    old = open_object(name, "--commitment-policy", policy)
    assert old.returncode == 3, old.stderr
    opened = amazon("get", policy, tmp_path / "out", name, CONTEXT, key["Arn"])
    assert opened.returncode == 0 and (tmp_path / "out").read_bytes() == b"beside", opened.stderr
    (tmp_path / "out").unlink()
    new = open_object(name, "--commitment-policy", policy, key=("--key-id", key["Arn"]))
    assert new.returncode == 0 and (tmp_path / "out").read_bytes() == b"beside", new.stderr


def test_rewrap_of_an_object_with_its_key_in_the_metadata_says_why_not(service, s3_env, seal, key, name):
    assert seal(b"x", name).returncode == 0
    done = service.cli("rewrap", "--key-id", key["Arn"], *pairs(CONTEXT), f"s3://{BUCKET}/{name}", env=s3_env)
    assert done.returncode == 2 and "--instruction-file" in done.stderr


@pytest.mark.parametrize("kind", ["aes", "rsa"])
def test_wrapping_keys_of_ones_own(seal, open_object, name, tmp_path, kind):
    if kind == "aes":
        (tmp_path / "key").write_text(os.urandom(32).hex())
    else:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        (tmp_path / "key").write_bytes(private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    flags = ("--wrapping-key", tmp_path / "key")
    done = seal(b"mine", name, context={}, key=flags)
    assert done.returncode == 0, done.stderr
    done = open_object(name, context={}, key=flags)
    assert done.returncode == 0 and (tmp_path / "out").read_bytes() == b"mine", done.stderr
    (tmp_path / "out").unlink()
    (tmp_path / "key").write_text(os.urandom(32).hex())
    other = open_object(name, context={}, key=flags)
    assert other.returncode == 3 and "key given" in other.stderr, other
    (tmp_path / "key").write_text("no key")
    none = open_object(name, context={}, key=flags)
    assert none.returncode == 2 and str(tmp_path / "key") in none.stderr, none
    assert names_in(tmp_path) == ["in", "key"], "a refused open left something behind"


# --- pipes, parts, checks


def test_pipes(service, s3_env, shared_key, name):
    plaintext, url = some_bytes(9 * MIB), f"s3://{BUCKET}/{name}"
    keys = ("--key-id", shared_key["Arn"])
    sealed = service.cli("seal", *keys, "-", url, env=s3_env, input=plaintext, text=False)
    assert sealed.returncode == 0, sealed.stderr
    refused = service.cli("open", *keys, "-o", "-", url, env=s3_env, text=False)
    assert (refused.returncode, refused.stdout) == (2, b"") and b"--release-unverified" in refused.stderr
    opened = service.cli("open", *keys, "-o", "-", "--release-unverified", url, env=s3_env, text=False)
    assert (opened.returncode, opened.stdout) == (0, plaintext)


@pytest.mark.parametrize("policy", [STRICT, V2])
def test_ranges_need_to_be_asked_for_as_unauthenticated(seal, open_object, name, tmp_path, policy):
    plaintext = some_bytes(100_000)
    assert seal(plaintext, name, "--commitment-policy", policy).returncode == 0
    refused = open_object(name, "--range", "5..70000")
    assert refused.returncode == 2 and "--unauthenticated" in refused.stderr
    for start, end in [(5, 70_000), (0, 16), (99_999, 100_000), (16, 32), (99_990, 200_000)]:
        flags = ("--range", f"{start}..{end}", "--unauthenticated", "--commitment-policy", policy)
        done = open_object(name, *flags)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "out").read_bytes() == plaintext[start:end]
    beyond = open_object(name, "--range", "100000..", "--unauthenticated", "--commitment-policy", policy)
    assert beyond.returncode == 2, beyond.stderr


def test_check_writes_nothing(seal, open_object, s3, name, tmp_path):
    assert seal(some_bytes(5000), name).returncode == 0
    before = names_in(tmp_path)
    assert open_object(name, "--check", output=False).returncode == 0
    change(s3, name, lambda body, _: body.__setitem__(3, body[3] ^ 1))
    assert open_object(name, "--check", output=False).returncode == 4
    assert names_in(tmp_path) == before


# Prints a program's peak memory in KiB. In a process of its own: what a big process starts inherits its peak.
PEAK = "import os, subprocess, sys; p = subprocess.Popen(sys.argv[1:]); _, s, u = os.wait4(p.pid, 0); " \
       "print(u.ru_maxrss); sys.exit(os.waitstatus_to_exitcode(s))"


def test_memory_stays_the_same_whatever_the_size(service, s3_env, shared_key, name, tmp_path):
    with open(tmp_path / "in", "wb") as document:
        document.truncate(200 * MIB)
    for arguments in (["seal", "--key-id", shared_key["Arn"], tmp_path / "in", f"s3://{BUCKET}/{name}"],
                      ["open", "--key-id", shared_key["Arn"], "-o", tmp_path / "out", f"s3://{BUCKET}/{name}"]):
        done = subprocess.run([sys.executable, "-c", PEAK, service.program, *map(str, arguments)], env=s3_env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) * 1024 < 100 * MIB, f"{arguments[0]}: {done.stdout} KiB"
    assert (tmp_path / "out").stat().st_size == 200 * MIB


# --- refusals leave nothing behind


def change(s3, name, edit):
    """Writes an object again with its body and metadata changed."""
    found = s3.get_object(Bucket=BUCKET, Key=name)
    body, metadata = bytearray(found["Body"].read()), found["Metadata"]
    edit(body, metadata)
    s3.put_object(Bucket=BUCKET, Key=name, Body=bytes(body), Metadata=metadata)


CHANGES = {
    "first byte": lambda body, _: body.__setitem__(0, body[0] ^ 1),
    "tag": lambda body, _: body.__setitem__(-1, body[-1] ^ 1),
    "cut": lambda body, _: body.__delitem__(slice(-20, None)),
    "longer": lambda body, _: body.extend(b"\0"),
    "shorter than a tag": lambda body, _: body.__delitem__(slice(5, None)),
    "commitment": lambda _, metadata: metadata.update({"x-amz-d": "A" * 38 + "=="}),
    "message id": lambda _, metadata: metadata.update({"x-amz-i": "A" * 38 + "=="}),
    "two formats": lambda _, metadata: metadata.update({"x-amz-key-v2": "AAAA"}),
    "content algorithm": lambda _, metadata: metadata.update({"x-amz-c": "112"}),
    "no commitment": lambda _, metadata: metadata.pop("x-amz-d"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_changed_object_leaves_no_output(seal, open_object, s3, name, tmp_path, what):
    assert seal(some_bytes(3000), name).returncode == 0
    assert open_object(name).returncode == 0  # the control
    (tmp_path / "out").unlink()
    change(s3, name, CHANGES[what])
    done = open_object(name)
    assert done.returncode == 4 and done.stderr.strip(), done
    assert names_in(tmp_path) == ["in"], "a refused open left something behind"


def test_forged_instruction_file_is_refused(seal, open_object, s3, name, tmp_path):
    assert seal(b"x", name, "--instruction-file").returncode == 0
    object_pairs = s3.head_object(Bucket=BUCKET, Key=name)["Metadata"]
    file = json.loads(s3.get_object(Bucket=BUCKET, Key=name + ".instruction")["Body"].read())
    forged = file | {"x-amz-d": object_pairs["x-amz-d"]}
    s3.put_object(Bucket=BUCKET, Key=name + ".instruction", Body=json.dumps(forged).encode())
    done = open_object(name)
    assert done.returncode == 4 and "belong on the object" in done.stderr
    s3.delete_object(Bucket=BUCKET, Key=name + ".instruction")
    done = open_object(name)
    assert done.returncode == 5 and "instruction file" in done.stderr
    assert names_in(tmp_path) == ["in"]


def test_context_has_to_be_exactly_the_one_given(seal, open_object, amazon, name, tmp_path):
    assert seal(b"x", name).returncode == 0
    for wrong in ({}, {"document": "42"}, CONTEXT | {"more": "1"}, CONTEXT | {"document": "43"}):
        assert open_object(name, context=wrong).returncode == 4
        assert amazon("get", STRICT, tmp_path / "out", name, wrong).returncode == 1
    assert open_object(name).returncode == 0


def test_which_key_is_trusted(service, seal, s3_env, open_object, key, name, tmp_path):
    assert seal(b"x", name).returncode == 0
    assert open_object(name, key=("--key-id", key["Arn"])).returncode == 3
    opening = ("open", *pairs(CONTEXT), "-o", tmp_path / "out", f"s3://{BUCKET}/{name}")
    foreign = service.cli(*opening, env=s3_env | {"AWS_ACCOUNT_ID": "111122223333"})
    assert foreign.returncode == 3 and "111122223333" in foreign.stderr
    nobody = service.cli(*opening, env={k: v for k, v in s3_env.items() if k != "AWS_ACCOUNT_ID"})
    assert nobody.returncode == 3 and "--key-id" in nobody.stderr
    assert names_in(tmp_path) == ["in"]
    assert service.cli(*opening, env=s3_env).returncode == 0


def test_object_without_commitment_needs_the_policy(seal, open_object, name):
    assert seal(b"x", name, "--commitment-policy", V2).returncode == 0
    refused = open_object(name)
    assert refused.returncode == 4 and "require-encrypt-allow-decrypt" in refused.stderr
    assert open_object(name, "--commitment-policy", "require-encrypt-allow-decrypt").returncode == 0


def test_objects_that_are_not_encrypted_or_not_there_are_named(open_object, s3, name):
    s3.put_object(Bucket=BUCKET, Key=name, Body=b"plain")
    plain = open_object(name)
    assert plain.returncode == 4 and "is not encrypted" in plain.stderr
    s3.put_object(Bucket=BUCKET, Key=name, Body=b"\x02\x04\x78 as messages of the AWS Encryption SDK begin")
    message = open_object(name)
    assert message.returncode == 4 and f"aws s3 cp 's3://{BUCKET}/{name}' - | strongroom open -o FILE -" in message.stderr
    absent = open_object(name + "-absent")
    assert absent.returncode == 5 and "no such object" in absent.stderr


def test_existing_object_is_kept_without_force(seal, open_object, name, tmp_path):
    assert seal(b"old", name).returncode == 0
    kept = seal(b"new", name)
    assert kept.returncode == 5 and "--force" in kept.stderr
    assert open_object(name).returncode == 0 and (tmp_path / "out").read_bytes() == b"old"
    assert seal(b"new", name, "--force").returncode == 0
    assert open_object(name).returncode == 0 and (tmp_path / "out").read_bytes() == b"new"


@only_moto
def test_upload_that_loses_the_race_is_taken_back(service, s3_env, shared_key, s3, name):
    reader, writer = os.pipe()
    sealing = subprocess.Popen([service.program, "seal", "--key-id", shared_key["Arn"], "-", f"s3://{BUCKET}/{name}"],
                               stdin=reader, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=s3_env, text=True)
    os.close(reader)
    with open(writer, "wb") as document:
        document.write(some_bytes(9 * MIB))
        document.flush()
        harness.eventually("the upload has begun",
                           lambda: s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads"))
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"somebody else's")
    _, said = sealing.communicate(timeout=120)
    assert sealing.returncode == 5 and "exists already" in said
    assert s3.get_object(Bucket=BUCKET, Key=name)["Body"].read() == b"somebody else's"
    assert s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == [], "parts stayed behind"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_upload_is_taken_back(service, s3_env, shared_key, s3, name, how):
    reader, writer = os.pipe()
    sealing = subprocess.Popen([service.program, "seal", "--key-id", shared_key["Arn"], "-", f"s3://{BUCKET}/{name}"],
                               stdin=reader, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=s3_env, text=True,
                               preexec_fn=lambda: signal.signal(how, signal.SIG_DFL))  # whatever started the tests
    os.close(reader)
    with open(writer, "wb") as document:
        document.write(some_bytes(9 * MIB))
        document.flush()
        harness.eventually("the upload has begun",
                           lambda: s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads"))
        sealing.send_signal(how)  # it waits for a pipe that goes on
        assert sealing.wait(timeout=60) == 130
    sealing.communicate()
    assert s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == [], "parts stayed behind"
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix=name).get("KeyCount") == 0


@only_moto
def test_upload_under_nohup_outlives_its_terminal(service, s3_env, shared_key, s3, name):
    reader, writer = os.pipe()
    sealing = subprocess.Popen([service.program, "seal", "--key-id", shared_key["Arn"], "-", f"s3://{BUCKET}/{name}"],
                               stdin=reader, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=s3_env, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    os.close(reader)
    with open(writer, "wb") as document:
        document.write(some_bytes(9 * MIB))
        document.flush()
        harness.eventually("the upload has begun",
                           lambda: s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads"))
        sealing.send_signal(signal.SIGHUP)
    _, said = sealing.communicate(timeout=120)
    assert sealing.returncode == 0, said
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix=name).get("KeyCount") == 1


def test_refused_data_key_writes_nothing(service, s3_env, alice_env, s3, name, shared_key, tmp_path):
    (tmp_path / "in").write_bytes(b"x")
    env = alice_env | {"AWS_ENDPOINT_URL_S3": s3_env["AWS_ENDPOINT_URL_S3"]}
    done = service.cli("seal", "--key-id", shared_key["Arn"], tmp_path / "in", f"s3://{BUCKET}/{name}", env=env)
    assert done.returncode == 3, done.stderr
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix=name).get("KeyCount") == 0


def test_one_call_of_kms_for_each_object(service, seal, open_object, name):
    mark = service.audit_mark()
    assert seal(some_bytes(9 * MIB), name).returncode == 0 and open_object(name).returncode == 0
    calls = [r["eventName"] for r in service.audit_since(mark)]
    assert calls == ["GenerateDataKey", "Decrypt"]


@pytest.mark.parametrize("arguments", [
    ("seal", "in", "--instruction-file"),
    ("seal", "in", "--instruction-suffix", ".keys"),
    ("open", "in.sealed", "--allow-legacy"),
    ("open", "in.sealed", "--range", "0..1", "--unauthenticated"),
    ("seal", "in", "--resumable", "s3://documents/x"),
    ("seal", "s3://documents/x"),
    ("seal", "in", "s3://Documents/x"),
    ("open", "s3://documents/"),
    ("open", "s3://documents/x", "in.sealed"),
])
def test_arguments_that_would_do_nothing_are_refused(service, s3_env, shared_key, tmp_path, arguments):
    (tmp_path / "in").write_bytes(b"x")
    done = service.cli(*arguments, "--key-id", shared_key["Arn"], env=s3_env, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.strip(), done
    assert names_in(tmp_path) == ["in"]


def test_s3_may_have_a_profile_of_its_own(service, s3_env, shared_key, s3, name, tmp_path):
    (tmp_path / "in").write_bytes(b"x")
    (tmp_path / "credentials").write_text(f"[bucket]\naws_access_key_id = {s3_env['AWS_ACCESS_KEY_ID']}\n"
                                          f"aws_secret_access_key = {s3_env['AWS_SECRET_ACCESS_KEY']}\n")
    elsewhere = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "STRONGROOM_S3_PROFILE": "bucket"}
    sealing = ("seal", "--key-id", shared_key["Arn"], tmp_path / "in", f"s3://{BUCKET}/{name}")
    missing = service.cli(*sealing, env=s3_env | elsewhere | {"STRONGROOM_S3_PROFILE": "absent"})
    assert missing.returncode == 5, missing.stderr
    done = service.cli(*sealing, env=s3_env | elsewhere)
    assert done.returncode == 0, done.stderr
    assert "x-amz-3" in s3.head_object(Bucket=BUCKET, Key=name)["Metadata"]


def test_large_object_has_a_rate_and_a_time_left_on_a_terminal(service, s3_env, shared_key, s3, name, tmp_path):
    with (tmp_path / "in").open("wb") as file:
        file.truncate(300 * MIB)
    key, url = ("--key-id", shared_key["Arn"]), f"s3://{BUCKET}/{name}"
    assert service.cli("seal", *key, tmp_path / "in", url, env=s3_env).returncode == 0
    code, seen = on_terminal([service.program, "open", *key, "-o", tmp_path / "out", url], s3_env)
    s3.delete_object(Bucket=BUCKET, Key=name)
    assert code == 0 and re.search(r"iB/300\.00 MiB [0-9.]+ [KMG]iB/s [0-9]+s", seen), seen
