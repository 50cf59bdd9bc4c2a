"""Raw HTTP: the wire protocol, SigV4 and the limits, as a client would never send them by itself.

The order of the checks is docs/order-of-checks.md; rule numbers below are of that file.
"""

import json
import re
import socket
import ssl

import pytest

import harness
import rawhttp
from conftest import ACCOUNT, kms_client

MISMATCH = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.")


def is_error(answer, kind, text=None, status=400):
    """An error in the JSON shape, complete with its headers."""
    assert (answer.status, answer.kind) == (status, kind), answer.body
    assert answer.headers["content-type"] == rawhttp.CONTENT_TYPE
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-amzn-requestid"])
    assert "date" in answer.headers
    if text is not None:
        assert text in (answer.text or ""), answer.body


# --- answers


def test_answer_headers_and_shape(raw):
    answer = raw.call("ListKeys", {"Limit": 1})
    assert answer.status == 200 and answer.headers["content-type"] == rawhttp.CONTENT_TYPE
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-amzn-requestid"])
    assert answer.headers["date"].endswith("GMT") and isinstance(answer.json["Truncated"], bool)


def test_operation_without_output_answers_an_empty_body(raw, key):
    answer = raw.call("DisableKey", {"KeyId": key["KeyId"]})
    assert (answer.status, answer.body) == (200, b"")


def test_timestamps_are_numbers_and_nulls_are_left_out(raw, key):
    metadata = raw.call("DescribeKey", {"KeyId": key["KeyId"]}).json["KeyMetadata"]
    assert isinstance(metadata["CreationDate"], (int, float)) and None not in metadata.values()
    assert "DeletionDate" not in metadata


def test_keep_alive_serves_many_requests_on_one_connection(raw):
    raw.connection.connect()
    port = raw.connection.sock.getsockname()[1]
    for _ in range(20):
        assert raw.call("ListKeys", {"Limit": 1}).status == 200
    assert raw.connection.sock.getsockname()[1] == port


def test_request_ids_differ(raw):
    assert len({raw.call("ListKeys").headers["x-amzn-requestid"] for _ in range(10)}) == 10


def test_message_spelling_by_kind_of_error(raw):
    assert "message" in raw.call("DescribeKey", {"KeyId": "x"}).json
    assert "message" in raw.call("DescribeKey", {}).json
    assert "Message" in raw.call("DescribeKey", {"KeyId": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}).json


def test_health_needs_no_signature(raw):
    assert raw.send({"host": raw.host_header}, method="GET", path="/health").status == 200


# --- method, content type and target


@pytest.mark.parametrize("method, path", [("GET", "/"), ("GET", "/metrics"), ("PUT", "/"), ("DELETE", "/health")])
def test_method_that_is_not_post(raw, method, path):
    answer = raw.send({"host": raw.host_header}, method=method, path=path)
    assert answer.status == 403 and b"<AccessDeniedException>" in answer.body
    assert b"Unable to determine service/operation name to be authorized" in answer.body


@pytest.mark.parametrize("target", ["TrentService.Nothing", "OtherService.ListKeys", "TrentService", ".", ""])
def test_target_that_is_no_operation(raw, target):
    answer = raw.call("ListKeys", change=lambda h: h.update({"x-amz-target": target}))
    is_error(answer, "UnknownOperationException")
    assert answer.text is None


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-amz-json-1.0", ""])
def test_content_type_of_another_protocol(raw, content_type):
    answer = raw.call("ListKeys", change=lambda h: h.update({"content-type": content_type}))
    assert answer.status == 404 and answer.body.strip() == b"<UnknownOperationException/>"


def test_content_type_parameters_are_ignored(raw):
    change = lambda h: h.update({"content-type": rawhttp.CONTENT_TYPE + "; charset=utf-8"})  # noqa: E731
    assert raw.call("ListKeys", change=change).status == 200


# --- JSON


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"text"', b"{}{}", b"\xff\xfe", b"{'a':1}", b"nonsense", b""])
def test_body_that_is_no_json_object(raw, body):
    answer = raw.call("ListKeys", body=body)
    is_error(answer, "SerializationException")
    assert answer.text is None


def test_body_of_a_stranger_is_not_parsed(raw):
    answer = raw.send(raw.headers("ListKeys"), b"{ not json")
    is_error(answer, "MissingAuthenticationTokenException", "Missing Authentication Token")


@pytest.mark.parametrize("operation, parameters", [
    ("DescribeKey", {"KeyId": 5}), ("DescribeKey", {"KeyId": ["x"]}), ("DescribeKey", {"KeyId": {"a": "b"}}),
    ("ListKeys", {"Limit": "ten"}), ("ListKeys", {"Limit": {}}), ("Encrypt", {"KeyId": "x", "EncryptionContext": []}),
    ("Encrypt", {"KeyId": "x", "Plaintext": "*not base64*"}), ("TagResource", {"KeyId": "x", "Tags": {}}),
    ("Encrypt", {"KeyId": "x", "Plaintext": "eA==", "DryRun": "perhaps"}),
])
def test_member_of_the_wrong_type(raw, operation, parameters):
    is_error(raw.call(operation, parameters), "SerializationException")


def test_errors_never_echo_a_blob(raw):
    secret = "c2VjcmV0LXBsYWludGV4dA"
    for parameters in ({"Plaintext": secret + "!"}, {"Plaintext": [secret]}, {"Plaintext": "eA==", "KeyId": ""}):
        assert secret.encode() not in raw.call("Encrypt", {"KeyId": "x"} | parameters).body


def test_unknown_members_and_nulls_are_ignored(raw, shared_key):
    answer = raw.call("DescribeKey", {"KeyId": shared_key["KeyId"], "GrantTokens": None, "Unheard": {"of": [1]}})
    assert answer.status == 200


def test_json_too_deep(raw):
    answer = raw.call("ListKeys", body=b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}")
    is_error(answer, "SerializationException")


def test_json_member_twice_in_an_encryption_context(raw, shared_key):
    body = ('{"KeyId":"%s","Plaintext":"eA==","EncryptionContext":{"a":"1","a":"2"}}' % shared_key["KeyId"]).encode()
    is_error(raw.call("Encrypt", body=body), "SerializationException")


# --- SigV4


def test_signature_missing(raw):
    is_error(raw.send(raw.headers("ListKeys"), b"{}"), "MissingAuthenticationTokenException",
             "Missing Authentication Token")


@pytest.mark.parametrize("value, text", [
    ("AWS4-ECDSA-P256-SHA256 Credential=a", "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."),
    ("Bearer abc", "Unsupported AWS 'algorithm': 'Bearer'."),
    ("AWS4-HMAC-SHA256 Credential", "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header:"),
    ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e",
     "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "),
    ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00",
     "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b'"),
])
def test_authorization_header_that_is_incomplete(raw, value, text):
    answer = raw.send(raw.headers("ListKeys") | {"authorization": value}, b"{}")
    is_error(answer, "IncompleteSignatureException", text)


def test_signature_one_bit_wrong(raw):
    def flip(headers):
        value = headers["authorization"]
        headers["authorization"] = value[:-1] + ("0" if value[-1] != "0" else "1")
    is_error(raw.call("ListKeys", after=flip), "InvalidSignatureException", MISMATCH)


@pytest.mark.parametrize("change", [
    {"x-amz-date": "20200101T000000Z"}, {"x-amz-target": "TrentService.ListAliases"},
    {"content-type": rawhttp.CONTENT_TYPE + ";x=y"}, {"host": "elsewhere.example"},
])
def test_signed_header_changed_on_the_way(raw, change):
    answer = raw.call("ListKeys", after=lambda h: h.update(change))
    assert (answer.status, answer.kind) == (400, "InvalidSignatureException"), answer.body


def test_body_changed_on_the_way(raw):
    headers = raw.headers("ListKeys")
    headers["authorization"] = rawhttp.authorization(raw.credentials, headers, b'{"Limit":1}')
    is_error(raw.send(headers, b'{"Limit":2}'), "InvalidSignatureException", MISMATCH)


def test_payload_hash_that_is_only_claimed(raw):
    for claim in ("UNSIGNED-PAYLOAD", "0" * 64):
        answer = raw.call("ListKeys", change=lambda h: h.update({"x-amz-content-sha256": claim}))
        assert answer.kind == "InvalidSignatureException", answer.body


def test_secret_of_somebody_else(raw):
    answer = raw.call("ListKeys", credentials=(raw.credentials[0], "x" * 40))
    is_error(answer, "InvalidSignatureException", MISMATCH)


def test_access_key_that_nobody_has(raw):
    answer = raw.call("ListKeys", credentials=("AKIAIOSFODNN7EXAMPLE", raw.credentials[1]))
    is_error(answer, "UnrecognizedClientException", "The security token included in the request is invalid.")


def test_date_expired(raw):
    answer = raw.call("ListKeys", offset_seconds=-400)
    is_error(answer, "InvalidSignatureException", "Signature expired: ")
    assert re.search(r"is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)", answer.text)


def test_date_in_the_future(raw):
    answer = raw.call("ListKeys", offset_seconds=400)
    is_error(answer, "InvalidSignatureException", "Signature not yet current: ")
    assert re.search(r"is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)", answer.text)


@pytest.mark.parametrize("offset", [-240, 240])
def test_date_within_five_minutes(raw, offset):
    assert raw.call("ListKeys", offset_seconds=offset).status == 200


def captured(client, operation, parameters):
    """Headers and body of a signed request, as somebody on the way has them."""
    body, headers = json.dumps(parameters).encode(), client.headers(operation)
    headers["authorization"] = rawhttp.authorization(client.credentials, headers, body)
    return headers, body


def mutating_requests(client, key):
    """A CreateGrant and a ScheduleKeyDeletion, captured when they are asked for."""
    grantee = f"arn:aws:iam::{ACCOUNT}:root"
    yield captured(client, "CreateGrant", {"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt"]})
    yield captured(client, "ScheduleKeyDeletion", {"KeyId": key, "PendingWindowInDays": 7})


def test_captured_change_is_carried_out_once_where_replays_are_refused(tmp_path, raw, kms, key):
    again = {"CreateGrant": 200, "ScheduleKeyDeletion": 400}  # the second finds the key waiting for its deletion
    for headers, body in mutating_requests(raw, key["KeyId"]):  # the control: a service without the flag
        assert raw.send(headers, body).status == 200
        answer = raw.send(headers, body)
        assert answer.status == again[headers["x-amz-target"].split(".")[1]], answer.body
        assert answer.kind in ("", "KMSInvalidStateException"), answer.body
    assert len(kms.list_grants(KeyId=key["KeyId"])["Grants"]) == 2
    own = harness.Service(tmp_path / "own")
    own.options = ["--refuse-replays"]
    try:
        env = own.start().env()
        strict = kms_client(env)
        made = strict.create_key(Description="boto3 is served as ever")["KeyMetadata"]["KeyId"]
        client = rawhttp.Client("127.0.0.1", own.port, (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]),
                                cafile=str(own.data_dir / "ca.pem"))
        for headers, body in mutating_requests(client, made):
            assert client.send(headers, body).status == 200
            is_error(client.send(headers, body), "InvalidSignatureException", "carried out already")
        assert len(strict.list_grants(KeyId=made)["Grants"]) == 1
        reading = captured(client, "DescribeKey", {"KeyId": made})
        assert [client.send(*reading).json["KeyMetadata"]["KeyState"] for _ in range(3)] == ["PendingDeletion"] * 3
        client.close()
        strict.cancel_key_deletion(KeyId=made)
        strict.enable_key(KeyId=made)
        strict.create_alias(AliasName="alias/after", TargetKeyId=made)
        blob = strict.encrypt(KeyId="alias/after", Plaintext=b"text")["CiphertextBlob"]
        assert strict.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    finally:
        own.kill()


def test_date_that_is_none(raw):
    answer = raw.call("ListKeys", after=lambda h: h.update({"x-amz-date": "yesterday"}))
    is_error(answer, "IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got 'yesterday'.")


@pytest.mark.parametrize("signing, text", [
    ({"service": "s3"}, "Credential should be scoped to correct service: 'kms'."),
    ({"region": "no_region"}, "Credential should be scoped to a valid region, not 'no_region'."),
    ({"scope_date": "20200101"}, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP"),
])
def test_credential_scope(raw, signing, text):
    is_error(raw.call("ListKeys", **signing), "InvalidSignatureException", text)


@pytest.mark.parametrize("left_out", ["host", "x-amz-target"])
def test_header_that_must_be_signed(raw, left_out):
    names = [n for n in raw.headers("ListKeys") if n != left_out]
    answer = raw.call("ListKeys", signed=names)
    assert (answer.status, answer.kind) == (400, "InvalidSignatureException"), answer.body


def test_session_tokens_do_not_exist_yet(raw):
    answer = raw.call("ListKeys", change=lambda h: h.update({"x-amz-security-token": "token"}))
    assert answer.status == 400 and answer.kind in {"UnrecognizedClientException", "InvalidSignatureException"}


def test_unfinished_presigned_requests_are_refused(raw):
    query = f"/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={raw.credentials[0]}&X-Amz-Signature=00"
    answer = raw.send(raw.headers("ListKeys"), b"{}", path=query)
    assert answer.status == 400 and answer.kind.endswith("Exception")
    headers = raw.headers("ListKeys")
    headers["authorization"] = rawhttp.authorization(raw.credentials, headers, b"{}")
    answer = raw.send(headers, b"{}", path=query)
    is_error(answer, "InvalidSignatureException", "Found both 'X-Amz-Algorithm' as a query-string param and "
                                                  "'Authorization' as HTTP header.")


def test_every_operation_wants_a_signature(raw, kms):
    for operation in kms.meta.service_model.operation_names:
        is_error(raw.send(raw.headers(operation), b"{}"), "MissingAuthenticationTokenException")
        answer = raw.call(operation, credentials=(raw.credentials[0], "wrong"))
        assert answer.kind == "InvalidSignatureException", (operation, answer.body)


# --- limits


def test_body_at_and_over_the_limit(raw):
    pad = lambda size: b"{" + b" " * (size - 2) + b"}"  # noqa: E731
    assert raw.call("ListKeys", body=pad(256 * 1024)).status == 200
    raw.connection.close()
    try:
        assert raw.call("ListKeys", body=pad(256 * 1024 + 1)).status == 413
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
        pytest.skip("the service closed the connection before the answer could be read")


def test_body_over_the_limit_is_refused_before_it_is_sent(raw):
    """Announced and never sent: the answer must not wait for the body, nor for a signature."""
    headers = raw.headers("ListKeys")
    raw.connection.putrequest("POST", "/", skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        raw.connection.putheader(name, value)
    raw.connection.putheader("content-length", str(1 << 30))
    raw.connection.endheaders()
    assert rawhttp.Answer(raw.connection.getresponse()).status == 413


def test_head_over_the_limit(raw):
    headers = raw.headers("ListKeys") | {f"x-pad-{n}": "y" * 1000 for n in range(20)}
    try:
        assert raw.send(headers, b"{}").status in (400, 431)
    except (ConnectionError, ssl.SSLError, rawhttp.http.client.HTTPException):
        pass  # closed without an answer: as good
    raw.connection.close()
    assert raw.call("ListKeys").status == 200


# --- TLS


def tls(service, **settings):
    """A TLS connection with settings of the caller's; the negotiated version and protocol."""
    context = ssl.create_default_context(cafile=str(service.data_dir / "ca.pem"))
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # what Python 3.13 does by default
    if "alpn" in settings:
        context.set_alpn_protocols(settings["alpn"])
    if "maximum" in settings:
        context.maximum_version = settings["maximum"]
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname=settings.get("name", "localhost")) as wrapped:
            return wrapped.version(), wrapped.selected_alpn_protocol()


def test_tls_is_1_3_with_a_certificate_that_strict_clients_take(service):
    for name in ("localhost", "127.0.0.1"):
        assert tls(service, name=name)[0] == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        tls(service, name="kms.us-east-1.amazonaws.com")


def test_tls_1_2_is_refused(service):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        tls(service, maximum=ssl.TLSVersion.TLSv1_2)


def test_http_2_is_offered(service):
    assert tls(service, alpn=["h2", "http/1.1"])[1] == "h2"
    assert tls(service, alpn=["http/1.1"])[1] == "http/1.1"


def client_hello(groups, share=b""):
    """A TLS 1.3 ClientHello record that names groups; without a key share the server must ask for one."""
    def extension(number, body):
        return number.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body

    def vector(body, size):
        return len(body).to_bytes(size, "big") + body
    names = b"".join(group.to_bytes(2, "big") for group in groups)
    signatures = b"".join(n.to_bytes(2, "big") for n in (0x0403, 0x0503, 0x0804, 0x0805, 0x0806, 0x0807))
    extensions = b"".join([
        extension(0x0000, vector(b"\0" + vector(b"localhost", 2), 2)), extension(0x000A, vector(names, 2)),
        extension(0x000D, vector(signatures, 2)), extension(0x002B, b"\x02\x03\x04"),
        extension(0x0033, vector(share, 2)),
    ])
    body = b"\x03\x03" + bytes(32) + vector(b"s" * 32, 1) + vector(b"\x13\x01\x13\x02\x13\x03", 2) + b"\x01\x00"
    body += vector(extensions, 2)
    return b"\x16\x03\x01" + vector(b"\x01" + len(body).to_bytes(3, "big") + body, 2)


def group_asked_for(service, groups):
    """The group that the server's HelloRetryRequest selects, read from the bytes on the wire."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as plain:
        plain.sendall(client_hello(groups))
        answer = b""
        while len(answer) < 5 or len(answer) < 5 + int.from_bytes(answer[3:5], "big"):
            piece = plain.recv(4096)
            assert piece, "closed without an answer"
            answer += piece
    assert answer[0] == 0x16 and answer[5] == 0x02, answer.hex()
    rest = answer[9 + 2 + 32:]
    rest = rest[1 + rest[0] + 3 + 2:]  # session id, suite, compression, length of the extensions
    while rest:
        number, size = int.from_bytes(rest[:2], "big"), int.from_bytes(rest[2:4], "big")
        if number == 0x0033:
            return int.from_bytes(rest[4:6], "big")
        rest = rest[4 + size:]
    raise AssertionError("no key share asked for: " + answer.hex())


def test_post_quantum_key_exchange_is_preferred_whatever_the_client_prefers(service):
    x25519, x25519_mlkem768 = 0x001D, 0x11EC
    assert group_asked_for(service, [x25519, x25519_mlkem768]) == x25519_mlkem768
    assert group_asked_for(service, [x25519]) == x25519  # control: the reading is not fixed


def test_plaintext_listener_answers_on_loopback(service, env):
    credentials = (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
    client = rawhttp.Client("127.0.0.1", service.plaintext_port, credentials)
    assert client.call("ListKeys").status == 200
    client.close()


def test_plaintext_listener_on_other_addresses_is_refused(service, tmp_path):
    done = service.cli("serve", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0",
                       "--plaintext-listen", "0.0.0.0:0", timeout=30)
    assert done.returncode != 0 and "loopback" in done.stderr.lower()


# --- what the audit log keeps of all this


def test_audit_has_one_record_for_each_call_of_a_known_principal(service, raw, shared_key):
    mark = service.audit_mark()
    good = raw.call("DescribeKey", {"KeyId": shared_key["KeyId"]})
    bad = raw.call("DescribeKey", {"KeyId": "mrk-fake"})
    malformed = raw.call("DescribeKey", {})
    raw.send(raw.headers("DescribeKey"), b"{}")  # by nobody: not in the audit log
    records = service.audit_since(mark, "DescribeKey")
    assert [r["requestID"] for r in records] == [a.headers["x-amzn-requestid"] for a in (good, bad, malformed)]
    assert [r.get("errorCode") for r in records] == [None, "NotFoundException", "ValidationException"]
    first = records[0]
    assert first["eventSource"] == "kms.amazonaws.com" and first["readOnly"] is True
    assert first["userIdentity"]["type"] == "Root" and first["userIdentity"]["accountId"] == ACCOUNT
    assert first["resources"][0]["ARN"] == shared_key["Arn"] and first["recipientAccountId"] == ACCOUNT


def test_audit_survives_hostile_text_and_keeps_no_plaintext(service, raw, shared_key):
    mark, evil = service.audit_mark(), "line\nbreak \x1b[31m {\"a\":1} \u2028"
    body = {"KeyId": shared_key["KeyId"], "Plaintext": "U1RST05HUk9PTS1DQU5BUlk=", "EncryptionContext": {evil: evil}}
    blob = raw.call("Encrypt", body, change=lambda h: h.update({"user-agent": "a\tb {\"x\":1}"})).json["CiphertextBlob"]
    (record,) = service.audit_since(mark, "Encrypt")
    assert record["requestParameters"]["encryptionContext"] == {evil: evil}
    text = json.dumps(record)
    assert "U1RST05HUk9PTS1DQU5BUlk" not in text and "STRONGROOM-CANARY" not in text and blob not in text


def test_audit_has_one_line_for_each_call_whatever_text_it_brings(service, raw):
    """Log injection (threat T-28): text that would be a line of its own, a long one, and one of each kind at once."""
    evil = "line\nbreak\r\n\x1b[31m {\"sequence\":1,\"kind\":\"gap\"} \u2028\u2029\x7f\x85"
    long = "{\"x\":1}\t" * 1_500
    mark = service.audit_mark()
    calls = [({"Description": evil, "Tags": [{"TagKey": "team", "TagValue": evil}]}, "scenario/1"),
             ({"Description": evil * 100, "Tags": [{"TagKey": evil, "TagValue": evil}]}, "scenario/1"),
             ({"Description": evil}, long)]
    answers = [raw.call("CreateKey", parameters, change=lambda headers, agent=agent: headers.update({"user-agent": agent}))
               for parameters, agent in calls]
    assert [answer.status for answer in answers] == [200, 200, 200], [answer.body for answer in answers]
    text = service.audit_text()
    behind = text[text.index(f'{{"sequence":{mark},'):text.rindex("\n")]
    added = [json.loads(line) for line in behind.split("\n")[1:]]  # each line of the file is one of the log
    assert [line["sequence"] for line in added] == list(range(mark + 1, mark + 1 + len(added)))
    assert "gap" not in {line["kind"] for line in added}
    records = [line["record"] for line in added if line["kind"] == "event" and line["record"]["eventName"] == "CreateKey"]
    assert [r["requestID"] for r in records] == [a.headers["x-amzn-requestid"] for a in answers]
    first, _, last = records
    assert first["requestParameters"]["description"] == evil
    assert first["requestParameters"]["tags"] == [{"tagKey": "team", "tagValue": evil}]
    assert last["userAgent"] and long.startswith(last["userAgent"]) and len(last["userAgent"]) < 1_000, "it is cut"
