//! Why the service does not start, or ended.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The service cannot start or go on. The text is for the operator and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// Another process serves this data directory.
    #[error("another strongroom (pid {pid}) serves {}", directory.display())]
    AlreadyServed {
        /// The process id in the lock file, or `unknown`.
        pid: String,
        /// The data directory.
        directory: PathBuf,
    },
    /// A file or folder could not be made, read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
    /// A path that is no text.
    #[error("{}: paths of the service, with the folders above them, have to be UTF-8 text", .0.display())]
    NotText(PathBuf),
    /// The data directory holds state and the root key that opens it is gone.
    #[error(
        "{} holds state, but the root key {} is missing: bring the secrets folder back, or name it with --secrets-dir, or open the vault with another enrolled root (--root passphrase, --root pkcs11); without any of its roots the data cannot be opened",
        data_dir.display(), root_key.display()
    )]
    RootKeyMissing {
        /// The data directory.
        data_dir: PathBuf,
        /// Where the root key should be.
        root_key: PathBuf,
    },
    /// The data directory holds state, and there is no key that a TPM sealed for it.
    #[error(
        "{} holds state, but there is no root key sealed by a TPM at {}: bring the secrets folder back, or enrol the TPM first (strongroom vault enroll --kind tpm), with the service started by another root",
        data_dir.display(), sealed.display()
    )]
    TpmRootMissing {
        /// The data directory.
        data_dir: PathBuf,
        /// Where the sealed key should be.
        sealed: PathBuf,
    },
    /// The TPM cannot seal or unseal the root key.
    #[error("TPM: {0}")]
    Tpm(#[from] strongroom_tpm::TpmError),
    /// The root key file is not what it should be.
    #[error("{} is not a root key file ({reason}); nothing was changed", path.display())]
    RootKeyUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// The root that the service was told to start with is not there or is not one.
    #[error("{0}")]
    Root(String),
    /// The root that the service was told to start with needs another setting, which is not there.
    #[error("{0}")]
    RootSetting(String),
    /// The PKCS#11 token cannot be used, and the start needs it.
    #[error("PKCS#11: {0}")]
    Pkcs11(String),
    /// A token refused its PIN, or has locked it: who tries again by himself locks the token.
    #[error("{0}")]
    PinRefused(String),
    /// Data directory and secrets folder must be two folders, neither within the other.
    #[error("the secrets folder {} must lie outside the data directory", .0.display())]
    SecretsInsideData(PathBuf),
    /// What another process is let into must not be ours.
    #[error("{what} {} must lie outside data directory and secrets folder, and they outside it", path.display())]
    NotElsewhere {
        /// What it is for.
        what: &'static str,
        /// The file or folder as it was named.
        path: PathBuf,
    },
    /// What should be a folder is something else.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// A secret that others may read or change.
    #[error(
        "{} has mode {has:o}, so others may use it; it must be {mode}: chmod {mode} {}",
        path.display(), path.display()
    )]
    OpenToOthers {
        /// The secrets folder or the root key.
        path: PathBuf,
        /// Its mode.
        has: u32,
        /// The mode it must have, octal.
        mode: &'static str,
    },
    /// A folder of the data directory that others may write to.
    #[error(
        "{} has mode {has:o}, so others may change what the service keeps there: chmod go-w {}",
        path.display(), path.display()
    )]
    WritableByOthers {
        /// The data directory, or a folder in it.
        path: PathBuf,
        /// Its mode.
        has: u32,
    },
    /// A secret, or a folder of the data directory, that belongs to somebody else.
    #[error("{} belongs to user {owner}, not to the user that runs the service", path.display())]
    OfAnotherUser {
        /// The file or folder.
        path: PathBuf,
        /// The owner's user id.
        owner: u32,
    },
    /// The secrets folder has the credentials of a service whose state is not in the data directory.
    #[error(
        "{} belongs to another data directory, or its data directory is missing: {} holds no state, and a first start would replace the root credentials that are there; bring the data directory back, or name another --secrets-dir",
        secrets_dir.display(), data_dir.display()
    )]
    SecretsOfAnother {
        /// The secrets folder.
        secrets_dir: PathBuf,
        /// The data directory.
        data_dir: PathBuf,
    },
    /// A listener could not be bound.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What went wrong.
        error: io::Error,
    },
    /// The plaintext listener must be on a loopback address.
    #[error("--plaintext-listen {0}: only loopback addresses may be served without TLS")]
    PlaintextNotLoopback(SocketAddr),
    /// A certificate could not be made, or a name cannot stand in one.
    #[error("certificate: {0}")]
    Certificate(String),
    /// The operator's own certificate or key file is not what it should be.
    #[error("{}: {reason}", path.display())]
    OwnCertificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// Only one of certificate and key was given.
    #[error("--tls-cert and --tls-key belong together")]
    HalfIdentity,
    /// A process could not be started, or the system refused something basic.
    #[error("{0}")]
    System(String),
    /// The vault says that it cannot go on.
    #[error("the vault cannot go on: {0}")]
    Vault(String),
    /// The vault's random source is stuck.
    #[error("the vault cannot go on: its random source failed a health check")]
    RandomFailed,
    /// The front says that it cannot start.
    #[error("{0}")]
    Front(String),
}

/// The exit code for settings that make no sense: no other start with them would go better.
const SETTINGS: u8 = 2;

/// The exit code of a service whose random source failed; the vault's own.
const RANDOM_FAILED: u8 = 70;

/// The exit code of a service that has had a PIN refused.
const PIN_REFUSED: u8 = 77;

impl SupervisorError {
    /// The exit code that says it. What has one of its own must not be tried again by a service manager.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::RandomFailed => RANDOM_FAILED,
            Self::PinRefused(_) => PIN_REFUSED,
            Self::PlaintextNotLoopback(_)
            | Self::HalfIdentity
            | Self::NotText(_)
            | Self::NotAFolder(_)
            | Self::SecretsInsideData(_)
            | Self::NotElsewhere { .. }
            | Self::RootSetting(_) => SETTINGS,
            // What lies in files, such as a certificate that somebody is just replacing, may be another at the next start.
            _ => 1,
        }
    }

    /// What ends a service with an error ends the next one too; where a token refused its PIN to this one, the next one would
    /// try that PIN again.
    pub(crate) fn after_refused_pin(self) -> Self {
        match self {
            Self::RandomFailed | Self::PinRefused(_) => self,
            other => Self::PinRefused(format!(
                "{other} (and a token refused its PIN: correct that before the next start, which tries it again)"
            )),
        }
    }

    /// A failure with a file.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn settings_that_make_no_sense_end_the_service_for_good_and_what_may_pass_does_not() {
        let path = || PathBuf::from("/srv/d");
        for never in [
            SupervisorError::SecretsInsideData(path()),
            SupervisorError::NotElsewhere { what: "the export folder", path: path() },
            SupervisorError::NotText(path()),
            SupervisorError::NotAFolder(path()),
            SupervisorError::HalfIdentity,
            SupervisorError::RootSetting("--root credential: no".to_owned()),
        ] {
            assert_eq!(never.exit_code(), 2, "{never}");
        }
        for passing in [
            SupervisorError::AlreadyServed { pid: "1".to_owned(), directory: path() },
            SupervisorError::file(Path::new("/srv/d"))(io::ErrorKind::StorageFull.into()),
            SupervisorError::OwnCertificate { path: path(), reason: "is empty" },
            SupervisorError::Pkcs11("away".to_owned()),
        ] {
            assert_eq!(passing.exit_code(), 1, "{passing}");
        }
        assert_eq!(SupervisorError::HalfIdentity.after_refused_pin().exit_code(), PIN_REFUSED);
    }
}
