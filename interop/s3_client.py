"""The Amazon S3 Encryption Client for Python, as a program: it runs in an environment of its own (requirements-s3.txt).

    s3_client.py put    POLICY KEY-ARN FILE BUCKET KEY [NAME=VALUE...]
    s3_client.py upload POLICY KEY-ARN FILE BUCKET KEY [NAME=VALUE...]     parts of 8 MiB
    s3_client.py get    POLICY KEY-ARN FILE BUCKET KEY [NAME=VALUE...]

POLICY is one of the three commitment policies in lower case with hyphens. Endpoints, Region, credentials and the CA come
from the usual variables. What the client refuses is printed on standard error, and the exit status is 1.
"""

import sys

import boto3
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.exceptions import S3EncryptionClientError
from s3_encryption.materials.kms_keyring import KmsKeyring
from s3_encryption.materials.materials import AlgorithmSuite, CommitmentPolicy


def client(policy, key_arn):
    """The client under a policy; the suite is the one that the policy asks for."""
    policy = CommitmentPolicy[policy.upper().replace("-", "_")]
    committing = policy is not CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    suite = (AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY if committing
             else AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF)
    config = S3EncryptionClientConfig(
        keyring=KmsKeyring(kms_client=boto3.client("kms"), kms_key_id=key_arn),
        encryption_algorithm=suite, commitment_policy=policy)
    return S3EncryptionClient(boto3.client("s3"), config)


def main(action, policy, key_arn, path, bucket, key, *pairs):
    """Does one thing."""
    s3 = client(policy, key_arn)
    context = dict(pair.split("=", 1) for pair in pairs)
    given = {"EncryptionContext": context} if context else {}
    if action == "put":
        with open(path, "rb") as document:
            s3.put_object(Bucket=bucket, Key=key, Body=document.read(), **given)
    elif action == "upload":
        s3.upload_file(path, bucket, key, **given)
    elif action == "get":
        body = s3.get_object(Bucket=bucket, Key=key, **given)["Body"].read()
        with open(path, "wb") as document:
            document.write(body)
    else:
        sys.exit(f"{action}?")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except S3EncryptionClientError as error:
        sys.exit(f"refused: {error}")
