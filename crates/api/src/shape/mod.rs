//! The structures inside inputs and outputs, one file each.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

mod alias_list_entry;
mod custom_key_stores_list_entry;
mod grant_constraints;
mod grant_list_entry;
mod key_last_usage_data;
mod key_list_entry;
mod key_metadata;
mod multi_region_configuration;
mod multi_region_key;
mod recipient_info;
mod rotations_list_entry;
mod tag;
mod xks_key_configuration_type;
mod xks_proxy_authentication_credential_type;
mod xks_proxy_configuration_type;
pub use alias_list_entry::AliasListEntry;
pub use custom_key_stores_list_entry::CustomKeyStoresListEntry;
pub use grant_constraints::GrantConstraints;
pub use grant_constraints::GrantConstraintsOutput;
pub(crate) use grant_constraints::RawGrantConstraints;
pub use grant_list_entry::GrantListEntry;
pub use key_last_usage_data::KeyLastUsageData;
pub use key_list_entry::KeyListEntry;
pub use key_metadata::KeyMetadata;
pub use multi_region_configuration::MultiRegionConfiguration;
pub use multi_region_key::MultiRegionKey;
pub(crate) use recipient_info::RawRecipientInfo;
pub use recipient_info::RecipientInfo;
pub use rotations_list_entry::RotationsListEntry;
pub(crate) use tag::RawTag;
pub use tag::Tag;
pub use tag::TagOutput;
pub use xks_key_configuration_type::XksKeyConfigurationType;
pub(crate) use xks_proxy_authentication_credential_type::RawXksProxyAuthenticationCredentialType;
pub use xks_proxy_authentication_credential_type::XksProxyAuthenticationCredentialType;
pub use xks_proxy_configuration_type::XksProxyConfigurationType;
