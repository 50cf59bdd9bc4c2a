//! `strongroom rewrap-object s3://BUCKET/KEY`: another key for an object whose data key is in an instruction file.

use crate::envelope_tool::{
    EXIT_CODES, Failure, context, finish, may_unwrap, object_url, sealing_key, wrapping_key,
};
use crate::terminal::complain;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use strongroom_envelope::s3::{CommitmentPolicy, INSTRUCTION_FILE_SUFFIX, Pairs, Reading};
use strongroom_envelope::s3_store::{
    ObjectUrl, RewrapInstructionFile, Rewrapped, Session, rewrap_instruction_file,
};

/// Change the key of an object in S3 that was sealed with --instruction-file: the small file is written again, the
/// object stays. Who could open it before may have kept its data key.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// The new KMS key (else STRONGROOM_KEY_ID, or key_id in strongroom.toml)
    #[arg(long, value_name = "KEY")]
    key_id: Option<String>,
    /// The file of the new RSA or AES key, instead of KMS
    #[arg(long, value_name = "FILE", conflicts_with = "key_id")]
    wrapping_key: Option<PathBuf>,
    /// Open only with this KMS key (else the object's, if its account is AWS_ACCOUNT_ID)
    #[arg(long, value_name = "KEY")]
    old_key_id: Option<String>,
    /// The file of the RSA or AES key that wraps the data key now
    #[arg(long, value_name = "FILE", conflicts_with = "old_key_id")]
    old_wrapping_key: Option<PathBuf>,
    /// The pairs that the object was sealed with; they stay, if the new key is a KMS key
    #[arg(long, value_name = "K=V")]
    encryption_context: Vec<String>,
    /// What is behind the object's key for its instruction file
    #[arg(long, value_name = "SUFFIX", default_value = INSTRUCTION_FILE_SUFFIX)]
    instruction_suffix: String,
    /// Rewrap objects without key commitment (V2) too
    #[arg(long)]
    allow_uncommitted: bool,
    /// Rewrap data keys in the wraps of the first clients, and objects in AES-CBC, too
    #[arg(long)]
    allow_legacy: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// The object, s3://BUCKET/KEY
    #[arg(value_name = "OBJECT")]
    object: PathBuf,
}

/// What is to be rewrapped, for whoever reads the command line.
pub(crate) struct RewrapObject<'a> {
    pub(crate) url: &'a ObjectUrl,
    pub(crate) key_id: Option<&'a str>,
    pub(crate) wrapping_key: Option<&'a Path>,
    pub(crate) old_key_id: Option<&'a str>,
    pub(crate) old_wrapping_key: Option<&'a Path>,
    pub(crate) context: &'a Pairs,
    pub(crate) instruction_suffix: &'a str,
    pub(crate) reading: Reading,
}

/// Rewraps; the exit code says how it went.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    Ok(finish(rewrap(args)))
}

fn rewrap(args: &Args) -> Result<(), Failure> {
    let Some(url) = object_url(&args.object)? else {
        return Err(Failure::Usage(format!("{} is not s3://BUCKET/KEY", args.object.display())));
    };
    let context = context(&args.encryption_context)?.pairs().clone();
    let policy = if args.allow_uncommitted {
        CommitmentPolicy::RequireEncryptAllowDecrypt
    } else {
        CommitmentPolicy::RequireEncryptRequireDecrypt
    };
    let rewrapped = rewrap_object(&RewrapObject {
        url: &url,
        key_id: args.key_id.as_deref(),
        wrapping_key: args.wrapping_key.as_deref(),
        old_key_id: args.old_key_id.as_deref(),
        old_wrapping_key: args.old_wrapping_key.as_deref(),
        context: &context,
        instruction_suffix: &args.instruction_suffix,
        reading: Reading { policy, legacy: args.allow_legacy },
    })?;
    if !args.quiet {
        let (from, to) = (rewrapped.from.name(), rewrapped.to.name());
        complain(&format!(
            "rewrapped the data key of {url}, {from} before, {to} now; the object stays as it is"
        ));
    }
    Ok(())
}

/// Writes the instruction file of an object again, for another key.
pub(crate) fn rewrap_object(asked: &RewrapObject<'_>) -> Result<Rewrapped, Failure> {
    let session = Session::from_environment()?;
    let old = match asked.old_wrapping_key {
        Some(path) => wrapping_key(path)?,
        None => session.kms_key(None, may_unwrap(asked.old_key_id)?),
    };
    let nothing = Pairs::new();
    // KMS binds the context; a raw key cannot.
    let (new, new_context) = match asked.wrapping_key {
        Some(path) => (wrapping_key(path)?, &nothing),
        None => (session.kms_key(Some(sealing_key(asked.key_id)?), may_unwrap(asked.key_id)?), asked.context),
    };
    let context = if asked.old_wrapping_key.is_some() { &nothing } else { asked.context };
    Ok(rewrap_instruction_file(
        &session,
        RewrapInstructionFile {
            url: asked.url,
            old: &old,
            new: &new,
            context,
            new_context,
            reading: asked.reading,
            instruction_suffix: asked.instruction_suffix,
        },
    )?)
}
