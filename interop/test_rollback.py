"""Rollback protection: an older copy of the data directory that is put back is noticed (threat T-25)."""

import json
import shutil

import pytest

import harness
from conftest import kms_client

ANCHOR = "rollback-anchor"


@pytest.fixture
def own(tmp_path):
    """A service of this test's own."""
    running = harness.Service(tmp_path / "own").start()
    yield running
    running.kill()


@pytest.fixture
def put_back(own, tmp_path):
    """A stopped service whose data directory is an older copy, and a key that was disabled after the copy was made."""
    key = kms_client(own.env()).create_key()["KeyMetadata"]["KeyId"]
    assert own.stop() == 0
    shutil.copytree(own.data_dir, tmp_path / "old", ignore=shutil.ignore_patterns("*.sock"))
    own.start()
    kms_client(own.env()).disable_key(KeyId=key)
    assert own.stop() == 0
    shutil.rmtree(own.data_dir)
    shutil.copytree(tmp_path / "old", own.data_dir)
    return own, key


def anchored(service) -> int:
    """The revision in the anchor; 0 while there is none."""
    path = service.secrets_dir / ANCHOR
    return json.loads(path.read_text())["revision"] if path.exists() else 0


def revision(service) -> int:
    return service.operator("status")["revision"]


def accepted(service) -> list:
    return [record for record in service.audit_since(-1) if record["eventName"] == "OperatorAcceptRollback"]


def test_older_copy_is_refused_and_the_newest_is_not(put_back, tmp_path):
    own, _ = put_back
    done = own.cli(*own.command()[1:], timeout=60)
    assert done.returncode == 1 and "--accept-rollback" in done.stderr and "revision" in done.stderr, done.stderr
    # Without the anchor the audit log tells: its last checkpoint is kept outside too.
    (own.secrets_dir / ANCHOR).unlink()
    done = own.cli(*own.command()[1:], timeout=60)
    assert done.returncode == 1 and "records are missing" in done.stderr, done.stderr
    # Control: without either nobody could tell.
    (own.secrets_dir / "audit-checkpoint").unlink()
    assert own.start().healthy()


def test_older_copy_is_served_when_the_operator_says_so_and_it_is_on_the_record(put_back):
    own, key = put_back
    own.options.append("--accept-rollback")
    own.start()
    assert kms_client(own.env()).describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    parameters = accepted(own)[0]["requestParameters"]
    assert parameters["revision"] < parameters["anchoredRevision"]
    harness.eventually("a new anchor", lambda: anchored(own) == revision(own))
    assert own.stop() == 0
    own.options.clear()
    assert own.start().healthy() and len(accepted(own)) == 1


def test_copy_from_before_a_revocation_is_refused_though_everything_died_at_its_answer(own, tmp_path):
    key = kms_client(own.env()).create_key()["KeyMetadata"]["KeyId"]
    assert own.stop() == 0
    old, newest = tmp_path / "old", tmp_path / "newest"
    shutil.copytree(own.data_dir, old, ignore=shutil.ignore_patterns("*.sock"))
    kms = kms_client(own.start().env())
    # What is anchored at once, so that the next change would have to wait for its turn.
    kms.create_key()
    kms.disable_key(KeyId=key)
    own.kill()
    own.data_dir.rename(newest)
    shutil.copytree(old, own.data_dir)
    done = own.cli(*own.command()[1:], timeout=60)
    assert done.returncode == 1 and "--accept-rollback" in done.stderr, done.stderr
    # Control: the state that was answered from.
    shutil.rmtree(own.data_dir)
    newest.rename(own.data_dir)
    assert kms_client(own.start().env()).describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


def test_crash_between_change_and_anchor_is_no_rollback(own):
    kms = kms_client(own.env())
    kms.create_key()
    harness.eventually("the change is anchored", lambda: anchored(own) == revision(own))
    behind = (own.secrets_dir / ANCHOR).read_bytes()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    own.kill()
    (own.secrets_dir / ANCHOR).write_bytes(behind)
    assert kms_client(own.start().env()).describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
    assert accepted(own) == []


def test_anchor_that_this_vault_did_not_seal_is_told_and_made_anew(own):
    path, said = own.secrets_dir / ANCHOR, "was not sealed by this vault"
    harness.eventually("the first start is anchored", lambda: anchored(own) == revision(own))
    assert own.stop() == 0
    assert own.start().healthy() and own.stop() == 0
    assert said not in "".join(own.log), "control: its own one is no news"
    anchor = json.loads(path.read_text())
    middle = len(anchor["seal"]) // 2
    forged = anchor["seal"][:middle] + ("B" if anchor["seal"][middle] == "A" else "A") + anchor["seal"][middle + 1:]
    path.write_text(json.dumps(anchor | {"seal": forged}))
    assert own.start().healthy()
    harness.eventually("it is told", lambda: said in "".join(own.log))
    harness.eventually("a new anchor", lambda: json.loads(path.read_text())["seal"] != forged)


def test_missing_anchor_is_told_and_made_anew(own):
    harness.eventually("the first start is anchored", lambda: anchored(own) > 0)
    assert own.stop() == 0
    assert "no rollback anchor" not in "".join(own.log), "a first start has none to miss"
    (own.secrets_dir / ANCHOR).unlink()
    own.start()
    assert "no rollback anchor" in "".join(own.log)
    harness.eventually("a new anchor", lambda: anchored(own) == revision(own))
    assert (own.secrets_dir / ANCHOR).stat().st_mode & 0o777 == 0o600
