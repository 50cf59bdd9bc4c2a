//! What the operator is told on the terminal: where the service listens, and what the first start made. No secret is printed.

use crate::listeners::Listeners;
use crate::{Folders, RootChoice, files, root_credentials};
use std::net::TcpListener;
use std::path::Path;

/// Printed to standard error whenever the service begins to serve: where it listens, with the ports that the system chose. The
/// last line is the one that a program waits for.
pub(crate) fn ready(url: &str, listeners: &Listeners) -> String {
    let address = |listener: &Option<TcpListener>| listener.as_ref()?.local_addr().ok();
    let mut text = String::new();
    if let Some(address) = address(&listeners.plaintext) {
        text.push_str(&format!("strongroom: plain HTTP on http://{address}\n"));
    }
    if let Some(address) = address(&listeners.metrics) {
        text.push_str(&format!("strongroom: figures on http://{address}/metrics\n"));
    }
    text + &format!("strongroom: ready on {url}\n")
}

/// Printed to standard output once the first start serves.
pub(crate) fn first_start(url: &str, folders: &Folders, root: &RootChoice) -> String {
    let (data, secrets) = (folders.data_dir.display(), folders.secrets_dir.display());
    let (data_word, secrets_word) = (in_shell(&folders.data_dir), in_shell(&folders.secrets_dir));
    let (held, warning) = match root {
        RootChoice::KeyFile => (
            "root key, ",
            "Back both up, apart from each other. LOSING EITHER FOLDER LOSES EVERYTHING:\n\
             the data cannot be opened without the root key, and the root key opens nothing else.",
        ),
        RootChoice::Tpm => (
            "sealed root key, ",
            "Back both up, apart from each other. The root key is sealed to this machine's TPM: ON ANOTHER MACHINE,\n\
             OR ONCE THE TPM IS CLEARED, THEY OPEN NOTHING, unless another root is enrolled (strongroom vault enroll).",
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
         \x20 eval \"$(strongroom env --data-dir {data_word} --secrets-dir {secrets_word})\"\n\
         \x20 aws kms list-keys\n"
    )
}

/// Where the service is and in which Region. What cannot be written, on a disk that is full say, is no reason to end.
pub(crate) fn tell_clients(url: &str, folders: &Folders, region: &str) {
    let endpoint = format!("{url}\n");
    if let Err(error) = files::write_if_changed(&folders.endpoint(), endpoint.as_bytes(), 0o600) {
        tracing::error!(%error, url, "the URL could not be written: strongroom env says an older one");
    }
    if let Err(error) = root_credentials::set_region(folders, region) {
        tracing::error!(%error, "the Region could not be written: strongroom env says an older one");
    }
}

/// A path as one word of a shell, for commands that are shown to be copied.
pub fn in_shell(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_one_word_of_a_shell() {
        for (path, word) in [
            ("/srv/strongroom-data", "/srv/strongroom-data"),
            ("/srv/my data", "'/srv/my data'"),
            ("/srv/it's $HOME", r"'/srv/it'\''s $HOME'"),
            ("", "''"),
        ] {
            assert_eq!(in_shell(Path::new(path)), word);
        }
    }

    #[test]
    fn ports_that_the_system_chose_are_told_and_the_url_comes_last() {
        let bound = || TcpListener::bind("127.0.0.1:0").unwrap();
        let of = |listener: &TcpListener| listener.local_addr().unwrap().to_string();
        let listeners = Listeners { tls: bound(), plaintext: Some(bound()), metrics: Some(bound()) };
        let told = ready("https://127.0.0.1:1", &listeners);
        let (plain, figures) =
            (of(listeners.plaintext.as_ref().unwrap()), of(listeners.metrics.as_ref().unwrap()));
        assert_eq!(
            told,
            format!(
                "strongroom: plain HTTP on http://{plain}\nstrongroom: figures on http://{figures}/metrics\n\
                 strongroom: ready on https://127.0.0.1:1\n"
            )
        );
        let listeners = Listeners { tls: bound(), plaintext: None, metrics: None };
        assert_eq!(ready("https://127.0.0.1:1", &listeners), "strongroom: ready on https://127.0.0.1:1\n");
    }
}
