"""Hand-made HTTP requests: SigV4 written from its specification, so that a test can break any part of it."""

import datetime
import hashlib
import hmac
import http.client
import json
import ssl

CONTENT_TYPE = "application/x-amz-json-1.1"


def amz_date(offset_seconds=0) -> str:
    """The time of signing, now plus an offset, in ISO-8601 basic format."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset_seconds)
    return moment.strftime("%Y%m%dT%H%M%SZ")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def authorization(credentials, headers, body, *, method="POST", path="/", region="us-east-1", service="kms",
                  signed=None, scope_date=None) -> str:
    """The Authorization header for `headers` (names in lower case). `signed` picks the signed names."""
    access_key, secret = credentials
    names = sorted(headers if signed is None else signed)
    canonical = "\n".join([
        method, path, "", *[f"{n}:{' '.join(headers[n].split())}" for n in names], "",
        ";".join(names), hashlib.sha256(body).hexdigest(),
    ])
    moment = headers["x-amz-date"]
    date = scope_date or moment[:8]
    scope = f"{date}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = _hmac(key, part)
    signature = _hmac(key, to_sign).hex()
    return (f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={';'.join(names)}, "
            f"Signature={signature}")


class Answer:
    """Status, headers (names in lower case) and body of one answer."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def kind(self):
        """The wire name of the error, "" for an answer without one or whose body is no JSON."""
        try:
            return self.json.get("__type", "")
        except ValueError:
            return ""

    @property
    def text(self):
        """The text of the error under either spelling, None when there is none."""
        return self.json.get("message", self.json.get("Message"))


class Client:
    """A keep-alive connection to one service."""

    def __init__(self, host, port, credentials, cafile=None, region="us-east-1", timeout=30):
        self.host_header = f"{host}:{port}"
        self.credentials = credentials
        self.region = region
        if cafile:
            context = ssl.create_default_context(cafile=cafile)
            self.connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
        else:
            self.connection = http.client.HTTPConnection(host, port, timeout=timeout)

    def headers(self, operation, offset_seconds=0) -> dict:
        """What every SDK sends, in lower case, unsigned yet."""
        return {"host": self.host_header, "content-type": CONTENT_TYPE, "x-amz-date": amz_date(offset_seconds),
                "x-amz-target": f"TrentService.{operation}"}

    def send(self, headers, body=b"", method="POST", path="/") -> Answer:
        """Sends exactly these headers and this body."""
        self.connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            self.connection.putheader(name, value)
        if method != "GET":
            self.connection.putheader("content-length", str(len(body)))
        self.connection.endheaders(body or None)
        return Answer(self.connection.getresponse())

    def call(self, operation, parameters=None, *, body=None, change=None, after=None, offset_seconds=0,
             **signing) -> Answer:
        """A signed call. `change` edits the headers before signing, `after` edits them afterwards."""
        payload = json.dumps(parameters or {}).encode() if body is None else body
        headers = self.headers(operation, offset_seconds)
        if change:
            change(headers)
        signing.setdefault("region", self.region)
        credentials = signing.pop("credentials", self.credentials)
        headers["authorization"] = authorization(credentials, headers, payload, **signing)
        if after:
            after(headers)
        return self.send(headers, payload)

    def close(self):
        self.connection.close()
