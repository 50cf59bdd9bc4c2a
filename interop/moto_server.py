"""moto in a thread: AWS's services as the tests need them, where Strongroom is none of them or only one."""

import contextlib

from moto.server import ThreadedMotoServer

import harness


@contextlib.contextmanager
def moto_server():
    """A server for all services and Regions, empty at first: its URL."""
    port = harness.free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
