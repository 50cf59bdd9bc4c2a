//! `strongroom status`, `user create` and `root renew-access-key`: requests on the operator socket.

use crate::configuration;
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
    print(service, &OperatorRequest::Status)
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
    println!("{}", serde_json::to_string_pretty(&answer)?);
    Ok(ExitCode::SUCCESS)
}
