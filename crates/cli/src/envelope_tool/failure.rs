//! Exit codes: a script can tell a refused key from a damaged file without reading the text.

use crate::terminal::complain;
use std::process::ExitCode;
use strongroom_envelope::EnvelopeError;
use strongroom_envelope::keyring::KeyringError;

/// The table in `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  2  the command line is not usable
  3  no data key: KMS refused or cannot be reached, or no key of the message may be used
  4  the message is damaged, not authentic, not supported, or has another encryption context
  5  reading or writing failed, the input changed, or the output exists";

const USAGE: u8 = 2;
const NO_KEY: u8 = 3;
const NOT_AUTHENTIC: u8 = 4;
const IO: u8 = 5;

/// Why a command did not do its job.
pub(crate) enum Failure {
    /// The arguments do not say enough, or contradict each other.
    Usage(String),
    /// A file that cannot be read or made, in words.
    Io(String),
    /// Sealing or opening failed.
    Envelope(EnvelopeError),
}

impl<E: Into<EnvelopeError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Envelope(error.into())
    }
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Envelope(EnvelopeError::Keyring(_)) => NO_KEY,
            Self::Envelope(EnvelopeError::Message(_) | EnvelopeError::ContextMismatch(_)) => NOT_AUTHENTIC,
            Self::Io(_) | Self::Envelope(_) => IO,
        }
    }
}

/// Prints the reason, if there is one, and gives the exit code.
pub(crate) fn finish(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else { return ExitCode::SUCCESS };
    let text = match &failure {
        Failure::Usage(text) | Failure::Io(text) => text.clone(),
        Failure::Envelope(error @ EnvelopeError::OutputExists(_)) => format!("{error}; --force replaces it"),
        Failure::Envelope(EnvelopeError::Keyring(error)) => format!("{error}{}", hint(error)),
        Failure::Envelope(error) => error.to_string(),
    };
    complain(&format!("strongroom: {text}"));
    ExitCode::from(failure.code())
}

/// What most likely helps when KMS could not be called, as a further line; empty for other errors.
pub(crate) fn hint(error: &KeyringError) -> &'static str {
    match error {
        KeyringError::Unreachable { cause, .. } if cause.contains("UnknownIssuer") => {
            "\nhint: nothing here vouches for the service's certificate; `eval \"$(strongroom env)\"` sets AWS_CA_BUNDLE"
        }
        KeyringError::Unreachable { .. } => {
            "\nhint: for a Strongroom on this machine, `eval \"$(strongroom env)\"` sets endpoint, credentials and AWS_CA_BUNDLE"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hint_fits_the_cause() {
        let unreachable =
            |cause: &str| KeyringError::Unreachable { operation: "Decrypt", cause: cause.to_owned() };
        assert!(hint(&unreachable("invalid peer certificate: UnknownIssuer")).contains("vouches"));
        assert!(hint(&unreachable("no providers in chain provided credentials")).contains("strongroom env"));
        assert_eq!(hint(&KeyringError::NoSealingKey), "");
    }
}
