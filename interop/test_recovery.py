"""Recovery that recovers: shares, a backup online under load, everything destroyed, a restore on a bare machine."""

import concurrent.futures
import json
import os
import pty
import shutil
import signal
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import harness
from conftest import kms_client

# Old ciphertexts that the restored service has to decrypt.
CIPHERTEXTS = int(os.environ.get("STRONGROOM_RECOVERY_CIPHERTEXTS", "10000"))


@pytest.fixture
def own(tmp_path):
    """A service of this test's own."""
    running = harness.Service(tmp_path / "own").start()
    yield running
    running.kill()


def create_set(service, folder, shares=5, threshold=3):
    """Makes a recovery set: the files of its shares."""
    made = service.operator("vault", "recovery", "create", "--shares", str(shares), "--threshold", str(threshold),
                            "--out-dir", str(folder))
    assert (made["Shares"], made["Threshold"]) == (shares, threshold) and "ShareTexts" not in made
    return sorted(Path(folder).iterdir())


def backup(service, file):
    return service.operator("backup", "--out", str(file))


def restore(service, file, shares, *more, data_dir=None, **options):
    """`strongroom restore`, the finished process."""
    place = [] if "--drill" in more else ["--data-dir", data_dir or service.data_dir]
    files = [word for share in shares for word in ("--share-file", share)]
    return service.cli("restore", "--from", file, *place, *files, *more, **options)


def destroy(service):
    """The machine is gone, and with it data, root (token too) and credentials."""
    service.kill()
    service.token = None  # a restore makes a key file
    shutil.rmtree(service.data_dir)
    shutil.rmtree(service.secrets_dir)


def leftovers(folder):
    return [path.name for path in Path(folder).iterdir() if "restoring" in path.name or path.name.endswith(".new")]


def in_parts(work, items, workers=4):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, items))


def test_everything_destroyed_is_restored_from_backup_and_shares(own, tmp_path):
    shares = create_set(own, tmp_path / "shares")
    kms = kms_client(own.env())
    old_root = own.env()
    alice = own.operator("user", "create", "alice")
    key = kms.create_key(Description="payroll-of-the-company")["KeyMetadata"]
    kms.create_alias(AliasName="alias/payroll", TargetKeyId=key["KeyId"])
    policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
    policy["Statement"].append({"Sid": "alice", "Effect": "Allow", "Principal": {"AWS": alice["Arn"]},
                                "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"})
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(policy))

    def encrypt(number):
        return kms.encrypt(KeyId="alias/payroll", Plaintext=b"%d" % number,
                           EncryptionContext={"n": str(number)})["CiphertextBlob"]

    blobs = in_parts(encrypt, range(CIPHERTEXTS))
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    blobs.append(encrypt(CIPHERTEXTS))

    # Online: callers go on writing and encrypting meanwhile, and none of them is refused.
    ended, faults, acknowledged = threading.Event(), [], []

    def load():
        client = kms_client(own.env())
        while not ended.is_set():
            try:
                made = client.create_key()["KeyMetadata"]["KeyId"]
                acknowledged.append((made, client.encrypt(KeyId=made, Plaintext=made.encode())["CiphertextBlob"]))
                client.encrypt(KeyId="alias/payroll", Plaintext=b"load")
            except ClientError as fault:
                faults.append(fault)

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    file = tmp_path / "one.backup"
    harness.eventually("keys were made under way", lambda: len(acknowledged) >= 10)
    before_the_backup = list(acknowledged)
    made = backup(own, file)
    ended.set()
    for thread in threads:
        thread.join()
    assert not faults and made["records"] > 10 and made["samples"] >= 1 and made["bytes"] == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and leftovers(tmp_path) == []
    content = file.read_bytes()
    assert b"payroll" not in content and b"alice" not in content
    events = [line["record"] for line in own.audit() if line["kind"] == "event"]
    assert [e["eventName"] for e in events if e["eventName"].startswith(("OperatorBackup", "OperatorCreateRecovery"))] \
        == ["OperatorCreateRecovery", "OperatorBackup"]

    own.kill()
    shutil.copytree(own.data_dir / "audit", tmp_path / "audit-of-the-first")
    destroy(own)
    done = restore(own, file, shares[1:4])
    assert done.returncode == 0 and "--apply-deletions" in done.stderr, done.stderr
    report = json.loads(done.stdout)
    assert report["samples_decrypted"] == made["samples"] and report["revision"] == made["revision"]
    assert leftovers(tmp_path) == []
    for folder in (own.data_dir, own.secrets_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    own.start()
    verify = ("audit", "verify", "--data-dir", own.data_dir)
    harness.eventually("the new log verifies", lambda: own.cli(*verify).returncode == 0)
    events = [line["record"] for line in own.audit() if line["kind"] == "event"]
    noted = [event["requestParameters"] for event in events if event["eventName"] == "OperatorRestore"]
    assert [(each["backup"], each["backupRevision"], each["generation"]) for each in noted] \
        == [(made["backup"], made["revision"], 1)]

    # Fresh root credentials; the old ones are nobody's.
    fresh = own.env()
    assert fresh["AWS_ACCESS_KEY_ID"] != old_root["AWS_ACCESS_KEY_ID"]
    stale = fresh | {name: old_root[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    with pytest.raises(ClientError) as refused:
        kms_client(stale).list_keys()
    assert refused.value.response["Error"]["Code"] == "UnrecognizedClientException"

    # Everybody else's access key goes on working, and every old ciphertext opens.
    kms, hers = kms_client(fresh), kms_client(own.env_for(alice))

    def decrypt(numbered):
        number, blob = numbered
        context = {"n": str(number)}
        client = hers if number % 2 else kms
        assert client.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"%d" % number

    in_parts(decrypt, enumerate(blobs))
    assert kms.describe_key(KeyId="alias/payroll")["KeyMetadata"]["Description"] == "payroll-of-the-company"
    # What was acknowledged before the backup began is there, and whatever else is there is whole.
    for made_under_load, blob in before_the_backup:
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == made_under_load.encode()
    there = [entry["KeyId"] for page in kms.get_paginator("list_keys").paginate() for entry in page["Keys"]]
    assert {made_under_load for made_under_load, _ in before_the_backup} | {key["KeyId"]} <= set(there)
    for each in there:
        assert kms.get_key_policy(KeyId=each, PolicyName="default")["Policy"]
        blob = kms.encrypt(KeyId=each, Plaintext=b"again")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"again"
    status = own.operator("vault", "status")
    assert len(status["roots"]) == 1 and status["recovery"]["set"] == made["set"]

    # And once more, from a backup of the restored service with the same shares, and with what is left of its audit log.
    again = tmp_path / "two.backup"
    backup(own, again)
    own.kill()
    shutil.copytree(own.data_dir / "audit", tmp_path / "audit")
    destroy(own)
    # The log of the service before has other lines of the same numbers; the folder above it has none.
    for folder, said in ((tmp_path / "audit-of-the-first", "it is the audit log"), (tmp_path, "holds no line")):
        done = restore(own, again, shares[:3], "--apply-deletions", folder)
        assert done.returncode != 0 and said in done.stderr and not own.data_dir.exists(), done.stderr
    done = restore(own, again, shares[:3], "--apply-deletions", tmp_path / "audit")
    assert done.returncode == 0 and "warning: the" not in done.stderr, done.stderr
    assert "--apply-deletions" not in done.stderr, done.stderr
    assert json.loads(done.stdout)["deleted_again"] == []
    own.start()
    assert kms_client(own.env()).decrypt(CiphertextBlob=blobs[0], EncryptionContext={"n": "0"})["Plaintext"] == b"0"


def test_restore_is_refused_with_too_few_shares_and_with_those_of_another_cluster(own, tmp_path):
    shares = create_set(own, tmp_path / "shares")
    file = tmp_path / "one.backup"
    backup(own, file)
    other = harness.Service(tmp_path / "other").start()
    try:
        others = create_set(other, tmp_path / "others")
    finally:
        other.kill()
    elsewhere = tmp_path / "elsewhere"
    for given, said in [(shares[:2], "2 of 3"), (others[:3], "is of recovery set"), ([shares[0], shares[0], shares[1]], "there already"),
                        (shares[:2] + others[:1], "is of recovery set")]:
        done = restore(own, file, given, data_dir=elsewhere)
        assert done.returncode != 0 and said in done.stderr, done.stderr
        assert not elsewhere.exists() and leftovers(tmp_path) == []
    # The control: three of the right ones do.
    assert restore(own, file, shares[2:], data_dir=elsewhere).returncode == 0


def test_restore_is_refused_with_one_altered_byte_wherever_it_is(own, tmp_path):
    shares = create_set(own, tmp_path / "shares")
    for _ in range(3):
        kms_client(own.env()).create_key()
    file = tmp_path / "one.backup"
    backup(own, file)
    whole = file.read_bytes()
    # Magic, cluster, backup id, revision, set, encapsulation, commitment, a chunk's length, its content, its tag.
    offsets = [0, 8, 24, 40, 56, 64, 96, 700, 1_216, 1_247, 1_248, 1_252, 1_300, len(whole) // 2, len(whole) - 1]
    altered = tmp_path / "altered.backup"
    for offset in offsets:
        content = bytearray(whole)
        content[offset] ^= 1
        altered.write_bytes(content)
        done = restore(own, altered, shares[:3], "--drill")
        assert done.returncode != 0 and done.stderr, f"byte {offset}"
    altered.write_bytes(whole[:-1])
    assert restore(own, altered, shares[:3], "--drill").returncode != 0
    altered.write_bytes(whole + b"\0")
    assert restore(own, altered, shares[:3], "--drill").returncode != 0
    altered.write_bytes(whole)
    assert restore(own, altered, shares[:3], "--drill").returncode == 0


def test_drill_decrypts_the_samples_and_leaves_nothing(own, tmp_path):
    shares = create_set(own, tmp_path / "shares", 3, 2)
    kms_client(own.env()).create_key()
    file = tmp_path / "one.backup"
    backup(own, file)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = sorted(path.name for path in tmp_path.iterdir())
    seen, ending = set(), threading.Event()

    def watch():
        while not ending.is_set():
            for _, folders, files in os.walk(temporary):
                seen.update([*folders, *files])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        done = restore(own, file, shares[:2], "--drill", env=harness.clean_environment() | {"TMPDIR": str(temporary)})
    finally:
        ending.set()
        watcher.join()
    assert done.returncode == 0, done.stderr
    assert "state.redb" in seen, "the control: it was watched"
    assert not {"root-key", "root-credentials.json"} & seen, "what opens the copy is never written"
    report = json.loads(done.stdout)
    assert report["drill"] is True and report["samples_decrypted"] == 1 and "data_dir" not in report
    assert list(temporary.iterdir()) == [] and sorted(path.name for path in tmp_path.iterdir()) == before
    assert own.healthy()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_restore_that_is_interrupted_leaves_nothing(own, tmp_path, number):
    create_set(own, tmp_path / "shares", 3, 2)
    file, temporary = tmp_path / "one.backup", tmp_path / "temporary"
    backup(own, file)
    temporary.mkdir()
    # It waits for a share that never comes. That the signal is ignored, as under nohup, would be inherited.
    process = subprocess.Popen([own.program, "restore", "--from", file, "--drill"], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=harness.clean_environment() | {"TMPDIR": str(temporary)},
                               preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    try:
        harness.eventually("its folder", lambda: list(temporary.iterdir()))
        process.send_signal(number)
        assert process.wait(30) == 128 + number, process.stderr.read()
        assert list(temporary.iterdir()) == []
    finally:
        process.kill()
        process.communicate()


def begun_backup(service, file, number=signal.SIGTERM):
    """The process of a backup whose file is there. The front has to be stopped, or it might be finished."""
    process = subprocess.Popen([service.program, "backup", "--out", file, "--data-dir", service.data_dir],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=harness.clean_environment(), preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    harness.eventually("its file", Path(f"{file}.new").exists)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_backup_that_is_interrupted_leaves_nothing(own, tmp_path, number):
    create_set(own, tmp_path / "shares", 3, 2)
    file, front = tmp_path / "one.backup", own.child("front-process")
    os.kill(front, signal.SIGSTOP)
    try:
        process = begun_backup(own, file, number)
        process.send_signal(number)
        _, complaint = process.communicate(timeout=30)
        assert process.returncode == 128 + number and "the unfinished backup is removed" in complaint, complaint
        assert leftovers(tmp_path) == [] and not file.exists()
    finally:
        os.kill(front, signal.SIGCONT)
    backup(own, file)  # the control
    assert file.exists() and leftovers(tmp_path) == []


def test_backup_that_was_killed_is_replaced_by_the_next_one(own, tmp_path):
    create_set(own, tmp_path / "shares", 3, 2)
    file, front = tmp_path / "one.backup", own.child("front-process")
    os.kill(front, signal.SIGSTOP)
    try:
        process = begun_backup(own, file)
        process.kill()
        process.communicate(timeout=30)
        assert leftovers(tmp_path) == ["one.backup.new"]
    finally:
        os.kill(front, signal.SIGCONT)
    # Refused as long as the front still writes that one.
    harness.eventually("the next one", lambda: own.cli("backup", "--out", file, "--data-dir", own.data_dir).returncode == 0)
    assert file.read_bytes().startswith(b"SRBK") and leftovers(tmp_path) == []


def test_restore_never_goes_over_what_is_there(own, tmp_path):
    shares = create_set(own, tmp_path / "shares", 3, 2)
    file = tmp_path / "one.backup"
    backup(own, file)
    done = restore(own, file, shares[:2])
    assert done.returncode != 0 and "is not empty" in done.stderr
    assert own.healthy()
    elsewhere = tmp_path / "elsewhere"
    Path(str(elsewhere) + ".secrets").mkdir()
    (Path(str(elsewhere) + ".secrets") / "root-key").write_text("somebody's")
    done = restore(own, file, shares[:2], data_dir=elsewhere)
    assert done.returncode != 0 and "is not empty" in done.stderr and not elsewhere.exists()
    done = own.cli("backup", "--out", file, "--data-dir", own.data_dir)
    assert done.returncode != 0 and "is there already" in done.stderr
    nested = tmp_path / "nested"
    done = restore(own, file, shares[:1], "--secrets-dir", nested / "secrets", data_dir=nested, stdin=subprocess.DEVNULL)
    assert done.returncode != 0 and "neither may lie in the other" in done.stderr, done.stderr
    assert not nested.exists() and leftovers(tmp_path) == []


def test_backup_without_a_recovery_set_is_refused_with_the_command_that_makes_one(own, tmp_path):
    file = tmp_path / "one.backup"
    done = own.cli("backup", "--out", file, "--data-dir", own.data_dir)
    assert done.returncode != 0 and "strongroom vault recovery create --shares" in done.stderr
    assert not file.exists() and leftovers(tmp_path) == []


def test_recovery_set_is_shown_removed_and_its_shares_are_nowhere(own, tmp_path):
    done = own.cli("vault", "recovery", "create", "--shares", "3", "--threshold", "2", "--data-dir", own.data_dir)
    assert done.returncode == 0, done.stderr
    texts = [line for line in done.stdout.split("\n") if line.startswith("srsha re1")]
    assert len(texts) == 3 and "it takes 2 of them" in done.stdout
    shown = own.operator("vault", "recovery", "status")
    assert (shown["shares"], shown["threshold"]) == (3, 2)
    second = own.cli("vault", "recovery", "create", "--shares", "3", "--threshold", "2", "--data-dir", own.data_dir)
    assert second.returncode != 0 and "already" in second.stderr
    before = own.operator("vault", "status")
    assert own.operator("vault", "recovery", "remove")["Dropped"] == []
    assert own.operator("vault", "recovery", "status") is None
    # Who held the shares may know the keyring key: there is another one, and the root opens it.
    after = own.operator("vault", "status")
    assert after["keyring"] == before["keyring"] + 1
    assert [root["id"] for root in after["roots"]] == [root["id"] for root in before["roots"]]
    record, log = json.dumps(own.audit()), "".join(own.log)
    assert "OperatorRemoveRecovery" in record and "srshare" not in record and "srsha" not in log
    state = b"".join(path.read_bytes() for path in (own.data_dir / "state").iterdir())
    for text in texts:
        for line in (text, text.replace(" ", "")):
            assert line.encode() not in state and line not in record + log
    refused = own.cli("vault", "recovery", "create", "--shares", "3", "--threshold", "1", "--data-dir", own.data_dir)
    assert refused.returncode != 0 and "at least 2" in refused.stderr
    own.kill()
    own.start()
    kms_client(own.env()).list_keys()


def test_share_files_are_the_owners_alone_and_are_never_overwritten(own, tmp_path):
    files = create_set(own, tmp_path / "shares", 3, 2)
    assert [path.name for path in files] == ["share-1.txt", "share-2.txt", "share-3.txt"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    own.operator("vault", "recovery", "remove")
    again = own.cli("vault", "recovery", "create", "--shares", "3", "--threshold", "2", "--out-dir", tmp_path / "shares",
                    "--data-dir", own.data_dir)
    assert again.returncode != 0 and own.operator("vault", "recovery", "status") is None


def test_shares_can_be_typed(own, tmp_path):
    shares = create_set(own, tmp_path / "shares", 3, 2)
    file = tmp_path / "one.backup"
    backup(own, file)
    sheet, lines = (path.read_text() for path in shares[:2])
    lines = [line for line in lines.split("\n") if line and not line.startswith("#")]
    typed = [sheet, " ".join(lines)]
    done = restore(own, file, [], "--drill", input="\n".join(typed) + "\n")
    assert done.returncode == 0, done.stderr
    assert "1 of 2 shares" in done.stderr and "2 of 2 shares" in done.stderr


def test_sheets_are_pasted_on_a_terminal_and_one_that_lacks_a_character_again(own, tmp_path):
    shares = create_set(own, tmp_path / "shares", 3, 2)
    file = tmp_path / "one.backup"
    backup(own, file)
    first, second = (path.read_text() for path in shares[:2])
    ours, theirs = pty.openpty()
    process = subprocess.Popen([own.program, "restore", "--from", file, "--drill"], bufsize=0, stdin=theirs,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=harness.clean_environment())
    os.close(theirs)
    try:
        said = b""
        while not said.endswith(b"Share: "):  # what is typed before is dropped
            said += process.stderr.read(1) or pytest.fail(f"it ended: {said}")
        os.write(ours, f"{first[:-2]}\n\n{first}{second}".encode())
        _, more = process.communicate(timeout=60)
        assert process.returncode == 0, more
        assert b"here are 82" in more and b"1 of 2 shares" in more and b"2 of 2 shares" in more
        assert echoed(ours) == b""
    finally:
        process.kill()
        process.communicate()
        os.close(ours)


def echoed(terminal):
    """What can be read at our end of a terminal, now."""
    os.set_blocking(terminal, False)
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_removed_root_leaves_the_shares_good_for_new_backups(own, tmp_path):
    shares = create_set(own, tmp_path / "shares", 3, 2)
    phrase = tmp_path / "phrase"
    phrase.write_text("correct horse battery staple\n")
    phrase.chmod(0o600)
    own.operator("vault", "enroll", "--kind", "passphrase", "--name", "operators", "--passphrase-file", str(phrase))
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    first = own.operator("vault", "status")["roots"][0]["name"]
    own.operator("vault", "remove", first, "--passphrase-file", str(phrase))  # a new keyring key
    file = tmp_path / "one.backup"
    backup(own, file)
    destroy(own)
    done = restore(own, file, shares[1:])
    assert done.returncode == 0, done.stderr
    own.start()
    assert kms_client(own.env()).decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
