"""A disk that is slow, or stands still for a while: a file system that delays every write and sync of the audit log, and a real
one that is frozen. Calls are served or refused and none hangs, the service goes on by itself when the disk is as it was, and
the record has what was under way."""

import subprocess
import time

import pytest

import crash
import harness
import rawhttp

SIZE = "256M"

# What each write and each sync takes on the slow disk, and on one that is as good as dead.
SLOW_SECONDS, DEAD_SECONDS = 0.3, 60

# What each sync takes where writes are quick: less than half of what a call waits, or changes are refused at once.
SYNC_SECONDS = 1.5

# How long a call waits for the disk (crate audit, `Settings::answer_within`), and how long one that is refused at once takes.
ANSWER_SECONDS = 5
AT_ONCE_SECONDS = 2


@pytest.fixture
def disk(tmp_path):
    """The mount point of an ext4 of its own, and what freezes and thaws it."""
    image, mount = tmp_path / "image", tmp_path / "mount"
    mount.mkdir()
    subprocess.run(["truncate", "-s", SIZE, image], check=True)
    subprocess.run(["mkfs.ext4", "-q", image], check=True, capture_output=True)
    subprocess.run(["mount", "-o", "loop", image, mount], check=True, capture_output=True)
    try:
        yield Freezer(mount)
    finally:
        subprocess.run(["umount", "-l", mount], check=True)


class Freezer:
    """While it is entered, whoever writes to the file system waits."""

    def __init__(self, mount):
        self.mount = mount

    def __enter__(self):
        subprocess.run(["fsfreeze", "-f", self.mount], check=True)

    def __exit__(self, *_):
        subprocess.run(["fsfreeze", "-u", self.mount], check=True)


@pytest.fixture
def served(disk):
    """A service on that disk, and a client of its plaintext listener."""
    running = harness.Service(disk.mount / "data", plaintext=True)
    try:
        env = running.start().env()
        credentials = (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
        yield running, rawhttp.Client("127.0.0.1", running.plaintext_port, credentials)
    finally:
        running.kill()


def timed(client, operation, **parameters):
    """The answer and the seconds that it took."""
    began = time.monotonic()
    answer = client.call(operation, parameters)
    return answer, time.monotonic() - began


def test_calls_are_refused_while_the_disk_stands_still_and_served_when_it_is_back(disk, served):
    service, client = served
    key = client.call("CreateKey").json["KeyMetadata"]["KeyId"]
    asked = {"KeyId": key, "KeySpec": "AES_256"}
    assert client.call("GenerateDataKey", asked).status == 200  # the control
    with disk:
        waiting, took = timed(client, "GenerateDataKey", **asked)
        assert waiting.status == 500 and "record" in waiting.text, waiting.body
        assert took < 2 * ANSWER_SECONDS, took
        for operation, parameters in (("GenerateDataKey", asked), ("CreateKey", {})):
            refused, took = timed(client, operation, **parameters)
            assert refused.status == 500 and took < AT_ONCE_SECONDS, (operation, took, refused.body)
    harness.eventually("uses to be served", lambda: client.call("GenerateDataKey", asked).status == 200)
    harness.eventually("changes to be made", lambda: client.call("CreateKey").status == 200)
    assert service.stop() == 0
    assert waiting.headers["x-amzn-requestid"] in crash.recorded_requests(service), "it was under way"
    done = service.cli("audit", "verify", "--data-dir", service.data_dir)
    assert done.returncode == 0 and "no vault has counted more" in done.stdout, done.stderr


def test_calls_are_served_on_a_slow_disk_refused_on_one_that_is_too_slow_and_served_when_it_is_quick_again(audit_folder):
    service = harness.Service(audit_folder.mount.parent, plaintext=True)
    try:
        env = service.start().env()
        client = rawhttp.Client("127.0.0.1", service.plaintext_port, (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]))
        key = client.call("CreateKey").json["KeyMetadata"]["KeyId"]
        asked = {"KeyId": key, "KeySpec": "AES_256"}
        audit_folder.delay(SLOW_SECONDS)
        served = []
        for _ in range(2):
            answer, took = timed(client, "GenerateDataKey", **asked)
            assert answer.status == 200, answer.body
            assert SLOW_SECONDS <= took < ANSWER_SECONDS, took  # no answer comes before the kernel has its record
            served.append(answer)
        changed, took = timed(client, "CreateKey")
        assert changed.status == 200 and took < 2 * ANSWER_SECONDS, (took, changed.body)  # it waits for intent and record
        served.append(changed)
        audit_folder.delay(DEAD_SECONDS)
        waiting, took = timed(client, "GenerateDataKey", **asked)
        assert waiting.status == 500 and "record" in waiting.text, waiting.body
        assert took < 2 * ANSWER_SECONDS, took
        for operation, parameters in (("GenerateDataKey", asked), ("CreateKey", {})):
            refused, took = timed(client, operation, **parameters)
            assert refused.status == 500 and took < AT_ONCE_SECONDS, (operation, took, refused.body)
        audit_folder.delay(0)
        harness.eventually("uses to be served", lambda: client.call("GenerateDataKey", asked).status == 200)
        harness.eventually("changes to be made", lambda: client.call("CreateKey").status == 200)
        assert service.stop() == 0
        recorded = crash.recorded_requests(service)
        assert {answer.headers["x-amzn-requestid"] for answer in (*served, waiting)} <= recorded
        done = service.cli("audit", "verify", "--data-dir", service.data_dir)
        assert done.returncode == 0 and "no vault has counted more" in done.stdout, done.stderr
    finally:
        audit_folder.delay(0)  # who waits for it cannot be killed
        service.kill()


@pytest.mark.parametrize("durability", ["kernel", "disk"])
def test_data_plane_waits_for_the_disk_where_the_operator_chose_it(audit_folder, durability):
    service = harness.Service(audit_folder.mount.parent, plaintext=True)
    service.options = ["--audit-durability", durability]
    try:
        env = service.start().env()
        client = rawhttp.Client("127.0.0.1", service.plaintext_port, (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]))
        asked = {"KeyId": client.call("CreateKey").json["KeyMetadata"]["KeyId"], "KeySpec": "AES_256"}
        audit_folder.delay_syncs(SYNC_SECONDS)
        # A write waits for the kernel while a sync of the same file is under way: not every call is quick.
        calls = [timed(client, "GenerateDataKey", **asked) for _ in range(2)]
        assert [answer.status for answer, _ in calls] == [200, 200]
        quickest = min(took for _, took in calls)
        assert (quickest >= SYNC_SECONDS) == (durability == "disk"), calls
    finally:
        audit_folder.delay_syncs(0)
        service.kill()
