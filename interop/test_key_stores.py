"""Custom key stores: keys that are born in a PKCS#11 token (SoftHSM) which the operator configured under a cluster's id."""

import base64
import functools
import json
import os
import signal
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import harness
from conftest import kms_client
from expect import error_of, refused
from watched import Watched

FAILED, USAGE = 1, 2

# A guard against hanging: a token that hangs is found in one second, and a call that nobody cuts short ends after five.
REFUSED_SECONDS = 3
CLUSTER = "cluster-2abcDEFghij"
ANCHOR = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n".format(
    base64.b64encode(b"\x30\x81\xc8" + bytes(200)).decode())


class Hosted:
    """A service with a key file as its root, and a configuration file that names the token of a cluster."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.token = harness.Token(self.folder / "token")
        self.service = Watched(self.folder / "data", root="key-file")
        self.configure()
        self.service.variables = self.token.variables | {"STRONGROOM_CONFIG": str(self.folder / "strongroom.toml")}

    def configure(self, cluster=CLUSTER, module=harness.Token.MODULE):
        (self.folder / "strongroom.toml").write_text(
            f'[[key_store.cluster]]\nid = "{cluster}"\nmodule = "{module}"\n'
            f'token = "{self.token.LABEL}"\npin_file = "{self.token.pin_file}"\n')

    def start(self):
        self.service.start()
        self.kms = kms_client(self.service.env())
        return self

    def create(self, password=None, name="hsm", cluster=CLUSTER):
        """A store, once the worker has logged in: until then the cluster is not active."""
        def made():
            try:
                return self.kms.create_custom_key_store(
                    CustomKeyStoreName=name, CloudHsmClusterId=cluster, TrustAnchorCertificate=ANCHOR,
                    KeyStorePassword=password or self.token.PIN)["CustomKeyStoreId"]
            except ClientError as error:
                assert error.response["Error"]["Code"] == "CloudHsmClusterNotActiveException", error
                return None

        return harness.eventually("the cluster is active", made)

    def describe(self, store):
        return self.kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"][0]

    def connected(self):
        """The worker has logged in by then, or the store is connected once more."""
        store = self.create()
        harness.eventually("the store is connected", lambda: connects(self, store))
        return store

    def key(self, store):
        made = self.kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)["KeyMetadata"]
        assert (made["CustomKeyStoreId"], made["CloudHsmClusterId"]) == (store, CLUSTER)
        return made["KeyId"]

    def objects(self):
        return len(list((self.token.folder / "tokens").rglob("*.object")))

    def opens(self, blob):
        return self.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"


@pytest.fixture
def hosted(tmp_path):
    running = Hosted(tmp_path).start()
    yield running
    running.service.kill()


def test_key_is_born_in_the_token_and_used_by_boto3(hosted):
    kms, store = hosted.kms, hosted.connected()
    before = hosted.objects()
    key, here = hosted.key(store), kms.create_key()["KeyMetadata"]["KeyId"]
    assert hosted.objects() == before + 1
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (described["Origin"], described["KeyState"]) == ("AWS_CLOUDHSM", "Enabled")
    assert "CurrentKeyMaterialId" not in described
    blob = kms.encrypt(KeyId=key, Plaintext=b"text", EncryptionContext={"a": "b"})["CiphertextBlob"]
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob)
    moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "b"}, DestinationKeyId=here)["CiphertextBlob"]
    assert hosted.opens(kms.re_encrypt(CiphertextBlob=moved, DestinationKeyId=key)["CiphertextBlob"])
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    with refused("UnsupportedOperationException", "AWS_CLOUDHSM"):
        kms.enable_key_rotation(KeyId=key)
    # The PIN, which was a parameter too, is nowhere.
    for top in (hosted.service.data_dir, hosted.service.secrets_dir):
        for path in (p for p in top.rglob("*") if p.is_file()):
            assert hosted.token.PIN.encode() not in path.read_bytes(), path
    assert hosted.token.PIN not in "".join(hosted.service.log)
    assert hosted.token.PIN in hosted.token.pin_file.read_text(), "positive control"


def test_states_of_a_store_are_those_of_aws(hosted):
    kms, store = hosted.kms, hosted.connected()
    key = hosted.key(store)
    blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    with refused("CustomKeyStoreInvalidStateException"):
        kms.delete_custom_key_store(CustomKeyStoreId=store)
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    with refused("KMSInvalidStateException", "is unavailable"):
        hosted.opens(blob)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Unavailable"
    with refused("CustomKeyStoreInvalidStateException", "DISCONNECTED"):
        hosted.key(store)
    with refused("CustomKeyStoreHasCMKsException"):
        kms.delete_custom_key_store(CustomKeyStoreId=store)
    kms.update_custom_key_store(CustomKeyStoreId=store, NewCustomKeyStoreName="renamed")
    pages = kms.get_paginator("describe_custom_key_stores").paginate()
    assert [shown["CustomKeyStoreName"] for page in pages for shown in page["CustomKeyStores"]] == ["renamed"]
    # What was stored outlives the service, connected or not.
    for call, state in ((None, "DISCONNECTED"), (kms.connect_custom_key_store, "CONNECTED")):
        if call:
            call(CustomKeyStoreId=store)
        assert hosted.service.stop() == 0
        hosted.start()
        assert hosted.describe(store)["ConnectionState"] == state
    harness.eventually("the token serves again", lambda: answers(hosted, blob))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with refused("UnsupportedOperationException", "EXTERNAL_KEY_STORE"):
        kms.create_custom_key_store(CustomKeyStoreName="x", CustomKeyStoreType="EXTERNAL_KEY_STORE")


def connects(hosted, store):
    """Whether a call connects the store; one that does not leaves it as it was."""
    try:
        hosted.kms.connect_custom_key_store(CustomKeyStoreId=store)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "CloudHsmClusterNotActiveException", error
        return False
    if hosted.describe(store)["ConnectionState"] == "CONNECTED":
        return True
    hosted.kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    return False


def answers(hosted, blob):
    """Whether the blob opens; every refusal meanwhile comes at once and has one of the names that say that it is worth while to
    ask again."""
    began = time.monotonic()
    try:
        return hosted.opens(blob)
    except ClientError as error:
        assert time.monotonic() - began < REFUSED_SECONDS, error
        assert error.response["Error"]["Code"] in ("KeyUnavailableException", "DependencyTimeoutException", "KMSInternalException"), error
        return False


def test_wrong_password_is_told_by_the_state(hosted):
    kms = hosted.kms
    hosted.kms.delete_custom_key_store(CustomKeyStoreId=hosted.create())
    store = hosted.create(password="wrong-password")

    def code():
        if error_of(kms.connect_custom_key_store, CustomKeyStoreId=store) == "CloudHsmClusterNotActiveException":
            return None
        shown = hosted.describe(store)
        assert shown["ConnectionState"] == "FAILED"
        with refused("CustomKeyStoreInvalidStateException"):
            kms.connect_custom_key_store(CustomKeyStoreId=store)
        kms.disconnect_custom_key_store(CustomKeyStoreId=store)
        return shown["ConnectionErrorCode"]

    harness.eventually("it is the password", lambda: code() == "INVALID_CREDENTIALS")
    kms.update_custom_key_store(CustomKeyStoreId=store, KeyStorePassword=hosted.token.PIN)
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    assert hosted.describe(store)["ConnectionState"] == "CONNECTED"
    assert "wrong-password" not in "".join(hosted.service.log)


def test_token_taken_away_stops_its_keys_alone_and_heals(hosted):
    kms, store = hosted.kms, hosted.connected()
    blob = kms.encrypt(KeyId=hosted.key(store), Plaintext=b"text")["CiphertextBlob"]
    here = kms.encrypt(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], Plaintext=b"text")["CiphertextBlob"]
    hosted.token.take_away()
    harness.eventually("the token is missed", lambda: not answers(hosted, blob))
    assert hosted.opens(here), "other keys go on"
    assert hosted.describe(store)["ConnectionState"] == "CONNECTED"
    hosted.token.bring_back()
    harness.eventually("it heals by itself", lambda: answers(hosted, blob))
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    hosted.token.take_away()

    def is_not_active():
        code = error_of(kms.connect_custom_key_store, CustomKeyStoreId=store)
        if not code:
            # The vault had not missed the token yet.
            kms.disconnect_custom_key_store(CustomKeyStoreId=store)
        return code == "CloudHsmClusterNotActiveException"

    harness.eventually("the cluster is not active", is_not_active)
    assert hosted.describe(store)["ConnectionState"] == "DISCONNECTED"
    hosted.token.bring_back()
    harness.eventually("the cluster is active again", lambda: connects(hosted, store))
    harness.eventually("the key serves again", lambda: answers(hosted, blob))


def test_worker_and_vault_that_die_or_hang_come_back(hosted):
    kms, store, service = hosted.kms, hosted.connected(), hosted.service
    blob = kms.encrypt(KeyId=hosted.key(store), Plaintext=b"text")["CiphertextBlob"]
    here = kms.encrypt(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], Plaintext=b"text")["CiphertextBlob"]
    for role, signal_number in (("token-process", signal.SIGKILL), ("token-process", signal.SIGSTOP), ("vault-process", signal.SIGKILL)):
        child = service.child(role)
        os.kill(child, signal_number)
        if role == "token-process":
            assert hosted.opens(here), "a worker that hangs holds up nobody else"
        harness.eventually(f"another {role}", lambda: service.child(role) not in (None, child))
        harness.eventually("the key serves again", lambda: answers(hosted, blob))


def test_configuration_that_makes_no_sense_is_refused(tmp_path):
    hosted = Hosted(tmp_path)

    def refusal():
        done = hosted.service.cli(*hosted.service.command()[1:], env=harness.clean_environment() | hosted.service.variables, timeout=60)
        return done.returncode, done.stderr

    hosted.configure(cluster="cluster-1")
    code, said = refusal()
    assert code == USAGE and "cluster-1" in said, said
    hosted.configure(module="/lib/none.so")
    code, said = refusal()
    assert code == FAILED and "no library at /lib/none.so" in said, said
    hosted.configure()
    hosted.token.pin_file.chmod(0o644)
    code, said = refusal()
    assert code == FAILED and "chmod 600" in said, said
    assert not hosted.service.data_dir.exists()
    hosted.token.write_pin(hosted.token.PIN)
    try:
        hosted.start()
        with refused("CloudHsmClusterNotFoundException", "cluster-7zyxwvutsrq"):
            hosted.kms.create_custom_key_store(
                CustomKeyStoreName="x", CloudHsmClusterId="cluster-7zyxwvutsrq", TrustAnchorCertificate=ANCHOR,
                KeyStorePassword="password")
    finally:
        hosted.service.kill()


def test_two_clusters_have_workers_of_their_own(tmp_path):
    hosted = Hosted(tmp_path)
    second = "cluster-7zyxwvutsrq"
    done = subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "second", "--so-pin", "12345678", "--pin", "second-pin"],
        env=harness.clean_environment() | hosted.token.variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    pin_file = tmp_path / "second-pin"
    pin_file.write_text("second-pin\n")
    pin_file.chmod(0o600)
    with (tmp_path / "strongroom.toml").open("a") as file:
        file.write(f'[[key_store.cluster]]\nid = "{second}"\nmodule = "{hosted.token.MODULE}"\n'
                   f'token = "second"\npin_file = "{pin_file}"\n')
    try:
        hosted.start()
        kms, store = hosted.kms, hosted.connected()
        with refused("CloudHsmClusterInUseException"):
            kms.create_custom_key_store(CustomKeyStoreName="x", CloudHsmClusterId=CLUSTER, TrustAnchorCertificate=ANCHOR,
                                        KeyStorePassword=hosted.token.PIN)
        other = hosted.create(password="second-pin", name="second", cluster=second)
        harness.eventually("the second store is connected", lambda: connects(hosted, other))
        key = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=other)["KeyMetadata"]["KeyId"]
        blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
        moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=hosted.key(store))["CiphertextBlob"]
        kms.disconnect_custom_key_store(CustomKeyStoreId=other)
        assert hosted.opens(moved), "the first store is connected still"
        with refused("KMSInvalidStateException", "is unavailable"):
            hosted.opens(blob)
    finally:
        hosted.service.kill()


def health(service, path="/health"):
    """The text of a healthy answer."""
    context = ssl.create_default_context(cafile=str(service.data_dir / "ca.pem"))
    with urllib.request.urlopen(f"https://127.0.0.1:{service.port}{path}", context=context, timeout=10) as answer:
        return answer.read().decode()


def test_operator_sees_tokens_stores_and_what_is_away(hosted):
    service, store = hosted.service, hosted.connected()
    hosted.key(store)

    def listed():
        (shown,) = service.operator("key-store", "list")["Clusters"]
        return shown

    harness.eventually("the token is seen", lambda: listed()["token"] == "present")
    shown = listed()["store"]
    assert (listed()["cluster"], shown["id"], shown["connection_state"], shown["keys"]) == (CLUSTER, store, "CONNECTED", 1)
    assert service.operator("vault", "status")["cluster_tokens"] == {CLUSTER: "present"}
    assert health(service) == "ok\n"
    hosted.token.take_away()
    harness.eventually("it is missed", lambda: listed()["token"] == "away")
    ready = json.loads(health(service, "/health/ready"))
    assert ready["ready"] and [warning["code"] for warning in ready["warnings"]] == ["key_store_token_away"]
    assert health(service).startswith("ok; ") and f"{CLUSTER}: away" in health(service)
    mark = len(service.log)
    started = functools.partial(service.reading, "strongroom_process_starts_total", process="token")
    until_now = started()
    harness.eventually("several workers in vain", lambda: started() >= until_now + 3)
    assert "".join(service.log[mark:]).count("token worker") <= 2, "told once, not at each try"
    hosted.token.bring_back()
    harness.eventually("it is back", lambda: listed()["token"] == "present" and health(service) == "ok\n")


def test_random_bytes_of_a_store(hosted):
    kms, store = hosted.kms, hosted.connected()
    drawn = {kms.generate_random(NumberOfBytes=32, CustomKeyStoreId=store)["Plaintext"] for _ in range(16)}
    assert len(drawn) == 16 and {len(one) for one in drawn} == {32}
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    with refused("CustomKeyStoreInvalidStateException", "DISCONNECTED"):
        kms.generate_random(NumberOfBytes=32, CustomKeyStoreId=store)
    assert len(kms.generate_random(NumberOfBytes=32)["Plaintext"]) == 32, "positive control"
