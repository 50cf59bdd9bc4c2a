"""What people ask of an envelope tool: ranges, checks, many files, resumed seals, rewrapping; the AWS Encryption SDK for
Python opens what comes of it."""

import json
import os
import pty
import re
import signal
import subprocess
import time

import aws_encryption_sdk
import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    AesWrappingAlg, CreateAwsKmsKeyringInput, CreateRawAesKeyringInput)
from aws_encryption_sdk import Algorithm, CommitmentPolicy

import harness

SUITE = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY  # 0x0478
CONTEXT = {"tenant": "a"}
PAIRS = ("--encryption-context", "tenant=a")
MIB = 1 << 20


def some_bytes(size):
    block = bytes((i * i * 31 + i // 251) % 256 for i in range(min(size, 65537)))
    return (block * (size // max(len(block), 1) + 1))[:size]


@pytest.fixture(scope="module")
def sdk():
    return aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


def keyring_of(kms, arn):
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    return providers.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=arn, kms_client=kms))


@pytest.fixture(scope="module")
def keyring(kms, shared_key):
    return keyring_of(kms, shared_key["Arn"])


def names_in(folder):
    return sorted(entry.name for entry in folder.iterdir())


def sealed(service, env, key, folder, plaintext, name="doc"):
    """A sealed file, made by `seal`."""
    (folder / name).write_bytes(plaintext)
    done = service.cli("seal", "-q", "--key-id", key["Arn"], *PAIRS, folder / name, env=env)
    assert done.returncode == 0, done.stderr
    return folder / f"{name}.sealed"


# --- ranges and checks


@pytest.mark.parametrize("frame_length", [128, 4096, MIB])
def test_ranges_of_what_the_sdk_writes(service, env, sdk, keyring, shared_key, tmp_path, frame_length):
    plaintext = some_bytes(3 * frame_length)
    message, _ = sdk.encrypt(source=plaintext, keyring=keyring, algorithm=SUITE, frame_length=frame_length)
    (tmp_path / "m.sealed").write_bytes(message)
    size = len(plaintext)
    for start, end in [(0, 1), (frame_length - 1, frame_length + 1), (frame_length, 2 * frame_length), (size - 1, size),
                       (0, size), (size, size)]:
        mark = service.audit_mark()
        done = service.cli("open", "-q", "--key-id", shared_key["Arn"], "--range", f"{start}..{end}", tmp_path / "m.sealed",
                           env=env, text=False)
        assert (done.returncode, done.stdout) == (0, plaintext[start:end]), (start, end, done.stderr)
        assert [record["eventName"] for record in service.audit_since(mark)] == ["Decrypt"]


def test_range_of_a_truncated_message_gives_nothing(service, env, shared_key, tmp_path):
    path = sealed(service, env, shared_key, tmp_path, some_bytes(3 * MIB))
    os.truncate(path, 2 * MIB)
    done = service.cli("open", "--key-id", shared_key["Arn"], "--range", "0..10", path, env=env)
    assert (done.returncode, done.stdout) == (4, "") and "truncated" in done.stderr, done.stderr


def test_check_says_good_or_bad_and_writes_nothing(service, env, shared_key, tmp_path):
    path = sealed(service, env, shared_key, tmp_path, some_bytes(3 * MIB))
    before = names_in(tmp_path)
    checking = ("open", "--check", "--key-id", shared_key["Arn"], *PAIRS)
    assert service.cli(*checking, path, env=env).returncode == 0
    piped = service.cli(*checking, "-", env=env, input=path.read_bytes(), text=False)
    assert (piped.returncode, piped.stdout) == (0, b"")
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    assert service.cli(*checking, path, env=env).returncode == 4
    assert names_in(tmp_path) == before


def test_dash_is_the_pipe_whatever_has_that_name(service, env, shared_key, tmp_path):
    flags, at = ("-q", "--key-id", shared_key["Arn"]), {"env": env, "cwd": tmp_path, "text": False}
    (tmp_path / "-").mkdir()
    piped = service.cli("seal", *flags, "-", input=b"piped", **at)
    assert piped.returncode == 0, piped.stderr
    opened = service.cli("open", *flags, "-", input=piped.stdout, **at)
    assert (opened.returncode, opened.stdout) == (0, b"piped"), opened.stderr
    (tmp_path / "-").rmdir()
    (tmp_path / "-").write_bytes(b"a file")
    assert service.cli("seal", *flags, "./-", **at).returncode == 0
    (tmp_path / "-").unlink()
    opened = service.cli("open", *flags, "--", "-.sealed", **at)
    assert (opened.returncode, opened.stdout) == (0, b""), opened.stderr
    assert (tmp_path / "-").read_bytes() == b"a file"


# --- many files


def test_folder_there_and_back(service, env, sdk, keyring, shared_key, tmp_path):
    contents = {"a": b"", "b": b"x", "in/c": some_bytes(MIB), "in/deep/d": some_bytes(2 * MIB + 1)}
    for name, content in contents.items():
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    done = service.cli("seal", "-r", "--json", "--key-id", shared_key["Arn"], "-o", tmp_path / "sealed", tmp_path / "docs", env=env)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["bytes"] for result in results] == [len(content) for content in contents.values()]
    for name, content in contents.items():
        assert sdk.decrypt(source=(tmp_path / "sealed" / f"{name}.sealed").read_bytes(), keyring=keyring)[0] == content
    done = service.cli("open", "-r", "--key-id", shared_key["Arn"], "-o", tmp_path / "back", tmp_path / "sealed", env=env)
    assert done.returncode == 0 and "opened 4 of 4 files" in done.stderr, done.stderr
    for name, content in contents.items():
        assert (tmp_path / "back" / name).read_bytes() == content


def test_names_that_are_no_utf_8_keep_their_bytes(service, env, shared_key, tmp_path):
    name = os.fsdecode(b"caf\xe9")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(b"document")
    done = service.cli("seal", "-r", "--json", "--key-id", shared_key["Arn"], "-o", tmp_path / "out", tmp_path / "in", env=env)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["file"].endswith("/caf\ufffd") and bytes.fromhex(result["file_bytes"]).endswith(b"/caf\xe9")
    assert bytes.fromhex(result["output_bytes"]) == os.fsencode(tmp_path / "out" / f"{name}.sealed")
    done = service.cli("open", "-r", "--json", "--key-id", shared_key["Arn"], tmp_path / "out", env=env)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / name).read_bytes() == b"document"
    done = service.cli("seal", "--json", "--key-id", shared_key["Arn"], "-o", tmp_path / "plain", tmp_path / "out" / name, env=env)
    assert done.returncode == 0 and "output_bytes" not in json.loads(done.stdout), "only where the name is not all of it"


def on_terminal(command, env):
    """Runs a command whose standard error is a terminal: its exit code and what is seen there."""
    ours, theirs = pty.openpty()
    # A machine of CI has no TERM, and a bar is for terminals that have one.
    running = subprocess.Popen([str(word) for word in command], env={**env, "TERM": "xterm"}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 65536):
            seen += piece
    except OSError:
        pass  # nobody writes any more
    os.close(ours)
    return running.wait(60), seen.decode()


def test_long_table_says_on_a_terminal_what_it_leaves_out_and_is_whole_elsewhere(service, env, shared_key, tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(45):
        (tmp_path / "in" / f"doc{number:02}").write_bytes(b"x")
    command = ["seal", "-r", "--force", "--key-id", shared_key["Arn"], "-o", tmp_path / "out", tmp_path / "in"]
    code, seen = on_terminal([service.program, *command], env)
    assert code == 0 and seen.count(" -> ") == 40 and "and 5 more that were sealed" in seen, seen
    assert "1/45 doc00 " in seen and "B/s" in seen, "many small files have a bar too"
    done = service.cli(*command, env=env)
    assert done.returncode == 0 and done.stderr.count(" -> ") == 45 and " more " not in done.stderr, done.stderr


def test_large_file_has_a_rate_and_a_time_left_on_a_terminal(service, env, shared_key, tmp_path):
    with (tmp_path / "doc").open("wb") as file:
        file.truncate(2048 * MIB)
    code, seen = on_terminal([service.program, "seal", "--key-id", shared_key["Arn"], "-o", "/dev/zero", tmp_path / "doc"], env)
    assert code == 0 and re.search(r"iB/2\.00 GiB [0-9.]+ [MG]iB/s [0-9]+s", seen), seen


def test_one_bad_file_among_good_ones(service, env, shared_key, tmp_path):
    paths = [sealed(service, env, shared_key, tmp_path, name.encode(), name) for name in "abc"]
    paths[1].write_bytes(paths[1].read_bytes()[:-1])
    for name in "abc":
        (tmp_path / name).unlink()
    done = service.cli("open", "--json", "--key-id", shared_key["Arn"], *paths, env=env)
    assert done.returncode == 4 and "truncated" in done.stderr, done.stderr
    assert [json.loads(line)["result"] for line in done.stdout.splitlines()] == ["opened", "failed", "opened"]
    assert names_in(tmp_path) == ["a", "a.sealed", "b.sealed", "c", "c.sealed"]


def test_name_of_a_file_writes_no_line_of_its_own_and_steers_no_terminal(service, env, shared_key, tmp_path):
    path = tmp_path / "a\nstrongroom: all is well\u009b31m"
    path.write_bytes(b"x")
    sealing = ("seal", "--json", "--key-id", shared_key["Arn"], path)
    done = service.cli(*sealing, env=env)
    assert done.returncode == 0 and json.loads(done.stdout)["file"] == str(path), done
    assert "\u009b" not in done.stdout and done.stdout.count("\n") == 1, done.stdout
    done = service.cli(*sealing, env=env)
    assert done.returncode == 5 and json.loads(done.stdout)["file"] == str(path), done
    assert "exists already" in done.stderr and "\u009b" not in done.stderr + done.stdout, done
    assert not [line for line in done.stderr.split("\n") if line.startswith("strongroom: all is well")], done.stderr


def test_check_of_a_folder_without_messages_is_a_failure(service, env, shared_key, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/notes.txt").write_bytes(b"x")
    done = service.cli("open", "--check", "-r", "--key-id", shared_key["Arn"], tmp_path / "docs", env=env)
    assert done.returncode == 5 and "nothing was checked" in done.stderr, done.stderr


def test_a_comma_between_pairs_is_pointed_out(service, env, shared_key, tmp_path):
    (tmp_path / "doc").write_bytes(b"x")
    done = service.cli("seal", "--key-id", shared_key["Arn"], "--encryption-context", "a=b,c=1", tmp_path / "doc", env=env)
    assert done.returncode == 0 and "is one pair" in done.stderr, done.stderr
    header = json.loads(service.cli("inspect", "--json", tmp_path / "doc.sealed").stdout)
    assert header["encryption_context"] == {"a": "b,c=1"}


def test_closed_standard_output_is_a_failure(service, env, shared_key, tmp_path):
    path = sealed(service, env, shared_key, tmp_path, b"x")
    opening = ("open", "-q", "--key-id", shared_key["Arn"], "-o", "-", path)
    for redirection, code in ((">&-", 5), ("> /dev/null", 0)):
        command = ["sh", "-c", f'"$0" "$@" {redirection}', service.program, *map(str, opening)]
        done = subprocess.run(command, env=env, stderr=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        assert ("is closed" in done.stderr) == (code == 5)


# --- errors that say what to do


def test_denied_call_can_be_explained_by_the_id_in_the_error(service, alice_env, shared_key, tmp_path):
    (tmp_path / "doc").write_bytes(b"x")
    done = service.cli("seal", "--key-id", shared_key["Arn"], tmp_path / "doc", env=alice_env)
    assert done.returncode == 3 and shared_key["Arn"] in done.stderr and "user/alice" in done.stderr, done.stderr
    request = done.stderr.split("`strongroom explain ")[1].split("`")[0]
    told = service.cli("explain", request, "--data-dir", service.data_dir)
    assert told.returncode == 0 and "GenerateDataKey" in told.stdout, told.stderr


# --- resumed seals


def test_seal_that_was_killed_goes_on_and_the_sdk_opens_it(service, env, sdk, keyring, shared_key, tmp_path):
    document, size = tmp_path / "doc", 700 * MIB
    with document.open("wb") as file:
        file.truncate(size)
        for at in range(0, size, 50 * MIB):
            file.seek(at)
            file.write(some_bytes(4096))
    command = [service.program, "seal", "-q", "--resumable", "--key-id", shared_key["Arn"], *PAIRS, str(document)]
    running = subprocess.Popen(command, env=env)
    state = tmp_path / "doc.sealed.resume"
    deadline = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < deadline:
        if state.exists() and "durable-frames 0\n" not in state.read_text():
            running.send_signal(signal.SIGKILL)
            break
    running.wait()
    assert names_in(tmp_path) == ["doc", "doc.sealed.partial", "doc.sealed.resume"], "it was over before the kill"
    done = service.cli(*command[1:], "--verify", env=env)
    assert done.returncode == 0, done.stderr
    assert names_in(tmp_path) == ["doc", "doc.sealed"]
    with (tmp_path / "doc.sealed").open("rb") as message, document.open("rb") as original:
        with sdk.stream(mode="d", source=message, keyring=keyring, encryption_context=CONTEXT) as decryptor:
            while chunk := decryptor.read(8 * MIB):
                assert chunk == original.read(len(chunk))
        assert original.read(1) == b""


# --- rewrapping


@pytest.mark.parametrize("how", [(), ("--header-only",)])
def test_rewrap_to_another_key(service, env, sdk, kms, keyring, shared_key, key, tmp_path, how):
    plaintext = some_bytes(2 * MIB + 3)
    path = sealed(service, env, shared_key, tmp_path, plaintext)
    before = path.read_bytes()
    path.chmod(0o640)
    env = env | {"HOME": str(tmp_path / "home"), "XDG_STATE_HOME": str(tmp_path / "state")}
    done = service.cli("rewrap", *how, "--key-id", key["Arn"], path, env=env)
    assert done.returncode == 0, done.stderr
    assert path.stat().st_mode & 0o777 == 0o640
    message = path.read_bytes()
    assert sdk.decrypt(source=message, keyring=keyring_of(kms, key["Arn"]), encryption_context=CONTEXT)[0] == plaintext
    with pytest.raises(Exception):
        sdk.decrypt(source=message, keyring=keyring, encryption_context=CONTEXT)
    assert (message[-64:] == before[-64:]) == bool(how), "the body stays with --header-only, and only then"


def test_header_only_twice_is_refused(service, env, shared_key, key, tmp_path):
    path = sealed(service, env, shared_key, tmp_path, b"x")
    env = env | {"XDG_STATE_HOME": str(tmp_path / "state")}
    rewrapping = ("rewrap", "--header-only", "--add-key-id", key["Arn"], path)
    first = service.cli(*rewrapping, env=env)
    assert first.returncode == 0 and "forge" in first.stderr, first.stderr
    message = path.read_bytes()
    again = service.cli("rewrap", "--header-only", "--remove-key-id", key["Arn"], path, env=env)
    assert again.returncode == 2 and "--force" in again.stderr, again.stderr
    assert path.read_bytes() == message
    assert service.cli("rewrap", "--header-only", "--force", "--remove-key-id", key["Arn"], path, env=env).returncode == 0


def test_recipients_are_added_and_removed(service, env, shared_key, key, tmp_path):
    path = sealed(service, env, shared_key, tmp_path, b"x")
    arns = lambda: [entry["info"] for entry in json.loads(service.cli("inspect", "--json", path, env=env).stdout)["encrypted_data_keys"]]
    assert service.cli("rewrap", "--add-key-id", key["Arn"], path, env=env).returncode == 0
    assert arns() == [shared_key["Arn"], key["Arn"]]
    for arn in (shared_key["Arn"], key["Arn"]):
        assert service.cli("open", "--check", "--key-id", arn, path, env=env).returncode == 0
    assert service.cli("rewrap", "--remove-key-id", shared_key["Arn"], path, env=env).returncode == 0
    assert arns() == [key["Arn"]]
    nobody = service.cli("rewrap", "--remove-key-id", key["Arn"], path, env=env)
    assert nobody.returncode == 2 and arns() == [key["Arn"]], nobody.stderr


def test_break_glass_key_is_added(service, env, shared_key, tmp_path):
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072", "-out", private],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    path = sealed(service, env, shared_key, tmp_path, b"in case of fire")
    done = service.cli("rewrap", "--raw-rsa-key", f"glass:cabinet:{public}", path, env=env)
    assert done.returncode == 0, done.stderr
    mark = service.audit_mark()
    broken = service.cli("open", "--raw-rsa-key", f"glass:cabinet:{private}", "-o", "-", path, env=env)
    assert (broken.returncode, broken.stdout) == (0, "in case of fire"), broken.stderr
    assert service.audit_since(mark) == [], "no KMS in it"
    assert service.cli("open", "--check", "--key-id", shared_key["Arn"], path, env=env).returncode == 0


def test_detached_recipients_are_rewrapped_without_the_message(service, env, sdk, kms, shared_key, key, tmp_path):
    (tmp_path / "doc").write_bytes(b"x" * MIB)
    done = service.cli("seal", "--key-id", shared_key["Arn"], *PAIRS, "--detached-recipients", tmp_path / "doc", env=env)
    assert done.returncode == 0, done.stderr
    message = (tmp_path / "doc.sealed").read_bytes()
    assert service.cli("rewrap", "--key-id", key["Arn"], tmp_path / "doc.sealed", env=env).returncode == 0
    assert (tmp_path / "doc.sealed").read_bytes() == message
    done = service.cli("open", "--key-id", key["Arn"], "-o", "-", tmp_path / "doc.sealed", env=env, text=False)
    assert (done.returncode, done.stdout) == (0, b"x" * MIB), done.stderr
    # Other SDKs: the small message holds the raw AES key of the large one.
    small, header = sdk.decrypt(source=(tmp_path / "doc.sealed.recipients").read_bytes(), keyring=keyring_of(kms, key["Arn"]))
    name = header.encryption_context["strongroom:detached-key"]
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    raw = providers.create_raw_aes_keyring(CreateRawAesKeyringInput(
        key_namespace="strongroom-detached", key_name=name, wrapping_key=small, wrapping_alg=AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16))
    assert sdk.decrypt(source=message, keyring=raw)[0] == b"x" * MIB
    assert service.cli("open", "--key-id", shared_key["Arn"], "-o", "-", tmp_path / "doc.sealed", env=env).returncode == 3


def test_rewrap_of_a_signed_message_says_why_not(service, env, sdk, keyring, tmp_path):
    message, _ = sdk.encrypt(source=b"x", keyring=keyring, encryption_context=CONTEXT)  # the SDK's default suite signs
    (tmp_path / "m.sealed").write_bytes(message)
    for how in ((), ("--header-only", "--add-key-id", "alias/any")):
        done = service.cli("rewrap", *how, tmp_path / "m.sealed", env=env)
        assert done.returncode == 4 and "signed" in done.stderr, done.stderr
    assert (tmp_path / "m.sealed").read_bytes() == message


def test_signed_message_is_signed_anew_where_that_is_asked_for(service, env, sdk, kms, keyring, key, tmp_path):
    document = some_bytes(3 * MIB)
    message, header = sdk.encrypt(source=document, keyring=keyring, encryption_context=CONTEXT)
    path = tmp_path / "m.sealed"
    path.write_bytes(message)
    done = service.cli("rewrap", "--resign", "--key-id", key["Arn"], path, env=env)
    assert done.returncode == 0, done.stderr
    plaintext, anew = sdk.decrypt(source=path.read_bytes(), keyring=keyring_of(kms, key["Arn"]))
    assert plaintext == document and anew.algorithm == header.algorithm
    public = "aws-crypto-public-key"
    assert anew.encryption_context[public] != header.encryption_context[public]
    assert {**anew.encryption_context, public: ""} == {**header.encryption_context, public: ""}
    damaged = path.read_bytes()[:-1]
    path.write_bytes(damaged)
    assert service.cli("rewrap", "--resign", "--key-id", key["Arn"], path, env=env).returncode == 4
    assert path.read_bytes() == damaged and names_in(tmp_path) == ["m.sealed"]


def test_header_only_that_fails_is_not_counted(service, env, shared_key, key, tmp_path):
    path = sealed(service, env, shared_key, tmp_path, b"x")
    env = env | {"XDG_STATE_HOME": str(tmp_path / "state")}
    marks = tmp_path / "state/strongroom/header-rewraps"
    refused = service.cli("rewrap", "--header-only", "--add-key-id", "alias/nobody-has-it", path, env=env)
    assert refused.returncode == 3 and (not marks.exists() or names_in(marks) == []), refused.stderr
    assert service.cli("rewrap", "--header-only", "--add-key-id", key["Arn"], path, env=env).returncode == 0
    assert len(names_in(marks)) == 1


# --- branch keys: one call of KMS for many files


@pytest.fixture
def branch_key(service, env, shared_key, tmp_path):
    """The flags of a new branch key."""
    store = ("--branch-key-store", tmp_path / "store")
    made = service.cli("branch-key", "create", *store, "--key-id", shared_key["Arn"], env=env)
    assert made.returncode == 0, made.stderr
    return (*store, "--branch-key-id", made.stdout.strip())


def test_many_files_under_a_branch_key_are_one_call(service, env, branch_key, tmp_path):
    names = [f"doc{number:02}" for number in range(40)]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    mark = service.audit_mark()
    done = service.cli("seal", "--json", *branch_key, *(tmp_path / name for name in names), env=env)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [str(tmp_path / name) for name in names]
    assert [record["eventName"] for record in service.audit_since(mark)] == ["Decrypt"]
    rotated = service.cli("branch-key", "rotate", *branch_key, env=env)
    assert rotated.returncode == 0, rotated.stderr
    for name in names:
        (tmp_path / name).unlink()
    done = service.cli("open", *branch_key, *(tmp_path / f"{name}.sealed" for name in names), env=env)
    assert done.returncode == 0 and "opened 40 of 40 files" in done.stderr, done.stderr
    assert all((tmp_path / name).read_bytes() == name.encode() for name in names)


def test_another_branch_key_does_not_open(service, env, shared_key, branch_key, tmp_path):
    (tmp_path / "doc").write_bytes(b"x")
    assert service.cli("seal", *branch_key, tmp_path / "doc", env=env).returncode == 0
    store = branch_key[:2]
    made = service.cli("branch-key", "create", *store, "--branch-key-id", "tenant-b", "--encryption-context", "tenant=b", env=env)
    assert (made.returncode, made.stdout) == (0, "tenant-b\n"), made.stderr
    other = service.cli("open", *store, "--branch-key-id", "tenant-b", "-o", "-", tmp_path / "doc.sealed", env=env)
    assert (other.returncode, other.stdout) == (3, ""), other.stderr
    contradicts = service.cli("branch-key", "create", *store, "--store-name", "other", env=env)
    assert contradicts.returncode == 2 and "another folder" in contradicts.stderr


@pytest.mark.parametrize("how", [(), ("--header-only",)], ids=["anew", "header-only"])
def test_a_message_goes_from_a_branch_key_to_kms_and_back(service, env, shared_key, branch_key, tmp_path, how):
    (tmp_path / "doc").write_bytes(b"x")
    assert service.cli("seal", *branch_key, tmp_path / "doc", env=env).returncode == 0
    path = tmp_path / "doc.sealed"
    old = [f"--old{word[1:]}" if str(word).startswith("--") else word for word in branch_key]
    opening = (("--key-id", shared_key["Arn"]), branch_key)
    opens = lambda: [service.cli("open", "--check", *flags, path, env=env).returncode for flags in opening]
    assert opens() == [3, 0]
    done = service.cli("rewrap", *how, *old, "--key-id", shared_key["Arn"], path, env=env)
    assert done.returncode == 0, done.stderr
    assert opens() == [0, 3]
    force = ("--force",) if how else ()
    done = service.cli("rewrap", *how, *force, *branch_key, "--remove-key-id", shared_key["Arn"], path, env=env)
    assert done.returncode == 0, done.stderr
    assert opens() == [3, 0]


# --- what a shell needs


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_a_script_of_that_shell(service, shell, tmp_path):
    done = service.cli("completions", shell)
    assert done.returncode == 0 and "inspect" in done.stdout
    assert "-process" not in done.stdout and "unconfined" not in done.stdout, "hidden ones are not offered"
    if shell == "bash":
        (tmp_path / "script").write_text(done.stdout)
        assert subprocess.run(["bash", "-n", tmp_path / "script"], capture_output=True).returncode == 0


def test_manual_pages(tmp_path):
    done = subprocess.run([harness.binary(), "man", "--out-dir", tmp_path / "man"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"strongroom.1", "strongroom-seal.1", "strongroom-open.1", "strongroom-rewrap.1"} <= set(names_in(tmp_path / "man"))
    page = (tmp_path / "man" / "strongroom-serve.1").read_text()
    for section in ('"EXIT STATUS"', "ENVIRONMENT", "FILES"):
        assert f".SH {section}\n" in page, section
    assert ".SH EXTRA" not in (tmp_path / "man" / "strongroom-seal.1").read_text()
    assert not [name for name in names_in(tmp_path / "man") if "process" in name]
