"""Clients that are slow, rude or wrong on purpose: each is cut off or refused, and others are served all the while."""

import socket
import ssl
import time

import pytest

import rawhttp
import test_wire

HEAD = b"POST / HTTP/1.1\r\nhost: x\r\n"
KMS = HEAD + b"x-amz-target: TrentService.ListKeys\r\ncontent-type: application/x-amz-json-1.1\r\n"
CHUNK = b"8000\r\n" + b"a" * 0x8000 + b"\r\n"
# The longest deadline of the listener (docs/order-of-checks.md, A1 to A5) and some for a busy machine.
CUT_WITHIN_SECONDS = 60


def plain(service, timeout=20):
    """A TCP connection to the plaintext listener."""
    return socket.create_connection(("127.0.0.1", service.plaintext_port), timeout=timeout)


def tls(service, timeout=20):
    """A TLS connection whose handshake is done."""
    context = ssl.create_default_context(cafile=str(service.data_dir / "ca.pem"))
    return context.wrap_socket(socket.create_connection(("127.0.0.1", service.port), timeout=timeout),
                               server_hostname="localhost")


def first_answer(service, request):
    """The first bytes that come back for these bytes, b"" when the connection is closed without any."""
    with plain(service) as connection:
        try:
            connection.sendall(request)
            return connection.recv(65536)
        except (ConnectionError, BrokenPipeError):
            return b""


def is_served(raw):
    """A good client gets its answer now."""
    assert raw.call("ListKeys", {"Limit": 1}).status == 200


def closed_by_the_service(connections):
    """What is still open of `connections` (name: socket) when the longest deadline has passed; each may trickle."""
    end, waiting = time.monotonic() + CUT_WITHIN_SECONDS, dict(connections)
    while waiting and time.monotonic() < end:
        for name, (connection, trickle) in list(waiting.items()):
            connection.settimeout(0.2)
            try:
                if trickle:
                    connection.sendall(trickle)
                if connection.recv(65536) == b"":
                    del waiting[name]
            except TimeoutError:
                pass
            except OSError:
                del waiting[name]
    return sorted(waiting)


def test_slow_heads_bodies_and_handshakes_are_cut_off(service, raw):
    half_handshake = socket.create_connection(("127.0.0.1", service.port))
    half_handshake.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    silent_handshake = socket.create_connection(("127.0.0.1", service.port))
    slow_head, half_head, slow_body, kept = tls(service), tls(service), plain(service), plain(service)
    silent_body, silent_body_over_tls = plain(service), tls(service)
    slow_head.sendall(HEAD)
    half_head.sendall(b"GET /hea")
    for body in [slow_body, silent_body, silent_body_over_tls]:
        body.sendall(KMS + b"content-length: 2000\r\n\r\n")
    kept.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
    connections = {
        "handshake, half": (half_handshake, b""), "handshake, nothing": (silent_handshake, b""),
        "head, a byte at a time": (slow_head, b"x"), "head, half": (half_head, b""),
        "body, a byte at a time": (slow_body, b"x"), "body, nothing": (silent_body, b""),
        "body, nothing, over TLS": (silent_body_over_tls, b""), "kept alive, idle": (kept, b""),
    }
    is_served(raw)
    assert closed_by_the_service(connections) == []
    for connection, _ in connections.values():
        connection.close()
    raw.connection.close()
    is_served(raw)


@pytest.mark.parametrize("request_bytes, status", [
    (HEAD + b"x-bad: \xff\xfe\r\ncontent-length: 0\r\n\r\n", b"403"),
    (KMS + b"authorization: AWS4-HMAC-SHA256 Credential=\xff\xfe/x\r\ncontent-length: 0\r\n\r\n", b"400"),
    (HEAD + b"x-amz-target: TrentService.\xc3\x28\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: 0\r\n\r\n", b"400"),
    (KMS + b"transfer-encoding: chunked\r\n\r\n" + CHUNK * 9 + b"0\r\n\r\n", b"413"),
    (KMS + b"content-length: 99999999999\r\n\r\n", b"413"),
    (KMS + b"transfer-encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 50_000 + b"0\r\n\r\n", b"400"),
    (KMS + b"content-length: -5\r\n\r\n", b"400"),
    (KMS + b"content-length: 5\r\ncontent-length: 6\r\n\r\n", b"400"),
    (b"CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n", b"403"),
], ids=["header-not-utf8", "authorization-not-utf8", "target-not-utf8", "chunks-over-the-limit", "length-over-the-limit",
        "tiny-chunks", "length-negative", "length-twice", "connect"])
def test_odd_request_is_refused(service, raw, request_bytes, status):
    answer = first_answer(service, request_bytes)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    is_served(raw)


@pytest.mark.parametrize("request_bytes", [
    HEAD + b"x-big: " + b"a" * 20_000 + b"\r\n\r\n", HEAD + b"x-big: " + b"a" * 2_000_000,
    HEAD + b"".join(b"h%d: v\r\n" % n for n in range(500)) + b"\r\n",
    b"POST /" + b"a" * 30_000 + b" HTTP/1.1\r\n\r\n", HEAD + b"bad\0name: x\r\n\r\n", HEAD + b"x: a\0b\r\n\r\n",
    KMS + b"transfer-encoding: chunked\r\n\r\n1;" + b"e" * 100_000 + b"\r\na\r\n0\r\n\r\n",
    b"nonsense\r\n\r\n", b"\x16\x03\x01\x00\x05hello",
], ids=["header-20-kb", "header-without-end", "500-headers", "long-path", "nul-in-name", "nul-in-value", "chunk-extension",
        "no-http", "tls-hello"])
def test_head_that_cannot_be_read_ends_the_connection(service, raw, request_bytes):
    """With 400 or 431, or without an answer."""
    answer = first_answer(service, request_bytes)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431")), answer[:200]
    is_served(raw)


def list_keys(env, body):
    """The bytes of a signed ListKeys."""
    headers = {"host": "x", "content-type": rawhttp.CONTENT_TYPE, "x-amz-date": rawhttp.amz_date(),
               "x-amz-target": "TrentService.ListKeys"}
    credentials = (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
    headers["authorization"] = rawhttp.authorization(credentials, headers, body)
    headers["content-length"] = str(len(body))
    return b"POST / HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()).encode() + b"\r\n" + body


def test_caller_that_ends_its_side_of_the_connection_gets_its_answer(service, env):
    with plain(service) as connection:
        connection.sendall(list_keys(env, b'{"Limit":1}'))
        connection.shutdown(socket.SHUT_WR)
        got = b""
        while piece := connection.recv(65536):
            got += piece
    assert got.startswith(b"HTTP/1.1 200"), got[:200]


def test_pipelined_requests_are_answered_in_order(service, env):
    request, count = b"", 200
    for number in range(count):
        request += list_keys(env, b'{"Limit":%d}' % (number % 2 * 5000 + 1))  # every other one is over the limit
    with tls(service) as connection:
        connection.sendall(request)
        got = b""
        while got.count(b"HTTP/1.1 ") < count:
            piece = connection.recv(65536)
            assert piece, got[-300:]
            got += piece
    statuses = [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"400"] * (count // 2)


def test_connection_that_never_says_anything_is_closed(service, raw):
    silent = {"plain": (plain(service), b""), "after the TLS handshake": (tls(service), b"")}
    assert closed_by_the_service(silent) == []
    for connection, _ in silent.values():
        connection.close()
    raw.connection.close()
    is_served(raw)


@pytest.mark.parametrize("hello, is_answered", [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", False),
    (test_wire.client_hello([0x001D], b"\x00\x1d\x00\x20\x09" + bytes(31)), True),  # a key share of X25519
], ids=["half-a-hello", "hello"])
def test_half_open_handshakes_do_not_keep_others_out(service, env, hello, is_answered):
    """Many more than are computed at a time. A good client gets through before any of them has run out."""
    half_open = [socket.create_connection(("127.0.0.1", service.port), timeout=10) for _ in range(400)]
    try:
        for connection in half_open:
            connection.sendall(hello)
        with tls(service, timeout=4) as good:
            good.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
            assert good.recv(100).startswith(b"HTTP/1.1 200")
        for connection in half_open:  # control: they were still there, and had cost what a handshake costs
            if is_answered:
                assert connection.recv(65536).startswith(b"\x16\x03\x03")
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                while connection.recv(65536):
                    pass
    finally:
        for connection in half_open:
            connection.close()


def test_pipelined_requests_whose_answers_nobody_reads_cost_little_memory(service, raw):
    """Answers are larger than the requests of a stranger: a service that kept them all would need 160 MB for these."""
    front = service.child("front-process")
    before = resident_bytes(front)
    with plain(service, timeout=5) as connection:
        try:
            for _ in range(600):
                connection.sendall(b"P / HTTP/1.1\r\n\r\n" * 1000)
        except TimeoutError:
            pass  # the service has stopped reading, as it should
        assert resident_bytes(front) - before < 32 << 20
    is_served(raw)


def resident_bytes(pid):
    """VmRSS of a process."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


@pytest.mark.parametrize("request_bytes, status", [
    (b"nonsense\r\n\r\n", b"400"), (HEAD + b"bad name: x\r\n\r\n", b"400"), (HEAD + b"x: " + b"a" * 16_400, b"431"),
], ids=["no-http", "bad-name", "head-over-16-kb"])
def test_head_that_cannot_be_read_is_answered(service, request_bytes, status):
    answer = first_answer(service, request_bytes)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
