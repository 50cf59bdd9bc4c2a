//! What the first start tells: what was made, how to use it, and what must not be lost. No secrets.

use crate::config::Config;
use std::net::SocketAddr;

/// The text of the first start.
pub(crate) fn first_start(config: &Config, address: SocketAddr) -> String {
    let (data, secrets) = (config.data_dir.display(), config.secrets_dir.display());
    let account = &config.account;
    format!(
        "\nThis is the first start. Made:\n\
         \x20 {data}\n\
         \x20     state, audit log, CA certificate (ca.pem), operator socket: worth nothing alone\n\
         \x20 {secrets}\n\
         \x20     root key, root access key, private keys of CA and server: what unlocks the above\n\
         \x20 account {account} with a root principal and one access key\n\
         \n\
         Keep both folders, apart from each other. Losing either loses every key and everything sealed with them.\n\
         \n\
         Use it:\n\
         \x20 eval \"$(strongroom env --data-dir {data})\"\n\
         \x20 aws kms create-key\n\
         The service listens on https://{address}.\n"
    )
}
