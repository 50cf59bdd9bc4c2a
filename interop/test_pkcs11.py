"""A root key in a PKCS#11 token (SoftHSM), by the command line and boto3."""

import os
import signal
import ssl
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import harness
from conftest import kms_client

USAGE, FAILED, PIN_REFUSED = 2, 1, 77


@pytest.fixture
def token(tmp_path):
    """A token of this test's own."""
    return harness.Token(tmp_path / "token")


@pytest.fixture
def own(tmp_path, token):
    """A service whose root key is in that token."""
    running = harness.Service(tmp_path / "own", token=token).start()
    yield running
    running.kill()


def status(service):
    return service.operator("vault", "status")


def health(service):
    """Status and text of GET /health."""
    context = ssl.create_default_context(cafile=str(service.data_dir / "ca.pem"))
    try:
        with urllib.request.urlopen(f"https://127.0.0.1:{service.port}/health", context=context, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode()


def sample(service):
    """A client, and a ciphertext of b"text"."""
    kms = kms_client(service.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    return kms, kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]


def opens(kms, blob):
    return kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"


def another(service, role, before):
    return harness.eventually(f"another {role}", lambda: service.child(role) not in (None, before) and service.child(role))


def test_root_key_is_in_the_token_and_nowhere_else(own, token):
    kms, blob = sample(own)
    shown = status(own)
    assert shown["state"] == "open" and [root["kind"] for root in shown["roots"]] == ["token-derive"]
    fields = shown["roots"][0]["fields"]
    assert fields["token-label"] == token.LABEL and fields["variant"] == "derive" and len(fields["module-sha256"]) == 64
    assert fields["object-label"] == "strongroom-root-" + shown["roots"][0]["id"] and fields["token-serial"]
    harness.eventually("the token is seen", lambda: status(own).get("pkcs11_token") == "present")
    assert health(own) == (200, "ok\n")
    assert not (own.secrets_dir / "root-key").exists()
    # The PIN is on no command line, in no environment, log or file of ours.
    for pid in [own.process.pid, *harness.children_of(own.process.pid)]:
        for name in ("cmdline", "environ"):
            assert token.PIN.encode() not in Path(f"/proc/{pid}/{name}").read_bytes(), (pid, name)
    for top in (own.data_dir, own.secrets_dir):
        for path in (p for p in top.rglob("*") if p.is_file()):
            assert token.PIN.encode() not in path.read_bytes(), path
    assert token.PIN not in "".join(own.log)
    assert token.PIN in token.pin_file.read_text(), "positive control"
    for _ in range(2):
        assert own.stop() == 0
        own.start()
        assert opens(kms, blob)


def test_token_taken_away_and_brought_back(own, token):
    kms, blob = sample(own)
    token.take_away()
    harness.eventually("the token is missed", lambda: status(own).get("pkcs11_token") == "away")
    code, text = health(own)
    assert code == 200 and "away" in text and status(own)["state"] == "open"
    assert opens(kms, blob), "a running vault needs no token"
    os.kill(own.child("vault-process"), signal.SIGKILL)
    harness.eventually("the next vault says why it is sealed", lambda: "token" in health(own)[1] and health(own)[0] == 503)
    harness.eventually("and so does the status", lambda: "away" in status(own).get("sealed_because", ""))
    with pytest.raises(ClientError) as refused:
        kms.decrypt(CiphertextBlob=blob)
    assert refused.value.response["Error"]["Code"] in ("KeyUnavailableException", "DependencyTimeoutException")
    assert "away" in refused.value.response["Error"]["Message"]
    token.bring_back()
    harness.eventually("it opens by itself", lambda: health(own)[0] == 200)
    assert opens(kms, blob)
    # The whole service started while it is away.
    assert own.stop() == 0
    token.take_away()
    own.start()
    assert health(own)[0] == 503 and status(own)["state"] == "sealed"
    token.bring_back()
    harness.eventually("it opens by itself", lambda: health(own)[0] == 200)
    assert opens(kms, blob)


def test_worker_is_killed_and_stopped_under_load(own):
    kms, blob = sample(own)
    ending, faults, done = threading.Event(), [], []

    def load():
        client = kms_client(own.env())
        while not ending.is_set():
            try:
                assert opens(client, blob)
                done.append(1)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test tells
                faults.append(error)

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        worker = own.child("token-process")
        for signal_number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGKILL):
            harness.eventually("the token is seen", lambda: status(own).get("pkcs11_token") == "present")
            os.kill(worker, signal_number)
            worker = another(own, "token-process", worker)
        harness.eventually("the token is seen", lambda: status(own).get("pkcs11_token") == "present")
        os.kill(own.child("vault-process"), signal.SIGKILL)
        harness.eventually("the next vault is open", lambda: status(own)["state"] == "open" and own.healthy())
    finally:
        ending.set()
        for thread in threads:
            thread.join()
    meanwhile = ("KeyUnavailableException", "DependencyTimeoutException", "KMSInternalException")
    assert all(isinstance(fault, ClientError) and fault.response["Error"]["Code"] in meanwhile for fault in faults), faults[:3]
    assert len(done) > 100 and opens(kms, blob)


def test_wrong_pin_is_tried_once(own, token):
    kms, blob = sample(own)
    assert own.stop() == 0
    token.write_pin("wrong-pin1")
    mark = len(own.log)
    own.start()
    code, text = health(own)
    assert code == 503 and "PIN" in text
    shown = status(own)
    assert shown["state"] == "sealed" and "PIN" in shown["sealed_because"]
    harness.eventually("the state of the token", lambda: status(own).get("pkcs11_token") == "PIN refused")
    harness.eventually("what it says of its PIN", lambda: status(own).get("pkcs11_pin") == ["a wrong one was tried"])
    warning = "the PKCS#11 token says of the PIN: a wrong one was tried"
    harness.eventually("the warning", lambda: warning in "".join(own.log[mark:]))
    vault = own.child("vault-process")
    os.kill(vault, signal.SIGKILL)
    another(own, "vault-process", vault)
    harness.eventually("the same reason", lambda: "PIN" in health(own)[1])
    said = "".join(own.log[mark:])
    assert said.count("token worker started") == 1, said
    assert "wrong-pin1" not in said
    # Corrected, it is tried again when the operator says so, without a restart.
    token.write_pin(token.PIN)
    own.operator("vault", "unseal", "--configured-root")
    harness.eventually("open", lambda: health(own)[0] == 200)
    assert opens(kms, blob)
    harness.eventually("the token says no more of its PIN", lambda: "pkcs11_pin" not in status(own))
    assert own.stop() == 0
    assert opens(kms_client(own.start().env()), blob)


def test_token_is_enrolled_and_the_key_file_removed(tmp_path, token):
    service = harness.Service(tmp_path / "own", root="key-file")
    service.variables = dict(token.variables)
    try:
        kms, blob = sample(service.start())
        done = service.cli("vault", "enroll", "--kind", "pkcs11", "--data-dir", service.data_dir)
        assert done.returncode != 0 and "--pkcs11-module" in done.stderr, done.stderr
        assert service.stop() == 0
        service.options = token.options()
        service.start()
        service.operator("vault", "enroll", "--kind", "pkcs11", "--name", "hsm")
        service.operator("vault", "remove", "key-file")
        assert [(root["kind"], root["name"]) for root in status(service)["roots"]] == [("token-derive", "hsm")]
        assert opens(kms, blob)
        assert service.stop() == 0
        (service.secrets_dir / "root-key").unlink()
        service.options = ["--root", "pkcs11", *token.options()]
        service.start()
        assert opens(kms, blob) and health(service)[0] == 200
        service.operator("vault", "seal")
        assert health(service)[0] == 503
        service.operator("vault", "unseal", "--configured-root")
        assert opens(kms, blob)
    finally:
        service.kill()


def test_token_that_makes_no_sense_is_refused(tmp_path, token):
    service = harness.Service(tmp_path / "new", token=token)

    def refusal(*options):
        done = service.cli("serve", "--data-dir", service.data_dir, "--listen", f"127.0.0.1:{service.port}", *options,
                           env=harness.clean_environment() | token.variables, timeout=60)
        return done.returncode, done.stderr

    code, said = refusal("--root", "pkcs11")
    assert code == USAGE and "--pkcs11-module" in said
    code, said = refusal("--pkcs11-token", "strongroom")
    assert code == USAGE and "belong together" in said
    code, said = refusal("--root", "pkcs11", "--pkcs11-module", "/lib/none.so", *token.options()[2:])
    assert code == FAILED and "no library at /lib/none.so" in said
    whole = ("--root", "pkcs11", *token.options())
    token.pin_file.chmod(0o644)
    code, said = refusal(*whole)
    assert code == FAILED and "chmod 600" in said
    assert not service.data_dir.exists() and not service.secrets_dir.exists()
    token.write_pin("wrong-pin1")
    code, said = refusal(*whole)
    assert code == PIN_REFUSED and "refused the PIN" in said and "wrong-pin1" not in said
    assert not service.data_dir.exists() and not service.secrets_dir.exists(), "nothing is left of it"
    token.write_pin(token.PIN)
    try:
        assert service.start().healthy()
    finally:
        service.kill()


def test_pin_comes_over_a_descriptor(tmp_path, token):
    service = harness.Service(tmp_path / "own", token=token)
    line = service.command()
    at = line.index("--pkcs11-pin-file")
    line[at:at + 2] = ["--pkcs11-pin-fd", "7"]
    service.command = lambda: ["bash", "-c", 'exec 7< "$0"; exec "$@"', str(token.pin_file), *line]
    try:
        kms, blob = sample(service.start())
        token.write_pin("not read again")
        worker = service.child("token-process")
        os.kill(worker, signal.SIGKILL)
        another(service, "token-process", worker)
        harness.eventually("the token is seen", lambda: status(service).get("pkcs11_token") == "present")
        os.kill(service.child("vault-process"), signal.SIGKILL)
        harness.eventually("open", lambda: health(service)[0] == 200 and opens(kms, blob))
    finally:
        service.kill()


def test_library_is_shut_in_with_the_paths_it_needs(tmp_path, token):
    service = harness.Service(tmp_path / "own", token=token)
    service.options = ["--pkcs11-path", str(token.folder)]
    try:
        kms, blob = sample(service.start())
        assert opens(kms, blob)
        report = next(line for line in service.log if "token worker serves" in line)
        assert "landlock" in report and "no paths are configured" not in report, report
        assert service.stop() == 0
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        service.options = ["--pkcs11-path", str(elsewhere)]
        service.start()
        assert health(service)[0] == 503, "positive control: without its folder the library finds no token"
    finally:
        service.kill()
