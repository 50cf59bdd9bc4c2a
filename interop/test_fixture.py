"""The data directories that are checked in open for ever: one of each on-disk format, vectors/data-dir-v1 and those after it,
made by make_fixture.py."""

import base64
import json
import os
import shutil
import ssl
import stat
import time
from pathlib import Path

import pytest
from cryptography import x509

import harness
from authenticator import STEP, code_of
from conftest import kms_client
from expect import refused
from make_fixture import ROLE, added

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
EXPECTED = {path.parent.name: json.loads(path.read_text()) for path in sorted(VECTORS.glob("data-dir-v*/expected.json"))}
DISABLED = "of the disabled key"
CIPHERTEXTS = ("before rotation", "data key", "after rotation", DISABLED)

# What format 1.0 had of the records that came after it.
NOTHING_ADDED = {"grants": [], "groups": {}, "policies": [], "roles": {}, "providers": [], "mfa_devices": [], "account_aliases": [],
                 "key_stores": [], "roots": ["key-file"], "recovery": []}


def copied(name, to):
    """A copy of both folders of a fixture, with the modes that git does not keep."""
    for folder in ("data", "data.secrets"):
        shutil.copytree(VECTORS / name / folder, to / folder)
        for path in [to / folder, *(to / folder).rglob("*")]:
            path.chmod(0o700 if path.is_dir() else 0o600)
    return harness.Service(to / "data", root="key-file")


class Old:
    """A fixture, and the service on a copy of it."""

    def __init__(self, name, to):
        self.folder, self.expected = VECTORS / name, EXPECTED[name]
        self.service = copied(name, to).start()
        # The root principal's client: its access key lies in the fixture.
        self.kms = kms_client(self.service.env())

    def entry(self, name):
        (found,) = (entry for entry in self.expected["ciphertexts"] if entry["name"] == name)
        return found

    def alice(self, service="kms"):
        return kms_client(self.service.env_for(self.expected["user"]), service=service)


@pytest.fixture(scope="module", params=EXPECTED)
def old(request, tmp_path_factory):
    running = Old(request.param, tmp_path_factory.mktemp("fixture"))
    yield running
    running.service.kill()


def decrypt(kms, entry):
    return kms.decrypt(CiphertextBlob=base64.b64decode(entry["ciphertext"]), EncryptionContext=entry["context"])


def test_fixtures_are_there():
    assert "data-dir-v1" in EXPECTED
    for expected in EXPECTED.values():
        assert [entry["name"] for entry in expected["ciphertexts"]] == list(CIPHERTEXTS)


@pytest.mark.parametrize("name", CIPHERTEXTS, ids=lambda name: name.replace(" ", "-"))
def test_fixture_ciphertext_opens(old, name):
    entry = old.entry(name)
    if name == DISABLED:
        with refused("DisabledException"):
            decrypt(old.kms, entry)
        old.kms.enable_key(KeyId=entry["key"])
    answer = decrypt(old.kms, entry)
    assert (answer["KeyId"], answer["Plaintext"]) == (entry["key"], base64.b64decode(entry["plaintext"]))
    if name == DISABLED:
        old.kms.disable_key(KeyId=entry["key"])


@pytest.mark.parametrize("name", ("before.sealed", "after.sealed"))
def test_fixture_sealed_file_opens(old, name):
    assert name in old.expected["sealed"]
    done = old.service.cli("open", "--quiet", "--encryption-context", "document=42", "-o", "-", old.folder / name,
                           env=old.service.env(), text=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == base64.b64decode(old.expected["document"])


def test_fixture_keys_are_as_they_were(old):
    rotated, disabled = old.expected["rotated_key"], old.expected["disabled_key"]
    assert {key["KeyArn"] for key in old.kms.list_keys()["Keys"]} == {rotated, disabled}
    described = {arn: old.kms.describe_key(KeyId=arn)["KeyMetadata"] for arn in (rotated, disabled)}
    assert (described[rotated]["KeyState"], described[rotated]["Description"]) == ("Enabled", "rotated once")
    assert (described[disabled]["KeyState"], described[disabled]["Description"]) == ("Disabled", "disabled")
    tags = {tag["TagKey"]: tag["TagValue"] for tag in old.kms.list_resource_tags(KeyId=rotated)["Tags"]}
    assert tags == old.expected["tags"]
    assert json.loads(old.kms.get_key_policy(KeyId=rotated)["Policy"]) == old.expected["policy"]
    assert old.kms.describe_key(KeyId=old.expected["alias"])["KeyMetadata"]["Arn"] == rotated


def test_fixture_rotations_are_as_they_were(old):
    """The first one stands; the schedule adds to it when its time has come, every seven years."""
    rotations = old.kms.list_key_rotations(KeyId=old.expected["rotated_key"])["Rotations"]
    assert rotations[0]["RotationType"] == "ON_DEMAND"
    status = old.kms.get_key_rotation_status(KeyId=old.expected["rotated_key"])
    assert status["KeyRotationEnabled"] and status["RotationPeriodInDays"] == old.expected["rotation_period_days"]


def test_fixture_user_may_what_the_policy_says(old):
    alice, entry = old.alice(), old.entry("before rotation")
    assert decrypt(alice, entry)["Plaintext"] == base64.b64decode(entry["plaintext"])
    with refused("AccessDeniedException"):
        alice.encrypt(KeyId=entry["key"], Plaintext=b"x")


def test_fixture_has_what_its_format_added(old):
    assert added(old.service, old.expected["rotated_key"]) == old.expected.get("added", NOTHING_ADDED)


def test_fixture_principals_of_format_1_1_may_what_they_could(old):
    """Where the format has them: a group's policy lists keys, and the role that alice may assume lists aliases."""
    alice = old.alice()
    if "added" not in old.expected:
        with refused("AccessDeniedException"):
            alice.list_keys()
        with refused("AccessDenied", status=403):
            old.alice("sts").assume_role(RoleArn=ROLE, RoleSessionName="fixture")
        return
    assert len(alice.list_keys()["Keys"]) == 2
    made = old.alice("sts").assume_role(RoleArn=ROLE, RoleSessionName="fixture")["Credentials"]
    session = kms_client(old.service.env() | {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SESSION_TOKEN": made["SessionToken"],
                                              "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]})
    assert old.expected["alias"] in {alias["AliasName"] for alias in session.list_aliases()["Aliases"]}
    with refused("AccessDeniedException"):
        session.list_keys()


def test_fixture_mfa_device_is_a_second_factor(old):
    """Where the format has one: its code of now makes a session, once."""
    if "mfa" not in old.expected:
        with refused("AccessDenied", status=403):
            old.alice("sts").get_session_token(SerialNumber="arn:aws:iam::000000000000:mfa/fixture", TokenCode="000000")
        return
    code = code_of(old.expected["mfa"]["seed"], int(time.time()) // STEP)
    given = {"SerialNumber": old.expected["mfa"]["serial"], "TokenCode": code}
    assert old.alice("sts").get_session_token(**given)["Credentials"]["SessionToken"]
    with refused("AccessDenied", status=403):
        old.alice("sts").get_session_token(**given)


def test_fixture_expired_certificate_is_renewed(old):
    """The one that is checked in ended in 2020; every test here already speaks TLS with what took its place."""
    before = (old.folder / "data.secrets" / "server.pem").read_bytes()
    served = ssl.get_server_certificate(("127.0.0.1", old.service.port))
    assert served.split() != before.decode().split()
    ends = [x509.load_pem_x509_certificate(pem).not_valid_after_utc for pem in (before, served.encode())]
    assert ends[0].year == 2020 and ends[1] > ends[0]
    assert old.service.healthy()


def test_fixture_audit_log_goes_on_where_it_ended(old):
    name = sorted((old.folder / "data" / "audit").glob("*.jsonl"))[-1].stem
    # Its first record is older than a day: the segment ends, and is compressed sooner or later.
    before, now = (harness.segment_text(folder / "audit" / name) for folder in (old.folder / "data", old.service.data_dir))
    assert before and now.startswith(before), "a line that was written has changed"
    old.kms.list_keys()
    sequences = [line["sequence"] for line in old.service.audit() if line["kind"] != "torn"]
    assert sequences == list(range(1, len(sequences) + 1)) and len(sequences) > before.count("\n")


def test_fixture_gets_its_reserve_of_disk_space_again(old):
    ballast = old.service.data_dir / "state" / "ballast"
    assert ballast.stat().st_size == 16 << 20 and stat.S_IMODE(ballast.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", EXPECTED)
def test_fixture_stops_and_starts_again_and_its_roots_open_it(name, tmp_path):
    service, entry = copied(name, tmp_path), EXPECTED[name]["ciphertexts"][0]
    for _ in range(2):
        service.start()
        assert decrypt(kms_client(service.env()), entry)["Plaintext"] == b"before"
        assert service.stop() == 0
    if "operators" in EXPECTED[name].get("added", NOTHING_ADDED)["roots"]:
        phrase = tmp_path / "phrase"
        shutil.copy(VECTORS / name / "phrase", phrase)
        phrase.chmod(0o600)
        with_it = ("--passphrase-file", str(phrase))
    else:
        with_it = ("--configured-root",)
    try:
        service.start().operator("vault", "seal")
        service.operator("vault", "unseal", *with_it)
        assert decrypt(kms_client(service.env()), entry)["Plaintext"] == b"before"
    finally:
        service.kill()


@pytest.mark.parametrize("name", EXPECTED)
def test_fixture_without_its_secrets_is_refused_and_not_touched(name, tmp_path):
    service = copied(name, tmp_path)
    shutil.rmtree(service.secrets_dir)
    content = lambda: {p.name: p.read_bytes() for p in (service.data_dir / "state").iterdir()}  # noqa: E731
    before = content()
    done = service.cli("serve", "--data-dir", service.data_dir, "--listen", "127.0.0.1:0", timeout=30)
    assert done.returncode != 0 and "root key" in done.stderr and os.listdir(service.data_dir)
    assert content() == before and not (service.secrets_dir / "root-key").exists()
