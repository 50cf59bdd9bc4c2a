"""HTTP/2 and the oldest TLS version: signed calls by an unmodified HTTP/2 client (httpx), many on one connection."""

import asyncio
import json
import ssl

import httpx
import pytest

import harness
import rawhttp


def client(service, kind=httpx.Client, **settings):
    """An HTTP client that trusts the service's CA and does what `settings` says."""
    context = ssl.create_default_context(cafile=str(service.data_dir / "ca.pem"))
    if "maximum" in settings:
        context.maximum_version = settings.pop("maximum")
    return kind(base_url=f"https://127.0.0.1:{service.port}", verify=context, trust_env=False, timeout=30, **settings)


def signed(service, env, operation, parameters=None, host=None):
    """Headers and body of a signed call; `host` is what an HTTP/2 client sends as :authority."""
    body = json.dumps(parameters or {}).encode()
    headers = {"host": host or f"127.0.0.1:{service.port}", "content-type": rawhttp.CONTENT_TYPE,
               "x-amz-date": rawhttp.amz_date(), "x-amz-target": f"TrentService.{operation}"}
    credentials = (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
    headers["authorization"] = rawhttp.authorization(credentials, headers, body)
    return headers, body


def call(http, service, env, operation, parameters=None):
    headers, body = signed(service, env, operation, parameters)
    return http.post("/", headers=headers, content=body)


@pytest.mark.parametrize("http2, version", [(True, "HTTP/2"), (False, "HTTP/1.1")])
def test_signed_call_by_either_version(service, env, shared_key, http2, version):
    with client(service, http2=http2) as http:
        made = call(http, service, env, "Encrypt", {"KeyId": shared_key["Arn"], "Plaintext": "aGVsbG8="})
        assert (made.http_version, made.status_code) == (version, 200), made.text
        opened = call(http, service, env, "Decrypt", {"CiphertextBlob": made.json()["CiphertextBlob"]})
        assert (opened.http_version, opened.json()["Plaintext"]) == (version, "aGVsbG8=")
        assert opened.headers["x-amzn-requestid"] and opened.headers["content-type"] == rawhttp.CONTENT_TYPE


def test_http_2_serves_many_calls_on_one_connection(service, env, shared_key):
    """One event loop, not threads: a TLS connection of Python's must not be read and written at the same time."""
    parameters = {"KeyId": shared_key["Arn"], "KeySpec": "AES_256"}

    async def many():
        limits = httpx.Limits(max_connections=1)
        async with client(service, kind=httpx.AsyncClient, http2=True, http1=False, limits=limits) as http:
            async def one():
                headers, body = signed(service, env, "GenerateDataKey", parameters)
                return await http.post("/", headers=headers, content=body)

            return await asyncio.gather(*(one() for _ in range(200)))

    answers = asyncio.run(many())
    assert {(a.http_version, a.status_code) for a in answers} == {("HTTP/2", 200)}
    assert len({a.json()["Plaintext"] for a in answers}) == 200
    assert len({a.headers["x-amzn-requestid"] for a in answers}) == 200


def test_http_2_authority_is_the_signed_host(service, env):
    """The signature covers :authority: one that was signed for another host is refused, and nothing else is different."""
    headers, body = signed(service, env, "ListKeys", host="kms.us-east-1.amazonaws.com")
    with client(service, http2=True) as http:
        assert http.post("/", headers=headers, content=body).status_code == 200
        answer = http.post("/", headers=headers | {"host": f"127.0.0.1:{service.port}"}, content=body)
    assert answer.http_version == "HTTP/2" and answer.json()["__type"] == "InvalidSignatureException"


def test_http_2_refusals_are_those_of_http_1(service, env):
    with client(service, http2=True) as two, client(service, http2=False) as one:
        headers, body = signed(service, env, "ListKeys")
        cases = [
            ("GET", "/", headers, None), ("POST", "/", headers | {"content-type": "text/plain"}, body),
            ("POST", "/", headers | {"x-amz-target": "TrentService.Nothing"}, body),
            ("POST", "/", {k: v for k, v in headers.items() if k != "authorization"}, body),
            ("POST", "/", headers, body + b" "), ("GET", "/health", {}, None),
        ]
        for method, path, sent, content in cases:
            answers = [http.request(method, path, headers=sent, content=content) for http in (two, one)]
            assert [a.http_version for a in answers] == ["HTTP/2", "HTTP/1.1"]
            assert answers[0].status_code == answers[1].status_code, (method, path, answers)
            assert answers[0].content == answers[1].content


@pytest.mark.parametrize("http2, version", [(True, "HTTP/2"), (False, "HTTP/1.1")])
def test_tls_1_2_only_by_its_flag(service, tmp_path, http2, version):
    with client(service, http2=http2, maximum=ssl.TLSVersion.TLSv1_2) as http, pytest.raises(httpx.ConnectError):
        http.get("/health")
    older = harness.Service(tmp_path / "data")
    older.options = ["--tls-min", "1.2"]
    try:
        older.start()
        for maximum in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with client(older, http2=http2, maximum=maximum) as http:
                answer = call(http, older, older.env(), "ListKeys")
                assert (answer.http_version, answer.status_code) == (version, 200)
                stream = answer.extensions["network_stream"]
                assert stream.get_extra_info("ssl_object").version() == maximum.name.replace("TLSv1_", "TLSv1.")
    finally:
        older.kill()
