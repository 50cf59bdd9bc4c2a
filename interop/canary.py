"""The canary scan: known secrets go through every part of a service, and afterwards they are nowhere.

`Run` starts a service at log level trace, with backtraces, and sends secrets through it: plaintexts, data keys, access keys,
secrets and tokens of sessions, tokens of grants, seeds of MFA devices, passphrases, recovery shares, the root key, a PIN; and it
works out the keys that never leave the vault (`hierarchy.py`). Then everything that the service left behind is looked through
(`scanner.py`) for each of them, raw, in hex, in Base64 at each alignment, as a list of numbers, and each of those backwards: log,
traces, exported records, bodies of errors, what operators are shown, metrics, files, backup, core files, command lines and
environments; and the memory of the processes, which swap and core files are made of. Whole ciphertexts are no secrets, so
memory may have them; they are not left behind either. Values of encryption contexts are in the audit log by contract, which is the
control that they went through; log, traces and metrics have none.

A scan that finds nothing shows nothing unless the same scan finds what is planted: `planted` does that.
Usage: canary.py --binary BINARY [--rounds N]
"""

import argparse
import base64
import http.client
import json
import os
import secrets as chance
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import harness
import hierarchy
import principals
import rawhttp
from authenticator import Authenticator
from scanner import Scanner, content_of, found_when_quiet, planted, spellings_in_memory

# How many secrets a run must have sent through, or it has shown nothing.
SECRETS_MIN = 64
# Of how many messages and data keys the ciphertext is looked for too.
CIPHERTEXTS = 4
CLUSTER = "cluster-2abcDEFghij"
ANCHOR = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n".format(
    base64.b64encode(b"\x30\x81\xc8" + bytes(200)).decode())
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


# --- the run


class Token(harness.Token):
    """A token whose PIN is a canary."""

    PIN = "pin-" + chance.token_hex(12)


class Recorder(rawhttp.Client):
    """A client that keeps what refusals say, headers and all."""

    def __init__(self, service, env, refusals):
        super().__init__("127.0.0.1", service.port, (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]),
                         cafile=str(service.data_dir / "ca.pem"))
        self.refusals = refusals

    def call(self, operation, parameters=None, **more):
        answer = super().call(operation, parameters, **more)
        if answer.status != 200:
            self.refusals.append(json.dumps(answer.headers).encode() + answer.body)
        return answer

    def must(self, operation, **parameters):
        """The answer of a call that has to succeed."""
        answer = self.call(operation, parameters)
        assert answer.status == 200, f"{operation}: {answer.status} {answer.body}"
        return answer.json if answer.body else {}


def text_of(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def root_key_bytes(line: str) -> bytes:
    """The 32 bytes in the text of a root key file: bech32 with a checksum of six characters."""
    bits = "".join(f"{BECH32.index(c):05b}" for c in line.lower().rpartition("1")[2][:-6])
    return int(bits[:256], 2).to_bytes(32, "big")


class Run:
    """One service and the secrets that go through it. `root`: `key-file` (with a custom key store beside it) or `pkcs11`."""

    def __init__(self, folder, root="key-file", program=None):
        self.folder, self.root = Path(folder), root
        self.secrets, self.ciphertexts, self.contexts = {}, {}, {}
        self.refusals, self.shown, self.metrics = [], [], b""
        self.token = Token(self.folder / "token")
        self.service = harness.Service(self.folder / "data", program=program, root=root,
                                       token=self.token if root == "pkcs11" else None)
        self.backup = self.folder / "one.backup"
        self.keep("pin", self.token.PIN.encode())
        self.traces, self.exports = self.folder / "spans.jsonl", self.folder / "exports"
        self.service.options = ["--log-level", "trace", "--trace-file", str(self.traces), "--trace-sample", "1",
                                "--audit-budget-mib", "16"]  # segments of 2 MiB
        configuration = self.folder / "strongroom.toml"
        settings = f'[[audit.sink]]\nurl = "file://{self.exports}"\nbatch_ms = 200\n'
        self.service.variables = {"RUST_BACKTRACE": "1", "STRONGROOM_CONFIG": str(configuration)}
        if root == "key-file":
            settings += (f'[[key_store.cluster]]\nid = "{CLUSTER}"\nmodule = "{self.token.MODULE}"\n'
                         f'token = "{self.token.LABEL}"\npin_file = "{self.token.pin_file}"\n')
            self.service.variables |= self.token.variables
        configuration.write_text(settings)
        self.metrics_port = None
        if "--metrics-listen" in self.service.cli("serve", "--help").stdout:
            self.metrics_port = harness.free_port()
            self.service.options += ["--metrics-listen", f"127.0.0.1:{self.metrics_port}"]

    def keep(self, name, secret: bytes) -> bytes:
        assert len(secret) >= 12, f"{name} is too short to be looked for"
        self.secrets[name] = secret
        return secret

    def hidden(self) -> dict:
        """All that must not be left behind."""
        return self.secrets | self.ciphertexts

    def looked_for(self) -> dict:
        """All that is looked for anywhere."""
        return self.hidden() | self.contexts

    def context(self, name) -> str:
        """The value of an encryption context. The audit log has it, and nothing else that tells what happened."""
        value = f"context-{chance.token_hex(12)}"
        self.contexts[name] = value.encode()
        return value

    def operate(self, *words, **options):
        """An operator's command; what it shows is looked through as well."""
        done = self.service.cli(*words, "--data-dir", self.service.data_dir, **options)
        self.shown.append((done.stdout + done.stderr).encode())
        return done

    def file(self, name, text: str):
        path = self.folder / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def client(self):
        return Recorder(self.service, self.service.env(), self.refusals)

    # --- what secrets are sent through

    def all(self):
        """Everything, once. The service goes on running."""
        self.service.start()
        self.root_secrets()
        client = self.client()
        self.key = key = client.must("CreateKey", Description="canary-marker")["KeyMetadata"]["KeyId"]
        blob = self.messages(client, key)
        self.refused_calls(client, key, blob)
        self.under_contexts(client, key)
        self.people(client, key)
        if self.root == "key-file":
            self.key_store(client)
        self.roots()
        self.crashes(blob)
        self.recovery()
        client.close()
        client = self.client()  # the front has died since, and the root access key is another one
        self.inner_keys(client)
        self.long_records(client, key)
        client.close()
        self.last_words()
        return self

    def root_secrets(self):
        self.keep("root access key", self.service.env()["AWS_SECRET_ACCESS_KEY"].encode())
        for path in (p for p in self.service.secrets_dir.rglob("*") if p.is_file()):
            for line in path.read_text(errors="replace").splitlines():
                if line.startswith("SRROOT1-"):
                    self.keep("root key as text", line.strip().encode())
                    self.keep("root key", root_key_bytes(line.strip()))

    def messages(self, client, key):
        """Plaintexts and data keys; the last blob."""
        for number in range(24):
            plaintext = self.keep(f"plaintext {number}", chance.token_bytes(32))
            blob = client.must("Encrypt", KeyId=key, Plaintext=text_of(plaintext))["CiphertextBlob"]
            assert client.must("Decrypt", CiphertextBlob=blob)["Plaintext"] == text_of(plaintext)
            if number < CIPHERTEXTS:
                self.ciphertexts[f"ciphertext {number}"] = base64.b64decode(blob)
        blob = client.must("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=key)["CiphertextBlob"]
        for number in range(16):
            made = client.must("GenerateDataKey", KeyId=key, KeySpec="AES_256")
            self.keep(f"data key {number}", base64.b64decode(made["Plaintext"]))
            if number < CIPHERTEXTS:
                self.ciphertexts[f"encrypted data key {number}"] = base64.b64decode(made["CiphertextBlob"])
        for number in range(4):
            drawn = client.must("GenerateRandom", NumberOfBytes=32)["Plaintext"]
            self.keep(f"random {number}", base64.b64decode(drawn))
        return blob

    def refused_calls(self, client, key, blob):
        """Secrets in calls that are refused, at every station from the parser to the vault."""
        secret = text_of(self.keep("refused plaintext", chance.token_bytes(48)))
        disabled = client.must("CreateKey")["KeyMetadata"]["KeyId"]
        client.must("DisableKey", KeyId=disabled)
        wrong = [
            {"KeyId": disabled, "Plaintext": secret},
            {"KeyId": "alias/nobody", "Plaintext": secret},
            {"KeyId": key, "Plaintext": [secret]},
            {"KeyId": key, "Plaintext": secret[:-1] + "*"},
            {"KeyId": key, "Plaintext": text_of(base64.b64decode(secret) * 100)},
            {"KeyId": key, "Plaintext": secret, "GrantTokens": ["nobody made this"]},
            {"KeyId": key, "Plaintext": secret, "EncryptionAlgorithm": "ROT13"},
        ]
        for parameters in wrong:
            assert 400 <= client.call("Encrypt", parameters).status < 500, parameters["KeyId"]
        cut = json.dumps({"KeyId": key, "Plaintext": secret})[:-1].encode()
        assert 400 <= client.call("Encrypt", body=cut).status < 500
        assert 400 <= client.call("NoSuchOperation", {"Plaintext": secret}).status < 500
        stranger = self.keep("unknown secret key", chance.token_hex(20).encode()).decode()
        assert client.call("Encrypt", {"KeyId": key, "Plaintext": secret},
                           credentials=(client.credentials[0], stranger)).status in (400, 403)
        assert 400 <= client.call("Decrypt", {"CiphertextBlob": blob[:-8]}).status < 500

    def under_contexts(self, client, key):
        """Messages under encryption contexts, the right one and a wrong one."""
        for number in range(4):
            context = {"tenant": self.context(f"context {number}")}
            plaintext = text_of(self.keep(f"plaintext under a context {number}", chance.token_bytes(32)))
            blob = client.must("Encrypt", KeyId=key, Plaintext=plaintext, EncryptionContext=context)["CiphertextBlob"]
            assert client.must("Decrypt", CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == plaintext
            client.must("GenerateDataKeyWithoutPlaintext", KeyId=key, KeySpec="AES_256", EncryptionContext=context)
            wrong = {"tenant": context["tenant"] + "!"}
            assert 400 <= client.call("Decrypt", {"CiphertextBlob": blob, "EncryptionContext": wrong}).status < 500

    def people(self, client, key):
        """Access keys of users, by operator and by IAM, and what sessions get."""
        for number in range(4):
            made = self.service.operator("user", "create", f"canary-{number}")
            self.keep(f"access key {number}", made["SecretAccessKey"].encode())
        account = principals.Account(self.service)
        for number in range(4):
            user = account.user(principals.may("sts:*"), principals.may("kms:*"))
            self.keep(f"access key of IAM {number}", user.env["AWS_SECRET_ACCESS_KEY"].encode())
            session = user.sts.get_session_token()["Credentials"]
            self.keep(f"session {number}", session["SecretAccessKey"].encode())
            self.keep(f"session token {number}", session["SessionToken"].encode())
            user.with_credentials(session).kms.list_keys()
            assumed = user.assume(account.role(principals.trust(user.arn)))
            self.keep(f"role session {number}", assumed.env["AWS_SECRET_ACCESS_KEY"].encode())
            self.keep(f"role session token {number}", assumed.env["AWS_SESSION_TOKEN"].encode())
            stale = dict(user.env, AWS_SECRET_ACCESS_KEY=session["SecretAccessKey"])
            self.refusals.append(refusal(principals.Principal(stale).kms.list_keys))
        self.second_factor(account)
        self.grant(client, account, key)

    def second_factor(self, account):
        """The seed of an MFA device, and a session that it vouched for; its code again is refused."""
        user = account.user(principals.may("sts:*"), principals.may("kms:*"))
        phone = Authenticator(account.iam, principals.unique("canary")).enable(user.name)
        self.keep("MFA seed as text", phone.seed.encode())
        self.keep("MFA seed", base64.b32decode(phone.seed))
        factor = phone.factor()
        session = user.sts.get_session_token(**factor)["Credentials"]
        self.keep("session with MFA", session["SecretAccessKey"].encode())
        self.keep("session token with MFA", session["SessionToken"].encode())
        user.with_credentials(session).kms.list_keys()
        self.refusals.append(refusal(lambda: user.sts.get_session_token(**factor)))

    def grant(self, client, account, key):
        """The token of a grant, in a call that the grant lets and in one that it does not."""
        context = {"tenant": self.context("context of a grant")}
        user = account.user()
        made = client.must("CreateGrant", KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt"],
                           Constraints={"EncryptionContextSubset": context})
        asked = dict(KeyId=key, Plaintext=self.keep("plaintext by a grant", chance.token_bytes(32)),
                     GrantTokens=[self.keep("grant token", made["GrantToken"].encode()).decode()])
        user.kms.encrypt(**asked, EncryptionContext=context)
        self.refusals.append(refusal(lambda: user.kms.encrypt(**asked)))

    def key_store(self, client):
        """A custom key store: its password right and wrong."""
        asked = {"CustomKeyStoreName": "canary", "CloudHsmClusterId": CLUSTER, "TrustAnchorCertificate": ANCHOR}
        asked["KeyStorePassword"] = self.keep("wrong key store password", b"Wrong-" + chance.token_hex(8).encode()).decode()
        answer = client.call("CreateCustomKeyStore", asked | {"CloudHsmClusterId": "cluster-2abcDEFghiz"})
        assert 400 <= answer.status < 500

        def create():
            """Refused until the worker has logged in: the cluster is not active."""
            return client.call("CreateCustomKeyStore", asked).json.get("CustomKeyStoreId")

        store = harness.eventually("the cluster is active", create)
        client.call("ConnectCustomKeyStore", {"CustomKeyStoreId": store})
        client.call("DisconnectCustomKeyStore", {"CustomKeyStoreId": store})
        client.must("UpdateCustomKeyStore", CustomKeyStoreId=store, KeyStorePassword=self.token.PIN)

        def connected():
            client.call("ConnectCustomKeyStore", {"CustomKeyStoreId": store})
            shown = client.must("DescribeCustomKeyStores", CustomKeyStoreId=store)["CustomKeyStores"][0]
            if shown["ConnectionState"] == "CONNECTED":
                return True
            client.call("DisconnectCustomKeyStore", {"CustomKeyStoreId": store})
            return False

        harness.eventually("the store is connected", connected)
        key = client.must("CreateKey", Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)["KeyMetadata"]["KeyId"]
        plaintext = self.keep("plaintext under a key in the token", chance.token_bytes(32))
        blob = client.must("Encrypt", KeyId=key, Plaintext=text_of(plaintext))["CiphertextBlob"]
        assert client.must("Decrypt", CiphertextBlob=blob)["Plaintext"] == text_of(plaintext)

    def roots(self):
        """Passphrases, right and wrong; sealed and opened again."""
        self.phrase = self.keep("passphrase", b"passphrase " + chance.token_hex(12).encode())
        phrase = self.phrase.decode()
        wrong = self.keep("wrong passphrase", b"mistyped " + chance.token_hex(12).encode()).decode()
        enrolled = self.operate("vault", "enroll", "--kind", "passphrase", "--name", "operators",
                                "--passphrase-file", self.file("phrase", phrase))
        assert enrolled.returncode == 0, enrolled.stderr
        assert self.operate("vault", "seal").returncode == 0
        assert self.operate("vault", "unseal", input=wrong + "\n").returncode != 0
        assert self.operate("vault", "unseal", input=phrase + "\n").returncode == 0
        assert self.operate("vault", "rotate-domain-key").returncode == 0
        assert self.operate("root", "renew-access-key").returncode == 0
        self.keep("renewed root access key", self.service.env()["AWS_SECRET_ACCESS_KEY"].encode())

    def crashes(self, blob):
        """Front and vault die in a way that leaves core files where they may."""
        for role in ("front-process", "vault-process"):
            before = self.service.child(role)
            os.kill(before, signal.SIGABRT)
            harness.eventually(f"another {role}", lambda: self.service.child(role) not in (None, before))
            harness.eventually("the service is back", lambda: opens(self.client, blob))

    def recovery(self):
        """Shares, a backup, rehearsals that succeed and fail."""
        folder = self.folder / "shares"
        made = self.operate("vault", "recovery", "create", "--shares", "5", "--threshold", "3", "--out-dir", folder)
        assert made.returncode == 0, made.stderr
        files = sorted(folder.iterdir())
        for number, path in enumerate(files):
            lines = [line for line in path.read_text().split("\n") if line and not line.startswith("#")]
            share = "".join(lines).replace(" ", "")
            self.keep(f"share {number}", share[share.index("srshare"):].encode())
            self.keep(f"share {number} in groups", max(lines, key=len).strip().encode())
        assert self.operate("backup", "--out", self.backup).returncode == 0
        for count, good in ((3, True), (2, False)):
            words = [word for path in files[:count] for word in ("--share-file", path)]
            done = self.service.cli("restore", "--from", self.backup, "--drill", *words)
            self.shown.append((done.stdout + done.stderr).encode())
            assert (done.returncode == 0) == good, done.stderr

    def inner_keys(self, client):
        """Keyring key, domain keys and backing keys: roots open them from the data directory. They are the right ones, for one
        of them opens what the service sealed."""
        found = hierarchy.records(self.service.data_dir)
        roots = hierarchy.passphrase_keys(found, self.phrase)
        assert len(roots) == 1, "the passphrase's own root"
        self.keep("root key of the passphrase", next(iter(roots.values())))
        if file_key := self.secrets.get("root key"):
            roots[hierarchy.root_id(file_key)] = file_key
        arns = [key["KeyArn"] for key in client.must("ListKeys")["Keys"]]
        keys = hierarchy.keys_of(found, roots, arns)
        opened = {hierarchy.open_blob(key, self.ciphertexts["ciphertext 0"], {}) for key in keys.values()}
        assert self.secrets["plaintext 0"] in opened
        for name, key in keys.items():
            self.keep(name, key)

    def long_records(self, client, key):
        """Records that fill a segment of the audit log: it is sealed when the service ends, if not before."""
        context = {"long": "." * 7_500}  # no character of a secret's spelling: such a text is scanned quickly
        audit = self.service.data_dir / "audit"
        for _ in range(1_000):
            client.must("GenerateDataKeyWithoutPlaintext", KeyId=key, KeySpec="AES_256", EncryptionContext=context)
            if len({path.name.split(".")[0] for path in audit.glob("0*.jsonl*")}) > 1:
                return
        raise AssertionError("no segment was filled")

    def last_words(self):
        """What operators and monitors read."""
        for words in (("status",), ("vault", "status"), ("vault", "recovery", "status"), ("audit", "query", "--json"),
                      ("usage", self.key), ("usage", self.key, "--json"), ("status", "--watch", "--count", "1"),
                      ("status", "--watch", "--count", "1", "--json")):
            assert self.operate(*words).returncode == 0, words
        assert any(self.key.encode() in shown and b"GenerateDataKey" in shown for shown in self.shown)
        harness.eventually("an export of the messages", lambda: any(
            b'"GenerateDataKey"' in content_of(path) for path in self.exports.rglob("*.json.gz")))
        if self.metrics_port:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as answer:
                self.metrics = answer.read()
            assert self.metrics

    # --- what is looked through

    def processes(self):
        """The service's processes by role."""
        roles = ("front-process", "vault-process", "token-process", "courier-process")
        found = {role: self.service.child(role) for role in roles}
        return {"supervisor": self.service.process.pid} | {role: pid for role, pid in found.items() if pid}

    def in_memory(self, role):
        """Secrets in a process that has nothing to do."""
        return found_when_quiet(Scanner(self.secrets, spellings_in_memory), self.processes()[role])

    def left_behind(self):
        """Secrets in anything that the service wrote or said: {place: names}. Ends the service."""
        scanner, found = Scanner(self.hidden()), {}
        front = Path(f"/proc/{self.processes()['front-process']}/environ").read_bytes()
        assert b"STRONGROOM_LOG_LEVEL=trace" in front and b"RUST_BACKTRACE=1" in front
        for role, pid in self.processes().items():
            for name in ("cmdline", "environ"):
                found[f"{name} of {role}"] = scanner.find(Path(f"/proc/{pid}/{name}").read_bytes())
        assert self.service.stop() == 0
        log, traces = "".join(self.service.log).encode(), self.traces.read_bytes()
        found |= {"log": scanner.find(log), "refusals": scanner.find(b"\n".join(self.refusals)),
                  "shown to operators": scanner.find(b"\n".join(self.shown)), "metrics": scanner.find(self.metrics),
                  "backup": scanner.find(self.backup.read_bytes())}
        assert b'"GenerateDataKey"' in traces, "calls were traced"
        found["traces"] = scanner.find(traces)
        contexts = Scanner(self.contexts)
        for place, content in {"log": log, "traces": traces, "metrics": self.metrics}.items():
            found[f"{place}, contexts"] = contexts.find(content)
        recorded = contexts.files(self.service.data_dir / "audit").values()
        assert {name for names in recorded for name in names} == self.contexts.keys(), "the audit log has them all"
        sealed = sorted((self.service.data_dir / "audit").glob("*.zst"))
        assert b'"GenerateDataKey"' in b"".join(map(content_of, sealed)), "messages are in a sealed segment"
        found |= scanner.files(self.exports) | scanner.files(self.service.data_dir)
        found |= {str(path): scanner.find(path.read_bytes()) for path in Path.cwd().glob("core*") if path.is_file()}
        return {place: names for place, names in found.items() if names}


def refusal(call) -> bytes:
    """What a call of boto3 is refused with."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - whatever it is, its text is looked through
        return str(getattr(error, "response", error)).encode()
    raise AssertionError("a call with a wrong secret succeeded")


def opens(connect, blob) -> bool:
    """Whether a new connection decrypts the blob."""
    try:
        client = connect()
        try:
            return client.call("Decrypt", {"CiphertextBlob": blob}).status == 200
        finally:
            client.close()
    except (OSError, http.client.HTTPException, AssertionError, subprocess.SubprocessError):
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=harness.binary())
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    bad = 0
    for number in range(arguments.rounds):
        with tempfile.TemporaryDirectory(prefix="strongroom-canary-") as folder:
            run = Run(folder, ("key-file", "pkcs11")[number % 2], arguments.binary)
            try:
                found = run.all().left_behind()
            finally:
                run.service.kill()
            missed = planted(Scanner(run.looked_for()), run.looked_for(), Path(folder) / "planted")
            for place, names in found.items():
                print(f"canary: FOUND in {place}: {', '.join(names)}")
            enough = len(run.secrets) >= SECRETS_MIN and not missed
            bad += bool(found) or not enough
            print(f"canary: round {number + 1} ({run.root}), {len(run.secrets)} secrets, {len(run.refusals)} refusals, "
                  f"{len(run.service.log)} lines of log, found in {len(found)} places, {len(missed)} planted ones missed",
                  flush=True)
    print(f"canary: {arguments.rounds} rounds, {bad} FAILED" if bad else f"canary: {arguments.rounds} rounds, nothing found")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
