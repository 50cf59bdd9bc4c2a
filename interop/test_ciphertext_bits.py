"""Every bit of a KMS ciphertext flipped, every length cut: only the refusals of DESIGN.md section 3, never a panic."""

import base64

ALLOWED = {"InvalidCiphertextException", "AccessDeniedException", "IncorrectKeyException"}


def attempt(raw, blob, **parameters):
    """Decrypts over the raw client; the error's wire name, "" for success."""
    answer = raw.call("Decrypt", {"CiphertextBlob": base64.b64encode(blob).decode()} | parameters)
    assert answer.status in (200, 400), (answer.status, answer.body)
    return answer.kind


def flipped(blob):
    for bit in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[bit // 8] ^= 1 << (bit % 8)
        yield bit, bytes(changed)


def test_every_flipped_bit_is_refused(service, raw, kms, shared_key):
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=bytes(range(32)))["CiphertextBlob"]
    before = (service.child("vault-process"), service.child("front-process"))
    assert all(before), "the vault and the front are processes of their own"
    seen = {}
    for bit, changed in flipped(blob):
        for parameters in ({}, {"KeyId": shared_key["Arn"]}):
            kind = attempt(raw, changed, **parameters)
            assert kind in ALLOWED, f"bit {bit} with {parameters}: {kind or 'opened'}"
            seen[kind] = seen.get(kind, 0) + 1
    assert attempt(raw, blob) == ""  # control: unchanged, it opens
    assert (service.child("vault-process"), service.child("front-process")) == before, "a process died of it"
    assert sum(seen.values()) == len(blob) * 16 and seen["InvalidCiphertextException"] > len(blob)


def test_every_other_length_is_refused(raw, kms, shared_key):
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=bytes(range(32)))["CiphertextBlob"]
    for size in range(1, len(blob)):
        assert attempt(raw, blob[:size]) in ALLOWED, size
    for more in (b"\0", b"x", bytes(16), blob):
        assert attempt(raw, blob + more) in ALLOWED, more


def test_parts_of_two_ciphertexts_do_not_mix(raw, kms, shared_key, key):
    one = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"a" * 32)["CiphertextBlob"]
    for other_key in (shared_key, key):
        two = kms.encrypt(KeyId=other_key["KeyId"], Plaintext=b"b" * 32)["CiphertextBlob"]
        assert len(one) == len(two)
        for cut in range(1, len(one)):
            mixed = one[:cut] + two[cut:]
            if mixed not in (one, two):
                assert attempt(raw, mixed) in ALLOWED, cut
