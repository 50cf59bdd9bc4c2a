//! Operations of IAM and STS: `iam/<family>/<operation>.rs` mirrors `src/iam`; what several of them share is beside it.

mod access_key;
mod account;
mod delegation;
mod group;
mod holder;
mod last_use;
mod matrix;
mod matrix_cast;
mod mfa_device;
mod pages;
mod permission;
mod policy;
mod provider;
mod role;
mod simulation;
pub(crate) mod sts;
mod user;
