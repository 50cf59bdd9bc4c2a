//! Operations that read what keys there are.

pub(super) mod describe_key;
mod list_keys;
