//! The structures inside inputs and outputs, one file each.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

mod assumed_role_user;
mod credentials;
mod federated_user;
mod policy_descriptor_type;
mod provided_context;
mod tag;
pub use assumed_role_user::AssumedRoleUser;
pub use credentials::Credentials;
pub use federated_user::FederatedUser;
pub use policy_descriptor_type::PolicyDescriptorType;
pub(crate) use policy_descriptor_type::RawPolicyDescriptorType;
pub use provided_context::ProvidedContext;
pub(crate) use provided_context::RawProvidedContext;
pub(crate) use tag::RawTag;
pub use tag::Tag;
