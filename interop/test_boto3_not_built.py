"""boto3: what Strongroom does not do yet is refused by a name that clients understand, and leaves nothing behind."""

import pytest
from botocore.exceptions import ClientError

from conftest import kms_client
from expect import refused

# Every operation of the model that this version does not build, with parameters that the model accepts.
BLOB, ID = b"x" * 64, "cks-1234567890abcdef0"
NOT_BUILT = {
    "connect_custom_key_store": dict(CustomKeyStoreId=ID),
    "create_custom_key_store": dict(CustomKeyStoreName="s"),
    "create_grant": dict(GranteePrincipal="arn:aws:iam::000000000000:root", Operations=["Encrypt"]),
    "decapsulate": dict(SharedSecretCiphertextBlob=BLOB, EncapsulationAlgorithm="ML_KEM"),
    "delete_custom_key_store": dict(CustomKeyStoreId=ID),
    "delete_imported_key_material": {},
    "derive_shared_secret": dict(KeyAgreementAlgorithm="ECDH", PublicKey=BLOB),
    "describe_custom_key_stores": {},
    "disconnect_custom_key_store": dict(CustomKeyStoreId=ID),
    "encapsulate": dict(EncapsulationAlgorithm="ML_KEM"),
    "generate_data_key_pair": dict(KeyPairSpec="RSA_2048"),
    "generate_data_key_pair_without_plaintext": dict(KeyPairSpec="RSA_2048"),
    "generate_mac": dict(Message=b"m", MacAlgorithm="HMAC_SHA_256"),
    "get_key_last_usage": {},
    "get_parameters_for_import": dict(WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"),
    "get_public_key": {},
    "import_key_material": dict(ImportToken=BLOB, EncryptedKeyMaterial=BLOB),
    "list_grants": {},
    "list_retirable_grants": dict(RetiringPrincipal="arn:aws:iam::000000000000:root"),
    "replicate_key": dict(ReplicaRegion="eu-west-1"),
    "retire_grant": dict(GrantId="a" * 64),
    "revoke_grant": dict(GrantId="a" * 64),
    "sign": dict(Message=b"m", SigningAlgorithm="ECDSA_SHA_256"),
    "update_custom_key_store": dict(CustomKeyStoreId=ID),
    "update_primary_region": dict(PrimaryRegion="eu-west-1"),
    "verify": dict(Message=b"m", Signature=BLOB, SigningAlgorithm="ECDSA_SHA_256"),
    "verify_mac": dict(Message=b"m", Mac=BLOB, MacAlgorithm="HMAC_SHA_256"),
}


def test_the_list_and_the_built_operations_are_the_whole_model(kms):
    assert len(kms.meta.service_model.operation_names) == 56
    assert len(NOT_BUILT) == 56 - 29


@pytest.mark.parametrize("operation", NOT_BUILT)
def test_operation_that_is_not_built(kms, shared_key, operation):
    parameters = dict(NOT_BUILT[operation])
    model = kms.meta.service_model.operation_model(kms.meta.method_to_api_mapping[operation])
    if "KeyId" in model.input_shape.members:
        parameters["KeyId"] = shared_key["Arn"]
    allowed = {shape.name for shape in model.error_shapes} | {"UnsupportedOperationException"}
    allowed -= {"KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException"}
    with refused(allowed):
        getattr(kms, operation)(**parameters)


@pytest.mark.parametrize("name, operation", [("iam", "list_users"), ("sts", "get_caller_identity")])
def test_iam_and_sts_are_refused_in_their_own_protocol(env, name, operation):
    client = kms_client(env, service=name)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)()
    error = caught.value.response["Error"]
    assert error["Code"] and not error["Code"].isdigit() and error.get("Message")
