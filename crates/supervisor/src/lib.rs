//! The supervisor: it opens what is secret, hands on descriptors, starts the vault and the front, and starts again
//! what dies. It parses nothing from the network (docs/processes.md).

mod certificates;
mod children;
mod config;
mod credentials;
mod error;
mod files;
mod greeting;
mod listeners;
mod operator_socket;
mod root_key;
mod supervise;
mod vault_link;

pub use config::{Config, OwnCertificate};
pub use error::SupervisorError;
pub use supervise::run;
