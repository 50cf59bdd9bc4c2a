#!/usr/bin/env python3
"""Independent implementation of Strongroom's backup file; writes backup.json and the files *.backup beside it.

Needs Python 3.9+ and the package `cryptography` (AES-GCM only; everything else is hmac/hashlib). X-Wing is not computed:
encapsulation and secret are those of x-wing.json, the draft's own vectors. Deterministic: running it again gives the same
bytes. `generate.py --check` compares instead of writing.
"""

import hashlib
import hmac
import json
import os
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = os.path.dirname(os.path.abspath(__file__))
CHUNK = 65_536
NOON_MS = 1_735_732_800_000  # 2025-01-01T12:00:00Z
ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def det(name, count):
    """Deterministic test bytes."""
    return hashlib.shake_256(b"strongroom backup vector: " + name.encode()).digest(count)


def u16(number):
    return struct.pack(">H", number)


def u32(number):
    return struct.pack(">I", number)


def u64(number):
    return struct.pack(">Q", number)


def text(value):
    return u16(len(value.encode())) + value.encode()


def kbkdf(key, label, context, bits):
    """SP 800-108r1, counter mode, HMAC-SHA256."""
    info = label.encode() + b"\x00" + context + u32(bits)
    blocks = (hmac.new(key, u32(i) + info, hashlib.sha256).digest() for i in range(1, (bits + 255) // 256 + 1))
    return b"".join(blocks)[: bits // 8]


def canonical_map(pairs):
    out = u16(len(pairs))
    for key, value in sorted((key.encode(), value.encode()) for key, value in pairs):
        out += u16(len(key)) + key + u16(len(value)) + value
    return out


def item(kind, body):
    return bytes([kind]) + u32(len(body)) + body


def manifest_item(manifest):
    body = text(manifest["made_by"])
    for number in (*manifest["format"], *manifest["oldest_reader"]):
        body += u16(number)
    body += u64(manifest["revision"]) + bytes.fromhex(manifest["chain"])
    return item(1, body + u64(manifest["records"]) + u64(manifest["token_keys"]))


def record_item(key, value):
    return item(2, text(key) + value)


def checkpoint_item(checkpoint):
    return item(3, u64(checkpoint["sequence"]) + bytes.fromhex(checkpoint["root"]) + bytes.fromhex(checkpoint["statement"]))


def sample_item(sample):
    context = canonical_map(sample["context"])
    body = text(sample["key"]) + u16(len(context)) + context
    return item(4, body + bytes.fromhex(sample["plaintext_sha256"]) + bytes.fromhex(sample["ciphertext"]))


def end_item(records, samples, digest, mac):
    return item(5, u64(records) + u64(samples) + digest + mac)


def chunks(key, content):
    """STREAM: the nonce is a counter of 88 bits and a byte that says whether the chunk is the last."""
    parts = [content[at : at + CHUNK] for at in range(0, len(content), CHUNK)]
    out = b""
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        nonce = number.to_bytes(11, "big") + bytes([last])
        out += u32(len(part)) + AESGCM(key).encrypt(nonce, part, None)
    return out


def backup(name, x_wing, records, checkpoint, samples):
    """One file and its description. `records` are pairs of text and bytes, in order."""
    public_key_hash = hashlib.sha256(bytes.fromhex(x_wing["pk"])).digest()
    cluster, backup_id, revision = det("cluster", 16), det("backup id " + name, 16), 4_711
    committed = b"SRBK\x01\x01" + u16(1_248) + cluster + backup_id + u64(revision) + u64(NOON_MS)
    committed += public_key_hash[:8] + public_key_hash + bytes.fromhex(x_wing["ct"])
    context = hashlib.sha256(committed).digest()
    file_key = kbkdf(bytes.fromhex(x_wing["ss"]), "strongroom/backup/v1", context, 512)
    header = committed + file_key[32:]
    assert len(header) == 1_248
    manifest = {
        "made_by": "strongroom vectors",
        "format": [1, 2],
        "oldest_reader": [1, 1],
        "revision": revision,
        "chain": det("chain", 32).hex(),
        "records": len(records),
        "token_keys": 3,
    }
    items = manifest_item(manifest) + b"".join(record_item(key, value) for key, value in records)
    if checkpoint:
        items += checkpoint_item(checkpoint)
    items += b"".join(sample_item(sample) for sample in samples)
    digest, mac = hashlib.sha256(header + items).digest(), det("mac " + name, 32)
    content = items + end_item(len(records), len(samples), digest, mac)
    description = {
        "name": name,
        "seed": x_wing["seed"],
        "cluster": cluster.hex(),
        "backup_id": backup_id.hex(),
        "revision": revision,
        "made_ms": NOON_MS,
        "set_id": public_key_hash[:8].hex(),
        "public_key_hash": public_key_hash.hex(),
        "file_key": file_key.hex(),
        "content_bytes": len(content),
        "manifest": manifest,
        "records": [
            {"key": key, "value_bytes": len(value), "value_sha256": hashlib.sha256(value).hexdigest()}
            for key, value in records
        ],
        "checkpoint": checkpoint,
        "samples": samples,
        "digest": digest.hex(),
        "mac": mac.hex(),
    }
    return header + chunks(file_key[:32], content), description


def sample(name, context):
    return {
        "key": ARN,
        "context": context,
        "plaintext_sha256": hashlib.sha256(det("plaintext " + name, 32)).hexdigest(),
        "ciphertext": det("ciphertext " + name, 132).hex(),
    }


def service_macs():
    """MACs by service keys of the vault: KDF(KDF(keyring key, label, cluster), label, message)."""
    macs = []
    for purpose, length in [("backup-mac", 32), ("recovery-set", 2_639)]:
        label = f"strongroom/service-key/{purpose}/v1"
        key, cluster, message = det("keyring key", 32), det("cluster", 16), det("message " + purpose, length)
        mac = kbkdf(kbkdf(key, label, cluster, 256), label, message, 256)
        fields = {"keyring_key": key, "cluster": cluster, "message": message, "mac": mac}
        macs.append({"label": label} | {name: value.hex() for name, value in fields.items()})
    return macs


def build():
    with open(os.path.join(HERE, "x-wing.json"), encoding="utf-8") as found:
        x_wing = json.load(found)
    checkpoint = {"sequence": 42, "root": det("root", 32).hex(), "statement": det("statement", 64).hex()}
    small = [
        ("s/acct/111122223333", b'\x01{"created_ms":1735732800000}'),
        ("s/empty", b""),
        ("s/fmt", bytes([1, 0, 1, 0, 1, 0, 1, 0, 1])),
    ]
    samples = [sample("a", []), sample("b", [["service", "payroll"], ["department", "zürich"]])]
    # The content is two full chunks to the byte: the last chunk is as long as another one.
    rest = 2 * CHUNK - backup("full-chunks", x_wing[1], [("s/a", b""), ("s/b", b"")], None, [])[1]["content_bytes"]
    full = [("s/a", det("a", 40_000)), ("s/b", det("b", rest - 40_000))]
    made = [
        backup("small", x_wing[0], small, checkpoint, samples),
        backup("full-chunks", x_wing[1], full, None, []),
    ]
    assert made[1][1]["content_bytes"] == 2 * CHUNK
    files = {description["name"] + ".backup": file for file, description in made}
    descriptions = [description for _, description in made]
    files["service-mac.json"] = (json.dumps({"macs": service_macs()}, indent=1) + "\n").encode()
    files["backup.json"] = (json.dumps(descriptions, indent=1, ensure_ascii=True) + "\n").encode()
    return files


def main():
    differs = False
    for name, content in build().items():
        path = os.path.join(HERE, name)
        if "--check" in sys.argv:
            with open(path, "rb") as found:
                same = found.read() == content
            print(("same    " if same else "DIFFERS ") + name)
            differs |= not same
        else:
            with open(path, "wb") as out:
                out.write(content)
    sys.exit(differs)


if __name__ == "__main__":
    main()
