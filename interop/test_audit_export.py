"""`strongroom audit export`: CloudTrail's log files, and a program from a package registry that reads those."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest

import harness
from conftest import ACCOUNT, allow, policy
from principals import Account, may, trust

NAME = re.compile(r"(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{4})(\d\d)(\d\d)T\d{4}Z_[0-9]{16}\.json\.gz")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A service with a user, a session of a role and a denial, and the folder of its export."""
    own = harness.Service(tmp_path_factory.mktemp("export") / "own").start()
    root = Account(own)
    key = root.key()
    user = root.user(may("kms:Encrypt"))
    role = root.role(trust(root.arn), may("kms:Decrypt"))
    blob = user.kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"document": "7"})["CiphertextBlob"]
    root.user(may("sts:AssumeRole")).assume(role).kms.decrypt(CiphertextBlob=blob, EncryptionContext={"document": "7"})
    with pytest.raises(user.kms.exceptions.ClientError):
        user.kms.disable_key(KeyId=key)
    folder = own.data_dir.parent / "exported"
    own.summary = own.operator("audit", "export", "--out", str(folder))
    own.key, own.role = key, role["Arn"]
    yield own, folder
    own.kill()


def files(folder) -> list:
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


def records(folder) -> list:
    """All records of an export."""
    return [record for path in files(folder) for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]]


def by_id(found) -> dict:
    return {record["eventID"]: record for record in found}


def logged(service) -> list:
    """All records of the log."""
    kinds = ("event", "correction")
    return [line["record"] for line in service.audit() if line["kind"] in kinds]


def trailscraper(*arguments, stdin=None):
    """What trailscraper prints."""
    done = subprocess.run(["trailscraper", *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_folders_and_names_are_cloudtrails(exported):
    _, folder = exported
    assert files(folder)
    for path in files(folder):
        account, region, year, month, day = NAME.fullmatch(path.name).groups()
        assert path.parent == folder / "AWSLogs" / account / "CloudTrail" / region / year / month / day


def test_export_has_every_record_as_it_was_written(exported):
    own, folder = exported
    found = by_id(records(folder))
    end = max(record["eventTime"] for record in found.values())
    assert own.summary == {"Files": len(files(folder)), "Records": len(records(folder))}
    for record in logged(own):
        # What was written in the export's last second may have come after it.
        if record["eventTime"] < end:
            assert found[record["eventID"]] == record
    assert {"Encrypt", "Decrypt", "DisableKey", "AssumeRole", "CreateRole"} <= {r["eventName"] for r in found.values()}


def test_same_export_of_files_gives_the_same_bytes(exported, tmp_path):
    own, _ = exported
    until = logged(own)[-1]["eventTime"]
    for out in ("one", "two"):
        own.operator("audit", "export", "--files", "--until", until, "--out", tmp_path / out)
    contents = [{path.name: path.read_bytes() for path in files(tmp_path / out)} for out in ("one", "two")]
    assert contents[0] == contents[1]


def test_conditions_choose_what_is_exported(exported, tmp_path):
    own, _ = exported
    own.operator("audit", "export", "--key", own.key, "--operation", "Encrypt", "--out", tmp_path / "some")
    (record,) = records(tmp_path / "some")
    assert record["requestParameters"]["encryptionContext"] == {"document": "7"}


def test_trailscraper_reads_every_record(exported):
    _, folder = exported
    read = json.loads(trailscraper("select", "--log-dir", folder))["Records"]
    assert by_id(read) == by_id(records(folder)) and len(read) == len(records(folder))


def test_trailscraper_finds_what_a_role_did(exported):
    own, folder = exported
    read = json.loads(trailscraper("select", "--log-dir", folder, "--filter-assumed-role-arn", own.role))["Records"]
    assert [record["eventName"] for record in read] == ["Decrypt"]


def test_trailscraper_makes_a_policy_of_what_was_done(exported):
    own, folder = exported
    selected = trailscraper("select", "--log-dir", folder, "--filter-assumed-role-arn", own.role)
    (statement,) = json.loads(trailscraper("generate", stdin=selected))["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["kms:Decrypt"], [own.key])


def test_call_across_accounts_is_in_the_folders_of_both(exported, tmp_path):
    own, _ = exported
    other_account = "210987654321"
    own.operator("account", "create", "--id", other_account)
    root, other = Account(own), Account(own, other_account)
    key = root.key(Policy=policy(allow(f"arn:aws:iam::{other_account}:root", "kms:DescribeKey")))
    other.kms.describe_key(KeyId=key)
    own.operator("audit", "export", "--key", key, "--operation", "DescribeKey", "--out", tmp_path / "both")
    by_account = {path.relative_to(tmp_path / "both").parts[1]: path for path in files(tmp_path / "both")}
    assert set(by_account) == {ACCOUNT, other_account}
    (callers,), (owners,) = (json.loads(gzip.decompress(by_account[account].read_bytes()))["Records"]
                             for account in (other_account, ACCOUNT))
    assert callers["userIdentity"]["type"] == "Root" and owners["userIdentity"]["type"] == "AWSAccount"
    assert callers["sharedEventID"] == owners["sharedEventID"] and callers["eventID"] != owners["eventID"]
    assert (callers["recipientAccountId"], owners["recipientAccountId"]) == (other_account, ACCOUNT)
    assert callers["resources"] == owners["resources"] and callers["resources"][0]["accountId"] == ACCOUNT


def test_folder_that_cannot_be_written_is_named(exported, tmp_path):
    own, _ = exported
    (tmp_path / "file").write_text("")
    done = own.cli("audit", "export", "--out", tmp_path / "file", "--data-dir", own.data_dir)
    assert done.returncode != 0 and str(tmp_path / "file") in done.stderr
