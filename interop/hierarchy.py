"""The keys that never leave the vault, worked out from outside: who has a root key and the data directory has them all.

Written from docs/key-hierarchy.md and docs/on-disk-format.md and sharing no code with the vault. The canary scan
(`canary.py`) looks for these keys where they must not be; that they are the right ones shows when one of them opens a ciphertext.
"""

import hashlib
import hmac
import json
import re
import struct
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

BLOB, WRAP, ROOT_ID = b"strongroom/blob/v1", b"strongroom/wrap/v1", b"strongroom/root-id/v1"
KINDS = {1: "key-file", 2: "token-derive", 3: "token-seal", 4: "passphrase", 5: "tpm"}
BLOB_HEADER, RECORD_HEADER, COMMITMENT = 52, 40, 32
# A JSON object without another in it, which is what records of keys and of the keyring are.
RECORD = re.compile(rb'\x01(\{"(?:keyring|material_id)":"0x[0-9a-f]+"[^{}]*\})')


def derive(key: bytes, label: bytes, context: bytes, bits: int) -> bytes:
    """SP 800-108r1, counter mode, HMAC-SHA256."""
    out = b""
    for counter in range(1, (bits + 255) // 256 + 1):
        message = struct.pack(">I", counter) + label + b"\0" + context + struct.pack(">I", bits)
        out += hmac.digest(key, message, "sha256")
    return out[:bits // 8]


def canonical(pairs: dict) -> bytes:
    """The canonical map of an encryption context or a binding."""
    items = sorted((key.encode(), value.encode()) for key, value in pairs.items())
    packed = [struct.pack(">H", len(part)) + part for item in items for part in item]
    return struct.pack(">H", len(items)) + b"".join(packed)


def unseal(key: bytes, label: bytes, sealed: bytes, header_bytes: int, bound: bytes):
    """What a blob or a wrapped record holds; `None` under another key or binding."""
    header, rest = sealed[:header_bytes], sealed[header_bytes:]
    blocks = derive(key, label, header + hashlib.sha256(bound).digest(), 512)
    if rest[:COMMITMENT] != blocks[32:]:
        return None
    try:
        return AESGCM(blocks[:32]).decrypt(bytes(12), rest[COMMITMENT:], header + rest[:COMMITMENT] + bound)
    except InvalidTag:
        return None


def open_blob(backing_key: bytes, blob: bytes, context: dict):
    """The plaintext of a ciphertext."""
    return unseal(backing_key, BLOB, blob, BLOB_HEADER, canonical(context))


class Reader:
    """The little-endian bytes of a keyring."""

    def __init__(self, content: bytes):
        self.rest = content

    def take(self, count: int) -> bytes:
        taken, self.rest = self.rest[:count], self.rest[count:]
        assert len(taken) == count, "a keyring is too short"
        return taken

    def number(self, form: str) -> int:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def bytes(self) -> bytes:
        return self.take(self.number("I"))


class Keyring:
    """The wrapped keys of a cluster."""

    def __init__(self, content: bytes):
        reader = Reader(content)
        assert reader.take(4) == b"SRKR"
        version = reader.number("B")
        self.cluster, self.number = reader.take(16), reader.number("I")
        if version == 1:
            record = reader.bytes()
            self.roots = [{"first": True, "kind": 1, "id": record[4:20], "record": record, "fields": {}}]
        else:
            self.roots = [self.root(reader) for _ in range(reader.number("I"))]
        self.domain = {reader.number("I"): reader.bytes() for _ in range(reader.number("I"))}

    @staticmethod
    def root(reader) -> dict:
        root = {"first": reader.number("B") == 1, "kind": reader.number("B"), "id": reader.take(16)}
        root |= {"enrolled": reader.number("Q"), "name": reader.bytes().decode()}
        root["fields"] = {reader.bytes().decode(): reader.bytes().decode() for _ in range(reader.number("I"))}
        return root | {"record": reader.bytes()}

    def binding(self, root) -> bytes:
        pairs = {"kind": "keyring-key", "cluster": self.cluster.hex(), "root": KINDS[root["kind"]],
                 "keyring": str(self.number)}
        if not root["first"]:
            pairs |= {"root-id": root["id"].hex(), "name": root["name"], "enrolled-ms": str(root["enrolled"])}
            pairs |= {f"field/{name}": value for name, value in root["fields"].items()}
        return canonical(pairs)

    def open(self, root_keys: dict):
        """The keyring key, by one of the root keys by their ids; `None` when none of them is enrolled."""
        for root in self.roots:
            if (key := root_keys.get(root["id"])) is not None:
                return unseal(key, WRAP, root["record"], RECORD_HEADER, self.binding(root))
        return None

    def domain_keys(self, keyring_key: bytes) -> dict:
        """By their versions."""
        def binding(version):
            return canonical({"kind": "domain-key", "cluster": self.cluster.hex(), "version": str(version)})
        return {version: unseal(keyring_key, WRAP, record, RECORD_HEADER, binding(version))
                for version, record in self.domain.items()}

    def backing_key(self, domain_keys, record, arns):
        """The backing key of a record, as (ARN, key); `None` if it is that of none of these keys."""
        wrapped = bytes.fromhex(record["wrapped"][2:])
        domain_key = domain_keys.get(int.from_bytes(wrapped[20:24], "big"))
        facts = {"kind": "backing-key", "cluster": self.cluster.hex(), "spec": "SYMMETRIC_DEFAULT",
                 "usage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS", "material-id": record["material_id"][2:]}
        for arn in arns if domain_key else ():
            if key := unseal(domain_key, WRAP, wrapped, RECORD_HEADER, canonical(facts | {"arn": arn})):
                return arn, key
        return None


def records(data_dir) -> list:
    """Every record of the keyring and of a backing key that the state's file has, of its history too."""
    content = (Path(data_dir) / "state" / "state.redb").read_bytes()
    return readable(json.loads, sorted(set(RECORD.findall(content))))


def readable(read, things) -> list:
    """What can be read of them: pages that the file does not use any more may hold a part of something."""
    done = []
    for thing in things:
        try:
            done.append(read(thing))
        except (ValueError, AssertionError, struct.error):
            continue
    return done


def keyrings(found) -> list:
    texts = [record["keyring"][2:] for record in found if "keyring" in record]
    return readable(lambda text: Keyring(bytes.fromhex(text)), texts)


def passphrase_keys(found, passphrase: bytes) -> dict:
    """The root keys that a passphrase gives, by their ids."""
    costs = {(root["fields"]["argon2id-memory-kib"], root["fields"]["argon2id-passes"], root["fields"]["salt"])
             for keyring in keyrings(found) for root in keyring.roots if KINDS.get(root["kind"]) == "passphrase"}
    keys = [Argon2id(salt=bytes.fromhex(salt), length=32, iterations=int(passes), lanes=1,
                     memory_cost=int(memory)).derive(passphrase) for memory, passes, salt in costs]
    return {root_id(key): key for key in keys}


def root_id(root_key: bytes) -> bytes:
    return derive(root_key, ROOT_ID, b"", 128)


def keys_of(found, root_keys: dict, arns) -> dict:
    """Every key by a name: the keyring key, domain keys, and the backing keys of these KMS keys."""
    keys = {}
    for keyring in keyrings(found):
        if (keyring_key := keyring.open(root_keys)) is None:
            continue
        domain_keys = keyring.domain_keys(keyring_key)
        keys[f"keyring key {keyring.number}"] = keyring_key
        keys |= {f"domain key {version}": key for version, key in domain_keys.items() if key}
        for record in found:
            if "material_id" in record and (opened := keyring.backing_key(domain_keys, record, arns)):
                keys[f"backing key {record['material_id'][2:10]} of {opened[0]}"] = opened[1]
    return keys
