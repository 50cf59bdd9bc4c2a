//! What the commands say of objects in S3: which argument names one, and the flags that only they have.

use super::{Failure, sealing_key};
use clap::builder::NonEmptyStringValueParser;
use std::env;
use std::path::{Path, PathBuf};
use strongroom_envelope::message;
use strongroom_envelope::s3::{CommitmentPolicy, INSTRUCTION_FILE_SUFFIX, MayUnwrap, Reading, WrappingKey};
use strongroom_envelope::s3_store::{ObjectUrl, Session};
use strongroom_types::AccountId;

/// Longer files are no keys, in bytes.
const KEY_FILE_BYTES_MAX: u64 = 64 << 10;

// The comments on these three are no documentation: clap would take that for the command's.

// The flags of `seal` that only objects in S3 have.
#[derive(clap::Args)]
pub(crate) struct S3SealArgs {
    /// Put the data key into an instruction file beside the object, so that it can be rewrapped
    #[arg(long)]
    instruction_file: bool,
    #[command(flatten)]
    both: S3Args,
}

// The flags of `open` that only objects in S3 have.
#[derive(clap::Args)]
pub(crate) struct S3OpenArgs {
    /// Read AES-CBC content and the wraps of the first clients, which authenticate nothing
    #[arg(long)]
    allow_legacy: bool,
    /// With --range: read just that, which cannot be authenticated
    #[arg(long, requires = "range")]
    unauthenticated: bool,
    #[command(flatten)]
    both: S3Args,
}

// The flags that both have.
#[derive(clap::Args)]
pub(crate) struct S3Args {
    /// What is behind the object's key for its instruction file [default: .instruction]
    #[arg(long, value_name = "SUFFIX", value_parser = NonEmptyStringValueParser::new())]
    instruction_suffix: Option<String>,
    /// The file of an RSA key (PEM) or an AES key (hex, Base64 or raw) that wraps the data key, instead of KMS
    #[arg(long, value_name = "FILE", conflicts_with = "key_id")]
    wrapping_key: Option<PathBuf>,
}

/// Refuses flags that would do nothing to a file: each with whether it was given.
pub(crate) fn only_for_s3(flags: &[(bool, &str)]) -> Result<(), Failure> {
    match flags.iter().find(|(given, _)| *given) {
        Some((_, flag)) => Err(Failure::Usage(format!("{flag} is for objects in S3 (s3://BUCKET/KEY)"))),
        None => Ok(()),
    }
}

/// The policy of the command line for objects: the same three, V3 commits and V2 does not.
pub(crate) fn object_policy(policy: message::CommitmentPolicy) -> CommitmentPolicy {
    match policy {
        message::CommitmentPolicy::ForbidEncryptAllowDecrypt => CommitmentPolicy::ForbidEncryptAllowDecrypt,
        message::CommitmentPolicy::RequireEncryptAllowDecrypt => CommitmentPolicy::RequireEncryptAllowDecrypt,
        message::CommitmentPolicy::RequireEncryptRequireDecrypt => {
            CommitmentPolicy::RequireEncryptRequireDecrypt
        }
    }
}

impl S3SealArgs {
    /// A flag that would do nothing to a file is refused.
    pub(crate) fn refuse_for_files(&self) -> Result<(), Failure> {
        only_for_s3(&[(self.instruction_file, "--instruction-file")])?;
        self.both.refuse_for_files()
    }

    /// Whether the data key goes into an instruction file.
    pub(crate) fn instruction_file(&self) -> bool {
        self.instruction_file
    }

    /// The flags that `open` has too.
    pub(crate) fn both(&self) -> &S3Args {
        &self.both
    }
}

impl S3OpenArgs {
    /// A flag that would do nothing to a file is refused.
    pub(crate) fn refuse_for_files(&self) -> Result<(), Failure> {
        only_for_s3(&[(self.allow_legacy, "--allow-legacy"), (self.unauthenticated, "--unauthenticated")])?;
        self.both.refuse_for_files()
    }

    /// What is read.
    pub(crate) fn reading(&self, policy: CommitmentPolicy) -> Reading {
        Reading { policy, legacy: self.allow_legacy }
    }

    /// Whether a range may be read, which nothing authenticates.
    pub(crate) fn unauthenticated(&self) -> bool {
        self.unauthenticated
    }

    /// The flags that `seal` has too.
    pub(crate) fn both(&self) -> &S3Args {
        &self.both
    }
}

impl S3Args {
    fn refuse_for_files(&self) -> Result<(), Failure> {
        only_for_s3(&[
            (self.instruction_suffix.is_some(), "--instruction-suffix"),
            (self.wrapping_key.is_some(), "--wrapping-key"),
        ])
    }

    /// What is behind an object's key for its instruction file.
    pub(crate) fn suffix(&self) -> &str {
        self.instruction_suffix.as_deref().unwrap_or(INSTRUCTION_FILE_SUFFIX)
    }

    /// The key for new objects: the file's, else KMS's as for messages.
    pub(crate) fn sealing_key(
        &self,
        session: &Session,
        key_id: Option<&str>,
    ) -> Result<WrappingKey, Failure> {
        match &self.wrapping_key {
            Some(path) => wrapping_key(path),
            None => Ok(session.kms_key(Some(sealing_key(key_id)?), MayUnwrap::Nothing)),
        }
    }

    /// The key for objects that exist: the file's, else KMS's.
    pub(crate) fn opening_key(
        &self,
        session: &Session,
        key_id: Option<&str>,
    ) -> Result<WrappingKey, Failure> {
        match &self.wrapping_key {
            Some(path) => wrapping_key(path),
            None => Ok(session.kms_key(None, may_unwrap(key_id)?)),
        }
    }
}

/// Strict with a key id, else within the account of `AWS_ACCOUNT_ID`.
pub(crate) fn may_unwrap(key_id: Option<&str>) -> Result<MayUnwrap, Failure> {
    if let Some(key_id) = key_id {
        return Ok(MayUnwrap::Key(key_id.to_owned()));
    }
    match env::var("AWS_ACCOUNT_ID").ok().filter(|account| !account.is_empty()) {
        None => Ok(MayUnwrap::Nothing),
        Some(account) => AccountId::parse(&account)
            .map(MayUnwrap::Account)
            .map_err(|_| Failure::Usage("AWS_ACCOUNT_ID is not an account id (twelve digits)".into())),
    }
}

/// The key of a file. One that has none is refused as the files of raw keys are: the command line names the wrong one.
pub(crate) fn wrapping_key(path: &Path) -> Result<WrappingKey, Failure> {
    let named = |what: String| Failure::Usage(format!("{}: {what}", path.display()));
    let bytes = std::fs::metadata(path).map_err(|error| named(error.to_string()))?.len();
    if bytes > KEY_FILE_BYTES_MAX {
        return Err(named("too long for a key".into()));
    }
    let bytes = std::fs::read(path).map_err(|error| named(error.to_string()))?;
    WrappingKey::from_file_bytes(&bytes).map_err(|error| named(error.to_string()))
}

/// The object that an argument names; `None` for files, whatever they are called.
fn object_url(argument: &Path) -> Result<Option<ObjectUrl>, Failure> {
    if !argument.as_os_str().as_encoded_bytes().starts_with(b"s3://") {
        return Ok(None);
    }
    let text = argument.to_str().ok_or_else(|| {
        Failure::Usage(format!("{}: the name of an object in S3 is UTF-8", argument.display()))
    })?;
    text.parse().map(Some).map_err(|what| Failure::Usage(format!("{text} {what}")))
}

/// The document and the object of `seal FILE s3://...` and `seal FILE -o s3://...`.
pub(crate) fn destination<'a>(
    files: &'a [PathBuf],
    output: Option<&Path>,
) -> Result<Option<(&'a Path, ObjectUrl)>, Failure> {
    let one = "one document at a time goes into S3: seal FILE s3://BUCKET/KEY";
    let named = output.is_some();
    let output = output.map(object_url).transpose()?.flatten();
    let urls: Vec<ObjectUrl> =
        files.iter().map(|file| object_url(file)).filter_map(Result::transpose).collect::<Result<_, _>>()?;
    match (files, output, urls.len()) {
        (_, None, 0) => Ok(None),
        ([file], Some(url), 0) => Ok(Some((file.as_path(), url))),
        ([file, _], None, 1) if !named && object_url(file)?.is_none() => {
            Ok(urls.into_iter().next().map(|url| (file.as_path(), url)))
        }
        _ => Err(Failure::Usage(one.into())),
    }
}

/// The object of `open s3://...` and `rewrap s3://...`.
pub(crate) fn source(files: &[PathBuf]) -> Result<Option<ObjectUrl>, Failure> {
    for file in files {
        if let Some(url) = object_url(file)? {
            return match files.len() {
                1 => Ok(Some(url)),
                _ => Err(Failure::Usage("one object in S3 at a time: a command for each".into())),
            };
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    fn files(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn file_without_a_wrapping_key_is_a_fault_of_the_command_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "00".repeat(32)).unwrap();
        assert!(wrapping_key(&path).is_ok(), "the control");
        let long = "0".repeat(KEY_FILE_BYTES_MAX as usize + 1);
        for (content, said) in [("no key", "neither an RSA key"), (long.as_str(), "too long")] {
            std::fs::write(&path, content).unwrap();
            assert!(
                matches!(wrapping_key(&path), Err(Failure::Usage(text)) if text.contains(said)),
                "{said}"
            );
        }
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(wrapping_key(&path), Err(Failure::Usage(text)) if text.contains("key:")));
    }

    #[test]
    fn objects_are_told_from_files() {
        let named = |names: &[&str], output: Option<&str>| {
            let files = files(names);
            let found = destination(&files, output.map(Path::new));
            found.map(|found| found.map(|(file, url)| (file.to_owned(), url.to_string()))).ok()
        };
        let expected = Some(Some((PathBuf::from("a"), "s3://bucket/k".to_owned())));
        assert_eq!(named(&["a", "s3://bucket/k"], None), expected);
        assert_eq!(named(&["a"], Some("s3://bucket/k")), expected);
        assert_eq!(named(&["a", "b"], Some("c")), Some(None));
        for (names, output) in [
            (&["s3://bucket/k"][..], None),
            (&["s3://bucket/k", "a"][..], None),
            (&["a", "b", "s3://bucket/k"][..], None),
            (&["a", "b"][..], Some("s3://bucket/k")),
            (&["a", "s3://bucket/k"][..], Some("b")),
            (&["a"][..], Some("s3://b/k")),
        ] {
            assert_eq!(named(names, output), None, "{names:?} {output:?}");
        }
        let no_text = PathBuf::from(OsStr::from_bytes(b"s3://bucket/\xff"));
        assert!(matches!(source(&[no_text]), Err(Failure::Usage(text)) if text.contains("UTF-8")));
        assert!(matches!(source(&files(&["s3://bucket/k"])), Ok(Some(_))));
        assert!(matches!(source(&files(&["a", "b"])), Ok(None)));
        assert!(source(&files(&["a", "s3://bucket/k"])).is_err());
    }
}
