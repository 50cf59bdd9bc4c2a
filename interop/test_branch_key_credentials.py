"""With whose credentials `strongroom branch-key` calls DynamoDB: moto takes any signature, the server here keeps what is sent."""

import http.server
import json
import threading

import pytest

import rawhttp


class Refusing(http.server.BaseHTTPRequestHandler):
    """Keeps each request and says that there is no such table."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append(({name.lower(): value for name, value in self.headers.items()}, self.path, body))
        answer = json.dumps({"__type": "x#ResourceNotFoundException", "message": "no table"}).encode()
        self.send_response(400)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Silence."""


@pytest.fixture
def recorder():
    """An HTTP server that keeps what is sent to it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("profile", [False, True], ids=["those of KMS", "those of a profile"])
def test_calls_are_signed_with_the_right_credentials(service, env, recorder, tmp_path, profile):
    url = f"http://127.0.0.1:{recorder.server_address[1]}"
    (tmp_path / "credentials").write_text(
        "[tables]\naws_access_key_id = AKIDTABLES\naws_secret_access_key = of-tables\naws_session_token = token-of-tables\n")
    (tmp_path / "config").write_text("[profile tables]\nregion = eu-west-3\n")
    variables = env | {"AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_CONFIG_FILE": str(tmp_path / "config"),
                       "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials")}
    credentials, region = (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]), env["AWS_REGION"]
    if profile:
        variables["STRONGROOM_DYNAMODB_PROFILE"] = "tables"
        credentials, region = ("AKIDTABLES", "of-tables"), "eu-west-3"
    done = service.cli("branch-key", "rotate", "--branch-key-store", "dynamodb:branch-keys", "--branch-key-id", "tenant-a",
                       env=variables)
    assert done.returncode == 3 and "there is no table branch-keys" in done.stderr, done.stderr
    assert ("the profile tables" in done.stderr) is profile, done.stderr
    assert ("credentials and the Region of KMS" in done.stderr) is not profile, done.stderr
    [(headers, path, body)] = recorder.seen
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem" and path == "/"
    assert json.loads(body)["Key"] == {"branch-key-id": {"S": "tenant-a"}, "type": {"S": "branch:ACTIVE"}}
    assert headers.get("x-amz-security-token") == ("token-of-tables" if profile else None)
    signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-target"} <= set(signed)
    expected = rawhttp.authorization(credentials, headers, body, region=region, service="dynamodb", signed=signed)
    assert headers["authorization"] == expected
