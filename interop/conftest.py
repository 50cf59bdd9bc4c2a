"""One live service for the whole run, clients for both principals, and keys to play with."""

import json
import os
import uuid

import boto3
import pytest
from botocore.config import Config

import file_system
import harness
import rawhttp

ACCOUNT = "000000000000"
REGION = "us-east-1"


def kms_client(env, *, region=REGION, validate=True, service="kms"):
    """A client as a user would have it after `strongroom env`. One attempt: a refusal must be seen as it is."""
    return boto3.client(
        service, region_name=region, endpoint_url=env["AWS_ENDPOINT_URL_KMS"], verify=env["AWS_CA_BUNDLE"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=env.get("AWS_SESSION_TOKEN"),
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=validate),
    )


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """The service under test, with a plaintext listener beside TLS for the tests that watch the wire."""
    running = harness.Service(tmp_path_factory.mktemp("service") / "data", plaintext=True).start()
    yield running
    running.kill()


@pytest.fixture(scope="session")
def env(service):
    """The environment that `strongroom env` gives the root principal."""
    return service.env()


@pytest.fixture(scope="session")
def alice(service):
    """An unprivileged user: {"UserName", "Arn", "AccessKeyId", "SecretAccessKey"}."""
    return service.operator("user", "create", "alice")


@pytest.fixture(scope="session")
def alice_env(service, alice):
    """Alice's environment."""
    return service.env_for(alice)


@pytest.fixture(scope="session")
def kms(env):
    """The root principal's client."""
    return kms_client(env)


@pytest.fixture(scope="session")
def loose(env):
    """The root principal's client without the SDK's own checks: the service has to do them."""
    return kms_client(env, validate=False)


@pytest.fixture(scope="session")
def alice_kms(alice_env):
    """Alice's client."""
    return kms_client(alice_env)


@pytest.fixture(scope="session")
def shared_key(kms):
    """The metadata of one key for tests that leave it as it is."""
    return kms.create_key(Description="shared by the interop suites")["KeyMetadata"]


@pytest.fixture
def audit_folder(tmp_path):
    """A file system for the audit log of a service in `data` beside it: its writes and syncs can be made slow, and it can be
    read-only for a while with files open on it, which `remount,ro` refuses."""
    if missing := file_system.why_not():
        pytest.skip(missing)
    (tmp_path / "data").mkdir(mode=0o700)
    made = file_system.Mounted(tmp_path / "behind", tmp_path / "data" / "audit")
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def key(kms):
    """The metadata of a key of this test's own."""
    return kms.create_key(Description="one test's own key")["KeyMetadata"]


@pytest.fixture
def alias(kms):
    """An alias name that is free."""
    return f"alias/test-{uuid.uuid4().hex}"


@pytest.fixture
def raw(service, env):
    """A hand-made HTTP client over TLS with the root principal's access key."""
    client = rawhttp.Client("127.0.0.1", service.port, (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]),
                            cafile=str(service.data_dir / "ca.pem"))
    yield client
    client.close()


def policy(*statements) -> str:
    """A key policy with the account's delegation to its root, plus these statements."""
    root = {"Sid": "root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [root, *statements]})


def allow(principal, *actions, effect="Allow") -> dict:
    """A statement on every action given."""
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": list(actions), "Resource": "*"}


# --- how many tests there are, and which may be skipped: a change must be meant (DESIGN.md section 9)

TESTS = 2244
SKIPS_ALLOWED = ("Node.js is not installed", "PostgreSQL is not installed", "CAP_SYS_RESOURCE is missing",
                 "/dev/fuse is missing",
                 "the service closed the connection before the answer could be read")
_skips_not_listed = []

# The short run (STRONGROOM_SUITES=short): CI has it with the root key in a token, beside the whole suite with key files. Starts,
# kills of each process, every act of custody, an older copy, keys and ciphertexts.
SHORT = ("test_boto3_crypto.py", "test_boto3_keys.py", "test_boto3_rotation.py", "test_confinement.py", "test_custody_crash.py",
         "test_rollback.py", "test_service_life.py", "test_story.py")
SHORT_TESTS = 140
_is_short = os.environ.get("STRONGROOM_SUITES") == "short"


def pytest_ignore_collect(collection_path):
    """The short run takes its own files alone; what needs ruby_v3.sh is left to it."""
    name = collection_path.name
    if name == "test_s3_ruby_v3.py" and "STRONGROOM_RUBYLIB" not in os.environ:
        return True
    return True if _is_short and name.startswith("test_") and name not in SHORT else None


def pytest_collection_finish(session):
    """The whole suite has exactly TESTS tests, the short run SHORT_TESTS; a selection by -k or by file is not counted."""
    whole = not session.config.option.keyword and all(
        "test_" not in str(argument) for argument in session.config.args)
    pinned = SHORT_TESTS if _is_short else TESTS
    if whole and len(session.items) != pinned:
        raise pytest.UsageError(f"{len(session.items)} tests collected, conftest.py says {pinned}: correct it if that is meant")


def pytest_runtest_logreport(report):
    """Collects skips for a reason that is not listed."""
    if report.skipped and not any(reason in str(report.longrepr) for reason in SKIPS_ALLOWED):
        _skips_not_listed.append(report.nodeid)


def pytest_sessionfinish(session):
    """A skip that is not listed fails the run."""
    if _skips_not_listed and session.exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter):
    """Names the skips that failed the run."""
    for name in _skips_not_listed:
        terminalreporter.write_line(f"skipped without being listed in conftest.py: {name}")
