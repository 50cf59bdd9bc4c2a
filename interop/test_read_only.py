"""A file system that can only be read: a start is refused and says where, a service whose disk becomes so refuses at once and
says why, and what it had acknowledged is there when the disk can be written again."""

import os
import signal
import subprocess

import pytest

import harness
from conftest import kms_client
from expect import error_of, refused


@pytest.fixture
def small(tmp_path):
    """The mount point of a tmpfs of its own."""
    mount = tmp_path / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", mount], check=True, capture_output=True)
    try:
        yield mount
    finally:
        subprocess.run(["umount", "-l", mount], check=True)


def remounted(mount, how) -> bool:
    """Whether it could be done: to be read only, nobody may write."""
    return subprocess.run(["mount", "-o", f"remount,{how}", mount], capture_output=True).returncode == 0


@pytest.mark.parametrize("started_before", [False, True])
def test_start_on_a_read_only_file_system_is_refused_with_its_path(small, started_before):
    service = harness.Service(small / "data")
    try:
        if started_before:
            service.start()
            assert service.stop() == 0
        harness.eventually("nobody writes", lambda: remounted(small, "ro"))
        token = service.token.variables if service.token else {}
        done = subprocess.run(service.command(), env=harness.clean_environment() | token, capture_output=True, text=True,
                              timeout=60)
        assert done.returncode != 0
        assert f"{small}/data" in done.stderr and "Read-only file system" in done.stderr, done.stderr
        assert remounted(small, "rw")
        assert service.start().healthy()  # the control: the same command line
    finally:
        service.kill()


@pytest.fixture
def secrets(tmp_path):
    """The mount point of a tmpfs that is the secrets folder of a service in `data` beside it."""
    mount = tmp_path / "data.secrets"
    mount.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", mount], check=True, capture_output=True)
    try:
        yield mount
    finally:
        subprocess.run(["umount", "-l", mount], check=True)


def test_secrets_folder_that_becomes_read_only_keeps_no_front_from_being_started_again(secrets, tmp_path):
    service = harness.Service(tmp_path / "data")
    try:
        service.start()
        assert service.stop() == 0
        assert (secrets / "audit-closed").exists()
        service.start()
        assert not (secrets / "audit-closed").exists()
        harness.eventually("nobody writes", lambda: remounted(secrets, "ro"))
        front = service.child("front-process")
        os.kill(front, signal.SIGKILL)
        harness.eventually("another front", lambda: service.child("front-process") not in (None, front))
        harness.eventually("it serves", service.healthy)
        assert service.process.poll() is None
        harness.eventually("the folder is written again", lambda: remounted(secrets, "rw"))
        assert service.stop() == 0
    finally:
        service.kill()


def test_start_after_a_clean_end_is_refused_while_the_secrets_folder_is_read_only_and_says_what_to_do(secrets, tmp_path):
    service = harness.Service(tmp_path / "data")
    try:
        service.start()
        assert service.stop() == 0
        harness.eventually("nobody writes", lambda: remounted(secrets, "ro"))
        token = service.token.variables if service.token else {}
        done = subprocess.run(service.command(), env=harness.clean_environment() | token, capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 1, done.stderr
        assert f"{secrets}/audit-closed: Read-only file system" in done.stderr, done.stderr
        last = done.stderr.strip().splitlines()[-1]
        assert "audit-closed in the secrets folder" in last and "make that folder writable" in last, last
        assert remounted(secrets, "rw")
        assert service.start().healthy()  # the control: the same command line
        service.kill()
        # Not closed: nothing is to be removed.
        harness.eventually("nobody writes any more", lambda: remounted(secrets, "ro"))
        assert service.start().healthy()
    finally:
        service.kill()


class Image:
    """An ext4 of its own. A file system that somebody writes to is not made read-only by `remount,ro` (it is busy): the kernel
    does it after a fault, which `remount,abort` stands for."""

    def __init__(self, folder):
        self.file, self.mount = folder / "image", folder / "mount"
        self.mount.mkdir()
        subprocess.run(["truncate", "-s", "256M", self.file], check=True)
        subprocess.run(["mkfs.ext4", "-q", self.file], check=True, capture_output=True)
        self.attach()

    def attach(self):
        subprocess.run(["mount", "-o", "loop", self.file, self.mount], check=True, capture_output=True)

    def detach(self) -> bool:
        return subprocess.run(["umount", self.mount], capture_output=True).returncode == 0


@pytest.fixture
def image(tmp_path):
    made = Image(tmp_path)
    yield made
    subprocess.run(["umount", "-l", made.mount], capture_output=True)


def test_service_whose_disk_becomes_read_only_refuses_says_why_and_serves_again_when_it_is_not(image):
    service = harness.Service(image.mount / "data")
    try:
        kms = kms_client(service.start().env())
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        blob = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
        assert service.operator("status")["audit"] == "writing"  # control
        assert remounted(image.mount, "abort")
        for _ in range(2):
            with refused("KMSInternalException", status=500):
                kms.generate_data_key(KeyId=key, KeySpec="AES_256")
            with refused("KMSInternalException", status=500):
                kms.create_key()
        # A sync under way while the file system was aborted has another error than a write after it.
        assert any(text in service.operator("status")["audit"] for text in ("Read-only file system", "Input/output error"))
        assert service.process.poll() is None and not service.healthy()
        service.kill()
        harness.eventually("nobody uses the disk", image.detach)
        image.attach()
        kms = kms_client(service.start().env())
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")
        kms.create_key()
        assert service.stop() == 0
        done = service.cli("audit", "verify", "--data-dir", service.data_dir)
        assert done.returncode == 0, done.stderr
    finally:
        service.kill()


def test_service_whose_audit_folder_is_read_only_for_a_while_refuses_says_why_and_goes_on_by_itself(audit_folder):
    service = harness.Service(audit_folder.mount.parent)
    try:
        kms = kms_client(service.start().env())
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        blob = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
        assert service.operator("status")["audit"] == "writing"  # control
        audit_folder.read_only(True)
        for _ in range(2):
            with refused("KMSInternalException", status=500):
                kms.generate_data_key(KeyId=key, KeySpec="AES_256")
            with refused("KMSInternalException", status=500):
                kms.create_key()
        assert "Read-only file system" in service.operator("status")["audit"]
        assert service.process.poll() is None and not service.healthy()
        audit_folder.read_only(False)
        harness.eventually("the log is written again", lambda: service.operator("status")["audit"] == "writing")
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
        # A change that found no room on the record has given up the state's ballast, which comes back by itself.
        harness.eventually("changes are made again", lambda: error_of(kms.create_key) == "")
        harness.eventually("it is healthy", service.healthy)
        assert service.stop() == 0
        done = service.cli("audit", "verify", "--data-dir", service.data_dir)
        assert done.returncode == 0 and "a write failed" in done.stdout, done.stdout + done.stderr
    finally:
        service.kill()
