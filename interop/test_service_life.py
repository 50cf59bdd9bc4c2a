"""The service as a set of processes: start, second start, modes, graceful end, and coming back from kill -9."""

import os
import re
import signal
import socket
import ssl
import stat
import urllib.request

import pytest
from botocore.exceptions import BotoCoreError, ClientError

import harness
import rawhttp
from conftest import kms_client
from principals import Account, may, trust

# What callers are told while the vault is away: nothing else, and never nothing.
VAULT_AWAY = {"KeyUnavailableException", "DependencyTimeoutException"}
MEANWHILE = {"vault-process": VAULT_AWAY, "front-process": VAULT_AWAY | {"connection"}}


@pytest.fixture
def own(tmp_path):
    """A service of this test's own."""
    running = harness.Service(tmp_path / "own").start()
    yield running
    running.kill()


def test_second_service_on_the_same_directory_is_refused(own):
    done = own.cli("serve", "--data-dir", own.data_dir, "--listen", f"127.0.0.1:{harness.free_port()}", timeout=60)
    assert done.returncode != 0 and "another strongroom" in done.stderr and str(own.data_dir) in done.stderr
    assert own.healthy()


def test_port_that_is_taken_is_said_clearly(own, tmp_path):
    done = own.cli("serve", "--data-dir", tmp_path / "second", "--listen", f"127.0.0.1:{own.port}", timeout=60)
    assert done.returncode != 0 and str(own.port) in done.stderr


def test_ports_that_the_system_chose_are_told(tmp_path):
    service = harness.Service(tmp_path / "data")
    service.options = ["--metrics-listen", "127.0.0.1:0", "--plaintext-listen", "127.0.0.1:0"]
    try:
        said = "".join(service.start().log)
        figures = re.search(r"^strongroom: figures on (http://127\.0\.0\.1:\d+/metrics)$", said, re.MULTILINE)
        plain = re.search(r"^strongroom: plain HTTP on (http://127\.0\.0\.1:\d+)$", said, re.MULTILINE)
        with urllib.request.urlopen(figures[1], timeout=10) as answer:
            assert b"strongroom_ready 1" in answer.read()
        with urllib.request.urlopen(plain[1] + "/health", timeout=10) as answer:
            assert answer.read() == b"ok\n"
    finally:
        service.kill()


def test_modes_whatever_the_umask(own):
    """The harness starts the service with umask 0. Nothing is for others to read, certificates neither."""
    kms_client(own.env()).create_key()
    for top in (own.data_dir, own.secrets_dir):
        for path in [top, *top.rglob("*")]:
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:
                assert path.suffix == ".new", path  # a file that has got its own name meanwhile
                continue
            expected = 0o700 if stat.S_ISDIR(mode) else 0o600
            assert stat.S_IMODE(mode) == expected, (path, oct(mode))


def test_log_and_first_start_hold_no_secret(own):
    env, user = own.env(), own.operator("user", "create", "carol")
    text = "".join(own.log)
    assert text and env["AWS_SECRET_ACCESS_KEY"] not in text and user["SecretAccessKey"] not in text
    for path in (p for p in own.secrets_dir.rglob("*") if p.is_file()):
        for line in path.read_text(errors="replace").splitlines():
            assert len(line) < 40 or line.startswith("-----") or line not in text, path


def test_status_names_the_service(own):
    assert isinstance(own.operator("status"), dict)


def test_operator_commands_are_on_the_audit_record(own):
    before = len(own.audit())
    own.operator("user", "create", "dave")
    later = own.audit()[before:]
    assert any("dave" in str(line) for line in later), later
    assert not any("SecretAccessKey" in str(line.get("record")) for line in later)


def test_user_that_exists_is_refused(own):
    own.operator("user", "create", "erin")
    done = own.cli("user", "create", "erin", "--data-dir", own.data_dir)
    assert done.returncode != 0 and "erin" in done.stderr


def test_terminate_finishes_what_is_in_flight(own):
    env = own.env()
    client = rawhttp.Client("127.0.0.1", own.port, (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]),
                            cafile=str(own.data_dir / "ca.pem"))
    assert client.call("ListKeys").status == 200
    body = b'{"Description":"in flight"}'
    headers = client.headers("CreateKey")
    headers["authorization"] = rawhttp.authorization(client.credentials, headers, body)
    client.connection.putrequest("POST", "/", skip_host=True, skip_accept_encoding=True)
    for name, value in (headers | {"content-length": str(len(body)), "expect": "100-continue"}).items():
        client.connection.putheader(name, value)
    client.connection.endheaders(body[:5])
    # It is in flight once the service asks for its body.
    assert client.connection.sock.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
    own.process.send_signal(signal.SIGTERM)
    harness.eventually("the listener to close", lambda: not accepts(own.port))
    client.connection.send(body[5:])
    answer = rawhttp.Answer(client.connection.getresponse())
    assert answer.status == 200 and answer.json["KeyMetadata"]["Description"] == "in flight"
    assert own.process.wait(harness.STOP_SECONDS) == 0
    own.start()
    assert kms_client(env).describe_key(KeyId=answer.json["KeyMetadata"]["KeyId"])


def test_last_use_of_access_key_and_role_outlives_a_stop(own):
    root = Account(own)
    user = root.user(may("sts:AssumeRole"))
    role = root.role(trust(user.arn), may("kms:ListKeys"))["RoleName"]
    assert "LastUsedDate" not in root.iam.get_role(RoleName=role)["Role"].get("RoleLastUsed", {})

    def seen():
        iam = Account(own).iam
        key = iam.get_access_key_last_used(AccessKeyId=user.env["AWS_ACCESS_KEY_ID"])["AccessKeyLastUsed"]
        return key, iam.get_role(RoleName=role)["Role"]["RoleLastUsed"]

    user.assume({"Arn": f"arn:aws:iam::{root.id}:role/{role}"}).kms.list_keys()
    before = seen()
    assert before[0]["ServiceName"] == "sts" and before[1]["Region"] == "us-east-1" and before[1]["LastUsedDate"]
    assert own.stop() == 0
    own.start()
    assert seen() == before
    iam = Account(own).iam
    iam.delete_role_policy(RoleName=role, PolicyName="own")
    iam.delete_role(RoleName=role)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(user.arn))
    assert "LastUsedDate" not in iam.get_role(RoleName=role)["Role"].get("RoleLastUsed", {})


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


@pytest.mark.parametrize("role", ["vault-process", "front-process"])
def test_killed_process_comes_back_by_itself(own, role):
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["Arn"], Plaintext=b"x")["CiphertextBlob"]
    victim = own.child(role)
    assert victim, f"no child process named {role}"
    others = {r: own.child(r) for r in ("vault-process", "front-process") if r != role}
    seen = set()

    def works():
        try:
            return kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
        except ClientError as error:
            seen.add(error.response["Error"]["Code"])
        except BotoCoreError:
            seen.add("connection")
        return False

    for _ in range(3):
        os.kill(victim, signal.SIGKILL)
        works()  # at once: it is started again after a tenth of a second
        harness.eventually(f"{role} to come back", lambda: own.child(role) not in (None, victim) and works())
        victim = own.child(role)
    # A client whose connection was seen to break makes another one, which waits for the next front: it may see nothing.
    assert seen <= MEANWHILE[role] and (seen or role == "front-process"), seen
    assert {r: own.child(r) for r in others} == others, "the other process was restarted too"
    assert own.process.poll() is None and kms.create_key()


@pytest.mark.parametrize("when", ["when the front is gone", "while the next front starts"])
def test_front_and_vault_that_are_killed_together_come_back_by_themselves(own, when):
    kms = kms_client(own.env())
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(3):
        front, vault = own.child("front-process"), own.child("vault-process")
        os.kill(front, signal.SIGKILL)
        come = (None, front) if when == "while the next front starts" else (front,)
        harness.eventually(when, lambda: own.child("front-process") not in come)
        os.kill(vault, signal.SIGKILL)
        for role, before in (("front-process", front), ("vault-process", vault)):
            harness.eventually(f"another {role}", lambda: own.child(role) not in (None, before))
        harness.eventually("it serves", own.healthy)
        assert own.process.poll() is None
    kms.generate_data_key(KeyId=key, KeySpec="AES_256")


def test_supervisor_killed_takes_its_children_with_it(own):
    children = harness.children_of(own.process.pid)
    assert len(children) >= 2
    for child in children:
        os.kill(child, signal.SIGSTOP)  # or it might see that its sockets are closed and end by itself
    own.process.kill()
    own.process.wait()
    harness.eventually("the children to end", lambda: not any(harness.alive(pid) for pid in children))
    own.start()
    assert kms_client(own.env()).create_key()


# What an idle connection has sent before it falls silent, over TLS; `None` has not even said hello.
IDLE = [None, b"", b"POST / HTTP/1.1\r\nhost: loc",
        b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: 900\r\n\r\n{"]


def is_held(connection) -> bool:
    """Whether the service keeps a connection open and has said nothing on it."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        pass
    return False


def test_idle_and_slow_connections_do_not_keep_others_out(service, raw):
    """Two hundred clients that say nothing, half a head or half a body; a good client is served while all are held."""
    context = ssl.create_default_context(cafile=str(service.data_dir / "ca.pem"))
    idle = []
    try:
        for number in range(200):
            idle.append(socket.create_connection(("127.0.0.1", service.port), timeout=10))
            said = IDLE[number % len(IDLE)]
            if said is not None:
                idle[-1] = context.wrap_socket(idle[-1], server_hostname="localhost")
                idle[-1].sendall(said)
        answered = 0
        for _ in range(20):
            assert raw.call("ListKeys", {"Limit": 1}).status == 200
            # A machine that is slow enough for their deadlines (10 to 30 seconds) says nothing about the rest.
            answered += all(is_held(connection) for connection in idle)
        assert answered > 0, "no call was answered while all were held"
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as fresh:
            with context.wrap_socket(fresh, server_hostname="localhost") as late:
                late.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                assert b" 200 " in late.recv(4096).split(b"\r\n")[0]
    finally:
        for one in idle:
            one.close()
