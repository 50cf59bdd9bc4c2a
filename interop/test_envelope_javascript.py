"""`seal` / `open` and the AWS Encryption SDK for JavaScript: every suite, every padding that Node.js opens, both directions."""

import base64
import json
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import javascript_packages

SUITES = ["0014", "0046", "0078", "0114", "0146", "0178", "0214", "0346", "0378", "0478", "0578"]
# Not pkcs1: Node.js 20 refuses to decrypt with it (CVE-2023-46809).
PADDINGS = {"oaep-sha1": "sha1", "oaep-sha256": "sha256", "oaep-sha384": "sha384", "oaep-sha512": "sha512"}
CONTEXT = {"purpose": "interop", "\uff5e": "z", "\U00010302": "y"}
DOCUMENT = bytes(range(256)) * 40


class Sdk:
    """The SDK in a process of its own; it answers one line for each."""

    def __init__(self, node, folder):
        self.process = subprocess.Popen([node, "encryption_sdk.mjs"], cwd=folder, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, data, **asked):
        line = json.dumps(asked | {"data": base64.b64encode(data).decode()})
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline())
        assert "error" not in said, said
        return said | {"data": base64.b64decode(said["data"])}


@pytest.fixture(scope="module")
def sdk():
    running = Sdk(javascript_packages.node(), javascript_packages.installed())
    yield running
    running.process.stdin.close()
    running.process.wait(timeout=60)


def both_ways(service, env, sdk, folder, suite, keyring, flags):
    committing = suite in ("0478", "0578")
    policy = "require-encrypt-require-decrypt" if committing else "forbid-encrypt-allow-decrypt"
    flags = (*flags, "--commitment-policy", policy)
    pairs = [word for name, value in CONTEXT.items() for word in ("--encryption-context", f"{name}={value}")]
    (folder / "in").write_bytes(DOCUMENT)
    done = service.cli("seal", *flags, "--suite", suite, *pairs, "-o", folder / "ours", folder / "in", env=env)
    assert done.returncode == 0, done.stderr
    opened = sdk.ask((folder / "ours").read_bytes(), do="open", suite=suite, keyring=keyring)
    assert (opened["data"], opened["suite"]) == (DOCUMENT, suite)
    assert {name: opened["context"][name] for name in CONTEXT} == CONTEXT
    sealed = sdk.ask(DOCUMENT, do="seal", suite=suite, keyring=keyring, context=CONTEXT, frame=4096)
    (folder / "theirs").write_bytes(sealed["data"])
    done = service.cli("open", *flags, *pairs, "-o", folder / "out", folder / "theirs", env=env)
    assert done.returncode == 0, done.stderr
    assert (folder / "out").read_bytes() == DOCUMENT


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_with_a_raw_aes_key(service, env, sdk, tmp_path, suite):
    key = bytes(range(32)).hex()
    (tmp_path / "key").write_text(key)
    both_ways(service, env, sdk, tmp_path, suite, {"aes": key}, ("--raw-aes-key", f"ns:k:{tmp_path}/key"))


@pytest.mark.parametrize("padding", PADDINGS)
def test_raw_rsa_keys_in_every_oaep_padding(service, env, sdk, tmp_path, padding):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM,
                                           serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(private)
    both = {"privateKey": private.decode(), "publicKey": public.decode()}
    both_ways(service, env, sdk, tmp_path, "0478", {"rsa": both, "hash": PADDINGS[padding]},
              ("--raw-rsa-key", f"ns:k:{tmp_path}/key.pem:{padding}"))


@pytest.mark.parametrize("suite", ["0478", "0578"])
def test_context_that_was_bound_in_the_locale_s_order(service, env, sdk, tmp_path, suite):
    key = bytes(range(32)).hex()
    (tmp_path / "key").write_text(key)
    context = {"B": "2", "a": "1"}  # "B" is before "a" in UTF-8, and behind it in every locale
    sealed = sdk.ask(DOCUMENT, do="seal", suite=suite, keyring={"aes": key, "localeSorted": True}, context=context, frame=4096)
    (tmp_path / "theirs").write_bytes(sealed["data"])
    opening = ("open", "--raw-aes-key", f"ns:k:{tmp_path}/key", "-o", tmp_path / "out", tmp_path / "theirs")
    assert service.cli(*opening, env=env).returncode == 3
    done = service.cli(*opening, "--allow-locale-sorted-context", env=env)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == DOCUMENT
