//! What the arguments of the operator's commands may be. The parser of the command line asks here, so that a text that is no
//! value is named with its argument and has its exit code; what only shows later has the same one.

use crate::commands::audit::now;
use std::fmt;
use strongroom_operator::{instant, moment};
use strongroom_types::{AccountId, AliasArn, AliasName, KeyArn, KeyId, Region};

/// The exit code of a command line that cannot be used, as clap's own.
pub(crate) const USAGE: u8 = 2;

/// Arguments or settings cannot be used: the command did nothing, and has the exit code [`USAGE`].
#[derive(Debug)]
pub(crate) struct Unusable(String);

impl Unusable {
    /// For this reason.
    pub(crate) fn because(reason: &str) -> anyhow::Error {
        anyhow::Error::new(Self(reason.to_owned()))
    }

    /// Because of an error, which it tells.
    pub(crate) fn of(error: anyhow::Error) -> anyhow::Error {
        Self::because(&crate::told(&error))
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

/// A condition. An empty one holds for no record.
pub(crate) fn condition(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("a condition must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// A name that a key can have.
pub(crate) fn key_name(text: &str) -> Result<String, String> {
    let name = condition(text)?;
    let is_name = KeyId::parse(text).is_ok()
        || KeyArn::parse(text).is_ok()
        || AliasName::parse(text).is_ok()
        || AliasArn::parse(text).is_ok();
    is_name.then_some(name).ok_or_else(|| {
        "no key has such a name: write a key id (1234abcd-12ab-34cd-56ef-1234567890ab, or mrk- and 32 hex digits), a key \
         ARN (arn:aws:kms:REGION:ACCOUNT:key/ID), an alias name (alias/NAME) or an alias ARN \
         (arn:aws:kms:REGION:ACCOUNT:alias/NAME)"
            .to_owned()
    })
}

/// A kind of root that can be enrolled.
pub(crate) fn root_kind(text: &str) -> Result<String, String> {
    match text {
        "passphrase" | "key-file" | "tpm" | "pkcs11" => Ok(text.to_owned()),
        "recovery" => {
            Err("the recovery set is no root: strongroom vault recovery create makes one".to_owned())
        }
        _ => Err("a root is a passphrase, a key-file, a tpm or pkcs11".to_owned()),
    }
}

/// An account's id.
pub(crate) fn account(text: &str) -> Result<String, String> {
    AccountId::parse(text).map(|id| id.to_string()).map_err(|_| "an account id has twelve digits".to_owned())
}

/// A Region.
pub(crate) fn region(text: &str) -> Result<String, String> {
    Region::parse(text)
        .map(|_| text.to_owned())
        .map_err(|_| "it is no Region: write one such as us-east-1".to_owned())
}

/// A time, in seconds since 1970: a day, a second, or so long ago.
pub(crate) fn time(text: &str) -> Result<u64, String> {
    let now = now().map_err(|error| error.to_string())?;
    moment(text, now).map_err(|error| error.to_string())
}

/// A time that a hypothetical question is about, as the service takes it.
pub(crate) fn time_asked(text: &str) -> Result<String, String> {
    let now = now().map_err(|error| error.to_string())?;
    instant(text, now).map_err(|error| error.to_string())
}

/// A name and a value. The name ends at the first `=`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a pair is NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_key_is_one_and_nothing_else() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let multi_region = format!("mrk-{}", "0a".repeat(16));
        let of = |resource: &str| format!("arn:aws:kms:us-east-1:111122223333:{resource}");
        let names =
            [id.to_owned(), multi_region, "alias/a/b".to_owned(), of(&format!("key/{id}")), of("alias/a")];
        for name in names {
            assert_eq!(key_name(&name), Ok(name.clone()));
        }
        for text in
            ["nope", "alias/", "alias/a b", "key/1", "arn:aws:kms:us-east-1:1:key/1", "arn:aws:iam::1:user/a"]
        {
            assert!(key_name(text).is_err_and(|said| said.contains("alias/NAME")), "{text}");
        }
        assert!(key_name(&id.to_uppercase()).is_err());
    }

    #[test]
    fn empty_conditions_and_times_that_are_none_are_refused() {
        for refused in [condition(""), key_name("")] {
            assert_eq!(refused, Err("a condition must not be empty".to_owned()));
        }
        assert_eq!(condition("ok"), Ok("ok".to_owned()));
        assert!(time("never").is_err_and(|said| said.starts_with("never is no time")));
        assert_eq!(time("2026-01-01"), Ok(1_767_225_600));
        assert!(time_asked("never").is_err_and(|said| said.starts_with("never is no time")));
        assert_eq!(time_asked("2026"), Ok("2026-01-01T00:00:00Z".to_owned()));
    }

    #[test]
    fn accounts_regions_roots_and_pairs_have_their_form() {
        assert_eq!(account("000000000001"), Ok("000000000001".to_owned()));
        assert!(
            account("1").is_err() && region("Mars").is_err() && pair("a").is_err() && pair("=a").is_err()
        );
        assert!(root_kind("recovery").is_err_and(|said| said.contains("recovery create")));
        assert!(root_kind("TPM").is_err() && root_kind("tpm").is_ok());
        assert_eq!(region("eu-west-1"), Ok("eu-west-1".to_owned()));
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
    }

    #[test]
    fn what_cannot_be_used_tells_its_causes_and_is_told_apart() {
        let error = Unusable::of(anyhow::anyhow!("it is none").context("strongroom.toml"));
        assert_eq!(error.to_string(), "strongroom.toml: it is none");
        assert!(error.is::<Unusable>() && !anyhow::anyhow!("a disk").is::<Unusable>());
    }
}
