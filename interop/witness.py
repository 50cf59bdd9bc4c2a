"""A witness of checkpoints (C2SP tlog-witness and tlog-cosignature): it signs what grew out of what it signed before.

Nothing here knows a test, and nothing is shared with the program: proofs are verified by RFC 9162, section 2.1.4.2."""

import base64
import hashlib
import http.server
import struct
import threading
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

COSIGNATURE = b"\x04"


def node(left: bytes, right: bytes) -> bytes:
    """A node of the tree."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grew(old, old_root, new, new_root, proof) -> bool:
    """Whether the tree of `new` leaves begins with that of `old`."""
    if old in (0, new):
        return not proof and (old == 0 or old_root == new_root)
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    ours = theirs = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            ours, theirs = node(sibling, ours), node(sibling, theirs)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            theirs = node(theirs, sibling)
        first, last = first >> 1, last >> 1
    return ours == old_root and theirs == new_root and last == 0


class Witness:
    """Signs; `seen` is the size and root of the checkpoint that it signed last."""

    def __init__(self, name):
        self.name, self.private, self.seen = name, Ed25519PrivateKey.generate(), (0, None)
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(name.encode() + b"\n" + COSIGNATURE + self.public).digest()[:4]

    def key(self) -> str:
        """Its public key as a text."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(COSIGNATURE + self.public).decode()}"

    def line(self, note: str) -> str:
        """The signature line for a checkpoint."""
        text, now = note[:note.rindex("\n\n") + 1], int(time.time())
        signed = self.private.sign(f"cosignature/v1\ntime {now}\n{text}".encode())
        return f"\u2014 {self.name} {base64.b64encode(self.id + struct.pack('>Q', now) + signed).decode()}\n"

    def add(self, body: str):
        """Answers `add-checkpoint`: status and body."""
        head, note = body.split("\n\n", 1)
        first, *proof = head.split("\n")
        old = int(first.removeprefix("old "))
        _, size, root = note.split("\n")[:3]
        size, root = int(size), base64.b64decode(root)
        if old != self.seen[0]:
            return 409, f"{self.seen[0]}\n"
        if not grew(old, self.seen[1], size, root, [base64.b64decode(line) for line in proof]):
            return 422, "the proof does not hold\n"
        self.seen = (size, root)
        return 200, self.line(note)


class HttpWitness(Witness):
    """The same at `url`; `answers` are the statuses that it has given."""

    def __init__(self, name):
        super().__init__(name)
        self.answers = []
        witness = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, text = witness.add(asked) if self.path == "/w/add-checkpoint" else (404, "")
                witness.answers.append(status)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/w"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        """Nobody answers any more."""
        self.server.shutdown()
        self.server.server_close()
