"""The AWS Encryption SDK for Python as a peer of `strongroom-bench envelope`: raw AES keyring, suite 0x0478.

Usage: encryption_sdk.py seal|open INPUT OUTPUT    a file in 1 MiB frames; prints the seconds of its work
       encryption_sdk.py small COUNT BYTES         prints the seconds to seal and to open so many values, cached materials
The start of the interpreter and of the SDK is not counted.
"""

import sys
import time

import aws_encryption_sdk
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import AesWrappingAlg, CreateRawAesKeyringInput
from aws_encryption_sdk.identifiers import CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

FRAME_BYTES = 1 << 20
KEY = bytes([7]) * 32
CONTEXT = {"purpose": "bench"}
SUITE = aws_encryption_sdk.Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY  # as `seal` writes it
CLIENT = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


class OneKey(RawMasterKeyProvider):
    """The cache of the SDK wants a provider of the older kind."""

    provider_id = "bench"

    def _get_raw_key(self, key_id):
        return WrappingKey(wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING, wrapping_key=KEY,
                           wrapping_key_type=EncryptionKeyType.SYMMETRIC)


def keyring():
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    return providers.create_raw_aes_keyring(CreateRawAesKeyringInput(
        key_namespace="bench", key_name="bench", wrapping_key=KEY,
        wrapping_alg=AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16))


def convert(way, source, target):
    """A file into a file, a frame at a time."""
    options = {"mode": "e", "algorithm": SUITE, "frame_length": FRAME_BYTES} if way == "seal" else {"mode": "d"}
    options["keyring"] = keyring()
    start = time.perf_counter()
    with open(source, "rb") as plain, open(target, "wb") as out:
        with CLIENT.stream(source=plain, **options) as stream:
            while chunk := stream.read(FRAME_BYTES):
                out.write(chunk)
    print(f"{time.perf_counter() - start:.6f}")


def small(count, size):
    """Many values under cached materials."""
    provider = OneKey()
    provider.add_master_key("bench")
    manager = aws_encryption_sdk.CachingCryptoMaterialsManager(
        master_key_provider=provider, cache=aws_encryption_sdk.LocalCryptoMaterialsCache(100), max_age=3600.0)
    values = [bytes([index % 256]) * size for index in range(count)]
    start = time.perf_counter()
    sealed = [CLIENT.encrypt(source=value, materials_manager=manager, algorithm=SUITE, encryption_context=CONTEXT)[0]
              for value in values]
    between = time.perf_counter()
    opened = [CLIENT.decrypt(source=message, materials_manager=manager)[0] for message in sealed]
    end = time.perf_counter()
    assert opened == values
    print(f"{between - start:.6f} {end - between:.6f}")


if sys.argv[1] == "small":
    small(int(sys.argv[2]), int(sys.argv[3]))
else:
    convert(*sys.argv[1:])
