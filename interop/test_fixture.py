"""The data directory of format 1 that is checked in opens for ever: vectors/data-dir-v1, made by make_fixture.py."""

import base64
import json
import os
import shutil
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

import harness
from conftest import kms_client
from expect import refused

FIXTURE = Path(__file__).resolve().parent.parent / "vectors" / "data-dir-v1"
EXPECTED = json.loads((FIXTURE / "expected.json").read_text())
DISABLED = "of the disabled key"


def copied(to):
    """A copy of both folders with the modes that git does not keep."""
    for name in ("data", "data.secrets"):
        shutil.copytree(FIXTURE / name, to / name)
        for path in [to / name, *(to / name).rglob("*")]:
            path.chmod(0o700 if path.is_dir() else 0o600)
    return harness.Service(to / "data", root="key-file")


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """The service on a copy of the fixture."""
    running = copied(tmp_path_factory.mktemp("fixture")).start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def old_kms(old):
    """The root principal's client: its access key lies in the fixture."""
    return kms_client(old.env())


def decrypt(kms, entry):
    return kms.decrypt(CiphertextBlob=base64.b64decode(entry["ciphertext"]), EncryptionContext=entry["context"])


@pytest.mark.parametrize("entry", EXPECTED["ciphertexts"], ids=lambda entry: entry["name"].replace(" ", "-"))
def test_fixture_ciphertext_opens(old_kms, entry):
    if entry["name"] == DISABLED:
        with refused("DisabledException"):
            decrypt(old_kms, entry)
        old_kms.enable_key(KeyId=entry["key"])
    answer = decrypt(old_kms, entry)
    assert (answer["KeyId"], answer["Plaintext"]) == (entry["key"], base64.b64decode(entry["plaintext"]))
    if entry["name"] == DISABLED:
        old_kms.disable_key(KeyId=entry["key"])


@pytest.mark.parametrize("name", EXPECTED["sealed"])
def test_fixture_sealed_file_opens(old, name):
    done = old.cli("open", "--quiet", "--encryption-context", "document=42", "-o", "-", FIXTURE / name, env=old.env(),
                   text=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == base64.b64decode(EXPECTED["document"])


def test_fixture_keys_are_as_they_were(old_kms):
    rotated, disabled = EXPECTED["rotated_key"], EXPECTED["disabled_key"]
    assert {key["KeyArn"] for key in old_kms.list_keys()["Keys"]} == {rotated, disabled}
    described = {arn: old_kms.describe_key(KeyId=arn)["KeyMetadata"] for arn in (rotated, disabled)}
    assert (described[rotated]["KeyState"], described[rotated]["Description"]) == ("Enabled", "rotated once")
    assert (described[disabled]["KeyState"], described[disabled]["Description"]) == ("Disabled", "disabled")
    tags = {tag["TagKey"]: tag["TagValue"] for tag in old_kms.list_resource_tags(KeyId=rotated)["Tags"]}
    assert tags == EXPECTED["tags"]
    assert json.loads(old_kms.get_key_policy(KeyId=rotated)["Policy"]) == EXPECTED["policy"]
    assert old_kms.describe_key(KeyId=EXPECTED["alias"])["KeyMetadata"]["Arn"] == rotated


def test_fixture_rotations_are_as_they_were(old_kms):
    """The first one stands; the schedule adds to it when its time has come, every seven years."""
    rotations = old_kms.list_key_rotations(KeyId=EXPECTED["rotated_key"])["Rotations"]
    assert rotations[0]["RotationType"] == "ON_DEMAND"
    status = old_kms.get_key_rotation_status(KeyId=EXPECTED["rotated_key"])
    assert status["KeyRotationEnabled"] and status["RotationPeriodInDays"] == EXPECTED["rotation_period_days"]


def test_fixture_user_may_what_the_policy_says(old):
    alice = kms_client(old.env_for(EXPECTED["user"]))
    entry = EXPECTED["ciphertexts"][0]
    assert decrypt(alice, entry)["Plaintext"] == base64.b64decode(entry["plaintext"])
    with refused("AccessDeniedException"):
        alice.encrypt(KeyId=entry["key"], Plaintext=b"x")


def test_fixture_expired_certificate_is_renewed(old):
    """The one that is checked in ended in 2020; every test here already speaks TLS with what took its place."""
    before = (FIXTURE / "data.secrets" / "server.pem").read_bytes()
    served = ssl.get_server_certificate(("127.0.0.1", old.port))
    assert served.split() != before.decode().split()
    ends = [x509.load_pem_x509_certificate(pem).not_valid_after_utc for pem in (before, served.encode())]
    assert ends[0].year == 2020 and ends[1] > ends[0]
    assert old.healthy()


def test_fixture_audit_log_goes_on_where_it_ended(old, old_kms):
    name = sorted((FIXTURE / "data" / "audit").glob("*.jsonl"))[-1].name
    before, now = (FIXTURE / "data" / "audit" / name).read_bytes(), (old.data_dir / "audit" / name).read_bytes()
    assert before and now.startswith(before), "a line that was written has changed"
    old_kms.list_keys()
    sequences = [line["sequence"] for line in old.audit() if line["kind"] != "torn"]
    assert sequences == list(range(1, len(sequences) + 1)) and len(sequences) > before.count(b"\n")


def test_fixture_gets_its_reserve_of_disk_space_again(old):
    ballast = old.data_dir / "state" / "ballast"
    assert ballast.stat().st_size == 16 << 20 and stat.S_IMODE(ballast.stat().st_mode) == 0o600


def test_fixture_stops_and_starts_again(tmp_path):
    service = copied(tmp_path)
    for _ in range(2):
        service.start()
        assert decrypt(kms_client(service.env()), EXPECTED["ciphertexts"][0])["Plaintext"] == b"before"
        assert service.stop() == 0


def test_fixture_without_its_secrets_is_refused_and_not_touched(tmp_path):
    service = copied(tmp_path)
    shutil.rmtree(service.secrets_dir)
    content = lambda: {p.name: p.read_bytes() for p in (service.data_dir / "state").iterdir()}  # noqa: E731
    before = content()
    done = service.cli("serve", "--data-dir", service.data_dir, "--listen", "127.0.0.1:0", timeout=30)
    assert done.returncode != 0 and "root key" in done.stderr and os.listdir(service.data_dir)
    assert content() == before and not (service.secrets_dir / "root-key").exists()
