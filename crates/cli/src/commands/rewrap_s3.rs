//! `strongroom rewrap s3://BUCKET/KEY`: another key for an object whose data key is in an instruction file. The small
//! file is written again, the object stays.

use crate::envelope_tool::{
    Done, Failure, Job, Plan, Shown, context, may_unwrap, only_for_s3, run_all, sealing_key, wrapping_key,
};
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, json};
use std::path::PathBuf;
use std::process::ExitCode;
use strongroom_envelope::s3::{CommitmentPolicy, INSTRUCTION_FILE_SUFFIX, MayUnwrap, Pairs, Reading};
use strongroom_envelope::s3_store::{
    ObjectUrl, RewrapInstructionFile, Rewrapped, Session, rewrap_instruction_file,
};

// No documentation: clap would take it for the command's.
// The flags of `rewrap` that only objects in S3 have.
#[derive(clap::Args)]
pub(crate) struct S3RewrapArgs {
    /// The file of the new RSA or AES key, instead of KMS
    #[arg(long, value_name = "FILE", conflicts_with = "key_id")]
    wrapping_key: Option<PathBuf>,
    /// The file of the RSA or AES key that wraps the data key now
    #[arg(long, value_name = "FILE", conflicts_with = "old_key_id")]
    old_wrapping_key: Option<PathBuf>,
    /// What is behind the object's key for its instruction file [default: .instruction]
    #[arg(long, value_name = "SUFFIX", value_parser = NonEmptyStringValueParser::new())]
    instruction_suffix: Option<String>,
    /// Rewrap data keys in the wraps of the first clients, and those of objects in AES-CBC, too
    #[arg(long)]
    allow_legacy: bool,
}

impl S3RewrapArgs {
    /// A flag that would do nothing to a file is refused.
    pub(crate) fn refuse_for_files(&self) -> Result<(), Failure> {
        only_for_s3(&[
            (self.wrapping_key.is_some(), "--wrapping-key"),
            (self.old_wrapping_key.is_some(), "--old-wrapping-key"),
            (self.instruction_suffix.is_some(), "--instruction-suffix"),
            (self.allow_legacy, "--allow-legacy"),
        ])
    }
}

/// What the command line asks for.
pub(crate) struct RewrapInS3<'a> {
    pub(crate) url: ObjectUrl,
    pub(crate) key_id: Option<&'a str>,
    pub(crate) old_key_id: Option<&'a str>,
    pub(crate) encryption_context: &'a [String],
    pub(crate) policy: CommitmentPolicy,
    pub(crate) shown: Shown,
    pub(crate) s3: &'a S3RewrapArgs,
}

/// Rewraps; the exit code says how it went.
pub(crate) fn run(asked: &RewrapInS3<'_>) -> Result<ExitCode, Failure> {
    let context = context(asked.encryption_context)?.pairs().clone();
    let object = PathBuf::from(asked.url.to_string());
    let mut plan = Plan::default();
    plan.jobs.push(Job { input: object.clone(), output: object, make_folder: false });
    Ok(run_all(&plan, asked.shown, "rewrapped", |_, _| {
        let rewrapped = rewrap(asked, &context)?;
        let (url, from, to) = (&asked.url, rewrapped.from.name(), rewrapped.to.name());
        let line = format!(
            "rewrapped the data key of {url}, {from} before, {to} now; the object stays as it is, and who could open \
             it may have kept its data key"
        );
        let facts = Map::from_iter([("old_wrap".to_owned(), json!(from)), ("wrap".to_owned(), json!(to))]);
        Ok(Done { bytes: 0, line, facts, notice: None })
    }))
}

fn rewrap(asked: &RewrapInS3<'_>, context: &Pairs) -> Result<Rewrapped, Failure> {
    let session = Session::from_environment()?;
    let nothing = Pairs::new();
    // KMS binds the context; a raw key cannot.
    let (old, old_context) = match &asked.s3.old_wrapping_key {
        Some(path) => (wrapping_key(path)?, &nothing),
        None => (session.kms_key(None, may_unwrap(asked.old_key_id)?), context),
    };
    let (new, new_context) = match &asked.s3.wrapping_key {
        Some(path) => (wrapping_key(path)?, &nothing),
        None => {
            let key_id = sealing_key(asked.key_id)?;
            (session.kms_key(Some(key_id), MayUnwrap::Nothing), context)
        }
    };
    Ok(rewrap_instruction_file(
        &session,
        RewrapInstructionFile {
            url: &asked.url,
            old: &old,
            new: &new,
            context: old_context,
            new_context,
            reading: Reading { policy: asked.policy, legacy: asked.s3.allow_legacy },
            instruction_suffix: asked.s3.instruction_suffix.as_deref().unwrap_or(INSTRUCTION_FILE_SUFFIX),
        },
    )?)
}
