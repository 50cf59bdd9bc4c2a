//! Operations that read what keys there are.

pub(super) mod describe_key;
mod get_key_last_usage;
mod list_keys;
