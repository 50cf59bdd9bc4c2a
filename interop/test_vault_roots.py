"""The life of a vault by the command line: roots, sealing, domain keys under load, and deletion that erases."""

import os
import re
import signal
import ssl
import stat
import threading
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

import harness
from conftest import kms_client

PHRASE = "correct horse battery staple"
# What is said while the root that the service was started with opens nothing any more.
NOT_ENROLLED = "the root that it was started with is not enrolled"


@pytest.fixture
def own(tmp_path):
    """A service of this test's own, and a file with the passphrase."""
    running = harness.Service(tmp_path / "own", root="key-file").start()
    yield running
    running.kill()


@pytest.fixture
def phrase(tmp_path):
    path = tmp_path / "phrase"
    path.write_text(PHRASE + "\n")
    path.chmod(0o600)
    return path


def vault(service, *arguments, **options):
    """`strongroom vault ...`, the finished process."""
    return service.cli("vault", *arguments, "--data-dir", service.data_dir, **options)


def status(service):
    return service.operator("vault", "status")


def health(service):
    """Status and text of GET /health."""
    context = ssl.create_default_context(cafile=str(service.data_dir / "ca.pem"))
    try:
        with urllib.request.urlopen(f"https://127.0.0.1:{service.port}/health", context=context, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode()


def enroll(service, phrase):
    service.operator("vault", "enroll", "--kind", "passphrase", "--name", "operators", "--passphrase-file", str(phrase))


def test_passphrase_opens_a_service_that_was_started_sealed(own, phrase, tmp_path):
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    enroll(own, phrase)
    assert [root["kind"] for root in status(own)["roots"]] == ["key-file", "passphrase"]
    assert own.stop() == 0
    own.options += ["--root", "passphrase"]
    own.start()
    code, text = health(own)
    assert code == 503 and "sealed" in text
    with pytest.raises(ClientError) as refused:
        kms.decrypt(CiphertextBlob=blob)
    assert refused.value.response["Error"]["Code"] in ("KeyUnavailableException", "DependencyTimeoutException")
    assert "sealed" in refused.value.response["Error"]["Message"]
    assert status(own)["state"] == "sealed"

    wrong = vault(own, "unseal", input="wrong horse battery staple\n")
    assert wrong.returncode != 0 and "none of the enrolled roots" in wrong.stderr
    assert health(own)[0] == 503
    right = vault(own, "unseal", input=PHRASE + "\n")
    assert right.returncode == 0, right.stderr
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text" and health(own)[0] == 200

    # Unattended: the same from a file.
    assert own.stop() == 0
    own.options += ["--passphrase-file", str(phrase)]
    own.start()
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    records = [line["record"] for line in own.audit() if line["kind"] == "event"]
    unseals = [r for r in records if r["eventName"] == "OperatorUnsealVault"]
    assert len(unseals) == 2 and "refused" in str(unseals[0]) and "refused" not in str(unseals[1])
    assert PHRASE not in "".join(own.log) and PHRASE not in str(records)


def test_sealed_service_drops_what_it_knew_and_is_opened_again(own, phrase):
    kms = kms_client(own.env())
    kms.list_keys()
    own.operator("vault", "seal")
    with pytest.raises(ClientError) as refused:
        kms.list_keys()  # its signing key was kept
    assert "sealed" in refused.value.response["Error"]["Message"]
    assert health(own)[0] == 503
    own.operator("vault", "unseal", "--configured-root")
    assert kms.list_keys() and health(own)[0] == 200


def test_removed_key_file_no_longer_opens_and_its_copy_neither(own, phrase, tmp_path):
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    alone = vault(own, "remove", "key-file")
    assert alone.returncode != 0 and "last root" in alone.stderr
    enroll(own, phrase)
    own.operator("vault", "remove", "key-file", "--passphrase-file", str(phrase))
    assert [root["name"] for root in status(own)["roots"]] == ["operators"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    own.stop()
    own.start()
    assert status(own)["state"] == "sealed" and NOT_ENROLLED in health(own)[1]
    stale = vault(own, "unseal", "--configured-root")
    assert stale.returncode != 0 and "none of the enrolled roots" in stale.stderr
    own.stop()
    own.options += ["--root", "passphrase", "--passphrase-file", str(phrase)]
    own.start()
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    # A fresh key file in place of the one that leaked.
    (own.secrets_dir / "root-key").rename(tmp_path / "leaked")
    own.operator("vault", "enroll", "--kind", "key-file")
    assert stat.S_IMODE((own.secrets_dir / "root-key").stat().st_mode) == 0o600
    own.stop()
    own.options = []
    own.start()
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"


@pytest.mark.parametrize("roles", [("vault-process",), ("vault-process", "front-process")])
def test_death_after_the_root_of_the_start_was_removed_is_healed_by_another_root(own, phrase, roles):
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    enroll(own, phrase)
    removed = vault(own, "remove", "key-file", "--passphrase-file", phrase)
    assert removed.returncode == 0, removed.stderr
    assert "the service was started with the root that is removed" in removed.stderr
    assert "operators (--root passphrase" in removed.stderr
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text" and health(own)[0] == 200
    victims = {role: own.child(role) for role in roles}
    for pid in victims.values():
        os.kill(pid, signal.SIGKILL)

    def is_back_and_sealed():
        if any(own.child(role) in (None, pid) for role, pid in victims.items()):
            return False
        try:
            code, text = health(own)
        except OSError:
            return False
        return code == 503 and NOT_ENROLLED in text

    harness.eventually("they are back, and say why they are sealed", is_back_and_sealed)
    with pytest.raises(ClientError) as refused:
        kms.decrypt(CiphertextBlob=blob)
    assert refused.value.response["Error"]["Code"] in ("KeyUnavailableException", "DependencyTimeoutException")
    assert NOT_ENROLLED in refused.value.response["Error"]["Message"]
    shown = status(own)
    assert shown["state"] == "sealed" and NOT_ENROLLED in shown["sealed_because"]
    assert own.process.poll() is None
    own.operator("vault", "unseal", "--passphrase-file", str(phrase))
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text" and health(own)[0] == 200


def test_domain_key_is_rotated_under_load(own):
    kms = kms_client(own.env())
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(20)]
    blobs = [kms.encrypt(KeyId=key, Plaintext=key.encode())["CiphertextBlob"] for key in keys]
    ending, faults, done = threading.Event(), [], []

    def load():
        client = kms_client(own.env())
        while not ending.is_set():
            for key, blob in zip(keys, blobs):
                try:
                    assert client.decrypt(CiphertextBlob=blob)["Plaintext"] == key.encode()
                    done.append(key)
                except Exception as error:  # noqa: BLE001 - whatever it is, the test tells
                    faults.append(error)

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        own.operator("vault", "rotate-domain-key")
        harness.eventually("everything wrapped anew", lambda: status(own)["records_to_rewrap"] == 0, 60)
        harness.eventually("the old domain key retired", lambda: len(status(own)["domain_keys"]) == 1, 90)
    finally:
        ending.set()
        for thread in threads:
            thread.join()
    assert not faults and len(done) > 100, faults[:3]
    assert status(own)["domain_keys"][0]["version"] == 2
    own.kill()
    own.start()
    for key, blob in zip(keys, blobs):
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == key.encode()


def wrapped_in(service):
    """The wrapped backing keys and access keys in any file of the data directory, in hex as records hold them."""
    found = set()
    for path in (p for p in service.data_dir.rglob("*") if p.is_file()):
        found.update(re.findall(rb'"wrapped":"0x(53570101[0-9a-f]{160,})"', path.read_bytes()))
    return found


def test_scrub_leaves_no_copy_of_wrapped_material(own):
    account = own.env()
    old = wrapped_in(own)
    assert old, "positive control: there is a wrapped access key"
    own.operator("root", "renew-access-key")
    assert old & wrapped_in(own), "positive control: the history still has it"
    assert status(own)["scrub_wanted_since_ms"]
    done = own.operator("vault", "scrub")
    assert done["bytes_after"] > 0
    assert not old & wrapped_in(own)
    assert "scrub_wanted_since_ms" not in status(own)
    kms = kms_client(own.env())
    assert kms.create_key() and account["AWS_ACCESS_KEY_ID"] != own.env()["AWS_ACCESS_KEY_ID"]
    own.kill()
    own.start()
    assert kms.list_keys()["Keys"]


def test_root_that_makes_no_sense_is_refused_by_name(own, tmp_path):
    def refusal(*options):
        line = ("serve", "--data-dir", tmp_path / "new", "--listen", f"127.0.0.1:{harness.free_port()}")
        done = own.cli(*line, *options, timeout=60)
        assert done.returncode != 0
        return done.stderr

    assert "--passphrase-file" in refusal("--root", "passphrase")
    assert "CREDENTIALS_DIRECTORY" in refusal("--root", "credential")
    assert "--root" in refusal("--root", "stone")
    refused = vault(own, "enroll", "--kind", "recovery")
    assert refused.returncode != 0 and "vault recovery create" in refused.stderr
    refused = vault(own, "enroll", "--kind", "tpm", "--file", str(tmp_path / "key"))
    assert refused.returncode != 0 and "secrets folder" in refused.stderr


def test_credential_of_the_service_manager_is_a_root(own, tmp_path):
    kms = kms_client(own.env())
    kms.create_key()
    assert own.stop() == 0
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (own.secrets_dir / "root-key").rename(credentials / "strongroom-root")
    own.options, own.variables = ["--root", "credential"], {"CREDENTIALS_DIRECTORY": str(credentials)}
    own.start()
    assert kms.list_keys()["Keys"] and status(own)["state"] == "open"
