"""Key sets over https: the fetcher gets them from a real server with a CA of its own, and tokens open roles.

The tests run in their order: the last ones let the provider fall silent."""

import os
import signal
import time
from pathlib import Path

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

import harness
from expect import refused
from identity_provider import HttpsProvider
from principals import Account, trust
from test_confinement import facts
from test_story_web_identity import INVALID, Provider

LARGE = b'{"keys":[' + b" " * (256 * 1024) + b"]}"
NAMED = "https://named.example"  # nobody looks this name up


@pytest.fixture(scope="module")
def signer():
    return Provider()


@pytest.fixture(scope="module")
def idp(tmp_path_factory, signer):
    """The provider, with one issuer for each fault."""
    made = HttpsProvider(tmp_path_factory.mktemp("idp"))
    for name in ("good", "rolling", "filed", "unlisted"):
        made.discover(name)
        made.page(f"/{name}/certs", signer.jwks())
    document = ".well-known/openid-configuration"
    made.page(f"/moved/{document}", "", 302, Location=f"https://{made.host}/good/{document}")
    made.discover("moved-keys")
    made.page("/moved-keys/certs", "", 307, Location=f"https://{made.host}/good/certs")
    made.discover("other-issuer", issuer=made.issuer("good"))
    elsewhere = made.host.replace("localhost", "127.0.0.1")
    made.discover("elsewhere", jwks_uri=f"https://{elsewhere}/good/certs")
    made.discover("plain", jwks_uri=f"http://{made.host}/good/certs")
    made.discover("large")
    made.page("/large/certs", LARGE)
    made.discover("no-keys")
    made.page("/no-keys/certs", "<html>")
    yield made
    made.stop()


FAULTS = {
    "moved": "redirect (302)",
    "moved-keys": "redirect (307)",
    "other-issuer": "another issuer",
    "elsewhere": "another server",
    "plain": "https://",
    "large": "longer than 256 KiB",
    "no-keys": "key set",
    "absent": "404",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory, idp):
    folder = tmp_path_factory.mktemp("files")
    own = Provider()
    (folder / f"{idp.host}_filed.json").write_text(own.jwks())
    running = harness.Service(tmp_path_factory.mktemp("fetched") / "data")
    running.own_signer = own
    listed = [idp.issuer(name) for name in ("good", "rolling", "filed", *FAULTS)]
    listed.append(f"{NAMED}=https://{idp.host}/good/certs")
    for issuer in listed:
        running.options += ["--oidc-issuer", issuer]
    running.options += ["--oidc-ca", str(idp.ca), "--oidc-keys", str(folder)]
    running.start()
    harness.eventually("each issuer was tried", lambda: all(
        shown["keys"] is not None or shown["error"] for shown in key_sets(running).values()))
    yield running
    running.kill()


def key_sets(service) -> dict:
    """What `strongroom status` says of each listed issuer."""
    return {shown["issuer"]: shown for shown in service.operator("status")["key_sets"]}


@pytest.fixture(scope="module")
def root(service):
    return Account(service)


@pytest.fixture(scope="module")
def assume(root):
    """Asks for a session of a role that trusts the issuer, with a token; the provider is made at the first time."""
    stranger = boto3.client("sts", region_name="us-east-1", endpoint_url=root.env["AWS_ENDPOINT_URL_STS"],
                            verify=root.env["AWS_CA_BUNDLE"],
                            config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}))
    roles = {}

    def ask(issuer, token):
        if issuer not in roles:
            host = issuer.removeprefix("https://")
            made = root.iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["strongroom"])
            roles[issuer] = root.role(trust({"Federated": made["OpenIDConnectProviderArn"]},
                                            "sts:AssumeRoleWithWebIdentity",
                                            StringEquals={f"{host}:aud": "strongroom"}))
        return stranger.assume_role_with_web_identity(RoleArn=roles[issuer]["Arn"], RoleSessionName="build",
                                                      WebIdentityToken=token)["Credentials"]

    return ask


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_token_of_a_discovered_issuer_becomes_a_session(root, idp, signer, assume, alg):
    issuer = idp.issuer("good")
    session = root.with_credentials(assume(issuer, signer.token(alg, iss=issuer)))
    assert ":assumed-role/" in session.sts.get_caller_identity()["Arn"]
    with refused(INVALID):
        assume(issuer, Provider().token(alg, iss=issuer))


def test_key_set_that_the_operator_names_needs_no_discovery(service, signer, assume):
    assert assume(NAMED, signer.token(iss=NAMED))
    assert key_sets(service)[NAMED]["keys"] == 2


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_not_taken(service, idp, signer, assume, name):
    issuer = idp.issuer(name)
    shown = key_sets(service)[issuer]
    assert shown["keys"] is None and FAULTS[name] in shown["error"], shown
    with refused("IDPCommunicationError"):
        assume(issuer, signer.token(iss=issuer))


def test_issuer_that_is_not_listed_is_not_asked(service, idp, signer, assume):
    issuer = idp.issuer("unlisted")
    with refused("IDPCommunicationError"):
        assume(issuer, signer.token(iss=issuer))
    assert issuer not in key_sets(service)
    assert not [path for path in idp.asked if path.startswith("/unlisted/")]
    assert [path for path in idp.asked if path.startswith("/good/")]  # control: this is how it looks


def test_file_wins_over_what_is_fetched(service, idp, signer, assume):
    issuer = idp.issuer("filed")
    assert key_sets(service)[issuer]["keys"] == 2
    assert assume(issuer, service.own_signer.token(iss=issuer))
    with refused(INVALID):
        assume(issuer, signer.token(iss=issuer))


def test_failure_is_in_the_log_once(service, idp):
    for name in FAULTS:
        said = [line for line in service.log if "cannot be fetched" in line and f'"{idp.issuer(name)}"' in line]
        assert len(said) == 1, said


def test_authority_that_is_not_trusted(tmp_path, idp):
    other = tmp_path / "other"
    other.mkdir()
    unknown = HttpsProvider(other)
    unknown.stop()
    service = harness.Service(tmp_path / "data")
    service.options = ["--oidc-issuer", idp.issuer("good"), "--oidc-ca", str(unknown.ca)]
    service.start()
    try:
        shown = harness.eventually("it was tried", lambda: [s for s in key_sets(service).values() if s["error"]])
        assert "TLS" in shown[0]["error"] and shown[0]["keys"] is None, shown
    finally:
        service.kill()


def test_fetcher_is_confined_and_there_only_with_a_list(service, tmp_path):
    pid = service.child("fetcher-process")
    status = facts(pid)
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1" and int(status["CapEff"], 16) == 0, status

    def holds_state(role):
        links = Path(f"/proc/{service.child(role)}/fd").iterdir()
        return any(str(link.readlink()).startswith((str(service.data_dir), str(service.secrets_dir))) for link in links)

    assert holds_state("front-process")  # control
    assert not holds_state("fetcher-process")
    bare = harness.Service(tmp_path / "data").start()
    try:
        assert bare.child("fetcher-process") is None
        assert "key_sets" not in bare.operator("status")
    finally:
        bare.kill()


def test_key_rollover(idp, assume):
    """A token that names a new key is refused, and the set is fetched anew: a minute after the last try at the latest."""
    fresh, issuer = Provider(), idp.issuer("rolling")
    idp.page("/rolling/certs", fresh.jwks().replace('"kid": "r"', '"kid": "r2"'))
    token = fresh.token(iss=issuer, header={"kid": "r2"})

    def accepted():
        try:
            return assume(issuer, token)
        except ClientError as error:
            assert error.response["Error"]["Code"] == INVALID, error
            time.sleep(0.5)
            return None

    assert accepted() is None
    harness.eventually("the new key is known", accepted, 90)


def restarted(service, role):
    """Kills a child; returns when another has taken its place."""
    old = service.child(role)
    os.kill(old, signal.SIGKILL)
    harness.eventually(f"another {role}", lambda: service.child(role) not in (None, old))


def test_provider_that_falls_silent_keeps_its_last_set(service, idp, signer, assume):
    issuer = idp.issuer("good")

    def fetched():
        return sum("identity provider is fetched" in line and f'"{issuer}"' in line for line in service.log)

    before = fetched()
    restarted(service, "fetcher-process")
    harness.eventually("it was fetched again", lambda: fetched() > before)
    idp.stop()
    restarted(service, "front-process")  # a new front learns the set from the fetcher
    harness.eventually("it serves", service.healthy)
    harness.eventually("it knows the set", lambda: key_sets(service)[issuer]["keys"] == 2)
    assert assume(issuer, signer.token(iss=issuer))
    restarted(service, "fetcher-process")  # a new fetcher has nothing, and gets nothing
    harness.eventually("it fails", lambda: key_sets(service)[issuer]["error"])
    assert "no connection" in key_sets(service)[issuer]["error"]
    assert assume(issuer, signer.token(iss=issuer))
