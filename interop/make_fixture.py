"""Makes vectors/data-dir-v1: a small stopped data directory, its secrets folder, and what must come out of them.

    python interop/make_fixture.py vectors/data-dir-v1

Run it with the environment of `interop/run.sh` and the release binary (or STRONGROOM_BINARY). It is run once for each
version of the on-disk format, never to make a failing test pass: a directory that an older release wrote is the point.
Every secret in it is published with it and protects nothing.
"""

import base64
import datetime
import json
import shutil
import sys
import tempfile
from pathlib import Path

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import harness

# What `serve` makes anew: its lock, its socket, where it listened, the reserve of disk space, the clients' CA bundle.
LEFT_OUT = ("LOCK", "operator.sock", "endpoint", "ballast", "ca-bundle.pem")
ALIAS = "alias/fixture"
ALICE = "arn:aws:iam::000000000000:user/alice"
POLICY = {"Version": "2012-10-17", "Statement": [
    {"Sid": "root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"},
    {"Sid": "alice", "Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "kms:Decrypt", "Resource": "*"}]}
DOCUMENT = b"sealed when this format was young\n" * 4


def client(env):
    """A KMS client as `strongroom env` would set one up."""
    return boto3.client("kms", region_name="us-east-1", endpoint_url=env["AWS_ENDPOINT_URL_KMS"],
                        verify=env["AWS_CA_BUNDLE"], aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])


def encrypted(kms, name, key, plaintext, context):
    """One entry of `ciphertexts`: everything that a later Decrypt needs and must answer."""
    blob = kms.encrypt(KeyId=key, Plaintext=plaintext, EncryptionContext=context)["CiphertextBlob"]
    return {"name": name, "key": key, "context": context, "plaintext": base64.b64encode(plaintext).decode(),
            "ciphertext": base64.b64encode(blob).decode()}


def data_key(kms, key, context):
    """The same for a data key."""
    answer = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
    return {"name": "data key", "key": key, "context": context,
            "plaintext": base64.b64encode(answer["Plaintext"]).decode(),
            "ciphertext": base64.b64encode(answer["CiphertextBlob"]).decode()}


def fill(service, folder):
    """Fills the running service and returns what must be found again."""
    env = service.env()
    kms = client(env)
    alice = service.operator("user", "create", "alice")  # before a policy may name her
    rotated = kms.create_key(Description="rotated once", Tags=[{"TagKey": "team", "TagValue": "records"}],
                             Policy=json.dumps(POLICY))["KeyMetadata"]["Arn"]
    disabled = kms.create_key(Description="disabled")["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=rotated)
    kms.tag_resource(KeyId=rotated, Tags=[{"TagKey": "since", "TagValue": "v1"}])
    context = {"document": "42", "größe": "ä"}
    ciphertexts = [encrypted(kms, "before rotation", rotated, b"before", context), data_key(kms, rotated, context)]
    sealed_before = sealed(service, env, rotated, folder, "before.sealed")
    kms.rotate_key_on_demand(KeyId=rotated)
    harness.eventually("the rotation", lambda: kms.list_key_rotations(KeyId=rotated)["Rotations"])
    kms.enable_key_rotation(KeyId=rotated, RotationPeriodInDays=2560)
    ciphertexts.append(encrypted(kms, "after rotation", rotated, b"after", {}))
    sealed_after = sealed(service, env, rotated, folder, "after.sealed")
    ciphertexts.append(encrypted(kms, "of the disabled key", disabled, b"disabled", {}))
    kms.disable_key(KeyId=disabled)
    client(service.env_for(alice)).decrypt(CiphertextBlob=base64.b64decode(ciphertexts[0]["ciphertext"]),
                                           EncryptionContext=context)
    return {
        "warning": "TEST SECRETS, PUBLISHED: everything here protects nothing. Never use it for anything.",
        "rotated_key": rotated, "disabled_key": disabled, "alias": ALIAS, "policy": POLICY,
        "tags": {"team": "records", "since": "v1"}, "rotation_period_days": 2560, "user": alice,
        "ciphertexts": ciphertexts, "sealed": [sealed_before, sealed_after],
        "document": base64.b64encode(DOCUMENT).decode(),
    }


def sealed(service, env, key, folder, name):
    """A file sealed with the running service."""
    done = service.cli("seal", "--quiet", "--key-id", key, "--encryption-context", "document=42", "-o", folder / name,
                       "-", env=env, input=DOCUMENT, text=False)
    assert done.returncode == 0, done.stderr
    return name


def expire_server_certificate(secrets):
    """Puts a certificate that ended in 2020 in the place of the one just made: the service has to renew it by itself."""
    load_key = lambda name: serialization.load_pem_private_key((secrets / name).read_bytes(), None)  # noqa: E731
    fresh = x509.load_pem_x509_certificate((secrets / "server.pem").read_bytes())
    builder = (x509.CertificateBuilder().subject_name(fresh.subject).issuer_name(fresh.issuer)
               .public_key(fresh.public_key()).serial_number(fresh.serial_number)
               .not_valid_before(datetime.datetime(2020, 1, 1)).not_valid_after(datetime.datetime(2020, 3, 31)))
    for extension in fresh.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    old = builder.sign(load_key("ca-key.pem"), hashes.SHA256())
    (secrets / "server.pem").write_bytes(old.public_bytes(serialization.Encoding.PEM))
    made = json.loads((secrets / "server.json").read_text())
    made["made_ms"] = int(datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc).timestamp() * 1000)
    (secrets / "server.json").write_text(json.dumps(made, indent=2) + "\n")


def main(target):
    """Makes the folder `target`, which must hold no fixture yet."""
    if (target / "data").exists():
        raise SystemExit(f"{target}/data exists: a fixture is never made anew for the same format")
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        service = harness.Service(Path(temporary) / "data", root="key-file").start()
        try:
            expected = fill(service, target)
            assert service.stop() == 0
        finally:
            service.kill()
        expire_server_certificate(service.secrets_dir)
        for source in (service.data_dir, service.secrets_dir):
            shutil.copytree(source, target / source.name, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (target / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
