"""boto3: what Strongroom does not do yet is refused by a name that clients understand, and leaves nothing behind."""

import pytest

from conftest import ACCOUNT, kms_client
from expect import refused

# Every operation of the model that this version does not build, with parameters that the model accepts.
BLOB = b"x" * 64
NOT_BUILT = {
    "decapsulate": dict(SharedSecretCiphertextBlob=BLOB, EncapsulationAlgorithm="ML_KEM"),
    "delete_imported_key_material": {},
    "derive_shared_secret": dict(KeyAgreementAlgorithm="ECDH", PublicKey=BLOB),
    "encapsulate": dict(EncapsulationAlgorithm="ML_KEM"),
    "generate_data_key_pair": dict(KeyPairSpec="RSA_2048"),
    "generate_data_key_pair_without_plaintext": dict(KeyPairSpec="RSA_2048"),
    "generate_mac": dict(Message=b"m", MacAlgorithm="HMAC_SHA_256"),
    "get_parameters_for_import": dict(WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"),
    "get_public_key": {},
    "import_key_material": dict(ImportToken=BLOB, EncryptedKeyMaterial=BLOB),
    "replicate_key": dict(ReplicaRegion="eu-west-1"),
    "sign": dict(Message=b"m", SigningAlgorithm="ECDSA_SHA_256"),
    "update_primary_region": dict(PrimaryRegion="eu-west-1"),
    "verify": dict(Message=b"m", Signature=BLOB, SigningAlgorithm="ECDSA_SHA_256"),
    "verify_mac": dict(Message=b"m", Mac=BLOB, MacAlgorithm="HMAC_SHA_256"),
}


def test_the_list_and_the_built_operations_are_the_whole_model(kms):
    assert len(kms.meta.service_model.operation_names) == 56
    assert len(NOT_BUILT) == 56 - 41


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


@pytest.mark.parametrize("name, operation, parameters", [
    ("sts", "assume_root", dict(TargetPrincipal=ACCOUNT, TaskPolicyArn={
        "arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"})),
    ("sts", "assume_role_with_saml", dict(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/saml", SAMLAssertion="aaaa",
                                          PrincipalArn=f"arn:aws:iam::{ACCOUNT}:saml-provider/idp")),
    ("sts", "get_web_identity_token", dict(Audience=["a"], SigningAlgorithm="RS256")),
])
def test_iam_and_sts_are_refused_in_their_own_protocol(env, name, operation, parameters):
    client = kms_client(env, service=name)
    if operation == "assume_role_with_saml":  # the SDK signs this one not at all
        with refused("MissingAuthenticationToken", status=403):
            client.assume_role_with_saml(**parameters)
        return
    with refused("InvalidAction", "is not supported by this version of Strongroom"):
        getattr(client, operation)(**parameters)
