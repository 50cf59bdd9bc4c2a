"""Branch keys under multi-Region keys and by discovery: the KMS configurations of the key store of the AWS Cryptographic Material
Providers for Python and those of `strongroom`, each on what the other made. moto is DynamoDB and KMS too: Strongroom has no
multi-Region keys of its own."""

import contextlib
import json
import uuid

import aws_encryption_sdk
import boto3
import pytest
from aws_cryptographic_material_providers.keystore import KeyStore
from aws_cryptographic_material_providers.keystore.config import KeyStoreConfig
from aws_cryptographic_material_providers.keystore.models import (
    CreateKeyInput, CreateKeyStoreInput, Discovery, KMSConfigurationDiscovery, KMSConfigurationKmsKeyArn,
    KMSConfigurationKmsMRKeyArn, KMSConfigurationMrDiscovery, MRDiscovery, VersionKeyInput)
from aws_encryption_sdk import Algorithm, CommitmentPolicy
from moto.core import DEFAULT_ACCOUNT_ID
from moto.kms.models import kms_backends

import harness
from moto_server import moto_server
from test_branch_key_table import ACTIVE, LOGICAL, item_of, keyring, kinds_of

HERE, THERE = "eu-west-1", "us-east-1"
SUITE = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
VERSIONS = pytest.mark.parametrize("version", ["1", "2"])


@pytest.fixture(scope="module")
def url():
    """moto's server, for all services and Regions."""
    with moto_server() as url:
        yield url


@pytest.fixture(scope="module")
def client(url):
    """A client of a service in a Region."""
    def of(name, region=HERE):
        return boto3.client(name, region_name=region, endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b")

    return of


@pytest.fixture(scope="module")
def aws_env(url):
    """The environment of who uses AWS in the first Region: the table is there. No account is said."""
    return harness.clean_environment() | {
        "AWS_REGION": HERE, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_ENDPOINT_URL_KMS": url, "AWS_ENDPOINT_URL_DYNAMODB": url}


@pytest.fixture(scope="module")
def arns(client):
    """The ARNs of one multi-Region key, by its Regions. moto's ciphertexts have room for an id of 36 characters, as those of
    AWS have, and its own are longer; its call to replicate does not take those of AWS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("moto.kms.models.generate_key_id", lambda multi_region=False: f"mrk-{uuid.uuid4().hex}")
        key = client("kms").create_key(MultiRegion=True)["KeyMetadata"]
    kms_backends[DEFAULT_ACCOUNT_ID][HERE].replicate_key(key["KeyId"], THERE)
    return {HERE: key["Arn"], THERE: key["Arn"].replace(HERE, THERE)}


@contextlib.contextmanager
def away(arn):
    """While the first Region has lost the key."""
    keys = kms_backends[DEFAULT_ACCOUNT_ID][HERE].keys
    lost = keys.pop(arn.split("/")[1])
    try:
        yield
    finally:
        keys[lost.id] = lost


@pytest.fixture
def table(client):
    """A new table, made by the SDK."""
    name = f"branch-keys-{uuid.uuid4().hex}"
    configuration = KMSConfigurationDiscovery(value=Discovery())
    KeyStore(config=KeyStoreConfig(ddb_client=client("dynamodb"), ddb_table_name=name, logical_key_store_name=LOGICAL,
                                   kms_client=client("kms"), kms_configuration=configuration)
             ).create_key_store(CreateKeyStoreInput())
    return name


@pytest.fixture
def sdk_store(client, table, arns):
    """The SDK's key store in a configuration, with KMS in its Region."""
    def on(name):
        configuration, region = {
            "key": (KMSConfigurationKmsKeyArn(value=arns[HERE]), HERE),
            "mr-key here": (KMSConfigurationKmsMRKeyArn(value=arns[HERE]), HERE),
            "mr-key there": (KMSConfigurationKmsMRKeyArn(value=arns[THERE]), THERE),
            "discovery": (KMSConfigurationDiscovery(value=Discovery()), HERE),
            "mr-discovery there": (KMSConfigurationMrDiscovery(value=MRDiscovery(region=THERE)), THERE),
        }[name]
        return KeyStore(config=KeyStoreConfig(
            ddb_client=client("dynamodb"), ddb_table_name=table, logical_key_store_name=LOGICAL,
            kms_client=client("kms", region), kms_configuration=configuration))

    return on


@pytest.fixture
def place(table, arns):
    """Our flag for the same configurations."""
    def on(name):
        part = {
            "key": f"key={arns[HERE]}", "mr-key here": f"mr-key={arns[HERE]}", "mr-key there": f"mr-key={arns[THERE]}",
            "discovery": "discovery", "mr-discovery there": f"mr-discovery={THERE}",
        }.get(name, name)
        return ("--branch-key-store", f"dynamodb:{table},logical={LOGICAL},{part}")

    return on


@pytest.fixture
def strongroom(service, aws_env):
    """`strongroom` against moto; the finished process."""
    return lambda *words, **options: service.cli(*words, env=aws_env, **options)


@pytest.fixture
def seal(strongroom, place, tmp_path):
    """`strongroom seal` of bytes in a configuration; the message."""
    def run(name, branch_key, plaintext):
        (tmp_path / "in").write_bytes(plaintext)
        sealed = strongroom("seal", *place(name), "--branch-key-id", branch_key, "--force", tmp_path / "in")
        assert sealed.returncode == 0, sealed.stderr
        return (tmp_path / "in.sealed").read_bytes()

    return run


@pytest.fixture
def open_with(strongroom, place, tmp_path):
    """`strongroom open` of a message in a configuration; the finished process. The plaintext is in `out`."""
    def run(name, branch_key, message):
        (tmp_path / "m.sealed").write_bytes(message)
        (tmp_path / "out").unlink(missing_ok=True)
        return strongroom("open", *place(name), "--branch-key-id", branch_key, "-o", tmp_path / "out", tmp_path / "m.sealed")

    return run


@pytest.fixture
def create(strongroom, place):
    """`strongroom branch-key create` in a configuration; the branch key's id."""
    def run(name, *flags):
        made = strongroom("branch-key", "create", *place(name), *flags)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    return run


@pytest.fixture
def sdk():
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


USED_THERE = ["mr-key there", "mr-discovery there"]


# --- each uses the other's branch keys


@pytest.mark.parametrize("name", ["mr-key here", "discovery", *USED_THERE])
def test_a_branch_key_of_the_sdk_is_used_here(sdk, sdk_store, seal, open_with, tmp_path, name):
    branch_key = sdk_store("mr-key here").create_key(CreateKeyInput()).branch_key_identifier
    message, _ = sdk.encrypt(source=b"from there", keyring=keyring(sdk_store(name), branch_key), algorithm=SUITE)
    opened = open_with(name, branch_key, message)
    assert opened.returncode == 0, opened.stderr
    assert (tmp_path / "out").read_bytes() == b"from there"
    ours = seal(name, branch_key, b"from here")
    assert sdk.decrypt(source=ours, keyring=keyring(sdk_store("key"), branch_key))[0] == b"from here"


@pytest.mark.parametrize("name", ["mr-key here", "discovery", *USED_THERE])
def test_a_branch_key_of_ours_is_used_by_the_sdk(sdk, sdk_store, seal, create, name):
    branch_key = create("mr-key here")
    message = seal("key", branch_key, b"from here")
    assert sdk.decrypt(source=message, keyring=keyring(sdk_store(name), branch_key))[0] == b"from here"


def test_each_gives_a_new_version_in_the_other_region_and_the_records_keep_their_key(
        client, sdk, sdk_store, strongroom, place, table, arns, seal, open_with, create):
    ours, theirs = create("mr-key here"), sdk_store("key").create_key(CreateKeyInput()).branch_key_identifier
    sdk_store("mr-key there").version_key(VersionKeyInput(branch_key_identifier=ours))
    rotated = strongroom("branch-key", "rotate", *place("mr-key there"), "--branch-key-id", theirs)
    assert rotated.returncode == 0, rotated.stderr
    for branch_key in (ours, theirs):
        assert kinds_of(client("dynamodb"), table, branch_key) == ["beacon:ACTIVE", ACTIVE, "branch:version", "branch:version"]
        assert item_of(client("dynamodb"), table, branch_key)["kms-arn"] == {"S": arns[HERE]}
        message = seal("key", branch_key, b"x")
        assert sdk.decrypt(source=message, keyring=keyring(sdk_store("key"), branch_key))[0] == b"x"
        assert open_with("key", branch_key, message).returncode == 0


# --- which KMS is called


@VERSIONS
def test_the_other_region_is_enough_while_the_first_has_lost_the_key(
        strongroom, place, arns, seal, open_with, create, version):
    branch_key = create("mr-key here", "--hierarchy-version", version)
    message = seal("key", branch_key, b"x")
    for name in ("key", "mr-key here", "discovery", *USED_THERE):
        assert open_with(name, branch_key, message).returncode == 0, name
    with away(arns[HERE]):
        for name in ("key", "mr-key here", "discovery"):
            lost = open_with(name, branch_key, message)
            assert lost.returncode == 3 and "KMS refused" in lost.stderr, lost.stderr
        for name in USED_THERE:
            found = open_with(name, branch_key, message)
            assert found.returncode == 0, found.stderr
        rotated = strongroom("branch-key", "rotate", *place("mr-key there"), "--branch-key-id", branch_key)
        assert rotated.returncode == 0, rotated.stderr
    later = seal("key", branch_key, b"y")
    assert open_with("key", branch_key, later).returncode == 0


def test_a_key_of_one_region_is_itself_only(client, seal, open_with, create, arns):
    branch_key = create("key")
    message = seal("key", branch_key, b"x")
    assert open_with("mr-key there", branch_key, message).returncode == 0
    strict = open_with(f"key={arns[THERE]}", branch_key, message)
    assert strict.returncode == 3 and "may not be used" in strict.stderr, strict.stderr
    single = client("kms").create_key()["KeyMetadata"]["Arn"]
    own = create(f"mr-key={single}")
    message = seal(f"mr-key={single}", own, b"x")
    assert open_with("mr-discovery there", own, message).returncode == 0
    moved = open_with(f"mr-key={single.replace(HERE, THERE)}", own, message)
    assert moved.returncode == 3 and "may not be used" in moved.stderr, moved.stderr


# --- discovery


@pytest.mark.parametrize("name", ["discovery", "mr-discovery there"])
def test_discovery_makes_no_branch_key_and_no_new_version(client, strongroom, place, table, arns, create, name):
    branch_key = create("mr-key here")
    before = item_of(client("dynamodb"), table, branch_key)
    for further in ((), ("--key-id", arns[HERE])):
        made = strongroom("branch-key", "create", *place(name), *further)
        assert made.returncode == 2 and "discovery" in made.stderr and made.stdout == "", made.stderr
    rotated = strongroom("branch-key", "rotate", *place(name), "--branch-key-id", branch_key)
    assert rotated.returncode == 3 and "by discovery" in rotated.stderr, rotated.stderr
    assert item_of(client("dynamodb"), table, branch_key) == before
    assert strongroom("branch-key", "rotate", *place("mr-key there"), "--branch-key-id", branch_key).returncode == 0


def test_discovery_keeps_to_an_account_where_one_is_said(create, seal, open_with):
    branch_key = create("mr-key here")
    message = seal("key", branch_key, b"x")
    for name in ("discovery", f"mr-discovery={THERE}"):
        own = open_with(f"{name},account={DEFAULT_ACCOUNT_ID}", branch_key, message)
        assert own.returncode == 0, own.stderr
        other = open_with(f"{name},account=111122223333", branch_key, message)
        assert other.returncode == 3 and "may not be used" in other.stderr, other.stderr


@pytest.mark.parametrize("part", ["discovery=x", "mr-discovery", "mr-key=alias/a", "discovery,key=x", "account=111122223333"])
def test_a_configuration_that_is_not_understood_is_wrong_usage(strongroom, place, part):
    refused = strongroom("branch-key", "rotate", *place(part), "--branch-key-id", "a")
    assert refused.returncode == 2 and ("the form is" in refused.stderr or "no ARN" in refused.stderr), refused.stderr


# --- folders


@VERSIONS
@pytest.mark.parametrize("multi_region", [True, False], ids=["multi-Region", "one Region"])
def test_a_folder_that_was_copied_to_another_region(strongroom, arns, tmp_path, version, multi_region):
    folder, flags = tmp_path / "store", ["--multi-region"] if multi_region else []
    made = strongroom("branch-key", "create", "--branch-key-store", folder, "--key-id", arns[HERE],
                      "--hierarchy-version", version, *flags)
    assert made.returncode == 0, made.stderr
    named = ("--branch-key-store", folder, "--branch-key-id", made.stdout.strip())
    (tmp_path / "doc").write_bytes(b"x")
    assert strongroom("seal", *named, tmp_path / "doc").returncode == 0
    settings = json.loads((folder / "store.json").read_text())
    (folder / "store.json").write_text(json.dumps(settings | {"kms-arn": arns[THERE]}))
    with away(arns[HERE]):
        opened = strongroom("open", *named, "-o", tmp_path / "out", tmp_path / "doc.sealed")
        rotated = strongroom("branch-key", "rotate", *named)
    if multi_region:
        assert (opened.returncode, rotated.returncode) == (0, 0), opened.stderr + rotated.stderr
        assert (tmp_path / "out").read_bytes() == b"x"
    else:
        assert (opened.returncode, rotated.returncode) == (3, 3)
        assert "may not be used" in opened.stderr and not (tmp_path / "out").exists()


# --- messages


def test_a_message_is_opened_with_the_replica_of_its_key(strongroom, arns, tmp_path):
    (tmp_path / "doc").write_bytes(b"x")
    sealed = strongroom("seal", "--multi-region", "--key-id", arns[HERE], tmp_path / "doc")
    assert sealed.returncode == 0, sealed.stderr
    opening = ("open", "--key-id", arns[THERE], "-o", tmp_path / "out", tmp_path / "doc.sealed")
    with away(arns[HERE]):
        refused = strongroom(*opening)
        opened = strongroom(*opening, "--multi-region")
    assert refused.returncode == 3 and arns[HERE] in refused.stderr, refused.stderr
    assert opened.returncode == 0 and (tmp_path / "out").read_bytes() == b"x", opened.stderr


def test_a_message_is_rewrapped_by_the_replica_of_its_key(strongroom, client, arns, tmp_path):
    (tmp_path / "doc").write_bytes(b"x")
    assert strongroom("seal", "--key-id", arns[HERE], tmp_path / "doc").returncode == 0
    other = client("kms", THERE).create_key()["KeyMetadata"]["Arn"]
    rewrapping = ("rewrap", "--old-key-id", arns[THERE], "--key-id", other, tmp_path / "doc.sealed")
    with away(arns[HERE]):
        refused = strongroom(*rewrapping)
        done = strongroom(*rewrapping, "--multi-region")
    assert refused.returncode == 3 and arns[HERE] in refused.stderr, refused.stderr
    assert done.returncode == 0, done.stderr
    opened = strongroom("open", "--key-id", other, "-o", "-", tmp_path / "doc.sealed")
    assert (opened.returncode, opened.stdout) == (0, "x"), opened.stderr


def test_values_of_a_column_are_opened_and_resealed_by_the_replica_of_their_key(strongroom, client, arns):
    bound = ("--table", "notes", "--column", "body")
    sealed = strongroom("column", "seal", *bound, "--key-id", arns[HERE], input="7\t00ff\n")
    assert sealed.returncode == 0, sealed.stderr
    other = client("kms", THERE).create_key()["KeyMetadata"]["Arn"]
    opening = ("column", "open", *bound, "--key-id", arns[THERE])
    resealing = ("column", "reseal", *bound, "--old-key-id", arns[THERE], "--key-id", other)
    with away(arns[HERE]):
        refused = [strongroom(*words, input=sealed.stdout) for words in (opening, resealing)]
        opened, resealed = [strongroom(*words, "--multi-region", input=sealed.stdout) for words in (opening, resealing)]
    assert [(done.returncode, done.stdout) for done in refused] == [(3, "")] * 2, [done.stderr for done in refused]
    assert (opened.returncode, opened.stdout) == (0, "7\t00ff\n"), opened.stderr
    assert resealed.returncode == 0, resealed.stderr
    row, _, new = resealed.stdout.rstrip("\n").split("\t")
    again = strongroom("column", "open", *bound, "--key-id", other, input=f"{row}\t{new}\n")
    assert (again.returncode, again.stdout) == (0, "7\t00ff\n"), again.stderr
