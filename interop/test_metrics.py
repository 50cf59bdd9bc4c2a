"""Operators' figures: the listener for Prometheus, promtool's judgement, /health, `status --watch`, lines of the log, traces."""

import json
import os
import pty
import re
import shutil
import select
import signal
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import harness
from conftest import kms_client
from receivers import HttpReceiver
from watched import Watched

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
METRIC = re.compile(r"strongroom_[a-z0-9_]+")


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A service that is watched, called a little, and left open."""
    running = Watched(tmp_path_factory.mktemp("watched") / "data").start()
    yield running
    running.kill()


@pytest.fixture
def own(tmp_path):
    """A watched service of this test's own."""
    running = Watched(tmp_path / "own").start()
    yield running
    running.kill()


def promtool(*arguments, **options):
    """Prometheus' own judge."""
    assert shutil.which("promtool"), "Debian's package prometheus has it"
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)


def types(text):
    """Name and kind of every metric in a scrape."""
    return dict(line.split()[2:4] for line in text.splitlines() if line.startswith("# TYPE "))


# --- the text

def test_promtool_finds_no_fault_in_a_scrape(watched):
    kms = kms_client(watched.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    text = watched.text()
    done = promtool("check", "metrics", input=text)
    assert done.returncode == 0, done.stdout + done.stderr
    # Control: it looks at names, and at the format.
    assert promtool("check", "metrics", input=text.replace("requests_total", "requests")).returncode != 0
    assert promtool("check", "metrics", input=text.replace(' counter\n', ' adder\n', 1)).returncode != 0


def test_documentation_lists_what_is_shown(watched):
    rows = re.findall(r"(?m)^\| `(strongroom_\w+)` \| (\w+) \|", (ROOT / "docs" / "metrics.md").read_text())
    assert len(rows) > 40 and dict(rows) == types(watched.text())


@pytest.mark.parametrize("file", ["grafana/strongroom.json", "prometheus/alerts.yml", "prometheus/alerts_test.yml"])
def test_dashboard_and_alerts_name_only_what_is_shown(watched, file):
    shown = types(watched.text())
    series = set(shown)
    for name, kind in shown.items():
        if kind == "histogram":
            series |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"}
    named = set(METRIC.findall((DEPLOY / file).read_text()))
    assert named and named <= series, named - series


def test_dashboard_shows_every_metric(watched):
    panels = json.dumps(json.loads((DEPLOY / "grafana" / "strongroom.json").read_text()))
    assert {name for name in types(watched.text()) if name not in panels} == set()


def test_promtool_accepts_rules_and_configuration(tmp_path):
    for arguments in (["check", "rules", "alerts.yml"], ["check", "config", "scrape.yml"], ["test", "rules", "alerts_test.yml"]):
        done = promtool(*arguments, cwd=DEPLOY / "prometheus")
        assert done.returncode == 0, done.stdout + done.stderr
    # Controls: a rule that cannot be read, and one that says something else.
    shutil.copytree(DEPLOY / "prometheus", tmp_path, dirs_exist_ok=True)
    rules = (tmp_path / "alerts.yml").read_text()
    (tmp_path / "alerts.yml").write_text(rules.replace("strongroom_not_ready == 1", "strongroom_not_ready == 2"))
    assert promtool("test", "rules", "alerts_test.yml", cwd=tmp_path).returncode != 0
    (tmp_path / "alerts.yml").write_text(rules.replace("> 0.01", "> >"))
    assert promtool("check", "rules", "alerts.yml", cwd=tmp_path).returncode != 0


# --- what is counted

def test_calls_are_counted_by_operation_and_outcome(own):
    kms = kms_client(own.env())
    alice = kms_client(own.env_for(own.operator("user", "create", "alice")))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(5):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    with pytest.raises(ClientError):
        alice.generate_data_key(KeyId=key, KeySpec="AES_256")
    stranger = own.env() | {"AWS_SECRET_ACCESS_KEY": "x" * 40}
    with pytest.raises(ClientError):
        kms_client(stranger).list_keys()

    def count(operation, outcome, service="kms"):
        return own.reading("strongroom_requests_total", service=service, operation=operation, outcome=outcome)

    assert count("GenerateDataKey", "ok") == 5
    assert count("GenerateDataKey", "AccessDeniedException") == 1
    assert count("ListKeys", "InvalidSignatureException") == own.reading("strongroom_unknown_callers_total") == 1
    durations = "strongroom_request_duration_seconds"
    assert own.reading(f"{durations}_count", operation="GenerateDataKey") == 6
    assert own.reading(f"{durations}_bucket", operation="GenerateDataKey", le="+Inf") == 6
    assert own.reading("strongroom_keys", state="Enabled") == 1
    assert own.reading("strongroom_connections_accepted_total") >= 3
    assert own.reading("strongroom_audit_records_total") > 7
    assert own.reading("strongroom_store_sync_duration_seconds_count") > 0
    ends = own.reading("strongroom_certificate_expiry_timestamp_seconds")
    days = (ends - own.reading("strongroom_start_time_seconds")) / 86_400
    assert 59 < days < 91, days
    text = own.text()
    for private in (key, "alice", "000000000000", own.env()["AWS_ACCESS_KEY_ID"]):
        assert private not in text, private


def test_throttled_calls_and_their_quota_are_shown(own):
    own.operator("quotas", "set", "list-keys", "1", "--burst", "2")
    kms = kms_client(own.env())
    refused = 0
    for _ in range(6):
        try:
            kms.list_keys()
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ThrottlingException"
            refused += 1
    assert refused and own.reading("strongroom_requests_total", operation="ListKeys", outcome="ThrottlingException") == refused
    assert own.reading("strongroom_quota_rate", scope="account", **{"class": "list-keys"}) == 1


def test_process_that_is_killed_is_counted_as_started_again(own):
    harness.eventually("the first start to be counted",
                       lambda: own.reading("strongroom_process_starts_total", process="vault") == 1)
    os.kill(own.child("vault-process"), signal.SIGKILL)
    harness.eventually("the start to be counted",
                       lambda: own.reading("strongroom_process_starts_total", process="vault") == 2)
    harness.eventually("the service to be ready", lambda: own.reading("strongroom_ready") == 1)
    os.kill(own.child("front-process"), signal.SIGKILL)

    def front_starts():
        try:
            return own.reading("strongroom_process_starts_total", process="front")
        except OSError:
            return None

    harness.eventually("the front to say that it was started again", lambda: front_starts() == 2)
    assert own.reading("strongroom_process_starts_total", process="vault") == 2, "the supervisor counts, not the front"


# --- health

def test_health_tells_live_from_ready_and_why(own):
    assert own.get("/health") == (200, "text/plain; charset=utf-8", "ok\n")
    assert json.loads(own.get("/health/live")[2]) == {"live": True}
    assert json.loads(own.get("/health/ready")[2]) == {"ready": True, "reasons": [], "warnings": []}
    own.operator("vault", "seal")
    status, kind, text = own.get("/health/ready")
    assert (status, kind) == (503, "application/json") and not json.loads(text)["ready"]
    assert [reason["code"] for reason in json.loads(text)["reasons"]] == ["vault_sealed"]
    assert own.get("/health/live")[0] == 200 and own.get("/health")[0] == 503 and not own.healthy()
    assert own.reading("strongroom_not_ready", reason="vault_sealed") == 1 and own.reading("strongroom_vault_open") == 0
    own.operator("vault", "unseal", "--configured-root")
    assert own.get("/health/ready")[0] == 200 and own.healthy()


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_health_answers_on_the_tls_listener_too(watched, path):
    context = ssl.create_default_context(cafile=str(watched.data_dir / "ca.pem"))
    with urllib.request.urlopen(f"https://127.0.0.1:{watched.port}{path}", context=context, timeout=10) as answer:
        assert answer.status == 200 and answer.headers["x-amzn-RequestId"]


# --- the listener

def test_listener_serves_nothing_else(watched):
    for path, method in (("/", "GET"), ("/", "POST"), ("/metrics", "POST"), ("/metrics/", "GET"), ("/healthy", "GET")):
        assert watched.get(path, method)[0] == 404, (path, method)


def test_listeners_of_the_service_show_no_figures(service):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{service.plaintext_port}/metrics", timeout=10)
    assert refused.value.code == 403


# --- status --watch

def watch(service, *arguments):
    return service.cli("status", "--watch", "--data-dir", service.data_dir, *arguments, timeout=60)


def test_watch_on_a_pipe_is_a_line_a_second(own):
    before = own.audit_mark()
    done = watch(own, "--count", "2")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 2, done.stderr
    assert all(re.match(r"\d\d:\d\d:\d\dZ ready ", line) for line in done.stdout.splitlines()), done.stdout
    assert "\x1b" not in done.stdout
    acts = [record["eventName"] for record in own.audit_since(before) if record["eventName"].startswith("Operator")]
    assert acts == ["OperatorWatchFigures"], "a watch is on the record once, however many figures it asks for"
    own.operator("status")
    assert own.audit_since(before, "OperatorStatus"), "the control"


def test_watch_as_json_has_the_calls_between(own):
    kms = kms_client(own.env())
    watching = subprocess.Popen([own.program, "status", "--watch", "--json", "--count", "3", "--data-dir", str(own.data_dir)],
                                env=harness.clean_environment(), stdout=subprocess.PIPE, text=True)
    lines = []
    while len(lines) < 3:
        kms.list_keys()
        if select.select([watching.stdout], [], [], 0)[0]:
            lines.append(json.loads(watching.stdout.readline()))
    assert watching.wait(10) == 0
    assert all(line["ready"] for line in lines)
    assert any(row["operation"] == "ListKeys" and row["served_per_second"] > 0
               for line in lines for row in line["operations"]), lines


def test_watch_on_a_terminal_is_a_screen(own):
    ours, theirs = pty.openpty()
    watching = subprocess.Popen([own.program, "status", "--watch", "--count", "1", "--data-dir", str(own.data_dir)],
                                env=harness.clean_environment(), stdout=theirs, stdin=theirs)
    os.close(theirs)
    shown = b""
    while b"\x1b[J" not in shown:
        shown += os.read(ours, 4096)
    assert watching.wait(10) == 0
    os.close(ours)
    assert shown.startswith(b"\x1b[H") and b"ready" in shown and b"served/s" in shown, shown


def test_watch_of_a_service_that_does_not_run_says_so(tmp_path):
    done = harness.Service(tmp_path / "none").cli("status", "--watch", "--data-dir", tmp_path / "none", timeout=30)
    assert done.returncode == 1 and "operator.sock" in done.stderr, done.stderr


# --- the log

def test_log_has_a_line_with_the_request_id_for_every_request(own):
    assert own.stop() == 0
    own.options += ["--log-level", "debug"]
    own.start()
    answer = kms_client(own.env()).list_keys()
    request_id = answer["ResponseMetadata"]["RequestId"]

    def lines():
        found = []
        for line in own.log:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("fields", {}).get("request_id") == request_id:
                found.append(entry)
        return found

    entry = harness.eventually("the request to be in the log", lines)[-1]
    assert entry["fields"]["operation"] == "ListKeys" and entry["fields"]["status"] == 200, entry
    assert entry["fields"]["took_us"] > 0 and "error" not in entry["fields"], entry


# --- traces

def spans(path):
    """Every span in a file of traces."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [span for line in lines for resource in line["resourceSpans"]
            for scope in resource["scopeSpans"] for span in scope["spans"]]


def attribute(span, key):
    return next((list(found["value"].values())[0] for found in span["attributes"] if found["key"] == key), None)


def test_sampled_requests_are_traced_to_a_file_and_stand_under_the_clients_span(own, tmp_path):
    assert own.stop() == 0
    path = tmp_path / "spans.jsonl"
    own.options += ["--trace-file", str(path), "--trace-sample", "1"]
    own.start()
    kms = kms_client(own.env())
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

    def stand_under_it(request, **_):
        request.headers["traceparent"] = f"00-{trace}-{parent}-01"

    kms.meta.events.register("before-send.kms", stand_under_it)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    answer = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    request_id = answer["ResponseMetadata"]["RequestId"]

    def traced():
        return [span for span in spans(path) if span["kind"] == 2 and attribute(span, "aws.request_id") == request_id]

    span = harness.eventually("the spans to be written", traced)[0]
    assert (span["name"], span["traceId"], span["parentSpanId"]) == ("GenerateDataKey", trace, parent)
    assert attribute(span, "http.response.status_code") == "200" and attribute(span, "error.type") is None
    below = [child for child in spans(path) if child["parentSpanId"] == span["spanId"]]
    assert [child["name"] for child in below] == ["authenticate", "perform", "record"]
    assert int(span["startTimeUnixNano"]) <= int(below[1]["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert key not in path.read_text() and own.env()["AWS_ACCESS_KEY_ID"] not in path.read_text()
    assert own.reading("strongroom_traces_total", fate="written") >= 2


def test_sampled_requests_are_sent_to_a_collector(own):
    assert own.stop() == 0
    collector = HttpReceiver()
    own.options += ["--trace-collector", f"otlp+http://127.0.0.1:{collector.port}", "--trace-sample", "1"]
    own.start()
    kms = kms_client(own.env())

    def sent():
        # The courier may be there a moment later than the first requests.
        kms.list_keys()
        return [span for body in collector.bodies() for resource in body["resourceSpans"]
                for scope in resource["scopeSpans"] for span in scope["spans"] if span["name"] == "ListKeys"]

    span = harness.eventually("the spans to be sent", sent)[0]
    assert attribute(span, "http.response.status_code") == "200"
    assert {path for _, path, _, _ in collector.posts} == {"/v1/traces"}
    assert own.reading("strongroom_traces_total", fate="sent") >= 1
    assert own.reading("strongroom_traces_total", fate="written") == 0
    assert own.reading("strongroom_trace_spans_lost_total", reason="rejected") == 0
    collector.stop()


def test_spans_that_a_collector_rejects_are_counted_apart_and_told(own):
    assert own.stop() == 0
    collector = HttpReceiver(answer=b'{"partialSuccess":{"rejectedSpans":"1","errorMessage":"over the limit"}}')
    own.options += ["--trace-collector", f"otlp+http://127.0.0.1:{collector.port}", "--trace-sample", "1"]
    own.start()
    kms = kms_client(own.env())

    def rejected():
        kms.list_keys()
        return own.reading("strongroom_trace_spans_lost_total", reason="rejected") >= 1

    harness.eventually("rejected spans to be counted", rejected)
    assert own.reading("strongroom_trace_spans_lost_total", reason="undelivered") == 0
    told = [line for line in own.log if "the collector rejects spans of traces" in line]
    assert len(told) == 1 and "over the limit" in told[0]
    collector.stop()


def test_nothing_is_traced_unless_it_is_sampled(own, tmp_path):
    assert own.stop() == 0
    path = tmp_path / "spans.jsonl"
    own.options += ["--trace-file", str(path), "--trace-sample", "0"]
    own.start()
    assert kms_client(own.env()).list_keys()["Keys"] == []
    assert own.reading("strongroom_requests_total", operation="ListKeys", outcome="ok") == 1, "the control"
    assert path.read_text() == "" and own.reading("strongroom_traces_total", fate="written") == 0


def test_share_without_a_file_and_share_that_is_none_are_refused(tmp_path):
    for arguments in (["--trace-sample", "0.5"], ["--trace-file", "t", "--trace-sample", "2"]):
        done = harness.Service(tmp_path / "none").cli("serve", "--data-dir", tmp_path / "none", *arguments, timeout=30)
        assert done.returncode == 2 and "--trace-sample" in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []
