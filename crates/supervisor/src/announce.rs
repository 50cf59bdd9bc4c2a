//! What the first start tells the operator. No secret is printed.

use crate::{Folders, RootChoice};

/// Printed to standard output once the first start serves.
pub(crate) fn first_start(url: &str, folders: &Folders, root: &RootChoice) -> String {
    let (data, secrets) = (folders.data_dir.display(), folders.secrets_dir.display());
    let (held, warning) = match root {
        RootChoice::KeyFile => (
            "root key, ",
            "Back both up, apart from each other. LOSING EITHER FOLDER LOSES EVERYTHING:\n\
             the data cannot be opened without the root key, and the root key opens nothing else.",
        ),
        RootChoice::Credential | RootChoice::Passphrase(_) | RootChoice::Pkcs11 => (
            "",
            "Back both up. What opens the data lies in neither: LOSING IT LOSES EVERYTHING, unless\n\
             another root is enrolled (strongroom vault enroll).",
        ),
    };
    format!(
        "Strongroom serves on {url}\n\
         \n\
         This first start made two folders:\n\
         \x20 {data}   state, audit log, CA certificate (ca.pem)\n\
         \x20 {secrets}   {held}first access key (root-credentials.json), TLS private keys\n\
         {warning}\n\
         \n\
         To use it:\n\
         \x20 eval \"$(strongroom env --data-dir {data} --secrets-dir {secrets})\"\n\
         \x20 aws kms list-keys\n"
    )
}
