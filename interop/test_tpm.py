"""A root key that a TPM 2.0 has sealed (Debian's swtpm), by the command line and boto3."""

import os
import shutil
import signal
import socket
import stat
import subprocess
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import harness
from conftest import kms_client


class SoftTpm:
    """A software TPM with its state in a folder, behind a Unix socket."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "socket"
        folder.mkdir()
        self.process = None
        self.start()

    def start(self):
        # It listens before the TPM runs, so that nobody has to wait for it.
        self.path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(self.path))
            listener.listen()
            self.process = subprocess.Popen(
                ["swtpm", "socket", "--tpm2", "--flags", "not-need-init,startup-clear",
                 "--tpmstate", f"dir={self.folder}", "--server", f"type=unixio,fd={listener.fileno()}"],
                pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.path.unlink(missing_ok=True)

    def options(self):
        """The flags of `serve` that name it."""
        return ["--tpm-device", str(self.path)]


@pytest.fixture
def tpms(tmp_path):
    """Makes software TPMs of this test's own."""
    made = []

    def make(name):
        made.append(SoftTpm(tmp_path / name))
        return made[-1]

    yield make
    for tpm in made:
        tpm.stop()


@pytest.fixture
def services(tmp_path):
    """Makes services of this test's own, with further flags."""
    made = []

    def make(name, *options):
        service = harness.Service(tmp_path / name, root="key-file")
        service.options = list(options)
        made.append(service)
        return service

    yield make
    for service in made:
        service.kill()


def status(service):
    return service.operator("vault", "status")


def kinds(service):
    return [root["kind"] for root in status(service)["roots"]]


def sample(service):
    """A client, and a ciphertext of b"text"."""
    kms = kms_client(service.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    return kms, kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]


def opens(kms, blob):
    return kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"


def refusal(service, *options):
    """What a start that must fail says."""
    line = ("serve", "--data-dir", service.data_dir, "--listen", f"127.0.0.1:{service.port}")
    done = service.cli(*line, *options, timeout=60)
    assert done.returncode != 0
    return done.stderr


def test_key_sealed_to_the_tpm_opens_at_every_start(tpms, services):
    tpm = tpms("tpm")
    own = services("own", "--root", "tpm", *tpm.options()).start()
    kms, blob = sample(own)
    assert kinds(own) == ["tpm"] and status(own)["state"] == "open"
    sealed = own.secrets_dir / "tpm-root"
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600 and sealed.read_text().startswith("SRTPM1-")
    assert not (own.secrets_dir / "root-key").exists()
    before = own.child("vault-process")
    os.kill(before, signal.SIGKILL)
    harness.eventually("another vault", lambda: own.child("vault-process") not in (None, before) and own.healthy())
    assert opens(kms, blob)
    own.operator("vault", "seal")
    with pytest.raises(ClientError):
        kms.list_keys()
    own.operator("vault", "unseal", "--configured-root")
    assert opens(kms, blob)
    assert own.stop() == 0
    tpm.stop()
    tpm.start()  # as after a restart of the machine
    own.start()
    assert opens(kms, blob)


def test_copy_of_both_folders_opens_with_its_own_tpm_alone(tpms, services):
    tpm, other = tpms("tpm"), tpms("other")
    own = services("own", "--root", "tpm", *tpm.options()).start()
    kms, blob = sample(own)
    assert own.stop() == 0
    copy = services("copy", "--root", "tpm", *tpm.options())
    shutil.copytree(own.data_dir, copy.data_dir)
    shutil.copytree(own.secrets_dir, copy.secrets_dir)
    said = refusal(copy, "--root", "tpm", *other.options())
    assert "sealed by another TPM" in said and "cleared" in said
    copy.start()
    assert opens(kms_client(copy.env()), blob), "positive control: the same TPM opens it"


def test_tpm_beside_a_key_file_takes_its_place(tpms, services, tmp_path):
    tpm = tpms("tpm")
    own = services("own", *tpm.options()).start()
    kms, blob = sample(own)
    own.operator("vault", "enroll", "--kind", "tpm", "--name", "board")
    assert kinds(own) == ["key-file", "tpm"] and opens(kms, blob)
    again = own.cli("vault", "enroll", "--kind", "tpm", "--name", "twice", "--data-dir", own.data_dir)
    assert again.returncode != 0 and "enrolled already" in again.stderr
    own.operator("vault", "remove", "key-file")
    assert [root["name"] for root in status(own)["roots"]] == ["board"], "the TPM was present"
    (own.secrets_dir / "root-key").rename(tmp_path / "old-root-key")
    assert own.stop() == 0
    own.options = ["--root", "tpm", *tpm.options()]
    own.start()
    assert opens(kms, blob) and kinds(own) == ["tpm"]
    events = [line["record"]["eventName"] for line in own.audit() if line["kind"] == "event"]
    assert "OperatorEnrollRoot" in events and "OperatorRemoveRoot" in events


def test_tpm_taken_away_and_brought_back(tpms, services):
    tpm = tpms("tpm")
    own = services("own", "--root", "tpm", *tpm.options()).start()
    kms, blob = sample(own)
    tpm.stop()
    assert opens(kms, blob), "an open vault needs no TPM"
    before = own.child("vault-process")
    os.kill(before, signal.SIGKILL)
    harness.eventually("the next vault is sealed", lambda: status(own)["state"] == "sealed")
    assert "no TPM at" in "".join(own.log)
    refused = own.cli("vault", "unseal", "--configured-root", "--data-dir", own.data_dir)
    assert refused.returncode != 0 and "no TPM at" in refused.stderr
    tpm.start()
    # The front brings the keyring to the new vault every second.
    unseal = ("vault", "unseal", "--configured-root", "--data-dir", own.data_dir)
    harness.eventually("it opens", lambda: own.cli(*unseal).returncode == 0)
    assert opens(kms, blob)


def is_asked(service) -> bool:
    """Whether the supervisor has a thread that asks a TPM."""
    names = []
    for task in Path(f"/proc/{service.process.pid}/task").iterdir():
        try:
            names.append((task / "comm").read_text().strip())
        except OSError:
            pass  # it has ended
    return "tpm" in names


def test_tpm_that_hangs_holds_up_the_next_vault_and_nothing_else(tpms, services):
    tpm = tpms("tpm")
    own = services("own", "--root", "tpm", *tpm.options()).start()
    kms, blob = sample(own)
    os.kill(tpm.process.pid, signal.SIGSTOP)
    try:
        os.kill(own.child("vault-process"), signal.SIGKILL)
        harness.eventually("the TPM is asked", lambda: is_asked(own))
        # The supervisor passes questions on meanwhile: before the TPM has answered, and the vault is started.
        assert status(own)["state"] != "open" and is_asked(own) and own.child("vault-process") is None
    finally:
        os.kill(tpm.process.pid, signal.SIGCONT)
    harness.eventually("it opens", own.healthy)
    assert opens(kms, blob)
    os.kill(tpm.process.pid, signal.SIGSTOP)
    try:
        os.kill(own.child("vault-process"), signal.SIGKILL)
        harness.eventually("the TPM is asked again", lambda: is_asked(own))
        assert own.stop() == 0, "whoever ends the service is heard too"
    finally:
        os.kill(tpm.process.pid, signal.SIGCONT)


def test_removal_of_another_root_says_that_the_tpm_is_away(tpms, services):
    tpm = tpms("tpm")
    own = services("own", *tpm.options()).start()
    own.operator("vault", "enroll", "--kind", "tpm", "--name", "board")
    remove = ("vault", "remove", "key-file", "--data-dir", own.data_dir)
    tpm.stop()
    refused = own.cli(*remove)
    assert refused.returncode != 0 and "no TPM at" in refused.stderr
    assert kinds(own) == ["key-file", "tpm"]
    tpm.start()
    done = own.cli(*remove)
    assert done.returncode == 0 and "TPM" not in done.stderr, "the control"
    assert kinds(own) == ["tpm"]


def test_what_is_wrong_with_a_tpm_is_said_and_nothing_is_made(tpms, services, tmp_path):
    own = services("own")
    nowhere, file = tmp_path / "nowhere", tmp_path / "file"
    file.write_text("")
    assert f"no TPM at {nowhere}" in refusal(own, "--root", "tpm", "--tpm-device", nowhere)
    assert "neither a TPM's device" in refusal(own, "--root", "tpm", "--tpm-device", file)
    assert not own.data_dir.exists() and not own.secrets_dir.exists()
    tpm = tpms("tpm")
    own.options = ["--root", "tpm", *tpm.options()]
    own.start()
    kms, blob = sample(own)
    assert own.stop() == 0
    sealed = own.secrets_dir / "tpm-root"
    whole = sealed.read_text()
    middle = len(whole) // 2
    sealed.write_text(whole[:middle] + ("1" if whole[middle] == "0" else "0") + whole[middle + 1:])
    assert "not a sealed root key" in refusal(own, *own.options)
    sealed.unlink()
    said = refusal(own, *own.options)
    assert "no root key sealed by a TPM" in said and not sealed.exists(), "never made over state"
    sealed.write_text(whole)
    sealed.chmod(0o600)
    own.start()
    assert opens(kms, blob), "positive control"
