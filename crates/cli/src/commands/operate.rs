//! `strongroom status`, `user create` and `root renew-access-key`: requests on the operator socket.

use crate::configuration;
use crate::terminal::say_line;
use anyhow::Result;
use std::path::PathBuf;
use std::process::ExitCode;
use strongroom_control::OperatorRequest;

/// Which service.
#[derive(clap::Args)]
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
        #[command(flatten)]
        service: Service,
    },
}

/// The account's root principal.
#[derive(clap::Subcommand)]
pub(crate) enum Root {
    /// Make a new access key, keep it in the secrets folder, and retire the old one
    RenewAccessKey {
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
    let User::Create { name, service } = user;
    print(service, &OperatorRequest::UserCreate { name })
}

/// Renews the root principal's access key.
pub(crate) fn root(root: Root) -> Result<ExitCode> {
    let Root::RenewAccessKey { service } = root;
    print(service, &OperatorRequest::RenewRootAccessKey)
}

fn print(service: Service, request: &OperatorRequest) -> Result<ExitCode> {
    let data_dir = configuration::data_dir(service.data_dir, &configuration::load()?);
    let answer = strongroom_operator::ask(&data_dir, request)?;
    show(&answer)
}

fn show(answer: &serde_json::Value) -> Result<ExitCode> {
    say_line(&serde_json::to_string_pretty(answer)?)?;
    Ok(ExitCode::SUCCESS)
}
