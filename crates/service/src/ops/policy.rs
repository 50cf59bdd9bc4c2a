//! Operations on key policies.

mod get_key_policy;
mod list_key_policies;
mod put_key_policy;
