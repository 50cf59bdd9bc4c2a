"""Clients of HTTP/2 that are wrong on purpose, frame by frame: what is too much ends its own stream, others are served, and
what was changed for a caller who left is on the record."""

import socket
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import pytest

import harness
from test_hostile import is_served
from test_http2 import signed

# Requests that one connection may have in flight (crates/server/src/limits.rs).
STREAMS_MAX = 128


class Connection:
    """One connection whose frames a test sends as it likes. `statuses` and `resets` have what came back, by stream."""

    def __init__(self, service):
        context = ssl.create_default_context(cafile=str(service.data_dir / "ca.pem"))
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", service.port), timeout=10)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.authority = f"127.0.0.1:{service.port}"
        self.state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.state.initiate_connection()
        self.statuses, self.resets = {}, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self):
        """Sends the frames that were made."""
        self.socket.sendall(self.state.data_to_send())

    def begin(self, *headers, method="POST", path="/", ends=False):
        """Sends a head, of a request that `ends` with it; its stream."""
        stream = self.state.get_next_available_stream_id()
        request = [(":method", method), (":path", path), (":scheme", "https"), (":authority", self.authority)]
        self.state.send_headers(stream, [*request, *headers], end_stream=ends)
        self.send()
        return stream

    def until(self, done):
        """Reads until `done` is true; a ConnectionError when the connection ends before."""
        while not done():
            read = self.socket.recv(65536)
            if not read:
                raise ConnectionAbortedError("closed without a word")
            for event in self.state.receive_data(read):
                if isinstance(event, h2.events.ResponseReceived):
                    self.statuses[event.stream_id] = dict(event.headers)[":status"]
                elif isinstance(event, h2.events.StreamReset):
                    self.resets[event.stream_id] = event.error_code
                elif isinstance(event, h2.events.ConnectionTerminated):
                    raise ConnectionAbortedError(f"told to go away: {event.error_code}")
            self.send()

    def answers(self, *streams):
        """The statuses of these streams, once they are all there."""
        self.until(lambda: self.statuses.keys() >= set(streams))
        return [self.statuses[stream] for stream in streams]


def test_head_over_the_limit_ends_its_stream_and_one_that_goes_on_and_on_the_connection(service, raw):
    with Connection(service) as client:
        over = client.begin(("x-big", "a" * 20_000), ends=True)
        good = client.begin(method="GET", path="/health", ends=True)
        assert client.answers(over, good) == ["431", "200"]
        with pytest.raises((ConnectionError, ssl.SSLError)):
            client.begin(("x-big", "~" * 80_000), ends=True)  # eight frames: "~" has 13 bits
            client.until(lambda: False)
    is_served(raw)


def test_body_over_the_limit_ends_its_stream(service, raw):
    with Connection(service) as client:
        announced, real = client.begin(("content-length", "99999999999")), client.begin()
        client.until(lambda: client.state.local_flow_control_window(real) >= 300_000)
        for _ in range(20):
            client.state.send_data(real, b"a" * 15_000)
        client.send()
        is_served(raw)
        good = client.begin(method="GET", path="/health", ends=True)
        assert client.answers(announced, real, good) == ["413", "413", "200"]


def test_streams_over_the_limit_are_refused_and_slow_bodies_hold_up_nobody(service, env, raw):
    headers, body = signed(service, env, "GenerateRandom", {"NumberOfBytes": 1})
    del headers["host"]  # it is :authority
    with Connection(service) as client:
        # All heads are sent before the client reads how many streams it may have.
        streams = [client.begin(*headers.items()) for _ in range(STREAMS_MAX + 12)]
        client.until(lambda: len(client.resets) >= 12)
        assert client.resets == dict.fromkeys(streams[STREAMS_MAX:], h2.errors.ErrorCodes.REFUSED_STREAM)
        kept = streams[:STREAMS_MAX]
        for stream in kept:
            client.state.send_data(stream, body[:1])
        client.send()
        is_served(raw)
        assert client.statuses == {}  # control: none of them had its answer yet
        for stream in kept:
            client.state.send_data(stream, body[1:], end_stream=True)
        client.send()
        assert set(client.answers(*kept)) == {"200"}


def test_changes_of_a_caller_who_leaves_are_on_the_record_with_their_caller(tmp_path):
    own = harness.Service(tmp_path / "own").start()
    try:
        env = own.env()
        headers, body = signed(own, env, "CreateKey", {"Description": "whose caller leaves"})
        del headers["host"]  # it is :authority
        with Connection(own) as client:
            streams = [client.begin(*headers.items()) for _ in range(60)]  # the vault makes 64 keys at once
            for stream in streams:
                client.state.send_data(stream, body, end_stream=True)
            client.send()
            client.until(lambda: client.statuses)  # one commit is done, others are under way
            answered, left = dict(client.statuses), [stream for stream in streams if stream not in client.statuses]
            for stream in left:
                client.state.reset_stream(stream)
            client.send()
        # The end waits for calls whose connection has gone.
        assert own.stop() == 0
    finally:
        own.kill()
    assert left and set(answered.values()) == {"200"}
    lines = list(own.audit_lines())
    calls = [line["record"] for line in lines if line["kind"] == "event" and line["record"]["eventName"] == "CreateKey"]
    intended = {line["record"]["requestID"] for line in lines if line["kind"] == "intent"}
    assert len(intended) >= len(answered)  # control
    assert intended <= {call["requestID"] for call in calls}
    assert {call["userIdentity"].get("accessKeyId") for call in calls} == {env["AWS_ACCESS_KEY_ID"]}
    assert {call.get("errorCode") for call in calls} == {None}  # none was cut off
