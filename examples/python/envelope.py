"""Envelope encryption with boto3: the document and its encrypted data key side by side in SQLite. See ../README.md."""
import os
import sqlite3

import boto3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def store(kms, db, name: str, document: bytes) -> None:
    context = {"document": name}
    answer = kms.generate_data_key(KeyId=os.environ["KEY_ID"], KeySpec="AES_256", EncryptionContext=context)
    key = bytearray(answer.pop("Plaintext"))
    nonce = os.urandom(12)  # the key is used once, for this document alone
    sealed = nonce + AESGCM(key).encrypt(nonce, document, name.encode())
    key[:] = bytes(len(key))  # wipe
    db.execute("INSERT INTO documents VALUES (?, ?, ?)", (name, sealed, answer["CiphertextBlob"]))


def load(kms, db, name: str) -> bytes:
    sealed, encrypted_key = db.execute("SELECT sealed, encrypted_key FROM documents WHERE name = ?", (name,)).fetchone()
    answer = kms.decrypt(KeyId=os.environ["KEY_ID"], CiphertextBlob=encrypted_key, EncryptionContext={"document": name})
    key = bytearray(answer.pop("Plaintext"))
    document = AESGCM(key).decrypt(sealed[:12], sealed[12:], name.encode())
    key[:] = bytes(len(key))
    return document


if __name__ == "__main__":
    kms = boto3.client("kms")  # endpoint, credentials and CA come from the environment
    db = sqlite3.connect(os.environ.get("DATABASE", ":memory:"))
    db.execute("CREATE TABLE documents (name TEXT PRIMARY KEY, sealed BLOB, encrypted_key BLOB)")
    store(kms, db, "contract.txt", b"the parties agree")
    db.commit()
    print(load(kms, db, "contract.txt").decode())
