"""The yardstick of seal and open: the AWS Encryption SDK for Python, raw AES keyring, 1 MiB frames, output discarded.

Prints one line for each round: seconds to encrypt, seconds to decrypt. Usage: encryption_sdk.py MIB ROUNDS
"""

import io
import sys
import time

import aws_encryption_sdk
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import AesWrappingAlg, CreateRawAesKeyringInput
from aws_encryption_sdk.identifiers import CommitmentPolicy

FRAME_BYTES = 1 << 20
CONTEXT = {"purpose": "bench"}


def timed(stream):
    """Reads a stream to its end, a frame at a time, keeping nothing; the seconds it took."""
    start = time.perf_counter()
    while stream.read(FRAME_BYTES):
        pass
    return time.perf_counter() - start


def main():
    mib, rounds = int(sys.argv[1]), int(sys.argv[2])
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    keyring = providers.create_raw_aes_keyring(CreateRawAesKeyringInput(
        key_namespace="bench", key_name="bench", wrapping_key=bytes(32),
        wrapping_alg=AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16))
    client = aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    # The suite of the KMS default without signature, 0x0478, as `seal` writes it.
    options = {"algorithm": aws_encryption_sdk.Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
               "keyring": keyring, "frame_length": FRAME_BYTES, "encryption_context": CONTEXT}
    plain = bytes(range(256)) * 4096 * mib
    sealed, _ = client.encrypt(source=plain, **options)
    for _ in range(rounds):
        seal = timed(client.stream(mode="e", source=io.BytesIO(plain), source_length=len(plain), **options))
        unseal = timed(client.stream(mode="d", source=io.BytesIO(sealed), keyring=keyring,
                                     encryption_context=CONTEXT))
        print(f"{seal:.6f} {unseal:.6f}", flush=True)


main()
