"""Web identity: a JWT that an identity provider really signed becomes a session that uses a key."""

import base64
import json
import time

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import harness
from conftest import ACCOUNT
from expect import refused
from principals import Account, identity, may, request_id, trust

ISSUER = "https://idp.example/realms/one"
HOST = ISSUER.removeprefix("https://")
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"
INVALID = "InvalidIdentityToken"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, size=None) -> str:
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


class Provider:
    """An identity provider with one RSA and one P-256 key."""

    def __init__(self):
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())

    def jwks(self) -> str:
        r, e = self.rsa.public_key().public_numbers(), self.ec.public_key().public_numbers()
        return json.dumps({"keys": [
            {"kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256", "n": number(r.n), "e": number(r.e)},
            {"kty": "EC", "kid": "e", "use": "sig", "alg": "ES256", "crv": "P-256", "x": number(e.x, 32),
             "y": number(e.y, 32)}]})

    def sign(self, alg: str, message: bytes) -> bytes:
        if alg == "RS256":
            return self.rsa.sign(message, padding.PKCS1v15(), hashes.SHA256())
        if alg == "ES256":
            r, s = decode_dss_signature(self.ec.sign(message, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return b""

    def token(self, alg="RS256", *, header=None, **changes) -> str:
        """A good token but for the changes; a claim that is None is left out."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": "repo:one", "aud": "strongroom", "iat": now - 1, "exp": now + 600} | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        head = {"typ": "JWT", "alg": alg, "kid": {"RS256": "r", "ES256": "e"}.get(alg, "r")} | (header or {})
        message = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{message}.{b64(self.sign(alg, message.encode()))}"


@pytest.fixture(scope="module")
def idp():
    return Provider()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, idp):
    """The folder of --oidc-keys, with the provider's key set."""
    made = tmp_path_factory.mktemp("oidc")
    (made / "idp.example_realms_one.json").write_text(idp.jwks())
    return made


@pytest.fixture(scope="module")
def root(tmp_path_factory, folder):
    service = harness.Service(tmp_path_factory.mktemp("web") / "data")
    service.options = ["--oidc-keys", str(folder)]
    service.start()
    account = Account(service)
    made = account.iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["strongroom"])
    assert made["OpenIDConnectProviderArn"] == PROVIDER
    yield account
    service.kill()


@pytest.fixture(scope="module")
def stranger(root):
    """STS for somebody without any credentials."""
    return boto3.client("sts", region_name="us-east-1", endpoint_url=root.env["AWS_ENDPOINT_URL_STS"],
                        verify=root.env["AWS_CA_BUNDLE"],
                        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}))


def trusted(**condition) -> str:
    condition = condition or {"StringEquals": {f"{HOST}:aud": "strongroom", f"{HOST}:sub": "repo:one"}}
    return trust({"Federated": PROVIDER}, "sts:AssumeRoleWithWebIdentity", **condition)


@pytest.fixture(scope="module")
def key(root):
    return root.key()


@pytest.fixture(scope="module")
def role(root, key):
    return root.role(trusted(), may("kms:Encrypt", "kms:Decrypt", resource=key))


def assume(stranger, role, token, **more):
    return stranger.assume_role_with_web_identity(RoleArn=role["Arn"], RoleSessionName="build", WebIdentityToken=token,
                                                  **more)


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_signed_token_becomes_a_session_that_uses_a_key(root, stranger, idp, role, key, alg):
    made = assume(stranger, role, idp.token(alg), DurationSeconds=900)
    named = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role['RoleName']}/build"
    assert made["AssumedRoleUser"]["Arn"] == named
    assert (made["SubjectFromWebIdentityToken"], made["Audience"]) == ("repo:one", "strongroom")
    session = root.with_credentials(made["Credentials"])
    assert session.sts.get_caller_identity()["Arn"] == named
    blob = session.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert session.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    with refused("AccessDeniedException", "is not authorized to perform: kms:DescribeKey"):
        session.kms.describe_key(KeyId=key)


def test_session_policy_narrows(root, stranger, idp, role, key):
    made = assume(stranger, role, idp.token(), Policy=identity(may("kms:Decrypt")))
    with refused("AccessDeniedException", "no session policy allows the kms:Encrypt action"):
        root.with_credentials(made["Credentials"]).kms.encrypt(KeyId=key, Plaintext=b"x")


NOW = time.time()
WRONG = {
    "audience": (dict(aud="somebody-else"), INVALID, "Incorrect token audience"),
    "no audience": (dict(aud=None), INVALID, ""),
    "issuer": (dict(iss="https://evil.example"), INVALID, "No OpenIDConnect provider found"),
    "issuer below": (dict(iss=ISSUER + "/two"), INVALID, "No OpenIDConnect provider found"),
    "no issuer": (dict(iss=None), INVALID, ""),
    "expired": (dict(exp=int(NOW) - 301, iat=int(NOW) - 3600), "ExpiredTokenException", "Token expired"),
    "no expiry": (dict(exp=None), INVALID, "Missing a required claim: exp"),
    "no subject": (dict(sub=None), INVALID, "Missing a required claim: sub"),
    "issued ahead": (dict(iat=int(NOW) + 3600, exp=int(NOW) + 7200), INVALID, ""),
    "not yet": (dict(nbf=int(NOW) + 3600), INVALID, ""),
    "none": (dict(alg="none"), INVALID, ""),
    "HS256": (dict(alg="HS256"), INVALID, ""),
    "unknown key": (dict(header={"kid": "x"}), INVALID, "Couldn't retrieve verification key"),
    "key of another algorithm": (dict(header={"kid": "e"}), INVALID, ""),
    "critical header": (dict(header={"crit": ["b64"], "b64": False}), INVALID, ""),
}


@pytest.mark.parametrize("fault", WRONG)
def test_token_that_is_refused(stranger, idp, role, fault):
    changes, code, text = WRONG[fault]
    assert assume(stranger, role, idp.token())["Credentials"]
    with refused(code, text):
        assume(stranger, role, idp.token(**changes))


def test_signature_that_is_not_the_providers(stranger, idp, role):
    good, evil = idp.token(), Provider()
    head, claims, signature = good.split(".")
    other = b64(json.dumps({"iss": ISSUER, "sub": "repo:one", "aud": "strongroom", "iat": int(NOW),
                            "exp": int(NOW) + 9000}).encode())
    flipped = ("A" if signature[10] != "A" else "B").join((signature[:10], signature[11:]))
    for token in (evil.token(), evil.token("ES256"), f"{head}.{other}.{signature}", f"{head}.{claims}.{flipped}",
                  f"{head}.{claims}.", f"{head}.{claims}.{b64(b'0' * 256)}"):
        with refused(INVALID):
            assume(stranger, role, token)
    assert assume(stranger, role, good)["Credentials"]


@pytest.mark.parametrize("text", ["a.b.c.d", "aaaa", "....", "e30.e30.e30"])
def test_token_that_is_none(stranger, role, text):
    with refused(INVALID):
        assume(stranger, role, text)


def test_subject_that_the_trust_policy_does_not_name(root, stranger, idp, role):
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403):
        assume(stranger, role, idp.token(sub="repo:two"))
    wide = root.role(trusted(StringLike={f"{HOST}:sub": "repo:*"}))
    assert assume(stranger, wide, idp.token(sub="repo:two"))["Credentials"]
    root.iam.update_assume_role_policy(RoleName=wide["RoleName"], PolicyDocument=trust(root.arn))
    with refused("AccessDenied", status=403):
        assume(stranger, wide, idp.token(sub="repo:two"))


def test_denied_subject_is_explained_and_the_suggested_change_lets_it_in(root, stranger, idp):
    role = root.role(trusted())
    with refused("AccessDenied", status=403) as caught:
        assume(stranger, role, idp.token(sub="repo:two"))
    message = json.loads(root.sts.decode_authorization_message(EncodedMessage=request_id(caught))["DecodedMessage"])
    (decision,) = message["explanation"]["decisions"]
    conditions = {one["key"]: one for one in decision["statements"][0]["conditions"]}
    subject = conditions[f"{HOST}:sub"]
    assert (subject["wanted"], subject["actual"], subject["holds"]) == (["repo:one"], ["repo:two"], False)
    assert conditions[f"{HOST}:aud"]["holds"] is True
    (change,) = decision["changes"]
    added = change["Add"]
    assert (added["to"], added["principal"]) == ("TrustPolicy", PROVIDER)
    document = json.loads(trusted())
    document["Statement"].append({"Effect": "Allow", "Principal": {"Federated": added["principal"]},
                                  "Action": added["action"], "Condition": {"StringEquals": dict(added["conditions"])}})
    root.iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=json.dumps(document))
    assert assume(stranger, role, idp.token(sub="repo:two"))["Credentials"]
    with refused("AccessDenied", status=403):
        assume(stranger, role, idp.token(sub="repo:three"))


def test_audience_is_added_and_taken_away(root, stranger, idp):
    any_audience = root.role(trusted(StringEquals={f"{HOST}:sub": "repo:one"}))
    with refused(INVALID, "Incorrect token audience"):
        assume(stranger, any_audience, idp.token(aud="second"))
    root.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER, ClientID="second")
    assert assume(stranger, any_audience, idp.token(aud="second"))["Audience"] == "second"
    root.iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER, ClientID="second")
    with refused(INVALID, "Incorrect token audience"):
        assume(stranger, any_audience, idp.token(aud="second"))


def test_key_set_is_read_again_and_missing_one_says_so(root, stranger, idp, folder):
    url = "https://other.example"
    arn = root.iam.create_open_id_connect_provider(Url=url, ClientIDList=["strongroom"])["OpenIDConnectProviderArn"]
    role = root.role(trust({"Federated": arn}, "sts:AssumeRoleWithWebIdentity",
                           StringEquals={"other.example:aud": "strongroom"}))
    with refused("IDPCommunicationError"):
        assume(stranger, role, idp.token(iss=url))
    for signer, wrong in ((idp, Provider()), (Provider(), idp)):
        (folder / "new").write_text(signer.jwks())
        (folder / "new").rename(folder / "other.example.json")
        assert assume(stranger, role, signer.token(iss=url))["Provider"] == arn
        with refused(INVALID):
            assume(stranger, role, wrong.token(iss=url))
    root.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    with refused(INVALID, "No OpenIDConnect provider found"):
        assume(stranger, role, signer.token(iss=url))
    with refused("AccessDenied", status=403):  # a token of one provider opens no role that trusts another
        assume(stranger, role, idp.token())


def test_nothing_else_is_served_without_a_signature(stranger):
    for call in (stranger.get_caller_identity, stranger.get_session_token,
                 lambda: stranger.assume_role(RoleArn="arn:aws:iam::000000000000:role/x", RoleSessionName="ab")):
        with refused("MissingAuthenticationToken", status=403):
            call()
