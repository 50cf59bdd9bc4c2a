//! `strongroom status`, `user`, `root`, `account`, `clock`, `key-store` and `quotas`: requests on the operator socket.

use crate::arguments::{self, Unusable};
use crate::configuration;
use crate::terminal::{harmless_json, say_line};
use anyhow::Result;
use std::path::PathBuf;
use std::process::ExitCode;
use strongroom_control::{OperatorRequest, QuotaSetting};

/// Which service.
#[derive(Clone, clap::Args)]
pub(crate) struct Service {
    /// The data directory of the running service [default: strongroom-data]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

/// Manage users: principals without any right of their own, for key policies to name.
#[derive(clap::Subcommand)]
pub(crate) enum User {
    /// Make a user and print its access key, once
    Create {
        /// 1 to 64 characters of a-z, A-Z, 0-9 and +=,.@_-
        name: String,
        /// The account [default: the first one]
        #[arg(long, value_name = "ID", value_parser = arguments::account)]
        account: Option<String>,
        #[command(flatten)]
        service: Service,
    },
}

/// An account's root principal.
#[derive(clap::Subcommand)]
pub(crate) enum Root {
    /// Make a new access key, keep it in the secrets folder, and retire the old one
    RenewAccessKey {
        /// The account [default: the first one]
        #[arg(long, value_name = "ID", value_parser = arguments::account)]
        account: Option<String>,
        #[command(flatten)]
        service: Service,
    },
}

/// Manage accounts. Nothing of one is another's.
#[derive(clap::Subcommand)]
pub(crate) enum Account {
    /// Make an account; its root's access key goes to the secrets folder (strongroom env --account ID)
    Create {
        /// Twelve digits
        #[arg(long, value_name = "ID", value_parser = arguments::account)]
        id: String,
        #[command(flatten)]
        service: Service,
    },
    /// List the accounts and how much is in them
    List {
        #[command(flatten)]
        service: Service,
    },
    /// Delete an account without keys, users, groups, roles, policies and identity providers
    Delete {
        /// Twelve digits
        #[arg(long, value_name = "ID", value_parser = arguments::account)]
        id: String,
        #[command(flatten)]
        service: Service,
    },
}

/// The service's trust in the wall clock.
#[derive(clap::Subcommand)]
pub(crate) enum Clock {
    /// Say that the clock is right: a service that stopped because its clock went back serves again,
    /// and deletions of keys that wait because it went ahead go on
    Accept {
        #[command(flatten)]
        service: Service,
    },
}

/// The tokens that custom key stores are made of.
#[derive(clap::Subcommand)]
pub(crate) enum KeyStore {
    /// List every cluster of strongroom.toml: how its token is, which store has it, and how many keys are in it
    List {
        #[command(flatten)]
        service: Service,
    },
}

/// Request-rate quotas: off unless set, here or in strongroom.toml.
#[derive(clap::Subcommand)]
pub(crate) enum Quotas {
    /// Print the quotas in force, as JSON
    Show {
        #[command(flatten)]
        service: Service,
    },
    /// Set a quota until the next start; strongroom.toml keeps one for ever
    Set {
        /// The class of operations: cryptography, describe, grants, management, ...
        class: String,
        /// Calls per second; 0 for no limit
        per_second: u32,
        /// Calls at once after a pause [default: as many as in a second]
        #[arg(long, value_name = "N")]
        burst: Option<u32>,
        /// What calls are counted per: account, principal, key or key-store
        #[arg(long, value_name = "SCOPE", default_value = "account")]
        per: String,
        #[command(flatten)]
        service: Service,
    },
}

/// Prints how the service is, as JSON.
pub(crate) fn status(service: Service) -> Result<ExitCode> {
    let data_dir = configuration::data_dir(service.data_dir, &configuration::load()?);
    let mut answer = strongroom_operator::ask(&data_dir, &OperatorRequest::Status)?;
    if let Some(answer) = answer.as_object_mut() {
        // What the supervisor wrote down; the service answered, so it is the one that runs.
        let read = |name| std::fs::read_to_string(data_dir.join(name)).unwrap_or_default();
        answer.insert("url".to_owned(), read("endpoint").trim().into());
        answer.insert("pid".to_owned(), read("LOCK").trim().parse::<u32>().ok().into());
        answer.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
    }
    show(&answer)
}

/// Manages users.
pub(crate) fn user(user: User) -> Result<ExitCode> {
    let User::Create { name, account, service } = user;
    print(service, &OperatorRequest::UserCreate { name, account })
}

/// Renews the root principal's access key.
pub(crate) fn root(root: Root) -> Result<ExitCode> {
    let Root::RenewAccessKey { account, service } = root;
    print(service, &OperatorRequest::RenewRootAccessKey { account })
}

/// Manages accounts.
pub(crate) fn account(account: Account) -> Result<ExitCode> {
    match account {
        Account::Create { id, service } => print(service, &OperatorRequest::AccountCreate { id }),
        Account::List { service } => print(service, &OperatorRequest::AccountList),
        Account::Delete { id, service } => print(service, &OperatorRequest::AccountDelete { id }),
    }
}

/// Vouches for the clock.
pub(crate) fn clock(clock: Clock) -> Result<ExitCode> {
    let Clock::Accept { service } = clock;
    print(service, &OperatorRequest::ClockAccept)
}

/// Shows the tokens of custom key stores.
pub(crate) fn key_store(key_store: KeyStore) -> Result<ExitCode> {
    let KeyStore::List { service } = key_store;
    print(service, &OperatorRequest::KeyStores)
}

/// Asks the service.
pub(crate) fn ask(service: Service, request: &OperatorRequest) -> Result<serde_json::Value> {
    Ok(strongroom_operator::ask(&data_dir(service)?, request)?)
}

/// The data directory of the service that is meant.
pub(crate) fn data_dir(service: Service) -> Result<PathBuf> {
    Ok(configuration::data_dir(service.data_dir, &configuration::load()?))
}

/// Shows and sets request-rate quotas.
pub(crate) fn quotas(quotas: Quotas) -> Result<ExitCode> {
    match quotas {
        Quotas::Show { service } => print(service, &OperatorRequest::QuotasShow),
        Quotas::Set { class, per_second, burst, per, service } => {
            let quota = QuotaSetting { per, class, per_second, burst };
            let checked = strongroom_server::check_quotas(std::slice::from_ref(&quota));
            checked.map_err(|error| Unusable::of(error.into()))?;
            print(service, &OperatorRequest::QuotasSet { quota })
        }
    }
}

fn print(service: Service, request: &OperatorRequest) -> Result<ExitCode> {
    show(&ask(service, request)?)
}

/// Prints an answer as JSON.
pub(crate) fn show(answer: &serde_json::Value) -> Result<ExitCode> {
    say_line(&harmless_json(&serde_json::to_string_pretty(answer)?))?;
    Ok(ExitCode::SUCCESS)
}
