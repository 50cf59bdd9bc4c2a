#!/usr/bin/env python3
"""Independent implementation of Strongroom's tokens; writes tokens.json beside it.

Needs Python 3.9+ and the package `cryptography` (AES-GCM only; everything else is hmac/hashlib/base64). Deterministic:
running it again gives the same bytes. `generate.py --check` compares instead of writing.
"""

import base64
import hashlib
import hmac
import json
import os
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = os.path.dirname(os.path.abspath(__file__))
LABELS = {
    "session-token": "strongroom/service-key/session-token/v1",
    "grant-token": "strongroom/service-key/grant-token/v1",
    "authorization-message": "strongroom/service-key/authorization-message/v1",
}
KIND_BYTES = {"session-token": 1, "grant-token": 2, "authorization-message": 3}
PREFIXES = {"session-token": "SRS1.", "grant-token": "SRG1.", "authorization-message": "SRA1."}
NOON_MS = 1_735_732_800_000  # 2025-01-01T12:00:00Z


def det(name, count):
    """Deterministic test bytes."""
    return hashlib.shake_256(b"strongroom token vector: " + name.encode()).digest(count)


def u16(number):
    return struct.pack(">H", number)


def u32(number):
    return struct.pack(">I", number)


def canonical_map(pairs):
    out = u16(len(pairs))
    for key, value in sorted((key.encode(), value.encode()) for key, value in pairs):
        out += u16(len(key)) + key + u16(len(value)) + value
    return out


def kbkdf(key, label, context, bits):
    """SP 800-108r1, counter mode, HMAC-SHA256."""
    info = label.encode() + b"\x00" + context + u32(bits)
    blocks = (hmac.new(key, u32(i) + info, hashlib.sha256).digest() for i in range(1, (bits + 255) // 256 + 1))
    return b"".join(blocks)[: bits // 8]


def committed_seal(key, label, header, bound, plaintext):
    keys = kbkdf(key, label, header + hashlib.sha256(bound).digest(), 512)
    head = header + keys[32:]
    return head + AESGCM(keys[:32]).encrypt(bytes(12), plaintext, head + bound)


def record(key, wrapping_id, version, nonce, binding, secret):
    header = b"SW\x01\x01" + wrapping_id + u32(version) + nonce
    return committed_seal(key, "strongroom/wrap/v1", header, canonical_map(binding), secret)


def keyring(root, cluster, keyring_key, domain_key):
    """A keyring as the front stores it: the root wraps the keyring key, which wraps one domain key."""
    root_id = kbkdf(root, "strongroom/root-id/v1", b"", 128)
    bound = [("kind", "keyring-key"), ("cluster", cluster.hex()), ("root", "key-file"), ("keyring", "1")]
    first = record(root, root_id, 1, det("keyring nonce", 16), bound, keyring_key)
    bound = [("kind", "domain-key"), ("cluster", cluster.hex()), ("version", "1")]
    second = record(keyring_key, cluster, 1, det("domain nonce", 16), bound, domain_key)
    little = lambda number: struct.pack("<I", number)
    return (
        b"SRKR\x01" + cluster + little(1) + little(len(first)) + first + little(1) + little(1) + little(len(second)) + second
    )


def signing_key(secret, date, region, service):
    key = b"AWS4" + secret
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def token(name, kind, cluster, keyring_key, plaintext, more_binding=(), **fields):
    service_key = kbkdf(keyring_key, LABELS[kind], cluster, 256)
    binding = [("kind", kind), ("cluster", cluster.hex()), *more_binding]
    nonce = det("nonce " + name, 16)
    header = b"ST\x01" + bytes([KIND_BYTES[kind]]) + nonce
    sealed = committed_seal(service_key, "strongroom/token/v1", header, canonical_map(binding), plaintext)
    return {
        "name": name,
        "kind": kind,
        "kind_byte": KIND_BYTES[kind],
        "service_key": service_key.hex(),
        "binding": [list(pair) for pair in binding],
        "nonce": nonce.hex(),
        "plaintext": plaintext.hex(),
        "token": sealed.hex(),
        "text": PREFIXES[kind] + base64.urlsafe_b64encode(sealed).decode().rstrip("="),
        **fields,
    }


def session(name, cluster, keyring_key, access_key_id, account, expires_ms, claims):
    secret = base64.b64encode(det("secret " + name, 30))
    inside = struct.pack(">Q", expires_ms) + account.encode() + secret + claims
    fields = {
        "access_key_id": access_key_id,
        "account": account,
        "expires_ms": expires_ms,
        "secret": secret.decode(),
        "claims": claims.hex(),
        "signing_key": signing_key(secret, "20250101", "us-east-1", "kms").hex(),
    }
    more = [("access-key-id", access_key_id)]
    return token(name, "session-token", cluster, keyring_key, inside, more, **fields)


def build():
    root, cluster = det("root", 32), det("cluster", 16)
    keyring_key, domain_key = det("keyring key", 32), det("domain key", 32)
    make = lambda name, kind, plaintext: token(name, kind, cluster, keyring_key, plaintext)
    hour = NOON_MS + 3_600_000
    return {
        "root_key": root.hex(),
        "now_ms": NOON_MS,
        "scope": {"date": "20250101", "region": "us-east-1", "service": "kms"},
        "keyring": keyring(root, cluster, keyring_key, domain_key).hex(),
        "tokens": [
            session("session", cluster, keyring_key, "ASIAIOSFODNN7EXAMPLE", "111122223333", hour, b'{"r":"admin"}'),
            session("session_without_claims", cluster, keyring_key, "ASIAABCDEFGHIJ234567", "444455556666", hour, b""),
            session("session_longest", cluster, keyring_key, "ASIAIOSFODNN7EXAMPLE", "111122223333", hour, bytes(2_900)),
            make("grant", "grant-token", b"grant 0123456789abcdef"),
            make("grant_longest", "grant-token", det("grant", 1_024)),
            make("authorization_message", "authorization-message", b'{"allowed":false}'),
        ],
    }


def main():
    text = json.dumps(build(), indent=1, ensure_ascii=True) + "\n"
    path = os.path.join(HERE, "tokens.json")
    if "--check" in sys.argv:
        with open(path, encoding="utf-8") as found:
            same = found.read() == text
        print("same" if same else "DIFFERS")
        sys.exit(not same)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


if __name__ == "__main__":
    main()
