"""Crashes in the middle of CreateKey, in a custom key store: nothing stays in the token that is no KMS key, and no key is lost.

Callers make keys in a store whose token is SoftHSM. Meanwhile the front, the vault, the token's worker or all of the service
at once are killed, by chance. At the end the service is given the minute after which a key that was not finished counts as
nobody's. Then the token holds as many keys as the account, each acknowledged key encrypts, and the audit record names what was
destroyed. A run in which nothing had to be destroyed shows nothing and fails.

Usage: orphans.py --binary BINARY [--kills N] [--callers C] [--seed S]
"""

import argparse
import base64
import http.client
import os
import random
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import harness
import rawhttp

CLUSTER = "cluster-2abcDEFghij"
ANCHOR = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n".format(
    base64.b64encode(b"\x30\x81\xc8" + bytes(200)).decode())
ROLES = ("front-process", "vault-process", "token-process", "everything")

# The minute of `births`, and the rounds of what is due after it.
SETTLED_SECONDS = 180


class Callers:
    """Threads that make keys, and what was acknowledged."""

    def __init__(self, port, credentials, store, count):
        self.port, self.credentials, self.store = port, credentials, store
        self.acknowledged, self.ending = [], threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def call(self, operation, parameters):
        """A call on a connection of its own; None when it broke."""
        client = rawhttp.Client("127.0.0.1", self.port, self.credentials)
        try:
            return client.call(operation, parameters)
        except (OSError, http.client.HTTPException):
            return None
        finally:
            client.close()

    def work(self):
        while not self.ending.is_set():
            made = self.call("CreateKey", {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": self.store})
            if made is None or made.status != 200:
                time.sleep(0.02)  # not the token's fault: whoever calls waits a little
                continue
            self.acknowledged.append(made.json["KeyMetadata"]["KeyId"])

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def keys(self):
        """The ids of every key of the account, or None when the service does not answer."""
        found, marker = [], {}
        while True:
            page = self.call("ListKeys", {"Limit": 1000} | marker)
            if page is None or page.status != 200:
                return None
            found += [key["KeyId"] for key in page.json["Keys"]]
            if not page.json.get("Truncated"):
                return found
            marker = {"Marker": page.json["NextMarker"]}


def files(token):
    """Every object of the token: its file and how long that is. SoftHSM leaves a shorter one when it is killed while it writes."""
    found = {}
    for path in (token.folder / "tokens").rglob("*.object"):
        try:
            found[path] = path.stat().st_size
        except FileNotFoundError:
            pass  # destroyed while we looked
    return found


def whole_size(token, make):
    """How long the file of a key is: that of the one that `make` makes."""
    before = files(token)
    make()
    (size,) = (size for path, size in files(token).items() if path not in before)
    assert size not in before.values(), "the worker's own key is told from it"
    return size


def connected(callers_call):
    """A store that is connected."""
    def create():
        """Refused until the worker has logged in: the cluster is not active."""
        made = callers_call("CreateCustomKeyStore", {
            "CustomKeyStoreName": "hsm", "CloudHsmClusterId": CLUSTER, "TrustAnchorCertificate": ANCHOR,
            "KeyStorePassword": harness.Token.PIN})
        return made.json.get("CustomKeyStoreId")

    store = harness.eventually("the cluster is active", create)

    def connect():
        callers_call("ConnectCustomKeyStore", {"CustomKeyStoreId": store})
        shown = callers_call("DescribeCustomKeyStores", {"CustomKeyStoreId": store}).json["CustomKeyStores"][0]
        if shown["ConnectionState"] == "CONNECTED":
            return True
        callers_call("DisconnectCustomKeyStore", {"CustomKeyStoreId": store})
        return False

    harness.eventually("the store is connected", connect)
    return store


def kill(service, role):
    """One process, or all of the service, which is started again then."""
    if role == "everything":
        service.kill()
        service.start()
        return
    pid = service.child(role)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def run(arguments):
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="strongroom-orphans-") as folder:
        token = harness.Token(Path(folder) / "token")
        configuration = Path(folder) / "strongroom.toml"
        configuration.write_text(f'[[key_store.cluster]]\nid = "{CLUSTER}"\nmodule = "{token.MODULE}"\n'
                                 f'token = "{token.LABEL}"\npin_file = "{token.pin_file}"\n')
        service = harness.Service(Path(folder) / "data", plaintext=True, program=arguments.binary, root="key-file")
        service.variables = token.variables | {"STRONGROOM_CONFIG": str(configuration)}
        callers = None
        try:
            env = service.start().env()
            credentials = (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
            client = rawhttp.Client("127.0.0.1", service.plaintext_port, credentials)
            store = connected(client.call)
            size = whole_size(token, lambda: client.call("CreateKey", {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store}))
            client.close()
            callers = Callers(service.plaintext_port, credentials, store, arguments.callers)
            for _ in range(arguments.kills):
                time.sleep(chance.uniform(0.1, 1.0))  # the moment is random
                kill(service, chance.choice(ROLES))
            callers.end()
            return judge(service, callers, lambda: list(files(token).values()).count(size))
        finally:
            if callers:
                callers.end()
            service.kill()


def judge(service, callers, in_token):
    """Waits until the token and the account agree, and prints the result; the exit code."""
    left_over = in_token() - len(harness.eventually("the service answers", callers.keys))
    harness.eventually(
        "as many keys in the token as in the account",
        lambda: (keys := callers.keys()) is not None and in_token() == len(keys), seconds=SETTLED_SECONDS)
    keys = set(callers.keys())
    lost = [key for key in callers.acknowledged if key not in keys]
    for key in keys:
        used = callers.call("Encrypt", {"KeyId": key, "Plaintext": base64.b64encode(b"text").decode()})
        if used is None or used.status != 200:
            lost.append(key)
    destroyed = len(service.audit_since(-1, "DestroyUnfinishedKey"))
    enough = destroyed > 0
    print(f"orphans: {len(callers.acknowledged)} acknowledged keys, {len(lost)} of them lost or unusable, {left_over} keys too many in "
          f"the token when the last kill was over, {destroyed} notes of unfinished keys ended, none left"
          + ("" if enough else "; FAILED, too few to show anything"))
    return 0 if enough and not lost else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=harness.binary())
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("STRONGROOM_SEED", time.time())))
    sys.exit(run(parser.parse_args()))


if __name__ == "__main__":
    main()
