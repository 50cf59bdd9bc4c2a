//! Exit codes: a script can tell a refused key from a damaged file without reading the text.

use super::detached;
use super::paths::shown;
use crate::terminal::{complain, harmless};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use strongroom_envelope::EnvelopeError;
use strongroom_envelope::keyring::KeyringError;
use strongroom_envelope::message::MessageError;
use strongroom_envelope::s3::S3FormatError;
use strongroom_envelope::s3_store::StoreError;

/// The table in `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  2  the command line is not usable
  3  no data key: KMS refused or cannot be reached, or no key of the message may be used
  4  the message is damaged, not authentic, not supported, or has another encryption context
  5  reading or writing failed, the input changed, the output exists, or there was nothing to check
Of several files, the highest of theirs.";

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
    /// It failed on another file than the one that was named.
    In(PathBuf, Box<EnvelopeError>),
}

impl<E: Into<EnvelopeError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Envelope(error.into())
    }
}

impl Failure {
    /// The exit code that says it.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Io(_) => IO,
            Self::Envelope(error) => code_of(error),
            Self::In(_, error) => code_of(error),
        }
    }

    /// Whether KMS could not be reached: whatever else needs it will fail in the same way.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Envelope(EnvelopeError::Keyring(KeyringError::Unreachable { .. })))
    }

    /// What is wrong and what most likely helps, in one line or two. Names of files and what services say stand on the line
    /// that they belong to: a name with a line break in it says nothing of its own.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Usage(text) | Self::Io(text) => text.clone(),
            Self::Envelope(error) => text_of(error),
            Self::In(file, error) => format!("{}: {}", shown(file, "-"), text_of(error)),
        }
    }
}

fn code_of(error: &EnvelopeError) -> u8 {
    match error {
        EnvelopeError::NeedsFile(_)
        | EnvelopeError::RangeBeyondEnd { .. }
        | EnvelopeError::ContextRequired(_)
        | EnvelopeError::RowTooLong
        | EnvelopeError::SignedToPipe
        | EnvelopeError::SignedByPosition => USAGE,
        EnvelopeError::Keyring(_)
        | EnvelopeError::S3Format(S3FormatError::Unwrap | S3FormatError::KeyKind { .. }) => NO_KEY,
        EnvelopeError::Message(_)
        | EnvelopeError::ContextMismatch(_)
        | EnvelopeError::OtherRow
        | EnvelopeError::RangeOfSigned
        | EnvelopeError::RewrapOfSigned => NOT_AUTHENTIC,
        EnvelopeError::S3Format(
            S3FormatError::ContextReserved(_)
            | S3FormatError::ContextNotBound(_)
            | S3FormatError::WrappingKey(_)
            | S3FormatError::PublicKeyOnly
            | S3FormatError::MetadataTooLong(_)
            | S3FormatError::Range(_),
        ) => USAGE,
        EnvelopeError::S3Format(_) => NOT_AUTHENTIC,
        EnvelopeError::S3Store(StoreError::Unverified | StoreError::KeyOnObject(_)) => USAGE,
        _ => IO,
    }
}

fn text_of(error: &EnvelopeError) -> String {
    let said = harmless(&error.to_string());
    match error {
        EnvelopeError::OutputExists(_) | EnvelopeError::S3Store(StoreError::ObjectExists(_)) => {
            format!("{said}; --force replaces it")
        }
        EnvelopeError::S3Format(S3FormatError::IsMessage(object)) => {
            let object = in_shell(&harmless(object));
            format!("{said}\nhint: `aws s3 cp {object} - | strongroom open -o FILE -` opens it")
        }
        EnvelopeError::S3Store(StoreError::Refused { code, .. }) => format!("{said}{}", hint_of_s3(code)),
        EnvelopeError::S3Store(StoreError::Unreachable { .. }) => format!(
            "{said}\nhint: AWS_ENDPOINT_URL_S3 says where S3 is, and STRONGROOM_S3_PROFILE whose credentials it gets if not those of KMS"
        ),
        EnvelopeError::RewrapOfSigned => {
            format!("{said}, or give --resign, which makes the signature yours")
        }
        EnvelopeError::OutputIsFolder(_) => format!("{said}: -o names a file"),
        EnvelopeError::Message(MessageError::TooManyEncryptedDataKeys { count, .. }) => {
            format!("{said}; --max-encrypted-data-keys {count} takes it")
        }
        EnvelopeError::SignedToPipe => format!("{said}: -o FILE, or --release-unverified"),
        EnvelopeError::ContextRequired(key) => format!("{said}: --encryption-context {key}=VALUE"),
        EnvelopeError::Keyring(error) => format!("{said}{}", hint(error)),
        EnvelopeError::Io { source, .. } => format!("{said}{}", room(source)),
        _ => said,
    }
}

/// A text as one word of a shell: whoever named the object shall not write the command.
fn in_shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What most likely helps where S3 answers with little more than a number, as it does to HEAD.
fn hint_of_s3(code: &str) -> &'static str {
    match code {
        "403" => {
            "\nhint: these credentials may not read the object; or there is none, and they may not list the bucket"
        }
        "301" | "400" | "PermanentRedirect" | "AuthorizationHeaderMalformed" => {
            "\nhint: the bucket may be in another Region than AWS_REGION says"
        }
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" => {
            "\nhint: STRONGROOM_S3_PROFILE says whose credentials S3 gets if not those of KMS"
        }
        _ => "",
    }
}

/// A full disk is the one failure of writing that the user can help.
fn room(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "\nhint: make room, or give -o on another disk; what was there before is as it was"
        }
        _ => "",
    }
}

/// Prints the reason, if there is one, and gives the exit code.
pub(crate) fn finish(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else { return ExitCode::SUCCESS };
    complain(&format!("strongroom: {}", failure.text()));
    ExitCode::from(failure.code())
}

/// What most likely helps when KMS could not be called, or refused without saying why, as a further line; empty for
/// other errors.
pub(crate) fn hint(error: &KeyringError) -> String {
    if let KeyringError::AllFailed(causes) = error {
        let mut hints = Vec::new();
        for said in causes.iter().map(hint) {
            if !hints.contains(&said) {
                hints.push(said);
            }
        }
        return hints.concat();
    }
    if let Some(request) = error.denied_request() {
        return format!(
            "\nhint: `strongroom explain {request}` where the service runs says why, and what would allow it"
        );
    }
    let hint = match error {
        KeyringError::Refused { code, .. } if code == "InvalidCiphertextException" => {
            "\nhint: the encryption context is not the one it was sealed with, pairs that are not stored included; or another service wrapped the data key"
        }
        KeyringError::NoMatch(why) if why.contains(detached::NAMESPACE) => {
            "\nhint: who can open it is said in a file beside it, FILE.recipients: open it by its name, not through a pipe"
        }
        KeyringError::NoMatch(why) if why.contains("not by KMS") => {
            "\nhint: `strongroom inspect` names its keys: give one of them by --raw-rsa-key or --raw-aes-key NAMESPACE:NAME:FILE, or by --branch-key-store"
        }
        KeyringError::NoBranchKeyTable(_) => {
            return format!(
                "{}; `strongroom branch-key create-table` makes the table",
                hint_of_tables(profile_of_tables().as_deref())
            );
        }
        KeyringError::BranchKeyTable { what, .. } if ELSEWHERE.iter().any(|it| what.contains(it)) => {
            return hint_of_tables(profile_of_tables().as_deref());
        }
        KeyringError::Unreachable { cause, .. } if cause.contains("UnknownIssuer") => {
            "\nhint: nothing here vouches for the service's certificate; `eval \"$(strongroom env)\"` sets AWS_CA_BUNDLE"
        }
        KeyringError::Unreachable { .. } => {
            "\nhint: for a Strongroom on this machine, `eval \"$(strongroom env)\"` sets endpoint, credentials and AWS_CA_BUNDLE"
        }
        _ => "",
    };
    hint.to_owned()
}

/// What DynamoDB, or something in its place, says to who asks in the wrong place or with somebody else's credentials.
const ELSEWHERE: [&str; 8] = [
    "cannot be reached",
    "no credentials",
    "no answer of DynamoDB",
    "ExpiredToken",
    "InvalidSignature",
    "MissingAuthenticationToken",
    "UnknownOperation",
    "UnrecognizedClient",
];

/// The profile that is named for DynamoDB.
fn profile_of_tables() -> Option<String> {
    std::env::var("STRONGROOM_DYNAMODB_PROFILE").ok().filter(|profile| !profile.is_empty())
}

/// Where tables are looked for, and with whose credentials.
fn hint_of_tables(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!(
            "\nhint: DynamoDB is asked with credentials and Region of the profile {profile}, which STRONGROOM_DYNAMODB_PROFILE names; \
             AWS_ENDPOINT_URL_DYNAMODB says where it is, if not at AWS"
        ),
        None => "\nhint: DynamoDB is asked with the credentials and the Region of KMS; if its own are others, name a profile with them \
                 in STRONGROOM_DYNAMODB_PROFILE; AWS_ENDPOINT_URL_DYNAMODB says where it is, if not at AWS"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_that_cannot_be_reached_has_a_hint() {
        let error = StoreError::Unreachable { operation: "HeadObject", cause: "refused".to_owned() };
        let failure = Failure::from(error);
        assert_eq!(failure.code(), 5);
        assert!(failure.text().contains("STRONGROOM_S3_PROFILE"));
    }

    #[test]
    fn s3_that_refuses_with_a_number_has_a_hint() {
        let refused = |code: &str| {
            let (code, message) = (code.to_owned(), String::new());
            Failure::from(StoreError::Refused { operation: "HeadObject", code, message })
        };
        assert!(refused("403").text().starts_with("S3 refused HeadObject: 403\nhint: these credentials"));
        assert!(refused("301").text().contains("AWS_REGION"));
        assert_eq!(refused("InvalidObjectState").text(), "S3 refused HeadObject: InvalidObjectState");
    }

    #[test]
    fn a_message_in_s3_is_opened_by_a_command_that_its_name_does_not_write() {
        let text = |name: &str| Failure::from(S3FormatError::IsMessage(name.to_owned())).text();
        assert!(text("s3://b/k").ends_with("`aws s3 cp 's3://b/k' - | strongroom open -o FILE -` opens it"));
        assert!(text("s3://b/a'; rm x").contains(r"aws s3 cp 's3://b/a'\''; rm x' - |"));
    }

    #[test]
    fn refusals_say_what_would_help() {
        let text = |error: EnvelopeError| Failure::from(error).text();
        let many = MessageError::TooManyEncryptedDataKeys { count: 120, max: 100 };
        assert!(text(many.into()).ends_with("--max-encrypted-data-keys 120 takes it"));
        assert!(text(EnvelopeError::OutputIsFolder("out".into())).ends_with("-o names a file"));
    }

    #[test]
    fn names_and_what_services_say_stay_on_their_line_and_hints_have_their_own() {
        let text = |error: EnvelopeError| Failure::from(error).text();
        let name = PathBuf::from("a\nstrongroom: sealed 1 of 1 files\u{1b}[2J");
        let shown = "a\u{fffd}strongroom: sealed 1 of 1 files\u{fffd}[2J";
        assert_eq!(
            text(EnvelopeError::OutputExists(name.clone())),
            format!("{shown} exists already; --force replaces it")
        );
        let failure = Failure::In(name, Box::new(EnvelopeError::Random));
        assert_eq!(failure.text(), format!("{shown}: the random number generator failed"));
        let what = "is wrapped by the KMS key x\nhint: y".to_owned();
        let branch_key = KeyringError::BranchKey { id: "a".to_owned(), what };
        assert!(!text(branch_key.into()).contains('\n'));
        let unreachable = KeyringError::Unreachable { operation: "Decrypt", cause: "a\nb".to_owned() };
        assert_eq!(text(unreachable.into()).lines().count(), 2, "the control: a hint is a line");
    }

    #[test]
    fn what_failed_on_another_file_names_it_and_keeps_its_code() {
        let failure =
            Failure::In("a.recipients".into(), Box::new(EnvelopeError::ContextMismatch("k".to_owned())));
        assert_eq!(failure.code(), 4);
        assert!(failure.text().starts_with("a.recipients: encryption context"));
    }

    #[test]
    fn key_that_does_not_unwrap_is_no_damage() {
        let code = |error: S3FormatError| Failure::from(error).code();
        assert_eq!(code(S3FormatError::Unwrap), 3);
        assert_eq!(code(S3FormatError::KeyKind { wrap: "AES/GCM", given: "an RSA key" }), 3);
        assert_eq!(code(S3FormatError::WrappingKey("an AES key has 16, 24 or 32 bytes")), 2);
        assert_eq!(code(S3FormatError::NotAuthentic), 4);
    }

    #[test]
    fn hint_fits_the_cause() {
        let unreachable =
            |cause: &str| KeyringError::Unreachable { operation: "Decrypt", cause: cause.to_owned() };
        assert!(hint(&unreachable("invalid peer certificate: UnknownIssuer")).contains("vouches"));
        assert!(hint(&unreachable("no providers in chain provided credentials")).contains("strongroom env"));
        assert_eq!(hint(&KeyringError::NoSealingKey), "");
        let glass = "one data key is wrapped by \"glass\", not by KMS".to_owned();
        assert!(hint(&KeyringError::NoMatch(glass)).contains("--raw-rsa-key"));
        assert_eq!(hint(&KeyringError::NoMatch("another account".to_owned())), "");
        assert!(hint(&KeyringError::NoBranchKeyTable("keys".into())).contains("create-table"));
        let table = |what: &str| KeyringError::BranchKeyTable { table: "keys".into(), what: what.into() };
        assert!(hint(&table("DynamoDB cannot be reached: x")).contains("STRONGROOM_DYNAMODB_PROFILE"));
        assert_eq!(hint(&table("AccessDeniedException")), "");
        assert!(hint_of_tables(None).contains("credentials and the Region of KMS"));
        assert!(hint_of_tables(Some("tables")).contains("the profile tables, which"));
        let refused = |code: &str| KeyringError::Refused {
            operation: "Decrypt",
            key_id: "alias/a".to_owned(),
            code: code.to_owned(),
            message: "no".to_owned(),
            request_id: Some("5f1c".to_owned()),
        };
        assert!(hint(&refused("InvalidCiphertextException")).contains("encryption context"));
        assert!(hint(&refused("AccessDeniedException")).contains("strongroom explain 5f1c"));
        assert_eq!(hint(&refused("NotFoundException")), "");
    }

    #[test]
    fn each_of_several_denials_has_its_hint_and_the_same_is_said_once() {
        let denied = |id: &str| KeyringError::Refused {
            operation: "Decrypt",
            key_id: "alias/a".to_owned(),
            code: "AccessDeniedException".to_owned(),
            message: String::new(),
            request_id: Some(id.to_owned()),
        };
        let unreachable = || KeyringError::Unreachable { operation: "Decrypt", cause: "down".to_owned() };
        let both = hint(&KeyringError::AllFailed(vec![denied("1a"), denied("2b")]));
        assert!(both.contains("strongroom explain 1a`") && both.contains("strongroom explain 2b`"), "{both}");
        let down = hint(&KeyringError::AllFailed(vec![unreachable(), unreachable()]));
        assert_eq!(down, hint(&unreachable()));
    }
}
