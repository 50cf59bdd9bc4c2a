"""A full disk is a real ENOSPC on a small file system: refused at once with a clear error, nothing acknowledged lost,
and serving goes on by itself once there is room."""

import os
import signal
import subprocess
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

import harness
from conftest import kms_client

# State with its ballast (16 MiB) and audit log with its reserve fit; not much more does.
SIZE = "48m"

# How long a call that is refused at once may take: a bound for one that hangs, on a machine that does other things too.
AT_ONCE_SECONDS = 2


@pytest.fixture
def small(tmp_path):
    """A service whose data directory lies on a file system of its own."""
    mount = tmp_path / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", mount], check=True, capture_output=True)
    running = harness.Service(mount / "data")
    try:
        yield running.start(), mount
    finally:
        running.kill()
        subprocess.run(["umount", "-l", mount], check=True)


def fill(path):
    """Writes until there is no room."""
    with open(path, "ab", buffering=0) as file:
        for piece in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * piece)
            except OSError:
                continue


def refusal(call):
    """The error of a call that must be refused at once; None when it is served."""
    began = time.monotonic()
    try:
        call()
    except ClientError as error:
        assert time.monotonic() - began < AT_ONCE_SECONDS, "a refusal must not hang"
        return error.response["Error"]
    return None


def test_full_disk_refuses_at_once_and_heals(small):
    service, mount = small
    kms = kms_client(service.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    acknowledged = [key]
    assert refusal(lambda: kms.generate_random(NumberOfBytes=8)) is None  # control: there is room

    seen = None
    for round_ in range(40):
        fill(mount / "filler")
        seen = refusal(lambda: acknowledged.append(kms.create_key()["KeyMetadata"]["KeyId"]))
        if seen:
            break
    assert seen and seen["Code"] == "KMSInternalException", seen
    assert "record" in seen["Message"] or "disk" in seen["Message"], seen
    assert service.process.poll() is None

    (mount / "filler").unlink()
    harness.eventually("serving to go on", lambda: refusal(lambda: acknowledged.append(
        kms.create_key()["KeyMetadata"]["KeyId"])) is None)
    harness.eventually("decryption to go on", lambda: refusal(lambda: kms.decrypt(CiphertextBlob=blob)) is None)
    assert service.stop() == 0
    service.start()
    kms = kms_client(service.env())
    listed = {entry["KeyId"] for page in kms.get_paginator("list_keys").paginate() for entry in page["Keys"]}
    assert set(acknowledged) <= listed
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"


def test_authority_is_taken_away_on_a_full_disk(small):
    """Nothing is served any more and nothing can be added, but keys can be disabled and policies tightened."""
    service, mount = small
    kms = kms_client(service.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    assert (service.data_dir / "state" / "ballast").exists()  # control
    fill(mount / "filler")
    harness.eventually("uses to be refused", lambda: refusal(lambda: kms.generate_random(NumberOfBytes=8)) is not None)
    assert refusal(kms.create_key) is not None
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    assert not (service.data_dir / "state" / "ballast").exists()
    seen = refusal(kms.create_key)
    assert seen["Message"] == "The disk is nearly full: only changes that take something away are made.", seen
    with pytest.raises(kms.exceptions.DisabledException):
        kms.decrypt(CiphertextBlob=blob)
    (mount / "filler").unlink()
    harness.eventually("changes to be made again", lambda: refusal(kms.create_key) is None)
    harness.eventually("the ballast", lambda: (service.data_dir / "state" / "ballast").exists())


def fill_up(service, mount):
    """Nothing is used any more, and the log knows it; the ballast is still there."""
    kms = kms_client(service.env())
    fill(mount / "filler")
    harness.eventually("uses to be refused", lambda: refusal(lambda: kms.generate_random(NumberOfBytes=8)) is not None)
    fill(mount / "filler")
    assert (service.data_dir / "state" / "ballast").exists()  # control


def disable(service, key):
    """A revocation goes through, and counts."""
    kms = kms_client(service.env())

    def state():
        try:
            kms.disable_key(KeyId=key)
            return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
        except (BotoCoreError, ClientError):  # a front that is just being started, too
            return None

    harness.eventually("the key to be disabled", lambda: state() == "Disabled")


def left_behind(service):
    """Temporary files of the supervisor."""
    return [path for folder in (service.data_dir, service.secrets_dir) for path in folder.glob("*.new")]


def test_front_that_dies_on_a_full_disk_is_started_again(small):
    """What dies is started again, also where nothing can be written."""
    service, mount = small
    key = kms_client(service.env()).create_key()["KeyMetadata"]["KeyId"]
    fill_up(service, mount)
    supervisor, front = service.process.pid, service.child("front-process")
    os.kill(front, signal.SIGKILL)
    harness.eventually("another front", lambda: service.child("front-process") not in (None, front))
    disable(service, key)
    assert service.process.poll() is None and service.process.pid == supervisor
    (mount / "filler").unlink()
    kms = kms_client(service.env())
    harness.eventually("changes to be made again", lambda: refusal(kms.create_key) is None)
    assert not left_behind(service)


def test_service_starts_on_a_full_disk(small):
    """A start whose configuration did not change has nothing to write that authority's end would have to wait for."""
    service, mount = small
    key = kms_client(service.env()).create_key()["KeyMetadata"]["KeyId"]
    fill_up(service, mount)
    service.stop()
    ballast = service.data_dir / "state" / "ballast"
    if not ballast.exists():  # the orderly end may have needed it
        (mount / "filler").unlink()
        ballast.write_bytes(bytes(16 << 20))
    fill(mount / "filler")
    service.start()
    disable(service, key)
    assert service.process.poll() is None
    (mount / "filler").unlink()
    kms = kms_client(service.env())
    harness.eventually("changes to be made again", lambda: refusal(kms.create_key) is None)
    assert not left_behind(service)


def test_root_access_key_that_cannot_be_kept_replaces_nothing(small):
    """The secrets folder is on the full disk too: no key is acknowledged that nobody has."""
    service, mount = small
    key = kms_client(service.env()).create_key()["KeyMetadata"]["KeyId"]
    renew = ("root", "renew-access-key", "--data-dir", service.data_dir)
    before = service.env()["AWS_ACCESS_KEY_ID"]
    assert service.cli(*renew).returncode == 0
    assert service.env()["AWS_ACCESS_KEY_ID"] != before  # control
    for _ in range(40):
        fill(mount / "filler")
        before = service.env()
        done = service.cli(*renew)
        assert service.process.poll() is None
        if "cannot be kept" in done.stderr:
            break
    assert done.returncode != 0 and "nothing was changed" in done.stderr, done.stderr
    assert service.env() == before
    assert not list(service.secrets_dir.glob("*.next"))
    (mount / "filler").unlink()
    disable(service, key)  # with the key that was there before
    harness.eventually("a new key", lambda: service.cli(*renew).returncode == 0)
    assert service.env()["AWS_ACCESS_KEY_ID"] != before["AWS_ACCESS_KEY_ID"]
    assert kms_client(service.env()).list_keys()["Keys"]


@pytest.fixture
def narrow(tmp_path):
    """A small file system that has no room, and a service that lies elsewhere."""
    mount = tmp_path / "narrow"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], check=True, capture_output=True)
    running = harness.Service(tmp_path / "own")
    try:
        fill(mount / "filler")
        yield running.start(), mount
    finally:
        running.kill()
        subprocess.run(["umount", "-l", mount], check=True)


@pytest.mark.parametrize("folder", ["", "new/folder"])
def test_shares_that_cannot_be_written_make_no_recovery_set(narrow, folder):
    service, mount = narrow
    create = ("vault", "recovery", "create", "--shares", "3", "--threshold", "2", "--out-dir", mount / folder,
              "--data-dir", service.data_dir)
    done = service.cli(*create)
    assert done.returncode != 0 and "srsha" not in done.stdout + done.stderr
    assert "no recovery set was made" in done.stderr and "No space left" in done.stderr, done.stderr
    assert service.operator("vault", "recovery", "status") is None
    assert not [path for path in mount.rglob("*") if path.is_file() and path.name != "filler"]
    (mount / "filler").unlink()
    done = service.cli(*create)  # the control
    assert done.returncode == 0, done.stderr
    assert service.operator("vault", "recovery", "status")["shares"] == 3
    shares = sorted(path.name for path in (mount / folder).iterdir() if path.is_file())
    assert shares == ["share-1.txt", "share-2.txt", "share-3.txt"]
    assert all("srsha" in (mount / folder / name).read_text() for name in shares)


def test_full_disk_is_told_by_status_and_health(small):
    """What cannot serve must still say why."""
    service, mount = small
    assert service.operator("status")["audit"] == "writing"  # control
    kms = kms_client(service.env())
    fill(mount / "filler")
    harness.eventually("a refusal", lambda: refusal(lambda: kms.generate_random(NumberOfBytes=8)) is not None)
    assert "space" in service.operator("status")["audit"]
    harness.eventually("a refusal", lambda: refusal(kms.create_key) is not None)
    assert service.operator("status")["disk"] == "nearly full"
    (mount / "filler").unlink()
    harness.eventually("room to be noticed", lambda: service.operator("status")["audit"] == "writing")
