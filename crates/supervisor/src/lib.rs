//! The supervisor: it owns the secrets folder and the data directory's lock, starts vault, front, fetcher, courier and token
//! worker, and starts again what dies (`docs/processes.md`).
//!
//! Start reading at `supervise.rs`. It parses nothing from the network; what the front says is bounded and typed.

mod anchor;
mod announce;
mod answer_member;
mod certificates;
mod checks;
mod children;
mod config;
mod courier;
mod custody;
mod custody_act;
mod dialler;
mod ending;
mod error;
mod event;
mod fetcher;
mod files;
mod folders;
mod front_words;
mod keeper;
mod listeners;
mod new_root;
mod operator_calls;
mod operator_socket;
mod outward;
mod outward_process;
mod own_certificate;
mod pin_source;
mod process_figures;
mod recovery_shares;
mod recovery_vault;
mod root_credentials;
mod root_key;
mod root_key_steps;
mod root_source;
mod served_certificate;
mod service_manager;
mod serving;
mod signals;
mod start_message;
mod supervise;
mod token_worker;
mod token_workers;
mod tpm_root;
mod unmade;
mod unsettled;

pub use announce::in_shell;
pub use config::{
    ClusterSettings, Config, PassphraseSource, PinSource, Pkcs11Settings, RootChoice, TraceSetting,
};
pub use error::SupervisorError;
pub use folders::Folders;
pub use recovery_vault::{NewSecrets, RecoveryVault};
pub use serving::run;
pub use signals::on_interrupt;
