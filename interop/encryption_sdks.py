"""The AWS Encryption SDKs for Python and for JavaScript behind one face, and the keys that all sides know.

Both read and write files: `encrypt(input, output, suite, frame_length, context, key)` and `decrypt(input, output, key)`,
which gives the suite and the encryption context that the message names.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import aws_encryption_sdk
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    AesWrappingAlg, CreateAwsKmsKeyringInput, CreateRawAesKeyringInput, CreateRawRsaKeyringInput, PaddingScheme)
from aws_encryption_sdk import Algorithm, CommitmentPolicy

import javascript_packages

NAMESPACE, NAME = "interop", "key"
COMMITTING = (0x0478, 0x0578)
PADDINGS = {"pkcs1": PaddingScheme.PKCS1, "oaep-sha1": PaddingScheme.OAEP_SHA1_MGF1,
            "oaep-sha256": PaddingScheme.OAEP_SHA256_MGF1, "oaep-sha384": PaddingScheme.OAEP_SHA384_MGF1,
            "oaep-sha512": PaddingScheme.OAEP_SHA512_MGF1}
WRAPPING = {16: AesWrappingAlg.ALG_AES128_GCM_IV12_TAG16, 24: AesWrappingAlg.ALG_AES192_GCM_IV12_TAG16,
            32: AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16}
# Node.js 20 refuses to decrypt RSA PKCS #1 v1.5 at all, unless it is told so; later ones do it and know no such flag.
PKCS1_AGAIN = "--security-revert=CVE-2023-46809"


@dataclass(frozen=True)
class Key:
    """A wrapping key: what `job` says to JavaScript, and what `flags` say to `strongroom`."""

    job: dict
    flags: tuple


def aes_key(folder, length):
    """A raw AES key of so many bytes."""
    secret = bytes(range(1, length + 1))
    file = folder / f"aes-{length}"
    file.write_text(secret.hex())
    return Key({"type": "aes", "namespace": NAMESPACE, "name": NAME, "hex": secret.hex()},
               ("--raw-aes-key", f"{NAMESPACE}:{NAME}:{file}"))


def rsa_pem(folder):
    """The file of a fresh RSA key."""
    pem = folder / "rsa.pem"
    if not pem.exists():
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072", "-out", pem],
                       check=True, capture_output=True)
    return pem


def rsa_key(folder, padding):
    """A raw RSA key; one key pair whatever the padding."""
    pem = rsa_pem(folder)
    return Key({"type": "rsa", "namespace": NAMESPACE, "name": NAME, "pem": str(pem), "padding": padding},
               ("--raw-rsa-key", f"{NAMESPACE}:{NAME}:{pem}:{padding}"))


def kms_key(arn):
    """A KMS key."""
    return Key({"type": "kms", "arn": arn}, ("--key-id", arn))


class Python:
    """The AWS Encryption SDK for Python, with the keyrings of its material providers."""

    def __init__(self, kms):
        self.kms = kms
        self.providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())

    def keyring(self, job):
        if job["type"] == "kms":
            return self.providers.create_aws_kms_keyring(
                CreateAwsKmsKeyringInput(kms_key_id=job["arn"], kms_client=self.kms))
        names = {"key_namespace": job["namespace"], "key_name": job["name"]}
        if job["type"] == "aes":
            secret = bytes.fromhex(job["hex"])
            return self.providers.create_raw_aes_keyring(CreateRawAesKeyringInput(
                **names, wrapping_key=secret, wrapping_alg=WRAPPING[len(secret)]))
        private = Path(job["pem"]).read_bytes()
        public = subprocess.run(["openssl", "pkey", "-pubout"], input=private, check=True, capture_output=True).stdout
        return self.providers.create_raw_rsa_keyring(CreateRawRsaKeyringInput(
            **names, padding_scheme=PADDINGS[job["padding"]], public_key=public, private_key=private))

    def encrypt(self, input, output, suite, frame_length, context, key):
        policy = (CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT if suite in COMMITTING
                  else CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
        client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)
        message, _ = client.encrypt(source=input.read_bytes(), keyring=self.keyring(key.job), frame_length=frame_length,
                                    algorithm=Algorithm.get_by_id(suite), encryption_context=context)
        output.write_bytes(message)

    def decrypt(self, input, output, key):
        client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
        plaintext, header = client.decrypt(source=input.read_bytes(), keyring=self.keyring(key.job))
        output.write_bytes(plaintext)
        return header.algorithm.algorithm_id, dict(header.encryption_context)

    def close(self):
        """Nothing to end."""


class Javascript:
    """The AWS Encryption SDK for JavaScript: `javascript/esdk.mjs`, one process for all jobs."""

    def __init__(self, env):
        node = javascript_packages.node()
        program = javascript_packages.installed()
        known = subprocess.run([node, PKCS1_AGAIN, "-e", ""], capture_output=True).returncode == 0
        self.process = subprocess.Popen([node, *([PKCS1_AGAIN] if known else []), "esdk.mjs"], cwd=program, env=env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # Node.js warns of the flag in its standard output.
        assert any(line == "ready\n" for line in self.process.stdout), "esdk.mjs did not get ready"

    def ask(self, **job):
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "the process has ended"}')
        if "error" in answer:
            raise AssertionError(f"the SDK for JavaScript: {answer['error']}")
        return answer

    def encrypt(self, input, output, suite, frame_length, context, key):
        self.ask(do="encrypt", input=str(input), output=str(output), suite=suite, frameLength=frame_length,
                 context=context, key=key.job)

    def decrypt(self, input, output, key):
        answer = self.ask(do="decrypt", input=str(input), output=str(output), key=key.job)
        return answer["suite"], answer["context"]

    def close(self):
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait(timeout=30)
