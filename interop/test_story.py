"""The story itself: one call per document whatever its size, and nothing opens without authority."""

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

import harness
from conftest import allow, kms_client, policy
from expect import refused
from scanner import Scanner, spellings

BIG_FILE_BYTES = int(os.environ.get("STRONGROOM_BIG_FILE_BYTES", 5 << 30))
PEAK_BYTES_MAX = 100 << 20
CONTEXT = ("--encryption-context", "document=42")


def big_file(path, size):
    """A sparse file of `size` bytes with 64 KiB that differ in every 16 MiB: quick to make, all of it is read."""
    with open(path, "wb") as out:
        out.truncate(size)
        for offset in range(0, size, 16 << 20):
            out.seek(offset)
            block = hashlib.shake_128(offset.to_bytes(8, "big")).digest(65536)
            out.write(block[:min(65536, size - offset)])


def run_measured(service, env, *arguments):
    """Runs `strongroom` and answers its peak memory in bytes (VmHWM, which only grows)."""
    process = subprocess.Popen([service.program, *map(str, arguments)], env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = 0
    while process.poll() is None:
        peak = max(peak, harness.peak_memory_bytes(process.pid))
        time.sleep(0.005)
    assert process.returncode == 0, process.stderr.read().decode()
    return peak


def only_call(service, mark, name, key):
    """The one record written since `mark`, which must be a call of `name` on `key` in the document's context."""
    (record,) = service.audit_since(mark)
    assert record["eventName"] == name and record.get("errorCode") is None
    assert record["resources"][0]["ARN"] == key["Arn"]
    assert record["requestParameters"]["encryptionContext"] == {"document": "42"}
    return record


@pytest.mark.parametrize("size", [1024, BIG_FILE_BYTES], ids=["1KiB", "big"])
def test_one_call_to_seal_and_one_to_open(service, env, shared_key, tmp_path, size):
    big_file(tmp_path / "in", size)
    mark = service.audit_mark()
    sealing = run_measured(service, env, "seal", "--quiet", "--key-id", shared_key["Arn"], *CONTEXT, tmp_path / "in")
    only_call(service, mark, "GenerateDataKey", shared_key)
    mark = service.audit_mark()
    opening = run_measured(service, env, "open", "--quiet", "--key-id", shared_key["Arn"], *CONTEXT, "-o",
                           tmp_path / "out", tmp_path / "in.sealed")
    only_call(service, mark, "Decrypt", shared_key)
    try:
        assert subprocess.run(["cmp", tmp_path / "in", tmp_path / "out"], check=False).returncode == 0
        print(f"\n{size} bytes: peak memory of seal {sealing >> 20} MiB, of open {opening >> 20} MiB")
        assert max(sealing, opening) < PEAK_BYTES_MAX, (sealing, opening)
    finally:
        for name in ("in", "in.sealed", "out"):
            (tmp_path / name).unlink()


class Relay:
    """Forwards one port to the service's plaintext listener and keeps what the client said."""

    def __init__(self, port):
        self.heard = bytearray()
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._pump, args=(client, server, self.heard), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, None), daemon=True).start()

    @staticmethod
    def _pump(source, sink, record):
        try:
            while piece := source.recv(65536):
                if record is not None:
                    record.extend(piece)
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def encrypted_data_key(message):
    """The one encrypted data key in the header of a version 2 message, by the published layout."""
    at = 1 + 2 + 32
    at += 2 + int.from_bytes(message[at:at + 2], "big")  # the encryption context
    assert int.from_bytes(message[at:at + 2], "big") == 1
    at += 2
    for _ in ("provider", "key"):
        at += 2 + int.from_bytes(message[at:at + 2], "big")
    size = int.from_bytes(message[at:at + 2], "big")
    return message[at + 2:at + 2 + size]


def test_open_sends_the_encrypted_data_key_alone(service, env, shared_key, tmp_path):
    """Read from the wire: the one request of `open` carries the header's data key, the context and the key's name."""
    (tmp_path / "in").write_bytes(b"the document itself never leaves " * 1000)
    sealed = service.cli("seal", "--key-id", shared_key["Arn"], *CONTEXT, tmp_path / "in", env=env)
    assert sealed.returncode == 0, sealed.stderr
    relay = Relay(service.plaintext_port)
    through = env | {"AWS_ENDPOINT_URL_KMS": f"http://127.0.0.1:{relay.port}"}
    opened = service.cli("open", "--key-id", shared_key["Arn"], "-o", tmp_path / "out", tmp_path / "in.sealed", env=through)
    relay.listener.close()
    assert opened.returncode == 0, opened.stderr
    head, _, body = bytes(relay.heard).partition(b"\r\n\r\n")
    assert head.count(b"TrentService.") == 1 and b"TrentService.Decrypt" in head
    assert json.loads(body) == {
        "CiphertextBlob": base64.b64encode(encrypted_data_key((tmp_path / "in.sealed").read_bytes())).decode(),
        "EncryptionContext": {"document": "42"}, "KeyId": shared_key["Arn"],
    }


def test_who_is_not_authorised_neither_seals_nor_opens(service, kms, env, alice, alice_env, key, tmp_path):
    (tmp_path / "in").write_bytes(b"x")
    sealing = ("seal", "--key-id", key["Arn"], "-o", tmp_path / "s", tmp_path / "in")
    opening = ("open", "--key-id", key["Arn"], "-o", tmp_path / "out", tmp_path / "s")
    done = service.cli(*sealing, env=alice_env)
    assert done.returncode == 3 and "AccessDenied" in done.stderr and not (tmp_path / "s").exists()
    assert service.cli(*sealing, env=env).returncode == 0
    mark = service.audit_mark()
    done = service.cli(*opening, env=alice_env)
    assert done.returncode == 3 and "AccessDenied" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "s"]
    (record,) = service.audit_since(mark, "Decrypt")
    assert record["errorCode"].startswith("AccessDenied") and record["userIdentity"]["arn"] == alice["Arn"]
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(allow(alice["Arn"], "kms:Decrypt")))
    assert service.cli(*opening, env=alice_env).returncode == 0
    assert (tmp_path / "out").read_bytes() == b"x"


# --- stolen data


def files_with(folder, secrets):
    """The files below `folder` that hold one of the secrets in one of its spellings."""
    scanner = Scanner({str(number): secret for number, secret in enumerate(secrets)})
    return [Path(path).name for path in scanner.files(folder)]


def unlocking_lines(secrets_dir):
    """The lines of the secrets folder that unlock something: the root key's text and the private keys' Base64."""
    found = []
    for path in (p for p in secrets_dir.rglob("*") if p.is_file()):
        private = False
        for line in path.read_bytes().splitlines():
            private = (private or b"PRIVATE KEY-----" in line) and b"-----END" not in line
            if line.upper().startswith(b"SRROOT1") or (private and b"-----" not in line and len(line) >= 32):
                found.append(line.strip())
    assert any(line.upper().startswith(b"SRROOT1") for line in found), "no root key in the secrets folder"
    return found


@pytest.fixture
def own(tmp_path):
    """A service of this test's own, for tests that stop or kill it."""
    running = harness.Service(tmp_path / "own", root="key-file").start()
    yield running
    running.kill()


def test_stolen_data_directory_holds_no_secret_and_opens_nothing(own, tmp_path):
    env, user = own.env(), own.operator("user", "create", "bob")
    kms = kms_client(env)
    key = kms.create_key()["KeyMetadata"]
    secrets = [kms.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256")["Plaintext"] for _ in range(12)]
    secrets += [env["AWS_SECRET_ACCESS_KEY"].encode(), user["SecretAccessKey"].encode()]
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    (tmp_path / "in").write_bytes(b"x")
    assert own.cli("seal", "--key-id", key["Arn"], tmp_path / "in", env=env).returncode == 0
    secrets += unlocking_lines(own.secrets_dir)
    assert own.stop() == 0
    assert files_with(own.data_dir, secrets) == []
    # Control: the scanner finds a planted one in each spelling.
    for number, form in enumerate(sorted(spellings(secrets[0]))):
        (own.data_dir / f"planted-{number}").write_bytes(b"before" + form + b"after")
    planted = {path.name for path in own.data_dir.glob("planted-*")}
    assert set(files_with(own.data_dir, secrets)) == planted
    for name in planted:
        (own.data_dir / name).unlink()
    # Without the secrets folder the copy does not start, and makes no new root key that would hide the loss.
    shutil.copytree(own.data_dir, tmp_path / "stolen", ignore=shutil.ignore_patterns("*.sock"))
    done = own.cli("serve", "--data-dir", tmp_path / "stolen", "--listen", f"127.0.0.1:{harness.free_port()}", timeout=60)
    assert done.returncode != 0 and "stolen.secrets" in done.stderr, done.stderr
    assert not (tmp_path / "stolen.secrets" / "root-key").exists()


def test_offline_backup_opens_everything_elsewhere(own, tmp_path):
    env = own.env()
    kms = kms_client(env)
    key = kms.create_key(Description="to be kept")["KeyMetadata"]
    kms.create_alias(AliasName="alias/kept", TargetKeyId=key["KeyId"])
    blob = kms.encrypt(KeyId="alias/kept", Plaintext=b"kept")["CiphertextBlob"]
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    (tmp_path / "in").write_bytes(b"a document")
    assert own.cli("seal", "--key-id", key["Arn"], tmp_path / "in", env=env).returncode == 0
    assert own.stop() == 0
    shutil.copytree(own.data_dir, tmp_path / "elsewhere")
    shutil.copytree(own.secrets_dir, tmp_path / "elsewhere.secrets")
    shutil.rmtree(own.data_dir)
    shutil.rmtree(own.secrets_dir)
    restored = harness.Service(tmp_path / "elsewhere", root="key-file").start()
    try:
        assert restored.port != own.port
        env = restored.env()
        kms = kms_client(env)
        assert kms.describe_key(KeyId="alias/kept")["KeyMetadata"]["Arn"] == key["Arn"]
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
        opened = restored.cli("open", "--key-id", key["Arn"], "-o", tmp_path / "out", tmp_path / "in.sealed", env=env)
        assert opened.returncode == 0, opened.stderr
        assert (tmp_path / "out").read_bytes() == b"a document"
    finally:
        restored.kill()


def test_disabled_key_opens_nothing(service, kms, env, key, tmp_path):
    (tmp_path / "in").write_bytes(b"x")
    assert service.cli("seal", "--key-id", key["Arn"], tmp_path / "in", env=env).returncode == 0
    kms.disable_key(KeyId=key["KeyId"])
    done = service.cli("open", "--key-id", key["Arn"], "-o", tmp_path / "out", tmp_path / "in.sealed", env=env)
    assert done.returncode == 3 and "DisabledException" in done.stderr and not (tmp_path / "out").exists()
    with refused("DisabledException"):
        kms.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256")


def test_quickstart_does_the_whole_job(service, tmp_path):
    (tmp_path / "doc.txt").write_text("a real document\n")
    done = service.cli("quickstart", tmp_path / "doc.txt", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "doc.txt").read_text() == "a real document\n"
