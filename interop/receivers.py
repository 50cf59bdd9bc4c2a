"""Receivers of audit records: a stream receiver (TLS, TCP or Unix) and an HTTP one, each of which can fall silent.

Nothing here knows a test."""

import http.server
import json
import os
import socket
import ssl
import threading


class StreamReceiver:
    """Takes connections, reads each to its end and closes it; `received` are the bytes of each, in order.

    `address` is a path for a Unix socket or None for a free port of 127.0.0.1; `context` an ssl.SSLContext or None."""

    def __init__(self, address=None, context=None):
        self.address, self.context, self.received, self.failed = address, context, [], []
        self.listener = None
        self.port = None
        self.start()

    def start(self):
        """Listens, at the port that it had."""
        if self.address:
            if os.path.exists(self.address):
                os.unlink(self.address)
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(self.address))
            self.listener.listen()
        else:
            self.listener = socket.create_server(("127.0.0.1", self.port or 0), reuse_port=False)
            self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        """Nobody answers any more."""
        # Wakes the thread that waits in accept, which close alone does not.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._read(connection)

    def _read(self, connection):
        connection.settimeout(20)
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            taken = b""
            while chunk := connection.recv(65_536):
                taken += chunk
            self.received.append(taken)
        except OSError as error:  # ssl.SSLError and timeouts are such
            self.failed.append(error)
        finally:
            connection.close()


def tls_context(folder):
    """A server's context with the certificate that identity_provider.HttpsProvider makes in `folder`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
    return context


def frames(data: bytes) -> list:
    """The messages of RFC 6587's octet counting; an error for anything else."""
    found = []
    while data:
        length, _, rest = data.partition(b" ")
        assert length.isdigit() and not length.startswith(b"0"), data[:80]
        message, data = rest[:int(length)], rest[int(length):]
        assert len(message) == int(length), "a message was cut"
        found.append(message)
    return found


class HttpReceiver:
    """Takes POSTs on 127.0.0.1: `posts` are (path, headers in small letters, body). `answers` are statuses for the next
    ones; after them it is 200. `answer` is the body of each answer."""

    def __init__(self, answer=b"{}"):
        self.posts, self.answers, self.answer = [], [], answer
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answers.pop(0) if receiver.answers else 200
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.posts.append((status, self.path, headers, body))
                self.send_response(status)
                self.send_header("Content-Length", str(len(receiver.answer)))
                self.end_headers()
                self.wfile.write(receiver.answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self) -> list:
        """The JSON of each POST, those that were refused too."""
        return [json.loads(body) for _, _, _, body in self.posts]

    def stop(self):
        """Nobody answers any more."""
        self.server.shutdown()
        self.server.server_close()
