//! The operations of the service model, one file each.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

mod cancel_key_deletion;
mod connect_custom_key_store;
mod create_alias;
mod create_custom_key_store;
mod create_grant;
mod create_key;
mod decapsulate;
mod decrypt;
mod delete_alias;
mod delete_custom_key_store;
mod delete_imported_key_material;
mod derive_shared_secret;
mod describe_custom_key_stores;
mod describe_key;
mod disable_key;
mod disable_key_rotation;
mod disconnect_custom_key_store;
mod enable_key;
mod enable_key_rotation;
mod encapsulate;
mod encrypt;
mod generate_data_key;
mod generate_data_key_pair;
mod generate_data_key_pair_without_plaintext;
mod generate_data_key_without_plaintext;
mod generate_mac;
mod generate_random;
mod get_key_last_usage;
mod get_key_policy;
mod get_key_rotation_status;
mod get_parameters_for_import;
mod get_public_key;
mod import_key_material;
mod list_aliases;
mod list_grants;
mod list_key_policies;
mod list_key_rotations;
mod list_keys;
mod list_resource_tags;
mod list_retirable_grants;
mod put_key_policy;
mod re_encrypt;
mod replicate_key;
mod retire_grant;
mod revoke_grant;
mod rotate_key_on_demand;
mod schedule_key_deletion;
mod sign;
mod tag_resource;
mod untag_resource;
mod update_alias;
mod update_custom_key_store;
mod update_key_description;
mod update_primary_region;
mod verify;
mod verify_mac;
pub use cancel_key_deletion::*; // CancelKeyDeletion
pub use connect_custom_key_store::*; // ConnectCustomKeyStore
pub use create_alias::*; // CreateAlias
pub use create_custom_key_store::*; // CreateCustomKeyStore
pub use create_grant::*; // CreateGrant
pub use create_key::*; // CreateKey
pub use decapsulate::*; // Decapsulate
pub use decrypt::*; // Decrypt
pub use delete_alias::*; // DeleteAlias
pub use delete_custom_key_store::*; // DeleteCustomKeyStore
pub use delete_imported_key_material::*; // DeleteImportedKeyMaterial
pub use derive_shared_secret::*; // DeriveSharedSecret
pub use describe_custom_key_stores::*; // DescribeCustomKeyStores
pub use describe_key::*; // DescribeKey
pub use disable_key::*; // DisableKey
pub use disable_key_rotation::*; // DisableKeyRotation
pub use disconnect_custom_key_store::*; // DisconnectCustomKeyStore
pub use enable_key::*; // EnableKey
pub use enable_key_rotation::*; // EnableKeyRotation
pub use encapsulate::*; // Encapsulate
pub use encrypt::*; // Encrypt
pub use generate_data_key::*; // GenerateDataKey
pub use generate_data_key_pair::*; // GenerateDataKeyPair
pub use generate_data_key_pair_without_plaintext::*; // GenerateDataKeyPairWithoutPlaintext
pub use generate_data_key_without_plaintext::*; // GenerateDataKeyWithoutPlaintext
pub use generate_mac::*; // GenerateMac
pub use generate_random::*; // GenerateRandom
pub use get_key_last_usage::*; // GetKeyLastUsage
pub use get_key_policy::*; // GetKeyPolicy
pub use get_key_rotation_status::*; // GetKeyRotationStatus
pub use get_parameters_for_import::*; // GetParametersForImport
pub use get_public_key::*; // GetPublicKey
pub use import_key_material::*; // ImportKeyMaterial
pub use list_aliases::*; // ListAliases
pub use list_grants::*; // ListGrants
pub use list_key_policies::*; // ListKeyPolicies
pub use list_key_rotations::*; // ListKeyRotations
pub use list_keys::*; // ListKeys
pub use list_resource_tags::*; // ListResourceTags
pub use list_retirable_grants::*; // ListRetirableGrants
pub use put_key_policy::*; // PutKeyPolicy
pub use re_encrypt::*; // ReEncrypt
pub use replicate_key::*; // ReplicateKey
pub use retire_grant::*; // RetireGrant
pub use revoke_grant::*; // RevokeGrant
pub use rotate_key_on_demand::*; // RotateKeyOnDemand
pub use schedule_key_deletion::*; // ScheduleKeyDeletion
pub use sign::*; // Sign
pub use tag_resource::*; // TagResource
pub use untag_resource::*; // UntagResource
pub use update_alias::*; // UpdateAlias
pub use update_custom_key_store::*; // UpdateCustomKeyStore
pub use update_key_description::*; // UpdateKeyDescription
pub use update_primary_region::*; // UpdatePrimaryRegion
pub use verify::*; // Verify
pub use verify_mac::*; // VerifyMac

/// Every operation name, sorted.
pub const NAMES: [&str; 56] = [
    "CancelKeyDeletion",
    "ConnectCustomKeyStore",
    "CreateAlias",
    "CreateCustomKeyStore",
    "CreateGrant",
    "CreateKey",
    "Decapsulate",
    "Decrypt",
    "DeleteAlias",
    "DeleteCustomKeyStore",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "DisconnectCustomKeyStore",
    "EnableKey",
    "EnableKeyRotation",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "GetKeyLastUsage",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ListAliases",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListKeys",
    "ListResourceTags",
    "ListRetirableGrants",
    "PutKeyPolicy",
    "ReEncrypt",
    "ReplicateKey",
    "RetireGrant",
    "RevokeGrant",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "Sign",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateCustomKeyStore",
    "UpdateKeyDescription",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
];
