"""An S3 that fails when it is told so: it hands requests on to moto, and loses an answer or refuses a request by order."""

import contextlib
import http.client
import socket
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

REFUSAL = b"<Error><Code>AccessDenied</Code><Message>told so</Message></Error>"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Faults:
    """What is done with which request: orders by method, path and what stands in the query."""

    def __init__(self):
        self.url, self.turn, self.orders, self.seen = None, threading.Lock(), deque(), []
        self.held, self.released = threading.Event(), threading.Event()

    def order(self, what, method, path, query="", times=1):
        """The next requests of that kind: `lose` does them and does not answer, `refuse` answers 403 and does nothing,
        `hold` answers 403 when `released` is set, and sets `held` before, `pass` does them like all others."""
        with self.turn:
            self.orders.extend([(what, method, path, query)] * times)

    def of(self, method, target):
        """The order for a request, which is taken off; None if there is none."""
        parts = urlsplit(target)
        with self.turn:
            self.seen.append((method, parts.path))
            for order in self.orders:
                what, *wanted, query = order
                if wanted == [method, parts.path] and query in parts.query:
                    self.orders.remove(order)
                    return what
        return None


@contextlib.contextmanager
def faulty(upstream):
    """A server before the one at `upstream`: its `Faults`, whose `url` is where it listens."""
    faults, behind = Faults(), urlsplit(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def handle_one(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            order = faults.of(self.command, self.path)
            if order == "hold":
                faults.held.set()
                faults.released.wait(60)
            if order in ("refuse", "hold"):
                return self.answer(403, [("Content-Type", "application/xml")], REFUSAL)
            line = http.client.HTTPConnection(behind.hostname, behind.port, timeout=60)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            line.request(self.command, self.path, body, headers)
            said = line.getresponse()
            content, length = said.read(), said.getheader("Content-Length")
            line.close()
            if order == "lose":
                self.close_connection = True
                return self.connection.shutdown(socket.SHUT_RDWR)
            return self.answer(said.status, said.getheaders(), content, length)

        def answer(self, status, headers, content, length=None):
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            # The length of what HEAD does not send.
            self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_one

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    faults.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield faults
    finally:
        server.shutdown()
        server.server_close()
