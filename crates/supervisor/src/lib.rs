//! The supervisor: it owns the secrets folder and the data directory's lock, starts vault, front and fetcher, and
//! starts again what dies (`docs/processes.md`).
//!
//! Start reading at `supervise.rs`. It parses nothing from the network; what the front says is bounded and typed.

mod anchor;
mod announce;
mod certificates;
mod checks;
mod children;
mod config;
mod custody;
mod error;
mod fetcher;
mod files;
mod folders;
mod listeners;
mod operator_socket;
mod own_certificate;
mod process_figures;
mod root_credentials;
mod root_key;
mod root_source;
mod signals;
mod supervise;

pub use config::{Config, PassphraseSource, RootChoice, TraceSetting};
pub use error::SupervisorError;
pub use folders::Folders;
pub use supervise::run;
