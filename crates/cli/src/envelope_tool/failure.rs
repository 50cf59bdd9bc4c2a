//! Exit codes: a script can tell a refused key from a damaged file without reading the text.

use std::process::ExitCode;
use strongroom_envelope::EnvelopeError;

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
            Self::Envelope(_) => IO,
        }
    }
}

/// Prints the reason, if there is one, and gives the exit code.
pub(crate) fn finish(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else { return ExitCode::SUCCESS };
    match &failure {
        Failure::Usage(text) => eprintln!("strongroom: {text}"),
        Failure::Envelope(error @ EnvelopeError::OutputExists(_)) => {
            eprintln!("strongroom: {error}; --force replaces it");
        }
        Failure::Envelope(error) => eprintln!("strongroom: {error}"),
    }
    ExitCode::from(failure.code())
}
