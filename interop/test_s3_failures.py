"""Sealing into S3 where its last step fails: an answer that is lost is no failure, and after one the old object still
opens. moto's S3 server behind one that fails by order, the live service as KMS."""

import signal
import subprocess

import pytest

from s3_faults import faulty
from test_encryption_sdk import pairs, some_bytes
from test_s3 import BUCKET, CONTEXT, MIB, STRICT, V2, name, only_moto, open_object, s3, s3_env, s3_server, seal  # with fixtures

pytestmark = only_moto
# Commitment policy and where the data key lies: what tells an object from another one is in different places.
KINDS = [(STRICT, ()), (V2, ()), (STRICT, ("--instruction-file",)), (V2, ("--instruction-file",))]
OPENS = ("--commitment-policy", "require-encrypt-allow-decrypt")


@pytest.fixture
def faults(s3_server):
    with faulty(s3_server) as faults:
        yield faults


@pytest.fixture
def seal_through(service, s3_env, shared_key, tmp_path, faults):
    """`strongroom seal` of bytes into an object of the failing S3."""
    def run(plaintext, name, *flags):
        (tmp_path / "in").write_bytes(plaintext)
        return service.cli("seal", "--key-id", shared_key["Arn"], *pairs(CONTEXT), *flags, tmp_path / "in",
                           f"s3://{BUCKET}/{name}", env=s3_env | {"AWS_ENDPOINT_URL_S3": faults.url})

    return run


def path_of(name):
    return f"/{BUCKET}/{name}"


def keys_below(s3, name):
    return sorted(entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=name).get("Contents", []))


@pytest.mark.parametrize("size", [1000, 9 * MIB])
@pytest.mark.parametrize("policy, flags", KINDS)
def test_object_whose_answer_was_lost_is_a_success(seal_through, faults, open_object, s3, name, tmp_path, policy, flags,
                                                   size):
    plaintext = some_bytes(size)
    if size > 8 * MIB:
        faults.order("lose", "POST", path_of(name), "uploadId")
        # S3 may have forgotten the upload when it is asked again.
        faults.order("refuse", "POST", path_of(name), "uploadId")
    else:
        faults.order("lose", "PUT", path_of(name))
    done = seal_through(plaintext, name, "--commitment-policy", policy, *flags)
    assert not faults.orders, "nothing was lost"
    assert done.returncode == 0, done.stderr
    assert keys_below(s3, name) == [name] + [f"{name}.instruction"] * len(flags)
    opened = open_object(name, *OPENS)
    assert opened.returncode == 0, opened.stderr
    assert (tmp_path / "out").read_bytes() == plaintext


def test_instruction_file_whose_answer_was_lost_is_a_success(seal_through, faults, open_object, name, tmp_path):
    for plaintext, flags in [(b"new", ()), (b"newer", ("--force",))]:
        faults.order("lose", "PUT", path_of(name + ".instruction"))
        done = seal_through(plaintext, name, "--instruction-file", *flags)
        assert not faults.orders and done.returncode == 0, done
        assert open_object(name).returncode == 0 and (tmp_path / "out").read_bytes() == plaintext


def test_somebody_elses_object_is_not_taken_for_ours(seal, seal_through, faults, open_object, s3, name, tmp_path):
    """The look before the work is refused, as to a caller who may not read: S3 says it at the end."""
    assert seal(b"theirs", name).returncode == 0
    faults.order("refuse", "HEAD", path_of(name))
    done = seal_through(b"ours", name, "--instruction-file")
    assert not faults.orders and done.returncode == 5 and "exists already" in done.stderr, done
    assert keys_below(s3, name) == [name], "the instruction file stayed"
    assert open_object(name).returncode == 0 and (tmp_path / "out").read_bytes() == b"theirs"


@pytest.mark.parametrize("policy", [STRICT, V2])
@pytest.mark.parametrize("size", [1000, 9 * MIB])
def test_failed_replacement_leaves_the_old_object_readable(seal, seal_through, faults, open_object, s3, name, tmp_path,
                                                           policy, size):
    flags = ("--commitment-policy", policy, "--instruction-file")
    assert seal(b"old", name, *flags).returncode == 0
    before = s3.get_object(Bucket=BUCKET, Key=name + ".instruction")["Body"].read()
    if size > 8 * MIB:
        faults.order("refuse", "POST", path_of(name), "uploadId")
    else:
        faults.order("refuse", "PUT", path_of(name))
    failed = seal_through(some_bytes(size), name, *flags, "--force")
    assert not faults.orders and failed.returncode == 5 and "told so" in failed.stderr, failed
    assert ("PUT", path_of(name + ".instruction")) in faults.seen, "the positive control: the file was written over"
    assert s3.get_object(Bucket=BUCKET, Key=name + ".instruction")["Body"].read() == before
    assert open_object(name, *OPENS).returncode == 0 and (tmp_path / "out").read_bytes() == b"old"
    assert seal_through(b"new", name, *flags, "--force").returncode == 0
    assert open_object(name, *OPENS).returncode == 0 and (tmp_path / "out").read_bytes() == b"new"


def test_file_that_cannot_be_put_back_is_said_in_full(seal, seal_through, faults, open_object, s3, name, tmp_path):
    assert seal(b"old", name, "--instruction-file").returncode == 0
    file = name + ".instruction"
    before = s3.get_object(Bucket=BUCKET, Key=file)["Body"].read()
    faults.order("refuse", "PUT", path_of(name))
    faults.order("pass", "PUT", path_of(file))
    faults.order("refuse", "PUT", path_of(file))
    failed = seal_through(b"new", name, "--instruction-file", "--force")
    assert not faults.orders and failed.returncode == 5 and "could not be put back" in failed.stderr, failed
    assert before.decode() in failed.stderr
    assert open_object(name).returncode != 0, "the positive control: the data key is away"
    s3.put_object(Bucket=BUCKET, Key=file, Body=before)
    assert open_object(name).returncode == 0 and (tmp_path / "out").read_bytes() == b"old"


def test_object_that_nobody_can_look_at_keeps_its_instruction_file(seal_through, faults, open_object, name, tmp_path):
    faults.order("lose", "PUT", path_of(name))
    faults.order("refuse", "GET", path_of(name))
    done = seal_through(b"new", name, "--instruction-file")
    assert not faults.orders and done.returncode == 5 and "is not known" in done.stderr, done
    assert open_object(name).returncode == 0 and (tmp_path / "out").read_bytes() == b"new"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_signal_waits_until_the_instruction_file_is_put_back(service, s3_env, shared_key, seal, faults, open_object, name,
                                                             tmp_path, how):
    assert seal(b"old", name, "--instruction-file").returncode == 0
    (tmp_path / "in").write_bytes(b"new")
    faults.order("hold", "PUT", path_of(name))
    command = [service.program, "seal", "--key-id", shared_key["Arn"], *pairs(CONTEXT), "--instruction-file", "--force",
               tmp_path / "in", f"s3://{BUCKET}/{name}"]
    sealing = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=s3_env | {"AWS_ENDPOINT_URL_S3": faults.url})
    assert faults.held.wait(60)
    assert open_object(name).returncode != 0, "the positive control: the data key is away"
    sealing.send_signal(how)
    with pytest.raises(subprocess.TimeoutExpired):
        sealing.wait(timeout=1)
    faults.released.set()
    assert sealing.wait(timeout=60) in (5, 130), "as itself, or by the signal"
    assert open_object(name).returncode == 0 and (tmp_path / "out").read_bytes() == b"old"
