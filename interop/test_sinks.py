"""The audit log delivered to sinks: real receivers, those that die, and exports that are compared with the log."""

import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import time
import urllib.request

import boto3
import pytest

import harness
from conftest import kms_client
from exported import lines_of_export
from identity_provider import HttpsProvider
from minio_server import minio_server
from receivers import HttpReceiver, StreamReceiver, frames, tls_context
from test_confinement import facts

SECRET = "a secret of the webhook that both sides have"


# --- the service and its log

@pytest.fixture
def start(tmp_path):
    """Starts a service with the `[[audit.sink]]` tables that it is given."""
    running = harness.Service(tmp_path / "data")

    def with_sinks(*sinks, options=()):
        text = ""
        for sink in sinks:
            text += "[[audit.sink]]\n"
            text += "".join(f"{name} = {json.dumps(value)}\n" for name, value in ({"batch_ms": 100} | sink).items())
        file = tmp_path / "strongroom.toml"
        file.write_text(text)
        running.variables = {"STRONGROOM_CONFIG": str(file)}
        running.options = list(options)
        return running.start()

    yield with_sinks
    running.kill()


@pytest.fixture
def certificates(tmp_path):
    """A folder with ca.pem and the certificate of localhost that it vouches for."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    HttpsProvider(folder).stop()
    return folder


def work(service, calls=20) -> str:
    """Calls that are recorded; the key they used."""
    kms = kms_client(service.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(calls):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    return key


def log_lines(service) -> list:
    """The lines of the log, without their newlines."""
    return [line for line in service.audit_text().split("\n") if line]


def numbers(lines) -> list:
    return [json.loads(line)["sequence"] for line in lines]


def first_copies(lines) -> list:
    """Without second copies: the number tells."""
    return list({json.loads(line)["sequence"]: line for line in lines}.values())


def arrives(service, lines, seconds=30.0):
    """Waits until every line of the log is among `lines()`, each in its place."""
    harness.eventually("the whole log arrives", lambda: first_copies(lines()) == log_lines(service), seconds)


def state(service, name=None) -> dict:
    """What `strongroom audit sinks` says of the sink, of the only one without a name."""
    shown = service.operator("audit", "sinks", "--json")["Sinks"]
    return next((sink for sink in shown if name in (None, sink["name"])), {})


def syslog_lines(receiver) -> list:
    """The lines of the log among what a receiver of syslog got."""
    messages = [message.decode() for data in receiver.received for message in frames(data)]
    return [message.split(" ", 7)[7] for message in messages]


# --- syslog

def test_syslog_over_tls(start, certificates):
    receiver = StreamReceiver(context=tls_context(certificates))
    service = start({"url": f"syslog+tls://localhost:{receiver.port}", "ca": str(certificates / "ca.pem")})
    work(service)
    arrives(service, lambda: syslog_lines(receiver))
    priority, time_of, host, app, process, kind, data, _ = (
        frames(receiver.received[0])[0].decode().split(" ", 7))
    assert priority in ("<110>1", "<109>1") and app == "strongroom" and (process, data) == ("-", "-")
    assert kind in ("event", "intent", "correction", "gap") and host and (time_of == "-" or time_of.endswith("Z"))
    assert not receiver.failed


def test_syslog_receiver_that_nobody_vouches_for_gets_nothing(start, certificates, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    HttpsProvider(other).stop()
    receiver = StreamReceiver(context=tls_context(other))
    trusted = StreamReceiver(context=tls_context(certificates))
    ca = str(certificates / "ca.pem")
    service = start({"name": "other", "url": f"syslog+tls://localhost:{receiver.port}", "ca": ca},
                    {"name": "trusted", "url": f"syslog+tls://localhost:{trusted.port}", "ca": ca})
    work(service)
    arrives(service, lambda: syslog_lines(trusted))  # the control
    assert receiver.received == []
    harness.eventually("the fault is told", lambda: "certificate" in (state(service, "other").get("error") or ""))


def test_receiver_that_wants_another_client_certificate_is_told_as_that(start, certificates, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    HttpsProvider(other).stop()
    context, key = tls_context(certificates), other / "server-key.pem"
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates / "ca.pem")
    receiver = StreamReceiver(context=context)
    key.chmod(0o600)
    ca, own = {"ca": str(certificates / "ca.pem")}, {"client_cert": str(other / "server.pem"), "client_key": str(key)}
    service = start({"name": "none", "url": f"otlp+https://localhost:{receiver.port}", **ca},
                    {"name": "other", "url": f"otlp+https://localhost:{receiver.port}", **ca, **own},
                    {"name": "syslog", "url": f"syslog+tls://localhost:{receiver.port}", **ca, **own})
    for name, text in (("none", "wants a client certificate"), ("other", "refused the client certificate: TLS alert "),
                       ("syslog", "refused the client certificate: TLS alert ")):
        harness.eventually(f"{name} is told", lambda: f"the receiver {text}" in (state(service, name).get("error") or ""))
    assert receiver.received == []


def test_real_rsyslog_takes_every_record(start, certificates, tmp_path):
    binary = shutil.which("rsyslogd", path=os.environ["PATH"] + ":/usr/sbin")
    assert binary, "Debian's packages rsyslog and rsyslog-gnutls have it"
    port, out = harness.free_port(), tmp_path / "rsyslog.out"
    settings = tmp_path / "rsyslog.conf"
    settings.write_text(f"""
global(workDirectory="{tmp_path}" maxMessageSize="512k"
       defaultNetstreamDriverCAFile="{certificates}/ca.pem"
       defaultNetstreamDriverCertFile="{certificates}/server.pem"
       defaultNetstreamDriverKeyFile="{certificates}/server-key.pem")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="message" type="string" string="%msg%\\n")
action(type="omfile" file="{out}" template="message")
""")
    rsyslog = subprocess.Popen([binary, "-n", "-f", str(settings), "-i", str(tmp_path / "rsyslog.pid")],
                               stdin=subprocess.DEVNULL)
    try:
        service = start({"url": f"syslog+tls://localhost:{port}", "ca": str(certificates / "ca.pem")})
        work(service)

        def lines():
            return [line.strip() for line in out.read_text().split("\n")[:-1]] if out.exists() else []

        arrives(service, lines, 60.0)
    finally:
        rsyslog.kill()
        rsyslog.wait()


# --- a sink that dies, a courier that dies

def test_dead_sink_costs_nothing_and_catches_up(start):
    receiver = StreamReceiver()
    service = start({"name": "dead", "url": f"syslog+tcp://127.0.0.1:{receiver.port}"})
    receiver.stop()
    begun = len(receiver.received)
    work(service, 50)

    def failing():
        told = state(service)
        return "no connection" in (told.get("error") or "") and told["lag_records"] >= 50

    harness.eventually("the fault and what waits are told", failing)
    assert len(receiver.received) == begun
    receiver.start()
    arrives(service, lambda: syslog_lines(receiver), 90.0)
    harness.eventually("the fault is over", lambda: state(service).get("error", "?") is None)


def test_courier_that_is_killed_loses_nothing(start, tmp_path):
    receiver = StreamReceiver(address=tmp_path / "log.sock")
    service = start({"url": f"unix://{tmp_path}/log.sock", "batch_records": 3})
    for _ in range(5):
        work(service, 10)
        os.kill(harness.eventually("a courier runs", lambda: service.child("courier-process")), signal.SIGKILL)
    lines = lambda: b"".join(receiver.received).decode().splitlines()  # noqa: E731
    arrives(service, lines, 60.0)
    reached = 0
    for data in filter(None, receiver.received):  # one that was killed before it wrote leaves an empty connection
        # Each batch begins no later than where the one before ended.
        batch = numbers(data.decode().splitlines())
        assert batch[0] <= reached + 1 and batch == list(range(batch[0], batch[-1] + 1)), (reached, batch)
        reached = max(reached, batch[-1])


def test_front_that_is_killed_is_told_how_sinks_are(start, tmp_path):
    receiver = StreamReceiver(address=tmp_path / "log.sock")
    service = start({"name": "log", "url": f"unix://{tmp_path}/log.sock"})
    harness.eventually("the front has heard", lambda: state(service).get("delivered"))
    front = service.child("front-process")
    os.kill(front, signal.SIGKILL)

    def heard_again():
        done = service.cli("audit", "sinks", "--json", "--data-dir", service.data_dir)
        return done.returncode == 0 and json.loads(done.stdout)["Sinks"]

    harness.eventually("the next front has heard", heard_again)
    arrives(service, lambda: b"".join(receiver.received).decode().splitlines())


def test_clean_end_delivers_the_last_records(start, tmp_path):
    receiver = StreamReceiver(address=tmp_path / "log.sock")
    service = start({"url": f"unix://{tmp_path}/log.sock", "batch_ms": 3_600_000})
    work(service)
    assert receiver.received == []  # the control: they wait for more
    assert service.stop() == 0
    assert b"".join(receiver.received).decode().splitlines() == log_lines(service)


def test_receiver_that_closes_before_it_has_read_gets_it_again(start, tmp_path):
    path = tmp_path / "log.sock"

    class Hasty(StreamReceiver):
        hasty = 3

        def _read(self, connection):
            if self.hasty:
                self.hasty -= 1
                connection.recv(1)
                connection.close()
            else:
                super()._read(connection)

    receiver = Hasty(address=path)
    service = start({"url": f"unix://{path}"})
    work(service)
    arrives(service, lambda: b"".join(receiver.received).decode().splitlines(), 60.0)
    assert receiver.hasty == 0


# --- webhook and OpenTelemetry

@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "webhook-secret"
    file.write_text(SECRET + "\n")
    file.chmod(0o600)
    return str(file)


def signature(key: str, timestamp: str, body: bytes) -> str:
    return "v1=" + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def hook_lines(receiver) -> list:
    """The lines of the log as they stood in the bodies of POSTs that were taken."""
    lines = []
    for status, _, _, body in receiver.posts:
        if status == 200:
            decoder, text, at = json.JSONDecoder(), body.decode(), body.decode().index('"lines":[') + 9
            while text[at] != "]":
                _, end = decoder.raw_decode(text, at)
                lines.append(text[at:end])
                at = end + (text[end] == ",")
    return lines


def test_webhook_is_signed_and_fresh(start, secret):
    receiver = HttpReceiver()
    service = start({"name": "hook", "url": f"http://127.0.0.1:{receiver.port}/in?tenant=1", "secret_file": secret})
    work(service)
    arrives(service, lambda: hook_lines(receiver))
    for _, path, headers, body in receiver.posts:
        timestamp = headers["strongroom-timestamp"]
        assert path == "/in?tenant=1" and abs(int(timestamp) - time.time()) < 300
        assert hmac.compare_digest(headers["strongroom-signature"], signature(SECRET, timestamp, body))
        for key, at, text in ((SECRET + "x", timestamp, body), (SECRET, "1", body), (SECRET, timestamp, body + b" ")):
            assert headers["strongroom-signature"] != signature(key, at, text)  # the controls
        batch = json.loads(body)
        sequences = [line["sequence"] for line in batch["lines"]]
        assert (batch["sink"], batch["first"], batch["last"]) == ("hook", sequences[0], sequences[-1])


@pytest.mark.parametrize("status", [302, 400, 429, 500, 503])
def test_webhook_that_refuses_gets_it_again(start, secret, status):
    receiver = HttpReceiver()
    receiver.answers = [status, status]
    service = start({"name": "hook", "url": f"http://127.0.0.1:{receiver.port}", "secret_file": secret})
    work(service, 3)
    arrives(service, lambda: hook_lines(receiver), 60.0)
    assert [status for status, *_ in receiver.posts[:2]] == [status, status]
    firsts = [body["first"] for body in receiver.bodies()[:3]]
    assert firsts == [firsts[0]] * 3


def test_opentelemetry_collector_gets_log_records(start, secret):
    receiver = HttpReceiver()
    service = start({"url": f"otlp+http://127.0.0.1:{receiver.port}", "secret_file": secret})
    work(service)

    def records():
        return [record for body in receiver.bodies() for resource in body["resourceLogs"]
                for scope in resource["scopeLogs"] for record in scope["logRecords"]]

    arrives(service, lambda: [record["body"]["stringValue"] for record in records()])
    _, path, headers, _ = receiver.posts[0]
    assert path == "/v1/logs" and headers["content-type"] == "application/json"
    assert headers["authorization"] == SECRET
    for record in records():
        attributes = {a["key"]: a["value"] for a in record["attributes"]}
        line = json.loads(record["body"]["stringValue"])
        assert attributes["strongroom.audit.sequence"] == {"intValue": str(line["sequence"])}
        assert record["timeUnixNano"].isdigit() and len(record["timeUnixNano"]) == 19


# --- export

def test_folder_export_is_the_log(start, tmp_path):
    folder = tmp_path / "export"
    service = start({"name": "export", "url": f"file://{folder}", "required": True})
    work(service)

    def exported():
        files = sorted((folder / "Strongroom-Manifests").glob("*.json"))
        return lines_of_export([json.loads(file.read_text()) for file in files],
                               lambda name: (folder / name).read_bytes())

    arrives(service, exported)
    names = [path.name for path in folder.rglob("*.json.gz")]
    assert names and all(name.startswith("000000000000_CloudTrail_us-east-1_") for name in names), names
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*"))


def test_export_that_is_killed_repeats_the_same_objects(start, tmp_path):
    folder = tmp_path / "export"
    service = start({"url": f"file://{folder}", "batch_records": 7})
    for _ in range(5):
        work(service, 10)
        os.kill(harness.eventually("a courier runs", lambda: service.child("courier-process")), signal.SIGKILL)

    def manifests():
        return [json.loads(file.read_text()) for file in sorted((folder / "Strongroom-Manifests").glob("*.json"))]

    arrives(service, lambda: lines_of_export(manifests(), lambda name: (folder / name).read_bytes()), 60.0)
    ranges = [(manifest["first"], manifest["last"]) for manifest in manifests()]
    assert all(after[0] == before[1] + 1 for before, after in zip(ranges, ranges[1:])), ranges


def test_bucket_export_is_the_log_and_verifies(start, tmp_path):
    """MinIO as the bucket; what the AWS CLI copies of it verifies, and does no more when an object was altered in it."""
    objects, copied, prefix = tmp_path / "minio", tmp_path / "copied", "s3://audit-logs/strongroom"
    objects.mkdir()
    with minio_server(objects, "AKIAIOSFODNN7EXAMPLE", SECRET) as url:
        keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": SECRET}
        s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
        s3.create_bucket(Bucket="audit-logs")
        credentials = tmp_path / "credentials"
        credentials.write_text("[default]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items()))
        credentials.chmod(0o600)
        service = start({"url": prefix, "endpoint": url, "credentials_file": str(credentials), "batch_records": 20})
        work(service, 80)

        def objects_below(prefix):
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket="audit-logs", Prefix=f"strongroom/{prefix}")
            return sorted(item["Key"] for page in pages for item in page.get("Contents", []))

        def read_key(key):
            return s3.get_object(Bucket="audit-logs", Key=key)["Body"].read()

        def exported():
            return lines_of_export([json.loads(read_key(key)) for key in objects_below("Strongroom-Manifests/")],
                                   lambda name: read_key(f"strongroom/{name}"))

        arrives(service, exported, 60.0)
        assert service.stop() == 0  # the end delivers the last record, and signs the last checkpoint
        env = harness.clean_environment() | {name.upper(): value for name, value in keys.items()} | {
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": url}

        def verified():
            subprocess.run(["aws", "s3", "sync", "--delete", "--exact-timestamps", "--quiet", prefix, copied],
                           env=env, check=True, timeout=120)
            return service.cli("audit", "verify", "--export", copied, "--data-dir", service.data_dir)

        done, count = verified(), len(log_lines(service))
        assert done.returncode == 0 and f"{count} records are what was signed" in done.stdout, done
        assert "not here" not in done.stdout, done.stdout
        altered = next(key for key in objects_below("") if key.endswith(".json.gz"))
        s3.put_object(Bucket="audit-logs", Key=altered, Body=read_key(altered)[:-1])
        done = verified()
        assert done.returncode != 0 and altered.rsplit("/", 1)[-1] in done.stderr, done


def test_what_sinks_lack_is_a_figure(start, tmp_path):
    receiver, port = StreamReceiver(address=tmp_path / "log.sock"), harness.free_port()
    service = start({"name": "log", "url": f"unix://{tmp_path}/log.sock"},
                    {"name": "dead", "url": f"unix://{tmp_path}/nobody.sock"},
                    options=["--metrics-listen", f"127.0.0.1:{port}"])
    work(service)
    arrives(service, lambda: b"".join(receiver.received).decode().splitlines())

    def reading(metric, sink):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found = re.search(rf'(?m)^strongroom_audit_sink_{metric}{{sink="{sink}"}} (\S+)$', text)
        return float(found[1]) if found else None

    written = len(log_lines(service))  # nobody calls any more
    harness.eventually("the live sink lacks nothing", lambda: reading("lag_records", "log") == 0)
    harness.eventually("the dead one lacks all", lambda: reading("lag_records", "dead") == written)
    assert reading("failing", "log") == 0 and reading("failing", "dead") == 1
    assert reading("behind_seconds", "dead") > 0 and reading("delivered_total", "log") >= written


# --- what retention may not pass, confinement, settings

def test_low_water_is_that_of_required_sinks(start, tmp_path):
    receiver = StreamReceiver(address=tmp_path / "log.sock")
    service = start({"name": "log", "url": f"unix://{tmp_path}/log.sock", "required": True},
                    {"name": "dead", "url": f"unix://{tmp_path}/nobody.sock"})
    work(service)
    arrives(service, lambda: b"".join(receiver.received).decode().splitlines())
    low_water = service.data_dir / "courier" / "low-water"

    def reached():
        segment, offset, number = low_water.read_text().split()
        written = service.data_dir / "audit" / f"{segment}.jsonl"
        if not written.exists():
            return False  # the first batch has arrived, and its cursor is not kept yet
        before = written.read_bytes()[:int(offset)].decode().splitlines()
        return int(number) == len(before) + 1 == len(log_lines(service)) + 1

    harness.eventually("the low water is at the end", reached)
    harness.eventually("the front is told", lambda: service.operator("audit", "sinks", "--json")["LowWater"] == 1)


def test_courier_is_confined(start, tmp_path):
    service = start({"url": f"file://{tmp_path}/export"})
    status = facts(harness.eventually("a courier runs", lambda: service.child("courier-process")))
    harness.eventually("it is filtered", lambda: facts(service.child("courier-process"))["Seccomp"] == "2")
    assert int(facts(service.child("courier-process"))["CapEff"], 16) == 0, status


def test_without_sinks_there_is_no_courier(start):
    service = start()
    assert service.child("courier-process") is None
    assert not (service.data_dir / "courier").exists()
    assert service.operator("audit", "sinks", "--json") == {"CourierRuns": False, "LowWater": None, "Sinks": []}


@pytest.mark.parametrize("url, said", [
    ("syslog+tcp://192.0.2.1:514", "loopback"),
    ("http://192.0.2.1/", "loopback"),
    ("https://localhost/", "secret_file"),
    ("s3://bucket", "credentials_file"),
    ("file://relative", "absolute"),
    ("gopher://localhost", "begins with none of"),
])
def test_sinks_that_cannot_be_are_refused_at_the_start(tmp_path, url, said):
    service = harness.Service(tmp_path / "data")
    done = subprocess.run([*service.command(), "--audit-sink", url], env=harness.clean_environment(),
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and said in done.stderr and "--audit-sink" in done.stderr, done.stderr


def test_export_into_the_data_directory_is_refused(tmp_path):
    service = harness.Service(tmp_path / "data")
    for folder in (service.data_dir / "audit", service.secrets_dir, tmp_path):
        done = subprocess.run([*service.command(), "--audit-sink", f"file://{folder}"],
                              env=harness.clean_environment(), capture_output=True, text=True, timeout=30)
        assert done.returncode == 2 and "must lie outside" in done.stderr, (folder, done.stderr)
