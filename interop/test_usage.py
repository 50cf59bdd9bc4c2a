"""`strongroom usage` and GetKeyLastUsage: who used a key for what, and whether it may go."""

from datetime import timezone

import pytest

import harness
from conftest import allow, kms_client, policy
from principals import Account, may, trust


@pytest.fixture(scope="module")
def root(service):
    return Account(service)


@pytest.fixture
def own(tmp_path):
    """A service of this test's own."""
    running = harness.Service(tmp_path / "own").start()
    yield running
    running.kill()


def usage(service, key, *options) -> dict:
    return service.operator("usage", key, "--json", *options)


def last_usage(kms, key) -> dict:
    return kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]


def test_usage_counts_by_principal_and_operation(service, root, key):
    arn = key["Arn"]
    user = root.user(may("kms:Encrypt"))
    role = root.role(trust(root.arn), may("kms:Encrypt"))
    blobs = [user.kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"] for _ in range(3)]
    for session in ("one", "other"):
        root.user(may("sts:AssumeRole")).assume(role, session).kms.encrypt(KeyId=arn, Plaintext=b"x")
    root.kms.decrypt(CiphertextBlob=blobs[0])
    root.kms.describe_key(KeyId=arn)
    with pytest.raises(user.kms.exceptions.ClientError):
        user.kms.decrypt(CiphertextBlob=blobs[0])
    found = usage(service, arn)["usage"]
    counts = {who: {name: count["count"] for name, count in by.items()} for who, by in found["by"].items()}
    assert counts == {user.arn: {"Encrypt": 3}, role["Arn"]: {"Encrypt": 2}, root.arn: {"Decrypt": 1}}
    assert (found["count"], found["first"]["principal"], found["last"]["principal"]) == (6, user.arn, root.arn)


def test_last_usage_is_the_records(service, root, key):
    answer = root.kms.get_key_last_usage(KeyId=key["KeyId"])
    assert answer["KeyLastUsage"] == {} and answer["KeyId"] == key["Arn"]
    assert answer["TrackingStartDate"] == answer["KeyCreationDate"] == key["CreationDate"]
    root.kms.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256")
    last, told = last_usage(root.kms, key["KeyId"]), usage(service, key["Arn"])
    assert last["Operation"] == "GenerateDataKey"
    for found in (told["usage"]["last"], told["key"]["last_use"]):
        assert (found["request_id"], found["event_id"]) == (last["KmsRequestId"], last["CloudTrailEventId"])
        assert found["at"] == last["Timestamp"].astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_verdict_names_everything_that_would_break(service, root, alice, key, alias):
    root.kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(allow(alice["Arn"], "kms:Decrypt")))
    root.kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    grant = root.kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=alice["Arn"], Operations=["Encrypt"])["GrantId"]
    before = usage(service, alias)["deletion"]
    assert before["verdict"] == "look_first"
    assert before["breaks"] == [f"{alias} leads to it", f"grant {grant} lets {alice['Arn']} use it for Encrypt",
                                f"its key policy names {alice['Arn']}"]
    root.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    after = usage(service, alias)["deletion"]
    assert after["verdict"] == "in_use"
    assert after["breaks"][0] == f"{root.arn} used it for Encrypt in the last 90 days"
    assert "encrypted in 1 calls" in after["breaks"][1]


def test_key_on_which_nothing_hangs(service, root, key):
    assert usage(service, key["Arn"])["deletion"] == {"verdict": "nothing_known", "breaks": []}


def test_text_for_a_human(service, root, key):
    root.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    done = service.cli("usage", key["KeyId"], "--data-dir", service.data_dir)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Key       {key['Arn']}\nState     Enabled\n")
    assert "Safe to delete?  No: the key is in use\n" in done.stdout


@pytest.mark.parametrize("arguments, text", [
    (["00000000-1111-2222-3333-444444444444"], "there is no key"), ([], "required"), (["no-such-key"], "alias/NAME"),
    (["alias/k", "--unused-days", "3"], "cannot be used with"), (["--unused-days", "-3"], "-3"),
])
def test_question_that_cannot_be_answered(service, arguments, text):
    done = service.cli("usage", *arguments, "--data-dir", service.data_dir)
    assert done.returncode != 0 and text in done.stderr, done.stderr


def test_unused_keys(service, root, key):
    root.kms.encrypt(KeyId=root.key(), Plaintext=b"x")
    answer = service.operator("usage", "--unused-days", "0", "--json")
    listed = {row["key"]: row for row in answer["keys"]}
    assert listed[key["Arn"]].get("last_use") is None
    old = service.operator("usage", "--unused-days", "30", "--json")
    assert key["Arn"] not in {row["key"] for row in old["keys"]}, "it was made just now"


def test_usage_without_a_service_is_counted_and_the_verdict_is_open(own):
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    live = usage(own, key)
    assert own.stop() == 0
    stopped = usage(own, key)
    assert stopped["usage"] == live["usage"] and stopped["key"] is None
    assert stopped["deletion"]["verdict"] == "in_use"
    assert usage(own, "00000000-1111-2222-3333-444444444444")["deletion"]["verdict"] == "unknown"


def test_last_usage_survives_a_graceful_end(own):
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    before = last_usage(kms, key)
    assert own.stop() == 0
    own.start()
    assert last_usage(kms_client(own.env()), key) == before


def test_last_usage_survives_kill_9_because_it_is_on_the_record(own):
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    before = last_usage(kms, key)
    own.kill()
    own.start()
    again = kms_client(own.env())
    harness.eventually("the last use to be caught up", lambda: last_usage(again, key))
    assert last_usage(again, key) == before
