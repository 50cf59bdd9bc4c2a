"""Branch keys in a table of DynamoDB: the key store and the hierarchical keyring of the AWS Cryptographic Material Providers
for Python and `strongroom branch-key`, `seal` and `open`, both directions, with moto as DynamoDB and the live service as KMS."""

import hashlib
import os
import uuid

import aws_encryption_sdk
import boto3
import pytest
from aws_cryptographic_material_providers.keystore import KeyStore
from aws_cryptographic_material_providers.keystore.config import KeyStoreConfig
from aws_cryptographic_material_providers.keystore.models import (
    CreateKeyInput, CreateKeyStoreInput, GetBeaconKeyInput, KMSConfigurationKmsKeyArn, VersionKeyInput)
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsHierarchicalKeyringInput
from aws_encryption_sdk import Algorithm, CommitmentPolicy

import harness
from moto_server import moto_server

SUITES = {"committing": Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
          "signing": Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384}
CONTEXTS = [{}, {"tenant": "a", "document": "42"}]
CUSTOM = {"department": "admin"}
LOGICAL = "logical-name"
ACTIVE = "branch:ACTIVE"


# --- DynamoDB, and both sides' views of it


@pytest.fixture(scope="module")
def dynamodb_url():
    """moto's server: the URL of a DynamoDB that lasts for this module."""
    with moto_server() as url:
        yield url


@pytest.fixture(scope="module")
def dynamodb(env, dynamodb_url):
    """A plain client: what lies in the table."""
    return boto3.client("dynamodb", region_name=env["AWS_REGION"], endpoint_url=dynamodb_url,
                        aws_access_key_id="a", aws_secret_access_key="b")


@pytest.fixture(scope="module")
def table_env(env, dynamodb_url):
    """The environment of `strongroom env` with an endpoint for DynamoDB."""
    return env | {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url}


@pytest.fixture
def key_store(kms, dynamodb, shared_key):
    """The SDK's key store on a table, under a logical name."""
    def on(table, logical=LOGICAL):
        return KeyStore(config=KeyStoreConfig(
            ddb_client=dynamodb, ddb_table_name=table, logical_key_store_name=logical, kms_client=kms,
            kms_configuration=KMSConfigurationKmsKeyArn(value=shared_key["Arn"])))

    return on


@pytest.fixture
def table(key_store):
    """A new table of this test's own, made by the SDK."""
    name = f"branch-keys-{uuid.uuid4().hex}"
    key_store(name).create_key_store(CreateKeyStoreInput())
    return name


@pytest.fixture
def sdk():
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


def keyring(store, branch_key):
    """The SDK's hierarchical keyring, with a cache of its own."""
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    return providers.create_aws_kms_hierarchical_keyring(CreateAwsKmsHierarchicalKeyringInput(
        key_store=store, branch_key_id=branch_key, ttl_seconds=600))


def place(table, logical=LOGICAL, key=None):
    """The flag that names the table."""
    return ("--branch-key-store", f"dynamodb:{table},logical={logical}" + (f",key={key}" if key else ""))


def pairs(context):
    return [word for name, value in context.items() for word in ("--encryption-context", f"{name}={value}")]


@pytest.fixture
def create(service, table_env, table, shared_key):
    """`strongroom branch-key create` in the table; the branch key's id."""
    def run(*flags):
        made = service.cli("branch-key", "create", *place(table), "--key-id", shared_key["Arn"], *flags, env=table_env)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    return run


@pytest.fixture
def open_with(service, table_env, tmp_path):
    """`strongroom open` of a message; the finished process. The plaintext is in `out`."""
    def run(store, branch_key, message, env=table_env):
        (tmp_path / "m.sealed").write_bytes(message)
        (tmp_path / "out").unlink(missing_ok=True)
        return service.cli("open", *store, "--branch-key-id", branch_key, "-o", tmp_path / "out", tmp_path / "m.sealed", env=env)

    return run


@pytest.fixture
def seal_with(service, table_env, tmp_path):
    """`strongroom seal` of bytes; the message."""
    def run(store, branch_key, plaintext, context, *flags):
        (tmp_path / "in").write_bytes(plaintext)
        sealed = service.cli("seal", *store, "--branch-key-id", branch_key, *pairs(context), *flags, "--force",
                             tmp_path / "in", env=table_env)
        assert sealed.returncode == 0, sealed.stderr
        return (tmp_path / "in.sealed").read_bytes()

    return run


def item_of(dynamodb, table, branch_key, kind=ACTIVE):
    return dynamodb.get_item(TableName=table, Key={"branch-key-id": {"S": branch_key}, "type": {"S": kind}})["Item"]


def kinds_of(dynamodb, table, branch_key):
    """The types of a branch key's items, in order, without UUIDs."""
    found = dynamodb.query(TableName=table, KeyConditionExpression="#id = :id",
                           ExpressionAttributeNames={"#id": "branch-key-id"},
                           ExpressionAttributeValues={":id": {"S": branch_key}})["Items"]
    return sorted(":".join(item["type"]["S"].split(":")[:2]) for item in found)


# --- each opens what the other sealed


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("context", CONTEXTS, ids=["no context", "context"])
def test_a_branch_key_of_the_sdk_opens_here_in_both_versions(sdk, key_store, table, open_with, tmp_path, suite, context):
    store = key_store(table)
    branch_key = store.create_key(CreateKeyInput()).branch_key_identifier
    how = {"algorithm": SUITES[suite], "encryption_context": context}
    first, _ = sdk.encrypt(source=b"first", keyring=keyring(store, branch_key), **how)
    store.version_key(VersionKeyInput(branch_key_identifier=branch_key))
    second, _ = sdk.encrypt(source=b"second", keyring=keyring(store, branch_key), **how)
    for message, plaintext in ((first, b"first"), (second, b"second")):
        opened = open_with(place(table), branch_key, message)
        assert opened.returncode == 0, opened.stderr
        assert (tmp_path / "out").read_bytes() == plaintext


@pytest.mark.parametrize("sign", [(), ("--sign",)], ids=["not signed", "signed"])
@pytest.mark.parametrize("context", CONTEXTS, ids=["no context", "context"])
def test_a_branch_key_of_ours_opens_there_in_both_versions(
        service, table_env, dynamodb, sdk, key_store, table, create, seal_with, sign, context):
    branch_key = create("--branch-key-id", "tenant-a", *pairs(CUSTOM))
    assert branch_key == "tenant-a"
    first = seal_with(place(table), branch_key, b"first", context, *sign)
    rotated = service.cli("branch-key", "rotate", *place(table), "--branch-key-id", branch_key, env=table_env)
    assert rotated.returncode == 0, rotated.stderr
    assert kinds_of(dynamodb, table, branch_key) == ["beacon:ACTIVE", ACTIVE, "branch:version", "branch:version"]
    second = seal_with(place(table), branch_key, b"second", context, *sign)
    for message, plaintext in ((first, b"first"), (second, b"second")):
        opened, header = sdk.decrypt(source=message, keyring=keyring(key_store(table), branch_key))
        assert opened == plaintext
        assert [edk.key_provider.key_info for edk in header.encrypted_data_keys] == [b"tenant-a"]
        assert context.items() <= header.encryption_context.items()


def test_each_gives_the_others_branch_key_a_new_version(
        service, table_env, dynamodb, sdk, key_store, table, create, seal_with, open_with, tmp_path):
    store = key_store(table)
    theirs = store.create_key(CreateKeyInput(branch_key_identifier="theirs", encryption_context=CUSTOM)).branch_key_identifier
    ours = create()
    store.version_key(VersionKeyInput(branch_key_identifier=ours))
    rotated = service.cli("branch-key", "rotate", *place(table), "--branch-key-id", theirs, env=table_env)
    assert rotated.returncode == 0, rotated.stderr
    for branch_key in (theirs, ours):
        assert kinds_of(dynamodb, table, branch_key) == ["beacon:ACTIVE", ACTIVE, "branch:version", "branch:version"]
        ring = keyring(key_store(table), branch_key)
        assert sdk.decrypt(source=seal_with(place(table), branch_key, b"from here", {}), keyring=ring)[0] == b"from here"
        message, _ = sdk.encrypt(source=b"from there", keyring=ring, algorithm=SUITES["committing"])
        opened = open_with(place(table), branch_key, message)
        assert opened.returncode == 0, opened.stderr
        assert (tmp_path / "out").read_bytes() == b"from there"


def test_items_have_the_same_attributes_and_the_beacon_key_unwraps_there(dynamodb, key_store, table, create):
    ours = create("--branch-key-id", "ours", *pairs(CUSTOM))
    store = key_store(table)
    theirs = store.create_key(CreateKeyInput(branch_key_identifier="theirs", encryption_context=CUSTOM)).branch_key_identifier
    version = item_of(dynamodb, table, ours)["version"]["S"]
    their_version = item_of(dynamodb, table, theirs)["version"]["S"]
    for kind, their_kind in ((ACTIVE, ACTIVE), ("beacon:ACTIVE",) * 2, (version, their_version)):
        item, other = item_of(dynamodb, table, ours, kind), item_of(dynamodb, table, theirs, their_kind)
        assert {name: list(value) for name, value in item.items()} == {name: list(value) for name, value in other.items()}
        for name in ("kms-arn", "hierarchy-version", "aws-crypto-ec:department"):
            assert item[name] == other[name]
        assert len(item["create-time"]["S"]) == len(other["create-time"]["S"])
    beacon = store.get_beacon_key(GetBeaconKeyInput(branch_key_identifier=ours)).beacon_key_materials
    assert len(beacon.beacon_key) == 32 and dict(beacon.encryption_context) == CUSTOM


def test_many_files_are_one_call_of_kms(service, table_env, table, create, tmp_path):
    branch_key = create()
    names = [tmp_path / f"doc{number}" for number in range(20)]
    for name in names:
        name.write_bytes(name.name.encode())
    mark = service.audit_mark()
    done = service.cli("seal", *place(table), "--branch-key-id", branch_key, *names, env=table_env)
    assert done.returncode == 0, done.stderr
    assert [record["eventName"] for record in service.audit_since(mark)] == ["Decrypt"]


# --- what is refused


def test_another_logical_name_is_refused_on_both_sides(service, table_env, sdk, key_store, table, create, seal_with, open_with):
    branch_key = create()
    message = seal_with(place(table), branch_key, b"x", {})
    assert open_with(place(table), branch_key, message).returncode == 0
    assert sdk.decrypt(source=message, keyring=keyring(key_store(table), branch_key))[0] == b"x"
    other = open_with(place(table, "another"), branch_key, message)
    assert other.returncode == 3 and "InvalidCiphertext" in other.stderr, other.stderr
    with pytest.raises(Exception, match="able to decrypt"):
        sdk.decrypt(source=message, keyring=keyring(key_store(table, "another"), branch_key))
    rotated = service.cli("branch-key", "rotate", *place(table, "another"), "--branch-key-id", branch_key, env=table_env)
    assert rotated.returncode == 3, rotated.stderr


ALTERED = {
    "enc": lambda item: {"B": item["enc"]["B"][:-1] + bytes([item["enc"]["B"][-1] ^ 1])},
    "create-time": lambda item: {"S": "2020-01-01T00:00:00.000000Z"},
    "kms-arn": lambda item: {"S": item["kms-arn"]["S"][:-1] + ("0" if item["kms-arn"]["S"][-1] != "0" else "1")},
    "hierarchy-version": lambda item: {"N": "1" if item["hierarchy-version"]["N"] == "2" else "2"},
    "aws-crypto-ec:department": lambda item: {"S": "guest"},
    "aws-crypto-ec:further": lambda item: {"S": "pair"},
    "not-known": lambda item: {"S": "attribute"},
    "version": lambda item: {"S": f"branch:version:{uuid.uuid4()}"},
}


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_item_is_refused(service, table_env, dynamodb, table, create, tmp_path, name, version):
    branch_key = create("--hierarchy-version", version, "--branch-key-id", "tenant-a", *pairs(CUSTOM))
    whole = item_of(dynamodb, table, branch_key)
    (tmp_path / "doc").write_bytes(b"x")
    sealing = ("seal", *place(table), "--branch-key-id", branch_key, "--force", tmp_path / "doc")
    for _ in range(2):
        assert service.cli(*sealing, env=table_env).returncode == 0
        (tmp_path / "doc.sealed").unlink()
        dynamodb.put_item(TableName=table, Item=whole | {name: ALTERED[name](whole)})
        refused = service.cli(*sealing, env=table_env)
        assert refused.returncode == 3 and not (tmp_path / "doc.sealed").exists(), refused.stderr
        rotated = service.cli("branch-key", "rotate", *place(table), "--branch-key-id", branch_key, env=table_env)
        assert rotated.returncode == 3, rotated.stderr
        dynamodb.put_item(TableName=table, Item=whole)


def test_an_altered_version_does_not_open(dynamodb, table, create, seal_with, open_with):
    branch_key = create()
    message = seal_with(place(table), branch_key, b"x", {})
    whole = item_of(dynamodb, table, branch_key, item_of(dynamodb, table, branch_key)["version"]["S"])
    assert open_with(place(table), branch_key, message).returncode == 0
    dynamodb.put_item(TableName=table, Item=whole | {"enc": ALTERED["enc"](whole)})
    assert open_with(place(table), branch_key, message).returncode == 3
    dynamodb.delete_item(TableName=table, Key={name: whole[name] for name in ("branch-key-id", "type")})
    gone = open_with(place(table), branch_key, message)
    assert gone.returncode == 3 and "has no record branch:version:" in gone.stderr


def test_the_table_does_not_choose_the_kms_key(table_env, shared_key, key, table, create, seal_with, open_with):
    branch_key = create()
    message = seal_with(place(table, key=shared_key["Arn"]), branch_key, b"x", {})
    assert open_with(place(table), branch_key, message).returncode == 0
    other = open_with(place(table, key=key["Arn"]), branch_key, message)
    assert other.returncode == 3 and "may not be used" in other.stderr, other.stderr
    foreign = open_with(place(table), branch_key, message, table_env | {"AWS_ACCOUNT_ID": "111122223333"})
    assert foreign.returncode == 3 and "may not be used" in foreign.stderr, foreign.stderr
    nobody = {name: value for name, value in table_env.items() if name != "AWS_ACCOUNT_ID"}
    unsaid = open_with(place(table), branch_key, message, nobody)
    assert unsaid.returncode == 3 and "key=ARN" in unsaid.stderr, unsaid.stderr
    assert open_with(place(table, key=shared_key["Arn"]), branch_key, message, nobody).returncode == 0


def test_a_branch_key_is_made_once(service, table_env, dynamodb, shared_key, table, create):
    create("--branch-key-id", "tenant-a", *pairs(CUSTOM))
    before = item_of(dynamodb, table, "tenant-a")
    again = service.cli("branch-key", "create", *place(table), "--key-id", shared_key["Arn"], "--branch-key-id", "tenant-a",
                        *pairs(CUSTOM), env=table_env)
    assert again.returncode == 3 and "exists already" in again.stderr and again.stdout == ""
    assert item_of(dynamodb, table, "tenant-a") == before
    for flags, why in ((("--store-name", "x"), "logical=NAME"), (("--key-id", "alias/a"), "ARN of a KMS key"), ((), "--key-id")):
        refused = service.cli("branch-key", "create", *place(table), *flags, env=table_env)
        assert refused.returncode == 2 and why in refused.stderr, refused.stderr


# --- hierarchy version 2: the SDKs for Python do not have it, so the specification is written out here


def digest_of(item, logical=LOGICAL):
    """What stands before the key of an item: SHA-384 of the canonical block of everything that it is bound to."""
    context = {name: next(iter(value.values())) for name, value in item.items() if name != "enc"} | {"tablename": logical}
    texts = [text.encode() for name in sorted(context, key=str.encode) for text in (name, context[name])]
    block = b"".join(len(text).to_bytes(2, "big") + text for text in texts)
    return hashlib.sha384(len(context).to_bytes(2, "big") + block).digest()


@pytest.fixture
def create_by_hand(kms, dynamodb, shared_key, table):
    """A branch key of version 2, step by step; its id."""
    arn, branch_key, version = shared_key["Arn"], "by-hand", f"branch:version:{uuid.uuid4()}"
    common = {"branch-key-id": {"S": branch_key}, "kms-arn": {"S": arn}, "create-time": {"S": "2026-01-02T03:04:05.678901Z"},
              "hierarchy-version": {"N": "2"}} | {f"aws-crypto-ec:{name}": {"S": value} for name, value in CUSTOM.items()}
    key = kms.generate_data_key(KeyId=arn, NumberOfBytes=32, EncryptionContext=CUSTOM)["Plaintext"]
    for own, plaintext in (({"type": {"S": version}}, key), ({"type": {"S": ACTIVE}, "version": {"S": version}}, key),
                           ({"type": {"S": "beacon:ACTIVE"}}, os.urandom(32))):
        item = common | own
        wrapped = kms.encrypt(KeyId=arn, Plaintext=digest_of(item) + plaintext, EncryptionContext=CUSTOM)["CiphertextBlob"]
        dynamodb.put_item(TableName=table, Item=item | {"enc": {"B": wrapped}})
    return branch_key


def test_a_branch_key_of_version_2_is_as_the_specification_says(service, kms, dynamodb, table, create):
    mark = service.audit_mark()
    branch_key = create("--hierarchy-version", "2", "--branch-key-id", "tenant-a", *pairs(CUSTOM))
    assert [record["eventName"] for record in service.audit_since(mark)] == [
        "GenerateDataKey", "Encrypt", "Encrypt", "GenerateDataKey", "Encrypt"]
    version, keys = item_of(dynamodb, table, branch_key)["version"]["S"], {}
    for kind in (ACTIVE, version, "beacon:ACTIVE"):
        item = item_of(dynamodb, table, branch_key, kind)
        assert item["hierarchy-version"] == {"N": "2"} and item["aws-crypto-ec:department"] == {"S": "admin"}
        opened = kms.decrypt(CiphertextBlob=item["enc"]["B"], KeyId=item["kms-arn"]["S"], EncryptionContext=CUSTOM)["Plaintext"]
        assert len(opened) == 80 and opened[:48] == digest_of(item)
        keys[kind] = opened[48:]
    assert keys[ACTIVE] == keys[version] != keys["beacon:ACTIVE"]


def test_a_branch_key_of_version_2_made_by_hand_is_used_and_keeps_its_version(
        service, table_env, dynamodb, table, create_by_hand, seal_with, open_with, tmp_path):
    branch_key = create_by_hand
    first = seal_with(place(table), branch_key, b"first", {})
    rotated = service.cli("branch-key", "rotate", *place(table), "--branch-key-id", branch_key, env=table_env)
    assert rotated.returncode == 0, rotated.stderr
    second = seal_with(place(table), branch_key, b"second", {})
    assert kinds_of(dynamodb, table, branch_key) == ["beacon:ACTIVE", ACTIVE, "branch:version", "branch:version"]
    active = item_of(dynamodb, table, branch_key)
    for kind in (ACTIVE, active["version"]["S"]):
        assert item_of(dynamodb, table, branch_key, kind)["hierarchy-version"] == {"N": "2"}
    for message, plaintext in ((first, b"first"), (second, b"second")):
        opened = open_with(place(table), branch_key, message)
        assert opened.returncode == 0, opened.stderr
        assert (tmp_path / "out").read_bytes() == plaintext
    other = open_with(place(table, "another"), branch_key, first)
    assert other.returncode == 3 and "not as it was made" in other.stderr, other.stderr


def test_another_record_of_version_2_in_the_place_of_one_is_refused(dynamodb, table, create_by_hand, seal_with, open_with):
    message = seal_with(place(table), create_by_hand, b"x", {})
    assert open_with(place(table), create_by_hand, message).returncode == 0
    version = item_of(dynamodb, table, create_by_hand)["version"]["S"]
    whole, beacon = (item_of(dynamodb, table, create_by_hand, kind) for kind in (version, "beacon:ACTIVE"))
    dynamodb.put_item(TableName=table, Item=whole | {"enc": beacon["enc"]})
    refused = open_with(place(table), create_by_hand, message)
    assert refused.returncode == 3 and "not as it was made" in refused.stderr, refused.stderr


def test_planted_item_of_version_2_is_refused_where_version_1_alone_is_used(
        service, table_env, kms, dynamodb, shared_key, table, create, tmp_path):
    """Who writes to the table and may call Encrypt under pairs of their own knows the key that they put there."""
    branch_key, pair = create("--branch-key-id", "tenant-a", *pairs(CUSTOM)), {"allowed": "this"}
    planted = {name: value for name, value in item_of(dynamodb, table, branch_key).items() if ":" not in name}
    planted |= {"hierarchy-version": {"N": "2"}, "aws-crypto-ec:allowed": {"S": "this"}}
    known = kms.encrypt(KeyId=shared_key["Arn"], Plaintext=digest_of(planted) + bytes(32), EncryptionContext=pair)
    planted["enc"] = {"B": known["CiphertextBlob"]}
    (tmp_path / "doc").write_bytes(b"x")

    def run(command, logical):
        words = ("--force", tmp_path / "doc") if command == "seal" else ()
        return service.cli(*command.split(), *place(table, logical), "--branch-key-id", branch_key, *words, env=table_env)

    only = f"{LOGICAL},hierarchy-version=1"
    assert run("seal", only).returncode == 0
    dynamodb.put_item(TableName=table, Item=planted)
    assert run("seal", LOGICAL).returncode == 0, "the control"
    for command in ("seal", "branch-key rotate"):
        refused = run(command, only)
        assert refused.returncode == 3 and "of hierarchy version 2, and 1 alone is used here" in refused.stderr, refused.stderr


def test_pairs_that_version_2_cannot_have_and_versions_that_are_not_known(service, table_env, shared_key, table):
    for name in ("type", "enc"):
        making = ("branch-key", "create", *place(table), "--key-id", shared_key["Arn"], "--encryption-context", f"{name}=x")
        assert service.cli(*making, env=table_env).returncode == 0
        refused = service.cli(*making, "--hierarchy-version", "2", env=table_env)
        assert refused.returncode == 3 and f'"{name}"' in refused.stderr and refused.stdout == "", refused.stderr
    assert service.cli(*making, "--hierarchy-version", "3", env=table_env).returncode == 2


# --- the table


def test_a_table_is_made_and_the_sdk_takes_it(service, table_env, dynamodb, key_store):
    name = f"made-here-{uuid.uuid4().hex}"
    missing = service.cli("branch-key", "rotate", *place(name), "--branch-key-id", "a", env=table_env)
    assert missing.returncode == 3 and "create-table" in missing.stderr, missing.stderr
    making = ("branch-key", "create-table", "--branch-key-store", f"dynamodb:{name}")
    for said in ("is made", "is there already"):
        made = service.cli(*making, env=table_env)
        assert made.returncode == 0 and said in made.stderr, made.stderr
    assert key_store(name).create_key_store(CreateKeyStoreInput()).table_arn.endswith(f"/{name}")
    assert dynamodb.describe_table(TableName=name)["Table"]["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_a_table_with_another_key_and_a_folder_are_refused(service, table_env, dynamodb, tmp_path):
    name = f"other-{uuid.uuid4().hex}"
    dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                          AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                          KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    refused = service.cli("branch-key", "create-table", "--branch-key-store", f"dynamodb:{name}", env=table_env)
    assert refused.returncode == 3 and "its key is not" in refused.stderr, refused.stderr
    folder = service.cli("branch-key", "create-table", "--branch-key-store", tmp_path / "store", env=table_env)
    assert folder.returncode == 2 and "dynamodb:TABLE" in folder.stderr, folder.stderr


def test_dynamodb_that_is_not_there_is_said_to_be(service, table_env, table, create):
    branch_key = create()
    nowhere = table_env | {"AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{harness.free_port()}"}
    done = service.cli("branch-key", "rotate", *place(table), "--branch-key-id", branch_key, env=nowhere)
    assert done.returncode == 3 and "AWS_ENDPOINT_URL_DYNAMODB" in done.stderr, done.stderr


def test_another_service_in_place_of_dynamodb_is_told(service, table_env):
    strongroom = table_env | {"AWS_ENDPOINT_URL_DYNAMODB": table_env["AWS_ENDPOINT_URL_KMS"]}
    done = service.cli("branch-key", "rotate", *place("branch-keys"), "--branch-key-id", "a", env=strongroom)
    first, *more = done.stderr.splitlines()
    assert done.returncode == 3 and "GetItem: HTTP 403: this is no answer of DynamoDB" in first, done.stderr
    assert "AWS_ENDPOINT_URL_DYNAMODB" in more[0] and "STRONGROOM_DYNAMODB_PROFILE" in more[0], done.stderr
