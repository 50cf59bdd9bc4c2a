"""Makes a fixture of the newest on-disk format: a small stopped data directory, its secrets folder, and what must come out of them.

    python interop/make_fixture.py vectors/data-dir-v1.1

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
from authenticator import Authenticator

# What `serve` makes anew: its lock, its socket, where it listened, the reserve of disk space, the clients' CA bundle.
LEFT_OUT = ("LOCK", "operator.sock", "endpoint", "ballast", "ca-bundle.pem")
ALIAS = "alias/fixture"
ALICE = "arn:aws:iam::000000000000:user/alice"
POLICY = {"Version": "2012-10-17", "Statement": [
    {"Sid": "root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"},
    {"Sid": "alice", "Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "kms:Decrypt", "Resource": "*"}]}
CLUSTER = "cluster-2abcDEFghij"
ROLE = "arn:aws:iam::000000000000:role/fixture"
PHRASE = "a phrase that is published and protects nothing"
DOCUMENT = b"sealed when this format was young\n" * 4


def client(env, service="kms"):
    """A client as `strongroom env` would set one up."""
    return boto3.client(service, region_name="us-east-1", endpoint_url=env["AWS_ENDPOINT_URL_KMS"],
                        verify=env["AWS_CA_BUNDLE"], aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
                        aws_session_token=env.get("AWS_SESSION_TOKEN"))


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


def allow(*actions):
    """A policy that allows actions on everything."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]})


def fill_what_1_1_added(service, folder, key):
    """Records that format 1.0 did not know: grants, IAM beside users, an MFA device, an account alias, a custom key store, more roots."""
    env = service.env()
    kms, iam = client(env), client(env, "iam")
    kms.create_grant(KeyId=key, GranteePrincipal=ALICE, Operations=["Decrypt", "DescribeKey"], Name="fixture",
                     Constraints={"EncryptionContextSubset": {"document": "42"}})
    policy = iam.create_policy(PolicyName="fixture-lists", PolicyDocument=allow("kms:ListKeys"))["Policy"]["Arn"]
    iam.create_group(GroupName="readers")
    iam.attach_group_policy(GroupName="readers", PolicyArn=policy)
    iam.add_user_to_group(GroupName="readers", UserName="alice")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName="fixture", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName="fixture", PolicyName="own", PolicyDocument=allow("kms:ListAliases"))
    iam.create_open_id_connect_provider(Url="https://idp.example/fixture", ClientIDList=["fixture"])
    iam.create_account_alias(AccountAlias="fixture")
    device = Authenticator(iam, "fixture").enable("alice")
    body = base64.b64encode(b"\x30\x81\xc8" + bytes(200)).decode()
    harness.eventually("the token is seen",
                       lambda: service.operator("key-store", "list")["Clusters"][0]["token"] == "present")
    kms.create_custom_key_store(
        CustomKeyStoreName="fixture", CloudHsmClusterId=CLUSTER, KeyStorePassword=harness.Token.PIN,
        TrustAnchorCertificate=f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    (folder / "phrase").write_text(PHRASE + "\n")
    (folder / "phrase").chmod(0o600)
    service.operator("vault", "enroll", "--kind", "passphrase", "--name", "operators", "--passphrase-file", str(folder / "phrase"))
    service.operator("vault", "recovery", "create", "--shares", "3", "--threshold", "2", "--out-dir", str(folder / "shares"))
    return {"serial": device.serial, "seed": device.seed}


def added(service, key):
    """What there is of the records that format 1.0 did not know. test_fixture.py compares it with what was there then."""
    env = service.env()
    kms, iam = client(env), client(env, "iam")
    status = service.operator("vault", "status")
    recovery = status.get("recovery") or {}
    return {
        "grants": [[grant["GrantId"], grant["Name"], grant["Operations"], grant["Constraints"]]
                   for grant in kms.list_grants(KeyId=key)["Grants"]],
        "groups": {group["GroupName"]: [user["UserName"] for user in iam.get_group(GroupName=group["GroupName"])["Users"]]
                   for group in iam.list_groups()["Groups"]},
        "policies": [policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]],
        "roles": {role["RoleName"]: iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
                  for role in iam.list_roles()["Roles"]},
        "providers": [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]],
        "mfa_devices": [device["SerialNumber"] for device in iam.list_mfa_devices(UserName="alice")["MFADevices"]],
        "account_aliases": iam.list_account_aliases()["AccountAliases"],
        "key_stores": [[store["CustomKeyStoreId"], store["CustomKeyStoreName"], store["CloudHsmClusterId"], store["ConnectionState"]]
                       for store in kms.describe_custom_key_stores()["CustomKeyStores"]],
        "roots": sorted(root["name"] for root in status["roots"]),
        "recovery": [recovery[name] for name in ("set", "shares", "threshold") if name in recovery],
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
        service = harness.Service(Path(temporary) / "data", root="key-file")
        token = harness.Token(Path(temporary) / "token")
        configuration = Path(temporary) / "strongroom.toml"
        configuration.write_text(f'[[key_store.cluster]]\nid = "{CLUSTER}"\nmodule = "{token.MODULE}"\n'
                                 f'token = "{token.LABEL}"\npin_file = "{token.pin_file}"\n')
        service.variables = token.variables | {"STRONGROOM_CONFIG": str(configuration)}
        service.start()
        try:
            expected = fill(service, target)
            expected["mfa"] = fill_what_1_1_added(service, target, expected["rotated_key"])
            expected["added"] = added(service, expected["rotated_key"])
            assert service.stop() == 0
        finally:
            service.kill()
        expire_server_certificate(service.secrets_dir)
        for source in (service.data_dir, service.secrets_dir):
            shutil.copytree(source, target / source.name, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (target / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
