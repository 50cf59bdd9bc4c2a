"""The audit log as something that can be proved (threat T-26): verify, prove, check, consistency, and what a start refuses."""

import json
import os
import re
import shutil
import signal
import time

import pytest

import harness
from conftest import kms_client


@pytest.fixture
def own(tmp_path):
    """A service of this test's own that has used a key a few times."""
    running = harness.Service(tmp_path / "own").start()
    kms = kms_client(running.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    running.request_ids = []
    for _ in range(20):
        answer = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
        running.request_ids.append(answer["ResponseMetadata"]["RequestId"])
        kms.decrypt(CiphertextBlob=answer["CiphertextBlob"])
    yield running
    running.kill()


def audit(service, *arguments):
    """`strongroom audit ...` on this data directory; the finished process."""
    return service.cli("audit", *arguments, "--data-dir", service.data_dir)


def verified(service) -> str:
    """What `audit verify` says; it has to succeed."""
    done = audit(service, "verify")
    assert done.returncode == 0, done.stderr
    return done.stdout


def proof_of(service, record):
    """The proof of a record, once a checkpoint covers it."""
    def proved():
        done = audit(service, "prove", record)
        return done.stdout if done.returncode == 0 else None
    return harness.eventually(f"a proof of {record}", proved)


def last_segment(service):
    """The file of the newest segment."""
    return sorted((service.data_dir / "audit").glob("*.jsonl"))[-1]


def test_log_verifies_while_the_service_runs_and_when_it_has_ended(own):
    proof_of(own, own.request_ids[-1])
    assert "no vault has counted more" in verified(own)
    assert own.stop() == 0
    said = verified(own)
    assert "came after the newest checkpoint" not in said, "the last checkpoint covers everything"
    assert "40 uses of keys are on the record" in said
    assert "gap at record" not in said


@pytest.fixture
def rooted(tmp_path):
    """A service with a key file as its root."""
    running = harness.Service(tmp_path / "rooted", root="key-file").start()
    yield running
    running.kill()


def test_log_verifies_after_a_root_was_removed_and_lists_its_older_keys(rooted, tmp_path):
    kept = rooted.secrets_dir / "audit-public-keys"

    def public_keys():
        return kept.read_text().splitlines() if kept.exists() else []

    before = harness.eventually("the keys are kept", public_keys)
    phrase = tmp_path / "phrase"
    phrase.write_text("correct horse battery staple\n")
    phrase.chmod(0o600)
    phrase_file = ("--passphrase-file", str(phrase))
    rooted.operator("vault", "enroll", "--kind", "passphrase", "--name", "operators", *phrase_file)
    rooted.operator("vault", "remove", "key-file", *phrase_file)
    kms_client(rooted.env()).create_key()
    harness.eventually("the new keys are kept", lambda: len(public_keys()) == 2 * len(before))
    assert rooted.stop() == 0
    assert set(before) < set(public_keys())
    told = [record["requestParameters"]["before"] for record in rooted.audit_since(0, "ChangeAuditKeys")]
    assert told == [before]
    assert "no vault has counted more" in verified(rooted)
    older = tmp_path / "older-keys"
    older.write_text("\n".join(before) + "\n")
    done = audit(rooted, "verify", "--public-key", older)
    assert done.returncode != 0 and "did not sign" in done.stderr


def test_record_is_proved_to_whoever_has_the_public_key(own, tmp_path):
    proof = proof_of(own, own.request_ids[3])
    file, keys = tmp_path / "record.tlog-proof", tmp_path / "keys"
    file.write_text(proof)
    keys.write_text(audit(own, "public-key").stdout)
    assert keys.read_text() == (own.secrets_dir / "audit-public-keys").read_text()
    done = own.cli("audit", "check", file, "--public-key", keys)
    assert done.returncode == 0, done.stderr
    assert own.request_ids[3] in done.stdout
    file.write_text(proof.replace("index ", "index 1", 1))
    assert own.cli("audit", "check", file, "--public-key", keys).returncode != 0, "the control"
    keys.write_text(keys.read_text().splitlines()[1] + "\n")
    file.write_text(proof)
    assert own.cli("audit", "check", file, "--public-key", keys).returncode != 0, "no Ed25519 key"


def test_altered_dropped_and_swapped_records_are_named(own):
    assert own.stop() == 0
    segment = last_segment(own)
    whole = segment.read_text().splitlines(keepends=True)

    def named(lines):
        segment.write_text("".join(lines))
        done = audit(own, "verify")
        segment.write_text("".join(whole))
        assert done.returncode != 0
        return done.stderr

    at = len(whole) // 2
    number = f"record {at + 1}"
    altered = whole[at].replace("GenerateDataKey", "ListKeys").replace('"Decrypt"', '"ListKeys"')
    assert altered != whole[at]
    assert number in named(whole[:at] + [altered] + whole[at + 1:])
    assert number in named(whole[:at] + whole[at + 1:])
    assert number in named(whole[:at] + [whole[at + 1], whole[at]] + whole[at + 2:])
    # The first of two equal lines is the one that was signed.
    assert f"record {at + 2}" in named(whole[:at] + [whole[at]] + whole[at:])
    assert f"record {len(whole)}" in named(whole[:-1])
    verified(own)


# A checkpoint's text: size, milliseconds, and whether it is the last one.
CHECKPOINT = re.compile(r"(?m)^strongroom\.local/\S+\n(\d+)\n\S+\nvault \w+\nuses \d+\nbase \d+\ntime (\d+)\n(?:after \w+\n)?(?:opened\n)?(closed\n)?\n")

# "At least every second", with room for a machine that does other things too.
CHECKPOINT_MS, LOADED_SECONDS = 2_000, 4


def checkpoints(service):
    """(size, milliseconds since 1970, closed) of each checkpoint in the history."""
    text = (service.data_dir / "audit" / "checkpoints").read_text()
    return [(int(size), int(at), bool(closed)) for size, at, closed in CHECKPOINT.findall(text)]


def test_checkpoints_come_every_second_under_load_and_the_last_one_covers_everything(own):
    kms = kms_client(own.env())
    began = time.time()
    while time.time() < began + LOADED_SECONDS:
        kms.list_keys()
        time.sleep(0.1)
    ended = time.time()
    within = [at for _, at, _ in checkpoints(own) if began * 1_000 <= at <= ended * 1_000]
    edges = [began * 1_000, *within, ended * 1_000]
    assert max(after - before for before, after in zip(edges, edges[1:])) < CHECKPOINT_MS, edges
    kms.list_keys()
    assert own.stop() == 0
    made = checkpoints(own)
    size, at, closed = made[-1]
    assert closed and not any(closed for _, _, closed in made[:-1]), "the clean end has one of its own, and nothing else"
    assert at >= int(ended * 1_000) and size == len(list(own.audit_lines()))
    verified(own)


def test_start_refuses_a_log_that_is_shorter_than_what_was_signed(own):
    assert own.stop() == 0
    segment = last_segment(own)
    whole = segment.read_text()
    segment.write_text("".join(whole.splitlines(keepends=True)[:-2]))
    with pytest.raises(AssertionError, match="records are missing"):
        own.start()
    segment.write_text(whole)
    own.start()


def test_record_that_is_added_to_a_closed_log_is_named_and_signed_by_no_start(own):
    assert own.stop() == 0
    segment = last_segment(own)
    whole = segment.read_text()
    verified(own)
    last = json.loads(whole.splitlines()[-1])["sequence"]
    forged = whole.splitlines()[-1].replace(f'"sequence":{last},', f'"sequence":{last + 1},')
    segment.write_text(f"{whole}{forged}\n")
    # A start that was refused has forgotten nothing.
    for _ in range(2):
        with pytest.raises(AssertionError, match=f"record {last + 1} on"):
            own.start()
    done = audit(own, "verify")
    assert done.returncode != 0 and f"record {last + 1}" in done.stderr, done.stderr
    segment.write_text(whole)
    own.start()
    # The control: while a service may have run nobody can tell.
    own.kill()
    own.start()
    assert own.stop() == 0
    verified(own)


def test_secrets_folder_that_is_older_than_the_log_is_told_from_an_addition(own, tmp_path):
    proof_of(own, own.request_ids[-1])
    assert own.stop() == 0
    older = tmp_path / "older.secrets"
    shutil.copytree(own.secrets_dir, older)
    own.start()
    kms_client(own.env()).list_keys()
    assert own.stop() == 0
    verified(own)
    shutil.rmtree(own.secrets_dir)
    shutil.copytree(older, own.secrets_dir)
    done = audit(own, "verify")
    assert done.returncode != 0 and "is older than the log" in done.stderr, done.stderr
    with pytest.raises(AssertionError, match="the secrets folder is older"):
        own.start()
    own.options.append("--accept-rollback")
    own.start()
    assert own.stop() == 0
    verified(own)


def test_log_that_was_cut_together_with_its_checkpoints_is_named(own, tmp_path):
    proof_of(own, own.request_ids[-1])
    assert own.stop() == 0
    log, older, whole = own.data_dir / "audit", tmp_path / "older", tmp_path / "whole"
    shutil.copytree(log, older)
    own.start()
    kms_client(own.env()).list_keys()
    assert own.stop() == 0
    verified(own)
    log.rename(whole)
    shutil.copytree(older, log)
    done = audit(own, "verify")
    assert done.returncode != 0
    assert "is missing" in done.stderr and "audit-checkpoint in the secrets folder" in done.stderr
    assert audit(own, "verify", "--export", older).returncode == 0, "the control: whole as far as its own checkpoints go"
    shutil.rmtree(log)
    whole.rename(log)
    verified(own)


@pytest.fixture
def segmented(tmp_path):
    """A service that has ended, with at least three sealed segments."""
    running = harness.Service(tmp_path / "segmented")
    running.options = ["--audit-budget-mib", "16"]  # segments of 2 MiB
    running.start()
    kms = kms_client(running.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(3_000):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"long": "x" * 7_500})
        if len({path.name.split(".")[0] for path in (running.data_dir / "audit").glob("0*.jsonl*")}) > 3:
            break
    assert running.stop() == 0
    yield running
    running.kill()


def test_missing_segments_are_named_unless_the_record_says_that_retention_removed_them(segmented):
    log = segmented.data_dir / "audit"
    sealed = sorted(log.glob("0*.jsonl.zst"))
    assert len(sealed) >= 3
    assert "by retention" not in verified(segmented)

    def named():
        done = audit(segmented, "verify")
        assert done.returncode != 0
        return done.stderr

    whole = sealed[0].read_bytes()
    sealed[0].unlink()
    assert "records 1 to " in (said := named()) and "no signed record says that retention removed them" in said
    sealed[0].write_bytes(bytes(len(whole)))
    assert f"segment {1:020}, record 1: the file cannot be read" in named()
    # Nothing was removed yet, and the secrets folder knows that from the first start on.
    sealed[0].unlink()
    with pytest.raises(AssertionError, match="are missing, and the service did not remove them"):
        segmented.start()
    sealed[0].write_bytes(whole)
    verified(segmented)
    # As if all but the newest had been sealed long ago.
    seals = log / "seals"
    *older, newest = seals.read_text().splitlines(keepends=True)
    seals.write_text(re.sub(r'"sealedAt":[0-9]+', '"sealedAt":0', "".join(older)) + newest)
    segmented.options += ["--audit-retention-days", "1"]
    segmented.start()
    left = [False] * (len(sealed) - 1) + [True]
    harness.eventually("all but the newest to be gone", lambda: [path.exists() for path in sealed] == left)
    harness.eventually("retention says what it has done", lambda: segmented.audit_since(0, "RemoveAuditSegments"))
    assert segmented.stop() == 0
    assert "older records are gone by retention, as the record says" in verified(segmented)
    told = [line["kind"] for line in segmented.audit() if "RemoveAuditSegments" in str(line["record"])]
    assert told == ["intent", "event"]
    sealed[-1].unlink()
    assert "no signed record says that retention removed them" in named(), "more is missing than it removed"


def test_two_checkpoints_are_of_one_history(own, tmp_path):
    proof_of(own, own.request_ids[-1])
    old, new = tmp_path / "old", tmp_path / "new"
    shutil.copy(own.data_dir / "audit" / "checkpoint", old)
    assert own.stop() == 0
    shutil.copy(own.data_dir / "audit" / "checkpoint", new)
    done = audit(own, "consistency", old, new)
    assert done.returncode == 0, done.stderr
    new.write_text(new.read_text().replace("\nuses ", "\nuses 1", 1))
    assert audit(own, "consistency", old, new).returncode != 0, "the control: not signed"


def test_killed_service_tells_a_gap_and_its_log_verifies(own):
    proof_of(own, own.request_ids[0])
    own.kill()
    own.start()
    assert own.stop() == 0
    said = verified(own)
    assert "a vault ended and the log was not closed" in said
    assert "ended without closing the log" in said
    lines = [json.loads(line) for line in last_segment(own).read_text().splitlines()]
    (told,) = [line for line in lines if line["kind"] == "gap" and "a vault ended" in line["record"]["reason"]]
    gap = told["record"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", gap["since"])
    assert gap["after"] in {line["sequence"] for line in lines} and gap["after"] < told["sequence"]
    assert "usesAtLeast" not in gap, "what the last checkpoint counts is on the record"
    assert f"last checkpoint {gap['since']}, after record {gap['after']}" in said


def test_killed_front_leaves_no_use_unaccounted(own):
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(3):
        front = own.child("front-process")
        os.kill(front, signal.SIGKILL)
        harness.eventually("another front", lambda: own.child("front-process") not in (None, front))
        harness.eventually("the service is healthy", own.healthy)
        kms_client(own.env()).generate_data_key(KeyId=key, KeySpec="AES_256")
    assert own.stop() == 0
    assert "43 uses of keys are on the record" in verified(own)


def test_hold_and_witness_files(own):
    assert audit(own, "hold", "add", "case 7", "--reason", "the court asks").returncode == 0
    assert "the court asks" in audit(own, "hold", "list").stdout
    assert audit(own, "hold", "add", "case 7").returncode != 0
    assert audit(own, "hold", "remove", "case 7").returncode == 0
    assert audit(own, "hold", "list").stdout == ""
    assert audit(own, "witness", "add", "nobody+00000000+AAAA").returncode != 0
    done = audit(own, "witness", "list")
    assert done.returncode == 0 and done.stdout == ""
