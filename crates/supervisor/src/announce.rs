//! What the first start tells the operator. No secret is printed.

use crate::Folders;

/// Printed to standard output once the first start serves.
pub(crate) fn first_start(url: &str, folders: &Folders) -> String {
    let (data, secrets) = (folders.data_dir.display(), folders.secrets_dir.display());
    format!(
        "Strongroom serves on {url}\n\
         \n\
         This first start made two folders:\n\
         \x20 {data}   state, audit log, CA certificate (ca.pem)\n\
         \x20 {secrets}   root key, first access key (root-credentials.json), TLS private keys\n\
         Back both up, apart from each other. LOSING EITHER FOLDER LOSES EVERYTHING:\n\
         the data cannot be opened without the root key, and the root key opens nothing else.\n\
         \n\
         To use it:\n\
         \x20 eval \"$(strongroom env --data-dir {data} --secrets-dir {secrets})\"\n\
         \x20 aws kms list-keys\n"
    )
}
