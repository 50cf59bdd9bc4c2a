"""Presigned requests, replays outside their window, and quotas that the operator sets."""

import hashlib
import hmac
import re
import time
from urllib.parse import quote, urlencode

import boto3
import pytest

import harness
import rawhttp
from conftest import ACCOUNT, kms_client
from expect import error_of, refused
from principals import Account, may, trust

FORM = "application/x-www-form-urlencoded"
WHO = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}


@pytest.fixture(scope="module")
def root(service):
    return Account(service)


def presign(raw, parameters, *, method="GET", body=b"", headers=None, service="sts", expires=60, offset=0, token=None,
            credentials=None) -> str:
    """The path of a presigned request, written from the specification."""
    access_key, secret = credentials or raw.credentials
    signed = {"host": raw.host_header} | (headers or {})
    moment = rawhttp.amz_date(offset)
    scope = f"{moment[:8]}/us-east-1/{service}/aws4_request"
    query = parameters | {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{access_key}/{scope}",
                          "X-Amz-Date": moment, "X-Amz-Expires": str(expires),
                          "X-Amz-SignedHeaders": ";".join(sorted(signed))}
    if token:
        query["X-Amz-Security-Token"] = token
    line = "&".join(f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query))
    canonical = "\n".join([method, "/", line, *[f"{n}:{signed[n]}" for n in sorted(signed)], "",
                           ";".join(sorted(signed)), hashlib.sha256(body).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    return f"/?{line}&X-Amz-Signature={hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"


def send(raw, path, method="GET", body=b"", headers=None):
    return raw.send({"host": raw.host_header} | (headers or {}), body, method, path)


def code(answer) -> str:
    """The error code of an XML answer, "" for none."""
    found = re.search(rb"<Code>(\w+)</Code>", answer.body)
    return found[1].decode() if found else ""


def arn(answer) -> str:
    assert answer.status == 200, answer.body
    return re.search(rb"<Arn>([^<]+)</Arn>", answer.body)[1].decode()


@pytest.mark.parametrize("method", ["GET", "POST"])  # boto3 presigns a POST unless it is told otherwise
def test_url_that_boto3_presigned(raw, env, method):
    client = boto3.client("sts", region_name="us-east-1", endpoint_url=env["AWS_ENDPOINT_URL_STS"],
                          aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                          aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])
    url = client.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod=method)
    path = "/" + url.removeprefix(env["AWS_ENDPOINT_URL_STS"]).removeprefix("/")
    assert arn(send(raw, path, method)) == f"arn:aws:iam::{ACCOUNT}:root"
    assert arn(send(raw, path, method)) == f"arn:aws:iam::{ACCOUNT}:root"  # as often as anybody likes, until it expires


def test_form_in_the_body_of_a_presigned_post(raw):
    body, headers = urlencode(WHO).encode(), {"content-type": FORM}
    path = presign(raw, {}, method="POST", body=body, headers=headers)
    assert arn(send(raw, path, "POST", body, headers)) == f"arn:aws:iam::{ACCOUNT}:root"
    other = urlencode(WHO | {"Action": "GetSessionToken"}).encode()
    assert code(send(raw, path, "POST", other, headers)) == "SignatureDoesNotMatch"


def test_presigned_by_a_session(raw, root):
    session = root.user(may("sts:AssumeRole")).assume(root.role(trust(root.arn)), "work")
    env = session.env
    given = dict(credentials=(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]))
    assert arn(send(raw, presign(raw, WHO, token=env["AWS_SESSION_TOKEN"], **given))) == session.arn
    assert code(send(raw, presign(raw, WHO, **given))) == "InvalidClientTokenId"


def test_kms_call_that_is_presigned(raw, shared_key):
    headers = {"content-type": rawhttp.CONTENT_TYPE, "x-amz-target": "TrentService.DescribeKey"}
    body = b'{"KeyId":"%s"}' % shared_key["KeyId"].encode()
    path = presign(raw, {}, method="POST", body=body, headers=headers, service="kms")
    assert send(raw, path, "POST", body, headers).json["KeyMetadata"]["Arn"] == shared_key["Arn"]
    assert send(raw, path, "POST", body + b" ", headers).kind == "InvalidSignatureException"
    listing = headers | {"x-amz-target": "TrentService.ListKeys"}
    assert send(raw, path, "POST", body, listing).kind == "InvalidSignatureException"


@pytest.mark.parametrize("expires, offset, error", [
    (900, 0, ""), (901, 0, "IncompleteSignature"), (604800, 0, "IncompleteSignature"), (0, 0, "IncompleteSignature"),
    ("-1", 0, "IncompleteSignature"), ("1e2", 0, "IncompleteSignature"), ("", 0, "IncompleteSignature"),
    (900, -880, ""), (900, -930, "SignatureDoesNotMatch"), (60, -30, ""), (60, -70, "SignatureDoesNotMatch"),
    (900, 280, ""), (900, 330, "SignatureDoesNotMatch"),
])
def test_how_long_a_presigned_request_is_good(raw, expires, offset, error):
    answer = send(raw, presign(raw, WHO, expires=expires, offset=offset))
    assert code(answer) == error and answer.status == (403 if error else 200)


@pytest.mark.parametrize("name", ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"])
def test_part_of_the_query_that_is_missing_or_another(raw, name):
    path = presign(raw, WHO, expires=60)
    assert arn(send(raw, path))
    missing = re.sub(rf"X-Amz-{name}=[^&]*&?", "", path)
    assert missing != path and code(send(raw, missing)).startswith(("Incomplete", "Signature", "Missing", "Invalid"))
    changed = re.sub(rf"(X-Amz-{name}=[^&]*)([0-9a-zA-Z])(&|$)",
                     lambda m: m[1] + ("1" if m[2] != "1" else "2") + m[3], path)
    assert changed != path and code(send(raw, changed)).startswith(("Incomplete", "Signature", "Missing", "Invalid"))


def test_header_and_query_together_are_refused(raw):
    path = presign(raw, WHO)
    header = {"authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0"}
    assert code(send(raw, path, headers=header)) == "SignatureDoesNotMatch"
    assert arn(send(raw, path))


@pytest.mark.parametrize("offset, kind", [(-290, ""), (-310, "InvalidSignatureException"), (290, ""),
                                          (310, "InvalidSignatureException")])
def test_replay_outside_the_window(raw, shared_key, offset, kind):
    answer = raw.call("DescribeKey", {"KeyId": shared_key["KeyId"]}, offset_seconds=offset)
    assert answer.kind == kind and answer.status == (400 if kind else 200)


# --- quotas


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """A service whose strongroom.toml sets quotas."""
    folder = tmp_path_factory.mktemp("quotas")
    (folder / "strongroom.toml").write_text(
        "[quotas.principal]\ncryptography = { per_second = 1, burst = 3 }\n[quotas.account]\niam = 1000\n")
    service = harness.Service(folder / "data")
    service.variables = {"STRONGROOM_CONFIG": str(folder / "strongroom.toml")}
    service.start()
    yield service
    service.kill()


def test_quota_of_no_class_is_refused_before_anything_is_made(tmp_path):
    configuration, data = tmp_path / "strongroom.toml", tmp_path / "data"
    configuration.write_text("[quotas.account]\ncryptografy = 5\n")
    service = harness.Service(data, root="key-file")
    done = service.cli(*service.command()[1:], env=harness.clean_environment() | {"STRONGROOM_CONFIG": str(configuration)}, timeout=60)
    assert done.returncode == 2 and "[quotas]" in done.stderr and "cryptografy" in done.stderr, done.stderr
    assert not data.exists() and not service.secrets_dir.exists()


def test_quota_of_the_configuration_throttles_one_and_nobody_else(limited):
    root = Account(limited)
    flooding, calm = root.user(may("kms:*")), root.user(may("kms:*"))
    key = root.key()
    shown = {(one["per"], one["class"]): one["per_second"] for one in limited.operator("quotas", "show")}
    assert shown == {("principal", "cryptography"): 1, ("account", "iam"): 1000}
    with refused("ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce the frequency of "
                                        "your calls."):
        for _ in range(100):
            flooding.kms.encrypt(KeyId=key, Plaintext=b"x")
    for _ in range(3):
        assert calm.kms.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    assert flooding.kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key  # another class
    assert flooding.sts.get_caller_identity()["Arn"] == flooding.arn
    again = kms_client(flooding.env)  # a new connection is the same principal
    mark = limited.audit_mark()
    codes = [error_of(again.encrypt, KeyId=key, Plaintext=b"x") for _ in range(5)]
    assert "ThrottlingException" in codes
    recorded = [record.get("errorCode", "") for record in limited.audit_since(mark, "Encrypt")]
    assert recorded == codes


def test_throttled_answers_wait(limited):
    flooding = Account(limited).user(may("kms:*"))
    key = Account(limited).key()
    start, throttled = time.monotonic(), 0
    for _ in range(8):
        throttled += error_of(flooding.kms.encrypt, KeyId=key, Plaintext=b"x") == "ThrottlingException"
    # At one call a second the first call too many has to wait as long as any has to.
    assert throttled and time.monotonic() - start >= 0.5 * throttled


def test_quota_that_is_taken_away(limited):
    root = Account(limited)
    key = root.key()
    for class_, rate, throttled in (("cryptography", "1", True), ("cryptography", "0", False)):
        limited.operator("quotas", "set", class_, rate, "--per", "key")
        limited.operator("quotas", "set", class_, "0", "--per", "principal")
        codes = {error_of(root.kms.encrypt, KeyId=key, Plaintext=b"x") for _ in range(6)}
        assert ("ThrottlingException" in codes) is throttled
    unknown = limited.cli("quotas", "set", "nothing", "1", "--data-dir", limited.data_dir)
    assert unknown.returncode != 0 and "cryptography" in unknown.stderr
